//! `source_maps`: one map per nation or outlet, each with a space, clusters and topics of its own, and the
//! topics matched between every two of them.
//!
//! It is asked for by itself and no part of the pipeline: nothing that comes after reads it. Each part is
//! one unit of work; the last unit matches. People rule on the matches; no map is changed by that.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::ask::ask_all;
use super::corpus::Corpus;
use super::describe::{
    Counted, LabelAsk, N_CENTRAL, N_TERMS, central_docs, check_labels, label_asks, members_of,
    read_label,
};
use super::embed::document_vectors;
use super::layout::{Layouts, lay_out};
use super::settings::Settings;
use super::tag_outliers::by_size;
use super::{Rest, Stage, StageCx, StageError, names};
use crate::algo::map::MapError;
use crate::algo::map::hdbscan::{HdbscanSettings, hdbscan};
use crate::algo::topics::ctfidf::top_terms;
use crate::algo::topics::matching::{MatchError, MatchSettings, TopicProfile, match_topics};
use crate::annotate::Annotator;
use crate::base::ids::{DocId, RunId};
use crate::base::matrix::Matrix;
use crate::base::seed::Seed;
use crate::domain::columns::NO_TOPIC;
use crate::domain::corpus::Document;
use crate::domain::source_map::{MapsPer, PartMatch, PartName, PartTopic, TopicPlace};
use crate::store::{FailureRecord, NewPart, Store, StoreError};

/// Documents that a part needs at least for a map of its own: with fewer, twice the neighbors that UMAP looks
/// at are nearly all of them, and a cluster is a handful.
const MIN_DOCS: usize = 30;

/// Parts that get a map at most, those of most documents: every two are matched, so that matches grow with
/// the square of the parts, and nobody rules on those of a thousand outlets.
const MAX_PARTS: usize = 40;

/// Returns the name of the positions of a part's documents on the screen, by rising identity.
pub fn positions_name(part: usize) -> String {
    format!("part-{part}")
}

/// Returns the name of the mean vectors of a part's topics, by number.
fn means_name(part: usize) -> String {
    format!("part-{part}-topics")
}

/// The stage.
pub(super) struct SourceMaps;

impl Stage for SourceMaps {
    fn name(&self) -> &'static str {
        "source_maps"
    }

    fn version(&self) -> u32 {
        1
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        names(&["prepare", "embed"])
    }

    fn params(&self, settings: &Settings, annotator: &dyn Annotator) -> String {
        let size = |n: Option<usize>| n.map_or_else(|| "null".to_owned(), |n| n.to_string());
        format!(
            r#"{{"annotator":"{}","chars":{},"max_parts":{MAX_PARTS},"min_cluster_size":{},"min_dist":{:?},"min_docs":{MIN_DOCS},"min_samples":{},"min_score":{:?},"n_components":{},"n_neighbors":{},"per":"{}","preset":"{}","version":{}}}"#,
            annotator.name(),
            settings.map_chars,
            size(settings.min_cluster_size),
            settings.min_dist,
            size(settings.min_samples),
            MatchSettings::default().min_score,
            settings.n_components,
            settings.n_neighbors,
            settings.maps_per.code(),
            settings.preset.code(),
            annotator.version()
        )
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        let corpus = Corpus::read(cx.store)?;
        let vectors = document_vectors(cx.store)?;
        let parts = parts_of(&corpus.docs, cx.settings.maps_per);
        let n_units = parts.len() as f64 + 1.0;
        let done = cx.store.done_units(cx.run.id)?;
        if done.is_empty() {
            cx.store
                .write(|unit| unit.put_measure(cx.run.id, "n_units", n_units))?;
        }
        let sizes: Vec<usize> = parts.iter().map(|(_, rows)| rows.len()).collect();
        let mapped = largest(&sizes, MAX_PARTS);
        for (number, (name, rows)) in parts.iter().enumerate() {
            if done.contains(&(number as i64)) {
                continue;
            }
            let needed = MIN_DOCS.max(2 * cx.settings.n_neighbors);
            if rows.len() < needed {
                let reason = format!(
                    "it has {} documents, a map of its own needs {needed}",
                    rows.len()
                );
                skip(cx, number, name, reason)?;
                continue;
            }
            if !mapped.contains(&number) {
                let reason = format!(
                    "it has {} documents and is not among the {MAX_PARTS} with most, which alone are mapped",
                    rows.len()
                );
                skip(cx, number, name, reason)?;
                continue;
            }
            let part = Part {
                number,
                name,
                corpus: corpus.part(rows),
                x: vectors.select_rows(rows),
                n_all: corpus.docs.len(),
            };
            match make_part(cx, &part) {
                // One part that cannot be laid out does not stop the others.
                Err(StageError::Compute { reason, .. }) => skip(cx, number, name, reason)?,
                other => other?,
            }
        }
        if !done.contains(&(parts.len() as i64)) {
            match_parts(cx, parts.len())?;
        }
        Ok(Rest::Done)
    }
}

