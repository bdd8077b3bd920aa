//! `meridian verify`: draws pairs for people to judge, takes their judgments, and tells rates and agreement.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use serde::Deserialize;
use serde_json::{Value, json};

use super::console::Console;
use super::{Ended, open_engine};
use crate::base::ids::{ItemId, SampleId, StatementId};
use crate::base::seed::Seed;
use crate::domain::corpus::Nation;
use crate::domain::verification::{
    Judgment, N_PER_NATION, OVERLAP_SHARE, Role, Said, Sample, SampleKind, SamplePlan,
    VerificationError,
};
use crate::jobs::{Saying, Verifies as _};
use crate::stages::verification::measure::judgments_by_reviewer;
use crate::stages::verification::{Coefficient, Rates, Verification, export as tables, propose};
use crate::store::{Access, JudgedStatement, Store};

/// Arguments of `verify`.
#[derive(clap::Args)]
pub(super) struct VerifyArgs {
    /// The project's folder
    project: PathBuf,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Draw pairs of statements and deal them out to reviewers
    Sample(SampleArgs),
    /// List the verified statement that would be chosen for each nation, and why
    Propose {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List the samples; with a reviewer, that reviewer's pairs in the order of judging
    List {
        /// Whose pairs; only this reviewer's own judgments are shown
        #[arg(long)]
        reviewer: Option<String>,
        /// Only the pairs this reviewer has not judged
        #[arg(long, requires = "reviewer")]
        open: bool,
        #[command(flatten)]
        of: Of,
    },
    /// Take judgments from a file of JSON lines {"item", "reviewer", "judgment", "note"}
    Judge {
        /// The file; a judgment is align, conflict, unrelated or undo, and "role" may be adjudicator
        file: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Take a reviewer's newest judgment back
    Undo {
        /// Who
        #[arg(long)]
        reviewer: String,
        /// Take back the reviewer's newest word as adjudicator
        #[arg(long)]
        adjudication: bool,
        #[command(flatten)]
        of: Of,
    },
    /// List the pairs that reviewers disagree on, with everyone's judgment
    Disagreements {
        /// Also while somebody has not finished: whoever reads it is no longer blind
        #[arg(long)]
        early: bool,
        #[command(flatten)]
        of: Of,
    },
    /// Tell rates with intervals and how far reviewers agree
    Rates {
        #[command(flatten)]
        of: Of,
    },
    /// Write one CSV row for each pair and reviewer, and beside it FILE-summary.csv with rates and agreement
    Export {
        /// The file to write
        file: PathBuf,
        #[command(flatten)]
        of: Of,
    },
}

#[derive(clap::Args)]
struct Of {
    /// Number of the sample; the newest where none is named
    #[arg(long)]
    sample: Option<i64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct SampleArgs {
    /// Pairs of each nation
    #[arg(long, default_value_t = N_PER_NATION)]
    per_nation: usize,
    /// Statements against a verified one, or pairs within issues before and after reduction
    #[arg(long, value_enum, default_value = "random")]
    kind: Kind,
    /// Who judges, separated by commas
    #[arg(long, value_delimiter = ',', required = true)]
    reviewers: Vec<String>,
    /// Share of the pairs that every reviewer judges
    #[arg(long, default_value_t = OVERLAP_SHARE)]
    overlap: f64,
    /// Pairs of a reviewer at most
    #[arg(long)]
    per_reviewer: Option<usize>,
    /// A verified statement by its id; once for each nation, the proposed one where none is named
    #[arg(long)]
    anchor: Vec<i64>,
    /// Seed of the draw; the project's where none is named
    #[arg(long)]
    seed: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Random,
    Within,
}

/// A line of the file that `judge` reads.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JudgmentLine {
    item: i64,
    reviewer: String,
    judgment: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    seconds: Option<f64>,
    #[serde(default)]
    role: Option<String>,
}

/// Runs the command.
pub(super) fn verify(args: &VerifyArgs, console: &Console) -> anyhow::Result<Ended> {
    let project = &args.project;
    match &args.action {
        Action::Sample(sample) => draw(project, sample, console),
        Action::Propose { json } => proposals(project, *json, console),
        Action::List { reviewer, open, of } => match reviewer {
            Some(reviewer) => items(project, reviewer, *open, of, console),
            None => samples(project, of, console),
        },
        Action::Judge { file, json } => judge(project, file, *json, console),
        Action::Undo {
            reviewer,
            adjudication,
            of,
        } => undo(project, reviewer, *adjudication, of, console),
        Action::Disagreements { early, of } => disagreements(project, *early, of, console),
        Action::Rates { of } => rates(project, of, console),
        Action::Export { file, of } => export(project, file, of, console),
    }
}

fn read(project: &Path, of: &Of) -> anyhow::Result<(Store, Verification)> {
    let store = Store::open(project, Access::Read)?;
    let found = Verification::read(&store, of.sample.map(SampleId))?;
    Ok((store, found))
}

fn draw(project: &Path, args: &SampleArgs, console: &Console) -> anyhow::Result<Ended> {
    let mut engine = open_engine(project)?;
    let plan = SamplePlan {
        kind: match args.kind {
            Kind::Random => SampleKind::Random,
            Kind::Within => SampleKind::Within,
        },
        n_per_nation: args.per_nation,
        reviewers: args.reviewers.clone(),
        overlap_share: args.overlap,
        n_per_reviewer: args.per_reviewer,
        anchors: BTreeMap::new(),
        seed: args.seed.map_or(engine.settings.seed, Seed),
    };
    let chosen: Vec<StatementId> = args.anchor.iter().copied().map(StatementId).collect();
    let who = args.reviewers.first().map_or("", String::as_str);
    let (sample, remarks) = engine.draw_sample(plan, &chosen, who)?;
    for remark in &remarks {
        console.say(remark);
    }
    let v = Verification::read(&engine.store, Some(sample))?;
    if args.json {
        let mut out = sample_json(&v);
        if let Value::Object(fields) = &mut out {
            fields.insert("remarks".to_owned(), json!(remarks));
        }
        console.result(&out.to_string());
    } else {
        console.say(&format!(
            "sample {sample}: {} pairs drawn; `meridian verify PROJECT list --reviewer NAME` shows them",
            v.items.len()
        ));
    }
    Ok(Ended::Done)
}

fn proposals(project: &Path, json: bool, console: &Console) -> anyhow::Result<Ended> {
    let store = Store::open(project, Access::Read)?;
    let found = propose(&store)?;
    if json {
        let rows: Vec<Value> = found
            .iter()
            .map(|p| {
                json!({
                    "nation": p.nation.code(), "statement": p.statement.0, "text": p.text, "reason": p.reason,
                })
            })
            .collect();
        console.result(&json!({"proposals": rows}).to_string());
        return Ok(Ended::Done);
    }
    for p in &found {
        console.result(&format!("{} {} {}", p.nation, p.statement, p.text));
        console.result(&format!("    {}", p.reason));
    }
    if found.is_empty() {
        console.say(&VerificationError::NoStatements.to_string());
    }
    Ok(Ended::Done)
}

fn sample_json(v: &Verification) -> Value {
    let plan = &v.sample.plan;
    let anchors: BTreeMap<&str, i64> = plan.anchors.iter().map(|(n, s)| (n.code(), s.0)).collect();
    let reviewers: Vec<Value> = plan
        .reviewers
        .iter()
        .map(|r| {
            let mine = v.items.iter().filter(|i| i.reviewers.contains(r));
            let n_judged = mine.clone().filter(|i| v.judgments.of(i.id, r).is_some());
            json!({"name": r, "dealt": mine.count(), "judged": n_judged.count()})
        })
        .collect();
    json!({
        "sample": v.sample.id.0, "kind": plan.kind.code(), "seed": plan.seed.0, "per_nation": plan.n_per_nation,
        "overlap": plan.overlap_share, "per_reviewer": plan.n_per_reviewer, "anchors": anchors,
        "after_reduction": v.sample.is_after_reduction, "items": v.items.len(), "reviewers": reviewers,
        "finished": v.is_finished(),
    })
}

fn samples(project: &Path, of: &Of, console: &Console) -> anyhow::Result<Ended> {
    let store = Store::open(project, Access::Read)?;
    let all: Vec<Sample> = store
        .samples()?
        .into_iter()
        .filter(|s| of.sample.is_none_or(|id| s.id.0 == id))
        .collect();
    let mut rows = Vec::new();
    for sample in &all {
        let v = Verification::read(&store, Some(sample.id))?;
        if of.json {
            rows.push(sample_json(&v));
            continue;
        }
        console.result(&format!(
            "sample {} · {} · {} pairs",
            sample.id,
            sample.plan.kind.name().to_lowercase(),
            v.items.len()
        ));
        for p in v.measure().progress {
            console.result(&format!(
                "    {} judged {} of {}",
                p.reviewer,
                p.n_judged(),
                p.n_dealt
            ));
        }
    }
    if of.json {
        console.result(&json!({"samples": rows}).to_string());
    } else if all.is_empty() {
        console.say(&VerificationError::NoSample.to_string());
    }
    Ok(Ended::Done)
}

fn items(
    project: &Path,
    reviewer: &str,
    only_open: bool,
    of: &Of,
    console: &Console,
) -> anyhow::Result<Ended> {
    let (store, v) = read(project, of)?;
    let plan = &v.sample.plan;
    if !plan.reviewers.iter().any(|r| r == reviewer) {
        bail!(
            "sample {} has no reviewer {reviewer:?}; its reviewers are {}",
            v.sample.id,
            plan.reviewers.join(", ")
        );
    }
    let statements = store.sample_statements(v.sample.id)?;
    let text = |id| {
        statements
            .get(&id)
            .map_or("", |s: &JudgedStatement| s.text.as_str())
    };
    let by_id: BTreeMap<ItemId, _> = v.items.iter().map(|i| (i.id, i)).collect();
    let mut rows = Vec::new();
    for id in store.dealt_to(v.sample.id, reviewer)? {
        let Some(item) = by_id.get(&id) else { continue };
        let own = v.judgments.of(id, reviewer);
        if only_open && own.is_some() {
            continue;
        }
        let judgment = own.map(|j| j.judgment.code());
        if of.json {
            rows.push(json!({
                "item": id.0, "nation": item.nation.code(), "verified": text(item.anchor),
                "statement": text(item.other), "judgment": judgment,
            }));
        } else {
            console.result(&format!(
                "item {id} · {}{}\n    {}\n  ? {}",
                item.nation,
                judgment.map_or_else(String::new, |j| format!(" · judged: {j}")),
                text(item.anchor),
                text(item.other)
            ));
        }
    }
    if of.json {
        console.result(
            &json!({"sample": v.sample.id.0, "reviewer": reviewer, "items": rows}).to_string(),
        );
    }
    Ok(Ended::Done)
}

fn judge(project: &Path, file: &Path, json: bool, console: &Console) -> anyhow::Result<Ended> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("cannot read the judgments: {}", file.display()))?;
    let mut sayings = Vec::new();
    for (i, line) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        let row: JudgmentLine = serde_json::from_str(line).with_context(|| {
            format!(
                "line {} is no judgment such as {{\"item\": 12, \"reviewer\": \"ada\", \"judgment\": \"align\"}}",
                i + 1
            )
        })?;
        let Some(said) = Said::parse(&row.judgment) else {
            bail!(
                "line {}: a judgment is align, conflict, unrelated or undo, not {:?}",
                i + 1,
                row.judgment
            );
        };
        let role = match row.role.as_deref() {
            None | Some("reviewer") => Role::Reviewer,
            Some("adjudicator") => Role::Adjudicator,
            Some(other) => bail!(
                "line {}: a role is reviewer or adjudicator, not {other:?}",
                i + 1
            ),
        };
        if row.seconds.is_some_and(|s| !(s.is_finite() && s >= 0.0)) {
            bail!("line {}: seconds cannot be negative", i + 1);
        }
        sayings.push(Saying {
            item: ItemId(row.item),
            reviewer: row.reviewer,
            role,
            said,
            note: row.note,
            spent_secs: row.seconds,
        });
    }
    let Some(first) = sayings.first() else {
        bail!(
            "the file holds no judgments; `meridian verify PROJECT list --reviewer NAME --json` shows what is asked"
        );
    };
    let mut engine = open_engine(project)?;
    engine.judge_all(&sayings)?;
    let sample = engine.store.sample_of(first.item)?;
    let v = Verification::read(&engine.store, sample)?;
    let n_open: usize = v
        .items
        .iter()
        .map(|i| {
            let missing = i
                .reviewers
                .iter()
                .filter(|r| v.judgments.of(i.id, r).is_none());
            missing.count()
        })
        .sum();
    if json {
        console.result(&json!({"taken": sayings.len(), "open": n_open}).to_string());
    } else {
        console.say(&format!(
            "{} judgments stored, {n_open} of sample {} still to come",
            sayings.len(),
            v.sample.id
        ));
    }
    Ok(Ended::Done)
}

