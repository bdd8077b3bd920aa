//! Draws the map, its legend, labels and tooltip; hears of pan, zoom and click.

use std::sync::Arc;

use egui::{
    Align2, CornerRadius, CursorIcon, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use super::derive::{Wish, is_context, place_labels, radius_in_points, topic_of};
use super::legend::{legend_card, legend_rows, legend_ui};
use super::state::{ColorBy, MapState};
use crate::gpu::lines::LinesUniforms;
use crate::gpu::points::{ColorTable, PointsUniforms};
use crate::snapshot::model::{DocLine, MapData, NextStep, Snapshot};
use crate::ui::camera::Camera;
use crate::ui::paint::{self, SceneFrame};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::{self, Look, cell, chip, mark, one_line};
use crate::ui::{Command, Cx, View, text};

/// How near the pointer must come to a point, in points.
const HOVER_RADIUS: f32 = 12.0;

/// Draws the map.
pub fn ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut MapState) {
    let snapshot = Arc::clone(cx.input.snapshot);
    let Some(map) = snapshot.map.as_ref().filter(|m| !m.docs.is_empty()) else {
        empty_ui(ui, cx);
        return;
    };
    let view = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(view, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Map of documents"));
    if state.prepared().is_none() {
        cell(
            ui.painter(),
            view,
            Align2::CENTER_CENTER,
            "Preparing the map …",
            theme::regular(theme::BODY),
            Palette::of(ui).secondary,
        );
        return;
    }
    move_camera(ui, state, view, &response);
    let Some(camera) = state.camera else { return };
    hover(ui, cx, state, map, view, &camera, &response);
    let p = Palette::of(ui);
    let painter = ui.painter().with_clip_rect(view);
    draw_points(&painter, cx, state, map, &snapshot, view, &camera, &p);
    draw_rings(&painter, cx, state, map, view, &camera, &p);
    let rows = legend_rows(cx, state, map, &snapshot, &p);
    let legend = legend_card(state, &rows, view);
    draw_labels(&painter, cx, map, view, &camera, legend, &p);
    tools_ui(ui, cx, state, view);
    legend_ui(ui, cx, state, map, &rows, legend);
    tooltip_ui(ui, state, map, &snapshot, &response);
}

fn empty_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let ready = matches!(cx.input.snapshot.next_step, NextStep::Run { .. });
    widgets::empty(
        ui,
        "No map yet",
        if ready {
            "The map appears once the documents are embedded and laid out."
        } else {
            "Import documents first; the map is made of them."
        },
    );
    ui.vertical_centered(|ui| {
        if ready {
            if widgets::action(
                ui,
                "Run the pipeline",
                Some("Ctrl Enter"),
                Look::Primary,
                cx.input.progress.is_none(),
            )
            .clicked()
            {
                cx.send(Command::RunPipeline);
            }
        } else if widgets::action(ui, "Go to Start", Some("1"), Look::Primary, true).clicked() {
            cx.shared.view = View::Start;
        }
    });
}

