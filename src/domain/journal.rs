//! Steps of a person that can be taken back and done again, as one journal for the whole project.
//!
//! A step is done, taken back and done again in the order of a stack; a new step lets go of those that
//! were taken back. What a step's payload means is the business of its kind.

use crate::base::ids::StepId;

/// Steps that can be taken back at most; older ones stay in force.
pub const MAX_UNDO: usize = 1_000;

/// What a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// What the window looks at: filter and selection. Its payload is the window's own JSON object with
    /// `before` and `after`.
    Desk,
    /// The list of saved selections, with a payload of the same form. A kind of its own, so that the list
    /// is not written again with every filter.
    Saved,
    /// An edit of topics; see [`crate::domain::topic_edit`].
    Topics,
    /// A verdict on a match of topics; see [`crate::domain::source_map`].
    Matches,
}

impl StepKind {
    /// Returns the word it is stored by.
    pub fn code(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Saved => "saved",
            Self::Topics => "topics",
            Self::Matches => "matches",
        }
    }

    /// Reads the word it is stored by.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Desk, Self::Saved, Self::Topics, Self::Matches]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// A step as it was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Identity; a later step has a larger one.
    pub id: StepId,
    /// What it is about.
    pub kind: StepKind,
    /// What it did, to stand after "Undo", e.g. `merge of 12 and 31`.
    pub sentence: String,
    /// What it holds, as JSON text.
    pub payload_json: String,
    /// Who did it.
    pub who: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// Which way a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It was taken back.
    Undone,
    /// It was done again.
    Redone,
}

/// What can be taken back and done again now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalState {
    /// Steps that can be taken back, at most [`MAX_UNDO`].
    pub n_undo: usize,
    /// Steps that can be done again.
    pub n_redo: usize,
    /// What the next undo takes back.
    pub undo: Option<String>,
    /// What the next redo does again.
    pub redo: Option<String>,
}
