//! Distances of few rows to all rows, in tiles that stay in the processor's registers.
//!
//! The blocked matrix product under exact neighbors and trustworthiness. It gives sort keys, not
//! distances: cheap numbers in single precision that order pairs as their distances do. Who needs
//! the distance itself asks [`Pairs::distance`], which takes differences in double precision.

use super::knn::Metric;
use super::simd::{Kernel, dispatch, fma};
use crate::base::matrix::Matrix;

/// Rows that are compared with all rows at once.
pub(super) const GROUP: usize = 6;
/// Rows in one panel: two AVX2 registers.
pub(super) const LANES: usize = 16;

/// All rows, made ready for a metric and stored a second time in panels.
pub(super) struct Pairs {
    metric: Metric,
    n: usize,
    d: usize,
    /// `n × d`.
    rows: Vec<f32>,
    /// Panel after panel, each `d × LANES`; the last is filled up with zeros.
    panels: Vec<f32>,
}

impl Pairs {
    /// Copies the rows; for cosine they get length 1.
    ///
    /// A row of zeros has no direction. As in umap-learn it is at distance 0 from other rows of
    /// zeros and at distance 1 from all else; an axis of their own gives just that.
    pub(super) fn new(x: &Matrix<f32>, metric: Metric) -> Self {
        let (n, width) = (x.n_rows(), x.n_cols());
        let norm = |i: usize| {
            let squares = x.row(i).iter().map(|v| f64::from(*v) * f64::from(*v));
            squares.sum::<f64>().sqrt()
        };
        let norms: Vec<f64> = match metric {
            Metric::Euclidean => Vec::new(),
            Metric::Cosine => (0..n).map(norm).collect(),
        };
        let d = width + usize::from(norms.contains(&0.0));
        let mut rows = vec![0.0; n * d];
        for i in 0..n {
            let to = &mut rows[i * d..(i + 1) * d];
            match norms.get(i) {
                None => to.copy_from_slice(x.row(i)),
                Some(0.0) => to[width] = 1.0,
                Some(norm) => {
                    for (t, v) in to.iter_mut().zip(x.row(i)) {
                        *t = (f64::from(*v) / norm) as f32;
                    }
                }
            }
        }
        let mut panels = vec![0.0; n.div_ceil(LANES) * LANES * d];
        for (i, row) in rows.chunks_exact(d.max(1)).enumerate() {
            let start = (i / LANES) * LANES * d + i % LANES;
            for (c, v) in row.iter().enumerate() {
                panels[start + c * LANES] = *v;
            }
        }
        Self {
            metric,
            n,
            d,
            rows,
            panels,
        }
    }

    /// Returns the number of panels.
    pub(super) fn n_panels(&self) -> usize {
        self.n.div_ceil(LANES)
    }

    /// Returns the distance of rows `i` and `j`; exactly 0 for equal rows.
    pub(super) fn distance(&self, i: usize, j: usize) -> f64 {
        let a = &self.rows[i * self.d..(i + 1) * self.d];
        let b = &self.rows[j * self.d..(j + 1) * self.d];
        let squared: f64 = a
            .iter()
            .zip(b)
            .map(|(a, b)| {
                let diff = f64::from(*a) - f64::from(*b);
                diff * diff
            })
            .sum();
        match self.metric {
            // For rows of length 1, 1 − a·b = |a − b|² / 2, which loses nothing near 0.
            Metric::Cosine => squared / 2.0,
            Metric::Euclidean => squared.sqrt(),
        }
    }

    /// Packs up to [`GROUP`] rows for [`Pairs::keys`]; missing ones are zeros.
    pub(super) fn pack(&self, group: &[u32]) -> Vec<f32> {
        let mut packed = vec![0.0; self.d * GROUP];
        for (g, &i) in group.iter().take(GROUP).enumerate() {
            let i = i as usize;
            for (c, v) in self.rows[i * self.d..(i + 1) * self.d].iter().enumerate() {
                packed[c * GROUP + g] = *v;
            }
        }
        packed
    }

    /// Writes sort keys of a packed group and some panels.
    ///
    /// # Shapes
    /// - `out`: one tile per panel, each `GROUP × LANES`.
    pub(super) fn keys(&self, packed: &[f32], first_panel: usize, out: &mut [[f32; LANES]]) {
        let len = LANES * self.d;
        let n_panels = out.len() / GROUP;
        let panels = &self.panels[first_panel * len..(first_panel + n_panels) * len];
        let tiles = Tiles {
            d: self.d,
            packed,
            panels,
            out,
        };
        match self.metric {
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
            let pairs = Pairs::new(&x, metric);
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
        let pairs = Pairs::new(&x, Metric::Cosine);
        assert!((pairs.distance(0, 2) - 0.0).abs() < 1e-12);
        assert!((pairs.distance(0, 1) - 1.0).abs() < 1e-6);
    }
}
