//! `meridian report`: one HTML page with every figure, and figures and tables as files.

use std::path::PathBuf;

use super::Ended;
use super::console::Console;
use crate::jobs::read_settings;
use crate::stages::report::write;
use crate::store::{Access, Store};

/// Arguments of `report`.
#[derive(clap::Args)]
pub(super) struct ReportArgs {
    /// The project's folder
    project: PathBuf,
    /// Folder for the report
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// What was planted, to measure every stage against (the example's truth.jsonl)
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Writes the report; reads beside a writer.
pub(super) fn report(args: &ReportArgs, console: &Console) -> anyhow::Result<Ended> {
    let store = Store::open(&args.project, Access::Read)?;
    let settings = read_settings(&store)?;
    let annotator = crate::app::offline_annotator();
    let page = write(
        &store,
        &settings,
        annotator.name(),
        args.truth.as_deref(),
        &args.output,
    )?;
    let mut measures = serde_json::Value::Null;
    if let Some(path) = &args.truth {
        let truth = crate::stages::truth::Truth::read(path)?;
        let measured = truth.measure(&store)?;
        for line in measured.lines() {
            console.say(&line);
        }
        measures = measured.to_json();
    }
    if args.json {
        console.result(
            &serde_json::json!({"report": page.to_string_lossy(), "truth": measures}).to_string(),
        );
    } else {
        console.result(&page.to_string_lossy());
    }
    Ok(Ended::Done)
}
