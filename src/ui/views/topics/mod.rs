//! Topics by nation: the matrix of shares, and one topic in the inspector.

mod derive;
mod paint;
mod state;

pub use paint::{inspector_ui, ui};
pub use state::TopicsState;
