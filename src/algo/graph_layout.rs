//! A force layout for graphs: linked nodes near one another, all others apart; same seed, same picture.
//!
//! Every force is a sum in index order, so the bytes do not depend on the number of threads. It draws
//! nothing and knows no document.

use rayon::prelude::*;

use crate::base::observe::{Cancelled, Observe};
use crate::base::seed::Seed;

/// The least distance at which two nodes still repel, in units of the wanted length of a link.
const LEAST_DISTANCE: f32 = 0.05;
/// A square of this share of its distance acts from its middle (Barnes and Hut's θ).
const OPENING: f32 = 1.0;
/// Nodes in a square that is not divided further.
const LEAF: usize = 6;
/// How often the plane is divided at most.
const LEVELS: u32 = 15;
/// Nodes from which a graph is not made smaller any more.
const COARSEST: usize = 120;
/// A smaller graph must have at most this share of the nodes to be worth it.
const LEAST_SHRINK: f32 = 0.9;
/// Nodes joined into one at most, so that no place of the coarse graph stands for too much.
const MOST_JOINED: u32 = 4;
/// Steps of a finer graph as a share of those of the coarsest.
const REFINING_SHARE: f32 = 0.2;
/// Pull toward the middle, so that a component does not drift.
const GRAVITY: f32 = 0.02;
/// Space between packed components, as a share of the larger one's size.
const PACK_GAP: f32 = 0.06;

/// Lays a graph out in the plane within ±1.
///
/// Each connected component is laid out by itself and the components are packed around the largest.
/// Links are `(a, b, weight)` with weight in `0.0..`; links to missing nodes or of a node to itself are
/// left out. About `n_steps` = 120 gives a settled picture.
///
/// # Errors
/// [`Cancelled`] when `observe` asks to stop.
///
/// # Source
/// Forces after Fruchterman and Reingold 1991 with quadratic cooling; the repulsion of far nodes acts from
/// the middle of their square, as in Barnes and Hut 1986 with θ = 1. Large components from coarse to fine
/// after Walshaw 2003.
///
/// # Cost
/// 50,000 nodes and 500,000 links with `n_steps` = 300: 5 s on two cores.
pub fn layout(
    n_nodes: usize,
    links: &[(u32, u32, f32)],
    seed: Seed,
    n_steps: usize,
    observe: &dyn Observe,
) -> Result<Vec<[f32; 2]>, Cancelled> {
    let usable: Vec<(u32, u32, f32)> = links
        .iter()
        .copied()
        .filter(|&(a, b, w)| {
            a != b && (a as usize) < n_nodes && (b as usize) < n_nodes && w.is_finite() && w > 0.0
        })
        .collect();
    let components = components(n_nodes, &usable);
    let mut positions = vec![[0.0f32; 2]; n_nodes];
    let mut boxes: Vec<(Vec<u32>, f32)> = Vec::new();
    // The smaller graphs of a component take steps as well; how many there are is not known before.
    let total = (components.iter().filter(|c| c.len() > 2).count() * 2 * n_steps).max(1) as u64;
    let mut done = 0u64;
    let mut local_idx = vec![0u32; n_nodes];
    let mut links_of: Vec<Vec<(u32, u32, f32)>> = vec![Vec::new(); components.len()];
    let mut component_of = vec![0u32; n_nodes];
    for (c, members) in components.iter().enumerate() {
        for (i, &node) in members.iter().enumerate() {
            local_idx[node as usize] = i as u32;
            component_of[node as usize] = c as u32;
        }
    }
    for &(a, b, w) in &usable {
        links_of[component_of[a as usize] as usize].push((
            local_idx[a as usize],
            local_idx[b as usize],
            w,
        ));
    }
    for (c, members) in components.into_iter().enumerate() {
        let placed = place_component(members.len(), &links_of[c], seed, c, n_steps, &mut |_| {
            done += 1;
            observe.step(done.min(total), total)
        })?;
        let mut reach = 0.0f32;
        for (&node, p) in members.iter().zip(&placed) {
            positions[node as usize] = *p;
            reach = reach.max(p[0].abs()).max(p[1].abs());
        }
        boxes.push((members, reach + 0.5));
    }
    pack(&mut positions, &boxes);
    scale_to_one(&mut positions);
    Ok(positions)
}

