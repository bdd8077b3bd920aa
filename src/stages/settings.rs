//! Settings of a project: as written, with every field optional, and as checked, with none.

mod reduction;

pub use reduction::{Reduction, WrittenReduction};

use serde::{Deserialize, Serialize};

use crate::base::seed::Seed;
use crate::domain::alignment::TrainingSettings;
use crate::domain::evaluation::Method;
use crate::domain::source_map::MapsPer;

/// A named set of defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Sensible on a corpus of a few thousand articles.
    Quick,
    /// As in the paper.
    Paper,
}

impl Preset {
    /// Returns the word used on the command line and in the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Paper => "paper",
        }
    }

    /// Reads [`Preset::code`].
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Quick, Self::Paper]
            .into_iter()
            .find(|p| p.code() == code)
    }
}

/// A setting is out of its range.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SettingsError {
    /// The text is no JSON object of settings.
    #[error("the settings cannot be read ({reason}); see `meridian new --help`")]
    Unreadable {
        /// The parser's reason.
        reason: String,
    },
    /// A value is out of range.
    #[error("setting {name} must be {expected}, not {value}")]
    OutOfRange {
        /// The setting.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        value: String,
    },
}

/// Settings as written: what is absent takes the preset's value.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct WrittenSettings {
    /// `quick` or `paper`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// Seed of all runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Sentence-Transformers folder that embeds the documents; absent: the built-in lexical embedder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedder: Option<String>,
    /// Width of the lexical embedding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedding_dims: Option<usize>,
    /// UMAP's `n_neighbors`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_neighbors: Option<usize>,
    /// HDBSCAN's `min_cluster_size`; absent: by size of the corpus (quick) or 200 (paper).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_cluster_size: Option<usize>,
    /// HDBSCAN's `min_samples`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_samples: Option<usize>,
    /// What each per-source map is of: `nation` or `outlet`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maps_per: Option<String>,
    /// Cosine from which statements belong to one issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue_min_cosine: Option<f64>,
    /// Rounds of reduction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_rounds: Option<u32>,
    /// Conflict graphs and how rounds reduce them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reduction: Option<WrittenReduction>,
    /// Language models that `run` evaluates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<WrittenModel>,
    /// Methods of evaluation: `mc`, `aj`, `agree`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
    /// Trials of an evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_trials: Option<u32>,
    /// Items of each nation and set that an evaluation takes, held-out ones first; absent: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<usize>,
    /// Training of adapters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub training: Option<WrittenTraining>,
}

/// A language model as written.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct WrittenModel {
    /// Name as shown.
    pub name: String,
    /// Its folder, or `demonstration:NAME` for one that comes with the program.
    pub folder: String,
    /// Whether `run` aligns it too.
    #[serde(default)]
    pub align: bool,
}

/// Training of adapters as written.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct WrittenTraining {
    /// Peak learning rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// DPO's β.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta: Option<f64>,
    /// Passes over the pairs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_epochs: Option<u32>,
    /// Pairs in an optimizer step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_pairs: Option<usize>,
    /// Rank of the adapter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// α of the adapter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// Training seeds, each an adapter of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_seeds: Option<u32>,
    /// One adapter for all nations instead of one for each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pooled: Option<bool>,
    /// Pairs of each nation that are trained on; absent: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_pairs: Option<usize>,
}

/// A language model that the project names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedModel {
    /// Name as shown.
    pub name: String,
    /// Its folder as written.
    pub folder: String,
    /// Whether `run` aligns it too.
    pub align: bool,
}

/// Training of adapters in force.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// What an optimizer step does.
    pub steps: TrainingSettings,
    /// Training seeds.
    pub n_seeds: u32,
    /// One adapter for all nations.
    pub pooled: bool,
    /// Pairs of each nation that are trained on; `None`: all.
    pub max_pairs: Option<usize>,
}

/// Settings in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The preset they began from.
    pub preset: Preset,
    /// Seed of all runs.
    pub seed: Seed,
    /// Sentence-Transformers folder that embeds the documents; `None`: the built-in lexical embedder.
    pub embedder: Option<String>,
    /// Width of the embedding.
    pub embedding_dims: usize,
    /// Characters of a document used for the map.
    pub map_chars: usize,
    /// Characters of a document used for extraction.
    pub extract_chars: usize,
    /// UMAP's `n_neighbors`, the point itself counted.
    pub n_neighbors: usize,
    /// UMAP's `n_components` for clustering.
    pub n_components: usize,
    /// UMAP's `min_dist`.
    pub min_dist: f64,
    /// HDBSCAN's `min_cluster_size`; `None`: proposed from the number of documents.
    pub min_cluster_size: Option<usize>,
    /// HDBSCAN's `min_samples`; `None`: `min_cluster_size`, at most 15 in the quick preset.
    pub min_samples: Option<usize>,
    /// What each per-source map is of.
    pub maps_per: MapsPer,
    /// Cosine from which statements belong to one issue.
    pub issue_min_cosine: f64,
    /// Rounds of reduction.
    pub n_rounds: u32,
    /// Conflict graphs and how rounds reduce them.
    pub reduction: Reduction,
    /// Language models that `run` evaluates.
    pub models: Vec<NamedModel>,
    /// Methods of evaluation, in order.
    pub methods: Vec<Method>,
    /// Trials of an evaluation.
    pub n_trials: u32,
    /// Items of each nation and set that an evaluation takes, held-out ones first; `None`: all.
    pub max_items: Option<usize>,
    /// Training of adapters.
    pub training: Training,
}

