//! The minimum spanning tree of mutual reachability, by Borůvka's rounds over a k-d tree.
//!
//! The reach of two points is their distance or the larger of their core distances, whichever is
//! largest. In each round every fragment finds its shortest edge out, and all these edges are
//! added. The tree is exact. Shared bounds make threads faster but decide nothing: a search gives
//! up only where a bound is strictly shorter than anything it could still find, and of equal edges
//! the one of the first point wins, so the same edges come out at any thread count.
//!
//! Reaches tie often, since all edges within a point's core distance are as long as it. Of tied
//! edges the one between nearer points goes first, so that a point between two clusters joins the
//! one of its nearest neighbor.
//!
//! # Source
//! Borůvka 1926; March, Ram and Gray 2010 for bounds by fragments. Ties do no harm although edges
//! are not strictly ordered: an edge whose ends have been joined in the same round is left out.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::super::MapError;
use super::kdtree::{KdTree, Near, Node};
use crate::base::observe::Observe;
use crate::base::simd::{Kernel, dispatch};

/// An edge of the spanning tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Reach, in the units of the points.
    pub reach: f64,
    /// The end with the smaller row.
    pub a: u32,
    /// The end with the larger row.
    pub b: u32,
}

/// Points handled between two looks at the observer.
const BLOCK: usize = 512;
/// A node whose points belong to several fragments.
const MIXED: u32 = u32::MAX;

/// An edge out of a fragment.
#[derive(Clone, Copy)]
struct Out {
    /// Squared reach.
    reach: f64,
    /// Squared distance, which decides between equal reaches.
    distance: f64,
    /// The end inside of the fragment, in tree order.
    p: u32,
    /// The end outside, in tree order.
    q: u32,
}

impl Out {
    /// No edge, longer than all.
    const NONE: Self = Self {
        reach: f64::INFINITY,
        distance: f64::INFINITY,
        p: u32::MAX,
        q: u32::MAX,
    };

    fn is_shorter(&self, reach: f64, distance: f64) -> bool {
        self.reach < reach || (self.reach <= reach && self.distance < distance)
    }

    /// Takes the other edge if it is shorter.
    fn improve(&mut self, other: Self) {
        if other.is_shorter(self.reach, self.distance) {
            *self = other;
        }
    }
}

/// Joins all points; edges come ordered by reach, then by distance, then by ends.
pub(super) fn spanning_tree(
    tree: &KdTree,
    near: &Near,
    observe: &dyn Observe,
) -> Result<Vec<Edge>, MapError> {
    let n = tree.n;
    let mut edges: Vec<Out> = Vec::with_capacity(n - 1);
    let mut fragments = Fragments::new(n);
    let node_cores = node_cores(tree, &near.cores);
    // What each point cannot beat, from earlier rounds: fragments only grow.
    let mut floors = near.cores.clone();
    while edges.len() + 1 < n {
        let labels: Vec<u32> = (0..n).map(|p| fragments.find(p) as u32).collect();
        let round = Round {
            tree,
            near,
            node_cores: &node_cores,
            node_labels: node_labels(tree, &labels),
            labels: &labels,
        };
        let known = round.known(n);
        let bounds: Vec<AtomicU64> = known
            .iter()
            .map(|out| AtomicU64::new(out.reach.to_bits()))
            .collect();
        let n_done = AtomicU64::new(0);
        let found: Vec<Vec<Out>> = floors
            .par_chunks_mut(BLOCK)
            .enumerate()
            .map(|(b, floors)| {
                let outs = dispatch(Block {
                    round: &round,
                    first: b * BLOCK,
                    floors,
                    known: &known,
                    bounds: &bounds,
                });
                let len = floors.len() as u64;
                let done = n_done.fetch_add(len, Ordering::Relaxed) + len;
                // Half of what is left is joined in a round, or more.
                let share = (n - edges.len()) as u64 * done / (2 * n as u64);
                observe.step(edges.len() as u64 + share, n as u64)?;
                Ok(outs)
            })
            .collect::<Result<_, MapError>>()?;
        let mut best = known;
        for out in found.into_iter().flatten() {
            best[labels[out.p as usize] as usize].improve(out);
        }
        for out in best.into_iter().filter(|out| out.reach.is_finite()) {
            if fragments.join(out.p as usize, out.q as usize) {
                edges.push(out);
            }
        }
    }
    let ends = |out: &Out| {
        let (a, b) = (tree.rows[out.p as usize], tree.rows[out.q as usize]);
        (a.min(b), a.max(b))
    };
    edges.par_sort_unstable_by(|x, y| {
        let lengths = x
            .reach
            .total_cmp(&y.reach)
            .then(x.distance.total_cmp(&y.distance));
        lengths.then_with(|| ends(x).cmp(&ends(y)))
    });
    let edge = |out: &Out| {
        let (a, b) = ends(out);
        Edge {
            reach: out.reach.sqrt(),
            a,
            b,
        }
    };
    Ok(edges.iter().map(edge).collect())
}

/// Returns the smallest core distance below each node.
fn node_cores(tree: &KdTree, cores: &[f64]) -> Vec<f64> {
    let mut out = vec![f64::INFINITY; tree.nodes.len()];
    for (at, node) in tree.nodes.iter().enumerate().rev() {
        out[at] = if node.right == 0 {
            let cores = &cores[node.start as usize..node.end as usize];
            cores.iter().copied().fold(f64::INFINITY, f64::min)
        } else {
            out[at + 1].min(out[node.right as usize])
        };
    }
    out
}

