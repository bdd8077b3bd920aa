//! Groups of statements that may share one proposition: average linkage on cosine.
//!
//! It proposes groups; whether the members really share a proposition, and which side each takes,
//! is the annotator's to say.

use super::ConflictError;
use super::nearest::dot;
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Statements that fit one call: their square of similarities takes 1.6 GB.
pub const MAX_STATEMENTS: usize = 20_000;

/// Similarity of a group that no longer takes part; below every cosine.
const OUT: f32 = f32::NEG_INFINITY;

/// Groups statements by average linkage: two groups join while their mean pairwise cosine is at
/// least `tau`, the nearest two first.
///
/// Every statement is in exactly one group; single ones are returned too. Members ascend, groups
/// are ordered by their first member. Of equally near groups the one with the smaller first member
/// joins; thread count changes nothing.
///
/// # Shapes
/// - `vectors`: `m × d`, rows of length 1.
///
/// # Errors
/// [`ConflictError::Setting`] if `tau` is no number, [`ConflictError::VectorNotFinite`],
/// [`ConflictError::TooManyStatements`] above [`MAX_STATEMENTS`], [`ConflictError::Cancelled`].
///
/// # Source
/// Nearest-neighbor chain (Murtagh 1983) with the update of Lance and Williams 1967; average linkage
/// is reducible, so the groups are those of the plain greedy procedure. A group whose nearest
/// neighbor is below `tau` can never join again and leaves at once.
///
/// # Cost
/// 4 m² bytes, m² d / 2 multiplications, then about m² steps.
pub fn group_statements(
    vectors: &Matrix<f32>,
    tau: f32,
    observe: &dyn Observe,
) -> Result<Vec<Vec<usize>>, ConflictError> {
    let m = vectors.n_rows();
    if tau.is_nan() {
        return Err(ConflictError::Setting {
            name: "tau",
            value: f64::from(tau),
        });
    }
    if m > MAX_STATEMENTS {
        return Err(ConflictError::TooManyStatements {
            n_statements: m,
            limit: MAX_STATEMENTS,
        });
    }
    if let Some(row) = (0..m).find(|&i| vectors.row(i).iter().any(|x| !x.is_finite())) {
        return Err(ConflictError::VectorNotFinite { row });
    }
    observe.phase("similarities");
    let similar = similarities(vectors, observe)?;
    observe.phase("linkage");
    let mut linkage = Linkage {
        similar,
        members: (0..m).map(|i| vec![i]).collect(),
    };
    linkage.run(tau, observe)?;
    let mut groups: Vec<Vec<usize>> = linkage
        .members
        .into_iter()
        .filter(|g| !g.is_empty())
        .collect();
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.sort_unstable();
    Ok(groups)
}

/// Returns all pairwise cosines; a row's own place is [`OUT`].
fn similarities(
    vectors: &Matrix<f32>,
    observe: &dyn Observe,
) -> Result<Matrix<f32>, ConflictError> {
    let m = vectors.n_rows();
    let mut similar = Matrix::filled(m, m, OUT);
    let done = AtomicU64::new(0);
    similar
        .values_mut()
        .par_chunks_mut(m.max(1))
        .enumerate()
        .try_for_each(|(i, row)| {
            let own = vectors.row(i);
            for (j, value) in row.iter_mut().enumerate().skip(i + 1) {
                *value = dot(own, vectors.row(j));
            }
            observe.step(done.fetch_add(1, Ordering::Relaxed) + 1, m as u64)
        })?;
    for i in 0..m {
        for j in i + 1..m {
            similar.row_mut(j)[i] = similar.row(i)[j];
        }
    }
    Ok(similar)
}

/// Groups on their way: row and members of a group sit at its smallest member.
struct Linkage {
    similar: Matrix<f32>,
    members: Vec<Vec<usize>>,
}

