//! Which topics belong together, and at which distance: a tree over topics by their words.
//!
//! It joins topics, it changes none: what is merged is a person's decision.

use rayon::prelude::*;

use super::ctfidf::top_terms;
use super::vocabulary::Vocabulary;
use crate::base::matrix::Matrix;
use crate::base::observe::{Cancelled, Observe};
use crate::domain::topic::TermWeight;

/// Up to so many topics are put into the order with the least distance between neighbors, whose cost
/// grows with their third power.
const MAX_ORDERED: usize = 512;

/// Words that make the label of an inner node.
const N_LABEL_WORDS: usize = 3;

/// Why no tree could be made.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum HierarchyError {
    /// A weight or distance is not a finite number.
    #[error("topic {topic_idx} holds a value that is not finite")]
    NotFinite {
        /// The first such topic.
        topic_idx: usize,
    },
    /// Distances are not square, or two inputs describe different numbers of topics.
    #[error("{n_topics} topics were given where the other input has {n_topics_other}")]
    TopicsDiffer {
        /// Topics of this input.
        n_topics: usize,
        /// Topics of the other.
        n_topics_other: usize,
    },
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Two nodes of the tree become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// The node drawn first: a topic below `n`, else `n` + the position of its merge.
    pub left: usize,
    /// The node drawn second.
    pub right: usize,
    /// Ward's distance between the two.
    pub height: f64,
    /// Topics below.
    pub n_topics: usize,
}

/// A tree over topics, from single topics to all in one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hierarchy {
    /// One merge fewer than topics, by rising height.
    pub merges: Vec<Merge>,
    /// Topics from left to right, so that no two branches cross and alike topics stand together.
    pub order: Vec<usize>,
}

impl Hierarchy {
    /// Returns the number of topics.
    pub fn n_topics(&self) -> usize {
        self.order.len()
    }

    /// Cuts the tree into at most `n_groups` groups, at least one.
    ///
    /// # Shapes
    /// - returns: each topic's group; groups are numbered by their first topic.
    pub fn cut(&self, n_groups: usize) -> Vec<usize> {
        let n = self.n_topics();
        let n_merges = n.saturating_sub(n_groups.max(1));
        // Every node learns the root above it, from the top down.
        let mut root: Vec<usize> = (0..n + n_merges).collect();
        for (i, merge) in self.merges.iter().enumerate().take(n_merges).rev() {
            root[merge.left] = root[n + i];
            root[merge.right] = root[n + i];
        }
        let mut number = vec![usize::MAX; n + n_merges];
        let mut n_seen = 0;
        root.iter()
            .take(n)
            .map(|&r| {
                if number[r] == usize::MAX {
                    number[r] = n_seen;
                    n_seen += 1;
                }
                number[r]
            })
            .collect()
    }

    /// Lists the topics below a node, from left to right; none if there is no such node.
    pub fn topics_of(&self, node: usize) -> Vec<usize> {
        let n = self.n_topics();
        let mut out = Vec::new();
        let mut stack = vec![node];
        while let Some(at) = stack.pop() {
            if at < n {
                out.push(at);
            } else if let Some(merge) = self.merges.get(at - n) {
                stack.extend([merge.right, merge.left]);
            }
        }
        out
    }
}

/// Builds the tree of topics from their words.
///
/// # Shapes
/// - `weights`: `c` sparse rows ordered by term, as `ctfidf` returns them.
///
/// # Errors
/// [`HierarchyError::NotFinite`], [`HierarchyError::Cancelled`].
///
/// # Source
/// Ward 1963 on 1 − cosine, as `BERTopic` 0.17 `hierarchical_topics` builds it over
/// `scipy.cluster.hierarchy.linkage(…, "ward", optimal_ordering=True)`. Ward's rule is meant for
/// Euclidean distances; like those programs we apply it to 1 − cosine all the same.
///
/// # Cost
/// `O(c · terms + c²)`, and `O(c³)` for the order of at most 512 topics; above, branches stand in the
/// order they were joined.
pub fn hierarchy(
    weights: &[Vec<(u32, f64)>],
    observe: &dyn Observe,
) -> Result<Hierarchy, HierarchyError> {
    ward(&cosine_distances(weights, observe)?, observe)
}

