//! Everything that runs or ran, with parameters, seed, version, duration and reasons of failure.

mod derive;
mod paint;
mod state;

pub use paint::{inspector_ui, ui};
pub use state::JobsState;
