//! Checks of answers that need no back end: is the passage there, does the reverse statement oppose.
//!
//! They flag, they do not repair.

use std::collections::BTreeSet;

use super::answer::Extracted;
use super::rules::opposes;
use crate::base::language::Language;
use crate::base::words::content_stems;

/// Tells whether the text of a statement really stands under its passage.
///
/// Case, blanks, quotation marks and marks at the end do not count; a text that is part of its
/// passage passes, one with words of its own does not.
pub fn check_passage(body: &str, extracted: &Extracted) -> bool {
    let Some(under) = extracted.passage.slice(body) else {
        return false;
    };
    let (under, text) = (letters(under), letters(&extracted.text));
    !text.is_empty() && under.contains(&text)
}

/// Keeps letters and digits in lower case.
fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// What [`check_triple`] finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TripleCheck {
    /// The reverse statement points the other way.
    pub opposes: bool,
    /// Share of the statement's content words that the reverse statement keeps, `0.0..=1.0`.
    pub overlap_share: f64,
    /// Characters of the reverse statement per character of the statement.
    pub length_ratio: f64,
    /// All three are as they should be, and the two differ.
    pub ok: bool,
}

/// Least share of content words a reverse statement keeps; below it speaks of something else.
const MIN_OVERLAP_SHARE: f64 = 0.4;
/// Least and greatest length ratio. A denial put around a short statement doubles it.
const LENGTH_RATIOS: std::ops::RangeInclusive<f64> = 0.4..=3.0;

/// Checks that a reverse statement opposes its statement on the same subject and is no copy.
pub fn check_triple(language: Language, statement: &str, reverse: &str) -> TripleCheck {
    let set =
        |text: &str| -> BTreeSet<String> { content_stems(text, language).into_iter().collect() };
    let (s, rs) = (set(statement), set(reverse));
    let overlap_share = if s.is_empty() {
        character_overlap(statement, reverse)
    } else {
        s.intersection(&rs).count() as f64 / s.len() as f64
    };
    let n_chars = |text: &str| text.chars().count() as f64;
    let length_ratio = n_chars(reverse) / n_chars(statement).max(1.0);
    let opposes = letters(statement) != letters(reverse) && opposes(language, statement, reverse);
    let ok = opposes && overlap_share >= MIN_OVERLAP_SHARE && LENGTH_RATIOS.contains(&length_ratio);
    TripleCheck {
        opposes,
        overlap_share,
        length_ratio,
        ok,
    }
}

/// Share of characters kept, for statements without a content word.
fn character_overlap(statement: &str, reverse: &str) -> f64 {
    let set = |text: &str| -> BTreeSet<char> { letters(text).chars().collect() };
    let (s, rs) = (set(statement), set(reverse));
    s.intersection(&rs).count() as f64 / s.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sentences::Span;

    #[test]
    fn passages_are_compared_by_letters() {
        let body = "He said: “water belongs to all,” and left.";
        let at = |start: usize, end: usize, text: &str| Extracted {
            text: text.to_owned(),
            passage: Span { start, end },
            confidence: 1.0,
        };
        assert!(check_passage(body, &at(10, 30, "Water belongs to all.")));
        assert!(!check_passage(
            body,
            &at(10, 30, "Water belongs to everyone.")
        ));
        assert!(!check_passage(body, &at(10, 300, "Water belongs to all.")));
        assert!(!check_passage(body, &at(10, 30, "…")));
    }

    fn check(language: Language, statement: &str, reverse: &str, ok: bool) {
        let c = check_triple(language, statement, reverse);
        assert_eq!(c.ok, ok, "{statement} / {reverse}: {c:?}");
    }

    #[test]
    fn triples_must_oppose_on_the_same_subject() {
        check(
            Language::En,
            "Rivers should be free.",
            "Rivers should not be free.",
            true,
        );
        check(
            Language::En,
            "Rivers should be free.",
            "Rivers should be free.",
            false,
        );
        check(
            Language::En,
            "Rivers should be free.",
            "Rivers ought to be free.",
            false,
        );
        check(
            Language::En,
            "Rivers should be free.",
            "Cats must not sleep on the warm stove at night.",
            false,
        );
        check(
            Language::De,
            "Das Tempolimit ist richtig.",
            "Das Tempolimit ist falsch.",
            true,
        );
        check(
            Language::Fr,
            "Le loup doit être protégé.",
            "Le loup ne doit pas être protégé.",
            true,
        );
        check(Language::Zh, "老街应当保护。", "老街不应当保护。", true);
        check(Language::Zh, "老街应当保护。", "老街应当保护", false);
    }
}
