//! `meridian demo`: the five-nations example from files to report, and a window on it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use serde::Deserialize;

use super::Ended;
use super::console::Console;
use crate::base::clock::SystemClock;
use crate::jobs::{Engine, JobsError, Outcome, Target};
use crate::stages::import::ImportOptions;
use crate::stages::settings::{WrittenModel, WrittenReduction, WrittenSettings, WrittenTraining};
use crate::store::PROJECT_FILE;

/// Arguments of `demo`.
#[derive(clap::Args)]
pub(super) struct DemoArgs {
    /// Folder of the project [default: the user's data folder]
    folder: Option<PathBuf>,
    /// Do not open the window
    #[arg(long)]
    no_window: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// `project.json` of an example project.
#[derive(Deserialize)]
struct Example {
    name: String,
    seed: u64,
    preset: String,
    min_cluster_size: Option<usize>,
    min_samples: Option<usize>,
    reduction: Option<WrittenReduction>,
    #[serde(default)]
    models: Vec<WrittenModel>,
    methods: Option<Vec<String>>,
    n_trials: Option<u32>,
    max_items: Option<usize>,
    training: Option<WrittenTraining>,
    files: Vec<ExampleFile>,
}

#[derive(Deserialize)]
struct ExampleFile {
    path: PathBuf,
    nation: Option<String>,
    source: Option<String>,
    #[serde(default)]
    map: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    no_header: bool,
    delimiter: Option<char>,
    quote: Option<char>,
    encoding: Option<String>,
}

/// Runs the example; a project that is there already is gone on with.
pub(super) fn demo(args: &DemoArgs, console: &Console) -> anyhow::Result<Ended> {
    let began = Instant::now();
    let home = example_folder()?;
    let text = std::fs::read_to_string(home.join("project.json"))
        .with_context(|| format!("cannot read the example: {}", home.display()))?;
    let example: Example =
        serde_json::from_str(&text).context("the example's project.json cannot be read")?;
    let folder = args
        .folder
        .clone()
        .unwrap_or_else(|| crate::app::data_folder().join(&example.name));
    let annotator = crate::app::offline_annotator();
    let mut engine = if folder.join(PROJECT_FILE).exists() {
        console.say(&format!("going on with {}", folder.display()));
        Engine::open(&folder, annotator, Arc::new(SystemClock))?
    } else {
        console.say(&format!("making {}", folder.display()));
        let written = WrittenSettings {
            preset: Some(example.preset.clone()),
            seed: Some(example.seed),
            min_cluster_size: example.min_cluster_size,
            min_samples: example.min_samples,
            reduction: example.reduction.clone(),
            models: example.models.clone(),
            methods: example.methods.clone(),
            n_trials: example.n_trials,
            max_items: example.max_items,
            training: example.training.clone(),
            ..WrittenSettings::default()
        };
        Engine::create(&folder, &written, annotator, Arc::new(SystemClock))?
    };
    engine.store.set_meta(&[("name", &example.name)])?;
    let there: Vec<String> = engine
        .store
        .imports()?
        .into_iter()
        .map(|i| i.name)
        .collect();
    for file in &example.files {
        let name = file
            .path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        if there.contains(&name) {
            continue;
        }
        let map: Vec<String> = file
            .map
            .iter()
            .map(|(field, column)| format!("{field}={column}"))
            .collect();
        let summary = engine.import(
            &ImportOptions {
                path: home.join(&file.path),
                nation: file.nation.clone(),
                source: file.source.clone(),
                map: (!map.is_empty()).then(|| map.join(",")),
                delimiter: file.delimiter,
                quote: file.quote,
                no_header: file.no_header,
                encoding: file.encoding.clone(),
            },
            console,
        )?;
        console.say(&summary.sentence());
    }
    if let Outcome::AwaitingReview { round, n_open } = engine.run(Target::End, console)? {
        console.say(&format!(
            "round {round} of the review flags {n_open} edges; the example takes the machine's proposals in every round"
        ));
        match engine.accept(true, console) {
            Ok((accepted, _)) => console.say(&format!(
                "machine: {} edges removed, {} kept in {} rounds",
                accepted.n_removed, accepted.n_kept, accepted.n_rounds
            )),
            Err(JobsError::NothingToReview) => {}
            Err(error) => return Err(error.into()),
        }
        engine.run(Target::End, console)?;
    }
    let output = folder.join("report");
    let page = crate::stages::report::write(
        &engine.store,
        &engine.settings,
        engine.annotator_name(),
        Some(&home.join("truth.jsonl")),
        &output,
    )?;
    let secs = began.elapsed().as_secs_f64();
    let hash = engine.store.content_hash()?;
    // The window opens the project itself and needs its lock.
    drop(engine);
    console.say(&format!(
        "finished in {secs:.0} s; report: {}",
        page.display()
    ));
    if args.json {
        console.result(
            &serde_json::json!({"project": folder.to_string_lossy(), "report": page.to_string_lossy(), "content_hash": hash, "seconds": secs})
                .to_string(),
        );
    } else {
        console.result(&page.to_string_lossy());
    }
    if args.no_window {
        return Ok(Ended::Done);
    }
    if let Err(error) = crate::app::run_window(Some(&folder)) {
        console.say(&format!("{error}"));
        console.say(&format!(
            "without a window, the report is at {}",
            page.display()
        ));
    }
    Ok(Ended::Done)
}

/// Finds the example beside the sources it was built from, or beside the program.
fn example_folder() -> anyhow::Result<PathBuf> {
    let tail = Path::new("projects").join("five-nations");
    let beside_sources = Path::new(env!("CARGO_MANIFEST_DIR")).join(&tail);
    if beside_sources.is_dir() {
        return Ok(beside_sources);
    }
    let program = std::env::current_exe()?;
    let beside_program = program
        .parent()
        .map(|p| p.join(&tail))
        .filter(|p| p.is_dir());
    beside_program
        .context("the example project is missing; it lies in projects/five-nations of the sources")
}
