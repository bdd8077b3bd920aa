//! Stages of the pipeline and their immutable runs.

use crate::base::ids::RunId;

/// One immutable execution of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Identity in the project.
    pub id: RunId,
    /// Name of the stage.
    pub stage: String,
    /// Version of the stage's code.
    pub stage_version: u32,
    /// Parameters as canonical JSON text.
    pub params_json: String,
    /// Seed.
    pub seed: u64,
    /// Hash of everything it read.
    pub input_hash: String,
    /// Hash of everything it wrote; `None` while it is not done.
    pub output_hash: Option<String>,
}
