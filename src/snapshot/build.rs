//! Reads a whole project into one [`Snapshot`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::model::{
    DocLine, EventRow, FailureRow, JobRow, MapData, MapLabel, NationCount, ProjectInfo, Snapshot,
    TopicRow, Totals,
};
use super::{LayoutCache, SnapshotError, alignment, conflicts, pipeline, results};
use crate::algo::topics::spread::spread;
use crate::base::ids::DocId;
use crate::domain::corpus::{Document, Nation, PartialDate};
use crate::domain::topic::Topic;
use crate::stages::results::Findings;
use crate::stages::settings::Settings;
use crate::store::Store;

/// Rows of lists that grow without end.
const MAX_ROWS: usize = 500;

/// Events on the Start view.
const N_EVENTS: usize = 8;

/// Documents shown as closest to a topic's middle.
const N_CENTRAL: usize = 5;

/// Builds the read model of a project.
///
/// # Errors
/// The store's, or that the stored rounds cannot be replayed.
pub fn build(
    store: &Store,
    settings: &Settings,
    annotator: &str,
    layouts: &mut LayoutCache,
) -> Result<Snapshot, SnapshotError> {
    let revision = store.revision()?;
    let docs = store.documents()?;
    let nations = nation_counts(&docs);
    let topics = store.topics()?;
    let counts: BTreeMap<&str, u64> = store.counts()?.into_iter().collect();
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    let rows = topic_rows(store, &docs, &topics, &nations)?;
    let map = map_data(store, &docs, &topics)?.map(Arc::new);
    let graphs = conflicts::build(store, settings, &docs, layouts)?;
    let project = ProjectInfo {
        name: store.meta("name")?.unwrap_or_default(),
        folder: store.folder().to_string_lossy().into_owned(),
        preset: settings.preset.code().to_owned(),
        seed: settings.seed.0,
        annotator: annotator.to_owned(),
    };
    let (cards, next_step) = pipeline::cards(store, &counts, &graphs, settings)?;
    let (min_cluster_size, min_samples) = settings.cluster_sizes(docs.len());
    let findings = Findings::read(store, settings)?;
    let jobs = store.jobs(MAX_ROWS)?;
    let mut failures: Vec<FailureRow> = store
        .bad_rows(MAX_ROWS)?
        .into_iter()
        .map(|r| FailureRow {
            stage: "import".to_owned(),
            subject: format!("{} line {}", r.file, r.line),
            reason: r.reason,
        })
        .collect();
    failures.extend(store.failures(MAX_ROWS)?.into_iter().map(|f| FailureRow {
        stage: f.stage,
        subject: f.subject,
        reason: f.reason,
    }));
    failures.truncate(MAX_ROWS);
    Ok(Snapshot {
        revision,
        project,
        pipeline: cards,
        next_step,
        settings: vec![
            (
                "Embedder".to_owned(),
                settings.embedder.as_ref().map_or_else(
                    || format!("lexical, built in · {}", settings.embedding_dims),
                    |folder| short_path(folder),
                ),
            ),
            (
                "UMAP".to_owned(),
                format!(
                    "{} · {} · {:.1} · cosine",
                    settings.n_neighbors, settings.n_components, settings.min_dist
                ),
            ),
            (
                "HDBSCAN".to_owned(),
                format!("min size {min_cluster_size} · samples {min_samples} · eom"),
            ),
            ("Annotator".to_owned(), annotator.to_owned()),
            ("Place links".to_owned(), "50 km".to_owned()),
            (
                "Issues from cosine".to_owned(),
                format!("{:.2}", settings.issue_min_cosine),
            ),
            ("Cycles".to_owned(), "3 to 5".to_owned()),
            ("δ".to_owned(), "0.5".to_owned()),
            ("Rounds".to_owned(), settings.n_rounds.to_string()),
        ],
        events: store
            .events(N_EVENTS)?
            .into_iter()
            .map(|e| EventRow {
                at_ms: e.at_ms,
                what: e.what,
                detail: e.detail,
            })
            .collect(),
        map,
        results: Arc::new(results::build(&findings, settings)),
        alignment: Arc::new(alignment::build(store, &findings, settings, &jobs)?),
        jobs: jobs
            .into_iter()
            .map(|j| JobRow {
                id: j.id,
                stage: j.stage,
                state: j.state,
                params: j.params_json,
                seed: j.seed,
                stage_version: j.stage_version,
                queued_ms: j.queued_ms,
                duration_ms: j.started_ms.zip(j.finished_ms).map(|(s, f)| f - s),
                message: j.message,
                n_attempts: j.n_attempts,
            })
            .collect(),
        failures,
        totals: Totals {
            n_docs: docs.len(),
            n_statements: count("statements") as usize,
            n_triples: count("triples") as usize,
            n_topics: topics.len(),
            n_edges: count("edges") as usize,
            n_conflict_edges: graphs.iter().map(|g| g.n_conflict_edges).sum(),
        },
        topics: Arc::new(rows),
        conflicts: graphs.into_iter().map(Arc::new).collect(),
        nations,
    })
}

