//! The conflict graph of each nation with its issues, queue and rounds.

use std::collections::{BTreeMap, BTreeSet};

use super::SnapshotError;
use super::build::doc_line;
use super::model::{
    ConflictData, DecisionRow, GraphLink, GraphNode, IssueRow, PreviewRow, QueueItem, RoundRow,
    StatementCard, StatementLine,
};
use crate::algo::conflict::reduce::{EdgeFate, ReductionState};
use crate::algo::graph_layout::layout;
use crate::base::ids::{DocId, IssueId, RunId, StatementId};
use crate::base::observe::Silent;
use crate::base::seed::Seed;
use crate::base::sentences::Span;
use crate::domain::conflict::{ConflictEdge, Flag, Issue, IssueMember, Stance};
use crate::domain::corpus::{Document, Nation};
use crate::domain::statement::Statement;
use crate::stages::reduce::{Replay, decisions_in_force};
use crate::stages::settings::Settings;
use crate::store::Store;

/// Characters of the article shown on each side of a passage.
const CONTEXT_CHARS: usize = 140;

/// Cycles shown of a flagged edge.
const N_EXAMPLE_CYCLES: usize = 8;

/// Decisions listed.
const N_DECISIONS: usize = 200;

/// Steps of the force layout: after these it hardly moves.
const LAYOUT_STEPS: usize = 300;

/// The force layout of each nation's graph, kept while its links stay the same: a decision that
/// changes no link moves no node and costs no layout.
#[derive(Default)]
pub struct LayoutCache {
    of_nation: BTreeMap<Nation, KeptLayout>,
}

struct KeptLayout {
    n_nodes: usize,
    springs: Vec<(u32, u32, f32)>,
    positions: Vec<[f32; 2]>,
}

impl LayoutCache {
    fn positions(
        &mut self,
        nation: Nation,
        n_nodes: usize,
        springs: Vec<(u32, u32, f32)>,
        seed: Seed,
    ) -> Vec<[f32; 2]> {
        if let Some(kept) = self.of_nation.get(&nation)
            && kept.n_nodes == n_nodes
            && kept.springs == springs
        {
            return kept.positions.clone();
        }
        let positions = layout(n_nodes, &springs, seed, LAYOUT_STEPS, &Silent).unwrap_or_default();
        self.of_nation.insert(
            nation,
            KeptLayout {
                n_nodes,
                springs,
                positions: positions.clone(),
            },
        );
        positions
    }
}

struct Book {
    docs: BTreeMap<DocId, Document>,
    statements: BTreeMap<StatementId, Statement>,
    sides: BTreeMap<StatementId, (IssueId, IssueMember)>,
    issues: Vec<Issue>,
    run: RunId,
}

/// Builds the graphs of all nations, none before the edges are there.
pub(super) fn build(
    store: &Store,
    settings: &Settings,
    layouts: &mut LayoutCache,
) -> Result<Vec<ConflictData>, SnapshotError> {
    let Some(run) = store.newest_run("reduce")? else {
        return Ok(Vec::new());
    };
    // Edges are the stage's second unit.
    if !store.done_units(run.id)?.contains(&1) {
        return Ok(Vec::new());
    }
    let issues = store.issues(run.id)?;
    let mut sides = BTreeMap::new();
    for issue in &issues {
        for m in &issue.members {
            sides.insert(m.statement, (issue.id, *m));
        }
    }
    let statements: BTreeMap<StatementId, Statement> =
        store.statements()?.into_iter().map(|s| (s.id, s)).collect();
    let mut with_statements: Vec<DocId> = statements.values().map(|s| s.doc).collect();
    with_statements.sort_unstable();
    with_statements.dedup();
    let docs = store.documents_of(&with_statements)?;
    let book = Book {
        docs: docs.into_iter().map(|d| (d.id, d)).collect(),
        statements,
        sides,
        issues,
        run: run.id,
    };
    let replay = Replay::read(store, run.id, settings.n_rounds, &Silent)?;
    let mut out = Vec::new();
    for (nation, state, edges) in replay.states() {
        out.push(nation_data(
            store,
            settings,
            &book,
            &Open {
                nation,
                state,
                edges,
                round: replay.round(),
            },
            layouts,
        )?);
    }
    out.sort_by_key(|c| c.nation.paper_order());
    Ok(out)
}

