//! Settings of a project: as written, with every field optional, and as checked, with none.

use serde::{Deserialize, Serialize};

use crate::base::seed::Seed;

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
    /// Width of the embedding.
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
    /// Cosine from which statements belong to one issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue_min_cosine: Option<f64>,
    /// Rounds of reduction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_rounds: Option<u32>,
}

/// Settings in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The preset they began from.
    pub preset: Preset,
    /// Seed of all runs.
    pub seed: Seed,
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
    /// Cosine from which statements belong to one issue.
    pub issue_min_cosine: f64,
    /// Rounds of reduction.
    pub n_rounds: u32,
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
            issue_min_cosine,
            n_rounds: written.n_rounds.unwrap_or(5),
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
