//! Pure part of the map: what to draw of the documents, what lies under the pointer, which labels fit.

use crate::base::ids::DocId;
use crate::base::seed::Seed;
use crate::gpu::points::{PointInstance, class_bits};
use crate::snapshot::model::MapData;
use crate::ui::camera::{Bounds, bounds_of};
use crate::ui::grid::Grid;
use crate::ui::paint::Scene;
use crate::ui::theme::Mark;

/// Documents without topic.
pub(super) const NO_TOPIC: u32 = u32::MAX;

/// Everything the map draws of one layout, made once per layout.
pub(super) struct MapScene {
    /// For the graphics card, in an order that favors no nation.
    pub(super) scene: Scene,
    /// Finds the document under the pointer.
    pub(super) grid: Grid,
    /// The box around all documents.
    pub(super) bounds: Bounds,
    /// Document to index, by id.
    index_of: Vec<(DocId, u32)>,
    /// Clustered documents by nation and topic index; the last column counts those without topic.
    n_clustered: Vec<Vec<usize>>,
    /// Outliers by nation.
    n_outliers: Vec<usize>,
}

impl MapScene {
    /// Prepares a layout of documents over `n_topics` topics.
    pub(super) fn build(map: &MapData, n_topics: usize) -> Self {
        let n = map.docs.len().min(map.positions_in_map.len());
        // Drawn in the order of the file, the last nation would cover the others.
        let mut order: Vec<u32> = (0..n as u32).collect();
        Seed(42).stream("map draw order").shuffle(&mut order);
        let at = |i: usize| map.positions_in_map.get(i).copied().unwrap_or([0.0; 2]);
        let points = order
            .iter()
            .map(|&i| {
                let i = i as usize;
                let nation_idx = map.nation_idx.get(i).copied().unwrap_or(0);
                let mark = map
                    .nations
                    .get(nation_idx as usize)
                    .map_or(0, |&n| Mark::of(n).number());
                PointInstance {
                    center_in_map: at(i),
                    class_bits: class_bits(nation_idx, topic_of(map, i), is_context(map, i), mark),
                }
            })
            .collect();
        let mut index_of: Vec<(DocId, u32)> = map.docs.iter().copied().zip(0..).collect();
        index_of.sort_unstable();
        let n_nations = map.nations.len();
        let mut n_clustered = vec![vec![0; n_topics + 1]; n_nations];
        let mut n_outliers = vec![0; n_nations];
        for i in 0..n {
            let nation = map.nation_idx.get(i).copied().unwrap_or(0) as usize;
            if is_context(map, i) {
                if let Some(count) = n_outliers.get_mut(nation) {
                    *count += 1;
                }
                continue;
            }
            let topic = topic_of(map, i)
                .map_or(n_topics, |t| t as usize)
                .min(n_topics);
            if let Some(count) = n_clustered
                .get_mut(nation)
                .and_then(|row| row.get_mut(topic))
            {
                *count += 1;
            }
        }
        let positions = map.positions_in_map.get(..n).unwrap_or(&[]);
        Self {
            scene: Scene {
                points,
                lines: Vec::new(),
            },
            grid: Grid::build(positions),
            bounds: bounds_of(positions.iter().copied()).unwrap_or(([-1.0; 2], [1.0; 2])),
            index_of,
            n_clustered,
            n_outliers,
        }
    }

    /// Returns the index of a document.
    pub(super) fn index_of(&self, doc: DocId) -> Option<u32> {
        let at = self.index_of.binary_search_by_key(&doc, |e| e.0).ok()?;
        self.index_of.get(at).map(|e| e.1)
    }

    /// Counts documents that a filter lets through: clustered ones, and outliers.
    pub(super) fn count(
        &self,
        nation: impl Fn(usize) -> bool,
        topic: impl Fn(usize) -> bool,
    ) -> (usize, usize) {
        let mut n_clustered = 0;
        let mut n_outliers = 0;
        for (i, row) in self
            .n_clustered
            .iter()
            .enumerate()
            .filter(|(i, _)| nation(*i))
        {
            n_clustered += row
                .iter()
                .enumerate()
                .filter(|(t, _)| topic(*t))
                .map(|(_, n)| n)
                .sum::<usize>();
            n_outliers += self.n_outliers.get(i).copied().unwrap_or(0);
        }
        (n_clustered, n_outliers)
    }
}

