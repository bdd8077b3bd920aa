//! Maximal marginal relevance: words that fit a topic and differ from each other.
//!
//! Works on given vectors; where they come from is the caller's matter.

use crate::base::matrix::Matrix;

/// Weight of difference against fit that the specification sets.
pub const DIVERSITY: f32 = 0.3;

/// The arguments do not fit together.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum MmrError {
    /// Words and topic live in spaces of different width.
    #[error("words are {n_word_dims} wide and the topic {n_topic_dims}")]
    Width {
        /// Width of a word's vector.
        n_word_dims: usize,
        /// Width of the topic's vector.
        n_topic_dims: usize,
    },
    /// A vector holds a value that is no finite number.
    #[error("vector {row} holds a value that is no finite number")]
    NotFinite {
        /// Row of the words, their number for the topic's vector.
        row: usize,
    },
    /// The diversity is outside its range.
    #[error("diversity must be in 0 to 1, not {diversity}")]
    Diversity {
        /// The value given.
        diversity: f32,
    },
}

/// Chooses words one by one by `(1 − d)·sim(w, topic) − d·max sim(w, chosen)`.
///
/// # Shapes
/// - `words`: `v × d`, any length; a vector of zeros has similarity 0 to everything.
/// - `topic`: `d`.
/// - returns: at most `n_chosen` rows of `words` in order of choice; equals in order of rows.
///
/// # Errors
/// [`MmrError`] if widths differ, a value is not finite or `diversity` is outside `0.0..=1.0`.
///
/// # Source
/// Carbonell and Goldstein 1998; as `KeyBERT` and `BERTopic` 0.17 compute it: cosine, the first word
/// is the nearest to the topic.
pub fn choose(
    words: &Matrix<f32>,
    topic: &[f32],
    n_chosen: usize,
    diversity: f32,
) -> Result<Vec<usize>, MmrError> {
    if !(0.0..=1.0).contains(&diversity) {
        return Err(MmrError::Diversity { diversity });
    }
    let n = words.n_rows();
    if n > 0 && words.n_cols() != topic.len() {
        return Err(MmrError::Width {
            n_word_dims: words.n_cols(),
            n_topic_dims: topic.len(),
        });
    }
    let d = f64::from(diversity);
    let unit_topic = unit(topic).ok_or(MmrError::NotFinite { row: n })?;
    let units = (0..n)
        .map(|row| unit(words.row(row)).ok_or(MmrError::NotFinite { row }))
        .collect::<Result<Vec<Vec<f64>>, MmrError>>()?;
    let fit: Vec<f64> = units.iter().map(|w| dot(w, &unit_topic)).collect();
    // The first choice looks at fit alone; afterwards the penalty is each word's nearest chosen one.
    let mut nearest = vec![f64::NEG_INFINITY; n];
    let mut free = vec![true; n];
    let mut chosen = Vec::with_capacity(n_chosen.min(n));
    while chosen.len() < n_chosen.min(n) {
        let score = |i: usize| {
            if chosen.is_empty() {
                fit[i]
            } else {
                (1.0 - d) * fit[i] - d * nearest[i]
            }
        };
        let mut best: Option<(usize, f64)> = None;
        for i in (0..n).filter(|&i| free[i]) {
            let s = score(i);
            if best.is_none_or(|(_, top)| s > top) {
                best = Some((i, s));
            }
        }
        let Some((pick, _)) = best else { break };
        free[pick] = false;
        chosen.push(pick);
        for i in (0..n).filter(|&i| free[i]) {
            nearest[i] = nearest[i].max(dot(&units[i], &units[pick]));
        }
    }
    Ok(chosen)
}

/// Scales to length 1; zeros stay zeros; `None` if a value is not finite.
fn unit(vector: &[f32]) -> Option<Vec<f64>> {
    if vector.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let norm = vector
        .iter()
        .map(|&x| f64::from(x) * f64::from(x))
        .sum::<f64>()
        .sqrt();
    let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
    Some(vector.iter().map(|&x| f64::from(x) * scale).collect())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    const GOLDEN: &str = include_str!("../../../tests/golden/topics/mmr.tsv");

    fn numbers(line: &str) -> Vec<f32> {
        line.split(' ').filter_map(|x| x.parse().ok()).collect()
    }

    #[test]
    fn equals_the_reference() {
        let mut lines = GOLDEN.lines().filter(|l| !l.starts_with('#'));
        let topic = numbers(lines.next().unwrap());
        let order: Vec<usize> = numbers(lines.next().unwrap())
            .iter()
            .map(|&x| x as usize)
            .collect();
        let values: Vec<f32> = lines.flat_map(numbers).collect();
        let words = Matrix::from_values(values.len() / topic.len(), topic.len(), values).unwrap();
        assert_eq!(choose(&words, &topic, order.len(), DIVERSITY), Ok(order));
    }

    #[test]
    fn a_twin_waits() {
        // The second word repeats the first, the third fits less but adds something.
        let words = Matrix::from_values(3, 2, vec![1.0, 0.1, 1.0, 0.1, 0.6, 0.8]).unwrap();
        assert_eq!(choose(&words, &[1.0, 0.2], 2, 0.7), Ok(vec![0, 2]));
        assert_eq!(choose(&words, &[1.0, 0.2], 2, 0.0), Ok(vec![0, 1]));
        assert_eq!(choose(&words, &[1.0, 0.2], 9, 0.3).map(|c| c.len()), Ok(3));
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let words = Matrix::from_values(1, 2, vec![1.0, f32::NAN]).unwrap();
        assert_eq!(
            choose(&words, &[1.0, 0.0], 1, 0.3),
            Err(MmrError::NotFinite { row: 0 })
        );
        assert!(matches!(
            choose(&words, &[1.0], 1, 0.3),
            Err(MmrError::Width { .. })
        ));
        assert!(matches!(
            choose(&words, &[1.0, 0.0], 1, 1.5),
            Err(MmrError::Diversity { .. })
        ));
        assert_eq!(choose(&Matrix::filled(0, 0, 0.0), &[], 3, 0.3), Ok(vec![]));
    }
}
