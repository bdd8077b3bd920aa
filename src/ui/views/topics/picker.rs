//! A list of topics to choose from, narrowed by words.

use std::sync::{Arc, Weak};

use egui::{Align2, Rect, Ui, pos2};

use super::edit::{is_meant, others};
use crate::snapshot::model::topics::TopicTree;
use crate::snapshot::model::{Snapshot, TopicRow};
use crate::ui::text;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{self, Icon, caption, cell, icon, link_row};

/// Topics listed at once; words find the others.
const MAX_LISTED: usize = 30;

/// Draws a field of one line; tells whether Enter was pressed in it, or anywhere while nothing else
/// hears of keys.
pub(super) fn field_ui(
    ui: &mut Ui,
    words: &mut String,
    (hint, name): (&str, &str),
    wants_focus: &mut bool,
) -> bool {
    let response = widgets::field(ui, words, name, hint, f32::INFINITY);
    if std::mem::take(wants_focus) {
        response.request_focus();
        // The form may stand below the fold.
        response.scroll_to_me(None);
    }
    let is_alone = ui.memory(|m| m.focused().is_none());
    (response.lost_focus() || is_alone) && ui.input(|i| i.key_pressed(egui::Key::Enter))
}

/// The topics that some words mean, looked for once for the same topics and words.
#[derive(Debug, Default)]
pub(super) struct Found {
    of: (Weak<Vec<TopicRow>>, Weak<TopicTree>),
    beside: Option<usize>,
    words: String,
    numbers: Vec<usize>,
}

impl Found {
    /// Returns the topics besides one that some words mean, the nearest to it first.
    pub(super) fn topics<'s>(
        &mut self,
        snapshot: &'s Snapshot,
        beside: Option<usize>,
        words: &str,
    ) -> Vec<&'s TopicRow> {
        let (topics, tree) = (&snapshot.topics, &snapshot.topic_tree);
        let same = self.of.0.as_ptr() == Arc::as_ptr(topics)
            && self.of.1.as_ptr() == Arc::as_ptr(tree)
            && self.beside == beside
            && self.words == words;
        if !same {
            self.of = (Arc::downgrade(topics), Arc::downgrade(tree));
            self.beside = beside;
            words.clone_into(&mut self.words);
            self.numbers = others(snapshot, beside);
            self.numbers
                .retain(|n| snapshot.topic(*n).is_some_and(|t| is_meant(t, words)));
        }
        self.numbers
            .iter()
            .filter_map(|n| snapshot.topic(*n))
            .collect()
    }
}

/// Draws topics, one a row; returns the number of one that was clicked.
///
/// `chosen` tells which have a check mark, `verb` what a click does, `Merge` or `Move to`.
pub(super) fn list_ui(
    ui: &mut Ui,
    topics: &[&TopicRow],
    verb: &str,
    chosen: impl Fn(usize) -> bool,
) -> Option<usize> {
    let mut clicked = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for topic in topics.iter().take(MAX_LISTED) {
            let name = format!("{verb} {} {}", topic.number, topic.label);
            if row_ui(ui, topic, &name, chosen(topic.number)) {
                clicked = Some(topic.number);
            }
        }
    });
    match topics.len().checked_sub(MAX_LISTED) {
        _ if topics.is_empty() => {
            caption(ui, "No topic of that name.");
        }
        Some(n_more) if n_more > 0 => {
            caption(ui, &format!("and {n_more} more; words find them"));
        }
        _ => {}
    }
    clicked
}

fn row_ui(ui: &mut Ui, topic: &TopicRow, name: &str, chosen: bool) -> bool {
    let p = Palette::of(ui);
    let (rect, response) = link_row(ui, 28.0, name, chosen);
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        let part = |from: f32, to: f32| {
            Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom()))
        };
        let small = theme::regular(theme::CAPTION);
        let left = rect.left();
        if chosen {
            icon(painter, part(left, left + 14.0), Icon::Check, p.ink);
        }
        cell(
            painter,
            part(left + 14.0, left + 42.0),
            Align2::RIGHT_CENTER,
            &topic.number.to_string(),
            small.clone(),
            p.secondary,
        );
        let n_docs = text::count_of(topic.n_docs);
        cell(
            painter,
            part(rect.right() - 60.0, rect.right()),
            Align2::RIGHT_CENTER,
            &n_docs,
            small,
            p.secondary,
        );
        cell(
            painter,
            part(left + 50.0, rect.right() - 62.0),
            Align2::LEFT_CENTER,
            &topic.label,
            theme::regular(theme::BODY),
            p.ink,
        );
    }
    response.clicked()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::views::map::sample;

    #[test]
    fn the_search_follows_words_and_topics() {
        let mut snapshot = sample::snapshot(140);
        let mut found = Found::default();
        let mut numbers = |snapshot: &Snapshot, beside, words: &str| -> Vec<usize> {
            let topics = found.topics(snapshot, beside, words);
            topics.iter().map(|t| t.number).collect()
        };
        let all = numbers(&snapshot, Some(0), "");
        assert_eq!(all, others(&snapshot, Some(0)));
        assert_eq!(numbers(&snapshot, Some(0), ""), all);
        assert_eq!(numbers(&snapshot, Some(0), "pension"), [2]);
        assert_eq!(numbers(&snapshot, None, "").len(), sample::N_TOPICS);
        // One that has been merged away is found no longer.
        let rest = snapshot.topics.iter().filter(|t| t.number != 2);
        snapshot.topics = Arc::new(rest.cloned().collect());
        assert!(numbers(&snapshot, Some(0), "pension").is_empty());
    }
}
