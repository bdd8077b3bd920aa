//! The map's labels: topics, and above them neighboring topics together, at a few levels.

use std::collections::BTreeMap;

use super::model::{MapData, MapLabel};
use crate::algo::topics::hierarchy::ward;
use crate::base::ids::DocId;
use crate::base::matrix::Matrix;
use crate::base::observe::Silent;
use crate::domain::topic::Topic;

/// Topics to a label at each level above the topics, the coarse first.
const TOPICS_PER_LABEL: [usize; 3] = [27, 9, 3];

/// With fewer labels a level says less than the topics themselves.
const LEAST_LABELS: usize = 3;

/// Words of a label that stands for several topics.
const N_WORDS: usize = 3;

/// A topic with a place.
struct Placed<'a> {
    topic: &'a Topic,
    number: u16,
    anchor: [f32; 2],
    n_docs: usize,
}

/// Makes the labels of all levels, the coarse first, and within a level those of most documents.
///
/// Levels follow the map and not the words: a label stands for topics that lie together, found by Ward's
/// rule over their anchors.
pub(super) fn labels(map: &MapData, topics: &[Topic]) -> Vec<MapLabel> {
    let mut placed: Vec<Placed<'_>> = topics
        .iter()
        .filter_map(|topic| {
            Some(Placed {
                topic,
                number: u16::try_from(topic.number).ok()?,
                anchor: anchor(map, &topic.central_docs)?,
                n_docs: map.all.n_of_topic(topic.number),
            })
        })
        .collect();
    placed.sort_by_key(|t| (std::cmp::Reverse(t.n_docs), t.number));
    let n = placed.len();
    let distances = Matrix::from_values(
        n,
        n,
        placed
            .iter()
            .flat_map(|a| placed.iter().map(|b| distance(a.anchor, b.anchor)))
            .collect(),
    );
    // Distances between finite places are finite, and nobody cancels.
    let tree = distances.ok().and_then(|d| ward(&d, &Silent).ok());
    let mut out: Vec<MapLabel> = Vec::new();
    // The label above each topic so far.
    let mut above: Vec<Option<usize>> = vec![None; n];
    for per_label in TOPICS_PER_LABEL {
        let n_groups = n / per_label;
        let Some(tree) = tree.as_ref().filter(|_| n_groups >= LEAST_LABELS) else {
            continue;
        };
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (t, group) in tree.cut(n_groups).into_iter().enumerate() {
            groups.entry(group).or_default().push(t);
        }
        let mut made: Vec<(Vec<usize>, MapLabel)> = groups
            .into_values()
            .filter(|members| members.len() > 1)
            .map(|members| {
                let label = together(&placed, &members, &above);
                (members, label)
            })
            .collect();
        made.sort_by_key(|(_, label)| std::cmp::Reverse(label.n_docs));
        for (members, label) in made {
            for t in members {
                if let Some(slot) = above.get_mut(t) {
                    *slot = Some(out.len());
                }
            }
            out.push(label);
        }
    }
    for (t, above) in placed.iter().zip(above) {
        out.push(MapLabel {
            topics: vec![t.number],
            text: t.topic.label.clone(),
            anchor_in_map: t.anchor,
            radius_in_map: 0.0,
            parent: above,
            n_docs: t.n_docs,
        });
    }
    out
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f64 {
    f64::from(a[0] - b[0]).hypot(f64::from(a[1] - b[1]))
}

/// Makes the label of several topics: their heaviest words, at the place of the largest.
fn together(placed: &[Placed<'_>], members: &[usize], above: &[Option<usize>]) -> MapLabel {
    let topics: Vec<&Placed<'_>> = members.iter().filter_map(|t| placed.get(*t)).collect();
    let mut weights: BTreeMap<&str, f64> = BTreeMap::new();
    for t in &topics {
        for term in &t.topic.terms {
            *weights.entry(term.term.as_str()).or_default() += term.weight * t.n_docs as f64;
        }
    }
    let mut words: Vec<(&str, f64)> = weights.into_iter().collect();
    words.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let words: Vec<&str> = words.into_iter().take(N_WORDS).map(|w| w.0).collect();
    // Members are in the order of size.
    let anchor = topics.first().map_or([0.0; 2], |t| t.anchor);
    let squares: f64 = topics
        .iter()
        .map(|t| distance(t.anchor, anchor).powi(2))
        .sum();
    MapLabel {
        topics: topics.iter().map(|t| t.number).collect(),
        text: words.join(" · "),
        anchor_in_map: anchor,
        radius_in_map: (squares / topics.len().max(1) as f64).sqrt() as f32,
        parent: members.first().and_then(|t| *above.get(*t)?),
        n_docs: topics.iter().map(|t| t.n_docs).sum(),
    }
}

/// Returns the place of the central document that lies closest to the middle of them all: a real document,
/// and not one that strayed.
fn anchor(map: &MapData, central_docs: &[DocId]) -> Option<[f32; 2]> {
    let central: Vec<[f32; 2]> = central_docs
        .iter()
        .filter_map(|id| map.places.row_of(*id))
        .filter_map(|row| map.places.positions_in_map.get(row))
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
    let middle = [median(0)?, median(1)?];
    central
        .into_iter()
        .min_by(|a, b| distance(*a, middle).total_cmp(&distance(*b, middle)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::TopicId;
    use crate::domain::columns::Places;
    use crate::domain::months::Months;
    use crate::domain::topic::TermWeight;
    use std::sync::Arc;

    #[test]
    fn neighbors_share_a_label_that_gives_way_to_theirs() {
        // Nine clumps of nine topics each, one document a topic.
        let points: Vec<[f32; 2]> = (0..81)
            .map(|t| {
                let (clump, within) = (t / 9, t % 9);
                [
                    (clump % 3) as f32 * 100.0 + (within % 3) as f32,
                    (clump / 3) as f32 * 100.0 + (within / 3) as f32,
                ]
            })
            .collect();
        let n = points.len();
        let topics: Vec<Topic> = (0..n)
            .map(|number| Topic {
                id: TopicId(number as i64),
                number,
                label: format!("topic {number}"),
                terms: vec![TermWeight {
                    term: format!("clump{}", number / 9),
                    weight: 1.0,
                }],
                mmr_terms: Vec::new(),
                keybert_terms: Vec::new(),
                central_docs: vec![DocId(number as i64 + 1)],
                screening: None,
                overruled: None,
                by_hand: crate::domain::topic::ByHand::default(),
                spread_entropy: 0.0,
                divergence_nats: 0.0,
                p_value: None,
            })
            .collect();
        let places = Places {
            positions_in_map: points.into(),
            ids: (1..=n as u32).collect::<Vec<_>>().into(),
            row_of_id: (0..n as u32).collect::<Vec<_>>().into(),
            ..Places::default()
        };
        let map = MapData {
            layout: String::new(),
            cloud: Arc::new(crate::base::cloud::Cloud::new(vec![[0.0; 2]].into())),
            places: Arc::new(places),
            members: Arc::default(),
            months: Arc::new(Months::default()),
            n_topics: n,
            all: Arc::new(crate::snapshot::passing::Counted {
                by_topic: vec![vec![1]; n],
                ..Default::default()
            }),
            tallies: Arc::default(),
            agreements: Arc::default(),
            labels: Vec::new(),
            trustworthiness: None,
        };
        let found = labels(&map, &topics);
        assert_eq!(found.iter().filter(|l| l.topics.len() == 1).count(), n);
        let clumps: Vec<&MapLabel> = found.iter().filter(|l| l.topics.len() == 9).collect();
        assert_eq!(clumps.len(), 9);
        for clump in &clumps {
            let first = clump.topics[0] / 9;
            assert!(clump.topics.iter().all(|t| t / 9 == first));
            assert_eq!(clump.text, format!("clump{first}"));
            assert!(clump.radius_in_map < 3.0);
        }
        // Every topic hangs below labels that hold it, one below the other.
        for label in found.iter().filter(|l| l.topics.len() == 1) {
            let mut at = label.parent;
            let mut n_above = 0;
            while let Some(k) = at {
                assert!(found[k].topics.contains(&label.topics[0]));
                at = found[k].parent;
                n_above += 1;
            }
            assert!(n_above >= 2);
        }
    }
}
