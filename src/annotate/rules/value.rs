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
    if language == Language::Other {
        0.0
    } else {
        score(&analyze(sentence, language))
    }
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
        let mut weights: Vec<f64> = all()
            .filter(|h| group.contains(&h.class))
            .map(|h| h.weight)
            .collect();
        weights.sort_by(|x, y| y.total_cmp(x));
        // The second cue of a kind says half as much as the first, the third a quarter.
        let mut share = 1.0;
        for weight in weights {
            total += share * weight;
            share *= 0.5;
        }
    }
    let sum = |cue: Cue| -> f64 { all().filter(|h| h.class == cue).map(|h| h.weight).sum() };
    total += sum(Cue::Fact).max(-1.2) + sum(Cue::Noise).max(-1.5);
    total + shape(a)
}

fn shape(a: &Analyzed) -> f64 {
    let words = || a.tokens.iter().filter(|t| t.kind == Kind::Word);
    let n_words = words().count();
    let n_numbers = a.tokens.iter().filter(|t| t.kind == Kind::Number).count();
    let n_past = n_past(a);
    let n_names = n_names(a);
    let n_facts = a
        .marks
        .iter()
        .filter(|h| h.class == Cue::Fact && h.weight < -0.2)
        .count();
    let mut bonus = -0.2 * (n_numbers as f64).min(3.0) - 0.22 * (n_past as f64).min(4.0);
    bonus -= 0.12 * (n_names.saturating_sub(1) as f64).min(6.0);
    // Claims are timeless; reports have dates, names and a past.
    if n_numbers + n_past + n_facts == 0 && n_names <= 1 {
        bonus += 0.35;
    }
    let (short, long) = if a.language == Language::Zh {
        (6, 34)
    } else {
        (4, 22)
    };
    if n_words < short {
        bonus -= 0.7;
    }
    // Long sentences collect cues by their length alone.
    let per_word = if a.language == Language::Zh {
        0.012
    } else {
        0.022
    };
    bonus -= (per_word * n_words.saturating_sub(long) as f64).min(0.7);
    let first = words().next().map_or("", |t| t.text.as_str());
    if is_unresolved(first, a.language) {
        bonus -= 0.25;
    }
    if words().any(|t| is_first_person(&t.text, a.language)) {
        bonus -= 0.2;
    }
    if a.language == Language::En && first.len() > 5 && first.ends_with("ing") {
        bonus += 0.2;
    }
    if a.tokens.last().is_some_and(|t| t.is_mark("?？")) {
        bonus -= 0.3;
    }
    bonus
}

fn is_first_person(word: &str, language: Language) -> bool {
    match language {
        Language::En => matches!(word, "i" | "i'm" | "i've" | "i'd" | "i'll" | "me" | "my"),
        Language::Fr => matches!(word, "je" | "me" | "mon" | "ma" | "mes"),
        Language::De => matches!(word, "ich" | "mich" | "mir" | "mein" | "meine" | "meiner"),
        Language::Zh | Language::Other => false,
    }
}

/// Capitals inside a sentence of English or French: names of people and places, titles.
fn n_names(a: &Analyzed) -> usize {
    if !matches!(a.language, Language::En | Language::Fr) {
        return 0;
    }
    let inside = a.tokens.windows(2).filter_map(|pair| match pair {
        [before, token] if before.kind != Kind::Mark => Some(token),
        _ => None,
    });
    inside
        .filter(|t| t.capital && t.text != "i" && !t.text.starts_with("i'"))
        .count()
}

/// Counts verbs that tell of something past.
fn n_past(a: &Analyzed) -> usize {
    let text = |i: usize| a.tokens.get(i).map_or("", |t| t.text.as_str());
    let is_past = |i: usize, word: &str| -> bool {
        let before = i.checked_sub(1).map_or("", text);
        match a.language {
            Language::En => {
                const BE: &[&str] = &[
                    "be", "is", "are", "being", "get", "not", "never", "who", "a", "the", "an",
                    "those", "and", "or", "of", "by",
                ];
                PAST_EN.contains(&word)
                    || (word.len() > 4
                        && word.ends_with("ed")
                        && !BE.contains(&before)
                        && !word.ends_with("eed"))
            }
            Language::Fr => {
                let auxiliary = matches!(before, "a" | "ont" | "avait" | "avaient" | "été" | "eu");
                let participle = ["é", "i", "u", "is", "it", "és", "ée", "ées"]
                    .iter()
                    .any(|e| word.ends_with(e));
                let imperfect = word.chars().count() > 5
                    && (word.ends_with("ait") || word.ends_with("aient"))
                    && !word.ends_with("rait")
                    && !word.ends_with("raient")
                    && !matches!(word, "souhait" | "parfait" | "bienfait" | "satisfait");
                (auxiliary && participle && word.chars().count() > 2) || imperfect
            }
            Language::De => {
                PAST_DE.contains(&word)
                    || (word.starts_with("ge")
                        && (word.ends_with('t') || word.ends_with("en"))
                        && word.len() > 5
                        && a.tokens.get(i).is_some_and(|t| !t.capital)
                        && (0..i).any(|j| {
                            matches!(text(j), "hat" | "haben" | "hatte" | "hatten" | "habe")
                        })
                        && !matches!(
                            word,
                            "gegen" | "genau" | "gerecht" | "gestern" | "gemeinsamen"
                        ))
            }
            Language::Zh | Language::Other => false,
        }
    };
    a.tokens
        .iter()
        .enumerate()
        .filter(|(i, t)| t.kind == Kind::Word && is_past(*i, &t.text))
        .count()
}

