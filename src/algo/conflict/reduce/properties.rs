//! Tests of the rounds on random graphs: fresh counts after every decision, properties, replays.

use super::tests::{all_settings, edge, statement};
use super::*;
use crate::algo::conflict::cycles::{CycleSettings, count_links};
use crate::base::ids::{EdgeId, StatementId};
use crate::base::observe::Silent;
use crate::base::seed::{Random, Seed};
use crate::domain::conflict::{EdgeKind, Stance};
use proptest::prelude::*;

/// A random nation; most statements of an issue lean one way, so that something is flagged.
fn random_nation(random: &mut Random, m: usize) -> (Vec<GraphStatement>, Vec<ConflictEdge>) {
    let statements: Vec<GraphStatement> = (0..m)
        .map(|i| {
            let stance = if random.below(4) > 0 {
                4 - random.below(2)
            } else {
                random.below(3)
            };
            GraphStatement {
                issue: Some(IssueId(random.below(3) as i64)).filter(|_| random.below(6) > 0),
                confidence: random.next_f64(),
                doc_group_size: 1 + random.below(2),
                ..statement(
                    i as i64,
                    random.below(m * 2 / 3 + 1) as i64,
                    0,
                    Stance::ALL[stance],
                )
            }
        })
        .collect();
    let mut edges = Vec::new();
    for (i, a) in statements.iter().enumerate() {
        for b in &statements[i + 1..] {
            for kind in [EdgeKind::Semantic, EdgeKind::Place] {
                if a.doc != b.doc && random.next_f64() < 0.25 {
                    edges.push(edge(
                        edges.len() as i64,
                        a,
                        b,
                        kind,
                        0.05 + random.next_f64(),
                    ));
                }
            }
        }
    }
    (statements, edges)
}

fn random_verdicts(random: &mut Random, flags: &[Flag]) -> BTreeMap<EdgeId, Verdict> {
    let biased = [
        Verdict::Remove,
        Verdict::Remove,
        Verdict::Keep,
        Verdict::NotSure,
        Verdict::Undo,
    ];
    let mut given = BTreeMap::new();
    for flag in flags {
        if random.below(6) > 0 {
            given.insert(flag.edge, biased[random.below(5)]);
        }
    }
    given
}

/// Computes everything anew from the fates alone and compares.
fn check_fresh(state: &ReductionState) {
    let n_links = state.graph.n_links();
    let mut tallies = vec![LinkTally::default(); n_links];
    for (e, edge) in state.fixed.edges.iter().enumerate() {
        if state.fates[e] == EdgeFate::Live {
            tallies[state.fixed.link_of[e]].put(edge);
        }
    }
    assert_eq!(tallies, state.tallies);
    let mut graph = state.graph.clone();
    for (link, tally) in tallies.iter().enumerate() {
        graph.set_state(link, tally.state());
    }
    assert_eq!(graph, state.graph);
    let conflicts = graph.conflict_links();
    let counted = count_links(&graph, &conflicts, &state.settings.cycles, &Silent).unwrap();
    let fresh: BTreeMap<usize, LinkCycles> = conflicts.into_iter().zip(counted).collect();
    assert_eq!(fresh, state.cycles);
    let all = count_conflict_cycles(&graph, &state.settings.cycles, &Silent).unwrap();
    assert_eq!((all.total(), all.capped), state.n_cycles());
    let fresh = if state.corners == Corners::default() {
        Corners::default()
    } else {
        Corners::count(&graph)
    };
    assert_eq!(fresh, state.corners);
    let none = BTreeSet::new();
    for (i, &held) in state.supports.iter().enumerate() {
        assert_eq!(held.to_bits(), state.support(i, &none).to_bits());
    }
    for (&issue, held) in &state.dominants {
        // Bit for bit: sums run in the same order.
        assert_eq!(*held, state.dominant_without(issue, &none));
    }
}

#[test]
fn five_hundred_single_decisions_equal_fresh_counts() {
    let mut random = Seed(31).stream("decisions");
    let settings = ReductionSettings {
        max_rounds: u32::MAX,
        ..all_settings()
    };
    let mut n_decided = 0;
    let mut n_dropped = 0;
    while n_decided < 500 {
        let m = 30 + random.below(40);
        let (statements, edges) = random_nation(&mut random, m);
        let mut state = ReductionState::new(statements, edges, settings, &Silent).unwrap();
        for _ in 0..100 {
            let flags = state.flagged().to_vec();
            if flags.is_empty() {
                break;
            }
            let chosen = flags[random.below(flags.len())].edge;
            let preview = state.preview(chosen).unwrap();
            let outcome = state.apply(&BTreeMap::from([(chosen, Verdict::Remove)]));
            assert_eq!(outcome.removed, vec![chosen]);
            // The preview told the truth.
            assert_eq!(outcome.cycles_broken, preview.cycles_broken);
            assert_eq!(outcome.cycles_left, preview.cycles_left);
            assert_eq!(outcome.dropped, preview.dropped);
            let issue = state
                .fixed
                .issue_of(state.fixed.find_edge(chosen).unwrap())
                .unwrap();
            assert_eq!(state.dominants[&issue], preview.dominant_after);
            check_fresh(&state);
            n_decided += 1;
            n_dropped += outcome.dropped.len();
        }
    }
    assert!(n_dropped > 50);
}

