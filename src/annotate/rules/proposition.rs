//! One sentence that a group of statements takes sides on: its most central member, made positive.
//!
//! It chooses and turns, it does not write sentences of its own.

use std::collections::BTreeMap;

use super::debates;
use super::lexicon::Cue;
use super::polarity::{Analyzed, analyze};
use super::stance::content;
use super::text::Kind;
use super::triple;
use super::value::score;
use crate::base::language::Language;

/// Writes the proposition of a group; empty for an empty group.
pub(crate) fn write(language: Language, statements: &[String]) -> String {
    let known = if language == Language::Other {
        Language::En
    } else {
        language
    };
    let members: Vec<Analyzed> = statements.iter().map(|s| analyze(s, known)).collect();
    let words: Vec<Vec<String>> = members
        .iter()
        .map(|m| content(m).into_iter().map(|w| w.stem).collect())
        .collect();
    let mut n_members: BTreeMap<&str, usize> = BTreeMap::new();
    for list in &words {
        let mut list: Vec<&str> = list.iter().map(String::as_str).collect();
        list.sort_unstable();
        list.dedup();
        for word in list {
            *n_members.entry(word).or_default() += 1;
        }
    }
    let sides: Vec<f64> = statements
        .iter()
        .map(|s| debates::taken(known, s).map_or(0.0, |t| t.sign() * t.clearness()))
        .collect();
    // Central: its words are the group's words. Better still: plain, short and positive.
    let rate = |at: usize| -> f64 {
        let (Some(list), Some(member)) = (words.get(at), members.get(at)) else {
            return 0.0;
        };
        let shared: usize = list
            .iter()
            .map(|w| n_members.get(w.as_str()).copied().unwrap_or(1) - 1)
            .sum();
        let centrality =
            shared as f64 / (list.len().max(3) as f64 * statements.len().max(2) as f64);
        let n_words = member
            .tokens
            .iter()
            .filter(|t| t.kind == Kind::Word)
            .count() as f64;
        let typical = if known == Language::Zh { 22.0 } else { 12.0 };
        let length = (n_words / typical - 1.0).abs().min(2.0);
        let modal = member.hits.iter().any(|h| h.class == Cue::Must);
        let negative = is_negative(member);
        3.0 * centrality - 0.25 * length + if modal { 0.25 } else { 0.0 }
            - if negative { 0.35 } else { 0.0 }
            + 0.1 * score(member).clamp(0.0, 2.0)
            // A side that is known is worth more than the look of a sentence.
            + sides.get(at).map_or(0.0, |s| if *s > 0.0 { 0.3 + 0.3 * s } else { 0.1 * s.abs() })
    };
    let mut best: Option<(f64, usize)> = None;
    for at in 0..statements.len() {
        let rating = rate(at);
        if best.is_none_or(|b| rating > b.0) {
            best = Some((rating, at));
        }
    }
    let Some((statement, member)) =
        best.and_then(|b| Some((statements.get(b.1)?, members.get(b.1)?)))
    else {
        return String::new();
    };
    let has_side = best.and_then(|b| sides.get(b.1)).is_some_and(|s| *s != 0.0);
    // A sentence of a known side is not turned: turning could miss, and its side is known as it is.
    let turned = if !has_side && is_negative(member) {
        triple::turn(known, statement)
    } else {
        None
    };
    super::text::capitalized(&turned.unwrap_or_else(|| triple::cleaned(statement, known)))
}

/// Tells whether the main predicate is denied.
fn is_negative(a: &Analyzed) -> bool {
    let n = a
        .hits
        .iter()
        .filter(|h| matches!(h.class, Cue::Not | Cue::Nothing | Cue::MustNot))
        .count();
    n % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, statements: &[&str], expected: &str) {
        let statements: Vec<String> = statements.iter().map(|&s| s.to_owned()).collect();
        assert_eq!(write(language, &statements), expected);
    }

    #[test]
    fn takes_the_central_member_and_makes_it_positive() {
        check(
            Language::En,
            &[
                "Wolves must not return to the valley.",
                "The return of wolves to the valley should be welcomed.",
                "Sheep deserve a quiet valley.",
            ],
            "The return of wolves to the valley should be welcomed.",
        );
        check(
            Language::De,
            &["„Die Schule darf nicht geschlossen werden“"],
            "Die Schule darf geschlossen werden.",
        );
        check(
            Language::Zh,
            &["这座钟楼的钟声不应当停止。"],
            "这座钟楼的钟声应当停止。",
        );
        check(Language::En, &[], "");
    }
}
