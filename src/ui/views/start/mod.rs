//! Start: the pipeline as stages with their state, and the one next sensible thing to do.

mod derive;
mod import;
mod paint;
mod state;
mod welcome;

pub use paint::{inspector_ui, ui};
pub use state::StartState;
