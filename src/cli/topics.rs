//! `meridian topics`: lists topics, edits them by hand, takes edits back and shows their history.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::console::Console;
use super::{Ended, open_engine};
use crate::base::ids::DocId;
use crate::domain::journal::Step;
use crate::domain::source_map::MatchVerdict;
use crate::domain::topic_edit::{Standing, TopicEdit};
use crate::jobs::{Edits as _, Engine};
use crate::store::{Access, NamedDocument, Store};

/// Lines of the history.
const MAX_LINES: usize = 10_000;

/// Arguments of `topics`.
#[derive(clap::Args)]
pub(super) struct TopicsArgs {
    /// The project's folder
    project: PathBuf,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List the topics with the numbers that edits name them by
    List {
        #[command(flatten)]
        out: Output,
    },
    /// Give a topic another label
    Rename {
        /// Its number
        number: usize,
        /// The label
        label: String,
        #[command(flatten)]
        by: By,
    },
    /// Make several topics one, which keeps the first's number, label and verdict
    Merge {
        /// The topic that stays
        into: usize,
        /// The topics that go up in it
        #[arg(required = true)]
        from: Vec<usize>,
        #[command(flatten)]
        by: By,
    },
    /// Make some documents of a topic a topic of their own
    Split {
        /// The topic they leave
        number: usize,
        /// A file with one document a line: its id, or NATION/SOURCE/ID where that is not enough
        #[arg(long)]
        docs: PathBuf,
        /// Label of the new topic
        #[arg(long)]
        label: String,
        #[command(flatten)]
        by: By,
    },
    /// Say whether a topic is value-related, whatever the annotator said
    Overrule {
        /// Its number
        number: usize,
        /// The verdict
        verdict: YesNo,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// Move documents to another topic, or out of all
    Move {
        /// Ids of the documents, or NATION/SOURCE/ID where an id is not enough
        #[arg(required = true)]
        docs: Vec<String>,
        /// Number of the topic they go to, or `none`
        #[arg(long, value_parser = target)]
        to: Place,
        #[command(flatten)]
        by: By,
    },
    /// Accept or refuse a match between topics of two per-source maps, or give the other verdict
    Match {
        /// Its number, as `meridian export PROJECT matches FILE` lists it
        number: usize,
        /// The verdict
        verdict: Ruling,
        #[command(flatten)]
        by: By,
    },
    /// Show every edit, newest first, with whether it is in force
    History {
        #[command(flatten)]
        out: Output,
    },
    /// Take the newest step of the journal back: an edit of topics, a verdict on a match, or a step of the window
    Undo {
        #[command(flatten)]
        by: By,
    },
    /// Do the step again that was taken back last
    Redo {
        #[command(flatten)]
        by: By,
    },
}

#[derive(clap::Args)]
struct Output {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct By {
    /// Who edits; stands in the history
    #[arg(long, default_value = "unnamed")]
    reviewer: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum YesNo {
    Yes,
    No,
}

#[derive(Clone, Copy, ValueEnum)]
enum Ruling {
    Accept,
    Refuse,
}

/// Where documents go.
#[derive(Clone, Copy)]
enum Place {
    Topic(usize),
    Nowhere,
}

fn target(text: &str) -> Result<Place, String> {
    if text == "none" {
        return Ok(Place::Nowhere);
    }
    text.parse()
        .map(Place::Topic)
        .map_err(|_not_a_number: std::num::ParseIntError| {
            "it is the number of a topic, or none".to_owned()
        })
}

/// Runs the command.
pub(super) fn topics(args: &TopicsArgs, console: &Console) -> anyhow::Result<Ended> {
    let project = &args.project;
    match &args.action {
        Action::List { out } => list(project, out.json, console),
        Action::History { out } => history(project, out.json, console),
        Action::Rename { number, label, by } => {
            let edit = TopicEdit::Rename {
                topic: *number,
                label: label.clone(),
            };
            make(project, |_| Ok(edit), by, console)
        }
        Action::Merge { into, from, by } => {
            let edit = TopicEdit::Merge {
                into: *into,
                from: from.clone(),
            };
            make(project, |_| Ok(edit), by, console)
        }
        Action::Split {
            number,
            docs,
            label,
            by,
        } => {
            let text = fs::read_to_string(docs)
                .with_context(|| format!("cannot read the documents: {}", docs.display()))?;
            let names: Vec<String> = text
                .lines()
                .map(|l| l.trim().to_owned())
                .filter(|l| !l.is_empty())
                .collect();
            let split = |store: &Store| {
                Ok(TopicEdit::Split {
                    topic: *number,
                    docs: documents(store, &names)?,
                    label: label.clone(),
                })
            };
            make(project, split, by, console)
        }
        Action::Overrule {
            number,
            verdict,
            reason,
            by,
        } => {
            let edit = TopicEdit::Overrule {
                topic: *number,
                value_related: matches!(verdict, YesNo::Yes),
                reason: reason.clone(),
            };
            make(project, |_| Ok(edit), by, console)
        }
        Action::Move { docs, to, by } => {
            let edit = |store: &Store| {
                Ok(TopicEdit::MoveDocs {
                    docs: documents(store, docs)?,
                    to: match to {
                        Place::Topic(number) => Some(*number),
                        Place::Nowhere => None,
                    },
                })
            };
            make(project, edit, by, console)
        }
        Action::Match {
            number,
            verdict,
            by,
        } => {
            let verdict = match verdict {
                Ruling::Accept => MatchVerdict::Accepted,
                Ruling::Refuse => MatchVerdict::Refused,
            };
            let mut engine = open_engine(project)?;
            let step = engine.rule_match(None, *number, verdict, &by.reviewer)?;
            tell("done", "done", &step, &engine, by, console)
        }
        Action::Undo { by } => {
            let mut engine = open_engine(project)?;
            let Some(step) = engine.undo(&by.reviewer)? else {
                bail!("there is nothing to take back");
            };
            tell("undone", "taken back", &step, &engine, by, console)
        }
        Action::Redo { by } => {
            let mut engine = open_engine(project)?;
            let Some(step) = engine.redo(&by.reviewer)? else {
                bail!(
                    "there is nothing to do again: nothing was taken back, or something was done since"
                );
            };
            tell("redone", "done again", &step, &engine, by, console)
        }
    }
}

fn make(
    project: &Path,
    edit: impl FnOnce(&Store) -> anyhow::Result<TopicEdit>,
    by: &By,
    console: &Console,
) -> anyhow::Result<Ended> {
    let mut engine = open_engine(project)?;
    let edit = edit(&engine.store)?;
    let step = engine.edit_topics(&edit, &by.reviewer)?;
    tell("done", "done", &step, &engine, by, console)
}

/// Says what a step was and what can be taken back now.
fn tell(
    key: &str,
    words: &str,
    step: &Step,
    engine: &Engine,
    by: &By,
    console: &Console,
) -> anyhow::Result<Ended> {
    if by.json {
        let state = engine.store.journal_state()?;
        let done = json!({"step": step.id.0, "kind": step.kind.code(), "sentence": step.sentence});
        let mut out = serde_json::Map::new();
        out.insert(key.to_owned(), done);
        out.insert("can_undo".to_owned(), state.n_undo.into());
        out.insert("can_redo".to_owned(), state.n_redo.into());
        console.result(&Value::Object(out).to_string());
    } else {
        console.say(&format!("{words}: {}", step.sentence));
    }
    Ok(Ended::Done)
}

fn list(project: &Path, json: bool, console: &Console) -> anyhow::Result<Ended> {
    let store = Store::open(project, Access::Read)?;
    let topics = store.topics()?;
    let mut n_docs: BTreeMap<usize, usize> = BTreeMap::new();
    for a in store.assignments()? {
        *n_docs.entry(a.number).or_default() += 1;
    }
    let n_docs_of = |number: usize| n_docs.get(&number).copied().unwrap_or(0);
    if json {
        let rows: Vec<Value> = topics
            .iter()
            .map(|t| {
                let screening = t.screening.as_ref();
                json!({
                    "number": t.number, "label": t.label, "documents": n_docs_of(t.number),
                    "words": t.terms.iter().map(|w| w.term.as_str()).collect::<Vec<_>>(),
                    "value_related": screening.map(|s| s.value_related),
                    "said_by": screening.and_then(|s| s.said_by.as_deref()),
                    "renamed": t.by_hand.renamed, "regrouped": t.by_hand.regrouped, "overruled": t.by_hand.overruled,
                })
            })
            .collect();
        console.result(&json!({"topics": rows}).to_string());
        return Ok(Ended::Done);
    }
    for t in &topics {
        let verdict = match &t.screening {
            None => "not screened".to_owned(),
            Some(s) => {
                let word = if s.value_related { "value" } else { "no value" };
                s.said_by
                    .as_ref()
                    .map_or_else(|| word.to_owned(), |who| format!("{word}, says {who}"))
            }
        };
        console.result(&format!(
            "{:>4} {:>7} {} · {verdict}",
            t.number,
            n_docs_of(t.number),
            t.label
        ));
    }
    if topics.is_empty() {
        console
            .say("the project has no topics yet; `meridian run PROJECT --to describe` makes them");
    }
    Ok(Ended::Done)
}

fn history(project: &Path, json: bool, console: &Console) -> anyhow::Result<Ended> {
    let store = Store::open(project, Access::Read)?;
    let lines = store.topic_history(MAX_LINES)?;
    let code = |standing: Standing| match standing {
        Standing::InForce => "in-force",
        Standing::Undone => "undone",
        Standing::EarlierClustering => "of-an-earlier-clustering",
    };
    if json {
        let rows: Vec<Value> = lines
            .iter()
            .map(|(l, step)| {
                json!({
                    "step": step.id.0, "at_ms": l.at_ms, "who": l.who, "sentence": l.sentence,
                    "standing": code(l.standing),
                })
            })
            .collect();
        console.result(&json!({"history": rows}).to_string());
        return Ok(Ended::Done);
    }
    for (line, _) in &lines {
        let standing = match line.standing {
            Standing::InForce => "",
            Standing::Undone => " · undone",
            Standing::EarlierClustering => " · of an earlier clustering",
        };
        console.result(&format!("{} · {}{standing}", line.sentence, line.who));
    }
    if lines.is_empty() {
        console.say("no topic was edited by hand");
    }
    Ok(Ended::Done)
}

/// Finds documents by the ids their sources gave.
fn documents(store: &Store, names: &[String]) -> anyhow::Result<Vec<DocId>> {
    // An id may hold a slash itself, so that both readings of one with slashes are looked up.
    let long = |name: &str| -> Option<(String, String, String)> {
        let mut parts = name.splitn(3, '/').map(str::to_owned);
        Some((parts.next()?, parts.next()?, parts.next()?))
    };
    let longs: Vec<_> = names.iter().filter_map(|n| long(n)).collect();
    let mut wanted: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    wanted.extend(longs.iter().map(|l| l.2.as_str()));
    let mut found: BTreeMap<String, Vec<NamedDocument>> = BTreeMap::new();
    for doc in store.documents_named(&wanted)? {
        found.entry(doc.external_id.clone()).or_default().push(doc);
    }
    let none = Vec::new();
    let mut out = Vec::with_capacity(names.len());
    for name in names {
        let of_long = long(name).and_then(|(nation, source, id)| {
            let of_id = found.get(&id)?;
            of_id
                .iter()
                .find(|d| d.nation.code().eq_ignore_ascii_case(&nation) && d.source == source)
        });
        match (found.get(name).unwrap_or(&none).as_slice(), of_long) {
            ([one], _) | ([], Some(one)) => out.push(one.id),
            ([], None) => bail!(
                "there is no document {name:?}; `meridian export PROJECT documents FILE` lists them"
            ),
            (several, _) => {
                let all: Vec<String> = several
                    .iter()
                    .map(|d| format!("{}/{}/{}", d.nation.code(), d.source, d.external_id))
                    .collect();
                bail!(
                    "{} documents have the id {name:?}; write one of {}",
                    several.len(),
                    all.join(", ")
                );
            }
        }
    }
    Ok(out)
}
