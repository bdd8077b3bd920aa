//! `meridian tool`: the engines alone, on JSON lines and model folders, without a project.

mod dpo;
mod generate;
mod pretrain;
mod score;

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use clap::Subcommand;
use serde::de::DeserializeOwned;

use super::Ended;
use super::console::Console;
use crate::nn::lora::Adapter;
use crate::nn::model::LanguageModel;
use crate::nn::{demonstration, device};

/// An engine.
#[derive(Subcommand)]
pub(super) enum Tool {
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
    let beside = path.with_extension("tmp");
    let write = || -> std::io::Result<()> {
        let mut out = std::io::BufWriter::new(fs::File::create(&beside)?);
        for line in lines {
            writeln!(out, "{line}")?;
        }
        out.flush()?;
        drop(out);
        fs::rename(&beside, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
