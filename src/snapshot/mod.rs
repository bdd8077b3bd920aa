//! Immutable read models for the views, built off the screen's thread.

pub mod model;
