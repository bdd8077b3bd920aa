//! The optimizer of the layout: stochastic gradient descent, parallel and deterministic.
//!
//! umap-learn walks over the edges of the fuzzy graph one after the other; each pull moves both
//! ends at once and is followed by some pushes away from random points. In parallel its threads
//! overwrite each other's moves, so a seed makes it drop to one thread. Here the points are dealt
//! at random into blocks, the edges into one bucket per pair of blocks. A round of a tournament
//! pairs the blocks off so that no block is in two pairs; each pair owns its points and walks over
//! its bucket, eight edges at a time: eight are pulled, then their eight ends are pushed. After all
//! rounds every edge has had its turn. Blocks, rounds and random streams depend on rows, seed and
//! epoch only, never on threads, so neither does the result. Pushes are computed from where points
//! stood when the epoch began, which no thread writes to; where umap-learn makes five pushes one
//! after the other, here eight points push at once with five eighths of their force.
//!
//! It does not stop early, and it knows nothing of the rows behind the graph.

use rayon::prelude::*;

use super::super::MapError;
use super::UmapSettings;
use super::curve::Curve;
use super::force::{Force, Group, LANES, MAX_STEP, regroup};
use super::fuzzy::FuzzyGraph;
use crate::base::matrix::Matrix;
use crate::base::observe::{Cancelled, Observe};
use crate::base::seed::{Random, mix};
use crate::base::simd::{Kernel, add_up, dispatch, fma};

/// Widest layout; the kernel is compiled for widths up to it.
pub(super) const MAX_COMPONENTS: usize = 64;
/// Most pushes for one pull.
pub(super) const MAX_NEGATIVE_SAMPLE_RATE: usize = 64;
/// Points of a block at least. Smaller ones would spend their time waiting for each other.
const MIN_BLOCK: usize = 512;
/// Blocks of a layout of some size; half as many threads can work at once.
const USUAL_BLOCKS: usize = 32;
/// Points of a block at most; two blocks of them fit the second-level cache.
const MAX_BLOCK: usize = 4096;
/// Blocks at most, for which blocks may grow.
const MAX_BLOCKS: usize = 256;
/// Rows dealt into buckets between two looks at the observer.
const ROWS_PER_STEP: usize = 1 << 14;
/// Epochs whose draws are planned at a time.
const AHEAD: usize = 8;
/// Groups of points that one walk draws its pushes from; they fit the first-level cache.
const NEAR_BY: usize = 128;

/// An edge within a pair of blocks; the head counts from the first block's first point, the tail
/// from the second's.
#[derive(Clone, Copy)]
struct Edge {
    head: u32,
    tail: u32,
    /// Epochs from one draw to the next: the largest weight as a multiple of this one.
    period: f32,
    /// Epoch of the next draw.
    next: f32,
    /// Epoch of the next push.
    next_push: f32,
}

/// An edge that is drawn in this epoch.
#[derive(Clone, Copy)]
struct Draw {
    head: u32,
    tail: u32,
    n_pushes: u32,
}

impl Draw {
    /// Fills lanes up: pulls nothing and pushes nothing.
    const NONE: Self = Self {
        head: 0,
        tail: 0,
        n_pushes: u32::MAX,
    };

    fn is_some(&self) -> bool {
        self.n_pushes != Self::NONE.n_pushes
    }
}

/// Two blocks, or one block twice, with their edges.
struct Bucket {
    blocks: (usize, usize),
    edges: Vec<Edge>,
    /// The draws of the next epochs, [`AHEAD`] lists. Most edges are drawn seldom; looking at each
    /// of them in every epoch took a quarter of the time.
    draws: [Vec<Draw>; AHEAD],
}

impl Bucket {
    /// Writes down the draws of the epochs from `first` on.
    fn plan(&mut self, first: usize, pushes_per_pull: f32) {
        for draws in &mut self.draws {
            draws.clear();
        }
        for edge in &mut self.edges {
            let per_push = edge.period / pushes_per_pull;
            while edge.next < (first + AHEAD) as f32 {
                // An edge is drawn in the first epoch that is not before its time.
                let whole = edge.next as usize;
                let epoch = (whole + usize::from((whole as f32) < edge.next)).max(first);
                let Some(draws) = self.draws.get_mut(epoch - first) else {
                    break;
                };
                let n_pushes = ((epoch as f32 - edge.next_push) / per_push).max(0.0) as u32;
                draws.push(Draw {
                    head: edge.head,
                    tail: edge.tail,
                    n_pushes,
                });
                edge.next += edge.period;
                edge.next_push += per_push * n_pushes as f32;
            }
        }
        // What is left of the last lanes pushes nothing.
        for draws in &mut self.draws {
            draws.resize(draws.len().next_multiple_of(LANES), Draw::NONE);
        }
    }
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
        1 => Layout::<1, 8>::new(graph, &start, settings, observe)?.run(curve, n_epochs, observe),
        2 => Layout::<2, 8>::new(graph, &start, settings, observe)?.run(curve, n_epochs, observe),
        3 => Layout::<3, 8>::new(graph, &start, settings, observe)?.run(curve, n_epochs, observe),
        4 => Layout::<4, 8>::new(graph, &start, settings, observe)?.run(curve, n_epochs, observe),
        5 => Layout::<5, 8>::new(graph, &start, settings, observe)?.run(curve, n_epochs, observe),
        6..=8 => {
            Layout::<8, 8>::new(graph, &start, settings, observe)?.run(curve, n_epochs, observe)
        }
        9..=16 => {
            Layout::<16, 16>::new(graph, &start, settings, observe)?.run(curve, n_epochs, observe)
        }
        17..=32 => {
            Layout::<32, 32>::new(graph, &start, settings, observe)?.run(curve, n_epochs, observe)
        }
        _ => Layout::<MAX_COMPONENTS, MAX_COMPONENTS>::new(graph, &start, settings, observe)?
            .run(curve, n_epochs, observe),
    }
}