/// A nation's graph in its open round.
struct Open<'a> {
    nation: Nation,
    state: &'a ReductionState,
    edges: &'a [ConflictEdge],
    round: u32,
}

fn nation_data(
    store: &Store,
    settings: &Settings,
    book: &Book,
    open: &Open<'_>,
    layouts: &mut LayoutCache,
) -> Result<ConflictData, SnapshotError> {
    let Open {
        nation,
        state,
        edges,
        round: open_round,
    } = *open;
    let issues: Vec<&Issue> = book.issues.iter().filter(|i| i.nation == nation).collect();
    let issue_idx: BTreeMap<IssueId, u32> = issues
        .iter()
        .enumerate()
        .map(|(i, issue)| (issue.id, i as u32))
        .collect();
    let live: Vec<&ConflictEdge> = edges
        .iter()
        .filter(|e| state.fate(e.id) == Some(EdgeFate::Live))
        .collect();
    let (nodes, links, node_of) = graph(settings, book, nation, &live, &issue_idx, layouts);
    let dropped: BTreeMap<StatementId, u32> = state.minority().into_iter().collect();
    let rounds: Vec<RoundRow> = store
        .rounds(book.run)?
        .into_iter()
        .filter(|r| r.nation == nation)
        .map(|r| RoundRow {
            round: r.round,
            n_flagged: r.n_flagged,
            n_removed: r.n_removed,
            n_kept: r.n_kept,
            n_dropped: r.n_dropped,
            n_conflict_left: r.n_conflict_left,
            closed: r.closed,
        })
        .collect();
    let decisions = store.decisions(book.run)?;
    let in_force = decisions_in_force(&decisions, open_round);
    let by_id: BTreeMap<_, &ConflictEdge> = edges.iter().map(|e| (e.id, e)).collect();
    let proposition_of = |s: StatementId| {
        book.sides
            .get(&s)
            .and_then(|(issue, _)| issue_idx.get(issue))
            .and_then(|&i| issues.get(i as usize))
            .map_or_else(String::new, |i| i.proposition.clone())
    };
    let mut queue = Vec::new();
    for flag in store
        .flags(book.run)?
        .iter()
        .filter(|f| f.round == open_round)
    {
        let Some(edge) = by_id.get(&flag.edge) else {
            continue;
        };
        if let Some(mut item) = queue_item(book, state, flag, edge, &issue_idx, &node_of) {
            if let Some(d) = in_force.get(&flag.edge) {
                item.verdict = Some(d.verdict);
                item.reviewer.clone_from(&d.reviewer);
            }
            queue.push(item);
        }
    }
    let summaries: BTreeMap<IssueId, _> = state
        .issue_summaries()
        .into_iter()
        .map(|s| (s.issue, s))
        .collect();
    let line = |id: StatementId| statement_line(book, id, &proposition_of);
    Ok(ConflictData {
        nation,
        round: open_round - 1,
        n_rounds: settings.n_rounds,
        nodes,
        links,
        issues: issues
            .iter()
            .map(|issue| {
                let summary = summaries.get(&issue.id);
                IssueRow {
                    id: issue.id,
                    proposition: issue.proposition.clone(),
                    n_statements: summary.map_or(issue.members.len(), |s| s.n_live),
                    n_docs: summary.map_or(0, |s| s.n_docs),
                    dominant: summary.map_or(0.0, |s| s.dominant),
                    contested: summary.is_some_and(|s| s.contested.is_some()),
                    stances: issue
                        .members
                        .iter()
                        .filter(|m| !dropped.contains_key(&m.statement))
                        .map(|m| (m.stance.value() * m.confidence) as f32)
                        .collect(),
                }
            })
            .collect(),
        queue,
        rounds,
        minority: dropped.keys().filter_map(|id| line(*id)).collect(),
        self_contradictions: state
            .self_contradictions()
            .into_iter()
            .filter_map(|c| Some((line(c.a)?, line(c.b)?)))
            .collect(),
        n_edges: live.len(),
        n_conflict_edges: live.iter().filter(|e| e.is_conflict()).count(),
        decisions: decisions
            .iter()
            .rev()
            .filter_map(|d| by_id.get(&d.edge).map(|e| (d, e)))
            .take(N_DECISIONS)
            .map(|(d, edge)| DecisionRow {
                at_ms: d.decided_ms,
                verdict: d.verdict,
                issue: proposition_of(edge.a),
                reviewer: d.reviewer.clone(),
                note: d.note.clone(),
                round: d.round,
            })
            .collect(),
    })
}

