//! The filter's doors in the top bar: words, outlets, sets of statements, strength of membership and further
//! columns in one list that opens from a chip, and the chip of the time.

use std::sync::Arc;

use egui::{
    Align, Frame, Layout, Margin, Popup, PopupCloseBehavior, RectAlign, ScrollArea, TextEdit, Ui,
};

use super::conditions::Condition;
use super::everywhere::{Action, Everywhere};
use super::theme::{self, Palette};
use super::views::map::months_in_words;
use super::widgets::button::CHECK_ROW;
use super::widgets::{action, action_small, check_row, chip, range, section};
use super::{Cx, text, widgets};
use crate::domain::columns::civil_of_day;
use crate::domain::filter::toggle;
use crate::domain::months::Months;
use crate::domain::statement::StatementSet;
use crate::snapshot::model::MapData;

/// Width of the list in points.
const WIDTH: f32 = 320.0;

/// Values of a list that stand without scrolling.
const N_ROWS: usize = 7;

/// What the list remembers.
#[derive(Debug, Default)]
pub(super) struct FilterState {
    open: bool,
    wants_focus: bool,
    is_typing: bool,
    /// Part of an outlet's name that is looked for.
    outlet: String,
    /// The further column whose values are listed.
    field: Option<String>,
    /// Part of a value of that column that is looked for.
    value: String,
}

/// A value that can be chosen, with its number of documents.
struct Choice<'a> {
    text: &'a str,
    n: usize,
    on: bool,
}

impl FilterState {
    /// Opens the list, or closes it.
    pub(super) fn toggle(&mut self) {
        self.open = !self.open;
        self.wants_focus = self.open;
    }

    /// Closes the list; `false` if it is not open.
    pub(super) fn close(&mut self) -> bool {
        std::mem::take(&mut self.open)
    }

    /// Tells whether words are being typed: what is filtered by is then still on its way.
    pub(super) fn is_typing(&self) -> bool {
        self.open && self.is_typing
    }

