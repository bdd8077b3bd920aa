//! Prepares an edit of topics: checks it, and computes what it makes of the topics whose documents it
//! changes, so that reading it back needs no text, vector or count.
//!
//! This answers while somebody waits, so it reads no more of the corpus than it must:
//!
//! - Central documents and spread are exact, as `describe` computes them.
//! - Words of a merged topic are the weights of its parts, averaged by documents. Term frequencies of
//!   the union are just that average, and the other factor of c-TF-IDF does not change; only words
//!   beyond the [`N_TERMS`] kept of a part are missing from it.
//! - Words after a split are c-TF-IDF estimated from a sample of documents of every topic, because
//!   what is common to all topics must be known to tell what is particular to one. Words by maximal
//!   marginal relevance and KeyBERT-style words are left out for the new topic: they need the embedder
//!   fitted to the corpus. A merged topic has those of its parts, taken in turn.
//! - A move of single documents leaves words as they are.
//! - The p-value needs the permutation test over all topics and is left out.

use std::collections::{BTreeMap, BTreeSet};

use super::corpus::Corpus;
use super::describe::{Describe, N_CENTRAL, N_KEYBERT, N_MMR, N_TERMS, closest_to_middle};
use super::embed::vectors_in_force;
use super::settings::Settings;
use super::{Stage, StageError, input_hash};
use crate::algo::topics::ctfidf::{CtfidfSettings, ctfidf, top_terms};
use crate::algo::topics::spread::spread;
use crate::algo::topics::vocabulary::{TermCounts, VocabularySettings, sum_by_topic};
use crate::base::ids::DocId;
use crate::base::observe::Silent;
use crate::domain::corpus::Nation;
use crate::domain::topic::{TermWeight, Topic, position};
use crate::domain::topic_edit::{
    Clustering, DocPlace, EditError, TopicEdit, TopicFacts, check, merged_into, next_number,
};
use crate::store::{MappedMatrix, Store};

/// Documents of each part of a split topic that its words are read from.
const N_SAMPLED: usize = 120;

/// Documents of every other topic that are read beside them.
const N_SAMPLED_OTHERS: usize = 6;

/// Characters of a document that are read: its beginning, where news says what it is about.
const SAMPLE_CHARS: usize = 600;

/// Why an edit cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The project has no topics.
    #[error("the project has no topics yet; `meridian run PROJECT --to describe` makes them")]
    NoTopics,
    /// Another clustering is on its way.
    #[error("the topics are out of date; let the pipeline make them again, then edit them")]
    OutOfDate,
    /// The edit makes no sense.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The project's files refused, or a computation.
    #[error(transparent)]
    Stage(#[from] StageError),
}

impl From<crate::store::StoreError> for PrepareError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Stage(error.into())
    }
}

/// An edit ready to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct PreparedEdit {
    /// The clustering it was prepared on.
    pub of: Clustering,
    /// The edit, tidied.
    pub edit: TopicEdit,
    /// What it makes of the topics whose documents it changes.
    pub facts: Vec<TopicFacts>,
    /// What it does, to stand after "Undo".
    pub sentence: String,
}

/// Checks an edit and computes what it makes of the topics.
///
/// # Errors
/// [`PrepareError`].
///
/// # Cost
/// One pass over the identities, nations and assignments of all documents; for a split also the words
/// of some hundred documents. Well below 100 ms at ten thousand documents.
pub fn prepare(
    store: &Store,
    settings: &Settings,
    edit: TopicEdit,
) -> Result<PreparedEdit, PrepareError> {
    let edit = edit.tidy();
    let of = store.clustering()?.ok_or(PrepareError::NoTopics)?;
    // Between a new clustering and its topics, numbers of the one do not name the other.
    let describe = store.current_run("describe")?;
    if describe.map(|r| r.input_hash) != Some(input_hash(store, &Describe.reads(settings))?) {
        return Err(PrepareError::OutOfDate);
    }
    let raw = store.raw_topics()?;
    let steps = store.topic_steps()?;
    let topics = store.topics()?;
    let next = next_number(&raw, &steps);
    let merged = merged_into(&steps);
    let facts = if edit.regroups() {
        let ground = Ground::read(store, topics)?;
        check(&edit, &ground.topics, &merged, next, |doc| {
            ground.place_of(doc)
        })?;
        ground.facts(store, settings, &edit, next)?
    } else {
        check(&edit, &topics, &merged, next, |_| DocPlace::Unknown)?;
        Vec::new()
    };
    Ok(PreparedEdit {
        of,
        sentence: edit.sentence(next),
        edit,
        facts,
    })
}

