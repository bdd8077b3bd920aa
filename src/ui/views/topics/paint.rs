//! Draws the table of topics by nation.

use egui::{Align2, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::derive::{Counts, SortKey, tint_share, years};
use super::state::{TopicsState, select};
use crate::snapshot::model::{Snapshot, TopicRow};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::button::focus_ring;
use crate::ui::widgets::table::{Column, Width, column_rect, header, lay_out};
use crate::ui::widgets::{self, Icon, cell, icon, mark, sparkline};
use crate::ui::{Cx, text};

const ROW_HEIGHT: f32 = 44.0;

/// Beyond this width a row is too long for the eye to follow.
pub(super) const MAX_WIDTH: f32 = 1320.0;

/// Columns before the nations: state, topic, n.
const N_BEFORE: usize = 3;

fn columns(snapshot: &Snapshot, narrow: bool) -> Vec<(Column, Option<SortKey>)> {
    let cell_width = if narrow { 44.0 } else { 52.0 };
    let mut all = vec![
        (
            Column::plain("", Width::Fixed(18.0), false),
            Some(SortKey::Value),
        ),
        (
            Column::sorting(
                "Topic",
                "topic",
                Width::Rest(if narrow { 150.0 } else { 200.0 }),
                false,
            ),
            Some(SortKey::Label),
        ),
        (
            Column::sorting("n", "number of documents", Width::Fixed(46.0), true),
            Some(SortKey::Size),
        ),
    ];
    for (i, n) in snapshot.nations.iter().enumerate() {
        // The header of a nation is drawn apart, with its mark.
        let column = Column {
            title: String::new(),
            name: format!("Sort by {}", n.nation.name()),
            width: Width::Fixed(cell_width),
            right: false,
            sorts: true,
        };
        all.push((column, Some(SortKey::Nation(i))));
    }
    all.push((
        Column::sorting("entropy", "entropy", Width::Fixed(50.0), true),
        Some(SortKey::Entropy),
    ));
    all.push((
        Column::sorting("JSD", "divergence", Width::Fixed(40.0), true),
        Some(SortKey::Divergence),
    ));
    if snapshot.topics.iter().any(|t| t.p_value.is_some()) {
        all.push((
            Column::sorting("p (BH)", "p-value", Width::Fixed(46.0), true),
            Some(SortKey::PValue),
        ));
    }
    let months = snapshot.map.as_ref().map(|m| years(&m.months));
    all.push((
        Column::plain(
            months.as_deref().unwrap_or("by month"),
            Width::Fixed(if narrow { 70.0 } else { 96.0 }),
            false,
        ),
        None,
    ));
    all
}

/// Draws the table.
pub(super) fn matrix_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    snapshot: &Snapshot,
    state: &mut TopicsState,
) {
    let narrow = ui.available_width() < 860.0;
    let (specs, keys): (Vec<Column>, Vec<Option<SortKey>>) =
        columns(snapshot, narrow).into_iter().unzip();
    let least: f32 = specs
        .iter()
        .map(|c| match c.width {
            Width::Fixed(w) | Width::Rest(w) => w + widgets::table::GAP,
        })
        .sum();
    egui::ScrollArea::horizontal()
        .auto_shrink(false)
        .show(ui, |ui| {
            let width = (ui.available_width() - 22.0).min(MAX_WIDTH).max(least);
            // The scroll bar stands beside the table, not on it.
            ui.set_width(width + 14.0);
            let layout = nation_gaps(
                lay_out(&specs, ui.cursor().left(), width),
                snapshot.nations.len(),
            );
            let sorted = keys
                .iter()
                .position(|k| *k == Some(state.sort))
                .map(|i| (i, state.falls));
            let clicked = header_ui(ui, snapshot, &specs, &layout, sorted);
            if let Some(key) = clicked.and_then(|i| keys.get(i).copied().flatten()) {
                state.sort_by(key);
            }
            let rows = state.rows(cx);
            state.walk(cx, &rows.order);
            ui.spacing_mut().item_spacing.y = 0.0;
            rows_ui(
                ui,
                cx,
                snapshot,
                state,
                (ROW_HEIGHT, &rows.order),
                |ui, cx, i| {
                    if let (Some(topic), Some(counts)) =
                        (snapshot.topics.get(i), rows.counts.get(i))
                    {
                        row_ui(ui, cx, snapshot, (topic, counts), &layout);
                    }
                },
            );
        });
}

