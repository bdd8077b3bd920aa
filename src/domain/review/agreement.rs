//! How far reviewers agree: counts over the edges that two of them judged, and where they differ.
//!
//! Counts and shares only; coefficients that take chance off are the business of `algo::stats`.
//! Adjudications are no verdicts of their own here: who adjudicates has seen what the others said.

use std::collections::{BTreeMap, BTreeSet};

use super::{MACHINE, Standing, Vote, Votes};
use crate::base::ids::{EdgeId, IssueId};
use crate::domain::conflict::{Decision, Flag, Verdict};

/// What a reviewer did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewerCount {
    /// Who.
    pub reviewer: String,
    /// Edges the reviewer would keep.
    pub n_keep: usize,
    /// Edges the reviewer would remove.
    pub n_remove: usize,
    /// Edges the reviewer cannot tell about.
    pub n_not_sure: usize,
    /// Edges where the reviewer's adjudication is in force.
    pub n_adjudicated: usize,
    /// Milliseconds spent, over all rows where somebody measured.
    pub spent_ms: i64,
}

/// How two reviewers agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairAgreement {
    /// One of them.
    pub a: String,
    /// The other, later in the alphabet; [`MACHINE`] for the machine's proposals.
    pub b: String,
    /// Edges both decided on: rows what `a` said, columns what `b` said, *keep* before *remove*.
    pub table: [[usize; 2]; 2],
    /// Edges both spoke about and at least one could not tell.
    pub n_unsure: usize,
}

impl PairAgreement {
    fn new(a: &str, b: &str) -> Self {
        Self {
            a: a.to_owned(),
            b: b.to_owned(),
            table: [[0; 2]; 2],
            n_unsure: 0,
        }
    }

    /// Counts the edges both decided on.
    pub fn n_both(&self) -> usize {
        self.table.iter().flatten().sum()
    }

    /// Counts those they decided alike on.
    pub fn n_agree(&self) -> usize {
        let [[keep, _], [_, remove]] = self.table;
        keep + remove
    }

    /// Returns the share of agreement, `None` where they decided on nothing together.
    pub fn agreed_share(&self) -> Option<f64> {
        let n = self.n_both();
        (n > 0).then(|| self.n_agree() as f64 / n as f64)
    }

    fn count(&mut self, a: Verdict, b: Verdict) {
        let side = |v: Verdict| match v {
            Verdict::Keep => Some(0),
            Verdict::Remove => Some(1),
            Verdict::NotSure | Verdict::Undo => None,
        };
        let place = side(a)
            .zip(side(b))
            .and_then(|(a, b)| self.table.get_mut(a)?.get_mut(b));
        match place {
            Some(n) => *n += 1,
            None => self.n_unsure += 1,
        }
    }
}

/// An edge that reviewers differ on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The edge.
    pub edge: EdgeId,
    /// Round, from 1.
    pub round: u32,
    /// Its issue.
    pub issue: Option<IssueId>,
    /// Everybody's verdict, by name.
    pub votes: Vec<Vote>,
    /// Where the edge stands: disputed, or adjudicated since.
    pub standing: Standing,
}

/// Agreement over all rounds of a reduction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgreementRecord {
    /// What each reviewer did, by name.
    pub reviewers: Vec<ReviewerCount>,
    /// Each pair that spoke about one edge at least, over all issues.
    pub over_all: Vec<PairAgreement>,
    /// The same within each issue.
    pub by_issue: Vec<(IssueId, Vec<PairAgreement>)>,
    /// Each person against the machine's proposals, taken or not.
    pub with_proposal: Vec<PairAgreement>,
    /// Edges on which a keep stands against a remove, by round and edge.
    pub disagreements: Vec<Disagreement>,
}

/// Pairs of reviewers with what they have in common.
type Pairs = BTreeMap<(String, String), PairAgreement>;

