//! Edges of one nation's conflict graph, drafted from stances, vectors, places and speakers.
//!
//! It joins statements of different documents only. It neither numbers nor stores edges, and whether
//! a stance or a place is right it does not ask.

use super::ConflictError;
use super::nearest::{Best, dot};
use super::places::within_km;
use crate::base::ids::{DocId, IssueId, StatementId, TopicId};
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;
use crate::domain::conflict::{EdgeKind, Stance};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

/// Least weight of an edge inside an issue: the issue itself says that the two belong together, so
/// a cosine that is zero or below must not make the edge vanish.
pub const MIN_WEIGHT: f64 = 0.01;

/// A place that a statement's document names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaceRef {
    /// Its number in the gazetteer; equal numbers are one place.
    pub key: u32,
    /// Latitude, `-90.0..=90.0`.
    pub lat_deg: f64,
    /// Longitude, `-180.0..=180.0`.
    pub lon_deg: f64,
}

/// A statement as the graph sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphStatement {
    /// Identity in the project.
    pub id: StatementId,
    /// The document it was taken from.
    pub doc: DocId,
    /// Topic of that document.
    pub topic: Option<TopicId>,
    /// Its issue, if it takes part in one.
    pub issue: Option<IssueId>,
    /// Its side on the issue; means nothing without one.
    pub stance: Stance,
    /// Confidence of the stance, `0.0..=1.0`.
    pub confidence: f64,
    /// Who speaks, as a normalized name.
    pub speaker: Option<String>,
    /// Places of its document; countries are left out already.
    pub places: Vec<PlaceRef>,
    /// Size of its document's near-duplicate group, 1 for a document without copies.
    pub doc_group_size: usize,
    /// Row of its vector.
    pub vector: usize,
}

/// How far edges reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GraphSettings {
    /// Nearest statements of one issue, on each side, that a statement is joined to.
    pub k_issue: usize,
    /// Least cosine of a semantic edge.
    pub semantic_min_cosine: f64,
    /// Nearest statements of one topic that a statement is joined to.
    pub k_semantic: usize,
    /// Farthest distance of two places that are joined, also the scale of the weight, km.
    pub place_km: f64,
    /// Heaviest place edges that a statement chooses: a city does not make a clique.
    pub k_place: usize,
    /// Heaviest people edges that a statement chooses.
    pub k_people: usize,
    /// Share of the documents above which a name or place links nothing.
    pub max_name_share: f64,
}

impl Default for GraphSettings {
    /// SPEC 7.2. The least semantic cosine is a guess to be set per embedder; the bounds on semantic,
    /// place and people edges are ours too, 10 like those inside an issue.
    fn default() -> Self {
        Self {
            k_issue: 10,
            semantic_min_cosine: 0.6,
            k_semantic: 10,
            place_km: 50.0,
            k_place: 10,
            k_people: 10,
            max_name_share: 0.05,
        }
    }
}

/// An edge that has no identity yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DraftEdge {
    /// The end with the smaller id.
    pub a: StatementId,
    /// The other end.
    pub b: StatementId,
    /// What it rests on.
    pub kind: EdgeKind,
    /// Weight, positive, at most 1.
    pub weight: f64,
    /// `s_a · s_b` within an issue, else 0.
    pub agreement: f64,
}

