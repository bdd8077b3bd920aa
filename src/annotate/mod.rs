//! The questions asked of text and the offline rules that answer them.
//!
//! [`question`] says what is asked, [`answer`] reads what comes back, [`checks`] and [`is_refusal`] judge it
//! without any back end, [`rules`] answers every question with word lists and patterns in four languages and no
//! model. A back end is an [`Annotator`]; more of them (a chat server, a local model) share the same
//! questions and answers. This room stores nothing and draws nothing.

pub mod answer;
pub mod checks;
pub mod gazetteer;
pub mod question;
mod refusal;
pub mod rules;

pub use checks::{TripleCheck, check_passage, check_triple};
use question::Question;
pub use refusal::is_refusal;

/// Why a question got no answer.
#[derive(Debug, thiserror::Error)]
pub enum AnnotateError {
    /// The back end has no means for this language.
    #[error("{task} has no rules for this language: {language:?}")]
    Language {
        /// Task asked.
        task: &'static str,
        /// Code of the language.
        language: String,
    },
    /// The question holds nothing to answer from.
    #[error("{task} was asked without text in {field}")]
    Empty {
        /// Task asked.
        task: &'static str,
        /// Field that is empty.
        field: &'static str,
    },
    /// The back end failed for reasons of its own (network, weights, quota).
    #[error("{back_end} failed at {task}: {message}")]
    BackEnd {
        /// Name of the back end.
        back_end: String,
        /// Task asked.
        task: &'static str,
        /// What it says.
        message: String,
    },
}

/// Answers questions in the JSON shapes of [`answer`].
pub trait Annotator: Send + Sync {
    /// Stored with each answer, e.g. `"rules"`.
    fn name(&self) -> &str;

    /// Goes up when equal questions would get other answers.
    fn version(&self) -> u32;

    /// Answers one question with JSON.
    ///
    /// # Errors
    /// [`AnnotateError`] if there is no answer at all; an answer "none found" is no error.
    fn answer(&self, question: &Question<'_>) -> Result<String, AnnotateError>;
}