fn undo(
    project: &Path,
    reviewer: &str,
    adjudication: bool,
    of: &Of,
    console: &Console,
) -> anyhow::Result<Ended> {
    let mut engine = open_engine(project)?;
    let sample = Verification::read(&engine.store, of.sample.map(SampleId))?
        .sample
        .id;
    let role = if adjudication {
        Role::Adjudicator
    } else {
        Role::Reviewer
    };
    let Some(item) = engine.undo_judgment(sample, reviewer, role)? else {
        bail!("sample {sample} holds no judgment to take back of this reviewer: {reviewer}");
    };
    if of.json {
        console.result(&json!({"undone": item.0}).to_string());
    } else {
        console.say(&format!("the judgment of item {item} is taken back"));
    }
    Ok(Ended::Done)
}

fn disagreements(project: &Path, early: bool, of: &Of, console: &Console) -> anyhow::Result<Ended> {
    let (store, v) = read(project, of)?;
    if !(early || v.is_finished()) {
        bail!(
            "not everyone has finished, and who reads on is no longer blind; `--early` opens the list all the same"
        );
    }
    let statements = store.sample_statements(v.sample.id)?;
    let text = |id| {
        statements
            .get(&id)
            .map_or("", |s: &JudgedStatement| s.text.as_str())
    };
    let mut rows = Vec::new();
    for item in v.disputed() {
        let said: Vec<(&str, Judgment)> = judgments_by_reviewer(&v, item)
            .into_iter()
            .filter_map(|(r, j)| Some((r, j?)))
            .collect();
        let last = v.judgments.adjudicated(item.id);
        if of.json {
            let judgments: serde_json::Map<String, Value> = said
                .iter()
                .map(|(r, j)| ((*r).to_owned(), j.code().into()))
                .collect();
            rows.push(json!({
                "item": item.id.0, "nation": item.nation.code(), "verified": text(item.anchor),
                "statement": text(item.other), "judgments": judgments,
                "adjudicated": last.map(|l| l.judgment.code()), "adjudicator": last.map(|l| l.reviewer.as_str()),
            }));
        } else {
            let words: Vec<String> = said
                .iter()
                .map(|(r, j)| format!("{r}: {}", j.code()))
                .collect();
            console.result(&format!(
                "item {} · {} · {}{}\n    {}\n  ? {}",
                item.id,
                item.nation,
                words.join(", "),
                last.map_or_else(String::new, |l| format!(
                    " · {} decided: {}",
                    l.reviewer,
                    l.judgment.code()
                )),
                text(item.anchor),
                text(item.other)
            ));
        }
    }
    if of.json {
        console.result(&json!({"sample": v.sample.id.0, "disagreements": rows}).to_string());
    } else {
        console.say(&format!("{} pairs are disputed", v.disputed().count()));
    }
    Ok(Ended::Done)
}

