//! Top eigenvectors of a connected graph's normalized adjacency matrix.
//!
//! Subspace iteration with Chebyshev filters: only products with the sparse matrix, which run over
//! rows in parallel, and small dense algebra. All sums are taken in fixed blocks in row order, so
//! the bytes do not depend on threads. It is a start for a layout, not a general solver: it goes on
//! to a loose tolerance and then gives what it has.

use rayon::prelude::*;

use super::super::MapError;
use super::fuzzy::FuzzyGraph;
use crate::base::observe::{Cancelled, Observe};
use crate::base::seed::Random;

/// Extra columns; they speed up the convergence of those wanted.
const N_GUARDS: usize = 3;
/// Columns handled at once by the inner loop.
const LANES: usize = 4;
/// Degree of one filter.
const DEGREE: usize = 20;
/// Filters at most.
const MAX_FILTERS: usize = 30;
/// Residual of an eigenvector of length 1 that is good enough, as umap-learn asks of its solver.
const TOLERANCE: f64 = 1e-4;
/// Rows of a block whose sums are taken at once.
const BLOCK: usize = 2048;

/// The matrix `D^-½ A D^-½` of a graph.
struct Adjacency<'a> {
    graph: &'a FuzzyGraph,
    observe: &'a dyn Observe,
    /// Weights divided by the roots of both ends' degrees.
    weights: Vec<f32>,
    /// The eigenvector of eigenvalue 1: roots of degrees, of length 1.
    top: Vec<f32>,
}

/// Returns the eigenvectors after the trivial one of the largest eigenvalues, as `n × n_wanted` row
/// after row.
///
/// The graph must be connected and have more points than `n_wanted`. Each vector's largest value is
/// positive.
pub(super) fn eigenvectors(
    graph: &FuzzyGraph,
    n_wanted: usize,
    random: &mut Random,
    observe: &dyn Observe,
) -> Result<Vec<f32>, MapError> {
    let n = graph.n_rows();
    let matrix = Adjacency::new(graph, observe);
    // Padding columns beyond the matrix's rank are harmless: they come out as zeros.
    let width = (n_wanted + N_GUARDS).next_multiple_of(LANES);
    let mut x: Vec<f32> = (0..n * width)
        .map(|_| random.next_normal() as f32)
        .collect();
    let mut values = matrix.ritz(&mut x, width)?;
    for n_done in 0..MAX_FILTERS {
        observe.step(n_done as u64, MAX_FILTERS as u64)?;
        let image = matrix.times(&x, width)?;
        let residual = residual(&x, &image, &values, width, n_wanted);
        if residual < TOLERANCE {
            break;
        }
        // Eigenvalues below the last of the block are damped, those above grow.
        let cut = values.last().copied().unwrap_or(0.0).clamp(-0.5, 0.9999);
        x = matrix.filter(x, width, cut as f32)?;
        values = matrix.ritz(&mut x, width)?;
    }
    let mut out = vec![0.0; n * n_wanted];
    for c in 0..n_wanted {
        let column = || x.iter().skip(c).step_by(width);
        let extreme = column().fold(0.0f32, |a, b| if b.abs() > a.abs() { *b } else { a });
        let sign = if extreme < 0.0 { -1.0 } else { 1.0 };
        for (to, from) in out.iter_mut().skip(c).step_by(n_wanted).zip(column()) {
            *to = sign * from;
        }
    }
    Ok(out)
}

impl<'a> Adjacency<'a> {
    fn new(graph: &'a FuzzyGraph, observe: &'a dyn Observe) -> Self {
        let n = graph.n_rows();
        let roots: Vec<f64> = (0..n)
            .map(|i| {
                graph
                    .row(i)
                    .map(|(_, w)| f64::from(w))
                    .sum::<f64>()
                    .max(1e-30)
                    .sqrt()
            })
            .collect();
        let length = roots.iter().map(|r| r * r).sum::<f64>().sqrt();
        let mut weights = Vec::with_capacity(graph.weights.len());
        for (i, root) in roots.iter().enumerate() {
            weights.extend(
                graph
                    .row(i)
                    .map(|(j, w)| (f64::from(w) / (root * roots[j])) as f32),
            );
        }
        Self {
            graph,
            observe,
            weights,
            top: roots.iter().map(|r| (r / length) as f32).collect(),
        }
    }

    /// Returns the product with `x`, `n × width`.
    fn times(&self, x: &[f32], width: usize) -> Result<Vec<f32>, Cancelled> {
        let mut out = vec![0.0; x.len()];
        self.recur(x, width, [1.0, 0.0, 0.0], &mut out)?;
        Ok(out)
    }

