//! The map's documents as columns, kept from snapshot to snapshot while the runs behind them stay.

use std::sync::Arc;

use super::SnapshotError;
use super::agreement::AgreementCache;
use super::labels;
use super::model::verification::VerificationData;
use super::model::{MapData, Tallies};
use super::passing::{flag_of, passing};
use super::source_maps::SourceMapsCache;
use super::topics::TopicsCache;
use super::verification::VerificationCache;
use crate::base::cloud::Cloud;
use crate::base::ids::RunId;
use crate::domain::columns::{Memberships, Places};
use crate::domain::filter::Filter;
use crate::domain::months::Months;
use crate::domain::topic::Topic;
use crate::domain::topic_edit::TopicStep;
use crate::stages::columns::{ColumnsKey, edited, memberships, places};
use crate::stages::results::Findings;
use crate::store::Store;

/// What was read last.
#[derive(Default)]
pub struct MapCache {
    key: ColumnsKey,
    places: Option<(Arc<Places>, Arc<Cloud>, Arc<Months>)>,
    /// As the clustering has them.
    members: Option<Arc<Memberships>>,
    /// With the edits of topics in force, by what they are.
    with_edits: Option<(Vec<TopicStep>, Arc<Memberships>)>,
    /// With the sets of these runs, by the memberships they were added to.
    with_sets: Option<WithSets>,
    agreements: AgreementCache,
    /// The map as it was drawn last; reused while nothing in it changed.
    drawn: Option<Arc<MapData>>,
    /// Number of clusters, of the run they were counted for.
    clusters: Option<(RunId, usize)>,
    /// The tree over the map's topics.
    pub(super) topics: TopicsCache,
    /// The maps of one nation or outlet each.
    pub(super) source_maps: SourceMapsCache,
    /// Samples that people judge, which stand beside any map.
    pub(super) verification: VerificationCache,
}

/// Memberships with the sets of statements: of which runs, added to what.
struct WithSets {
    runs: [Option<RunId>; 2],
    added_to: Arc<Memberships>,
    members: Arc<Memberships>,
}

impl MapCache {
    /// Reads the samples that people judge with the judgments in force; what nobody judged since is kept.
    ///
    /// # Errors
    /// The store's.
    pub fn verification(&mut self, store: &Store) -> Result<Arc<VerificationData>, SnapshotError> {
        self.verification.read(store)
    }

    /// Reads the map in force; the same one again while nothing in it changed.
    pub(super) fn read(
        &mut self,
        store: &Store,
        topics: &[Topic],
        findings: &Findings,
    ) -> Result<Option<Arc<MapData>>, SnapshotError> {
        let key = ColumnsKey::read(store)?;
        if key.places != self.key.places {
            *self = Self {
                source_maps: std::mem::take(&mut self.source_maps),
                verification: std::mem::take(&mut self.verification),
                ..Self::default()
            };
        } else if key != self.key {
            (self.members, self.with_edits, self.with_sets) = (None, None, None);
        }
        if self.places.is_none() {
            self.places = places(store, &key)?.map(|p| {
                let cloud = Cloud::new(p.positions_in_map.clone());
                let months = Months::of(&p);
                (Arc::new(p), Arc::new(cloud), Arc::new(months))
            });
        }
        self.key = key;
        let Some((places, cloud, months)) = self.places.clone() else {
            return Ok(None);
        };
        let members = self.members(store, &places)?;
        let n_topics = topics.iter().map(|t| t.number + 1).max().unwrap_or(0);
        let trustworthiness = store
            .current_run("layout")?
            .map(|run| store.measure(run.id, "screen_trustworthiness"))
            .transpose()?
            .flatten();
        let agreements = self.agreements.read(&places, findings);
        let mut map = MapData {
            layout: self.key.places.clone().unwrap_or_default(),
            cloud,
            places,
            members,
            months,
            n_topics,
            all: Arc::default(),
            tallies: Arc::default(),
            agreements,
            labels: Vec::new(),
            trustworthiness,
        };
        let same_rows = self
            .drawn
            .as_ref()
            .filter(|d| Arc::ptr_eq(&d.members, &map.members) && d.n_topics == n_topics);
        (map.all, map.tallies) = match same_rows {
            Some(drawn) => (Arc::clone(&drawn.all), Arc::clone(&drawn.tallies)),
            None => (
                Arc::new(passing(&map, &Filter::default(), None)),
                Arc::new(Tallies::of(&map.places, &map.members)),
            ),
        };
        map.labels = labels::labels(&map, topics);
        // Who holds the old one and sees the same address knows that nothing changed.
        let same = same_rows
            .filter(|d| d.labels == map.labels && Arc::ptr_eq(&d.agreements, &map.agreements))
            .cloned();
        let map = same.unwrap_or_else(|| Arc::new(map));
        self.drawn = Some(Arc::clone(&map));
        Ok(Some(map))
    }

    /// Counts the clusters in force, once for each run; 0 before clustering.
    pub(super) fn n_clusters(&mut self, store: &Store) -> Result<usize, SnapshotError> {
        let Some(run) = store.current_run("cluster")?.map(|r| r.id) else {
            return Ok(0);
        };
        if let Some((_, n)) = self.clusters.filter(|(of, _)| *of == run) {
            return Ok(n);
        }
        let n = store.n_clusters(run)?;
        self.clusters = Some((run, n));
        Ok(n)
    }

    fn members(
        &mut self,
        store: &Store,
        places: &Places,
    ) -> Result<Arc<Memberships>, SnapshotError> {
        let base = if let Some(kept) = &self.members {
            Arc::clone(kept)
        } else {
            let read = Arc::new(memberships(store, &self.key, places)?);
            self.members = Some(Arc::clone(&read));
            read
        };
        let base = self.edited(store, places, base)?;
        let run = |stage: &str| Ok::<_, SnapshotError>(store.current_run(stage)?.map(|r| r.id));
        let runs = [run("extract")?, run("judge_source")?];
        if runs.iter().any(Option::is_none) {
            return Ok(base);
        }
        if let Some(kept) = &self.with_sets
            && kept.runs == runs
            && Arc::ptr_eq(&kept.added_to, &base)
        {
            return Ok(Arc::clone(&kept.members));
        }
        let mut flags = base.flags.to_vec();
        for (doc, set) in store.sets_by_document()? {
            if let Some(slot) = places.row_of(doc).and_then(|row| flags.get_mut(row)) {
                *slot |= flag_of(set);
            }
        }
        let with_sets = Arc::new(Memberships {
            flags: flags.into(),
            ..(*base).clone()
        });
        self.with_sets = Some(WithSets {
            runs,
            added_to: base,
            members: Arc::clone(&with_sets),
        });
        Ok(with_sets)
    }

    /// Puts the edits in force on; the same result again while they stay.
    fn edited(
        &mut self,
        store: &Store,
        places: &Places,
        base: Arc<Memberships>,
    ) -> Result<Arc<Memberships>, SnapshotError> {
        let steps = store.topic_steps()?;
        if steps.is_empty() {
            self.with_edits = None;
            return Ok(base);
        }
        if let Some((of, kept)) = &self.with_edits
            && *of == steps
        {
            return Ok(Arc::clone(kept));
        }
        let with_edits = Arc::new(edited(store, places, &base, &steps)?);
        self.with_edits = Some((steps, Arc::clone(&with_edits)));
        Ok(with_edits)
    }
}
