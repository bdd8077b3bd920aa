//! The graph of documents: links between them, plain or in conflict, that can be taken away.
//!
//! Structure and states are apart: neighbors are fixed when the graph is made, a link that goes
//! only changes state, so taking away, bringing back and copying are cheap. It counts nothing.

use super::ConflictError;
use std::sync::Arc;

/// What a link between two documents is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkState {
    /// No live edge is left between the two.
    Gone,
    /// Live edges, none of them a conflict edge.
    Plain,
    /// At least one live conflict edge.
    Conflict,
}

impl LinkState {
    /// Sign in products along a cycle: an odd number of conflict links makes it negative.
    pub(super) fn sign(self) -> i8 {
        match self {
            Self::Gone => 0,
            Self::Plain => 1,
            Self::Conflict => -1,
        }
    }
}

/// What never changes: who is linked with whom.
#[derive(Debug, PartialEq)]
struct Frame {
    /// Row of node `u`: slots `starts[u]..starts[u + 1]`.
    starts: Vec<usize>,
    /// Neighbor in each slot, ascending within a row.
    targets: Vec<u32>,
    /// Ends of each link, smaller first, ascending.
    ends: Vec<(u32, u32)>,
    /// The two slots of each link: in the row of its smaller end, in the row of its larger.
    slots: Vec<[usize; 2]>,
}

/// A graph of documents whose links can change state.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkGraph {
    frame: Arc<Frame>,
    /// Sign of the link in each slot; 0 for one that is gone.
    signs: Vec<i8>,
}

impl LinkGraph {
    /// Makes a graph of `n_nodes` nodes; parallel links become one, a conflict if any of them is.
    ///
    /// Links of a node with itself lie on no simple cycle and are left out.
    ///
    /// # Errors
    /// [`ConflictError::UnknownNode`] if a link ends outside the graph.
    ///
    /// # Cost
    /// 10 bytes a link and direction, one sort of the links.
    pub fn new(n_nodes: usize, links: &[(u32, u32, bool)]) -> Result<Self, ConflictError> {
        for &(a, b, _) in links {
            let node = a.max(b);
            if node as usize >= n_nodes {
                return Err(ConflictError::UnknownNode { node, n_nodes });
            }
        }
        // Conflict sorts first among parallels, so the one that `dedup` keeps says it.
        let mut merged: Vec<(u32, u32, bool)> = links
            .iter()
            .filter(|(a, b, _)| a != b)
            .map(|&(a, b, conflict)| (a.min(b), a.max(b), !conflict))
            .collect();
        merged.sort_unstable();
        merged.dedup_by_key(|&mut (a, b, _)| (a, b));

        let mut starts = vec![0usize; n_nodes + 1];
        for &(a, b, _) in &merged {
            starts[a as usize + 1] += 1;
            starts[b as usize + 1] += 1;
        }
        for i in 0..n_nodes {
            starts[i + 1] += starts[i];
        }
        // In this order each row gets its smaller neighbors first and ends up ascending.
        let mut next = starts.clone();
        let mut targets = vec![0u32; merged.len() * 2];
        let mut signs = vec![0i8; merged.len() * 2];
        let mut slots = Vec::with_capacity(merged.len());
        for &(a, b, plain) in &merged {
            let sign = if plain {
                LinkState::Plain
            } else {
                LinkState::Conflict
            }
            .sign();
            let pair = [next[a as usize], next[b as usize]];
            for (slot, target) in pair.into_iter().zip([b, a]) {
                targets[slot] = target;
                signs[slot] = sign;
            }
            next[a as usize] += 1;
            next[b as usize] += 1;
            slots.push(pair);
        }
        let ends = merged.into_iter().map(|(a, b, _)| (a, b)).collect();
        Ok(Self {
            frame: Arc::new(Frame {
                starts,
                targets,
                ends,
                slots,
            }),
            signs,
        })
    }

    /// Returns the number of nodes.
    pub fn n_nodes(&self) -> usize {
        self.frame.starts.len() - 1
    }

    /// Returns the number of links, those that are gone included.
    pub fn n_links(&self) -> usize {
        self.frame.ends.len()
    }

    /// Returns both ends of a link, the smaller first.
    ///
    /// # Panics
    /// If there is no such link.
    pub fn ends(&self, link: usize) -> (u32, u32) {
        self.frame.ends[link]
    }

    /// Finds the link between two nodes, gone or not.
    pub fn find(&self, a: u32, b: u32) -> Option<usize> {
        self.frame.ends.binary_search(&(a.min(b), a.max(b))).ok()
    }

    /// Returns the state of a link.
    ///
    /// # Panics
    /// If there is no such link.
    pub fn state(&self, link: usize) -> LinkState {
        match self.signs[self.frame.slots[link][0]] {
            0 => LinkState::Gone,
            1 => LinkState::Plain,
            _ => LinkState::Conflict,
        }
    }

    /// Sets the state of a link.
    ///
    /// # Panics
    /// If there is no such link.
    pub fn set_state(&mut self, link: usize, state: LinkState) {
        for slot in self.frame.slots[link] {
            self.signs[slot] = state.sign();
        }
    }

