//! `meridian evaluate`: how far a language model agrees with the project's statements.

use std::path::PathBuf;

use super::console::Console;
use super::{Ended, open_engine};
use crate::domain::evaluation::Method;
use crate::stages::evaluate::{EvaluationPlan, Judge, OnTop};
use crate::stages::results::{Findings, tables};

/// Arguments of `evaluate`.
#[derive(clap::Args)]
pub(super) struct EvaluateArgs {
    /// The project's folder
    project: PathBuf,
    /// Folder of the model, `demonstration:NAME`, or the name of a model the project names
    #[arg(long, value_name = "DIR")]
    model: String,
    /// Folder of a PEFT adapter to put on top
    #[arg(long, value_name = "DIR")]
    adapter: Option<PathBuf>,
    /// Methods, separated by commas: mc, aj, agree [default: as the project says]
    #[arg(long, value_delimiter = ',', value_parser = ["mc", "aj", "agree"])]
    method: Vec<String>,
    /// Who judges answers: `rules`, or the folder of a local model
    #[arg(long, value_name = "rules|DIR", default_value = "rules")]
    judge: String,
    /// Trials [default: as the project says, 3]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
    trials: Option<u32>,
    /// Name to show [default: the folder's last part]
    #[arg(long)]
    name: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Evaluates the model.
pub(super) fn evaluate(args: &EvaluateArgs, console: &Console) -> anyhow::Result<Ended> {
    let mut engine = open_engine(&args.project)?;
    let (model, folder) = engine.model_folder(&args.model);
    let methods: Vec<Method> = if args.method.is_empty() {
        engine.settings.methods.clone()
    } else {
        args.method
            .iter()
            .filter_map(|m| Method::parse(m))
            .collect()
    };
    let mut runs = Vec::new();
    for method in methods {
        let plan = EvaluationPlan {
            model: model.clone(),
            folder: folder.clone(),
            on_top: args.adapter.clone().map_or(OnTop::Nothing, OnTop::Adapter),
            name: args.name.clone(),
            method,
            judge: match args.judge.as_str() {
                "rules" => Judge::Annotator,
                folder => Judge::Model(folder.to_owned()),
            },
            n_trials: args.trials.unwrap_or(engine.settings.n_trials),
        };
        runs.push(engine.evaluate(plan, console)?);
    }
    let findings = Findings::read(&engine.store, &engine.settings)?;
    let tables = tables(&findings, engine.settings.seed);
    let mut rows = Vec::new();
    for table in &tables {
        for row in &table.rows {
            let ours = matches!(row.kind, crate::domain::results::RowKind::Own { run, .. } if runs.iter().any(|r| r.id == run));
            if !ours {
                continue;
            }
            for (cell, column) in row.cells.iter().zip(&table.columns) {
                let Some(rate) = cell.rate_share else {
                    continue;
                };
                let (low, high) = cell.interval.unwrap_or((0.0, 1.0));
                if args.json {
                    rows.push(serde_json::json!({
                        "method": table.method.code(), "set": table.set.code(), "nation": column.nation.code(),
                        "rate": rate, "low": low, "high": high, "n": cell.n_items, "trials": cell.n_trials,
                    }));
                } else {
                    console.result(&format!(
                        "{:<6}{:<11}{:<4}{rate:.3}  {low:.3}–{high:.3}  n {}",
                        table.method.name(),
                        table.set.name(),
                        column.nation.code(),
                        cell.n_items
                    ));
                }
            }
        }
    }
    if args.json {
        let runs: Vec<i64> = runs.iter().map(|r| r.id.0).collect();
        console.result(&serde_json::json!({"runs": runs, "cells": rows}).to_string());
    } else {
        for run in &runs {
            console.say(&format!("run {}: {}", run.id, run.subject));
        }
        console
            .say("next: meridian report PROJECT --output DIR, or meridian compare PROJECT RUN RUN");
    }
    Ok(Ended::Done)
}
