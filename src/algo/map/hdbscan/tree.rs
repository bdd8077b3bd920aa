//! From the spanning tree to clusters: single linkage, the condensed tree, the choice of clusters
//! and what is said about each point. It sees no coordinates.

use super::{Clustering, Edge, HdbscanSettings, Method};
use crate::base::observe::{Cancelled, Observe};

/// Edges, merges or points between two looks at the observer.
const PER_STEP: usize = 1 << 16;

/// Two groups that become one at a distance. Groups below `n` are points, later ones merges.
#[derive(Clone, Copy)]
struct Merge {
    left: u32,
    right: u32,
    distance: f64,
    n_points: u32,
}

/// A point or cluster that leaves its parent at a density, the inverse of a distance.
#[derive(Clone, Copy)]
struct Leaving {
    parent: u32,
    lambda: f64,
}

/// The condensed tree. Clusters are numbered with parents before children; 0 is the root.
struct Condensed {
    /// How each point leaves.
    points: Vec<Leaving>,
    /// How each cluster left its parent, and its size; the root's entry is a parent of itself.
    clusters: Vec<(Leaving, u32)>,
}

/// Takes clusters from the edges of a spanning tree over `n` points, ordered by reach.
pub(super) fn cluster(
    n: usize,
    edges: &[Edge],
    settings: &HdbscanSettings,
    observe: &dyn Observe,
) -> Result<Clustering, Cancelled> {
    let merges = single_linkage(n, edges, observe)?;
    let condensed = condense(n, &merges, settings.min_cluster_size, observe)?;
    let stabilities = condensed.stabilities();
    let chosen = condensed.choose(stabilities.clone(), settings);
    observe.step(0, 0)?;
    condensed.describe(
        &chosen,
        &stabilities,
        settings.allow_single_cluster,
        observe,
    )
}

/// Merges groups along the edges, shortest first.
fn single_linkage(
    n: usize,
    edges: &[Edge],
    observe: &dyn Observe,
) -> Result<Vec<Merge>, Cancelled> {
    let mut merges: Vec<Merge> = Vec::with_capacity(edges.len());
    // Over points and merges alike; a merge leads both of its groups.
    let mut parents: Vec<u32> = (0..(n + edges.len()) as u32).collect();
    let find = |parents: &mut Vec<u32>, p: u32| {
        let mut at = p;
        while parents[at as usize] != at {
            let above = parents[at as usize];
            parents[at as usize] = parents[above as usize];
            at = above;
        }
        at
    };
    for (e, edge) in edges.iter().enumerate() {
        if e.is_multiple_of(PER_STEP) {
            observe.step(0, 0)?;
        }
        let left = find(&mut parents, edge.a);
        let right = find(&mut parents, edge.b);
        let size = |group: u32| {
            (group as usize)
                .checked_sub(n)
                .map_or(1, |m| merges[m].n_points)
        };
        let n_points = size(left) + size(right);
        let group = (n + merges.len()) as u32;
        merges.push(Merge {
            left,
            right,
            distance: edge.reach,
            n_points,
        });
        parents[left as usize] = group;
        parents[right as usize] = group;
    }
    Ok(merges)
}

/// Keeps splits into two groups of `min_cluster_size` or more; other points fall out one by one.
fn condense(
    n: usize,
    merges: &[Merge],
    min_cluster_size: usize,
    observe: &dyn Observe,
) -> Result<Condensed, Cancelled> {
    let root = Leaving {
        parent: 0,
        lambda: 0.0,
    };
    let mut out = Condensed {
        points: vec![root; n],
        clusters: vec![(root, n as u32)],
    };
    let size = |group: u32| {
        (group as usize)
            .checked_sub(n)
            .map_or(1, |m| merges[m].n_points)
    };
    // The cluster each merge is part of; merges come after what they merge, so reversed order
    // meets parents first. Groups that fell out are visited below, not here.
    let mut clusters: Vec<Option<u32>> = vec![None; merges.len()];
    if let Some(last) = clusters.last_mut() {
        *last = Some(0);
    }
    let mut fallen = Vec::new();
    for (m, merge) in merges.iter().enumerate().rev() {
        if m.is_multiple_of(PER_STEP) {
            observe.step(0, 0)?;
        }
        let Some(parent) = clusters[m] else { continue };
        let lambda = if merge.distance > 0.0 {
            1.0 / merge.distance
        } else {
            f64::INFINITY
        };
        let leaving = Leaving { parent, lambda };
        let sides = [merge.left, merge.right];
        let large = sides.map(|group| size(group) as usize >= min_cluster_size);
        // Points on one spot are not split, however many: no side of them is a group of its own.
        let split = large == [true, true] && merge.distance > 0.0;
        for (group, large) in sides.into_iter().zip(large) {
            match (group as usize).checked_sub(n) {
                Some(below) if split => {
                    clusters[below] = Some(out.clusters.len() as u32);
                    out.clusters.push((leaving, size(group)));
                }
                Some(below) if large && merge.distance > 0.0 => clusters[below] = Some(parent),
                _ => fallen.push(group),
            }
        }
        while let Some(group) = fallen.pop() {
            match (group as usize).checked_sub(n) {
                None => out.points[group as usize] = leaving,
                Some(below) => fallen.extend([merges[below].left, merges[below].right]),
            }
        }
    }
    Ok(out)
}

