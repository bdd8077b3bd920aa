//! What the topics view shows beside the rows of its table: the tree, what tagging covered, how p came
//! about.

use std::ops::Range;

/// What two topics are alike by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Likeness {
    /// The embedding of their central documents.
    #[default]
    Documents,
    /// Their heaviest words, where there are no vectors.
    Words,
}

/// Topics that a tree is made of at most: comparing all pairs takes memory and time with their square, and
/// nobody reads so long a tree.
pub const MAX_IN_TREE: usize = 5_000;

/// How topics belong together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicTree {
    /// What they are alike by.
    pub by: Likeness,
    /// Numbers of the topics from top to bottom, so that no two branches cross and alike ones stand
    /// together.
    pub leaves: Vec<usize>,
    /// Where two branches meet, by rising height; one fewer than topics.
    pub joins: Vec<Join>,
    /// How many topics there are, where they are more than [`MAX_IN_TREE`] and so have no tree.
    pub n_too_many: Option<usize>,
}

/// A part of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// A topic, by its place in [`TopicTree::leaves`].
    Leaf(usize),
    /// Several, by their place in [`TopicTree::joins`].
    Join(usize),
}

/// Where two branches meet.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// The branches, the upper one first.
    pub branches: [Branch; 2],
    /// Ward's distance between the two.
    pub height: f64,
    /// The leaves below.
    pub span: Range<usize>,
    /// Its heaviest words, `coal · grid · wind`.
    pub words: String,
}

impl TopicTree {
    /// Returns the numbers of the topics below a join.
    pub fn topics_of(&self, join: usize) -> &[usize] {
        self.joins
            .get(join)
            .and_then(|j| self.leaves.get(j.span.clone()))
            .unwrap_or(&[])
    }

    /// Lists the other topics, those first that meet the given one lowest in the tree.
    pub fn nearest(&self, number: usize) -> Vec<usize> {
        let Some(at) = self.leaves.iter().position(|n| *n == number) else {
            return Vec::new();
        };
        let mut out = Vec::with_capacity(self.leaves.len());
        let mut known = at..at + 1;
        // Lower joins come first, so that each adds what lies around the ones before.
        for join in self.joins.iter().filter(|j| j.span.contains(&at)) {
            for around in [join.span.start..known.start, known.end..join.span.end] {
                out.extend_from_slice(self.leaves.get(around).unwrap_or(&[]));
            }
            known = join.span.clone();
        }
        out
    }
}

/// How many documents have a topic, before and after tagging.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Share of documents that the clustering called noise, `0.0..=1.0`.
    pub outlier_share: f64,
    /// Share of documents in no topic once tags placed outliers and a person edited; `None` before tagging.
    pub left_share: Option<f64>,
}

/// How the p-values of topics came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permuted {
    /// Permutations.
    pub n: usize,
    /// Whether nations changed places within outlet and month, else within months.
    pub by_source: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_meet_lowest() {
        let join = |branches, height, span| Join {
            branches,
            height,
            span,
            words: String::new(),
        };
        // 7 and 2 meet first, then 5 and 9, then both pairs, then 4.
        let tree = TopicTree {
            by: Likeness::Words,
            leaves: vec![7, 2, 5, 9, 4],
            joins: vec![
                join([Branch::Leaf(0), Branch::Leaf(1)], 0.1, 0..2),
                join([Branch::Leaf(2), Branch::Leaf(3)], 0.2, 2..4),
                join([Branch::Join(0), Branch::Join(1)], 0.5, 0..4),
                join([Branch::Join(2), Branch::Leaf(4)], 0.9, 0..5),
            ],
            n_too_many: None,
        };
        assert_eq!(tree.nearest(2), [7, 5, 9, 4]);
        assert_eq!(tree.nearest(9), [5, 7, 2, 4]);
        assert_eq!(tree.nearest(4), [7, 2, 5, 9]);
        assert!(tree.nearest(3).is_empty());
        assert_eq!(tree.topics_of(1), [5, 9]);
        assert!(tree.topics_of(8).is_empty());
    }
}
