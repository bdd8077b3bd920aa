//! Table 3: the variants A0 to A3 of a model, what differs between them, and what happened to each item.

use std::collections::BTreeMap;

use super::compare::paired;
use super::{Evaluation, Findings, Rates, topic_labels};
use crate::algo::stats::adjust::holm;
use crate::base::ids::StatementId;
use crate::base::seed::Seed;
use crate::domain::alignment::Variant;
use crate::domain::comparison::{
    AlignmentComparison, CaseAnswer, CaseRow, Change, ItemChanges, NationSlope, PairedDifference,
    ReferenceVariant, VariantRate,
};
use crate::domain::corpus::Nation;
use crate::domain::evaluation::{Closer, ItemVerdict, Method};
use crate::domain::statement::StatementSet;
use crate::stages::{StageError, paper};
use crate::store::{JudgedAnswer, Store};

/// Changed items that are listed.
const MAX_CASES: usize = 500;

/// Makes Table 3 of every model that was aligned, method by method.
///
/// # Errors
/// The store's.
pub fn alignments(
    store: &Store,
    findings: &Findings,
    seed: Seed,
) -> Result<Vec<AlignmentComparison>, StageError> {
    let mut bases: Vec<&str> = findings
        .evaluations
        .iter()
        .filter(|e| Variant::parse(&e.model.variant).is_some_and(Variant::is_trained))
        .map(|e| e.model.base.as_str())
        .collect();
    bases.sort_unstable();
    bases.dedup();
    let mut out = Vec::new();
    for base in bases {
        let mut of_model: Vec<AlignmentComparison> = Vec::new();
        for method in Method::ALL {
            let find = |variant: &str| {
                findings.evaluations.iter().find(|e| {
                    e.method == method && e.model.base == base && e.model.variant == variant
                })
            };
            let (Some(before), Some(after)) = (find(""), find(Variant::CrDpo.code())) else {
                continue;
            };
            let unreduced = find(Variant::DpoOnly.code());
            of_model.push(comparison(
                store,
                findings,
                [before, after],
                unreduced,
                seed,
            )?);
        }
        correct(&mut of_model);
        out.extend(of_model);
    }
    Ok(out)
}

/// The base model's first trial alone: the wording and sampling seed that the trained variants share.
fn first_trial(e: &Evaluation) -> Evaluation {
    Evaluation {
        verdicts: e
            .verdicts
            .iter()
            .map(|(id, v)| (*id, v.iter().take(1).copied().collect()))
            .collect(),
        ..e.clone()
    }
}

fn comparison(
    store: &Store,
    findings: &Findings,
    [before, after]: [&Evaluation; 2],
    unreduced: Option<&Evaluation>,
    seed: Seed,
) -> Result<AlignmentComparison, StageError> {
    // Multiple choice varies its wording by trial, and the trained variants keep to the first.
    let paired_before = match before.method {
        Method::Mc | Method::Agree => first_trial(before),
        Method::Aj => before.clone(),
    };
    let slope = |nation: Option<Nation>, set: Option<StatementSet>| {
        slope(
            findings,
            [&paired_before, after],
            unreduced,
            (nation, set),
            seed,
        )
    };
    let by_nation = |set: Option<StatementSet>| -> Vec<NationSlope> {
        findings
            .nations
            .iter()
            .map(|n| slope(Some(*n), set))
            .filter(|s| s.n_items > 0)
            .collect()
    };
    let nations = by_nation(None);
    let by_set = [StatementSet::Quoted, StatementSet::Official]
        .map(|set| (set, by_nation(Some(set))))
        .into();
    let n_seeds = after.verdicts.values().map(Vec::len).max().unwrap_or(0);
    let on_test = |id: StatementId| after.verdicts.contains_key(&id);
    let base = Rates::of(&paired_before, findings, on_test);
    let trained = Rates::of(after, findings, on_test);
    let seed_differences = trained
        .by_trial
        .iter()
        .map(|rate| rate - base.mean().unwrap_or(0.0))
        .collect();
    let mut items = ItemChanges::default();
    let mut changed = Vec::new();
    for (id, (a, _)) in &base.by_item {
        let Some((b, _)) = trained.by_item.get(id) else {
            continue;
        };
        match (*a > 0.5, *b > 0.5) {
            (true, true) => items.n_same_right += 1,
            (false, false) => items.n_same_wrong += 1,
            (true, false) => {
                items.n_worsened += 1;
                changed.push((Change::Worsened, *id));
            }
            (false, true) => {
                items.n_improved += 1;
                changed.push((Change::Improved, *id));
            }
        }
    }
    changed.sort_unstable();
    changed.truncate(MAX_CASES);
    let cases = cases(store, findings, [before, after], &changed)?;
    Ok(AlignmentComparison {
        model: before.model.base.clone(),
        demonstration: !before.model.remark.is_empty(),
        method: before.method,
        nations,
        by_set,
        overall: slope(None, None),
        n_seeds,
        seed_differences,
        items,
        cases,
    })
}

