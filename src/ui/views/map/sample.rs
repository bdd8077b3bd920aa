//! Invented maps for the tests of the window.

use std::sync::Arc;

use crate::base::cloud::{Cloud, order};
use crate::base::ids::{RunId, TopicId};
use crate::base::seed::Seed;
use crate::domain::columns::{Field, Memberships, NO_TOPIC, Places, Texts, day_of_civil};
use crate::domain::corpus::Nation;
use crate::domain::filter::Filter;
use crate::domain::months::Months;
use crate::snapshot::model::topics::{Branch, Join, TopicTree};
use crate::snapshot::model::{
    MapData, MapLabel, ModelAgreement, NationCount, Snapshot, Tallies, TopicRow,
};
use crate::snapshot::passing::passing;

/// Topics of the sample, each a clump of its own on a circle around the middle.
pub(crate) const N_TOPICS: usize = 6;

/// Where a topic's clump lies, in map units.
pub(crate) fn middle(topic: usize) -> [f32; 2] {
    let angle = std::f32::consts::TAU * topic as f32 / N_TOPICS as f32;
    [6.0 * angle.cos(), 4.0 * angle.sin()]
}

/// Makes a map of `n` documents: a seventh are outliers, nations and outlets go round.
pub(crate) fn map(n: usize) -> MapData {
    let mut random = Seed(7).stream("sample map");
    let mut points = Vec::with_capacity(n);
    let mut topics = Vec::with_capacity(n);
    for i in 0..n {
        let topic = i % N_TOPICS;
        let outlier = i % 7 == 3;
        let [x, y] = middle(topic);
        let spread = if outlier { 3.0 } else { 0.5 };
        let mut near = |v: f32| v + (spread * random.next_normal()) as f32;
        points.push([near(x), near(y)]);
        topics.push(if outlier { NO_TOPIC } else { topic as u16 });
    }
    let order = order(&points);
    let at = |i: &u32| *i as usize;
    let mut titles = Vec::new();
    let mut ends = Vec::new();
    for i in &order {
        titles.extend_from_slice(format!("Headline {i} 标题").as_bytes());
        ends.push(titles.len() as u64);
    }
    let mut row_of_id = vec![0u32; n];
    for (row, i) in order.iter().enumerate() {
        row_of_id[at(i)] = row as u32;
    }
    let places = Places {
        positions_in_map: order
            .iter()
            .map(|i| points[at(i)])
            .collect::<Vec<_>>()
            .into(),
        docs: order.iter().map(|i| i + 1).collect::<Vec<_>>().into(),
        nation_idx: order
            .iter()
            .map(|i| (i % 5) as u8)
            .collect::<Vec<_>>()
            .into(),
        source_idx: order
            .iter()
            .map(|i| (i % 2) as u16)
            .collect::<Vec<_>>()
            .into(),
        days: order
            .iter()
            .map(|i| day_of_civil(2019 + (*i % 6) as i32, 1 + i % 12, 1 + i % 28))
            .collect::<Vec<_>>()
            .into(),
        date_parts: vec![3u8; n].into(),
        titles: Texts {
            ends: ends.into(),
            bytes: titles.into(),
        },
        ids: (1..=n as u32).collect::<Vec<_>>().into(),
        row_of_id: row_of_id.into(),
        nations: Nation::FIVE.to_vec(),
        sources: vec!["Le Quai".to_owned(), "The Alder Post".to_owned()],
        fields: vec![Field {
            name: "desk".to_owned(),
            values: vec!["politics".to_owned(), "home".to_owned()],
            codes: order
                .iter()
                .map(|i| (i % 2) as u16)
                .collect::<Vec<_>>()
                .into(),
        }],
    };
    let members = Memberships {
        topics: order
            .iter()
            .map(|i| topics[at(i)])
            .collect::<Vec<_>>()
            .into(),
        flags: order
            .iter()
            .map(|i| {
                let of_cluster = if topics[at(i)] == NO_TOPIC {
                    Memberships::OUTLIER
                } else {
                    0
                };
                let said = [
                    Memberships::QUOTED,
                    Memberships::OFFICIAL,
                    Memberships::QUOTED | Memberships::OFFICIAL,
                    Memberships::UNATTRIBUTED,
                    0,
                    Memberships::QUOTED | Memberships::UNATTRIBUTED,
                ];
                of_cluster | said[at(i) % said.len()]
            })
            .collect::<Vec<_>>()
            .into(),
        strengths: order
            .iter()
            .map(|i| 255 - (i % 64) as u8 * 2)
            .collect::<Vec<_>>()
            .into(),
    };
    let cloud = Cloud::new(places.positions_in_map.clone());
    let tallies = Tallies::of(&places, &members);
    let mut map = MapData {
        layout: "places-1".to_owned(),
        cloud: Arc::new(cloud),
        months: Arc::new(Months::of(&places)),
        places: Arc::new(places),
        members: Arc::new(members),
        n_topics: N_TOPICS,
        all: Arc::default(),
        tallies: Arc::new(tallies),
        agreements: Arc::new(vec![ModelAgreement {
            run: RunId(9),
            name: "Harbor, multiple choice".to_owned(),
            bits: order.iter().map(|i| (i % 4) as u8).collect(),
        }]),
        labels: (0..N_TOPICS)
            .map(|t| MapLabel {
                topics: vec![t as u16],
                text: label(t),
                anchor_in_map: middle(t),
                radius_in_map: 0.0,
                parent: None,
                n_docs: n / N_TOPICS,
            })
            .collect(),
        trustworthiness: Some(0.97),
    };
    map.all = Arc::new(passing(&map, &Filter::default(), None));
    map
}

