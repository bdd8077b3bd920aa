//! The forces between points of a layout: pulls along edges and pushes away from random points.
//!
//! Gradients of the cross-entropy between the fuzzy graph and the layout. It moves what it is given
//! and knows neither edges nor epochs.
//!
//! # Source
//! `optimize_layout_euclidean` of umap-learn 0.5.12.

use rayon::prelude::*;

use super::curve::Curve;
use super::power::power;
use crate::base::simd::{add_up, fma};

/// No step goes further along one axis, in layout units before the learning rate (umap-learn).
pub(super) const MAX_STEP: f32 = 4.0;
/// Keeps pushes between points on one spot finite (umap-learn).
const SOFTENING: f32 = 0.001;
/// Forces computed at once: one AVX2 register.
pub(super) const LANES: usize = 8;

/// Points side by side, axis after axis, so that forces between one point and [`LANES`] others need
/// no shuffling.
pub(super) type Group<const D: usize> = [[f32; LANES]; D];

/// The curve in single precision.
#[derive(Clone, Copy)]
pub(super) struct Force {
    a: f32,
    b: f32,
}

impl Force {
    /// Takes the curve of a layout.
    pub(super) fn new(curve: Curve) -> Self {
        Self {
            a: curve.a as f32,
            b: curve.b as f32,
        }
    }
}

#[expect(
    clippy::inline_always,
    reason = "must take the features of their caller"
)]
impl Force {
    /// Returns what a difference of squared length `squared` is multiplied by to bring its ends
    /// together: negative, and 0 on one spot.
    #[inline(always)]
    pub(super) fn pull<const FMA: bool>(self, squared: f32) -> f32 {
        let near = power::<FMA>(squared, self.b);
        let below = squared * fma::<FMA>(self.a, near, 1.0);
        if squared > 0.0 {
            -2.0 * self.a * self.b * near / below
        } else {
            0.0
        }
    }

    /// Moves a point away from a group of others, each push times `share`.
    #[inline(always)]
    pub(super) fn push<const FMA: bool, const D: usize, const W: usize>(
        self,
        point: &mut [f32; W],
        others: &Group<D>,
        share: f32,
    ) {
        let mut diff = [[0.0f32; LANES]; D];
        let mut squared = [0.0f32; LANES];
        for (diff, (p, others)) in diff.iter_mut().zip(point.iter().zip(others)) {
            for (diff, other) in diff.iter_mut().zip(others) {
                *diff = p - other;
            }
            for (squared, diff) in squared.iter_mut().zip(diff) {
                *squared = fma::<FMA>(*diff, *diff, *squared);
            }
        }
        // A point on the same spot, the point itself too, has no difference and gives no push.
        let mut factor = [0.0f32; LANES];
        for (factor, squared) in factor.iter_mut().zip(&squared) {
            let near = power::<FMA>(*squared, self.b);
            let below = (SOFTENING + squared) * fma::<FMA>(self.a, near, 1.0);
            *factor = 2.0 * self.b / below;
        }
        for (p, diff) in point.iter_mut().zip(&diff) {
            let mut pushes = [0.0f32; LANES];
            for (push, (factor, diff)) in pushes.iter_mut().zip(factor.iter().zip(diff)) {
                *push = (factor * diff).clamp(-MAX_STEP, MAX_STEP);
            }
            *p += add_up(pushes) * share;
        }
    }
}

/// Writes points in groups of lanes, axis after axis; lanes past the last point begin again with
/// the first.
pub(super) fn regroup<const D: usize, const W: usize>(
    points: &[[f32; W]],
    groups: &mut [Group<D>],
) {
    let n = points.len();
    groups.par_iter_mut().enumerate().for_each(|(g, group)| {
        for lane in 0..LANES {
            let point = &points[(g * LANES + lane) % n];
            for (axis, v) in group.iter_mut().zip(point) {
                axis[lane] = *v;
            }
        }
    });
}