fn rates(project: &Path, of: &Of, console: &Console) -> anyhow::Result<Ended> {
    let (_, v) = read(project, of)?;
    let measured = v.measure();
    if of.json {
        let progress: Vec<Value> = measured
            .progress
            .iter()
            .map(|p| {
                json!({
                    "reviewer": p.reviewer, "dealt": p.n_dealt, "judged": p.n_judged(), "median_seconds": p.median_secs,
                    "judgments": by_judgment(|j| json!(p.counts.get(j.idx()))),
                })
            })
            .collect();
        let rates: Vec<Value> = measured.rates.iter().map(rate_json).collect();
        let agreement: Vec<Value> = measured.agreement.iter().map(coefficient_json).collect();
        console.result(
            &json!({
                "sample": v.sample.id.0, "kind": v.sample.plan.kind.code(), "finished": v.is_finished(),
                "reviewers": progress, "rates": rates, "agreement": agreement,
            })
            .to_string(),
        );
        return Ok(Ended::Done);
    }
    for p in &measured.progress {
        console.result(&format!(
            "{} judged {} of {}",
            p.reviewer,
            p.n_judged(),
            p.n_dealt
        ));
    }
    for r in &measured.rates {
        console.result(&rate_line(r));
    }
    for c in &measured.agreement {
        console.result(&coefficient_line(c));
    }
    Ok(Ended::Done)
}