/// Draws the rows in sight, those of topics at `order`, and brings the chosen one into sight where a key
/// chose it.
pub(super) fn rows_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    snapshot: &Snapshot,
    state: &mut TopicsState,
    (height, order): (f32, &[usize]),
    mut row: impl FnMut(&mut Ui, &mut Cx<'_>, usize),
) {
    let wanted = std::mem::take(&mut state.wants_row).then(|| {
        order.iter().position(|i| {
            let id = snapshot.topics.get(*i).map(|t| t.id);
            id == cx.shared.selected_topic
        })
    });
    egui::ScrollArea::vertical().auto_shrink(false).show_rows(
        ui,
        height,
        order.len(),
        |ui, range| {
            if let Some(at) = wanted.flatten() {
                let top = ui.cursor().top() + (at as f32 - range.start as f32) * height;
                let size = vec2(10.0, height);
                let place = Rect::from_min_size(pos2(ui.cursor().left(), top), size);
                ui.scroll_to_rect(place, None);
            }
            for &i in order.get(range).unwrap_or(&[]) {
                row(ui, cx, i);
            }
        },
    );
}

/// Moves the nations' columns together, so that they read as one block, and gives the rest to the topic.
fn nation_gaps(mut layout: Vec<(f32, f32)>, n_nations: usize) -> Vec<(f32, f32)> {
    let spare = (widgets::table::GAP - 3.0) * n_nations.saturating_sub(1) as f32;
    for (i, at) in layout.iter_mut().enumerate() {
        match i {
            0 => {}
            1 => at.1 += spare,
            _ if i < N_BEFORE => at.0 += spare,
            _ if i < N_BEFORE + n_nations => {
                let k = (i - N_BEFORE) as f32;
                at.0 += spare - k * (widgets::table::GAP - 3.0);
            }
            _ => {}
        }
    }
    layout
}

fn header_ui(
    ui: &mut Ui,
    snapshot: &Snapshot,
    specs: &[Column],
    layout: &[(f32, f32)],
    sorted: Option<(usize, bool)>,
) -> Option<usize> {
    let p = Palette::of(ui);
    let mut clicked = header(ui, specs, layout, sorted);
    let row = Rect::from_min_max(ui.min_rect().min, ui.cursor().min);
    let top = ui.cursor().top() - 26.0 - ui.spacing().item_spacing.y;
    // The signs of the first column have no title; the column still sorts.
    let first = column_rect(
        layout,
        0,
        Rect::from_min_size(pos2(row.left(), top), vec2(10.0, 26.0)),
    );
    let response = ui.interact(first, ui.scope_id().with("value header"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Sort by value-related"));
    let active = sorted.is_some_and(|s| s.0 == 0);
    icon(
        ui.painter(),
        first,
        Icon::Check,
        if active { p.ink } else { p.faint },
    );
    if response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .on_hover_text("value-related")
        .clicked()
    {
        clicked = Some(0);
    }
    for (i, n) in snapshot.nations.iter().enumerate() {
        let at = column_rect(
            layout,
            N_BEFORE + i,
            Rect::from_min_size(pos2(row.left(), top), vec2(10.0, 26.0)),
        );
        let response = ui.interact(at, ui.scope_id().with(("nation header", i)), Sense::click());
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Button, true, format!("Sort by {}", n.nation.name()))
        });
        focus_ring(ui, &response, at);
        let active = sorted.filter(|s| s.0 == N_BEFORE + i);
        let ink = if active.is_some() { p.ink } else { p.secondary };
        mark(
            ui.painter(),
            pos2(at.left() + 11.0, at.center().y),
            Mark::of(n.nation),
            p.nation(n.nation),
            4.0,
        );
        let words = Rect::from_min_max(pos2(at.left() + 19.0, at.top()), at.max);
        let end = cell(
            ui.painter(),
            words,
            Align2::LEFT_CENTER,
            n.nation.code(),
            theme::regular(theme::CAPTION),
            ink,
        );
        if let Some((_, falls)) = active {
            let arrow =
                Rect::from_center_size(pos2(end.right() + 6.0, at.center().y), Vec2::splat(8.0));
            icon(
                ui.painter(),
                arrow,
                if falls { Icon::Down } else { Icon::Up },
                ink,
            );
        }
        if response
            .on_hover_cursor(egui::CursorIcon::PointingHand)
            .clicked()
        {
            clicked = Some(N_BEFORE + i);
        }
    }
    clicked
}

