//! `meridian tool embed`: vectors of texts, by a Sentence-Transformers folder.

use std::path::PathBuf;
use std::time::Instant;

use serde::Deserialize;

use super::{Timing, arrays, finish, read_lines};
use crate::cli::console::Console;
use crate::nn::device;
use crate::nn::encoder::Embedder;

/// Arguments of `tool embed`.
#[derive(clap::Args)]
pub(in crate::cli) struct EmbedArgs {
    /// Sentence-Transformers folder with a BERT or `RoBERTa` encoder
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// JSON lines with `text`
    texts: PathBuf,
    /// Vectors to write: float32 `.npy`, texts × dimensions
    out: PathBuf,
    /// Prompt of the folder to put before each text: query, passage or another that it names
    #[arg(long, value_name = "NAME")]
    prompt_name: Option<String>,
    /// Threads; without it one for each core. The vectors do not depend on them
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Line {
    text: String,
}

/// Embeds the texts.
pub(super) fn embed(args: &EmbedArgs, console: &Console) -> anyhow::Result<()> {
    let lines: Vec<Line> = read_lines(&args.texts)?;
    let began = Instant::now();
    let (device, name) = device::pick();
    let embedder = Embedder::load(&args.model, &device)?;
    let load_secs = began.elapsed().as_secs_f64();
    let texts: Vec<String> = lines.into_iter().map(|l| l.text).collect();
    let prompt = args.prompt_name.as_deref();
    let (vectors, mut summary) = Timing::begin("embedding", console)
        .run(args.threads, |timing| {
            Ok(embedder.embed(&texts, prompt, timing)?)
        })?;
    arrays::write(&args.out, &vectors)?;
    summary.insert("n".into(), texts.len().into());
    summary.insert("d".into(), embedder.n_dims().into());
    summary.insert("device".into(), name.into());
    summary.insert("load_secs".into(), load_secs.into());
    let text = format!(
        "{} texts, {} dimensions; written to {}",
        texts.len(),
        embedder.n_dims(),
        args.out.display()
    );
    finish(args.json, summary, &text, console);
    Ok(())
}
