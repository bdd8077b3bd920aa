//! Words whose meaning is nearest to a topic's most typical documents, in the style of `KeyBERT`.
//!
//! Works on counts and vectors. Words are embedded by the caller, in the space of its documents.

use super::cosine;
use super::ctfidf::{CtfidfSettings, heaviest, weigh};
use super::vocabulary::{TermCounts, Vocabulary};
use crate::base::matrix::Matrix;
use crate::base::observe::{Cancelled, Observe};
use crate::base::seed::Seed;

/// How words are found. The defaults are the specification's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeybertSettings {
    /// Documents drawn per topic; all where there are fewer.
    pub n_sampled_docs: usize,
    /// Of these, the documents whose mean is the topic's vector: the nearest by c-TF-IDF.
    pub n_near_docs: usize,
    /// Words compared with it: the heaviest by c-TF-IDF.
    pub n_candidates: usize,
    /// Words kept.
    pub n_words: usize,
    /// The variant of c-TF-IDF that weighed the topics; documents are weighed alike.
    pub ctfidf: CtfidfSettings,
    /// Seed of the draw.
    pub seed: Seed,
}

impl Default for KeybertSettings {
    fn default() -> Self {
        Self {
            n_sampled_docs: 500,
            n_near_docs: 5,
            n_candidates: 100,
            n_words: 10,
            ctfidf: CtfidfSettings::default(),
            seed: Seed(42),
        }
    }
}

/// What is known of documents and topics.
///
/// # Shapes
/// `n` documents, `c` topics, `d` the width of a vector.
#[derive(Clone, Copy, Debug)]
pub struct KeybertInput<'a> {
    /// `n` sparse rows, occurrences of a term in a document.
    pub counts: &'a [TermCounts],
    /// The topic of each document, none for outliers.
    pub topics: &'a [Option<usize>],
    /// `n × d`, the documents' vectors.
    pub vectors: &'a Matrix<f32>,
    /// `c` sparse rows of c-TF-IDF, ordered by term.
    pub weights: &'a [Vec<(u32, f64)>],
    /// What `ctfidf::idf` returns for the topics' counts.
    pub idf: &'a [f64],
    /// Names of the terms.
    pub vocabulary: &'a Vocabulary,
}

/// The inputs do not fit together.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum KeybertError {
    /// Two inputs describe different numbers of documents.
    #[error("{n_docs} documents were given where the other input has {n_docs_other}")]
    DocsDiffer {
        /// Documents of this input.
        n_docs: usize,
        /// Documents of the other.
        n_docs_other: usize,
    },
    /// The embedder returned another number of vectors, or other widths, than it was asked for.
    #[error(
        "{n_words} words were embedded as a {n_rows} × {n_cols} matrix; documents are {n_dims} wide"
    )]
    Embedded {
        /// Words given to the embedder.
        n_words: usize,
        /// Rows it returned.
        n_rows: usize,
        /// Columns it returned.
        n_cols: usize,
        /// Width of a document's vector.
        n_dims: usize,
    },
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Embeds terms of the vocabulary, given by number, in the space of the documents, one row for each.
pub type EmbedTerms<'a, E> = dyn Fn(&[u32]) -> Result<Matrix<f32>, E> + 'a;

/// A word of a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyWord {
    /// The word as readers see it.
    pub term: String,
    /// Cosine of its vector and the topic's.
    pub cosine: f32,
}

