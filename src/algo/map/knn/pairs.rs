//! Distances of few rows to all rows, in tiles that stay in the processor's registers.
//!
//! The blocked matrix product under neighbors and trustworthiness. It gives sort keys, not
//! distances: cheap numbers in single precision that order pairs as their distances do. Who needs
//! the distance itself asks [`Rows::distance`], which takes differences in double precision.

use rayon::prelude::*;

use super::super::MapError;
use super::Metric;
use crate::base::matrix::Matrix;
use crate::base::observe::{Cancelled, Observe};
use crate::base::simd::{Kernel, dispatch, fma};

/// Rows that are compared with all rows at once.
pub(in crate::algo::map) const GROUP: usize = 6;
/// Rows in one panel: two AVX2 registers.
pub(in crate::algo::map) const LANES: usize = 16;
/// Panels filled between two looks at the observer.
const PANELS_PER_STEP: usize = 64;
/// A place in a panel that holds no row.
pub(super) const GAP: u32 = u32::MAX;

/// Rows as a metric sees them: for cosine their length is 1.
///
/// A row of zeros has no direction. As in umap-learn it is at distance 0 from other rows of zeros
/// and at distance 1 from all else; an axis of their own gives just that.
pub(in crate::algo::map) struct Rows<'a> {
    x: &'a Matrix<f32>,
    metric: Metric,
    /// What each row is multiplied by; 0 for a row of zeros, and empty where rows stay as they are.
    scales: Vec<f64>,
}

impl<'a> Rows<'a> {
    /// Measures the rows.
    pub(in crate::algo::map) fn new(x: &'a Matrix<f32>, metric: Metric) -> Self {
        let scale = |i: usize| {
            let squares = x.row(i).iter().map(|v| f64::from(*v) * f64::from(*v));
            let length = squares.sum::<f64>().sqrt();
            if length > 0.0 { 1.0 / length } else { 0.0 }
        };
        let scales = match metric {
            Metric::Euclidean => Vec::new(),
            Metric::Cosine => (0..x.n_rows())
                .into_par_iter()
                .with_min_len(1024)
                .map(scale)
                .collect(),
        };
        Self { x, metric, scales }
    }

    /// Returns how rows are compared.
    pub(super) fn metric(&self) -> Metric {
        self.metric
    }

    /// Measures rows of another matrix by the same metric.
    pub(super) fn of_same_metric<'b>(&self, x: &'b Matrix<f32>) -> Rows<'b> {
        Rows::new(x, self.metric)
    }

    /// Refuses rows of another length.
    pub(super) fn check_width(&self, x: &Matrix<f32>) -> Result<(), MapError> {
        if x.n_cols() == self.x.n_cols() {
            Ok(())
        } else {
            Err(MapError::ColumnsDiffer {
                n_cols: x.n_cols(),
                n_cols_other: self.x.n_cols(),
            })
        }
    }

    /// Returns the number of rows.
    pub(super) fn n(&self) -> usize {
        self.x.n_rows()
    }

    /// Returns the number of axes: those of the rows, and one more if some are zeros only.
    pub(super) fn d(&self) -> usize {
        self.x.n_cols() + usize::from(self.scales.contains(&0.0))
    }

    /// Writes a row along as many axes as there is room for.
    pub(super) fn read(&self, i: usize, to: &mut [f32]) {
        let row = self.x.row(i);
        to[row.len()..].fill(0.0);
        match self.scales.get(i) {
            None => to[..row.len()].copy_from_slice(row),
            Some(&scale) => {
                for (to, v) in to.iter_mut().zip(row) {
                    *to = (f64::from(*v) * scale) as f32;
                }
                if let Some(own_axis) = to.get_mut(row.len()).filter(|_| scale <= 0.0) {
                    *own_axis = 1.0;
                }
            }
        }
    }

    /// Returns the distance of row `i` to row `j` of `others`; exactly 0 for equal rows.
    pub(in crate::algo::map) fn distance(&self, i: usize, others: &Rows<'_>, j: usize) -> f64 {
        let scales = (self.scales.get(i), others.scales.get(j));
        let (s, t) = (
            scales.0.copied().unwrap_or(1.0),
            scales.1.copied().unwrap_or(1.0),
        );
        if self.metric == Metric::Cosine && (s <= 0.0 || t <= 0.0) {
            return f64::from(u8::from(s > 0.0 || t > 0.0));
        }
        let squared = dispatch(Difference {
            a: self.x.row(i),
            b: others.x.row(j),
            scales: [s, t],
        });
        match self.metric {
            // For rows of length 1, 1 − a·b = |a − b|² / 2, which loses nothing near 0.
            Metric::Cosine => squared / 2.0,
            Metric::Euclidean => squared.sqrt(),
        }
    }
}

