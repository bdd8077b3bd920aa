//! Packages of a review: the record, or what is open, as JSON lines that travel; and lines that come back.
//!
//! A line of the record says what a row says. A line of the queue holds all that a reviewer needs to read
//! on one edge, and `"verdict": null` to be filled in; it says nothing of what others decided, unless
//! it is made to be adjudicated. Both kinds come back through [`read_package`]. This file reads and makes
//! text and never decides.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::StageError;
use super::replay::Replay;
use super::review::QueueBook;
use crate::algo::conflict::reduce::ReductionState;
use crate::base::hash::ContentHasher;
use crate::base::ids::{DocId, EdgeId, StatementId};
use crate::base::observe::Observe;
use crate::base::seed::Seed;
use crate::base::sentences::Span;
use crate::domain::conflict::{Flag, Verdict};
use crate::domain::corpus::{Document, PartialDate};
use crate::domain::review::Standing;
use crate::domain::review::filter::QueueFilter;
use crate::domain::run::Run;
use crate::store::{Store, StoreError};

/// Characters of the article on each side of a passage.
const CONTEXT_CHARS: usize = 400;

/// Cycles shown of an edge.
const N_EXAMPLE_CYCLES: usize = 4;

/// Digits that name a reduction.
const N_REDUCTION_DIGITS: usize = 16;

/// Problems of a package listed in full.
const MAX_LISTED: usize = 10;

/// A line that came back.
#[derive(Clone, Debug, PartialEq)]
pub struct PackageLine {
    /// Its number in the file, from 1.
    pub number: usize,
    /// The edge.
    pub edge: EdgeId,
    /// The verdict, `None` while it is not filled in.
    pub verdict: Option<Verdict>,
    /// Who, if the line says it.
    pub reviewer: Option<String>,
    /// The reason, may be empty.
    pub note: String,
    /// The round, if the line says it.
    pub round: Option<u32>,
    /// When, in milliseconds since 1970, if the line says it.
    pub decided_ms: Option<i64>,
    /// Milliseconds spent, if the line says it.
    pub spent_ms: Option<i64>,
    /// Decides over what the reviewers say.
    pub adjudicates: bool,
    /// Words of the rule that made it, empty for none.
    pub rule: String,
    /// The reduction it belongs to, if the line says it.
    pub reduction: Option<String>,
}

/// Lines that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing was stored; {}", words(problems))]
pub struct PackageError {
    /// Line number, from 1, and what is wrong with it.
    pub problems: Vec<(usize, String)>,
}

fn words(problems: &[(usize, String)]) -> String {
    let mut parts: Vec<String> = problems
        .iter()
        .take(MAX_LISTED)
        .map(|(line, what)| format!("line {line}: {what}"))
        .collect();
    if problems.len() > MAX_LISTED {
        parts.push(format!("and {} lines more", problems.len() - MAX_LISTED));
    }
    parts.join("; ")
}

/// A line as written, every field but the edge optional.
#[derive(Deserialize)]
struct WrittenLine {
    edge: i64,
    verdict: Option<String>,
    reviewer: Option<String>,
    note: Option<String>,
    round: Option<u32>,
    decided_ms: Option<i64>,
    seconds: Option<f64>,
    adjudicates: Option<bool>,
    rule: Option<String>,
    reduction: Option<String>,
}

/// Reads a package.
///
/// # Errors
/// [`PackageError`] with every line that is none.
pub fn read_package(text: &str) -> Result<Vec<PackageLine>, PackageError> {
    let mut lines = Vec::new();
    let mut problems = Vec::new();
    // An editor may have put a mark of byte order before the first line.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (i, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match read_line(i + 1, line) {
            Ok(line) => lines.push(line),
            Err(problem) => problems.push((i + 1, problem)),
        }
    }
    if problems.is_empty() {
        Ok(lines)
    } else {
        Err(PackageError { problems })
    }
}

