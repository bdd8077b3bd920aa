//! The one place where weights are mapped into memory.
#![expect(
    unsafe_code,
    reason = "mapping a file is unsafe where another process may cut it short"
)]

use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

use super::error::NnError;

/// Maps a file for reading.
///
/// # Errors
/// [`NnError::Io`].
pub(super) fn map(path: &Path) -> Result<Mmap, NnError> {
    let io = |source| NnError::Io {
        what: "read the weights",
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(io)?;
    // SAFETY: the map is only read, and its contents are copied into tensors and checked at once; a
    // file that another process truncates meanwhile ends this process, it cannot corrupt a project,
    // whose store is a database of its own.
    unsafe { Mmap::map(&file) }.map_err(io)
}
