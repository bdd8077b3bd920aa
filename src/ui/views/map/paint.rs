//! Draws the map; hears of pan, zoom, click and outline.

use std::sync::Arc;

use egui::{
    Align2, CursorIcon, Painter, PointerButton, Rect, Role, Sense, Stroke, Ui, WidgetInfo, vec2,
};

use super::brush::brush_ui;
use super::classes::Coloring;
use super::label_paint::{labels_ui, place_labels};
use super::legend::{class_color, legend_card, legend_rows, legend_ui};
use super::outline::{self, Tool};
use super::painter::{ColoringJob, Content, PaintJob, Painted, Pane};
use super::state::MapState;
use super::tooltip::tooltip_ui;
use super::{brush, contours, tools};
use crate::gpu::picture::PictureUniforms;
use crate::gpu::points::ColorTable;
use crate::gpu::raster::{self, Look, N_CLASSES, Window};
use crate::snapshot::model::MapData;
use crate::ui::camera::Camera;
use crate::ui::paint::{self, SceneFrame};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::views::nothing_yet::nothing_yet_ui;
use crate::ui::widgets::{cell, mark};
use crate::ui::{Cx, text};

/// How near the pointer must come to a point, in points.
const HOVER_RADIUS: f32 = 12.0;

/// Points kept free around the fitted map.
const FIT_MARGIN: f32 = 30.0;

/// Points kept free above it as well: for the row of tools, or the head of a nation's map.
const FIT_TOP: f32 = 28.0;

