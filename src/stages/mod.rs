//! The pipeline's steps: each reads the store, calls the pure rooms, and writes a run.
//!
//! ```text
//! import > prepare (duplicates, recurring text) > embed (lexical) > layout (UMAP) > cluster (HDBSCAN)
//!  > tag_outliers (InsTag) > describe (c-TF-IDF, KeyBERT, MMR, label) > screen > extract > judge_source
//!  > triples (for all statements; the sets are views of them) > reduce (conflict graph, rounds, review)
//!  > split (trained on, held out) > evaluate (per model and method) > align (per model and variant) > evaluate again
//! asked for by itself: source_maps (a map per nation or outlet, topics matched between them)
//! ```
//!
//! A stage knows no job and no screen. It can be called again after a crash: units already in the
//! store are skipped. `import` is a step of its own kind, called with a file instead of the store's
//! state; see [`import`]. [`verification`] draws and measures what people judge; it is no stage.

pub mod align;
pub mod ask;
mod cluster;
pub mod columns;
mod corpus;
mod describe;
mod embed;
pub mod evaluate;
pub mod export;
mod extract;
pub mod import;
mod judge_source;
mod layout;
pub mod lessons;
pub mod paper;
mod prepare;
pub mod reduce;
pub mod report;
pub mod results;
mod screen;
pub mod settings;
pub mod source_maps;
mod split;
mod tag_outliers;
pub mod topic_edits;
mod triples;
pub mod truth;
pub mod verification;

pub use embed::vectors_in_force;

use crate::annotate::{AnnotateError, Annotator};
use crate::base::clock::Clock;
use crate::base::hash::ContentHasher;
use crate::base::observe::{Cancelled, Observe};
use crate::domain::run::Run;
use crate::domain::topic_edit::Scope;
use crate::nn::NnError;
use crate::store::{Store, StoreError};
use settings::Settings;

/// Where a stage stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Every output row is written.
    Done,
    /// A person must decide first; the job gives up its thread.
    AwaitingReview {
        /// Round that waits, from 1.
        round: u32,
        /// Flagged edges without a verdict.
        n_open: usize,
    },
}

/// What a stage works with.
pub struct StageCx<'a> {
    /// The project.
    pub store: &'a mut Store,
    /// Settings in force.
    pub settings: &'a Settings,
    /// Who answers questions of text.
    pub annotator: &'a dyn Annotator,
    /// Progress and cancel.
    pub observe: &'a dyn Observe,
    /// Time, for events and decisions.
    pub clock: &'a dyn Clock,
    /// The run to write.
    pub run: &'a Run,
}

/// Number of the only unit of a stage that is one unit of work.
const WHOLE: i64 = 0;

impl StageCx<'_> {
    /// Tells whether a stage of one unit has stored it before a crash.
    fn whole_is_done(&self) -> Result<bool, StoreError> {
        Ok(self.store.done_units(self.run.id)?.contains(&WHOLE))
    }
}

/// One step of the pipeline.
pub trait Stage: Send + Sync {
    /// Stored with each run and shown in Jobs, e.g. `"cluster"`.
    fn name(&self) -> &'static str;

    /// Goes up by one when equal inputs would now give other outputs.
    fn version(&self) -> u32;

    /// Returns what of several of its kind it is about, e.g. a model's name; empty for most.
    #[expect(
        clippy::unnecessary_literal_bound,
        reason = "stages of models return a name of their own"
    )]
    fn subject(&self) -> &str {
        ""
    }

    /// Names the stages whose results it reads; none for the one that reads the corpus.
    fn reads(&self, settings: &Settings) -> Vec<String>;

    /// Returns what a job must remember to make this stage again, where the settings do not say it all.
    fn job_params(&self) -> Option<String> {
        None
    }

    /// Returns the settings it depends on, as canonical JSON text.
    fn params(&self, settings: &Settings, annotator: &dyn Annotator) -> String;

    /// Works until the next resting point. Skips units already in the store.
    ///
    /// # Errors
    /// Only for the whole stage; one bad item is a failure row.
    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError>;
}