/// What a verdict means after a random choice; `None` takes back.
fn random_verdict(random: &mut Random) -> Option<Verdict> {
    [
        Some(Verdict::Remove),
        Some(Verdict::Remove),
        Some(Verdict::Remove),
        Some(Verdict::Keep),
        Some(Verdict::NotSure),
        Some(Verdict::Undo),
        None,
        None,
    ][random.below(8)]
}

/// The open round as it must be from its verdicts alone: fates and drops, whatever the order was.
fn check_round(state: &ReductionState, start: &ReductionState) {
    let given: BTreeMap<EdgeId, Verdict> = state
        .flagged()
        .iter()
        .filter_map(|f| Some((f.edge, state.verdict(f.edge)?)))
        .collect();
    let live: BTreeSet<EdgeId> = state.live_edges().into_iter().collect();
    let mut gone = start.live_edges();
    gone.retain(|e| !live.contains(e));
    assert_eq!(state.leaving(), gone);
    let conflicts = state.fixed.edges.iter().filter(|e| e.is_conflict());
    let n_conflicts = conflicts.filter(|e| live.contains(&e.id)).count();
    assert_eq!(state.n_live_edges(), (live.len(), n_conflicts));
    let mut at_once = start.clone();
    let mut stepwise = state.clone();
    let outcome = at_once.apply(&given);
    assert_eq!(stepwise.close_round(), outcome);
    assert_eq!(stepwise, at_once);
    assert_eq!(state.flags_now(), at_once.flagged());
    assert_eq!(start.what_if(&given), outcome);
}

#[test]
fn five_hundred_decisions_undos_and_closings_equal_fresh_counts() {
    let mut random = Seed(33).stream("one at a time");
    let (mut n_decided, mut n_dropped, mut n_returned, mut n_closed) = (0, 0, 0, 0);
    while n_decided < 500 {
        let m = 20 + random.below(50);
        let (statements, edges) = random_nation(&mut random, m);
        let settings = ReductionSettings {
            cycles: [
                CycleSettings::default(),
                CycleSettings {
                    exact_len: Some(5),
                    ..CycleSettings::default()
                },
                CycleSettings {
                    max_len: 4,
                    ..CycleSettings::default()
                },
                CycleSettings {
                    cap: Some(90),
                    ..CycleSettings::default()
                },
            ][n_decided % 4],
            top_share: [0.25, 1.0][random.below(2)],
            ..ReductionSettings::default()
        };
        let mut state = ReductionState::new(statements, edges, settings, &Silent).unwrap();
        let mut start = state.clone();
        for _ in 0..25 {
            let flags = state.flagged().to_vec();
            if flags.is_empty() {
                break;
            }
            if random.below(16) == 0 {
                state.close_round();
                start = state.clone();
                n_closed += 1;
                check_fresh(&state);
                continue;
            }
            // Of few edges, so that verdicts change and are taken back.
            let chosen = flags[random.below(flags.len().min(12))].edge;
            let verdict = random_verdict(&mut random);
            let preview = state.preview(chosen);
            let was = state.verdict(chosen);
            let effect = state.decide(chosen, verdict).unwrap();
            if let (Some(p), Some(Verdict::Remove)) = (&preview, verdict) {
                if !state.bounded {
                    assert_eq!(effect.cycles_before - effect.cycles_left, p.cycles_broken);
                    assert_eq!(effect.cycles_left, p.cycles_left);
                }
                assert_eq!(effect.dropped, p.dropped.first().copied());
                let e = state.fixed.find_edge(chosen).unwrap();
                let issue = state.fixed.issue_of(e).unwrap();
                assert_eq!(state.dominants[&issue], p.dominant_after);
            }
            assert_eq!(preview.is_none(), was == Some(Verdict::Remove));
            assert_eq!(state.flagged(), flags);
            check_fresh(&state);
            check_round(&state, &start);
            n_decided += 1;
            n_dropped += usize::from(effect.dropped.is_some());
            n_returned += usize::from(effect.returned.is_some());
        }
    }
    assert!(
        n_dropped > 20 && n_returned > 5 && n_closed > 20,
        "{n_dropped} {n_returned} {n_closed}"
    );
}