/// Returns 1 − cosine of every pair of topics.
///
/// # Shapes
/// - `weights`: `c` sparse rows ordered by term.
/// - returns: `c × c`, symmetric, in `0.0..=2.0`, 0 on the diagonal. A row of zeros is 1 from all others.
///
/// # Errors
/// As [`hierarchy`].
pub fn cosine_distances(
    weights: &[Vec<(u32, f64)>],
    observe: &dyn Observe,
) -> Result<Matrix<f64>, HierarchyError> {
    observe.phase("distances");
    let n = weights.len();
    let n_terms = weights
        .iter()
        .filter_map(|row| row.last())
        .map(|(t, _)| *t as usize + 1)
        .max()
        .unwrap_or(0);
    let norms: Vec<f64> = weights
        .iter()
        .map(|row| row.iter().map(|(_, w)| w * w).sum::<f64>().sqrt())
        .collect();
    if let Some(topic_idx) = norms.iter().position(|x| !x.is_finite()) {
        return Err(HierarchyError::NotFinite { topic_idx });
    }
    let rows: Vec<Vec<f64>> = (0..n)
        .into_par_iter()
        .map_init(
            || vec![0.0; n_terms],
            |dense, i| {
                observe.step(i as u64, n as u64)?;
                for &(t, w) in &weights[i] {
                    dense[t as usize] = w;
                }
                // Only pairs with a later topic; the others are copied, so that both halves are equal.
                let row = (i + 1..n)
                    .map(|j| {
                        let dot: f64 = weights[j].iter().map(|&(t, w)| dense[t as usize] * w).sum();
                        let scale = norms[i] * norms[j];
                        let cosine = if scale > 0.0 { dot / scale } else { 0.0 };
                        1.0 - cosine.clamp(-1.0, 1.0)
                    })
                    .collect();
                for &(t, _) in &weights[i] {
                    dense[t as usize] = 0.0;
                }
                Ok(row)
            },
        )
        .collect::<Result<_, Cancelled>>()?;
    let mut out = Matrix::filled(n, n, 0.0);
    for (i, row) in rows.iter().enumerate() {
        for (j, &d) in (i + 1..n).zip(row) {
            out.row_mut(i)[j] = d;
            out.row_mut(j)[i] = d;
        }
    }
    Ok(out)
}

/// Builds Ward's tree over given distances.
///
/// # Shapes
/// - `distances`: `c × c`, symmetric; the diagonal is not read.
///
/// # Errors
/// As [`hierarchy`], and [`HierarchyError::TopicsDiffer`] if `distances` is not square.
///
/// # Source
/// Nearest-neighbor chains (Müllner 2011) with the formula of Lance and Williams 1967, as scipy 1.17 does:
/// equal merges and heights. Leaves ordered after Bar-Joseph, Gifford and Jaakkola 2001, to the least sum
/// there is; scipy's `optimal_leaf_ordering` names the same method and was seen to stop short of it.
pub fn ward(distances: &Matrix<f64>, observe: &dyn Observe) -> Result<Hierarchy, HierarchyError> {
    let n = distances.n_rows();
    if distances.n_cols() != n {
        return Err(HierarchyError::TopicsDiffer {
            n_topics: distances.n_cols(),
            n_topics_other: n,
        });
    }
    let broken = |i: &usize| distances.row(*i).iter().any(|d| !d.is_finite());
    if let Some(topic_idx) = (0..n).find(broken) {
        return Err(HierarchyError::NotFinite { topic_idx });
    }
    observe.phase("joining topics");
    let mut merges = numbered(n, chain(distances, observe)?);
    let order = if n <= MAX_ORDERED {
        ordered(distances, &mut merges, observe)?
    } else {
        let top = 2 * n - 2;
        let tree = Hierarchy {
            merges: merges.clone(),
            order: vec![0; n],
        };
        tree.topics_of(top)
    };
    Ok(Hierarchy { merges, order })
}

