//! What the conflict view is drawn from: the graph of a nation, its issues, queue and rounds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{DocLine, StatementLine};
use crate::base::cloud::Finder;
use crate::base::ids::{DocId, EdgeId, IssueId, StatementId};
use crate::base::language::Language;
use crate::base::neighbors::Neighbors;
use crate::base::segments::{Segment, Segments};
use crate::base::sentences::Span;
use crate::domain::conflict::{EdgeKind, Stance, Verdict};
use crate::domain::corpus::Nation;
use crate::domain::review::agreement::AgreementRecord;
use crate::domain::review::filter::{QueueFacts, Rule};
use crate::domain::review::{EdgeVotes, Standing};
use crate::domain::statement::{Speaker, StatementSet};

/// The conflict graph of one nation with its review.
#[derive(Clone, Debug)]
pub struct ConflictData {
    /// Whose graph.
    pub nation: Nation,
    /// Rounds done so far.
    pub round: u32,
    /// Rounds in all.
    pub n_rounds: u32,
    /// Documents and links, as they were before the first round, with what became of each in closed rounds.
    pub graph: Arc<ConflictGraph>,
    /// What the verdicts of the open round have taken out of it so far.
    pub leaving: Arc<Leaving>,
    /// Issues of the nation.
    pub issues: Vec<IssueRow>,
    /// Edges flagged in the open round, by priority; decided ones keep their place.
    pub queue: Vec<QueueItem>,
    /// What each round did.
    pub rounds: Vec<RoundRow>,
    /// Statements that reduction dropped, with the round.
    pub minority: Vec<(StatementLine, u32)>,
    /// Opposed statements inside one document.
    pub self_contradictions: Vec<(StatementLine, StatementLine)>,
    /// Statement edges in the graph.
    pub n_edges: usize,
    /// Of these, conflict edges that are still live.
    pub n_conflict_edges: usize,
    /// Decisions taken in all rounds, newest first (at most 200).
    pub decisions: Vec<DecisionRow>,
}

impl ConflictData {
    /// Tells whether two documents are joined by a conflict link that is live in a round, and that the verdicts of
    /// the open round leave.
    pub fn in_conflict(&self, a: u32, b: u32, round: u32) -> bool {
        let of_a = self.graph.neighbors.of(a).iter();
        of_a.filter(|(other, _)| *other == b).any(|(_, i)| {
            let link = self.graph.links.get(*i as usize);
            let is_live = |l: &GraphLink| l.conflict && l.is_live(round);
            link.is_some_and(is_live) && !self.leaving.has_link(*i)
        })
    }
}

/// The graph of a nation's documents with what became of every link, and the indexes over it.
#[derive(Clone, Debug, Default)]
pub struct ConflictGraph {
    /// Documents with a statement, dropped or not, by rising identity.
    pub nodes: Vec<GraphNode>,
    /// All links that ever were, by their ends; at most two for a pair of documents: the conflict edges
    /// together, and the others together.
    pub links: Vec<GraphLink>,
    /// Outlets that [`GraphNode::source_idx`] names, most documents first.
    pub sources: Vec<String>,
    /// The two camps of every issue, in the order of [`ConflictData::issues`].
    pub camps: Vec<Camps>,
    /// The links of each node.
    pub neighbors: Neighbors,
    /// Finds the nearest node.
    pub finder: Finder,
    /// Finds the nearest link.
    pub segments: Segments,
}

/// What the verdicts of an open round take out of the graph, all of it to come back if they are taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Documents whose last statements are dropped, as ascending indices into [`ConflictGraph::nodes`].
    pub nodes: Vec<u32>,
    /// Links whose last edges go, as ascending indices into [`ConflictGraph::links`].
    pub links: Vec<u32>,
}

impl Leaving {
    /// Tells whether a document leaves.
    pub fn has_node(&self, node: u32) -> bool {
        self.nodes.binary_search(&node).is_ok()
    }

    /// Tells whether a link leaves.
    pub fn has_link(&self, link: u32) -> bool {
        self.links.binary_search(&link).is_ok()
    }
}

/// A document in the conflict graph.
#[derive(Clone, Debug)]
pub struct GraphNode {
    /// The document.
    pub doc: DocId,
    /// Place in the force layout, within ±1, y up; the same in all rounds.
    pub position: [f32; 2],
    /// Index into [`ConflictData::issues`] of its first statement's issue, `u32::MAX` for none.
    pub issue_idx: u32,
    /// Mean stance of its statements on that issue.
    pub stance: f32,
    /// Short caption: its first speaker, else its outlet.
    pub label: String,
    /// Whether the caption names a speaker.
    pub is_speaker: bool,
    /// Index into [`ConflictGraph::sources`].
    pub source_idx: u32,
    /// Round in which the last of its statements was dropped, `None` while one is left.
    pub dropped_in: Option<u32>,
}

