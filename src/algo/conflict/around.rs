//! Cycles through one document, counted from that document outward.
//!
//! A decision changes links at a single document only: that of the deviating statement. So what
//! it does to every count of the graph is what the cycles through that document were before, against
//! what they are after. It knows documents and links, and changes neither.

use super::cycles::CycleSettings;
use super::links::{LinkGraph, LinkState};
use rayon::prelude::*;

/// Rows this many times longer than the other are searched instead of read.
const MUCH_LONGER: usize = 16;

/// Nodes that one thread takes at a time: some tens of microseconds.
const PIECE: usize = 128;

/// Ways between two nodes: their number, the sum of their signs, and those over plain links only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ways {
    all: i64,
    signed: i64,
    plain: i64,
}

impl Ways {
    fn add(&mut self, sign: i64) {
        self.all += 1;
        self.signed += sign;
    }
}

/// Numbers of cycles of 3, 4 and 5 nodes, and the sums of the signs of their ways around.
///
/// The way around is the cycle without the link that it is counted for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) all: [i64; 3],
    pub(super) signed: [i64; 3],
}

impl Sums {
    fn add(&mut self, length: usize, all: i64, signed: i64) {
        self.all[length - 3] += all;
        self.signed[length - 3] += signed;
    }
}

/// A live neighbor of the node looked from.
#[derive(Clone, Copy, Debug)]
struct Neighbor {
    node: u32,
    sign: i8,
    /// Its live links, and the plain ones among them, without the one to the node looked from.
    degree: i64,
    plain_degree: i64,
}

/// The graph as seen from one node.
#[derive(Debug)]
pub(super) struct Around {
    node: u32,
    neighbors: Vec<Neighbor>,
    /// Sign of the link to each node.
    near: Vec<i8>,
    /// Ways of two links: their number, sum of signs, plain ones. Small, since these are read at random.
    reach: Vec<(u32, i32, u32)>,
    /// Nodes with such a way.
    touched: Vec<u32>,
    /// Walks of three links that do not come back over the node, by their end; made when asked for.
    three: Vec<(Ways, bool)>,
}

impl Around {
    /// Looks at a graph from `node`.
    ///
    /// # Cost
    /// The degrees of its neighbors; 33 bytes a node of the graph, of which only what is touched costs.
    pub(super) fn new(graph: &LinkGraph, node: u32) -> Self {
        let n = graph.n_nodes();
        let mut around = Self {
            node,
            neighbors: Vec::new(),
            near: vec![0; n],
            reach: vec![(0, 0, 0); n],
            touched: Vec::new(),
            three: Vec::new(),
        };
        for (a, sign_a) in graph.neighbors(node) {
            around.near[a as usize] = sign_a;
            let mut neighbor = Neighbor {
                node: a,
                sign: sign_a,
                degree: 0,
                plain_degree: 0,
            };
            for (c, sign_c) in graph.neighbors(a) {
                if c == node {
                    continue;
                }
                neighbor.degree += 1;
                neighbor.plain_degree += i64::from(sign_c > 0);
                let entry = &mut around.reach[c as usize];
                if entry.0 == 0 {
                    around.touched.push(c);
                }
                entry.0 += 1;
                entry.1 += i32::from(sign_a * sign_c);
                entry.2 += u32::from(sign_a > 0 && sign_c > 0);
            }
            around.neighbors.push(neighbor);
        }
        around
    }

    fn near(&self, node: u32) -> i64 {
        i64::from(self.near[node as usize])
    }

    fn reach(&self, node: u32) -> Ways {
        let (all, signed, plain) = self.reach[node as usize];
        Ways {
            all: i64::from(all),
            signed: i64::from(signed),
            plain: i64::from(plain),
        }
    }

    /// Walks of three links to `end` whose inner nodes are not the node looked from; with `plain` the
    /// degree of `end` without that node, which the same reading gives.
    fn three(&mut self, graph: &LinkGraph, end: u32) -> Ways {
        if self.three.is_empty() {
            self.three = vec![(Ways::default(), false); graph.n_nodes()];
        }
        let (known, is_known) = self.three[end as usize];
        if is_known {
            return known;
        }
        let mut ways = Ways::default();
        for (c, sign) in graph.neighbors(end).filter(|&(c, _)| c != self.node) {
            let (all, signed, _) = self.reach[c as usize];
            ways.all += i64::from(all);
            ways.signed += i64::from(signed) * i64::from(sign);
            ways.plain += 1;
        }
        self.three[end as usize] = (ways, true);
        ways
    }

