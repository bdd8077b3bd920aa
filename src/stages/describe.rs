//! `describe`: words, label and spread of every topic.
//!
//! c-TF-IDF, KeyBERT-style words and maximal marginal relevance stand side by side; the label is asked of
//! the annotator in the language most of the topic's documents share, from the words of those documents
//! alone.

mod words;

use std::collections::BTreeMap;

use super::ask::{Asked, ask_all};
use super::corpus::Corpus;
use super::embed::{WordEmbedder, document_vectors};
use super::settings::Settings;
use super::tag_outliers::{mean_of, mean_vector};
use super::{Rest, Stage, StageCx, StageError, WHOLE, check_failures, names};
use crate::algo::topics::ctfidf::top_terms;
use crate::algo::topics::mmr::DIVERSITY;
use crate::algo::topics::spread::{PermutationSettings, SpreadDoc, spread, test_spread};
use crate::annotate::Annotator;
use crate::annotate::answer::Label;
use crate::annotate::question::Question;
use crate::base::ids::DocId;
use crate::base::language::Language;
use crate::base::matrix::Matrix;
use crate::base::observe::{Cancelled, Observe};
use crate::domain::corpus::{Document, Nation, PartialDate};
use crate::domain::topic::TermWeight;
use crate::store::{FailureRecord, NewTopic};
pub(super) use words::Counted;
use words::mmr_terms;

/// Words kept per topic.
pub(super) const N_TERMS: usize = 15;

/// Words that maximal marginal relevance chooses from.
const N_CANDIDATES: usize = 30;

/// Words it chooses.
pub(super) const N_MMR: usize = 10;

/// KeyBERT-style words kept per topic.
pub(super) const N_KEYBERT: usize = 10;

/// Documents kept as closest to the topic's middle.
pub(super) const N_CENTRAL: usize = 12;

/// Headlines shown to the annotator with the words of a topic.
const N_LABEL_SAMPLES: usize = 8;

/// The stage.
pub(super) struct Describe;

impl Stage for Describe {
    fn name(&self) -> &'static str {
        "describe"
    }

    fn version(&self) -> u32 {
        2
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        names(&["prepare", "embed", "tag_outliers"])
    }

    fn params(&self, settings: &Settings, annotator: &dyn Annotator) -> String {
        format!(
            r#"{{"annotator":"{}","chars":{},"diversity":{DIVERSITY:?},"version":{}}}"#,
            annotator.name(),
            settings.map_chars,
            annotator.version()
        )
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        if cx.whole_is_done()? {
            return Ok(Rest::Done);
        }
        let corpus = Corpus::read(cx.store)?;
        // Edits belong to the run they were made on; this one begins without any.
        let by_doc: BTreeMap<DocId, usize> = cx
            .store
            .raw_assignments()?
            .iter()
            .map(|a| (a.doc, a.number))
            .collect();
        let topics: Vec<Option<usize>> = corpus
            .docs
            .iter()
            .map(|d| by_doc.get(&d.id).copied())
            .collect();
        let n_topics = topics.iter().flatten().max().map_or(0, |m| m + 1);
        let vectors = document_vectors(cx.store)?;
        let counted = Counted::read(cx, &corpus)?;
        let all = counted.weights(&topics, n_topics, None);
        let members = members_of(&topics, n_topics);
        let central = central_docs(&vectors, &members, cx.observe)?;

        let asks = label_asks(&counted, &corpus.docs, &topics, &central);
        let questions: Vec<Question<'_>> = asks.iter().map(LabelAsk::question).collect();
        cx.observe.phase("labels");
        let answers = ask_all(cx.store, cx.annotator, &questions, cx.observe)?;

        // Spread.
        let nations: Vec<Nation> = cx
            .store
            .n_documents_by_nation()?
            .into_iter()
            .map(|(n, _)| n)
            .collect();
        let spreads = Spreads::measure(cx, &corpus.docs, &topics, n_topics, &nations)?;

        let embedder = WordEmbedder::read(cx, &corpus)?;
        let key_words = counted.key_words(cx, &corpus.docs, &topics, &vectors, &all, &embedder)?;
        cx.observe.phase("words");
        let mut rows = Vec::with_capacity(n_topics);
        let mut failures = Vec::new();
        for (t, asked) in answers.iter().enumerate() {
            cx.observe.step(t as u64, n_topics as u64)?;
            let weights = all.get(t).map_or(&[][..], Vec::as_slice);
            let terms = top_terms(weights, &counted.vocabulary, N_CANDIDATES);
            let label = read_label(asked, &terms).unwrap_or_else(|(words, reason)| {
                failures.push(FailureRecord {
                    stage: self.name().to_owned(),
                    subject: format!("label of topic {t}"),
                    reason,
                });
                words
            });
            let language = asks.get(t).map_or(Language::Other, |a| a.language);
            let middle = mean_vector(&vectors, &topics, t);
            let mmr_terms = mmr_terms(&embedder, language, &terms, &middle)?;
            let (entropy, divergence_nats, p_value) = spreads.of(t);
            rows.push(NewTopic {
                number: t,
                label,
                keybert_terms: key_words.get(t).cloned().unwrap_or_default(),
                mmr_terms,
                terms: terms.into_iter().take(N_TERMS).collect(),
                central_docs: central
                    .get(t)
                    .map_or(&[][..], Vec::as_slice)
                    .iter()
                    .filter_map(|&i| corpus.docs.get(i))
                    .map(|d| d.id)
                    .collect(),
                spread_entropy: entropy,
                divergence_nats,
                p_value,
            });
        }
        check_labels(cx, self.name(), &answers, &failures)?;
        cx.store.write(|unit| {
            for asked in &answers {
                asked.keep(unit, cx.annotator)?;
            }
            for topic in &rows {
                unit.insert_topic(cx.run.id, topic)?;
            }
            for failure in &failures {
                unit.insert_failure(cx.run.id, failure)?;
            }
            unit.finish_unit(cx.run.id, WHOLE)
        })?;
        Ok(Rest::Done)
    }
}

