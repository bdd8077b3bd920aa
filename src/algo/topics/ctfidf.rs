//! Words that set a topic apart: class-based TF-IDF.
//!
//! Counts come from `vocabulary`; what is shown beside it (maximal marginal relevance) is `mmr`.

use super::vocabulary::{TermCounts, Vocabulary};
use crate::domain::topic::TermWeight;

/// Which variant of the weights is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CtfidfSettings {
    /// Takes `ln(1 + (A − f + 0.5)/(f + 0.5))` in place of `ln(1 + A/f)`; weights of terms with
    /// `f > A + 0.5` are then negative.
    pub bm25: bool,
    /// Takes the square root of a term's share, so that frequent words weigh less.
    pub reduce_frequent: bool,
}

/// Weighs each term by how strongly one topic prefers it.
///
/// # Shapes
/// - `counts`: `c` sparse rows, occurrences of a term in a topic.
/// - returns: `c` sparse rows of weights, ordered by term; a topic without terms has an empty row.
///
/// # Source
/// Grootendorst 2022, class-based TF-IDF; as `BERTopic` 0.17 computes it. Like that program, and
/// unlike the paper, rows are scaled to sum 1 and the mean topic size is cut to a whole number.
pub fn ctfidf(counts: &[TermCounts], settings: CtfidfSettings) -> Vec<Vec<(u32, f64)>> {
    let idf = idf(counts, settings);
    counts
        .iter()
        .map(|row| weigh(row, &idf, settings))
        .collect()
}

/// Returns how much each term tells topics apart, before a topic's or document's own counts.
///
/// # Shapes
/// - `counts`: `c` sparse rows, occurrences of a term in a topic.
/// - returns: one value for each term up to the last that occurs; 0 for those that do not.
pub fn idf(counts: &[TermCounts], settings: CtfidfSettings) -> Vec<f64> {
    let n_terms = counts
        .iter()
        .filter_map(|row| row.keys().next_back())
        .max()
        .map_or(0, |&t| t as usize + 1);
    let mut n_of_term = vec![0u64; n_terms];
    for row in counts {
        for (&term, &n) in row {
            n_of_term[term as usize] += u64::from(n);
        }
    }
    let n_tokens: u64 = n_of_term.iter().sum();
    let mean_tokens = n_tokens.checked_div(counts.len() as u64).unwrap_or(0) as f64;
    n_of_term
        .iter()
        .map(|&n| {
            let f = n as f64;
            if n == 0 {
                0.0
            } else if settings.bm25 {
                (1.0 + (mean_tokens - f + 0.5) / (f + 0.5)).ln()
            } else {
                (1.0 + mean_tokens / f).ln()
            }
        })
        .collect()
}

/// Weighs the terms of one topic, or of one document as if it were one; terms beyond `idf` are left out.
pub fn weigh(row: &TermCounts, idf: &[f64], settings: CtfidfSettings) -> Vec<(u32, f64)> {
    let n_tokens: u64 = row.values().map(|&n| u64::from(n)).sum();
    row.iter()
        .filter(|(_, n)| **n > 0)
        .filter_map(|(&term, &n)| {
            let share = f64::from(n) / n_tokens as f64;
            let tf = if settings.reduce_frequent {
                share.sqrt()
            } else {
                share
            };
            Some((term, tf * idf.get(term as usize)?))
        })
        .collect()
}

/// Returns the `n` heaviest terms of a topic with weights above 0, heaviest first; equals in order of
/// the vocabulary.
pub fn heaviest(weights: &[(u32, f64)], n: usize) -> Vec<(u32, f64)> {
    let mut order: Vec<(u32, f64)> = weights.iter().copied().filter(|(_, w)| *w > 0.0).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.truncate(n);
    order
}

/// Returns the `n` heaviest terms of a topic that say something new, as readers see them.
///
/// A pair of words stands in only if it adds something: it is skipped where both of its words are
/// already listed, and a word is skipped where a listed pair holds it.
pub fn top_terms(weights: &[(u32, f64)], vocabulary: &Vocabulary, n: usize) -> Vec<TermWeight> {
    let order = heaviest(weights, usize::MAX);
    let mut chosen: Vec<TermWeight> = Vec::new();
    for (idx, weight) in order {
        if chosen.len() == n {
            break;
        }
        let Some(term) = vocabulary.term(idx) else {
            continue;
        };
        if !is_covered(term, &chosen) {
            chosen.push(TermWeight {
                term: term.to_owned(),
                weight,
            });
        }
    }
    chosen
}