const PAST_EN: &[&str] = &[
    "was", "were", "had", "did", "took", "went", "came", "gave", "found", "led", "made", "told",
    "said", "saw", "became", "began", "got", "wrote", "spoke", "left", "sent", "met", "ran",
    "held", "brought", "thought", "knew", "felt", "kept", "put", "sold", "lost", "won", "fell",
    "rose", "grew", "stood", "sat", "drew", "chose", "broke", "struck", "fought", "bought",
    "caught", "swore", "shot", "died", "has", "didn't", "wasn't", "weren't", "hadn't",
];
const PAST_DE: &[&str] = &[
    "war",
    "waren",
    "hatte",
    "hatten",
    "wurde",
    "wurden",
    "kam",
    "kamen",
    "ging",
    "gingen",
    "gab",
    "gaben",
    "nahm",
    "nahmen",
    "fand",
    "fanden",
    "stand",
    "standen",
    "lag",
    "lagen",
    "sah",
    "sahen",
    "blieb",
    "blieben",
    "hielt",
    "hielten",
    "ließ",
    "ließen",
    "zeigte",
    "zeigten",
    "sagte",
    "sagten",
    "erklärte",
    "machte",
    "machten",
    "stellte",
    "stellten",
    "setzte",
    "setzten",
    "brachte",
    "brachten",
    "begann",
    "begannen",
    "traf",
    "trafen",
    "verlor",
    "verloren",
    "gewann",
    "stieg",
    "stiegen",
    "sank",
    "sanken",
    "wollte",
    "wollten",
    "konnte",
    "konnten",
    "musste",
    "mussten",
    "durfte",
    "durften",
    "führte",
    "führten",
    "lief",
    "liefen",
    "schrieb",
    "schrieben",
    "verkündete",
    "kündigte",
    "teilte",
    "meldete",
    "berichtete",
    "wies",
    "zog",
    "zogen",
    "trat",
    "traten",
    "warf",
    "starb",
    "starben",
    "feierte",
    "gründete",
    "erreichte",
    "erhielt",
    "erhielten",
    "bekam",
    "bekamen",
    "wusste",
    "dachte",
    "galt",
    "worden",
];

/// Tells whether a sentence begins with a word that points outside of it.
fn is_unresolved(first: &str, language: Language) -> bool {
    let list: &[&str] = match language {
        Language::En => &[
            "he", "she", "they", "this", "that", "these", "those", "his", "her",
        ],
        Language::Fr => &[
            "elle", "ils", "elles", "celui", "celle", "cela", "cette", "ces",
        ],
        Language::De => &[
            "er", "sie", "dies", "diese", "dieser", "dieses", "damit", "dabei", "dafür",
        ],
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
        check(
            Language::En,
            "No child should pay for the debts of the old.",
            true,
        );
        check(
            Language::En,
            "The bridge was opened on Tuesday by 40 residents.",
            false,
        );
        check(
            Language::Fr,
            "L'eau est un bien commun qui ne doit pas être vendu.",
            true,
        );
        check(
            Language::Fr,
            "Le conseil s'est réuni mardi pour examiner le budget.",
            false,
        );
        check(
            Language::De,
            "Wohnen ist ein Menschenrecht und keine Ware.",
            true,
        );
        check(
            Language::De,
            "Die Sitzung begann am Montag um 18 Uhr.",
            false,
        );
        check(
            Language::Zh,
            "老街是城市的记忆，不应为了利润而被拆除。",
            true,
        );
        check(
            Language::Zh,
            "会议昨天在市政府举行，共有40名代表参加。",
            false,
        );
        assert!(value_score(Language::Other, "x") < f64::EPSILON);
    }
}