    /// Counts the cycles through the link x–y and the node looked from, which is neither of them.
    ///
    /// `graph` is read for links away from the node only; these are the same before and after a change.
    ///
    /// # Source
    /// Let h be the node, n(x) tell whether x is next to it, r(x) count the ways h–·–x and w(x) the
    /// walks h–·–·–x over other nodes than h. Where h stands beside x on a cycle of four, the way
    /// on to y numbers r(y) − n(x), since one leads over x. On a cycle of five either h stands in the
    /// middle, (r(x) − n(y)) (r(y) − n(x)) less the common neighbors that both halves share; or beside x,
    /// with w(y) − n(y) d(y) − n(x) t − r(x) + n(y) ways on to y: without those that use y, x in the
    /// first place or x in the second, where h–y–x–y was taken off twice; d(y) is the degree and t the
    /// number of common neighbors of x and y, both without h. The same for y.
    fn through(
        &mut self,
        graph: &LinkGraph,
        (x, y): (u32, u32),
        sign: i64,
        common: &Common,
        shared: Ways,
        wants: [bool; 3],
    ) -> Sums {
        let mut sums = Sums::default();
        let (near_x, near_y) = (self.near(x), self.near(y));
        let (is_x, is_y) = (near_x.abs(), near_y.abs());
        let (reach_x, reach_y) = (self.reach(x), self.reach(y));
        if wants[0] {
            sums.add(3, is_x * is_y, near_x * near_y);
        }
        if wants[1] {
            for (is_a, near_a, reach_b) in [(is_x, near_x, reach_y), (is_y, near_y, reach_x)] {
                let all = is_a * (reach_b.all - is_a);
                sums.add(4, all, near_a * (reach_b.signed - near_a * sign));
            }
        }
        if wants[2] {
            let from_x = (reach_x.all - is_y, reach_x.signed - near_y * sign);
            let from_y = (reach_y.all - is_x, reach_y.signed - near_x * sign);
            sums.add(
                5,
                from_x.0 * from_y.0 - shared.all,
                from_x.1 * from_y.1 - shared.signed,
            );
            for (a, b) in [(x, y), (y, x)] {
                let (near_a, near_b) = (self.near(a), self.near(b));
                if near_a == 0 {
                    continue;
                }
                let (is_b, reach_a) = (near_b.abs(), self.reach(a));
                let three = self.three(graph, b);
                let all = three.all - is_b * three.plain - common.all - reach_a.all + is_b;
                let signed = three.signed
                    - near_b * three.plain
                    - near_a * common.signed
                    - reach_a.signed * sign
                    + near_b;
                sums.add(5, all, near_a * signed);
            }
        }
        sums
    }

    /// Triangles at the corner of a neighbor that hold the node: all of them, and plain ones.
    fn corner_with(&self, a: u32) -> [i64; 2] {
        let (near, reach) = (self.near[a as usize], self.reach(a));
        [
            if near == 0 { 0 } else { reach.all },
            if near > 0 { reach.plain } else { 0 },
        ]
    }

    /// Tells whether a cycle of at most five nodes could hold the link x–y and the node.
    fn is_by(&self, x: u32, y: u32) -> bool {
        let (x, y) = (x as usize, y as usize);
        self.near[x] != 0 || self.near[y] != 0 || (self.reach[x].0 > 0 && self.reach[y].0 > 0)
    }

