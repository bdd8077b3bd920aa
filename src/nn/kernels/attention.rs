//! Attention over the spans of a packed batch, as one operation with its own gradient.
//!
//! Neither scores nor weights are kept: the gradient computes them again, span by span and head by head.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};

use super::super::spans::{Sight, Span, Spans};
use super::super::threads;
use super::product::{Groups, multiply, panels_of_columns, panels_of_rows};
use super::softmax::Exponentials;
use super::{values, with_values};
use crate::base::simd::dispatch;

/// Heads and their width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::nn) struct Heads {
    /// Heads of queries.
    pub queries: usize,
    /// Heads of keys and values; each serves as many heads of queries.
    pub keys: usize,
    /// Numbers of a head.
    pub width: usize,
}

struct Attention {
    spans: Arc<Spans>,
    heads: Heads,
    sight: Sight,
}

/// Lets every row of `q` mix the values of the keys it may look at.
///
/// # Shapes
/// - `q`: `n × (heads · d)`; `k`, `v`: `n_keys × (key heads · d)`; returns the shape of `q`.
pub(in crate::nn) fn attention(
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    spans: &Arc<Spans>,
    heads: Heads,
    sight: Sight,
) -> Result<Tensor> {
    let op = Attention {
        spans: Arc::clone(spans),
        heads,
        sight,
    };
    q.contiguous()?
        .apply_op3(&k.contiguous()?, &v.contiguous()?, op)
}

/// One span's keys and values of one head, gathered.
struct Gathered {
    /// `t × d`.
    k: Vec<f32>,
    /// `t × d`.
    v: Vec<f32>,
}

/// Queries whose weights are computed at once: keeps them small for long texts.
const QUERIES_PER_PART: usize = 96;

impl Attention {
    fn check(&self, q: &Layout, k: &Layout, v: &Layout) -> Result<()> {
        let (n, width) = q.shape().dims2()?;
        let (n_keys, key_width) = k.shape().dims2()?;
        let h = self.heads;
        if width != h.queries * h.width
            || key_width != h.keys * h.width
            || v.shape() != k.shape()
            || !self.spans.fit(n, n_keys)
        {
            bail!("attention of {n} rows over {n_keys} keys does not fit its spans");
        }
        Ok(())
    }

    fn gather(&self, span: &Span, k: &[f32], v: &[f32], key_head: usize) -> Gathered {
        let (d, stride) = (self.heads.width, self.heads.keys * self.heads.width);
        let of = |x: &[f32]| {
            let mut out = Vec::with_capacity(span.n_keys() * d);
            for i in span.keys() {
                out.extend_from_slice(&x[i * stride + key_head * d..][..d]);
            }
            out
        };
        Gathered { k: of(k), v: of(v) }
    }

    /// Softmax weights of some of a span's queries in one head.
    ///
    /// # Shapes
    /// - `q`: the queries, `n × d`; `first`: position of the first within the span; returns `n × t`.
    fn weights(&self, span: &Span, q: &[f32], first: usize, k: &[f32]) -> Vec<f32> {
        let (d, t) = (self.heads.width, span.n_keys());
        let n = q.len() / d;
        let mut weights = vec![0.0; n * t];
        let groups = Groups::of_rows(q, d, d);
        multiply(
            &groups,
            &panels_of_rows(k, t, d, d),
            d,
            &mut weights,
            t,
            t,
            false,
        );
        let scale = 1.0 / (d as f32).sqrt();
        for (i, row) in weights.chunks_exact_mut(t).enumerate() {
            let seen = Spans::seen(span, first + i, self.sight);
            row[..seen.start].fill(0.0);
            row[seen.end..].fill(0.0);
            let row = &mut row[seen];
            for x in row.iter_mut() {
                *x *= scale;
            }
            let (_, sum) = dispatch(Exponentials(row));
            let share = (1.0 / sum) as f32;
            for x in row.iter_mut() {
                *x *= share;
            }
        }
        weights
    }

    /// Queries of one head, gathered from rows `stride` apart.
    fn rows_of_head(&self, x: &[f32], rows: std::ops::Range<usize>, head: usize) -> Vec<f32> {
        let (d, stride) = (self.heads.width, self.heads.queries * self.heads.width);
        let mut out = Vec::with_capacity(rows.len() * d);
        for i in rows {
            out.extend_from_slice(&x[i * stride + head * d..][..d]);
        }
        out
    }

    /// The mixed values of one span and one group of heads: heads × (n × d).
    fn forward(&self, span: &Span, q: &[f32], k: &[f32], v: &[f32], key_head: usize) -> Vec<f32> {
        let (d, t) = (self.heads.width, span.n_keys());
        let share = self.heads.queries / self.heads.keys;
        let n = span.queries.len();
        let g = self.gather(span, k, v, key_head);
        let values = panels_of_columns(&g.v, t, d, d);
        let mut out = vec![0.0; share * n * d];
        for (head, out) in out.chunks_exact_mut(n * d).enumerate() {
            let q = self.rows_of_head(q, span.queries.clone(), key_head * share + head);
            for (part, out) in out.chunks_mut(QUERIES_PER_PART * d).enumerate() {
                let first = part * QUERIES_PER_PART;
                let q = &q[first * d..first * d + out.len()];
                let weights = self.weights(span, q, first, &g.k);
                multiply(
                    &Groups::of_rows(&weights, t, t),
                    &values,
                    t,
                    out,
                    d,
                    d,
                    false,
                );
            }
        }
        out
    }