/// The squared length of the difference of two scaled rows.
struct Difference<'a> {
    a: &'a [f32],
    b: &'a [f32],
    scales: [f64; 2],
}

impl Kernel for Difference<'_> {
    type Out = f64;

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        let square = |a: f32, b: f32| {
            let diff = f64::from(a) * self.scales[0] - f64::from(b) * self.scales[1];
            diff * diff
        };
        // Eight sums side by side; one alone would wait for each addition.
        let mut sums = [0.0f64; 8];
        let (a, a_rest) = self.a.as_chunks::<8>();
        let (b, b_rest) = self.b.as_chunks::<8>();
        for (a, b) in a.iter().zip(b) {
            for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
                *sum += square(*a, *b);
            }
        }
        let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| square(*a, *b)).sum();
        sums.iter().sum::<f64>() + rest
    }
}

/// All rows of a matrix, stored a second time in panels.
pub(in crate::algo::map) struct Pairs<'a> {
    pub(super) rows: Rows<'a>,
    d: usize,
    /// Panel after panel, each `d × LANES`; gaps are zeros.
    panels: Vec<f32>,
}

impl<'a> Pairs<'a> {
    /// Stores the rows in their own order.
    pub(in crate::algo::map) fn new(
        x: &'a Matrix<f32>,
        metric: Metric,
        observe: &dyn Observe,
    ) -> Result<Self, Cancelled> {
        let slots: Vec<u32> = (0..x.n_rows() as u32).collect();
        Self::arranged(Rows::new(x, metric), &slots, observe)
    }

    /// Stores in each slot the row named there, or leaves a [`GAP`].
    pub(super) fn arranged(
        rows: Rows<'a>,
        slots: &[u32],
        observe: &dyn Observe,
    ) -> Result<Self, Cancelled> {
        let d = rows.d();
        let mut panels = vec![0.0; slots.len().div_ceil(LANES) * LANES * d];
        if d > 0 {
            panels
                .par_chunks_mut(LANES * d * PANELS_PER_STEP)
                .zip(slots.par_chunks(LANES * PANELS_PER_STEP))
                .try_for_each(|(panels, slots)| {
                    observe.step(0, 0)?;
                    let mut row = vec![0.0; d];
                    let panels = panels.chunks_mut(LANES * d);
                    for (panel, slots) in panels.zip(slots.chunks(LANES)) {
                        for (lane, &i) in slots.iter().enumerate().filter(|(_, i)| **i != GAP) {
                            rows.read(i as usize, &mut row);
                            for (to, v) in panel.chunks_exact_mut(LANES).zip(&row) {
                                to[lane] = *v;
                            }
                        }
                    }
                    Ok(())
                })?;
        }
        Ok(Self { rows, d, panels })
    }

    /// Returns the number of axes that are compared.
    pub(super) fn d(&self) -> usize {
        self.d
    }

    /// Returns the number of panels.
    pub(in crate::algo::map) fn n_panels(&self) -> usize {
        self.panels
            .len()
            .checked_div(LANES * self.d)
            .unwrap_or(self.rows.n().div_ceil(LANES))
    }

    /// Returns the distance of rows `i` and `j`; exactly 0 for equal rows.
    pub(in crate::algo::map) fn distance(&self, i: usize, j: usize) -> f64 {
        self.rows.distance(i, &self.rows, j)
    }

    /// Packs up to [`GROUP`] rows for [`Pairs::keys`]; missing ones are zeros.
    pub(in crate::algo::map) fn pack(&self, group: &[u32]) -> Vec<f32> {
        let mut packed = vec![0.0; self.d * GROUP];
        self.pack_rows(&self.rows, group, &mut packed);
        packed
    }

    /// Packs up to [`GROUP`] rows of any matrix of the same width.
    pub(super) fn pack_rows(&self, rows: &Rows<'_>, group: &[u32], packed: &mut [f32]) {
        let mut row = vec![0.0; self.d];
        for (g, &i) in group.iter().take(GROUP).enumerate() {
            rows.read(i as usize, &mut row);
            for (to, v) in packed.chunks_exact_mut(GROUP).zip(&row) {
                to[g] = *v;
            }
        }
    }

