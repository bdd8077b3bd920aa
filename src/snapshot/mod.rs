//! Immutable read models for the views, built off the screen's thread.
//!
//! [`model`] is what views see; [`build`] reads a whole project into it at one revision; [`conflicts`]
//! lays out the graph of a nation with its review; [`topics`] joins topics in a tree; [`passing`] counts
//! what a filter lets through, [`contours`] draws lines around where that lies dense, and [`query`] answers
//! what else depends on a selection. Samples that people judge come with what their judgments come to. The
//! replay of the rounds is the stage's own, so that screen and pipeline cannot disagree.

mod agreement;
mod alignment;
mod build;
mod conflicts;
pub mod contours;
mod labels;
mod map;
pub mod model;
pub mod passing;
mod pipeline;
mod query;
mod results;
mod source_maps;
mod topics;
mod verification;

pub use build::{build, renew_review};
pub use conflicts::ConflictCache;
pub use map::MapCache;
pub use query::{document_detail, search, search_all};
pub use results::cell_detail;

/// Why a snapshot cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The project's files refused.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// The rounds cannot be replayed.
    #[error("the review cannot be shown ({0})")]
    Replay(#[from] crate::stages::StageError),
}
