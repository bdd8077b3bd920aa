//! Statistics: intervals of rates, paired comparisons, agreement of labelings and of people, correction
//! for many tests.
//!
//! Pure numbers; it reads no table and decides nothing.

pub mod adjust;
pub mod agreement;
pub mod bootstrap;
pub mod intervals;
pub mod kappa;
pub mod krippendorff;
pub mod paired;
