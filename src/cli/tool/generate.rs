//! `meridian tool generate`: text of the model's own after prompts.

use std::path::PathBuf;

use serde::Deserialize;

use super::{ModelArgs, Timing, finish, load, read_lines, write_lines};
use crate::base::seed::Seed;
use crate::cli::console::Console;
use crate::nn::generate::{Generate, Sampling};
use crate::nn::score::Adapted;

/// Arguments of `tool generate`.
#[derive(clap::Args)]
pub(in crate::cli) struct GenerateArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// Folder of a PEFT adapter
    #[arg(long, value_name = "DIR")]
    adapter: Option<PathBuf>,
    /// JSON lines with `prompt`
    prompts: PathBuf,
    /// JSON lines to write: `text`
    out: PathBuf,
    /// Most tokens of an answer
    #[arg(long, default_value_t = 64)]
    max_tokens: usize,
    /// 0 takes the likeliest token
    #[arg(long, default_value_t = 0.6)]
    temperature: f64,
    /// Draw from the fewest tokens whose probabilities sum to this
    #[arg(long, default_value_t = 0.8)]
    top_p: f64,
    /// Prompts are a user's messages: wrap them in the model's chat template
    #[arg(long)]
    chat: bool,
    /// Seed of the draw
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Line {
    prompt: String,
}

/// Continues the prompts.
pub(super) fn generate(args: &GenerateArgs, console: &Console) -> anyhow::Result<()> {
    if !(args.temperature >= 0.0 && args.top_p > 0.0 && args.top_p <= 1.0) {
        anyhow::bail!("temperature must be at least 0, and top-p above 0 and at most 1");
    }
    let lines: Vec<Line> = read_lines(&args.prompts)?;
    let loaded = load(&args.model, args.adapter.as_deref())?;
    let prompts: Vec<String> = lines.into_iter().map(|l| l.prompt).collect();
    let labels: Vec<String> = (0..prompts.len()).map(|i| i.to_string()).collect();
    let sampling = Sampling {
        max_tokens: args.max_tokens,
        temperature: args.temperature,
        top_p: args.top_p,
        chat: args.chat,
    };
    let adapted = Adapted {
        model: &loaded.model,
        adapter: loaded.adapter.as_ref(),
    };
    let (texts, mut summary) = Timing::begin("generating", console)
        .run(args.model.threads, |timing| {
            Ok(adapted.generate(&prompts, &labels, &sampling, Seed(args.seed), timing)?)
        })?;
    let out: Vec<serde_json::Value> = texts
        .iter()
        .map(|t| serde_json::json!({"text": t}))
        .collect();
    write_lines(&args.out, &out)?;
    loaded.describe(&mut summary);
    summary.insert("prompts".into(), texts.len().into());
    let text = format!("{} texts; written to {}", texts.len(), args.out.display());
    finish(args.json, summary, &text, console);
    Ok(())
}
