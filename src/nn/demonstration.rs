//! Where the demonstration models lie that come with the program.

use std::path::{Path, PathBuf};

/// Begins the name of a model that comes with the program, as settings and command line write it.
pub const PREFIX: &str = "demonstration:";

/// Turns a model's folder as written into a path: `demonstration:NAME` lies beside the sources the program
/// was built from, or beside the program.
pub fn resolve(written: &str) -> PathBuf {
    let Some(name) = written.strip_prefix(PREFIX) else {
        return PathBuf::from(written);
    };
    let tail = Path::new("assets").join("models").join(name);
    let beside_sources = Path::new(env!("CARGO_MANIFEST_DIR")).join(&tail);
    if beside_sources.is_dir() {
        return beside_sources;
    }
    let beside_program = std::env::current_exe()
        .ok()
        .and_then(|p| p.parent().map(|p| p.join(&tail)));
    beside_program.unwrap_or(tail)
}