    /// Writes sort keys of a packed group and some panels.
    ///
    /// # Shapes
    /// - `out`: one tile per panel, each `GROUP × LANES`.
    pub(in crate::algo::map) fn keys(
        &self,
        packed: &[f32],
        first_panel: usize,
        out: &mut [[f32; LANES]],
    ) {
        let len = LANES * self.d;
        let n_panels = out.len() / GROUP;
        let panels = &self.panels[first_panel * len..(first_panel + n_panels) * len];
        let tiles = Tiles {
            d: self.d,
            packed,
            panels,
            out,
        };
        match self.rows.metric {
            Metric::Cosine => dispatch(Dots(tiles)),
            Metric::Euclidean => dispatch(Squares(tiles)),
        }
    }
}

struct Tiles<'a> {
    d: usize,
    packed: &'a [f32],
    panels: &'a [f32],
    out: &'a mut [[f32; LANES]],
}

impl Tiles<'_> {
    /// One register tile after the other: for each column, `add` takes a value of a group row,
    /// one of a panel row and the sum so far.
    #[expect(clippy::inline_always, reason = "must take the features of its caller")]
    #[inline(always)]
    fn fill(self, add: impl Fn(f32, f32, f32) -> f32) {
        if self.d == 0 {
            self.out.fill([0.0; LANES]);
            return;
        }
        let panels = self.panels.chunks_exact(self.d * LANES);
        for (panel, out) in panels.zip(self.out.as_chunks_mut::<GROUP>().0) {
            let mut tile = [[0.0f32; LANES]; GROUP];
            let columns = panel.as_chunks::<LANES>().0.iter();
            for (b, a) in columns.zip(self.packed.as_chunks::<GROUP>().0) {
                for (sums, a) in tile.iter_mut().zip(a) {
                    for (sum, b) in sums.iter_mut().zip(b) {
                        *sum = add(*a, *b, *sum);
                    }
                }
            }
            *out = tile;
        }
    }
}

struct Dots<'a>(Tiles<'a>);

impl Kernel for Dots<'_> {
    type Out = ();

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        // The negative product, so that near pairs have small keys.
        self.0.fill(|a, b, sum| fma::<FMA>(-a, b, sum));
    }
}

struct Squares<'a>(Tiles<'a>);

impl Kernel for Squares<'_> {
    type Out = ();

    #[expect(clippy::inline_always, reason = "see Kernel::run")]
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        // Differences and not |a|² + |b|² − 2ab, which would lose near pairs to rounding.
        self.0.fill(|a, b, sum| {
            let diff = a - b;
            fma::<FMA>(diff, diff, sum)
        });
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;
    use crate::base::seed::Seed;

    fn noise(n: usize, d: usize) -> Matrix<f32> {
        let mut random = Seed(5).stream("pairs");
        let values = (0..n * d).map(|_| random.next_normal() as f32).collect();
        Matrix::from_values(n, d, values).unwrap()
    }

    #[test]
    fn keys_agree_with_plain_sums_on_both_paths() {
        let x = noise(37, 21);
        for metric in [Metric::Cosine, Metric::Euclidean] {
            let pairs = Pairs::new(&x, metric, &Silent).unwrap();
            let packed = pairs.pack(&[3, 36, 0]);
            let mut out = vec![[0.0; LANES]; pairs.n_panels() * GROUP];
            pairs.keys(&packed, 0, &mut out);
            let mut plain = out.clone();
            let tiles = Tiles {
                d: 21,
                packed: &packed,
                panels: &pairs.panels,
                out: &mut plain,
            };
            match metric {
                Metric::Cosine => Dots(tiles).run::<false>(),
                Metric::Euclidean => Squares(tiles).run::<false>(),
            }
            for (g, i) in [3, 36, 0].into_iter().enumerate() {
                for j in 0..37 {
                    let at = (j / LANES) * GROUP + g;
                    let wanted = match metric {
                        Metric::Cosine => pairs.distance(i, j) - 1.0,
                        Metric::Euclidean => pairs.distance(i, j).powi(2),
                    };
                    assert!((f64::from(out[at][j % LANES]) - wanted).abs() < 1e-4);
                    assert!((out[at][j % LANES] - plain[at][j % LANES]).abs() < 1e-4);
                }
            }
        }
    }

    #[test]
    fn zeros_have_no_direction() {
        let x = Matrix::from_values(3, 2, vec![0.0, 0.0, 3.0, 4.0, 0.0, 0.0]).unwrap();
        let pairs = Pairs::new(&x, Metric::Cosine, &Silent).unwrap();
        assert!((pairs.distance(0, 2) - 0.0).abs() < 1e-12);
        assert!((pairs.distance(0, 1) - 1.0).abs() < 1e-6);
    }
}
