//! The verification by people (SPEC 7.8): which pairs they judge, and what their judgments come to.
//!
//! [`draw`] draws samples and deals them out, [`measure`] computes rates and agreement, [`export`] writes
//! both as tables. It is no step of the pipeline: nothing runs it but a person, and no stage reads it.

pub mod draw;
pub mod export;
pub mod measure;

pub use draw::{Proposal, propose, sample};
pub use measure::{Coefficient, CoefficientName, Measured, Rates, Stratum, Verification};
