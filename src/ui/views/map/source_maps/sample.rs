//! Invented per-source maps for the tests of the window.

use std::sync::Arc;

use crate::base::cloud::{Cloud, order};
use crate::base::ids::{DocId, RunId};
use crate::base::seed::Seed;
use crate::domain::columns::NO_TOPIC;
use crate::domain::corpus::Nation;
use crate::domain::source_map::{MatchRuling, MatchVerdict, PartMatch, PartName, TopicPlace};
use crate::snapshot::model::source_maps::{MatchRow, PartMap, PartTopicRow, SourceMapsData};

/// Topics of each part.
const N_TOPICS: usize = 4;

/// Documents of each part.
const N_DOCS: usize = 280;

/// Labels of the parts' topics; of the first three parts the first three topics match.
const LABELS: [[&str; N_TOPICS]; 3] = [
    ["煤电退出", "住房租金", "数据保护", "乡村振兴"],
    [
        "Housing rents",
        "Coal exit",
        "Data protection",
        "Gun ownership",
    ],
    ["Kohleausstieg", "Mieten", "Datenschutz", "Sterbehilfe"],
];

/// Makes three parts whose matches are known.
pub(crate) fn data() -> SourceMapsData {
    let parts: Vec<Arc<PartMap>> = [0, 1, 4]
        .into_iter()
        .enumerate()
        .map(|(number, nation)| Arc::new(part(number, Nation::FIVE[nation])))
        .collect();
    // China and the United States have the first two topics the other way round.
    let pairs = [
        ((0, 0), (1, 1), 0.81),
        ((0, 1), (1, 0), 0.64),
        ((0, 2), (1, 2), 0.47),
        ((0, 0), (2, 0), 0.78),
        ((1, 2), (2, 2), 0.71),
    ];
    SourceMapsData {
        run: RunId(17),
        parts,
        matches: pairs
            .into_iter()
            .enumerate()
            .map(|(number, (a, b, score))| MatchRow {
                found: PartMatch {
                    number,
                    a: place(a),
                    b: place(b),
                    score,
                    vector: Some(score),
                    words: Some(0.5),
                    label: None,
                    reasons: vec!["coal".to_owned(), "power plant".to_owned()],
                },
                ruling: None,
            })
            .collect(),
        out_of_date: false,
    }
}

fn place((part, topic): (usize, usize)) -> TopicPlace {
    TopicPlace { part, topic }
}

/// Says something of a match.
pub(crate) fn rule(data: &mut SourceMapsData, number: usize, verdict: MatchVerdict) {
    if let Some(row) = data.matches.get_mut(number) {
        row.ruling = Some(MatchRuling {
            verdict,
            who: "ada".to_owned(),
            at_ms: 1_699_999_000_000,
        });
    }
}

fn part(number: usize, nation: Nation) -> PartMap {
    let mut random = Seed(number as u64).stream("sample part");
    let middle = |topic: usize| {
        let angle = std::f32::consts::TAU * (topic as f32 + 0.3 * number as f32) / N_TOPICS as f32;
        [6.0 * angle.cos(), 4.0 * angle.sin()]
    };
    let mut points = Vec::with_capacity(N_DOCS);
    let mut topics = Vec::with_capacity(N_DOCS);
    for i in 0..N_DOCS {
        let outlier = i % 7 == 3;
        let spread = if outlier { 3.0 } else { 0.5 };
        let m = middle(i % N_TOPICS);
        points.push(m.map(|v| v + (spread * random.next_normal()) as f32));
        topics.push(if outlier {
            NO_TOPIC
        } else {
            (i % N_TOPICS) as u16
        });
    }
    let order = order(&points);
    let at = |row: &u32| *row as usize;
    let topics_of: Vec<u16> = order.iter().map(|r| topics[at(r)]).collect();
    let in_order: Vec<[f32; 2]> = order.iter().map(|r| points[at(r)]).collect();
    PartMap {
        number,
        name: PartName {
            nation,
            outlet: None,
        },
        cloud: Cloud::new(in_order.into()),
        docs: order
            .iter()
            .map(|r| DocId(i64::from(*r) * 5 + number as i64 + 1))
            .collect(),
        n_outliers: topics_of.iter().filter(|t| **t == NO_TOPIC).count(),
        topics: (0..N_TOPICS)
            .map(|t| PartTopicRow {
                label: LABELS[number][t].to_owned(),
                words: vec!["coal".to_owned(), "grid".to_owned()],
                n_docs: topics_of.iter().filter(|of| **of == t as u16).count(),
                anchor_in_map: middle(t),
                central_docs: Vec::new(),
            })
            .collect(),
        topics_of,
    }
}
