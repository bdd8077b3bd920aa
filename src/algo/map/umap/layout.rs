//! The optimizer of the layout: stochastic gradient descent, parallel and deterministic.
//!
//! umap-learn walks over the edges of the fuzzy graph one after the other; each pull moves both
//! ends at once and is followed by some pushes away from random points. In parallel its threads
//! overwrite each other's moves, so a seed makes it drop to one thread. Here the points are dealt
//! at random into blocks, the edges into one bucket per pair of blocks. A round of a tournament
//! pairs the blocks off so that no block is in two pairs; each pair owns its points and walks over
//! its bucket one edge after the other, just as umap-learn does. After all rounds every edge has
//! had its turn. Blocks, rounds and random streams depend on rows, seed and epoch only, never on
//! threads, so neither does the result. Pushes are computed from where points stood when the epoch
//! began, which no thread writes to.
//!
//! It does not stop early, and it knows nothing of the rows behind the graph.

use rayon::prelude::*;

use super::super::MapError;
use super::super::simd::{Kernel, dispatch, fma};
use super::UmapSettings;
use super::curve::Curve;
use super::fuzzy::FuzzyGraph;
use super::power::power;
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;
use crate::base::seed::{Random, mix};

/// Widest layout; the kernel is compiled for widths up to it.
pub(super) const MAX_COMPONENTS: usize = 64;
/// Most pushes for one pull.
pub(super) const MAX_NEGATIVE_SAMPLE_RATE: usize = 64;
/// Points of a block at least. Smaller ones would spend their time waiting for each other.
const MIN_BLOCK: usize = 512;
/// Blocks at most; half as many threads can work at once.
const MAX_BLOCKS: usize = 32;
/// No step goes further along one axis, in layout units before the learning rate (umap-learn).
const MAX_PULL: f32 = 4.0;
/// Keeps pushes between points on one spot finite (umap-learn).
const SOFTENING: f32 = 0.001;
/// Pushes computed at once: one AVX2 register.
const LANES: usize = 8;

/// An edge within a pair of blocks; ends count from the first block's first point, then the
/// second's.
#[derive(Clone, Copy)]
struct Edge {
    head: u32,
    tail: u32,
    /// Draws per epoch: the weight as a share of the largest.
    rate: f32,
}

/// Two blocks, or one block twice, with their edges.
struct Bucket {
    blocks: (usize, usize),
    edges: Vec<Edge>,
}

/// Moves `start` until edges are short and other points far.
///
/// # Shapes
/// - `start`: `n × n_components`, as is the result.
///
/// # Source
/// `optimize_layout_euclidean` of umap-learn 0.5.12: its gradients, clipping, falling learning rate
/// and schedule of draws.
pub(super) fn optimize(
    graph: &FuzzyGraph,
    start: Matrix<f32>,
    curve: Curve,
    settings: &UmapSettings,
    n_epochs: usize,
    observe: &dyn Observe,
) -> Result<Matrix<f32>, MapError> {
    let dim = start.n_cols();
    match dim {
        0 => Ok(start),
        1 => Layout::<1>::new(graph, &start, settings).run(curve, n_epochs, observe),
        2 => Layout::<2>::new(graph, &start, settings).run(curve, n_epochs, observe),
        3 => Layout::<3>::new(graph, &start, settings).run(curve, n_epochs, observe),
        4 => Layout::<4>::new(graph, &start, settings).run(curve, n_epochs, observe),
        5 => Layout::<5>::new(graph, &start, settings).run(curve, n_epochs, observe),
        6..=8 => Layout::<8>::new(graph, &start, settings).run(curve, n_epochs, observe),
        9..=16 => Layout::<16>::new(graph, &start, settings).run(curve, n_epochs, observe),
        17..=32 => Layout::<32>::new(graph, &start, settings).run(curve, n_epochs, observe),
        _ => Layout::<MAX_COMPONENTS>::new(graph, &start, settings).run(curve, n_epochs, observe),
    }
}

/// Points in the order of their blocks. Axes beyond the layout's own stay 0: no difference along
/// an axis makes no force along it.
struct Layout<'a, const D: usize> {
    settings: &'a UmapSettings,
    dim: usize,
    block_len: usize,
    /// Where each row of the input went.
    places: Vec<u32>,
    points: Vec<[f32; D]>,
    /// Rounds of disjoint buckets.
    rounds: Vec<Vec<Bucket>>,
}

