//! What the topics view shows beside its rows: the tree over topics, what tagging covered, how p came
//! about. The tree is kept from snapshot to snapshot while the topics stay.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

use super::SnapshotError;
use super::model::MapData;
use super::model::topics::{Branch, Coverage, Join, Likeness, MAX_IN_TREE, Permuted, TopicTree};
use crate::algo::topics::hierarchy::{Hierarchy, hierarchy, label, node_terms};
use crate::algo::topics::spread::PermutationSettings;
use crate::algo::topics::vocabulary::Vocabulary;
use crate::base::ids::{DocId, RunId};
use crate::base::observe::Silent;
use crate::domain::columns::Places;
use crate::domain::topic::{TermWeight, Topic};
use crate::stages::vectors_in_force;
use crate::store::{MappedMatrix, Store};

/// Words that make the label of a join.
const N_WORDS: usize = 5;

/// Topics that are compared by vectors at most: comparing all pairs takes a second at that number.
const MAX_BY_VECTORS: usize = 2_000;

/// A row with its values by column, ordered by column.
type Sparse = Vec<(u32, f64)>;

/// What a tree is made of.
#[derive(Clone, Debug, PartialEq)]
struct Leaf {
    number: usize,
    terms: Vec<TermWeight>,
    central_docs: Vec<DocId>,
    n_docs: usize,
}

/// What was worked out last.
#[derive(Default)]
pub(super) struct TopicsCache {
    /// The topics and the vectors they were compared by.
    of: (Vec<Leaf>, Option<RunId>),
    tree: Arc<TopicTree>,
    /// Whether outlets write for several nations, and of which columns that was found.
    shares_sources: (Weak<Places>, bool),
}

impl TopicsCache {
    /// Returns the tree over topics; the same one again while they and their vectors stay.
    /// More than [`MAX_IN_TREE`] topics have none, and it says so.
    ///
    /// Topics are alike where the vectors of their central documents are, so that topics of several
    /// languages can meet. Where there are no vectors they are alike by the words the store keeps of each
    /// topic, its 15 heaviest by c-TF-IDF: too few for topics of different languages to meet.
    pub(super) fn tree(
        &mut self,
        store: &Store,
        topics: &[Topic],
        map: Option<&MapData>,
    ) -> Result<Arc<TopicTree>, SnapshotError> {
        let leaves: Vec<Leaf> = topics
            .iter()
            .map(|t| Leaf {
                number: t.number,
                terms: t.terms.clone(),
                central_docs: t.central_docs.clone(),
                n_docs: map.map_or(1, |m| m.all.n_of_topic(t.number)),
            })
            .collect();
        let of = (leaves, store.current_run("embed")?.map(|r| r.id));
        if of != self.of {
            let places = map.map(|m| &*m.places);
            let vectors = places
                .filter(|_| topics.len() <= MAX_BY_VECTORS)
                .zip(vectors_in_force(store)?)
                // Vectors of another corpus than the present one say nothing of it.
                .filter(|(places, vectors)| vectors.n_rows() == places.ids.len())
                .map(|(places, vectors)| middles(&of.0, places, &vectors));
            self.tree = Arc::new(tree(&of.0, vectors.as_deref()));
            self.of = of;
        }
        Ok(Arc::clone(&self.tree))
    }

    /// Says how the p-values came about; `None` while no topic has one.
    pub(super) fn permuted(&mut self, topics: &[Topic], map: Option<&MapData>) -> Option<Permuted> {
        let places = &map?.places;
        if !topics.iter().any(|t| t.p_value.is_some()) {
            return None;
        }
        if self.shares_sources.0.as_ptr() != Arc::as_ptr(places) {
            self.shares_sources = (Arc::downgrade(places), shares_sources(places));
        }
        Some(Permuted {
            n: PermutationSettings::default().n_permutations,
            by_source: self.shares_sources.1,
        })
    }
}

