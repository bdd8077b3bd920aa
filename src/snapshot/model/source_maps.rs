//! Per-source maps as the map view shows them.

use std::sync::Arc;

use super::DocLine;
use crate::base::cloud::Cloud;
use crate::base::ids::{DocId, RunId};
use crate::domain::source_map::{MatchRuling, MatchVerdict, PartMatch, PartName};

/// The maps of all parts with the matches between them.
#[derive(Clone, Debug)]
pub struct SourceMapsData {
    /// The run that made them; a verdict names it.
    pub run: RunId,
    /// The maps, in the order of the paper's nations.
    pub parts: Vec<Arc<PartMap>>,
    /// Matches between every two parts, by number.
    pub matches: Vec<MatchRow>,
    /// Whether vectors or texts have changed since.
    pub out_of_date: bool,
}

/// The map of one part.
#[derive(Clone, Debug)]
pub struct PartMap {
    /// Number of the part, by which matches name it.
    pub number: usize,
    /// What it is of.
    pub name: PartName,
    /// Positions with their index.
    pub cloud: Cloud,
    /// Per row of the cloud.
    pub docs: Vec<DocId>,
    /// Per row of the cloud, [`crate::domain::columns::NO_TOPIC`] for none.
    pub topics_of: Vec<u16>,
    /// Topics by number.
    pub topics: Vec<PartTopicRow>,
    /// Documents without a topic.
    pub n_outliers: usize,
}

/// A topic of a part.
#[derive(Clone, Debug)]
pub struct PartTopicRow {
    /// Label.
    pub label: String,
    /// Words, heaviest first.
    pub words: Vec<String>,
    /// Documents.
    pub n_docs: usize,
    /// Where its label stands: at one of its documents, in map units.
    pub anchor_in_map: [f32; 2],
    /// Documents closest to its middle.
    pub central_docs: Vec<DocLine>,
}

/// A match with what was said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchRow {
    /// The match.
    pub found: PartMatch,
    /// The verdict in force.
    pub ruling: Option<MatchRuling>,
}

impl MatchRow {
    /// Tells whether the match was refused.
    pub fn refused(&self) -> bool {
        self.verdict() == Some(MatchVerdict::Refused)
    }

    /// Returns the verdict in force.
    pub fn verdict(&self) -> Option<MatchVerdict> {
        self.ruling.as_ref().map(|r| r.verdict)
    }
}

impl SourceMapsData {
    /// Returns the match of a number.
    pub fn found(&self, number: usize) -> Option<&MatchRow> {
        let at = self
            .matches
            .binary_search_by_key(&number, |m| m.found.number)
            .ok()?;
        self.matches.get(at)
    }
}
