//! Batches packed without padding: whose rows may look at whose.
//!
//! Texts that share their beginning share its rows: a question is computed once, and the statement and
//! its reverse each look back at it without seeing each other. A row's position is its position in its
//! own text, so both begin where the question ends.

use std::ops::Range;

/// What rows may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// Itself and what came before; with a window only so many tokens back, itself counted.
    Before(Option<usize>),
    /// Everything of its span.
    All,
}

/// Rows that follow each other in one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The rows, among all queries.
    pub queries: Range<usize>,
    /// Keys that all of them may look at, in order of position: what stands before in the text.
    pub before: Vec<Range<usize>>,
    /// Their own keys, as many as queries.
    pub own: Range<usize>,
}

impl Span {
    /// Returns the number of keys.
    pub(super) fn n_keys(&self) -> usize {
        self.n_before() + self.own.len()
    }

    /// Returns the number of keys before its own.
    pub(super) fn n_before(&self) -> usize {
        self.before.iter().map(ExactSizeIterator::len).sum()
    }

    /// Returns all keys in order of position.
    pub(super) fn keys(&self) -> impl Iterator<Item = usize> {
        self.before
            .iter()
            .cloned()
            .flatten()
            .chain(self.own.clone())
    }
}

/// The spans of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spans {
    all: Vec<Span>,
}

impl Spans {
    /// Takes spans.
    pub(super) fn new(all: Vec<Span>) -> Self {
        Self { all }
    }

    /// Returns the spans.
    pub(super) fn all(&self) -> &[Span] {
        &self.all
    }

    /// Returns the keys that a span's `i`-th query sees, counted among the span's keys: keys stand in
    /// order of position and none is missing, so that the count back is the distance back.
    pub(super) fn seen(span: &Span, i: usize, sight: Sight) -> Range<usize> {
        let end = span.n_before() + i + 1;
        match sight {
            Sight::All => 0..span.n_keys(),
            Sight::Before(window) => window.map_or(0, |w| end.saturating_sub(w))..end,
        }
    }

    /// Tells whether all spans lie within so many queries and keys.
    pub(super) fn fit(&self, n: usize, n_keys: usize) -> bool {
        self.all.iter().all(|s| {
            s.queries.end <= n
                && s.own.end <= n_keys
                && s.own.len() == s.queries.len()
                && s.before.iter().all(|r| r.end <= n_keys)
        })
    }
}

/// A beginning that several texts share, and how each goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tree<'a> {
    /// Tokens of the beginning.
    pub trunk: &'a [u32],
    /// Tokens of each continuation.
    pub branches: Vec<&'a [u32]>,
}

/// A batch of trees as one row of tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Packed {
    /// All tokens.
    pub ids: Vec<u32>,
    /// The position of each in its text.
    pub positions: Vec<u32>,
    /// Who looks at whom.
    pub spans: Spans,
    /// For each tree, where its trunk's rows lie.
    pub trunks: Vec<Range<usize>>,
    /// For each tree, where its branches' rows lie.
    pub branches: Vec<Vec<Range<usize>>>,
}

impl Packed {
    /// Packs trees one after the other.
    pub(super) fn new(trees: &[Tree<'_>]) -> Self {
        let mut out = Self::default();
        let mut spans = Vec::new();
        for tree in trees {
            let trunk = out.push(tree.trunk, 0);
            if !trunk.is_empty() {
                spans.push(Span {
                    queries: trunk.clone(),
                    before: Vec::new(),
                    own: trunk.clone(),
                });
            }
            let mut of_tree = Vec::with_capacity(tree.branches.len());
            for branch in &tree.branches {
                let rows = out.push(branch, trunk.len());
                if !rows.is_empty() {
                    spans.push(Span {
                        queries: rows.clone(),
                        before: if trunk.is_empty() {
                            Vec::new()
                        } else {
                            vec![trunk.clone()]
                        },
                        own: rows.clone(),
                    });
                }
                of_tree.push(rows);
            }
            out.trunks.push(trunk);
            out.branches.push(of_tree);
        }
        out.spans = Spans::new(spans);
        out
    }

    /// Packs whole texts.
    pub(super) fn texts<'a>(texts: impl IntoIterator<Item = &'a [u32]>) -> Self {
        let trees: Vec<Tree<'_>> = texts
            .into_iter()
            .map(|trunk| Tree {
                trunk,
                branches: Vec::new(),
            })
            .collect();
        Self::new(&trees)
    }

    fn push(&mut self, tokens: &[u32], first: usize) -> Range<usize> {
        let from = self.ids.len();
        self.ids.extend_from_slice(tokens);
        self.positions
            .extend((first..first + tokens.len()).map(|p| p as u32));
        from..self.ids.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_stand_after_their_trunk_and_see_only_it() {
        let packed = Packed::new(&[
            Tree {
                trunk: &[5, 6, 7],
                branches: vec![&[8, 9], &[1]],
            },
            Tree {
                trunk: &[],
                branches: vec![&[2, 3]],
            },
        ]);
        assert_eq!(packed.ids, [5, 6, 7, 8, 9, 1, 2, 3]);
        assert_eq!(packed.positions, [0, 1, 2, 3, 4, 3, 0, 1]);
        let spans = packed.spans.all();
        assert_eq!(spans.len(), 4);
        assert_eq!(spans[2].keys().collect::<Vec<_>>(), [0, 1, 2, 5]);
        assert_eq!(Spans::seen(&spans[1], 0, Sight::Before(None)), 0..4);
        assert_eq!(Spans::seen(&spans[1], 1, Sight::Before(Some(2))), 3..5);
        assert_eq!(packed.branches[0], [3..5, 5..6]);
        assert_eq!(packed.trunks[1], 6..6);
        assert!(packed.spans.fit(8, 8) && !packed.spans.fit(8, 7));
    }
}
