//! Tests of the cycle counts against a search that lists every cycle.

use super::*;
use crate::base::observe::{Cancelled, Silent};
use crate::base::seed::{Random, Seed};
use std::collections::{BTreeMap, BTreeSet};

type Links = Vec<(u32, u32, bool)>;

fn random_links(random: &mut Random, n: usize, share: f64, conflict_share: f64) -> Links {
    let mut links = Vec::new();
    for a in 0..n as u32 {
        for b in a + 1..n as u32 {
            if random.next_f64() < share {
                links.push((a, b, random.next_f64() < conflict_share));
            }
        }
    }
    links
}

/// All simple cycles of 3 to 5 nodes, each once: smallest node first, then the smaller neighbor.
fn all_cycles(n: usize, links: &Links) -> Vec<Vec<u32>> {
    fn extend(path: &mut Vec<u32>, next: &BTreeMap<u32, BTreeSet<u32>>, found: &mut Vec<Vec<u32>>) {
        let tip = path[path.len() - 1];
        for &c in next.get(&tip).into_iter().flatten() {
            if c == path[0] && path.len() >= 3 && path[1] < tip {
                found.push(path.clone());
            } else if c > path[0] && path.len() < 5 && !path.contains(&c) {
                path.push(c);
                extend(path, next, found);
                path.pop();
            }
        }
    }
    let mut next: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for &(a, b, _) in links {
        next.entry(a).or_default().insert(b);
        next.entry(b).or_default().insert(a);
    }
    let mut found = Vec::new();
    for start in 0..n as u32 {
        extend(&mut vec![start], &next, &mut found);
    }
    found
}

/// The links of a cycle given by its nodes.
fn links_of(cycle: &[u32]) -> Vec<(u32, u32)> {
    (0..cycle.len())
        .map(|i| (cycle[i], cycle[(i + 1) % cycle.len()]))
        .map(|(a, b)| (a.min(b), a.max(b)))
        .collect()
}

fn brute(n: usize, links: &Links, settings: &CycleSettings) -> (Vec<LinkCycles>, ConflictCycles) {
    let conflicts: BTreeSet<(u32, u32)> = links
        .iter()
        .filter(|l| l.2)
        .map(|&(a, b, _)| (a, b))
        .collect();
    let mut counts: BTreeMap<(u32, u32), LinkCycles> = conflicts
        .iter()
        .map(|&link| {
            let empty = LinkCycles {
                link,
                by_length: [0; 3],
                odd: [0; 3],
                capped: false,
            };
            (link, empty)
        })
        .collect();
    let mut all = ConflictCycles::default();
    for cycle in all_cycles(n, links)
        .iter()
        .filter(|c| settings.wants(c.len()))
    {
        let signed: Vec<(u32, u32)> = links_of(cycle)
            .into_iter()
            .filter(|l| conflicts.contains(l))
            .collect();
        all.by_length[cycle.len() - 3] += u64::from(!signed.is_empty());
        all.odd[cycle.len() - 3] += signed.len() as u64 % 2;
        for link in &signed {
            let entry = counts.get_mut(link).unwrap();
            entry.by_length[cycle.len() - 3] += 1;
            entry.odd[cycle.len() - 3] += signed.len() as u64 % 2;
        }
    }
    (counts.into_values().collect(), all)
}