impl<'a, const D: usize> Layout<'a, D> {
    fn new(graph: &FuzzyGraph, start: &Matrix<f32>, settings: &'a UmapSettings) -> Self {
        let n = start.n_rows();
        let n_blocks = match n / MIN_BLOCK {
            0 | 1 => 1,
            many => many.min(MAX_BLOCKS) & !1,
        };
        let block_len = n.div_ceil(n_blocks).max(1);
        let mut rows: Vec<u32> = (0..n as u32).collect();
        settings.seed.stream("umap blocks").shuffle(&mut rows);
        let mut places = vec![0u32; n];
        let mut points = vec![[0.0; D]; n];
        for (place, &row) in rows.iter().enumerate() {
            places[row as usize] = place as u32;
            for (to, from) in points[place].iter_mut().zip(start.row(row as usize)) {
                *to = *from;
            }
        }
        let mut rounds = tournament(n_blocks);
        let mut where_is = vec![(0, 0); n_blocks * n_blocks];
        for (r, round) in rounds.iter().enumerate() {
            for (at, bucket) in round.iter().enumerate() {
                let (a, b) = bucket.blocks;
                where_is[a * n_blocks + b] = (r, at);
                where_is[b * n_blocks + a] = (r, at);
            }
        }
        let heaviest = graph.max_weight();
        for i in 0..graph.n_rows() {
            for (j, w) in graph.row(i) {
                // Both directions of an edge are drawn in the same epochs, so one entry does.
                if j <= i {
                    continue;
                }
                let (p, q) = (places[i] as usize, places[j] as usize);
                let (r, at) = where_is[p / block_len * n_blocks + q / block_len];
                let bucket = &mut rounds[r][at];
                let (a, b) = bucket.blocks;
                let local = |place: usize| {
                    let second = a != b && place / block_len == b;
                    (place % block_len + if second { block_len } else { 0 }) as u32
                };
                bucket.edges.push(Edge {
                    head: local(p),
                    tail: local(q),
                    rate: w / heaviest,
                });
            }
        }
        Self {
            settings,
            dim: start.n_cols(),
            block_len,
            places,
            points,
            rounds,
        }
    }

    fn run(
        mut self,
        curve: Curve,
        n_epochs: usize,
        observe: &dyn Observe,
    ) -> Result<Matrix<f32>, MapError> {
        let n_steps = (n_epochs * self.rounds.len()) as u64;
        let mut n_done = 0;
        let mut before = self.points.clone();
        for epoch in 0..n_epochs {
            before.copy_from_slice(&self.points);
            let alpha = self.settings.learning_rate * (1.0 - epoch as f64 / n_epochs as f64);
            for round in &self.rounds {
                let mut blocks: Vec<Option<&mut [[f32; D]]>> =
                    self.points.chunks_mut(self.block_len).map(Some).collect();
                let mut take = |at: usize| blocks.get_mut(at).and_then(Option::take);
                let tasks: Vec<Walk<'_, D>> = round
                    .iter()
                    .map(|bucket| {
                        let (a, b) = bucket.blocks;
                        let id = (a * MAX_BLOCKS + b) as u64;
                        let key = mix(mix(self.settings.seed.0 ^ 0x6c61_796f_7574) ^ epoch as u64);
                        Walk {
                            edges: &bucket.edges,
                            first: take(a).unwrap_or_default(),
                            second: if a == b {
                                &mut []
                            } else {
                                take(b).unwrap_or_default()
                            },
                            before: &before,
                            random: Random::new(mix(key ^ mix(id))),
                            epoch: epoch as f32,
                            alpha: alpha as f32,
                            a: curve.a as f32,
                            b: curve.b as f32,
                            n_pushes: self.settings.negative_sample_rate as f32,
                        }
                    })
                    .collect();
                tasks.into_par_iter().with_max_len(1).for_each(dispatch);
                n_done += 1;
                observe.step(n_done, n_steps)?;
            }
        }
        let mut out = Matrix::filled(self.places.len(), self.dim, 0.0);
        for (row, place) in self.places.iter().enumerate() {
            let point = &self.points[*place as usize];
            out.row_mut(row).copy_from_slice(&point[..self.dim]);
        }
        Ok(out)
    }
}

/// Pairs blocks off in rounds so that each meets each other once, and itself once.
fn tournament(n_blocks: usize) -> Vec<Vec<Bucket>> {
    let bucket = |a: usize, b: usize| Bucket {
        blocks: (a.min(b), a.max(b)),
        edges: Vec::new(),
    };
    let mut rounds = vec![(0..n_blocks).map(|a| bucket(a, a)).collect()];
    // The circle method: the last block stays, the others go round.
    let on_circle = n_blocks.saturating_sub(1);
    for r in 0..on_circle {
        let mut round = vec![bucket(r, on_circle)];
        for s in 1..n_blocks / 2 {
            let (a, b) = ((r + s) % on_circle, (r + on_circle - s) % on_circle);
            round.push(bucket(a, b));
        }
        rounds.push(round);
    }
    rounds
}

/// One bucket's walk in one epoch.
struct Walk<'a, const D: usize> {
    edges: &'a [Edge],
    first: &'a mut [[f32; D]],
    second: &'a mut [[f32; D]],
    before: &'a [[f32; D]],
    random: Random,
    epoch: f32,
    alpha: f32,
    a: f32,
    b: f32,
    n_pushes: f32,
}

impl<const D: usize> Kernel for Walk<'_, D> {
    type Out = ();

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        // Once from each end, as umap-learn's graph holds each edge twice. Two sweeps rather than
        // both ends at a time: pulling twice in a row cost up to 0.003 of trustworthiness.
        self.sweep::<FMA, false>();
        self.sweep::<FMA, true>();
    }
}

