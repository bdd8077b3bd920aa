//! The built-in lexical embedder: vectors for documents of several languages without any weights.
//!
//! Languages share few words, so plain word statistics draw one island per language. Here every
//! text is first read as *concepts*: a hand-written lexicon (`assets/lexicon/concepts.tsv`) puts the
//! Chinese, English, French and German words of one concept on one axis. Three steps follow.
//!
//! 1. *Context*: a document's concepts are filled up from documents of its language that use alike
//!    words (latent semantic analysis of stems), so that a text needs no lexicon word of its own.
//! 2. *Bridge*: what documents of one neighborhood have in common in each language is averaged over
//!    the languages, and each document keeps only its difference from its own neighborhood. That
//!    takes away the mark every language and outlet leaves on a topic.
//! 3. *Words*: the latent word axes of its language join at a low weight and keep the fine detail.
//!
//! Equal documents, settings and seed give equal bytes at any thread count. The room reads no file,
//! downloads nothing and does not cut or mask texts: the caller has done that.

mod bridge;
mod lexicon;
mod model;
mod reading;
mod sparse;
mod statements;
mod subspace;
mod vocabulary;

pub use lexicon::{concept_counts, concept_name, n_concepts};
pub use model::{LexicalModel, embed};
pub use statements::{STATEMENT_GROUP_COSINE, statement_vectors};

use crate::base::language::Language;
use crate::base::observe::Cancelled;
use crate::base::seed::Seed;

/// One document to embed.
#[derive(Clone, Copy, Debug)]
pub struct LexicalDoc<'a> {
    /// The text's language.
    pub language: Language,
    /// The title, empty if there is none.
    pub title: &'a str,
    /// The body, already cut to length and masked of boilerplate.
    pub body: &'a str,
}

/// How documents become vectors. The defaults were chosen on news of five nations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LexicalSettings {
    /// Width of a vector.
    pub n_dims: usize,
    /// Seed of the random starts.
    pub seed: Seed,
    /// Latent word axes per language.
    pub n_latent: usize,
    /// Documents per language that form a neighborhood.
    pub n_neighbors: usize,
    /// Weight of the concepts of alike documents beside a document's own.
    pub context_weight: f32,
    /// Weight of a document's difference from its own neighborhood.
    pub detail_weight: f32,
    /// Weight of the latent word axes beside the concepts.
    pub word_weight: f32,
    /// Most documents per language that are compared with; above it a seeded sample stands for all.
    pub max_references: usize,
}

impl Default for LexicalSettings {
    fn default() -> Self {
        Self {
            n_dims: 256,
            seed: Seed(42),
            n_latent: 128,
            n_neighbors: 10,
            context_weight: 1.0,
            detail_weight: 1.0,
            word_weight: 0.3,
            max_references: 3000,
        }
    }
}

/// Why nothing was embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LexicalError {
    /// There is no document to learn from.
    #[error("no document to learn word statistics from")]
    NoDocs,
    /// A setting is out of its range.
    #[error("the setting {name} is out of its range")]
    BadSetting {
        /// The field's name.
        name: &'static str,
    },
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl LexicalSettings {
    /// Checks every field.
    fn check(&self) -> Result<(), LexicalError> {
        let bad = |name| Err(LexicalError::BadSetting { name });
        let weight = |w: f32| w.is_finite() && w >= 0.0;
        if self.n_dims == 0 {
            return bad("n_dims");
        }
        if self.n_latent == 0 {
            return bad("n_latent");
        }
        if self.n_neighbors == 0 {
            return bad("n_neighbors");
        }
        if self.max_references == 0 {
            return bad("max_references");
        }
        if !weight(self.context_weight) {
            return bad("context_weight");
        }
        if !weight(self.detail_weight) {
            return bad("detail_weight");
        }
        if !weight(self.word_weight) {
            return bad("word_weight");
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
