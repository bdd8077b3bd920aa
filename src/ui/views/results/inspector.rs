//! One cell in the inspector: its figures, its items, and the form for another model.

use std::sync::Arc;

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::derive::{
    counts_words, holds_chance, is_right, key_of, under, unit_words, verdicts_words,
};
use super::form::{form_ui, waiting_ui};
use super::item::item_ui;
use super::state::{PAGE_ITEMS, ResultsState};
use crate::domain::evaluation::Method;
use crate::snapshot::model::results::{CellDetail, CellItem, ResultTable, RowKind};
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{self, Look, caption, cell, fact_row, link_row, section, title};
use crate::ui::{Cx, text};

/// Draws the cell under the outline; while there is none, the form for another model.
pub fn inspector_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ResultsState) {
    let data = Arc::clone(&cx.input.snapshot.results);
    let table = state.table(&data);
    let Some((table, cursor)) = table.zip(state.cursor.clone()) else {
        reading_ui(ui, table);
        if table.is_some() {
            if !data.waiting.is_empty() {
                section(ui, "Named by the project, not evaluated yet");
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
                    waiting_ui(ui, cx, &data);
                });
            }
            form_ui(ui, cx, state, "Evaluate another model");
        }
        return;
    };
    let detail = state.detail(cx).cloned();
    if let Some(detail) = &detail
        && let Some(at) = detail
            .items
            .iter()
            .position(|i| Some(i.statement) == state.item)
    {
        item_ui(ui, cx, state, detail, at);
        return;
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let p = Palette::of(ui);
        let words = egui::RichText::new("Cell").font(theme::strong(theme::CAPTION));
        ui.label(words.color(p.secondary));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::action_small(ui, "Close", "Close the cell", Some("Esc")).clicked() {
                state.step_back(cx);
            }
        });
    });
    let Some((row, value)) = under(table, &cursor) else {
        caption(ui, "This table has no such cell.");
        return;
    };
    title(ui, &format!("{} × {}", row.name, cursor.nation.code()));
    let n = if value.n_items > 0 {
        format!("n {}", text::count_of(value.n_items))
    } else {
        String::new()
    };
    let counts = if value.n_items > 0 {
        counts_words(value)
    } else {
        String::new()
    };
    caption(
        ui,
        &text::dotted([
            table.method.name(),
            table.set.code(),
            n.as_str(),
            counts.as_str(),
        ]),
    );
    if !row.detail.is_empty() {
        caption(ui, &row.detail);
    }
    demonstration_ui(ui, &row.detail);
    ui.add_space(8.0);
    let Some(rate) = value.rate_share else {
        caption(
            ui,
            "Missing: this model has not been asked about these items by this method.",
        );
        return;
    };
    fact_row(ui, "Rate", &text::small_share(rate));
    if let Some((low, high)) = value.interval {
        let words = format!("{} to {}", text::small_share(low), text::small_share(high));
        fact_row(ui, "95 % interval (Wilson)", &words);
    }
    if value.n_trials > 0 {
        let words = format!(
            "{}, spread {}",
            text::count_of(value.n_trials),
            text::small_share(value.trial_spread)
        );
        fact_row(ui, "Trials", &words);
    }
    if holds_chance(table.method, value) {
        fact_row(ui, "Chance", "inside the interval");
    }
    if let Some(p_value) = value.best_p.filter(|_| value.best) {
        let words = format!("{} (Holm)", text::p_words(p_value));
        fact_row(ui, "Best, against the next", &words);
    }
    if row.kind == RowKind::Reference {
        ui.add_space(8.0);
        caption(
            ui,
            "A number of the paper, on the paper's items. It stands here to be compared by eye; it is never starred and takes no part in a test.",
        );
        return;
    }
    if let Some(detail) = detail {
        ui.scope(|ui| items_ui(ui, state, &detail));
    } else if key_of(table, &cursor).is_some() && key_of(table, &cursor) == state.opened {
        ui.add_space(8.0);
        caption(ui, "Loading …");
    } else {
        ui.add_space(12.0);
        if widgets::action(ui, "Show its items", Some("Enter"), Look::Plain, true).clicked() {
            state.open(cx);
        }
    }
}

/// Warns where numbers say nothing about nations.
fn demonstration_ui(ui: &mut Ui, detail: &str) {
    if detail.to_lowercase().contains("demonstration") {
        ui.add_space(4.0);
        let p = Palette::of(ui);
        let words = "A demonstration model is tiny and trained on invented text: its numbers show how the program works and say nothing about nations.";
        ui.add(egui::Label::new(egui::RichText::new(words).color(p.warning)).wrap());
    }
}

