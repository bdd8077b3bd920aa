//! `meridian tool score`: the log-probability of every token of given continuations.

use std::path::PathBuf;

use serde::Deserialize;

use super::{load, read_lines, write_lines};
use crate::cli::console::Console;
use crate::nn::score::{Adapted, Score, ScoreItem};

/// Arguments of `tool score`.
#[derive(clap::Args)]
pub(in crate::cli) struct ScoreArgs {
    /// Folder of the model, or `demonstration:NAME`
    #[arg(long, value_name = "DIR")]
    model: String,
    /// Folder of a PEFT adapter
    #[arg(long, value_name = "DIR")]
    adapter: Option<PathBuf>,
    /// JSON lines with `context` and `continuation`
    items: PathBuf,
    /// JSON lines to write: `n_tokens`, `sum_logprob`, `token_logprobs`, `perplexity`
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Line {
    context: String,
    continuation: String,
}

/// Scores the items.
pub(super) fn score(args: &ScoreArgs, console: &Console) -> anyhow::Result<()> {
    let lines: Vec<Line> = read_lines(&args.items)?;
    let (model, adapter) = load(&args.model, args.adapter.as_deref())?;
    let items: Vec<ScoreItem> = lines
        .into_iter()
        .map(|l| ScoreItem {
            context: l.context,
            continuation: l.continuation,
        })
        .collect();
    let scored = Adapted {
        model: &model,
        adapter: adapter.as_ref(),
    }
    .score(&items, console)?;
    let out: Vec<serde_json::Value> = scored
        .iter()
        .map(|s| {
            serde_json::json!({
                "n_tokens": s.logps_nats.len(),
                "sum_logprob": s.sum_nats(),
                "token_logprobs": s.logps_nats,
                "perplexity": s.perplexity(),
                "context_is_prefix": s.prefix_holds,
            })
        })
        .collect();
    write_lines(&args.out, &out)?;
    let n_tokens: usize = scored.iter().map(|s| s.logps_nats.len()).sum();
    if args.json {
        console.result(&serde_json::json!({"items": scored.len(), "tokens": n_tokens}).to_string());
    } else {
        console.say(&format!(
            "{} items, {n_tokens} tokens; written to {}",
            scored.len(),
            args.out.display()
        ));
    }
    Ok(())
}