/// Cosine from which two statements speak of one matter, as measured for the built-in statement vectors.
const ISSUE_MIN_COSINE: f64 = 0.16;

impl Settings {
    /// Checks written settings.
    ///
    /// # Errors
    /// [`SettingsError::OutOfRange`] names the first setting that cannot be.
    pub fn check(written: &WrittenSettings) -> Result<Self, SettingsError> {
        let preset = match &written.preset {
            None => Preset::Quick,
            Some(code) => Preset::parse(code).ok_or_else(|| SettingsError::OutOfRange {
                name: "preset",
                expected: "quick or paper",
                value: code.clone(),
            })?,
        };
        let at_least = |name, value: Option<usize>, least: usize, expected| match value {
            Some(v) if v < least => Err(SettingsError::OutOfRange {
                name,
                expected,
                value: v.to_string(),
            }),
            other => Ok(other),
        };
        let issue_min_cosine = written.issue_min_cosine.unwrap_or(ISSUE_MIN_COSINE);
        if !(0.0..=1.0).contains(&issue_min_cosine) {
            return Err(SettingsError::OutOfRange {
                name: "issue_min_cosine",
                expected: "between 0 and 1",
                value: issue_min_cosine.to_string(),
            });
        }
        let paper_size = (preset == Preset::Paper).then_some(200);
        Ok(Self {
            preset,
            seed: Seed(written.seed.unwrap_or(42)),
            embedder: written.embedder.clone(),
            embedding_dims: at_least("embedding_dims", written.embedding_dims, 2, "at least 2")?
                .unwrap_or(256),
            map_chars: 3000,
            extract_chars: 1920,
            n_neighbors: at_least("n_neighbors", written.n_neighbors, 2, "at least 2")?
                .unwrap_or(15),
            n_components: 5,
            min_dist: 0.0,
            min_cluster_size: at_least(
                "min_cluster_size",
                written.min_cluster_size,
                2,
                "at least 2",
            )?
            .or(paper_size),
            min_samples: at_least("min_samples", written.min_samples, 1, "at least 1")?,
            maps_per: match &written.maps_per {
                None => MapsPer::default(),
                Some(code) => MapsPer::parse(code).ok_or_else(|| SettingsError::OutOfRange {
                    name: "maps_per",
                    expected: "nation or outlet",
                    value: code.clone(),
                })?,
            },
            issue_min_cosine,
            n_rounds: written.n_rounds.unwrap_or(5),
            reduction: Reduction::check(written.reduction.as_ref(), preset)?,
            models: written
                .models
                .iter()
                .map(|m| NamedModel {
                    name: m.name.clone(),
                    folder: m.folder.clone(),
                    align: m.align,
                })
                .collect(),
            methods: methods(written.methods.as_deref())?,
            n_trials: match written.n_trials {
                Some(0) => {
                    return Err(SettingsError::OutOfRange {
                        name: "n_trials",
                        expected: "at least 1",
                        value: "0".to_owned(),
                    });
                }
                other => other.unwrap_or(3),
            },
            max_items: written.max_items,
            training: training(written.training.as_ref())?,
        })
    }

    /// Returns `min_cluster_size` and `min_samples` for a corpus of `n_docs`.
    ///
    /// # Source
    /// SPEC 3: the quick preset takes clamp(n/150, 5, 200) and `min_samples` of 15 at most.
    pub fn cluster_sizes(&self, n_docs: usize) -> (usize, usize) {
        let size = self
            .min_cluster_size
            .unwrap_or((n_docs / 150).clamp(5, 200));
        let samples = self.min_samples.unwrap_or(match self.preset {
            Preset::Quick => size.min(15),
            Preset::Paper => size,
        });
        (size, samples)
    }

    /// Returns the same for a part of `n_docs` of a corpus of `n_all`, for a map of its own.
    ///
    /// # Source
    /// Ours: sizes that were set for the joint map shrink with the part's share, to 5 at least, as the quick
    /// preset's own do. The paper's maps are per source, so its sizes hold for them as they are.
    pub fn part_cluster_sizes(&self, n_docs: usize, n_all: usize) -> (usize, usize) {
        if self.preset == Preset::Paper {
            return self.cluster_sizes(n_docs);
        }
        let scaled = |size: Option<usize>| size.map(|s| size_of_share(s, n_docs, n_all));
        let part = Self {
            min_cluster_size: scaled(self.min_cluster_size),
            min_samples: scaled(self.min_samples),
            ..self.clone()
        };
        part.cluster_sizes(n_docs)
    }
}

