//! Topics: clusters of documents, their words, label and screening.

use crate::base::ids::{DocId, TopicId};

/// A cluster of documents with everything said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Identity in the project.
    pub id: TopicId,
    /// Position, by size, from 0.
    pub number: usize,
    /// At most five words.
    pub label: String,
    /// c-TF-IDF words, heaviest first.
    pub terms: Vec<TermWeight>,
    /// Words chosen by maximal marginal relevance, in order of choice.
    pub mmr_terms: Vec<String>,
    /// Documents closest to its middle, closest first.
    pub central_docs: Vec<DocId>,
    /// Whether its documents carry values; `None` before screening.
    pub screening: Option<Screening>,
    /// Even spread over nations: 0 (one nation) to 1 (all alike); corrected for corpus size.
    pub spread_entropy: f64,
    /// Jensen-Shannon divergence between nations, in nats.
    pub divergence_nats: f64,
    /// p-value of the spread by permutation, after Benjamini-Hochberg over topics, where it can be computed.
    pub p_value: Option<f64>,
}

/// A word with its weight in a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TermWeight {
    /// The word as readers see it.
    pub term: String,
    /// c-TF-IDF weight.
    pub weight: f64,
}

/// Whether a topic is value-related, and who said so.
#[derive(Clone, Debug, PartialEq)]
pub struct Screening {
    /// The verdict in force.
    pub value_related: bool,
    /// Confidence of the verdict, `0.0..=1.0`.
    pub confidence: f64,
    /// Why, in words.
    pub reason: String,
}
