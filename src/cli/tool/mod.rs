//! `meridian tool`: the engines alone, on arrays, JSON lines and model folders, without a project.

mod arrays;
mod ctfidf;
mod dpo;
mod generate;
mod hdbscan;
mod knn;
mod pretrain;
mod score;
mod timing;
mod umap;

use std::fs;
use std::io::Write;
use std::path::Path;

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
    /// Log-probabilities of given continuations, token by token
    Score(score::ScoreArgs),
    /// Text of the model's own after prompts
    Generate(generate::GenerateArgs),
    /// Train an adapter on preference pairs
    Dpo(dpo::DpoArgs),
    /// Train small models from nothing on a project's articles, as the demonstration models were
    Pretrain(pretrain::PretrainArgs),
}

/// Runs an engine.
pub(super) fn tool(tool: &Tool, console: &Console) -> anyhow::Result<Ended> {
    match tool {
        Tool::Knn(a) => knn::knn(a, console),
        Tool::Umap(a) => umap::lay_out(a, console),
        Tool::Hdbscan(a) => hdbscan::cluster(a, console),
        Tool::Ctfidf(a) => ctfidf::weigh(a, console),
        Tool::Score(a) => score::score(a, console),
        Tool::Generate(a) => generate::generate(a, console),
        Tool::Dpo(a) => dpo::dpo(a, console),
        Tool::Pretrain(a) => pretrain::pretrain(a, console),
    }?;
    Ok(Ended::Done)
}

/// Loads a model, and an adapter where one is named.
fn load(model: &str, adapter: Option<&Path>) -> anyhow::Result<(LanguageModel, Option<Adapter>)> {
    let (device, _) = device::pick();
    let model = LanguageModel::load(&demonstration::resolve(model), &device)?;
    let adapter = adapter.map(|folder| model.adapter(folder)).transpose()?;
    Ok((model, adapter))
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
