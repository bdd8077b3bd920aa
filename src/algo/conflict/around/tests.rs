//! Tests of what a change at one node does, against counting the whole graph twice.

use super::super::cycles::{count_conflict_cycles, count_links};
use super::*;
use crate::base::observe::Silent;
use crate::base::seed::{Random, Seed};

const STATES: [LinkState; 3] = [LinkState::Gone, LinkState::Plain, LinkState::Conflict];

fn random_graph(random: &mut Random, n: usize, share: f64) -> LinkGraph {
    let mut links = Vec::new();
    for a in 0..n as u32 {
        for b in a + 1..n as u32 {
            // The first node has many neighbors, so that rows of very different length meet.
            if random.next_f64() < if a == 0 { 0.9 } else { share } {
                links.push((a, b, random.next_f64() < 0.4));
            }
        }
    }
    LinkGraph::new(n, &links).unwrap()
}

/// Sets the state of some random links at `node`.
fn disturb(random: &mut Random, graph: &mut LinkGraph, node: Option<u32>, share: f64) {
    for link in 0..graph.n_links() {
        let (a, b) = graph.ends(link);
        if node.is_none_or(|n| n == a || n == b) && random.next_f64() < share {
            graph.set_state(link, STATES[random.below(3)]);
        }
    }
}

fn all_settings() -> impl Iterator<Item = CycleSettings> {
    let with = |max_len, exact_len| CycleSettings {
        max_len,
        exact_len,
        cap: None,
    };
    let at_most = (3..=5).map(move |len| with(len, None));
    at_most.chain((3..=5).map(move |len| with(5, Some(len))))
}

fn check_change(random: &mut Random, n: usize, share: f64) {
    let mut graph = random_graph(random, n, share);
    disturb(random, &mut graph, None, 0.2);
    let before = graph.clone();
    let node = random.below(n) as u32;
    let changed_share = [0.1, 0.5, 1.0][random.below(3)];
    disturb(random, &mut graph, Some(node), changed_share);
    let were = Corners::count(&before);
    let mut corners = were.clone();
    Change::new(Around::new(&before, node), Around::new(&graph, node)).turn_corners(&mut corners);
    assert_eq!(corners, Corners::count(&graph));
    for settings in all_settings() {
        let mut change = Change::new(Around::new(&before, node), Around::new(&graph, node));
        let total = |g: &LinkGraph| {
            let all = count_conflict_cycles(g, &settings, &Silent).unwrap();
            all.total() as i64
        };
        for corners in [&were, &Corners::default()] {
            assert_eq!(
                change.conflict_cycles(&graph, &settings, corners),
                total(&graph) - total(&before)
            );
        }
        let links: Vec<usize> = (0..graph.n_links())
            .filter(|&l| graph.state(l) != LinkState::Gone)
            .collect();
        let counted = count_links(&graph, &links, &settings, &Silent).unwrap();
        let earlier = count_links(&before, &links, &settings, &Silent).unwrap();
        for ((&link, now), was) in links.iter().zip(&counted).zip(&earlier) {
            let (x, y) = graph.ends(link);
            let state = graph.state(link);
            // A link in conflict makes ways of sign +1 odd cycles, a plain one even ones.
            let turn = if state == LinkState::Conflict { 1 } else { -1 };
            let odd = |all: i64, signed: i64| i64::midpoint(all, turn * signed);
            for i in 0..3 {
                if x == node || y == node {
                    let z = if x == node { y } else { x };
                    let sums = change.after().at(&graph, z, &settings);
                    assert_eq!(sums.all[i], now.by_length[i] as i64);
                    assert_eq!(odd(sums.all[i], sums.signed[i]), now.odd[i] as i64);
                } else {
                    let sums = change.of_link(&graph, (x, y), state, &settings);
                    assert_eq!(
                        sums.all[i],
                        now.by_length[i] as i64 - was.by_length[i] as i64
                    );
                    assert_eq!(
                        odd(sums.all[i], sums.signed[i]),
                        now.odd[i] as i64 - was.odd[i] as i64
                    );
                }
            }
        }
    }
}

#[test]
fn a_change_at_one_node_equals_counting_twice() {
    let mut random = Seed(17).stream("around");
    for round in 0..150 {
        let n = 3 + random.below(12);
        let share = [0.2, 0.4, 0.7, 1.0][round % 4];
        check_change(&mut random, n, share);
    }
}

#[test]
fn long_rows_are_searched_and_give_the_same() {
    let mut random = Seed(18).stream("hub");
    for _ in 0..4 {
        check_change(&mut random, 90, 0.03);
    }
}
