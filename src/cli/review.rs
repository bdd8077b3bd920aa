//! `meridian review`: lists, accepts, applies, exports and audits the review of flagged edges.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::console::Console;
use super::{Ended, open_engine, run};
use crate::base::ids::EdgeId;
use crate::domain::conflict::Verdict;
use crate::jobs::OpenReview;
use crate::store::{Access, Store};

/// Arguments of `review`.
#[derive(clap::Args)]
pub(super) struct ReviewArgs {
    /// The project's folder
    project: PathBuf,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the flagged edges of the open round
    List {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Take the machine's proposals for the open round, and flag the next
    Accept {
        /// All rounds, one after another
        #[arg(long)]
        all: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Apply verdicts from a file of JSON lines {"edge", "verdict", "reviewer", "note"}
    Apply {
        /// The file
        file: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Write the record of decisions as JSON lines
    Export {
        /// The file to write
        file: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Replay the record of decisions and compare it with what the project holds
    Audit {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// A line of the files that `export` writes and `apply` reads.
#[derive(Serialize, Deserialize)]
struct VerdictLine {
    edge: i64,
    verdict: String,
    #[serde(default = "unnamed")]
    reviewer: String,
    #[serde(default)]
    note: String,
}

fn unnamed() -> String {
    "unnamed".to_owned()
}

/// Runs the review's command.
pub(super) fn review(args: &ReviewArgs, console: &Console) -> anyhow::Result<Ended> {
    match &args.action {
        Action::List { json } => list(args, *json, console),
        Action::Accept { all, json } => {
            let mut engine = open_engine(&args.project)?;
            let (accepted, outcome) = engine.accept(*all, console)?;
            console.say(&format!(
                "the machine's proposals taken (rounds: {}): {} edges removed, {} kept",
                accepted.n_rounds, accepted.n_removed, accepted.n_kept
            ));
            Ok(run::tell(outcome, *json, console))
        }
        Action::Apply { file, json } => apply(args, file, *json, console),
        Action::Export { file, json } => export(args, file, *json, console),
        Action::Audit { json } => audit(args, *json, console),
    }
}

fn list(args: &ReviewArgs, json: bool, console: &Console) -> anyhow::Result<Ended> {
    let store = Store::open(&args.project, Access::Read)?;
    let review = OpenReview::read(&store)?;
    let Some(review) = review else {
        if json {
            console.result(r#"{"round":null,"flags":[]}"#);
        } else {
            console.say("no round waits for review");
        }
        return Ok(Ended::Done);
    };
    let texts: BTreeMap<_, _> = store
        .statements()?
        .into_iter()
        .map(|s| (s.id, s.text))
        .collect();
    let edges: BTreeMap<_, _> = store
        .edges(review.run)?
        .into_iter()
        .map(|(n, e)| (e.id, (n, e)))
        .collect();
    let mut rows = Vec::new();
    for (flag, decision) in &review.flags {
        let Some((nation, edge)) = edges.get(&flag.edge) else {
            continue;
        };
        let text = |id| texts.get(&id).map_or("", String::as_str);
        let (against, deviating) = if flag.deviating == edge.a {
            (edge.b, edge.a)
        } else {
            (edge.a, edge.b)
        };
        let verdict = decision.as_ref().map(|d| d.verdict.code());
        if json {
            rows.push(serde_json::json!({
                "edge": flag.edge.0, "nation": nation.code(), "priority": flag.priority, "cycles": flag.n_cycles,
                "dominant": flag.dominant, "statement": text(against), "deviating": text(deviating),
                "proposal": flag.proposal.code(), "verdict": verdict,
            }));
        } else {
            console.result(&format!(
                "edge {} · {} · priority {:.2} · {} cycles · machine proposes {}{}\n    {}\n  × {}",
                flag.edge,
                nation,
                flag.priority,
                flag.n_cycles,
                flag.proposal.code(),
                verdict.map_or_else(String::new, |v| format!(" · decided: {v}")),
                text(against),
                text(deviating)
            ));
        }
    }
    if json {
        console.result(
            &serde_json::json!({"round": review.round, "open": review.n_open(), "flags": rows})
                .to_string(),
        );
    } else {
        console.say(&format!(
            "round {}: {} of {} without a verdict",
            review.round,
            review.n_open(),
            review.flags.len()
        ));
    }
    Ok(Ended::Done)
}

fn apply(
    args: &ReviewArgs,
    file: &PathBuf,
    json: bool,
    console: &Console,
) -> anyhow::Result<Ended> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("cannot read the verdicts: {}", file.display()))?;
    let mut decisions = Vec::new();
    for (i, line) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        let row: VerdictLine = serde_json::from_str(line).with_context(|| {
            format!(
                "line {} is no verdict such as {{\"edge\": 12, \"verdict\": \"keep\"}}",
                i + 1
            )
        })?;
        let Some(verdict) = Verdict::parse(&row.verdict) else {
            bail!(
                "line {}: a verdict is keep, remove, not-sure or undo, not {:?}",
                i + 1,
                row.verdict
            );
        };
        decisions.push((EdgeId(row.edge), verdict, row.reviewer, row.note));
    }
    if decisions.is_empty() {
        bail!(
            "the file holds no verdicts; `meridian review PROJECT list --json` shows what is asked"
        );
    }
    let mut engine = open_engine(&args.project)?;
    engine.decide_all(&decisions)?;
    let n_open = OpenReview::read(&engine.store)?.map_or(0, |r| r.n_open());
    if json {
        console
            .result(&serde_json::json!({"applied": decisions.len(), "open": n_open}).to_string());
    } else {
        console.say(&format!(
            "{} verdicts stored, {n_open} edges of the round still open; `meridian run PROJECT` goes on when none is",
            decisions.len()
        ));
    }
    Ok(Ended::Done)
}

fn export(
    args: &ReviewArgs,
    file: &PathBuf,
    json: bool,
    console: &Console,
) -> anyhow::Result<Ended> {
    let store = Store::open(&args.project, Access::Read)?;
    let decisions = match store.newest_run("reduce")? {
        Some(run) => store.decisions(run.id)?,
        None => Vec::new(),
    };
    let mut out = String::new();
    for d in &decisions {
        out.push_str(&serde_json::to_string(&VerdictLine {
            edge: d.edge.0,
            verdict: d.verdict.code().to_owned(),
            reviewer: d.reviewer.clone(),
            note: d.note.clone(),
        })?);
        out.push('\n');
    }
    fs::write(file, out)
        .with_context(|| format!("cannot write the decisions: {}", file.display()))?;
    if json {
        console.result(
            &serde_json::json!({"decisions": decisions.len(), "file": file.to_string_lossy()})
                .to_string(),
        );
    } else {
        console.say(&format!(
            "{} decisions written to {}",
            decisions.len(),
            file.display()
        ));
    }
    Ok(Ended::Done)
}

fn audit(args: &ReviewArgs, json: bool, console: &Console) -> anyhow::Result<Ended> {
    let store = Store::open(&args.project, Access::Read)?;
    let audit = crate::stages::reduce::audit(&store)?;
    if json {
        console.result(
            &serde_json::json!({"decisions": audit.n_decisions, "rounds": audit.n_rounds, "agrees": audit.agrees, "differences": audit.differences})
                .to_string(),
        );
    } else {
        console.result(&format!(
            "{} decisions in {} closed rounds replayed: {}",
            audit.n_decisions,
            audit.n_rounds,
            if audit.agrees {
                "the project holds exactly what they lead to"
            } else {
                "the project differs"
            }
        ));
        for difference in &audit.differences {
            console.result(difference);
        }
    }
    if !audit.agrees {
        bail!(
            "the record of decisions does not lead to what the project holds; restore it from a backup"
        );
    }
    Ok(Ended::Done)
}
