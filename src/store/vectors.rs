//! Vector files: written whole under another name, renamed into place, then named by a row.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use rusqlite::{OptionalExtension, params};

use super::error::StoreError;
use super::mapped::{HEADER_BYTES, MAGIC, MappedMatrix};
use super::open::Store;
use crate::base::hash::ContentHasher;
use crate::base::ids::RunId;
use crate::base::kill_point::kill_point;
use crate::base::matrix::Matrix;

impl Store {
    fn vector_path(&self, run: RunId, name: &str) -> PathBuf {
        self.folder()
            .join("vectors")
            .join(format!("{name}-{run}.f32"))
    }

    /// Writes a matrix beside the database and records it; returns its content hash.
    ///
    /// # Errors
    /// [`StoreError::Io`] or [`StoreError::DiskFull`].
    pub fn put_vectors(
        &mut self,
        run: RunId,
        name: &str,
        matrix: &Matrix<f32>,
    ) -> Result<String, StoreError> {
        let path = self.vector_path(run, name);
        let part = path.with_extension("tmp");
        fs::create_dir_all(self.folder().join("vectors"))
            .map_err(StoreError::io("make the folder of vectors", &path))?;
        let mut header = [0u8; HEADER_BYTES];
        for (at, bytes) in [
            (0, *MAGIC),
            (8, (matrix.n_rows() as u64).to_le_bytes()),
            (16, (matrix.n_cols() as u64).to_le_bytes()),
        ] {
            if let Some(slot) = header.get_mut(at..at + 8) {
                slot.copy_from_slice(&bytes);
            }
        }
        let bytes: &[u8] = bytemuck::cast_slice(matrix.values());
        let mut file = File::create(&part).map_err(StoreError::io("write vectors", &part))?;
        file.write_all(&header)
            .and_then(|()| file.write_all(bytes))
            .and_then(|()| file.sync_all())
            .map_err(StoreError::io("write vectors", &part))?;
        kill_point("vectors-written");
        fs::rename(&part, &path).map_err(StoreError::io("put vectors in place", &path))?;
        let hash = ContentHasher::new()
            .int(matrix.n_rows() as i64)
            .int(matrix.n_cols() as i64)
            .bytes(bytes)
            .finish();
        self.write(|unit| {
            unit.tx.execute(
                "INSERT OR REPLACE INTO vector_file(run_id, name, n_rows, n_cols, content_hash) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![run.0, name, matrix.n_rows() as i64, matrix.n_cols() as i64, hash],
            )?;
            Ok::<_, StoreError>(())
        })?;
        Ok(hash)
    }

    /// Maps the vectors that a run wrote under a name, `None` if it wrote none.
    ///
    /// # Errors
    /// [`StoreError::Vectors`] if the file does not fit its record.
    pub fn vectors(&self, run: RunId, name: &str) -> Result<Option<MappedMatrix>, StoreError> {
        let row: Option<(i64, i64)> = self
            .connection
            .prepare_cached(
                "SELECT n_rows, n_cols FROM vector_file WHERE run_id = ?1 AND name = ?2",
            )?
            .query_row(params![run.0, name], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        let Some((n_rows, n_cols)) = row else {
            return Ok(None);
        };
        let path = self.vector_path(run, name);
        let mapped = MappedMatrix::open(&path)?;
        if (mapped.n_rows() as i64, mapped.n_cols() as i64) != (n_rows, n_cols) {
            return Err(StoreError::Vectors {
                reason: format!(
                    "it holds {} × {}, the project expects {n_rows} × {n_cols}",
                    mapped.n_rows(),
                    mapped.n_cols()
                ),
                path,
            });
        }
        Ok(Some(mapped))
    }
}
