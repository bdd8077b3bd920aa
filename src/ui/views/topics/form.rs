//! Draws the form of an edit in the inspector and sends the edit.

use std::sync::Arc;

use egui::Ui;

use super::edit::{Entry, part};
use super::picker::{Found, field_ui, list_ui};
use super::state::TopicsState;
use crate::snapshot::model::{Snapshot, TopicRow};
use crate::snapshot::passing::Focus;
use crate::ui::theme::Palette;
use crate::ui::widgets::{self, Look, caption, chip};
use crate::ui::{Command, Cx, View, text};

/// How a form goes on after a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// It stays open.
    Stay,
    /// It is given up.
    GiveUp,
    /// What is entered is sent, where that would change something.
    Send,
}

/// Draws the form that stands open.
pub(super) fn form_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut TopicsState, topic: &TopicRow) {
    let Some(mut form) = state.form.take() else {
        return;
    };
    let error = form.entry.error();
    let snapshot = Arc::clone(cx.input.snapshot);
    let focus = cx.focus().cloned();
    ui.add_space(4.0);
    let wants = &mut form.wants_focus;
    let next = match &mut form.entry {
        Entry::Rename { label } => rename_ui(ui, label, error.is_none(), wants),
        Entry::Merge { search, from } => {
            let found = &mut state.found;
            merge_ui(ui, &snapshot, topic, (search, from, found), wants)
        }
        Entry::Split { label } => split_ui(ui, cx, topic, focus.as_deref(), label, wants),
        Entry::Overrule {
            value_related,
            reason,
        } => overrule_ui(ui, (value_related, reason), error.is_none(), wants),
    };
    if let Some(error) = &error {
        let p = Palette::of(ui);
        ui.label(egui::RichText::new(sentence(&error.to_string())).color(p.warning));
    }
    match next {
        Next::Stay => state.form = Some(form),
        Next::GiveUp => {}
        Next::Send => match form.entry.edit(topic, focus.as_deref()) {
            Some(edit) => cx.send(Command::EditTopic(edit)),
            // A mistake, or nothing chosen yet: there is more to enter.
            None if error.is_some() || form.entry.is_open_ended() => {
                form.wants_focus = true;
                state.form = Some(form);
            }
            None => {}
        },
    }
}

/// Begins a message as a sentence.
fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// Draws the two ways out of a form.
fn ends_ui(ui: &mut Ui, verb: &str, name: &str, can: bool) -> Next {
    let mut next = Next::Stay;
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        let button = widgets::action_named(ui, verb, name, Some("Enter"), Look::Primary, can);
        if button.clicked() && can {
            next = Next::Send;
        }
        if widgets::action(ui, "Cancel", Some("Esc"), Look::Plain, true).clicked() {
            next = Next::GiveUp;
        }
    });
    next
}

fn rename_ui(ui: &mut Ui, label: &mut String, can: bool, wants_focus: &mut bool) -> Next {
    let enter = field_ui(ui, label, ("Label", "Label of the topic"), wants_focus);
    let next = ends_ui(ui, "Save", "Save the label", can);
    if enter { Next::Send } else { next }
}

fn merge_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    topic: &TopicRow,
    (search, from, found): (
        &mut String,
        &mut std::collections::BTreeSet<usize>,
        &mut Found,
    ),
    wants_focus: &mut bool,
) -> Next {
    caption(
        ui,
        "Choose the topics that go up in this one, nearest first.",
    );
    let hint = ("Label or number", "Topics to merge");
    let enter = field_ui(ui, search, hint, wants_focus);
    let topics = found.topics(snapshot, Some(topic.number), search);
    if enter && from.is_empty() {
        // The first Enter takes what was searched for, the second confirms.
        if let Some(first) = topics.first().filter(|_| !search.is_empty()) {
            from.insert(first.number);
            search.clear();
        }
        *wants_focus = true;
        list_ui(ui, &topics, "Merge", |n| from.contains(&n));
        return Next::Stay;
    }
    let chosen: Vec<&TopicRow> = from.iter().filter_map(|n| snapshot.topic(*n)).collect();
    if !chosen.is_empty() {
        caption(ui, &together(topic, &chosen));
    }
    let next = ends_ui(ui, "Merge", "Merge the chosen topics", !chosen.is_empty());
    if let Some(number) = list_ui(ui, &topics, "Merge", |n| from.contains(&n)) {
        if !from.remove(&number) {
            from.insert(number);
        }
        // The click took the cursor; words and Enter go on in the field.
        *wants_focus = true;
    }
    if enter { Next::Send } else { next }
}

