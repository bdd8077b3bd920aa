//! Differentiable twins of operations whose fused forms have no gradient.

use candle_core::{D, Result, Tensor};

/// Root-mean-square normalization over the last axis, composed of differentiable steps.
///
/// # Shapes
/// - `x`: `… × h`; `weight`: `h`.
pub(super) fn rms_norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Tensor> {
    let mean_square = x.sqr()?.mean_keepdim(D::Minus1)?;
    x.broadcast_div(&(mean_square + eps)?.sqrt()?)?
        .broadcast_mul(weight)
}

/// Softmax over the last axis, composed of differentiable steps.
pub(super) fn softmax(x: &Tensor) -> Result<Tensor> {
    // The largest value only keeps the exponential finite; its gradient cancels.
    let max = x.max_keepdim(D::Minus1)?.detach();
    let exp = x.broadcast_sub(&max)?.exp()?;
    exp.broadcast_div(&exp.sum_keepdim(D::Minus1)?)
}

/// ln softmax at one column per row, composed of differentiable steps.
///
/// # Shapes
/// - `logits`: `n × v`; `targets`: `n`, u32; returns `n`.
pub(super) fn log_softmax_at(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    let max = logits.max_keepdim(D::Minus1)?.detach();
    let shifted = logits.broadcast_sub(&max)?;
    let log_sum = shifted.exp()?.sum_keepdim(D::Minus1)?.log()?;
    shifted
        .gather(&targets.unsqueeze(1)?, 1)?
        .sub(&log_sum)?
        .squeeze(1)
}

/// Turns halves of heads by their position's angle, composed of differentiable steps.
///
/// # Shapes
/// - `x`: `b × heads × t × d`; `cos`, `sin`: `t × d/2` or `b × 1 × t × d/2`.
pub(super) fn rope(x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
    let half = x.dim(D::Minus1)? / 2;
    let left = x.narrow(D::Minus1, 0, half)?;
    let right = x.narrow(D::Minus1, half, half)?;
    let turned_left = left.broadcast_mul(cos)?.sub(&right.broadcast_mul(sin)?)?;
    let turned_right = right.broadcast_mul(cos)?.add(&left.broadcast_mul(sin)?)?;
    Tensor::cat(&[turned_left, turned_right], D::Minus1)
}

/// `x · sigmoid(x)`, composed of differentiable steps.
pub(super) fn silu(x: &Tensor) -> Result<Tensor> {
    x.silu()
}

/// `−ln(1 + e^(−x))` = ln σ(x), finite for any x.
pub(super) fn log_sigmoid(x: &Tensor) -> Result<Tensor> {
    // ln σ(x) = min(x, 0) − ln(1 + e^(−|x|)); min(x, 0) = −relu(−x), whose gradient is right everywhere but at 0.
    let least = x.neg()?.relu()?.neg()?;
    let tail = (x.abs()?.neg()?.exp()? + 1.0)?.log()?;
    least - tail
}
