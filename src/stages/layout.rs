//! `layout`: UMAP to the dimensions that are clustered, and of the same neighbor graph to two for the screen.

use super::settings::Settings;
use super::{Rest, Stage, StageCx, StageError, WHOLE, names};
use crate::algo::map::MapError;
use crate::algo::map::knn::{Index, Metric, Search};
use crate::algo::map::quality::trustworthiness;
use crate::algo::map::umap::{UmapSettings, umap_from_neighbors};
use crate::annotate::Annotator;
use crate::base::matrix::Matrix;
use crate::base::observe::Observe;
use crate::base::seed::Seed;

/// Name of the layout that is clustered.
pub(super) const LAYOUT: &str = "layout";

/// Name of the layout on the screen.
pub(super) const SCREEN_LAYOUT: &str = "screen";

/// Neighbors looked at when the quality of the layout is measured (SPEC 3).
const QUALITY_NEIGHBORS: usize = 15;

/// Distance and reach of points on the screen's layout: air between the dots of a topic, so that they can
/// be told apart and picked. Clusters are found in the other layout, which packs them tight.
const SCREEN_MIN_DIST: f64 = 0.9;
const SCREEN_SPREAD: f64 = 2.0;

/// The stage.
pub(super) struct Layout;

impl Stage for Layout {
    fn name(&self) -> &'static str {
        "layout"
    }

    fn version(&self) -> u32 {
        2
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        names(&["embed"])
    }

    fn params(&self, settings: &Settings, _annotator: &dyn Annotator) -> String {
        format!(
            r#"{{"metric":"cosine","min_dist":{:?},"n_components":{},"n_neighbors":{},"screen_min_dist":{SCREEN_MIN_DIST:?},"screen_spread":{SCREEN_SPREAD:?}}}"#,
            settings.min_dist, settings.n_components, settings.n_neighbors
        )
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        if cx.whole_is_done()? {
            return Ok(Rest::Done);
        }
        let x = super::embed::document_vectors(cx.store)?;
        let compute = |e: MapError| map_error(self.name(), e);
        let Layouts {
            layout,
            screen,
            recall,
        } = lay_out(&x, cx.settings, cx.settings.seed, cx.observe).map_err(compute)?;
        cx.observe.phase("quality");
        // Not defined for fewer than twice as many documents as neighbors looked at.
        let measured = (x.n_rows() > 2 * QUALITY_NEIGHBORS)
            .then(|| {
                let trust = |y| {
                    trustworthiness(&x, y, QUALITY_NEIGHBORS, Metric::Cosine, cx.observe)
                        .map_err(compute)
                };
                Ok::<_, StageError>((trust(&layout)?, trust(&screen)?))
            })
            .transpose()?;
        cx.store.put_vectors(cx.run.id, LAYOUT, &layout)?;
        cx.store.put_vectors(cx.run.id, SCREEN_LAYOUT, &screen)?;
        cx.store.write(|unit| {
            unit.put_measure(cx.run.id, "neighbor_recall", recall)?;
            if let Some((of_layout, of_screen)) = measured {
                unit.put_measure(cx.run.id, "trustworthiness", of_layout)?;
                unit.put_measure(cx.run.id, "screen_trustworthiness", of_screen)?;
            }
            unit.finish_unit(cx.run.id, WHOLE)
        })?;
        Ok(Rest::Done)
    }
}

/// Both layouts of some documents.
pub(super) struct Layouts {
    /// The one that is clustered.
    pub(super) layout: Matrix<f32>,
    /// The one on the screen.
    pub(super) screen: Matrix<f32>,
    /// Share of the true nearest neighbors that were found.
    pub(super) recall: f64,
}

/// Lays documents out for clustering and for the screen, of one neighbor graph.
pub(super) fn lay_out(
    x: &Matrix<f32>,
    settings: &Settings,
    seed: Seed,
    observe: &dyn Observe,
) -> Result<Layouts, MapError> {
    let settings = UmapSettings {
        n_neighbors: settings.n_neighbors,
        n_components: settings.n_components,
        min_dist: settings.min_dist,
        metric: Metric::Cosine,
        seed,
        ..UmapSettings::default()
    };
    // A separate stream for the screen, so that neither layout depends on the other being made.
    let screen_settings = UmapSettings {
        n_components: 2,
        min_dist: SCREEN_MIN_DIST,
        spread: SCREEN_SPREAD,
        seed: Seed(seed.stream("screen layout").next_u64()),
        ..settings.clone()
    };
    let k = settings.n_neighbors.saturating_sub(1);
    let index = Index::new(x, Metric::Cosine, k, Search::Quick, observe)?;
    let neighbors = index.neighbors(k, observe)?;
    let recall = index.recall_share();
    drop(index);
    Ok(Layouts {
        layout: umap_from_neighbors(Some(x), &neighbors, &settings, observe)?,
        screen: umap_from_neighbors(Some(x), &neighbors, &screen_settings, observe)?,
        recall,
    })
}

/// Turns an error of the map's mathematics into the stage's.
pub(super) fn map_error(stage: &'static str, error: MapError) -> StageError {
    match error {
        MapError::Cancelled(_) => StageError::Cancelled,
        other => StageError::Compute {
            stage,
            reason: other.to_string(),
        },
    }
}