fn move_camera(ui: &Ui, state: &mut MapState, view: Rect, response: &egui::Response) {
    let Some(bounds) = state.prepared().map(|p| p.derived.bounds) else {
        return;
    };
    // Room for the legend and the tools around the points.
    let fitted = Camera::fit(bounds, view, 36.0);
    state.fitted_points_per_unit = fitted.points_per_unit;
    if state.wants_fit || state.camera.is_none() {
        state.camera = Some(fitted);
        state.wants_fit = false;
    }
    let range = (0.3 * fitted.points_per_unit, 400.0 * fitted.points_per_unit);
    let steps = std::mem::take(&mut state.zoom_steps);
    let Some(camera) = state.camera.as_mut() else {
        return;
    };
    if response.dragged() {
        camera.pan(response.drag_delta());
    }
    if steps != 0.0 {
        camera.zoom_about(view, view.center(), 1.35f32.powf(steps), range);
    }
    if let Some(at) = response.hover_pos() {
        let (scroll, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        let factor = pinch * (scroll * 0.004).exp();
        if (factor - 1.0).abs() > 1e-4 {
            camera.zoom_about(view, at, factor, range);
        }
    }
}

fn hover(
    ui: &Ui,
    cx: &mut Cx<'_>,
    state: &mut MapState,
    map: &MapData,
    view: Rect,
    camera: &Camera,
    response: &egui::Response,
) {
    let hide = state.hide_context;
    let shown = |i: u32| {
        let i = i as usize;
        let nation_on = map
            .nation_idx
            .get(i)
            .and_then(|&n| map.nations.get(n as usize))
            .is_some_and(|&n| cx.shared.shows(n));
        let topic_on = cx.shared.topics_only.is_empty()
            || topic_of(map, i).is_some_and(|t| cx.shared.topics_only.contains(&t));
        nation_on && topic_on && !(hide && is_context(map, i))
    };
    state.hovered = response
        .hover_pos()
        .filter(|_| !response.dragged())
        .and_then(|at| {
            let p = camera.map_from_screen(view, at);
            let radius = HOVER_RADIUS / camera.points_per_unit;
            state
                .prepared()
                .and_then(|s| s.derived.grid.nearest(p, radius, shown))
        });
    if state.hovered.is_some() {
        ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
    }
    if response.clicked() {
        match state.hovered.and_then(|i| map.docs.get(i as usize)) {
            Some(&doc) => cx.select_doc(doc),
            None => cx.clear_doc(),
        }
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call hands over what the frame knows"
)]
fn draw_points(
    painter: &Painter,
    cx: &Cx<'_>,
    state: &MapState,
    map: &MapData,
    snapshot: &Snapshot,
    view: Rect,
    camera: &Camera,
    p: &Palette,
) {
    let Some(prepared) = state.prepared() else {
        return;
    };
    let scale = painter.pixels_per_point();
    let (ndc_from_map, viewport_px) = camera.matrix(view, scale);
    let zoom = camera.points_per_unit / state.fitted_points_per_unit.max(1e-9);
    let radius = radius_in_points(map.docs.len(), zoom);
    let alpha = if radius < 2.0 { 0.8 } else { 0.88 };
    let with_alpha = |color: egui::Color32, a: f32| {
        let [r, g, b, _] = theme::linear(color);
        [r, g, b, a]
    };
    let mut table = ColorTable::default();
    for (i, &nation) in map.nations.iter().enumerate() {
        let a = if cx.shared.shows(nation) { alpha } else { 0.0 };
        table.set_group(i, with_alpha(p.nation(nation), a));
    }
    for i in 0..snapshot.topics.len() {
        let on = cx.shared.topics_only.is_empty() || cx.shared.topics_only.contains(&(i as u32));
        table.set_topic(i, with_alpha(p.topic(i), if on { alpha } else { 0.0 }));
    }
    let context = if state.hide_context { 0.0 } else { 0.5 };
    let frame = SceneFrame {
        points: PointsUniforms {
            ndc_from_map,
            viewport_px,
            radius_px: radius * scale,
            context_radius_px: (0.6 * radius).max(0.7) * scale,
            context_color: with_alpha(p.faint, context),
            color_by: u32::from(state.color_by == ColorBy::Topic),
            encode_gamma: 0,
            n_points: 0,
            pad: 0,
        },
        table,
        lines: LinesUniforms {
            ndc_from_map,
            viewport_px,
            half_width_px: 0.5,
            dash_px: 4.0,
            colors: [[0.0; 4]; 8],
            encode_gamma: 0,
            pad: [0; 3],
        },
    };
    paint::scene(painter, view, &prepared.scene, frame);
}

fn draw_rings(
    painter: &Painter,
    cx: &Cx<'_>,
    state: &MapState,
    map: &MapData,
    view: Rect,
    camera: &Camera,
    p: &Palette,
) {
    let Some(prepared) = state.prepared() else {
        return;
    };
    let at = |i: u32| {
        map.positions_in_map
            .get(i as usize)
            .map(|&q| camera.screen_from_map(view, q))
            .filter(|q| view.contains(*q))
    };
    // What the search found, while its words stand in the field.
    let asked = &cx.shared.search;
    if let Some(hits) = cx
        .input
        .search_hits
        .filter(|h| !asked.is_empty() && h.query == *asked)
    {
        for hit in &hits.hits {
            if let Some(q) = prepared.derived.index_of(hit.doc.id).and_then(at) {
                painter.circle_stroke(q, 5.0, Stroke::new(1.2, p.ink));
            }
        }
    }
    if let Some(q) = state.hovered.and_then(at) {
        painter.circle_stroke(q, 6.0, Stroke::new(1.5, p.ink));
    }
    let selected = cx
        .shared
        .selected_doc
        .and_then(|d| prepared.derived.index_of(d))
        .and_then(at);
    if let Some(q) = selected {
        painter.circle_stroke(q, 8.0, Stroke::new(4.0, p.ground));
        painter.circle_stroke(q, 8.0, Stroke::new(2.0, p.ink));
    }
}

fn draw_labels(
    painter: &Painter,
    cx: &Cx<'_>,
    map: &MapData,
    view: Rect,
    camera: &Camera,
    legend: Rect,
    p: &Palette,
) {
    let font = theme::strong(12.5);
    let chosen: Vec<_> = map
        .labels
        .iter()
        .filter(|l| {
            cx.shared.topics_only.is_empty() || cx.shared.topics_only.contains(&l.topic_idx)
        })
        .collect();
    let galleys: Vec<_> = chosen
        .iter()
        .map(|l| {
            let ink = one_line(painter, &l.text, font.clone(), p.ink, 280.0);
            let halo = one_line(painter, &l.text, font.clone(), p.ground, 280.0);
            (ink, halo)
        })
        .collect();
    let wishes: Vec<Wish> = chosen
        .iter()
        .zip(&galleys)
        .map(|(l, (g, _))| Wish {
            at: [
                l.anchor_in_map[0] * camera.points_per_unit,
                -l.anchor_in_map[1] * camera.points_per_unit,
            ],
            half: [0.5 * g.size().x + 5.0, 0.5 * g.size().y + 3.0],
        })
        .collect();
    for i in place_labels(&wishes) {
        let (Some(label), Some((ink, halo))) = (chosen.get(i), galleys.get(i)) else {
            continue;
        };
        let middle = camera.screen_from_map(view, label.anchor_in_map);
        let mut at = middle - 0.5 * ink.size();
        // A label at the edge moves in, as long as its place itself is in the view.
        if view.contains(middle) {
            let last = (view.right() - ink.size().x - 6.0).max(view.left() + 6.0);
            at.x = at.x.clamp(view.left() + 6.0, last);
        }
        // Half a label beside the legend would be read wrongly.
        let covered = Rect::from_min_size(at, ink.size()).intersects(legend);
        if covered || !view.expand(40.0).contains(middle) {
            continue;
        }
        for step in 0..8 {
            let turn = Vec2::angled(std::f32::consts::TAU * step as f32 / 8.0);
            painter.galley(at + 1.6 * turn, Arc::clone(halo), p.ground);
        }
        painter.galley(at, Arc::clone(ink), p.ink);
    }
}

/// Tells whether legend and tools do not fit beside each other.
pub(super) fn is_narrow(view: Rect) -> bool {
    view.width() < 760.0
}

fn tools_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut MapState, view: Rect) {
    let area = Rect::from_min_max(
        pos2(
            view.left() + if is_narrow(view) { 16.0 } else { 270.0 },
            view.top() + 14.0,
        ),
        pos2(view.right() - 16.0, view.top() + 44.0),
    );
    let builder = egui::UiBuilder::new()
        .max_rect(area)
        .layout(egui::Layout::right_to_left(egui::Align::Center));
    let mut child = ui.new_child(builder);
    let ui = &mut child;
    ui.spacing_mut().item_spacing.x = 6.0;
    if chip(
        ui,
        "Gray context",
        "Show gray context",
        None,
        !state.hide_context,
        Some("H"),
    )
    .clicked()
    {
        state.hide_context = !state.hide_context;
    }
    if chip(ui, "Fit", "Fit the map to the view", None, false, Some("F")).clicked() {
        state.wants_fit = true;
    }
    let filtered = !cx.shared.topics_only.is_empty() || !cx.shared.nations_only.is_empty();
    if filtered && chip(ui, "Show all", "Show all documents", None, false, Some("A")).clicked() {
        cx.shared.topics_only.clear();
        cx.shared.nations_only.clear();
    }
    ui.add_space(8.0);
    for (by, words, key) in [
        (ColorBy::Topic, "Topic", "T"),
        (ColorBy::Nation, "Nation", "N"),
    ] {
        let name = format!("Color by {}", words.to_lowercase());
        if chip(ui, words, &name, None, state.color_by == by, Some(key)).clicked() {
            state.color_by = by;
        }
    }
}

