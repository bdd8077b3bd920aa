//! How far the reviewers of a reduction agree, and how far beyond chance.

use std::collections::BTreeMap;

use super::super::StageError;
use crate::algo::stats::bootstrap::{Bootstrapped, bootstrap_kappa};
use crate::algo::stats::kappa::Undefined;
use crate::algo::stats::paired::N_RESAMPLES;
use crate::base::ids::{EdgeId, IssueId, RunId, StatementId};
use crate::base::seed::Seed;
use crate::domain::review::agreement::{self, AgreementRecord, PairAgreement};
use crate::store::Store;

/// How two reviewers agree, chance taken off.
#[derive(Clone, Debug, PartialEq)]
pub struct PairMeasure {
    /// The issue it is about, `None` for all together.
    pub issue: Option<IssueId>,
    /// Who they are, and their verdicts.
    pub pair: PairAgreement,
    /// Cohen's kappa over the edges both decided on, with its 95 % interval, or why there is none.
    pub kappa: Result<Bootstrapped, Undefined>,
}

impl PairMeasure {
    /// Says what a number alone would not: why there is none, or none around it.
    pub fn remark(&self) -> Option<String> {
        match &self.kappa {
            Err(why) => Some(why.to_string()),
            Ok(found) => found.remark(N_RESAMPLES),
        }
    }
}

/// Compares the reviewers of a reduction over all its rounds.
///
/// # Errors
/// The store's.
pub fn agreement(store: &Store, run: RunId) -> Result<AgreementRecord, StageError> {
    let issues = store.issues(run)?;
    let of_statement: BTreeMap<StatementId, IssueId> = issues
        .iter()
        .flat_map(|i| i.members.iter().map(|m| (m.statement, i.id)))
        .collect();
    let of_edge: BTreeMap<EdgeId, IssueId> = store
        .edges(run)?
        .iter()
        .filter_map(|(_, e)| Some((e.id, *of_statement.get(&e.a)?)))
        .collect();
    Ok(agreement::agreement(
        &store.decisions(run)?,
        &store.flags(run)?,
        |edge| of_edge.get(&edge).copied(),
    ))
}

/// Takes chance off: each pair over all issues, then against the machine's proposals, then within each
/// issue.
///
/// # Cost
/// A bootstrap for every pair that is not found as it is among those of `before`.
pub fn measure_pairs(
    record: &AgreementRecord,
    seed: Seed,
    before: &[PairMeasure],
) -> Vec<PairMeasure> {
    let over_all = record.over_all.iter().chain(&record.with_proposal);
    let by_issue = record.by_issue.iter();
    let within = by_issue.flat_map(|(issue, pairs)| pairs.iter().map(|p| (Some(*issue), p)));
    let all = over_all.map(|p| (None, p)).chain(within);
    let key = |issue, pair: &PairAgreement| (issue, pair.a.clone(), pair.b.clone());
    let known: BTreeMap<_, &PairMeasure> =
        before.iter().map(|m| (key(m.issue, &m.pair), m)).collect();
    all.map(|(issue, pair)| {
        let known = known.get(&key(issue, pair));
        let same = known.filter(|m| m.pair == *pair);
        same.map_or_else(|| measure(issue, pair, seed), |m| (*m).clone())
    })
    .collect()
}

fn measure(issue: Option<IssueId>, pair: &PairAgreement, seed: Seed) -> PairMeasure {
    // A seed for each, so that one more reviewer moves no other's interval.
    let of = issue.map_or_else(|| "all".to_owned(), |i| i.to_string());
    let label = format!("review agreement {} {} {of}", pair.a, pair.b);
    let seed = Seed(seed.stream(&label).next_u64());
    PairMeasure {
        issue,
        pair: pair.clone(),
        kappa: bootstrap_kappa(&pair.table, N_RESAMPLES, seed),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    fn pair(b: &str, table: [[usize; 2]; 2]) -> PairAgreement {
        PairAgreement {
            a: "Ada".to_owned(),
            b: b.to_owned(),
            table,
            n_unsure: 0,
        }
    }

    #[test]
    fn intervals_hold_the_value_and_move_for_nobody_else() {
        let ben = pair("Ben", [[40, 9], [6, 45]]);
        let mut record = AgreementRecord {
            over_all: vec![ben.clone()],
            by_issue: vec![(IssueId(3), vec![pair("Ben", [[5, 0], [0, 0]])])],
            with_proposal: vec![pair("machine", [[1, 0], [0, 0]])],
            ..AgreementRecord::default()
        };
        let first = measure_pairs(&record, Seed(7), &[]);
        let issues: Vec<_> = first.iter().map(|m| m.issue).collect();
        assert_eq!(issues, [None, None, Some(IssueId(3))]);
        let found = first[0].kappa.as_ref().unwrap();
        // Observed 0.85, by chance 0.49 · 0.46 + 0.51 · 0.54 = 0.5008: (0.85 − 0.5008) / (1 − 0.5008).
        assert!((found.agreement.value - 0.699_519_230_769).abs() < 1e-9);
        let interval = found.interval.unwrap();
        assert!(interval.low < 0.63 && interval.low > 0.5 && interval.high > 0.77);
        assert!(first[0].remark().is_none());
        // Verdicts of one kind only have no kappa, and the remark says so.
        assert!(first[1].remark().is_some() && first[2].kappa.is_err());
        // Another reviewer, and the first interval stays.
        record.over_all.push(pair("Cem", [[3, 1], [1, 3]]));
        let second = measure_pairs(&record, Seed(7), &[]);
        assert_eq!(second[0], first[0]);
        assert_eq!(measure_pairs(&record, Seed(7), &second), second);
    }
}
