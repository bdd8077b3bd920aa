//! Reads a whole project into one [`Snapshot`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::model::{
    DocLine, EventRow, FailureRow, JobRow, MapData, NationCount, ProjectInfo, Snapshot, TopicRow,
    Totals,
};
use super::{ConflictCache, MapCache, SnapshotError, alignment, pipeline, results, topics};
use crate::algo::topics::spread::spread;
use crate::domain::columns::Memberships;
use crate::domain::corpus::{Document, Nation};
use crate::domain::journal::StepKind;
use crate::domain::topic::Topic;
use crate::domain::topic_edit::{HistoryLine, TopicStep};
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
    conflicts: &mut ConflictCache,
    maps: &mut MapCache,
) -> Result<Snapshot, SnapshotError> {
    let revision = store.revision()?;
    let topics = store.topics()?;
    let findings = Findings::read(store, settings)?;
    let map = maps.read(store, &topics, &findings)?;
    let n_docs = store.n_documents()?;
    let nations = nation_counts(store, map.as_deref(), n_docs)?;
    let counts: BTreeMap<&'static str, u64> = store.counts()?.into_iter().collect();
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    let history = store.topic_history(MAX_ROWS)?;
    let rows = topic_rows(store, map.as_deref(), &topics, &nations, &history)?;
    let (graphs, review) = conflicts.read(store, settings)?;
    let project = ProjectInfo {
        name: store.meta("name")?.unwrap_or_default(),
        folder: store.folder().to_string_lossy().into_owned(),
        preset: settings.preset.code().to_owned(),
        seed: settings.seed.0,
        annotator: annotator.to_owned(),
    };
    let n_clusters = maps.n_clusters(store)?;
    let (cards, next_step) =
        pipeline::cards(store, &counts, n_clusters, (&graphs, &review), settings)?;
    let (min_cluster_size, min_samples) = settings.cluster_sizes(n_docs);
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
    let topic_tree = maps.topics.tree(store, &topics, map.as_deref())?;
    let coverage = topics::coverage(store, map.as_deref())?;
    let permuted = maps.topics.permuted(&topics, map.as_deref());
    let source_maps = maps.source_maps.read(store, settings, map.as_deref())?;
    let verification = maps.verification(store)?;
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
            ("Cycles".to_owned(), cycle_lengths(settings)),
            (
                "δ".to_owned(),
                format!("{}", settings.reduction.rounds.delta),
            ),
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
        source_maps,
        verification,
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
            n_docs,
            n_statements: count("statements") as usize,
            n_triples: count("triples") as usize,
            n_topics: topics.len(),
            n_edges: count("edges") as usize,
            n_conflict_edges: graphs.iter().map(|g| g.n_conflict_edges).sum(),
        },
        topics: Arc::new(rows),
        topic_tree,
        coverage,
        permuted,
        topic_history: Arc::new(history.into_iter().map(|(line, _)| line).collect()),
        journal: store.journal_state()?,
        desk: store.left_by(StepKind::Desk)?.map(Arc::from),
        saved: store.left_by(StepKind::Saved)?.map(Arc::from),
        conflicts: graphs,
        review,
        nations,
        counts: Arc::new(counts),
    })
}

/// Says which lengths of conflict cycles count.
fn cycle_lengths(settings: &Settings) -> String {
    let cycles = &settings.reduction.rounds.cycles;
    cycles.exact_len.map_or_else(
        || format!("3 to {}", cycles.max_len),
        |exact| format!("exactly {exact}"),
    )
}

/// Renews what a verdict changes of a snapshot: the graphs, the review, the cards of the Start view.
///
/// # Errors
/// The store's, or that the stored rounds cannot be replayed.
pub fn renew_review(
    snapshot: &Snapshot,
    store: &Store,
    settings: &Settings,
    conflicts: &mut ConflictCache,
    maps: &mut MapCache,
) -> Result<Snapshot, SnapshotError> {
    let (graphs, review) = conflicts.read(store, settings)?;
    // Counting rows takes a look at each of them, and a verdict adds to one count only.
    let mut counts = (*snapshot.counts).clone();
    counts.insert("decisions", conflicts.n_decisions() as u64);
    let n_clusters = maps.n_clusters(store)?;
    let (cards, next_step) =
        pipeline::cards(store, &counts, n_clusters, (&graphs, &review), settings)?;
    // Its large parts are shared, so that this copies some lists of a few hundred rows.
    let mut renewed = snapshot.clone();
    renewed.revision = store.revision()?;
    renewed.pipeline = cards;
    renewed.next_step = next_step;
    renewed.totals.n_conflict_edges = graphs.iter().map(|g| g.n_conflict_edges).sum();
    renewed.conflicts = graphs;
    renewed.review = review;
    renewed.counts = Arc::new(counts);
    Ok(renewed)
}