fn count_pair(pairs: &mut Pairs, a: &Vote, b: &Vote) {
    pairs
        .entry((a.reviewer.clone(), b.reviewer.clone()))
        .or_insert_with(|| PairAgreement::new(&a.reviewer, &b.reviewer))
        .count(a.verdict, b.verdict);
}

/// Compares reviewers over all rounds.
///
/// `decisions` come in the order they were added; `issue_of` names an edge's issue. Verdicts that were
/// given by proposal or rule count as their reviewer's; those under [`MACHINE`] are nobody's.
pub fn agreement(
    decisions: &[Decision],
    flags: &[Flag],
    issue_of: impl Fn(EdgeId) -> Option<IssueId>,
) -> AgreementRecord {
    let mut counts: BTreeMap<String, ReviewerCount> = BTreeMap::new();
    for d in decisions {
        let count = counts.entry(d.reviewer.clone()).or_default();
        count.spent_ms += d.spent_ms.unwrap_or(0).max(0);
    }
    let proposals: BTreeMap<(u32, EdgeId), Verdict> = flags
        .iter()
        .map(|f| ((f.round, f.edge), f.proposal))
        .collect();
    let mut over_all = Pairs::new();
    let mut by_issue: BTreeMap<IssueId, Pairs> = BTreeMap::new();
    let mut with_proposal: BTreeMap<String, PairAgreement> = BTreeMap::new();
    let mut disagreements = Vec::new();
    let rounds: BTreeSet<u32> = decisions.iter().map(|d| d.round).collect();
    for round in rounds {
        for (&edge, votes) in &Votes::read(decisions, round).by_edge {
            let issue = issue_of(edge);
            for vote in votes.people.iter().chain(&votes.machine) {
                let count = counts.entry(vote.reviewer.clone()).or_default();
                match vote.verdict {
                    Verdict::Keep => count.n_keep += 1,
                    Verdict::Remove => count.n_remove += 1,
                    Verdict::NotSure | Verdict::Undo => count.n_not_sure += 1,
                }
            }
            if let Some(vote) = &votes.adjudication {
                let count = counts.entry(vote.reviewer.clone()).or_default();
                count.n_adjudicated += 1;
            }
            for (i, a) in votes.people.iter().enumerate() {
                for b in votes.people.iter().skip(i + 1) {
                    count_pair(&mut over_all, a, b);
                    if let Some(issue) = issue {
                        count_pair(by_issue.entry(issue).or_default(), a, b);
                    }
                }
                if let Some(&proposal) = proposals.get(&(round, edge)) {
                    with_proposal
                        .entry(a.reviewer.clone())
                        .or_insert_with(|| PairAgreement::new(&a.reviewer, MACHINE))
                        .count(a.verdict, proposal);
                }
            }
            let say = |verdict| votes.people.iter().any(|v| v.verdict == verdict);
            if say(Verdict::Keep) && say(Verdict::Remove) {
                disagreements.push(Disagreement {
                    edge,
                    round,
                    issue,
                    votes: votes.people.clone(),
                    standing: votes.standing(),
                });
            }
        }
    }
    let named = |(reviewer, count)| ReviewerCount { reviewer, ..count };
    AgreementRecord {
        reviewers: counts.into_iter().map(named).collect(),
        over_all: over_all.into_values().collect(),
        by_issue: by_issue
            .into_iter()
            .map(|(issue, pairs)| (issue, pairs.into_values().collect()))
            .collect(),
        with_proposal: with_proposal.into_values().collect(),
        disagreements,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::{DecisionId, StatementId};
    use Verdict::{Keep, NotSure, Remove, Undo};

    fn rows(of: &[(i64, u32, &str, Verdict, bool)]) -> Vec<Decision> {
        of.iter()
            .enumerate()
            .map(
                |(i, &(edge, round, reviewer, verdict, adjudicates))| Decision {
                    id: DecisionId(i as i64),
                    edge: EdgeId(edge),
                    round,
                    verdict,
                    before: None,
                    reviewer: reviewer.to_owned(),
                    note: String::new(),
                    decided_ms: 0,
                    spent_ms: Some(1500),
                    adjudicates,
                    rule: String::new(),
                },
            )
            .collect()
    }

    #[test]
    fn reviewers_are_compared_where_both_judged() {
        let rows = rows(&[
            (1, 1, "Ada", Keep, false),
            (1, 1, "Ben", Keep, false),
            (2, 1, "Ada", Keep, false),
            (2, 1, "Ben", Remove, false),
            (2, 1, "Cem", Remove, true),
            (3, 1, "Ada", NotSure, false),
            (3, 1, "Ben", Remove, false),
            (4, 1, "Ben", Remove, false),
            (4, 1, MACHINE, Keep, false),
            // Taken back: nothing to compare.
            (5, 1, "Ada", Remove, false),
            (5, 1, "Ben", Keep, false),
            (5, 1, "Ben", Undo, false),
            // The same edge in another round is another question.
            (1, 2, "Ada", Remove, false),
            (1, 2, "Ben", Remove, false),
        ]);
        let flag = |edge, round, proposal| Flag {
            edge: EdgeId(edge),
            round,
            deviating: StatementId(0),
            n_cycles: 1,
            priority: 1.0,
            dominant: 0.5,
            proposal,
        };
        let flags = [flag(1, 1, Keep), flag(2, 1, Remove), flag(1, 2, Remove)];
        let record = agreement(&rows, &flags, |e| Some(IssueId(e.0 % 2)));
        let pair = &record.over_all[..];
        assert_eq!(pair.len(), 1);
        let both = &pair[0];
        assert_eq!((both.a.as_str(), both.b.as_str()), ("Ada", "Ben"));
        assert_eq!(both.table, [[1, 1], [0, 1]]);
        assert_eq!((both.n_both(), both.n_agree(), both.n_unsure), (3, 2, 1));
        assert!(
            both.agreed_share()
                .is_some_and(|s| (s - 2.0 / 3.0).abs() < 1e-12)
        );
        // Edges 1 and 3 are of issue 1, edge 2 of issue 0.
        let of_issue: Vec<_> = record
            .by_issue
            .iter()
            .map(|(i, p)| (i.0, p[0].table, p[0].n_unsure))
            .collect();
        assert_eq!(
            of_issue,
            [(0, [[0, 1], [0, 0]], 0), (1, [[1, 0], [0, 1]], 1)]
        );
        let with_proposal: Vec<_> = record
            .with_proposal
            .iter()
            .map(|p| (p.a.as_str(), p.table))
            .collect();
        assert_eq!(
            with_proposal,
            [("Ada", [[1, 1], [0, 1]]), ("Ben", [[1, 0], [0, 2]])]
        );
        assert_eq!(record.disagreements.len(), 1);
        assert_eq!(record.disagreements[0].edge, EdgeId(2));
        assert_eq!(
            record.disagreements[0].standing.words(),
            "remove (adjudicated by Cem)"
        );
        let counts: Vec<_> = record
            .reviewers
            .iter()
            .map(|r| {
                let c = (r.n_keep, r.n_remove, r.n_not_sure, r.n_adjudicated);
                (r.reviewer.as_str(), c, r.spent_ms)
            })
            .collect();
        assert_eq!(
            counts,
            [
                ("Ada", (2, 2, 1, 0), 7500),
                ("Ben", (1, 4, 0, 0), 10_500),
                ("Cem", (0, 0, 0, 1), 1500),
                (MACHINE, (1, 0, 0, 0), 1500),
            ]
        );
        assert!(PairAgreement::new("a", "b").agreed_share().is_none());
    }

    #[test]
    fn nobody_is_compared_with_nobody() {
        assert_eq!(agreement(&[], &[], |_| None), AgreementRecord::default());
    }
}