/// Returns the least node of a component, shortening the way there.
fn root(parent: &mut [u32], mut i: u32) -> u32 {
    while parent[i as usize] != i {
        parent[i as usize] = parent[parent[i as usize] as usize];
        i = parent[i as usize];
    }
    i
}

/// Returns the connected components, largest first, each with its nodes in order.
fn components(n_nodes: usize, links: &[(u32, u32, f32)]) -> Vec<Vec<u32>> {
    let mut parent: Vec<u32> = (0..n_nodes as u32).collect();
    for &(a, b, _) in links {
        let (ra, rb) = (root(&mut parent, a), root(&mut parent, b));
        // The smaller index leads, whatever the order of the links.
        parent[ra.max(rb) as usize] = ra.min(rb);
    }
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); n_nodes];
    for i in 0..n_nodes as u32 {
        let r = root(&mut parent, i);
        members[r as usize].push(i);
    }
    members.retain(|m| !m.is_empty());
    members.sort_by_key(|m| (std::cmp::Reverse(m.len()), m[0]));
    members
}

/// Lays out one component around the origin, with links of about length 1.
///
/// A large one is first made smaller by joining neighbors, laid out so, and taken apart again: the coarse
/// graph finds its shape in a few cheap steps, and the fine one needs few to follow.
fn place_component(
    n: usize,
    links: &[(u32, u32, f32)],
    seed: Seed,
    component: usize,
    n_steps: usize,
    step_done: &mut dyn FnMut(usize) -> Result<(), Cancelled>,
) -> Result<Vec<[f32; 2]>, Cancelled> {
    match n {
        0 => return Ok(Vec::new()),
        1 => return Ok(vec![[0.0; 2]]),
        2 => return Ok(vec![[-0.5, 0.0], [0.5, 0.0]]),
        _ => {}
    }
    let mut levels = vec![Level {
        n,
        springs: Springs::new(n, links),
        of_coarse: Vec::new(),
    }];
    while let Some(coarse) = levels.last().and_then(Level::coarser) {
        let (of_coarse, coarse) = coarse;
        if let Some(finest) = levels.last_mut() {
            finest.of_coarse = of_coarse;
        }
        levels.push(coarse);
    }
    let mut random = seed.stream(&format!("graph layout {component}"));
    let mut positions: Vec<[f32; 2]> = Vec::new();
    let n_levels = levels.len();
    for (k, level) in levels.iter().enumerate().rev() {
        let radius = 0.6 * (level.n as f32).sqrt();
        let is_coarsest = k + 1 == n_levels;
        // Places within a disk, or beside the node that this one was joined into.
        let mut near = |radius: f32| {
            let angle = std::f64::consts::TAU * random.next_f64();
            let r = f64::from(radius) * random.next_f64().sqrt();
            [(r * angle.cos()) as f32, (r * angle.sin()) as f32]
        };
        positions = if is_coarsest {
            (0..level.n).map(|_| near(radius)).collect()
        } else {
            let wider = (level.n as f32 / positions.len().max(1) as f32).sqrt();
            level
                .of_coarse
                .iter()
                .map(|&c| {
                    let [x, y] = positions[c as usize];
                    let [dx, dy] = near(0.7);
                    [x * wider + dx, y * wider + dy]
                })
                .collect()
        };
        let steps = if is_coarsest {
            n_steps
        } else {
            // The finer, the more a step costs and the less is left to do.
            (n_steps as f32 * REFINING_SHARE) as usize + 1
        };
        let reach = if is_coarsest { 0.35 * radius } else { 1.5 };
        for step in 0..steps {
            let cooling = 1.0 - step as f32 / steps as f32;
            positions = moved(&positions, &level.springs, 0.02 + reach * cooling * cooling);
            step_done(step)?;
        }
    }
    let n_inv = 1.0 / n as f32;
    let mean = positions.iter().fold([0.0f32; 2], |m, p| {
        [m[0] + p[0] * n_inv, m[1] + p[1] * n_inv]
    });
    for p in &mut positions {
        p[0] -= mean[0];
        p[1] -= mean[1];
    }
    Ok(positions)
}

