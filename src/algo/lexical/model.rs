//! The fitted embedder: learns from documents, gives their vectors, and places other texts beside them.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::bridge::{Nation, bridge};
use super::lexicon::n_concepts;
use super::reading::{Reading, read};
use super::sparse::normalize;
use super::subspace::leading_axes;
use super::vocabulary::{Vocabulary, Weighed};
use super::{LexicalDoc, LexicalError, LexicalSettings};
use crate::base::language::Language;
use crate::base::matrix::Matrix;
use crate::base::observe::{Cancelled, Observe};

/// Documents between two reports of progress: a few milliseconds of work each.
const CHUNK_DOCS: usize = 32;

/// Embeds documents: learns from them and returns one row for each.
///
/// # Shapes
/// - returns: `n × d`, rows of length 1 in the order of `docs`, `d` = `settings.n_dims`.
///
/// # Errors
/// [`LexicalError::NoDocs`] without documents, [`LexicalError::BadSetting`], [`LexicalError::Cancelled`].
///
/// # Cost
/// `O(n · min(n, max_references · languages) · concepts)`; 6,000 documents take some seconds.
pub fn embed(
    docs: &[LexicalDoc<'_>],
    settings: &LexicalSettings,
    observe: &dyn Observe,
) -> Result<Matrix<f32>, LexicalError> {
    LexicalModel::fit(docs, settings, observe).map(|(_, rows)| rows)
}

/// What was learned from a corpus. Fitting again on equal documents gives an equal model.
pub struct LexicalModel {
    settings: LexicalSettings,
    /// By rising language.
    nations: Vec<Nation>,
    /// `n_joined × n_dims`, row after row; `None` where the joined axes fit as they are.
    projection: Option<Vec<f32>>,
}

/// A document's place before the languages are joined.
struct Placed {
    latent: Vec<f32>,
    concepts: Vec<f32>,
}

impl LexicalModel {
    /// Learns from documents and returns their vectors beside the model.
    ///
    /// # Shapes
    /// - returns: the model and `n × d` rows of length 1 in the order of `docs`.
    ///
    /// # Errors
    /// As [`embed`].
    pub fn fit(
        docs: &[LexicalDoc<'_>],
        settings: &LexicalSettings,
        observe: &dyn Observe,
    ) -> Result<(Self, Matrix<f32>), LexicalError> {
        settings.check()?;
        if docs.is_empty() {
            return Err(LexicalError::NoDocs);
        }
        observe.phase("words");
        let readings = in_chunks(docs, observe, |doc| read(doc.language, doc.title, doc.body))?;
        let mut doc_idxs: BTreeMap<Language, Vec<usize>> = BTreeMap::new();
        for (i, doc) in docs.iter().enumerate() {
            doc_idxs.entry(doc.language).or_default().push(i);
        }

        let mut nations = Vec::with_capacity(doc_idxs.len());
        let mut placed: Vec<Option<Placed>> = docs.iter().map(|_| None).collect();
        for (&language, idxs) in &doc_idxs {
            let (nation, rows) = fit_nation(language, idxs, &readings, settings, observe)?;
            nations.push(nation);
            for (&i, row) in idxs.iter().zip(rows) {
                if let Some(slot) = placed.get_mut(i) {
                    *slot = Some(row);
                }
            }
        }
        let mut this = Self {
            settings: *settings,
            nations,
            projection: None,
        };
        observe.phase("bridge");
        let numbered: Vec<(Language, Placed)> = docs
            .iter()
            .map(|d| d.language)
            .zip(placed.into_iter().flatten())
            .collect();
        let joined = in_chunks(&numbered, observe, |(language, place)| {
            this.join(*language, place)
        })?;
        observe.phase("axes");
        this.projection = this.fit_projection(&joined, observe)?;
        let rows = in_chunks(&joined, observe, |row| this.project(row))?;
        Ok((this, stack(rows, settings.n_dims)))
    }

    /// Embeds one text in the corpus' space.
    ///
    /// A document of the corpus lands on its own row. A language that the corpus lacks is placed by
    /// its concepts alone.
    ///
    /// # Shapes
    /// - returns: `d` values of length 1.
    pub fn embed(&self, language: Language, text: &str) -> Vec<f32> {
        let reading = read(language, "", text);
        let unseen;
        let nation = if let Some(nation) = self.nations.iter().find(|n| n.language == language) {
            nation
        } else {
            unseen = Nation::unseen(language, &self.settings);
            &unseen
        };
        let weighed = nation.vocabulary.weigh(&reading);
        let (own, context) = nation.own_and_context(&weighed);
        let place = Placed {
            concepts: nation.place(&own, &context, &self.settings),
            latent: weighed.latent,
        };
        self.project(&self.join(language, &place))
    }

    /// Embeds many texts in the corpus' space.
    ///
    /// # Shapes
    /// - returns: `texts.len() × d`, rows of length 1.
    ///
    /// # Errors
    /// [`LexicalError::Cancelled`].
    pub fn embed_many(
        &self,
        texts: &[(Language, &str)],
        observe: &dyn Observe,
    ) -> Result<Matrix<f32>, LexicalError> {
        let rows = in_chunks(texts, observe, |&(language, text)| {
            self.embed(language, text)
        })?;
        Ok(stack(rows, self.settings.n_dims))
    }

    /// Width of the joined axes: concepts, then the latent axes of each language.
    fn n_joined(&self) -> usize {
        n_concepts() + self.nations.len() * self.settings.n_latent
    }

    /// Lays bridged concepts and the language's latent axes side by side.
    fn join(&self, language: Language, place: &Placed) -> Joined {
        let mut values = bridge(language, &place.concepts, &self.nations, &self.settings);
        let slot = self.nations.iter().position(|n| n.language == language);
        if slot.is_some() {
            values.extend(place.latent.iter().map(|x| x * self.settings.word_weight));
        }
        normalize(&mut values);
        Joined {
            latent_from: n_concepts() + slot.unwrap_or(0) * self.settings.n_latent,
            values,
        }
    }

    /// Finds the axes along which the joined rows spread most.
    fn fit_projection(
        &self,
        rows: &[Joined],
        observe: &dyn Observe,
    ) -> Result<Option<Vec<f32>>, Cancelled> {
        let (size, n_dims) = (self.n_joined(), self.settings.n_dims);
        if size <= n_dims {
            return Ok(None);
        }
        let mut gram = vec![0.0f64; size * size];
        gram.par_chunks_exact_mut(size)
            .enumerate()
            .try_for_each(|(a, sums)| {
                observe.step(a as u64, size as u64)?;
                for row in rows {
                    let Some(x) = row.get(a).filter(|&x| x != 0.0) else {
                        continue;
                    };
                    row.add_to(f64::from(x), sums);
                }
                Ok::<_, Cancelled>(())
            })?;
        let random = self.settings.seed.stream("lexical/projection");
        let axes = leading_axes(&gram, size, n_dims, random, observe)?;
        let mut projection = vec![0.0; size * n_dims];
        for (j, axis) in axes.iter().enumerate() {
            for (row, &x) in projection.chunks_exact_mut(n_dims).zip(axis) {
                row[j] = x as f32;
            }
        }
        Ok(Some(projection))
    }

    /// Takes a joined row to its final axes.
    fn project(&self, row: &Joined) -> Vec<f32> {
        let n_dims = self.settings.n_dims;
        let mut out = vec![0.0f32; n_dims];
        for (a, x) in row.entries() {
            match &self.projection {
                None => out[a] = x,
                Some(projection) => {
                    for (o, p) in out
                        .iter_mut()
                        .zip(&projection[a * n_dims..(a + 1) * n_dims])
                    {
                        *o += x * p;
                    }
                }
            }
        }
        normalize(&mut out);
        // A text without any known word has no direction. All such texts share one, so that they
        // lie together and cosines stay defined.
        if out.iter().all(|x| x.abs() < 1e-6) {
            out.fill(0.0);
            out[n_dims - 1] = 1.0;
        }
        out
    }
}

/// Concepts followed by the latent axes of one language, which stand at `latent_from` among all.
struct Joined {
    values: Vec<f32>,
    latent_from: usize,
}

impl Joined {
    fn entries(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        let shift = self.latent_from - n_concepts();
        self.values
            .iter()
            .enumerate()
            .map(move |(i, &x)| (if i < n_concepts() { i } else { i + shift }, x))
    }

    fn get(&self, axis: usize) -> Option<f32> {
        if axis < n_concepts() {
            self.values.get(axis).copied()
        } else {
            let i = n_concepts() + axis.checked_sub(self.latent_from)?;
            self.values.get(i).copied()
        }
    }

    fn add_to(&self, scale: f64, dense: &mut [f64]) {
        let (concepts, latent) = self.values.split_at(n_concepts());
        for (d, &x) in dense.iter_mut().zip(concepts) {
            *d += scale * f64::from(x);
        }
        if let Some(there) = dense.get_mut(self.latent_from..) {
            for (d, &x) in there.iter_mut().zip(latent) {
                *d += scale * f64::from(x);
            }
        }
    }
}

/// Learns one language and places its documents.
fn fit_nation(
    language: Language,
    idxs: &[usize],
    readings: &[Reading],
    settings: &LexicalSettings,
    observe: &dyn Observe,
) -> Result<(Nation, Vec<Placed>), Cancelled> {
    observe.phase("word axes");
    let own_readings: Vec<&Reading> = idxs.iter().filter_map(|&i| readings.get(i)).collect();
    let vocabulary = Vocabulary::fit(language, &own_readings, settings, observe)?;
    let weighed: Vec<Weighed> = in_chunks(&own_readings, observe, |r| vocabulary.weigh(r))?;
    let references = sample(weighed.len(), settings, language);
    let picked = |i: &usize| weighed.get(*i);
    let mut nation = Nation {
        vocabulary,
        latent: stack(
            references
                .iter()
                .filter_map(picked)
                .map(|w| w.latent.clone())
                .collect(),
            settings.n_latent,
        ),
        concepts: references
            .iter()
            .filter_map(picked)
            .map(|w| w.concepts.clone())
            .collect(),
        ..Nation::unseen(language, settings)
    };
    observe.phase("context");
    let parts = in_chunks(&weighed, observe, |w| nation.own_and_context(w))?;
    nation.own_rms = root_mean_square(parts.iter().map(|(own, _)| own.as_slice()));
    nation.context_rms = root_mean_square(parts.iter().map(|(_, context)| context.as_slice()));
    let rows: Vec<Placed> = parts
        .iter()
        .zip(weighed)
        .map(|((own, context), w)| Placed {
            concepts: nation.place(own, context, settings),
            latent: w.latent,
        })
        .collect();
    nation.placed = stack(
        references
            .iter()
            .filter_map(|&i| rows.get(i))
            .map(|r| r.concepts.clone())
            .collect(),
        n_concepts(),
    );
    Ok((nation, rows))
}

/// Picks the documents that others are compared with, in rising order: all, or a seeded sample.
fn sample(n_docs: usize, settings: &LexicalSettings, language: Language) -> Vec<usize> {
    let mut idxs: Vec<usize> = (0..n_docs).collect();
    if n_docs > settings.max_references {
        let label = format!("lexical/references/{}", language.code());
        settings.seed.stream(&label).shuffle(&mut idxs);
        idxs.truncate(settings.max_references);
        idxs.sort_unstable();
    }
    idxs
}

/// Root of the mean squared length; 1 where there is no length.
fn root_mean_square<'a>(rows: impl Iterator<Item = &'a [f32]>) -> f32 {
    let (mut sum, mut n) = (0.0f64, 0.0f64);
    for row in rows {
        sum += row
            .iter()
            .map(|&x| f64::from(x) * f64::from(x))
            .sum::<f64>();
        n += 1.0;
    }
    let rms = (sum / n.max(1.0)).sqrt();
    if rms > 1e-9 { rms as f32 } else { 1.0 }
}

/// Maps items in parallel, in order, reporting after each chunk.
fn in_chunks<T: Sync, R: Send>(
    items: &[T],
    observe: &dyn Observe,
    map: impl Fn(&T) -> R + Sync,
) -> Result<Vec<R>, Cancelled> {
    let mut out = Vec::with_capacity(items.len());
    for chunk in items.chunks(CHUNK_DOCS) {
        observe.step(out.len() as u64, items.len() as u64)?;
        out.par_extend(chunk.par_iter().map(&map));
    }
    observe.step(items.len() as u64, items.len() as u64)?;
    Ok(out)
}

/// Stacks rows of one width to a matrix; a row of another width is cut or filled with 0.
pub(super) fn stack(rows: Vec<Vec<f32>>, width: usize) -> Matrix<f32> {
    let mut matrix = Matrix::filled(rows.len(), width, 0.0);
    for (i, row) in rows.into_iter().enumerate() {
        for (to, x) in matrix.row_mut(i).iter_mut().zip(row) {
            *to = x;
        }
    }
    matrix
}
