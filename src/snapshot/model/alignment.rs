//! What the Alignment view is drawn from.

pub use crate::domain::comparison::{
    AlignmentComparison, CaseAnswer, CaseRow, Change, ItemChanges, NationSlope, PairedDifference,
    ReferenceVariant, VariantRate,
};

use crate::base::ids::{JobId, RunId};
use crate::domain::alignment::{TrainingStep, Variant};
use crate::domain::corpus::Nation;
use crate::domain::job_progress::JobState;

/// Before and after of every model that was aligned, and the trainings.
#[derive(Clone, Debug, Default)]
pub struct AlignmentData {
    /// One comparison per aligned model and method.
    pub comparisons: Vec<AlignmentComparison>,
    /// Trainings, newest first.
    pub trainings: Vec<TrainingRow>,
    /// Models that can be aligned: names of local ones that the project's settings name.
    pub models: Vec<String>,
    /// Triples in the project; 0 before the stage *triples*.
    pub n_triples: usize,
    /// What the check of the split found, e.g. `split by document, near-duplicate and issue: no leak found`.
    pub split_check: String,
    /// The paper's Table 3, marked as reference wherever it is shown.
    pub reference: Vec<ReferenceVariant>,
}

/// A training with its curve: all adapters of one model and variant.
#[derive(Clone, Debug)]
pub struct TrainingRow {
    /// Its run, once it has begun.
    pub run: Option<RunId>,
    /// Its newest job.
    pub job: JobId,
    /// Where the job stands.
    pub state: JobState,
    /// Name of the base model.
    pub model: String,
    /// Variant: A2 or A3.
    pub variant: Variant,
    /// Optimizer steps done, over all its adapters.
    pub n_steps_done: usize,
    /// Optimizer steps in all.
    pub n_steps: usize,
    /// How long it ran, milliseconds.
    pub duration_ms: Option<i64>,
    /// The job's message: the reason where it failed.
    pub message: String,
    /// Settings in one line, e.g. `LoRA r 8 α 16 · all linear layers · β 0.1 · lr 5e-5 · 3 epochs · 64 pairs a step`.
    pub settings: String,
    /// One curve per adapter: nation (`None`: all pooled) and seed.
    pub curves: Vec<TrainingCurve>,
}

/// The steps of one adapter.
#[derive(Clone, Debug)]
pub struct TrainingCurve {
    /// Nation, `None` for all pooled.
    pub nation: Option<Nation>,
    /// Training seed.
    pub seed: u64,
    /// Steps in order.
    pub steps: Vec<TrainingStep>,
}