/// Returns the parts in the order of the paper's nations, each with the places of its documents.
fn parts_of(docs: &[Document], per: MapsPer) -> Vec<(PartName, Vec<usize>)> {
    let mut parts: BTreeMap<_, (PartName, Vec<usize>)> = BTreeMap::new();
    for (i, doc) in docs.iter().enumerate() {
        let outlet = (per == MapsPer::Outlet).then(|| doc.source.clone());
        let name = PartName {
            nation: doc.nation,
            outlet: outlet.clone(),
        };
        parts
            .entry((doc.nation.paper_order(), outlet))
            .or_insert_with(|| (name, Vec::new()))
            .1
            .push(i);
    }
    parts.into_values().collect()
}

/// Returns the numbers of the largest parts, of equal ones the earlier.
fn largest(sizes: &[usize], n_parts: usize) -> BTreeSet<usize> {
    let mut numbers: Vec<usize> = (0..sizes.len()).collect();
    numbers.sort_by_key(|&number| Reverse(sizes.get(number)));
    numbers.into_iter().take(n_parts).collect()
}

fn matrix(n_rows: usize, n_cols: usize, values: Vec<f32>) -> Result<Matrix<f32>, StageError> {
    Matrix::from_values(n_rows, n_cols, values).map_err(|e| compute(&e))
}

fn compute(error: &dyn std::fmt::Display) -> StageError {
    StageError::Compute {
        stage: "source_maps",
        reason: error.to_string(),
    }
}

fn map_error(error: MapError) -> StageError {
    super::layout::map_error("source_maps", error)
}

/// Stores that a part has no map, and why.
fn skip(
    cx: &mut StageCx<'_>,
    number: usize,
    name: &PartName,
    reason: String,
) -> Result<(), StageError> {
    let failure = FailureRecord {
        stage: "source_maps".to_owned(),
        subject: format!("map of {name}"),
        reason,
    };
    cx.store.write(|unit| {
        unit.insert_failure(cx.run.id, &failure)?;
        unit.finish_unit(cx.run.id, number as i64)?;
        Ok(())
    })
}

/// A part about to be laid out.
struct Part<'a> {
    number: usize,
    name: &'a PartName,
    corpus: Corpus,
    /// Vectors of its documents.
    x: Matrix<f32>,
    /// Documents of the whole corpus.
    n_all: usize,
}

