//! Topics: clusters of documents, their words, label and screening.

use crate::base::ids::{DocId, TopicId};

/// A cluster of documents with everything said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Identity in the project; negative for one that a person split off, which has no row of its own.
    pub id: TopicId,
    /// Its number, from 0: by size as the clustering made it, the next free one for a topic split off.
    /// Numbers stay: one that was merged away is missing from a list of topics, so that a number is no
    /// position in it; see [`position`].
    pub number: usize,
    /// At most five words, or what a person named it.
    pub label: String,
    /// c-TF-IDF words, heaviest first.
    pub terms: Vec<TermWeight>,
    /// Words chosen by maximal marginal relevance, in order of choice.
    pub mmr_terms: Vec<String>,
    /// KeyBERT-style words, nearest in meaning first; none in a project from before there were such.
    pub keybert_terms: Vec<String>,
    /// Documents closest to its middle, closest first.
    pub central_docs: Vec<DocId>,
    /// Whether its documents carry values; `None` before screening.
    pub screening: Option<Screening>,
    /// The annotator's verdict where a person overruled it.
    pub overruled: Option<Screening>,
    /// Even spread over nations: 0 (one nation) to 1 (all alike); corrected for corpus size.
    pub spread_entropy: f64,
    /// Jensen-Shannon divergence between nations, in nats.
    pub divergence_nats: f64,
    /// p-value of the spread by permutation, after Benjamini-Hochberg over topics, where it can be computed;
    /// `None` as well once a person has regrouped its documents, since it was not tested since.
    pub p_value: Option<f64>,
    /// What a person changed.
    pub by_hand: ByHand,
}

/// What a person changed of a topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByHand {
    /// Its label.
    pub renamed: bool,
    /// Its documents, by a merge, a split or a move.
    pub regrouped: bool,
    /// Its screening.
    pub overruled: bool,
}

impl ByHand {
    /// Tells whether a person changed anything.
    pub fn any(self) -> bool {
        self.renamed || self.regrouped || self.overruled
    }
}

/// Returns where the topic of a number stands in a list ordered by number, `None` where it is not in it.
pub fn position(topics: &[Topic], number: usize) -> Option<usize> {
    topics.binary_search_by_key(&number, |t| t.number).ok()
}

/// The topic of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The document.
    pub doc: DocId,
    /// Number of its topic.
    pub number: usize,
    /// Whether tags brought it there instead of the clustering.
    pub by_tags: bool,
    /// Whether a person moved it there by itself.
    pub by_hand: bool,
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
    /// The person who said so, `None` for the annotator.
    pub said_by: Option<String>,
}
