//! Files mapped for reading, and a matrix of float32 in one: the one place where the store maps memory.

use std::fs::File;
use std::path::{Path, PathBuf};

use memmap2::Mmap;

use super::error::StoreError;
use crate::base::column::Held;

/// First bytes of a vector file.
pub(super) const MAGIC: &[u8; 8] = b"MERIVEC1";

/// Length of the header: magic, rows, columns, and zeros up to a cache line.
pub(super) const HEADER_BYTES: usize = 64;

/// A file mapped for reading.
pub(super) struct MappedFile {
    map: Mmap,
    path: PathBuf,
}

impl MappedFile {
    /// Maps a file that begins with `magic`; `kind` names what else it would be in the error.
    ///
    /// # Errors
    /// [`StoreError::Vectors`] if the file is missing or is of another kind.
    pub(super) fn open(path: &Path, magic: [u8; 8], kind: &str) -> Result<Self, StoreError> {
        let unmapped = |e: std::io::Error| damaged(path, e.to_string());
        let file = File::open(path).map_err(unmapped)?;
        #[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
        // SAFETY: vector and column files are written once under another name, renamed into place and
        // never changed afterwards, so the mapped bytes do not change under us.
        let map = unsafe { Mmap::map(&file) }.map_err(unmapped)?;
        if map.get(..8) != Some(magic.as_slice()) {
            return Err(damaged(path, format!("it is no {kind}")));
        }
        Ok(Self {
            map,
            path: path.to_owned(),
        })
    }

    /// Reads two numbers of the header, from byte 8 on.
    ///
    /// # Errors
    /// [`StoreError::Vectors`] if the file ends before them.
    pub(super) fn header_numbers(&self) -> Result<(usize, usize), StoreError> {
        let number = |at: usize| {
            self.map
                .get(at..at + 8)
                .and_then(|b| b.try_into().ok())
                .map(u64::from_le_bytes)
                .and_then(|n| usize::try_from(n).ok())
        };
        number(8)
            .zip(number(16))
            .ok_or_else(|| self.damaged("its header is cut off"))
    }

    /// Says what is wrong with the file.
    pub(super) fn damaged(&self, reason: &str) -> StoreError {
        damaged(&self.path, reason.to_owned())
    }
}

impl Held for MappedFile {
    fn bytes(&self) -> &[u8] {
        &self.map
    }
}

fn damaged(path: &Path, reason: String) -> StoreError {
    StoreError::Vectors {
        reason,
        path: path.to_owned(),
    }
}

/// Row-major float32 values that live in a file.
pub struct MappedMatrix {
    file: MappedFile,
    n_rows: usize,
    n_cols: usize,
}

impl MappedMatrix {
    /// Maps a vector file.
    ///
    /// # Errors
    /// [`StoreError::Vectors`] if the file is missing, is of another kind or has the wrong length.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = MappedFile::open(path, *MAGIC, "vector file")?;
        let (n_rows, n_cols) = file.header_numbers()?;
        let expected = n_rows
            .checked_mul(n_cols)
            .and_then(|n| n.checked_mul(4))
            .and_then(|n| n.checked_add(HEADER_BYTES));
        if expected != Some(file.bytes().len()) {
            return Err(file.damaged("its length does not fit its header"));
        }
        Ok(Self {
            file,
            n_rows,
            n_cols,
        })
    }

    /// Returns the number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Returns the number of columns.
    pub fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// Returns all values, row after row.
    pub fn values(&self) -> &[f32] {
        // The header keeps the values aligned to 64 bytes in a page-aligned map, so the cast holds.
        bytemuck::cast_slice(self.file.bytes().get(HEADER_BYTES..).unwrap_or(&[]))
    }

    /// Copies the values into memory.
    pub fn to_matrix(&self) -> crate::base::matrix::Matrix<f32> {
        crate::base::matrix::Matrix::from_values(self.n_rows, self.n_cols, self.values().to_vec())
            .unwrap_or_else(|_| crate::base::matrix::Matrix::filled(0, self.n_cols, 0.0))
    }
}
