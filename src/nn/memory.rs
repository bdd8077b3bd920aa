//! How much memory is free, so that a model that cannot fit is refused before it is read.

use std::path::Path;

use super::error::NnError;

/// Memory beyond the weights themselves: activations, tokenizer, program.
const HEADROOM_BYTES: u64 = 64 << 20;

/// Refuses weights of so many bytes where less is free.
///
/// # Errors
/// [`NnError::TooLarge`] with both figures.
pub(super) fn check(n_bytes: u64, path: &Path) -> Result<(), NnError> {
    let needed = n_bytes + HEADROOM_BYTES;
    match available_bytes() {
        Some(available) if needed > available => Err(NnError::TooLarge {
            needed_mib: needed >> 20,
            available_mib: available >> 20,
            path: path.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Returns the memory free for programs in bytes, `None` where the system does not tell.
///
/// `MERIDIAN_FREE_MIB` overrides it: for machines with a limit that the system's own figure does not
/// show, and for tests.
fn available_bytes() -> Option<u64> {
    if let Some(mib) = std::env::var("MERIDIAN_FREE_MIB")
        .ok()
        .and_then(|v| v.parse::<u64>().ok())
    {
        return Some(mib << 20);
    }
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib << 10)
}