/// What edits that change groups are computed from.
struct Ground {
    topics: Vec<Topic>,
    /// Every document with its nation, by identity: a position here is its row of vectors.
    docs: Vec<(DocId, Nation)>,
    /// Number of each document's topic.
    topic: Vec<Option<usize>>,
    vectors: Option<MappedMatrix>,
}

impl Ground {
    fn read(store: &Store, topics: Vec<Topic>) -> Result<Self, PrepareError> {
        let docs = store.nations_of_documents()?;
        let mut topic = vec![None; docs.len()];
        let mut rows = docs.iter().zip(&mut topic);
        for a in store.assignments()? {
            // Both are in order of identity.
            if let Some((_, slot)) = rows.find(|((doc, _), _)| *doc == a.doc) {
                *slot = Some(a.number);
            }
        }
        let vectors = vectors_in_force(store)?;
        Ok(Self {
            // Vectors of another corpus than the present one say nothing of it.
            vectors: vectors.filter(|v| v.n_rows() == docs.len()),
            topics,
            docs,
            topic,
        })
    }

    fn row_of(&self, doc: DocId) -> Option<usize> {
        self.docs.binary_search_by_key(&doc, |d| d.0).ok()
    }

    fn place_of(&self, doc: DocId) -> DocPlace {
        match self.row_of(doc).and_then(|row| self.topic.get(row)) {
            None => DocPlace::Unknown,
            Some(None) => DocPlace::NoTopic,
            Some(Some(number)) => DocPlace::Topic(*number),
        }
    }

    fn rows_of(&self, docs: &[DocId]) -> BTreeSet<usize> {
        docs.iter().filter_map(|d| self.row_of(*d)).collect()
    }

    fn facts(
        &self,
        store: &Store,
        settings: &Settings,
        edit: &TopicEdit,
        next: usize,
    ) -> Result<Vec<TopicFacts>, PrepareError> {
        let mut after = self.topic.clone();
        let mut put = |rows: &BTreeSet<usize>, to: Option<usize>| {
            for &row in rows {
                if let Some(slot) = after.get_mut(row) {
                    *slot = to;
                }
            }
        };
        match edit {
            TopicEdit::Merge { into, from } => {
                for slot in after.iter_mut().flatten() {
                    if from.contains(slot) {
                        *slot = *into;
                    }
                }
                let parts: Vec<(&Topic, usize)> = std::iter::once(into)
                    .chain(from)
                    .filter_map(|&number| self.topics.get(position(&self.topics, number)?))
                    .map(|t| {
                        (
                            t,
                            self.topic.iter().filter(|n| **n == Some(t.number)).count(),
                        )
                    })
                    .collect();
                let taken_in_turn = |of: fn(&Topic) -> &[String], n: usize| {
                    let lists: Vec<&[String]> = parts.iter().map(|(t, _)| of(t)).collect();
                    interleaved(&lists, n)
                };
                Ok(vec![TopicFacts {
                    terms: merged_terms(&parts),
                    mmr_terms: taken_in_turn(|t| &t.mmr_terms, N_MMR),
                    keybert_terms: taken_in_turn(|t| &t.keybert_terms, N_KEYBERT),
                    ..self.measured(*into, &after)
                }])
            }
            TopicEdit::Split { topic, docs, .. } => {
                put(&self.rows_of(docs), Some(next));
                if !after.contains(&Some(*topic)) {
                    return Err(EditError::WholeTopic { topic: *topic }.into());
                }
                let words = words_after_split(self, store, settings, &after, [*topic, next])?;
                let [of_rest, of_new] = words;
                let mut rest = self.with_words_as_before(*topic, &after);
                // Too little text to tell words from leaves those there were.
                if !of_rest.is_empty() {
                    rest.terms = of_rest;
                }
                Ok(vec![
                    rest,
                    TopicFacts {
                        terms: of_new,
                        ..self.measured(next, &after)
                    },
                ])
            }
            TopicEdit::MoveDocs { docs, to } => {
                let rows = self.rows_of(docs);
                let mut numbers: BTreeSet<usize> = rows
                    .iter()
                    .filter_map(|&row| self.topic.get(row).copied().flatten())
                    .collect();
                numbers.extend(to);
                put(&rows, *to);
                Ok(numbers
                    .into_iter()
                    .map(|number| self.with_words_as_before(number, &after))
                    .collect())
            }
            TopicEdit::Rename { .. } | TopicEdit::Overrule { .. } => Ok(Vec::new()),
        }
    }