/// What the annotator is asked about a topic: words and headlines in the language that most of its
/// documents share.
pub(super) struct LabelAsk {
    /// That language.
    pub(super) language: Language,
    terms: Vec<String>,
    samples: Vec<String>,
}

impl LabelAsk {
    /// Returns the question.
    pub(super) fn question(&self) -> Question<'_> {
        Question::Label {
            language: self.language,
            terms: &self.terms,
            samples: &self.samples,
        }
    }
}

/// Gathers what is asked about each topic; `central` are its documents closest to its middle.
pub(super) fn label_asks(
    counted: &Counted,
    docs: &[Document],
    topics: &[Option<usize>],
    central: &[Vec<usize>],
) -> Vec<LabelAsk> {
    let n_topics = central.len();
    let languages = majority_languages(docs, topics, n_topics);
    let mut own: BTreeMap<Language, Vec<Vec<(u32, f64)>>> = BTreeMap::new();
    for &language in &languages {
        own.entry(language)
            .or_insert_with(|| counted.weights(topics, n_topics, Some((language, docs))));
    }
    languages
        .into_iter()
        .zip(central)
        .enumerate()
        .map(|(t, (language, central))| {
            let weights = own.get(&language).and_then(|w| w.get(t));
            let terms = weights.map_or_else(Vec::new, |w| {
                top_terms(w, &counted.vocabulary, N_TERMS)
                    .into_iter()
                    .map(|w| w.term)
                    .collect()
            });
            let samples = central
                .iter()
                .filter_map(|&i| docs.get(i))
                .filter(|d| d.language == language)
                .take(N_LABEL_SAMPLES)
                .map(|d| d.title.clone())
                .collect();
            LabelAsk {
                language,
                terms,
                samples,
            }
        })
        .collect()
}

/// Reads a label, or makes one of the topic's first words and says why.
pub(super) fn read_label(asked: &Asked, terms: &[TermWeight]) -> Result<String, (String, String)> {
    asked.read(Label::parse).map(|l| l.text).map_err(|reason| {
        let words: Vec<&str> = terms.iter().take(2).map(|w| w.term.as_str()).collect();
        (words.join(" · "), reason)
    })
}

/// Fails the stage where too many labels did, before their unit is written, so that a retry makes the unit
/// again. Labels that can be read are kept and not asked for twice.
pub(super) fn check_labels(
    cx: &mut StageCx<'_>,
    stage: &'static str,
    answers: &[Asked],
    failures: &[FailureRecord],
) -> Result<(), StageError> {
    let last = failures.last().map_or("", |f| f.reason.as_str());
    let checked = check_failures(stage, answers.len(), failures.len(), last);
    if checked.is_err() {
        cx.store.write(|unit| {
            let mut readable = answers.iter().filter(|a| a.read(Label::parse).is_ok());
            readable.try_for_each(|asked| asked.keep(unit, cx.annotator))
        })?;
    }
    checked
}

/// Returns the language of most documents of each topic; English where it has a third, since labels of
/// topics that several languages share are then read by most.
fn majority_languages(
    docs: &[Document],
    topics: &[Option<usize>],
    n_topics: usize,
) -> Vec<Language> {
    let mut counts: Vec<BTreeMap<Language, usize>> = vec![BTreeMap::new(); n_topics];
    for (doc, topic) in docs.iter().zip(topics) {
        if let Some(slot) = topic.and_then(|t| counts.get_mut(t)) {
            *slot.entry(doc.language).or_default() += 1;
        }
    }
    counts
        .iter()
        .map(|by| {
            let n: usize = by.values().sum();
            if by.get(&Language::En).is_some_and(|&en| en * 3 >= n) {
                return Language::En;
            }
            by.iter()
                .max_by_key(|(l, n)| (**n, std::cmp::Reverse(**l)))
                .map_or(Language::Other, |(l, _)| *l)
        })
        .collect()
}