/// Drafts all edges, ascending by ends and kind; never two of one kind between two statements.
///
/// - *shared*, *opposed*: each statement with its `k_issue` nearest of its issue on the same and on
///   the other side; weight cosine, at least [`MIN_WEIGHT`].
/// - *semantic*: each with its `k_semantic` nearest of its topic above the least cosine; weight cosine.
/// - *place*: documents with places within `place_km`; weight e^(−d / `place_km`), d between the
///   nearest two places. Each statement chooses its `k_place` heaviest, of equal weight the nearest by
///   cosine; others may choose it besides.
/// - *people*: one speaker; weight is the Jaccard index of the two documents' speakers, each counted
///   with ln(1 + N / documents it speaks in). Chosen like places.
///
/// A name or place in more than `max_name_share` of the documents takes no part, in the Jaccard
/// index neither. `n_docs` is the number of the nation's documents; those that the statements
/// come from are the least that is taken.
///
/// # Shapes
/// - `vectors`: one row of length 1 per statement, `d` wide.
///
/// # Errors
/// [`ConflictError::RepeatedStatement`], [`ConflictError::UnknownVector`],
/// [`ConflictError::BadStatement`] for a place off the globe, [`ConflictError::Setting`],
/// [`ConflictError::Cancelled`].
///
/// # Cost
/// All pairs within an issue and within a topic, d multiplications each.
pub fn build_edges(
    statements: &[GraphStatement],
    vectors: &Matrix<f32>,
    n_docs: usize,
    settings: &GraphSettings,
    observe: &dyn Observe,
) -> Result<Vec<DraftEdge>, ConflictError> {
    check(statements, vectors, settings)?;
    // By id, so that ties fall the same way in whatever order statements come.
    let mut ordered: Vec<&GraphStatement> = statements.iter().collect();
    ordered.sort_by_key(|s| s.id);
    let drafting = Drafting {
        n_docs: n_docs.max(ordered.iter().map(|s| s.doc).collect::<BTreeSet<_>>().len()),
        statements: ordered,
        vectors,
        settings,
        observe,
    };
    let mut edges = drafting.issue_edges()?;
    edges.extend(drafting.semantic_edges()?);
    edges.extend(drafting.place_edges()?);
    edges.extend(drafting.people_edges()?);
    edges.sort_by_key(|e| (e.a, e.b, e.kind));
    edges.dedup_by_key(|e| (e.a, e.b, e.kind));
    Ok(edges)
}

fn check(
    statements: &[GraphStatement],
    vectors: &Matrix<f32>,
    settings: &GraphSettings,
) -> Result<(), ConflictError> {
    let positive = |x: f64| x.is_finite() && x > 0.0;
    for (name, value, fits) in [
        (
            "semantic_min_cosine",
            settings.semantic_min_cosine,
            positive(settings.semantic_min_cosine),
        ),
        ("place_km", settings.place_km, positive(settings.place_km)),
        (
            "max_name_share",
            settings.max_name_share,
            (0.0..=1.0).contains(&settings.max_name_share),
        ),
    ] {
        if !fits {
            return Err(ConflictError::Setting { name, value });
        }
    }
    let mut seen = BTreeSet::new();
    for s in statements {
        if !seen.insert(s.id) {
            return Err(ConflictError::RepeatedStatement { statement: s.id });
        }
        if s.vector >= vectors.n_rows() {
            return Err(ConflictError::UnknownVector {
                statement: s.id,
                row: s.vector,
                n_rows: vectors.n_rows(),
            });
        }
        for place in &s.places {
            for (what, value, most) in [
                ("latitude", place.lat_deg, 90.0),
                ("longitude", place.lon_deg, 180.0),
            ] {
                if !(-most..=most).contains(&value) {
                    return Err(ConflictError::BadStatement {
                        statement: s.id,
                        what,
                        value,
                    });
                }
            }
        }
    }
    Ok(())
}

/// Everything the four kinds of edge are drafted from; statements ascend by id.
struct Drafting<'a> {
    statements: Vec<&'a GraphStatement>,
    vectors: &'a Matrix<f32>,
    n_docs: usize,
    settings: &'a GraphSettings,
    observe: &'a dyn Observe,
}

