//! Conflict cycles of 3 to 5 documents, counted exactly per conflict link.
//!
//! Counting meets in the middle and never lists cycles; [`cycles_through`] lists a few for the
//! screen. It knows documents and links only, no statement, stance or issue.

use super::ConflictError;
use super::links::{LinkGraph, LinkState};
use crate::base::observe::Observe;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Shortest and longest cycle that is counted.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=5;

/// Links counted between two reports of progress: about a millisecond, ten with hubs.
const CHUNK_LINKS: usize = 64;

/// Which cycles count, and how much work one link may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CycleSettings {
    /// Longest cycle, 3 to 5 documents.
    pub max_len: usize,
    /// Only cycles of this length, 3 to 5; the paper counts 5 alone.
    pub exact_len: Option<usize>,
    /// Neighbor entries that may be read for one link; beyond it counts are lower bounds.
    pub cap: Option<u64>,
}

impl Default for CycleSettings {
    /// 3 to 5 documents, without a cap.
    fn default() -> Self {
        Self {
            max_len: 5,
            exact_len: None,
            cap: None,
        }
    }
}

impl CycleSettings {
    /// Checks that both lengths are ones that are counted.
    ///
    /// # Errors
    /// [`ConflictError::CycleLength`] names the first that is not.
    pub fn check(&self) -> Result<(), ConflictError> {
        for length in [Some(self.max_len), self.exact_len].into_iter().flatten() {
            if !LENGTHS.contains(&length) {
                return Err(ConflictError::CycleLength { length });
            }
        }
        Ok(())
    }

    /// Tells for 3, 4 and 5 documents whether such cycles count.
    pub fn lengths(&self) -> [bool; 3] {
        std::array::from_fn(|i| self.wants(3 + i))
    }

    /// Tells whether cycles of `length` documents count.
    fn wants(&self, length: usize) -> bool {
        self.exact_len
            .map_or(length <= self.max_len, |exact| length == exact)
    }
}

/// Cycles through one conflict link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkCycles {
    /// Ends of the link, the smaller first.
    pub link: (u32, u32),
    /// Simple cycles of 3, 4 and 5 nodes through it; 0 for a length that was not asked for.
    pub by_length: [u64; 3],
    /// Those among them with an odd number of conflict links.
    pub odd: [u64; 3],
    /// The cap was reached: the numbers are lower bounds.
    pub capped: bool,
}

impl LinkCycles {
    /// Returns the cycles of all lengths.
    pub fn total(&self) -> u64 {
        self.by_length.iter().sum()
    }

    /// Returns the odd cycles of all lengths.
    pub fn total_odd(&self) -> u64 {
        self.odd.iter().sum()
    }
}

/// Counts for every conflict link the simple cycles through it.
///
/// Parallel links become one, a conflict if any of them is; links of a node with itself are left
/// out. The result is ascending by link and the same at any thread count.
///
/// # Errors
/// [`ConflictError::CycleLength`], [`ConflictError::UnknownNode`], [`ConflictError::Cancelled`].
///
/// # Source
/// Meeting in the middle. For a link u–v let A be the neighbors of u without v, B those of v without
/// u, and x(c) the number of a ∈ A next to c, for c other than u and v. Then the cycles of 3, 4 and 5
/// nodes number |A ∩ B|, Σ x(b) over b ∈ B, and Σ x(c) over b ∈ B and c next to b, less
/// deg(b) − 2 for each b ∈ A ∩ B, where both halves would use the same node. With signs (+1
/// plain, −1 conflict) multiplied along the way the same sums give even minus odd cycles (structural
/// balance, Cartwright and Harary 1956).
///
/// # Cost
/// Per link the sum of degrees over the neighbors of both ends; 8 bytes a node and thread.
pub fn count_cycles(
    n_nodes: usize,
    links: &[(u32, u32, bool)],
    settings: &CycleSettings,
    observe: &dyn Observe,
) -> Result<Vec<LinkCycles>, ConflictError> {
    settings.check()?;
    let graph = LinkGraph::new(n_nodes, links)?;
    count_links(&graph, &graph.conflict_links(), settings, observe)
}