/// Builds nodes and merged links of the live graph, and the index of every document's node.
fn graph(
    settings: &Settings,
    book: &Book,
    nation: Nation,
    live: &[&ConflictEdge],
    issue_idx: &BTreeMap<IssueId, u32>,
    layouts: &mut LayoutCache,
) -> (Vec<GraphNode>, Vec<GraphLink>, BTreeMap<DocId, u32>) {
    let doc_of = |s: StatementId| book.statements.get(&s).map(|s| s.doc);
    let in_graph: BTreeSet<DocId> = book
        .statements
        .values()
        .filter(|s| s.nation == nation)
        .map(|s| s.doc)
        .collect();
    let node_of: BTreeMap<DocId, u32> = in_graph
        .iter()
        .enumerate()
        .map(|(i, d)| (*d, i as u32))
        .collect();
    let mut merged: BTreeMap<(u32, u32), GraphLink> = BTreeMap::new();
    let mut weights: BTreeMap<(u32, u32), (f64, f64)> = BTreeMap::new();
    for edge in live {
        let (Some(a), Some(b)) = (
            doc_of(edge.a).and_then(|d| node_of.get(&d)).copied(),
            doc_of(edge.b).and_then(|d| node_of.get(&d)).copied(),
        ) else {
            continue;
        };
        let key = (a.min(b), a.max(b));
        let link = merged.entry(key).or_insert(GraphLink {
            a: key.0,
            b: key.1,
            kind: edge.kind,
            conflict: false,
        });
        let (strongest, sum) = weights.entry(key).or_insert((0.0, 0.0));
        if edge.weight > *strongest {
            *strongest = edge.weight;
            link.kind = edge.kind;
        }
        *sum += edge.weight;
        link.conflict |= edge.is_conflict();
    }
    // Opposed statements attract as well: a conflict is between documents that speak of one matter.
    let springs: Vec<(u32, u32, f32)> = weights
        .iter()
        .map(|(&(a, b), &(_, sum))| (a, b, sum as f32))
        .collect();
    let positions = layouts.positions(nation, node_of.len(), springs, settings.seed);
    let mut statements_of: BTreeMap<DocId, Vec<&Statement>> = BTreeMap::new();
    for s in book.statements.values() {
        statements_of.entry(s.doc).or_default().push(s);
    }
    let nodes = node_of
        .iter()
        .map(|(doc, &i)| {
            let of_doc = statements_of.get(doc).map_or(&[][..], Vec::as_slice);
            let issue = of_doc
                .iter()
                .find_map(|s| book.sides.get(&s.id))
                .map(|(issue, _)| *issue);
            let sides: Vec<f64> = of_doc
                .iter()
                .filter_map(|s| book.sides.get(&s.id))
                .filter(|(i, _)| Some(*i) == issue)
                .map(|(_, m)| m.stance.value())
                .collect();
            let speaker = of_doc
                .iter()
                .find_map(|s| s.speaker.as_ref())
                .map(|s| s.name.clone());
            GraphNode {
                doc: *doc,
                position: positions.get(i as usize).copied().unwrap_or([0.0, 0.0]),
                issue_idx: issue
                    .and_then(|i| issue_idx.get(&i))
                    .copied()
                    .unwrap_or(u32::MAX),
                stance: if sides.is_empty() {
                    0.0
                } else {
                    (sides.iter().sum::<f64>() / sides.len() as f64) as f32
                },
                label: speaker
                    .or_else(|| book.docs.get(doc).map(|d| d.source.clone()))
                    .unwrap_or_default(),
            }
        })
        .collect();
    (nodes, merged.into_values().collect(), node_of)
}