    /// Returns the links now in conflict, ascending.
    pub fn conflict_links(&self) -> Vec<usize> {
        (0..self.n_links())
            .filter(|&l| self.state(l) == LinkState::Conflict)
            .collect()
    }

    /// Returns how many neighbors `node` had when the graph was made: the cost of reading its row.
    pub(super) fn row_len(&self, node: u32) -> usize {
        self.frame.starts[node as usize + 1] - self.frame.starts[node as usize]
    }

    /// Returns all neighbors `node` had when the graph was made, ascending.
    pub(super) fn row_targets(&self, node: u32) -> &[u32] {
        &self.frame.targets[self.frame.starts[node as usize]..self.frame.starts[node as usize + 1]]
    }

    /// Returns all neighbors `node` had when the graph was made, ascending, and the signs of the links now.
    pub(super) fn row(&self, node: u32) -> (&[u32], &[i8]) {
        let row = self.frame.starts[node as usize]..self.frame.starts[node as usize + 1];
        (&self.frame.targets[row.clone()], &self.signs[row])
    }

    /// Returns live neighbors with the sign of the link, ascending.
    pub(super) fn neighbors(&self, node: u32) -> impl Iterator<Item = (u32, i8)> {
        let row = self.frame.starts[node as usize]..self.frame.starts[node as usize + 1];
        let signs = &self.signs[row.clone()];
        self.frame.targets[row]
            .iter()
            .copied()
            .zip(signs.iter().copied())
            .filter(|&(_, sign)| sign != 0)
    }
}

/// Returns those of `candidates` that may lie on a common cycle with one of the `changed` links.
///
/// A cycle of at most five holds two links x–y and p–q only if the ways from p to x and from q to y
/// (or the other way around) have three links together. The graph is that before the change.
///
/// # Cost
/// Per changed link the degrees of both ends' neighbors, and one look at each candidate.
pub(super) fn links_near(
    graph: &LinkGraph,
    candidates: impl Iterator<Item = usize>,
    changed: &[usize],
) -> Vec<usize> {
    const FAR: u8 = 3;
    let mut open: Vec<(usize, (u32, u32))> = candidates.map(|l| (l, graph.ends(l))).collect();
    let mut near = Vec::new();
    // Links from p and from q, by node; whatever is beyond two is far.
    let mut steps = [vec![FAR; graph.n_nodes()], vec![FAR; graph.n_nodes()]];
    let mut touched: Vec<u32> = Vec::new();
    for &link in changed {
        let (p, q) = graph.ends(link);
        for (steps, end) in steps.iter_mut().zip([p, q]) {
            let mut reach = |node: u32, step: u8| {
                if steps[node as usize] > step {
                    steps[node as usize] = step;
                    touched.push(node);
                }
            };
            reach(end, 0);
            for (a, _) in graph.neighbors(end) {
                reach(a, 1);
                for (c, _) in graph.neighbors(a) {
                    reach(c, 2);
                }
            }
        }
        let [from_p, from_q] = &steps;
        // An end in common leaves up to three links to the other, which `FAR` is.
        let ways = |x: u32, y: u32| from_p[x as usize] + from_q[y as usize] <= 3;
        open.retain(|&(candidate, (x, y))| {
            let meets = ways(x, y) || ways(y, x);
            if meets {
                near.push(candidate);
            }
            !meets
        });
        for node in touched.drain(..) {
            for steps in &mut steps {
                steps[node as usize] = FAR;
            }
        }
    }
    near.sort_unstable();
    near
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn parallels_merge_and_loops_go() {
        let graph = LinkGraph::new(
            4,
            &[(2, 0, false), (0, 2, true), (0, 1, false), (3, 3, true)],
        )
        .unwrap();
        assert_eq!(graph.n_links(), 2);
        assert_eq!(graph.ends(1), (0, 2));
        assert_eq!(graph.conflict_links(), vec![1]);
        assert_eq!(
            graph.neighbors(0).collect::<Vec<_>>(),
            vec![(1, 1), (2, -1)]
        );
        assert_eq!(graph.find(1, 0), Some(0));
        assert_eq!(graph.find(1, 2), None);
    }

    #[test]
    fn a_link_goes_and_comes_back() {
        let first = LinkGraph::new(3, &[(0, 1, true), (1, 2, false)]).unwrap();
        let mut graph = first.clone();
        graph.set_state(0, LinkState::Gone);
        assert_eq!(graph.neighbors(1).collect::<Vec<_>>(), vec![(2, 1)]);
        assert_eq!(first.neighbors(1).count(), 2);
        graph.set_state(0, LinkState::Conflict);
        assert_eq!(graph, first);
    }

    #[test]
    fn a_node_outside_is_refused() {
        let error = LinkGraph::new(2, &[(0, 2, false)]).unwrap_err();
        assert_eq!(
            error,
            ConflictError::UnknownNode {
                node: 2,
                n_nodes: 2
            }
        );
        assert_eq!(LinkGraph::new(0, &[]).unwrap().n_nodes(), 0);
    }
}
