//! `meridian new`: makes an empty project.

use std::path::PathBuf;
use std::sync::Arc;

use super::Ended;
use super::console::Console;
use crate::base::clock::SystemClock;
use crate::jobs::Engine;
use crate::stages::settings::{Settings, WrittenSettings};

/// Arguments of `new`.
#[derive(clap::Args)]
pub(super) struct NewArgs {
    /// Folder to make
    project: PathBuf,
    /// Defaults to begin from
    #[arg(long, value_parser = ["quick", "paper"], default_value = "quick")]
    preset: String,
    /// Seed of every run
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Width of the embedding [default: 256]
    #[arg(long)]
    embedding_dims: Option<usize>,
    /// UMAP's `n_neighbors`, the point itself counted [default: 15]
    #[arg(long)]
    n_neighbors: Option<usize>,
    /// HDBSCAN's `min_cluster_size` [default: by size of the corpus (quick), 200 (paper)]
    #[arg(long)]
    min_cluster_size: Option<usize>,
    /// HDBSCAN's `min_samples` [default: `min_cluster_size`, at most 15 (quick)]
    #[arg(long)]
    min_samples: Option<usize>,
    /// Cosine from which statements belong to one issue
    #[arg(long)]
    issue_min_cosine: Option<f64>,
    /// Rounds of conflict reduction [default: 5]
    #[arg(long)]
    rounds: Option<u32>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Makes the project.
pub(super) fn new(args: &NewArgs, console: &Console) -> anyhow::Result<Ended> {
    let written = WrittenSettings {
        preset: Some(args.preset.clone()),
        seed: Some(args.seed),
        embedding_dims: args.embedding_dims,
        n_neighbors: args.n_neighbors,
        min_cluster_size: args.min_cluster_size,
        min_samples: args.min_samples,
        issue_min_cosine: args.issue_min_cosine,
        n_rounds: args.rounds,
        ..WrittenSettings::default()
    };
    Settings::check(&written)?;
    Engine::create(
        &args.project,
        &written,
        crate::app::offline_annotator(),
        Arc::new(SystemClock),
    )?;
    if args.json {
        console.result(
            &serde_json::json!({"project": args.project.to_string_lossy(), "preset": args.preset, "seed": args.seed}).to_string(),
        );
    } else {
        console.result(&format!("made {}", args.project.display()));
        console.say("next: meridian import PROJECT FILE… --nation CN --source NAME");
    }
    Ok(Ended::Done)
}
