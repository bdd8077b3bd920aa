//! The row of tools over the map.

use egui::{Popup, Rect, Ui, pos2, vec2};

use super::classes::ColorBy;
use super::outline::Tool;
use super::source_maps::can_show;
use super::state::MapState;
use crate::snapshot::model::MapData;
use crate::ui::Cx;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{chip, one_line};

/// Width of the three tools that select, in points.
const TOOLS: f32 = 190.0;

/// The same with their keys.
const TOOLS_WITH_KEYS: f32 = 260.0;

/// Tells whether legend and tools do not fit beside each other.
pub(super) fn is_narrow(view: Rect) -> bool {
    view.width() < 1210.0
}

/// Draws the tools.
pub(super) fn tools_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut MapState,
    map: &MapData,
    view: Rect,
) {
    let left = if is_narrow(view) { 16.0 } else { 270.0 };
    let area = Rect::from_min_max(
        pos2(view.left() + left, view.top() + 14.0),
        pos2(view.right() - 16.0, view.top() + 44.0),
    );
    let builder = egui::UiBuilder::new()
        .max_rect(area)
        .layout(egui::Layout::right_to_left(egui::Align::Min).with_main_wrap(true));
    let mut child = ui.new_child(builder);
    row_ui(&mut child, cx, state, map, area.width() > 920.0);
    state.tools_height = child.min_rect().height();
}

/// The tools from right to left; `roomy` shows their keys.
fn row_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut MapState, map: &MapData, roomy: bool) {
    ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
    let key = |k: &'static str| roomy.then_some(k);
    if cx.shared.is_narrowed()
        && chip(ui, "Show all", "Show all documents", None, false, key("A")).clicked()
    {
        cx.shared.show_all();
    }
    if chip(ui, "Fit", "Fit the map to the view", None, false, key("F")).clicked() {
        state.wants_fit = true;
    }
    if chip(
        ui,
        "Gray",
        "Show gray context",
        None,
        !state.hides_context,
        key("H"),
    )
    .clicked()
    {
        state.hides_context = !state.hides_context;
    }
    if map.months.n > 1
        && chip(
            ui,
            "Time",
            "Show the time brush",
            None,
            state.brush.open,
            key("Y"),
        )
        .clicked()
    {
        state.brush.toggle(cx);
    }
    if map.places.nations.len() > 1
        && chip(
            ui,
            "Per nation",
            "Show one map per nation",
            None,
            state.per_nation,
            key("S"),
        )
        .clicked()
    {
        state.toggle_per_nation();
    }
    if chip(
        ui,
        "Contours",
        "Show density contours",
        None,
        state.contours.on,
        key("C"),
    )
    .clicked()
    {
        state.contours.on = !state.contours.on;
    }
    if can_show(cx) {
        let name = "Show per-source maps";
        if chip(ui, "Per source", name, None, false, key("M")).clicked() {
            state.sources.toggle(cx);
        }
    }
    color_ui(ui, state, map);
    ui.add_space(8.0);
    // Longer names of colors take the room of the keys.
    let roomy = roomy && ui.available_width() >= TOOLS_WITH_KEYS;
    let key = |k: &'static str| roomy.then_some(k);
    for (tool, text, name, k) in [
        (Tool::Box, "Box", "Select by a box", "B"),
        (Tool::Polygon, "Polygon", "Select by a polygon", "P"),
        (Tool::Lasso, "Lasso", "Select by a lasso", "L"),
    ] {
        if chip(ui, text, name, None, state.tool == tool, key(k)).clicked() {
            state.pick_tool(tool);
        }
    }
}

/// Cuts words to a width, at least to a few letters.
fn cut_to(ui: &Ui, mut words: String, width: f32) -> String {
    const FEWEST: usize = 10;
    let font = theme::strong(theme::BODY);
    let ink = Palette::of(ui).ink;
    let wide = |words: &str| {
        one_line(ui.painter(), words, font.clone(), ink, f32::INFINITY)
            .size()
            .x
            > width
    };
    let is_whole = !wide(&words);
    while words.chars().count() > FEWEST && wide(&words) {
        words.pop();
    }
    if !is_whole {
        words.pop();
        words.push('…');
    }
    words
}

/// The choice of what colors.
fn color_ui(ui: &mut Ui, state: &mut MapState, map: &MapData) {
    let words = format!("Color: {}", state.color_by.name());
    let room = ui.available_width() - TOOLS - 40.0;
    let words = cut_to(ui, words, room);
    let button = chip(ui, &words, "Choose what colors", None, false, None);
    Popup::menu(&button).show(|ui| {
        for by in ColorBy::all(map) {
            let name = by.action();
            let on = state.color_by == by;
            if ui
                .selectable_label(on, by.name())
                .accessible_name(name)
                .clicked()
            {
                state.recolor(by);
            }
        }
    });
}
