//! Tests of the rounds on small nations worked out by hand.

use super::*;
use crate::algo::conflict::stance::Contested;
use crate::base::ids::{DocId, EdgeId, StatementId};
use crate::base::observe::Silent;
use crate::domain::conflict::{EdgeKind, Stance};

pub(super) fn statement(id: i64, doc: i64, issue: i64, stance: Stance) -> GraphStatement {
    GraphStatement {
        id: StatementId(id),
        doc: DocId(doc),
        topic: None,
        issue: Some(IssueId(issue)),
        stance,
        confidence: 1.0,
        speaker: None,
        places: vec![],
        doc_group_size: 1,
        vector: 0,
    }
}

pub(super) fn edge(
    id: i64,
    a: &GraphStatement,
    b: &GraphStatement,
    kind: EdgeKind,
    weight: f64,
) -> ConflictEdge {
    let one_issue = a.issue.is_some() && a.issue == b.issue;
    ConflictEdge {
        id: EdgeId(id),
        a: a.id.min(b.id),
        b: a.id.max(b.id),
        kind,
        weight,
        agreement: if one_issue {
            a.stance.value() * b.stance.value()
        } else {
            0.0
        },
    }
}

pub(super) fn all_settings() -> ReductionSettings {
    ReductionSettings {
        top_share: 1.0,
        ..ReductionSettings::default()
    }
}

/// Statements 1–3 support, 4 opposes, one document each, all joined with weight ½.
fn four(settings: ReductionSettings) -> ReductionState {
    let statements: Vec<GraphStatement> = (1..=4)
        .map(|i| {
            statement(
                i,
                i,
                1,
                if i == 4 {
                    Stance::Opposes
                } else {
                    Stance::Supports
                },
            )
        })
        .collect();
    let mut edges = Vec::new();
    for (i, a) in statements.iter().enumerate() {
        for b in &statements[i + 1..] {
            let kind = if b.id.0 == 4 {
                EdgeKind::Opposed
            } else {
                EdgeKind::Shared
            };
            edges.push(edge(edges.len() as i64 + 1, a, b, kind, 0.5));
        }
    }
    // Ids: 1 = 1–2, 2 = 1–3, 3 = 1–4, 4 = 2–3, 5 = 2–4, 6 = 3–4.
    ReductionState::new(statements, edges, settings, &Silent).unwrap()
}

fn verdicts(all: &[(i64, Verdict)]) -> BTreeMap<EdgeId, Verdict> {
    all.iter().map(|&(e, v)| (EdgeId(e), v)).collect()
}

#[test]
fn a_lone_dissenter_by_hand() {
    let mut state = four(all_settings());
    // w = 1 + 2 · ½ = 2 for the three, 1 for the dissenter: D = (3·2 − 1) / 7 = 5/7.
    let d = 5.0 / 7.0;
    let summary = state.issue_summaries()[0];
    assert!((summary.dominant - d).abs() < 1e-12);
    assert_eq!(
        (
            summary.contested,
            summary.n_for,
            summary.n_against,
            summary.n_docs
        ),
        (None, 3, 1, 4)
    );
    assert_eq!(summary.n_conflict_edges, 3);
    // K4: each conflict link lies on 2 triangles and 2 squares, all even. Conflict cycles in all:
    // the 3 triangles with document 4, and all 3 squares.
    assert_eq!(state.n_cycles(), (6, false));
    let flags = state.flagged().to_vec();
    assert_eq!(
        flags.iter().map(|f| f.edge.0).collect::<Vec<_>>(),
        vec![3, 5, 6]
    );
    for flag in &flags {
        assert_eq!(
            (flag.deviating, flag.n_cycles, flag.round),
            (StatementId(4), 4, 1)
        );
        assert!((flag.priority - 5f64.ln() * (1.0 + d) * 0.5).abs() < 1e-12);
        assert_eq!(flag.proposal, Verdict::Remove);
    }
    assert_eq!(
        state.example_cycles(EdgeId(3), 2),
        vec![
            vec![DocId(1), DocId(2), DocId(4)],
            vec![DocId(1), DocId(3), DocId(4)]
        ]
    );

    // Without 1–4: triangle 2–3–4 and square 1–2–4–3 are left of 6. One of 3 is below half.
    let preview = state.preview(EdgeId(3)).unwrap();
    assert_eq!((preview.cycles_broken, preview.cycles_left), (4, 2));
    assert_eq!((preview.link_cycles_left, preview.dropped.len()), (0, 0));
    assert_eq!(preview.dominant_after, preview.dominant_before);
    assert_eq!(state.preview(EdgeId(1)), None);

    // Two of three are above half: 4 is dropped and takes the third along.
    let answer = verdicts(&[
        (3, Verdict::Remove),
        (5, Verdict::Remove),
        (6, Verdict::NotSure),
        (1, Verdict::Remove),
    ]);
    let supposed = state.what_if(&answer);
    let outcome = state.apply(&answer);
    assert_eq!(supposed, outcome);
    assert_eq!(outcome.removed, vec![EdgeId(3), EdgeId(5)]);
    assert_eq!(
        (outcome.undecided, outcome.ignored),
        (vec![EdgeId(6)], vec![EdgeId(1)])
    );
    assert_eq!(
        (outcome.dropped, outcome.left_with),
        (vec![StatementId(4)], vec![EdgeId(6)])
    );
    assert_eq!((outcome.cycles_broken, outcome.cycles_left), (6, 0));
    assert!((outcome.dominant[0].before.value - d).abs() < 1e-12);
    assert!((outcome.dominant[0].after.value - 1.0).abs() < 1e-12);
    assert_eq!(state.minority(), vec![(StatementId(4), 1)]);
    assert_eq!(state.live_edges(), vec![EdgeId(1), EdgeId(2), EdgeId(4)]);
    assert!(state.is_finished());
    assert_eq!(state.round(), 2);
}

