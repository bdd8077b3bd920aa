//! A set of documents, a bit each: small enough to be copied while it grows.
//!
//! It knows identities only; what the documents have in common is the maker's matter.

use super::bits::Bits;
use super::ids::DocId;

/// Documents, each once. A million take 125 kB whatever their number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocSet {
    bits: Bits,
    n_docs: usize,
}

impl DocSet {
    /// Adds a document; an identity below 0, which no table gives out, is left out.
    pub fn insert(&mut self, doc: DocId) {
        let Ok(at) = usize::try_from(doc.0) else {
            return;
        };
        self.bits.grow(at + 1);
        self.n_docs += usize::from(!self.bits.has(at));
        self.bits.insert(at);
    }

    /// Tells whether a document is in the set.
    pub fn contains(&self, doc: DocId) -> bool {
        usize::try_from(doc.0).is_ok_and(|at| self.bits.has(at))
    }

    /// Returns the number of documents.
    pub fn len(&self) -> usize {
        self.n_docs
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.n_docs == 0
    }

    /// Lists the documents by rising identity.
    pub fn iter(&self) -> impl Iterator<Item = DocId> {
        self.bits.rows().map(|at| DocId(at as i64))
    }
}

impl Extend<DocId> for DocSet {
    fn extend<I: IntoIterator<Item = DocId>>(&mut self, docs: I) {
        for doc in docs {
            self.insert(doc);
        }
    }
}

impl FromIterator<DocId> for DocSet {
    fn from_iter<I: IntoIterator<Item = DocId>>(docs: I) -> Self {
        let mut out = Self::default();
        out.extend(docs);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn holds_what_an_ordinary_set_holds(ids in prop::collection::vec(0i64..300, 0..80)) {
            let twin: BTreeSet<i64> = ids.iter().copied().collect();
            let set: DocSet = ids.into_iter().map(DocId).collect();
            prop_assert_eq!(set.len(), twin.len());
            prop_assert!((0..400).all(|i| set.contains(DocId(i)) == twin.contains(&i)));
            prop_assert!(set.iter().map(|d| d.0).eq(twin));
        }
    }

    #[test]
    fn leaves_out_what_is_no_identity() {
        let set: DocSet = [DocId(-1)].into_iter().collect();
        assert!(set.is_empty() && !set.contains(DocId(-1)) && !set.contains(DocId(9)));
    }
}
