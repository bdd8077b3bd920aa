//! One cell: the rate of a model on some items, with interval and counts.

use std::collections::BTreeMap;

use super::{Evaluation, Findings};
use crate::algo::stats::intervals::{Z_95, trial_spread, wilson};
use crate::base::ids::{DocId, StatementId};
use crate::domain::corpus::Nation;
use crate::domain::evaluation::{ItemSet, ItemVerdict};
use crate::domain::results::ResultCell;

/// Rates of one evaluation on chosen items.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// Mean over trials of each item, `0.0..=1.0`, with its document.
    pub by_item: BTreeMap<StatementId, (f64, DocId)>,
    /// Rate of each trial.
    pub by_trial: Vec<f64>,
    /// How often each verdict was given, over all trials.
    n_of: BTreeMap<ItemVerdict, usize>,
}

impl Rates {
    /// Reads the rates of an evaluation on the items that `chosen` lets through.
    pub fn of(
        evaluation: &Evaluation,
        findings: &Findings,
        chosen: impl Fn(StatementId) -> bool,
    ) -> Self {
        let mut out = Self::default();
        let mut right_by_trial: Vec<usize> = Vec::new();
        for (id, verdicts) in &evaluation.verdicts {
            let (true, Some(facts)) = (chosen(*id), findings.items.get(id)) else {
                continue;
            };
            let mut n_right = 0;
            for (t, v) in verdicts.iter().enumerate() {
                *out.n_of.entry(*v).or_default() += 1;
                if right_by_trial.len() <= t {
                    right_by_trial.resize(t + 1, 0);
                }
                if v.is_right() {
                    n_right += 1;
                    if let Some(slot) = right_by_trial.get_mut(t) {
                        *slot += 1;
                    }
                }
            }
            let rate = n_right as f64 / verdicts.len().max(1) as f64;
            out.by_item.insert(*id, (rate, facts.doc));
        }
        let n = out.by_item.len().max(1) as f64;
        out.by_trial = right_by_trial.iter().map(|r| *r as f64 / n).collect();
        out
    }

    /// Returns the items' number.
    pub fn n_items(&self) -> usize {
        self.by_item.len()
    }

    /// Returns the mean over items, `None` without any.
    pub fn mean(&self) -> Option<f64> {
        (!self.by_item.is_empty())
            .then(|| self.by_item.values().map(|(r, _)| r).sum::<f64>() / self.by_item.len() as f64)
    }

    /// Returns the 95 % interval of the mean: Wilson's at the items' number, whatever the trials.
    ///
    /// Trials of one item are no new items, so that they make the rate steadier but not the interval
    /// narrower; the mean rate is rounded to whole items for it.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let n = self.n_items() as u64;
        let n_right = (self.mean()? * n as f64).round() as u64;
        wilson(n_right, n, Z_95).map(|i| (i.low, i.high))
    }

    /// Returns the cell as shown.
    pub(super) fn cell(&self) -> ResultCell {
        let count = |kinds: &[ItemVerdict]| {
            kinds
                .iter()
                .map(|k| self.n_of.get(k).copied().unwrap_or(0))
                .sum()
        };
        let (for_s, for_rs): (usize, usize) = (
            count(&[ItemVerdict::Statement]),
            count(&[ItemVerdict::Reverse]),
        );
        let n_decided = for_s + for_rs;
        ResultCell {
            decided_share: (n_decided > 0).then(|| for_s as f64 / n_decided as f64),
            rate_share: self.mean(),
            interval: self.interval(),
            n_items: self.n_items(),
            n_trials: self.by_trial.len(),
            trial_spread: trial_spread(&self.by_trial).unwrap_or(0.0),
            n_ties: count(&[ItemVerdict::Tie]),
            n_flips: count(&[ItemVerdict::Flip]),
            n_undecided: count(&[ItemVerdict::Undecided, ItemVerdict::Refused]),
            best: false,
            best_p: None,
        }
    }
}

/// Returns the items of a cell with their verdicts, those that are wrong most often first.
pub fn cell_items<'a>(
    evaluation: &'a Evaluation,
    findings: &'a Findings,
    set: ItemSet,
    nation: Nation,
) -> Vec<(StatementId, &'a [ItemVerdict])> {
    let mut out: Vec<(StatementId, &[ItemVerdict])> = evaluation
        .verdicts
        .iter()
        .filter(|(id, _)| {
            findings
                .items
                .get(id)
                .is_some_and(|f| f.nation == nation && f.is_in(set))
        })
        .map(|(id, v)| (*id, v.as_slice()))
        .collect();
    out.sort_by_key(|(id, v)| (v.iter().filter(|v| v.is_right()).count(), *id));
    out
}
