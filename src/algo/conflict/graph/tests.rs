//! Tests of the drafted edges: small nations by hand, all pairs as the twin.

use super::*;
use crate::algo::conflict::places::haversine_km;
use crate::base::observe::Silent;
use crate::base::seed::{Random, Seed};

const EIGHT: usize = 8;

fn statement(id: i64, doc: i64) -> GraphStatement {
    GraphStatement {
        id: StatementId(id),
        doc: DocId(doc),
        topic: None,
        issue: None,
        stance: Stance::Neither,
        confidence: 1.0,
        speaker: None,
        places: vec![],
        doc_group_size: 1,
        vector: 0,
    }
}

fn draft(
    statements: &[GraphStatement],
    vectors: &Matrix<f32>,
    settings: &GraphSettings,
) -> Vec<DraftEdge> {
    build_edges(statements, vectors, 100, settings, &Silent).unwrap()
}

fn directions(degrees: &[f32]) -> Matrix<f32> {
    let rows = degrees.iter().map(|a| a.to_radians());
    Matrix::from_values(
        degrees.len(),
        2,
        rows.flat_map(|a| [a.cos(), a.sin()]).collect(),
    )
    .unwrap()
}

fn short(edges: &[DraftEdge]) -> Vec<(i64, i64, &'static str)> {
    edges
        .iter()
        .map(|e| (e.a.0, e.b.0, e.kind.code()))
        .collect()
}

#[test]
fn sides_of_an_issue() {
    // Three documents; 1 and 2 in one document are not joined, 5 is neutral, 6 on another issue.
    let sides = [
        (1, 10, 7, Stance::Supports),
        (2, 10, 7, Stance::Opposes),
        (3, 11, 7, Stance::LeansTowards),
        (4, 12, 7, Stance::LeansAgainst),
        (5, 12, 7, Stance::Neither),
        (6, 13, 8, Stance::Opposes),
    ];
    let statements: Vec<GraphStatement> = sides
        .iter()
        .enumerate()
        .map(|(i, &(id, doc, issue, stance))| GraphStatement {
            issue: Some(IssueId(issue)),
            stance,
            vector: i,
            ..statement(id, doc)
        })
        .collect();
    let vectors = directions(&[0.0, 20.0, 60.0, 100.0, 0.0, 0.0]);
    let edges = draft(&statements, &vectors, &GraphSettings::default());
    assert_eq!(
        short(&edges),
        vec![
            (1, 3, "shared"),
            (1, 4, "opposed"),
            (2, 3, "opposed"),
            (2, 4, "shared"),
            (3, 4, "opposed")
        ]
    );
    let agreements: Vec<f64> = edges.iter().map(|e| e.agreement).collect();
    assert_eq!(agreements, vec![0.5, -0.5, -0.5, 0.5, -0.25]);
    // cos 60° = 0.5; cos 100° < 0 is raised to the least weight.
    assert!((edges[0].weight - 0.5).abs() < 1e-6);
    assert!((edges[1].weight - MIN_WEIGHT).abs() < 1e-9);
}

#[test]
fn semantic_edges_stay_in_a_topic_and_carry_agreement() {
    let of = |id: i64, topic: i64, issue: Option<i64>, stance, vector| GraphStatement {
        topic: Some(TopicId(topic)),
        issue: issue.map(IssueId),
        stance,
        vector,
        ..statement(id, id)
    };
    let statements = [
        of(1, 1, Some(5), Stance::Supports, 0),
        of(2, 1, Some(5), Stance::Opposes, 1),
        of(3, 1, None, Stance::Neither, 0),
        of(4, 2, None, Stance::Neither, 0),
        of(5, 1, None, Stance::Neither, 2),
    ];
    let edges = draft(
        &statements,
        &directions(&[0.0, 30.0, 90.0]),
        &GraphSettings::default(),
    );
    // 1–2 twice: opposed and semantic, both in conflict; 5 is too far from all, 4 of another topic.
    assert_eq!(
        short(&edges),
        vec![
            (1, 2, "opposed"),
            (1, 2, "semantic"),
            (1, 3, "semantic"),
            (2, 3, "semantic")
        ]
    );
    let agreements: Vec<f64> = edges.iter().map(|e| e.agreement).collect();
    assert_eq!(agreements, vec![-1.0, -1.0, 0.0, 0.0]);
}