/// Rates and differences of one nation, or of all.
fn slope(
    findings: &Findings,
    [before, after]: [&Evaluation; 2],
    unreduced: Option<&Evaluation>,
    (nation, set): (Option<Nation>, Option<StatementSet>),
    seed: Seed,
) -> NationSlope {
    let here = |id: StatementId| {
        findings
            .items
            .get(&id)
            .is_some_and(|f| nation.is_none_or(|n| f.nation == n) && set.is_none_or(|s| f.set == s))
    };
    let on_test = |id: StatementId| here(id) && after.verdicts.contains_key(&id);
    // A0 stands for the unreduced sets: all held-out items, dropped ones too, so it is not paired.
    let unreduced_items =
        |id: StatementId| here(id) && findings.items.get(&id).is_some_and(|f| f.held_out);
    let a0 = Rates::of(before, findings, unreduced_items);
    let a1 = Rates::of(before, findings, on_test);
    let a2 = Rates::of(after, findings, on_test);
    let a3 = unreduced.map(|e| Rates::of(e, findings, on_test));
    let rate = |r: &Rates| {
        Some(VariantRate {
            rate_share: r.mean()?,
            interval: r.interval()?,
            n_items: r.n_items(),
        })
    };
    NationSlope {
        nation,
        n_items: a2.n_items(),
        rates: [rate(&a0), rate(&a1), rate(&a2), a3.as_ref().and_then(rate)],
        a2_minus_a1: paired(&a1, &a2, seed),
        a3_minus_a1: a3.as_ref().and_then(|a3| paired(&a1, a3, seed)),
        a2_minus_a3: a3.as_ref().and_then(|a3| paired(a3, &a2, seed)),
    }
}

/// Corrects the p-values of a model's whole comparison: nations and methods, difference by difference.
fn correct(of_model: &mut [AlignmentComparison]) {
    type Pick = fn(&mut NationSlope) -> Option<&mut PairedDifference>;
    let picks: [Pick; 3] = [
        |s| s.a2_minus_a1.as_mut(),
        |s| s.a3_minus_a1.as_mut(),
        |s| s.a2_minus_a3.as_mut(),
    ];
    for pick in picks {
        let mut family: Vec<&mut PairedDifference> = of_model
            .iter_mut()
            .flat_map(|c| c.nations.iter_mut())
            .filter_map(pick)
            .collect();
        let p_values: Vec<f64> = family.iter().map(|d| d.p_mcnemar).collect();
        for (d, p) in family.iter_mut().zip(holm(&p_values)) {
            d.p_holm = p;
        }
    }
}