/// Two clusters named by one topic of each, joined at a distance.
struct Link {
    a: usize,
    b: usize,
    height: f64,
}

/// Joins mutual nearest neighbors, found by walking from neighbor to nearer neighbor.
fn chain(distances: &Matrix<f64>, observe: &dyn Observe) -> Result<Vec<Link>, Cancelled> {
    let n = distances.n_rows();
    let mut far = distances.clone();
    // A cluster lives on at the place of one of its topics; the other places have size 0.
    let mut size = vec![1usize; n];
    let mut path: Vec<usize> = Vec::new();
    let mut links = Vec::with_capacity(n.saturating_sub(1));
    while links.len() + 1 < n {
        observe.step(links.len() as u64, n as u64)?;
        if path.is_empty() {
            path.extend(size.iter().position(|s| *s > 0));
        }
        let (mut a, mut b, height) = loop {
            let Some(&at) = path.last() else {
                return Ok(links);
            };
            // The one before wins ties, or equal distances would send the walk around in a circle.
            let before = path.len().checked_sub(2).map(|i| path[i]);
            let mut best = before.map(|b| (far.row(at)[b], b));
            for (i, &d) in far.row(at).iter().enumerate() {
                if size[i] > 0 && i != at && best.is_none_or(|(least, _)| d < least) {
                    best = Some((d, i));
                }
            }
            match best {
                Some((d, next)) if before == Some(next) => break (at, next, d),
                Some((_, next)) => path.push(next),
                None => return Ok(links),
            }
        };
        path.truncate(path.len() - 2);
        if a > b {
            (a, b) = (b, a);
        }
        links.push(Link { a, b, height });
        let (n_a, n_b) = (size[a] as f64, size[b] as f64);
        size[b] += size[a];
        size[a] = 0;
        for (i, &n_i) in size.iter().enumerate() {
            if n_i == 0 || i == b {
                continue;
            }
            let n_i = n_i as f64;
            let (d_a, d_b) = (far.row(i)[a], far.row(i)[b]);
            let squared = ((n_i + n_a) * d_a * d_a + (n_i + n_b) * d_b * d_b
                - n_i * height * height)
                / (n_i + n_a + n_b);
            let d = squared.max(0.0).sqrt();
            far.row_mut(i)[b] = d;
            far.row_mut(b)[i] = d;
        }
    }
    Ok(links)
}

/// Sorts links by height and names their ends by the nodes that hold those topics by then.
fn numbered(n: usize, mut links: Vec<Link>) -> Vec<Merge> {
    // Stable: of equal heights the one found first stays first.
    links.sort_by(|x, y| x.height.total_cmp(&y.height));
    let mut above: Vec<usize> = (0..n + links.len()).collect();
    let mut n_topics = vec![1usize; n + links.len()];
    let mut top_of = |mut at: usize, new: usize| {
        while above[at] != at {
            // Halves the way for whoever comes next.
            above[at] = above[above[at]];
            at = above[at];
        }
        above[at] = new;
        at
    };
    links
        .iter()
        .enumerate()
        .map(|(i, link)| {
            let x = top_of(link.a, n + i);
            let y = top_of(link.b, n + i);
            n_topics[n + i] = n_topics[x] + n_topics[y];
            Merge {
                left: x.min(y),
                right: x.max(y),
                height: link.height,
                n_topics: n_topics[n + i],
            }
        })
        .collect()
}