fn doc_line(map: &MapData, i: usize) -> Option<DocLine> {
    Some(DocLine {
        id: *map.docs.get(i)?,
        title: map.titles.get(i).cloned().unwrap_or_default(),
        nation: *map.nations.get(*map.nation_idx.get(i)? as usize)?,
        source: map
            .source_idx
            .get(i)
            .and_then(|&s| map.sources.get(s as usize))
            .cloned()
            .unwrap_or_default(),
        date: map.dates.get(i).cloned().unwrap_or_default(),
    })
}

fn tooltip_ui(
    ui: &Ui,
    state: &MapState,
    map: &MapData,
    snapshot: &Snapshot,
    response: &egui::Response,
) {
    let Some(i) = state.hovered.map(|i| i as usize) else {
        return;
    };
    let Some(doc) = doc_line(map, i) else { return };
    let Some(at) = response.hover_pos() else {
        return;
    };
    let p = Palette::of(ui);
    let painter = ui.ctx().layer_painter(egui::LayerId::new(
        egui::Order::Tooltip,
        ui.scope_id().with("hovered document"),
    ));
    let head = widgets::wrapped(
        &painter,
        &doc.title,
        theme::strong(theme::BODY),
        p.ink,
        320.0,
        2,
    );
    let date = text::date(&doc.date);
    let topic = topic_of(map, i).and_then(|t| snapshot.topics.get(t as usize));
    let topic = topic.map_or("no topic", |t| t.label.as_str());
    let by_tags = if topic_of(map, i).is_some() && is_context(map, i) {
        "by tags"
    } else {
        ""
    };
    let words = text::dotted([doc.source.as_str(), date.as_str(), topic, by_tags]);
    let below = one_line(
        &painter,
        &words,
        theme::regular(theme::CAPTION),
        p.secondary,
        320.0,
    );
    let size = vec2(
        head.size().x.max(below.size().x + 14.0) + 20.0,
        head.size().y + below.size().y + 18.0,
    );
    let screen = ui.ctx().content_rect();
    let mut min = at + vec2(14.0, 14.0);
    min.x = min.x.min(screen.right() - size.x - 8.0);
    if min.y + size.y > screen.bottom() - 40.0 {
        min.y = at.y - size.y - 10.0;
    }
    let card = Rect::from_min_size(min, size);
    painter.rect(
        card,
        CornerRadius::same(4),
        p.panel,
        Stroke::new(1.0, p.faint),
        StrokeKind::Inside,
    );
    let head_height = head.size().y;
    painter.galley(card.min + vec2(10.0, 7.0), head, p.ink);
    let y = card.top() + 11.0 + head_height;
    mark(
        &painter,
        pos2(card.left() + 14.0, y + 0.5 * below.size().y),
        Mark::of(doc.nation),
        p.nation(doc.nation),
        4.0,
    );
    painter.galley(pos2(card.left() + 24.0, y), below, p.secondary);
}
