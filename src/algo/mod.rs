//! Pure mathematics: values in, values out.
//!
//! No file, no network, no clock, no global randomness; equal inputs, settings and seed give equal bytes
//! at any thread count. [`map`] lays documents out and clusters them, [`lexical`] turns text into vectors,
//! [`topics`] finds their words and spread, [`conflict`] reduces a nation's statements, [`split`] parts
//! items for training and test, [`stats`] compares.

pub mod boilerplate;
pub mod conflict;
pub mod duplicates;
pub mod graph_layout;
pub mod hull;
pub mod lexical;
pub mod map;
pub mod split;
pub mod stats;
pub mod topics;
