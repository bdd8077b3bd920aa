//! Matrices laid out as panels, and products with them.
//!
//! A panel holds sixteen columns of a product's right side, so that one step of the inner loop reads
//! sixteen neighbors and multiplies them into six rows at once. A frozen layer is kept in this form
//! alone: nothing is turned while it is used, 16-bit weights are widened and quantized ones unpacked a
//! block of panels at a time. The general library for products turns its right side in every call and
//! reads float32 only; alone and on large pieces both are about equally fast.

use std::borrow::Cow;
use std::sync::Arc;

use candle_core::Device;
use candle_core::quantized::{QStorage, QTensor};
use half::slice::HalfFloatSliceExt;

use super::super::threads;
use crate::base::simd::{Kernel, dispatch, fma};

/// Columns of a panel: two AVX2 registers.
pub(in crate::nn) const LANES: usize = 16;

/// Rows multiplied at once: with two registers each they fill the register file.
const GROUP: usize = 6;

/// Steps of a sum between two visits to the result; a panel's part of this length stays in the first cache.
const DEPTH: usize = 256;

/// Groups walked through with one block of panels; they stay in the second cache.
const GROUPS_PER_BLOCK: usize = 32;

/// Panels prepared at once.
const PANELS_PER_BLOCK: usize = 8;

/// Columns of a block of panels: rows of quantized weights that are kept together.
pub(in crate::nn) const COLUMNS_PER_BLOCK: usize = PANELS_PER_BLOCK * LANES;

/// Blocks turned at once: a sum over outputs is cut where they end, each giving a part of it.
const BLOCKS_PER_TURN: usize = 4;

/// One step of a panel, in one line of the cache.
#[repr(align(64))]
#[derive(Clone, Copy, Default)]
pub(in crate::nn) struct Lanes([f32; LANES]);

/// How the numbers of a matrix are kept.
enum Kept {
    /// As they are used.
    Single(Vec<Lanes>),
    /// 16-bit, widened where used.
    Half(Vec<[half::f16; LANES]>),
    /// 16-bit with the exponent of float32.
    Brain(Vec<[half::bf16; LANES]>),
    /// Quantized rows, [`COLUMNS_PER_BLOCK`] in each.
    Quantized(Vec<Arc<QTensor>>),
}

/// The right side of a product: `n_out` columns of `depth` numbers each.
///
/// For a layer with weights W of `out × in` this is Wᵀ, so that `x · Wᵀ` is a product with it.
pub(in crate::nn) struct Panels {
    n_out: usize,
    depth: usize,
    kept: Kept,
}

impl Panels {
    /// Lays out weights given row by row.
    ///
    /// # Shapes
    /// - `w`: `n_out × depth`, row-major.
    pub(in crate::nn) fn of_rows(w: &[f32], n_out: usize, depth: usize) -> Self {
        Self {
            n_out,
            depth,
            kept: Kept::Single(panels_of_rows(w, n_out, depth, depth)),
        }
    }

    /// Lays out float16 weights without widening them.
    pub(in crate::nn) fn of_half_rows(w: &[half::f16], n_out: usize, depth: usize) -> Self {
        Self {
            n_out,
            depth,
            kept: Kept::Half(laid_out(w, n_out, depth)),
        }
    }

    /// Lays out bfloat16 weights without widening them.
    pub(in crate::nn) fn of_brain_rows(w: &[half::bf16], n_out: usize, depth: usize) -> Self {
        Self {
            n_out,
            depth,
            kept: Kept::Brain(laid_out(w, n_out, depth)),
        }
    }

    /// Keeps quantized rows as they are; each tensor holds [`COLUMNS_PER_BLOCK`] of them, the last
    /// one what is left.
    pub(in crate::nn) fn of_quantized(chunks: Vec<QTensor>, n_out: usize, depth: usize) -> Self {
        Self {
            n_out,
            depth,
            kept: Kept::Quantized(chunks.into_iter().map(Arc::new).collect()),
        }
    }