impl Linkage {
    fn run(&mut self, tau: f32, observe: &dyn Observe) -> Result<(), ConflictError> {
        let m = self.members.len();
        let mut closed = vec![false; m];
        let mut chain: Vec<usize> = Vec::new();
        let mut next_start = 0;
        let mut n_settled = 0u64;
        let mut steps = 0u32;
        loop {
            // One step reads or writes a row or two: some microseconds.
            if steps.is_multiple_of(256) {
                observe.step(n_settled, m as u64)?;
            }
            steps = steps.wrapping_add(1);
            let Some(&tip) = chain.last() else {
                while next_start < m && (closed[next_start] || self.members[next_start].is_empty())
                {
                    next_start += 1;
                }
                if next_start == m {
                    return Ok(());
                }
                chain.push(next_start);
                continue;
            };
            // Rounding of the means could let a group enter the chain twice; its second place is void.
            if closed[tip] || self.members[tip].is_empty() {
                chain.pop();
                continue;
            }
            let (near, nearest) = self.nearest(tip);
            let before = chain.len().checked_sub(2).map(|p| chain[p]);
            if nearest < tau || nearest <= OUT {
                closed[tip] = true;
                n_settled += 1;
                self.leave(tip);
                chain.pop();
            } else if let Some(partner) = before.filter(|&p| self.similar.row(tip)[p] >= nearest) {
                chain.truncate(chain.len() - 2);
                self.join(tip.min(partner), tip.max(partner));
                n_settled += 1;
            } else {
                chain.push(near);
            }
        }
    }

    /// Returns the most similar group, of equals the first, and its similarity.
    fn nearest(&self, i: usize) -> (usize, f32) {
        let row = self.similar.row(i);
        // The maximum first: this loop is wide, one that carries the index is not.
        let highest = row
            .iter()
            .fold(OUT, |best, &s| if s > best { s } else { best });
        let at = row.iter().position(|&s| s >= highest).unwrap_or(i);
        (at, highest)
    }

    /// Takes a group out of everybody's sight.
    fn leave(&mut self, i: usize) {
        for k in 0..self.members.len() {
            self.similar.row_mut(k)[i] = OUT;
        }
    }