/// Counts the cycles through the named links of a graph, as [`count_cycles`] does.
///
/// # Errors
/// [`ConflictError::CycleLength`], [`ConflictError::Cancelled`].
///
/// # Panics
/// If a link does not exist.
pub fn count_links(
    graph: &LinkGraph,
    links: &[usize],
    settings: &CycleSettings,
    observe: &dyn Observe,
) -> Result<Vec<LinkCycles>, ConflictError> {
    settings.check()?;
    let done = AtomicU64::new(0);
    let chunks: Result<Vec<Vec<LinkCycles>>, ConflictError> = links
        .par_chunks(CHUNK_LINKS)
        .map_init(
            || Scratch::new(graph.n_nodes()),
            |scratch, chunk| {
                let counted = chunk
                    .iter()
                    .map(|&link| {
                        let tally = tally(graph, link, settings, Which::All, scratch);
                        LinkCycles {
                            link: graph.ends(link),
                            by_length: tally.all,
                            odd: tally.odd(graph.state(link)),
                            capped: tally.capped,
                        }
                    })
                    .collect();
                let n = chunk.len() as u64;
                observe.step(done.fetch_add(n, Ordering::Relaxed) + n, links.len() as u64)?;
                Ok(counted)
            },
        )
        .collect();
    Ok(chunks?.into_iter().flatten().collect())
}

/// Distinct cycles of a whole graph that hold at least one conflict link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConflictCycles {
    /// Those of 3, 4 and 5 nodes; 0 for a length that was not asked for.
    pub by_length: [u64; 3],
    /// Those among them with an odd number of conflict links.
    pub odd: [u64; 3],
    /// The cap was reached: the numbers are lower bounds.
    pub capped: bool,
}

impl ConflictCycles {
    /// Returns the cycles of all lengths.
    pub fn total(&self) -> u64 {
        self.by_length.iter().sum()
    }

    fn add(&mut self, other: &Self) {
        for i in 0..3 {
            self.by_length[i] += other.by_length[i];
            self.odd[i] += other.odd[i];
        }
        self.capped |= other.capped;
    }
}

/// Counts the distinct cycles of the whole graph that hold at least one conflict link.
///
/// The i-th conflict link counts its cycles in the graph without the earlier ones, so each cycle is
/// counted once, at its first conflict link.
///
/// # Errors
/// [`ConflictError::CycleLength`], [`ConflictError::Cancelled`].
pub fn count_conflict_cycles(
    graph: &LinkGraph,
    settings: &CycleSettings,
    observe: &dyn Observe,
) -> Result<ConflictCycles, ConflictError> {
    settings.check()?;
    let links = graph.conflict_links();
    // Few large pieces: each copies the states once and takes links away as it goes.
    let piece = links.len().div_ceil(32).max(1);
    let done = AtomicU64::new(0);
    let pieces: Result<Vec<ConflictCycles>, ConflictError> = links
        .par_chunks(piece)
        .enumerate()
        .map(|(p, own)| {
            let mut rest = graph.clone();
            for &earlier in &links[..p * piece] {
                rest.set_state(earlier, LinkState::Gone);
            }
            let mut scratch = Scratch::new(graph.n_nodes());
            let mut found = ConflictCycles::default();
            for chunk in own.chunks(CHUNK_LINKS) {
                for &link in chunk {
                    let tally = tally(&rest, link, settings, Which::All, &mut scratch);
                    found.add(&ConflictCycles {
                        by_length: tally.all,
                        odd: tally.odd(LinkState::Conflict),
                        capped: tally.capped,
                    });
                    rest.set_state(link, LinkState::Gone);
                }
                let n = chunk.len() as u64;
                observe.step(done.fetch_add(n, Ordering::Relaxed) + n, links.len() as u64)?;
            }
            Ok(found)
        })
        .collect();
    let mut all = ConflictCycles::default();
    for found in pieces? {
        all.add(&found);
    }
    Ok(all)
}

/// Changes links one after another and returns how many conflict cycles stop being one.
///
/// Changes only weaken: from conflict to plain or gone, from plain to gone. The second value tells
/// whether the cap was reached, which makes the number a guess.
pub(super) fn weaken_links(
    graph: &mut LinkGraph,
    changes: &[(usize, LinkState)],
    settings: &CycleSettings,
) -> (u64, bool) {
    let mut scratch = Scratch::new(graph.n_nodes());
    let (mut n_broken, mut capped) = (0, false);
    for &(link, to) in changes {
        let (n, bound) = match (graph.state(link), to) {
            // Only the cycles that had no other conflict link.
            (LinkState::Conflict, LinkState::Plain) => {
                tally(graph, link, settings, Which::Plain, &mut scratch).total()
            }
            (LinkState::Conflict | LinkState::Plain, LinkState::Gone) => {
                conflict_cycles_at(graph, link, settings, &mut scratch)
            }
            _ => (0, false),
        };
        n_broken += n;
        capped |= bound;
        graph.set_state(link, to);
    }
    (n_broken, capped)
}

