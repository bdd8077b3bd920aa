//! The open round as a review reads it: facts for filters and rules, and what decisions would do.

use std::collections::BTreeMap;

use super::replay::Replay;
use crate::algo::conflict::reduce::DominantChange;
use crate::base::ids::{DecisionId, EdgeId, IssueId, RunId, StatementId};
use crate::domain::conflict::{ConflictEdge, Decision, Flag, Issue, IssueMember, Verdict};
use crate::domain::corpus::Nation;
use crate::domain::review::filter::{QueueFacts, Rule};
use crate::domain::review::{ReviewState, Votes};
use crate::domain::statement::Statement;
use crate::store::{Store, StoreError};

/// What is known of the flagged edges of an open round.
#[derive(Clone, Debug)]
pub struct QueueBook {
    /// The reduction's run.
    pub run: RunId,
    /// What is in force on each edge.
    pub votes: Votes,
    /// The flags by falling priority.
    pub flags: Vec<Flag>,
    edges: BTreeMap<EdgeId, (Nation, ConflictEdge)>,
    statements: BTreeMap<StatementId, Statement>,
    sides: BTreeMap<StatementId, (usize, IssueMember)>,
    issues: Vec<Issue>,
}

impl QueueBook {
    /// Reads the facts of a round's flags.
    ///
    /// # Errors
    /// The store's.
    pub fn read(
        store: &Store,
        run: RunId,
        flags: Vec<Flag>,
        votes: Votes,
    ) -> Result<Self, StoreError> {
        let issues = store.issues(run)?;
        let mut sides = BTreeMap::new();
        for (i, issue) in issues.iter().enumerate() {
            sides.extend(issue.members.iter().map(|m| (m.statement, (i, *m))));
        }
        Ok(Self {
            run,
            votes,
            flags,
            edges: store
                .edges(run)?
                .into_iter()
                .map(|(nation, e)| (e.id, (nation, e)))
                .collect(),
            statements: store.statements()?.into_iter().map(|s| (s.id, s)).collect(),
            sides,
            issues,
        })
    }

    /// Returns the round, from 1.
    pub fn round(&self) -> u32 {
        self.votes.round
    }

    /// Returns an edge with its nation.
    pub fn edge(&self, edge: EdgeId) -> Option<(Nation, &ConflictEdge)> {
        self.edges.get(&edge).map(|(nation, e)| (*nation, e))
    }

    /// Returns a statement.
    pub fn statement(&self, id: StatementId) -> Option<&Statement> {
        self.statements.get(&id)
    }

    /// Returns the issue that a statement belongs to, with its side.
    pub fn side(&self, id: StatementId) -> Option<(&Issue, &IssueMember)> {
        let (i, member) = self.sides.get(&id)?;
        Some((self.issues.get(*i)?, member))
    }

    /// Returns an issue.
    pub fn issue(&self, id: IssueId) -> Option<&Issue> {
        self.issues.iter().find(|i| i.id == id)
    }

    /// Returns what filters and rules ask of each flagged edge, in the order of the queue.
    pub fn facts(&self) -> Vec<QueueFacts<'_>> {
        self.flags.iter().filter_map(|f| self.facts_of(f)).collect()
    }

    fn facts_of(&self, flag: &Flag) -> Option<QueueFacts<'_>> {
        let (nation, edge) = self.edge(flag.edge)?;
        let [a, b] = [edge.a, edge.b].map(|id| self.statement(id));
        let (a, b) = (a?, b?);
        let (issue, member) = self.side(flag.deviating)?;
        Some(QueueFacts {
            edge: flag.edge,
            issue: Some(issue.id),
            nation,
            kind: edge.kind,
            speakers: [speaker_of(a), speaker_of(b)],
            confidence: member.confidence,
            n_cycles: flag.n_cycles,
            proposal: flag.proposal,
            votes: self.votes.of(flag.edge),
            texts: [&issue.proposition, &a.text, &b.text],
        })
    }

    /// Returns what a rule decides on, edge by edge in the order of the queue.
    pub fn chosen(&self, rule: &Rule) -> Vec<(EdgeId, Verdict)> {
        let facts = self.facts();
        let chosen = facts
            .iter()
            .filter_map(|f| Some((f.edge, rule.verdict_on(f)?)));
        chosen.collect()
    }
}

fn speaker_of(statement: &Statement) -> &str {
    statement.speaker.as_ref().map_or("", |p| p.name.as_str())
}

/// What decisions would add, once the round is closed, to those that are in force already.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effect {
    /// Edges they keep.
    pub n_kept: usize,
    /// Edges they remove.
    pub n_removed: usize,
    /// Edges on which they would stand against somebody else's verdict: the round waits for an adjudication.
    pub n_disputed: usize,
    /// Conflict cycles, of all nations, that would be none any more.
    pub cycles_broken: u64,
    /// Conflict cycles, of all nations, that would be left.
    pub cycles_left: u64,
    /// A cap was reached: the cycle numbers are rough.
    pub capped: bool,
    /// Statements that would be dropped, ascending.
    pub dropped: Vec<StatementId>,
    /// Dominant stances that would be others, by nation and issue.
    pub dominants: Vec<DominantChange>,
}

/// Says what a reviewer's verdicts would do at the end of the open round, next to what is in force.
///
/// Each is a vote of the reviewer, as it would be stored: on an edge that somebody else decided otherwise it
/// makes a dispute, and under somebody's adjudication it changes nothing.
pub fn effect(
    replay: &Replay,
    votes: &Votes,
    chosen: &BTreeMap<EdgeId, Verdict>,
    reviewer: &str,
) -> Effect {
    let in_force = votes.verdicts();
    let mut after = votes.clone();
    for (&edge, &verdict) in chosen {
        let of_edge = votes.of(edge);
        after.take(&Decision {
            // Newer than all rows there are.
            id: DecisionId(i64::MAX),
            edge,
            round: votes.round,
            verdict,
            before: None,
            reviewer: reviewer.to_owned(),
            note: String::new(),
            decided_ms: i64::MAX,
            spent_ms: None,
            adjudicates: of_edge.is_some_and(|v| v.renews_adjudication(reviewer)),
            rule: String::new(),
        });
    }
    let mut with = after.verdicts();
    for edge in in_force.keys() {
        // Settled before and not any more.
        with.entry(*edge).or_insert(Verdict::Undo);
    }
    let count = |state| {
        let edges = chosen.keys();
        edges
            .filter(|e| after.standing(**e).state() == state)
            .count()
    };
    let mut effect = Effect {
        n_kept: count(ReviewState::Kept),
        n_removed: count(ReviewState::Removed),
        n_disputed: count(ReviewState::Disputed),
        ..Effect::default()
    };
    let mut left_without = 0;
    let outcomes = replay
        .what_if(&in_force)
        .into_iter()
        .zip(replay.what_if(&with));
    for ((_, without), (_, with)) in outcomes {
        left_without += without.cycles_left;
        effect.cycles_left += with.cycles_left;
        effect.capped |= without.capped || with.capped;
        let more = with.dropped.iter().copied();
        effect
            .dropped
            .extend(more.filter(|s| without.dropped.binary_search(s).is_err()));
        let pairs = without.dominant.iter().zip(&with.dominant);
        effect.dominants.extend(
            pairs
                .filter(|(before, after)| before.after != after.after)
                .map(|(before, after)| DominantChange {
                    issue: after.issue,
                    before: before.after,
                    after: after.after,
                }),
        );
    }
    effect.dropped.sort_unstable();
    effect.cycles_broken = left_without.saturating_sub(effect.cycles_left);
    effect
}
