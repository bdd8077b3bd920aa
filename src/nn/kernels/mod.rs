//! What a network computes on the processor, each step as one operation with its own gradient.
//!
//! The tensor library's fused operations have no gradient and its plain ones walk through memory once
//! for every step; these do neither. They are written as safe loops that become vectors
//! ([`crate::base::simd`]), and hold one promise that evaluation needs: **a row's numbers depend neither
//! on the rows beside it nor on the number of threads**, since every sum runs in one fixed order.
//! On other devices [`super::ops`] composes the same steps; a test holds both equal.
//!
//! - [`product`]: matrices laid out as panels, and products with them
//! - [`linear`]: a frozen layer, alone or with a low-rank adapter
//! - [`attention`]: attention over spans of a packed batch
//! - [`norm`], [`rotary`], [`gate`]: the rest of a layer
//! - [`head`]: log-probabilities of given tokens without keeping the logits

pub(super) mod attention;
pub(super) mod gate;
pub(super) mod head;
pub(super) mod linear;
pub(super) mod norm;
pub(super) mod product;
pub(super) mod rotary;
mod softmax;

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};

/// Returns the numbers of an operation's input, which must be contiguous float32.
pub(super) fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(all), Some((from, to))) => Ok(&all[from..to]),
        _ => bail!("an operation on the processor needs contiguous float32 numbers"),
    }
}

/// Hands the numbers of a tensor on the processor to `f`.
pub(super) fn with_values<T>(tensor: &Tensor, f: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => Ok(f(values(storage, layout)?)),
        _ => bail!("an operation on the processor was given a tensor of another device"),
    }
}
