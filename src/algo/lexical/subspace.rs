//! The directions along which rows spread most, found by subspace iteration from a seeded start.
//!
//! Only the space they span is wanted: cosines between rows do not change when its axes turn. So no
//! eigenvalue is ever computed, and a few rounds of multiply-and-orthogonalize are enough.
//!
//! # Source
//! Halko, Martinsson and Tropp 2011, algorithm 4.4 (randomized subspace iteration). Unlike
//! scikit-learn's `randomized_svd` the axes are not turned onto singular vectors.

use rayon::prelude::*;

use super::sparse::SparseRow;
use crate::base::observe::{Cancelled, Observe};
use crate::base::seed::Random;

/// Rounds; the spectrum of word counts falls slowly, and more rounds changed no cluster.
const N_ROUNDS: usize = 4;

/// A column whose rest is smaller than this share of what it was depends on those before it.
const DEPENDENT_SHARE: f64 = 1e-7;

/// Finds an orthonormal basis of the leading right space of sparse rows.
///
/// # Shapes
/// - `rows`: `n` rows over `n_cols` columns.
/// - returns: up to `rank` vectors of length `n_cols`.
pub(super) fn leading_columns(
    rows: &[SparseRow],
    n_cols: usize,
    rank: usize,
    mut random: Random,
    observe: &dyn Observe,
) -> Result<Vec<Vec<f64>>, Cancelled> {
    let rank = rank.min(rows.len()).min(n_cols);
    let mut basis: Vec<Vec<f64>> = (0..rank)
        .map(|_| (0..n_cols).map(|_| random.next_normal()).collect())
        .collect();
    let total = (N_ROUNDS * rank) as u64;
    for round in 0..N_ROUNDS {
        let mut left = basis
            .par_iter()
            .map(|v| {
                observe.step((round * rank) as u64, total)?;
                Ok(times(rows, v))
            })
            .collect::<Result<Vec<_>, Cancelled>>()?;
        orthonormalize(&mut left);
        basis = left
            .par_iter()
            .map(|q| {
                observe.step((round * rank) as u64, total)?;
                Ok(transposed_times(rows, n_cols, q))
            })
            .collect::<Result<Vec<_>, Cancelled>>()?;
        orthonormalize(&mut basis);
    }
    Ok(basis)
}

/// Finds an orthonormal basis of the leading space of a symmetric matrix, row after row in `gram`.
pub(super) fn leading_axes(
    gram: &[f64],
    size: usize,
    rank: usize,
    mut random: Random,
    observe: &dyn Observe,
) -> Result<Vec<Vec<f64>>, Cancelled> {
    let mut basis: Vec<Vec<f64>> = (0..rank.min(size))
        .map(|_| (0..size).map(|_| random.next_normal()).collect())
        .collect();
    // One product with the Gram matrix is a whole round here, so twice the rounds cost little.
    for round in 0..2 * N_ROUNDS {
        basis = basis
            .par_iter()
            .map(|v| {
                observe.step(round as u64, 2 * N_ROUNDS as u64)?;
                Ok(gram.chunks_exact(size).map(|row| dot(row, v)).collect())
            })
            .collect::<Result<Vec<_>, Cancelled>>()?;
        orthonormalize(&mut basis);
    }
    Ok(basis)
}

fn times(rows: &[SparseRow], v: &[f64]) -> Vec<f64> {
    rows.iter()
        .map(|row| {
            row.entries()
                .iter()
                .map(|&(i, x)| f64::from(x) * v[i as usize])
                .sum()
        })
        .collect()
}

fn transposed_times(rows: &[SparseRow], n_cols: usize, q: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; n_cols];
    for (row, &scale) in rows.iter().zip(q) {
        for &(i, x) in row.entries() {
            out[i as usize] += scale * f64::from(x);
        }
    }
    out
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0f64; 4];
    let (a4, a_rest) = a.as_chunks::<4>();
    let (b4, b_rest) = b.as_chunks::<4>();
    for (x, y) in a4.iter().zip(b4) {
        for ((s, p), q) in sums.iter_mut().zip(x).zip(y) {
            *s += p * q;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(p, q)| p * q).sum();
    sums.iter().sum::<f64>() + rest
}

/// Makes columns orthonormal (Gram and Schmidt, modified, each column twice); dependent ones become 0.
fn orthonormalize(columns: &mut [Vec<f64>]) {
    let norms: Vec<f64> = columns.iter().map(|c| dot(c, c).sqrt()).collect();
    for (j, &before) in norms.iter().enumerate() {
        let (done, rest) = columns.split_at_mut(j);
        let Some((column, later)) = rest.split_first_mut() else {
            return;
        };
        // The first pass over `done` ran below, as each of them was finished.
        for q in done.iter() {
            subtract(column, q);
        }
        let after = dot(column, column).sqrt();
        if after <= DEPENDENT_SHARE * before || after < f64::MIN_POSITIVE {
            column.fill(0.0);
            continue;
        }
        for x in column.iter_mut() {
            *x /= after;
        }
        let q: &[f64] = column;
        later.par_iter_mut().for_each(|v| subtract(v, q));
    }
}

fn subtract(column: &mut [f64], q: &[f64]) {
    let along = dot(column, q);
    for (x, y) in column.iter_mut().zip(q) {
        *x -= along * y;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;
    use crate::base::seed::Seed;

    #[test]
    fn finds_the_heavy_plane() {
        // Rows along axes 0 and 3 with weight, a little on axis 1.
        let rows: Vec<SparseRow> = (0..40u32)
            .map(|i| {
                let entries = match i % 3 {
                    0 => vec![(0, 3.0)],
                    1 => vec![(3, 2.0)],
                    _ => vec![(1, 0.1)],
                };
                SparseRow::from_entries(entries)
            })
            .collect();
        let basis = leading_columns(&rows, 5, 2, Seed(1).stream("t"), &Silent).unwrap();
        assert_eq!(basis.len(), 2);
        for axis in [0, 3] {
            let share: f64 = basis.iter().map(|v| v[axis] * v[axis]).sum();
            assert!(share > 0.999, "{axis}: {share}");
        }
        assert!(dot(&basis[0], &basis[1]).abs() < 1e-9);
    }

    #[test]
    fn dependent_columns_vanish() {
        let mut columns = vec![
            vec![1.0, 0.0, 1.0],
            vec![2.0, 0.0, 2.0],
            vec![0.0, 1.0, 0.0],
        ];
        orthonormalize(&mut columns);
        assert!(columns[1].iter().all(|x| x.abs() < 1e-12));
        assert!((dot(&columns[2], &columns[2]) - 1.0).abs() < 1e-12);
    }
}