/// Returns the documents of each topic, in rising order.
pub(super) fn members_of(topics: &[Option<usize>], n_topics: usize) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); n_topics];
    for (i, topic) in topics.iter().enumerate() {
        if let Some(of_topic) = topic.and_then(|t| members.get_mut(t)) {
            of_topic.push(i);
        }
    }
    members
}

/// Returns the documents of each topic closest to its middle, closest first.
///
/// # Errors
/// [`Cancelled`] between topics.
pub(super) fn central_docs(
    vectors: &Matrix<f32>,
    members: &[Vec<usize>],
    observe: &dyn Observe,
) -> Result<Vec<Vec<usize>>, Cancelled> {
    observe.phase("middles of topics");
    let mut out = Vec::with_capacity(members.len());
    for (t, of_topic) in members.iter().enumerate() {
        observe.step(t as u64, members.len() as u64)?;
        let row = |i| vectors.row(i);
        out.push(closest_to_middle(of_topic, row, vectors.n_cols()));
    }
    Ok(out)
}

/// Returns the members closest to the middle of them all, closest first.
pub(super) fn closest_to_middle<'v>(
    members: &[usize],
    row: impl Fn(usize) -> &'v [f32],
    n_cols: usize,
) -> Vec<usize> {
    let middle = mean_of(members.iter().map(|&i| row(i)), n_cols);
    let mut scored: Vec<(f32, usize)> = members
        .iter()
        .map(|&i| (row(i).iter().zip(&middle).map(|(a, b)| a * b).sum(), i))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scored.truncate(N_CENTRAL);
    scored.into_iter().map(|(_, i)| i).collect()
}

/// Spread of every topic over nations.
struct Spreads {
    n_in_topic: Vec<Vec<usize>>,
    n_in_all: Vec<usize>,
    p_values: Vec<Option<f64>>,
}

impl Spreads {
    fn measure(
        cx: &StageCx<'_>,
        docs: &[Document],
        topics: &[Option<usize>],
        n_topics: usize,
        nations: &[Nation],
    ) -> Result<Self, StageError> {
        let mut n_in_topic = vec![vec![0; nations.len()]; n_topics];
        let mut n_in_all = vec![0; nations.len()];
        let mut strata: BTreeMap<(Option<&str>, &str), u64> = BTreeMap::new();
        let mut n_strata = 0u64;
        let mut nations_of_source: BTreeMap<&str, Vec<Nation>> = BTreeMap::new();
        for doc in docs {
            let of = nations_of_source.entry(&doc.source).or_default();
            if !of.contains(&doc.nation) {
                of.push(doc.nation);
            }
        }
        // Where every outlet belongs to one nation, source × month strata cannot change places with
        // another nation's; months alone can, and the screen says which of the two was done.
        let by_source = nations_of_source.values().any(|n| n.len() > 1);
        let mut rows = Vec::with_capacity(docs.len());
        for (doc, topic) in docs.iter().zip(topics) {
            let nation = nations.binary_search(&doc.nation).unwrap_or(0);
            if let Some(n) = n_in_all.get_mut(nation) {
                *n += 1;
            }
            if let Some(n) = topic
                .and_then(|t| n_in_topic.get_mut(t))
                .and_then(|row: &mut Vec<usize>| row.get_mut(nation))
            {
                *n += 1;
            }
            let month = doc.date.as_ref().and_then(PartialDate::year_month);
            let next = n_strata;
            // A document without a month has nobody to change places with.
            let stratum = match month {
                Some(month) => *strata
                    .entry((by_source.then_some(doc.source.as_str()), month))
                    .or_insert(next),
                None => next,
            };
            n_strata += u64::from(stratum == next);
            rows.push(SpreadDoc {
                topic: *topic,
                nation,
                stratum,
            });
        }
        let settings = PermutationSettings {
            seed: cx.settings.seed,
            ..PermutationSettings::default()
        };
        let tests = test_spread(&rows, n_topics, nations.len(), settings, cx.observe)?;
        Ok(Self {
            n_in_topic,
            n_in_all,
            p_values: tests.into_iter().map(|t| t.map(|t| t.p_adjusted)).collect(),
        })
    }

    fn of(&self, topic: usize) -> (f64, f64, Option<f64>) {
        let none = Vec::new();
        let s = spread(self.n_in_topic.get(topic).unwrap_or(&none), &self.n_in_all);
        (
            s.entropy,
            s.divergence_nats,
            self.p_values.get(topic).copied().flatten(),
        )
    }
}