fn items_ui(ui: &mut Ui, state: &mut ResultsState, detail: &CellDetail) {
    let n_items = detail.items.len();
    if n_items == 0 {
        section(ui, "Items");
        caption(ui, "This cell has no items.");
        return;
    }
    let last_page = (n_items - 1) / PAGE_ITEMS;
    state.page = state.page.min(last_page);
    let first = state.page * PAGE_ITEMS;
    let mut chosen = None;
    let mut last = None;
    let n_wrong = detail.items.iter().filter(|i| !is_right(i)).count();
    ui.spacing_mut().item_spacing.y = 0.0;
    for item in detail.items.iter().skip(first).take(PAGE_ITEMS) {
        let right = is_right(item);
        if last != Some(right) {
            let words = if right {
                format!(
                    "Right, {} of {}",
                    text::count_of(n_items - n_wrong),
                    text::count_of(n_items)
                )
            } else {
                format!(
                    "Wrong by most, {} of {}",
                    text::count_of(n_wrong),
                    text::count_of(n_items)
                )
            };
            section(ui, &words);
            last = Some(right);
        }
        if item_row_ui(ui, detail.key.method, item) {
            chosen = Some(item.statement);
        }
    }
    if let Some(statement) = chosen {
        state.item = Some(statement);
    }
    if last_page == 0 {
        return;
    }
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if widgets::action_named(
            ui,
            "Previous",
            "Previous page of items",
            None,
            Look::Plain,
            state.page > 0,
        )
        .clicked()
        {
            state.page = state.page.saturating_sub(1);
        }
        if widgets::action_named(
            ui,
            "Next",
            "Next page of items",
            None,
            Look::Plain,
            state.page < last_page,
        )
        .clicked()
        {
            state.page += 1;
        }
        let to = (first + PAGE_ITEMS).min(n_items);
        let words = format!(
            "{}–{} of {}",
            text::count_of(first + 1),
            text::count_of(to),
            text::count_of(n_items)
        );
        caption(ui, &words);
    });
}

fn item_row_ui(ui: &mut Ui, method: Method, item: &CellItem) -> bool {
    let p = Palette::of(ui);
    let name = format!("Open the item “{}”", item.question);
    let (rect, response) = link_row(ui, 52.0, &name, false);
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        let top = Rect::from_min_max(
            pos2(rect.left(), rect.top() + 6.0),
            pos2(rect.right(), rect.center().y + 1.0),
        );
        cell(
            painter,
            top,
            Align2::LEFT_CENTER,
            &item.question,
            theme::strong(theme::BODY),
            p.ink,
        );
        let below = Rect::from_min_max(
            pos2(rect.left(), rect.center().y + 2.0),
            pos2(rect.right(), rect.bottom() - 6.0),
        );
        let left_end = if let Some((s, rs)) = item.perplexities {
            perplexities(painter, below, s, rs, &p)
        } else {
            let words = verdicts_words(method, &item.verdicts);
            let room = Rect::from_min_max(
                below.min,
                pos2(below.left() + 0.68 * below.width(), below.bottom()),
            );
            let font = theme::regular(12.0);
            cell(
                painter,
                room,
                Align2::LEFT_CENTER,
                &words,
                font,
                p.secondary,
            )
            .right()
        };
        let rest = Rect::from_min_max(pos2(left_end + 12.0, below.top()), below.max);
        cell(
            painter,
            rest,
            Align2::RIGHT_CENTER,
            &item.topic,
            theme::regular(12.0),
            p.secondary,
        );
    }
    response.clicked()
}

/// Writes both perplexities into a line; returns where they end.
pub(super) fn perplexities(painter: &egui::Painter, at: Rect, s: f64, rs: f64, p: &Palette) -> f32 {
    let mut x = at.left();
    for (words, strong) in [
        ("PPL S ", false),
        (text::perplexity(s).as_str(), true),
        ("   RS ", false),
        (text::perplexity(rs).as_str(), true),
    ] {
        let (font, ink) = if strong {
            (theme::strong(12.0), p.ink)
        } else {
            (theme::regular(12.0), p.secondary)
        };
        let rest = Rect::from_min_max(pos2(x, at.top()), at.max);
        x = cell(painter, rest, Align2::LEFT_CENTER, words, font, ink).right();
    }
    x
}

fn reading_ui(ui: &mut Ui, table: Option<&ResultTable>) {
    section(ui, "Reading");
    let Some(table) = table else {
        caption(
            ui,
            "A row is a model, a column a nation. MC: the share of items where the model finds the statement S more expected than its reverse RS. AJ: the share of its own answers that a judge finds closer to S in both orders.",
        );
        return;
    };
    caption(
        ui,
        &format!(
            "{}: {}. Trials are averaged per item. A click on a cell shows its items; arrow keys move the outline.",
            table.method.name(),
            unit_words(table.method)
        ),
    );
    let demonstration = table
        .rows
        .iter()
        .any(|r| r.detail.to_lowercase().contains("demonstration"));
    if demonstration {
        demonstration_ui(ui, "demonstration");
    }
}