    /// Returns `n_out` and `depth`.
    pub(in crate::nn) fn sizes(&self) -> (usize, usize) {
        (self.n_out, self.depth)
    }

    /// Returns the bytes the matrix takes.
    #[cfg(test)]
    pub(in crate::nn) fn n_bytes(&self) -> usize {
        match &self.kept {
            Kept::Single(d) => size_of_val(d.as_slice()),
            Kept::Half(d) => size_of_val(d.as_slice()),
            Kept::Brain(d) => size_of_val(d.as_slice()),
            Kept::Quantized(chunks) => chunks.iter().map(|c| c.storage_size_in_bytes()).sum(),
        }
    }

    fn n_blocks(&self) -> usize {
        self.n_out.div_ceil(COLUMNS_PER_BLOCK)
    }

    /// Hands a block of panels to `f`, widened into `buffer` where they are not kept as they are used.
    ///
    /// # Errors
    /// A quantized block that cannot be unpacked.
    fn with_block<T>(
        &self,
        block: usize,
        buffer: &mut Vec<Lanes>,
        f: impl FnOnce(&[Lanes]) -> T,
    ) -> candle_core::Result<T> {
        let n_panels = self.n_out.div_ceil(LANES);
        let from = block * PANELS_PER_BLOCK * self.depth;
        let to = ((block + 1) * PANELS_PER_BLOCK).min(n_panels) * self.depth;
        Ok(match &self.kept {
            Kept::Single(data) => f(&data[from..to]),
            Kept::Half(data) => {
                buffer.resize(to - from, Lanes::default());
                for (wide, short) in buffer.iter_mut().zip(&data[from..to]) {
                    short.convert_to_f32_slice(&mut wide.0);
                }
                f(buffer)
            }
            Kept::Brain(data) => {
                buffer.resize(to - from, Lanes::default());
                for (wide, short) in buffer.iter_mut().zip(&data[from..to]) {
                    short.convert_to_f32_slice(&mut wide.0);
                }
                f(buffer)
            }
            Kept::Quantized(chunks) => {
                let rows = chunks[block].dequantize(&Device::Cpu)?;
                let n_rows = rows.dim(0)?;
                let panels = super::with_values(&rows, |v| {
                    panels_of_rows(v, n_rows, self.depth, self.depth)
                })?;
                f(&panels)
            }
        })
    }

    /// Copies a column: the weights of one output, e.g. the embedding of one token.
    ///
    /// # Errors
    /// A quantized block that cannot be unpacked.
    pub(in crate::nn) fn column(&self, i: usize, to: &mut [f32]) -> candle_core::Result<()> {
        let (panel, lane) = (i / LANES, i % LANES);
        let at = panel * self.depth..(panel + 1) * self.depth;
        match &self.kept {
            Kept::Single(data) => {
                for (to, lanes) in to.iter_mut().zip(&data[at]) {
                    *to = lanes.0[lane];
                }
            }
            Kept::Half(data) => {
                for (to, lanes) in to.iter_mut().zip(&data[at]) {
                    *to = lanes[lane].to_f32();
                }
            }
            Kept::Brain(data) => {
                for (to, lanes) in to.iter_mut().zip(&data[at]) {
                    *to = lanes[lane].to_f32();
                }
            }
            Kept::Quantized(chunks) => {
                // This row's bytes alone are unpacked.
                let chunk = &chunks[i / COLUMNS_PER_BLOCK];
                let bytes = chunk.data()?;
                let n_bytes = bytes.len() / chunk.shape().dims2()?.0.max(1);
                let row = i % COLUMNS_PER_BLOCK;
                let bytes = Cow::Borrowed(&bytes[row * n_bytes..(row + 1) * n_bytes]);
                let storage = QStorage::from_data(bytes, &Device::Cpu, chunk.dtype())?;
                let row = QTensor::new(storage, (1, self.depth))?.dequantize(&Device::Cpu)?;
                super::with_values(&row, |v| to.copy_from_slice(v))?;
            }
        }
        Ok(())
    }