/// Points in the order of their blocks. Axes beyond the layout's own stay 0: no difference along
/// an axis makes no force along it.
struct Layout<'a, const D: usize, const W: usize> {
    settings: &'a UmapSettings,
    dim: usize,
    block_len: usize,
    /// Where each row of the input went.
    places: Vec<u32>,
    points: Vec<[f32; W]>,
    /// Rounds of disjoint buckets.
    rounds: Vec<Vec<Bucket>>,
}

impl<'a, const D: usize, const W: usize> Layout<'a, D, W> {
    fn new(
        graph: &FuzzyGraph,
        start: &Matrix<f32>,
        settings: &'a UmapSettings,
        observe: &dyn Observe,
    ) -> Result<Self, Cancelled> {
        let n = start.n_rows();
        let n_blocks = match n / MIN_BLOCK {
            0 | 1 => 1,
            many => many.min(USUAL_BLOCKS).max(n / MAX_BLOCK).min(MAX_BLOCKS) & !1,
        };
        let block_len = n.div_ceil(n_blocks).max(1);
        let mut rows: Vec<u32> = (0..n as u32).collect();
        settings.seed.stream("umap blocks").shuffle(&mut rows);
        let mut places = vec![0u32; n];
        let mut points = vec![[0.0; W]; n];
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
        let pushes_per_pull = settings.negative_sample_rate as f32;
        for i in 0..graph.n_rows() {
            if i.is_multiple_of(ROWS_PER_STEP) {
                observe.step(0, 0)?;
            }
            for (j, w) in graph.row(i) {
                // Both directions of an edge are drawn in the same epochs, so one entry does.
                if j <= i {
                    continue;
                }
                let (p, q) = (places[i] as usize, places[j] as usize);
                let (r, at) = where_is[p / block_len * n_blocks + q / block_len];
                let bucket = &mut rounds[r][at];
                let (head, tail) = if p / block_len == bucket.blocks.0 {
                    (p, q)
                } else {
                    (q, p)
                };
                let period = heaviest / w;
                bucket.edges.push(Edge {
                    head: (head % block_len) as u32,
                    tail: (tail % block_len) as u32,
                    period,
                    next: period,
                    next_push: period / pushes_per_pull,
                });
            }
        }
        Ok(Self {
            settings,
            dim: start.n_cols(),
            block_len,
            places,
            points,
            rounds,
        })
    }

