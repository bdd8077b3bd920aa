//! `cluster`: HDBSCAN over the layout; noise keeps label −1.

use super::layout::{LAYOUT, map_error};
use super::settings::Settings;
use super::{Rest, Stage, StageCx, StageError, WHOLE, names};
use crate::algo::map::hdbscan::{HdbscanSettings, hdbscan};
use crate::annotate::Annotator;
use crate::store::ClusterRecord;

/// The stage.
pub(super) struct Cluster;

impl Stage for Cluster {
    fn name(&self) -> &'static str {
        "cluster"
    }

    fn version(&self) -> u32 {
        1
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        names(&["layout"])
    }

    fn params(&self, settings: &Settings, _annotator: &dyn Annotator) -> String {
        let size = |n: Option<usize>| n.map_or_else(|| "null".to_owned(), |n| n.to_string());
        format!(
            r#"{{"method":"eom","min_cluster_size":{},"min_samples":{},"preset":"{}"}}"#,
            size(settings.min_cluster_size),
            size(settings.min_samples),
            settings.preset.code()
        )
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        if cx.whole_is_done()? {
            return Ok(Rest::Done);
        }
        let run = cx.store.current_run("layout")?.map(|r| r.id);
        let layout = run
            .map(|r| cx.store.vectors(r, LAYOUT))
            .transpose()?
            .flatten()
            .ok_or(StageError::Nothing {
                stage: "cluster",
                advice: "run the stage `layout` first",
            })?;
        let layout = layout.to_matrix();
        let docs = cx.store.documents()?;
        let (min_cluster_size, min_samples) = cx.settings.cluster_sizes(docs.len());
        let clustering = hdbscan(
            &layout,
            &HdbscanSettings {
                min_cluster_size,
                min_samples: Some(min_samples),
                ..HdbscanSettings::default()
            },
            cx.observe,
        )
        .map_err(|e| map_error(self.name(), e))?;
        let rows: Vec<ClusterRecord> = docs
            .iter()
            .zip(&clustering.labels)
            .zip(
                clustering
                    .probabilities
                    .iter()
                    .zip(&clustering.outlier_scores),
            )
            .map(
                |((doc, &label), (&membership, &outlier_score))| ClusterRecord {
                    doc: doc.id,
                    label,
                    membership,
                    outlier_score,
                },
            )
            .collect();
        cx.observe.phase("writing");
        let n_noise = rows.iter().filter(|r| r.label < 0).count();
        let mean = |values: &[f32]| {
            values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len().max(1) as f64
        };
        cx.store.write(|unit| {
            unit.insert_clusters(cx.run.id, &rows)?;
            unit.put_measure(
                cx.run.id,
                "noise_share",
                n_noise as f64 / rows.len().max(1) as f64,
            )?;
            unit.put_measure(cx.run.id, "mean_persistence", mean(&clustering.persistence))?;
            unit.put_measure(cx.run.id, "min_cluster_size", min_cluster_size as f64)?;
            unit.put_measure(cx.run.id, "min_samples", min_samples as f64)?;
            unit.finish_unit(cx.run.id, WHOLE)
        })?;
        Ok(Rest::Done)
    }
}