#[test]
fn a_square_with_a_diagonal() {
    // 0–1–2–3–0 and the diagonal 0–2; 0–1 and 0–3 in conflict.
    let links = vec![
        (0, 1, true),
        (1, 2, false),
        (2, 3, false),
        (0, 3, true),
        (0, 2, false),
    ];
    let counts = count_cycles(4, &links, &CycleSettings::default(), &Silent).unwrap();
    assert_eq!(counts.len(), 2);
    // Through 0–1: the triangle 0–1–2, one conflict, odd; the square, two conflicts, even.
    assert_eq!(counts[0].link, (0, 1));
    assert_eq!((counts[0].by_length, counts[0].odd), ([1, 1, 0], [1, 0, 0]));
    assert_eq!(counts[1].link, (0, 3));
    assert_eq!((counts[1].total(), counts[1].total_odd()), (2, 1));
    let graph = LinkGraph::new(4, &links).unwrap();
    assert_eq!(
        cycles_through(&graph, 0, &CycleSettings::default(), 9),
        vec![vec![0, 2, 1], vec![0, 3, 2, 1]]
    );
    // Distinct conflict cycles: two triangles, both odd, and the square.
    let all = ConflictCycles {
        by_length: [2, 1, 0],
        odd: [2, 0, 0],
        capped: false,
    };
    assert_eq!(
        count_conflict_cycles(&graph, &CycleSettings::default(), &Silent),
        Ok(all)
    );
}

#[test]
fn a_complete_graph_has_the_textbook_numbers() {
    // K7: through one link (n−2) triangles, (n−2)(n−3) squares, (n−2)(n−3)(n−4) pentagons.
    let links: Links = (0..7)
        .flat_map(|a| (a + 1..7).map(move |b| (a, b, a == 0 && b == 1)))
        .collect();
    let counts = count_cycles(7, &links, &CycleSettings::default(), &Silent).unwrap();
    assert_eq!(counts[0].by_length, [5, 20, 60]);
    assert_eq!(counts[0].odd, [5, 20, 60]);
}

#[test]
fn equals_listing_on_random_graphs() {
    let mut random = Seed(11).stream("cycles");
    for round in 0..200 {
        let n = 3 + random.below(12);
        let share = 0.15 + 0.6 * random.next_f64();
        let links = random_links(&mut random, n, share, 0.4);
        let settings = CycleSettings {
            max_len: 3 + round % 3,
            exact_len: (round % 5 == 0).then_some(3 + round % 3),
            cap: None,
        };
        let (expected, all) = brute(n, &links, &settings);
        assert_eq!(
            count_cycles(n, &links, &settings, &Silent).unwrap(),
            expected
        );
        let graph = LinkGraph::new(n, &links).unwrap();
        assert_eq!(count_conflict_cycles(&graph, &settings, &Silent), Ok(all));
        for counted in &expected {
            let link = graph.find(counted.link.0, counted.link.1).unwrap();
            let listed = cycles_through(&graph, link, &settings, usize::MAX);
            assert_eq!(listed.len() as u64, counted.total());
            let distinct: BTreeSet<&Vec<u32>> = listed.iter().collect();
            assert_eq!(distinct.len(), listed.len());
            assert!(listed.is_sorted_by_key(Vec::len));
            let few = cycles_through(&graph, link, &settings, 3);
            assert_eq!(few, listed[..listed.len().min(3)].to_vec());
        }
    }
}

#[test]
fn weakening_breaks_as_many_as_are_missing() {
    let mut random = Seed(12).stream("weaken");
    let settings = CycleSettings::default();
    for _ in 0..60 {
        let links = random_links(&mut random, 11, 0.5, 0.3);
        let mut graph = LinkGraph::new(11, &links).unwrap();
        let count = |graph: &LinkGraph| {
            let all = count_conflict_cycles(graph, &settings, &Silent).unwrap();
            (all.total(), all.capped)
        };
        let (mut left, _) = count(&graph);
        for _ in 0..8 {
            let link = random.below(graph.n_links());
            let to = match graph.state(link) {
                LinkState::Conflict if random.below(2) == 0 => LinkState::Plain,
                _ => LinkState::Gone,
            };
            let (n_broken, capped) = weaken_links(&mut graph, &[(link, to)], &settings);
            assert!(!capped);
            left -= n_broken;
            assert_eq!(count(&graph), (left, false));
        }
    }
}

