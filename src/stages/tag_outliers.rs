//! `tag_outliers`: gives the noise of the clustering tags (after `InsTag`) and a topic by them.
//!
//! First every noise document is tagged, batch by batch; then tags are merged, and documents go to an
//! existing topic or to one made from tags. What no tag can place keeps no topic and is counted.

use std::collections::BTreeMap;

use super::ask::ask_all;
use super::corpus::Corpus;
use super::embed::document_vectors;
use super::settings::Settings;
use super::{Rest, Stage, StageCx, StageError, check_failures, names};
use crate::algo::topics::ctfidf::{CtfidfSettings, ctfidf, top_terms};
use crate::algo::topics::tags::{
    Tag, TagAspect, TagError, TagSettings, TaggedDoc, Target, TopicProfile, assign_outliers,
};
use crate::algo::topics::vocabulary::{VocabularySettings, sum_by_topic};
use crate::annotate::Annotator;
use crate::annotate::answer::{Aspect, Tags};
use crate::annotate::question::Question;
use crate::base::ids::DocId;
use crate::base::language::Language;
use crate::base::matrix::Matrix;
use crate::domain::corpus::Document;
use crate::domain::topic::Assignment;
use crate::store::FailureRecord;

/// Documents in one unit of tagging.
const DOCS_PER_UNIT: usize = 100;

/// Words that stand for a topic when tags are compared with it.
const PROFILE_TERMS: usize = 40;

/// The stage.
pub(super) struct TagOutliers;

impl Stage for TagOutliers {
    fn name(&self) -> &'static str {
        "tag_outliers"
    }

    fn version(&self) -> u32 {
        1
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        names(&["prepare", "embed", "cluster"])
    }

    fn params(&self, settings: &Settings, annotator: &dyn Annotator) -> String {
        format!(
            r#"{{"annotator":"{}","chars":{},"version":{}}}"#,
            annotator.name(),
            settings.map_chars,
            annotator.version()
        )
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        let corpus = Corpus::read(cx.store)?;
        let clusters = cx.store.clusters()?;
        let outliers: Vec<usize> = clusters
            .iter()
            .enumerate()
            .filter(|(_, c)| c.label < 0)
            .map(|(i, _)| i)
            .collect();
        let n_units = outliers.len().div_ceil(DOCS_PER_UNIT);
        let done = cx.store.done_units(cx.run.id)?;
        if done.contains(&(n_units as i64)) {
            return Ok(Rest::Done);
        }
        cx.store
            .write(|unit| unit.put_measure(cx.run.id, "n_units", n_units as f64 + 1.0))?;
        cx.observe.phase("tags");
        let mut tags: Vec<Vec<Tag>> = Vec::with_capacity(outliers.len());
        let (mut n_failed, mut last) = (0, String::new());
        for (number, batch) in outliers.chunks(DOCS_PER_UNIT).enumerate() {
            cx.observe
                .step((number * DOCS_PER_UNIT) as u64, outliers.len() as u64)?;
            let docs: Vec<&Document> = batch.iter().filter_map(|&i| corpus.docs.get(i)).collect();
            let texts: Vec<String> = docs
                .iter()
                .map(|d| corpus.text(d, cx.settings.map_chars))
                .collect();
            let questions: Vec<Question<'_>> = docs
                .iter()
                .zip(&texts)
                .map(|(d, text)| Question::Tag {
                    language: d.language,
                    title: &d.title,
                    text,
                })
                .collect();
            // A batch tagged before a crash answers from the cache.
            let answers = ask_all(cx.store, cx.annotator, &questions, cx.observe)?;
            let mut rows: Vec<(DocId, Vec<(String, String)>)> = Vec::new();
            let mut failures = Vec::new();
            for (doc, asked) in docs.iter().zip(&answers) {
                let parsed = asked.read(Tags::parse);
                let found = parsed.unwrap_or_else(|reason| {
                    last.clone_from(&reason);
                    failures.push(FailureRecord {
                        stage: "tag_outliers".to_owned(),
                        subject: format!("document {}", doc.external_id),
                        reason,
                    });
                    Tags::default()
                });
                rows.push((
                    doc.id,
                    found
                        .0
                        .iter()
                        .map(|t| (t.aspect.code().to_owned(), t.tag.clone()))
                        .collect(),
                ));
                tags.push(
                    found
                        .0
                        .into_iter()
                        .map(|t| tag_of(t.aspect, t.tag, doc.language))
                        .collect(),
                );
            }
            n_failed += failures.len();
            if done.contains(&(number as i64)) {
                continue;
            }
            cx.store.write(|unit| {
                for asked in &answers {
                    asked.keep(unit, cx.annotator)?;
                }
                for (doc, tags) in &rows {
                    unit.insert_tags(cx.run.id, *doc, tags)?;
                }
                for failure in &failures {
                    unit.insert_failure(cx.run.id, failure)?;
                }
                unit.finish_unit(cx.run.id, number as i64)
            })?;
        }
        check_failures(self.name(), outliers.len(), n_failed, &last)?;

        let labels: Vec<Option<usize>> = clusters
            .iter()
            .map(|c| usize::try_from(c.label).ok())
            .collect();
        let assigned = assign(cx, &corpus, &labels, &outliers, tags)?;
        let n_unplaced = assigned.iter().filter(|a| a.is_none()).count();
        let rows: Vec<Assignment> = by_size(&assigned)
            .into_iter()
            .zip(&corpus.docs)
            .zip(&labels)
            .filter_map(|((number, doc), label)| {
                number.map(|number| Assignment {
                    doc: doc.id,
                    number,
                    by_tags: label.is_none(),
                    by_hand: false,
                })
            })
            .collect();
        cx.store.write(|unit| {
            unit.insert_assignments(cx.run.id, &rows)?;
            unit.put_measure(cx.run.id, "n_unplaced", n_unplaced as f64)?;
            unit.finish_unit(cx.run.id, n_units as i64)
        })?;
        Ok(Rest::Done)
    }
}