/// Counts the cycles through one link that hold a conflict link, the link itself included.
///
/// The second value tells whether the cap was reached.
pub(super) fn conflict_cycles_through(
    graph: &LinkGraph,
    link: usize,
    settings: &CycleSettings,
) -> (u64, bool) {
    conflict_cycles_at(graph, link, settings, &mut Scratch::new(graph.n_nodes()))
}

fn conflict_cycles_at(
    graph: &LinkGraph,
    link: usize,
    settings: &CycleSettings,
    scratch: &mut Scratch,
) -> (u64, bool) {
    if graph.state(link) == LinkState::Gone {
        return (0, false);
    }
    let (all, all_capped) = tally(graph, link, settings, Which::All, scratch).total();
    if graph.state(link) == LinkState::Conflict {
        return (all, all_capped);
    }
    let (plain, plain_capped) = tally(graph, link, settings, Which::Plain, scratch).total();
    (all.saturating_sub(plain), all_capped || plain_capped)
}

/// Which links may close a cycle with the link that is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// All live ones.
    All,
    /// Only plain ones.
    Plain,
}

impl Which {
    fn admits(self, sign: i8) -> bool {
        self == Self::All || sign > 0
    }
}

/// Paths that close a link to cycles of 3, 4 and 5 nodes: their number, and the sum of their signs.
struct Tally {
    all: [u64; 3],
    signed: [i64; 3],
    capped: bool,
}

impl Tally {
    /// Cycles with an odd number of conflict links. A conflict link turns the sign: paths of product +1
    /// close odd cycles with it.
    fn odd(&self, link: LinkState) -> [u64; 3] {
        let turn = if link == LinkState::Conflict { 1 } else { -1 };
        std::array::from_fn(|i| {
            let twice = self.all[i] as i64 + turn * self.signed[i];
            twice.unsigned_abs() / 2
        })
    }

    /// All cycles, and whether the cap was reached.
    fn total(&self) -> (u64, bool) {
        (self.all.iter().sum(), self.capped)
    }
}

/// Working memory of one thread, all zero between two links.
struct Scratch {
    /// Sign of the link from u, by node.
    near: Vec<i8>,
    /// Paths u–a–c by c: their number and the sum of their signs.
    reach: Vec<(u32, i32)>,
    /// Nodes whose `reach` is not zero.
    touched: Vec<u32>,
}

impl Scratch {
    fn new(n_nodes: usize) -> Self {
        Self {
            near: vec![0; n_nodes],
            reach: vec![(0, 0); n_nodes],
            touched: Vec::new(),
        }
    }
}

