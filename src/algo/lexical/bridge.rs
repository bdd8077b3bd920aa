//! Neighborhoods of documents and the averages over them that join the languages.

use super::LexicalSettings;
use super::lexicon::n_concepts;
use super::sparse::{SparseRow, dot, normalize};
use super::vocabulary::{Vocabulary, Weighed};
use crate::base::language::Language;
use crate::base::matrix::Matrix;

/// Similarities are raised to this power as weights of the context, so that far documents hardly count.
const CONTEXT_POWER: i32 = 3;
/// The same for the few documents of a neighborhood.
const NEIGHBOR_POWER: i32 = 4;
/// A reference this similar is taken for the text itself.
const SELF_COSINE: f32 = 0.999_99;
/// Keeps weights above zero where nothing is similar.
const LEAST_COSINE: f32 = 1e-3;

/// One language of the corpus: its weights and the documents that others are compared with.
pub(super) struct Nation {
    pub(super) language: Language,
    pub(super) vocabulary: Vocabulary,
    /// `r × n_latent`, rows of length 1.
    pub(super) latent: Matrix<f32>,
    /// `r` rows of concepts.
    pub(super) concepts: Vec<SparseRow>,
    /// Root mean square length of own and of context concepts, so that both weigh alike.
    pub(super) own_rms: f32,
    pub(super) context_rms: f32,
    /// `r × n_concepts`, rows of length 1: concepts with context.
    pub(super) placed: Matrix<f32>,
}

impl Nation {
    /// Makes a language without documents.
    pub(super) fn unseen(language: Language, settings: &LexicalSettings) -> Self {
        Self {
            language,
            vocabulary: Vocabulary::unseen(settings),
            latent: Matrix::filled(0, settings.n_latent, 0.0),
            concepts: Vec::new(),
            own_rms: 1.0,
            context_rms: 1.0,
            placed: Matrix::filled(0, n_concepts(), 0.0),
        }
    }

    /// Returns a text's own concepts and those of its context, both less the language's mean.
    ///
    /// # Shapes
    /// - returns: two vectors of `n_concepts`.
    pub(super) fn own_and_context(&self, text: &Weighed) -> (Vec<f32>, Vec<f32>) {
        let mean = &self.vocabulary.concept_mean;
        let mut own: Vec<f32> = mean.iter().map(|m| -m).collect();
        text.concepts.add_to(1.0, &mut own);

        let mut context = vec![0.0; mean.len()];
        let mut weights = 0.0;
        let mut is_known = false;
        for (i, concepts) in self.concepts.iter().enumerate() {
            let cosine = dot(&text.latent, self.latent.row(i));
            is_known |= cosine > SELF_COSINE;
            if cosine > 0.0 {
                let weight = cosine.powi(CONTEXT_POWER);
                weights += weight;
                concepts.add_to(weight, &mut context);
            }
        }
        if !is_known {
            weights += 1.0;
            text.concepts.add_to(1.0, &mut context);
        }
        for (x, m) in context.iter_mut().zip(mean) {
            *x = *x / weights - m;
        }
        (own, context)
    }

    /// Joins own and context concepts to one vector of length 1.
    pub(super) fn place(
        &self,
        own: &[f32],
        context: &[f32],
        settings: &LexicalSettings,
    ) -> Vec<f32> {
        let context_scale = settings.context_weight / self.context_rms;
        let mut placed: Vec<f32> = own
            .iter()
            .zip(context)
            .map(|(o, c)| o / self.own_rms + c * context_scale)
            .collect();
        normalize(&mut placed);
        placed
    }
}

/// Moves a placed text to where its neighborhoods of all languages lie together.
///
/// With `u` the text, `h` the mean of its neighborhood in its own language and `h_m` in language `m`:
/// `v = (h + Σ c_m·h_m)/|…| + detail·(u − h)`, scaled to length 1. The trust `c_m` is the mean
/// similarity in language `m` over that in the own one, so a topic that `m` lacks is not bridged.
pub(super) fn bridge(
    language: Language,
    u: &[f32],
    nations: &[Nation],
    settings: &LexicalSettings,
) -> Vec<f32> {
    let n_near = settings.n_neighbors;
    let own = nations.iter().find(|n| n.language == language);
    let (home, home_cosine) = match own {
        Some(nation) => neighborhood(u, &nation.placed, n_near, true),
        None => (u.to_vec(), 1.0),
    };
    let mut common = home.clone();
    for nation in nations.iter().filter(|n| n.language != language) {
        let (there, cosine) = neighborhood(u, &nation.placed, n_near, false);
        let trust = (cosine / home_cosine.max(LEAST_COSINE)).clamp(0.0, 1.0);
        for (x, t) in common.iter_mut().zip(&there) {
            *x += trust * t;
        }
    }
    normalize(&mut common);
    for ((x, a), h) in common.iter_mut().zip(u).zip(&home) {
        *x += settings.detail_weight * (a - h);
    }
    normalize(&mut common);
    common
}

/// Returns the weighted mean of the nearest references and their mean similarity.
///
/// With `with_self` the text is one of its own neighbors, also where it is not among the references.
fn neighborhood(
    u: &[f32],
    references: &Matrix<f32>,
    n_near: usize,
    with_self: bool,
) -> (Vec<f32>, f32) {
    let mut near: Vec<(f32, usize)> = (0..references.n_rows())
        .map(|i| (dot(u, references.row(i)), i))
        .collect();
    let by_cosine = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if near.len() > n_near {
        near.select_nth_unstable_by(n_near, by_cosine);
        near.truncate(n_near);
    }
    near.sort_unstable_by(by_cosine);
    let mut mean = vec![0.0; u.len()];
    let (mut weights, mut cosines, mut n) = (0.0, 0.0, 0.0);
    let mut take = |cosine: f32, row: &[f32]| {
        let weight = cosine.max(LEAST_COSINE).powi(NEIGHBOR_POWER);
        for (x, r) in mean.iter_mut().zip(row) {
            *x += weight * r;
        }
        weights += weight;
        cosines += cosine;
        n += 1.0;
    };
    if with_self
        && near
            .first()
            .is_none_or(|&(cosine, _)| cosine <= SELF_COSINE)
    {
        near.truncate(n_near - 1);
        take(1.0, u);
    }
    for &(cosine, i) in &near {
        take(cosine, references.row(i));
    }
    if n > 0.0 {
        for x in &mut mean {
            *x /= weights;
        }
        cosines /= n;
    }
    (mean, cosines)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn neighborhood_takes_the_nearest() {
        let references = Matrix::from_values(3, 2, vec![1.0, 0.0, 0.0, 1.0, 0.8, 0.6]).unwrap();
        let (mean, cosine) = neighborhood(&[1.0, 0.0], &references, 2, true);
        assert!((cosine - 0.9).abs() < 1e-6);
        assert!(mean[0] > 0.8 && mean[1] > 0.0 && mean[1] < 0.3, "{mean:?}");
        let (_, cosine) = neighborhood(&[1.0, 0.0], &references, 9, false);
        assert!((cosine - 0.6).abs() < 1e-6);
    }

    #[test]
    fn nothing_to_compare_with() {
        let none = Matrix::filled(0, 2, 0.0);
        assert_eq!(
            neighborhood(&[1.0, 0.0], &none, 3, true),
            (vec![1.0, 0.0], 1.0)
        );
        assert_eq!(
            neighborhood(&[1.0, 0.0], &none, 3, false),
            (vec![0.0, 0.0], 0.0)
        );
    }
}
