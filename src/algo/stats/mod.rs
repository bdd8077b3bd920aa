//! Statistics: intervals of rates, agreement of two labelings, correction for many tests.
//!
//! Pure numbers; it reads no table and decides nothing.

pub mod adjust;
pub mod agreement;
pub mod intervals;
