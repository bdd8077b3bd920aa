//! `meridian tool hdbscan`: clusters of points, and noise between them.

use std::path::PathBuf;

use super::{Timing, arrays, finish};
use crate::algo::map::hdbscan::{HdbscanSettings, Method, hdbscan};
use crate::cli::console::Console;

/// Arguments of `tool hdbscan`.
#[derive(clap::Args)]
pub(in crate::cli) struct HdbscanArgs {
    /// Points: float32 `.npy`, n × d, compared by straight lines
    y: PathBuf,
    /// Cluster of each point to write: int64 `.npy`, n; −1 is noise
    labels: PathBuf,
    /// Points of a cluster at least
    #[arg(long, default_value_t = 200)]
    min_cluster_size: usize,
    /// How many other points a core distance reaches to; without it as min-cluster-size
    #[arg(long, value_name = "N")]
    min_samples: Option<usize>,
    /// How clusters are taken from the tree
    #[arg(long, default_value = "eom")]
    method: MethodArg,
    /// Strength of each point's membership to write: float32 `.npy`, n
    #[arg(long, value_name = "P.npy")]
    probabilities: Option<PathBuf>,
    /// Outlier score of each point (GLOSH) to write: float32 `.npy`, n
    #[arg(long, value_name = "O.npy")]
    outlier_scores: Option<PathBuf>,
    /// Threads; without it one for each core. The clusters do not depend on them
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum MethodArg {
    /// Excess of mass: the clusters that last longest
    Eom,
    /// The leaves of the tree: many small clusters
    Leaf,
}

/// Clusters the points.
pub(super) fn cluster(args: &HdbscanArgs, console: &Console) -> anyhow::Result<()> {
    let y = arrays::read(&args.y)?;
    let settings = HdbscanSettings {
        min_cluster_size: args.min_cluster_size,
        min_samples: args.min_samples,
        method: match args.method {
            MethodArg::Eom => Method::Eom,
            MethodArg::Leaf => Method::Leaf,
        },
        ..HdbscanSettings::default()
    };
    let work = |timing: &Timing<'_>| Ok(hdbscan(&y, &settings, timing)?);
    let (found, mut summary) = Timing::begin("clusters", console).run(args.threads, work)?;
    let labels: Vec<i64> = found.labels.iter().map(|v| i64::from(*v)).collect();
    arrays::write_integers(&args.labels, &[labels.len()], &labels)?;
    if let Some(path) = &args.probabilities {
        arrays::write_column(path, &found.probabilities)?;
    }
    if let Some(path) = &args.outlier_scores {
        arrays::write_column(path, &found.outlier_scores)?;
    }
    let n_noise = labels.iter().filter(|l| **l < 0).count();
    let noise_share = n_noise as f64 / labels.len().max(1) as f64;
    summary.insert("n".into(), labels.len().into());
    summary.insert("d".into(), y.n_cols().into());
    summary.insert("clusters".into(), found.persistence.len().into());
    summary.insert("noise_share".into(), noise_share.into());
    let text = format!(
        "{} clusters of {} points, {:.1} % noise; written to {}",
        found.persistence.len(),
        labels.len(),
        100.0 * noise_share,
        args.labels.display()
    );
    finish(args.json, summary, &text, console);
    Ok(())
}