/// Tells whether an outlet writes for several nations: as `describe` asks it to choose its strata.
fn shares_sources(places: &Places) -> bool {
    let mut nation_of = vec![None; places.sources.len()];
    let (sources, nations) = (places.source_idx.values(), places.nation_idx.values());
    sources.iter().zip(nations).any(|(source, nation)| {
        nation_of
            .get_mut(usize::from(*source))
            .is_some_and(|of| *of.get_or_insert(*nation) != *nation)
    })
}

/// Measures how many documents have a topic; `None` before clustering.
pub(super) fn coverage(
    store: &Store,
    map: Option<&MapData>,
) -> Result<Option<Coverage>, SnapshotError> {
    let Some(run) = store.current_run("cluster")? else {
        return Ok(None);
    };
    let Some(outlier_share) = store.measure(run.id, "noise_share")? else {
        return Ok(None);
    };
    let is_tagged = store.current_run("tag_outliers")?.is_some();
    let left_share = map.filter(|m| is_tagged && m.all.n > 0).map(|m| {
        // The row after the topics counts documents without one.
        m.all.n_of_topic(m.n_topics) as f64 / m.all.n as f64
    });
    Ok(Some(Coverage {
        outlier_share,
        left_share,
    }))
}

/// Returns the sum of the vectors of each topic's central documents, which points where their mean does.
fn middles(leaves: &[Leaf], places: &Places, vectors: &MappedMatrix) -> Vec<Sparse> {
    let d = vectors.n_cols();
    leaves
        .iter()
        .map(|leaf| {
            let mut sum = vec![0.0f64; d];
            for doc in &leaf.central_docs {
                let row = u32::try_from(doc.0)
                    .ok()
                    .and_then(|id| places.ids.binary_search(&id).ok())
                    .and_then(|row| vectors.values().get(row * d..(row + 1) * d));
                for (sum, value) in sum.iter_mut().zip(row.unwrap_or(&[])) {
                    *sum += f64::from(*value);
                }
            }
            (0..).zip(sum).collect()
        })
        .collect()
}

/// Builds the tree: by vectors where there are some, its words by c-TF-IDF in any case.
fn tree(leaves: &[Leaf], vectors: Option<&[Sparse]>) -> TopicTree {
    if leaves.len() > MAX_IN_TREE {
        return TopicTree {
            n_too_many: Some(leaves.len()),
            ..TopicTree::default()
        };
    }
    let terms: BTreeSet<&str> = leaves
        .iter()
        .flat_map(|l| l.terms.iter().map(|t| t.term.as_str()))
        .collect();
    let index: BTreeMap<&str, u32> = terms.iter().copied().zip(0..).collect();
    let vocabulary = Vocabulary::from_terms(terms.iter().map(ToString::to_string).collect());
    let weights: Vec<Sparse> = leaves
        .iter()
        .map(|l| {
            let row: BTreeMap<u32, f64> = l
                .terms
                .iter()
                .filter_map(|t| Some((*index.get(t.term.as_str())?, t.weight)))
                .collect();
            row.into_iter().collect()
        })
        .collect();
    let n_docs: Vec<usize> = leaves.iter().map(|l| l.n_docs.max(1)).collect();
    let by = if vectors.is_some() {
        Likeness::Documents
    } else {
        Likeness::Words
    };
    // Values that are no numbers have no tree; nobody cancels.
    let Ok(found) = hierarchy(vectors.unwrap_or(&weights), &Silent) else {
        return TopicTree::default();
    };
    let Ok(words) = node_terms(&found, &weights, &n_docs, &vocabulary, N_WORDS) else {
        return TopicTree::default();
    };
    TopicTree {
        by,
        leaves: found
            .order
            .iter()
            .filter_map(|i| leaves.get(*i))
            .map(|l| l.number)
            .collect(),
        joins: joins(&found, &words),
        n_too_many: None,
    }
}