/// A link between two documents.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphLink {
    /// Index of one end in [`ConflictGraph::nodes`], the smaller one.
    pub a: u32,
    /// Index of the other end.
    pub b: u32,
    /// Whether its edges are conflict edges.
    pub conflict: bool,
    /// The kind of its strongest edge.
    pub kind: EdgeKind,
    /// Agreement of the edge in strongest conflict, else of the strongest edge, `-1.0..=1.0`.
    pub agreement: f32,
    /// Sum of its edges' weights.
    pub weight: f32,
    /// Its edges.
    pub n_edges: u32,
    /// The edge that kind and agreement are taken from.
    pub edge: EdgeId,
    /// Round in which the last of its edges went, `None` while one is live.
    pub gone_in: Option<u32>,
}

impl GraphNode {
    /// Tells whether one of its statements was left once a round was closed; round 0 is before the first.
    pub fn is_left(&self, round: u32) -> bool {
        self.dropped_in.is_none_or(|r| r > round)
    }
}

impl GraphLink {
    /// Tells whether it was in the graph once a round was closed; round 0 is before the first.
    pub fn is_live(&self, round: u32) -> bool {
        self.gone_in.is_none_or(|r| r > round)
    }
}

/// The two sides of an issue.
#[derive(Clone, Debug, Default)]
pub struct Camps {
    /// Documents with a statement on the issue, with their mean stance; by rising index.
    pub members: Vec<(u32, f32)>,
    /// Soft outlines around those that support it and around those that oppose it, in map units.
    pub hulls: [Vec<Vec<[f32; 2]>>; 2],
}

impl ConflictGraph {
    /// Indexes nodes and links.
    pub fn new(nodes: Vec<GraphNode>, links: Vec<GraphLink>) -> Self {
        let positions: Vec<[f32; 2]> = nodes.iter().map(|n| n.position).collect();
        let at = |i: u32| positions.get(i as usize).copied().unwrap_or([f32::NAN; 2]);
        let segments: Vec<Segment> = links.iter().map(|l| [at(l.a), at(l.b)]).collect();
        let ends: Vec<(u32, u32)> = links.iter().map(|l| (l.a, l.b)).collect();
        Self {
            neighbors: Neighbors::new(nodes.len(), &ends),
            finder: Finder::new(&positions),
            segments: Segments::new(&segments),
            nodes,
            links,
            ..Self::default()
        }
    }
}

/// An issue with its state.
#[derive(Clone, Debug)]
pub struct IssueRow {
    /// Identity.
    pub id: IssueId,
    /// The proposition P.
    pub proposition: String,
    /// Live statements.
    pub n_statements: usize,
    /// Their documents.
    pub n_docs: usize,
    /// Dominant stance D in `-1.0..=1.0`.
    pub dominant: f64,
    /// Too even or too small for a dominant stance: nothing in it is flagged.
    pub contested: bool,
    /// Stance × confidence of every live member, for the strip.
    pub stances: Vec<f32>,
    /// D before the first round and after each closed one; `None` where the issue was contested then.
    pub dominant_by_round: Vec<Option<f64>>,
}

/// A flagged edge in the review queue.
#[derive(Clone, Debug)]
pub struct QueueItem {
    /// The edge.
    pub edge: EdgeId,
    /// What it rests on.
    pub kind: EdgeKind,
    /// Index into [`ConflictData::issues`].
    pub issue_idx: u32,
    /// Conflict cycles through its link when it was flagged.
    pub n_cycles: u64,
    /// Priority.
    pub priority: f64,
    /// The end that agrees with the dominant stance (or deviates less).
    pub a: Arc<StatementCard>,
    /// The deviating end.
    pub b: Arc<StatementCard>,
    /// What the machine would do.
    pub proposal: Verdict,
    /// What is in force on it, by reviewer.
    pub votes: EdgeVotes,
    /// What follows from that.
    pub standing: Standing,
}

impl QueueItem {
    /// Returns what filters and rules ask about it.
    pub fn facts<'a>(&'a self, data: &'a ConflictData) -> QueueFacts<'a> {
        let issue = data.issues.get(self.issue_idx as usize);
        let speaker = |card: &'a StatementCard| card.speaker.as_ref().map_or("", |s| &*s.name);
        QueueFacts {
            edge: self.edge,
            issue: issue.map(|i| i.id),
            nation: data.nation,
            kind: self.kind,
            speakers: [speaker(&self.a), speaker(&self.b)],
            confidence: self.b.confidence,
            n_cycles: self.n_cycles,
            proposal: self.proposal,
            votes: Some(&self.votes),
            texts: [
                issue.map_or("", |i| &*i.proposition),
                &self.a.text,
                &self.b.text,
            ],
        }
    }
}

/// A flagged edge inside its cycles, as the graph stands with the decisions of the open round.
#[derive(Clone, Debug, Default)]
pub struct EdgeLook {
    /// Up to 8 example cycles through the link, as indices of nodes; each starts with the two ends of the
    /// flagged link.
    pub cycles: Vec<Vec<u32>>,
    /// What removing it would do.
    pub preview: PreviewRow,
}

/// Flagged edges inside their cycles, by edge.
pub type Looks = BTreeMap<EdgeId, Arc<EdgeLook>>;

