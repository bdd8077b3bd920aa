//! The map's inspector while no document is open: what is shown and selected, in figures.

use std::sync::{Arc, Weak};

use egui::Ui;

use super::saved::saved_ui;
use super::source_maps;
use super::state::MapState;
use crate::snapshot::model::{MapData, Snapshot, TopicRow};
use crate::snapshot::passing::Counted;
use crate::ui::conditions::Condition;
use crate::ui::document::doc_line_ui;
use crate::ui::theme::{self, Palette};
use crate::ui::views::shares::{Share, shares_ui};
use crate::ui::widgets::{
    Look, action, action_small, caption, cell, fact_row, link_row, section, title,
};
use crate::ui::{Cx, text};

/// Documents listed of a selection.
const N_LISTED: usize = 30;

/// Topics listed of what is shown.
const N_TOPICS: usize = 8;

/// The largest topics of what is shown, sorted once for each count.
#[derive(Debug, Default)]
pub(super) struct LargestTopics {
    of: (Weak<Counted>, Weak<Vec<TopicRow>>),
    /// Topics with a document.
    n: usize,
    /// Number and documents of the largest.
    largest: Vec<(usize, usize)>,
}

impl LargestTopics {
    /// Sorts anew where the count or the topics are others.
    fn follow(&mut self, shown: &Arc<Counted>, topics: &Arc<Vec<TopicRow>>) {
        let (counted, rows) = &self.of;
        if counted.as_ptr() == Arc::as_ptr(shown) && rows.as_ptr() == Arc::as_ptr(topics) {
            return;
        }
        let mut sizes: Vec<(usize, usize)> = topics
            .iter()
            .map(|t| (t.number, shown.n_of_topic(t.number)))
            .filter(|(_, n)| *n > 0)
            .collect();
        sizes.sort_by_key(|(t, n)| (std::cmp::Reverse(*n), *t));
        self.n = sizes.len();
        sizes.truncate(N_TOPICS);
        self.largest = sizes;
        self.of = (Arc::downgrade(shown), Arc::downgrade(topics));
    }
}

/// Draws the way from a topic back to the map's figures; tells whether it was taken.
pub fn back_ui(ui: &mut Ui) -> bool {
    ui.add_space(8.0);
    action_small(
        ui,
        "Back to the map's figures",
        "Show the map's figures",
        Some("Esc"),
    )
    .clicked()
}

/// Draws the inspector of the map while no document is open.
pub fn inspector_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut MapState) {
    if state.sources.is_on(cx) {
        source_maps::inspector_ui(ui, cx, state);
        return;
    }
    let snapshot = Arc::clone(cx.input.snapshot);
    let Some(map) = &snapshot.map else {
        section(ui, "Map");
        caption(ui, "Nothing to show yet.");
        return;
    };
    let focus = cx.focus().cloned();
    let shown = focus.as_ref().map_or(&*map.all, |f| &*f.shown);
    let is_selected = focus.as_ref().is_some_and(|f| f.selected.is_some());
    let is_part = focus.is_some();
    section(
        ui,
        if is_selected {
            "Selection"
        } else if is_part {
            "Filter"
        } else {
            "Map"
        },
    );
    title(ui, &text::counted(shown.n, "document", "documents"));
    let n_topics = (0..map.n_topics)
        .filter(|t| shown.n_of_topic(*t) > 0)
        .count();
    let n_nations = shown.by_nation.iter().filter(|n| **n > 0).count();
    caption(
        ui,
        &text::dotted([
            text::counted(n_topics, "topic", "topics").as_str(),
            text::counted(n_nations, "nation", "nations").as_str(),
        ]),
    );
    conditions_ui(ui, cx, map);
    saved_ui(ui, cx, &mut state.saved, map);
    nations_ui(ui, cx, map, shown, is_part);
    if let Some(focus) = &focus {
        state.largest_topics.follow(&focus.shown, &snapshot.topics);
        topics_ui(ui, cx, &snapshot, &state.largest_topics);
    }
    section(ui, "Quality");
    let share_out = shown.n_outliers as f64 / shown.n.max(1) as f64;
    fact_row(ui, "Outliers", &format!("{} %", text::percent(share_out)));
    if let Some(trust) = map.trustworthiness {
        fact_row(ui, "Trustworthiness at 15", &text::share(trust));
    }
    if is_part {
        documents_ui(ui, cx, map, shown);
    } else {
        ui.add_space(12.0);
        caption(
            ui,
            "Drag to move, wheel to zoom, click a point to read it. A click in the legend filters; a lasso selects (Shift adds, Alt takes away, both keep what is in both). What is left out stays gray.",
        );
        let has_parts = map.places.nations.len() > 1 || map.places.sources.len() > 1;
        if has_parts && !source_maps::can_show(cx) {
            source_maps::offer_ui(ui, cx);
        }
    }
}