/// Why a stage stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The project's files refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The work was asked to stop.
    #[error("canceled; run again to go on from here")]
    Cancelled,
    /// There is nothing to work on.
    #[error("{stage} has nothing to work on: {advice}")]
    Nothing {
        /// The stage.
        stage: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// Too many items failed.
    #[error(
        "{stage} failed on {n_failed} of {n_items} items, more than it accepts; the reasons are in `meridian status`, the last: {last}"
    )]
    TooManyFailed {
        /// The stage.
        stage: &'static str,
        /// Items that failed.
        n_failed: usize,
        /// Items in all.
        n_items: usize,
        /// Reason of the last one.
        last: String,
    },
    /// The annotator stopped answering.
    #[error("the annotator stopped ({0})")]
    Annotate(#[from] AnnotateError),
    /// A network cannot be loaded, run or trained.
    #[error(transparent)]
    Network(NnError),
    /// A computation refused its input.
    #[error("{stage} cannot compute ({reason})")]
    Compute {
        /// The stage.
        stage: &'static str,
        /// The reason.
        reason: String,
    },
}

impl From<NnError> for StageError {
    fn from(error: NnError) -> Self {
        match error {
            NnError::Cancelled(_) => Self::Cancelled,
            other => Self::Network(other),
        }
    }
}

impl From<Cancelled> for StageError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Returns the stages after import, in order.
pub fn pipeline() -> Vec<Box<dyn Stage>> {
    vec![
        Box::new(prepare::Prepare),
        Box::new(embed::Embed),
        Box::new(layout::Layout),
        Box::new(cluster::Cluster),
        Box::new(tag_outliers::TagOutliers),
        Box::new(describe::Describe),
        Box::new(screen::Screen),
        Box::new(extract::Extract),
        Box::new(judge_source::JudgeSource),
        Box::new(triples::Triples),
        Box::new(reduce::Reduce),
        Box::new(split::SplitStage),
    ]
}

/// Returns the stages that nothing reads and that run only when they are asked for.
pub fn optional() -> Vec<Box<dyn Stage>> {
    vec![Box::new(source_maps::SourceMaps)]
}

/// Hashes everything a stage reads: the corpus, or the runs in force of the stages before it, with the
/// edits of topics in force for who reads topics.
///
/// A stage that was done before an edit is out of date with it and done again without it. A new label
/// is for readers only: no stage reads it and none becomes out of date.
///
/// # Errors
/// The store's.
pub fn input_hash(store: &Store, reads: &[String]) -> Result<String, StoreError> {
    let mut hasher = ContentHasher::new();
    if reads.is_empty() {
        hasher.text(&store.corpus_hash()?);
    }
    for name in reads {
        hasher.text(name);
        if let Some(run) = store.current_run(name)? {
            // What the run read counts as well as what it wrote: equal output of another corpus is not equal input.
            hasher
                .text(&run.input_hash)
                .text(run.output_hash.as_deref().unwrap_or(""));
        }
    }
    // Who reads topics reads them as a person edited them; without edits the hash is that of the runs.
    let reads = |stage: &str| reads.iter().any(|name| name == stage);
    let scope = if reads("screen") {
        Some(Scope::RegroupingAndScreening)
    } else if reads("describe") {
        Some(Scope::Regrouping)
    } else {
        None
    };
    if let Some(scope) = scope
        && let Some(edits) = store.topic_edits_digest(scope)?
    {
        hasher.text("topic edits").text(&edits);
    }
    Ok(hasher.finish())
}

/// Share of items that may fail before a stage does.
const MAX_FAILED_SHARE: f64 = 0.2;

/// Fails the stage when too many of its items did.
fn check_failures(
    stage: &'static str,
    n_items: usize,
    n_failed: usize,
    last: &str,
) -> Result<(), StageError> {
    if n_items > 0 && n_failed as f64 > MAX_FAILED_SHARE * n_items as f64 {
        return Err(StageError::TooManyFailed {
            stage,
            n_failed,
            n_items,
            last: last.to_owned(),
        });
    }
    Ok(())
}

/// Makes names of what a stage reads.
fn names(of: &[&str]) -> Vec<String> {
    of.iter().map(|name| (*name).to_owned()).collect()
}
