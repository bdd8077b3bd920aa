//! Writes results as files: JSON lines or CSV by the file's suffix.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::StageError;
use super::results::{Findings, contested, export_rows, tables};
use super::settings::Settings;
use crate::domain::conflict::Verdict;
use crate::domain::corpus::PartialDate;
use crate::domain::source_map::TopicPlace;
use crate::domain::statement::{SpeakerKind, Statement};
use crate::formats::csv_out::CsvWriter;
use crate::store::{Store, StoreError};

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Documents with topic and membership.
    Documents,
    /// Topics with words, screening and spread.
    Topics,
    /// Statements with source, stance and passage.
    Statements,
    /// Question, statement, reverse statement.
    Triples,
    /// The record of decisions.
    Decisions,
    /// Agreement of models with nations' statements, the paper's reference rows marked.
    Results,
    /// Matches of topics between per-source maps, with scores and verdicts.
    Matches,
}

impl What {
    /// Reads the word used on the command line.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "documents" => Self::Documents,
            "topics" => Self::Topics,
            "statements" => Self::Statements,
            "triples" => Self::Triples,
            "decisions" => Self::Decisions,
            "results" => Self::Results,
            "matches" => Self::Matches,
            _ => return None,
        })
    }
}

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The suffix says no format.
    #[error("an export's name ends in .jsonl or .csv, which says its format: {}", path.display())]
    Suffix {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot write the export ({source}): {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The project's files refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The results cannot be read.
    #[error(transparent)]
    Stage(#[from] StageError),
}

/// Writes one kind of rows and returns their number. The file appears whole or not at all.
///
/// # Errors
/// [`ExportError`].
pub fn export_file(
    store: &Store,
    settings: &Settings,
    what: What,
    path: &Path,
) -> Result<usize, ExportError> {
    let is_csv = match path.extension().and_then(|e| e.to_str()) {
        Some("jsonl") => false,
        Some("csv") => true,
        _ => {
            return Err(ExportError::Suffix {
                path: path.to_owned(),
            });
        }
    };
    let rows = rows(store, settings, what)?;
    let io = |source| ExportError::Io {
        path: path.to_owned(),
        source,
    };
    let part = path.with_extension("part");
    let mut out = BufWriter::new(File::create(&part).map_err(io)?);
    if is_csv {
        write_csv(&rows, &mut out).map_err(io)?;
    } else {
        for row in &rows {
            writeln!(out, "{}", Value::Object(row.clone())).map_err(io)?;
        }
    }
    out.flush().map_err(io)?;
    drop(out);
    fs::rename(&part, path).map_err(io)?;
    Ok(rows.len())
}

fn write_csv(rows: &[Map<String, Value>], out: &mut impl Write) -> std::io::Result<()> {
    let Some(first) = rows.first() else {
        return Ok(());
    };
    let columns: Vec<&str> = first.keys().map(String::as_str).collect();
    let mut writer = CsvWriter::new(out, &columns)?;
    for row in rows {
        let cells: Vec<String> = row.values().map(cell).collect();
        writer.write(&cells)?;
    }
    writer.finish()?;
    Ok(())
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

/// Rows as JSON objects whose keys stand in one order.
fn rows(
    store: &Store,
    settings: &Settings,
    what: What,
) -> Result<Vec<Map<String, Value>>, ExportError> {
    let values: Vec<Value> = match what {
        What::Documents => documents(store)?,
        What::Topics => store
            .topics()?
            .into_iter()
            .map(|t| {
                json!({
                    "number": t.number, "label": t.label, "terms": t.terms.iter().map(|w| w.term.as_str()).collect::<Vec<_>>(),
                    "mmr_terms": t.mmr_terms, "keybert_terms": t.keybert_terms, "value_related": t.screening.as_ref().map(|s| s.value_related),
                    "confidence": t.screening.as_ref().map(|s| s.confidence), "reason": t.screening.as_ref().map(|s| s.reason.as_str()),
                    "entropy": t.spread_entropy, "divergence_nats": t.divergence_nats, "p_value": t.p_value,
                    "said_by": t.screening.as_ref().and_then(|s| s.said_by.as_deref()), "edited": t.by_hand.any(),
                })
            })
            .collect(),
        What::Statements => statements(store)?,
        What::Triples => {
            let by_id: BTreeMap<_, _> = store.statements()?.into_iter().map(|s| (s.id, s)).collect();
            let contested = contested(store)?;
            store
                .triples()?
                .into_iter()
                .filter_map(|t| by_id.get(&t.statement).map(|s| (t, s)))
                .map(|(t, s)| {
                    json!({
                        "triple": t.id.0, "statement_id": t.statement.0, "nation": s.nation.code(), "set": s.set.code(),
                        "language": s.language.code(), "question": t.question, "statement": t.statement_text, "reverse": t.reverse,
                        "dropped": s.dropped, "contested": contested.contains(&s.id),
                    })
                })
                .collect()
        }
        What::Decisions => match store.newest_run("reduce")? {
            None => Vec::new(),
            Some(run) => store
                .decisions(run.id)?
                .into_iter()
                .zip(store.decision_hashes(run.id)?)
                .map(|(d, hash)| {
                    json!({
                        "decision": d.id.0, "edge": d.edge.0, "round": d.round, "verdict": d.verdict.code(),
                        "before": d.before.map(Verdict::code), "reviewer": d.reviewer, "note": d.note,
                        "decided_ms": d.decided_ms, "seconds": d.spent_ms.map(|ms| ms as f64 / 1000.0),
                        "adjudicates": d.adjudicates, "rule": d.rule, "hash": hash,
                    })
                })
                .collect(),
        },
        What::Results => {
            let findings = Findings::read(store, settings)?;
            export_rows(&tables(&findings, settings.seed))
        }
        What::Matches => matches(store)?,
    };
    Ok(values
        .into_iter()
        .filter_map(|v| match v {
            Value::Object(map) => Some(map),
            _ => None,
        })
        .collect())
}

fn matches(store: &Store) -> Result<Vec<Value>, StoreError> {
    let Some(run) = store.current_run("source_maps")? else {
        return Ok(Vec::new());
    };
    let parts: BTreeMap<_, _> = store
        .parts(run.id)?
        .into_iter()
        .map(|p| (p.number, p.name))
        .collect();
    let topics = store.part_topics(run.id)?;
    let rulings = store.rulings(run.id)?;
    let nation = |at: TopicPlace| parts.get(&at.part).map(|of| of.nation.code());
    let outlet = |at: TopicPlace| parts.get(&at.part).and_then(|of| of.outlet.as_deref());
    let topic = |at: TopicPlace| topics.get(&at.part).and_then(|t| t.get(at.topic));
    let label = |at: TopicPlace| topic(at).map(|t| t.label.as_str());
    let words = |at: TopicPlace| -> Vec<&str> {
        let terms = topic(at).map_or(&[][..], |t| t.terms.as_slice());
        terms.iter().map(|w| w.term.as_str()).collect()
    };
    Ok(store
        .matches(run.id)?
        .into_iter()
        .map(|m| {
            let ruling = rulings.get(&m.number);
            json!({
                "match": m.number, "nation_a": nation(m.a), "outlet_a": outlet(m.a), "topic_a": m.a.topic, "label_a": label(m.a), "terms_a": words(m.a),
                "nation_b": nation(m.b), "outlet_b": outlet(m.b), "topic_b": m.b.topic, "label_b": label(m.b), "terms_b": words(m.b),
                "score": m.score, "vector": m.vector, "words": m.words, "label": m.label, "reasons": m.reasons,
                "verdict": ruling.map(|r| r.verdict.code()), "who": ruling.map(|r| r.who.as_str()), "at_ms": ruling.map(|r| r.at_ms),
            })
        })
        .collect())
}

fn documents(store: &Store) -> Result<Vec<Value>, StoreError> {
    let topics: BTreeMap<_, _> = store
        .assignments()?
        .into_iter()
        .map(|a| (a.doc, a))
        .collect();
    let clusters: BTreeMap<_, _> = store.clusters()?.into_iter().map(|c| (c.doc, c)).collect();
    Ok(store
        .documents()?
        .into_iter()
        .map(|d| {
            let topic = topics.get(&d.id);
            let cluster = clusters.get(&d.id);
            json!({
                "id": d.external_id, "nation": d.nation.code(), "source": d.source, "language": d.language.code(),
                "date": d.date.as_ref().map(PartialDate::as_str), "title": d.title, "body": d.body, "url": d.url, "place": d.place,
                "organization": d.organization, "source_label": d.source_label,
                "topic": topic.map(|a| a.number), "topic_by_tags": topic.map(|a| a.by_tags),
                "topic_by_hand": topic.map(|a| a.by_hand),
                "cluster": cluster.map(|c| c.label), "membership": cluster.map(|c| c.membership),
                "outlier_score": cluster.map(|c| c.outlier_score),
                "is_duplicate": d.duplicate_of != d.id,
            })
        })
        .collect())
}

/// Statements with the issue they take a side on, and what became of them: those that a round dropped are
/// the set *Minority*, those of issues that stay contested the set *Contested*.
fn statements(store: &Store) -> Result<Vec<Value>, StageError> {
    let docs: BTreeMap<_, _> = store
        .documents()?
        .into_iter()
        .map(|d| (d.id, d.external_id))
        .collect();
    let numbers: BTreeMap<_, _> = store
        .topics()?
        .into_iter()
        .map(|t| (t.id, t.number))
        .collect();
    let mut sides = BTreeMap::new();
    let mut dropped_in = BTreeMap::new();
    if let Some(run) = store.newest_run("reduce")? {
        for issue in store.issues(run.id)? {
            for m in &issue.members {
                sides.insert(m.statement, (*m, issue.id, issue.proposition.clone()));
            }
        }
        dropped_in.extend(store.dropped(run.id)?);
    }
    let contested = contested(store)?;
    let row = |s: Statement| {
        let side = sides.get(&s.id);
        json!({
            "statement_id": s.id.0, "document": docs.get(&s.doc), "nation": s.nation.code(), "language": s.language.code(),
            "topic": s.topic.and_then(|t| numbers.get(&t)), "set": s.set.code(),
            "speaker": s.speaker.as_ref().map(|p| p.name.as_str()),
            "speaker_kind": s.speaker.as_ref().map(|p| match p.kind {
                SpeakerKind::Person => "person",
                SpeakerKind::Organization => "organization",
            }),
            "text": s.text, "start": s.passage.start, "end": s.passage.end, "confidence": s.confidence,
            "issue": side.map(|(_, id, _)| id.0), "proposition": side.map(|(_, _, p)| p.as_str()),
            "stance": side.map(|(m, ..)| m.stance.value()), "stance_confidence": side.map(|(m, ..)| m.confidence),
            "dropped": s.dropped, "dropped_round": dropped_in.get(&s.id), "contested": contested.contains(&s.id),
        })
    };
    Ok(store.statements()?.into_iter().map(row).collect())
}
