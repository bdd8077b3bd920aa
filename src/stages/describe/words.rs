//! The words of topics: counted, weighed, and nearest in meaning. It stores nothing and asks nobody.

use super::{N_KEYBERT, N_MMR};
use crate::algo::topics::ctfidf::{CtfidfSettings, ctfidf, idf};
use crate::algo::topics::keybert::{KeybertError, KeybertInput, KeybertSettings, keybert};
use crate::algo::topics::mmr::{DIVERSITY, choose};
use crate::algo::topics::vocabulary::{TermCounts, Vocabulary, VocabularySettings, sum_by_topic};
use crate::base::language::{Language, is_han};
use crate::base::matrix::Matrix;
use crate::base::observe::Silent;
use crate::domain::corpus::Document;
use crate::domain::topic::TermWeight;
use crate::stages::corpus::Corpus;
use crate::stages::embed::WordEmbedder;
use crate::stages::{StageCx, StageError};

/// Terms of the corpus, counted by document.
pub(in crate::stages) struct Counted {
    /// The terms.
    pub(in crate::stages) vocabulary: Vocabulary,
    rows: Vec<TermCounts>,
}

impl Counted {
    /// Counts the terms of a corpus.
    pub(in crate::stages) fn read(cx: &StageCx<'_>, corpus: &Corpus) -> Result<Self, StageError> {
        cx.observe.phase("counting words");
        let (vocabulary, rows) = corpus.count_terms(
            cx.settings.map_chars,
            &VocabularySettings::default(),
            cx.observe,
        )?;
        Ok(Self { vocabulary, rows })
    }

    /// Weighs terms by topic, over all documents or those of one language.
    pub(in crate::stages) fn weights(
        &self,
        topics: &[Option<usize>],
        n_topics: usize,
        only: Option<(Language, &[Document])>,
    ) -> Vec<Vec<(u32, f64)>> {
        let counts = match only {
            None => sum_by_topic(&self.rows, topics, n_topics),
            Some((language, docs)) => {
                let of_language: Vec<Option<usize>> = topics
                    .iter()
                    .zip(docs)
                    .map(|(t, d)| t.filter(|_| d.language == language))
                    .collect();
                sum_by_topic(&self.rows, &of_language, n_topics)
            }
        };
        ctfidf(&counts, CtfidfSettings::default())
    }

    /// Finds the KeyBERT-style words of every topic.
    ///
    /// # Shapes
    /// - `weights`: what [`Counted::weights`] gives for all documents.
    /// - returns: one list for each topic, the nearest in meaning first.
    pub(super) fn key_words(
        &self,
        cx: &StageCx<'_>,
        docs: &[Document],
        topics: &[Option<usize>],
        vectors: &Matrix<f32>,
        weights: &[Vec<(u32, f64)>],
        embedder: &WordEmbedder,
    ) -> Result<Vec<Vec<String>>, StageError> {
        let settings = KeybertSettings {
            n_words: N_KEYBERT,
            seed: cx.settings.seed,
            ..KeybertSettings::default()
        };
        let languages = self.languages(docs);
        let embed = |terms: &[u32]| {
            let words: Vec<(Language, &str)> = terms
                .iter()
                .map(|&t| {
                    let language = languages.get(t as usize).copied().flatten();
                    (
                        language.unwrap_or(Language::Other),
                        self.vocabulary.term(t).unwrap_or_default(),
                    )
                })
                .collect();
            cx.observe.phase("words nearest in meaning");
            embedder.embed(&words, cx.observe)
        };
        let input = KeybertInput {
            counts: &self.rows,
            topics,
            vectors,
            weights,
            idf: &idf(
                &sum_by_topic(&self.rows, topics, weights.len()),
                settings.ctfidf,
            ),
            vocabulary: &self.vocabulary,
        };
        let found = keybert(input, settings, &embed, cx.observe)?;
        Ok(found
            .into_iter()
            .map(|words| words.into_iter().map(|w| w.term).collect())
            .collect())
    }

    /// Finds the language of every term; terms of two languages never are the same one.
    fn languages(&self, docs: &[Document]) -> Vec<Option<Language>> {
        let mut languages = vec![None; self.vocabulary.len()];
        for (row, doc) in self.rows.iter().zip(docs) {
            for &term in row.keys() {
                if let Some(slot) = languages.get_mut(term as usize) {
                    *slot = Some(doc.language);
                }
            }
        }
        languages
    }
}

impl From<KeybertError> for StageError {
    fn from(error: KeybertError) -> Self {
        match error {
            KeybertError::Cancelled(_) => Self::Cancelled,
            other => Self::Compute {
                stage: "describe",
                reason: other.to_string(),
            },
        }
    }
}

/// Chooses words that fit a topic and differ from each other.
pub(super) fn mmr_terms(
    embedder: &WordEmbedder,
    language: Language,
    terms: &[TermWeight],
    middle: &[f32],
) -> Result<Vec<String>, StageError> {
    let words: Vec<(Language, &str)> = terms
        .iter()
        .map(|w| {
            let is_chinese = w.term.chars().any(is_han);
            // A word's own language is not known; that of most of the topic is the best guess.
            let language = match language {
                _ if is_chinese => Language::Zh,
                Language::Zh => Language::Other,
                other => other,
            };
            (language, w.term.as_str())
        })
        .collect();
    let vectors = embedder.embed(&words, &Silent)?;
    let chosen = choose(&vectors, middle, N_MMR, DIVERSITY).map_err(|e| StageError::Compute {
        stage: "describe",
        reason: e.to_string(),
    })?;
    Ok(chosen
        .into_iter()
        .filter_map(|i| terms.get(i))
        .map(|w| w.term.clone())
        .collect())
}