    /// Draws the chips, from right to left.
    pub(super) fn chips_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Cx<'_>,
        everywhere: &mut Everywhere,
        wide: bool,
    ) {
        let snapshot = Arc::clone(cx.input.snapshot);
        let Some(map) = snapshot.map.as_ref().filter(|m| m.places.n_rows() > 0) else {
            self.open = false;
            return;
        };
        let n = Condition::all(&cx.shared.desk)
            .into_iter()
            .filter(stands_in_the_list)
            .count();
        let words = if n > 0 {
            format!("Filter · {n}")
        } else {
            "Filter".to_owned()
        };
        let button = chip(ui, &words, "Filter documents", None, n > 0, None)
            .on_hover_text("Filter documents (Ctrl F)");
        if button.clicked() {
            self.toggle();
        }
        let days = cx.shared.desk.filter.days;
        if wide
            && map.months.n > 1
            && chip(
                ui,
                &time_words(&map.months, days),
                "Filter by time",
                None,
                days.is_some(),
                None,
            )
            .clicked()
        {
            everywhere.want(Action::ShowTime);
        }
        let height = (ui.ctx().content_rect().bottom() - button.rect.bottom() - 64.0).max(200.0);
        let mut open = self.open;
        Popup::from_response(&button)
            .open_bool(&mut open)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .align(RectAlign::BOTTOM_END)
            .layout(Layout::top_down_justified(Align::Min))
            .gap(6.0)
            .accessible_name("Filter")
            .frame(Frame::popup(ui.style()).inner_margin(Margin::same(0)))
            .show(|ui| {
                ui.set_width(WIDTH);
                // An area remembers its last size; the list may grow as a column is opened.
                ui.set_max_height(height);
                ScrollArea::vertical().max_height(height).show(ui, |ui| {
                    Frame::NONE
                        .inner_margin(Margin {
                            left: 16,
                            right: 16,
                            top: 8,
                            bottom: 12,
                        })
                        .show(ui, |ui| self.list_ui(ui, cx, map));
                });
            });
        self.open = open;
    }

    fn list_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, map: &MapData) {
        self.words_ui(ui, cx);
        let filter = &mut cx.shared.desk.filter;
        if map.places.sources.len() > 1 {
            let n_on = filter.sources.len();
            if head_ui(ui, "Outlets", "All outlets", n_on > 0) {
                filter.sources.clear();
            }
            let tallied = map.tallies.sources.iter();
            let choices: Vec<Choice<'_>> = tallied
                .filter_map(|(i, n)| {
                    let text = map.places.sources.get(*i)?;
                    Some(Choice {
                        text,
                        n: *n,
                        on: filter.sources.contains(text),
                    })
                })
                .collect();
            if let Some(chosen) = choices_ui(ui, "outlet", &mut self.outlet, &choices) {
                toggle(&mut filter.sources, chosen, map.places.sources.len());
            }
        }
        if map.tallies.sets.iter().any(|n| *n > 0) {
            if head_ui(ui, "Statements", "All sets", !filter.sets.is_empty()) {
                filter.sets.clear();
            }
            for (set, n) in StatementSet::ALL.into_iter().zip(map.tallies.sets) {
                let name = format!("Filter by the set {}", set.code());
                let on = filter.sets.contains(&set);
                if check_row(ui, set.name(), &name, &text::count_of(n), on).clicked() {
                    filter.toggle_set(set);
                }
            }
        }
        if map.n_topics > 0 {
            let head = "Membership strength";
            if head_ui(ui, head, "Any strength", filter.strength.is_some()) {
                filter.strength = None;
            }
            let (lo, hi) = filter.strength.unwrap_or((0.0, 1.0));
            let names = ["Least membership strength", "Greatest membership strength"];
            if let Some(moved) = range(ui, (lo, hi), &map.tallies.strengths, names) {
                filter.strength = Some(moved).filter(|range| *range != (0.0, 1.0));
            }
            let line = format!("{lo:.2} to {hi:.2}");
            widgets::caption(ui, &line);
        }
        self.fields_ui(ui, cx, map);
        footer_ui(ui, cx, map);
    }

    fn words_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let p = Palette::of(ui);
        let filter = &mut cx.shared.desk.filter;
        if head_ui(ui, "Words", "No words", !filter.words.is_empty()) {
            filter.words.clear();
        }
        let field = TextEdit::singleline(&mut filter.words)
            .hint_text(egui::RichText::new("in title or text").color(p.secondary))
            .margin(Margin::symmetric(8, 4))
            .desired_width(f32::INFINITY);
        let response = ui.add(field).accessible_name("Words in title or text");
        if std::mem::take(&mut self.wants_focus) {
            response.request_focus();
        }
        self.is_typing = response.has_focus();
    }

    /// The further columns: one of them shows its values.
    fn fields_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, map: &MapData) {
        let filter = &mut cx.shared.desk.filter;
        if map.places.fields.is_empty() {
            return;
        }
        section(ui, "Further columns");
        for (field, counts) in map.places.fields.iter().zip(&map.tallies.fields) {
            let is_open = self.field.as_ref() == Some(&field.name);
            let on = filter.fields.get(&field.name);
            let said = on.map_or_else(String::new, |on| text::count_of(on.len()));
            if field_row_ui(ui, &field.name, &said, is_open) {
                self.field = (!is_open).then(|| field.name.clone());
                self.value.clear();
            }
            if !is_open {
                continue;
            }
            let choices: Vec<Choice<'_>> = field
                .values
                .iter()
                .zip(counts)
                .map(|(text, n)| Choice {
                    text,
                    n: *n,
                    on: on.is_some_and(|on| on.contains(text)),
                })
                .collect();
            if let Some(chosen) = choices_ui(ui, &field.name, &mut self.value, &choices) {
                filter.toggle_field(&field.name, &chosen);
            }
        }
    }
}

/// Tells whether a condition has its place in the list; the others have chips, legend and map.
fn stands_in_the_list(condition: &Condition) -> bool {
    match condition {
        Condition::Outlets
        | Condition::Sets
        | Condition::Strength
        | Condition::Words
        | Condition::Field(_) => true,
        Condition::Nations | Condition::Topics | Condition::Time | Condition::Selection => false,
    }
}

/// Says which time is let through: whole years as such.
fn time_words(months: &Months, days: Option<(i32, i32)>) -> String {
    let whole = (months.first_day(0), months.first_day(months.n) - 1);
    let (first, last) = days.unwrap_or(whole);
    let (from, to) = (civil_of_day(first), civil_of_day(last));
    let whole_years = (from.1, from.2, to.1, to.2) == (1, 1, 12, 31);
    if days.is_some() && !whole_years {
        return months_in_words(months, (first, last));
    }
    if from.0 == to.0 {
        from.0.to_string()
    } else {
        format!("{} – {}", from.0, to.0)
    }
}

