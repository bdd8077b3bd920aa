//! A k-d tree over points in few dimensions, and the distance to each point's k-th neighbor.
//!
//! Points are stored in the order of the tree, leaf after leaf. What decides is squared distances in
//! double precision; boxes are compared in single precision, which only says what need not be looked
//! at. It answers only what HDBSCAN asks.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::super::MapError;
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;
use crate::base::simd::{Kernel, add_up, dispatch, fma};

/// Points of a leaf at most.
pub(super) const LEAF: usize = 16;
/// Nearest neighbors remembered per point; the spanning tree's first rounds live on them.
const N_REMEMBERED: usize = 16;
/// Points handled between two looks at the observer.
const BLOCK: usize = 256;
/// Axes compared at once: one AVX2 register.
const AXES: usize = 8;
/// Points below which a piece is split by one thread.
const MIN_SHARED: usize = 20_000;

/// A piece of space with its points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// First point, in tree order.
    pub(super) start: u32,
    /// One past the last point.
    pub(super) end: u32,
    /// The left child is the next node; the right child, or 0 in a leaf.
    pub(super) right: u32,
}

/// The tree.
pub(super) struct KdTree {
    pub(super) n: usize,
    pub(super) d: usize,
    /// Nodes, parents before children.
    pub(super) nodes: Vec<Node>,
    /// Lower corner, then upper corner of each node, filled up to whole [`AXES`] with zeros.
    boxes: Vec<[f32; AXES]>,
    /// Row of each point in tree order.
    pub(super) rows: Vec<u32>,
    /// Coordinates in tree order, filled up as the boxes are.
    points: Vec<[f32; AXES]>,
    /// Coordinates again: for each leaf, axis after axis, [`LEAF`] values each.
    lanes: Vec<[f32; LEAF]>,
    /// Which leaf a node is, as a place in `lanes`.
    leaf_of_node: Vec<u32>,
    /// What a squared distance in single precision is multiplied by to be surely not too long.
    shrink: f32,
}

/// Core distances and nearest neighbors of points in tree order.
pub(super) struct Near {
    /// Squared core distance of each point.
    pub(super) cores: Vec<f64>,
    /// Neighbors remembered per point.
    pub(super) k: usize,
    /// `n × k` neighbors, nearest first, as places in tree order.
    pub(super) neighbors: Vec<u32>,
    /// `n × k` squared distances.
    pub(super) distances: Vec<f64>,
}

impl KdTree {
    /// Builds the tree by halving each piece along its longest side; equal coordinates are told
    /// apart by row.
    pub(super) fn new(x: &Matrix<f32>, observe: &dyn Observe) -> Result<Self, MapError> {
        let (n, d) = (x.n_rows(), x.n_cols());
        let mut rows: Vec<u32> = (0..n as u32).collect();
        let mut nodes = Vec::new();
        split(x, &mut rows, 0, &mut nodes, observe)?;
        let n_groups = d.div_ceil(AXES);
        let mut tree = Self {
            n,
            d,
            boxes: Vec::new(),
            points: vec![[0.0; AXES]; n * n_groups],
            lanes: Vec::new(),
            leaf_of_node: Vec::with_capacity(nodes.len()),
            // Each axis adds one rounding to that of its difference, square and sum.
            shrink: 1.0 - (d + 4) as f32 * f32::EPSILON,
            nodes,
            rows,
        };
        for (p, &row) in tree.rows.iter().enumerate() {
            let point = tree.points[p * n_groups..(p + 1) * n_groups].as_flattened_mut();
            point[..d].copy_from_slice(x.row(row as usize));
        }
        observe.step(0, 0)?;
        tree.lay_leaves_out();
        observe.step(0, 0)?;
        tree.bound();
        Ok(tree)
    }

    fn lay_leaves_out(&mut self) {
        let (d, n_axes) = (self.d, self.d.div_ceil(AXES) * AXES);
        let points = self.points.as_flattened();
        let mut n_leaves = 0;
        for node in &self.nodes {
            self.leaf_of_node.push(n_leaves);
            if node.right == 0 {
                n_leaves += 1;
                let base = self.lanes.len();
                self.lanes.resize(base + d, [0.0; LEAF]);
                for (lane, p) in (node.start as usize..node.end as usize).enumerate() {
                    for c in 0..d {
                        self.lanes[base + c][lane] = points[p * n_axes + c];
                    }
                }
            }
        }
    }