fn joins(found: &Hierarchy, words: &[Vec<TermWeight>]) -> Vec<Join> {
    let n = found.n_topics();
    let mut spans = vec![0..0; n];
    for (at, topic) in found.order.iter().enumerate() {
        if let Some(span) = spans.get_mut(*topic) {
            *span = at..at + 1;
        }
    }
    let mut out = Vec::with_capacity(found.merges.len());
    for (merge, words) in found.merges.iter().zip(words) {
        let nodes = [merge.left, merge.right];
        let branches = nodes.map(|node| {
            let leaf = spans.get(node).map_or(0, |s| s.start);
            node.checked_sub(n).map_or(Branch::Leaf(leaf), Branch::Join)
        });
        let [left, right] = nodes.map(|node| spans.get(node).cloned().unwrap_or_default());
        let span = left.start..right.end;
        spans.push(span.clone());
        out.push(Join {
            branches,
            height: merge.height,
            span,
            words: label(words),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(number: usize, words: &[&str]) -> Leaf {
        Leaf {
            number,
            terms: words
                .iter()
                .enumerate()
                .map(|(i, w)| TermWeight {
                    term: (*w).to_owned(),
                    weight: 1.0 / (i + 1) as f64,
                })
                .collect(),
            central_docs: Vec::new(),
            n_docs: 10,
        }
    }

    #[test]
    fn topics_with_common_words_meet_first() {
        let leaves = [
            leaf(0, &["coal", "grid"]),
            leaf(3, &["rent", "flat"]),
            leaf(4, &["coal", "wind"]),
            leaf(9, &["flat", "rent", "住房"]),
        ];
        let tree = tree(&leaves, None);
        assert_eq!(tree.joins.len(), 3);
        assert_eq!(tree.nearest(0).first(), Some(&4));
        assert_eq!(tree.nearest(3).first(), Some(&9));
        let mut all = tree.leaves.clone();
        all.sort_unstable();
        assert_eq!(all, [0, 3, 4, 9]);
        assert_eq!(
            (tree.by, tree.joins[2].span.clone()),
            (Likeness::Words, 0..4)
        );
        for join in &tree.joins {
            assert!(!join.words.is_empty());
            let part = |b: Branch| match b {
                Branch::Leaf(at) => at..at + 1,
                Branch::Join(j) => tree.joins[j].span.clone(),
            };
            let [upper, lower] = join.branches.map(part);
            assert_eq!(
                (upper.start, upper.end, lower.end),
                (join.span.start, lower.start, join.span.end)
            );
        }
    }

    #[test]
    fn few_topics_are_a_tree_too() {
        assert!(tree(&[], None).leaves.is_empty());
        let one = tree(&[leaf(5, &["a"])], None);
        assert_eq!((one.leaves.len(), one.joins.len()), (1, 0));
        assert_eq!(one.n_too_many, None);
        // Topics without words stand beside each other.
        assert_eq!(tree(&[leaf(1, &[]), leaf(2, &[])], None).joins.len(), 1);
    }

    #[test]
    fn too_many_topics_have_no_tree_and_it_says_so() {
        let leaves: Vec<Leaf> = (0..=MAX_IN_TREE).map(|n| leaf(n, &[])).collect();
        let tree = tree(&leaves, None);
        assert_eq!(tree.n_too_many, Some(MAX_IN_TREE + 1));
        assert!(tree.leaves.is_empty() && tree.joins.is_empty());
    }

    #[test]
    fn outlets_of_several_nations_are_seen() {
        let places = |nations: Vec<u8>| Places {
            sources: vec!["A".to_owned(), "B".to_owned()],
            source_idx: vec![0u16, 1, 0, 1].into(),
            nation_idx: nations.into(),
            ..Places::default()
        };
        assert!(!shares_sources(&places(vec![0, 1, 0, 1])));
        assert!(shares_sources(&places(vec![0, 1, 0, 2])));
    }

    #[test]
    fn topics_of_two_languages_meet_by_vectors() {
        let leaves = [
            leaf(0, &["coal", "grid"]),
            leaf(1, &["grid", "rent"]),
            leaf(2, &["煤电"]),
        ];
        let vectors = [[0.9, 0.1], [0.1, 0.9], [0.8, 0.0]].map(|v| (0..).zip(v).collect());
        let tree = tree(&leaves, Some(&vectors));
        assert_eq!(tree.by, Likeness::Documents);
        assert_eq!(tree.nearest(0), [2, 1]);
        // The words of a join are those of its topics all the same.
        assert!(tree.joins[0].words.contains("煤电"));
    }
}
