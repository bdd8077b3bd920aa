//! The legend of the map: colors and marks with their counts; a click filters.

use egui::{
    Align2, CornerRadius, CursorIcon, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::state::{ColorBy, MapState};
use crate::snapshot::model::{MapData, Snapshot};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::{self, cell, mark};
use crate::ui::{Cx, text};

/// Legend rows of topics before "all topics" is asked for.
const N_LEGEND_TOPICS: usize = 14;

/// A row of the legend.
pub(super) struct LegendRow {
    words: String,
    n: usize,
    color: egui::Color32,
    mark: Mark,
    on: bool,
    target: LegendTarget,
}

#[derive(Clone, Copy)]
enum LegendTarget {
    Nation(crate::domain::corpus::Nation),
    Topic(u32),
    Outliers,
}

/// Returns the rows of the legend with their counts.
pub(super) fn legend_rows(
    cx: &Cx<'_>,
    state: &MapState,
    map: &MapData,
    snapshot: &Snapshot,
    p: &Palette,
) -> Vec<LegendRow> {
    let Some(prepared) = state.prepared() else {
        return Vec::new();
    };
    let mut rows: Vec<LegendRow> = match state.color_by {
        ColorBy::Nation => map
            .nations
            .iter()
            .enumerate()
            .map(|(i, &nation)| {
                let (n, n_out) = prepared.derived.count(|k| k == i, |_| true);
                LegendRow {
                    words: nation.name().to_owned(),
                    n: n + n_out,
                    color: p.nation(nation),
                    mark: Mark::of(nation),
                    on: cx.shared.shows(nation),
                    target: LegendTarget::Nation(nation),
                }
            })
            .collect(),
        ColorBy::Topic => snapshot
            .topics
            .iter()
            .enumerate()
            .map(|(i, topic)| LegendRow {
                words: topic.label.clone(),
                n: prepared.derived.count(|_| true, |t| t == i).0,
                color: p.topic(i),
                mark: Mark::Circle,
                on: cx.shared.topics_only.is_empty() || cx.shared.topics_only.contains(&(i as u32)),
                target: LegendTarget::Topic(i as u32),
            })
            .collect(),
    };
    rows.push(LegendRow {
        words: "Outliers".to_owned(),
        n: prepared.derived.count(|_| true, |_| true).1,
        color: p.context(),
        mark: Mark::Circle,
        on: !state.hide_context,
        target: LegendTarget::Outliers,
    });
    rows
}

/// Returns how many topics the legend lists, whether there are more, and whether it lists topics.
fn legend_extent(state: &MapState, rows: &[LegendRow]) -> (usize, bool, bool) {
    let by_topic = state.color_by == ColorBy::Topic;
    let n_topics = rows.len().saturating_sub(1);
    let more = by_topic && n_topics > N_LEGEND_TOPICS;
    let n_shown = if more && state.n_legend_shown == 0 {
        N_LEGEND_TOPICS
    } else {
        n_topics
    };
    (n_shown, more, by_topic)
}

/// Returns where the legend stands.
pub(super) fn legend_card(state: &MapState, rows: &[LegendRow], view: Rect) -> Rect {
    let (n_listed, more, by_topic) = legend_extent(state, rows);
    let n_lines = n_listed + 1 + usize::from(more);
    let width = if by_topic { 244.0 } else { 204.0 };
    // In a narrow view the tools have the row above the legend to themselves.
    let top = if super::paint::is_narrow(view) {
        54.0
    } else {
        16.0
    };
    let height = (42.0 + 21.0 * n_lines as f32).min(view.height() - top - 16.0);
    Rect::from_min_size(view.min + vec2(16.0, top), vec2(width, height))
}

/// Draws the legend.
pub(super) fn legend_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut MapState,
    map: &MapData,
    rows: &[LegendRow],
    card: Rect,
) {
    let p = Palette::of(ui);
    let (n_listed, more, by_topic) = legend_extent(state, rows);
    let n_topics = rows.len().saturating_sub(1);
    let width = card.width();
    ui.painter().rect(
        card,
        CornerRadius::same(theme::CORNER),
        p.panel,
        p.hair(),
        StrokeKind::Inside,
    );
    // The card catches clicks and the wheel, so that the map behind it stays where it is.
    ui.interact(card, ui.scope_id().with("legend"), Sense::click_and_drag());
    let head = Rect::from_min_size(card.min + vec2(12.0, 8.0), vec2(width - 24.0, 20.0));
    cell(
        ui.painter(),
        head,
        Align2::LEFT_CENTER,
        if by_topic { "Topic" } else { "Nation" },
        theme::regular(theme::CAPTION),
        p.secondary,
    );
    let body = Rect::from_min_max(card.min + vec2(12.0, 30.0), card.max - vec2(6.0, 6.0));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(body).id_salt("legend rows"));
    child.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(&mut child, |ui| {
            for (i, row) in rows.iter().enumerate() {
                let is_last = i + 1 == rows.len();
                if i >= n_listed && !is_last {
                    continue;
                }
                if is_last && more {
                    let words = if state.n_legend_shown == 0 {
                        format!("{} more …", n_topics - n_listed)
                    } else {
                        "fewer".to_owned()
                    };
                    if widgets::action_small(ui, &words, "Show all topics in the legend", None)
                        .clicked()
                    {
                        state.n_legend_shown = usize::from(state.n_legend_shown == 0);
                    }
                }
                if legend_row_ui(ui, row, &p) {
                    match row.target {
                        LegendTarget::Nation(nation) => {
                            cx.shared.toggle_nation(nation, map.nations.len());
                        }
                        LegendTarget::Topic(t) => {
                            if !cx.shared.topics_only.remove(&t) {
                                cx.shared.topics_only.insert(t);
                            }
                        }
                        LegendTarget::Outliers => state.hide_context = !state.hide_context,
                    }
                }
            }
        });
}

fn legend_row_ui(ui: &mut Ui, row: &LegendRow, p: &Palette) -> bool {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width() - 6.0, 21.0), Sense::click());
    let name = format!("Legend {}", row.words);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, row.on, &name));
    if response.hovered() {
        ui.painter()
            .rect_filled(rect.expand2(vec2(4.0, 0.0)), 3.0, p.selected);
    }
    let (color, ink) = if row.on {
        (row.color, p.ink)
    } else {
        (p.faint, p.faint)
    };
    mark(
        ui.painter(),
        pos2(rect.left() + 5.0, rect.center().y),
        row.mark,
        color,
        4.5,
    );
    let number = cell(
        ui.painter(),
        rect,
        Align2::RIGHT_CENTER,
        &text::count_of(row.n),
        theme::regular(theme::BODY),
        if row.on { p.secondary } else { p.faint },
    );
    let words = Rect::from_min_max(
        pos2(rect.left() + 18.0, rect.top()),
        pos2(number.left() - 8.0, rect.bottom()),
    );
    cell(
        ui.painter(),
        words,
        Align2::LEFT_CENTER,
        &row.words,
        theme::regular(theme::BODY),
        ink,
    );
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}