/// Lays one part out, clusters it, describes its topics and stores all of it as one unit.
fn make_part(cx: &mut StageCx<'_>, part: &Part<'_>) -> Result<(), StageError> {
    let Part {
        number,
        name,
        corpus,
        x,
        n_all,
    } = part;
    let number = *number;
    // A stream of its own by the part's name, so that no part depends on which others there are.
    let seed = Seed(
        cx.settings
            .seed
            .stream(&format!("source map of {name}"))
            .next_u64(),
    );
    let Layouts { layout, screen, .. } =
        lay_out(x, cx.settings, seed, cx.observe).map_err(map_error)?;
    let (min_cluster_size, min_samples) = cx.settings.part_cluster_sizes(corpus.docs.len(), *n_all);
    let settings = HdbscanSettings {
        min_cluster_size,
        min_samples: Some(min_samples),
        ..HdbscanSettings::default()
    };
    let clustering = hdbscan(&layout, &settings, cx.observe).map_err(map_error)?;
    let labels: Vec<Option<usize>> = clustering
        .labels
        .iter()
        .map(|l| usize::try_from(*l).ok())
        .collect();
    let topics = by_size(&labels);
    let n_topics = topics.iter().flatten().max().map_or(0, |t| t + 1);
    let members = members_of(&topics, n_topics);
    let central = central_docs(x, &members, cx.observe)?;

    let counted = Counted::read(cx, corpus)?;
    let weights = counted.weights(&topics, n_topics, None);
    let asks = label_asks(&counted, &corpus.docs, &topics, &central);
    let questions: Vec<_> = asks.iter().map(LabelAsk::question).collect();
    cx.observe.phase("labels");
    let answers = ask_all(cx.store, cx.annotator, &questions, cx.observe)?;
    cx.observe.phase("words");
    let mut described = Vec::with_capacity(n_topics);
    let mut failures = Vec::new();
    for (t, (asked, ask)) in answers.iter().zip(&asks).enumerate() {
        cx.observe.step(t as u64, n_topics as u64)?;
        let own = weights.get(t).map_or(&[][..], Vec::as_slice);
        let terms = top_terms(own, &counted.vocabulary, N_TERMS);
        let label = read_label(asked, &terms).unwrap_or_else(|(words, reason)| {
            failures.push(FailureRecord {
                stage: "source_maps".to_owned(),
                subject: format!("label of topic {t} of {name}"),
                reason,
            });
            words
        });
        let ids = central.get(t).map_or(&[][..], Vec::as_slice);
        described.push(PartTopic {
            number: t,
            label,
            language: ask.language,
            n_docs: members.get(t).map_or(0, Vec::len),
            terms,
            central_docs: ids
                .iter()
                .take(N_CENTRAL)
                .filter_map(|&i| corpus.docs.get(i))
                .map(|d| d.id)
                .collect(),
        });
    }

    check_labels(cx, "source_maps", &answers, &failures)?;
    // Vectors first: a unit that is done has its files.
    let run = cx.run.id;
    cx.store
        .put_vectors(run, &positions_name(number), &screen)?;
    if n_topics > 0 {
        let means = topic_means(x, &topics, n_topics)?;
        cx.store.put_vectors(run, &means_name(number), &means)?;
    }
    let docs: Vec<DocId> = corpus.docs.iter().map(|d| d.id).collect();
    let of_docs: Vec<u16> = topics
        .iter()
        .map(|t| t.and_then(|t| u16::try_from(t).ok()).unwrap_or(NO_TOPIC))
        .collect();
    cx.store.write(|unit| {
        for asked in &answers {
            asked.keep(unit, cx.annotator)?;
        }
        let part = NewPart {
            number,
            name,
            docs: &docs,
            topics: &of_docs,
        };
        unit.insert_part(run, &part, &described)?;
        for failure in &failures {
            unit.insert_failure(run, failure)?;
        }
        unit.finish_unit(run, number as i64)?;
        Ok(())
    })
}

