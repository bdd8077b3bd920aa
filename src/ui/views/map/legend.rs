//! The legend of the map: colors and marks with their counts; a click filters.

use std::sync::Arc;

use egui::{Align2, CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::classes::{ColorBy, Coloring, Hue, Target};
use super::contours;
use super::state::MapState;
use crate::domain::filter::toggle;
use crate::snapshot::model::MapData;
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::{self, cell, mark};
use crate::ui::{Cx, Shared, text};

/// Rows of the legend before all are asked for.
const N_ROWS: usize = 14;

/// A row of the legend.
pub(super) struct LegendRow {
    words: String,
    n: usize,
    color: egui::Color32,
    mark: Mark,
    on: bool,
    /// `None` for the outliers.
    target: Option<Target>,
}

/// Returns the color of a class; the first is 1.
pub(super) fn class_color(coloring: &Coloring, class: u8, p: &Palette) -> egui::Color32 {
    let hue = usize::from(class)
        .checked_sub(1)
        .and_then(|i| coloring.hues.get(i));
    match hue {
        Some(Hue::Nation(n)) => p.nation(*n),
        Some(Hue::Slot(i)) => p.topic(*i),
        Some(Hue::Scale(share)) => p.sequential(f64::from(*share)).0,
        Some(Hue::Sides(side)) => p.diverging(f64::from(*side)).0,
        Some(Hue::Rest) => p.secondary,
        None => p.context(),
    }
}

/// Tells whether the filter lets a value through.
fn is_on(shared: &Shared, target: &Target) -> bool {
    let filter = &shared.desk.filter;
    match target {
        Target::Nation(n) => filter.shows(*n),
        Target::Topic(t) => filter.shows_topic(*t),
        Target::Source(s) => filter.sources.is_empty() || filter.sources.contains(s),
        Target::Days(a, b) => filter.days.is_none_or(|(c, d)| c <= *b && *a <= d),
        Target::Strengths(a, b) => filter
            .strength
            .is_none_or(|(c, d)| c * 255.0 <= f32::from(*b) && f32::from(*a) <= d * 255.0),
        Target::Set(set) => filter.sets.is_empty() || filter.sets.contains(set),
        Target::Field(name, value) => filter
            .fields
            .get(name)
            .is_none_or(|on| on.is_empty() || on.contains(value)),
        Target::None => true,
    }
}

/// Filters by a value, or no longer.
fn apply(shared: &mut Shared, target: &Target, coloring: &Coloring) {
    let n = coloring.values.len();
    let filter = &mut shared.desk.filter;
    match target {
        Target::Nation(nation) => toggle(&mut filter.nations, *nation, n),
        Target::Topic(t) => toggle(&mut filter.topics, *t, n),
        Target::Source(s) => toggle(&mut filter.sources, s.clone(), n),
        Target::Days(a, b) => {
            filter.days = Some((*a, *b)).filter(|days| filter.days != Some(*days));
        }
        Target::Strengths(a, b) => {
            let wanted = (f32::from(*a) / 255.0, f32::from(*b) / 255.0);
            filter.strength = Some(wanted).filter(|s| filter.strength != Some(*s));
        }
        Target::Set(set) => filter.toggle_set(*set),
        Target::Field(name, value) => filter.toggle_field(name, value),
        Target::None => {}
    }
}

/// Returns the rows of the legend with their counts, those of the listed values alone.
pub(super) fn legend_rows(
    cx: &Cx<'_>,
    state: &MapState,
    map: &MapData,
    coloring: &Coloring,
    p: &Palette,
) -> Vec<LegendRow> {
    let (n_listed, _) = legend_extent(state, coloring);
    let mut rows: Vec<LegendRow> = coloring
        .values
        .iter()
        .take(n_listed)
        .map(|value| LegendRow {
            words: value.name.clone(),
            n: value.n,
            color: class_color(coloring, value.class, p),
            mark: match value.target {
                Target::Nation(n) => Mark::of(n),
                _ => Mark::Circle,
            },
            on: is_on(cx.shared, &value.target),
            target: Some(value.target.clone()),
        })
        .collect();
    let words = match coloring.by {
        ColorBy::Nation | ColorBy::Topic | ColorBy::Strength => "Outliers",
        ColorBy::Set => "No statement",
        ColorBy::Agreement(_) => "No item",
        ColorBy::Time | ColorBy::Source | ColorBy::Field(_) => "Without",
    };
    if coloring.n_context > 0 || map.n_topics > 0 {
        rows.push(LegendRow {
            words: words.to_owned(),
            n: coloring.n_context,
            color: p.context(),
            mark: Mark::Circle,
            on: !state.hides_context,
            target: None,
        });
    }
    rows
}

/// Returns how many values the legend lists and whether there are more.
fn legend_extent(state: &MapState, coloring: &Coloring) -> (usize, bool) {
    let n_values = coloring.values.len();
    let more = n_values > N_ROWS + 1;
    let n_shown = if more && state.n_legend_shown == 0 {
        N_ROWS
    } else {
        n_values
    };
    (n_shown, more)
}

/// Height of what is said below the rows.
fn note_height(state: &MapState) -> f32 {
    if state.contours.on {
        contours::NOTE_HEIGHT
    } else {
        0.0
    }
}

/// Returns where the legend stands.
pub(super) fn legend_card(
    state: &MapState,
    rows: &[LegendRow],
    coloring: &Coloring,
    view: Rect,
) -> Rect {
    let (_, more) = legend_extent(state, coloring);
    let n_lines = rows.len() + usize::from(more);
    let width = if matches!(coloring.by, ColorBy::Nation) {
        204.0
    } else {
        244.0
    };
    // In a narrow view the tools have the row above the legend to themselves.
    let top = if super::tools::is_narrow(view) {
        state.tools_height.max(26.0) + 28.0
    } else {
        16.0
    };
    let note = note_height(state);
    let height = (42.0 + 21.0 * n_lines as f32 + note).min(view.height() - top - 16.0);
    Rect::from_min_size(view.min + vec2(16.0, top), vec2(width, height))
}

/// Draws the legend.
pub(super) fn legend_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut MapState,
    map: &Arc<MapData>,
    coloring: &Coloring,
    rows: &[LegendRow],
    card: Rect,
) {
    let p = Palette::of(ui);
    let (n_listed, more) = legend_extent(state, coloring);
    let width = card.width();
    widgets::card(ui.painter(), card, &p);
    // The card catches clicks and the wheel, so that the map behind it stays where it is; it is no control
    // of its own, so that the keyboard passes it by.
    let sense = Sense::CLICK | Sense::DRAG;
    ui.interact(card, ui.scope_id().with("legend"), sense);
    let head = Rect::from_min_size(card.min + vec2(12.0, 8.0), vec2(width - 24.0, 20.0));
    cell(
        ui.painter(),
        head,
        Align2::LEFT_CENTER,
        coloring.by.name(),
        theme::regular(theme::CAPTION),
        p.secondary,
    );
    let note = note_height(state);
    let body = Rect::from_min_max(
        card.min + vec2(12.0, 30.0),
        card.max - vec2(6.0, 6.0 + note),
    );
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(body).id_salt("legend rows"));
    child.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(&mut child, |ui| {
            for row in rows.iter().filter(|r| r.target.is_some()) {
                if legend_row_ui(ui, row, &p)
                    && let Some(target) = &row.target
                {
                    apply(cx.shared, target, coloring);
                }
            }
            if more {
                let words = if state.n_legend_shown == 0 {
                    format!("{} more …", coloring.values.len() - n_listed)
                } else {
                    "fewer".to_owned()
                };
                let name = "Show all values in the legend";
                if widgets::action_small(ui, &words, name, None).clicked() {
                    state.n_legend_shown = usize::from(state.n_legend_shown == 0);
                }
            }
            for row in rows.iter().filter(|r| r.target.is_none()) {
                if legend_row_ui(ui, row, &p) {
                    state.hides_context = !state.hides_context;
                }
            }
        });
    if note > 0.0 {
        let rect = Rect::from_min_max(
            pos2(card.left() + 12.0, card.bottom() - note - 2.0),
            card.max - vec2(12.0, 2.0),
        );
        ui.painter().hline(rect.x_range(), rect.top(), p.hair());
        contours::note_ui(ui, cx, state, map, rect, &p);
    }
}

fn legend_row_ui(ui: &mut Ui, row: &LegendRow, p: &Palette) -> bool {
    // What no filter can say is there to be read only.
    let filters = row.target != Some(Target::None);
    let sense = if filters {
        Sense::click()
    } else {
        Sense::hover()
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 6.0, 21.0), sense);
    let name = format!("Legend {}", row.words);
    response.widget_info(|| {
        if filters {
            WidgetInfo::selected(Role::Button, true, row.on, &name)
        } else {
            WidgetInfo::labeled(Role::Label, true, &name)
        }
    });
    if filters && response.hovered() {
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
    if !filters {
        return false;
    }
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}
