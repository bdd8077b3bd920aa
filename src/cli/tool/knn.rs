//! `meridian tool knn`: the nearest neighbors of every row.

use std::path::PathBuf;

use super::{MetricArg, Timing, arrays, finish};
use crate::algo::map::knn::{Index, Search};
use crate::cli::console::Console;

/// Arguments of `tool knn`.
#[derive(clap::Args)]
pub(in crate::cli) struct KnnArgs {
    /// Rows to compare: float32 `.npy`, n × d
    x: PathBuf,
    /// Neighbors to write, nearest first: int64 `.npy`, n × k; the row itself is left out
    indices: PathBuf,
    /// Their distances to write: float32 `.npy`, n × k
    #[arg(long, value_name = "D.npy")]
    distances: Option<PathBuf>,
    /// Neighbors of each row
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    k: u32,
    /// How far apart rows are
    #[arg(long, default_value = "cosine")]
    metric: MetricArg,
    /// Compare all rows with all, however many there are
    #[arg(long)]
    exact: bool,
    /// Threads; without it one for each core
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Finds the neighbors.
pub(super) fn knn(args: &KnnArgs, console: &Console) -> anyhow::Result<()> {
    let x = arrays::read(&args.x)?;
    let search = if args.exact {
        Search::Exact
    } else {
        Search::Quick
    };
    let k = args.k as usize;
    let metric = args.metric.into();
    let work = |timing: &Timing<'_>| {
        let index = Index::new(&x, metric, k, search, timing)?;
        Ok((index.neighbors(k, timing)?, index.recall_share()))
    };
    let ((found, recall_share), mut summary) =
        Timing::begin("neighbors", console).run(args.threads, work)?;
    let indices: Vec<i64> = found
        .indices
        .values()
        .iter()
        .map(|v| i64::from(*v))
        .collect();
    arrays::write_integers(&args.indices, &[x.n_rows(), found.k], &indices)?;
    if let Some(path) = &args.distances {
        arrays::write(path, &found.distances)?;
    }
    summary.insert("n".into(), x.n_rows().into());
    summary.insert("d".into(), x.n_cols().into());
    summary.insert("k".into(), found.k.into());
    summary.insert("recall_share".into(), recall_share.into());
    let text = format!(
        "{} neighbors of {} rows, {:.1} % of the true ones; written to {}",
        found.k,
        x.n_rows(),
        100.0 * recall_share,
        args.indices.display()
    );
    finish(args.json, summary, &text, console);
    Ok(())
}