#[expect(
    clippy::inline_always,
    reason = "must take the features of their caller"
)]
impl<const D: usize> Walk<'_, D> {
    /// Draws the bucket's edges that are due, from their heads or back from their tails.
    #[inline(always)]
    fn sweep<const FMA: bool, const BACK: bool>(&mut self) {
        let edges = self.edges;
        // A first block of two is never the last, so it is full and the second's points follow.
        let n_first = self.first.len();
        for edge in edges {
            // An edge of rate r is drawn in the epochs in which r · epoch passes a whole number.
            let drawn = (edge.rate * self.epoch).floor();
            let drawn_before = (edge.rate * (self.epoch - 1.0)).floor().max(0.0);
            if drawn <= drawn_before {
                continue;
            }
            // Pushes due so far, less those of the last draw; umap-learn owes one from the start.
            let last = (drawn_before / edge.rate).ceil();
            let due = (edge.rate * self.epoch * self.n_pushes).floor();
            let paid = (edge.rate * last * self.n_pushes).floor().max(1.0);
            let (from, to) = if BACK {
                (edge.tail, edge.head)
            } else {
                (edge.head, edge.tail)
            };
            let (from, to) = (from as usize, to as usize);
            let mut p = self.get(from, n_first);
            let mut q = self.get(to, n_first);
            self.pull::<FMA>(&mut p, &mut q);
            self.push::<FMA>(&mut p, (due - paid).max(0.0) as usize);
            self.set(from, n_first, p);
            self.set(to, n_first, q);
        }
    }

    #[inline(always)]
    fn get(&self, at: usize, n_first: usize) -> [f32; D] {
        if at < n_first {
            self.first[at]
        } else {
            self.second[at - n_first]
        }
    }

    #[inline(always)]
    fn set(&mut self, at: usize, n_first: usize, point: [f32; D]) {
        if at < n_first {
            self.first[at] = point;
        } else {
            self.second[at - n_first] = point;
        }
    }

    /// Moves the ends of an edge toward each other.
    #[inline(always)]
    fn pull<const FMA: bool>(&self, p: &mut [f32; D], q: &mut [f32; D]) {
        let mut squared = 0.0;
        for (p, q) in p.iter().zip(q.iter()) {
            squared = fma::<FMA>(p - q, p - q, squared);
        }
        if squared <= 0.0 {
            return;
        }
        let near = power::<FMA>(squared, self.b);
        let factor = -2.0 * self.a * self.b * near / (squared * fma::<FMA>(self.a, near, 1.0));
        for (p, q) in p.iter_mut().zip(q.iter_mut()) {
            let step = (factor * (*p - *q)).clamp(-MAX_PULL, MAX_PULL) * self.alpha;
            *p += step;
            *q -= step;
        }
    }

    /// Moves a point away from random others.
    #[inline(always)]
    fn push<const FMA: bool>(&mut self, p: &mut [f32; D], n_pushes: usize) {
        let mut left = n_pushes;
        while left > 0 {
            let here = left.min(LANES);
            left -= here;
            let mut diff = [[0.0f32; LANES]; D];
            let mut squared = [0.0f32; LANES];
            let n = self.before.len() as u64;
            let mut bits = 0u64;
            for lane in 0..here {
                // Two points from each 64 random bits.
                bits = if lane % 2 == 0 {
                    self.random.next_u64()
                } else {
                    bits >> 32
                };
                let at = ((bits & 0xffff_ffff) * n) >> 32;
                let other = &self.before[at as usize];
                for (diff, (p, q)) in diff.iter_mut().zip(p.iter().zip(other)) {
                    diff[lane] = p - q;
                }
            }
            for diff in &diff {
                for (squared, diff) in squared.iter_mut().zip(diff) {
                    *squared = fma::<FMA>(*diff, *diff, *squared);
                }
            }
            // A point on the same spot, the point itself too, has no difference and gives no push;
            // so have lanes left over.
            let mut factor = [0.0f32; LANES];
            for (factor, squared) in factor.iter_mut().zip(&squared) {
                let near = power::<FMA>(*squared, self.b);
                let below = (SOFTENING + squared) * fma::<FMA>(self.a, near, 1.0);
                *factor = 2.0 * self.b / below;
            }
            for (p, diff) in p.iter_mut().zip(&diff) {
                let mut sum = 0.0;
                for (factor, diff) in factor.iter().zip(diff) {
                    sum += (factor * diff).clamp(-MAX_PULL, MAX_PULL);
                }
                *p += sum * self.alpha;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_block_meets_each_once_and_never_two_at_a_time() {
        for n_blocks in [1, 2, 4, 10, 32] {
            let mut met = BTreeSet::new();
            for round in tournament(n_blocks) {
                let mut busy = BTreeSet::new();
                for Bucket { blocks: (a, b), .. } in round {
                    assert!(met.insert((a, b)));
                    assert!(busy.insert(a));
                    assert!(a == b || busy.insert(b));
                }
            }
            assert_eq!(met.len(), n_blocks * (n_blocks + 1) / 2);
        }
    }
}
