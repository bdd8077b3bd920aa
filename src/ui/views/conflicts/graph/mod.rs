//! The conflict graph: documents and links with the cycle on show and the camps of the issue; hears of pan,
//! zoom, hover, click and lasso.
//!
//! What is drawn follows from the snapshot, the filter and the round ([`scene`]); where the adapter is the
//! processor itself, a thread counts it into a picture ([`painter`]).

mod cycle;
mod look;
mod names;
mod painter;
mod scene;
mod state;
#[cfg(test)]
mod tests;

pub(super) use state::{GraphAnswer, GraphAsk, GraphState, MOST_HOPS};

use std::sync::Arc;

use egui::{
    Align2, CursorIcon, Painter, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::base::cloud::Bounds;
use crate::domain::filter::Selected;
use crate::gpu::picture::PictureUniforms;
use crate::gpu::raster::Window;
use crate::ui::Cx;
use crate::ui::camera::Camera;
use crate::ui::paint;
use crate::ui::theme::{self, Palette};
use crate::ui::views::map::outline::{self, Tool};
use crate::ui::widgets::{cell, chip};
use cycle::{diagram_rect, diagram_ui, draw_cycle, focus_bounds, nodes_of};
use painter::{Content, Job, Painted};
use scene::{Made, NOW, Shown, Wanted};
use state::{Hovered, LookAt};

/// How near the pointer must come to a document, in points.
const NODE_RADIUS: f32 = 8.0;

/// How near it must come to a link.
const LINK_RADIUS: f32 = 5.0;

/// The place of the graph's picture among those of a frame.
const PLACE: u64 = 1 << 20;

/// Points kept free around the fitted graph.
const FIT_MARGIN: f32 = 24.0;

/// Draws the graph into a rectangle; returns what a person did in it.
pub(super) fn graph_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut GraphState,
    ask: &GraphAsk<'_>,
    view: Rect,
) -> Option<GraphAnswer> {
    state.follow(ask.data);
    let response = ui.allocate_rect(view, Sense::CLICK | Sense::DRAG);
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Conflict graph"));
    let p = Palette::of(ui);
    let before = state.camera;
    move_camera(ui, state, ask, view, &response);
    if state.camera != before {
        state.moved(ui.ctx());
    }
    let Some(camera) = state.camera else {
        cell(
            ui.painter(),
            view,
            Align2::CENTER_CENTER,
            "no documents in the graph",
            theme::regular(theme::BODY),
            p.secondary,
        );
        return None;
    };
    let moves = state.is_moving(ui.input(|i| i.time));
    let job = job(ui, cx, state, ask, view, &camera, moves, &p);
    let look = job.look.clone();
    let window = job.window;
    let Some(painted) = state.painter.ask(ui.ctx(), job).cloned() else {
        cell(
            ui.painter(),
            view,
            Align2::CENTER_CENTER,
            "Preparing the graph …",
            theme::regular(theme::BODY),
            p.secondary,
        );
        return None;
    };
    if state.is_news(&painted.made) {
        // The status bar, drawn before, counts what is drawn.
        ui.ctx().request_repaint();
    }
    let mut answer = point_at(ui, cx, state, ask, &painted.made, view, &camera, &response);
    let painter = ui.painter().with_clip_rect(view);
    if !state.hides_camps {
        draw_camps(&painter, ask, view, &camera, &p);
    }
    draw_content(&painter, &painted, look, window, view, &camera);
    let mut taken = vec![diagram_rect(ask, view)];
    if let Some(item) = ask.item {
        taken.extend(draw_cycle(&painter, ask, item, view, &camera, &p));
    }
    let legend = look::legend(&painter, state, ask, view, &p);
    taken.push(legend);
    state.legend_height = legend.height();
    let tools = tools_rect(state, ask, view);
    taken.push(tools);
    names::place(&painter, state, ask, &painted.made);
    names::draw(
        &painter,
        state,
        ask,
        &painted.made,
        view,
        &camera,
        &taken,
        moves,
        &p,
    );
    state.drawing.draw(&painter, state.tool, &camera, view, &p);
    if let Some(item) = ask.item
        && diagram_ui(ui, ask, item, view)
    {
        answer = Some(GraphAnswer::NextCycle);
    }
    tools_ui(ui, state, ask, tools);
    if let Some(pointer) = response.hover_pos() {
        names::draw_hovered(&painter, state, ask, view, &camera, pointer, &p);
    }
    answer
}