impl Condensed {
    /// Returns for each cluster the sum over its points of how long they stay.
    fn stabilities(&self) -> Vec<f64> {
        let mut out = vec![0.0; self.clusters.len()];
        let clusters = self
            .clusters
            .iter()
            .skip(1)
            .map(|(leaving, size)| (leaving, *size));
        for (leaving, size) in self
            .points
            .iter()
            .map(|leaving| (leaving, 1))
            .chain(clusters)
        {
            let parent = leaving.parent as usize;
            out[parent] += (leaving.lambda - self.clusters[parent].0.lambda) * f64::from(size);
        }
        out
    }

    /// Returns which clusters are chosen.
    fn choose(&self, mut stabilities: Vec<f64>, settings: &HdbscanSettings) -> Vec<bool> {
        let n_clusters = self.clusters.len();
        let mut n_children = vec![0u32; n_clusters];
        let mut below = vec![0.0; n_clusters];
        for (leaving, _) in self.clusters.iter().skip(1) {
            n_children[leaving.parent as usize] += 1;
        }
        let mut chosen = vec![false; n_clusters];
        if settings.method == Method::Leaf {
            for c in 1..n_clusters {
                chosen[c] = n_children[c] == 0;
            }
            return chosen;
        }
        let first = usize::from(!settings.allow_single_cluster);
        for c in (first..n_clusters).rev() {
            if below[c] > stabilities[c] {
                stabilities[c] = below[c];
            } else {
                chosen[c] = true;
            }
            if c > 0 {
                below[self.clusters[c].0.parent as usize] += stabilities[c];
            }
        }
        // Within a chosen cluster no other is chosen.
        let mut inside = vec![false; n_clusters];
        for c in 1..n_clusters {
            let parent = self.clusters[c].0.parent as usize;
            inside[c] = inside[parent] || chosen[parent];
            chosen[c] &= !inside[c];
        }
        chosen
    }

    /// Labels points and says how sure each label is.
    fn describe(
        &self,
        chosen: &[bool],
        stabilities: &[f64],
        single: bool,
        observe: &dyn Observe,
    ) -> Result<Clustering, Cancelled> {
        let n = self.points.len();
        // The chosen cluster at or above each cluster, and the density at which its own points and
        // then all below it are gone.
        let mut owner: Vec<Option<u32>> = vec![None; chosen.len()];
        let mut own_end = vec![0.0f64; chosen.len()];
        for (c, (leaving, _)) in self.clusters.iter().enumerate() {
            let above = if c == 0 {
                None
            } else {
                owner[leaving.parent as usize]
            };
            owner[c] = if chosen[c] { Some(c as u32) } else { above };
            if c > 0 {
                let parent = leaving.parent as usize;
                own_end[parent] = own_end[parent].max(leaving.lambda);
            }
        }
        let mut longest = 0.0f64;
        for leaving in &self.points {
            let parent = leaving.parent as usize;
            own_end[parent] = own_end[parent].max(leaving.lambda);
            longest = longest.max(leaving.lambda);
        }
        longest = own_end.iter().copied().fold(longest, f64::max);
        let mut end = own_end.clone();
        for (c, (leaving, _)) in self.clusters.iter().enumerate().skip(1).rev() {
            let parent = leaving.parent as usize;
            end[parent] = end[parent].max(end[c]);
        }

        let mut numbers: Vec<Option<i32>> = vec![None; chosen.len()];
        let mut order: Vec<usize> = Vec::new();
        let mut sizes: Vec<u32> = Vec::new();
        let mut out = Clustering {
            labels: vec![-1; n],
            probabilities: vec![0.0; n],
            outlier_scores: vec![0.0; n],
            persistence: Vec::new(),
        };
        for (p, leaving) in self.points.iter().enumerate() {
            if p.is_multiple_of(PER_STEP) {
                observe.step(0, 0)?;
            }
            let parent = leaving.parent as usize;
            out.outlier_scores[p] = if end[parent] <= 0.0 || leaving.lambda.is_infinite() {
                0.0
            } else if end[parent].is_infinite() {
                1.0
            } else {
                ((end[parent] - leaving.lambda) / end[parent]) as f32
            };
            let Some(cluster) = owner[parent].map(|c| c as usize) else {
                continue;
            };
            // A root chosen alone keeps only the points that stay to its end.
            if cluster == 0 && !(single && leaving.lambda >= own_end[0]) {
                continue;
            }
            let number = *numbers[cluster].get_or_insert_with(|| {
                order.push(cluster);
                sizes.push(0);
                order.len() as i32 - 1
            });
            sizes[number as usize] += 1;
            out.labels[p] = number;
            let last = own_end[cluster];
            out.probabilities[p] = if last <= 0.0 || leaving.lambda.is_infinite() {
                1.0
            } else {
                (leaving.lambda.min(last) / last) as f32
            };
        }
        out.persistence = order
            .iter()
            .zip(&sizes)
            .map(|(&c, &size)| {
                if longest.is_infinite() || longest <= 0.0 {
                    1.0
                } else {
                    (stabilities[c] / (f64::from(size) * longest)) as f32
                }
            })
            .collect();
        Ok(out)
    }
}