/// Returns the mean vector of each topic, less that of the whole part.
///
/// # Source
/// Ours: what all articles of a part have in common, their language first of all, is no likeness of two
/// topics and hides that of their subjects. On the example, cosines of the same planted topic in two nations
/// lie above 0.7 in nine cases of ten, those of different ones below 0.1.
fn topic_means(
    x: &Matrix<f32>,
    topics: &[Option<usize>],
    n_topics: usize,
) -> Result<Matrix<f32>, StageError> {
    let d = x.n_cols();
    let mut sums = vec![vec![0.0f64; d]; n_topics];
    let mut sizes = vec![0usize; n_topics];
    let mut whole = vec![0.0f64; d];
    for (i, topic) in topics.iter().enumerate() {
        let row = x.row(i);
        add(&mut whole, row);
        if let Some((sum, n)) = topic.and_then(|t| sums.get_mut(t).zip(sizes.get_mut(t))) {
            add(sum, row);
            *n += 1;
        }
    }
    let n_docs = topics.len().max(1) as f64;
    let mut values = Vec::with_capacity(n_topics * d);
    for (sum, n) in sums.iter().zip(&sizes) {
        let n = (*n).max(1) as f64;
        values.extend(
            sum.iter()
                .zip(&whole)
                .map(|(s, w)| (s / n - w / n_docs) as f32),
        );
    }
    matrix(n_topics, d, values)
}

fn add(sum: &mut [f64], row: &[f32]) {
    for (s, v) in sum.iter_mut().zip(row) {
        *s += f64::from(*v);
    }
}

/// Matches the topics of every two parts and stores the matches as the last unit.
fn match_parts(cx: &mut StageCx<'_>, n_parts: usize) -> Result<(), StageError> {
    let run = cx.run.id;
    let topics = cx.store.part_topics(run)?;
    let parts = cx.store.parts(run)?;
    if parts.is_empty() {
        return Err(StageError::Nothing {
            stage: "source_maps",
            advice: "no nation or outlet has documents enough for a map of its own; import more",
        });
    }
    let none = Vec::new();
    let mut profiles = Vec::with_capacity(parts.len());
    let mut means = Vec::with_capacity(parts.len());
    for part in &parts {
        means.push(topic_vectors(cx.store, run, part.number)?);
    }
    for (part, means) in parts.iter().zip(&means) {
        let of_part = topics.get(&part.number).unwrap_or(&none);
        let of_part: Vec<TopicProfile<'_>> = of_part
            .iter()
            .map(|t| TopicProfile {
                language: t.language,
                label: &t.label,
                terms: &t.terms,
                vector: means
                    .as_ref()
                    .filter(|m| t.number < m.n_rows())
                    .map(|m| m.row(t.number)),
            })
            .collect();
        profiles.push((part.number, of_part));
    }
    let mut found = Vec::new();
    for (i, (part_a, a)) in profiles.iter().enumerate() {
        for (part_b, b) in profiles.iter().skip(i + 1) {
            let matches =
                match_topics(a, b, MatchSettings::default(), cx.observe).map_err(|error| {
                    match error {
                        MatchError::Cancelled(_) => StageError::Cancelled,
                        other => compute(&other),
                    }
                })?;
            found.extend(matches.into_iter().map(|m| (*part_a, *part_b, m)));
        }
    }
    cx.store.write(|unit| {
        for (number, (part_a, part_b, m)) in found.into_iter().enumerate() {
            let found = PartMatch {
                number,
                a: TopicPlace {
                    part: part_a,
                    topic: m.a_idx,
                },
                b: TopicPlace {
                    part: part_b,
                    topic: m.b_idx,
                },
                score: m.score,
                vector: m.parts.vector,
                words: m.parts.words,
                label: m.parts.label,
                reasons: m.reasons,
            };
            unit.insert_match(run, &found)?;
        }
        unit.finish_unit(run, n_parts as i64)?;
        Ok(())
    })
}

fn topic_vectors(
    store: &Store,
    run: RunId,
    part: usize,
) -> Result<Option<Matrix<f32>>, StoreError> {
    let mapped = store.vectors(run, &means_name(part))?;
    Ok(mapped.map(|m| m.to_matrix()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_parts_are_mapped_and_of_equal_ones_the_earlier() {
        let numbers = |sizes: &[usize], n| largest(sizes, n).into_iter().collect::<Vec<_>>();
        assert_eq!(numbers(&[40, 90, 40, 60, 40], 3), [0, 1, 3]);
        assert_eq!(numbers(&[40, 90], 3), [0, 1]);
        assert!(numbers(&[], 3).is_empty());
    }
}