    /// Measures a topic that keeps the words it had.
    fn with_words_as_before(&self, number: usize, topic: &[Option<usize>]) -> TopicFacts {
        let mut facts = self.measured(number, topic);
        let before = position(&self.topics, number).and_then(|i| self.topics.get(i));
        if let Some(before) = before {
            facts.terms.clone_from(&before.terms);
            facts.mmr_terms.clone_from(&before.mmr_terms);
            facts.keybert_terms.clone_from(&before.keybert_terms);
        }
        facts
    }

    /// Measures central documents and spread of a topic; its words are left empty.
    fn measured(&self, number: usize, topic: &[Option<usize>]) -> TopicFacts {
        let members: Vec<usize> = topic
            .iter()
            .enumerate()
            .filter(|(_, t)| **t == Some(number))
            .map(|(row, _)| row)
            .collect();
        let mut n_in_all: BTreeMap<Nation, usize> = BTreeMap::new();
        for (_, nation) in &self.docs {
            *n_in_all.entry(*nation).or_default() += 1;
        }
        let mut n_in_topic: BTreeMap<Nation, usize> = n_in_all.keys().map(|n| (*n, 0)).collect();
        for &row in &members {
            if let Some(n) = self.docs.get(row).and_then(|d| n_in_topic.get_mut(&d.1)) {
                *n += 1;
            }
        }
        let s = spread(
            &n_in_topic.into_values().collect::<Vec<_>>(),
            &n_in_all.into_values().collect::<Vec<_>>(),
        );
        let central = match &self.vectors {
            Some(v) => {
                let (values, n_cols) = (v.values(), v.n_cols());
                let row = |i: usize| values.get(i * n_cols..(i + 1) * n_cols).unwrap_or(&[]);
                closest_to_middle(&members, row, n_cols)
            }
            None => evenly(&members, N_CENTRAL),
        };
        TopicFacts {
            number,
            terms: Vec::new(),
            mmr_terms: Vec::new(),
            keybert_terms: Vec::new(),
            central_docs: central
                .into_iter()
                .filter_map(|row| self.docs.get(row))
                .map(|d| d.0)
                .collect(),
            spread_entropy: s.entropy,
            divergence_nats: s.divergence_nats,
        }
    }
}

/// Averages the words of topics by their documents.
fn merged_terms(parts: &[(&Topic, usize)]) -> Vec<TermWeight> {
    let n_docs: usize = parts.iter().map(|(_, n)| n).sum();
    let mut weights: BTreeMap<&str, f64> = BTreeMap::new();
    for (topic, n) in parts {
        let share = *n as f64 / n_docs.max(1) as f64;
        for t in &topic.terms {
            *weights.entry(&t.term).or_default() += share * t.weight;
        }
    }
    let mut terms: Vec<TermWeight> = weights
        .into_iter()
        .map(|(term, weight)| TermWeight {
            term: term.to_owned(),
            weight,
        })
        .collect();
    terms.sort_by(|a, b| {
        b.weight
            .total_cmp(&a.weight)
            .then_with(|| a.term.cmp(&b.term))
    });
    terms.truncate(N_TERMS);
    terms
}