fn queue_item(
    book: &Book,
    state: &ReductionState,
    flag: &Flag,
    edge: &ConflictEdge,
    issue_idx: &BTreeMap<IssueId, u32>,
    node_of: &BTreeMap<DocId, u32>,
) -> Option<QueueItem> {
    let other = if flag.deviating == edge.a {
        edge.b
    } else {
        edge.a
    };
    let (issue, _) = book.sides.get(&flag.deviating)?;
    let preview = state.preview(edge.id);
    Some(QueueItem {
        edge: flag.edge,
        issue_idx: *issue_idx.get(issue)?,
        n_cycles: flag.n_cycles,
        priority: flag.priority,
        a: statement_card(book, other, node_of)?,
        b: statement_card(book, flag.deviating, node_of)?,
        cycles: state
            .example_cycles(edge.id, N_EXAMPLE_CYCLES)
            .into_iter()
            .map(|cycle| {
                // The flagged link closes the cycle there; the view wants its two ends first.
                let mut nodes: Vec<u32> = cycle
                    .iter()
                    .filter_map(|d| node_of.get(d))
                    .copied()
                    .collect();
                let by = usize::from(!nodes.is_empty());
                nodes.rotate_right(by);
                nodes
            })
            .collect(),
        preview: preview.map_or_else(PreviewRow::default, |p| PreviewRow {
            n_cycles_broken: flag.n_cycles.saturating_sub(p.link_cycles_left),
            n_cycles_left: p.link_cycles_left,
            dropped: p.dropped,
            dominant_before: p.dominant_before.value,
            dominant_after: p.dominant_after.value,
        }),
        proposal: flag.proposal,
        verdict: None,
        reviewer: String::new(),
    })
}

fn statement_card(
    book: &Book,
    id: StatementId,
    node_of: &BTreeMap<DocId, u32>,
) -> Option<StatementCard> {
    let s = book.statements.get(&id)?;
    let doc = book.docs.get(&s.doc)?;
    let (context, passage_in_context) = context(&doc.body, s.passage);
    let side = book.sides.get(&id).map(|(_, m)| m);
    Some(StatementCard {
        id,
        doc: doc_line(doc),
        node: *node_of.get(&s.doc)?,
        text: s.text.clone(),
        language: s.language,
        context,
        passage_in_context,
        set: s.set,
        speaker: s.speaker.clone(),
        stance: side.map_or(Stance::Neither, |m| m.stance),
        confidence: side.map_or(0.0, |m| m.confidence),
    })
}

/// Cuts the text around a passage and returns where the passage lies in the cut.
fn context(body: &str, passage: Span) -> (String, Span) {
    let n_chars = body.chars().count();
    let start = passage.start.saturating_sub(CONTEXT_CHARS);
    let end = (passage.end + CONTEXT_CHARS).min(n_chars);
    let cut = Span { start, end }
        .slice(body)
        .unwrap_or_default()
        .replace(['\n', '\r'], " ");
    let (before, after) = (
        if start > 0 { "… " } else { "" },
        if end < n_chars { " …" } else { "" },
    );
    let shift = before.chars().count();
    (
        format!("{before}{cut}{after}"),
        Span {
            start: passage.start - start + shift,
            end: passage.end.min(n_chars) - start + shift,
        },
    )
}

fn statement_line(
    book: &Book,
    id: StatementId,
    proposition_of: &dyn Fn(StatementId) -> String,
) -> Option<StatementLine> {
    let s = book.statements.get(&id)?;
    Some(StatementLine {
        id,
        doc: s.doc,
        text: s.text.clone(),
        set: s.set,
        speaker: s.speaker.clone(),
        stance: book
            .sides
            .get(&id)
            .map(|(_, m)| (m.stance, proposition_of(id))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_keeps_the_passage_in_its_place() {
        let body = "x".repeat(300) + "价值应当保护" + &"y".repeat(10);
        let (text, span) = context(
            &body,
            Span {
                start: 300,
                end: 306,
            },
        );
        assert_eq!(span.slice(&text), Some("价值应当保护"));
        assert!(text.starts_with('…') && text.ends_with('y'));
    }
}