#[test]
fn taking_everything_back_gives_the_round_as_it_began() {
    let mut random = Seed(34).stream("back");
    let (statements, edges) = random_nation(&mut random, 80);
    let start = ReductionState::new(statements, edges, all_settings(), &Silent).unwrap();
    let mut state = start.clone();
    let mut order: Vec<EdgeId> = start.flagged().iter().map(|f| f.edge).collect();
    random.shuffle(&mut order);
    for &edge in &order {
        assert!(state.decide(edge, Some(Verdict::Remove)).is_some());
    }
    assert!(!state.minority().is_empty() && state.n_cycles() < start.n_cycles());
    random.shuffle(&mut order);
    for &edge in &order {
        assert!(state.decide(edge, None).is_some());
    }
    assert_eq!(state, start);
    // An edge that was not flagged takes no verdict.
    let others = start.fixed.edges.iter().map(|e| e.id);
    let other = others.into_iter().find(|id| !order.contains(id)).unwrap();
    assert_eq!(state.decide(other, Some(Verdict::Remove)), None);
    assert_eq!(state.decide(EdgeId(-7), Some(Verdict::Remove)), None);
    assert_eq!(state, start);
}

#[test]
fn large_rounds_and_caps_equal_fresh_counts() {
    let mut random = Seed(32).stream("large");
    let (statements, edges) = random_nation(&mut random, 90);
    for cap in [None, Some(60), Some(1_000)] {
        let settings = ReductionSettings {
            cycles: CycleSettings {
                cap,
                ..CycleSettings::default()
            },
            ..all_settings()
        };
        let mut state =
            ReductionState::new(statements.clone(), edges.clone(), settings, &Silent).unwrap();
        check_fresh(&state);
        let mut n_left_with = 0;
        for share in [1, 2, 8] {
            let flags = state.flagged().to_vec();
            let some = flags.iter().step_by(share);
            let outcome = state.apply(&some.map(|f| (f.edge, Verdict::Remove)).collect());
            n_left_with += outcome.left_with.len();
            check_fresh(&state);
        }
        // Many links changed at once: the one-pass way was taken.
        assert!(n_left_with > 200);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing goes without a verdict, what is dropped goes whole, and a replay gives the same.
    #[test]
    fn rounds_do_what_was_decided_and_no_more(seed in any::<u64>(), m in 2usize..50, share in 0.1..1.0f64) {
        let mut random = Seed(seed).stream("rounds");
        let (statements, edges) = random_nation(&mut random, m);
        let settings = ReductionSettings { top_share: share, ..ReductionSettings::default() };
        let start = ReductionState::new(statements.clone(), edges.clone(), settings, &Silent).unwrap();
        let mut state = start.clone();
        let mut record = Vec::new();
        let mut removed = BTreeSet::new();
        while state.round() <= 5 {
            let before = state.clone();
            let flags = state.flagged().to_vec();
            prop_assert_eq!(&flags, &before.flagged().to_vec());
            let given = random_verdicts(&mut random, &flags);
            let outcome = state.apply(&given);
            for id in &outcome.removed {
                prop_assert_eq!(given.get(id), Some(&Verdict::Remove));
                removed.insert(*id);
            }
            if outcome.removed.is_empty() {
                prop_assert_eq!(before.live_edges(), state.live_edges());
                prop_assert_eq!(outcome.cycles_broken, 0);
            }
            // Only drops move D.
            for change in &outcome.dominant {
                let touched = outcome.dropped.iter().any(|id| {
                    statements.iter().any(|s| s.id == *id && s.issue == Some(change.issue))
                });
                prop_assert!(touched || change.before == change.after);
            }
            // A kept edge is not flagged again while D keeps its sign.
            for flag in state.flagged().to_vec() {
                if let Some(old) = flags.iter().find(|f| f.edge == flag.edge && outcome.kept.contains(&f.edge)) {
                    prop_assert!((old.dominant > 0.0) != (flag.dominant > 0.0));
                }
            }
            check_fresh(&state);
            record.push(given);
        }
        let dropped: BTreeSet<StatementId> = state.minority().iter().map(|&(s, _)| s).collect();
        for e in &edges {
            match state.fate(e.id).unwrap() {
                EdgeFate::Live => prop_assert!(!dropped.contains(&e.a) && !dropped.contains(&e.b)),
                EdgeFate::Removed { .. } => prop_assert!(removed.contains(&e.id) && e.is_conflict()),
                EdgeFate::LeftWith { statement, .. } => prop_assert!(dropped.contains(&statement)),
            }
        }
        // Dropped exactly when half of the first conflict edges were removed with it deviating.
        for s in &statements {
            let first = edges.iter().filter(|e| e.is_conflict() && (e.a == s.id || e.b == s.id)).count();
            let deviating = edges.iter().filter(|e| {
                matches!(state.fate(e.id), Some(EdgeFate::Removed { deviating, .. }) if deviating == s.id)
            }).count();
            prop_assert_eq!(dropped.contains(&s.id), deviating > 0 && 2 * deviating >= first);
        }
        // The same verdicts from the start, arguments in another order.
        let (mut again_statements, mut again_edges) = (statements, edges);
        random.shuffle(&mut again_statements);
        random.shuffle(&mut again_edges);
        let mut again = ReductionState::new(again_statements, again_edges, settings, &Silent).unwrap();
        prop_assert_eq!(&again, &start);
        for given in &record {
            again.apply(given);
        }
        prop_assert_eq!(&again, &state);
    }
}
