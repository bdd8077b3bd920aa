//! Topics by nation: as a matrix of shares, as a tree and over time; one topic in the inspector, with the
//! edits that a person makes of it.

mod derive;
mod edit;
mod form;
mod head;
mod inspector;
mod layout;
mod mover;
mod over_time;
mod over_time_paint;
mod paint;
mod picker;
mod state;
mod tree;
mod tree_layout;

pub use derive::SortKey;
#[cfg(test)]
pub(crate) use derive::counts;
pub(crate) use derive::status;
pub use head::ui;
pub use inspector::inspector_ui;
pub use layout::TopicsLayout;
pub(crate) use mover::move_ui;
pub use state::{Show, TopicsState};