    /// Counts the cycles through a live link of the node itself, to `z`.
    ///
    /// # Source
    /// With the letters above the cycles of 3, 4 and 5 nodes number r(z); w(z) − d(z), since one
    /// way to each neighbor of z leads over z; and Σ w(b) over the neighbors b of z, less r(z) d(z)
    /// where z stands third, twice the links among its neighbors where it stands first, and d(b) for each
    /// b that is next to both and stands first and last, plus r(z) where the first and last of these
    /// meet.
    pub(super) fn at(&mut self, graph: &LinkGraph, z: u32, settings: &CycleSettings) -> Sums {
        let wants = settings.lengths();
        let node = self.node;
        let mut sums = Sums::default();
        let (near_z, reach_z) = (self.near(z), self.reach(z));
        if wants[0] {
            sums.add(3, reach_z.all, reach_z.signed);
        }
        if !wants[1] && !wants[2] {
            return sums;
        }
        let three = self.three(graph, z);
        let degree = three.plain;
        if wants[1] {
            sums.add(4, three.all - degree, three.signed - near_z * degree);
        }
        if wants[2] {
            let corners = corner_of(graph, z, node);
            let mut all = reach_z.all - reach_z.all * degree - 2 * corners.all;
            let mut signed = reach_z.signed - reach_z.signed * degree - 2 * near_z * corners.signed;
            for (b, sign) in graph.neighbors(z).filter(|&(b, _)| b != node) {
                let sign = i64::from(sign);
                let near_b = self.near(b);
                let on = self.three(graph, b);
                all += on.all - near_b.abs() * on.plain;
                signed += sign * (on.signed - near_b * on.plain);
            }
            sums.add(5, all, signed);
        }
        sums
    }
}

/// Nodes next to both ends of a link, without one that is left out.
#[derive(Clone, Copy, Debug, Default)]
struct Common {
    all: i64,
    signed: i64,
}

/// A change of the links at one node: the graph as seen from it before and after.
#[derive(Debug)]
pub(super) struct Change {
    before: Around,
    after: Around,
}

impl Change {
    /// Takes the two views together; both must look from the same node of graphs that differ only there.
    pub(super) fn new(before: Around, after: Around) -> Self {
        debug_assert_eq!(before.node, after.node, "two views from one node");
        Self { before, after }
    }

    /// Returns what the counts of the live link x–y, away from the node, gain: after less before.
    pub(super) fn of_link(
        &mut self,
        graph: &LinkGraph,
        (x, y): (u32, u32),
        state: LinkState,
        settings: &CycleSettings,
    ) -> Sums {
        let mut gained = Sums::default();
        let (was, is) = (self.before.is_by(x, y), self.after.is_by(x, y));
        if !was && !is {
            return gained;
        }
        let wants = settings.lengths();
        let mut common = Common::default();
        let mut shared = [Ways::default(); 2];
        if wants[2] {
            let node = self.before.node;
            let near = [&self.before.near, &self.after.near];
            meet(graph.row(x), graph.row(y), |c, sign_x, sign_y| {
                if c == node {
                    return;
                }
                let sign = i64::from(sign_x * sign_y);
                common.all += 1;
                common.signed += sign;
                for (shared, near) in shared.iter_mut().zip(near) {
                    if near[c as usize] != 0 {
                        shared.add(sign);
                    }
                }
            });
        }
        let sign = i64::from(state.sign());
        let [shared_before, shared_after] = shared;
        if is {
            gained = self
                .after
                .through(graph, (x, y), sign, &common, shared_after, wants);
        }
        if was {
            let lost = self
                .before
                .through(graph, (x, y), sign, &common, shared_before, wants);
            for i in 0..3 {
                gained.all[i] -= lost.all[i];
                gained.signed[i] -= lost.signed[i];
            }
        }
        gained
    }

    /// Returns the view after the change.
    pub(super) fn after(&mut self) -> &mut Around {
        &mut self.after
    }