/// Counts documents by nation, the five of the paper first and in its order.
fn nation_counts(docs: &[Document]) -> Vec<NationCount> {
    let mut counts: BTreeMap<Nation, usize> = BTreeMap::new();
    for doc in docs {
        *counts.entry(doc.nation).or_default() += 1;
    }
    let mut out: Vec<NationCount> = counts
        .into_iter()
        .map(|(nation, n_docs)| NationCount { nation, n_docs })
        .collect();
    out.sort_by_key(|c| {
        (
            Nation::FIVE
                .iter()
                .position(|n| *n == c.nation)
                .unwrap_or(usize::MAX),
            c.nation,
        )
    });
    out
}

/// Returns the line that stands for a document.
pub(super) fn doc_line(doc: &Document) -> DocLine {
    DocLine {
        id: doc.id,
        title: doc.title.clone(),
        nation: doc.nation,
        source: doc.source.clone(),
        date: doc
            .date
            .as_ref()
            .map_or_else(String::new, |d| d.as_str().to_owned()),
    }
}

fn topic_rows(
    store: &Store,
    docs: &[Document],
    topics: &[Topic],
    nations: &[NationCount],
) -> Result<Vec<TopicRow>, SnapshotError> {
    let n_in_all: Vec<usize> = nations.iter().map(|n| n.n_docs).collect();
    let by_id: BTreeMap<DocId, &Document> = docs.iter().map(|d| (d.id, d)).collect();
    let months = Months::of(docs);
    let mut n_statements: BTreeMap<usize, usize> = BTreeMap::new();
    let assigned: BTreeMap<DocId, _> = store
        .assignments()?
        .into_iter()
        .map(|a| (a.doc, a))
        .collect();
    for s in store.statements()? {
        if let Some(a) = assigned.get(&s.doc) {
            *n_statements.entry(a.number).or_default() += 1;
        }
    }
    let mut rows: Vec<TopicRow> = topics
        .iter()
        .map(|t| TopicRow {
            id: t.id,
            label: t.label.clone(),
            terms: t.terms.iter().map(|w| w.term.clone()).collect(),
            mmr_terms: t.mmr_terms.clone(),
            n_docs: 0,
            n_docs_by_tags: 0,
            n_statements: n_statements.get(&t.number).copied().unwrap_or(0),
            by_nation: vec![(0, 0.0); nations.len()],
            entropy: t.spread_entropy,
            divergence_nats: t.divergence_nats,
            p_value: t.p_value,
            per_month: vec![0; months.n],
            value_related: t.screening.as_ref().is_some_and(|s| s.value_related),
            screen_confidence: t.screening.as_ref().map_or(0.0, |s| s.confidence),
            screen_reason: t
                .screening
                .as_ref()
                .map_or_else(|| "not screened yet".to_owned(), |s| s.reason.clone()),
            central_docs: t
                .central_docs
                .iter()
                .take(N_CENTRAL)
                .filter_map(|id| by_id.get(id))
                .map(|d| doc_line(d))
                .collect(),
        })
        .collect();
    for a in assigned.values() {
        let (Some(row), Some(doc)) = (rows.get_mut(a.number), by_id.get(&a.doc)) else {
            continue;
        };
        row.n_docs += 1;
        row.n_docs_by_tags += usize::from(a.by_tags);
        if let Some(k) = nations.iter().position(|n| n.nation == doc.nation)
            && let Some(slot) = row.by_nation.get_mut(k)
        {
            slot.0 += 1;
        }
        if let Some(slot) = months.idx(doc).and_then(|m| row.per_month.get_mut(m)) {
            *slot += 1;
        }
    }
    for row in &mut rows {
        let n_in_topic: Vec<usize> = row.by_nation.iter().map(|(n, _)| *n).collect();
        for (slot, share) in row
            .by_nation
            .iter_mut()
            .zip(spread(&n_in_topic, &n_in_all).shares)
        {
            slot.1 = share;
        }
    }
    Ok(rows)
}

/// The months from the first to the last dated document.
struct Months {
    first: i64,
    n: usize,
}

impl Months {
    fn of(docs: &[Document]) -> Self {
        let months: Vec<i64> = docs
            .iter()
            .filter_map(|d| d.date.as_ref().and_then(month_number))
            .collect();
        match (months.iter().min(), months.iter().max()) {
            (Some(&first), Some(&last)) => Self {
                first,
                n: (last - first + 1) as usize,
            },
            _ => Self { first: 0, n: 0 },
        }
    }