    /// Multiplies rows with the matrix.
    ///
    /// # Shapes
    /// - `x`: `m × depth`; returns `m × n_out`.
    ///
    /// # Errors
    /// A quantized block that cannot be unpacked.
    pub(in crate::nn) fn product(&self, x: &[f32]) -> candle_core::Result<Vec<f32>> {
        let groups = Groups::of_rows(x, self.depth, self.depth);
        let m = groups.n_rows;
        let mut out = vec![0.0; m * self.n_out];
        let of_block = |block: usize| block * COLUMNS_PER_BLOCK;
        let width = |block: usize| (self.n_out - of_block(block)).min(COLUMNS_PER_BLOCK);
        if self.n_blocks() > 1 && threads::may_spread() {
            let tiles = threads::map(self.n_blocks(), |block| {
                let n = width(block);
                let mut tile = vec![0.0; m * n];
                self.with_block(block, &mut Vec::new(), |panels| {
                    multiply(&groups, panels, self.depth, &mut tile, n, n, false);
                })?;
                Ok::<_, candle_core::Error>(tile)
            });
            for (block, tile) in tiles.into_iter().enumerate() {
                let (from, n) = (of_block(block), width(block));
                for (row, of_tile) in out.chunks_exact_mut(self.n_out).zip(tile?.chunks_exact(n)) {
                    row[from..from + n].copy_from_slice(of_tile);
                }
            }
        } else {
            let mut buffer = Vec::new();
            for block in 0..self.n_blocks() {
                let (from, n) = (of_block(block), width(block));
                self.with_block(block, &mut buffer, |panels| {
                    multiply(
                        &groups,
                        panels,
                        self.depth,
                        &mut out[from..],
                        self.n_out,
                        n,
                        false,
                    );
                })?;
            }
        }
        Ok(out)
    }

    /// Multiplies rows with the matrix turned, as the gradient of a layer's input needs it.
    ///
    /// # Shapes
    /// - `g`: `m × n_out`; returns `m × depth`.
    ///
    /// # Errors
    /// A quantized block that cannot be unpacked.
    pub(in crate::nn) fn turned_product(&self, g: &[f32]) -> candle_core::Result<Vec<f32>> {
        let m = g.len() / self.n_out.max(1);
        let step = BLOCKS_PER_TURN * COLUMNS_PER_BLOCK;
        let n_columns = self.depth.div_ceil(COLUMNS_PER_BLOCK);
        let mut out = vec![0.0; m * self.depth];
        for (part, from) in (0..self.n_out).step_by(step).enumerate() {
            let n = (self.n_out - from).min(step);
            let groups = Groups::of_rows(&g[from..], n, self.n_out);
            let blocks =
                part * BLOCKS_PER_TURN..(part * BLOCKS_PER_TURN + n.div_ceil(COLUMNS_PER_BLOCK));
            let width =
                |column: usize| (self.depth - column * COLUMNS_PER_BLOCK).min(COLUMNS_PER_BLOCK);
            let turned = |column: usize| -> candle_core::Result<Vec<Lanes>> {
                let (at, width) = (column * COLUMNS_PER_BLOCK, width(column));
                let mut panels = vec![Lanes::default(); width.div_ceil(LANES) * n];
                let mut buffer = Vec::new();
                for block in blocks.clone() {
                    let first = (block - part * BLOCKS_PER_TURN) * COLUMNS_PER_BLOCK;
                    self.with_block(block, &mut buffer, |of_block| {
                        turn(of_block, self.depth, at, width, first, n, &mut panels);
                    })?;
                }
                Ok(panels)
            };
            let tiles = threads::map(n_columns, |column| {
                let wide = width(column);
                let mut tile = vec![0.0; m * wide];
                multiply(&groups, &turned(column)?, n, &mut tile, wide, wide, false);
                Ok::<_, candle_core::Error>(tile)
            });
            for (column, tile) in tiles.into_iter().enumerate() {
                let (at, wide) = (column * COLUMNS_PER_BLOCK, width(column));
                for (row, of_tile) in out
                    .chunks_exact_mut(self.depth)
                    .zip(tile?.chunks_exact(wide))
                {
                    for (sum, x) in row[at..at + wide].iter_mut().zip(of_tile) {
                        *sum += x;
                    }
                }
            }
        }
        Ok(out)
    }
}

