//! `meridian align`: trains adapters by preference and evaluates them beside the base model.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::console::Console;
use super::{Ended, open_engine};
use crate::domain::alignment::Variant;
use crate::domain::comparison::AlignmentComparison;
use crate::jobs::Engine;
use crate::stages::align::AlignmentPlan;
use crate::stages::evaluate::align_subject;
use crate::stages::results::{Findings, alignments};

/// Arguments of `align`.
#[derive(clap::Args)]
pub(super) struct AlignArgs {
    /// The project's folder
    project: PathBuf,
    /// Folder of the model, `demonstration:NAME`, or the name of a model the project names
    #[arg(long, value_name = "DIR")]
    model: String,
    /// Variants, separated by commas: no-cr (A0), cr (A1), cr-dpo (A2), dpo-only (A3)
    #[arg(long, value_delimiter = ',', value_parser = ["no-cr", "cr", "cr-dpo", "dpo-only"], default_value = "cr-dpo,dpo-only")]
    variant: Vec<String>,
    /// Folder for the adapters: VARIANT/NATION/seed-N in PEFT layout
    #[arg(long, value_name = "ADAPTER")]
    output: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Trains, evaluates, and copies the adapters.
pub(super) fn align(args: &AlignArgs, console: &Console) -> anyhow::Result<Ended> {
    let mut engine = open_engine(&args.project)?;
    let (model, folder) = engine.model_folder(&args.model);
    let mut n_adapters = 0;
    for variant in args.variant.iter().filter_map(|v| Variant::parse(v)) {
        let plan = AlignmentPlan {
            model: model.clone(),
            folder: folder.clone(),
            variant,
        };
        engine.align_and_evaluate(&plan, console)?;
        if variant.is_trained() {
            n_adapters += copy_adapters(&engine, &model, variant, &args.output)?;
        }
    }
    let findings = Findings::read(&engine.store, &engine.settings)?;
    let comparisons: Vec<AlignmentComparison> =
        alignments(&engine.store, &findings, engine.settings.seed)?
            .into_iter()
            .filter(|c| c.model == model)
            .collect();
    if args.json {
        let lines: Vec<serde_json::Value> = comparisons.iter().flat_map(lines_json).collect();
        console.result(
            &serde_json::json!({"model": model, "adapters": n_adapters, "output": args.output.to_string_lossy(), "comparison": lines})
                .to_string(),
        );
    } else {
        for line in comparisons.iter().flat_map(lines) {
            console.result(&line);
        }
        console.say(&format!(
            "{n_adapters} adapters in {}; next: meridian report PROJECT --output DIR",
            args.output.display()
        ));
    }
    Ok(Ended::Done)
}

/// Copies the adapters of a variant out of the project.
fn copy_adapters(
    engine: &Engine,
    model: &str,
    variant: Variant,
    output: &Path,
) -> anyhow::Result<usize> {
    let of = crate::domain::run::slot("align", &align_subject(model, variant));
    let Some(run) = engine.store.current_run(&of)? else {
        return Ok(0);
    };
    let mut n = 0;
    for (key, _) in engine.store.adapters(run.id)? {
        let nation = if key.nation.is_empty() {
            "all"
        } else {
            &key.nation
        };
        let to = output
            .join(variant.code())
            .join(nation)
            .join(format!("seed-{}", key.seed));
        fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
        let from = engine.store.adapter_folder(run.id, &key);
        for entry in
            fs::read_dir(&from).with_context(|| format!("cannot read {}", from.display()))?
        {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                let target = to.join(entry.file_name());
                fs::copy(entry.path(), &target)
                    .with_context(|| format!("cannot write {}", target.display()))?;
            }
        }
        n += 1;
    }
    Ok(n)
}

/// Rates and differences as lines of text.
fn lines(c: &AlignmentComparison) -> Vec<String> {
    c.nations
        .iter()
        .chain(std::iter::once(&c.overall))
        .map(|s| {
            let rate = |i: usize| {
                s.rates
                    .get(i)
                    .copied()
                    .flatten()
                    .map_or_else(|| "   –".to_owned(), |r| format!("{:.3}", r.rate_share))
            };
            let difference = s.a2_minus_a1.map_or_else(String::new, |d| {
                format!(
                    "  A2−A1 {:+.1} points ({:+.1} to {:+.1}), p {:.4}",
                    100.0 * d.difference,
                    100.0 * d.interval.0,
                    100.0 * d.interval.1,
                    d.p_holm
                )
            });
            format!(
                "{:<6}{:<4}n {:<5} A0 {} A1 {} A2 {} A3 {}{difference}",
                c.method.name(),
                s.nation
                    .map_or_else(|| "all".to_owned(), |n| n.code().to_owned()),
                s.n_items,
                rate(0),
                rate(1),
                rate(2),
                rate(3)
            )
        })
        .collect()
}

fn lines_json(c: &AlignmentComparison) -> Vec<serde_json::Value> {
    c.nations
        .iter()
        .chain(std::iter::once(&c.overall))
        .map(|s| {
            let rates: Vec<Option<f64>> = s.rates.iter().map(|r| r.map(|r| r.rate_share)).collect();
            serde_json::json!({
                "method": c.method.code(),
                "nation": s.nation.map(|n| n.code().to_owned()),
                "n": s.n_items,
                "rates": rates,
                "a2_minus_a1": s.a2_minus_a1.map(|d| d.difference),
                "low": s.a2_minus_a1.map(|d| d.interval.0),
                "high": s.a2_minus_a1.map(|d| d.interval.1),
                "p_mcnemar": s.a2_minus_a1.map(|d| d.p_mcnemar),
                "p_holm": s.a2_minus_a1.map(|d| d.p_holm),
                "detectable": s.a2_minus_a1.map(|d| d.detectable),
                "a2_minus_a3": s.a2_minus_a3.map(|d| d.difference),
                "seed_differences": if s.nation.is_none() { Some(c.seed_differences.clone()) } else { None },
            })
        })
        .collect()
}