    /// Finds each node's box, from the leaves up.
    fn bound(&mut self) {
        let n_groups = self.d.div_ceil(AXES);
        self.boxes = vec![[0.0; AXES]; self.nodes.len() * 2 * n_groups];
        for (at, node) in self.nodes.iter().enumerate().rev() {
            let (to, below) = self.boxes[at * 2 * n_groups..].split_at_mut(2 * n_groups);
            let (low, high) = to.split_at_mut(n_groups);
            if node.right == 0 {
                let points = node.start as usize * n_groups..node.end as usize * n_groups;
                let mut points = self.points[points].chunks_exact(n_groups.max(1));
                if let Some(first) = points.next() {
                    low.copy_from_slice(first);
                    high.copy_from_slice(first);
                }
                for point in points {
                    widen(low, high, point, point);
                }
            } else {
                let child = |node: usize| &below[(node - at - 1) * 2 * n_groups..][..2 * n_groups];
                let (a, b) = (child(at + 1), child(node.right as usize));
                low.copy_from_slice(&a[..n_groups]);
                high.copy_from_slice(&a[n_groups..]);
                widen(low, high, &b[..n_groups], &b[n_groups..]);
            }
        }
    }

    /// Returns a point's coordinates.
    fn point(&self, p: usize) -> &[f32] {
        let n_groups = self.d.div_ceil(AXES);
        &self.points[p * n_groups..(p + 1) * n_groups].as_flattened()[..self.d]
    }

    /// Returns a point as a box without extent.
    #[expect(clippy::inline_always, reason = "must take the features of its caller")]
    #[inline(always)]
    pub(super) fn spot(&self, p: usize) -> Piece<'_> {
        let n_groups = self.d.div_ceil(AXES);
        let point = &self.points[p * n_groups..(p + 1) * n_groups];
        Piece {
            low: point,
            high: point,
        }
    }

    /// Returns the box of a node.
    #[expect(clippy::inline_always, reason = "must take the features of its caller")]
    #[inline(always)]
    pub(super) fn piece(&self, node: usize) -> Piece<'_> {
        let n_groups = self.d.div_ceil(AXES);
        let corners = &self.boxes[node * 2 * n_groups..(node + 1) * 2 * n_groups];
        let (low, high) = corners.split_at(n_groups);
        Piece { low, high }
    }

    /// Returns what squared distances between two boxes are not below.
    #[expect(clippy::inline_always, reason = "must take the features of its caller")]
    #[inline(always)]
    pub(super) fn at_least<const FMA: bool>(&self, a: Piece<'_>, b: Piece<'_>) -> f32 {
        let mut sums = [0.0f32; AXES];
        let corners = a.low.iter().zip(a.high).zip(b.low.iter().zip(b.high));
        for ((a_low, a_high), (b_low, b_high)) in corners {
            for axis in 0..AXES {
                let beyond = (a_low[axis] - b_high[axis])
                    .max(b_low[axis] - a_high[axis])
                    .max(0.0);
                sums[axis] = fma::<FMA>(beyond, beyond, sums[axis]);
            }
        }
        add_up(sums) * self.shrink
    }

    /// Returns a node's children with what distances to them are not below, the nearer first.
    #[expect(clippy::inline_always, reason = "must take the features of its caller")]
    #[inline(always)]
    pub(super) fn children<const FMA: bool>(
        &self,
        from: Piece<'_>,
        node: usize,
    ) -> [(u32, f32); 2] {
        let (left, right) = (node as u32 + 1, self.nodes[node].right);
        let a = self.at_least::<FMA>(from, self.piece(left as usize));
        let b = self.at_least::<FMA>(from, self.piece(right as usize));
        if b < a {
            [(right, b), (left, a)]
        } else {
            [(left, a), (right, b)]
        }
    }

    /// Returns squared distances of a point to all of a leaf; lanes past its points mean nothing.
    #[expect(clippy::inline_always, reason = "must take the features of its caller")]
    #[inline(always)]
    pub(super) fn leaf_distances(&self, p: usize, node: usize) -> [f64; LEAF] {
        let leaf = self.leaf_of_node[node] as usize;
        let lanes = &self.lanes[leaf * self.d..(leaf + 1) * self.d];
        let mut sums = [0.0f64; LEAF];
        for (v, lanes) in self.point(p).iter().zip(lanes) {
            for (sum, lane) in sums.iter_mut().zip(lanes) {
                let diff = f64::from(*v) - f64::from(*lane);
                *sum += diff * diff;
            }
        }
        sums
    }

    /// Finds the distance of each point to its `k`-th nearest other point, and the nearest few.
    pub(super) fn core_distances(&self, k: usize, observe: &dyn Observe) -> Result<Near, MapError> {
        let n_kept = k.min(N_REMEMBERED);
        let mut near = Near {
            cores: Vec::with_capacity(self.n),
            k: n_kept,
            neighbors: Vec::with_capacity(self.n * n_kept),
            distances: Vec::with_capacity(self.n * n_kept),
        };
        let n_done = AtomicU64::new(0);
        let parts: Vec<Near> = (0..self.n.div_ceil(BLOCK))
            .into_par_iter()
            .map(|b| {
                let part = dispatch(Nearest {
                    tree: self,
                    points: b * BLOCK..self.n.min((b + 1) * BLOCK),
                    k,
                });
                let len = part.cores.len() as u64;
                let done = n_done.fetch_add(len, Ordering::Relaxed) + len;
                observe.step(done, self.n as u64)?;
                Ok(part)
            })
            .collect::<Result<_, MapError>>()?;
        for part in parts {
            near.cores.extend(part.cores);
            near.neighbors.extend(part.neighbors);
            near.distances.extend(part.distances);
        }
        Ok(near)
    }
}

