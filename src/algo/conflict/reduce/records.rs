//! What the rounds take and give: settings, fates, outcomes, previews, summaries. Plain values.

use crate::algo::conflict::cycles::CycleSettings;
use crate::algo::conflict::stance::{Contested, Dominant, DominantSettings};
use crate::base::ids::{EdgeId, IssueId, StatementId};

/// What comes first in a round, and so what falls to the share that is flagged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlagOrder {
    /// Highest priority; of equal ones the less confident deviating stance.
    Priority,
    /// Least confident deviating stance; of equal ones the higher priority.
    LeastConfident,
}

/// How rounds flag and drop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReductionSettings {
    /// Which cycles count.
    pub cycles: CycleSettings,
    /// When an issue has a dominant stance.
    pub dominant: DominantSettings,
    /// δ: the least |s − D| of a deviating end, exclusive.
    pub delta: f64,
    /// Share of the candidates that a round flags at most (at least one).
    pub top_share: f64,
    /// Order of the candidates.
    pub order: FlagOrder,
    /// Share of a statement's first conflict edges that must be removed for it to be dropped.
    pub drop_share: f64,
    /// Rounds after which nothing is flagged.
    pub max_rounds: u32,
    /// Least confidence of the deviating stance for the machine to propose a removal.
    pub propose_min_confidence: f64,
}

impl Default for ReductionSettings {
    /// SPEC 7; the confidence for a proposal is ours: more likely right than not.
    fn default() -> Self {
        Self {
            cycles: CycleSettings::default(),
            dominant: DominantSettings::default(),
            delta: 0.5,
            top_share: 0.25,
            order: FlagOrder::Priority,
            drop_share: 0.5,
            max_rounds: 5,
            propose_min_confidence: 0.5,
        }
    }
}

/// Where an edge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeFate {
    /// In the graph.
    Live,
    /// Removed by a decision.
    Removed {
        /// Round of the decision, from 1.
        round: u32,
        /// Its deviating end.
        deviating: StatementId,
    },
    /// Left with a statement that was dropped.
    LeftWith {
        /// Round of the drop, from 1.
        round: u32,
        /// The statement.
        statement: StatementId,
    },
}

/// An issue's dominant stance on both sides of a round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DominantChange {
    /// The issue.
    pub issue: IssueId,
    /// Before the decisions.
    pub before: Dominant,
    /// After them.
    pub after: Dominant,
}

/// What the decisions of one round did.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundOutcome {
    /// The round, from 1.
    pub round: u32,
    /// Edges removed by a decision, ascending.
    pub removed: Vec<EdgeId>,
    /// Edges kept by a decision, ascending.
    pub kept: Vec<EdgeId>,
    /// Flagged edges that nobody decided on; they stay and may be flagged again.
    pub undecided: Vec<EdgeId>,
    /// Verdicts on edges that were not flagged in this round; they do nothing.
    pub ignored: Vec<EdgeId>,
    /// Statements dropped, ascending.
    pub dropped: Vec<StatementId>,
    /// Edges that left with them, ascending.
    pub left_with: Vec<EdgeId>,
    /// Every issue's dominant stance before and after, ascending by issue.
    pub dominant: Vec<DominantChange>,
    /// Conflict cycles of the whole graph that are none any more.
    pub cycles_broken: u64,
    /// Conflict cycles of the whole graph that are left.
    pub cycles_left: u64,
    /// A cap was reached: the cycle numbers are rough.
    pub capped: bool,
}

/// What one decision did at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionEffect {
    /// The edge.
    pub edge: EdgeId,
    /// Conflict cycles of the whole graph before it.
    pub cycles_before: u64,
    /// Conflict cycles of the whole graph that are left.
    pub cycles_left: u64,
    /// The statement it dropped.
    pub dropped: Option<StatementId>,
    /// The statement that came back with a verdict taken back.
    pub returned: Option<StatementId>,
    /// A cap was reached: the cycle numbers are rough.
    pub capped: bool,
}

/// What removing one edge would do by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The edge.
    pub edge: EdgeId,
    /// Its deviating end.
    pub deviating: StatementId,
    /// Conflict cycles of the whole graph that would be none any more.
    pub cycles_broken: u64,
    /// Conflict cycles of the whole graph that would be left.
    pub cycles_left: u64,
    /// Conflict cycles that would still run between the edge's two documents.
    pub link_cycles_left: u64,
    /// A cap was reached: the cycle numbers are rough.
    pub capped: bool,
    /// Conflict edges removed with the deviating end by then, and those it began with.
    pub removed_of: (usize, usize),
    /// Statements that would be dropped: the deviating end or none.
    pub dropped: Vec<StatementId>,
    /// The issue's dominant stance now.
    pub dominant_before: Dominant,
    /// The issue's dominant stance then.
    pub dominant_after: Dominant,
}

/// An issue at the moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IssueSummary {
    /// The issue.
    pub issue: IssueId,
    /// D.
    pub dominant: f64,
    /// Why nothing in it is flagged, if so.
    pub contested: Option<Contested>,
    /// Statements it began with.
    pub n_statements: usize,
    /// Statements not dropped.
    pub n_live: usize,
    /// Documents with live statements.
    pub n_docs: usize,
    /// Live statements that support or lean towards.
    pub n_for: usize,
    /// Live statements that oppose or lean against.
    pub n_against: usize,
    /// Live conflict edges inside the issue.
    pub n_conflict_edges: usize,
}