impl Drafting<'_> {
    fn cosine(&self, i: usize, j: usize) -> f32 {
        let (a, b) = (self.statements[i].vector, self.statements[j].vector);
        dot(self.vectors.row(a), self.vectors.row(b))
    }

    fn edge(&self, i: usize, j: usize, kind: EdgeKind, weight: f64) -> DraftEdge {
        let (a, b) = (self.statements[i.min(j)], self.statements[i.max(j)]);
        let agreement = if a.issue.is_some() && a.issue == b.issue {
            a.stance.value() * b.stance.value()
        } else {
            0.0
        };
        DraftEdge {
            a: a.id,
            b: b.id,
            kind,
            weight: weight.min(1.0),
            agreement,
        }
    }

    /// Runs `draft` for every statement of every group, in parallel, and puts edges in order.
    fn for_members<F>(
        &self,
        phase: &str,
        groups: &[Vec<usize>],
        draft: F,
    ) -> Result<Vec<DraftEdge>, ConflictError>
    where
        F: Fn(usize, &[usize]) -> Vec<DraftEdge> + Sync,
    {
        self.observe.phase(phase);
        let tasks: Vec<(usize, &[usize])> = groups
            .iter()
            .flat_map(|group| group.iter().map(move |&i| (i, group.as_slice())))
            .collect();
        let done = AtomicU64::new(0);
        let drafted: Result<Vec<Vec<DraftEdge>>, ConflictError> = tasks
            .par_iter()
            .map(|&(i, group)| {
                let edges = draft(i, group);
                self.observe
                    .step(done.fetch_add(1, Ordering::Relaxed) + 1, tasks.len() as u64)?;
                Ok(edges)
            })
            .collect();
        Ok(drafted?.into_iter().flatten().collect())
    }

    fn issue_edges(&self) -> Result<Vec<DraftEdge>, ConflictError> {
        let issues = self.grouped(|s| s.issue);
        self.for_members("issue edges", &issues, |i, issue| {
            let own = self.statements[i];
            let mut sides = [
                Best::new(self.settings.k_issue),
                Best::new(self.settings.k_issue),
            ];
            for &j in issue {
                let other = self.statements[j];
                let agreement = own.stance.value() * other.stance.value();
                if other.doc == own.doc || agreement.abs() <= 0.0 {
                    continue;
                }
                sides[usize::from(agreement < 0.0)].offer(self.cosine(i, j), j);
            }
            let kinds = [EdgeKind::Shared, EdgeKind::Opposed];
            let held = kinds.into_iter().zip(sides).flat_map(|(kind, side)| {
                let held = side.into_held().into_iter();
                held.map(move |(cosine, j)| (kind, cosine, j))
            });
            held.map(|(kind, cosine, j)| self.edge(i, j, kind, f64::from(cosine).max(MIN_WEIGHT)))
                .collect()
        })
    }

    fn semantic_edges(&self) -> Result<Vec<DraftEdge>, ConflictError> {
        let topics = self.grouped(|s| s.topic);
        let least = self.settings.semantic_min_cosine as f32;
        self.for_members("semantic edges", &topics, |i, topic| {
            let mut best = Best::new(self.settings.k_semantic);
            for &j in topic {
                if self.statements[j].doc != self.statements[i].doc {
                    let cosine = self.cosine(i, j);
                    if cosine >= least {
                        best.offer(cosine, j);
                    }
                }
            }
            let held = best.into_held().into_iter();
            held.map(|(cosine, j)| self.edge(i, j, EdgeKind::Semantic, f64::from(cosine)))
                .collect()
        })
    }

    /// Statements with the same key together, each group ascending.
    fn grouped<K: Ord>(&self, key: impl Fn(&GraphStatement) -> Option<K>) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
        for (i, s) in self.statements.iter().enumerate() {
            if let Some(key) = key(s) {
                groups.entry(key).or_default().push(i);
            }
        }
        groups.into_values().collect()
    }

    /// Tells whether a name or place met in `n` documents is rare enough to link any.
    fn links(&self, n: usize) -> bool {
        n as f64 <= self.settings.max_name_share * self.n_docs as f64
    }

    fn place_edges(&self) -> Result<Vec<DraftEdge>, ConflictError> {
        let mut docs_of: BTreeMap<u32, BTreeSet<DocId>> = BTreeMap::new();
        let mut point_of: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        for s in &self.statements {
            for place in &s.places {
                docs_of.entry(place.key).or_default().insert(s.doc);
                point_of
                    .entry(place.key)
                    .or_insert((place.lat_deg, place.lon_deg));
            }
        }
        docs_of.retain(|_, docs| self.links(docs.len()));
        let keys: Vec<u32> = docs_of.keys().copied().collect();
        let points: Vec<(f64, f64)> = keys
            .iter()
            .filter_map(|k| point_of.get(k).copied())
            .collect();
        let near = within_km(&points, self.settings.place_km);
        let mut places_of: BTreeMap<DocId, Vec<usize>> = BTreeMap::new();
        for (p, docs) in docs_of.values().enumerate() {
            for &doc in docs {
                places_of.entry(doc).or_default().push(p);
            }
        }
        let docs_at: Vec<&BTreeSet<DocId>> = docs_of.values().collect();
        let statements_of = self.by_doc();
        let docs: Vec<Vec<usize>> = places_of
            .keys()
            .filter_map(|d| statements_of.get(d).cloned())
            .collect();
        self.for_members("place edges", &docs, |i, _| {
            let own = self.statements[i].doc;
            let mut nearest_km: BTreeMap<DocId, f64> = BTreeMap::new();
            for &p in places_of.get(&own).into_iter().flatten() {
                for &(q, km) in &near[p] {
                    for &doc in docs_at[q] {
                        let held = nearest_km.entry(doc).or_insert(km);
                        *held = held.min(km);
                    }
                }
            }
            nearest_km.remove(&own);
            let candidates = nearest_km.into_iter().flat_map(|(doc, km)| {
                let weight = (-km / self.settings.place_km).exp();
                statements_of
                    .get(&doc)
                    .into_iter()
                    .flatten()
                    .map(move |&j| (weight, j))
            });
            self.heaviest(
                i,
                candidates.collect(),
                self.settings.k_place,
                EdgeKind::Place,
            )
        })
    }

    fn people_edges(&self) -> Result<Vec<DraftEdge>, ConflictError> {
        let mut docs_of: BTreeMap<&str, BTreeSet<DocId>> = BTreeMap::new();
        for s in &self.statements {
            if let Some(name) = s.speaker.as_deref() {
                docs_of.entry(name).or_default().insert(s.doc);
            }
        }
        docs_of.retain(|_, docs| self.links(docs.len()));
        let mut speakers_of: BTreeMap<DocId, BTreeMap<&str, f64>> = BTreeMap::new();
        for (name, docs) in &docs_of {
            let idf = (1.0 + self.n_docs as f64 / docs.len() as f64).ln();
            for &doc in docs {
                speakers_of.entry(doc).or_default().insert(name, idf);
            }
        }
        let speakers = self.grouped(|s| {
            s.speaker
                .as_deref()
                .filter(|n| docs_of.contains_key(n))
                .map(str::to_owned)
        });
        self.for_members("people edges", &speakers, |i, speaker| {
            let own = self.statements[i].doc;
            let mut jaccards: BTreeMap<DocId, f64> = BTreeMap::new();
            let mut candidates = Vec::new();
            for &j in speaker {
                let doc = self.statements[j].doc;
                if doc != own {
                    let weight = *jaccards.entry(doc).or_insert_with(|| {
                        match (speakers_of.get(&own), speakers_of.get(&doc)) {
                            (Some(x), Some(y)) => jaccard(x, y),
                            _ => 0.0,
                        }
                    });
                    candidates.push((weight, j));
                }
            }
            self.heaviest(i, candidates, self.settings.k_people, EdgeKind::People)
        })
    }

    fn by_doc(&self) -> BTreeMap<DocId, Vec<usize>> {
        let mut docs: BTreeMap<DocId, Vec<usize>> = BTreeMap::new();
        for (i, s) in self.statements.iter().enumerate() {
            docs.entry(s.doc).or_default().push(i);
        }
        docs
    }

    /// Joins `i` to its `k` heaviest candidates; cosine decides among those as heavy as the last.
    fn heaviest(
        &self,
        i: usize,
        mut candidates: Vec<(f64, usize)>,
        k: usize,
        kind: EdgeKind,
    ) -> Vec<DraftEdge> {
        candidates.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        if let Some(&(last, _)) = k.checked_sub(1).and_then(|at| candidates.get(at)) {
            let first_tied = candidates.partition_point(|c| c.0 > last);
            let end_tied = candidates.partition_point(|c| c.0 >= last);
            if end_tied > k {
                let mut best = Best::new(k - first_tied);
                for &(_, j) in &candidates[first_tied..end_tied] {
                    best.offer(self.cosine(i, j), j);
                }
                candidates.truncate(first_tied);
                candidates.extend(best.into_held().into_iter().map(|(_, j)| (last, j)));
            }
        }
        candidates.truncate(k);
        let heaviest = candidates.into_iter();
        heaviest
            .map(|(weight, j)| self.edge(i, j, kind, weight))
            .collect()
    }
}

/// Returns Σ over shared names / Σ over all names of their weights.
fn jaccard(x: &BTreeMap<&str, f64>, y: &BTreeMap<&str, f64>) -> f64 {
    let shared: f64 = x
        .iter()
        .filter(|(name, _)| y.contains_key(*name))
        .map(|(_, idf)| idf)
        .sum();
    let either = x.values().sum::<f64>() + y.values().sum::<f64>() - shared;
    if either > 0.0 { shared / either } else { 0.0 }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