#[test]
fn kept_edges_stay_away_and_undecided_return() {
    let mut state = four(all_settings());
    let outcome = state.apply(&verdicts(&[
        (3, Verdict::Keep),
        (5, Verdict::NotSure),
        (6, Verdict::Undo),
    ]));
    assert_eq!((outcome.kept, outcome.removed), (vec![EdgeId(3)], vec![]));
    let again: Vec<i64> = state.flagged().to_vec().iter().map(|f| f.edge.0).collect();
    assert_eq!(again, vec![5, 6]);
    for _ in 2..=5 {
        assert!(!state.is_finished());
        state.apply(&BTreeMap::new());
    }
    // Five rounds are over.
    assert_eq!((state.round(), state.is_finished()), (6, true));
    assert_eq!(state.live_edges().len(), 6);
}

#[test]
fn a_kept_edge_returns_when_the_sign_changes() {
    // Issue 1: 1 and 2 support with much confidence, 3 and 4 oppose with little; a neutral link of
    // each to document 9 closes cycles. D = (0.9 + 0.9 − 0.4 − 0.4) / 2.6 = 0.38.
    let sides = [(1, 0.9), (2, 0.9), (3, -0.4), (4, -0.4)];
    let mut statements: Vec<GraphStatement> = sides
        .iter()
        .map(|&(i, c): &(i64, f64)| {
            let stance = if c > 0.0 {
                Stance::Supports
            } else {
                Stance::Opposes
            };
            GraphStatement {
                confidence: c.abs(),
                ..statement(i, i, 1, stance)
            }
        })
        .collect();
    statements.push(GraphStatement {
        issue: None,
        ..statement(9, 9, 0, Stance::Neither)
    });
    let mut edges = Vec::new();
    for (a, b) in [
        (0, 2),
        (0, 3),
        (1, 2),
        (1, 3),
        (0, 4),
        (1, 4),
        (2, 4),
        (3, 4),
    ] {
        let kind = if b == 4 {
            EdgeKind::Semantic
        } else {
            EdgeKind::Opposed
        };
        edges.push(edge(
            edges.len() as i64,
            &statements[a],
            &statements[b],
            kind,
            1.0,
        ));
    }
    let settings = ReductionSettings {
        drop_share: 1.0,
        ..all_settings()
    };
    let mut state = ReductionState::new(statements, edges, settings, &Silent).unwrap();
    assert!((state.issue_summaries()[0].dominant - 1.0 / 2.6).abs() < 1e-12);
    // Little confidence: the machine would keep.
    assert!(
        state
            .flagged()
            .to_vec()
            .iter()
            .all(|f| f.proposal == Verdict::Keep)
    );
    state.apply(&verdicts(&[
        (0, Verdict::Keep),
        (1, Verdict::Keep),
        (2, Verdict::Keep),
        (3, Verdict::Keep),
    ]));
    assert!(state.is_finished());
    // D turns by hand, as a drop would turn it: the kept edges are candidates again.
    let turned = Dominant {
        value: -0.5,
        contested: None,
        n_docs: 4,
    };
    state.dominants.insert(IssueId(1), turned);
    let flags = state.flags_now();
    assert_eq!(flags.len(), 4);
    assert!(flags.iter().all(|f| f.deviating.0 <= 2));
}

#[test]
fn contested_issues_flag_nothing() {
    let statements: Vec<GraphStatement> = (1..=4)
        .map(|i| {
            statement(
                i,
                i,
                1,
                if i > 2 {
                    Stance::Opposes
                } else {
                    Stance::Supports
                },
            )
        })
        .collect();
    let mut edges = Vec::new();
    for (i, a) in statements.iter().enumerate() {
        for b in &statements[i + 1..] {
            edges.push(edge(edges.len() as i64, a, b, EdgeKind::Semantic, 0.5));
        }
    }
    let state = ReductionState::new(statements, edges, all_settings(), &Silent).unwrap();
    assert_eq!(
        state.issue_summaries()[0].contested,
        Some(Contested::Balanced)
    );
    assert!(state.is_finished());
    assert!(state.n_cycles().0 > 0);
}

