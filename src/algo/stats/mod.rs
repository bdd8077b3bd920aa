//! Statistics: intervals of rates, paired comparisons, agreement of two labelings, correction for many
//! tests.
//!
//! Pure numbers; it reads no table and decides nothing.

pub mod adjust;
pub mod agreement;
pub mod intervals;
pub mod paired;