fn tag_of(aspect: Aspect, text: String, language: Language) -> Tag {
    Tag {
        aspect: match aspect {
            Aspect::Values => TagAspect::Values,
            Aspect::Entities => TagAspect::Entities,
            Aspect::Actions => TagAspect::Actions,
            Aspect::Topics => TagAspect::Topics,
            Aspect::Heritage => TagAspect::Heritage,
        },
        text,
        language,
    }
}

/// Returns for every document its topic, numbered as found.
fn assign(
    cx: &StageCx<'_>,
    corpus: &Corpus,
    labels: &[Option<usize>],
    outliers: &[usize],
    tags: Vec<Vec<Tag>>,
) -> Result<Vec<Option<usize>>, StageError> {
    let n_topics = labels.iter().flatten().max().map_or(0, |m| m + 1);
    let vectors = document_vectors(cx.store)?;
    let single_words = VocabularySettings {
        n_words: (1, 1),
        ..VocabularySettings::default()
    };
    let (vocabulary, rows) =
        corpus.count_terms(cx.settings.map_chars, &single_words, cx.observe)?;
    let weights = ctfidf(
        &sum_by_topic(&rows, labels, n_topics),
        CtfidfSettings::default(),
    );
    let profiles: Vec<TopicProfile> = (0..n_topics)
        .map(|t| TopicProfile {
            terms: weights
                .get(t)
                .map(|w| top_terms(w, &vocabulary, PROFILE_TERMS))
                .unwrap_or_default()
                .into_iter()
                .map(|w| {
                    let language = Language::detect(&w.term);
                    (
                        w.term,
                        if language == Language::Zh {
                            language
                        } else {
                            Language::Other
                        },
                    )
                })
                .collect(),
            vector: Some(mean_vector(&vectors, labels, t)),
        })
        .collect();
    let tagged: Vec<TaggedDoc> = outliers
        .iter()
        .zip(tags)
        .map(|(&i, tags)| TaggedDoc {
            tags,
            vector: Some(vectors.row(i).to_vec()),
        })
        .collect();
    let placed = assign_outliers(
        &tagged,
        None,
        &profiles,
        &TagSettings::default(),
        cx.observe,
    )
    .map_err(|e| match e {
        TagError::Cancelled(_) => StageError::Cancelled,
        other => StageError::Compute {
            stage: "tag_outliers",
            reason: other.to_string(),
        },
    })?;
    let mut out = labels.to_vec();
    for (&i, target) in outliers.iter().zip(&placed.to) {
        if let Some(slot) = out.get_mut(i) {
            *slot = target.map(|t| match t {
                Target::Existing(t) => t,
                Target::New(t) => n_topics + t,
            });
        }
    }
    Ok(out)
}

/// Numbers topics by falling size; equals keep their order.
pub(super) fn by_size(assigned: &[Option<usize>]) -> Vec<Option<usize>> {
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for topic in assigned.iter().flatten() {
        *sizes.entry(*topic).or_default() += 1;
    }
    let mut order: Vec<(usize, usize)> = sizes.into_iter().collect();
    order.sort_by_key(|&(topic, n)| (std::cmp::Reverse(n), topic));
    let number: BTreeMap<usize, usize> = order
        .iter()
        .enumerate()
        .map(|(number, &(topic, _))| (topic, number))
        .collect();
    assigned
        .iter()
        .map(|t| t.and_then(|t| number.get(&t).copied()))
        .collect()
}

/// Returns the mean of the vectors of a topic's documents, of length 1 where it has any.
pub(super) fn mean_vector(
    vectors: &Matrix<f32>,
    topics: &[Option<usize>],
    topic: usize,
) -> Vec<f32> {
    let members = topics
        .iter()
        .enumerate()
        .filter(|(_, t)| **t == Some(topic));
    mean_of(members.map(|(i, _)| vectors.row(i)), vectors.n_cols())
}

/// Returns the mean of some vectors of `n_cols` numbers, of length 1 where there are any.
pub(super) fn mean_of<'v>(rows: impl Iterator<Item = &'v [f32]>, n_cols: usize) -> Vec<f32> {
    let mut sum = vec![0.0f64; n_cols];
    for row in rows {
        for (s, v) in sum.iter_mut().zip(row) {
            *s += f64::from(*v);
        }
    }
    let norm = sum.iter().map(|v| v * v).sum::<f64>().sqrt();
    sum.iter()
        .map(|v| if norm > 0.0 { (v / norm) as f32 } else { 0.0 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_topics_come_first() {
        let assigned = [Some(4), None, Some(2), Some(2), Some(7)];
        assert_eq!(
            by_size(&assigned),
            [Some(1), None, Some(0), Some(0), Some(2)]
        );
    }
}