/// Turns a block of panels: `width` of its steps from `at` become columns, its columns become steps from
/// `first` of `n`.
fn turn(
    block: &[Lanes],
    depth: usize,
    at: usize,
    width: usize,
    first: usize,
    n: usize,
    to: &mut [Lanes],
) {
    for (p, panel) in block.chunks_exact(depth).enumerate() {
        let step = first + p * LANES;
        let n_steps = n.saturating_sub(step).min(LANES);
        for (q, steps) in panel[at..at + width].chunks(LANES).enumerate() {
            let target = &mut to[q * n + step..q * n + step + n_steps];
            for (lane, source) in steps.iter().enumerate() {
                for (target, x) in target.iter_mut().zip(&source.0) {
                    target.0[lane] = *x;
                }
            }
        }
    }
}

/// Lays 16-bit rows out as panels: panel by panel, step by step, sixteen columns.
///
/// # Shapes
/// - `w`: `n × depth`; missing columns of the last panel are zeros.
fn laid_out<T: Copy + Default>(w: &[T], n: usize, depth: usize) -> Vec<[T; LANES]> {
    let n_panels = n.div_ceil(LANES);
    let mut out = vec![[T::default(); LANES]; n_panels * depth];
    for (panel, rows) in out
        .chunks_exact_mut(depth.max(1))
        .zip(w.chunks(LANES * depth.max(1)))
    {
        for (lane, row) in rows.chunks_exact(depth.max(1)).enumerate() {
            for (lanes, x) in panel.iter_mut().zip(row) {
                lanes[lane] = *x;
            }
        }
    }
    out
}

/// Panels of a matrix given step by step: `depth × n` numbers, row-major with `stride`.
pub(in crate::nn) fn panels_of_columns(
    x: &[f32],
    depth: usize,
    n: usize,
    stride: usize,
) -> Vec<Lanes> {
    let mut out = vec![Lanes::default(); n.div_ceil(LANES) * depth];
    for step in 0..depth {
        let row = &x[step * stride..step * stride + n];
        for (p, part) in row.chunks(LANES).enumerate() {
            out[p * depth + step].0[..part.len()].copy_from_slice(part);
        }
    }
    out
}

/// Panels of the rows of a matrix: `n × depth` numbers, row-major with `stride`.
pub(in crate::nn) fn panels_of_rows(
    x: &[f32],
    n: usize,
    depth: usize,
    stride: usize,
) -> Vec<Lanes> {
    let mut out = vec![Lanes::default(); n.div_ceil(LANES) * depth];
    for i in 0..n {
        let row = &x[i * stride..i * stride + depth];
        let panel = &mut out[i / LANES * depth..(i / LANES + 1) * depth];
        for (lanes, x) in panel.iter_mut().zip(row) {
            lanes.0[i % LANES] = *x;
        }
    }
    out
}

/// The left side of a product: rows six by six, step by step.
pub(in crate::nn) struct Groups {
    data: Vec<[f32; GROUP]>,
    n_rows: usize,
    depth: usize,
}