/// Finds for each topic the words nearest in meaning to its typical documents.
///
/// # Shapes
/// - `embed`: takes all candidates of all topics once, each once, and returns one row of `d` for each. It
///   is not called where there are none.
/// - returns: `c` lists, nearest first; equals in order of c-TF-IDF. A topic without documents has none. A
///   word that two languages share stands once, as the nearer of the two.
///
/// # Errors
/// [`KeybertError`] as `E`, or the embedder's own.
///
/// # Source
/// `KeyBERTInspired` of `BERTopic` 0.17. Unlike that program, documents are drawn without replacement,
/// so that a topic of up to 500 is seen whole; and their vectors are the stored ones, where it embeds
/// them anew with the same result.
pub fn keybert<E: From<KeybertError>>(
    input: KeybertInput<'_>,
    settings: KeybertSettings,
    embed: &EmbedTerms<'_, E>,
    observe: &dyn Observe,
) -> Result<Vec<Vec<KeyWord>>, E> {
    let n = input.counts.len();
    for n_docs in [input.topics.len(), input.vectors.n_rows()] {
        if n_docs != n {
            return Err(E::from(KeybertError::DocsDiffer {
                n_docs,
                n_docs_other: n,
            }));
        }
    }
    let cancelled = |c: Cancelled| E::from(KeybertError::from(c));
    observe.phase("typical documents");
    let n_topics = input.weights.len();
    let mut docs = vec![Vec::new(); n_topics];
    for (doc, topic) in input.topics.iter().enumerate() {
        if let Some(list) = topic.and_then(|t| docs.get_mut(t)) {
            list.push(doc);
        }
    }
    let mut middles = Vec::with_capacity(n_topics);
    for (topic, docs) in docs.iter().enumerate() {
        observe
            .step(topic as u64, n_topics as u64)
            .map_err(cancelled)?;
        middles.push(middle(input, settings, topic, docs));
    }

    // A word of several topics is embedded once.
    let candidates: Vec<Vec<u32>> = input
        .weights
        .iter()
        .zip(&middles)
        .map(|(row, middle)| match middle {
            Some(_) => heaviest(row, settings.n_candidates)
                .into_iter()
                .map(|(t, _)| t)
                .filter(|t| input.vocabulary.term(*t).is_some())
                .collect(),
            None => Vec::new(),
        })
        .collect();
    let mut terms: Vec<u32> = candidates.iter().flatten().copied().collect();
    terms.sort_unstable();
    terms.dedup();
    let n_dims = input.vectors.n_cols();
    let vectors = if terms.is_empty() {
        Matrix::filled(0, n_dims, 0.0)
    } else {
        embed(&terms)?
    };
    if (vectors.n_rows(), vectors.n_cols()) != (terms.len(), n_dims) {
        return Err(E::from(KeybertError::Embedded {
            n_words: terms.len(),
            n_rows: vectors.n_rows(),
            n_cols: vectors.n_cols(),
            n_dims,
        }));
    }
    let nearest = |middle: &[f32], candidates: &[u32]| -> Vec<KeyWord> {
        let mut scored: Vec<(f32, usize)> = candidates
            .iter()
            .filter_map(|t| terms.binary_search(t).ok())
            .map(|at| {
                let cosine = cosine(middle, vectors.row(at)).unwrap_or(0.0);
                (cosine as f32, at)
            })
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut words: Vec<KeyWord> = Vec::with_capacity(settings.n_words);
        for (cosine, at) in scored {
            let term = input.vocabulary.term(terms[at]).unwrap_or_default();
            if words.len() < settings.n_words && words.iter().all(|w| w.term != term) {
                words.push(KeyWord {
                    term: term.to_owned(),
                    cosine,
                });
            }
        }
        words
    };
    Ok(middles
        .iter()
        .zip(&candidates)
        .map(|(middle, candidates)| {
            middle
                .as_ref()
                .map_or_else(Vec::new, |m| nearest(m, candidates))
        })
        .collect())
}

