//! Topics by nation: the matrix of shares, and one topic in the inspector.

mod derive;
mod inspector;
mod paint;
mod state;

#[cfg(test)]
pub(crate) use derive::counts;
pub use inspector::inspector_ui;
pub use paint::ui;
pub use state::TopicsState;
