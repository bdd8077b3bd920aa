//! How the topics view was left, to be found so again.

use super::derive::SortKey;
use super::state::{Show, TopicsState};

/// What of the view's state outlives the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TopicsLayout {
    /// How topics are shown.
    pub show: Show,
    /// What sorts the table.
    pub sort: SortKey,
    /// Whether large values stand on top.
    pub falls: bool,
    /// Whether only value-related topics are shown.
    pub value_only: bool,
    /// Whether months show shares instead of counts.
    pub by_share: bool,
}

impl Default for TopicsLayout {
    fn default() -> Self {
        Self {
            show: Show::default(),
            sort: SortKey::Size,
            falls: true,
            value_only: false,
            by_share: false,
        }
    }
}

impl TopicsState {
    /// Returns how the view is arranged.
    pub(crate) fn layout(&self) -> TopicsLayout {
        TopicsLayout {
            show: self.show,
            sort: self.sort,
            falls: self.falls,
            value_only: self.value_only,
            by_share: self.by_share,
        }
    }

    /// Arranges the view.
    pub(crate) fn put_layout(&mut self, layout: &TopicsLayout) {
        self.show = layout.show;
        self.sort = layout.sort;
        self.falls = layout.falls;
        self.value_only = layout.value_only;
        self.by_share = layout.by_share;
    }
}
