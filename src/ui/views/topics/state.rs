//! What the topic table remembers between frames.

use super::derive::{SortKey, order};
use crate::snapshot::model::Snapshot;

/// What the topic table remembers.
#[derive(Debug)]
pub struct TopicsState {
    pub(super) sort: SortKey,
    pub(super) falls: bool,
    pub(super) value_only: bool,
    key: Option<(u64, SortKey, bool, bool)>,
    order: Vec<usize>,
}

impl Default for TopicsState {
    fn default() -> Self {
        Self {
            sort: SortKey::Size,
            falls: true,
            value_only: false,
            key: None,
            order: Vec::new(),
        }
    }
}

impl TopicsState {
    /// Returns the rows to show in order; sorts only when something changed.
    pub(super) fn order(&mut self, snapshot: &Snapshot) -> &[usize] {
        let key = (snapshot.revision, self.sort, self.falls, self.value_only);
        if self.key != Some(key) {
            self.order = order(&snapshot.topics, self.sort, self.falls, self.value_only);
            self.key = Some(key);
        }
        &self.order
    }

    /// Sorts by a column; a second click turns the order round.
    pub(super) fn sort_by(&mut self, key: SortKey) {
        if self.sort == key {
            self.falls = !self.falls;
        } else {
            self.sort = key;
            self.falls = key.falls_first();
        }
    }
}
