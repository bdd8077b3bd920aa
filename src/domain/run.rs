//! Stages of the pipeline and their immutable runs.

use crate::base::ids::RunId;

/// One immutable execution of a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Identity in the project.
    pub id: RunId,
    /// Name of the stage.
    pub stage: String,
    /// What of several of its kind it is about, e.g. a model's name; empty for the pipeline's own stages.
    pub subject: String,
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

impl Run {
    /// Returns the name under which its results are shown: the stage, with the subject where there is one.
    pub fn slot(&self) -> String {
        slot(&self.stage, &self.subject)
    }
}

/// Joins a stage and a subject to the name under which results are shown.
pub fn slot(stage: &str, subject: &str) -> String {
    if subject.is_empty() {
        stage.to_owned()
    } else {
        format!("{stage}/{subject}")
    }
}
