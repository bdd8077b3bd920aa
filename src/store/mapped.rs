//! A matrix of float32 mapped from a file: the one place where this program maps memory for vectors.

use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

use super::error::StoreError;

/// First bytes of a vector file.
pub(super) const MAGIC: &[u8; 8] = b"MERIVEC1";

/// Length of the header: magic, rows, columns, and zeros up to a cache line.
pub(super) const HEADER_BYTES: usize = 64;

/// Row-major float32 values that live in a file.
pub struct MappedMatrix {
    map: Mmap,
    n_rows: usize,
    n_cols: usize,
}

impl MappedMatrix {
    /// Maps a vector file.
    ///
    /// # Errors
    /// [`StoreError::Vectors`] if the file is missing, is of another kind or has the wrong length.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let damaged = |reason: &str| StoreError::Vectors {
            reason: reason.to_owned(),
            path: path.to_owned(),
        };
        let file = File::open(path).map_err(|e| damaged(&e.to_string()))?;
        #[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
        // SAFETY: vector files are written once under another name, renamed into place and never
        // changed afterwards, so the mapped bytes do not change under us.
        let map = unsafe { Mmap::map(&file) }.map_err(|e| damaged(&e.to_string()))?;
        let number = |at: usize| {
            map.get(at..at + 8)
                .and_then(|b| b.try_into().ok())
                .map(u64::from_le_bytes)
                .and_then(|n| usize::try_from(n).ok())
        };
        if map.get(..8) != Some(MAGIC.as_slice()) {
            return Err(damaged("it is no vector file"));
        }
        let (Some(n_rows), Some(n_cols)) = (number(8), number(16)) else {
            return Err(damaged("its header is cut off"));
        };
        let expected = n_rows
            .checked_mul(n_cols)
            .and_then(|n| n.checked_mul(4))
            .and_then(|n| n.checked_add(HEADER_BYTES));
        if expected != Some(map.len()) {
            return Err(damaged("its length does not fit its header"));
        }
        Ok(Self {
            map,
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
        bytemuck::cast_slice(self.map.get(HEADER_BYTES..).unwrap_or(&[]))
    }

    /// Copies the values into memory.
    pub fn to_matrix(&self) -> crate::base::matrix::Matrix<f32> {
        crate::base::matrix::Matrix::from_values(self.n_rows, self.n_cols, self.values().to_vec())
            .unwrap_or_else(|_| crate::base::matrix::Matrix::filled(0, self.n_cols, 0.0))
    }
}