/// Moves every node along its force, at most so far.
fn moved(positions: &[[f32; 2]], springs: &Springs, reach: f32) -> Vec<[f32; 2]> {
    let tree = Tree::new(positions);
    // Neighbors on the curve walk the same squares: they follow one another in a thread.
    let of_order: Vec<[f32; 2]> = tree
        .order
        .par_iter()
        .with_min_len(64)
        .map_init(Vec::new, |open, &i| {
            let i = i as usize;
            let p = positions[i];
            let [rx, ry] = tree.repulsion(positions, i, open);
            let [sx, sy] = springs.pull(positions, i);
            let fx = rx + sx - GRAVITY * p[0];
            let fy = ry + sy - GRAVITY * p[1];
            let length = fx.hypot(fy).max(1e-9);
            let go = length.min(reach) / length;
            [p[0] + fx * go, p[1] + fy * go]
        })
        .collect();
    let mut out = vec![[0.0; 2]; positions.len()];
    for (&i, p) in tree.order.iter().zip(of_order) {
        out[i as usize] = p;
    }
    out
}

/// A graph on the way from the whole to a small one.
struct Level {
    n: usize,
    springs: Springs,
    /// The node of the next, smaller graph that each node is joined into; empty for the smallest.
    of_coarse: Vec<u32>,
}

impl Level {
    /// Joins neighbors, the ones with few links first and along the strongest link; `None` where that is not
    /// worth it.
    ///
    /// # Source
    /// Heavy-edge matching as in Walshaw 2003, "A multilevel algorithm for force-directed graph drawing";
    /// unlike there, a node whose neighbors are all taken joins one of them, so that stars shrink too.
    fn coarser(&self) -> Option<(Vec<u32>, Self)> {
        const NONE: u32 = u32::MAX;
        if self.n <= COARSEST {
            return None;
        }
        let mut by_degree: Vec<u32> = (0..self.n as u32).collect();
        by_degree.sort_by_key(|&i| (self.springs.of(i as usize).len(), i));
        let mut of_coarse = vec![NONE; self.n];
        let mut sizes: Vec<u32> = Vec::new();
        for i in by_degree {
            if of_coarse[i as usize] != NONE {
                continue;
            }
            let links = self.springs.of(i as usize);
            let heavier = |best: Option<(f32, u32)>, &(j, w): &(u32, f32)| {
                if best.is_none_or(|(b, k)| w > b || (w >= b && j < k)) {
                    Some((w, j))
                } else {
                    best
                }
            };
            let free = links
                .iter()
                .filter(|l| of_coarse[l.0 as usize] == NONE && l.0 != i);
            if let Some((_, j)) = free.fold(None, heavier) {
                of_coarse[i as usize] = sizes.len() as u32;
                of_coarse[j as usize] = sizes.len() as u32;
                sizes.push(2);
                continue;
            }
            let open = links.iter().filter(|l| {
                let c = of_coarse[l.0 as usize];
                c != NONE && sizes[c as usize] < MOST_JOINED
            });
            if let Some((_, j)) = open.fold(None, heavier) {
                let c = of_coarse[j as usize];
                of_coarse[i as usize] = c;
                sizes[c as usize] += 1;
            } else {
                of_coarse[i as usize] = sizes.len() as u32;
                sizes.push(1);
            }
        }
        let n = sizes.len();
        if n as f32 > LEAST_SHRINK * self.n as f32 {
            return None;
        }
        // Parallel links become one; sorted, their weights are added in one order.
        let mut links: Vec<(u32, u32, f32)> = Vec::new();
        for i in 0..self.n {
            for &(j, w) in self.springs.of(i) {
                let (a, b) = (of_coarse[i], of_coarse[j as usize]);
                if (i as u32) < j && a != b {
                    links.push((a.min(b), a.max(b), w));
                }
            }
        }
        links.par_sort_by_key(|l| (l.0, l.1));
        links.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 += next.2;
            }
            same
        });
        // The pull of a joined pair must not grow with what was joined into it.
        let heaviest = links.iter().map(|l| l.2).fold(1.0f32, f32::max);
        for link in &mut links {
            link.2 = (link.2 / heaviest).sqrt() * 2.0;
        }
        let coarse = Self {
            n,
            springs: Springs::new(n, &links),
            of_coarse: Vec::new(),
        };
        Some((of_coarse, coarse))
    }
}

