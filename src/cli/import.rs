//! `meridian import`: files of news into a project, each file whole or not at all.

use std::path::PathBuf;

use super::console::Console;
use super::{Ended, open_engine};
use crate::domain::corpus::Nation;
use crate::stages::import::ImportOptions;

/// Arguments of `import`.
#[derive(clap::Args)]
pub(super) struct ImportArgs {
    /// The project's folder
    project: PathBuf,
    /// Files: JSON lines, a JSON array, CSV or TSV; plain, gzip or zstd
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Nation of rows that name none, e.g. CN
    #[arg(long, value_parser = nation)]
    nation: Option<String>,
    /// Outlet of rows that name none [default: the file's name]
    #[arg(long)]
    source: Option<String>,
    /// Which column is which, e.g. title=titre,body=texte; columns without header are 1, 2, …
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    map: Option<String>,
    /// Character between columns [default: guessed]
    #[arg(long)]
    delimiter: Option<String>,
    /// Character around values [default: guessed]
    #[arg(long)]
    quote: Option<String>,
    /// The first row is data
    #[arg(long)]
    no_header: bool,
    /// Encoding such as gb18030 [default: detected]
    #[arg(long)]
    encoding: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn nation(code: &str) -> Result<String, String> {
    Nation::parse(code)
        .map(|n| n.code().to_owned())
        .map_err(|e| e.to_string())
}

fn one_char(name: &str, text: Option<&String>) -> anyhow::Result<Option<char>> {
    let Some(text) = text else { return Ok(None) };
    if text == "\\t" || text == "tab" {
        return Ok(Some('\t'));
    }
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(Some(c)),
        _ => anyhow::bail!("--{name} takes one character (\\t for a tab), not {text:?}"),
    }
}

/// Imports the files in order; the first that fails ends the command, those before it stay.
pub(super) fn import(args: &ImportArgs, console: &Console) -> anyhow::Result<Ended> {
    let delimiter = one_char("delimiter", args.delimiter.as_ref())?;
    let quote = one_char("quote", args.quote.as_ref())?;
    let mut engine = open_engine(&args.project)?;
    let mut rows = Vec::new();
    for path in &args.files {
        let options = ImportOptions {
            // The absolute path, so that an import cut off by a crash is found again from anywhere.
            path: std::path::absolute(path)?,
            nation: args.nation.clone(),
            source: args.source.clone(),
            map: args.map.clone(),
            delimiter,
            quote,
            no_header: args.no_header,
            encoding: args.encoding.clone(),
        };
        let summary = engine.import(&options, console)?;
        console.say(&summary.sentence());
        rows.push(serde_json::json!({
            "file": summary.name, "rows": summary.n_rows, "documents": summary.n_docs, "set_aside": summary.n_bad,
            "columns": summary.column_map,
        }));
    }
    if args.json {
        console.result(&serde_json::json!({"imported": rows}).to_string());
    } else {
        console.say("next: meridian run PROJECT");
    }
    Ok(Ended::Done)
}