/// Returns the fragment that all points below a node belong to, or [`MIXED`].
fn node_labels(tree: &KdTree, labels: &[u32]) -> Vec<u32> {
    let mut out = vec![MIXED; tree.nodes.len()];
    for (at, node) in tree.nodes.iter().enumerate().rev() {
        let (first, same) = if node.right == 0 {
            let labels = &labels[node.start as usize..node.end as usize];
            let first = labels.first().copied().unwrap_or(MIXED);
            (first, labels.iter().all(|label| *label == first))
        } else {
            (out[at + 1], out[at + 1] == out[node.right as usize])
        };
        out[at] = if same { first } else { MIXED };
    }
    out
}

/// What stands still during a round.
struct Round<'a> {
    tree: &'a KdTree,
    near: &'a Near,
    node_cores: &'a [f64],
    node_labels: Vec<u32>,
    labels: &'a [u32],
}

impl Round<'_> {
    /// Returns for each fragment the shortest edge out among remembered neighbors.
    fn known(&self, n: usize) -> Vec<Out> {
        let k = self.near.k;
        let outs: Vec<Out> = (0..n)
            .into_par_iter()
            .with_min_len(BLOCK)
            .map(|p| {
                let core = self.near.cores[p];
                let lists = self.near.neighbors[p * k..(p + 1) * k].iter();
                let mut best = Out::NONE;
                for (&q, &distance) in lists.zip(&self.near.distances[p * k..(p + 1) * k]) {
                    // Distances ascend, so nothing later is shorter.
                    if distance.max(core) >= best.reach {
                        break;
                    }
                    if self.labels[q as usize] != self.labels[p] {
                        best.improve(Out {
                            reach: distance.max(core).max(self.near.cores[q as usize]),
                            distance,
                            p: p as u32,
                            q,
                        });
                    }
                }
                best
            })
            .collect();
        let mut known = vec![Out::NONE; n];
        for (out, label) in outs.into_iter().zip(self.labels) {
            known[*label as usize].improve(out);
        }
        known
    }
}

/// A round's search from some points.
struct Block<'a> {
    round: &'a Round<'a>,
    first: usize,
    floors: &'a mut [f64],
    known: &'a [Out],
    bounds: &'a [AtomicU64],
}

impl Kernel for Block<'_> {
    type Out = Vec<Out>;

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) -> Vec<Out> {
        let mut stack = Vec::new();
        let mut outs = Vec::new();
        for (p, floor) in (self.first..).zip(self.floors.iter_mut()) {
            let fragment = self.round.labels[p] as usize;
            let limit = self.known[fragment];
            let bound = &self.bounds[fragment];
            // The shared bound begins at the limit and only falls.
            if *floor > f64::from_bits(bound.load(Ordering::Relaxed)) {
                continue;
            }
            let (out, at_least) = self.round.search::<FMA>(p, limit, bound, &mut stack);
            *floor = floor.max(at_least);
            if out.is_shorter(limit.reach, limit.distance) {
                outs.push(out);
            }
        }
        outs
    }
}

impl Round<'_> {
    /// Finds the shortest edge from point `p` out of its fragment if it is shorter than `limit` and
    /// not longer than the shared bound. Also returns what no edge out of it can be shorter than.
    #[expect(clippy::inline_always, reason = "must take the features of its caller")]
    #[inline(always)]
    fn search<const FMA: bool>(
        &self,
        p: usize,
        limit: Out,
        bound: &AtomicU64,
        stack: &mut Vec<(u32, f32)>,
    ) -> (Out, f64) {
        let tree = self.tree;
        let from = tree.spot(p);
        let own = self.labels[p];
        let core = self.near.cores[p];
        let mut best = limit;
        let mut given_up = f64::INFINITY;
        stack.clear();
        stack.push((0, 0.0));
        while let Some((node, nearest)) = stack.pop() {
            let node = node as usize;
            if self.node_labels[node] == own {
                continue;
            }
            let nearest = f64::from(nearest);
            let least = nearest.max(core).max(self.node_cores[node]);
            if least > best.reach || (least >= best.reach && nearest >= best.distance) {
                continue;
            }
            let shared = f64::from_bits(bound.load(Ordering::Relaxed));
            if least > shared {
                given_up = given_up.min(least);
                continue;
            }
            let Node { start, end, right } = tree.nodes[node];
            if right != 0 {
                let [near, far] = tree.children::<FMA>(from, node);
                stack.extend([far, near]);
                continue;
            }
            let distances = tree.leaf_distances(p, node);
            for (q, distance) in (start..end).zip(distances) {
                if distance.max(core) > best.reach || self.labels[q as usize] == own {
                    continue;
                }
                best.improve(Out {
                    reach: distance.max(core).max(self.near.cores[q as usize]),
                    distance,
                    p: p as u32,
                    q,
                });
            }
        }
        // Reaches are not negative, so their bits are ordered as they are.
        bound.fetch_min(best.reach.to_bits(), Ordering::Relaxed);
        (best, best.reach.min(given_up))
    }
}

/// Which points are joined already.
struct Fragments {
    parents: Vec<u32>,
}

impl Fragments {
    fn new(n: usize) -> Self {
        Self {
            parents: (0..n as u32).collect(),
        }
    }

    fn find(&mut self, mut p: usize) -> usize {
        while self.parents[p] as usize != p {
            let above = self.parents[p] as usize;
            self.parents[p] = self.parents[above];
            p = above;
        }
        p
    }

    /// Joins the fragments of two points; `false` if they were one already.
    fn join(&mut self, p: usize, q: usize) -> bool {
        let (p, q) = (self.find(p), self.find(q));
        // The smaller place leads, whatever the order of joining.
        self.parents[p.max(q)] = p.min(q) as u32;
        p != q
    }
}