fn read_line(number: usize, line: &str) -> Result<PackageLine, String> {
    let written: WrittenLine = serde_json::from_str(line).map_err(|error| {
        format!("it is no verdict such as {{\"edge\": 12, \"verdict\": \"keep\"}} ({error})")
    })?;
    let filled_in = |text: Option<String>| text.filter(|t| !t.trim().is_empty());
    let verdict = filled_in(written.verdict)
        .map(|code| {
            // As people write it: "Not sure", "not_sure".
            let code_of = code.trim().to_lowercase().replace([' ', '_'], "-");
            Verdict::parse(&code_of)
                .ok_or_else(|| format!("a verdict is keep, remove, not-sure or undo, not {code:?}"))
        })
        .transpose()?;
    let spent_ms = match written.seconds {
        // A year is more than anybody looks at one edge, and keeps the product a whole number.
        Some(secs) if !(0.0..=31_557_600.0).contains(&secs) => {
            return Err(format!("seconds are zero or more, not {secs}"));
        }
        Some(secs) => Some((secs * 1000.0).round() as i64),
        None => None,
    };
    Ok(PackageLine {
        number,
        edge: EdgeId(written.edge),
        verdict,
        reviewer: filled_in(written.reviewer),
        note: written.note.unwrap_or_default(),
        round: written.round,
        decided_ms: written.decided_ms,
        spent_ms,
        adjudicates: written.adjudicates.unwrap_or(false),
        rule: written.rule.unwrap_or_default(),
        reduction: filled_in(written.reduction),
    })
}

/// Names a reduction by what it was made of: equal for copies of one project, another after another run.
pub fn reduction_of(run: &Run) -> String {
    let mut hasher = ContentHasher::new();
    hasher
        .text(&run.params_json)
        .int(run.seed as i64)
        .text(&run.input_hash);
    let mut name = hasher.finish();
    name.truncate(N_REDUCTION_DIGITS);
    name
}

/// Writes the record of a reduction, oldest decision first, one a line.
///
/// # Errors
/// The store's.
pub fn record_lines(store: &Store, run: &Run) -> Result<Vec<Value>, StoreError> {
    let reduction = reduction_of(run);
    let hashes = store.decision_hashes(run.id)?;
    let decisions = store.decisions(run.id)?;
    let line = |(d, hash): (crate::domain::conflict::Decision, String)| {
        json!({
            "edge": d.edge.0, "verdict": d.verdict.code(), "reviewer": d.reviewer, "note": d.note,
            "round": d.round, "before": d.before.map(Verdict::code), "decided_ms": d.decided_ms,
            "seconds": d.spent_ms.map(|ms| ms as f64 / 1000.0), "adjudicates": d.adjudicates,
            "rule": d.rule, "reduction": reduction, "hash": hash,
        })
    };
    Ok(decisions.into_iter().zip(hashes).map(line).collect())
}

/// Which part of the queue goes into a package, and for whom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueChoice {
    /// Who is to judge: edges without that reviewer's verdict. Without a name, edges that are not settled.
    pub reviewer: Option<String>,
    /// Which edges of these.
    pub filter: QueueFilter,
    /// Share of them, `0.0..=1.0`, drawn for this reviewer.
    pub share: Option<f64>,
    /// Seed of the draw.
    pub seed: u64,
    /// Shows what everybody said, for an adjudicator; edges that are disputed only.
    pub to_adjudicate: bool,
    /// Leaves out what the machine would do.
    pub blind: bool,
}

/// Chooses the flags that a package asks about, in the order of the queue.
///
/// The draw of one reviewer is independent of another's: two halves have about a quarter in common.
pub fn chosen_flags(book: &QueueBook, choice: &QueueChoice) -> Vec<Flag> {
    let mut chosen: Vec<Flag> = Vec::new();
    let facts: BTreeMap<EdgeId, _> = book.facts().into_iter().map(|f| (f.edge, f)).collect();
    for flag in &book.flags {
        let Some(facts) = facts.get(&flag.edge) else {
            continue;
        };
        let standing = facts.standing();
        let is_asked = if choice.to_adjudicate {
            matches!(standing, Standing::Disputed { .. })
        } else if let Some(reviewer) = &choice.reviewer {
            facts.votes.is_none_or(|v| v.of(reviewer).is_none())
        } else {
            !standing.is_settled()
        };
        if is_asked && choice.filter.passes(facts) {
            chosen.push(*flag);
        }
    }
    if let Some(share) = choice.share {
        let n = (share.clamp(0.0, 1.0) * chosen.len() as f64).ceil() as usize;
        let who = choice.reviewer.as_deref().unwrap_or("");
        let mut order: Vec<usize> = (0..chosen.len()).collect();
        Seed(choice.seed)
            .stream(&format!("review share {who}"))
            .shuffle(&mut order);
        order.truncate(n);
        order.sort_unstable();
        chosen = order
            .into_iter()
            .filter_map(|i| chosen.get(i).copied())
            .collect();
    }
    chosen
}