/// Turns branches so that the sum of distances between neighboring topics is least; returns the order.
///
/// The best order of a subtree depends on what stands at its two ends only. A pair of topics meets in one
/// node, so one table holds the cost for every pair of ends.
fn ordered(
    distances: &Matrix<f64>,
    merges: &mut [Merge],
    observe: &dyn Observe,
) -> Result<Vec<usize>, Cancelled> {
    observe.phase("ordering topics");
    let n = distances.n_rows();
    let mut cost = Matrix::filled(n, n, 0.0f64);
    // Topics below each node, those of its first branch before those of its second.
    let mut below: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
    let mut first_branch = vec![0usize; n];
    for (done, merge) in merges.iter().enumerate() {
        observe.step(done as u64, merges.len() as u64)?;
        let (a, b) = (&below[merge.left], &below[merge.right]);
        // The cheapest way from a topic at one end of `a` over `a`'s other end to a topic of `b`.
        let over: Vec<f64> = a
            .par_iter()
            .enumerate()
            .flat_map_iter(|(at, &i)| {
                let (others, cost) = (other_ends(a, first_branch[merge.left], at), &cost);
                b.iter().map(move |&l| {
                    others
                        .iter()
                        .map(|&k| cost.row(i)[k] + distances.row(k)[l])
                        .fold(f64::INFINITY, f64::min)
                })
            })
            .collect();
        let whole: Vec<Vec<f64>> = over
            .par_chunks(b.len())
            .map(|over| {
                (0..b.len())
                    .map(|at| {
                        let from = other_range(b, first_branch[merge.right], at);
                        from.map(|l| over[l] + cost.row(b[l])[b[at]])
                            .fold(f64::INFINITY, f64::min)
                    })
                    .collect()
            })
            .collect();
        for (&i, row) in a.iter().zip(&whole) {
            for (&j, &c) in b.iter().zip(row) {
                cost.row_mut(i)[j] = c;
                cost.row_mut(j)[i] = c;
            }
        }
        first_branch.push(a.len());
        let joined = [a.as_slice(), b.as_slice()].concat();
        below.push(joined);
    }
    let top = below.len() - usize::from(!below.is_empty());
    let Some(all) = below.get(top) else {
        return Ok(Vec::new());
    };
    let (first, second) = all.split_at(first_branch[top]);
    let ends = if n == 1 {
        Some((0, 0))
    } else {
        least(first, second, |i, j| cost.row(i)[j])
    };
    let mut order = Vec::with_capacity(n);
    let mut stack: Vec<(usize, (usize, usize))> = ends.map(|e| (top, e)).into_iter().collect();
    while let Some((node, (i, j))) = stack.pop() {
        if node < n {
            order.push(node);
            continue;
        }
        let merge = &mut merges[node - n];
        if !below[merge.left].contains(&i) {
            std::mem::swap(&mut merge.left, &mut merge.right);
        }
        let facing = |child: usize, end: usize| -> &[usize] {
            let all = &below[child];
            let at = all.iter().position(|t| *t == end).unwrap_or(0);
            other_ends(all, first_branch[child], at)
        };
        let through = |k: usize, l: usize| cost.row(i)[k] + distances.row(k)[l] + cost.row(l)[j];
        let met = least(facing(merge.left, i), facing(merge.right, j), through);
        if let Some((k, l)) = met {
            stack.extend([(merge.right, (l, j)), (merge.left, (i, k))]);
        }
    }
    Ok(order)
}

/// Returns where those topics stand that can be the other end when the topic at `at` is one end: the
/// other branch, or the topic itself when it is all there is.
fn other_range(below: &[usize], first_branch: usize, at: usize) -> std::ops::Range<usize> {
    if below.len() == 1 {
        0..1
    } else if at < first_branch {
        first_branch..below.len()
    } else {
        0..first_branch
    }
}

fn other_ends(below: &[usize], first_branch: usize, at: usize) -> &[usize] {
    &below[other_range(below, first_branch, at)]
}

/// Returns the first pair of least cost.
fn least(
    firsts: &[usize],
    seconds: &[usize],
    cost: impl Fn(usize, usize) -> f64,
) -> Option<(usize, usize)> {
    let mut best: Option<(f64, (usize, usize))> = None;
    for &i in firsts {
        for &j in seconds {
            let c = cost(i, j);
            if best.is_none_or(|(least, _)| c < least) {
                best = Some((c, (i, j)));
            }
        }
    }
    best.map(|(_, pair)| pair)
}

