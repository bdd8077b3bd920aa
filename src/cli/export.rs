//! `meridian export`: documents, topics, statements, triples, decisions, results or matches as JSON lines or CSV.

use std::path::PathBuf;

use super::Ended;
use super::console::Console;
use crate::jobs::read_settings;
use crate::stages::export::{What, export_file};
use crate::store::{Access, Store};

/// Arguments of `export`.
#[derive(clap::Args)]
pub(super) struct ExportArgs {
    /// The project's folder
    project: PathBuf,
    /// What to write
    #[arg(value_parser = ["documents", "topics", "statements", "triples", "decisions", "results", "matches"])]
    what: String,
    /// File to write; its suffix, .jsonl or .csv, says how
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Writes the file; reads beside a writer.
pub(super) fn export(args: &ExportArgs, console: &Console) -> anyhow::Result<Ended> {
    let store = Store::open(&args.project, Access::Read)?;
    let Some(what) = What::parse(&args.what) else {
        anyhow::bail!("there is nothing called {:?} to export", args.what);
    };
    let settings = read_settings(&store)?;
    let n_rows = export_file(&store, &settings, what, &args.file)?;
    if args.json {
        console.result(
            &serde_json::json!({"exported": args.what, "rows": n_rows, "file": args.file.to_string_lossy()}).to_string(),
        );
    } else {
        console.say(&format!(
            "{n_rows} {} written to {}",
            args.what,
            args.file.display()
        ));
    }
    Ok(Ended::Done)
}