#[test]
fn places_near_each_other() {
    let at = |id: i64, key: u32, lat_deg: f64, lon_deg: f64| GraphStatement {
        places: vec![PlaceRef {
            key,
            lat_deg,
            lon_deg,
        }],
        ..statement(id, id)
    };
    // One degree of latitude is 111.2 km: 0.2° are 22.2 km, 0.5° too far.
    let statements = [
        at(1, 1, 48.0, 2.0),
        at(2, 1, 48.0, 2.0),
        at(3, 2, 48.2, 2.0),
        at(4, 3, 48.7, 2.0),
    ];
    let edges = draft(&statements, &directions(&[0.0]), &GraphSettings::default());
    assert_eq!(
        short(&edges),
        vec![(1, 2, "place"), (1, 3, "place"), (2, 3, "place")]
    );
    assert!((edges[0].weight - 1.0).abs() < 1e-12);
    assert!((edges[1].weight - (-22.239f64 / 50.0).exp()).abs() < 1e-4);
    // Of 20 documents 5 % are one: a place in two of them links nothing, the rare ones still do.
    let rare = build_edges(
        &statements,
        &directions(&[0.0]),
        20,
        &GraphSettings::default(),
        &Silent,
    )
    .unwrap();
    assert_eq!(short(&rare), vec![]);
}

#[test]
fn a_city_is_no_clique() {
    let statements: Vec<GraphStatement> = (0..40)
        .map(|i| GraphStatement {
            places: vec![PlaceRef {
                key: 1,
                lat_deg: 1.0,
                lon_deg: 1.0,
            }],
            vector: i as usize,
            ..statement(i, i)
        })
        .collect();
    let angles: Vec<f32> = (0..40).map(|i| 2.0 * i as f32).collect();
    let settings = GraphSettings {
        k_place: 2,
        max_name_share: 1.0,
        ..GraphSettings::default()
    };
    let edges = draft(&statements, &directions(&angles), &settings);
    // All are equally near, so each chooses the two nearest by cosine: its neighbors in angle.
    assert!(edges.iter().all(|e| e.b.0 - e.a.0 <= 2));
    assert!(edges.len() <= 80);
    let inner = edges.iter().filter(|e| e.a.0 == 20 || e.b.0 == 20).count();
    assert_eq!(inner, 2);
}

#[test]
fn speakers_weigh_by_rarity() {
    let says = |id: i64, doc: i64, name: &str| GraphStatement {
        speaker: Some(name.to_owned()),
        ..statement(id, doc)
    };
    // Document 1: ann, bo. Document 2: ann. Document 3: bo, cy. N = 100.
    let statements = [
        says(1, 1, "ann"),
        says(2, 1, "bo"),
        says(3, 2, "ann"),
        says(4, 3, "bo"),
        says(5, 3, "cy"),
    ];
    let edges = draft(&statements, &directions(&[0.0]), &GraphSettings::default());
    assert_eq!(short(&edges), vec![(1, 3, "people"), (2, 4, "people")]);
    // ann and bo speak in two documents each: ln 51; cy in one: ln 101.
    let (two, one) = (51f64.ln(), 101f64.ln());
    assert!((edges[0].weight - two / (2.0 * two)).abs() < 1e-12);
    assert!((edges[1].weight - two / (2.0 * two + one)).abs() < 1e-12);
    // ann in 2 of 20 documents is above 5 %.
    let none = build_edges(
        &statements,
        &directions(&[0.0]),
        20,
        &GraphSettings::default(),
        &Silent,
    )
    .unwrap();
    assert!(none.is_empty());
}

fn nation(random: &mut Random, m: usize) -> (Vec<GraphStatement>, Matrix<f32>) {
    let mut values = Vec::new();
    let mut statements = Vec::new();
    for i in 0..m {
        let row: Vec<f64> = (0..EIGHT).map(|_| random.next_normal() + 0.8).collect();
        let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        values.extend(row.iter().map(|x| (x / length) as f32));
        let doc = random.below(m / 2) as i64;
        // Places belong to documents, so they are drawn from the document's own stream.
        let mut of_doc = Seed(99).stream(&doc.to_string());
        let places = (0..of_doc.below(3))
            .map(|_| of_doc.below(30) as u32)
            .map(|key| PlaceRef {
                key,
                lat_deg: 50.0 + f64::from(key % 5) * 0.3,
                lon_deg: 8.0 + f64::from(key / 5) * 0.3,
            });
        statements.push(GraphStatement {
            topic: Some(TopicId(random.below(3) as i64)).filter(|_| random.below(5) > 0),
            issue: Some(IssueId(random.below(4) as i64)).filter(|_| random.below(3) > 0),
            stance: Stance::ALL[random.below(5)],
            speaker: Some(format!("s{}", random.below(9))).filter(|_| random.below(2) > 0),
            places: places.collect(),
            vector: i,
            ..statement(i as i64, doc)
        });
    }
    (statements, Matrix::from_values(m, EIGHT, values).unwrap())
}

