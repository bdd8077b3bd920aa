//! How much a sentence claims of what ought to be, as one number from many weak cues.
//!
//! It weighs words and a few shapes of sentences; it does not know whether a claim is right.

use super::lexicon::Cue;
use super::polarity::{Analyzed, analyze};
use super::text::Kind;
use crate::base::language::Language;

/// From this score on a sentence counts as a value statement.
pub(crate) const THRESHOLD: f64 = 1.0;

/// Scores how much a sentence claims a value; from 1 on it counts as a value statement.
///
/// The score is 0 for [`Language::Other`], for which there are no word lists.
pub fn value_score(language: Language, sentence: &str) -> f64 {
    if language == Language::Other { 0.0 } else { score(&analyze(sentence, language)) }
}

/// Turns a score into a confidence, one half at the threshold.
pub(crate) fn confidence(score: f64) -> f64 {
    1.0 / (1.0 + (-2.2 * (score - THRESHOLD)).exp())
}

/// Scores an analyzed sentence.
pub(crate) fn score(a: &Analyzed) -> f64 {
    const GROUPS: [&[Cue]; 9] = [
        &[Cue::Must, Cue::MustNot],
        &[Cue::Good, Cue::Bad, Cue::Prefer],
        &[Cue::Value, Cue::Ill],
        &[Cue::Help, Cue::Harm],
        &[Cue::Pro, Cue::Con],
        &[Cue::Grow, Cue::Cut],
        &[Cue::Claim, Cue::Without, Cue::Rather],
        &[Cue::Not, Cue::Nothing],
        &[Cue::May, Cue::But, Cue::Concede],
    ];
    let all = || a.hits.iter().chain(&a.marks);
    let mut total = 0.0;
    for group in GROUPS {
        let mut weights: Vec<f64> =
            all().filter(|h| group.contains(&h.class)).map(|h| h.weight).collect();
        weights.sort_by(|x, y| y.total_cmp(x));
        // The second cue of a kind says half as much as the first, the third a quarter.
        let mut share = 1.0;
        for weight in weights {
            total += share * weight;
            share *= 0.5;
        }
    }
    let sum = |cue: Cue| -> f64 {
        all().filter(|h| h.class == cue).map(|h| h.weight).sum()
    };
    total += sum(Cue::Fact).max(-1.2) + sum(Cue::Noise).max(-1.5);
    total + shape(a)
}

fn shape(a: &Analyzed) -> f64 {
    let n_words = a.tokens.iter().filter(|t| t.kind == Kind::Word).count();
    let n_numbers = a.tokens.iter().filter(|t| t.kind == Kind::Number).count();
    let mut bonus = -0.2 * (n_numbers as f64).min(3.0);
    let (short, long) = if a.language == Language::Zh { (8, 90) } else { (5, 45) };
    if n_words < short {
        bonus -= 0.7;
    }
    if n_words > long {
        bonus -= 0.3;
    }
    let first = a.tokens.iter().find(|t| t.kind == Kind::Word).map_or("", |t| t.text.as_str());
    if is_unresolved(first, a.language) {
        bonus -= 0.25;
    }
    if a.language == Language::En && first.len() > 5 && first.ends_with("ing") {
        bonus += 0.3;
    }
    if a.tokens.last().is_some_and(|t| t.is_mark("?？")) {
        bonus -= 0.3;
    }
    bonus
}

/// Tells whether a sentence begins with a word that points outside of it.
fn is_unresolved(first: &str, language: Language) -> bool {
    let list: &[&str] = match language {
        Language::En => &["he", "she", "they", "this", "that", "these", "those", "his", "her"],
        Language::Fr => &["elle", "ils", "elles", "celui", "celle", "cela", "cette", "ces"],
        Language::De => &["er", "sie", "dies", "diese", "dieser", "dieses", "damit", "dabei", "dafür"],
        Language::Zh => &["他", "她", "它", "这", "那", "此"],
        Language::Other => &[],
    };
    list.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, text: &str, is_value: bool) {
        let s = value_score(language, text);
        assert_eq!(s >= THRESHOLD, is_value, "{s:.2} {text}");
    }

    #[test]
    fn tells_claims_from_reports() {
        check(Language::En, "No child should pay for the debts of the old.", true);
        check(Language::En, "The bridge was opened on Tuesday by 40 residents.", false);
        check(Language::Fr, "L'eau est un bien commun qui ne doit pas être vendu.", true);
        check(Language::Fr, "Le conseil s'est réuni mardi pour examiner le budget.", false);
        check(Language::De, "Wohnen ist ein Menschenrecht und keine Ware.", true);
        check(Language::De, "Die Sitzung begann am Montag um 18 Uhr.", false);
        check(Language::Zh, "老街是城市的记忆，不应为了利润而被拆除。", true);
        check(Language::Zh, "会议昨天在市政府举行，共有40名代表参加。", false);
        assert!(value_score(Language::Other, "x") < f64::EPSILON);
    }
}
