//! `meridian new`: makes an empty project.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;

use super::Ended;
use super::console::Console;
use crate::base::clock::SystemClock;
use crate::jobs::Engine;
use crate::stages::settings::{Settings, WrittenModel, WrittenSettings, parse_settings};

/// Arguments of `new`.
#[derive(clap::Args)]
pub(super) struct NewArgs {
    /// Folder to make
    project: PathBuf,
    /// Defaults to begin from [default: quick]
    #[arg(long, value_parser = ["quick", "paper"])]
    preset: Option<String>,
    /// Seed of every run [default: 42]
    #[arg(long)]
    seed: Option<u64>,
    /// Sentence-Transformers folder that embeds the documents [default: built in, lexical]
    #[arg(long, value_name = "DIR")]
    embedder: Option<String>,
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
    /// What each per-source map is of [default: nation]
    #[arg(long, value_parser = ["nation", "outlet"])]
    maps_per: Option<String>,
    /// Cosine from which statements belong to one issue
    #[arg(long)]
    issue_min_cosine: Option<f64>,
    /// Rounds of conflict reduction [default: 5]
    #[arg(long)]
    rounds: Option<u32>,
    /// Language models that `run` evaluates, each as NAME=DIR; DIR may be `demonstration:NAME`
    #[arg(long = "model", value_name = "NAME=DIR")]
    models: Vec<String>,
    /// Names of the models that `run` aligns too
    #[arg(long, value_name = "NAME")]
    align: Vec<String>,
    /// JSON file with settings, among them `training`; flags win over it
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Seed where nobody says another.
const DEFAULT_SEED: u64 = 42;

/// Makes the project.
pub(super) fn new(args: &NewArgs, console: &Console) -> anyhow::Result<Ended> {
    let from_file = match &args.settings {
        None => WrittenSettings::default(),
        Some(path) => parse_settings(
            &std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?,
        )?,
    };
    let mut models = from_file.models.clone();
    for given in &args.models {
        let Some((name, folder)) = given.split_once('=') else {
            anyhow::bail!("a model is given as NAME=DIR, not {given:?}");
        };
        models.retain(|m| m.name != name);
        models.push(WrittenModel {
            name: name.to_owned(),
            folder: folder.to_owned(),
            align: false,
        });
    }
    for name in &args.align {
        let Some(model) = models.iter_mut().find(|m| m.name == *name) else {
            anyhow::bail!("no model is called {name:?}; name it with --model {name}=DIR");
        };
        model.align = true;
    }
    let written = WrittenSettings {
        preset: args
            .preset
            .clone()
            .or(from_file.preset)
            .or(Some("quick".to_owned())),
        seed: args.seed.or(from_file.seed).or(Some(DEFAULT_SEED)),
        embedder: args.embedder.clone().or(from_file.embedder),
        embedding_dims: args.embedding_dims.or(from_file.embedding_dims),
        n_neighbors: args.n_neighbors.or(from_file.n_neighbors),
        min_cluster_size: args.min_cluster_size.or(from_file.min_cluster_size),
        min_samples: args.min_samples.or(from_file.min_samples),
        maps_per: args.maps_per.clone().or(from_file.maps_per),
        issue_min_cosine: args.issue_min_cosine.or(from_file.issue_min_cosine),
        n_rounds: args.rounds.or(from_file.n_rounds),
        reduction: from_file.reduction,
        models,
        methods: from_file.methods,
        n_trials: from_file.n_trials,
        max_items: from_file.max_items,
        training: from_file.training,
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
            &serde_json::json!({"project": args.project.to_string_lossy(), "preset": written.preset, "seed": written.seed}).to_string(),
        );
    } else {
        console.result(&format!("made {}", args.project.display()));
        console.say("next: meridian import PROJECT FILE… --nation CN --source NAME");
    }
    Ok(Ended::Done)
}