    /// Returns how many distinct conflict cycles the graph gains: after less before.
    ///
    /// # Source
    /// All cycles through the node less those over plain links only. With N the neighbors of the node
    /// and the letters above, triangles number ½ Σ r(a) over a ∈ N, squares Σ r(c) (r(c) − 1) / 2 over all c,
    /// and pentagons Σ r(c) r(d) over the links c–d, less the links among the neighbors of each a ∈ N
    /// (both halves use a), less Σ r(d) d(d) over d ∈ N (a half runs over the other's end), plus ½ Σ r(a) over
    /// a ∈ N for what these two share. Only the difference is formed, so that its cost is that of
    /// what changed. `corners` are those before the change.
    pub(super) fn conflict_cycles(
        &self,
        graph: &LinkGraph,
        settings: &CycleSettings,
        corners: &Corners,
    ) -> i64 {
        let [triangles, squares, pentagons] = settings.lengths();
        let mut all = [0i64; 2];
        // Halves are added up double and cut once, at the end.
        let mut halves = [0i64; 2];
        for (view, sign) in [(&self.after, 1), (&self.before, -1)] {
            for a in &view.neighbors {
                let reach = view.reach(a.node);
                let plain = if a.sign > 0 { reach.plain } else { 0 };
                if triangles {
                    halves[0] += sign * reach.all;
                    halves[1] += sign * plain;
                }
                if pentagons {
                    halves[0] += sign * (reach.all - 2 * reach.all * a.degree);
                    halves[1] += sign * (plain - 2 * plain * a.plain_degree);
                }
            }
        }
        // Whole numbers add up to the same in any order, so threads may share the work.
        // In order, since rows are stored in order too.
        let mut touched: Vec<u32> = self.touched().collect();
        touched.sort_unstable();
        let mut both = vec![(0u32, 0u32); graph.n_nodes()];
        for &c in &touched {
            let (was, is) = (self.before.reach[c as usize], self.after.reach[c as usize]);
            both[c as usize] = (was.0 + is.0, was.2 + is.2);
        }
        let of_touched = |&c: &u32| self.halves_at(graph, c, &both, squares, pentagons);
        let [more_all, more_plain] = touched
            .par_iter()
            .with_min_len(PIECE)
            .map(of_touched)
            .reduce(|| [0; 2], |x, y| [x[0] + y[0], x[1] + y[1]]);
        halves[0] += more_all;
        halves[1] += more_plain;
        if pentagons {
            for (a, was, is) in self.changed() {
                let corner = self.corner_without(graph, a, corners);
                all[0] -= corner[0] * (i64::from(is != 0) - i64::from(was != 0));
                all[1] -= corner[1] * (i64::from(is > 0) - i64::from(was > 0));
            }
        }
        let gained = |i: usize| all[i] + halves[i] / 2;
        gained(0) - gained(1)
    }

    /// Twice what the squares and pentagons over `c`, away from the node, gain: all of them, and plain ones.
    fn halves_at(
        &self,
        graph: &LinkGraph,
        c: u32,
        both: &[(u32, u32)],
        squares: bool,
        pentagons: bool,
    ) -> [i64; 2] {
        let node = self.before.node;
        let (was, is) = (self.before.reach(c), self.after.reach(c));
        let gained = [is.all - was.all, is.plain - was.plain];
        let mut halves = [0; 2];
        if gained == [0, 0] {
            return halves;
        }
        if squares {
            halves[0] += is.all * (is.all - 1) - was.all * (was.all - 1);
            halves[1] += is.plain * (is.plain - 1) - was.plain * (was.plain - 1);
        }
        if pentagons {
            let mut sums = [0i64; 2];
            for (d, sign) in graph.neighbors(c).filter(|&(d, _)| d != node) {
                let (all, plain) = both[d as usize];
                sums[0] += i64::from(all);
                if sign > 0 {
                    sums[1] += i64::from(plain);
                }
            }
            for i in 0..2 {
                halves[i] += gained[i] * sums[i];
            }
        }
        halves
    }

    /// Triangles at a neighbor's corner that do not hold the node: all of them, and plain ones.
    fn corner_without(&self, graph: &LinkGraph, a: u32, corners: &Corners) -> [i64; 2] {
        if let Some(&[all, plain]) = corners.0.get(a as usize) {
            let with = self.before.corner_with(a);
            [all - with[0], plain - with[1]]
        } else {
            let ways = corner_of(graph, a, self.before.node);
            [ways.all, ways.plain]
        }
    }