    /// Overwrites `y` by `p·S·x + q·x + r·y`.
    fn recur(
        &self,
        x: &[f32],
        width: usize,
        [p, q, r]: [f32; 3],
        y: &mut [f32],
    ) -> Result<(), Cancelled> {
        y.par_chunks_mut(BLOCK * width)
            .enumerate()
            .try_for_each(|(b, block)| {
                self.observe.step(0, 0)?;
                for (i, y) in (b * BLOCK..).zip(block.chunks_mut(width)) {
                    let range = self.graph.starts[i]..self.graph.starts[i + 1];
                    let columns = &self.graph.columns[range.clone()];
                    let weights = &self.weights[range];
                    for (c, y) in y.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
                        let at = c * LANES;
                        let mut sum = [0.0f32; LANES];
                        for (&j, &w) in columns.iter().zip(weights) {
                            let other = &x[j as usize * width + at..][..LANES];
                            for (sum, other) in sum.iter_mut().zip(other) {
                                *sum += w * other;
                            }
                        }
                        let own = &x[i * width + at..][..LANES];
                        for ((y, sum), own) in y.iter_mut().zip(sum).zip(own) {
                            *y = p * sum + q * own + r * *y;
                        }
                    }
                }
                Ok(())
            })
    }

    /// Applies the Chebyshev polynomial that is at most 1 between −1 and `cut`.
    fn filter(&self, x: Vec<f32>, width: usize, cut: f32) -> Result<Vec<f32>, Cancelled> {
        let (center, half) = (f32::midpoint(cut, -1.0), f32::midpoint(cut, 1.0));
        let mut before = x;
        let mut now = vec![0.0; before.len()];
        self.recur(&before, width, [1.0 / half, -center / half, 0.0], &mut now)?;
        for _ in 1..DEGREE {
            let factors = [2.0 / half, -2.0 * center / half, -1.0];
            self.recur(&now, width, factors, &mut before)?;
            std::mem::swap(&mut now, &mut before);
        }
        Ok(now)
    }

    /// Makes the columns of `x` orthonormal, free of the trivial eigenvector, and turns them to
    /// the best eigenvectors they span. Returns the eigenvalues, largest first.
    fn ritz(&self, x: &mut [f32], width: usize) -> Result<Vec<f64>, Cancelled> {
        // Twice, since a filtered block is nearly dependent and once leaves errors.
        for _ in 0..2 {
            self.observe.step(0, 0)?;
            self.leave_top(x, width);
            let gram = products(x, x, width);
            let scale: Vec<f64> = (0..width)
                .map(|c| gram[c * width + c].max(f64::MIN_POSITIVE).sqrt())
                .collect();
            let scaled: Vec<f64> = (0..width * width)
                .map(|at| gram[at] / (scale[at / width] * scale[at % width]))
                .collect();
            let (values, vectors) = jacobi(scaled, width);
            let largest = values
                .first()
                .copied()
                .unwrap_or(0.0)
                .max(f64::MIN_POSITIVE);
            let turn: Vec<f64> = (0..width * width)
                .map(|at| {
                    let (row, column) = (at / width, at % width);
                    // A direction that is not there any more is left out.
                    if values[column] < 1e-9 * largest {
                        0.0
                    } else {
                        vectors[at] / (scale[row] * values[column].sqrt())
                    }
                })
                .collect();
            rotate(x, &turn, width);
        }
        let image = self.times(x, width)?;
        let mut small = products(x, &image, width);
        for r in 0..width {
            for c in 0..r {
                let mean = f64::midpoint(small[r * width + c], small[c * width + r]);
                small[r * width + c] = mean;
                small[c * width + r] = mean;
            }
            // A column that was left out must not pass for an eigenvector of value 0.
            if x.iter().skip(r).step_by(width).all(|v| v.abs() <= 0.0) {
                small[r * width + r] = -2.0;
            }
        }
        let (values, vectors) = jacobi(small, width);
        rotate(x, &vectors, width);
        Ok(values)
    }

    fn leave_top(&self, x: &mut [f32], width: usize) {
        let partial: Vec<Vec<f64>> = x
            .par_chunks(BLOCK * width)
            .zip(self.top.par_chunks(BLOCK))
            .map(|(block, top)| {
                let mut sums = vec![0.0; width];
                for (row, top) in block.chunks(width).zip(top) {
                    for (sum, v) in sums.iter_mut().zip(row) {
                        *sum += f64::from(*v) * f64::from(*top);
                    }
                }
                sums
            })
            .collect();
        let share = add_up(&partial, width);
        x.par_chunks_mut(BLOCK * width)
            .zip(self.top.par_chunks(BLOCK))
            .for_each(|(block, top)| {
                for (row, top) in block.chunks_mut(width).zip(top) {
                    for (v, share) in row.iter_mut().zip(&share) {
                        *v -= (share * f64::from(*top)) as f32;
                    }
                }
            });
    }
}

/// Adds block sums in their order.
fn add_up(partial: &[Vec<f64>], len: usize) -> Vec<f64> {
    let mut sums = vec![0.0; len];
    for block in partial {
        for (sum, v) in sums.iter_mut().zip(block) {
            *sum += v;
        }
    }
    sums
}

/// Returns `xᵀ y`, `width × width`.
fn products(x: &[f32], y: &[f32], width: usize) -> Vec<f64> {
    let partial: Vec<Vec<f64>> = x
        .par_chunks(BLOCK * width)
        .zip(y.par_chunks(BLOCK * width))
        .map(|(x, y)| {
            let mut sums = vec![0.0; width * width];
            for (x, y) in x.chunks(width).zip(y.chunks(width)) {
                for (sums, x) in sums.chunks_mut(width).zip(x) {
                    for (sum, y) in sums.iter_mut().zip(y) {
                        *sum += f64::from(*x) * f64::from(*y);
                    }
                }
            }
            sums
        })
        .collect();
    add_up(&partial, width * width)
}

