//! Results: agreement of every evaluated model with the statements of every nation, down to the token.

mod derive;
mod form;
mod inspector;
mod item;
mod paint;
mod slopes;
mod state;

pub use derive::status;
pub use inspector::inspector_ui;
pub use paint::ui;
pub use state::ResultsState;

#[cfg(test)]
pub(crate) use derive::tests::{sample, sample_cell};
