//! Pure part of the tree: where joins stand between the rows, and which of them a line reaches.

use std::sync::{Arc, Weak};

use crate::snapshot::model::TopicRow;
use crate::snapshot::model::topics::{Branch, TopicTree};

/// Where the tree's joins stand, kept while the tree stays.
#[derive(Debug, Default)]
pub(super) struct TreeCache {
    /// The join whose topics are in the inspector.
    pub(super) branch: Option<usize>,
    of: Weak<TopicTree>,
    layout: Arc<TreeLayout>,
    leaves_of: (Weak<TopicTree>, Weak<Vec<TopicRow>>),
    leaves: Arc<Leaves>,
}

/// Where the topics of the leaves stand in `Snapshot::topics`.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    /// Of each leaf; `None` for a topic that has just been merged away.
    pub(super) positions: Vec<Option<usize>>,
    /// Those that are there, from top to bottom.
    pub(super) order: Vec<usize>,
}

/// Where the tree's joins stand.
#[derive(Debug, Default)]
pub(super) struct TreeLayout {
    /// Middle of each join, in rows: 0.5 is the middle of the first leaf's row.
    pub(super) middles: Vec<f32>,
    /// The join above each join.
    pub(super) parents: Vec<Option<usize>>,
    /// The greatest height, at least a little.
    top: f64,
}

impl TreeCache {
    /// Lays the tree out where it is another one; the chosen branch is then let go of.
    pub(super) fn layout(&mut self, tree: &Arc<TopicTree>) -> Arc<TreeLayout> {
        if self.of.as_ptr() != Arc::as_ptr(tree) {
            self.of = Arc::downgrade(tree);
            self.branch = None;
            self.layout = Arc::new(TreeLayout::new(tree));
        }
        Arc::clone(&self.layout)
    }

    /// Finds the topics of the leaves where tree or topics are others.
    pub(super) fn leaves(
        &mut self,
        tree: &Arc<TopicTree>,
        topics: &Arc<Vec<TopicRow>>,
    ) -> Arc<Leaves> {
        let (of_tree, of_topics) = &self.leaves_of;
        let same =
            of_tree.as_ptr() == Arc::as_ptr(tree) && of_topics.as_ptr() == Arc::as_ptr(topics);
        if !same {
            self.leaves_of = (Arc::downgrade(tree), Arc::downgrade(topics));
            let position = |n: &usize| topics.binary_search_by_key(n, |t| t.number).ok();
            let positions: Vec<Option<usize>> = tree.leaves.iter().map(position).collect();
            let order = positions.iter().copied().flatten().collect();
            self.leaves = Arc::new(Leaves { positions, order });
        }
        Arc::clone(&self.leaves)
    }
}

impl TreeLayout {
    fn new(tree: &TopicTree) -> Self {
        let mut middles: Vec<f32> = Vec::with_capacity(tree.joins.len());
        let mut parents = vec![None; tree.joins.len()];
        for (at, join) in tree.joins.iter().enumerate() {
            let [upper, lower] = join.branches.map(|b| middle_of(&middles, b));
            middles.push(0.5 * (upper + lower));
            for branch in join.branches {
                if let Branch::Join(below) = branch
                    && let Some(parent) = parents.get_mut(below)
                {
                    *parent = Some(at);
                }
            }
        }
        let top = tree.joins.iter().map(|j| j.height).fold(0.0, f64::max);
        Self {
            middles,
            parents,
            top: top.max(1e-9),
        }
    }

    /// Returns the middle of a branch, in rows.
    pub(super) fn middle(&self, branch: Branch) -> f32 {
        middle_of(&self.middles, branch)
    }

    /// Returns how far from the leaves a height stands, as a share of the way to the root.
    pub(super) fn depth(&self, height: f64) -> f32 {
        (height / self.top).clamp(0.0, 1.0) as f32
    }
}

fn middle_of(middles: &[f32], branch: Branch) -> f32 {
    match branch {
        Branch::Leaf(at) => at as f32 + 0.5,
        // A join stands after those below it.
        Branch::Join(at) => middles.get(at).copied().unwrap_or(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::views::map::sample;

    #[test]
    fn joins_stand_between_their_branches() {
        let tree = Arc::new(sample::tree());
        let mut cache = TreeCache::default();
        let layout = cache.layout(&tree);
        cache.branch = Some(1);
        for (join, middle) in tree.joins.iter().zip(&layout.middles) {
            let [upper, lower] = join.branches.map(|b| layout.middle(b));
            assert!(upper < *middle && *middle < lower);
            assert!((join.span.start as f32) < *middle && *middle < join.span.end as f32);
            assert!((0.0..=1.0).contains(&layout.depth(join.height)));
        }
        assert_eq!(layout.parents.iter().filter(|p| p.is_none()).count(), 1);
        // The same tree keeps its layout and the branch that was chosen; another lets go of it.
        assert!(Arc::ptr_eq(&layout, &cache.layout(&tree)));
        assert_eq!(cache.branch, Some(1));
        cache.layout(&Arc::new(TopicTree::default()));
        assert_eq!(cache.branch, None);
    }

    #[test]
    fn leaves_are_found_once() {
        let snapshot = sample::snapshot(140);
        let (tree, topics) = (&snapshot.topic_tree, &snapshot.topics);
        let mut cache = TreeCache::default();
        let leaves = cache.leaves(tree, topics);
        assert_eq!(leaves.positions.len(), tree.leaves.len());
        for (number, at) in tree.leaves.iter().zip(&leaves.order) {
            assert_eq!(topics[*at].number, *number);
        }
        assert!(Arc::ptr_eq(&leaves, &cache.leaves(tree, topics)));
        // A topic that is gone has no row.
        let fewer = Arc::new(topics[1..].to_vec());
        let leaves = cache.leaves(tree, &fewer);
        assert_eq!(leaves.order.len() + 1, leaves.positions.len());
    }
}