    /// Gradients of one span and one group of heads.
    fn backward(
        &self,
        span: &Span,
        (q, k, v): (&[f32], &[f32], &[f32]),
        grad: &[f32],
        key_head: usize,
    ) -> Gradients {
        let (d, t) = (self.heads.width, span.n_keys());
        let share = self.heads.queries / self.heads.keys;
        let n = span.queries.len();
        let scale = 1.0 / (d as f32).sqrt();
        let g = self.gather(span, k, v, key_head);
        let keys = panels_of_columns(&g.k, t, d, d);
        let value_rows = panels_of_rows(&g.v, t, d, d);
        let mut out = Gradients {
            q: vec![0.0; share * n * d],
            k: vec![0.0; t * d],
            v: vec![0.0; t * d],
        };
        for (head, dq) in out.q.chunks_exact_mut(n * d).enumerate() {
            let head = key_head * share + head;
            let q = self.rows_of_head(q, span.queries.clone(), head);
            let grad = self.rows_of_head(grad, span.queries.clone(), head);
            for (part, dq) in dq.chunks_mut(QUERIES_PER_PART * d).enumerate() {
                let first = part * QUERIES_PER_PART;
                let at = first * d..first * d + dq.len();
                let (q, grad) = (&q[at.clone()], &grad[at]);
                let n = dq.len() / d;
                let weights = self.weights(span, q, first, &g.k);
                // The gradient of the weights, then of the scores before the softmax.
                let mut slopes = vec![0.0; n * t];
                multiply(
                    &Groups::of_rows(grad, d, d),
                    &value_rows,
                    d,
                    &mut slopes,
                    t,
                    t,
                    false,
                );
                for (slope, weight) in slopes.chunks_exact_mut(t).zip(weights.chunks_exact(t)) {
                    let mean: f32 = slope.iter().zip(weight).map(|(s, w)| s * w).sum();
                    for (s, w) in slope.iter_mut().zip(weight) {
                        *s = w * (*s - mean) * scale;
                    }
                }
                multiply(&Groups::of_rows(&slopes, t, t), &keys, t, dq, d, d, false);
                let q_panels = panels_of_columns(q, n, d, d);
                let grad_panels = panels_of_columns(grad, n, d, d);
                let turned = Groups::of_columns(&slopes, n, t, t);
                multiply(&turned, &q_panels, n, &mut out.k, d, d, true);
                let turned = Groups::of_columns(&weights, n, t, t);
                multiply(&turned, &grad_panels, n, &mut out.v, d, d, true);
            }
        }
        out
    }
}

struct Gradients {
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        q_layout: &Layout,
        k: &CpuStorage,
        k_layout: &Layout,
        v: &CpuStorage,
        v_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.check(q_layout, k_layout, v_layout)?;
        let (q, k, v) = (
            values(q, q_layout)?,
            values(k, k_layout)?,
            values(v, v_layout)?,
        );
        let h = self.heads;
        let spans = self.spans.all();
        let parts = threads::map(spans.len() * h.keys, |i| {
            self.forward(&spans[i / h.keys], q, k, v, i % h.keys)
        });
        let mut out = vec![0.0; q.len()];
        for (i, part) in parts.iter().enumerate() {
            scatter_queries(part, &spans[i / h.keys], h, i % h.keys, &mut out);
        }
        Ok((CpuStorage::F32(out), q_layout.shape().clone()))
    }

    fn bwd(
        &self,
        q: &Tensor,
        k: &Tensor,
        v: &Tensor,
        _out: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let h = self.heads;
        let spans = self.spans.all();
        let (dq, dk, dv) = with_values(q, |q| {
            with_values(k, |k| {
                with_values(v, |v| {
                    with_values(grad, |grad| {
                        let parts = threads::map(spans.len() * h.keys, |i| {
                            self.backward(&spans[i / h.keys], (q, k, v), grad, i % h.keys)
                        });
                        let mut dq = vec![0.0; q.len()];
                        let (mut dk, mut dv) = (vec![0.0; k.len()], vec![0.0; v.len()]);
                        // A prompt's keys get gradients from several spans, added in their order.
                        for (i, part) in parts.iter().enumerate() {
                            let (span, head) = (&spans[i / h.keys], i % h.keys);
                            scatter_queries(&part.q, span, h, head, &mut dq);
                            add_keys(&part.k, span, h, head, &mut dk);
                            add_keys(&part.v, span, h, head, &mut dv);
                        }
                        (dq, dk, dv)
                    })
                })
            })
        })????;
        let device = q.device();
        Ok((
            Some(Tensor::from_vec(dq, q.dims(), device)?),
            Some(Tensor::from_vec(dk, k.dims(), device)?),
            Some(Tensor::from_vec(dv, v.dims(), device)?),
        ))
    }
}

/// Writes a group of heads back to the rows of the queries.
fn scatter_queries(part: &[f32], span: &Span, h: Heads, key_head: usize, out: &mut [f32]) {
    let (d, stride) = (h.width, h.queries * h.width);
    let share = h.queries / h.keys;
    for (head, of_head) in part
        .chunks_exact((span.queries.len() * d).max(1))
        .enumerate()
    {
        let at = (key_head * share + head) * d;
        for (i, row) in span.queries.clone().zip(of_head.chunks_exact(d)) {
            out[i * stride + at..][..d].copy_from_slice(row);
        }
    }
}

/// Adds gradients of gathered keys to their rows.
fn add_keys(part: &[f32], span: &Span, h: Heads, key_head: usize, out: &mut [f32]) {
    let (d, stride) = (h.width, h.keys * h.width);
    for (i, row) in span.keys().zip(part.chunks_exact(d)) {
        for (o, x) in out[i * stride + key_head * d..][..d].iter_mut().zip(row) {
            *o += x;
        }
    }
}