impl Groups {
    /// Gathers rows of `depth` numbers that begin `stride` apart.
    pub(in crate::nn) fn of_rows(x: &[f32], depth: usize, stride: usize) -> Self {
        let n_rows = if x.is_empty() {
            0
        } else {
            (x.len() - depth.min(x.len())) / stride.max(1) + 1
        };
        let mut data = vec![[0.0; GROUP]; n_rows.div_ceil(GROUP) * depth];
        for i in 0..n_rows {
            let row = &x[i * stride..i * stride + depth];
            let group = &mut data[i / GROUP * depth..(i / GROUP + 1) * depth];
            for (to, x) in group.iter_mut().zip(row) {
                to[i % GROUP] = *x;
            }
        }
        Self {
            data,
            n_rows,
            depth,
        }
    }

    /// Gathers the columns of `depth × n` numbers, rows `stride` apart, as rows.
    pub(in crate::nn) fn of_columns(x: &[f32], depth: usize, n: usize, stride: usize) -> Self {
        let mut data = vec![[0.0; GROUP]; n.div_ceil(GROUP) * depth];
        for step in 0..depth {
            let row = &x[step * stride..step * stride + n];
            for (i, x) in row.iter().enumerate() {
                data[i / GROUP * depth + step][i % GROUP] = *x;
            }
        }
        Self {
            data,
            n_rows: n,
            depth,
        }
    }
}

/// Multiplies groups with panels.
///
/// # Shapes
/// - `panels`: of `n` columns and `depth` steps; `out`: one row of `n` for each row of the groups,
///   beginning `stride` apart; added to with `add`, else overwritten.
pub(in crate::nn) fn multiply(
    groups: &Groups,
    panels: &[Lanes],
    depth: usize,
    out: &mut [f32],
    stride: usize,
    n: usize,
    add: bool,
) {
    debug_assert_eq!(groups.depth, depth, "both sides have the same depth");
    if depth == 0 {
        return;
    }
    for (block, part) in groups.data.chunks(GROUPS_PER_BLOCK * depth).enumerate() {
        let first = block * GROUPS_PER_BLOCK * GROUP;
        dispatch(Tile {
            groups: part,
            panels,
            depth,
            out: &mut out[first * stride..],
            n_rows: groups.n_rows - first,
            stride,
            n,
            add,
        });
    }
}

struct Tile<'a> {
    groups: &'a [[f32; GROUP]],
    panels: &'a [Lanes],
    depth: usize,
    out: &'a mut [f32],
    n_rows: usize,
    stride: usize,
    n: usize,
    add: bool,
}

impl Kernel for Tile<'_> {
    type Out = ();

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let mut from = 0;
        while from < self.depth {
            let to = (from + DEPTH).min(self.depth);
            let adds = self.add || from > 0;
            for (p, panel) in self.panels.chunks_exact(self.depth).enumerate() {
                let panel = &panel[from..to];
                let at = p * LANES;
                let wide = (self.n - at).min(LANES);
                for (g, group) in self.groups.chunks_exact(self.depth).enumerate() {
                    let sums = sums::<FMA>(&group[from..to], panel);
                    for (r, sum) in sums.iter().enumerate() {
                        let i = g * GROUP + r;
                        if i >= self.n_rows {
                            break;
                        }
                        let out = &mut self.out[i * self.stride + at..][..wide];
                        if adds {
                            for (o, s) in out.iter_mut().zip(sum) {
                                *o += s;
                            }
                        } else {
                            out.copy_from_slice(&sum[..wide]);
                        }
                    }
                }
            }
            from = to;
        }
    }
}