#[test]
fn only_the_top_share_is_flagged_in_the_order_set() {
    let mut statements: Vec<GraphStatement> = (1..=8)
        .map(|i| statement(i, i, 1, Stance::Supports))
        .collect();
    statements[6].stance = Stance::Opposes;
    statements[7].stance = Stance::Opposes;
    statements[7].confidence = 0.3;
    let mut edges = Vec::new();
    for (i, a) in statements.iter().enumerate() {
        for b in &statements[i + 1..] {
            // Edges of statement 7 weigh more.
            let weight = if b.id.0 == 7 { 0.9 } else { 0.5 };
            edges.push(edge(edges.len() as i64, a, b, EdgeKind::Semantic, weight));
        }
    }
    // 12 candidates: a quarter is 3.
    let by = |order| {
        let settings = ReductionSettings {
            order,
            ..ReductionSettings::default()
        };
        let state =
            ReductionState::new(statements.clone(), edges.clone(), settings, &Silent).unwrap();
        state.flagged().to_vec()
    };
    let first = by(FlagOrder::Priority);
    assert_eq!(
        first.iter().map(|f| f.deviating.0).collect::<Vec<_>>(),
        vec![7, 7, 7]
    );
    assert!(first.is_sorted_by(|x, y| x.priority >= y.priority));
    let unsure = by(FlagOrder::LeastConfident);
    assert_eq!(
        unsure.iter().map(|f| f.deviating.0).collect::<Vec<_>>(),
        vec![8, 8, 8]
    );
}

#[test]
fn contradictions_inside_a_document_are_listed() {
    let statements = vec![
        statement(1, 1, 1, Stance::Supports),
        statement(2, 1, 1, Stance::Opposes),
        statement(3, 1, 1, Stance::LeansTowards),
        statement(4, 1, 2, Stance::Opposes),
        statement(5, 2, 1, Stance::Opposes),
        statement(6, 1, 1, Stance::LeansAgainst),
    ];
    let state =
        ReductionState::new(statements, vec![], ReductionSettings::default(), &Silent).unwrap();
    let pairs: Vec<(i64, i64)> = state
        .self_contradictions()
        .iter()
        .map(|c| (c.a.0, c.b.0))
        .collect();
    assert_eq!(pairs, vec![(1, 2), (1, 6), (2, 3), (3, 6)]);
    assert!(state.is_finished() && state.minority().is_empty());
}

#[test]
fn wrong_arguments_are_named() {
    let one = statement(1, 1, 1, Stance::Supports);
    let two = statement(2, 2, 1, Stance::Opposes);
    let good = edge(1, &one, &two, EdgeKind::Opposed, 0.5);
    let new = |s: Vec<GraphStatement>, e: Vec<ConflictEdge>| {
        ReductionState::new(s, e, ReductionSettings::default(), &Silent).map(|_| ())
    };
    let both = vec![one.clone(), two.clone()];
    assert_eq!(new(vec![], vec![]), Ok(()));
    assert_eq!(new(both.clone(), vec![good]), Ok(()));
    let repeated = new(both.clone(), vec![good, good]);
    assert_eq!(
        repeated,
        Err(ConflictError::RepeatedEdge { edge: EdgeId(1) })
    );
    let unknown = new(vec![one.clone()], vec![good]);
    assert!(matches!(
        unknown,
        Err(ConflictError::UnknownStatement { .. })
    ));
    let mut heavy = good;
    heavy.weight = f64::NAN;
    assert!(matches!(
        new(both.clone(), vec![heavy]),
        Err(ConflictError::BadEdge { .. })
    ));
    let mut elsewhere = two.clone();
    elsewhere.issue = Some(IssueId(2));
    let across = new(vec![one.clone(), elsewhere], vec![good]);
    assert_eq!(
        across,
        Err(ConflictError::ConflictOutsideIssue { edge: EdgeId(1) })
    );
    let mut inside = two.clone();
    inside.doc = one.doc;
    let same = new(vec![one.clone(), inside], vec![good]);
    assert_eq!(same, Err(ConflictError::SameDocument { edge: EdgeId(1) }));
    let mut unsure = two;
    unsure.confidence = 1.5;
    assert!(matches!(
        new(vec![one, unsure], vec![]),
        Err(ConflictError::BadStatement { .. })
    ));
    let settings = ReductionSettings {
        drop_share: 2.0,
        ..ReductionSettings::default()
    };
    let range = ReductionState::new(vec![], vec![], settings, &Silent);
    assert!(matches!(
        range,
        Err(ConflictError::Setting {
            name: "drop_share",
            ..
        })
    ));
}
