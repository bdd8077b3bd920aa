//! Ground floor: what every other room stands on and nothing else does.
//!
//! Ids, seeds and random streams, clock, content hash, matrix, vector instructions, points, segments
//! and links with their indexes, text tools, locks and the trait through
//! which long work reports progress and hears of a cancel. It knows no file, no table and no screen.

pub mod bits;
pub mod clock;
pub mod cloud;
pub mod column;
pub mod doc_set;
pub mod fold;
pub mod hash;
pub mod ids;
pub mod kill_point;
pub mod language;
pub mod lock;
pub mod matrix;
pub mod neighbors;
pub mod observe;
pub mod seed;
pub mod segments;
pub mod sentences;
pub(crate) mod simd;
pub mod srgb;
pub mod words;