/// Products of six rows with sixteen columns.
#[expect(clippy::inline_always, reason = "must take the features of its caller")]
#[inline(always)]
fn sums<const FMA: bool>(group: &[[f32; GROUP]], panel: &[Lanes]) -> [[f32; LANES]; GROUP] {
    let mut sums = [[0.0f32; LANES]; GROUP];
    for (x, w) in group.iter().zip(panel) {
        for (sums, x) in sums.iter_mut().zip(x) {
            for (sum, w) in sums.iter_mut().zip(&w.0) {
                *sum = fma::<FMA>(*x, *w, *sum);
            }
        }
    }
    sums
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    fn numbers(n: usize, k: f32) -> Vec<f32> {
        (0..n).map(|i| (i as f32 * k).sin()).collect()
    }

    /// x · wᵀ in double precision.
    fn plain(x: &[f32], w: &[f32], m: usize, n: usize, k: usize) -> Vec<f64> {
        let mut out = Vec::new();
        for i in 0..m {
            for j in 0..n {
                let row = x[i * k..(i + 1) * k].iter().zip(&w[j * k..(j + 1) * k]);
                out.push(row.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum());
            }
        }
        out
    }

    fn close(a: &[f32], b: &[f64]) {
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(b) {
            assert!((f64::from(*a) - b).abs() < 1e-3, "{a} {b}");
        }
    }

    #[test]
    fn products_equal_their_definition_for_any_size() {
        for (m, n, k) in [
            (1, 1, 1),
            (7, 17, 5),
            (13, 300, 40),
            (250, 33, 300),
            (3, 129, 700),
            (20, 1200, 64),
        ] {
            let (x, w) = (numbers(m * k, 0.37), numbers(n * k, 0.11));
            let panels = Panels::of_rows(&w, n, k);
            close(
                &panels.product(&x).expect("a product"),
                &plain(&x, &w, m, n, k),
            );
            let mut column = vec![0.0; k];
            panels.column(n - 1, &mut column).expect("a column");
            assert_eq!(column, w[(n - 1) * k..]);
            // The turned one: g · w.
            let g = numbers(m * n, 0.23);
            let turned: Vec<f32> = (0..k)
                .flat_map(|i| (0..n).map(move |j| (i, j)))
                .map(|(i, j)| w[j * k + i])
                .collect();
            close(
                &panels.turned_product(&g).expect("a product"),
                &plain(&g, &turned, m, k, n),
            );
        }
    }

    #[test]
    fn rows_do_not_depend_on_their_company_nor_on_threads() {
        let (m, n, k) = (50, 300, 600);
        let (x, w) = (numbers(m * k, 0.37), numbers(n * k, 0.11));
        let panels = Panels::of_rows(&w, n, k);
        let all = panels.product(&x).expect("a product");
        for i in [0, 5, 6, 49] {
            let alone = panels.product(&x[i * k..(i + 1) * k]).expect("a product");
            assert_eq!(alone, all[i * n..(i + 1) * n]);
        }
        for n_threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(n_threads)
                .build()
                .expect("threads");
            assert_eq!(all, pool.install(|| panels.product(&x)).expect("a product"));
            let g = numbers(m * n, 0.7);
            assert_eq!(
                panels.turned_product(&g).expect("a product"),
                pool.install(|| panels.turned_product(&g))
                    .expect("a product")
            );
        }
    }

    #[test]
    fn short_kinds_are_widened_exactly() {
        let (m, n, k) = (5, 150, 64);
        let x = numbers(m * k, 0.37);
        let w = numbers(n * k, 0.11);
        let half: Vec<half::f16> = w.iter().map(|x| half::f16::from_f32(*x)).collect();
        let brain: Vec<half::bf16> = w.iter().map(|x| half::bf16::from_f32(*x)).collect();
        let wide: Vec<f32> = half.iter().map(|x| x.to_f32()).collect();
        let panels = Panels::of_half_rows(&half, n, k);
        assert_eq!(
            panels.product(&x).expect("a product"),
            Panels::of_rows(&wide, n, k).product(&x).expect("a product")
        );
        assert!(panels.n_bytes() * 2 == Panels::of_rows(&wide, n, k).n_bytes());
        let wide: Vec<f32> = brain.iter().map(|x| x.to_f32()).collect();
        assert_eq!(
            Panels::of_brain_rows(&brain, n, k)
                .product(&x)
                .expect("a product"),
            Panels::of_rows(&wide, n, k).product(&x).expect("a product")
        );
    }
}
