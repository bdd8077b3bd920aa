//! How the window is arranged over a project: which view, how wide, what part of the map. None of it
//! changes a result; the host keeps it among the user's own preferences.

use super::views::map::MapLayout;
use super::views::topics::TopicsLayout;
use super::{Beside, View, Workbench};

/// How the window is arranged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// The view in use.
    pub view: View,
    /// What stands beside it.
    pub beside: Beside,
    /// Whether the inspector stands open.
    pub inspector_open: bool,
    /// Width of the inspector in points; `None` for as wide as it begins.
    pub inspector_width: Option<f32>,
    /// The map.
    pub map: MapLayout,
    /// The topic table.
    pub topics: TopicsLayout,
}

impl Workbench {
    /// Returns how the window is arranged.
    pub fn layout(&self) -> Layout {
        Layout {
            view: self.shared.view,
            beside: self.shared.beside,
            inspector_open: self.shared.inspector_open,
            inspector_width: self.shared.inspector_width,
            map: self.map.layout(),
            topics: self.topics.layout(),
        }
    }

    /// Arranges the window as it was. What no longer fits, such as a camera over another layout of the
    /// documents, begins anew.
    pub fn put_layout(&mut self, layout: Layout) {
        self.shared.view = layout.view;
        self.shared.beside = layout.beside;
        self.shared.inspector_open = layout.inspector_open;
        self.shared.inspector_width = layout.inspector_width;
        // A panel that is new to the toolkit takes the width it is given.
        self.shared.n_arranged += 1;
        self.map.put_layout(layout.map);
        self.topics.put_layout(&layout.topics);
    }
}
