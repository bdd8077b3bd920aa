//! `meridian tool merge`: a model with an adapter merged into its weights.

use std::path::PathBuf;

use serde_json::json;

use super::{ModelArgs, Timing, finish, load};
use crate::cli::console::Console;

/// Arguments of `tool merge`.
#[derive(clap::Args)]
pub(in crate::cli) struct MergeArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// Folder of a PEFT adapter
    #[arg(long, value_name = "DIR")]
    adapter: PathBuf,
    /// Folder to write, in Hugging Face layout
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Merges the adapter.
pub(super) fn merge(args: &MergeArgs, console: &Console) -> anyhow::Result<()> {
    let loaded = load(&args.model, Some(&args.adapter))?;
    let Some(adapter) = &loaded.adapter else {
        anyhow::bail!("there is no adapter to merge; name its folder");
    };
    let ((), mut summary) =
        Timing::begin("merging", console).run(args.model.threads, |timing| {
            Ok(crate::nn::merge::merge(
                &loaded.model,
                adapter,
                &args.output,
                timing,
            )?)
        })?;
    loaded.describe(&mut summary);
    summary.insert("model".into(), json!(args.output.to_string_lossy()));
    let text = format!("model written to {}", args.output.display());
    finish(args.json, summary, &text, console);
    Ok(())
}