/// Returns the heaviest words of every inner node: the weights of its topics, averaged over documents.
///
/// # Shapes
/// - `weights`: `c` sparse rows ordered by term.
/// - `n_docs`: documents of each of the `c` topics.
/// - returns: one list per merge, heaviest first, at most `n_terms` long.
///
/// # Errors
/// [`HierarchyError::TopicsDiffer`] if an input has another number of topics than the tree.
///
/// # Source
/// `BERTopic` counts a parent's words anew over all its documents; a mean of the weights needs no counts
/// and tells the same words apart, since every topic's row is relative to the same corpus.
pub fn node_terms(
    hierarchy: &Hierarchy,
    weights: &[Vec<(u32, f64)>],
    n_docs: &[usize],
    vocabulary: &Vocabulary,
    n_terms: usize,
) -> Result<Vec<Vec<TermWeight>>, HierarchyError> {
    let n = hierarchy.n_topics();
    for n_topics in [weights.len(), n_docs.len()] {
        if n_topics != n {
            return Err(HierarchyError::TopicsDiffer {
                n_topics,
                n_topics_other: n,
            });
        }
    }
    // Each node's row is used once, by the node above, and given away to it.
    let mut rows: Vec<Vec<(u32, f64)>> = weights
        .iter()
        .zip(n_docs)
        .map(|(row, &n)| row.iter().map(|&(t, w)| (t, w * n as f64)).collect())
        .collect();
    let mut docs: Vec<usize> = n_docs.to_vec();
    let mut out = Vec::with_capacity(hierarchy.merges.len());
    for merge in &hierarchy.merges {
        let (a, b) = (
            std::mem::take(&mut rows[merge.left]),
            std::mem::take(&mut rows[merge.right]),
        );
        let n = docs[merge.left] + docs[merge.right];
        let sum = add(&a, &b);
        let mean: Vec<(u32, f64)> = sum.iter().map(|&(t, w)| (t, w / n.max(1) as f64)).collect();
        out.push(top_terms(&mean, vocabulary, n_terms));
        rows.push(sum);
        docs.push(n);
    }
    Ok(out)
}

/// Returns a short name for a node from its heaviest words.
pub fn label(terms: &[TermWeight]) -> String {
    let words: Vec<&str> = terms
        .iter()
        .take(N_LABEL_WORDS)
        .map(|t| t.term.as_str())
        .collect();
    words.join(" · ")
}

