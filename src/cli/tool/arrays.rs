//! `.npy` files in and out of a tool.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context;

use crate::base::matrix::Matrix;
use crate::formats::npy;

/// Reads a matrix.
pub(super) fn read(path: &Path) -> anyhow::Result<Matrix<f32>> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
    npy::read_matrix(BufReader::new(file)).with_context(|| format!("cannot read {shown}"))
}

/// Writes a matrix, whole or not at all.
pub(super) fn write(path: &Path, matrix: &Matrix<f32>) -> anyhow::Result<()> {
    super::write_whole(path, |out| Ok(npy::write_matrix(out, matrix)?))
}

/// Writes one number for each row, whole or not at all.
pub(super) fn write_column(path: &Path, values: &[f32]) -> anyhow::Result<()> {
    super::write_whole(path, |out| {
        Ok(npy::write_f32(out, &[values.len()], values)?)
    })
}

/// Writes whole numbers, whole or not at all.
pub(super) fn write_integers(path: &Path, shape: &[usize], values: &[i64]) -> anyhow::Result<()> {
    super::write_whole(path, |out| Ok(npy::write_i64(out, shape, values)?))
}