    /// Takes the change over into the triangles of every corner.
    pub(super) fn turn_corners(&self, corners: &mut Corners) {
        if corners.0.is_empty() {
            return;
        }
        let node = self.before.node as usize;
        for (view, sign) in [(&self.before, -1), (&self.after, 1)] {
            let mut twice = [0; 2];
            for a in &view.neighbors {
                let with = view.corner_with(a.node);
                let corner = &mut corners.0[a.node as usize];
                for i in 0..2 {
                    corner[i] += sign * with[i];
                    twice[i] += with[i];
                }
            }
            for (corner, twice) in corners.0[node].iter_mut().zip(twice) {
                *corner += sign * twice / 2;
            }
        }
    }

    /// Nodes that either view reaches in two links.
    fn touched(&self) -> impl Iterator<Item = u32> {
        let new = self.after.touched.iter();
        let new = new.filter(|&&c| self.before.reach[c as usize].0 == 0);
        self.before.touched.iter().chain(new).copied()
    }

    /// Neighbors whose link to the node changed, with its sign before and after.
    fn changed(&self) -> impl Iterator<Item = (u32, i8, i8)> {
        let was = |a: u32| self.before.near[a as usize];
        let is = |a: u32| self.after.near[a as usize];
        let old = self.before.neighbors.iter().map(|a| a.node);
        let new = self.after.neighbors.iter().map(|a| a.node);
        old.chain(new.filter(move |&a| was(a) == 0))
            .map(move |a| (a, was(a), is(a)))
            .filter(|&(_, was, is)| was != is)
    }
}

/// Triangles at the corner of every node: all of them, and those of plain links only; none where these
/// are not kept, and then each is counted when it is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Corners(Vec<[i64; 2]>);

impl Corners {
    /// Counts the triangles of every corner.
    ///
    /// # Cost
    /// For each link the rows of both ends.
    pub(super) fn count(graph: &LinkGraph) -> Self {
        let at = |node: u32| {
            // No node has this number, so none is left out.
            let ways = corner_of(graph, node, u32::MAX);
            [ways.all, ways.plain]
        };
        Self(
            (0..graph.n_nodes() as u32)
                .into_par_iter()
                .map(at)
                .collect(),
        )
    }
}

/// Links among the neighbors of `corner`, `without` left out: triangles at that corner.
fn corner_of(graph: &LinkGraph, corner: u32, without: u32) -> Ways {
    let mut ways = Ways::default();
    let (targets, signs) = graph.row(corner);
    for (i, (&c, &sign_c)) in targets.iter().zip(signs).enumerate() {
        if c == without || sign_c == 0 {
            continue;
        }
        // Each link once, from its smaller end.
        let (others, other_signs) = graph.row(c);
        let from = others.partition_point(|&b| b <= c);
        let beyond = (&targets[i + 1..], &signs[i + 1..]);
        meet(
            beyond,
            (&others[from..], &other_signs[from..]),
            |b, sign_b, sign_bc| {
                if b != without {
                    ways.add(i64::from(sign_c * sign_b * sign_bc));
                    ways.plain += i64::from(sign_c > 0 && sign_b > 0 && sign_bc > 0);
                }
            },
        );
    }
    ways
}

/// A row of a graph: neighbors ascending, and the signs of the links to them.
type Row<'g> = (&'g [u32], &'g [i8]);

/// Calls `found` for every node in both rows with a live link in each, ascending, with the two signs.
///
/// # Cost
/// Both rows, or where one is much longer a search in it for each entry of the other.
fn meet(x: Row<'_>, y: Row<'_>, mut found: impl FnMut(u32, i8, i8)) {
    let (is_turned, short, long) = if x.0.len() <= y.0.len() {
        (false, x, y)
    } else {
        (true, y, x)
    };
    let searches = long.0.len() > MUCH_LONGER * short.0.len();
    let mut at = 0;
    for (&node, &of_short) in short.0.iter().zip(short.1) {
        if searches {
            at += long.0[at..].partition_point(|&b| b < node);
        } else {
            while at < long.0.len() && long.0[at] < node {
                at += 1;
            }
        }
        if at == long.0.len() {
            return;
        }
        let of_long = long.1[at];
        if long.0[at] == node && of_short != 0 && of_long != 0 {
            if is_turned {
                found(node, of_long, of_short);
            } else {
                found(node, of_short, of_long);
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
