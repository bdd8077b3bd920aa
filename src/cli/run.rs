//! `meridian run`: goes on with the pipeline.

use std::path::PathBuf;

use super::console::Console;
use super::{Ended, open_engine};
use crate::jobs::{Outcome, Target};

/// Arguments of `run`.
#[derive(clap::Args)]
pub(super) struct RunArgs {
    /// The project's folder
    project: PathBuf,
    /// Stop after this stage
    #[arg(long, value_name = "STAGE", conflicts_with = "only")]
    to: Option<String>,
    /// Run this stage alone
    #[arg(long, value_name = "STAGE")]
    only: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the pipeline.
pub(super) fn run(args: &RunArgs, console: &Console) -> anyhow::Result<Ended> {
    let mut engine = open_engine(&args.project)?;
    let target = match (&args.to, &args.only) {
        (Some(stage), _) => Target::To(stage),
        (_, Some(stage)) => Target::Only(stage),
        _ => Target::End,
    };
    let outcome = engine.run(target, console)?;
    Ok(tell(outcome, args.json, console))
}

/// Tells where the pipeline came to rest.
pub(super) fn tell(outcome: Outcome, json: bool, console: &Console) -> Ended {
    match outcome {
        Outcome::Done => {
            if json {
                console.result(r#"{"outcome":"done"}"#);
            } else {
                console.say("done; next: meridian report PROJECT --output DIR");
            }
            Ended::Done
        }
        Outcome::AwaitingReview { round, n_open } => {
            if json {
                console.result(
                    &serde_json::json!({"outcome": "awaiting-review", "round": round, "open": n_open}).to_string(),
                );
            } else {
                console.say(&format!(
                    "round {round} waits for {n_open} decisions; next: `meridian open PROJECT`, or `meridian review PROJECT accept` to take the machine's proposals, then `meridian run PROJECT`"
                ));
            }
            Ended::AwaitingReview
        }
    }
}
