//! A flagged edge in the queue: both statements with their passages in their articles.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::build::doc_line;
use super::super::model::conflicts::{QueueItem, StatementCard};
use super::Book;
use crate::base::ids::{DocId, IssueId, StatementId};
use crate::base::sentences::in_context;
use crate::domain::conflict::{Flag, Stance};
use crate::domain::review::Votes;

/// Characters of the article shown on each side of a passage.
const CONTEXT_CHARS: usize = 140;

/// The cards of statements, kept while the round is open: a verdict changes none of them.
#[derive(Default)]
pub(super) struct Cards {
    of: BTreeMap<StatementId, Arc<StatementCard>>,
}

impl Cards {
    fn card(
        &mut self,
        book: &Book,
        id: StatementId,
        node_of: &BTreeMap<DocId, u32>,
    ) -> Option<Arc<StatementCard>> {
        if let Some(card) = self.of.get(&id) {
            return Some(Arc::clone(card));
        }
        let card = Arc::new(statement_card(book, id, node_of)?);
        self.of.insert(id, Arc::clone(&card));
        Some(card)
    }
}

/// Puts a flagged edge into the queue.
pub(super) fn queue_item(
    book: &Book,
    flag: &Flag,
    votes: &Votes,
    issue_places: &BTreeMap<IssueId, u32>,
    node_of: &BTreeMap<DocId, u32>,
    cards: &mut Cards,
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
        a: cards.card(book, other, node_of)?,
        b: cards.card(book, flag.deviating, node_of)?,
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
