//! `meridian status`: tells where a project stands; reads beside a writer.

use std::path::PathBuf;

use super::Ended;
use super::console::Console;
use crate::jobs::{read_settings, stage_statuses};
use crate::store::{Access, Store};

/// Arguments of `status`.
#[derive(clap::Args)]
pub(super) struct StatusArgs {
    /// The project's folder
    project: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Rows set aside that are listed on a terminal.
const SHOWN_FAILURES: usize = 12;

/// Tells the status.
pub(super) fn status(args: &StatusArgs, console: &Console) -> anyhow::Result<Ended> {
    let store = Store::open(&args.project, Access::Read)?;
    let settings = read_settings(&store)?;
    let annotator = crate::app::offline_annotator();
    let stages = stage_statuses(&store, &settings, annotator.as_ref())?;
    let counts = store.counts()?;
    let hash = store.content_hash()?;
    if args.json {
        let counts: serde_json::Map<String, serde_json::Value> = counts
            .iter()
            .map(|(name, n)| ((*name).to_owned(), (*n).into()))
            .collect();
        let stages: Vec<_> = stages
            .iter()
            .map(|s| serde_json::json!({"stage": s.stage, "state": s.state.code(), "done": s.n_done, "total": s.n_total}))
            .collect();
        console.result(
            &serde_json::json!({"counts": counts, "stages": stages, "content_hash": hash})
                .to_string(),
        );
        return Ok(Ended::Done);
    }
    for (name, n) in &counts {
        console.result(&format!("{name:<16} {n:>9}"));
    }
    for s in &stages {
        console.result(&format!("{:<16} {}", s.stage, s.state.code()));
    }
    for stage in ["evaluate", "align"] {
        for run in store.current_runs_of(stage)? {
            console.result(&format!("run {:<12} {}", run.id, run.slot()));
        }
    }
    for import in store.imports()? {
        console.result(&format!(
            "{}: {} rows, {} documents, {} set aside",
            import.name, import.n_rows, import.n_docs, import.n_bad
        ));
    }
    for row in store.bad_rows(SHOWN_FAILURES)? {
        console.result(&format!("{} line {}: {}", row.file, row.line, row.reason));
    }
    for failure in store.failures(SHOWN_FAILURES)? {
        console.result(&format!(
            "{}: {}: {}",
            failure.stage, failure.subject, failure.reason
        ));
    }
    console.result(&format!("content hash     {hash}"));
    Ok(Ended::Done)
}