/// Scales a size by a part's share; a size that was set below the least stays.
fn size_of_share(size: usize, n_docs: usize, n_all: usize) -> usize {
    const LEAST: usize = 5;
    (size * n_docs / n_all.max(1)).max(LEAST.min(size))
}

/// Reads the words of methods; without any, all of them.
fn methods(words: Option<&[String]>) -> Result<Vec<Method>, SettingsError> {
    let Some(words) = words else {
        return Ok(Method::ALL.to_vec());
    };
    words
        .iter()
        .map(|word| {
            Method::parse(word).ok_or_else(|| SettingsError::OutOfRange {
                name: "methods",
                expected: "a list of mc, aj, agree",
                value: word.clone(),
            })
        })
        .collect()
}

/// Checks how adapters are trained.
fn training(written: Option<&WrittenTraining>) -> Result<Training, SettingsError> {
    let w = written.cloned().unwrap_or_default();
    let defaults = TrainingSettings::default();
    let positive = |name, value: f64| {
        if value.is_finite() && value > 0.0 {
            Ok(value)
        } else {
            Err(SettingsError::OutOfRange {
                name,
                expected: "above 0",
                value: value.to_string(),
            })
        }
    };
    let counted = |name, value: usize| {
        if value > 0 {
            Ok(value)
        } else {
            Err(SettingsError::OutOfRange {
                name,
                expected: "at least 1",
                value: "0".to_owned(),
            })
        }
    };
    Ok(Training {
        steps: TrainingSettings {
            learning_rate: positive(
                "learning_rate",
                w.learning_rate.unwrap_or(defaults.learning_rate),
            )?,
            beta: positive("beta", w.beta.unwrap_or(defaults.beta))?,
            n_epochs: counted("n_epochs", w.n_epochs.unwrap_or(defaults.n_epochs) as usize)? as u32,
            batch_pairs: counted("batch_pairs", w.batch_pairs.unwrap_or(defaults.batch_pairs))?,
            rank: counted("rank", w.rank.unwrap_or(defaults.rank))?,
            alpha: positive("alpha", w.alpha.unwrap_or(defaults.alpha))?,
        },
        n_seeds: counted("n_seeds", w.n_seeds.unwrap_or(3) as usize)? as u32,
        pooled: w.pooled.unwrap_or(false),
        max_pairs: w.max_pairs,
    })
}

/// Reads written settings from JSON text.
///
/// # Errors
/// [`SettingsError::Unreadable`] if it is no object of known settings.
pub fn parse_settings(json: &str) -> Result<WrittenSettings, SettingsError> {
    serde_json::from_str(json).map_err(|e| SettingsError::Unreadable {
        reason: e.to_string(),
    })
}

/// Writes settings as JSON text.
pub fn settings_json(written: &WrittenSettings) -> String {
    // A struct of plain options always serializes.
    serde_json::to_string(written).unwrap_or_else(|_| "{}".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_differ_where_the_paper_says() {
        let quick = Settings::check(&WrittenSettings::default()).map(|s| s.cluster_sizes(3000));
        assert_eq!(quick, Ok((20, 15)));
        let paper = WrittenSettings {
            preset: Some("paper".to_owned()),
            ..WrittenSettings::default()
        };
        assert_eq!(
            Settings::check(&paper).map(|s| s.cluster_sizes(3000)),
            Ok((200, 200))
        );
    }

    #[test]
    fn sizes_of_a_part_follow_its_share() {
        let set = |preset: &str, size| {
            Settings::check(&WrittenSettings {
                preset: Some(preset.to_owned()),
                min_cluster_size: size,
                ..WrittenSettings::default()
            })
            .map(|s| s.part_cluster_sizes(700, 2400).0)
        };
        assert_eq!(set("quick", None), Ok(5));
        assert_eq!(set("quick", Some(30)), Ok(8));
        assert_eq!(set("quick", Some(3)), Ok(3));
        assert_eq!(set("paper", None), Ok(200));
        let outlet = r#"{"maps_per": "town"}"#;
        let bad = parse_settings(outlet).and_then(|w| Settings::check(&w));
        assert!(matches!(
            bad,
            Err(SettingsError::OutOfRange {
                name: "maps_per",
                ..
            })
        ));
    }

    #[test]
    fn bad_settings_are_named() {
        let bad = parse_settings(r#"{"n_neighbors": 1}"#).and_then(|w| Settings::check(&w));
        assert!(matches!(
            bad,
            Err(SettingsError::OutOfRange {
                name: "n_neighbors",
                ..
            })
        ));
        assert!(matches!(
            parse_settings(r#"{"neighbours": 1}"#),
            Err(SettingsError::Unreadable { .. })
        ));
    }
}
