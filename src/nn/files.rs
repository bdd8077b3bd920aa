//! Reading and writing small files of a model's folder, with errors that name the file.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::error::NnError;

/// Reads a file of a folder as JSON.
///
/// # Errors
/// [`NnError::MissingFile`], [`NnError::Io`] or [`NnError::Config`].
pub(super) fn read_json<T: DeserializeOwned>(
    folder: &Path,
    name: &str,
    advice: &'static str,
) -> Result<T, NnError> {
    let path = folder.join(name);
    if !path.is_file() {
        return Err(NnError::MissingFile {
            name: name.to_owned(),
            advice,
            folder: folder.to_owned(),
        });
    }
    let text = fs::read_to_string(&path).map_err(|source| NnError::Io {
        what: "read",
        path: path.clone(),
        source,
    })?;
    serde_json::from_str(&text).map_err(|e| NnError::Config {
        name: name.to_owned(),
        reason: e.to_string(),
        path,
    })
}

/// Writes a file whole or not at all: beside its place first, then renamed.
///
/// # Errors
/// [`NnError::Io`].
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), NnError> {
    let io = |source| NnError::Io {
        what: "write",
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io)?;
    }
    let beside = path.with_extension("tmp");
    fs::write(&beside, bytes).map_err(io)?;
    fs::rename(&beside, path).map_err(io)
}

/// Returns the JSON text of a plain struct, which always serializes.
pub(super) fn json_text(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