/// The links of each node, in one array.
struct Springs {
    starts: Vec<u32>,
    ends: Vec<(u32, f32)>,
}

impl Springs {
    fn new(n: usize, links: &[(u32, u32, f32)]) -> Self {
        let mut starts = vec![0u32; n + 1];
        for &(a, b, _) in links {
            starts[a as usize + 1] += 1;
            starts[b as usize + 1] += 1;
        }
        for i in 1..=n {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut ends = vec![(0, 0.0); 2 * links.len()];
        for &(a, b, w) in links {
            for (from, to) in [(a, b), (b, a)] {
                ends[next[from as usize] as usize] = (to, w);
                next[from as usize] += 1;
            }
        }
        Self { starts, ends }
    }

    /// Returns a node's neighbors with the weights of their links.
    fn of(&self, i: usize) -> &[(u32, f32)] {
        &self.ends[self.starts[i] as usize..self.starts[i + 1] as usize]
    }

    fn pull(&self, positions: &[[f32; 2]], i: usize) -> [f32; 2] {
        let own = self.of(i);
        // A hub is pulled by all its links at once; divided by their root it stays calm.
        let calm = 0.35 / (own.len().max(1) as f32).sqrt();
        own.iter().fold([0.0; 2], |f, &(j, w)| {
            let (dx, dy) = (
                positions[j as usize][0] - positions[i][0],
                positions[j as usize][1] - positions[i][1],
            );
            let strength = calm * w.min(4.0) * dx.hypot(dy).min(8.0);
            [f[0] + strength * dx, f[1] + strength * dy]
        })
    }
}

/// A square of the plane with the nodes in it: their number and middle, and its quarters.
struct Square {
    /// Nodes `from..to` in the order of the tree.
    from: u32,
    to: u32,
    middle: [f32; 2],
    side: f32,
    /// First of the quarters among all squares, which stand together; 0 for none.
    first_child: u32,
    n_children: u32,
}

/// A quadtree over the nodes, built from their places on a Z-shaped curve, so always the same.
struct Tree {
    squares: Vec<Square>,
    /// Nodes in the order of the curve.
    order: Vec<u32>,
}

impl Tree {
    fn new(positions: &[[f32; 2]]) -> Self {
        let (mut lo, mut hi) = ([f32::MAX; 2], [f32::MIN; 2]);
        for p in positions {
            for k in 0..2 {
                lo[k] = lo[k].min(p[k]);
                hi[k] = hi[k].max(p[k]);
            }
        }
        let side = (hi[0] - lo[0]).max(hi[1] - lo[1]).max(1e-3);
        let cells = (1u32 << LEVELS) as f32;
        let mut codes: Vec<(u32, u32)> = positions
            .iter()
            .zip(0..)
            .map(|(p, i)| {
                let cell =
                    |k: usize| (((p[k] - lo[k]) / side * cells) as u32).min((1 << LEVELS) - 1);
                (interleave(cell(0)) | (interleave(cell(1)) << 1), i)
            })
            .collect();
        codes.sort_unstable();
        let order: Vec<u32> = codes.iter().map(|c| c.1).collect();
        let mut tree = Self {
            squares: Vec::with_capacity(positions.len()),
            order,
        };
        tree.squares.push(Square {
            from: 0,
            to: positions.len() as u32,
            middle: [0.0; 2],
            side,
            first_child: 0,
            n_children: 0,
        });
        let mut level_of = vec![0u32];
        let mut next = 0;
        while next < tree.squares.len() {
            let (from, to, side, level) = {
                let s = &tree.squares[next];
                (s.from as usize, s.to as usize, s.side, level_of[next])
            };
            let sum = tree.order[from..to].iter().fold([0.0f32; 2], |m, &i| {
                let p = positions[i as usize];
                [m[0] + p[0], m[1] + p[1]]
            });
            let n = (to - from).max(1) as f32;
            tree.squares[next].middle = [sum[0] / n, sum[1] / n];
            if to - from > LEAF && level < LEVELS {
                let shift = 2 * (LEVELS - 1 - level);
                tree.squares[next].first_child = tree.squares.len() as u32;
                let mut at = from;
                while at < to {
                    let quarter = (codes[at].0 >> shift) & 3;
                    let end = at + codes[at..to].partition_point(|c| (c.0 >> shift) & 3 <= quarter);
                    tree.squares.push(Square {
                        from: at as u32,
                        to: end as u32,
                        middle: [0.0; 2],
                        side: 0.5 * side,
                        first_child: 0,
                        n_children: 0,
                    });
                    level_of.push(level + 1);
                    tree.squares[next].n_children += 1;
                    at = end;
                }
            }
            next += 1;
        }
        tree
    }

