//! A flagged edge in the queue: both statements with their passages in their articles.

use std::collections::BTreeMap;

use super::super::build::doc_line;
use super::super::model::conflicts::{QueueItem, StatementCard};
use super::Book;
use crate::base::ids::{DocId, IssueId, StatementId};
use crate::base::sentences::in_context;
use crate::domain::conflict::{Flag, Stance};
use crate::domain::review::Votes;

/// Characters of the article shown on each side of a passage.
const CONTEXT_CHARS: usize = 140;

/// Puts a flagged edge into the queue.
pub(super) fn queue_item(
    book: &Book,
    flag: &Flag,
    votes: &Votes,
    issue_places: &BTreeMap<IssueId, u32>,
    node_of: &BTreeMap<DocId, u32>,
) -> Option<QueueItem> {
    let edge = book.edges.get(&flag.edge)?;
    let other = if flag.deviating == edge.a {
        edge.b
    } else {
        edge.a
    };
    let issue = book.issue_of(flag.deviating)?;
    let votes = votes.of(flag.edge).cloned().unwrap_or_default();
    Some(QueueItem {
        edge: flag.edge,
        kind: edge.kind,
        issue_idx: *issue_places.get(&issue)?,
        n_cycles: flag.n_cycles,
        priority: flag.priority,
        a: statement_card(book, other, node_of)?,
        b: statement_card(book, flag.deviating, node_of)?,
        proposal: flag.proposal,
        standing: votes.standing(),
        votes,
    })
}

fn statement_card(
    book: &Book,
    id: StatementId,
    node_of: &BTreeMap<DocId, u32>,
) -> Option<StatementCard> {
    let s = book.statements.get(&id)?;
    let doc = book.docs.get(&s.doc)?;
    let (context, passage_in_context) = in_context(&doc.body, s.passage, CONTEXT_CHARS);
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
