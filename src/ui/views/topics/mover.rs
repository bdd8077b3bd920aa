//! Moving a document to another topic, in the inspector of the document.

use std::sync::Arc;

use egui::Ui;

use super::picker::{Found, field_ui, list_ui};
use super::state::TopicsState;
use crate::base::ids::DocId;
use crate::domain::topic_edit::TopicEdit;
use crate::snapshot::model::TopicRow;
use crate::ui::widgets::{self, Look, section};
use crate::ui::{Command, Cx};

/// What is remembered of moving a document.
#[derive(Debug, Default)]
pub(super) struct Mover {
    /// The document whose list of topics stands open.
    doc: Option<DocId>,
    search: String,
    found: Found,
    wants_focus: bool,
    /// The document that was loaded again since it was moved, with its topic then.
    reloaded: Option<(DocId, Option<usize>)>,
}

impl Mover {
    /// Closes the list; `false` if it was not open.
    pub(super) fn close(&mut self) -> bool {
        self.doc.take().is_some()
    }
}

/// Draws the way of a document to another topic: a button, then a list.
///
/// `now` is the topic that holds it, `loaded` the number of the one that held it when it was loaded.
pub(crate) fn move_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut TopicsState,
    doc: DocId,
    (now, loaded): (Option<&TopicRow>, Option<usize>),
) {
    let snapshot = Arc::clone(cx.input.snapshot);
    let mover = &mut state.mover;
    let number = now.map(|t| t.number);
    // What was loaded tells of the topic before the move: once more, for the new one.
    if number != loaded && mover.reloaded != Some((doc, number)) {
        mover.reloaded = Some((doc, number));
        cx.send(Command::SelectDoc(doc));
    }
    if snapshot.topics.is_empty() {
        return;
    }
    if mover.doc != Some(doc) {
        let words = "Move to another topic …";
        if widgets::action_small(ui, words, "Move the document to another topic", None).clicked() {
            mover.doc = Some(doc);
            mover.search.clear();
            mover.wants_focus = true;
        }
        return;
    }
    section(ui, "Move to another topic");
    let hint = ("Label or number", "Topic to move the document to");
    let enter = field_ui(ui, &mut mover.search, hint, &mut mover.wants_focus);
    let topics = mover.found.topics(&snapshot, number, &mover.search);
    let mut to: Option<Option<usize>> = None;
    ui.horizontal(|ui| {
        let name = "Move to no topic";
        let can = now.is_some();
        if widgets::action_named(ui, "No topic", name, None, Look::Plain, can).clicked() {
            to = Some(None);
        }
        if widgets::action(ui, "Cancel", Some("Esc"), Look::Plain, true).clicked() {
            mover.doc = None;
        }
    });
    to = list_ui(ui, &topics, "Move to", |_| false).map(Some).or(to);
    if enter && let Some(first) = topics.first().filter(|_| !mover.search.is_empty()) {
        to = Some(Some(first.number));
    }
    if let Some(to) = to {
        mover.doc = None;
        let docs = vec![doc];
        cx.send(Command::EditTopic(TopicEdit::MoveDocs { docs, to }));
    }
}
