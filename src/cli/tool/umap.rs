//! `meridian tool umap`: a layout in few dimensions, or new rows placed on one.

use std::path::PathBuf;
use std::time::Instant;

use super::{MetricArg, Timing, arrays, finish};
use crate::algo::map::umap::{UmapModel, UmapSettings, umap};
use crate::base::seed::Seed;
use crate::cli::console::Console;

/// Arguments of `tool umap`.
#[derive(clap::Args)]
pub(in crate::cli) struct UmapArgs {
    /// Rows to lay out: float32 `.npy`, n × d
    x: PathBuf,
    /// Layout to write: float32 `.npy`, n × components
    y: PathBuf,
    /// Neighbors looked at, the row itself included
    #[arg(long, default_value_t = 15)]
    neighbors: usize,
    /// Dimensions of the layout
    #[arg(long, default_value_t = 5)]
    components: usize,
    /// How close points may lie, in layout units
    #[arg(long, default_value_t = 0.0)]
    min_dist: f64,
    /// How far apart rows are
    #[arg(long, default_value = "cosine")]
    metric: MetricArg,
    /// Equal seeds give equal layouts
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Passes; without it 500 up to 10,000 rows and 200 above
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Threads; without it one for each core. The layout does not depend on them
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Lay these rows out instead and place the rows of X on their layout: float32 `.npy`, m × d
    #[arg(long, value_name = "F.npy")]
    fit_on: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Lays the rows out.
pub(super) fn lay_out(args: &UmapArgs, console: &Console) -> anyhow::Result<()> {
    let x = arrays::read(&args.x)?;
    let fit_on = args.fit_on.as_deref().map(arrays::read).transpose()?;
    let settings = UmapSettings {
        n_neighbors: args.neighbors,
        n_components: args.components,
        min_dist: args.min_dist,
        metric: args.metric.into(),
        n_epochs: args.epochs,
        seed: Seed(args.seed),
        ..UmapSettings::default()
    };
    let work = |timing: &Timing<'_>| {
        let began = Instant::now();
        let Some(fit_on) = &fit_on else {
            let y = umap(&x, &settings, timing)?;
            return Ok((y, began.elapsed(), None));
        };
        let model = UmapModel::fit(fit_on, &settings, timing)?;
        let fit = began.elapsed();
        let began = Instant::now();
        let y = model.transform(&x, timing)?;
        Ok((y, fit, Some(began.elapsed())))
    };
    let ((y, fit, transform), mut summary) =
        Timing::begin("layout", console).run(args.threads, work)?;
    arrays::write(&args.y, &y)?;
    summary.insert("n".into(), x.n_rows().into());
    summary.insert("d".into(), x.n_cols().into());
    summary.insert(
        "n_fitted".into(),
        fit_on.as_ref().unwrap_or(&x).n_rows().into(),
    );
    summary.insert("fit_secs".into(), fit.as_secs_f64().into());
    summary.insert(
        "transform_secs".into(),
        transform.map(|t| t.as_secs_f64()).into(),
    );
    let text = format!(
        "{} rows laid out in {} dimensions; written to {}",
        y.n_rows(),
        y.n_cols(),
        args.y.display()
    );
    finish(args.json, summary, &text, console);
    Ok(())
}
