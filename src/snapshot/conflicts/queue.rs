//! A flagged edge inside its cycles: both statements with their passages, and what removing would do.

use std::collections::BTreeMap;

use super::super::build::doc_line;
use super::super::model::conflicts::{PreviewRow, QueueItem, StatementCard};
use super::Book;
use crate::algo::conflict::reduce::ReductionState;
use crate::base::ids::{DocId, IssueId, StatementId};
use crate::base::sentences::Span;
use crate::domain::conflict::{ConflictEdge, Flag, Stance};

/// Characters of the article shown on each side of a passage.
const CONTEXT_CHARS: usize = 140;

/// Cycles shown of a flagged edge.
const N_EXAMPLE_CYCLES: usize = 8;

pub(super) fn queue_item(
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