/// Overwrites `x` by `x · turn`.
fn rotate(x: &mut [f32], turn: &[f64], width: usize) {
    x.par_chunks_mut(BLOCK * width).for_each(|block| {
        let mut sums = vec![0.0; width];
        for row in block.chunks_mut(width) {
            sums.fill(0.0);
            for (v, turn) in row.iter().zip(turn.chunks(width)) {
                for (sum, turn) in sums.iter_mut().zip(turn) {
                    *sum += f64::from(*v) * turn;
                }
            }
            for (v, sum) in row.iter_mut().zip(&sums) {
                *v = *sum as f32;
            }
        }
    });
}

/// Returns the largest residual `|S x − θ x|` of the wanted columns.
fn residual(x: &[f32], image: &[f32], values: &[f64], width: usize, n_wanted: usize) -> f64 {
    let mut squares = vec![0.0; n_wanted];
    for (x, image) in x.chunks(width).zip(image.chunks(width)) {
        for (square, (value, (x, image))) in squares
            .iter_mut()
            .zip(values.iter().zip(x.iter().zip(image)))
        {
            let diff = f64::from(*image) - value * f64::from(*x);
            *square += diff * diff;
        }
    }
    squares.into_iter().fold(0.0, f64::max).sqrt()
}

/// Returns eigenvalues, largest first, and eigenvectors in columns of a small symmetric matrix.
///
/// # Source
/// Jacobi's cyclic rotations (Golub and Van Loan, section 8.5).
fn jacobi(mut m: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut v: Vec<f64> = (0..n * n)
        .map(|at| f64::from(u8::from(at / n == at % n)))
        .collect();
    for _ in 0..60 {
        let off: f64 = (0..n * n)
            .filter(|at| at / n != at % n)
            .map(|at| m[at] * m[at])
            .sum();
        if off < 1e-26 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                let apq = m[p * n + q];
                if apq.abs() < 1e-300 {
                    continue;
                }
                let theta = (m[q * n + q] - m[p * n + p]) / (2.0 * apq);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for k in 0..n {
                    let (a, b) = (m[k * n + p], m[k * n + q]);
                    m[k * n + p] = c * a - s * b;
                    m[k * n + q] = s * a + c * b;
                }
                for k in 0..n {
                    let (a, b) = (m[p * n + k], m[q * n + k]);
                    m[p * n + k] = c * a - s * b;
                    m[q * n + k] = s * a + c * b;
                    let (a, b) = (v[k * n + p], v[k * n + q]);
                    v[k * n + p] = c * a - s * b;
                    v[k * n + q] = s * a + c * b;
                }
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| m[j * n + j].total_cmp(&m[i * n + i]).then(i.cmp(&j)));
    let values = order.iter().map(|&c| m[c * n + c]).collect();
    let mut vectors = vec![0.0; n * n];
    for (to, &from) in order.iter().enumerate() {
        for k in 0..n {
            vectors[k * n + to] = v[k * n + from];
        }
    }
    (values, vectors)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;
    use crate::base::seed::Seed;

    /// A ring of `n` points: eigenvalues are cosines, each twice.
    fn ring(n: usize) -> FuzzyGraph {
        let mut graph = FuzzyGraph {
            starts: vec![0],
            columns: Vec::new(),
            weights: Vec::new(),
        };
        for i in 0..n {
            let mut ends = [(i + 1) % n, (i + n - 1) % n];
            ends.sort_unstable();
            graph.columns.extend(ends.map(|j| j as u32));
            graph.weights.extend([0.5, 0.5]);
            graph.starts.push(graph.columns.len());
        }
        graph
    }

    #[test]
    fn finds_the_slow_waves_of_a_ring() {
        let n = 60;
        let graph = ring(n);
        let found = eigenvectors(&graph, 4, &mut Seed(1).stream("t"), &Silent).unwrap();
        let matrix = Adjacency::new(&graph, &Silent);
        let image = matrix.times(&found, 4).unwrap();
        for c in 0..4 {
            let wanted = (std::f64::consts::TAU * f64::from(1 + c / 2) / n as f64).cos();
            let rows = found.iter().zip(&image).skip(c as usize).step_by(4);
            let error: f64 = rows
                .map(|(x, y)| (f64::from(*y) - wanted * f64::from(*x)).powi(2))
                .sum();
            assert!(error.sqrt() < 2e-4, "{c}: {error}");
        }
    }

    #[test]
    fn small_graphs_have_fewer_vectors_than_columns() {
        let found = eigenvectors(&ring(4), 3, &mut Seed(1).stream("t"), &Silent).unwrap();
        assert!(found.iter().all(|v| v.is_finite()));
        for c in 0..3 {
            let length: f32 = found.iter().skip(c).step_by(3).map(|v| v * v).sum();
            assert!((length - 1.0).abs() < 1e-3);
        }
    }
}