    fn idx(&self, doc: &Document) -> Option<usize> {
        usize::try_from(doc.date.as_ref().and_then(month_number)? - self.first).ok()
    }
}

fn month_number(date: &PartialDate) -> Option<i64> {
    let month: i64 = date.year_month()?.get(5..7)?.parse().ok()?;
    Some(i64::from(date.year()) * 12 + month - 1)
}

fn map_data(
    store: &Store,
    docs: &[Document],
    topics: &[Topic],
) -> Result<Option<MapData>, SnapshotError> {
    let Some(run) = store.current_run("layout")? else {
        return Ok(None);
    };
    let Some(screen) = store.vectors(run.id, "screen")? else {
        return Ok(None);
    };
    // A layout of another corpus than the present one is out of date and not drawn.
    if screen.n_rows() != docs.len() || screen.n_cols() != 2 {
        return Ok(None);
    }
    let positions: Vec<[f32; 2]> = screen
        .values()
        .chunks_exact(2)
        .filter_map(|p| p.try_into().ok())
        .collect();
    let clusters: BTreeMap<DocId, _> = store.clusters()?.into_iter().map(|c| (c.doc, c)).collect();
    let topic_of: BTreeMap<DocId, usize> = store
        .assignments()?
        .into_iter()
        .map(|a| (a.doc, a.number))
        .collect();
    let nations: Vec<Nation> = nation_counts(docs).into_iter().map(|c| c.nation).collect();
    let mut sources: Vec<String> = docs.iter().map(|d| d.source.clone()).collect();
    sources.sort();
    sources.dedup();
    let mut data = MapData {
        trustworthiness: store.measure(run.id, "screen_trustworthiness")?,
        ..MapData::default()
    };
    let mut n_docs = vec![0usize; topics.len()];
    for doc in docs {
        let cluster = clusters.get(&doc.id);
        let topic = topic_of.get(&doc.id).copied().filter(|t| *t < topics.len());
        if let Some(n) = topic.and_then(|t| n_docs.get_mut(t)) {
            *n += 1;
        }
        data.docs.push(doc.id);
        data.nation_idx
            .push(nations.iter().position(|n| *n == doc.nation).unwrap_or(0) as u8);
        data.topic_idx.push(topic.map_or(u32::MAX, |t| t as u32));
        data.is_outlier.push(cluster.is_some_and(|c| c.label < 0));
        data.membership.push(cluster.map_or(0.0, |c| c.membership));
        data.titles.push(doc.title.clone());
        data.source_idx
            .push(sources.binary_search(&doc.source).unwrap_or(0) as u16);
        data.dates.push(
            doc.date
                .as_ref()
                .map_or_else(String::new, |d| d.as_str().to_owned()),
        );
    }
    let row_of: BTreeMap<DocId, usize> =
        data.docs.iter().enumerate().map(|(i, d)| (*d, i)).collect();
    for (t, topic) in topics.iter().enumerate() {
        let anchor = label_anchor(topic, &row_of, &positions);
        if let (Some(anchor_in_map), Some(&n)) = (anchor, n_docs.get(t)) {
            data.labels.push(MapLabel {
                topic_idx: t as u32,
                text: topic.label.clone(),
                anchor_in_map,
                n_docs: n,
            });
        }
    }
    data.labels
        .sort_by_key(|l| (std::cmp::Reverse(l.n_docs), l.topic_idx));
    data.positions_in_map = positions;
    data.nations = nations;
    data.sources = sources;
    Ok(Some(data))
}

/// Returns the place of the topic's central document that lies closest to the middle of them all: a
/// real document, and not one that strayed.
fn label_anchor(
    topic: &Topic,
    row_of: &BTreeMap<DocId, usize>,
    positions: &[[f32; 2]],
) -> Option<[f32; 2]> {
    let central: Vec<[f32; 2]> = topic
        .central_docs
        .iter()
        .filter_map(|id| row_of.get(id))
        .filter_map(|&i| positions.get(i))
        .copied()
        .collect();
    let median = |axis: usize| {
        let mut values: Vec<f32> = central
            .iter()
            .filter_map(|p| p.get(axis).copied())
            .collect();
        values.sort_by(f32::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let (x, y) = (median(0)?, median(1)?);
    let distance = |p: &[f32; 2]| (p[0] - x).hypot(p[1] - y);
    central
        .into_iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// The last part of a folder's path: its name.
fn short_path(folder: &str) -> String {
    let trimmed = folder.trim_end_matches('/');
    trimmed.rsplit('/').next().unwrap_or(trimmed).to_owned()
}