/// Adds two sparse rows ordered by term.
fn add(a: &[(u32, f64)], b: &[(u32, f64)]) -> Vec<(u32, f64)> {
    let mut out = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    loop {
        let term = match (a.peek(), b.peek()) {
            (Some((s, _)), Some((t, _))) => *s.min(t),
            (Some((s, _)), None) => *s,
            (None, Some((t, _))) => *t,
            (None, None) => return out,
        };
        let from_a = a.next_if(|(t, _)| *t == term).map_or(0.0, |(_, w)| *w);
        let from_b = b.next_if(|(t, _)| *t == term).map_or(0.0, |(_, w)| *w);
        out.push((term, from_a + from_b));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;
    use crate::base::seed::Seed;

    const GOLDEN: &str = include_str!("../../../tests/golden/topics/hierarchy.tsv");

    fn golden(kind: &str) -> Vec<Vec<f64>> {
        GOLDEN
            .lines()
            .filter_map(|l| l.strip_prefix(kind)?.strip_prefix('\t'))
            .map(|l| l.split('\t').map(|x| x.parse().unwrap()).collect())
            .collect()
    }

    /// The sparse form of dense rows.
    fn sparse(rows: &[Vec<f64>]) -> Vec<Vec<(u32, f64)>> {
        rows.iter()
            .map(|row| {
                (0u32..)
                    .zip(row.iter().copied())
                    .filter(|(_, w)| *w != 0.0)
                    .collect()
            })
            .collect()
    }

    fn length(distances: &Matrix<f64>, order: &[usize]) -> f64 {
        order.windows(2).map(|w| distances.row(w[0])[w[1]]).sum()
    }

    #[test]
    fn equals_the_reference() {
        let rows = sparse(&golden("row"));
        let found = hierarchy(&rows, &Silent).unwrap();
        let merges = golden("merge");
        assert_eq!(found.merges.len(), merges.len());
        for (got, want) in found.merges.iter().zip(&merges) {
            let nodes = [got.left.min(got.right), got.left.max(got.right)];
            assert_eq!(nodes, [want[0] as usize, want[1] as usize], "{want:?}");
            assert!((got.height - want[2]).abs() < 1e-9, "{got:?} {want:?}");
            assert_eq!(got.n_topics, want[3] as usize);
        }
        let distances = cosine_distances(&rows, &Silent).unwrap();
        // scipy's order of these topics is not the shortest there is.
        assert!(length(&distances, &found.order) <= golden("length")[0][0] + 1e-9);
        for want in golden("cut") {
            let got = found.cut(want[0] as usize);
            assert_eq!(
                got,
                want[1..].iter().map(|g| *g as usize).collect::<Vec<_>>()
            );
        }
    }

    fn random_distances(n: usize, seed: u64, steps: usize) -> Matrix<f64> {
        let mut random = Seed(seed).stream("hierarchy");
        let mut out = Matrix::filled(n, n, 0.0);
        for i in 0..n {
            for j in 0..i {
                // Few steps make ties.
                let d = (1 + random.below(steps)) as f64 / steps as f64;
                out.row_mut(i)[j] = d;
                out.row_mut(j)[i] = d;
            }
        }
        out
    }

    /// Joins the nearest two of all, again and again; needs distances without ties.
    fn greedy(distances: &Matrix<f64>) -> Vec<(Vec<usize>, f64)> {
        let mut clusters: Vec<Vec<usize>> = (0..distances.n_rows()).map(|i| vec![i]).collect();
        let mut far: Vec<Vec<f64>> = (0..clusters.len())
            .map(|i| distances.row(i).to_vec())
            .collect();
        let mut out = Vec::new();
        while clusters.len() > 1 {
            let mut best = (f64::INFINITY, 0, 0);
            for (i, row) in far.iter().enumerate() {
                for (j, &d) in row.iter().enumerate().skip(i + 1) {
                    if d < best.0 {
                        best = (d, i, j);
                    }
                }
            }
            let (d, i, j) = best;
            let sizes: Vec<f64> = clusters.iter().map(|c| c.len() as f64).collect();
            let mut row: Vec<f64> = (0..clusters.len())
                .map(|k| {
                    let n = sizes[i] + sizes[j] + sizes[k];
                    (((sizes[k] + sizes[i]) * far[i][k].powi(2)
                        + (sizes[k] + sizes[j]) * far[j][k].powi(2)
                        - sizes[k] * d * d)
                        / n)
                        .sqrt()
                })
                .collect();
            let mut joined = clusters[i].clone();
            joined.extend(&clusters[j]);
            joined.sort_unstable();
            out.push((joined.clone(), d));
            for gone in [j, i] {
                clusters.remove(gone);
                far.remove(gone);
                row.remove(gone);
                for r in &mut far {
                    r.remove(gone);
                }
            }
            for (r, d) in far.iter_mut().zip(&row) {
                r.push(*d);
            }
            row.push(0.0);
            far.push(row);
            clusters.push(joined);
        }
        out
    }

    #[test]
    fn joins_as_the_greedy_twin_does() {
        for seed in 0..20 {
            let distances = random_distances(2 + seed as usize, seed, 1 << 40);
            let found = ward(&distances, &Silent).unwrap();
            let n = found.n_topics();
            for (i, (topics, height)) in greedy(&distances).iter().enumerate() {
                let mut got = found.topics_of(n + i);
                got.sort_unstable();
                assert_eq!(&got, topics);
                assert!((found.merges[i].height - height).abs() < 1e-12);
            }
        }
    }

    /// The shortest order over every way to turn the branches.
    fn shortest(distances: &Matrix<f64>, tree: &Hierarchy) -> f64 {
        (0..1u32 << tree.merges.len())
            .map(|turns| {
                let mut turned = tree.clone();
                for (i, m) in turned.merges.iter_mut().enumerate() {
                    if turns >> i & 1 == 1 {
                        std::mem::swap(&mut m.left, &mut m.right);
                    }
                }
                length(distances, &turned.topics_of(2 * tree.n_topics() - 2))
            })
            .fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn no_turning_of_branches_is_shorter() {
        for seed in 0..12 {
            let distances = random_distances(
                2 + seed as usize % 9,
                seed,
                if seed % 2 == 0 { 3 } else { 1000 },
            );
            let found = ward(&distances, &Silent).unwrap();
            assert!(
                (length(&distances, &found.order) - shortest(&distances, &found)).abs() < 1e-12
            );
            // The merges stand as the order says.
            assert_eq!(found.topics_of(2 * found.n_topics() - 2), found.order);
        }
    }

    #[test]
    fn cuts_nest() {
        let distances = random_distances(30, 7, 5);
        let tree = ward(&distances, &Silent).unwrap();
        assert!(tree.merges.windows(2).all(|w| w[0].height <= w[1].height));
        assert_eq!(tree.cut(0), vec![0; 30]);
        assert_eq!(tree.cut(99), (0..30).collect::<Vec<_>>());
        for k in 1..30 {
            let (coarse, fine) = (tree.cut(k), tree.cut(k + 1));
            assert_eq!(coarse.iter().max(), Some(&(k - 1)));
            let both = fine.iter().zip(&coarse);
            for (f, c) in both.clone() {
                assert!(both.clone().all(|(g, d)| f != g || c == d));
            }
        }
    }

    #[test]
    fn relabeling_changes_names_only() {
        let distances = random_distances(12, 3, 1 << 40);
        let mut moved = Matrix::filled(12, 12, 0.0);
        for i in 0..12 {
            for j in 0..12 {
                moved.row_mut(11 - i)[11 - j] = distances.row(i)[j];
            }
        }
        let (a, b) = (
            ward(&distances, &Silent).unwrap(),
            ward(&moved, &Silent).unwrap(),
        );
        for (x, y) in a.merges.iter().zip(&b.merges) {
            assert!((x.height - y.height).abs() < 1e-12 && x.n_topics == y.n_topics);
        }
        assert!((length(&distances, &a.order) - length(&moved, &b.order)).abs() < 1e-12);
    }

    #[test]
    fn labels_weigh_topics_by_their_documents() {
        let vocabulary =
            Vocabulary::from_terms(["coal", "court", "wind"].map(str::to_owned).to_vec());
        let rows = vec![
            vec![(0, 0.5), (2, 0.1)],
            vec![(0, 0.4), (2, 0.2)],
            vec![(1, 0.6)],
        ];
        let tree = hierarchy(&rows, &Silent).unwrap();
        let terms = node_terms(&tree, &rows, &[1, 3, 12], &vocabulary, 5).unwrap();
        assert_eq!(label(&terms[0]), "coal · wind");
        assert!((terms[0][0].weight - 0.425).abs() < 1e-12);
        assert_eq!(label(&terms[1]), "court · coal · wind");
        assert!(node_terms(&tree, &rows, &[1, 3], &vocabulary, 5).is_err());
    }

    #[test]
    fn takes_few_and_refuses_what_does_not_fit() {
        let none = hierarchy(&[], &Silent).unwrap();
        assert!(none.merges.is_empty() && none.order.is_empty() && none.cut(3).is_empty());
        let one = hierarchy(&[vec![(3, 1.0)]], &Silent).unwrap();
        assert_eq!((one.order.clone(), one.cut(1)), (vec![0], vec![0]));
        // Topics without words are as far as can be from all; equal ones are not apart.
        let odd = hierarchy(&[vec![], vec![(0, 1.0)], vec![(0, 2.0)], vec![]], &Silent).unwrap();
        assert!(odd.merges[0].height.abs() < 1e-12 && (odd.merges[1].height - 1.0).abs() < 1e-12);
        assert_eq!(
            hierarchy(&[vec![(0, 1.0)], vec![(0, f64::NAN)]], &Silent),
            Err(HierarchyError::NotFinite { topic_idx: 1 })
        );
        assert!(matches!(
            ward(&Matrix::filled(2, 3, 0.0), &Silent),
            Err(HierarchyError::TopicsDiffer { .. })
        ));
    }
}