/// Splits `rows`, whose first lies at `start` of the order, and appends their nodes, parents first.
fn split(
    x: &Matrix<f32>,
    rows: &mut [u32],
    start: usize,
    nodes: &mut Vec<Node>,
    observe: &dyn Observe,
) -> Result<(), MapError> {
    let at = nodes.len();
    nodes.push(Node {
        start: start as u32,
        end: (start + rows.len()) as u32,
        right: 0,
    });
    if rows.len() <= LEAF {
        return Ok(());
    }
    let d = x.n_cols();
    let (mut low, mut high) = (vec![f32::INFINITY; d], vec![f32::NEG_INFINITY; d]);
    for &row in rows.iter() {
        for (v, (low, high)) in x
            .row(row as usize)
            .iter()
            .zip(low.iter_mut().zip(&mut high))
        {
            *low = low.min(*v);
            *high = high.max(*v);
        }
    }
    let side = |c: usize| high[c] - low[c];
    let axis = (0..d).fold(0, |a, c| if side(c) > side(a) { c } else { a });
    let half = rows.len() / 2;
    let key = |row: u32| x.row(row as usize).get(axis).copied().unwrap_or(0.0);
    rows.select_nth_unstable_by(half, |a, b| key(*a).total_cmp(&key(*b)).then(a.cmp(b)));
    let is_shared = rows.len() >= MIN_SHARED;
    let (left, right) = rows.split_at_mut(half);
    if is_shared {
        observe.step(0, 0)?;
        let mut others = Vec::new();
        let (a, b) = rayon::join(
            || split(x, left, start, nodes, observe),
            || split(x, right, start + half, &mut others, observe),
        );
        a?;
        b?;
        let shift = nodes.len() as u32;
        nodes[at].right = shift;
        nodes.extend(others.into_iter().map(|node| Node {
            right: if node.right == 0 {
                0
            } else {
                node.right + shift
            },
            ..node
        }));
    } else {
        split(x, left, start, nodes, observe)?;
        nodes[at].right = nodes.len() as u32;
        split(x, right, start + half, nodes, observe)?;
    }
    Ok(())
}

