//! A k-d tree over points in few dimensions, and the distance to each point's k-th neighbor.
//!
//! Points are stored in the order of the tree, leaf after leaf. Distances are squared and in double
//! precision. It answers only what HDBSCAN asks.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::super::MapError;
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;

/// Points of a leaf at most.
pub(super) const LEAF: usize = 16;
/// Nearest neighbors remembered per point; the spanning tree's first rounds live on them.
const N_REMEMBERED: usize = 16;
/// Points handled between two looks at the observer.
const BLOCK: usize = 256;

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
    /// Lower corner, then upper corner of each node.
    boxes: Vec<f32>,
    /// Row of each point in tree order.
    pub(super) rows: Vec<u32>,
    /// Coordinates in tree order, `n × d`.
    points: Vec<f32>,
    /// Coordinates again: for each leaf, axis after axis, [`LEAF`] values each.
    lanes: Vec<f32>,
    /// Which leaf a node is, as a place in `lanes`.
    leaf_of_node: Vec<u32>,
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
    pub(super) fn new(x: &Matrix<f32>) -> Self {
        let (n, d) = (x.n_rows(), x.n_cols());
        let mut tree = Self {
            n,
            d,
            nodes: Vec::new(),
            boxes: Vec::new(),
            rows: (0..n as u32).collect(),
            points: Vec::with_capacity(n * d),
            lanes: Vec::new(),
            leaf_of_node: Vec::new(),
        };
        let mut rows = std::mem::take(&mut tree.rows);
        tree.split(x, &mut rows, 0);
        for &row in &rows {
            tree.points.extend_from_slice(x.row(row as usize));
        }
        tree.rows = rows;
        let mut n_leaves = 0;
        for node in &tree.nodes {
            tree.leaf_of_node.push(n_leaves);
            if node.right == 0 {
                n_leaves += 1;
                let base = tree.lanes.len();
                tree.lanes.resize(base + d * LEAF, 0.0);
                for (lane, p) in (node.start as usize..node.end as usize).enumerate() {
                    for c in 0..d {
                        tree.lanes[base + c * LEAF + lane] = tree.points[p * d + c];
                    }
                }
            }
        }
        tree
    }

    /// Adds the node of `rows`, whose first lies at `start` of the order, and those below it.
    fn split(&mut self, x: &Matrix<f32>, rows: &mut [u32], start: usize) {
        let d = self.d;
        let at = self.nodes.len();
        self.nodes.push(Node {
            start: start as u32,
            end: (start + rows.len()) as u32,
            right: 0,
        });
        let base = self.boxes.len();
        self.boxes.resize(base + d, f32::INFINITY);
        self.boxes.resize(base + 2 * d, f32::NEG_INFINITY);
        for &row in rows.iter() {
            for (c, v) in x.row(row as usize).iter().enumerate() {
                self.boxes[base + c] = self.boxes[base + c].min(*v);
                self.boxes[base + d + c] = self.boxes[base + d + c].max(*v);
            }
        }
        if rows.len() <= LEAF {
            return;
        }
        let side = |c: usize| self.boxes[base + d + c] - self.boxes[base + c];
        let axis = (0..d).fold(0, |a, c| if side(c) > side(a) { c } else { a });
        let half = rows.len() / 2;
        let key = |row: u32| x.row(row as usize).get(axis).copied().unwrap_or(0.0);
        rows.select_nth_unstable_by(half, |a, b| key(*a).total_cmp(&key(*b)).then(a.cmp(b)));
        let (left, right) = rows.split_at_mut(half);
        self.split(x, left, start);
        self.nodes[at].right = self.nodes.len() as u32;
        self.split(x, right, start + half);
    }

    /// Returns a point's coordinates.
    pub(super) fn point(&self, p: usize) -> &[f32] {
        &self.points[p * self.d..(p + 1) * self.d]
    }

    /// Returns the squared distance of a point to a node's box, 0 inside.
    pub(super) fn box_distance(&self, point: &[f32], node: usize) -> f64 {
        let corners = &self.boxes[node * 2 * self.d..(node + 1) * 2 * self.d];
        let (low, high) = corners.split_at(self.d);
        let mut sum = 0.0;
        for ((v, low), high) in point.iter().zip(low).zip(high) {
            let (v, low, high) = (f64::from(*v), f64::from(*low), f64::from(*high));
            let beyond = (low - v).max(v - high).max(0.0);
            sum += beyond * beyond;
        }
        sum
    }

    /// Returns squared distances of a point to all of a leaf; lanes past its points mean nothing.
    pub(super) fn leaf_distances(&self, point: &[f32], node: usize) -> [f64; LEAF] {
        let leaf = self.leaf_of_node[node] as usize;
        let lanes = &self.lanes[leaf * self.d * LEAF..(leaf + 1) * self.d * LEAF];
        let mut sums = [0.0; LEAF];
        for (v, lanes) in point.iter().zip(lanes.as_chunks::<LEAF>().0) {
            for (sum, lane) in sums.iter_mut().zip(lanes) {
                let diff = f64::from(*v) - f64::from(*lane);
                *sum += diff * diff;
            }
        }
        sums
    }

    /// Returns a node's children with their squared distances, the nearer first.
    pub(super) fn children(&self, point: &[f32], node: usize) -> [(u32, f64); 2] {
        let (left, right) = (node as u32 + 1, self.nodes[node].right);
        let a = (left, self.box_distance(point, left as usize));
        let b = (right, self.box_distance(point, right as usize));
        if b.1 < a.1 { [b, a] } else { [a, b] }
    }

    /// Finds the distance of each point to its `k`-th nearest other point, and the nearest few.
    pub(super) fn core_distances(&self, k: usize, observe: &dyn Observe) -> Result<Near, MapError> {
        let n_kept = k.min(N_REMEMBERED);
        let mut cores = vec![0.0; self.n];
        let mut neighbors = vec![0u32; self.n * n_kept];
        let mut distances = vec![0.0; self.n * n_kept];
        let n_done = AtomicU64::new(0);
        cores
            .par_chunks_mut(BLOCK)
            .zip(neighbors.par_chunks_mut(BLOCK * n_kept))
            .zip(distances.par_chunks_mut(BLOCK * n_kept))
            .enumerate()
            .try_for_each(|(b, ((cores, neighbors), distances))| {
                let mut found = Vec::new();
                let mut stack = Vec::new();
                let lists = neighbors
                    .chunks_mut(n_kept)
                    .zip(distances.chunks_mut(n_kept));
                for ((i, core), (neighbors, distances)) in
                    (b * BLOCK..).zip(cores.iter_mut()).zip(lists)
                {
                    self.nearest(i, k, &mut found, &mut stack);
                    *core = found.last().map_or(0.0, |f| f.0);
                    for ((to, distance), (d, j)) in neighbors.iter_mut().zip(distances).zip(&found)
                    {
                        (*to, *distance) = (*j, *d);
                    }
                }
                let len = cores.len() as u64;
                let done = n_done.fetch_add(len, Ordering::Relaxed) + len;
                observe.step(done, self.n as u64)
            })?;
        Ok(Near {
            cores,
            k: n_kept,
            neighbors,
            distances,
        })
    }

    /// Finds the `k` nearest other points of point `i`: squared distances and places, the nearest
    /// [`N_REMEMBERED`] in order at the front, the farthest at the end.
    fn nearest(
        &self,
        i: usize,
        k: usize,
        found: &mut Vec<(f64, u32)>,
        stack: &mut Vec<(u32, f64)>,
    ) {
        let point = self.point(i);
        // Candidates gather beyond `k` before they are cut back, which is cheaper than a heap.
        let n_gathered = k + k.max(2 * LEAF);
        let order = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        found.clear();
        stack.clear();
        stack.push((0, 0.0));
        let mut farthest = f64::INFINITY;
        while let Some((node, nearest)) = stack.pop() {
            if nearest >= farthest {
                continue;
            }
            let node = node as usize;
            let Node { start, end, right } = self.nodes[node];
            if right != 0 {
                let [near, far] = self.children(point, node);
                stack.extend([far, near]);
                continue;
            }
            let distances = self.leaf_distances(point, node);
            for (j, distance) in (start..end).zip(distances) {
                if distance < farthest && j as usize != i {
                    found.push((distance, j));
                }
            }
            if found.len() >= n_gathered || (found.len() >= k && farthest.is_infinite()) {
                found.select_nth_unstable_by(k - 1, order);
                found.truncate(k);
                farthest = found.last().map_or(farthest, |f| f.0);
            }
        }
        if found.len() > k {
            found.select_nth_unstable_by(k - 1, order);
            found.truncate(k);
        }
        // A cut-back list may have grown to just `k` again; the farthest must be last.
        let n_sorted = N_REMEMBERED.min(found.len());
        if n_sorted < found.len() {
            let last = found.len() - 1;
            found.select_nth_unstable_by(last, order);
            found[..last].select_nth_unstable_by(n_sorted - 1, order);
        }
        found[..n_sorted].sort_unstable_by(order);
    }
}
