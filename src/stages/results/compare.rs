//! Paired comparison of two evaluations on the items that both have.

use super::{Evaluation, Findings, Rates, evaluation};
use crate::algo::stats::adjust::holm;
use crate::algo::stats::paired::{
    N_RESAMPLES, bootstrap_difference, detectable_difference, mcnemar_exact,
};
use crate::base::ids::{DocId, RunId};
use crate::base::seed::Seed;
use crate::domain::comparison::PairedDifference;
use crate::domain::corpus::Nation;
use crate::domain::evaluation::ItemSet;
use crate::stages::StageError;
use crate::store::Store;

/// The second rates minus the first on the items that both have; `None` without any.
///
/// Item by item the trials are averaged; the interval resamples documents, `McNemar`'s test takes each
/// item's majority over its trials.
pub(super) fn paired(first: &Rates, second: &Rates, seed: Seed) -> Option<PairedDifference> {
    let mut pairs = Vec::new();
    let mut docs: Vec<DocId> = Vec::new();
    for (id, (a, doc)) in &first.by_item {
        if let Some((b, _)) = second.by_item.get(id) {
            pairs.push([*a, *b]);
            docs.push(*doc);
        }
    }
    let found = bootstrap_difference(&pairs, &docs, N_RESAMPLES, seed).ok()?;
    let right = |rate: f64| rate > 0.5;
    let count = |f: &dyn Fn(&[f64; 2]) -> bool| pairs.iter().filter(|p| f(p)).count();
    let n_only_first = count(&|p| right(p[0]) && !right(p[1]));
    let n_only_second = count(&|p| !right(p[0]) && right(p[1]));
    let n = pairs.len();
    let p_mcnemar = mcnemar_exact(n_only_first as u64, n_only_second as u64);
    Some(PairedDifference {
        difference: found.difference,
        interval: (found.interval.low, found.interval.high),
        p_mcnemar,
        p_holm: p_mcnemar,
        detectable: detectable_difference(
            n_only_first as f64 / n as f64,
            n_only_second as f64 / n as f64,
            n,
        )
        .unwrap_or(1.0),
    })
}

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Nation, `None` for all together.
    pub nation: Option<Nation>,
    /// The set, `None` for all items.
    pub set: Option<ItemSet>,
    /// Items that both have.
    pub n_items: usize,
    /// Rates on these items.
    pub rates: [f64; 2],
    /// Second minus first.
    pub difference: PairedDifference,
}

/// Compares two evaluations: every nation × set that both have, and all together; Holm over all lines.
///
/// # Errors
/// [`StageError::Compute`] if a run is no finished evaluation or the methods differ.
pub fn compare(
    store: &Store,
    findings: &Findings,
    runs: [RunId; 2],
    seed: Seed,
) -> Result<Vec<Compared>, StageError> {
    let refuse = |reason: String| StageError::Compute {
        stage: "compare",
        reason,
    };
    let read = |id: RunId| -> Result<Evaluation, StageError> {
        let run = store
            .run(id)?
            .filter(|r| r.stage == "evaluate" && r.output_hash.is_some());
        let model = store.run_model(id)?;
        let (Some(run), Some(model)) = (run, model) else {
            return Err(refuse(format!(
                "run {id} is no finished evaluation; `meridian status` lists those there are"
            )));
        };
        evaluation(store, run, model)?.ok_or_else(|| refuse(format!("run {id} has no outcomes")))
    };
    let (a, b) = (read(runs[0])?, read(runs[1])?);
    if a.method != b.method {
        return Err(refuse(format!(
            "one run is {}, the other {}; rates of different methods are not comparable",
            a.method.name(),
            b.method.name()
        )));
    }
    let mut places: Vec<(Option<Nation>, Option<ItemSet>)> = vec![(None, None)];
    for nation in &findings.nations {
        places.push((Some(*nation), None));
        places.extend(ItemSet::ALL.map(|set| (Some(*nation), Some(set))));
    }
    let mut out = Vec::new();
    for (nation, set) in places {
        let both = |id| {
            a.verdicts.contains_key(&id)
                && b.verdicts.contains_key(&id)
                && findings.items.get(&id).is_some_and(|f| {
                    nation.is_none_or(|n| f.nation == n) && set.is_none_or(|s| f.is_in(s))
                })
        };
        let rates = [&a, &b].map(|e| Rates::of(e, findings, both));
        let [first, second] = &rates;
        if let (Some(x), Some(y), Some(difference)) =
            (first.mean(), second.mean(), paired(first, second, seed))
        {
            out.push(Compared {
                nation,
                set,
                n_items: first.n_items(),
                rates: [x, y],
                difference,
            });
        }
    }
    let p_values: Vec<f64> = out.iter().map(|c| c.difference.p_mcnemar).collect();
    for (line, p) in out.iter_mut().zip(holm(&p_values)) {
        line.difference.p_holm = p;
    }
    if out.is_empty() {
        return Err(refuse("the two runs have no item in common".to_owned()));
    }
    Ok(out)
}