/// Widens a box so that it holds another.
fn widen(
    low: &mut [[f32; AXES]],
    high: &mut [[f32; AXES]],
    to_low: &[[f32; AXES]],
    to_high: &[[f32; AXES]],
) {
    let low = low.as_flattened_mut().iter_mut();
    let high = high.as_flattened_mut().iter_mut();
    let to = to_low.as_flattened().iter().zip(to_high.as_flattened());
    for ((low, high), (to_low, to_high)) in low.zip(high).zip(to) {
        *low = low.min(*to_low);
        *high = high.max(*to_high);
    }
}

/// A box, or a point as a box without extent.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    low: &'a [[f32; AXES]],
    high: &'a [[f32; AXES]],
}

/// The nearest neighbors of some points.
struct Nearest<'a> {
    tree: &'a KdTree,
    points: Range<usize>,
    k: usize,
}

fn by_distance(a: &(f64, u32), b: &(f64, u32)) -> std::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}

/// Returns a number in single precision that is not below `v`.
fn round_up(v: f64) -> f32 {
    let near = v as f32;
    if f64::from(near) < v {
        near.next_up()
    } else {
        near
    }
}

impl Kernel for Nearest<'_> {
    type Out = Near;

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) -> Near {
        let n_kept = self.k.min(N_REMEMBERED);
        let mut out = Near {
            cores: Vec::with_capacity(self.points.len()),
            k: n_kept,
            neighbors: Vec::with_capacity(self.points.len() * n_kept),
            distances: Vec::with_capacity(self.points.len() * n_kept),
        };
        let mut found = Vec::new();
        let mut stack = Vec::new();
        for p in self.points.clone() {
            self.search::<FMA>(p, &mut found, &mut stack);
            out.cores.push(cut(&mut found, self.k));
            if n_kept < found.len() {
                found.select_nth_unstable_by(n_kept - 1, by_distance);
            }
            let nearest = &mut found[..n_kept];
            nearest.sort_unstable_by(by_distance);
            out.neighbors.extend(nearest.iter().map(|c| c.1));
            out.distances.extend(nearest.iter().map(|c| c.0));
        }
        out
    }
}

impl Nearest<'_> {
    /// Finds the `k` nearest other points of a point, and some more.
    #[expect(clippy::inline_always, reason = "must take the features of its caller")]
    #[inline(always)]
    fn search<const FMA: bool>(
        &self,
        p: usize,
        found: &mut Vec<(f64, u32)>,
        stack: &mut Vec<(u32, f32)>,
    ) {
        let tree = self.tree;
        let from = tree.spot(p);
        // Candidates gather beyond `k` before they are cut back, which is cheaper than a heap.
        let n_gathered = self.k + self.k.max(2 * LEAF);
        let mut farthest = f64::INFINITY;
        let mut limit = f32::INFINITY;
        found.clear();
        stack.clear();
        stack.push((0, 0.0));
        while let Some((node, nearest)) = stack.pop() {
            if nearest >= limit {
                continue;
            }
            let node = node as usize;
            let Node { start, end, right } = tree.nodes[node];
            if right != 0 {
                let [near, far] = tree.children::<FMA>(from, node);
                if far.1 < limit {
                    stack.push(far);
                }
                stack.push(near);
                continue;
            }
            // All are written down and only the near ones counted; a branch would often be guessed
            // wrong.
            let mut n = found.len();
            found.resize(n + LEAF, (0.0, 0));
            for (q, distance) in (start..end).zip(tree.leaf_distances(p, node)) {
                found[n] = (distance, q);
                n += usize::from(distance < farthest && q as usize != p);
            }
            found.truncate(n);
            if found.len() >= n_gathered || (found.len() >= self.k && farthest.is_infinite()) {
                farthest = cut(found, self.k);
                limit = round_up(farthest);
            }
        }
    }
}

/// Cuts candidates back to the `k` nearest and returns the distance of the farthest of them.
fn cut(found: &mut Vec<(f64, u32)>, k: usize) -> f64 {
    if found.len() > k {
        found.select_nth_unstable_by(k - 1, by_distance);
        found.truncate(k);
    }
    found.iter().map(|f| f.0).fold(0.0, f64::max)
}
