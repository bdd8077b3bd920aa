//! What the topics view shows beside its rows: the tree over topics, what tagging covered, how p came
//! about. The tree is kept from snapshot to snapshot while the topics stay.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

use super::SnapshotError;
use super::model::MapData;
use super::model::topics::{Branch, Coverage, Join, Permuted, TopicTree};
use crate::algo::topics::hierarchy::{Hierarchy, hierarchy, label, node_terms};
use crate::algo::topics::spread::PermutationSettings;
use crate::algo::topics::vocabulary::Vocabulary;
use crate::base::observe::Silent;
use crate::domain::columns::Places;
use crate::domain::topic::{TermWeight, Topic};
use crate::store::Store;

/// Words that make the label of a join.
const N_WORDS: usize = 5;

/// What a tree is made of.
#[derive(Clone, Debug, PartialEq)]
struct Leaf {
    number: usize,
    terms: Vec<TermWeight>,
    n_docs: usize,
}

/// What was worked out last.
#[derive(Default)]
pub(super) struct TopicsCache {
    leaves: Vec<Leaf>,
    tree: Arc<TopicTree>,
    /// Whether outlets write for several nations, and of which columns that was found.
    shares_sources: (Weak<Places>, bool),
}

impl TopicsCache {
    /// Returns the tree over topics; the same one again while words and sizes stay.
    pub(super) fn tree(&mut self, topics: &[Topic], map: Option<&MapData>) -> Arc<TopicTree> {
        let leaves: Vec<Leaf> = topics
            .iter()
            .map(|t| Leaf {
                number: t.number,
                terms: t.terms.clone(),
                n_docs: map.map_or(1, |m| m.all.n_of_topic(t.number)),
            })
            .collect();
        if leaves != self.leaves {
            self.tree = Arc::new(tree(&leaves));
            self.leaves = leaves;
        }
        Arc::clone(&self.tree)
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

/// Builds the tree from the words that the store keeps of every topic, its 15 heaviest by c-TF-IDF with
/// their weights. The rest of a topic's words weigh little beside these; counting them again would read
/// every document. An edited topic takes part with the words it has now.
fn tree(leaves: &[Leaf]) -> TopicTree {
    let terms: BTreeSet<&str> = leaves
        .iter()
        .flat_map(|l| l.terms.iter().map(|t| t.term.as_str()))
        .collect();
    let index: BTreeMap<&str, u32> = terms.iter().copied().zip(0..).collect();
    let vocabulary = Vocabulary::from_terms(terms.iter().map(ToString::to_string).collect());
    let weights: Vec<Vec<(u32, f64)>> = leaves
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
    // Weights that are no numbers have no tree; nobody cancels.
    let Ok(found) = hierarchy(&weights, &Silent) else {
        return TopicTree::default();
    };
    let Ok(words) = node_terms(&found, &weights, &n_docs, &vocabulary, N_WORDS) else {
        return TopicTree::default();
    };
    let joins = joins(&found, &weights, &words);
    TopicTree {
        leaves: found
            .order
            .iter()
            .filter_map(|i| leaves.get(*i))
            .map(|l| l.number)
            .collect(),
        joins,
    }
}

fn joins(found: &Hierarchy, weights: &[Vec<(u32, f64)>], words: &[Vec<TermWeight>]) -> Vec<Join> {
    let n = found.n_topics();
    let mut spans = vec![0..0; n];
    for (at, topic) in found.order.iter().enumerate() {
        if let Some(span) = spans.get_mut(*topic) {
            *span = at..at + 1;
        }
    }
    // Each node's words are used once, by the node above, and given away to it.
    let mut terms: Vec<BTreeSet<u32>> = weights
        .iter()
        .map(|row| row.iter().map(|(term, _)| *term).collect())
        .collect();
    let mut out = Vec::with_capacity(found.merges.len());
    for (merge, words) in found.merges.iter().zip(words) {
        let nodes = [merge.left, merge.right];
        let branches = nodes.map(|node| {
            let leaf = spans.get(node).map_or(0, |s| s.start);
            node.checked_sub(n).map_or(Branch::Leaf(leaf), Branch::Join)
        });
        let [left, right] = nodes.map(|node| spans.get(node).cloned().unwrap_or_default());
        let span = left.start..right.end;
        let [mut small, mut large] =
            nodes.map(|node| terms.get_mut(node).map(std::mem::take).unwrap_or_default());
        if small.len() > large.len() {
            std::mem::swap(&mut small, &mut large);
        }
        let n_common_words = small.iter().filter(|t| large.contains(t)).count();
        large.extend(small);
        terms.push(large);
        spans.push(span.clone());
        out.push(Join {
            branches,
            height: merge.height,
            span,
            words: label(words),
            n_common_words,
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
        let tree = tree(&leaves);
        assert_eq!(tree.joins.len(), 3);
        assert_eq!(tree.nearest(0).first(), Some(&4));
        assert_eq!(tree.nearest(3).first(), Some(&9));
        let mut all = tree.leaves.clone();
        all.sort_unstable();
        assert_eq!(all, [0, 3, 4, 9]);
        // The two pairs have no word in common, and the last join holds everything.
        let last = &tree.joins[2];
        assert_eq!((last.span.clone(), last.n_common_words), (0..4, 0));
        assert!(tree.joins.iter().take(2).all(|j| j.n_common_words > 0));
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
        assert_eq!(tree(&[]), TopicTree::default());
        let one = tree(&[leaf(5, &["a"])]);
        assert_eq!((one.leaves.len(), one.joins.len()), (1, 0));
        // Topics without words stand beside each other.
        assert_eq!(tree(&[leaf(1, &[]), leaf(2, &[])]).joins.len(), 1);
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
    fn the_same_topics_keep_their_tree() {
        let topic = |number: usize, label: &str| Topic {
            id: crate::base::ids::TopicId(number as i64),
            number,
            label: label.to_owned(),
            terms: leaf(number, &["coal"]).terms,
            keybert_terms: Vec::new(),
            mmr_terms: Vec::new(),
            central_docs: Vec::new(),
            screening: None,
            overruled: None,
            spread_entropy: 0.0,
            divergence_nats: 0.0,
            p_value: None,
            by_hand: crate::domain::topic::ByHand::default(),
        };
        let mut cache = TopicsCache::default();
        let first = cache.tree(&[topic(0, "a"), topic(1, "b")], None);
        // Another label is no other tree.
        let renamed = cache.tree(&[topic(0, "x"), topic(1, "b")], None);
        assert!(Arc::ptr_eq(&first, &renamed));
        assert!(!Arc::ptr_eq(&first, &cache.tree(&[topic(0, "x")], None)));
    }
}