/// Takes from each list in turn, without repeats, at most `n`.
fn interleaved(lists: &[&[String]], n: usize) -> Vec<String> {
    let longest = lists.iter().map(|l| l.len()).max().unwrap_or(0);
    let mut out: Vec<String> = Vec::new();
    for i in 0..longest {
        for item in lists.iter().filter_map(|l| l.get(i)) {
            if out.len() < n && !out.contains(item) {
                out.push(item.clone());
            }
        }
    }
    out
}

/// Returns at most `n` of the items at even distances.
fn evenly(items: &[usize], n: usize) -> Vec<usize> {
    let n = n.min(items.len());
    (0..n)
        .filter_map(|i| items.get(i * items.len() / n))
        .copied()
        .collect()
}

/// Estimates the words of both parts of a split topic.
fn words_after_split(
    ground: &Ground,
    store: &Store,
    settings: &Settings,
    after: &[Option<usize>],
    parts: [usize; 2],
) -> Result<[Vec<TermWeight>; 2], PrepareError> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, number) in after.iter().enumerate() {
        if let Some(number) = number {
            members.entry(*number).or_default().push(row);
        }
    }
    // Topics by position: the two parts first, then all others.
    let mut order: Vec<usize> = parts.to_vec();
    order.extend(members.keys().filter(|n| !parts.contains(n)));
    let mut sampled: BTreeMap<DocId, usize> = BTreeMap::new();
    let mut scale = Vec::with_capacity(order.len());
    for (class, number) in order.iter().enumerate() {
        let of_topic = members.get(number).map_or(&[][..], Vec::as_slice);
        let n = if parts.contains(number) {
            N_SAMPLED
        } else {
            N_SAMPLED_OTHERS
        };
        let rows = evenly(of_topic, n);
        scale.push(of_topic.len() as f64 / rows.len().max(1) as f64);
        sampled.extend(
            rows.iter()
                .filter_map(|&row| ground.docs.get(row))
                .map(|d| (d.0, class)),
        );
    }
    let ids: Vec<DocId> = sampled.keys().copied().collect();
    let corpus = Corpus::of(store, &ids)?;
    let (vocabulary, rows) = corpus
        .count_terms(
            settings.map_chars.min(SAMPLE_CHARS),
            &VocabularySettings::default(),
            &Silent,
        )
        .map_err(StageError::from)?;
    let classes: Vec<Option<usize>> = corpus
        .docs
        .iter()
        .map(|d| sampled.get(&d.id).copied())
        .collect();
    // A topic counts by its documents, not by how many of them were read.
    let counts: Vec<TermCounts> = sum_by_topic(&rows, &classes, order.len())
        .into_iter()
        .zip(&scale)
        .map(|(row, scale)| {
            row.into_iter()
                .map(|(term, n)| (term, (f64::from(n) * scale).round() as u32))
                .collect()
        })
        .collect();
    let weights = ctfidf(&counts, CtfidfSettings::default());
    Ok([0, 1].map(|part| {
        weights
            .get(part)
            .map(|w| top_terms(w, &vocabulary, N_TERMS))
            .unwrap_or_default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_lie_at_even_distances() {
        assert_eq!(evenly(&[4, 5, 6, 7, 8, 9], 3), [4, 6, 8]);
        assert_eq!(evenly(&[4, 5], 3), [4, 5]);
        assert!(evenly(&[], 3).is_empty());
    }

    #[test]
    fn lists_are_taken_in_turn() {
        let (a, b) = (
            ["x", "y"].map(str::to_owned),
            ["x", "z", "w"].map(str::to_owned),
        );
        assert_eq!(interleaved(&[&a, &b], 3), ["x", "y", "z"]);
        assert!(interleaved(&[], 3).is_empty());
    }
}
