//! The rounds as a timeline to step through: the graph as it stood, counts, dominant stances by round.

use std::sync::Arc;

use egui::{Align2, Rect, Stroke, Ui, UiBuilder, pos2, vec2};

use super::paint::graph_in_ui;
use super::state::ConflictsState;
use crate::snapshot::model::conflicts::{ConflictData, IssueRow, RoundRow};
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::table::{Column, Width, column_rect, header, lay_out};
use crate::ui::widgets::{self, bar, caption, cell, chip, link_row, title};
use crate::ui::{Cx, text};

/// Share of the height that the graph takes.
const GRAPH_SHARE: f32 = 0.5;

/// Height of a row of the tables.
const ROW: f32 = 30.0;

/// Draws the timeline.
pub(super) fn rounds_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ConflictsState,
    data: &Arc<ConflictData>,
) {
    title(
        ui,
        &format!("{} of {} rounds done", data.round, data.n_rounds),
    );
    caption(
        ui,
        "A round flags, waits for verdicts, drops statements and computes stances again. Comma and period step through them.",
    );
    ui.add_space(6.0);
    steps_ui(ui, state, data);
    ui.add_space(6.0);
    let rest = ui.available_rect_before_wrap();
    let height = (GRAPH_SHARE * rest.height()).max(120.0).min(rest.height());
    let view = Rect::from_min_size(rest.min, vec2(rest.width(), height));
    graph_in_ui(ui, cx, state, data, None, view);
    let below = Rect::from_min_max(pos2(rest.left(), view.bottom() + 10.0), rest.max);
    if below.height() < 40.0 {
        return;
    }
    let mut child = ui.new_child(UiBuilder::new().max_rect(below).id_salt("rounds below"));
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(&mut child, |ui| {
            ui.set_max_width(ui.available_width() - 14.0);
            ui.spacing_mut().item_spacing.y = 0.0;
            table_ui(ui, state, data);
            ui.add_space(18.0);
            stances_ui(ui, state, data);
        });
}

/// Draws the steps: before the first round, each closed one, now.
fn steps_ui(ui: &mut Ui, state: &mut ConflictsState, data: &ConflictData) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        let closed = (0..=data.round).map(Some);
        for step in closed.chain([None]) {
            let (words, name) = match step {
                Some(0) => (
                    "start".to_owned(),
                    "Show the graph before round 1".to_owned(),
                ),
                Some(n) => (
                    format!("after {n}"),
                    format!("Show the graph after round {n}"),
                ),
                None => ("now".to_owned(), "Show the graph as it is now".to_owned()),
            };
            let on = state.shown_round == step;
            if chip(ui, &words, &name, None, on, None).clicked() {
                state.shown_round = step;
            }
        }
        for (words, name, key, by) in [
            ("‹", "Earlier round", ",", -1i64),
            ("›", "Later round", ".", 1),
        ] {
            if widgets::action_small(ui, words, name, Some(key)).clicked() {
                state.step_round(data, by);
            }
        }
    });
}

/// Draws what each round did, with bars.
fn table_ui(ui: &mut Ui, state: &mut ConflictsState, data: &ConflictData) {
    let columns = [
        Column::plain("Round", Width::Fixed(90.0), false),
        Column::plain("flagged", Width::Fixed(60.0), true),
        Column::plain("removed", Width::Fixed(64.0), true),
        Column::plain("kept", Width::Fixed(50.0), true),
        Column::plain("dropped", Width::Fixed(64.0), true),
        Column::plain("contested", Width::Fixed(72.0), true),
        Column::plain("conflict edges left", Width::Rest(140.0), false),
    ];
    let layout = lay_out(&columns, ui.cursor().left(), ui.available_width());
    header(ui, &columns, &layout, None);
    let most = data.rounds.iter().map(|r| r.n_conflict_left).max();
    let most = most.unwrap_or(1).max(1);
    for round in &data.rounds {
        let step = round.closed.then_some(round.round);
        let selected = state.shown_round.is_some() && state.shown_round == step;
        let name = format!("Round {}", round.round);
        let (row, response) = link_row(ui, ROW + 4.0, &name, selected);
        round_row(ui, data, round, &layout, most, row);
        if response.clicked() {
            state.shown_round = step;
        }
    }
    if data.rounds.is_empty() {
        ui.add_space(8.0);
        caption(ui, "No round has begun.");
    }
}