/// Whether an edge of this kind may join the two at all, by definition.
fn may_join(
    x: &GraphStatement,
    y: &GraphStatement,
    kind: EdgeKind,
    cosine: f32,
    s: &GraphSettings,
) -> bool {
    let agreement = x.stance.value() * y.stance.value();
    let one_issue = x.issue.is_some() && x.issue == y.issue;
    x.doc != y.doc
        && match kind {
            EdgeKind::Shared => one_issue && agreement > 0.0,
            EdgeKind::Opposed => one_issue && agreement < 0.0,
            EdgeKind::Semantic => {
                x.topic.is_some() && x.topic == y.topic && cosine >= s.semantic_min_cosine as f32
            }
            EdgeKind::People => x.speaker.is_some() && x.speaker == y.speaker,
            EdgeKind::Place => x.places.iter().any(|p| {
                let km = |q: &PlaceRef| haversine_km(p.lat_deg, p.lon_deg, q.lat_deg, q.lon_deg);
                y.places.iter().any(|q| km(q) <= s.place_km)
            }),
        }
}

#[test]
fn equals_all_pairs_without_bounds() {
    let mut random = Seed(21).stream("graph");
    for _ in 0..10 {
        let (statements, vectors) = nation(&mut random, 60);
        let settings = GraphSettings {
            k_issue: 99,
            k_semantic: 99,
            k_place: 99,
            k_people: 99,
            max_name_share: 1.0,
            ..GraphSettings::default()
        };
        let mut expected = Vec::new();
        for (i, x) in statements.iter().enumerate() {
            for y in &statements[i + 1..] {
                let cosine = dot(vectors.row(x.vector), vectors.row(y.vector));
                let kinds = EdgeKind::ALL
                    .into_iter()
                    .filter(|&k| may_join(x, y, k, cosine, &settings));
                expected.extend(kinds.map(|k| (x.id.0, y.id.0, k.code())));
            }
        }
        let edges = draft(&statements, &vectors, &settings);
        assert_eq!(short(&edges), expected);
        assert!(edges.iter().all(|e| e.weight > 0.0 && e.weight <= 1.0));
        // Bounded edges are some of the unbounded, with the same numbers, in any order of statements.
        let bounded = GraphSettings {
            max_name_share: 1.0,
            k_issue: 3,
            k_semantic: 3,
            k_place: 3,
            k_people: 3,
            ..settings
        };
        let few = draft(&statements, &vectors, &bounded);
        assert!(few.len() < edges.len() && few.iter().all(|e| edges.contains(e)));
        let mut shuffled = statements.clone();
        random.shuffle(&mut shuffled);
        assert_eq!(few, draft(&shuffled, &vectors, &bounded));
    }
}

#[test]
fn bad_arguments_are_named() {
    let vectors = directions(&[0.0]);
    let build =
        |s: &[GraphStatement]| build_edges(s, &vectors, 9, &GraphSettings::default(), &Silent);
    assert_eq!(build(&[]), Ok(vec![]));
    let twice = build(&[statement(1, 1), statement(1, 2)]);
    assert!(matches!(
        twice,
        Err(ConflictError::RepeatedStatement { .. })
    ));
    let mut lost = statement(1, 1);
    lost.vector = 3;
    assert!(matches!(
        build(&[lost]),
        Err(ConflictError::UnknownVector {
            row: 3,
            n_rows: 1,
            ..
        })
    ));
    let mut off = statement(1, 1);
    off.places.push(PlaceRef {
        key: 1,
        lat_deg: f64::NAN,
        lon_deg: 0.0,
    });
    assert!(matches!(
        build(&[off]),
        Err(ConflictError::BadStatement {
            what: "latitude",
            ..
        })
    ));
}