fn label(topic: usize) -> String {
    [
        "Energy transition",
        "Border control",
        "Pension reform",
        "乡村振兴",
        "Data protection",
        "Housing",
    ]
    .get(topic)
    .map_or_else(String::new, |s| (*s).to_owned())
}

/// A tree over the topics of the sample: 0 beside 3, 1 beside 2, then 4 and 5.
pub(crate) fn tree() -> TopicTree {
    let join = |branches, height, span, words: &str| Join {
        branches,
        height,
        span,
        words: words.to_owned(),
    };
    let leaf = Branch::Leaf;
    TopicTree {
        leaves: vec![0, 3, 1, 2, 4, 5],
        joins: vec![
            join([leaf(0), leaf(1)], 0.2, 0..2, "coal · 煤电"),
            join([leaf(2), leaf(3)], 0.4, 2..4, "asylum · retraite"),
            join(
                [Branch::Join(0), Branch::Join(1)],
                0.8,
                0..4,
                "coal · asylum",
            ),
            join([leaf(4), leaf(5)], 1.0, 4..6, "RGPD · rent"),
            join([Branch::Join(2), Branch::Join(3)], 1.3, 0..6, "coal · rent"),
        ],
        ..TopicTree::default()
    }
}

/// Puts a map into a snapshot with its topics.
pub(crate) fn snapshot(n: usize) -> Snapshot {
    let map = Arc::new(map(n));
    let topics: Vec<TopicRow> = (0..N_TOPICS)
        .map(|t| TopicRow {
            id: TopicId(t as i64 + 1),
            number: t,
            label: label(t),
            terms: vec!["coal".to_owned(), "grid".to_owned(), "煤电".to_owned()],
            mmr_terms: Vec::new(),
            keybert_terms: Vec::new(),
            n_docs: map.all.n_of_topic(t),
            n_docs_by_tags: 0,
            n_statements: 3,
            by_nation: map.all.by_topic[t]
                .iter()
                .map(|n| (*n as usize, 0.2))
                .collect(),
            entropy: 0.9,
            divergence_nats: 0.01,
            p_value: Some(0.2),
            regrouped: false,
            screened_by: None,
            overruled: None,
            history: Vec::new(),
            per_month: vec![1, 3, 2, 5],
            value_related: t % 2 == 0,
            screen_confidence: 0.9,
            screen_reason: "sample".to_owned(),
            central_docs: Vec::new(),
        })
        .collect();
    Snapshot {
        nations: map
            .places
            .nations
            .iter()
            .zip(&map.all.by_nation)
            .map(|(nation, n_docs)| NationCount {
                nation: *nation,
                n_docs: *n_docs,
            })
            .collect(),
        topics: Arc::new(topics),
        topic_tree: Arc::new(tree()),
        map: Some(map),
        ..Snapshot::default()
    }
}
