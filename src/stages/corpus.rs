//! What several stages read of the corpus: documents with their recurring text left out.

use std::collections::BTreeMap;

use crate::base::ids::DocId;
use crate::base::sentences::Span;
use crate::domain::corpus::Document;
use crate::store::{Store, StoreError};

/// Documents in order of identity with the spans to leave out of vectors and words.
pub(super) struct Corpus {
    /// The documents.
    pub(super) docs: Vec<Document>,
    masks: BTreeMap<DocId, Vec<Span>>,
}

impl Corpus {
    /// Reads the corpus.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn read(store: &Store) -> Result<Self, StoreError> {
        let mut masks: BTreeMap<DocId, Vec<Span>> = BTreeMap::new();
        for (doc, span) in store.masks()? {
            masks.entry(doc).or_default().push(span);
        }
        Ok(Self {
            docs: store.documents()?,
            masks,
        })
    }

    /// Returns the body without its recurring text, cut after `n_chars`.
    pub(super) fn text(&self, doc: &Document, n_chars: usize) -> String {
        let none = Vec::new();
        let spans = self.masks.get(&doc.id).unwrap_or(&none);
        doc.body
            .chars()
            .enumerate()
            .filter(|(i, _)| !spans.iter().any(|s| s.start <= *i && *i < s.end))
            .map(|(_, c)| c)
            .take(n_chars)
            .collect()
    }

    /// Tells whether a passage lies in recurring text.
    pub(super) fn masked(&self, doc: DocId, passage: Span) -> bool {
        self.masks.get(&doc).is_some_and(|spans| {
            spans
                .iter()
                .any(|s| s.start < passage.end && passage.start < s.end)
        })
    }
}