fn tally(
    graph: &LinkGraph,
    link: usize,
    settings: &CycleSettings,
    which: Which,
    scratch: &mut Scratch,
) -> Tally {
    let (u, v) = graph.ends(link);
    let mut tally = Tally {
        all: [0; 3],
        signed: [0; 3],
        capped: false,
    };
    let half_cap = settings.cap.map_or(u64::MAX, |cap| cap / 2);
    let beyond_three = settings.wants(4) || settings.wants(5);
    // Rows are read in ascending order until the cap, so "read" is "not above the last one read".
    let mut last_read = None;
    let mut n_read = 0u64;
    for (a, sign_a) in graph
        .neighbors(u)
        .filter(|&(a, s)| a != v && which.admits(s))
    {
        scratch.near[a as usize] = sign_a;
        if !beyond_three || tally.capped {
            continue;
        }
        n_read += graph.row_len(a) as u64;
        if n_read > half_cap {
            tally.capped = true;
            continue;
        }
        last_read = Some(a);
        for (c, sign_c) in graph.neighbors(a) {
            if c == u || c == v || !which.admits(sign_c) {
                continue;
            }
            let entry = &mut scratch.reach[c as usize];
            if entry.0 == 0 {
                scratch.touched.push(c);
            }
            entry.0 += 1;
            entry.1 += i32::from(sign_a * sign_c);
        }
    }
    n_read = 0;
    let mut n_unread = 0usize;
    for (b, sign_b) in graph
        .neighbors(v)
        .filter(|&(b, s)| b != u && which.admits(s))
    {
        let near = i64::from(scratch.near[b as usize]);
        let sign_b = i64::from(sign_b);
        if settings.wants(3) && near != 0 {
            tally.all[0] += 1;
            tally.signed[0] += near * sign_b;
        }
        if settings.wants(4) {
            let (n, signs) = scratch.reach[b as usize];
            tally.all[1] += u64::from(n);
            tally.signed[1] += i64::from(signs) * sign_b;
        }
        if !settings.wants(5) || n_unread > 0 {
            continue;
        }
        n_read += graph.row_len(b) as u64;
        if n_read > half_cap {
            n_unread += 1;
            continue;
        }
        let (mut n, mut signs, mut n_next) = (0u64, 0i64, 0u64);
        for (c, sign_c) in graph.neighbors(b) {
            if c == u || c == v || !which.admits(sign_c) {
                continue;
            }
            n_next += 1;
            let (paths, path_signs) = scratch.reach[c as usize];
            n += u64::from(paths);
            signs += i64::from(path_signs) * i64::from(sign_c);
        }
        let mut signed = signs * sign_b;
        // Walks u–b–c–b–v were counted above and use b twice: one for each c next to b.
        if near != 0 && last_read.is_some_and(|last| b <= last) {
            n -= n_next;
            signed -= near * sign_b * n_next as i64;
        }
        tally.all[2] += n;
        tally.signed[2] += signed;
    }
    tally.capped |= n_unread > 0;
    for &a in graph.row_targets(u) {
        scratch.near[a as usize] = 0;
    }
    for c in scratch.touched.drain(..) {
        scratch.reach[c as usize] = (0, 0);
    }
    tally
}

/// Lists up to `limit` cycles through one link for the screen: shortest first, then by node.
///
/// Each is a walk from one end of the link (the smaller node) to the other; the link closes it.
///
/// # Panics
/// If there is no such link.
///
/// # Cost
/// The sum of degrees over the neighbors of both ends, and what is listed.
pub fn cycles_through(
    graph: &LinkGraph,
    link: usize,
    settings: &CycleSettings,
    limit: usize,
) -> Vec<Vec<u32>> {
    let (u, v) = graph.ends(link);
    let mut cycles = Vec::new();
    if graph.state(link) == LinkState::Gone {
        return cycles;
    }
    // Next to v, and the number of ways v–b–c by c, so that no search ends in a blind alley.
    let mut next_to_v = vec![false; graph.n_nodes()];
    let mut ways_to_v = vec![0u32; graph.n_nodes()];
    for (b, _) in graph.neighbors(v).filter(|&(b, _)| b != u) {
        next_to_v[b as usize] = true;
        for (c, _) in graph.neighbors(b) {
            ways_to_v[c as usize] += 1;
        }
    }
    let starts = || graph.neighbors(u).map(|(a, _)| a).filter(|&a| a != v);
    let inner = |a: u32| {
        graph
            .neighbors(a)
            .map(|(c, _)| c)
            .filter(|&c| c != u && c != v)
    };
    if settings.wants(3) {
        let found = starts()
            .filter(|&a| next_to_v[a as usize])
            .map(|a| vec![u, a, v]);
        cycles.extend(found.take(limit));
    }
    if settings.wants(4) {
        let found = starts().flat_map(|a| {
            let ends = inner(a).filter(|&b| next_to_v[b as usize]);
            ends.map(move |b| vec![u, a, b, v])
        });
        cycles.extend(found.take(limit.saturating_sub(cycles.len())));
    }
    if settings.wants(5) {
        let (next_to_v, ways_to_v) = (&next_to_v, &ways_to_v);
        let found = starts().flat_map(|a| {
            // A way from c over b = a does not count.
            let middles =
                inner(a).filter(move |&c| ways_to_v[c as usize] > u32::from(next_to_v[a as usize]));
            middles.flat_map(move |c| {
                let ends = inner(c).filter(move |&b| b != a && next_to_v[b as usize]);
                ends.map(move |b| vec![u, a, c, b, v])
            })
        });
        cycles.extend(found.take(limit.saturating_sub(cycles.len())));
    }
    cycles
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