fn by_judgment(value: impl Fn(Judgment) -> Value) -> Value {
    let fields = Judgment::ALL.map(|j| (j.code().to_owned(), value(j)));
    Value::Object(fields.into_iter().collect())
}

fn nation_code(nation: Option<&Nation>) -> &str {
    nation.map_or("all", Nation::code)
}

fn rate_json(r: &Rates) -> Value {
    let of = |j: Judgment| {
        r.rate(j).map_or(Value::Null, |(rate, i)| {
            json!({"n": r.counts.get(j.idx()), "rate": rate, "low": i.low, "high": i.high})
        })
    };
    json!({
        "nation": nation_code(r.nation.as_ref()), "pairs": r.stratum.code(), "items": r.n_items, "settled": r.n_settled(),
        "open": r.n_open, "disputed": r.n_disputed, "judgments": by_judgment(of),
    })
}

fn rate_line(r: &Rates) -> String {
    let words: Vec<String> = Judgment::ALL
        .iter()
        .map(|j| {
            r.rate(*j).map_or_else(
                || format!("{} –", j.code()),
                |(rate, i)| {
                    format!(
                        "{} {:.1} % ({:.1} to {:.1})",
                        j.code(),
                        100.0 * rate,
                        100.0 * i.low,
                        100.0 * i.high
                    )
                },
            )
        })
        .collect();
    let which = match r.stratum.code() {
        "all" => String::new(),
        other => format!(" {other} reduction"),
    };
    let left = if r.n_disputed > 0 {
        format!(", {} disputed are left out", r.n_disputed)
    } else {
        String::new()
    };
    format!(
        "{:<4}{which} {} of {} pairs settled{left}: {}",
        nation_code(r.nation.as_ref()),
        r.n_settled(),
        r.n_items,
        words.join(", ")
    )
}

