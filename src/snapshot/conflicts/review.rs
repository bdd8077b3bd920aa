//! The review of all nations together: what waits, how reviewers agree, what each may give again.

use std::collections::BTreeMap;

use super::super::model::conflicts::{PairRow, Redo, ReviewData};
use super::Book;
use crate::domain::conflict::{Decision, Flag, Verdict};
use crate::domain::review::agreement::agreement;
use crate::domain::review::{MACHINE, Standing, Votes};
use crate::stages::reduce::{PairMeasure, measure_pairs};

/// Puts the review of a round together; `flags` are those of all rounds, and `measured` what was found of
/// each pair of reviewers before.
pub(super) fn review(
    book: &Book,
    flags: &[Flag],
    decisions: &[Decision],
    votes: &Votes,
    measured: &mut Vec<PairMeasure>,
) -> ReviewData {
    let round = votes.round;
    let open: Vec<Standing> = flags
        .iter()
        .filter(|f| f.round == round)
        .map(|f| votes.standing(f.edge))
        .collect();
    let n_of = |wanted: fn(&Standing) -> bool| open.iter().filter(|s| wanted(s)).count();
    let agreement = agreement(decisions, flags, |edge| book.issue_of_edge(edge));
    *measured = measure_pairs(&agreement, book.seed, measured);
    let pairs = measured.iter().map(|m| pair_row(book, m)).collect();
    ReviewData {
        round,
        n_flags: open.len(),
        n_open: n_of(|s| *s == Standing::Open),
        n_disputed: n_of(|s| matches!(s, Standing::Disputed { .. })),
        pairs,
        agreement,
        redo: redo(decisions, round),
    }
}

fn pair_row(book: &Book, measured: &PairMeasure) -> PairRow {
    let pair = &measured.pair;
    PairRow {
        issue: measured.issue.map(|i| book.proposition(Some(i))),
        a: pair.a.clone(),
        b: pair.b.clone(),
        n_both: pair.n_both(),
        n_agree: pair.n_agree(),
        kappa: measured.kappa.ok().map(|k| {
            let interval = k.interval.ok().map(|i| (i.low, i.high));
            (k.agreement.value, interval)
        }),
        remark: measured.remark(),
    }
}

/// Finds the verdict that each reviewer took back last and has not given anew since.
///
/// Taking back and giving again go like a stack; a verdict of another kind ends what could be given again.
fn redo(decisions: &[Decision], round: u32) -> BTreeMap<String, Redo> {
    let mut given: BTreeMap<&str, Vec<&Decision>> = BTreeMap::new();
    let mut taken: BTreeMap<&str, Vec<&Decision>> = BTreeMap::new();
    let people = |d: &&Decision| d.round == round && d.reviewer != MACHINE;
    for d in decisions.iter().filter(people) {
        let who = d.reviewer.as_str();
        let (given, taken) = (given.entry(who).or_default(), taken.entry(who).or_default());
        if d.verdict == Verdict::Undo {
            let same = |g: &&Decision| g.edge == d.edge && g.adjudicates == d.adjudicates;
            if let Some(at) = given.iter().rposition(same) {
                taken.push(given.remove(at));
            }
        } else {
            let again = taken.last().is_some_and(|t| {
                t.edge == d.edge && t.verdict == d.verdict && t.adjudicates == d.adjudicates
            });
            if again {
                taken.pop();
            } else {
                taken.clear();
            }
            given.push(d);
        }
    }
    let last = taken.into_iter().filter_map(|(who, taken)| {
        let d = taken.last()?;
        let redo = Redo {
            edge: d.edge,
            verdict: d.verdict,
            note: d.note.clone(),
            adjudicates: d.adjudicates,
        };
        Some((who.to_owned(), redo))
    });
    last.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::{DecisionId, EdgeId};
    use Verdict::{Keep, Remove, Undo};

    #[track_caller]
    fn check_redo(rows: &[(i64, Verdict)], expected: Option<(i64, Verdict)>) {
        let rows: Vec<Decision> = rows
            .iter()
            .zip(1..)
            .map(|(&(edge, verdict), id)| Decision {
                id: DecisionId(id),
                edge: EdgeId(edge),
                round: 1,
                verdict,
                before: None,
                reviewer: "Ada".to_owned(),
                note: String::new(),
                decided_ms: 0,
                spent_ms: None,
                adjudicates: false,
                rule: String::new(),
            })
            .collect();
        let found = redo(&rows, 1).remove("Ada").map(|r| (r.edge.0, r.verdict));
        assert_eq!(found, expected);
        assert!(redo(&rows, 2).is_empty());
    }

    #[test]
    fn what_was_taken_back_can_be_given_again_in_order() {
        check_redo(&[], None);
        check_redo(&[(1, Keep)], None);
        check_redo(&[(1, Keep), (1, Undo)], Some((1, Keep)));
        check_redo(
            &[(1, Keep), (2, Remove), (2, Undo), (1, Undo)],
            Some((1, Keep)),
        );
        let two_back = [(1, Keep), (2, Remove), (2, Undo), (1, Undo), (1, Keep)];
        check_redo(&two_back, Some((2, Remove)));
        // Another verdict ends it.
        check_redo(&[(1, Keep), (1, Undo), (1, Remove)], None);
    }
}
