//! Value statements, who said them, and the triples made of them.

use super::corpus::Nation;
use crate::base::ids::{DocId, StatementId, TopicId, TripleId};
use crate::base::language::Language;
use crate::base::sentences::Span;

/// The set a statement belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatementSet {
    /// Attributed to a person or organization.
    Quoted,
    /// The outlet's own voice.
    Official,
    /// Neither is shown; joins Official only in the paper's profile.
    Unattributed,
}

impl StatementSet {
    /// All sets in order.
    pub const ALL: [Self; 3] = [Self::Quoted, Self::Official, Self::Unattributed];

    /// Returns the lower-case name used in files and in the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Quoted => "quoted",
            Self::Official => "official",
            Self::Unattributed => "unattributed",
        }
    }

    /// Returns the name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quoted => "Quoted",
            Self::Official => "Official",
            Self::Unattributed => "Unattributed",
        }
    }

    /// Reads [`StatementSet::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }
}

/// Whether a speaker is a person or an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpeakerKind {
    /// A human being.
    Person,
    /// A body of people: party, court, company, office.
    Organization,
}

/// Who said a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Speaker {
    /// Name as in the text.
    pub name: String,
    /// Person or organization.
    pub kind: SpeakerKind,
}

/// One value claim taken from a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Identity in the project.
    pub id: StatementId,
    /// The document it was taken from.
    pub doc: DocId,
    /// Nation of that document.
    pub nation: Nation,
    /// Topic of that document, where it has one.
    pub topic: Option<TopicId>,
    /// Language of the text.
    pub language: Language,
    /// The claim, self-contained.
    pub text: String,
    /// Its passage in the document's body, in characters.
    pub passage: Span,
    /// Confidence of the extraction, `0.0..=1.0`.
    pub confidence: f64,
    /// Its set.
    pub set: StatementSet,
    /// Who said it, for [`StatementSet::Quoted`].
    pub speaker: Option<Speaker>,
    /// Left out by reduction: member of the set *Minority*.
    pub dropped: bool,
}

/// Question, statement and reverse statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Triple {
    /// Identity in the project.
    pub id: TripleId,
    /// The statement S.
    pub statement: StatementId,
    /// Q: a question that S answers.
    pub question: String,
    /// S as used in the triple.
    pub statement_text: String,
    /// RS: opposes S on the same subject.
    pub reverse: String,
}