/// Averages the vectors of the drawn documents nearest to the topic by c-TF-IDF; none without documents.
fn middle(
    input: KeybertInput<'_>,
    settings: KeybertSettings,
    topic: usize,
    docs: &[usize],
) -> Option<Vec<f32>> {
    let mut drawn = docs.to_vec();
    if drawn.len() > settings.n_sampled_docs {
        settings
            .seed
            .stream(&format!("topics/keybert/{topic}"))
            .shuffle(&mut drawn);
        drawn.truncate(settings.n_sampled_docs);
        drawn.sort_unstable();
    }
    let row = &input.weights[topic];
    let mut near: Vec<(f64, usize)> = drawn
        .iter()
        .map(|&doc| {
            let own = weigh(&input.counts[doc], input.idf, settings.ctfidf);
            (sparse_cosine(&own, row), doc)
        })
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.truncate(settings.n_near_docs.max(1));
    if near.is_empty() {
        return None;
    }
    let mut sum = vec![0.0f64; input.vectors.n_cols()];
    for (_, doc) in &near {
        for (s, x) in sum.iter_mut().zip(input.vectors.row(*doc)) {
            *s += f64::from(*x);
        }
    }
    let n = near.len() as f64;
    Some(sum.into_iter().map(|s| (s / n) as f32).collect())
}