fn row_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    snapshot: &Snapshot,
    (topic, (n_docs, by_nation)): (&TopicRow, &Counts),
    layout: &[(f32, f32)],
) {
    let p = Palette::of(ui);
    let selected = cx.shared.selected_topic == Some(topic.id);
    let (row, response) = widgets::words::row(ui, ROW_HEIGHT, Sense::click());
    response.widget_info(|| {
        let name = format!("Topic {}", topic.label);
        let mut info = WidgetInfo::selected(Role::Button, true, selected, name);
        info.current_text_value = Some(text::counted(*n_docs, "document", "documents"));
        info
    });
    if !ui.is_rect_visible(row) {
        return;
    }
    if selected || response.hovered() {
        let fill = if selected {
            p.selected
        } else {
            p.selected.gamma_multiply(0.5)
        };
        ui.painter()
            .rect_filled(row.expand2(vec2(8.0, 0.0)), 0.0, fill);
    }
    focus_ring(ui, &response, row.shrink(2.0));
    let painter = ui.painter();
    if selected {
        let edge = Rect::from_min_size(pos2(row.left() - 8.0, row.top()), vec2(3.0, row.height()));
        painter.rect_filled(edge, 0.0, p.ink);
    }
    let at = |i: usize| column_rect(layout, i, row);
    let body = theme::regular(theme::BODY);
    let (sign, ink) = if topic.value_related {
        (Icon::Check, p.ink)
    } else {
        (Icon::Ring, p.faint)
    };
    icon(painter, at(0), sign, ink);
    let name = at(1);
    let half = Rect::from_min_max(
        pos2(name.left(), name.top() + 5.0),
        pos2(name.right(), name.center().y + 1.0),
    );
    cell(
        painter,
        half,
        Align2::LEFT_CENTER,
        &topic.label,
        theme::strong(theme::BODY),
        p.ink,
    );
    let half = Rect::from_min_max(
        pos2(name.left(), name.center().y + 1.0),
        pos2(name.right(), name.bottom() - 5.0),
    );
    let words = text::dotted(topic.terms.iter().take(6).map(String::as_str));
    cell(
        painter,
        half,
        Align2::LEFT_CENTER,
        &words,
        theme::regular(theme::CAPTION),
        p.secondary,
    );
    cell(
        painter,
        at(2),
        Align2::RIGHT_CENTER,
        &text::count_of(*n_docs),
        body.clone(),
        p.ink,
    );
    for (i, n) in snapshot.nations.iter().enumerate() {
        let (n_docs, share) = by_nation.get(i).copied().unwrap_or((0, 0.0));
        let shown = cx.shared.shows(n.nation);
        let color = if shown { p.nation(n.nation) } else { p.faint };
        let ground = p.tint(
            color,
            0.05 + 0.95 * tint_share(share) * if shown { 1.0 } else { 0.4 },
        );
        let box_rect = at(N_BEFORE + i).shrink2(vec2(0.0, 9.0));
        painter.rect_filled(box_rect, 0.0, if n_docs == 0 { p.panel } else { ground });
        let words = if n_docs == 0 {
            "–".to_owned()
        } else {
            text::percent(share)
        };
        let ink = if n_docs == 0 {
            p.faint
        } else {
            p.ink_on(ground)
        };
        cell(
            painter,
            box_rect,
            Align2::CENTER_CENTER,
            &words,
            theme::regular(12.0),
            ink,
        );
    }
    let mut next = N_BEFORE + snapshot.nations.len();
    cell(
        painter,
        at(next),
        Align2::RIGHT_CENTER,
        &text::share(topic.entropy),
        body.clone(),
        p.ink,
    );
    next += 1;
    cell(
        painter,
        at(next),
        Align2::RIGHT_CENTER,
        &text::small_share(topic.divergence_nats),
        body.clone(),
        p.ink,
    );
    next += 1;
    if layout.len() > next + 1 {
        let (words, ink) = match topic.p_value {
            Some(value) if value < 0.05 => (text::p_value(value), p.ink),
            Some(value) => (text::p_value(value), p.secondary),
            // Not tested since a person regrouped it, or nothing to test.
            None => ("–".to_owned(), p.faint),
        };
        cell(painter, at(next), Align2::RIGHT_CENTER, &words, body, ink);
        next += 1;
    }
    sparkline(
        painter,
        at(next).shrink2(vec2(0.0, 13.0)),
        &topic.per_month,
        p.secondary,
    );
    if response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .clicked()
    {
        select(cx, topic);
    }
}
