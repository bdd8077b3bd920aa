//! x
pub mod base;
pub mod domain;
pub mod store;
pub mod snapshot;