/// Draws the map.
pub fn ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut MapState) {
    let snapshot = Arc::clone(cx.input.snapshot);
    let Some(map) = snapshot.map.as_ref().filter(|m| m.places.n_rows() > 0) else {
        nothing_yet_ui(
            ui,
            cx,
            "No map yet",
            "The map appears once the documents are embedded and laid out.",
            "Import documents first; the map is made of them.",
        );
        return;
    };
    if state.sources.is_on(cx) {
        super::source_maps::ui(ui, cx, state);
        return;
    }
    let view = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(view, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Map of documents"));
    let p = Palette::of(ui);
    let panes = panes(state, map, view);
    let at = response.hover_pos().or(response.interact_pointer_pos());
    let active = at
        .and_then(|at| panes.iter().find(|(rect, _)| rect.contains(at)))
        .or(panes.first())
        .copied();
    let Some((active_rect, active_nation)) = active else {
        return;
    };
    let before = state.camera;
    move_camera(ui, state, map, active_rect, &response);
    if state.camera != before {
        state.moved(ui.ctx());
    }
    let Some(camera) = state.camera else { return };
    let job = paint_job(ui, cx, state, map, &panes, &camera, &p);
    let painted = state.painter.ask(ui.ctx(), job).cloned();
    let Some(painted) = painted else {
        cell(
            ui.painter(),
            view,
            Align2::CENTER_CENTER,
            "Preparing the map …",
            theme::regular(theme::BODY),
            p.secondary,
        );
        return;
    };
    point_at(
        ui,
        cx,
        state,
        map,
        &painted,
        active_rect,
        active_nation,
        &camera,
        &response,
    );
    place_labels(ui.painter(), state, map, &p);
    contours::ask(cx, state, map);
    let rows = legend_rows(cx, state, map, &painted.coloring, &p);
    let legend = legend_card(state, &rows, &painted.coloring, view);
    for (k, (rect, nation)) in panes.iter().enumerate() {
        let painter = ui.painter().with_clip_rect(*rect);
        draw_points(&painter, state, map, &painted, k, *rect, &camera, &p);
        let coloring = &painted.coloring;
        contours::draw(
            &painter, cx, state, map, coloring, *nation, *rect, &camera, &p,
        );
        draw_rings(&painter, cx, state, map, *rect, &camera, &p);
        let covered = if panes.len() > 1 {
            Rect::NOTHING
        } else {
            legend
        };
        let of_pane = nation.and_then(|n| map.places.nations.get(usize::from(n)));
        if labels_ui(ui, cx, state, map, of_pane, *rect, &camera, covered, &p) {
            state.topic_at_hand = cx.shared.selected_topic.is_some();
        }
        outline::draw_selection(&painter, cx, &camera, *rect, &p);
        state
            .drawing
            .draw(&painter, state.tool, &camera, active_rect, &p);
        if let Some(nation) = nation {
            pane_head(&painter, cx, map, *nation, *rect, &p);
        }
    }
    tools::tools_ui(ui, cx, state, map, view);
    if panes.len() == 1 {
        legend_ui(ui, cx, state, map, &painted.coloring, &rows, legend);
    } else if state.contours.on {
        let bottom = panes.last().map_or(view.bottom(), |(r, _)| r.bottom());
        let at = egui::pos2(view.left() + 16.0, bottom - 12.0);
        contours::card_ui(ui, cx, state, map, at, &p);
    }
    let mut strip = std::mem::take(&mut state.brush);
    brush_ui(ui, cx, &mut strip, map, view);
    state.brush = strip;
    tooltip_ui(ui, state, map, &snapshot, &response);
}

/// Divides the view: one pane, or one per nation on the same axes, as square as can be.
fn panes(state: &MapState, map: &MapData, view: Rect) -> Vec<(Rect, Option<u8>)> {
    let n = map.places.nations.len();
    let mut area = view;
    if state.brush.open {
        area.max.y -= brush::HEIGHT + 18.0;
    }
    if !state.per_nation || n < 2 {
        return vec![(area, None)];
    }
    // Below the tools, which take more than one row in a narrow view.
    area.min.y += 26.0 + state.tools_height.max(26.0);
    let n_columns = (1..=n)
        .min_by_key(|c| {
            let rows = n.div_ceil(*c);
            let (w, h) = (area.width() / *c as f32, area.height() / rows as f32);
            // The smaller side decides how much can be seen; ties go to fewer rows.
            (-(w.min(h * 1.3)) * 100.0) as i64
        })
        .unwrap_or(1);
    let n_rows = n.div_ceil(n_columns);
    let size = vec2(
        area.width() / n_columns as f32,
        area.height() / n_rows as f32,
    );
    (0..n)
        .map(|i| {
            let min = area.min
                + vec2(
                    (i % n_columns) as f32 * size.x,
                    (i / n_columns) as f32 * size.y,
                );
            (Rect::from_min_size(min, size).shrink(1.0), Some(i as u8))
        })
        .collect()
}

fn pane_head(painter: &Painter, cx: &Cx<'_>, map: &MapData, nation: u8, rect: Rect, p: &Palette) {
    let Some(&nation_of) = map.places.nations.get(usize::from(nation)) else {
        return;
    };
    painter.rect_stroke(rect, 0.0, p.hair(), egui::StrokeKind::Inside);
    let n = cx
        .shown()
        .and_then(|s| s.by_nation.get(usize::from(nation)))
        .copied()
        .unwrap_or(0);
    mark(
        painter,
        rect.min + vec2(16.0, 18.0),
        Mark::of(nation_of),
        p.nation(nation_of),
        4.5,
    );
    let head = Rect::from_min_size(rect.min + vec2(28.0, 8.0), vec2(rect.width() - 40.0, 20.0));
    let words = format!("{} · {}", nation_of.name(), text::count_of(n));
    cell(
        painter,
        head,
        Align2::LEFT_CENTER,
        &words,
        theme::strong(theme::BODY),
        p.ink,
    );
}

/// Shows the whole map, a few stray documents aside.
fn fitted(map: &MapData, rect: Rect) -> Camera {
    let below_tools = rect.with_min_y(rect.top() + FIT_TOP);
    let mut camera = Camera::fit(map.cloud.core(), below_tools, FIT_MARGIN);
    camera.pan(below_tools.center() - rect.center());
    camera
}

fn move_camera(
    ui: &Ui,
    state: &mut MapState,
    map: &MapData,
    rect: Rect,
    response: &egui::Response,
) {
    let fitted = fitted(map, rect);
    state.is_fitted |= state.wants_fit || state.camera.is_none();
    state.wants_fit = false;
    // Until it is moved, the whole map stays in sight whatever becomes of the window.
    if state.is_fitted {
        state.camera = Some(fitted);
    }
    let range = (
        0.3 * fitted.points_per_unit,
        2000.0 * fitted.points_per_unit,
    );
    let steps = std::mem::take(&mut state.zoom_steps);
    let Some(camera) = state.camera.as_mut() else {
        return;
    };
    // While a tool draws, the other buttons still move the map.
    let moves = state.tool == Tool::Move && response.dragged()
        || response.dragged_by(PointerButton::Middle)
        || response.dragged_by(PointerButton::Secondary);
    if moves {
        camera.pan(response.drag_delta());
    }
    if steps != 0.0 {
        camera.zoom_about(rect, rect.center(), 1.35f32.powf(steps), range);
    }
    if let Some(at) = response.hover_pos() {
        let (scroll, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        let factor = pinch * (scroll * 0.004).exp();
        if (factor - 1.0).abs() > 1e-4 {
            camera.zoom_about(rect, at, factor, range);
        }
    }
    state.is_fitted &= *camera == fitted;
}

/// Diameter of a dot in points: small when far so that dense places show, a mark when near.
pub(super) fn dot_in_points(n_points: usize, zoom: f32) -> f32 {
    // At the fitted view the points together would cover a few hundredths of the screen.
    let base = (280.0 / (n_points.max(1) as f32).sqrt()).clamp(0.8, 6.0);
    (base * zoom.max(0.2).powf(0.55)).clamp(0.8, 14.0)
}

fn zoom_of(map: &MapData, camera: &Camera, view: Rect) -> f32 {
    camera.points_per_unit / fitted(map, view).points_per_unit.max(1e-9)
}

pub(super) fn with_alpha(color: egui::Color32, a: f32) -> [f32; 4] {
    let [r, g, b, _] = theme::linear(color);
    [r, g, b, a]
}

/// How counts become colors at this zoom.
fn look(
    map: &MapData,
    coloring: &Coloring,
    camera: &Camera,
    view: Rect,
    scale: f32,
    p: &Palette,
) -> Look {
    let dot_px = (dot_in_points(map.places.n_rows(), zoom_of(map, camera, view)) * scale)
        .clamp(1.0, raster::MAX_DOT_PX);
    // Dots of whole pixels: a tenth more is not seen and would be counted afresh for nothing.
    let dot_px = dot_px.round();
    let full_at = raster::full_at(&map.cloud, camera.points_per_unit * scale, dot_px);
    let least = raster::least_strength(full_at);
    let mut classes = [[0.0; 4]; N_CLASSES];
    classes[0] = with_alpha(p.faint, 0.6 * least);
    for (class, color) in classes.iter_mut().enumerate().skip(1) {
        if class <= coloring.hues.len() {
            *color = with_alpha(class_color(coloring, class as u8, p), least);
        }
    }
    Look {
        dot_px,
        classes,
        full_at,
    }
}

fn paint_job(
    ui: &Ui,
    cx: &Cx<'_>,
    state: &MapState,
    map: &Arc<MapData>,
    panes: &[(Rect, Option<u8>)],
    camera: &Camera,
    p: &Palette,
) -> PaintJob {
    let scale = ui.ctx().pixels_per_point();
    let coloring = ColoringJob {
        map: Arc::clone(map),
        by: state.color_by.clone(),
        focus: cx.focus().cloned(),
        hides_context: state.hides_context,
        labels: Arc::clone(state.topic_labels()),
    };
    // Colors follow from the field alone; until the classes are there the last ones tell how many.
    let hues = super::classes::hues(map, &state.color_by);
    let colors = Coloring::of_hues(state.color_by.clone(), hues);
    let view = panes.first().map_or(Rect::NOTHING, |(rect, _)| *rect);
    PaintJob {
        coloring,
        panes: panes
            .iter()
            .map(|(rect, nation)| Pane {
                window: window(camera, *rect, scale),
                nation: *nation,
            })
            .collect(),
        look: look(map, &colors, camera, view, scale, p),
        in_software: cx.shared.in_software,
        moving: state.is_moving(ui.input(|i| i.time)),
    }
}

fn window(camera: &Camera, rect: Rect, scale: f32) -> Window {
    Window {
        center_in_map: camera.center_in_map,
        px_per_unit: camera.points_per_unit * scale,
        size_px: [
            (rect.width() * scale).round().max(1.0) as u32,
            (rect.height() * scale).round().max(1.0) as u32,
        ],
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call hands over what the frame knows"
)]
fn point_at(
    ui: &Ui,
    cx: &mut Cx<'_>,
    state: &mut MapState,
    map: &MapData,
    painted: &Painted,
    rect: Rect,
    nation: Option<u8>,
    camera: &Camera,
    response: &egui::Response,
) {
    if state.tool != Tool::Move {
        state.hovered = None;
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        let drawn = state.drawing.drag(state.tool, camera, rect, response);
        if let Some(corners) = drawn {
            outline::select(ui.ctx(), cx, corners);
        }
        return;
    }
    let hides = state.hides_context;
    let classes = &painted.coloring.classes;
    let shown = |row: usize| {
        let of_pane = nation.is_none_or(|n| map.places.nation_idx.get(row) == Some(&n));
        let class = classes.get(row).copied().unwrap_or(raster::HIDDEN);
        // With a filter the gray points are not what is looked at.
        let in_focus = cx.focus().is_none_or(|f| f.shown.has(row));
        of_pane && in_focus && class != raster::HIDDEN && !(hides && class == 0)
    };
    state.hovered = response
        .hover_pos()
        .filter(|at| !response.dragged() && rect.contains(*at))
        .and_then(|at| {
            let p = camera.map_from_screen(rect, at);
            map.cloud
                .nearest(p, HOVER_RADIUS / camera.points_per_unit, shown)
        });
    if state.hovered.is_some() {
        ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
    }
    if response.clicked() {
        match state.hovered.and_then(|row| map.places.doc(row)) {
            Some(doc) => cx.select_doc(doc),
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
    state: &MapState,
    map: &MapData,
    painted: &Painted,
    k: usize,
    rect: Rect,
    camera: &Camera,
    p: &Palette,
) {
    let Some((pane, content)) = painted.panes.get(k) else {
        return;
    };
    let scale = painter.pixels_per_point();
    let (ndc_from_map, viewport_px) = camera.matrix(rect, scale);
    match content {
        Content::Picture(picture) => {
            let (lo_in_map, hi_in_map) = pane.window.bounds();
            let uniforms = PictureUniforms {
                ndc_from_map,
                lo_in_map,
                hi_in_map,
                decode_gamma: 0,
                pad: [0; 3],
            };
            let moved = pane.window != window(camera, rect, scale);
            paint::picture(painter, rect, k as u64, picture, uniforms, moved);
        }
        Content::Marks { scene, .. } => {
            let look = look(map, &painted.coloring, camera, rect, scale, p);
            let dot = dot_in_points(map.places.n_rows(), zoom_of(map, camera, rect));
            let radius_px = 0.5 * dot * scale;
            let mut table = ColorTable::default();
            for (class, color) in look.classes.iter().enumerate().skip(1) {
                table.set_group(class, *color);
            }
            let context = if state.hides_context {
                0.0
            } else {
                look.classes[0][3]
            };
            let matrix = (ndc_from_map, viewport_px);
            let mut frame = SceneFrame::of_points(matrix, radius_px, table);
            frame.points.context_radius_px = (0.6 * radius_px).max(0.7 * scale);
            frame.points.context_color = with_alpha(p.faint, context);
            paint::scene(painter, rect, scene, frame);
        }
    }
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
    let at = |row: usize| {
        map.places
            .positions_in_map
            .get(row)
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
            if let Some(q) = map.places.row_of(hit.doc.id).and_then(at) {
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
        .and_then(|d| map.places.row_of(d))
        .and_then(at);
    if let Some(q) = selected {
        painter.circle_stroke(q, 8.0, Stroke::new(4.0, p.ground));
        painter.circle_stroke(q, 8.0, Stroke::new(2.0, p.ink));
    }
}