fn coefficient_json(c: &Coefficient) -> Value {
    let found = c.value.ok();
    let interval = found.and_then(|f| f.interval.ok());
    json!({
        "coefficient": c.name.code(), "nation": nation_code(c.nation.as_ref()),
        "between": c.between.as_ref().map(|(a, b)| [a, b]),
        "value": found.map(|f| f.agreement.value), "low": interval.map(|i| i.low), "high": interval.map(|i| i.high),
        "observed": found.map(|f| f.agreement.observed_share), "chance": found.map(|f| f.agreement.chance_share),
        "items": found.map_or(0, |f| f.agreement.n_items), "remark": c.remark(),
    })
}

fn coefficient_line(c: &Coefficient) -> String {
    let whom = c.between.as_ref().map_or_else(
        || nation_code(c.nation.as_ref()).to_owned(),
        |(a, b)| format!("{a} and {b}"),
    );
    let value = match &c.value {
        Ok(found) => {
            let interval = found.interval.map_or_else(
                |_| String::new(),
                |i| format!(" ({:.2} to {:.2})", i.low, i.high),
            );
            format!(
                "{:.3}{interval} on {} items",
                found.agreement.value, found.agreement.n_items
            )
        }
        Err(_) => "undefined".to_owned(),
    };
    let remark = c.remark().map_or_else(String::new, |r| format!(": {r}"));
    format!("{} · {whom} · {value}{remark}", c.name.name())
}

fn export(project: &Path, file: &Path, of: &Of, console: &Console) -> anyhow::Result<Ended> {
    let (store, v) = read(project, of)?;
    let summary = tables::write(&store, &v, file)?;
    if of.json {
        let out = json!({
            "sample": v.sample.id.0, "items": v.items.len(), "file": file.to_string_lossy(),
            "summary": summary.to_string_lossy(),
        });
        console.result(&out.to_string());
    } else {
        console.say(&format!(
            "{} pairs written to {}, rates and agreement to {}",
            v.items.len(),
            file.display(),
            summary.display()
        ));
    }
    Ok(Ended::Done)
}