fn round_row(
    ui: &Ui,
    data: &ConflictData,
    round: &RoundRow,
    layout: &[(f32, f32)],
    most: usize,
    row: Rect,
) {
    let p = Palette::of(ui);
    let painter = ui.painter();
    let body = theme::regular(theme::BODY);
    let open = if round.closed { "" } else { " · open" };
    cell(
        painter,
        column_rect(layout, 0, row),
        Align2::LEFT_CENTER,
        &format!("{}{open}", round.round),
        theme::strong(theme::BODY),
        p.ink,
    );
    // An open round has done nothing yet.
    let done = |n: usize| {
        if round.closed {
            text::count_of(n)
        } else {
            "–".to_owned()
        }
    };
    let numbers = [
        text::count_of(round.n_flagged),
        done(round.n_removed),
        done(round.n_kept),
        done(round.n_dropped),
        done(round.n_contested),
    ];
    for (i, n) in numbers.iter().enumerate() {
        let rect = column_rect(layout, i + 1, row);
        cell(painter, rect, Align2::RIGHT_CENTER, n, body.clone(), p.ink);
    }
    let last = column_rect(layout, numbers.len() + 1, row);
    let words = cell(
        painter,
        last,
        Align2::RIGHT_CENTER,
        &done(round.n_conflict_left),
        body,
        p.secondary,
    );
    if round.closed {
        let rail = Rect::from_min_max(
            pos2(last.left(), row.center().y - 5.0),
            pos2(
                words.left().min(last.right() - 52.0) - 8.0,
                row.center().y + 5.0,
            ),
        );
        let share = round.n_conflict_left as f32 / most as f32;
        bar(painter, rail, share, p.nation(data.nation), None);
    }
}

/// Draws the dominant stance of every issue before the first round and after each.
fn stances_ui(ui: &mut Ui, state: &mut ConflictsState, data: &ConflictData) {
    let n_steps = data.round as usize + 1;
    let mut columns = vec![Column::plain("Dominant stance", Width::Rest(160.0), false)];
    for step in 0..n_steps {
        let words = if step == 0 {
            "start".to_owned()
        } else {
            format!("after {step}")
        };
        columns.push(Column::plain(&words, Width::Fixed(64.0), true));
    }
    columns.push(Column::plain("", Width::Fixed(120.0), false));
    let layout = lay_out(&columns, ui.cursor().left(), ui.available_width());
    header(ui, &columns, &layout, None);
    let mut issues: Vec<(u32, &IssueRow)> = (0u32..).zip(&data.issues).collect();
    issues.sort_by_key(|(i, issue)| (std::cmp::Reverse(issue.n_statements), *i));
    for (i, issue) in issues {
        let selected = state.shown_issue == Some(i);
        let name = format!("Camps of “{}”", issue.proposition);
        let (row, response) = link_row(ui, ROW, &name, selected);
        if response.clicked() {
            state.shown_issue = (!selected).then_some(i);
        }
        if ui.is_rect_visible(row) {
            stance_row(ui, state, data, issue, &layout, row);
        }
    }
}

fn stance_row(
    ui: &Ui,
    state: &ConflictsState,
    data: &ConflictData,
    issue: &IssueRow,
    layout: &[(f32, f32)],
    row: Rect,
) {
    let p = Palette::of(ui);
    let painter = ui.painter();
    let body = theme::regular(theme::BODY);
    let name = column_rect(layout, 0, row);
    cell(
        painter,
        name,
        Align2::LEFT_CENTER,
        &issue.proposition,
        body.clone(),
        p.ink,
    );
    for (step, dominant) in issue.dominant_by_round.iter().enumerate() {
        let (words, ink) = match dominant {
            Some(d) => (text::signed(*d), p.ink),
            None => ("contested".to_owned(), p.secondary),
        };
        let on = state.shown_round == Some(step as u32);
        let font = if on {
            theme::strong(theme::BODY)
        } else {
            body.clone()
        };
        let rect = column_rect(layout, step + 1, row);
        cell(painter, rect, Align2::RIGHT_CENTER, &words, font, ink);
    }
    let last = column_rect(layout, issue.dominant_by_round.len() + 1, row).shrink2(vec2(4.0, 5.0));
    let n = issue.dominant_by_round.len().max(2) as f32 - 1.0;
    let place = |step: usize, d: f64| {
        pos2(
            last.left() + step as f32 / n * last.width(),
            last.center().y - 0.5 * d as f32 * last.height(),
        )
    };
    painter.hline(last.x_range(), last.center().y, p.hair());
    let color = p.nation(data.nation);
    let steps = issue.dominant_by_round.iter().enumerate();
    let points: Vec<_> = steps
        .filter_map(|(step, d)| Some(place(step, (*d)?)))
        .collect();
    for pair in points.windows(2) {
        if let [a, b] = pair {
            painter.line_segment([*a, *b], Stroke::new(1.5, color));
        }
    }
    for point in points {
        painter.circle_filled(point, 2.0, color);
    }
}
