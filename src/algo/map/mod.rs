//! The mathematics under the map: nearest neighbors, UMAP, HDBSCAN, lines of equal density and how
//! well a layout keeps neighborhoods.
//!
//! Values in, values out. Nothing here reads a file, knows the time or draws a number that does
//! not come from a [`crate::base::seed::Seed`]; every result has the same bytes at any thread
//! count.
//!
//! # What was looked at and left
//! The room stands on rayon alone. Not taken, in the versions of November 2026:
//! - `manifolds-rs` 0.8: the fastest UMAP found, equal bytes at any thread count; no progress, no
//!   cancel, no placing of new rows, and its layouts trust less than umap-learn's on sentence
//!   embeddings (measured by `tests/peers`).
//! - `petal-clustering` 0.14 and `hdbscan` 0.12 (sources read): the first finds core distances on
//!   all threads and its spanning tree on one, the second compares all pairs; neither reports
//!   progress.
//! - neighbor descent and navigable graphs: each step fetches single rows, and what is found
//!   depends on the order of work unless that is fixed at some cost. How much k-means cells miss
//!   can be measured before the search.
//! - a library's matrix products (not measured): how they cut their sums is theirs to change, and
//!   here each pair must get the same bits whoever else is compared; the tile of [`knn`] is small.

pub mod density;
pub mod hdbscan;
pub mod knn;
pub mod quality;
pub mod umap;

use crate::base::matrix::{Matrix, ShapeError};
use crate::base::observe::Cancelled;

/// Why no map could be made.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum MapError {
    /// A value is infinite or not a number.
    #[error("row {row_idx} holds a value that is not finite, in column {col_idx}")]
    NotFinite {
        /// Row of the first such value.
        row_idx: usize,
        /// Its column.
        col_idx: usize,
    },
    /// Two inputs that describe the same points have different numbers of rows.
    #[error("{n_rows} rows were given where the other input has {n_rows_other}")]
    RowsDiffer {
        /// Rows of this input.
        n_rows: usize,
        /// Rows of the other.
        n_rows_other: usize,
    },
    /// Rows of two inputs have different lengths.
    #[error("rows of {n_cols} numbers were given where the others have {n_cols_other}")]
    ColumnsDiffer {
        /// Columns of this input.
        n_cols: usize,
        /// Columns of the other.
        n_cols_other: usize,
    },
    /// New rows were to be placed among none.
    #[error("there are no rows to place new ones among")]
    NoRows,
    /// There are too many points to number them in 32 bits.
    #[error("{n_rows} rows are more than the 4,294,967,295 that can be numbered")]
    TooManyRows {
        /// Rows given.
        n_rows: usize,
    },
    /// A neighbor list points at a row that does not exist, or holds a distance that is no number.
    #[error("the neighbor list of row {row_idx} is broken")]
    BrokenNeighbors {
        /// Row of the list.
        row_idx: usize,
    },
    /// A setting is outside of what the method is defined for.
    #[error("{name} is {value} but must be {wanted}")]
    Setting {
        /// The setting, as its field is called.
        name: &'static str,
        /// What it was set to.
        value: f64,
        /// What is allowed.
        wanted: &'static str,
    },
    /// A matrix was made with the wrong number of values; a mistake of ours.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Refuses values that are not finite and numbers of rows that `u32` cannot count.
pub(crate) fn check(x: &Matrix<f32>) -> Result<(), MapError> {
    let n_rows = x.n_rows();
    if u32::try_from(n_rows).is_err() {
        return Err(MapError::TooManyRows { n_rows });
    }
    match x.values().iter().position(|v| !v.is_finite()) {
        Some(at) => Err(MapError::NotFinite {
            row_idx: at / x.n_cols(),
            col_idx: at % x.n_cols(),
        }),
        None => Ok(()),
    }
}