/// Counts documents by nation, the five of the paper first and in its order.
fn nation_counts(
    store: &Store,
    map: Option<&MapData>,
    n_docs: usize,
) -> Result<Vec<NationCount>, SnapshotError> {
    // Counting by the database walks through all documents; the columns know already.
    let counts: Vec<(Nation, usize)> = match map.filter(|m| m.places.n_rows() == n_docs) {
        Some(map) => map
            .places
            .nations
            .iter()
            .copied()
            .zip(map.all.by_nation.iter().copied())
            .collect(),
        None => store.n_documents_by_nation()?,
    };
    let mut out: Vec<NationCount> = counts
        .into_iter()
        .map(|(nation, n_docs)| NationCount { nation, n_docs })
        .collect();
    out.sort_by_key(|c| c.nation.paper_order());
    Ok(out)
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

/// Documents of a topic, counted.
#[derive(Clone, Default)]
struct InTopic {
    /// By nation, in the project's order.
    by_nation: Vec<usize>,
    n_by_tags: usize,
    per_month: Vec<u32>,
}

fn topic_rows(
    store: &Store,
    map: Option<&MapData>,
    topics: &[Topic],
    nations: &[NationCount],
    history: &[(HistoryLine, TopicStep)],
) -> Result<Vec<TopicRow>, SnapshotError> {
    let n_in_all: Vec<usize> = nations.iter().map(|n| n.n_docs).collect();
    let counted = match map {
        Some(map) => count_in_map(map, nations),
        // Without a map that fits the topics, their sizes are all there is to tell.
        None => Vec::new(),
    };
    let n_statements = n_statements(store, topics)?;
    let clustering = store.clustering()?;
    let mut rows = Vec::with_capacity(topics.len());
    for t in topics {
        let found = counted.get(t.number).cloned().unwrap_or_default();
        let shares = spread(&found.by_nation, &n_in_all).shares;
        let mut central_docs = Vec::new();
        for id in t.central_docs.iter().take(N_CENTRAL) {
            let on_map = map.and_then(|m| m.doc_line(m.places.row_of(*id)?));
            match on_map {
                Some(line) => central_docs.push(line),
                None => central_docs.extend(store.document(*id)?.as_ref().map(doc_line)),
            }
        }
        rows.push(TopicRow {
            id: t.id,
            number: t.number,
            label: t.label.clone(),
            terms: t.terms.iter().map(|w| w.term.clone()).collect(),
            mmr_terms: t.mmr_terms.clone(),
            keybert_terms: t.keybert_terms.clone(),
            n_docs: found.by_nation.iter().sum(),
            n_docs_by_tags: found.n_by_tags,
            n_statements: n_statements.get(&t.number).copied().unwrap_or(0),
            by_nation: (0..nations.len())
                .map(|k| {
                    (
                        found.by_nation.get(k).copied().unwrap_or(0),
                        shares.get(k).copied().unwrap_or(0.0),
                    )
                })
                .collect(),
            entropy: t.spread_entropy,
            divergence_nats: t.divergence_nats,
            p_value: t.p_value,
            per_month: found.per_month,
            regrouped: t.by_hand.regrouped,
            value_related: t.screening.as_ref().is_some_and(|s| s.value_related),
            screen_confidence: t.screening.as_ref().map_or(0.0, |s| s.confidence),
            screen_reason: t
                .screening
                .as_ref()
                .map_or_else(|| "not screened yet".to_owned(), |s| s.reason.clone()),
            screened_by: t.screening.as_ref().and_then(|s| s.said_by.clone()),
            overruled: t.overruled.as_ref().map(|s| s.value_related),
            history: history
                .iter()
                // Numbers of another clustering name other topics.
                .filter(|(_, step)| {
                    let is_of_now =
                        clustering.is_some_and(|c| c.assignments == step.of.assignments);
                    is_of_now && step.touches(t.number)
                })
                .map(|(line, _)| line.clone())
                .collect(),
            central_docs,
        });
    }
    Ok(rows)
}

/// Counts the statements of every topic, by number.
fn n_statements(store: &Store, topics: &[Topic]) -> Result<BTreeMap<usize, usize>, SnapshotError> {
    if store.topic_steps()?.is_empty() {
        return Ok(store.n_statements_by_topic()?);
    }
    // Edited topics are not in the tables: statements are read with the topics in force.
    let numbers: BTreeMap<_, usize> = topics.iter().map(|t| (t.id, t.number)).collect();
    let mut out = BTreeMap::new();
    for statement in store.statements()? {
        if let Some(number) = statement.topic.and_then(|id| numbers.get(&id)) {
            *out.entry(*number).or_default() += 1;
        }
    }
    Ok(out)
}

/// Counts the documents of every topic, by number.
fn count_in_map(map: &MapData, nations: &[NationCount]) -> Vec<InTopic> {
    let column_of: Vec<Option<usize>> = nations
        .iter()
        .map(|n| map.places.nations.iter().position(|m| *m == n.nation))
        .collect();
    let mut out: Vec<InTopic> = (0..map.n_topics)
        .map(|t| InTopic {
            by_nation: column_of
                .iter()
                .map(|k| {
                    let n = map.all.by_topic.get(t).and_then(|row| row.get((*k)?));
                    n.map_or(0, |n| *n as usize)
                })
                .collect(),
            n_by_tags: 0,
            per_month: Vec::new(),
        })
        .collect();
    for topic in &mut out {
        topic.per_month = vec![0; map.months.n];
    }
    for (row, &number) in map.members.topics.iter().enumerate() {
        let Some(topic) = out.get_mut(usize::from(number)) else {
            continue;
        };
        topic.n_by_tags += usize::from(map.flag(row, Memberships::BY_TAGS));
        if let Some(slot) = map
            .months
            .of_row(row)
            .and_then(|m| topic.per_month.get_mut(m))
        {
            *slot += 1;
        }
    }
    out
}

/// The last part of a folder's path: its name.
fn short_path(folder: &str) -> String {
    let trimmed = folder.trim_end_matches('/');
    trimmed.rsplit('/').next().unwrap_or(trimmed).to_owned()
}
