//! `meridian compare`: two evaluations on the items that both have.

use std::path::PathBuf;

use super::Ended;
use super::console::Console;
use crate::base::ids::RunId;
use crate::jobs::read_settings;
use crate::stages::results::{Findings, compare as compare_runs};
use crate::store::{Access, Store};

/// Arguments of `compare`.
#[derive(clap::Args)]
pub(super) struct CompareArgs {
    /// The project's folder
    project: PathBuf,
    /// Number of the first evaluation, as `evaluate` and `status` tell it
    first: i64,
    /// Number of the second
    second: i64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Compares the runs; reads beside a writer.
pub(super) fn compare(args: &CompareArgs, console: &Console) -> anyhow::Result<Ended> {
    let store = Store::open(&args.project, Access::Read)?;
    let settings = read_settings(&store)?;
    let findings = Findings::read(&store, &settings)?;
    let runs = [RunId(args.first), RunId(args.second)];
    let lines = compare_runs(&store, &findings, runs, settings.seed)?;
    if args.json {
        let lines: Vec<serde_json::Value> = lines
            .iter()
            .map(|l| {
                serde_json::json!({
                    "nation": l.nation.map(|n| n.code().to_owned()), "set": l.set.map(crate::domain::evaluation::ItemSet::code), "n": l.n_items,
                    "first": l.rates[0], "second": l.rates[1], "difference": l.difference.difference,
                    "low": l.difference.interval.0, "high": l.difference.interval.1,
                    "p_mcnemar": l.difference.p_mcnemar, "p_holm": l.difference.p_holm,
                    "detectable": l.difference.detectable,
                })
            })
            .collect();
        console.result(&serde_json::json!({"lines": lines}).to_string());
        return Ok(Ended::Done);
    }
    console.result("nation set        n     first second  difference (95 %)        p (Holm)");
    for l in &lines {
        let d = l.difference;
        console.result(&format!(
            "{:<7}{:<11}{:<6}{:.3} {:.3}   {:+.1} ({:+.1} to {:+.1}) points  {:.4}",
            l.nation
                .map_or_else(|| "all".to_owned(), |n| n.code().to_owned()),
            l.set.map_or("all", |s| s.code()),
            l.n_items,
            l.rates[0],
            l.rates[1],
            100.0 * d.difference,
            100.0 * d.interval.0,
            100.0 * d.interval.1,
            d.p_holm
        ));
    }
    Ok(Ended::Done)
}