/// Says what is filtered by, each condition with a way out.
fn conditions_ui(ui: &mut Ui, cx: &mut Cx<'_>, map: &MapData) {
    if !cx.shared.search.is_empty() {
        let words = format!("found by the search: “{}”", cx.shared.search);
        if condition_ui(ui, &words) {
            cx.shared.search.clear();
        }
    }
    for condition in Condition::all(&cx.shared.desk) {
        let words = condition.words(&cx.shared.desk, &map.months);
        if condition_ui(ui, &words) {
            condition.let_go(&mut cx.shared.desk);
        }
    }
}

/// Draws a condition; tells whether it was let go of.
fn condition_ui(ui: &mut Ui, words: &str) -> bool {
    let mut let_go = false;
    ui.horizontal(|ui| {
        ui.set_min_height(24.0);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let name = format!("Let go of {words}");
            let button = egui::Button::new("×").frame(false);
            let_go = ui.add(button).accessible_name(name).clicked();
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                caption(ui, words);
            });
        });
    });
    let_go
}

fn nations_ui(ui: &mut Ui, cx: &Cx<'_>, map: &MapData, shown: &Counted, is_part: bool) {
    section(
        ui,
        if is_part {
            "Nations, corrected for corpus size"
        } else {
            "Nations"
        },
    );
    let rows: Vec<_> = map
        .places
        .nations
        .iter()
        .zip(&shown.by_nation)
        .zip(&map.all.by_nation)
        .filter(|((nation, _), _)| cx.shared.shows(**nation))
        .map(|((nation, n), n_all)| {
            let rate = *n as f64 / if is_part { *n_all as f64 } else { 1.0 }.max(1.0);
            (*nation, *n, rate)
        })
        .collect();
    let sum: f64 = rows.iter().map(|r| r.2).sum::<f64>().max(1e-12);
    let top = rows.iter().map(|r| r.2).fold(0.0, f64::max).max(1e-12);
    let shares: Vec<Share> = rows
        .iter()
        .map(|(nation, n, rate)| Share {
            nation: *nation,
            words: format!("{} · {} %", text::count_of(*n), text::percent(rate / sum)),
            length: (rate / top) as f32,
        })
        .collect();
    shares_ui(ui, &shares);
}

fn topics_ui(ui: &mut Ui, cx: &mut Cx<'_>, snapshot: &Snapshot, sizes: &LargestTopics) {
    if sizes.n < 2 {
        return;
    }
    section(ui, "Topics");
    for &(t, n) in &sizes.largest {
        let Some(topic) = snapshot.topic(t) else {
            continue;
        };
        let (rect, response) = link_row(ui, 24.0, &topic.label, false);
        cell(
            ui.painter(),
            rect,
            egui::Align2::LEFT_CENTER,
            &topic.label,
            theme::regular(theme::BODY),
            Palette::of(ui).ink,
        );
        cell(
            ui.painter(),
            rect,
            egui::Align2::RIGHT_CENTER,
            &text::count_of(n),
            theme::regular(theme::BODY),
            Palette::of(ui).secondary,
        );
        if response.clicked() {
            cx.shared.desk.filter.topics = [t as u16].into();
        }
    }
}

fn documents_ui(ui: &mut Ui, cx: &mut Cx<'_>, map: &MapData, shown: &Counted) {
    let Some(rows) = &shown.rows else { return };
    section(ui, "Documents");
    for row in rows.rows().take(N_LISTED) {
        if let Some(line) = map.doc_line(row)
            && doc_line_ui(ui, &line)
        {
            cx.select_doc(line.id);
            return;
        }
    }
    if shown.n > N_LISTED {
        caption(
            ui,
            &format!("and {} more", text::count_of(shown.n - N_LISTED)),
        );
    }
    ui.add_space(8.0);
    if action(ui, "Show all documents", Some("A"), Look::Plain, true).clicked() {
        cx.shared.show_all();
    }
}