/// Reads what the model said or preferred, before and after, of each changed item.
fn cases(
    store: &Store,
    findings: &Findings,
    [before, after]: [&Evaluation; 2],
    changed: &[(Change, StatementId)],
) -> Result<Vec<CaseRow>, StageError> {
    let topic_of = topic_labels(store)?;
    let answers = |e: &Evaluation| -> Result<BTreeMap<StatementId, JudgedAnswer>, StageError> {
        Ok(if e.method == Method::Aj {
            store
                .judged_answers(e.run.id)?
                .into_iter()
                .filter(|a| a.trial == 1)
                .map(|a| (a.statement, a))
                .collect()
        } else {
            BTreeMap::new()
        })
    };
    let (answers_before, answers_after) = (answers(before)?, answers(after)?);
    let mut out = Vec::with_capacity(changed.len());
    for (change, id) in changed {
        let Some(facts) = findings.items.get(id) else {
            continue;
        };
        let mut sides = Vec::with_capacity(2);
        for (e, answers) in [(before, &answers_before), (after, &answers_after)] {
            let scores = store.token_scores(e.run.id, e.method, 1, *id)?;
            let verdicts = e.verdicts.get(id).map_or(&[][..], Vec::as_slice);
            let of_first = verdicts.first().copied();
            sides.push(CaseAnswer {
                answer: answers.get(id).map(|a| a.answer.clone()),
                changed: Vec::new(),
                perplexities: scores.map(|[s, rs]| (s.perplexity(), rs.perplexity())),
                verdict: answers.get(id).map_or_else(
                    || of_first.map(choice_words).unwrap_or_default().to_owned(),
                    judged_words,
                ),
                right: of_first.is_some_and(ItemVerdict::is_right),
            });
        }
        let (Some(mut after), Some(mut before)) = (sides.pop(), sides.pop()) else {
            continue;
        };
        if let (Some(a), Some(b)) = (&before.answer, &after.answer) {
            (before.changed, after.changed) = (words_missing(a, b), words_missing(b, a));
        }
        out.push(CaseRow {
            statement: *id,
            nation: facts.nation,
            topic: topic_of.get(id).cloned().unwrap_or_default(),
            language: facts.language,
            question: facts.triple.question.clone(),
            statement_text: facts.triple.statement_text.clone(),
            reverse: facts.triple.reverse.clone(),
            change: *change,
            before,
            after,
        });
    }
    Ok(out)
}

fn choice_words(v: ItemVerdict) -> &'static str {
    match v {
        ItemVerdict::Statement => "prefers S",
        ItemVerdict::Reverse => "prefers RS",
        ItemVerdict::Tie => "a tie",
        ItemVerdict::Flip | ItemVerdict::Undecided | ItemVerdict::Refused => "undecided",
    }
}

fn judged_words(a: &JudgedAnswer) -> String {
    match (a.s_first, a.rs_first) {
        (Closer::First, Closer::Second) => "closer to S in both orders",
        (Closer::Second, Closer::First) => "closer to RS in both orders",
        (Closer::First, Closer::First) | (Closer::Second, Closer::Second) => {
            "changes with the order"
        }
        _ => "closer to neither",
    }
    .to_owned()
}

/// Stretches of `text`, in characters, whose words `other` does not have; Chinese by characters.
fn words_missing(text: &str, other: &str) -> Vec<(usize, usize)> {
    let there: std::collections::BTreeSet<String> =
        words(other).into_iter().map(|(_, _, w)| w).collect();
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (from, to, word) in words(text) {
        if there.contains(&word) {
            continue;
        }
        match out.last_mut() {
            // Neighbors run together over one blank.
            Some((_, end)) if from <= *end + 1 => *end = to,
            _ => out.push((from, to)),
        }
    }
    out
}

/// Words of a text in lower case with their places; every Han character is a word.
fn words(text: &str) -> Vec<(usize, usize, String)> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut from = 0;
    for (i, c) in text.chars().enumerate() {
        let han = crate::base::language::is_han(c);
        if c.is_alphanumeric() && !han {
            if word.is_empty() {
                from = i;
            }
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            out.push((from, i, std::mem::take(&mut word)));
        }
        if han {
            out.push((i, i + 1, c.to_string()));
        }
    }
    if !word.is_empty() {
        out.push((from, text.chars().count(), word));
    }
    out
}

/// Returns the paper's Table 3 where both rates are printed.
pub fn reference_variants() -> Vec<ReferenceVariant> {
    paper::table3()
        .iter()
        .filter_map(|r| {
            Some(ReferenceVariant {
                set: match r.set {
                    StatementSet::Quoted => "quoted",
                    _ => "official",
                },
                variant: r.variant,
                nation: r.nation,
                mc_share: r.mc?,
                aj_share: r.aj?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_the_other_lacks_are_marked() {
        assert_eq!(
            words_missing("Trams should be free", "Trams must be free"),
            [(6, 12)]
        );
        assert_eq!(words_missing("应当免费", "不当免费"), [(0, 1)]);
        assert_eq!(
            words_missing("a new, better way", "a way"),
            [(2, 5), (7, 13)]
        );
        assert!(words_missing("same", "Same").is_empty());
    }
}