/// Says what a merge gives.
fn together(topic: &TopicRow, from: &[&TopicRow]) -> String {
    let n_docs = topic.n_docs + from.iter().map(|t| t.n_docs).sum::<usize>();
    let names: Vec<String> = from
        .iter()
        .map(|t| format!("{} “{}”", t.number, t.label))
        .collect();
    format!(
        "With {}: {} together. It keeps number {} and the label “{}”.",
        names.join(", "),
        text::counted(n_docs, "document", "documents"),
        topic.number,
        topic.label
    )
}

fn split_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    topic: &TopicRow,
    focus: Option<&Focus>,
    label: &mut String,
    wants_focus: &mut bool,
) -> Next {
    match part(topic, focus) {
        Err(why) => {
            caption(ui, &why);
            let mut next = Next::Stay;
            ui.horizontal_wrapped(|ui| {
                widgets::action(ui, "Split off", Some("Enter"), Look::Primary, false);
                if cx.input.snapshot.map.is_some()
                    && widgets::action(ui, "Open the map", Some("2"), Look::Plain, true).clicked()
                {
                    cx.shared.view = View::Map;
                }
                if widgets::action(ui, "Cancel", Some("Esc"), Look::Plain, true).clicked() {
                    next = Next::GiveUp;
                }
            });
            next
        }
        Ok(n) => {
            let of = text::counted(topic.n_docs, "document", "documents");
            let words = format!(
                "{} of its {of} are selected and become a topic of their own.",
                text::count_of(n)
            );
            caption(ui, &words);
            let hint = ("Label of the new topic", "Label of the new topic");
            let enter = field_ui(ui, label, hint, wants_focus);
            let can = !label.trim().is_empty();
            let next = ends_ui(ui, "Split off", "Split the selected documents off", can);
            if enter { Next::Send } else { next }
        }
    }
}

fn overrule_ui(
    ui: &mut Ui,
    (value_related, reason): (&mut bool, &mut String),
    can: bool,
    wants_focus: &mut bool,
) -> Next {
    ui.horizontal_wrapped(|ui| {
        for (value, words, name) in [
            (true, "Value-related", "Say it is value-related"),
            (false, "Not", "Say it is not value-related"),
        ] {
            if chip(ui, words, name, None, *value_related == value, None).clicked() {
                *value_related = value;
            }
        }
    });
    let hint = ("Why (may be empty)", "Reason of the verdict");
    let enter = field_ui(ui, reason, hint, wants_focus);
    let next = ends_ui(ui, "Overrule", "Save the verdict", can);
    if enter { Next::Send } else { next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::views::map::sample;

    #[test]
    fn a_merge_says_what_it_gives() {
        let snapshot = sample::snapshot(1400);
        let [a, b, c] = [0, 2, 5].map(|i| &snapshot.topics[i]);
        let n = text::count_of(a.n_docs + b.n_docs + c.n_docs);
        assert_eq!(
            together(a, &[b, c]),
            format!(
                "With 2 “Pension reform”, 5 “Housing”: {n} documents together. It keeps number 0 and the label “Energy transition”."
            )
        );
    }

    #[test]
    fn messages_begin_as_sentences() {
        assert_eq!(
            sentence("a label cannot be empty"),
            "A label cannot be empty"
        );
        assert_eq!(sentence(""), "");
    }
}