/// Writes what a package asks, one edge a line.
///
/// # Errors
/// The store's, or [`StageError::Cancelled`].
pub fn queue_lines(
    store: &Store,
    run: &Run,
    book: &QueueBook,
    choice: &QueueChoice,
    observe: &dyn Observe,
) -> Result<Vec<Value>, StageError> {
    let replay = Replay::read(store, run.id, observe)?;
    let states: BTreeMap<_, &ReductionState> = replay
        .states()
        .map(|(nation, state, _)| (nation, state))
        .collect();
    let flags = chosen_flags(book, choice);
    let asked: Vec<(&Flag, Vec<Vec<DocId>>, Value)> = flags
        .iter()
        .filter_map(|flag| {
            let (nation, _) = book.edge(flag.edge)?;
            let state = states.get(&nation)?;
            let preview = state.preview(flag.edge).map(|p| {
                json!({
                    "cycles_broken": p.cycles_broken, "cycles_left": p.cycles_left, "capped": p.capped,
                    "drops_statement": !p.dropped.is_empty(),
                    "dominant_before": p.dominant_before.value, "dominant_after": p.dominant_after.value,
                })
            });
            let cycles = state.example_cycles(flag.edge, N_EXAMPLE_CYCLES);
            Some((flag, cycles, preview.unwrap_or(Value::Null)))
        })
        .collect();
    let mut ids: Vec<DocId> = asked
        .iter()
        .flat_map(|(flag, cycles, _)| {
            let ends = ends(book, flag).into_iter().flatten();
            let docs = ends.filter_map(|s| book.statement(s).map(|s| s.doc));
            docs.chain(cycles.iter().flatten().copied())
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let docs: BTreeMap<DocId, Document> = store
        .documents_of(&ids)?
        .into_iter()
        .map(|d| (d.id, d))
        .collect();
    let reduction = reduction_of(run);
    let line = |(flag, cycles, preview): &(&Flag, Vec<Vec<DocId>>, Value)| {
        let (nation, edge) = book.edge(flag.edge)?;
        let [against, deviating] = ends(book, flag)?;
        let (issue, _) = book.side(flag.deviating)?;
        let cycles: Vec<Vec<Value>> = cycles
            .iter()
            .map(|cycle| cycle.iter().map(|id| cycle_document(&docs, *id)).collect())
            .collect();
        let mut line = json!({
            "edge": flag.edge.0, "verdict": null, "reviewer": choice.reviewer, "note": "",
            "round": flag.round, "reduction": reduction, "nation": nation.code(), "issue": issue.id.0,
            "proposition": issue.proposition, "kind": edge.kind.code(), "weight": edge.weight,
            "agreement": edge.agreement, "priority": flag.priority, "cycles": flag.n_cycles,
            "dominant": flag.dominant, "statement": end(book, &docs, against),
            "deviating": end(book, &docs, deviating), "example_cycles": cycles, "preview": preview,
        });
        let object = line.as_object_mut()?;
        if !choice.blind {
            object.insert("proposal".to_owned(), json!(flag.proposal.code()));
        }
        if choice.to_adjudicate {
            object.insert("votes".to_owned(), votes(book, flag.edge));
            object.insert("adjudicates".to_owned(), json!(true));
        }
        Some(line)
    };
    Ok(asked.iter().filter_map(line).collect())
}

/// The end that agrees with the dominant stance (or deviates less), and the deviating one.
fn ends(book: &QueueBook, flag: &Flag) -> Option<[StatementId; 2]> {
    let (_, edge) = book.edge(flag.edge)?;
    let against = if flag.deviating == edge.a {
        edge.b
    } else {
        edge.a
    };
    Some([against, flag.deviating])
}

fn cycle_document(docs: &BTreeMap<DocId, Document>, id: DocId) -> Value {
    let doc = docs.get(&id);
    json!({
        "document": doc.map(|d| d.external_id.as_str()), "source": doc.map(|d| d.source.as_str()),
        "title": doc.map(|d| d.title.as_str()),
    })
}

/// Lists everybody's verdict on an edge.
fn votes(book: &QueueBook, edge: EdgeId) -> Value {
    let of_edge = book.votes.of(edge);
    let people = of_edge.map_or(&[][..], |v| v.people.as_slice());
    let each = people
        .iter()
        .map(|v| json!({"reviewer": v.reviewer, "verdict": v.verdict.code(), "note": v.note}));
    Value::Array(each.collect())
}

/// All that is to be read at one end of an edge.
fn end(book: &QueueBook, docs: &BTreeMap<DocId, Document>, id: StatementId) -> Value {
    let Some(s) = book.statement(id) else {
        return Value::Null;
    };
    let doc = docs.get(&s.doc);
    let body = doc.map_or("", |d| d.body.as_str());
    let side = book.side(id).map(|(_, m)| m);
    let around = Span {
        start: s.passage.start.saturating_sub(CONTEXT_CHARS),
        end: (s.passage.end + CONTEXT_CHARS).min(body.chars().count()),
    };
    json!({
        "statement_id": id.0, "text": s.text, "language": s.language.code(), "set": s.set.code(),
        "speaker": s.speaker.as_ref().map(|p| p.name.as_str()),
        "stance": side.map(|m| m.stance.words()), "confidence": side.map(|m| m.confidence),
        "document": doc.map(|d| d.external_id.as_str()), "source": doc.map(|d| d.source.as_str()),
        "date": doc.and_then(|d| d.date.as_ref()).map(PartialDate::as_str),
        "title": doc.map(|d| d.title.as_str()), "url": doc.and_then(|d| d.url.as_deref()),
        "passage": s.passage.slice(body), "context": around.slice(body),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_come_back() {
        let text = "\u{feff}{\"edge\": 12, \"verdict\": \"keep\", \"seconds\": 2.5}\n\n\
            {\"edge\": 13, \"verdict\": null, \"reviewer\": \"Ada\", \"proposition\": \"P\"}\n\
            {\"edge\": 14, \"verdict\": \" \", \"adjudicates\": true}\n";
        let lines = read_package(text).unwrap();
        let read: Vec<_> = lines
            .iter()
            .map(|l| {
                (
                    l.number,
                    l.edge.0,
                    l.verdict,
                    l.reviewer.as_deref(),
                    l.spent_ms,
                )
            })
            .collect();
        assert_eq!(
            read,
            [
                (1, 12, Some(Verdict::Keep), None, Some(2500)),
                (3, 13, None, Some("Ada"), None),
                (4, 14, None, None, None),
            ]
        );
        assert!(lines[2].adjudicates);
        for words in ["not-sure", "Not sure", "not_sure"] {
            let line = format!(r#"{{"edge": 1, "verdict": "{words}"}}"#);
            assert_eq!(
                read_package(&line).unwrap()[0].verdict,
                Some(Verdict::NotSure)
            );
        }
    }

    #[test]
    fn every_bad_line_is_named() {
        let bad = [
            "{}",
            "{\"edge\": 1, \"verdict\": \"maybe\"}",
            "{\"edge\": 1, \"seconds\": -1}",
        ];
        let error = read_package(&bad.join("\n")).unwrap_err();
        let numbers: Vec<usize> = error.problems.iter().map(|p| p.0).collect();
        assert_eq!(numbers, [1, 2, 3]);
        let text = error.to_string();
        assert!(text.starts_with("nothing was stored; line 1: "), "{text}");
        assert!(text.contains("not \"maybe\""), "{text}");
        let many = read_package(&"x\n".repeat(40)).unwrap_err().to_string();
        assert!(many.ends_with("and 30 lines more"), "{many}");
    }
}
