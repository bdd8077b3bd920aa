//! A product with weights that are not trained.
//!
//! candle's own product computes the gradient of both sides, whoever needs it: a third of a training
//! step would go into gradients of frozen weights that nobody reads. This one has the gradient of its
//! input only.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Storage, Tensor, bail};

/// `x · Wᵀ` with W held fast.
struct FrozenProduct {
    /// `out × in`.
    weight: Tensor,
}

impl FrozenProduct {
    /// Rows of x, and W's two sizes.
    fn sizes(&self, layout: &Layout) -> Result<(usize, usize, usize)> {
        let (n_rows, n_in) = layout.shape().dims2()?;
        let (n_out, w_in) = self.weight.dims2()?;
        if w_in != n_in {
            bail!("a product of {n_rows} × {n_in} with weights of {n_out} × {w_in}");
        }
        Ok((n_rows, n_out, n_in))
    }
}

impl CustomOp1 for FrozenProduct {
    fn name(&self) -> &'static str {
        "frozen-product"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (m, n, k) = self.sizes(layout)?;
        let turned = self.weight.t()?;
        let (storage, weight_layout) = turned.storage_and_layout();
        let Storage::Cpu(weight) = &*storage else {
            bail!("weights and input of a product lie on different devices");
        };
        let out = x.matmul(weight, (1, m, n, k), layout, weight_layout)?;
        Ok((out, (m, n).into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &candle_core::CudaStorage,
        layout: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        let (m, n, k) = self.sizes(layout)?;
        let turned = self.weight.t()?;
        let (storage, weight_layout) = turned.storage_and_layout();
        let Storage::Cuda(weight) = &*storage else {
            bail!("weights and input of a product lie on different devices");
        };
        let out = x.matmul(weight, (1, m, n, k), layout, weight_layout)?;
        Ok((out, (m, n).into()))
    }

    #[cfg(feature = "metal")]
    fn metal_fwd(
        &self,
        x: &candle_core::MetalStorage,
        layout: &Layout,
    ) -> Result<(candle_core::MetalStorage, Shape)> {
        let (m, n, k) = self.sizes(layout)?;
        let turned = self.weight.t()?;
        let (storage, weight_layout) = turned.storage_and_layout();
        let Storage::Metal(weight) = &*storage else {
            bail!("weights and input of a product lie on different devices");
        };
        let out = x.matmul(weight, (1, m, n, k), layout, weight_layout)?;
        Ok((out, (m, n).into()))
    }

    fn bwd(&self, _x: &Tensor, _out: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(grad.contiguous()?.matmul(&self.weight)?))
    }
}

/// Returns `x · weightᵀ`; a gradient reaches `x` alone.
///
/// # Shapes
/// - `x`: `n × in`; `weight`: `out × in`; returns `n × out`.
pub(super) fn product(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1(FrozenProduct {
        weight: weight.clone(),
    })
}
