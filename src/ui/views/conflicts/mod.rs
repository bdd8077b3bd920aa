//! Conflicts of one nation: a flagged edge inside its cycles, the queue of the round, what was decided.

mod derive;
mod graph;
mod lists;
mod paint;
mod queue;
mod state;

pub use paint::ui;
pub use queue::inspector_ui;
pub use state::ConflictsState;

#[cfg(test)]
pub(crate) use derive::tests::sample;
