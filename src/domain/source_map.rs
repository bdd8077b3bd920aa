//! Maps of one nation or one outlet each, and the matches of topics between them.
//!
//! The joint map lays all documents out in one space. Here every part of the corpus has a space,
//! clusters and topics of its own, so that what one nation writes about is not pressed into the topics
//! of another; which topic of one part is which of another is proposed by a score and ruled on by people.

use std::fmt;

use crate::base::ids::DocId;
use crate::base::language::Language;
use crate::domain::corpus::Nation;
use crate::domain::topic::TermWeight;

/// What each map is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapsPer {
    /// A nation.
    #[default]
    Nation,
    /// An outlet.
    Outlet,
}

impl MapsPer {
    /// Returns the word used in settings.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nation => "nation",
            Self::Outlet => "outlet",
        }
    }

    /// Reads [`MapsPer::code`].
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Nation, Self::Outlet]
            .into_iter()
            .find(|p| p.code() == code)
    }
}

/// A part of the corpus that has a map of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartName {
    /// Its nation.
    pub nation: Nation,
    /// Its outlet, `None` for all outlets of the nation.
    pub outlet: Option<String>,
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outlet {
            Some(outlet) => write!(f, "{outlet} ({})", self.nation.code()),
            None => f.write_str(self.nation.name()),
        }
    }
}

/// A topic of one part.
#[derive(Clone, Debug, PartialEq)]
pub struct PartTopic {
    /// Number within its part, from 0, by falling size.
    pub number: usize,
    /// Label.
    pub label: String,
    /// Language of most of its documents.
    pub language: Language,
    /// Documents.
    pub n_docs: usize,
    /// c-TF-IDF words within its part, heaviest first.
    pub terms: Vec<TermWeight>,
    /// Documents closest to its middle, closest first.
    pub central_docs: Vec<DocId>,
}

/// A topic of a part, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TopicPlace {
    /// Number of the part.
    pub part: usize,
    /// Number of the topic within it.
    pub topic: usize,
}

/// Two topics of different parts that may be one.
#[derive(Clone, Debug, PartialEq)]
pub struct PartMatch {
    /// Number within its run, from 0.
    pub number: usize,
    /// The topic of the earlier part.
    pub a: TopicPlace,
    /// The topic of the later part.
    pub b: TopicPlace,
    /// How alike they are, `0.0..=1.0`.
    pub score: f64,
    /// Part of the score: cosine of the mean vectors; `None` where there was nothing to compare.
    pub vector: Option<f64>,
    /// Part of the score: words in common.
    pub words: Option<f64>,
    /// Part of the score: words of the labels in common.
    pub label: Option<f64>,
    /// Concepts and words in common, those that say most first.
    pub reasons: Vec<String>,
}

/// What a person says of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchVerdict {
    /// The two topics are one.
    Accepted,
    /// They are not.
    Refused,
}

impl MatchVerdict {
    /// Returns the word it is stored and exported by.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }

    /// Reads [`MatchVerdict::code`].
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Accepted, Self::Refused]
            .into_iter()
            .find(|v| v.code() == code)
    }
}

/// A verdict in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchRuling {
    /// What was said.
    pub verdict: MatchVerdict,
    /// Who said it.
    pub who: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// Why a verdict on a match is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulingError {
    /// There are no matches.
    #[error(
        "there are no per-source maps whose topics could be matched; `meridian run PROJECT --only source_maps` makes them"
    )]
    NoMaps,
    /// The maps were made again since.
    #[error("the per-source maps were made again since; look at the new matches")]
    OtherMaps,
    /// No match has that number.
    #[error("there is no match {number}; the project's matches are numbered up to {last}")]
    UnknownMatch {
        /// The number given.
        number: usize,
        /// The last number there is.
        last: usize,
    },
    /// The verdict is in force already.
    #[error("nothing would change: match {number} is {} already", verdict.code())]
    NoChange {
        /// The match.
        number: usize,
        /// The verdict in force.
        verdict: MatchVerdict,
    },
}

/// Says what a verdict does, to stand after "Undo".
pub fn sentence(verdict: MatchVerdict, labels: [&str; 2], parts: [&PartName; 2]) -> String {
    let what = match verdict {
        MatchVerdict::Accepted => "accepting",
        MatchVerdict::Refused => "refusing",
    };
    let [a, b] = labels;
    let [of_a, of_b] = parts;
    format!("{what} the match of “{a}”, {of_a}, and “{b}”, {of_b}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outlet_in_two_nations_is_told_apart() {
        let reuters = |nation| PartName {
            nation,
            outlet: Some("Reuters".to_owned()),
        };
        let [_, us, uk, ..] = Nation::FIVE;
        let parts = [&reuters(us), &reuters(uk)];
        assert_eq!(
            sentence(MatchVerdict::Accepted, ["Coal", "Mines"], parts),
            "accepting the match of “Coal”, Reuters (US), and “Mines”, Reuters (UK)"
        );
    }
}