    fn run(
        mut self,
        curve: Curve,
        n_epochs: usize,
        observe: &dyn Observe,
    ) -> Result<Matrix<f32>, MapError> {
        let n_steps = (n_epochs * self.rounds.len()) as u64;
        let mut n_done = 0;
        let mut before = vec![[[0.0f32; LANES]; D]; self.points.len().div_ceil(LANES)];
        for epoch in 0..n_epochs {
            regroup(&self.points, &mut before);
            if epoch % AHEAD == 0 {
                let pushes_per_pull = self.settings.negative_sample_rate as f32;
                for round in &mut self.rounds {
                    round
                        .par_iter_mut()
                        .for_each(|bucket| bucket.plan(epoch, pushes_per_pull));
                    observe.step(n_done, n_steps)?;
                }
            }
            let alpha = self.settings.learning_rate * (1.0 - epoch as f64 / n_epochs as f64);
            for round in &self.rounds {
                let mut blocks: Vec<Option<&mut [[f32; W]]>> =
                    self.points.chunks_mut(self.block_len).map(Some).collect();
                let mut take = |at: usize| blocks.get_mut(at).and_then(Option::take);
                let tasks: Vec<Walk<'_, D, W>> = round
                    .iter()
                    .map(|bucket| {
                        let (a, b) = bucket.blocks;
                        let id = (a * MAX_BLOCKS + b) as u64;
                        let key = mix(mix(self.settings.seed.0 ^ 0x6c61_796f_7574) ^ epoch as u64);
                        let mut random = Random::new(mix(key ^ mix(id)));
                        Walk {
                            draws: &bucket.draws[epoch % AHEAD],
                            first: take(a).unwrap_or_default(),
                            // The same block twice has been taken already.
                            second: take(b),
                            before: near_by(&before, &mut random),
                            random,
                            alpha: alpha as f32,
                            force: Force::new(curve),
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
        draws: Default::default(),
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
struct Walk<'a, const D: usize, const W: usize> {
    draws: &'a [Draw],
    first: &'a mut [[f32; W]],
    /// The second block; none where the first is both.
    second: Option<&'a mut [[f32; W]]>,
    before: &'a [Group<D>],
    random: Random,
    alpha: f32,
    force: Force,
}

impl<const D: usize, const W: usize> Kernel for Walk<'_, D, W> {
    type Out = ();

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let draws = self.draws.as_chunks::<LANES>().0;
        // Once from each end, as umap-learn's graph holds each edge twice. Two sweeps rather than
        // both ends at a time: pulling twice in a row cost up to 0.003 of trustworthiness.
        for back in [false, true] {
            // Pushes follow their pulls by one step, so that neither waits for the other's result.
            let mut pulled: &[Draw] = &[];
            for draws in draws {
                self.pull::<FMA>(draws);
                for draw in std::mem::replace(&mut pulled, draws) {
                    self.push::<FMA>(draw, back);
                }
            }
            for draw in pulled {
                self.push::<FMA>(draw, back);
            }
        }
    }
}

#[expect(
    clippy::inline_always,
    reason = "must take the features of their caller"
)]
impl<const D: usize, const W: usize> Walk<'_, D, W> {
    /// Moves the ends of edges toward each other.
    #[inline(always)]
    fn pull<const FMA: bool>(&mut self, draws: &[Draw; LANES]) {
        let mut diffs = [[0.0f32; W]; LANES];
        let mut squared = [0.0f32; LANES];
        for ((diff, squared), draw) in diffs.iter_mut().zip(&mut squared).zip(draws) {
            let p = &self.first[draw.head as usize];
            let q = match &self.second {
                Some(second) => &second[draw.tail as usize],
                None => &self.first[draw.tail as usize],
            };
            let mut squares = [0.0f32; LANES];
            for ((diff, p), q) in diff.iter_mut().zip(p).zip(q) {
                *diff = p - q;
            }
            for diff in diff.as_chunks::<LANES>().0 {
                for (square, diff) in squares.iter_mut().zip(diff) {
                    *square = fma::<FMA>(*diff, *diff, *square);
                }
            }
            *squared = add_up(squares);
        }
        let mut factors = [0.0f32; LANES];
        for ((factor, squared), draw) in factors.iter_mut().zip(&squared).zip(draws) {
            let pull = self.force.pull::<FMA>(*squared);
            *factor = if draw.is_some() { pull } else { 0.0 };
        }
        for ((diff, factor), draw) in diffs.iter().zip(&factors).zip(draws) {
            let mut step = [0.0f32; W];
            for (step, diff) in step.iter_mut().zip(diff) {
                *step = (factor * diff).clamp(-MAX_STEP, MAX_STEP) * self.alpha;
            }
            for (v, step) in self.first[draw.head as usize].iter_mut().zip(&step) {
                *v += step;
            }
            let q = match &mut self.second {
                Some(second) => &mut second[draw.tail as usize],
                None => &mut self.first[draw.tail as usize],
            };
            for (v, step) in q.iter_mut().zip(&step) {
                *v -= step;
            }
        }
    }

    /// Moves one end of an edge away from random points.
    #[inline(always)]
    fn push<const FMA: bool>(&mut self, draw: &Draw, back: bool) {
        let n_pushes = if draw.is_some() { draw.n_pushes } else { 0 };
        let n_groups = (n_pushes as usize).div_ceil(LANES);
        // All lanes push, each with its part of the pushes due: the same force on average.
        let share = self.alpha * n_pushes as f32 / (n_groups * LANES).max(1) as f32;
        for _ in 0..n_groups {
            let others = &self.before[self.random.below(self.before.len())];
            let point = match &mut self.second {
                _ if !back => &mut self.first[draw.head as usize],
                Some(second) => &mut second[draw.tail as usize],
                None => &mut self.first[draw.tail as usize],
            };
            self.force.push::<FMA, D, W>(point, others, share);
        }
    }
}

/// Picks the groups that a walk draws from. Points lie in random order, so any stretch of them is a
/// random sample; a fresh one for each walk, that stays in the cache while the walk lasts. Stretches
/// do not overlap, so that every point is drawn as often as any other.
fn near_by<'a, T>(groups: &'a [T], random: &mut Random) -> &'a [T] {
    let n_stretches = (groups.len() / NEAR_BY).max(1);
    let at = random.below(n_stretches);
    &groups[at * groups.len() / n_stretches..(at + 1) * groups.len() / n_stretches]
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
