//! Who is linked to whom: the links of each node in one array, and how many hops lie between nodes.

/// The hops to a node that is farther than was asked, or not to be reached at all.
pub const FAR: u8 = u8::MAX;

/// The links of each node side by side.
#[derive(Clone, Debug, Default)]
pub struct Neighbors {
    /// Where each node's links begin, and the number of all at the end.
    starts: Vec<u32>,
    /// The node at the other end, and the link's index.
    others: Vec<(u32, u32)>,
}

impl Neighbors {
    /// Gathers links, which are pairs of nodes; one to a missing node or from a node to itself is left out.
    pub fn new(n_nodes: usize, links: &[(u32, u32)]) -> Self {
        let usable = || {
            (0u32..)
                .zip(links)
                .filter(|(_, (a, b))| a != b && (*a as usize) < n_nodes && (*b as usize) < n_nodes)
        };
        let mut starts = vec![0u32; n_nodes + 1];
        for (_, (a, b)) in usable() {
            for node in [a, b] {
                if let Some(n) = starts.get_mut(*node as usize + 1) {
                    *n += 1;
                }
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut others = vec![(0, 0); sum as usize];
        for (link, (a, b)) in usable() {
            for (from, to) in [(a, b), (b, a)] {
                if let Some(at) = next.get_mut(*from as usize) {
                    if let Some(other) = others.get_mut(*at as usize) {
                        *other = (*to, link);
                    }
                    *at += 1;
                }
            }
        }
        Self { starts, others }
    }

    /// Returns a node's neighbors, each with the link that leads there, in the order of the links.
    pub fn of(&self, node: u32) -> &[(u32, u32)] {
        let start = |i: usize| self.starts.get(i).map_or(0, |s| *s as usize);
        let at = node as usize;
        self.others.get(start(at)..start(at + 1)).unwrap_or(&[])
    }

    /// Returns how many hops each node is away from the nearest of some nodes: 0 for these, up to `most`,
    /// and [`FAR`] beyond. Only links that `passes` lets through lead on.
    pub fn hops(&self, from: &[u32], most: u8, passes: impl Fn(u32) -> bool) -> Vec<u8> {
        let mut hops = vec![FAR; self.starts.len().saturating_sub(1)];
        let mut edge: Vec<u32> = Vec::new();
        for &node in from {
            if let Some(h) = hops.get_mut(node as usize).filter(|h| **h == FAR) {
                *h = 0;
                edge.push(node);
            }
        }
        for hop in 1..=most.min(FAR - 1) {
            let mut next = Vec::new();
            for node in edge {
                for &(other, link) in self.of(node) {
                    if let Some(h) = hops.get_mut(other as usize).filter(|h| **h == FAR)
                        && passes(link)
                    {
                        *h = hop;
                        next.push(other);
                    }
                }
            }
            edge = next;
        }
        hops
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::seed::Seed;

    /// Relaxes every link until nothing changes.
    fn slow_hops(n: usize, links: &[(u32, u32)], from: &[u32], most: u8) -> Vec<u8> {
        let mut hops = vec![FAR; n];
        for &f in from {
            hops[f as usize] = 0;
        }
        for _ in 0..n {
            for (i, &(a, b)) in links.iter().enumerate() {
                if i % 4 == 3 {
                    continue;
                }
                let (a, b) = (a as usize, b as usize);
                let least = hops[a].min(hops[b]);
                if least < most {
                    hops[a] = hops[a].min(least + 1);
                    hops[b] = hops[b].min(least + 1);
                }
            }
        }
        hops
    }

    #[test]
    fn hops_agree_with_relaxing_every_link() {
        let mut random = Seed(8).stream("hops");
        for n in [2usize, 9, 60, 200] {
            for density in [0.6, 1.3, 4.0] {
                let links: Vec<(u32, u32)> = (0..(n as f64 * density) as usize)
                    .map(|_| (random.below(n) as u32, random.below(n) as u32))
                    .collect();
                let all = Neighbors::new(n, &links);
                let from = [random.below(n) as u32, random.below(n) as u32];
                for most in 0..=4 {
                    let found = all.hops(&from, most, |link| link % 4 != 3);
                    assert_eq!(found, slow_hops(n, &links, &from, most));
                }
            }
        }
    }

    #[test]
    fn neighbors_stand_in_the_order_of_the_links() {
        let all = Neighbors::new(3, &[(0, 1), (2, 0), (1, 1), (0, 9), (1, 0)]);
        assert_eq!(all.of(0), [(1, 0), (2, 1), (1, 4)]);
        assert_eq!(all.of(2), [(0, 1)]);
        assert!(all.of(7).is_empty());
        assert_eq!(all.hops(&[9], 3, |_| true), [FAR; 3]);
    }
}
