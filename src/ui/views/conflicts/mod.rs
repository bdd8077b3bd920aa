//! Conflicts of one nation: a flagged edge inside its cycles, the queue of the round, what was decided.
//!
//! `paint` draws the view and its lists, `queue` the inspector; `cards` and `verdicts` are parts of a flagged
//! edge on show, `graph` is the graph around it, `rule` the filter of the queue and rules over it,
//! `disagreements` compares reviewers, `rounds` steps through the timeline. Whose verdict counts and what
//! comes next stands in `derive`, what outlives a frame in `state`, with `lassos`, what keys do in `keys`.

mod cards;
mod derive;
mod disagreements;
mod graph;
mod keys;
mod lassos;
mod lists;
mod paint;
mod queue;
mod rounds;
mod rule;
#[cfg(test)]
pub(crate) mod sample;
mod state;
mod strip;
mod verdicts;

pub use paint::ui;
pub use queue::inspector_ui;
pub use state::ConflictsState;

#[cfg(test)]
pub(crate) use sample::{crowd, sample, sample_looks, voted};