/// Returns the topic index of a document.
pub(super) fn topic_of(map: &MapData, i: usize) -> Option<u32> {
    map.topic_idx.get(i).copied().filter(|&t| t != NO_TOPIC)
}

/// Tells whether a document is drawn gray whatever the filter: noise, or no topic at all.
pub(super) fn is_context(map: &MapData, i: usize) -> bool {
    map.is_outlier.get(i).copied().unwrap_or(false) || topic_of(map, i).is_none()
}

/// A label that wants a place: middle and half size in points, in order of importance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// Middle in points, before panning.
    pub(super) at: [f32; 2],
    /// Half width and half height in points.
    pub(super) half: [f32; 2],
}

/// Chooses the labels that fit without touching one another, the important ones first.
///
/// The places depend on the zoom only, not on the pan: labels outside the view take part, so moving
/// the map never makes a label come or go.
pub(super) fn place_labels(wishes: &[Wish]) -> Vec<usize> {
    let mut placed: Vec<usize> = Vec::new();
    for (i, wish) in wishes.iter().enumerate() {
        let free = placed.iter().filter_map(|&j| wishes.get(j)).all(|other| {
            (wish.at[0] - other.at[0]).abs() > wish.half[0] + other.half[0]
                || (wish.at[1] - other.at[1]).abs() > wish.half[1] + other.half[1]
        });
        if free {
            placed.push(i);
        }
    }
    placed
}

/// Radius of a data point in points: small when far so that dense places show, a mark when near.
pub(super) fn radius_in_points(n_points: usize, zoom: f32) -> f32 {
    // At the fitted view the points together would cover a few hundredths of the screen.
    let base = (140.0 / (n_points.max(1) as f32).sqrt()).clamp(0.75, 3.0);
    (base * zoom.max(0.2).powf(0.45)).clamp(0.75, 7.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::corpus::Nation;

    fn small_map() -> MapData {
        MapData {
            docs: vec![DocId(9), DocId(4), DocId(7), DocId(1)],
            positions_in_map: vec![[0.0, 0.0], [1.0, 0.0], [1.0, 2.0], [f32::NAN, 0.0]],
            nation_idx: vec![0, 1, 0, 1],
            topic_idx: vec![0, 1, NO_TOPIC, 1],
            is_outlier: vec![false, false, true, true],
            nations: vec![Nation::FIVE[0], Nation::FIVE[4]],
            ..MapData::default()
        }
    }

    #[test]
    fn counts_follow_the_filter() {
        let scene = MapScene::build(&small_map(), 2);
        assert_eq!(scene.count(|_| true, |_| true), (2, 2));
        assert_eq!(scene.count(|n| n == 1, |_| true), (1, 1));
        assert_eq!(scene.count(|_| true, |t| t == 0), (1, 2));
        assert_eq!(scene.index_of(DocId(7)), Some(2));
        assert_eq!(scene.index_of(DocId(8)), None);
        assert_eq!(scene.scene.points.len(), 4);
        assert_eq!(scene.bounds, ([0.0, 0.0], [1.0, 2.0]));
    }

    #[test]
    fn an_empty_map_is_no_accident() {
        let scene = MapScene::build(&MapData::default(), 0);
        assert_eq!(scene.grid.nearest([0.0, 0.0], 10.0, |_| true), None);
        assert_eq!(scene.count(|_| true, |_| true), (0, 0));
    }

    #[test]
    fn labels_do_not_touch_and_the_first_wins() {
        let wish = |x: f32| Wish {
            at: [x, 0.0],
            half: [10.0, 5.0],
        };
        assert_eq!(
            place_labels(&[wish(0.0), wish(15.0), wish(30.0)]),
            vec![0, 2]
        );
        assert!(place_labels(&[]).is_empty());
    }

    #[test]
    fn points_grow_when_near() {
        assert!(radius_in_points(6000, 8.0) > radius_in_points(6000, 1.0));
        assert!(radius_in_points(1_000_000, 1.0) >= 0.75);
    }
}