#[test]
fn a_cap_gives_lower_bounds_and_says_so() {
    let mut random = Seed(13).stream("cap");
    let links = random_links(&mut random, 30, 0.5, 0.2);
    let exact = count_cycles(30, &links, &CycleSettings::default(), &Silent).unwrap();
    let mut n_capped = 0;
    for cap in [0, 40, 200, 600, 100_000] {
        let settings = CycleSettings {
            cap: Some(cap),
            ..CycleSettings::default()
        };
        let bounded = count_cycles(30, &links, &settings, &Silent).unwrap();
        for (low, full) in bounded.iter().zip(&exact) {
            n_capped += usize::from(low.capped);
            assert!(low.capped || low == full);
            assert!(
                (0..3).all(|i| low.by_length[i] <= full.by_length[i] && low.odd[i] <= full.odd[i])
            );
            assert!((0..3).all(|i| low.odd[i] <= low.by_length[i]));
        }
    }
    assert!(n_capped > 0);
}

#[test]
fn two_camps_on_one_issue_have_no_odd_cycle() {
    // Documents 0–4 against 5–8, everything linked: conflict exactly across the camps.
    let links: Links = (0..9)
        .flat_map(|a| (a + 1..9).map(move |b| (a, b, a < 5 && b >= 5)))
        .collect();
    let counts = count_cycles(9, &links, &CycleSettings::default(), &Silent).unwrap();
    assert_eq!(counts.len(), 20);
    assert!(counts.iter().all(|c| c.total_odd() == 0 && c.total() > 0));
}

#[test]
fn relabeling_changes_nothing_but_names() {
    let mut random = Seed(14).stream("relabel");
    let links = random_links(&mut random, 14, 0.4, 0.3);
    let mut names: Vec<u32> = (0..14).collect();
    random.shuffle(&mut names);
    let renamed: Links = links
        .iter()
        .rev()
        .map(|&(a, b, c)| (names[a as usize], names[b as usize], c))
        .collect();
    let settings = CycleSettings::default();
    let mut first: Vec<LinkCycles> = count_cycles(14, &links, &settings, &Silent).unwrap();
    for counted in &mut first {
        let (a, b) = (
            names[counted.link.0 as usize],
            names[counted.link.1 as usize],
        );
        counted.link = (a.min(b), a.max(b));
    }
    first.sort_by_key(|c| c.link);
    assert_eq!(
        first,
        count_cycles(14, &renamed, &settings, &Silent).unwrap()
    );
}

#[test]
fn thread_count_changes_nothing() {
    let mut random = Seed(15).stream("threads");
    let links = random_links(&mut random, 60, 0.3, 0.4);
    let graph = LinkGraph::new(60, &links).unwrap();
    let settings = CycleSettings::default();
    let count = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .build();
        pool.unwrap().install(|| {
            let each = count_cycles(60, &links, &settings, &Silent).unwrap();
            (
                each,
                count_conflict_cycles(&graph, &settings, &Silent).unwrap(),
            )
        })
    };
    assert_eq!(count(1), count(3));
}

#[test]
fn odd_arguments_are_answered() {
    let default = CycleSettings::default();
    assert_eq!(count_cycles(0, &[], &default, &Silent), Ok(vec![]));
    let lonely = count_cycles(2, &[(0, 1, true)], &default, &Silent).unwrap();
    assert_eq!(lonely[0].total(), 0);
    for (max_len, exact_len, length) in [(6, None, 6), (2, None, 2), (5, Some(7), 7)] {
        let settings = CycleSettings {
            max_len,
            exact_len,
            cap: None,
        };
        assert_eq!(
            count_cycles(2, &[], &settings, &Silent),
            Err(ConflictError::CycleLength { length })
        );
    }
}

#[test]
fn a_cancel_is_heard() {
    struct Stop;
    impl Observe for Stop {
        fn step(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
            Err(Cancelled)
        }
    }
    let links = vec![(0, 1, true), (1, 2, false), (0, 2, false)];
    let answer = count_cycles(3, &links, &CycleSettings::default(), &Stop);
    assert_eq!(answer, Err(ConflictError::Cancelled(Cancelled)));
}
