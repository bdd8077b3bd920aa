//! A frozen layer as one operation: product, bias and low-rank adapter, with gradients of its input and
//! of the adapter alone.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::product::{Groups, Panels, multiply, panels_of_columns, panels_of_rows};
use super::{values, with_values};

/// A frozen layer.
#[derive(Clone)]
pub(in crate::nn) struct Frozen {
    /// Its weights.
    pub panels: Arc<Panels>,
    /// Its bias, one number per output.
    pub bias: Option<Arc<Vec<f32>>>,
}

impl Frozen {
    /// Applies the layer.
    ///
    /// # Shapes
    /// - `x`: `m × in`; returns `m × out`.
    pub(in crate::nn) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.contiguous()?.apply_op1(Plain(self.clone()))
    }

    /// Applies the layer and adds `scale · (x · Aᵀ) · Bᵀ`.
    ///
    /// # Shapes
    /// - `x`: `m × in`; `a`: `r × in`; `b`: `out × r`; returns `m × out`.
    pub(in crate::nn) fn forward_adapted(
        &self,
        x: &Tensor,
        a: &Tensor,
        b: &Tensor,
        scale: f64,
    ) -> Result<Tensor> {
        let op = Adapted {
            layer: self.clone(),
            scale: scale as f32,
        };
        x.contiguous()?
            .apply_op3(&a.contiguous()?, &b.contiguous()?, op)
    }

    fn product(&self, x: &[f32]) -> Result<Vec<f32>> {
        let mut out = self.panels.product(x)?;
        if let Some(bias) = &self.bias {
            for row in out.chunks_exact_mut(bias.len()) {
                for (o, b) in row.iter_mut().zip(bias.iter()) {
                    *o += b;
                }
            }
        }
        Ok(out)
    }

    fn rows(&self, layout: &Layout) -> Result<usize> {
        let (m, n_in) = layout.shape().dims2()?;
        let (_, depth) = self.panels.sizes();
        if n_in != depth {
            bail!("a layer of {depth} inputs was given {n_in}");
        }
        Ok(m)
    }
}

struct Plain(Frozen);

impl CustomOp1 for Plain {
    fn name(&self) -> &'static str {
        "frozen-layer"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let m = self.0.rows(layout)?;
        let out = self.0.product(values(x, layout)?)?;
        Ok((CpuStorage::F32(out), (m, self.0.panels.sizes().0).into()))
    }

    fn bwd(&self, x: &Tensor, _out: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let dx = with_values(grad, |g| self.0.panels.turned_product(g))??;
        Ok(Some(Tensor::from_vec(dx, x.dims(), x.device())?))
    }
}

struct Adapted {
    layer: Frozen,
    scale: f32,
}

/// `x · yᵀ` for rows of `depth` numbers each, scaled.
fn rows_by_rows(x: &[f32], y: &[f32], depth: usize, scale: f32) -> Vec<f32> {
    let (m, n) = (x.len() / depth.max(1), y.len() / depth.max(1));
    let mut out = vec![0.0; m * n];
    let groups = Groups::of_rows(x, depth, depth);
    multiply(
        &groups,
        &panels_of_rows(y, n, depth, depth),
        depth,
        &mut out,
        n,
        n,
        false,
    );
    for o in &mut out {
        *o *= scale;
    }
    out
}

/// Adds `x · y` to `out`, for x of `m × depth` and y of `depth × n`.
fn add_rows_by_columns(x: &[f32], y: &[f32], depth: usize, n: usize, out: &mut [f32]) {
    let groups = Groups::of_rows(x, depth, depth);
    multiply(
        &groups,
        &panels_of_columns(y, depth, n, n),
        depth,
        out,
        n,
        n,
        true,
    );
}

/// `xᵀ · y` for x of `depth × m` and y of `depth × n`.
fn columns_by_columns(x: &[f32], y: &[f32], depth: usize, m: usize, n: usize) -> Vec<f32> {
    let mut out = vec![0.0; m * n];
    let groups = Groups::of_columns(x, depth, m, m);
    multiply(
        &groups,
        &panels_of_columns(y, depth, n, n),
        depth,
        &mut out,
        n,
        n,
        false,
    );
    out
}

impl CustomOp3 for Adapted {
    fn name(&self) -> &'static str {
        "adapted-layer"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let m = self.layer.rows(x_layout)?;
        let (n_out, n_in) = self.layer.panels.sizes();
        let (rank, a_in) = a_layout.shape().dims2()?;
        if (a_in, b_layout.shape().dims2()?) != (n_in, (n_out, rank)) {
            bail!("an adapter's matrices do not fit a layer of {n_in} × {n_out}");
        }
        let x = values(x, x_layout)?;
        let mut out = self.layer.product(x)?;
        let down = rows_by_rows(x, values(a, a_layout)?, n_in, self.scale);
        let groups = Groups::of_rows(&down, rank, rank);
        let up = panels_of_rows(values(b, b_layout)?, n_out, rank, rank);
        multiply(&groups, &up, rank, &mut out, n_out, n_out, true);
        Ok((CpuStorage::F32(out), (m, n_out).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        a: &Tensor,
        b: &Tensor,
        _out: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (n_out, n_in) = self.layer.panels.sizes();
        let m = x.dim(0)?;
        let rank = a.dim(0)?;
        let (dx, da, db) = with_values(grad, |g| -> Result<_> {
            let mut dx = self.layer.panels.turned_product(g)?;
            let (da, db) = with_values(x, |x| -> Result<_> {
                with_values(a, |a| -> Result<_> {
                    with_values(b, |b| {
                        // The adapter's own input is computed again: r numbers a row, not worth keeping.
                        let down = rows_by_rows(x, a, n_in, self.scale);
                        let db = columns_by_columns(g, &down, m, n_out, rank);
                        let mut g_down = vec![0.0; m * rank];
                        add_rows_by_columns(g, b, n_out, rank, &mut g_down);
                        for v in &mut g_down {
                            *v *= self.scale;
                        }
                        let da = columns_by_columns(&g_down, x, m, rank, n_in);
                        add_rows_by_columns(&g_down, a, rank, n_in, &mut dx);
                        (da, db)
                    })
                })?
            })??;
            Ok((dx, da, db))
        })??;
        let device = x.device();
        Ok((
            Some(Tensor::from_vec(dx, (m, n_in), device)?),
            Some(Tensor::from_vec(da, (rank, n_in), device)?),
            Some(Tensor::from_vec(db, (n_out, rank), device)?),
        ))
    }
}