/// The head of a part of the list; tells whether its condition is to end.
fn head_ui(ui: &mut Ui, head: &str, all: &str, is_on: bool) -> bool {
    let p = Palette::of(ui);
    ui.add_space(3.0 * theme::GRID);
    ui.horizontal(|ui| {
        // The same height with its way out and without.
        ui.set_min_height(22.0);
        ui.label(
            egui::RichText::new(head)
                .font(theme::strong(theme::CAPTION))
                .color(p.secondary),
        );
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            is_on && action_small(ui, all, all, None).clicked()
        })
        .inner
    })
    .inner
}

/// Lists values, with a field to find one where there are many; returns the one that was clicked.
fn choices_ui(
    ui: &mut Ui,
    what: &str,
    find: &mut String,
    choices: &[Choice<'_>],
) -> Option<String> {
    let p = Palette::of(ui);
    if choices.len() > N_ROWS {
        let hint = format!("find one of {}", text::count_of(choices.len()));
        let field = TextEdit::singleline(find)
            .hint_text(egui::RichText::new(hint).color(p.secondary))
            .margin(Margin::symmetric(8, 4))
            .desired_width(f32::INFINITY);
        let name = format!("Find in the list of {what}");
        ui.add(field).accessible_name(name);
    }
    let wanted = find.trim().to_lowercase();
    let listed: Vec<&Choice<'_>> = choices
        .iter()
        .filter(|c| wanted.is_empty() || c.text.to_lowercase().contains(&wanted))
        .collect();
    if listed.is_empty() {
        widgets::caption(ui, "None of this name");
    }
    let mut chosen = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical()
            .id_salt(("choices", what))
            .max_height(N_ROWS as f32 * CHECK_ROW)
            .show_rows(ui, CHECK_ROW, listed.len(), |ui, rows| {
                for choice in listed.get(rows).unwrap_or_default() {
                    let name = format!("Filter by {what} {}", choice.text);
                    let n = text::count_of(choice.n);
                    if check_row(ui, choice.text, &name, &n, choice.on).clicked() {
                        chosen = Some(choice.text.to_owned());
                    }
                }
            });
    });
    chosen
}

/// The name of a further column that opens its values.
fn field_row_ui(ui: &mut Ui, name: &str, said: &str, is_open: bool) -> bool {
    let p = Palette::of(ui);
    let (rect, response) = widgets::link_row(ui, 26.0, &format!("Values of {name}"), is_open);
    let painter = ui.painter();
    let (left, right) = (egui::Align2::LEFT_CENTER, egui::Align2::RIGHT_CENTER);
    let font = if said.is_empty() {
        theme::regular(theme::BODY)
    } else {
        theme::strong(theme::BODY)
    };
    widgets::cell(painter, rect, left, name, font.clone(), p.ink);
    widgets::cell(painter, rect, right, said, font, p.secondary);
    response.clicked()
}

/// Says how many documents are let through, with the way back to all.
fn footer_ui(ui: &mut Ui, cx: &mut Cx<'_>, map: &MapData) {
    ui.add_space(12.0);
    let n_all = map.places.n_rows();
    let n = cx.shown().map_or(n_all, |s| s.n);
    let words = format!(
        "{} of {} shown",
        text::count_of(n),
        text::counted(n_all, "document", "documents")
    );
    widgets::caption(ui, &words);
    if cx.shared.is_narrowed() {
        ui.add_space(4.0);
        ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
            if action(ui, "Let all through", None, widgets::Look::Plain, true).clicked() {
                cx.shared.show_all();
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::columns::day_of_civil;
    use crate::ui::views::map::sample;

    #[test]
    fn time_is_said_in_whole_years_where_it_is() {
        let months = sample::map(200).months;
        let day = day_of_civil;
        assert_eq!(time_words(&months, None), "2019 – 2024");
        let check =
            |from, to, words: &str| assert_eq!(time_words(&months, Some((from, to))), words);
        check(day(2020, 1, 1), day(2021, 12, 31), "2020 – 2021");
        check(day(2020, 1, 1), day(2020, 12, 31), "2020");
        check(day(2020, 2, 1), day(2020, 4, 30), "2020-02 to 2020-04");
    }
}
