//! `meridian review`: lists and decides flagged edges, by hand, by rule or by package; compares reviewers and
//! audits the record.

mod agreement;
mod filter;
mod package;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value, json};

use super::console::Console;
use super::{Ended, open_engine, run};
use crate::base::ids::EdgeId;
use crate::base::observe::Silent;
use crate::domain::conflict::Verdict;
use crate::domain::review::filter::{Rule, RuleVerdict};
use crate::domain::review::{EdgeVotes, Vote};
use crate::jobs::{JobsError, OpenReview, Reviews as _};
use crate::stages::reduce::{Effect, QueueBook, Replay, effect};
use crate::store::{Access, Store};
use filter::FilterArgs;

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
        #[command(flatten)]
        filter: FilterArgs,
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
    /// Decide on all edges that a filter lets through; without --decided only on those nobody spoke about
    Rule {
        #[command(flatten)]
        filter: FilterArgs,
        /// What is decided: keep, remove or proposal (the machine's for each edge)
        #[arg(long, value_parser = rule_verdict)]
        verdict: RuleVerdict,
        /// Decide on edges as well that somebody spoke about
        #[arg(long)]
        decided: bool,
        /// Who decides
        #[arg(long, default_value = UNNAMED)]
        reviewer: String,
        /// Say what it would do, and store nothing
        #[arg(long)]
        dry_run: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Apply verdicts from a file of JSON lines {"edge", "verdict", "reviewer", "note"}
    Apply(package::ApplyArgs),
    /// Write the record of decisions, or the open queue to be filled in, as JSON lines
    Export(package::ExportArgs),
    /// Compare the reviewers and list what they differ on
    Agreement {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Verify the chain of decisions, replay it and compare it with what the project holds
    Audit {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Who decides where nobody is named.
const UNNAMED: &str = "unnamed";

/// Dominant stances listed.
const MAX_DOMINANTS: usize = 20;

fn rule_verdict(text: &str) -> Result<RuleVerdict, String> {
    RuleVerdict::parse(text)
        .ok_or_else(|| "a rule's verdict is keep, remove or proposal".to_owned())
}

/// Runs the review's command.
pub(super) fn review(args: &ReviewArgs, console: &Console) -> anyhow::Result<Ended> {
    match &args.action {
        Action::List { filter, json } => list(args, filter, *json, console),
        Action::Accept { all, json } => accept(args, *all, *json, console),
        Action::Rule {
            filter,
            verdict,
            decided,
            reviewer,
            dry_run,
            json,
        } => {
            let rule = Rule {
                filter: filter.checked()?,
                verdict: *verdict,
                only_open: !decided,
            };
            decide_by_rule(args, &rule, (reviewer, *dry_run), *json, console)
        }
        Action::Apply(of) => package::apply(&args.project, of, console),
        Action::Export(of) => package::export(&args.project, of, console),
        Action::Agreement { json } => agreement::compare(&args.project, *json, console),
        Action::Audit { json } => audit(args, *json, console),
    }
}

fn accept(args: &ReviewArgs, all: bool, json: bool, console: &Console) -> anyhow::Result<Ended> {
    let mut engine = open_engine(&args.project)?;
    let (accepted, outcome) = engine.accept(all, console)?;
    console.say(&format!(
        "the machine's proposals taken (rounds: {}): {} edges removed, {} kept",
        accepted.n_rounds, accepted.n_removed, accepted.n_kept
    ));
    let n_disputed = OpenReview::read(&engine.store)?.map_or(0, |r| r.n_disputed());
    if n_disputed > 0 {
        console.say(&format!(
            "reviewers differ on {n_disputed} edges, which the machine leaves to them; `meridian review PROJECT agreement` lists them"
        ));
    }
    Ok(run::tell(outcome, json, console))
}

fn list(
    args: &ReviewArgs,
    filter: &FilterArgs,
    json: bool,
    console: &Console,
) -> anyhow::Result<Ended> {
    let filter = filter.checked()?;
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
    let book = review.book(&store)?;
    let passing: BTreeMap<EdgeId, _> = book
        .facts()
        .into_iter()
        .filter(|f| filter.passes(f))
        .map(|f| (f.edge, f.confidence))
        .collect();
    let mut rows = Vec::new();
    let mut n_listed = 0;
    for (flag, standing) in &review.flags {
        let Some(confidence) = passing.get(&flag.edge) else {
            continue;
        };
        let Some((nation, edge)) = book.edge(flag.edge) else {
            continue;
        };
        n_listed += 1;
        let text = |id| book.statement(id).map_or("", |s| s.text.as_str());
        let (against, deviating) = if flag.deviating == edge.a {
            (edge.b, edge.a)
        } else {
            (edge.a, edge.b)
        };
        if json {
            rows.push(json!({
                "edge": flag.edge.0, "nation": nation.code(), "kind": edge.kind.code(), "priority": flag.priority,
                "cycles": flag.n_cycles, "dominant": flag.dominant, "confidence": confidence,
                "statement": text(against), "deviating": text(deviating), "proposal": flag.proposal.code(),
                "verdict": standing.verdict().map(Verdict::code), "standing": standing.state().code(),
                "votes": review.votes.of(flag.edge).map_or_else(|| json!([]), votes_json),
            }));
        } else {
            console.result(&format!(
                "edge {} · {} · priority {:.2} · {} cycles · machine proposes {} · {}\n    {}\n  × {}",
                flag.edge,
                nation,
                flag.priority,
                flag.n_cycles,
                flag.proposal.code(),
                standing.words(),
                text(against),
                text(deviating)
            ));
        }
    }
    if json {
        console.result(
            &json!({
                "round": review.round, "open": review.n_open(), "disputed": review.n_disputed(), "flags": rows,
            })
            .to_string(),
        );
    } else {
        if n_listed < review.flags.len() {
            console.say(&format!(
                "{n_listed} of {} edges listed: {}",
                review.flags.len(),
                filter.sentence()
            ));
        }
        console.say(&format!(
            "round {}: {} of {} without a verdict, {} disputed",
            review.round,
            review.n_open(),
            review.flags.len(),
            review.n_disputed()
        ));
    }
    Ok(Ended::Done)
}

/// Everybody's words on an edge.
fn votes_json(votes: &EdgeVotes) -> Value {
    let one = |v: &Vote, adjudicates: bool| json!({"reviewer": v.reviewer, "verdict": v.verdict.code(), "note": v.note, "adjudicates": adjudicates});
    let own = votes.people.iter().chain(&votes.machine);
    let own = own.map(|v| one(v, false));
    own.chain(votes.adjudication.iter().map(|v| one(v, true)))
        .collect()
}

/// Says what a rule does, and stores it unless nobody decides.
fn decide_by_rule(
    args: &ReviewArgs,
    rule: &Rule,
    (reviewer, is_dry): (&str, bool),
    json: bool,
    console: &Console,
) -> anyhow::Result<Ended> {
    let mut engine = if is_dry {
        None
    } else {
        Some(open_engine(&args.project)?)
    };
    let store = match &engine {
        Some(engine) => engine.store.reader()?,
        None => Store::open(&args.project, Access::Read)?,
    };
    let review = OpenReview::read(&store)?.ok_or(JobsError::NothingToReview)?;
    let book = review.book(&store)?;
    let chosen = book.chosen(rule);
    let replay = Replay::read(&store, review.run, &Silent)?;
    let votes = &review.votes;
    let effect = effect(&replay, votes, &chosen.iter().copied().collect(), reviewer);
    drop(store);
    if let Some(engine) = &mut engine {
        engine.apply_rule(rule, reviewer)?;
    }
    let is_stored = !is_dry;
    if json {
        console.result(&effect_json(rule, &chosen, &effect, &book, is_stored).to_string());
        return Ok(Ended::Done);
    }
    console.result(&format!(
        "{}\n{} of {} edges: {} kept, {} removed, {} disputed\n{} conflict cycles broken, {} left{}\n{} statements dropped when the round is closed",
        rule.sentence(),
        chosen.len(),
        review.flags.len(),
        effect.n_kept,
        effect.n_removed,
        effect.n_disputed,
        effect.cycles_broken,
        effect.cycles_left,
        if effect.capped { " (a cap was reached: rough)" } else { "" },
        effect.dropped.len()
    ));
    for id in &effect.dropped {
        console.result(&format!(
            "  × {}",
            book.statement(*id).map_or("", |s| &s.text)
        ));
    }
    for change in effect.dominants.iter().take(MAX_DOMINANTS) {
        console.result(&format!(
            "  D {:+.2} → {:+.2} · {}",
            change.before.value,
            change.after.value,
            book.issue(change.issue).map_or("", |i| &i.proposition)
        ));
    }
    if effect.dominants.len() > MAX_DOMINANTS {
        let n_more = effect.dominants.len() - MAX_DOMINANTS;
        console.result(&format!("  … and {n_more} dominant stances more"));
    }
    console.say(if is_stored {
        "stored as decisions; `meridian run PROJECT` goes on when nothing is open"
    } else {
        "nothing stored; without --dry-run these become decisions"
    });
    Ok(Ended::Done)
}

fn effect_json(
    rule: &Rule,
    chosen: &[(EdgeId, Verdict)],
    effect: &Effect,
    book: &QueueBook,
    is_stored: bool,
) -> Value {
    let edges: Vec<Value> = chosen
        .iter()
        .map(|(edge, verdict)| json!({"edge": edge.0, "verdict": verdict.code()}))
        .collect();
    let dominants: Vec<Value> = effect
        .dominants
        .iter()
        .map(|c| {
            json!({
                "issue": c.issue.0, "proposition": book.issue(c.issue).map(|i| &i.proposition),
                "before": c.before.value, "after": c.after.value,
            })
        })
        .collect();
    json!({
        "rule": rule.sentence(), "stored": is_stored, "edges": edges, "kept": effect.n_kept, "removed": effect.n_removed, "disputed": effect.n_disputed,
        "cycles_broken": effect.cycles_broken, "cycles_left": effect.cycles_left, "capped": effect.capped,
        "dropped": effect.dropped.iter().map(|s| s.0).collect::<Vec<_>>(), "dominants": dominants,
    })
}

fn audit(args: &ReviewArgs, json: bool, console: &Console) -> anyhow::Result<Ended> {
    let store = Store::open(&args.project, Access::Read)?;
    let audit = crate::stages::reduce::audit(&store)?;
    if json {
        console.result(
            &json!({
                "decisions": audit.n_decisions, "rounds": audit.n_rounds, "head": audit.head, "agrees": audit.agrees,
                "differences": audit.differences,
            })
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
        if !audit.head.is_empty() {
            console.result(&format!("the record ends with {}", audit.head));
        }
        for difference in &audit.differences {
            console.result(difference);
        }
    }
    if !audit.agrees {
        bail!(
            "the record of decisions is not what was written, or does not lead to what the project holds; restore project.sqlite from a backup whose record ends with the hash you know"
        );
    }
    Ok(Ended::Done)
}