/// Cosine of two sparse rows ordered by term, 0 where one has no length.
fn sparse_cosine(a: &[(u32, f64)], b: &[(u32, f64)]) -> f64 {
    let dot: f64 = a
        .iter()
        .filter_map(|(t, w)| {
            let at = b.binary_search_by_key(t, |(u, _)| *u).ok()?;
            Some(w * b[at].1)
        })
        .sum();
    let square = |row: &[(u32, f64)]| row.iter().map(|(_, w)| w * w).sum::<f64>();
    let scale = (square(a) * square(b)).sqrt();
    if scale > 0.0 { dot / scale } else { 0.0 }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::algo::topics::ctfidf::{ctfidf, idf};
    use crate::algo::topics::vocabulary::{
        LanguageText, VocabularySettings, count_terms, sum_by_topic,
    };
    use crate::base::language::Language;
    use crate::base::observe::Silent;

    const GOLDEN: &str = include_str!("../../../tests/golden/topics/keybert.tsv");

    fn lines(kind: &str) -> Vec<Vec<&'static str>> {
        crate::algo::topics::golden::lines(GOLDEN, kind)
    }

    fn vector(fields: &[&str]) -> Vec<f32> {
        fields.iter().map(|x| x.parse().unwrap()).collect()
    }

    /// The documents of the golden file, with what is known of them.
    struct Known {
        counts: Vec<TermCounts>,
        topics: Vec<Option<usize>>,
        vectors: Matrix<f32>,
        weights: Vec<Vec<(u32, f64)>>,
        idf: Vec<f64>,
        vocabulary: Vocabulary,
    }

    impl Known {
        fn read() -> Self {
            let docs = lines("doc");
            let texts: Vec<LanguageText<'_>> = docs
                .iter()
                .map(|d| LanguageText {
                    language: Language::En,
                    text: d[1],
                })
                .collect();
            let plain = VocabularySettings {
                n_words: (1, 1),
                min_docs: 1,
                max_doc_share: 1.0,
                drops_stop_words: false,
                folds_stems: false,
            };
            let (vocabulary, counts) = count_terms(&texts, &plain, &Silent).unwrap();
            let topics: Vec<Option<usize>> = docs.iter().map(|d| d[0].parse().ok()).collect();
            let sums = sum_by_topic(&counts, &topics, 3);
            let values: Vec<f32> = docs.iter().flat_map(|d| vector(&d[2..])).collect();
            Self {
                vectors: Matrix::from_values(docs.len(), values.len() / docs.len(), values)
                    .unwrap(),
                weights: ctfidf(&sums, CtfidfSettings::default()),
                idf: idf(&sums, CtfidfSettings::default()),
                counts,
                topics,
                vocabulary,
            }
        }

        fn input(&self) -> KeybertInput<'_> {
            KeybertInput {
                counts: &self.counts,
                topics: &self.topics,
                vectors: &self.vectors,
                weights: &self.weights,
                idf: &self.idf,
                vocabulary: &self.vocabulary,
            }
        }
    }

    fn embed(vocabulary: &Vocabulary) -> impl Fn(&[u32]) -> Result<Matrix<f32>, KeybertError> + '_ {
        let known = lines("word");
        move |terms| {
            let rows: Vec<Vec<f32>> = terms
                .iter()
                .map(|t| vocabulary.term(*t).unwrap())
                .map(|w| vector(&known.iter().find(|k| k[0] == w).unwrap()[1..]))
                .collect();
            let n_dims = rows[0].len();
            Ok(Matrix::from_values(rows.len(), n_dims, rows.concat()).unwrap())
        }
    }

    fn found(known: &Known, settings: KeybertSettings) -> Vec<Vec<KeyWord>> {
        keybert(known.input(), settings, &embed(&known.vocabulary), &Silent).unwrap()
    }

    const FEW: KeybertSettings = KeybertSettings {
        n_sampled_docs: 500,
        n_near_docs: 3,
        n_candidates: 8,
        n_words: 5,
        ctfidf: CtfidfSettings {
            bm25: false,
            reduce_frequent: false,
        },
        seed: Seed(42),
    };

    #[test]
    fn equals_the_reference() {
        let known = Known::read();
        let found = found(&known, FEW);
        for (topic, words) in found.iter().enumerate() {
            let want: Vec<Vec<&str>> = lines("best")
                .into_iter()
                .filter(|l| l[0] == topic.to_string())
                .collect();
            assert_eq!(words.len(), want.len());
            for (got, want) in words.iter().zip(want) {
                assert_eq!(got.term, want[1]);
                assert!((f64::from(got.cosine) - want[2].parse::<f64>().unwrap()).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn a_draw_repeats_and_depends_on_the_seed() {
        let known = Known::read();
        let few = |seed, n_sampled_docs| KeybertSettings {
            n_sampled_docs,
            n_near_docs: n_sampled_docs,
            seed: Seed(seed),
            ..FEW
        };
        let run = |s| found(&known, s);
        assert_eq!(run(few(1, 2)), run(few(1, 2)));
        assert!((2..20).any(|seed| run(few(seed, 2)) != run(few(1, 2))));
        // As many as there are: nothing is drawn, so the seed is silent.
        assert_eq!(run(few(1, 99)), run(few(2, 99)));
    }

    #[test]
    fn outliers_and_empty_topics_take_no_part() {
        let mut known = Known::read();
        let whole = found(&known, FEW);
        for topic in &mut known.topics {
            *topic = topic.filter(|t| *t != 1);
        }
        let found = found(&known, FEW);
        assert!(found[1].is_empty());
        assert_eq!((&found[0], &found[2]), (&whole[0], &whole[2]));
        known.topics.fill(None);
        let never = |_: &[u32]| -> Result<Matrix<f32>, KeybertError> { unreachable!() };
        let none = keybert(known.input(), FEW, &never, &Silent).unwrap();
        assert!(none.iter().all(Vec::is_empty));
    }

    #[test]
    fn a_word_of_two_languages_stands_once() {
        let mut known = Known::read();
        let before = found(&known, FEW);
        let renamed = |from: &str, to: &str| {
            let terms = known.vocabulary.terms().iter();
            Vocabulary::from_terms(
                terms
                    .map(|t| if t == from { to } else { t }.to_owned())
                    .collect(),
            )
        };
        let (nearest, next) = (before[0][0].term.clone(), before[0][1].term.clone());
        known.vocabulary = renamed(&next, &nearest);
        let after = found(&known, FEW);
        assert_eq!(after[0][0], before[0][0]);
        assert!(after[0][1..].iter().all(|w| w.term != nearest));
        assert_eq!(after[0][1].term, before[0][2].term);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let known = Known::read();
        let narrow = |terms: &[u32]| Ok(Matrix::filled(terms.len(), 1, 0.0));
        assert!(matches!(
            keybert(known.input(), FEW, &narrow, &Silent),
            Err(KeybertError::Embedded { n_cols: 1, .. })
        ));
        let input = KeybertInput {
            topics: &known.topics[1..],
            ..known.input()
        };
        assert!(matches!(
            keybert(input, FEW, &embed(&known.vocabulary), &Silent),
            Err(KeybertError::DocsDiffer { .. })
        ));
    }
}
