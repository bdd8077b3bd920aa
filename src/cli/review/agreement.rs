//! `review agreement`: what each reviewer did, how far they agree beyond chance, and where they differ.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::bail;
use serde_json::{Value, json};

use crate::base::ids::IssueId;
use crate::base::seed::Seed;
use crate::cli::Ended;
use crate::cli::console::Console;
use crate::domain::review::MACHINE;
use crate::domain::review::agreement::AgreementRecord;
use crate::stages::reduce::{PairMeasure, agreement, measure_pairs};
use crate::store::{Access, Store};

/// Compares the reviewers of a project.
pub(super) fn compare(project: &Path, json: bool, console: &Console) -> anyhow::Result<Ended> {
    let store = Store::open(project, Access::Read)?;
    let Some(run) = store.newest_run("reduce")? else {
        bail!("the project has no reduction yet; `meridian run PROJECT` makes one");
    };
    let record = agreement(&store, run.id)?;
    let measured = measure_pairs(&record, Seed(run.seed), &[]);
    let propositions: BTreeMap<IssueId, String> = store
        .issues(run.id)?
        .into_iter()
        .map(|i| (i.id, i.proposition))
        .collect();
    if json {
        console.result(&record_json(&record, &measured, &propositions).to_string());
        return Ok(Ended::Done);
    }
    if record.reviewers.is_empty() {
        console.say("nobody has decided on anything yet");
        return Ok(Ended::Done);
    }
    for r in &record.reviewers {
        let adjudicated = match r.n_adjudicated {
            0 => String::new(),
            n => format!(", {n} adjudicated"),
        };
        console.result(&format!(
            "{}: {} keep, {} remove, {} not sure{adjudicated}",
            r.reviewer, r.n_keep, r.n_remove, r.n_not_sure
        ));
    }
    let mut above = None;
    for pair in &measured {
        if let Some(issue) = pair.issue.filter(|_| pair.issue != above) {
            console.result(propositions.get(&issue).map_or("", String::as_str));
        }
        above = pair.issue;
        let indent = if above.is_some() { "  " } else { "" };
        console.result(&format!("{indent}{}", pair_words(pair)));
    }
    for d in &record.disagreements {
        console.result(&format!(
            "edge {} · round {} · {} · {}",
            d.edge,
            d.round,
            d.standing.words(),
            d.issue
                .and_then(|i| propositions.get(&i))
                .map_or("", String::as_str)
        ));
        for vote in &d.votes {
            let note = if vote.note.is_empty() {
                String::new()
            } else {
                format!(" ({})", vote.note)
            };
            console.result(&format!(
                "    {}: {}{note}",
                vote.reviewer,
                vote.verdict.code()
            ));
        }
    }
    if record.over_all.is_empty() {
        console.say("no edge was judged by two people");
    }
    Ok(Ended::Done)
}

fn pair_words(measured: &PairMeasure) -> String {
    let pair = &measured.pair;
    let b = if pair.b == MACHINE {
        "the machine's proposals"
    } else {
        &pair.b
    };
    let unsure = match pair.n_unsure {
        0 => String::new(),
        n => format!("; on {n} more one cannot tell"),
    };
    let Some(share) = pair.agreed_share() else {
        return format!("{} and {b}: decided on no edge together{unsure}", pair.a);
    };
    let remark = measured.remark();
    let beyond_chance = match &measured.kappa {
        Err(_) => format!("no kappa: {}", remark.unwrap_or_default()),
        Ok(found) => {
            let interval = found.interval.map_or_else(
                |_| String::new(),
                |i| format!(" [{:.2}, {:.2}]", i.low, i.high),
            );
            let remark = remark.map_or_else(String::new, |r| format!(" ({r})"));
            format!(
                "Cohen's kappa {:.2}{interval}{remark}",
                found.agreement.value
            )
        }
    };
    format!(
        "{} and {b}: agree on {} of {} edges ({:.0} %), {beyond_chance}{unsure}",
        pair.a,
        pair.n_agree(),
        pair.n_both(),
        share * 100.0
    )
}

fn pair_json(measured: &PairMeasure) -> Value {
    let pair = &measured.pair;
    let [[both_keep, a_keeps], [b_keeps, both_remove]] = pair.table;
    let found = measured.kappa.ok();
    let interval = found.and_then(|f| f.interval.ok());
    json!({
        "a": pair.a, "b": pair.b, "both": pair.n_both(), "agree": pair.n_agree(), "share": pair.agreed_share(),
        "kappa": found.map(|f| f.agreement.value), "kappa_low": interval.map(|i| i.low),
        "kappa_high": interval.map(|i| i.high), "remark": measured.remark(),
        "both_keep": both_keep, "only_a_keeps": a_keeps, "only_b_keeps": b_keeps, "both_remove": both_remove,
        "unsure": pair.n_unsure,
    })
}

fn record_json(
    record: &AgreementRecord,
    measured: &[PairMeasure],
    propositions: &BTreeMap<IssueId, String>,
) -> Value {
    let pairs = |issue: Option<IssueId>, of_machine: bool| -> Vec<Value> {
        let wanted = measured
            .iter()
            .filter(|m| m.issue == issue && (m.pair.b == MACHINE) == of_machine);
        wanted.map(pair_json).collect()
    };
    let by_issue: Vec<Value> = record
        .by_issue
        .iter()
        .map(|(issue, _)| {
            json!({"issue": issue.0, "proposition": propositions.get(issue), "pairs": pairs(Some(*issue), false)})
        })
        .collect();
    let reviewers: Vec<Value> = record
        .reviewers
        .iter()
        .map(|r| {
            json!({
                "reviewer": r.reviewer, "keep": r.n_keep, "remove": r.n_remove, "not_sure": r.n_not_sure,
                "adjudicated": r.n_adjudicated, "seconds": r.spent_ms as f64 / 1000.0,
            })
        })
        .collect();
    let disagreements: Vec<Value> = record
        .disagreements
        .iter()
        .map(|d| {
            let votes: Vec<Value> = d
                .votes
                .iter()
                .map(|v| json!({"reviewer": v.reviewer, "verdict": v.verdict.code(), "note": v.note}))
                .collect();
            json!({
                "edge": d.edge.0, "round": d.round, "issue": d.issue.map(|i| i.0),
                "proposition": d.issue.and_then(|i| propositions.get(&i)), "standing": d.standing.state().code(),
                "votes": votes,
            })
        })
        .collect();
    json!({
        "reviewers": reviewers, "pairs": pairs(None, false), "issues": by_issue,
        "with_proposal": pairs(None, true), "disagreements": disagreements,
    })
}
