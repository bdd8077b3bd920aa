//! What several stages read of the corpus: documents with their recurring text left out.

use std::collections::BTreeMap;

use crate::algo::topics::vocabulary::{
    LanguageText, TermCounts, Vocabulary, VocabularySettings, count_terms,
};
use crate::base::ids::DocId;
use crate::base::observe::{Cancelled, Observe};
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

    /// Reads some documents of the corpus, those of them that there are, in order of identity.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn of(store: &Store, ids: &[DocId]) -> Result<Self, StoreError> {
        let mut docs = Vec::with_capacity(ids.len());
        let mut masks = BTreeMap::new();
        for &id in ids {
            docs.extend(store.document(id)?);
            masks.insert(id, store.masks_of(id)?);
        }
        docs.sort_by_key(|d| d.id);
        Ok(Self { docs, masks })
    }

    /// Copies a part of the corpus: the documents at these places, in order.
    pub(super) fn part(&self, docs: &[usize]) -> Self {
        let docs: Vec<Document> = docs
            .iter()
            .filter_map(|&i| self.docs.get(i))
            .cloned()
            .collect();
        let masks = docs
            .iter()
            .filter_map(|d| Some((d.id, self.masks.get(&d.id)?.clone())))
            .collect();
        Self { docs, masks }
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

    /// Builds the vocabulary of titles and bodies, each body cut after `n_chars`, and counts every
    /// document's terms.
    ///
    /// # Errors
    /// [`Cancelled`] if the observer asks for it.
    pub(super) fn count_terms(
        &self,
        n_chars: usize,
        settings: &VocabularySettings,
        observe: &dyn Observe,
    ) -> Result<(Vocabulary, Vec<TermCounts>), Cancelled> {
        let texts: Vec<String> = self
            .docs
            .iter()
            .map(|d| format!("{}\n{}", d.title, self.text(d, n_chars)))
            .collect();
        let texts: Vec<LanguageText<'_>> = self
            .docs
            .iter()
            .zip(&texts)
            .map(|(d, text)| LanguageText {
                language: d.language,
                text,
            })
            .collect();
        count_terms(&texts, settings, observe)
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
