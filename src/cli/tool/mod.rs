//! `meridian tool`: the engines alone, on arrays, JSON lines and model folders, without a project.

mod arrays;
mod ctfidf;
mod cycles;
mod dpo;
mod embed;
mod generate;
mod hdbscan;
mod knn;
mod merge;
mod pretrain;
mod render;
mod score;
mod synth;
mod timing;
mod umap;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use clap::Subcommand;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::console::Console;
use super::{Ended, is_cancel};
use crate::algo::map::knn::Metric;
use crate::nn::lora::Adapter;
use crate::nn::model::LanguageModel;
use crate::nn::{demonstration, device};
use timing::Timing;

/// An engine.
#[derive(Subcommand)]
pub(super) enum Tool {
    /// Nearest neighbors of every row of an array
    Knn(knn::KnnArgs),
    /// UMAP: a layout of an array's rows in few dimensions, or new rows placed on one
    Umap(umap::UmapArgs),
    /// HDBSCAN: clusters of points, and noise between them
    Hdbscan(hdbscan::HdbscanArgs),
    /// Words that set topics apart, by class-based TF-IDF
    Ctfidf(ctfidf::CtfidfArgs),
    /// Conflict cycles through every conflict link of a graph
    Cycles(cycles::CyclesArgs),
    /// Vectors of texts, by a Sentence-Transformers folder
    Embed(embed::EmbedArgs),
    /// Log-probabilities of given continuations, token by token
    Score(score::ScoreArgs),
    /// Text of the model's own after prompts
    Generate(generate::GenerateArgs),
    /// Train an adapter on preference pairs
    Dpo(dpo::DpoArgs),
    /// Write a model with an adapter merged into its weights
    Merge(merge::MergeArgs),
    /// Train small models from nothing on a project's articles, as the demonstration models were
    Pretrain(pretrain::PretrainArgs),
    /// A project of made-up documents, to try the program at any size
    Synth(synth::SynthArgs),
    /// The map's picture without a window, and how long its frames take
    Render(render::RenderArgs),
}

/// Runs an engine.
pub(super) fn tool(tool: &Tool, console: &Console) -> anyhow::Result<Ended> {
    match tool {
        Tool::Knn(a) => knn::knn(a, console),
        Tool::Umap(a) => umap::lay_out(a, console),
        Tool::Hdbscan(a) => hdbscan::cluster(a, console),
        Tool::Ctfidf(a) => ctfidf::weigh(a, console),
        Tool::Cycles(a) => cycles::cycles(a, console),
        Tool::Embed(a) => embed::embed(a, console),
        Tool::Merge(a) => merge::merge(a, console),
        Tool::Score(a) => score::score(a, console),
        Tool::Generate(a) => generate::generate(a, console),
        Tool::Dpo(a) => dpo::dpo(a, console),
        Tool::Pretrain(a) => pretrain::pretrain(a, console),
        Tool::Synth(a) => synth::synth(a, console),
        Tool::Render(a) => render::render(a, console),
    }?;
    Ok(Ended::Done)
}

/// Which model, and how it is computed.
#[derive(clap::Args)]
struct ModelArgs {
    /// Folder of the model, a GGUF file, or `demonstration:NAME`
    #[arg(long, value_name = "DIR|FILE.gguf")]
    model: String,
    /// Kind of numbers an accelerator computes with; the processor always computes in float32
    #[arg(long, value_name = "KIND", value_parser = device::KINDS, default_value = "float32")]
    dtype: String,
    /// Threads; without it one for each core. No number depends on them
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// A loaded model with the adapter in force.
struct Loaded {
    model: LanguageModel,
    adapter: Option<Adapter>,
    /// Where it is computed.
    device: &'static str,
    load_secs: f64,
}

impl Loaded {
    /// Adds what loading took to a tool's summary.
    fn describe(&self, summary: &mut Map<String, Value>) {
        summary.insert("device".into(), self.device.into());
        summary.insert("load_secs".into(), self.load_secs.into());
    }
}

/// Loads a model, and an adapter where one is named.
fn load(args: &ModelArgs, adapter: Option<&Path>) -> anyhow::Result<Loaded> {
    let began = Instant::now();
    let (device, name) = device::pick();
    let path = demonstration::resolve(&args.model);
    let model = LanguageModel::load_as(&path, &device, device::kind(&args.dtype, &device))?;
    let adapter = adapter.map(|folder| model.adapter(folder)).transpose()?;
    Ok(Loaded {
        model,
        adapter,
        device: name,
        load_secs: began.elapsed().as_secs_f64(),
    })
}

/// Reads JSON lines; a bad one is named.
fn read_lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut out = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if !line.trim().is_empty() {
            out.push(serde_json::from_str(line).with_context(|| {
                format!("line {} is not what is expected: {}", i + 1, path.display())
            })?);
        }
    }
    if out.is_empty() {
        anyhow::bail!(
            "the file has no lines; give one JSON object a line: {}",
            path.display()
        );
    }
    Ok(out)
}

/// Writes JSON lines, whole or not at all.
fn write_lines(path: &Path, lines: &[serde_json::Value]) -> anyhow::Result<()> {
    write_whole(path, |out| {
        for line in lines {
            writeln!(out, "{line}")?;
        }
        Ok(())
    })
}

/// Writes a file beside its place and moves it there when it is whole.
fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let beside = path.with_file_name(name);
    let written = || -> anyhow::Result<()> {
        let mut out = std::io::BufWriter::new(fs::File::create(&beside)?);
        write(&mut out)?;
        out.flush()?;
        drop(out);
        Ok(fs::rename(&beside, path)?)
    };
    let result = written();
    if result.is_err() {
        // What stands there is of no use; that it could not be written is the error to tell.
        drop(fs::remove_file(&beside));
    }
    result.with_context(|| format!("cannot write {}", path.display()))
}

/// Says what was done, as text or as one JSON object.
fn finish(json: bool, summary: Map<String, Value>, text: &str, console: &Console) {
    if json {
        console.result(&Value::Object(summary).to_string());
    } else {
        console.say(text);
    }
}

/// How far apart rows are.
#[derive(Clone, Copy, clap::ValueEnum)]
enum MetricArg {
    /// One minus the cosine of the angle
    Cosine,
    /// The straight line
    Euclidean,
}

impl From<MetricArg> for Metric {
    fn from(metric: MetricArg) -> Self {
        match metric {
            MetricArg::Cosine => Self::Cosine,
            MetricArg::Euclidean => Self::Euclidean,
        }
    }
}
