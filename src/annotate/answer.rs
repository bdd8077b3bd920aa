//! The answers as types, and their strict reading from JSON.
//!
//! Every back end answers in these JSON shapes; what does not fit (unknown words, empty texts,
//! passages outside the body, confidences outside 0 to 1) is an error and never a guess. The serde
//! twins are private.

mod json;

use crate::base::sentences::Span;
use crate::domain::conflict::Stance;
use crate::domain::evaluation::Closer;
use crate::domain::statement::{Speaker, StatementSet};

/// Why an answer cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The text is no JSON of the expected shape.
    #[error("answer is no JSON of the expected shape: {message}")]
    Shape {
        /// What the JSON reader says.
        message: String,
    },
    /// A text that must say something is empty.
    #[error("field is empty: {field}")]
    Empty {
        /// Name of the field.
        field: &'static str,
    },
    /// A word outside its closed list.
    #[error("unknown {field}: {word:?}")]
    UnknownWord {
        /// Name of the field.
        field: &'static str,
        /// The word found.
        word: String,
    },
    /// A confidence outside `0.0..=1.0`.
    #[error("confidence must lie in 0..=1, not {value}")]
    Confidence {
        /// The number found.
        value: f64,
    },
    /// A passage that is empty or reaches past the body.
    #[error("passage {start}..{end} does not lie in a body of {n_chars} characters")]
    Passage {
        /// First character.
        start: usize,
        /// One past the last character.
        end: usize,
        /// Characters of the body; `usize::MAX` where the body was not at hand.
        n_chars: usize,
    },
    /// A passage given as words that do not stand in the body.
    #[error("passage does not stand in the body: {text:?}")]
    PassageAbsent {
        /// The words looked for.
        text: String,
    },
    /// A label of more than five words.
    #[error("label has {n_words} words, more than 5: {text:?}")]
    LongLabel {
        /// Words counted.
        n_words: usize,
        /// The label.
        text: String,
    },
}

/// Aspect of a document that a tag names (`InsTag`, five of them).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// Main values and intentions.
    Values,
    /// Entities and nations named.
    Entities,
    /// Actions and events.
    Actions,
    /// Topics and issues.
    Topics,
    /// Universal values and heritage.
    Heritage,
}

impl Aspect {
    /// All aspects in the order they are asked.
    pub const ALL: [Self; 5] = [
        Self::Values,
        Self::Entities,
        Self::Actions,
        Self::Topics,
        Self::Heritage,
    ];

    /// Returns the word used in answers.
    pub fn code(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Entities => "entities",
            Self::Actions => "actions",
            Self::Topics => "topics",
            Self::Heritage => "heritage",
        }
    }

    /// Reads [`Aspect::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.code() == code)
    }
}

/// One tag of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// What it is about.
    pub aspect: Aspect,
    /// The tag, lower case where the language has cases.
    pub tag: String,
    /// Why it was given.
    pub explanation: String,
}

/// The tags of a document; may be none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(pub Vec<Tag>);

/// The name of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// One to five words.
    pub text: String,
}

/// Whether a topic is value-related.
#[derive(Clone, Debug, PartialEq)]
pub struct Screening {
    /// The verdict.
    pub value_related: bool,
    /// Confidence, `0.0..=1.0`.
    pub confidence: f64,
    /// Why, in words.
    pub reason: String,
}

/// One value statement found in a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Extracted {
    /// The claim, self-contained, without attribution and quotation marks.
    pub text: String,
    /// Where it stands in the body, in characters.
    pub passage: Span,
    /// Confidence, `0.0..=1.0`.
    pub confidence: f64,
}

/// All value statements of a body; may be none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extraction(pub Vec<Extracted>);

/// Whether a sentence claims a value.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueVerdict {
    /// The verdict.
    pub is_value: bool,
    /// Confidence, `0.0..=1.0`.
    pub confidence: f64,
    /// Why, in words.
    pub reason: String,
}

/// Who says a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceVerdict {
    /// A named person or organization.
    Quoted(Speaker),
    /// The outlet's own voice.
    Official,
    /// Neither is shown.
    Unattributed,
}

impl SourceVerdict {
    /// Returns the set a statement with this source belongs to.
    pub fn set(&self) -> StatementSet {
        match self {
            Self::Quoted(_) => StatementSet::Quoted,
            Self::Official => StatementSet::Official,
            Self::Unattributed => StatementSet::Unattributed,
        }
    }
}

/// Question, statement and reverse statement, before they are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TripleDraft {
    /// Q.
    pub question: String,
    /// S.
    pub statement: String,
    /// RS.
    pub reverse: String,
}

/// The sentence a group of statements takes sides on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropositionDraft {
    /// One sentence.
    pub text: String,
}

/// The side a statement takes on a proposition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StanceVerdict {
    /// The side.
    pub stance: Stance,
    /// Confidence, `0.0..=1.0`.
    pub confidence: f64,
}

/// Which of two references an answer is closer to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CloserVerdict {
    /// The verdict.
    pub closer: Closer,
    /// Confidence, `0.0..=1.0`.
    pub confidence: f64,
}

#[cfg(test)]
mod tests;
