//! What one language's documents teach: which stems and concepts count how much, and the latent axes
//! of its stems. It compares no documents.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::LexicalSettings;
use super::lexicon::n_concepts;
use super::reading::Reading;
use super::sparse::{SparseRow, normalize};
use super::subspace::leading_columns;
use crate::base::language::Language;
use crate::base::observe::{Cancelled, Observe};

/// A stem in a larger share of a language's documents says nothing about topics.
const STEM_MOST_SHARE: f32 = 0.3;
/// Concepts gather several words, so a larger share still tells documents apart.
const CONCEPT_MOST_SHARE: f32 = 0.6;
/// Up to this many documents a term is never too frequent: shares of few documents are chance.
const ALWAYS_KEPT_DOCS: u32 = 5;
/// From this many documents on, a stem must occur in two of them.
const FEW_DOCS: usize = 10;
/// Compound parts count less than one; below this the logarithm would turn their weight negative.
const LEAST_COUNT: f32 = 0.4;
/// A mean of few documents is pulled to zero as if this many empty ones were there; otherwise a
/// language of one document would lose all it has when the mean is taken off.
const MEAN_PRIOR_DOCS: f32 = 5.0;

/// Weights learned from the documents of one language.
pub(super) struct Vocabulary {
    /// Stem to column; only looked up, never walked.
    columns: HashMap<String, u32>,
    stem_idf: Vec<f32>,
    /// 0 for a concept in too many documents.
    concept_idf: Vec<f32>,
    pub(super) concept_mean: Vec<f32>,
    /// `n_columns × n_axes`: coordinates of each stem on the latent axes.
    axes: Vec<f32>,
    n_axes: usize,
    axes_mean: Vec<f32>,
}

/// A text weighed: its latent coordinates (length 1 or 0) and its concepts (length 1 or 0).
#[derive(Clone)]
pub(super) struct Weighed {
    pub(super) latent: Vec<f32>,
    pub(super) concepts: SparseRow,
}

impl Vocabulary {
    /// Makes the weights of a language without any document: every concept counts alike.
    pub(super) fn unseen(settings: &LexicalSettings) -> Self {
        Self {
            columns: HashMap::new(),
            stem_idf: Vec::new(),
            concept_idf: vec![1.0; n_concepts()],
            concept_mean: vec![0.0; n_concepts()],
            axes: Vec::new(),
            n_axes: settings.n_latent,
            axes_mean: vec![0.0; settings.n_latent],
        }
    }

    /// Learns weights and latent axes.
    pub(super) fn fit(
        language: Language,
        readings: &[&Reading],
        settings: &LexicalSettings,
        observe: &dyn Observe,
    ) -> Result<Self, Cancelled> {
        let n_docs = readings.len();
        let n = n_docs as f32;
        let least_docs = if n_docs < FEW_DOCS { 1 } else { 2 };
        let most = |share: f32| ((share * n) as u32).max(ALWAYS_KEPT_DOCS);
        let idf = |docs: u32| ((1.0 + n) / (1.0 + docs as f32)).ln() + 1.0;

        let mut stem_docs: BTreeMap<&str, u32> = BTreeMap::new();
        let mut concept_docs = vec![0u32; n_concepts()];
        for reading in readings {
            for (stem, _) in &reading.stems {
                *stem_docs.entry(stem).or_insert(0) += 1;
            }
            for &(c, _) in &reading.concepts {
                concept_docs[c] += 1;
            }
        }
        let kept: Vec<(&str, u32)> = stem_docs
            .into_iter()
            .filter(|&(_, d)| d >= least_docs && d <= most(STEM_MOST_SHARE))
            .collect();
        let mut this = Self {
            columns: kept
                .iter()
                .enumerate()
                .map(|(i, &(stem, _))| (stem.to_owned(), i as u32))
                .collect(),
            stem_idf: kept.iter().map(|&(_, d)| idf(d)).collect(),
            concept_idf: concept_docs
                .iter()
                .map(|&d| {
                    if d <= most(CONCEPT_MOST_SHARE) {
                        idf(d)
                    } else {
                        0.0
                    }
                })
                .collect(),
            ..Self::unseen(settings)
        };

        let rows: Vec<SparseRow> = readings.par_iter().map(|r| this.weigh_stems(r)).collect();
        let label = format!("lexical/axes/{}", language.code());
        let basis = leading_columns(
            &rows,
            kept.len(),
            settings.n_latent,
            settings.seed.stream(&label),
            observe,
        )?;
        this.axes = vec![0.0; kept.len() * settings.n_latent];
        for (j, axis) in basis.iter().enumerate() {
            for (row, &x) in this.axes.chunks_exact_mut(settings.n_latent).zip(axis) {
                row[j] = x as f32;
            }
        }

        let mean_of = n + MEAN_PRIOR_DOCS;
        let mut axes_mean = vec![0.0f32; settings.n_latent];
        let mut concept_mean = vec![0.0f32; n_concepts()];
        let latent: Vec<Vec<f32>> = rows.par_iter().map(|row| this.project(row)).collect();
        for (reading, latent) in readings.iter().zip(&latent) {
            for (m, x) in axes_mean.iter_mut().zip(latent) {
                *m += x / mean_of;
            }
            this.weigh_concepts(reading)
                .add_to(1.0 / mean_of, &mut concept_mean);
        }
        this.axes_mean = axes_mean;
        this.concept_mean = concept_mean;
        Ok(this)
    }

    /// Weighs one text.
    pub(super) fn weigh(&self, reading: &Reading) -> Weighed {
        let mut latent = self.project(&self.weigh_stems(reading));
        for (x, m) in latent.iter_mut().zip(&self.axes_mean) {
            *x -= m;
        }
        normalize(&mut latent);
        Weighed {
            latent,
            concepts: self.weigh_concepts(reading),
        }
    }

    fn weigh_stems(&self, reading: &Reading) -> SparseRow {
        let entries = reading
            .stems
            .iter()
            .filter_map(|(stem, count)| {
                let &column = self.columns.get(stem)?;
                let idf = self.stem_idf.get(column as usize)?;
                Some((column, (1.0 + (*count as f32).ln()) * idf))
            })
            .collect();
        let mut row = SparseRow::from_entries(entries);
        row.normalize();
        row
    }

    fn weigh_concepts(&self, reading: &Reading) -> SparseRow {
        let entries = reading
            .concepts
            .iter()
            .filter_map(|&(c, count)| {
                let idf = self.concept_idf.get(c).copied().filter(|&w| w > 0.0)?;
                Some((c as u32, (1.0 + count.max(LEAST_COUNT).ln()) * idf))
            })
            .collect();
        let mut row = SparseRow::from_entries(entries);
        row.normalize();
        row
    }

    fn project(&self, row: &SparseRow) -> Vec<f32> {
        let mut out = vec![0.0; self.n_axes];
        for &(column, x) in row.entries() {
            let at = column as usize * self.n_axes;
            for (o, a) in out.iter_mut().zip(&self.axes[at..at + self.n_axes]) {
                *o += x * a;
            }
        }
        out
    }
}