fn move_camera(
    ui: &Ui,
    state: &mut GraphState,
    ask: &GraphAsk<'_>,
    view: Rect,
    response: &egui::Response,
) {
    let Some(fitted) = fitted(state, ask, view) else {
        state.camera = None;
        return;
    };
    let look_at = state.look_at;
    if state.legend_height > 0.0 {
        state.look_at = LookAt::Same;
    } else {
        // How much is covered is known once it was drawn.
        ui.ctx().request_repaint();
    }
    match look_at {
        LookAt::Same => {}
        LookAt::All => state.camera = Some(fitted),
        LookAt::Cycle => {
            let cycle = focus_bounds(&ask.data.graph, &nodes_of(ask));
            state.camera = Some(cycle.map_or(fitted, |bounds| {
                let near = fit(state, ask, bounds, view);
                let (least, most) = (fitted.points_per_unit, 40.0 * fitted.points_per_unit);
                let wanted = near.points_per_unit.clamp(least, most);
                zoomed(near, state, ask, view, wanted)
            }));
        }
    }
    let steps = std::mem::take(&mut state.zoom_steps);
    let range = (
        0.4 * fitted.points_per_unit,
        1000.0 * fitted.points_per_unit,
    );
    let moves = state.tool == Tool::Move && response.dragged()
        || response.dragged_by(egui::PointerButton::Middle)
        || response.dragged_by(egui::PointerButton::Secondary);
    let camera = state.camera.get_or_insert(fitted);
    if moves {
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

/// Returns what of the view neither tools nor legend nor the small diagram cover.
fn uncovered(state: &GraphState, ask: &GraphAsk<'_>, view: Rect) -> Rect {
    let diagram = diagram_rect(ask, view);
    let right = if diagram.is_positive() {
        diagram.left()
    } else {
        view.right()
    };
    let top = view.top() + state.tools_height.max(26.0) + 6.0;
    let bottom = view.bottom() - state.legend_height.max(18.0);
    let free = Rect::from_min_max(pos2(view.left(), top), pos2(right, bottom));
    // In a very low view everything would be covered: the middle is as good a place as any.
    if free.height() > 60.0 { free } else { view }
}

/// Shows a box in what is not covered.
fn fit(state: &GraphState, ask: &GraphAsk<'_>, bounds: Bounds, view: Rect) -> Camera {
    let free = uncovered(state, ask, view);
    let mut camera = Camera::fit(bounds, free, FIT_MARGIN.min(0.15 * free.height()));
    camera.pan(free.center() - view.center());
    camera
}

/// Zooms so that what is in the middle of the uncovered part stays there.
fn zoomed(
    mut camera: Camera,
    state: &GraphState,
    ask: &GraphAsk<'_>,
    view: Rect,
    points_per_unit: f32,
) -> Camera {
    let at = uncovered(state, ask, view).center();
    let factor = points_per_unit / camera.points_per_unit;
    camera.zoom_about(view, at, factor, (0.0, f32::MAX));
    camera
}

/// Shows the whole graph; `None` if there is nothing.
fn fitted(state: &GraphState, ask: &GraphAsk<'_>, view: Rect) -> Option<Camera> {
    let all = ask.data.graph.finder.bounds()?;
    Some(fit(state, ask, all, view))
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call hands over what the frame knows"
)]
fn job(
    ui: &Ui,
    cx: &Cx<'_>,
    state: &GraphState,
    ask: &GraphAsk<'_>,
    view: Rect,
    camera: &Camera,
    moving: bool,
    p: &Palette,
) -> Job {
    let scale = ui.ctx().pixels_per_point();
    let fit = fitted(state, ask, view).map_or(1.0, |f| f.points_per_unit);
    let zoom = camera.points_per_unit / fit.max(1e-9);
    let ends = ask.item.map(|q| [q.a.node, q.b.node]);
    Job {
        wanted: Wanted {
            data: Arc::clone(ask.data),
            round: ask.shown_round.unwrap_or(NOW),
            leaving: ask.leaving(),
            issue: ask.issue,
            hops: ends.filter(|_| state.hops > 0).map(|e| (e, state.hops)),
            node_color: state.node_color,
            hides_context: state.hides_context,
            focus: cx.focus().cloned(),
            map: cx.input.snapshot.map.clone(),
        },
        window: Window {
            center_in_map: camera.center_in_map,
            px_per_unit: camera.points_per_unit * scale,
            size_px: [
                (view.width() * scale).round().max(1.0) as u32,
                (view.height() * scale).round().max(1.0) as u32,
            ],
        },
        look: look::look(state, ask, scale, zoom, p),
        in_software: cx.shared.in_software,
        moving,
    }
}

fn draw_content(
    painter: &Painter,
    painted: &Painted,
    look: crate::gpu::graph::GraphLook,
    window: Window,
    view: Rect,
    camera: &Camera,
) {
    let matrix = camera.matrix(view, painter.pixels_per_point());
    match &painted.content {
        Content::Picture(picture) => {
            let (lo_in_map, hi_in_map) = painted.job.window.bounds();
            let uniforms = PictureUniforms {
                ndc_from_map: matrix.0,
                lo_in_map,
                hi_in_map,
                decode_gamma: 0,
                pad: [0; 3],
            };
            // A picture of a moving view may be half as large.
            let moved = painted.job.window != window || picture.size_px != window.size_px;
            paint::picture(painter, view, PLACE, picture, uniforms, moved);
        }
        Content::Marks(scene) => paint::graph(painter, view, scene, matrix, look),
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call hands over what the frame knows"
)]
fn point_at(
    ui: &Ui,
    cx: &mut Cx<'_>,
    state: &mut GraphState,
    ask: &GraphAsk<'_>,
    made: &Made,
    view: Rect,
    camera: &Camera,
    response: &egui::Response,
) -> Option<GraphAnswer> {
    let graph = &ask.data.graph;
    if state.tool != Tool::Move {
        state.hovered = None;
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        let corners = state.drawing.drag(state.tool, camera, view, response)?;
        let outline = crate::base::cloud::Outline::new(corners)?;
        let docs = graph.finder.inside(&outline).into_iter().filter_map(|i| {
            let shown = made.shown.get(i as usize)?;
            let node = graph.nodes.get(i as usize)?;
            (*shown != Shown::Hidden).then_some(node.doc)
        });
        let before = cx.shared.desk.selection.clone();
        outline::select_what(ui.ctx(), cx, Selected::Docs(docs.collect()));
        let selects = cx.shared.desk.selection != before;
        return selects.then(|| GraphAnswer::Selected(Box::new(before)));
    }
    state.hovered = response
        .hover_pos()
        .filter(|_| !response.dragged())
        .and_then(|at| hovered(ask, made, camera.map_from_screen(view, at), camera));
    if state.hovered.is_some() {
        ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
    }
    if !response.clicked() {
        return None;
    }
    let node = match state.hovered {
        Some(Hovered::Node(i)) => i,
        Some(Hovered::Link(i)) => {
            let link = graph.links.get(i as usize)?;
            if let Some(place) = names::queue_place(ask, link) {
                return Some(GraphAnswer::Item(place));
            }
            // Any other link opens the document at its nearer end.
            let at = camera.map_from_screen(view, response.interact_pointer_pos()?);
            let far = |i: u32| {
                graph.nodes.get(i as usize).map_or(f32::MAX, |n| {
                    (n.position[0] - at[0]).hypot(n.position[1] - at[1])
                })
            };
            if far(link.a) <= far(link.b) {
                link.a
            } else {
                link.b
            }
        }
        None => {
            cx.clear_doc();
            return None;
        }
    };
    let doc = graph.nodes.get(node as usize)?.doc;
    cx.select_doc(doc);
    None
}

/// Returns what lies under a place: a document, else a link.
fn hovered(ask: &GraphAsk<'_>, made: &Made, place: [f32; 2], camera: &Camera) -> Option<Hovered> {
    let graph = &ask.data.graph;
    let is_shown = |i: u32| {
        let shown = made.shown.get(i as usize);
        shown.is_some_and(|s| *s != Shown::Hidden)
    };
    let node = graph
        .finder
        .nearest_of(place, NODE_RADIUS / camera.points_per_unit, is_shown);
    let link = || {
        let has = |i: u32| made.has_link.get(i as usize).copied().unwrap_or(false);
        let radius = LINK_RADIUS / camera.points_per_unit;
        graph.segments.nearest(place, radius, has)
    };
    node.map(Hovered::Node)
        .or_else(|| link().map(|(i, _)| Hovered::Link(i)))
}

/// Draws the two camps of the issue as soft areas: solid around those for it, dashed around those against.
fn draw_camps(painter: &Painter, ask: &GraphAsk<'_>, view: Rect, camera: &Camera, p: &Palette) {
    let camps = ask.issue.and_then(|i| ask.data.graph.camps.get(i as usize));
    let Some(camps) = camps else { return };
    let colors = [p.nation(ask.data.nation), p.ink];
    for (side, (hulls, color)) in camps.hulls.iter().zip(colors).enumerate() {
        for hull in hulls {
            let corners: Vec<egui::Pos2> = hull
                .iter()
                .map(|c| camera.screen_from_map(view, *c))
                .collect();
            let fill = color.gamma_multiply(0.07);
            painter.add(Shape::convex_polygon(corners.clone(), fill, Stroke::NONE));
            let stroke = Stroke::new(1.0, color.gamma_multiply(0.45));
            let closed: Vec<egui::Pos2> = corners.iter().chain(corners.first()).copied().collect();
            if side == 0 {
                painter.add(Shape::line(closed, stroke));
            } else {
                painter.extend(Shape::dashed_line(&closed, stroke, 6.0, 4.0));
            }
        }
    }
}

/// Where the row of tools stands: left of the small diagram.
fn tools_rect(state: &GraphState, ask: &GraphAsk<'_>, view: Rect) -> Rect {
    let diagram = diagram_rect(ask, view);
    let right = if diagram.is_positive() {
        diagram.left() - 8.0
    } else {
        view.right()
    };
    Rect::from_min_max(
        pos2(view.left(), view.top() + 6.0),
        pos2(right, view.top() + 6.0 + state.tools_height.max(26.0)),
    )
}

fn tools_ui(ui: &mut Ui, state: &mut GraphState, ask: &GraphAsk<'_>, area: Rect) {
    let builder = egui::UiBuilder::new()
        .max_rect(area)
        .id_salt("graph tools")
        .layout(egui::Layout::left_to_right(egui::Align::Min).with_main_wrap(true));
    let mut ui = ui.new_child(builder);
    ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
    let roomy = area.width() > 780.0;
    let key = |k: &'static str| roomy.then_some(k);
    let words = format!("Color: {}", state.node_color.words());
    let name = "Color documents by nation, outlet or camp";
    if chip(&mut ui, &words, name, None, false, key("Z")).clicked() {
        state.next_node_color();
    }
    let (words, name) = if state.colors_kinds {
        ("Links: kind", "Color links by agreement")
    } else {
        ("Links: agreement", "Color links by kind")
    };
    if chip(&mut ui, words, name, None, state.colors_kinds, key("T")).clicked() {
        state.next_link_color();
    }
    if ask.issue.is_some() {
        let on = !state.hides_camps;
        if chip(&mut ui, "Camps", "Outline the camps", None, on, key("O")).clicked() {
            state.toggle_camps();
        }
    }
    if ask.item.is_some() {
        let words = match state.hops {
            0 => "All".to_owned(),
            1 => "1 hop".to_owned(),
            n => format!("{n} hops"),
        };
        let name = "Focus on the hops around the flagged edge";
        let on = state.hops > 0;
        if chip(&mut ui, &words, name, None, on, key("X")).clicked() {
            state.next_hops();
        }
    }
    let on = !state.hides_context;
    if chip(
        &mut ui,
        "Gray",
        "Show what is not in focus",
        None,
        on,
        key("H"),
    )
    .clicked()
    {
        state.toggle_context();
    }
    let on = state.tool == Tool::Lasso;
    let name = "Select documents of the graph by a lasso";
    if chip(&mut ui, "Lasso", name, None, on, key("M")).clicked() {
        state.toggle_lasso();
    }
    state.tools_height = ui.min_rect().height();
}