    /// Returns the push of all others; `open` is room that is used again.
    fn repulsion(&self, positions: &[[f32; 2]], i: usize, open: &mut Vec<u32>) -> [f32; 2] {
        let p = positions[i];
        let push = |q: [f32; 2], n: f32, f: [f32; 2]| {
            let (dx, dy) = (p[0] - q[0], p[1] - q[1]);
            let d2 = (dx * dx + dy * dy).max(LEAST_DISTANCE * LEAST_DISTANCE);
            [f[0] + n * dx / d2, f[1] + n * dy / d2]
        };
        let mut f = [0.0f32; 2];
        open.clear();
        open.push(0u32);
        while let Some(at) = open.pop() {
            let square = &self.squares[at as usize];
            let (dx, dy) = (p[0] - square.middle[0], p[1] - square.middle[1]);
            if square.side * square.side < OPENING * OPENING * (dx * dx + dy * dy) {
                f = push(square.middle, (square.to - square.from) as f32, f);
            } else if square.n_children > 0 {
                open.extend(square.first_child..square.first_child + square.n_children);
            } else {
                for &j in &self.order[square.from as usize..square.to as usize] {
                    if j as usize != i {
                        // Two nodes on one spot part along their indices.
                        let q = positions[j as usize];
                        let aside = if (j as usize) < i { -1e-3 } else { 1e-3 };
                        let on_it =
                            q[0].to_bits() == p[0].to_bits() && q[1].to_bits() == p[1].to_bits();
                        f = push(if on_it { [q[0] + aside, q[1]] } else { q }, 1.0, f);
                    }
                }
            }
        }
        f
    }
}

/// Spreads the lower 16 bits over the even places.
fn interleave(v: u32) -> u32 {
    let v = (v | (v << 8)) & 0x00FF_00FF;
    let v = (v | (v << 4)) & 0x0F0F_0F0F;
    let v = (v | (v << 2)) & 0x3333_3333;
    (v | (v << 1)) & 0x5555_5555
}

/// Sets components beside one another: the largest in the middle, the others on rings around it.
fn pack(positions: &mut [[f32; 2]], boxes: &[(Vec<u32>, f32)]) {
    let Some(largest) = boxes.first().map(|b| b.1) else {
        return;
    };
    let gap = PACK_GAP * largest + 0.4;
    // Shelves to the right of the largest, from top to bottom, each as high as the picture.
    let (mut placed, mut at) = (vec![[0.0f32; 2]; boxes.len()], (largest + gap, largest));
    let mut column_width = 0.0f32;
    for (k, (_, reach)) in boxes.iter().enumerate().skip(1) {
        if at.1 - 2.0 * reach < -largest - 1e-3 && at.1 < largest {
            at = (at.0 + column_width + 0.5 * gap, largest);
            column_width = 0.0;
        }
        placed[k] = [at.0 + reach, at.1 - reach];
        at.1 -= 2.0 * reach + 0.3;
        column_width = column_width.max(2.0 * reach);
    }
    for ((members, _), shift) in boxes.iter().zip(&placed) {
        for &node in members {
            positions[node as usize][0] += shift[0];
            positions[node as usize][1] += shift[1];
        }
    }
}

/// Scales a picture into ±1, its middle at the origin.
fn scale_to_one(positions: &mut [[f32; 2]]) {
    let (mut lo, mut hi) = ([f32::MAX; 2], [f32::MIN; 2]);
    for p in positions.iter() {
        for k in 0..2 {
            lo[k] = lo[k].min(p[k]);
            hi[k] = hi[k].max(p[k]);
        }
    }
    let half = 0.5 * (hi[0] - lo[0]).max(hi[1] - lo[1]).max(1e-6);
    for p in positions {
        for k in 0..2 {
            p[k] = (p[k] - 0.5 * (lo[k] + hi[k])) / half;
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test fails by panic; equal bytes are asked for"
)]
mod tests {
    use super::*;
    use crate::base::observe::Silent;

    fn two_camps(n: u32) -> Vec<(u32, u32, f32)> {
        let mut links = Vec::new();
        for side in 0..2 {
            for i in 0..n {
                links.push((side * n + i, side * n + (i + 1) % n, 1.0));
                links.push((side * n + i, side * n + (i + 7) % n, 1.0));
            }
        }
        links.push((0, n, 1.0));
        links
    }

    #[test]
    fn same_seed_same_picture_at_any_thread_count() {
        let links = two_camps(60);
        let one = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| layout(120, &links, Seed(4), 40, &Silent).unwrap())
        };
        assert_eq!(one(1), one(3));
        assert_ne!(one(1), layout(120, &links, Seed(5), 40, &Silent).unwrap());
    }