/// Tells whether the listed terms already say what this one says.
fn is_covered(term: &str, chosen: &[TermWeight]) -> bool {
    let listed = |word: &str| chosen.iter().any(|c| c.term == word);
    let within = |word: &str| {
        chosen
            .iter()
            .any(|c| c.term.split(' ').any(|part| part == word))
    };
    let mut parts = term.split(' ');
    match (parts.next(), parts.next()) {
        (Some(a), Some(b)) => listed(a) && listed(b),
        // Chinese pairs have no space: a pair that begins or ends with a listed word repeats it.
        _ if term.chars().all(crate::base::language::is_han) => chosen.iter().any(|c| {
            c.term.chars().all(crate::base::language::is_han)
                && (c.term.starts_with(term)
                    || c.term.ends_with(term)
                    || term.starts_with(&c.term)
                    || term.ends_with(&c.term))
        }),
        _ => within(term),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::algo::topics::vocabulary::{
        LanguageText, VocabularySettings, count_terms, sum_by_topic,
    };
    use crate::base::language::Language;
    use crate::base::observe::Silent;

    const GOLDEN: &str = include_str!("../../../tests/golden/topics/ctfidf.tsv");

    fn lines(kind: &str) -> Vec<Vec<&'static str>> {
        crate::algo::topics::golden::lines(GOLDEN, kind)
    }

    fn check_golden(name: &str, settings: CtfidfSettings) {
        let docs = lines("doc");
        let topics: Vec<Option<usize>> = docs.iter().map(|d| d[0].parse().ok()).collect();
        let texts: Vec<LanguageText<'_>> = docs
            .iter()
            .map(|d| LanguageText {
                language: Language::En,
                text: d[1],
            })
            .collect();
        let plain = VocabularySettings {
            n_words: (1, 2),
            min_docs: 1,
            max_doc_share: 1.0,
            drops_stop_words: false,
            folds_stems: false,
        };
        let (vocabulary, rows) = count_terms(&texts, &plain, &Silent).unwrap();
        let weights = ctfidf(&sum_by_topic(&rows, &topics, 3), settings);
        let expected = lines(name);
        assert_eq!(weights.iter().map(Vec::len).sum::<usize>(), expected.len());
        for line in expected {
            let topic: usize = line[0].parse().unwrap();
            let want: f64 = line[2].parse().unwrap();
            let got = weights[topic]
                .iter()
                .find(|(t, _)| vocabulary.term(*t) == Some(line[1]))
                .map(|(_, w)| *w);
            assert!(
                got.is_some_and(|g| (g - want).abs() < 1e-12),
                "{name} {line:?} got {got:?}"
            );
        }
    }

    #[test]
    fn equals_the_reference() {
        check_golden("plain", CtfidfSettings::default());
        check_golden(
            "bm25",
            CtfidfSettings {
                bm25: true,
                reduce_frequent: false,
            },
        );
        check_golden(
            "reduced",
            CtfidfSettings {
                bm25: false,
                reduce_frequent: true,
            },
        );
    }

    #[test]
    fn empty_topics_have_empty_rows() {
        assert!(ctfidf(&[], CtfidfSettings::default()).is_empty());
        let weights = ctfidf(
            &[TermCounts::new(), TermCounts::from([(3, 2)])],
            CtfidfSettings::default(),
        );
        assert!(weights[0].is_empty());
        // One topic of two tokens: mean 1, share 1, f 2.
        assert!((weights[1][0].1 - 1.5f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn top_terms_do_not_repeat_themselves() {
        let vocabulary = Vocabulary::from_terms(
            ["coal", "coal exit", "exit", "grid"]
                .map(str::to_owned)
                .to_vec(),
        );
        let top = |weights: &[(u32, f64)]| -> Vec<String> {
            top_terms(weights, &vocabulary, 3)
                .into_iter()
                .map(|t| t.term)
                .collect()
        };
        assert_eq!(
            top(&[(0, 0.4), (1, 0.2), (2, 0.3), (3, 0.1)]),
            ["coal", "exit", "grid"]
        );
        assert_eq!(
            top(&[(0, 0.2), (1, 0.4), (2, 0.3), (3, 0.1)]),
            ["coal exit", "grid"]
        );
    }
}
