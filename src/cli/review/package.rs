//! `review apply` and `review export`: verdicts and the open queue as files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use super::super::console::Console;
use super::super::{Ended, open_engine};
use super::UNNAMED;
use super::filter::FilterArgs;
use crate::domain::review::reviewer_name;
use crate::jobs::{JobsError, OpenReview, Reviews as _};
use crate::stages::reduce::package::{QueueChoice, queue_lines, read_package, record_lines};
use crate::store::{Access, Store};

/// Arguments of `apply`.
#[derive(clap::Args)]
pub(super) struct ApplyArgs {
    /// The file: JSON lines as `export` writes them, with or without --queue
    file: PathBuf,
    /// Whose verdicts these are, where a line names nobody
    #[arg(long, default_value = UNNAMED)]
    reviewer: String,
    /// Decide over what the reviewers say
    #[arg(long)]
    adjudicate: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `export`.
#[derive(clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(super) struct ExportArgs {
    /// The file to write
    file: PathBuf,
    /// Write what is open, with all that is to be read and `"verdict": null` to be filled in
    #[arg(long)]
    queue: bool,
    /// Who is to judge: edges that this reviewer has not judged, whatever others said
    #[arg(long, value_name = "NAME", requires = "queue")]
    reviewer: Option<String>,
    /// Share of the edges, 0 to 1, drawn for this reviewer
    #[arg(long, requires = "queue")]
    share: Option<f64>,
    /// Seed of the draw
    #[arg(long, default_value_t = 42, requires = "share")]
    seed: u64,
    /// Write the disputed edges with everybody's verdict, to be adjudicated
    #[arg(long, requires = "queue")]
    disputed: bool,
    /// Leave out what the machine proposes
    #[arg(long, requires = "queue")]
    blind: bool,
    #[command(flatten)]
    filter: FilterArgs,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Takes the verdicts of a file.
pub(super) fn apply(project: &Path, args: &ApplyArgs, console: &Console) -> anyhow::Result<Ended> {
    let text = fs::read_to_string(&args.file)
        .with_context(|| format!("cannot read the verdicts: {}", args.file.display()))?;
    let lines = read_package(&text)?;
    if lines.is_empty() {
        bail!(
            "the file holds no verdicts; `meridian review PROJECT export --queue FILE` writes one to be filled in"
        );
    }
    let mut engine = open_engine(project)?;
    let applied = engine.apply_lines(&lines, &args.reviewer, args.adjudicate)?;
    let review = OpenReview::read(&engine.store)?;
    let n_open = review.as_ref().map_or(0, OpenReview::n_open);
    let n_disputed = review.as_ref().map_or(0, OpenReview::n_disputed);
    if args.json {
        console.result(
            &json!({
                "applied": applied.n_stored, "already_there": applied.n_there, "without_verdict": applied.n_blank,
                "open": n_open, "disputed": n_disputed,
            })
            .to_string(),
        );
    } else {
        console.say(&format!(
            "{} verdicts stored, {} were there already, {} lines without one; {n_open} edges of the round still open, {n_disputed} disputed; `meridian run PROJECT` goes on when none is",
            applied.n_stored, applied.n_there, applied.n_blank
        ));
    }
    Ok(Ended::Done)
}

/// Writes the record, or the open queue.
pub(super) fn export(
    project: &Path,
    args: &ExportArgs,
    console: &Console,
) -> anyhow::Result<Ended> {
    let store = Store::open(project, Access::Read)?;
    let lines = if args.queue {
        open_queue(&store, args)?
    } else {
        match store.newest_run("reduce")? {
            Some(run) => record_lines(&store, &run)?,
            None => Vec::new(),
        }
    };
    let mut out = String::new();
    for line in &lines {
        out.push_str(&line.to_string());
        out.push('\n');
    }
    fs::write(&args.file, out)
        .with_context(|| format!("cannot write the file: {}", args.file.display()))?;
    let what = if args.queue { "edges" } else { "decisions" };
    if args.json {
        console
            .result(&json!({what: lines.len(), "file": args.file.to_string_lossy()}).to_string());
    } else {
        console.say(&format!(
            "{} {what} written to {}",
            lines.len(),
            args.file.display()
        ));
    }
    Ok(Ended::Done)
}

fn open_queue(store: &Store, args: &ExportArgs) -> anyhow::Result<Vec<Value>> {
    if let Some(share) = args.share {
        ensure!(
            share > 0.0 && share <= 1.0,
            "a share lies above 0 and is 1 at most, not {share}"
        );
    }
    let choice = QueueChoice {
        reviewer: args.reviewer.as_deref().map(reviewer_name).transpose()?,
        filter: args.filter.checked()?,
        share: args.share,
        seed: args.seed,
        to_adjudicate: args.disputed,
        blind: args.blind,
    };
    let run = store.newest_run("reduce")?;
    let run = run.ok_or(JobsError::NothingToReview)?;
    let review = OpenReview::read(store)?.ok_or(JobsError::NothingToReview)?;
    Ok(queue_lines(
        store,
        &run,
        &review.book(store)?,
        &choice,
        &crate::base::observe::Silent,
    )?)
}