/// What removing a flagged edge would do.
#[derive(Clone, Debug, Default)]
pub struct PreviewRow {
    /// Conflict cycles through its link that would be broken.
    pub n_cycles_broken: u64,
    /// Conflict cycles through the same link that would remain.
    pub n_cycles_left: u64,
    /// Conflict cycles of the whole graph that would be broken, and that would remain.
    pub of_graph: (u64, u64),
    /// The numbers are lower bounds.
    pub capped: bool,
    /// The edge left already, with a statement that the verdicts given so far drop.
    pub has_left: bool,
    /// Statements that would be dropped.
    pub dropped: Vec<StatementId>,
    /// Removals with the deviating end so far and its conflict edges at the start.
    pub removed_of: (usize, usize),
    /// D before.
    pub dominant_before: f64,
    /// D after.
    pub dominant_after: f64,
    /// The issue would be contested.
    pub contested_after: bool,
}

/// A statement with its passage in its article, as the review shows it.
#[derive(Clone, Debug)]
pub struct StatementCard {
    /// Identity.
    pub id: StatementId,
    /// Its document.
    pub doc: DocLine,
    /// Index of the document in [`ConflictGraph::nodes`].
    pub node: u32,
    /// The claim.
    pub text: String,
    /// Language of the text.
    pub language: Language,
    /// Text around the passage.
    pub context: String,
    /// The passage inside [`StatementCard::context`], in characters.
    pub passage_in_context: Span,
    /// Set.
    pub set: StatementSet,
    /// Who said it.
    pub speaker: Option<Speaker>,
    /// Side on the issue.
    pub stance: Stance,
    /// Confidence of that side.
    pub confidence: f64,
}

/// What one round did.
#[derive(Clone, Debug)]
pub struct RoundRow {
    /// Round, from 1.
    pub round: u32,
    /// Edges flagged.
    pub n_flagged: usize,
    /// Edges removed.
    pub n_removed: usize,
    /// Edges kept.
    pub n_kept: usize,
    /// Statements dropped.
    pub n_dropped: usize,
    /// Conflict edges left after it.
    pub n_conflict_left: usize,
    /// Contested issues after it.
    pub n_contested: usize,
    /// Whether it is closed.
    pub closed: bool,
}

/// A line of the record of decisions.
#[derive(Clone, Debug)]
pub struct DecisionRow {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Verdict.
    pub verdict: Verdict,
    /// Proposition of the edge's issue.
    pub issue: String,
    /// Who.
    pub reviewer: String,
    /// Remark.
    pub note: String,
    /// Round.
    pub round: u32,
    /// Milliseconds spent, where measured.
    pub spent_ms: Option<i64>,
    /// Decides over what the reviewers say.
    pub adjudicates: bool,
}

/// The review of all nations together.
#[derive(Clone, Debug, Default)]
pub struct ReviewData {
    /// The round under review, from 1.
    pub round: u32,
    /// Flags of the round.
    pub n_flags: usize,
    /// Flags that nobody said anything about.
    pub n_open: usize,
    /// Flags that reviewers differ on.
    pub n_disputed: usize,
    /// How reviewers agree, over all rounds.
    pub agreement: AgreementRecord,
    /// The same with chance taken off: each pair over all issues, then against the machine's proposals,
    /// then within each issue.
    pub pairs: Vec<PairRow>,
    /// The verdict each reviewer took back last and may give again.
    pub redo: BTreeMap<String, Redo>,
}

/// How two reviewers agree.
#[derive(Clone, Debug, PartialEq)]
pub struct PairRow {
    /// The proposition it is about, `None` for all together.
    pub issue: Option<String>,
    /// One of them.
    pub a: String,
    /// The other; `machine` for its proposals.
    pub b: String,
    /// Edges both decided on.
    pub n_both: usize,
    /// Edges they decided alike on.
    pub n_agree: usize,
    /// Cohen's kappa with its 95 % interval, where it has them.
    pub kappa: Option<(f64, Option<(f64, f64)>)>,
    /// Why it has none, or what the interval leaves out.
    pub remark: Option<String>,
}

/// A verdict that was taken back last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redo {
    /// The edge.
    pub edge: EdgeId,
    /// The verdict.
    pub verdict: Verdict,
    /// Its reason.
    pub note: String,
    /// Whether it adjudicated.
    pub adjudicates: bool,
}

/// What a rule would do, as the graph stands with the decisions of the open round.
#[derive(Clone, Debug)]
pub struct RuleEffect {
    /// The rule.
    pub rule: Rule,
    /// Edges it is about.
    pub n_chosen: usize,
    /// Edges it would keep.
    pub n_kept: usize,
    /// Edges it would remove.
    pub n_removed: usize,
    /// Edges on which it would stand against another reviewer.
    pub n_disputed: usize,
    /// Conflict cycles of all graphs that would be broken.
    pub cycles_broken: u64,
    /// Conflict cycles of all graphs that would be left.
    pub cycles_left: u64,
    /// The numbers of cycles are lower bounds.
    pub capped: bool,
    /// Statements that would be dropped.
    pub n_dropped: usize,
    /// Propositions whose dominant stance would move, with D before and after, by how far it moves.
    pub dominants: Vec<(String, f64, f64)>,
}