    /// Joins group `y` to group `x`; the similarity to any other is the mean over all pairs.
    fn join(&mut self, x: usize, y: usize) {
        let (n_x, n_y) = (self.members[x].len() as f64, self.members[y].len() as f64);
        let share = n_x / (n_x + n_y);
        let row_y = self.similar.row(y).to_vec();
        for (k, &s_y) in row_y.iter().enumerate() {
            let s_x = self.similar.row(x)[k];
            if k == x || k == y || s_x <= OUT || s_y <= OUT {
                continue;
            }
            let mean = (share * f64::from(s_x) + (1.0 - share) * f64::from(s_y)) as f32;
            self.similar.row_mut(x)[k] = mean;
            self.similar.row_mut(k)[x] = mean;
        }
        self.leave(y);
        let moved = std::mem::take(&mut self.members[y]);
        self.members[x].extend(moved);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;
    use crate::base::seed::{Random, Seed};

    fn unit_rows(random: &mut Random, m: usize, d: usize, n_centers: usize) -> Matrix<f32> {
        let centers: Vec<Vec<f64>> = (0..n_centers)
            .map(|_| (0..d).map(|_| random.next_normal()).collect())
            .collect();
        let mut values = Vec::new();
        for _ in 0..m {
            let center = &centers[random.below(n_centers)];
            let row: Vec<f64> = center
                .iter()
                .map(|c| c + 0.6 * random.next_normal())
                .collect();
            let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
            values.extend(row.iter().map(|x| (x / length) as f32));
        }
        Matrix::from_values(m, d, values).unwrap()
    }

    /// Joins the nearest two groups again and again, with means over all pairs.
    fn greedy(vectors: &Matrix<f32>, tau: f64) -> Vec<Vec<usize>> {
        let cosine = |i: usize, j: usize| -> f64 {
            let pairs = vectors.row(i).iter().zip(vectors.row(j));
            pairs.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
        };
        let mut groups: Vec<Vec<usize>> = (0..vectors.n_rows()).map(|i| vec![i]).collect();
        loop {
            let mut best = (tau, None);
            for a in 0..groups.len() {
                for b in a + 1..groups.len() {
                    let sum: f64 = groups[a]
                        .iter()
                        .flat_map(|&i| groups[b].iter().map(move |&j| (i, j)))
                        .map(|(i, j)| cosine(i, j))
                        .sum();
                    let mean = sum / (groups[a].len() * groups[b].len()) as f64;
                    if mean >= best.0 {
                        best = (mean, Some((a, b)));
                    }
                }
            }
            let Some((a, b)) = best.1 else { break };
            let moved = groups.remove(b);
            groups[a].extend(moved);
        }
        for group in &mut groups {
            group.sort_unstable();
        }
        groups.sort_unstable();
        groups
    }

    #[test]
    fn angles_worked_out_by_hand() {
        // Directions 0°, 20°, 50°, 180°: cos 20° = 0.940, cos 30° = 0.866, cos 50° = 0.643.
        // 0 and 1 join at 0.940; the mean of 2 to them is (0.643 + 0.866) / 2 = 0.754.
        let rows: Vec<f32> = [0.0f32, 20.0, 50.0, 180.0]
            .iter()
            .flat_map(|a| [a.to_radians().cos(), a.to_radians().sin()])
            .collect();
        let vectors = Matrix::from_values(4, 2, rows).unwrap();
        let groups = |tau| group_statements(&vectors, tau, &Silent).unwrap();
        assert_eq!(groups(0.75), vec![vec![0, 1, 2], vec![3]]);
        assert_eq!(groups(0.76), vec![vec![0, 1], vec![2], vec![3]]);
        assert_eq!(groups(0.95), vec![vec![0], vec![1], vec![2], vec![3]]);
        assert_eq!(groups(-1.0), vec![vec![0, 1, 2, 3]]);
    }

    #[test]
    fn equals_the_greedy_procedure() {
        let mut random = Seed(5).stream("group");
        for round in 0..40 {
            let m = 2 + random.below(40);
            let vectors = unit_rows(&mut random, m, 8, 1 + round % 7);
            for tau in [0.2f32, 0.5, 0.7, 0.9] {
                let expected = greedy(&vectors, f64::from(tau));
                assert_eq!(group_statements(&vectors, tau, &Silent).unwrap(), expected);
            }
        }
    }

    #[test]
    fn shuffling_rows_keeps_groups() {
        let mut random = Seed(6).stream("shuffle");
        let vectors = unit_rows(&mut random, 50, 8, 6);
        let mut order: Vec<usize> = (0..50).collect();
        random.shuffle(&mut order);
        let first = group_statements(&vectors, 0.6, &Silent).unwrap();
        let shuffled = group_statements(&vectors.select_rows(&order), 0.6, &Silent).unwrap();
        let mut back: Vec<Vec<usize>> = shuffled
            .into_iter()
            .map(|g| {
                let mut named: Vec<usize> = g.into_iter().map(|i| order[i]).collect();
                named.sort_unstable();
                named
            })
            .collect();
        back.sort_unstable();
        assert_eq!(first, back);
    }

    #[test]
    fn none_one_and_all_equal() {
        let none = Matrix::filled(0, 4, 0.0);
        assert_eq!(group_statements(&none, 0.5, &Silent), Ok(vec![]));
        let one = Matrix::from_values(1, 1, vec![1.0]).unwrap();
        assert_eq!(group_statements(&one, 0.5, &Silent), Ok(vec![vec![0]]));
        let equal = Matrix::filled(9, 1, 1.0);
        assert_eq!(
            group_statements(&equal, 1.0, &Silent),
            Ok(vec![(0..9).collect()])
        );
        let empty = Matrix::filled(3, 2, 0.0);
        assert_eq!(
            group_statements(&empty, 0.5, &Silent).map(|g| g.len()),
            Ok(3)
        );
    }

    #[test]
    fn no_number_is_refused() {
        let bad = Matrix::from_values(2, 1, vec![1.0, f32::NAN]).unwrap();
        assert_eq!(
            group_statements(&bad, 0.5, &Silent),
            Err(ConflictError::VectorNotFinite { row: 1 })
        );
        let tau = group_statements(&Matrix::filled(1, 1, 1.0), f32::NAN, &Silent);
        assert!(matches!(
            tau,
            Err(ConflictError::Setting { name: "tau", .. })
        ));
    }
}
