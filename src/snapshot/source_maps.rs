//! Reads per-source maps; the maps themselves are kept from snapshot to snapshot, verdicts are read afresh.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::SnapshotError;
use super::build::doc_line;
use super::model::MapData;
use super::model::source_maps::{MatchRow, PartMap, PartTopicRow, SourceMapsData};
use crate::base::cloud::{Cloud, order};
use crate::base::ids::RunId;
use crate::domain::columns::NO_TOPIC;
use crate::domain::source_map::{MatchRuling, PartMatch, PartTopic};
use crate::stages::settings::Settings;
use crate::stages::source_maps::positions_name;
use crate::stages::{input_hash, optional};
use crate::store::{PartRecord, Store};

/// Documents shown as closest to a topic's middle.
const N_CENTRAL: usize = 3;

/// What was read last.
#[derive(Default)]
pub(super) struct SourceMapsCache {
    run: Option<RunId>,
    parts: Vec<Arc<PartMap>>,
    matches: Vec<PartMatch>,
    /// Verdicts that were in force with [`SourceMapsCache::shown`].
    rulings: BTreeMap<usize, MatchRuling>,
    /// As they were handed out last; again while nothing in them changed.
    shown: Option<Arc<SourceMapsData>>,
}

impl SourceMapsCache {
    /// Reads the maps in force, `None` while there are none; lines of documents come from the joint map
    /// where it has them.
    pub(super) fn read(
        &mut self,
        store: &Store,
        settings: &Settings,
        map: Option<&MapData>,
    ) -> Result<Option<Arc<SourceMapsData>>, SnapshotError> {
        let Some(run) = store.current_run("source_maps")? else {
            *self = Self::default();
            return Ok(None);
        };
        if self.run != Some(run.id) {
            *self = Self {
                run: Some(run.id),
                parts: read_parts(store, run.id, map)?,
                matches: store.matches(run.id)?,
                ..Self::default()
            };
        }
        let rulings = store.rulings(run.id)?;
        let stage = optional().into_iter().find(|s| s.name() == run.stage);
        let reads = stage.map(|s| s.reads(settings)).unwrap_or_default();
        let out_of_date = input_hash(store, &reads)? != run.input_hash;
        // The same address while nothing changed, so that nothing is drawn afresh for nothing.
        if let Some(shown) = &self.shown
            && shown.out_of_date == out_of_date
            && self.rulings == rulings
        {
            return Ok(Some(Arc::clone(shown)));
        }
        let shown = Arc::new(SourceMapsData {
            run: run.id,
            parts: self.parts.clone(),
            matches: self
                .matches
                .iter()
                .map(|m| MatchRow {
                    found: m.clone(),
                    ruling: rulings.get(&m.number).cloned(),
                })
                .collect(),
            out_of_date,
        });
        self.rulings = rulings;
        self.shown = Some(Arc::clone(&shown));
        Ok(Some(shown))
    }
}

fn read_parts(
    store: &Store,
    run: RunId,
    map: Option<&MapData>,
) -> Result<Vec<Arc<PartMap>>, SnapshotError> {
    let mut topics = store.part_topics(run)?;
    let mut out = Vec::new();
    for part in store.parts(run)? {
        let of_part = topics.remove(&part.number).unwrap_or_default();
        out.extend(read_part(store, run, part, &of_part, map)?.map(Arc::new));
    }
    Ok(out)
}

fn read_part(
    store: &Store,
    run: RunId,
    part: PartRecord,
    topics: &[PartTopic],
    map: Option<&MapData>,
) -> Result<Option<PartMap>, SnapshotError> {
    let Some(positions) = store.vectors(run, &positions_name(part.number))? else {
        return Ok(None);
    };
    let positions = positions.to_matrix();
    let points: Vec<[f32; 2]> = positions.values().as_chunks::<2>().0.to_vec();
    let order = order(&points);
    let at = |row: &u32| *row as usize;
    let in_order: Vec<[f32; 2]> = order
        .iter()
        .filter_map(|r| points.get(at(r)).copied())
        .collect();
    let topics_of: Vec<u16> = order
        .iter()
        .map(|r| part.topics.get(at(r)).copied().unwrap_or(NO_TOPIC))
        .collect();
    let mut members = vec![Vec::new(); topics.len()];
    for (point, topic) in in_order.iter().zip(&topics_of) {
        if let Some(of_topic) = members.get_mut(usize::from(*topic)) {
            of_topic.push(*point);
        }
    }
    let mut rows = Vec::with_capacity(topics.len());
    for topic in topics {
        let mut central_docs = Vec::new();
        for id in topic.central_docs.iter().take(N_CENTRAL) {
            let on_map = map.and_then(|m| m.doc_line(m.places.row_of(*id)?));
            match on_map {
                Some(line) => central_docs.push(line),
                None => central_docs.extend(store.document(*id)?.as_ref().map(doc_line)),
            }
        }
        rows.push(PartTopicRow {
            label: topic.label.clone(),
            words: topic.terms.iter().map(|t| t.term.clone()).collect(),
            n_docs: topic.n_docs,
            anchor_in_map: anchor(members.get(topic.number).map_or(&[], Vec::as_slice)),
            central_docs,
        });
    }
    Ok(Some(PartMap {
        number: part.number,
        name: part.name,
        docs: order
            .iter()
            .filter_map(|r| part.docs.get(at(r)).copied())
            .collect(),
        n_outliers: topics_of.iter().filter(|t| **t == NO_TOPIC).count(),
        cloud: Cloud::new(in_order.into()),
        topics_of,
        topics: rows,
    }))
}

/// Returns the member nearest the median of both axes: inside the topic even where it is bent or parted.
fn anchor(members: &[[f32; 2]]) -> [f32; 2] {
    let median = |axis: usize| {
        let mut values: Vec<f32> = members.iter().map(|p| p[axis]).collect();
        let middle = values.len() / 2;
        if values.is_empty() {
            return 0.0;
        }
        *values.select_nth_unstable_by(middle, f32::total_cmp).1
    };
    let middle = [median(0), median(1)];
    let far = |p: &[f32; 2]| (p[0] - middle[0]).hypot(p[1] - middle[1]);
    members
        .iter()
        .copied()
        .min_by(|a, b| far(a).total_cmp(&far(b)))
        .unwrap_or(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_stands_at_a_member_near_the_middle() {
        let bent = [[0.0, 0.0], [0.1, 0.0], [5.0, 5.0], [0.0, 9.0], [9.0, 0.2]];
        assert!(bent.contains(&anchor(&bent)));
        let row = [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]];
        assert_eq!(anchor(&row).map(|v| v as i32), [2, 2]);
        assert_eq!(anchor(&[]).map(|v| v as i32), [0, 0]);
    }
}
