//! Issues, stances, edges of the conflict graph, flags, decisions and rounds (SPEC 7).

use super::corpus::Nation;
use crate::base::ids::{DecisionId, DocId, EdgeId, IssueId, StatementId};

/// The side a statement takes on its issue: −1, −½, 0, ½ or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stance {
    /// −1
    Opposes,
    /// −½
    LeansAgainst,
    /// 0
    Neither,
    /// ½
    LeansTowards,
    /// 1
    Supports,
}

impl Stance {
    /// All stances, from −1 to 1.
    pub const ALL: [Self; 5] = [
        Self::Opposes,
        Self::LeansAgainst,
        Self::Neither,
        Self::LeansTowards,
        Self::Supports,
    ];

    /// Returns the number in `-1.0..=1.0`.
    pub fn value(self) -> f64 {
        match self {
            Self::Opposes => -1.0,
            Self::LeansAgainst => -0.5,
            Self::Neither => 0.0,
            Self::LeansTowards => 0.5,
            Self::Supports => 1.0,
        }
    }

    /// Returns the words shown on screen, written in files and stored.
    pub fn words(self) -> &'static str {
        match self {
            Self::Opposes => "opposes",
            Self::LeansAgainst => "leans against",
            Self::Neither => "neither",
            Self::LeansTowards => "leans towards",
            Self::Supports => "supports",
        }
    }

    /// Reads [`Stance::words`].
    pub fn parse(words: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.words() == words)
    }
}

/// One proposition within a nation that several statements take a side on.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// Identity in the project.
    pub id: IssueId,
    /// Whose issue.
    pub nation: Nation,
    /// The proposition P.
    pub proposition: String,
    /// Members with their stance and its confidence.
    pub members: Vec<IssueMember>,
}

/// A statement's side on its issue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IssueMember {
    /// The statement.
    pub statement: StatementId,
    /// Its side.
    pub stance: Stance,
    /// Confidence of the stance, `0.0..=1.0`.
    pub confidence: f64,
}

/// What an edge between two statements of different documents rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// Same issue, same side.
    Shared,
    /// Same issue, other side.
    Opposed,
    /// Same topic, near embeddings.
    Semantic,
    /// Places within 50 km.
    Place,
    /// The same person or organization speaks.
    People,
}

impl EdgeKind {
    /// All kinds in order.
    pub const ALL: [Self; 5] = [
        Self::Shared,
        Self::Opposed,
        Self::Semantic,
        Self::Place,
        Self::People,
    ];

    /// Returns the lower-case name used in files and in the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Opposed => "opposed",
            Self::Semantic => "semantic",
            Self::Place => "place",
            Self::People => "people",
        }
    }

    /// Reads [`EdgeKind::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }
}

/// Agreement at or below which an edge is a conflict edge (SPEC 7).
pub const CONFLICT_AGREEMENT: f64 = -0.25;

/// A link between two statements of different documents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConflictEdge {
    /// Identity in the project.
    pub id: EdgeId,
    /// The end with the smaller statement id.
    pub a: StatementId,
    /// The other end.
    pub b: StatementId,
    /// What it rests on.
    pub kind: EdgeKind,
    /// Weight: cosine, e^(−d/50 km) or idf-weighted Jaccard by kind; positive.
    pub weight: f64,
    /// `s_a · s_b` within an issue, else 0.
    pub agreement: f64,
}

impl ConflictEdge {
    /// Tells whether the two ends conflict.
    pub fn is_conflict(&self) -> bool {
        self.agreement <= CONFLICT_AGREEMENT
    }
}

/// What a reviewer says about a flagged edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The edge stays.
    Keep,
    /// The edge goes.
    Remove,
    /// The reviewer cannot tell; counts as undecided.
    NotSure,
    /// Takes an earlier verdict back.
    Undo,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 4] = [Self::Keep, Self::Remove, Self::NotSure, Self::Undo];

    /// Returns the lower-case name used in files and in the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Remove => "remove",
            Self::NotSure => "not-sure",
            Self::Undo => "undo",
        }
    }

    /// Reads [`Verdict::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.code() == code)
    }
}

/// A conflict edge that a round asks a person about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flag {
    /// The edge.
    pub edge: EdgeId,
    /// Round in which it was flagged, from 1.
    pub round: u32,
    /// The end farther from the dominant stance.
    pub deviating: StatementId,
    /// Conflict cycles through the edge's link.
    pub n_cycles: u64,
    /// ln(1 + cycles) · `|s_t − D|` · weight.
    pub priority: f64,
    /// The issue's dominant stance D when flagged.
    pub dominant: f64,
    /// What the machine would do.
    pub proposal: Verdict,
}

/// A row of the record of decisions, only ever added.
///
/// A reviewer has two channels on an edge of a round: the verdict of his own, and an adjudication, which
/// decides where reviewers differ. What is in force follows from the rows; see [`super::review::Votes`].
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Identity in the project.
    pub id: DecisionId,
    /// The edge decided on.
    pub edge: EdgeId,
    /// Round the edge was flagged in.
    pub round: u32,
    /// The verdict.
    pub verdict: Verdict,
    /// The reviewer's verdict on the edge before this row, `None` for none.
    pub before: Option<Verdict>,
    /// Who decided; `machine` for accepted proposals.
    pub reviewer: String,
    /// The reason, may be empty.
    pub note: String,
    /// When, in milliseconds since 1970.
    pub decided_ms: i64,
    /// Milliseconds spent on the edge, `None` where nobody measured.
    pub spent_ms: Option<i64>,
    /// Decides over what the reviewers say.
    pub adjudicates: bool,
    /// Words of the rule that made it, empty for a decision on this edge alone.
    pub rule: String,
}

impl Decision {
    /// Returns the reviewer's verdict on the edge after this row, `None` where he took it back.
    pub fn after(&self) -> Option<Verdict> {
        (self.verdict != Verdict::Undo).then_some(self.verdict)
    }
}

/// A document's place in a listing of opposed statements inside one document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfContradiction {
    /// The document.
    pub doc: DocId,
    /// The statement on one side.
    pub a: StatementId,
    /// The statement on the other.
    pub b: StatementId,
}