    #[test]
    fn linked_nodes_come_near() {
        let links = two_camps(60);
        let p = layout(120, &links, Seed(4), 120, &Silent).unwrap();
        let d = |a: usize, b: usize| (p[a][0] - p[b][0]).hypot(p[a][1] - p[b][1]);
        let linked: f32 = links
            .iter()
            .map(|l| d(l.0 as usize, l.1 as usize))
            .sum::<f32>()
            / links.len() as f32;
        let mut all = 0.0;
        let mut n = 0;
        for a in 0..120 {
            for b in 0..a {
                all += d(a, b);
                n += 1;
            }
        }
        assert!(
            linked < 0.6 * all / n as f32,
            "{linked} against {}",
            all / n as f32
        );
        assert!(p.iter().flatten().all(|v| v.abs() <= 1.0 + 1e-5));
    }

    #[test]
    fn the_tree_is_near_the_sum_over_all() {
        let mut random = Seed(2).stream("tree");
        let points: Vec<[f32; 2]> = (0..700)
            .map(|_| {
                [
                    random.next_normal() as f32 * 4.0,
                    random.next_normal() as f32,
                ]
            })
            .collect();
        let tree = Tree::new(&points);
        assert_eq!(tree.squares[0].to, 700);
        let (mut off, mut all) = (0.0f32, 0.0f32);
        for i in 0..points.len() {
            let exact = points.iter().enumerate().filter(|(j, _)| *j != i).fold(
                [0.0f32; 2],
                |f, (_, q)| {
                    let (dx, dy) = (points[i][0] - q[0], points[i][1] - q[1]);
                    let d2 = (dx * dx + dy * dy).max(LEAST_DISTANCE * LEAST_DISTANCE);
                    [f[0] + dx / d2, f[1] + dy / d2]
                },
            );
            let near = tree.repulsion(&points, i, &mut Vec::new());
            off += (near[0] - exact[0]).hypot(near[1] - exact[1]);
            all += exact[0].hypot(exact[1]);
        }
        assert!(off < 0.05 * all, "{off} of {all}");
    }

    #[test]
    fn small_and_broken_graphs_are_no_accident() {
        assert!(layout(0, &[], Seed(1), 10, &Silent).unwrap().is_empty());
        assert_eq!(layout(1, &[], Seed(1), 10, &Silent).unwrap(), [[0.0, 0.0]]);
        let links = [(0, 9, 1.0), (1, 1, 1.0), (0, 1, f32::NAN), (2, 3, 1.0)];
        let p = layout(5, &links, Seed(1), 10, &Silent).unwrap();
        assert!(p.iter().flatten().all(|v| v.is_finite()));
        for a in 0..5 {
            for b in 0..a {
                assert_ne!(p[a], p[b]);
            }
        }
    }

    #[test]
    fn a_cancel_is_heard() {
        struct Stop;
        impl Observe for Stop {
            fn step(&self, done: u64, _total: u64) -> Result<(), Cancelled> {
                if done > 2 { Err(Cancelled) } else { Ok(()) }
            }
        }
        assert_eq!(
            layout(120, &two_camps(60), Seed(4), 40, &Stop),
            Err(Cancelled)
        );
    }
}
