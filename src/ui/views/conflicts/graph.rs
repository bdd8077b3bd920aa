//! Draws the graph of a nation with the cycle on show, and hears of pan, zoom, hover and click.

use egui::{
    Align2, CornerRadius, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use super::derive::{
    LINE_CONFLICT, LINE_PLAIN, NODE_WITH_ISSUE, NODE_WITHOUT_ISSUE, focus_bounds, is_conflict,
};
use super::state::ConflictsState;
use crate::base::cloud::Finder;
use crate::gpu::points::ColorTable;
use crate::snapshot::model::conflicts::{ConflictData, GraphNode, QueueItem};
use crate::ui::Cx;
use crate::ui::camera::Camera;
use crate::ui::paint::{self, SceneFrame};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::{self, cell, mark, one_line};

/// Size of the small diagram of a cycle, in points.
const DIAGRAM: Vec2 = Vec2::new(292.0, 190.0);

/// Draws the graph into a rectangle.
pub(super) fn graph_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut ConflictsState,
    data: &ConflictData,
    view: Rect,
) {
    let response = ui.allocate_rect(view, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Conflict graph"));
    let p = Palette::of(ui);
    let item = state.item(data).map(|(_, q)| q.clone());
    move_camera(ui, state, data, item.as_ref(), view, &response);
    let Some(camera) = state.camera else {
        cell(
            ui.painter(),
            view,
            Align2::CENTER_CENTER,
            "no documents in the graph",
            theme::regular(theme::BODY),
            p.secondary,
        );
        return;
    };
    state.hovered = response
        .hover_pos()
        .filter(|_| !response.dragged())
        .and_then(|at| {
            let place = camera.map_from_screen(view, at);
            let radius = 12.0 / camera.points_per_unit;
            state.finder.as_ref().and_then(|g| g.nearest(place, radius))
        });
    if response.clicked()
        && let Some(node) = state.hovered.and_then(|i| data.nodes.get(i as usize))
    {
        cx.select_doc(node.doc);
    }
    let painter = ui.painter().with_clip_rect(view);
    draw_scene(&painter, state, data, item.as_ref(), view, &camera, &p);
    if let Some(item) = &item {
        draw_cycle(&painter, state, data, item, view, &camera, &p);
    }
    draw_legend(&painter, data, item.is_some(), view, &p);
    if let Some(item) = &item {
        diagram_ui(ui, state, data, item, view);
    }
    draw_hover(&painter, state, data, view, &camera, &p);
}

fn move_camera(
    ui: &Ui,
    state: &mut ConflictsState,
    data: &ConflictData,
    item: Option<&QueueItem>,
    view: Rect,
    response: &egui::Response,
) {
    let Some(all) = state.finder.as_ref().and_then(Finder::bounds) else {
        state.camera = None;
        return;
    };
    let fitted = Camera::fit(all, view, 24.0);
    if state.wants_focus {
        let cycle = item.and_then(|q| focus_bounds(data, state.cycle(q)));
        state.camera = Some(cycle.map_or(fitted, |b| {
            let mut near = Camera::fit(b, view, 24.0);
            near.points_per_unit = near
                .points_per_unit
                .clamp(fitted.points_per_unit, 6.0 * fitted.points_per_unit);
            // The small diagram stands at the right: the cycle goes into the middle of what is left.
            if has_diagram(view) {
                near.center_in_map[0] += 0.5 * DIAGRAM.x / near.points_per_unit;
            }
            near
        }));
        state.wants_focus = false;
    }
    let camera = state.camera.get_or_insert(fitted);
    if response.dragged() {
        camera.pan(response.drag_delta());
    }
    if let Some(at) = response.hover_pos() {
        let (scroll, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        let factor = pinch * (scroll * 0.004).exp();
        if (factor - 1.0).abs() > 1e-4 {
            let range = (0.4 * fitted.points_per_unit, 200.0 * fitted.points_per_unit);
            camera.zoom_about(view, at, factor, range);
        }
    }
}

fn draw_scene(
    painter: &Painter,
    state: &ConflictsState,
    data: &ConflictData,
    item: Option<&QueueItem>,
    view: Rect,
    camera: &Camera,
    p: &Palette,
) {
    let scale = painter.pixels_per_point();
    let (ndc_from_map, viewport_px) = camera.matrix(view, scale);
    let with_alpha = |color: egui::Color32, a: f32| {
        let [r, g, b, _] = theme::linear(color);
        [r, g, b, a]
    };
    let nation = p.nation(data.nation);
    let mut table = ColorTable::default();
    table.set_group(NODE_WITH_ISSUE.into(), with_alpha(nation, 0.9));
    table.set_group(NODE_WITHOUT_ISSUE.into(), [0.0; 4]);
    for i in 0..data.issues.len().min(crate::gpu::points::N_TOPICS) {
        let on = item.is_none_or(|q| q.issue_idx as usize % crate::gpu::points::N_TOPICS == i);
        table.set_topic(i, with_alpha(nation, if on { 0.9 } else { 0.0 }));
    }
    // Many links together would be a gray carpet: the more, the fainter each.
    let thin = (60.0 / (data.links.len().max(1) as f32).sqrt()).clamp(0.16, 1.0);
    let mut colors = [[0.0; 4]; 8];
    colors[LINE_PLAIN as usize] = with_alpha(p.faint, 0.45 * thin);
    colors[LINE_CONFLICT as usize] = with_alpha(p.warning, if item.is_some() { 0.35 } else { 0.7 });
    let radius = (60.0 / (data.nodes.len().max(1) as f32).sqrt()).clamp(1.6, 3.6);
    let matrix = (ndc_from_map, viewport_px);
    let mut frame = SceneFrame::of_points(matrix, radius * scale, table);
    frame.points.context_color = with_alpha(p.faint, 0.8);
    frame.points.color_by = 1;
    frame.lines.half_width_px = 0.5 * scale;
    frame.lines.dash_px = 4.0 * scale;
    frame.lines.colors = colors;
    paint::scene(painter, view, &state.scene, frame);
}

fn draw_cycle(
    painter: &Painter,
    state: &ConflictsState,
    data: &ConflictData,
    item: &QueueItem,
    view: Rect,
    camera: &Camera,
    p: &Palette,
) {
    let nodes = cycle_nodes(state, item);
    let at = |i: u32| {
        data.nodes
            .get(i as usize)
            .map(|n| camera.screen_from_map(view, n.position))
    };
    draw_links(painter, data, &nodes, &at, p);
    for (k, &i) in nodes.iter().enumerate() {
        let (Some(q), Some(node)) = (at(i), data.nodes.get(i as usize)) else {
            continue;
        };
        painter.circle(q, 6.0, p.ground, Stroke::new(2.0, p.ink));
        // The two ends are named; the others are named in the small diagram.
        if k < 2 {
            let other = nodes.get(1 - k).and_then(|&j| at(j)).unwrap_or(q);
            let right = if k == 0 {
                q.x > other.x
            } else {
                q.x >= other.x
            };
            let words = signed_label(item, i, node);
            let galley = one_line(painter, &words, theme::strong(12.0), p.ink, 170.0);
            let x = if right {
                q.x + 11.0
            } else {
                q.x - 11.0 - galley.size().x
            };
            halo(
                painter,
                pos2(x, q.y - 0.5 * galley.size().y),
                &words,
                12.0,
                p,
            );
        }
    }
}

/// Returns the cycle on show; without an example the two ends of the flagged link.
fn cycle_nodes(state: &ConflictsState, item: &QueueItem) -> Vec<u32> {
    let cycle = state.cycle(item);
    if cycle.len() > 2 {
        cycle.to_vec()
    } else {
        vec![item.a.node, item.b.node]
    }
}

fn signed_label(item: &QueueItem, i: u32, node: &GraphNode) -> String {
    // The two ends speak with the statement under review, the others with their document's first.
    let card = [&item.a, &item.b].into_iter().find(|card| card.node == i);
    let (stance, name) = card.map_or((f64::from(node.stance), node.label.as_str()), |card| {
        let name = card
            .speaker
            .as_ref()
            .map_or(card.doc.source.as_str(), |s| s.name.as_str());
        (card.stance.value(), name)
    });
    let sign = if stance < 0.0 { '−' } else { '+' };
    format!("{sign} {name}")
}

/// Draws the links of a cycle: the flagged one bold, conflict links red and dashed, the others in ink.
fn draw_links(
    painter: &Painter,
    data: &ConflictData,
    nodes: &[u32],
    at: &dyn Fn(u32) -> Option<Pos2>,
    p: &Palette,
) {
    let n_links = if nodes.len() > 2 { nodes.len() } else { 1 };
    let pairs =
        (0..n_links).filter_map(|k| Some((*nodes.get(k)?, *nodes.get((k + 1) % nodes.len())?)));
    for (k, (a, b)) in pairs.enumerate() {
        let (Some(from), Some(to)) = (at(a), at(b)) else {
            continue;
        };
        if k == 0 {
            painter.extend(Shape::dashed_line(
                &[from, to],
                Stroke::new(2.6, p.warning),
                7.0,
                5.0,
            ));
        } else if is_conflict(&data.links, a, b) {
            painter.extend(Shape::dashed_line(
                &[from, to],
                Stroke::new(1.6, p.warning),
                5.0,
                4.0,
            ));
        } else {
            painter.line_segment([from, to], Stroke::new(1.6, p.ink));
        }
    }
}

/// Tells whether a view has room for the small diagram.
fn has_diagram(view: Rect) -> bool {
    view.width() > 640.0 && view.height() > 250.0
}

/// Draws the cycle as a regular figure in a corner, every document named.
fn diagram_ui(
    ui: &mut Ui,
    state: &mut ConflictsState,
    data: &ConflictData,
    item: &QueueItem,
    view: Rect,
) {
    let p = Palette::of(ui);
    let nodes = cycle_nodes(state, item);
    if nodes.len() < 3 || !has_diagram(view) {
        return;
    }
    let size = DIAGRAM;
    let card = Rect::from_min_size(pos2(view.right() - size.x, view.top() + 6.0), size);
    ui.painter().rect(
        card,
        CornerRadius::same(theme::CORNER + 2),
        p.panel,
        p.hair(),
        StrokeKind::Inside,
    );
    ui.interact(
        card,
        ui.scope_id().with("cycle card"),
        Sense::click_and_drag(),
    );
    let head = Rect::from_min_size(card.min + vec2(12.0, 8.0), vec2(size.x - 24.0, 20.0));
    let n_cycles = item.cycles.len();
    let words = if n_cycles > 1 {
        format!(
            "cycle {} of {n_cycles} shown",
            state.cycle_idx % n_cycles + 1
        )
    } else {
        "its cycle".to_owned()
    };
    cell(
        ui.painter(),
        head,
        Align2::LEFT_CENTER,
        &words,
        theme::regular(theme::CAPTION),
        p.secondary,
    );
    if n_cycles > 1 {
        let builder = egui::UiBuilder::new()
            .max_rect(head)
            .id_salt("next cycle")
            .layout(egui::Layout::right_to_left(egui::Align::Center));
        let mut child = ui.new_child(builder);
        if widgets::action_small(&mut child, "next", "Next cycle", Some("C")).clicked() {
            state.cycle_idx += 1;
            state.wants_focus = true;
        }
    }
    let middle = pos2(card.center().x, card.center().y + 12.0);
    let n = nodes.len();
    let radius = vec2(64.0, 50.0);
    let corner = |k: usize| {
        // The flagged link lies at the top, level.
        let turn =
            std::f32::consts::TAU * (k as f32 - 0.5) / n as f32 - std::f32::consts::FRAC_PI_2;
        middle + vec2(radius.x * turn.cos(), radius.y * turn.sin())
    };
    let place = |i: u32| nodes.iter().position(|&j| j == i).map(corner);
    let painter = ui.painter().with_clip_rect(card.shrink(2.0));
    draw_links(&painter, data, &nodes, &place, &p);
    for (k, &i) in nodes.iter().enumerate() {
        let (q, Some(node)) = (corner(k), data.nodes.get(i as usize)) else {
            continue;
        };
        painter.circle(q, 6.0, p.panel, Stroke::new(2.0, p.ink));
        let words = signed_label(item, i, node);
        let out = (q.x - middle.x) / radius.x;
        let font = theme::regular(theme::CAPTION);
        let (align, rect) = if out > 0.2 {
            (
                Align2::LEFT_CENTER,
                Rect::from_min_max(
                    pos2(q.x + 11.0, q.y - 8.0),
                    pos2(card.right() - 6.0, q.y + 8.0),
                ),
            )
        } else if out < -0.2 {
            (
                Align2::RIGHT_CENTER,
                Rect::from_min_max(
                    pos2(card.left() + 6.0, q.y - 8.0),
                    pos2(q.x - 11.0, q.y + 8.0),
                ),
            )
        } else {
            let half = vec2(70.0, 8.0);
            (
                Align2::CENTER_CENTER,
                Rect::from_center_size(q + vec2(0.0, 15.0), 2.0 * half),
            )
        };
        cell(&painter, rect, align, &words, font, p.ink);
    }
}

fn halo(painter: &Painter, at: Pos2, words: &str, size: f32, p: &Palette) {
    let back = one_line(painter, words, theme::strong(size), p.ground, 170.0);
    for step in 0..8 {
        let turn = Vec2::angled(std::f32::consts::TAU * step as f32 / 8.0);
        painter.galley(at + 1.6 * turn, std::sync::Arc::clone(&back), p.ground);
    }
    painter.galley(
        at,
        one_line(painter, words, theme::strong(size), p.ink, 170.0),
        p.ink,
    );
}

fn draw_hover(
    painter: &Painter,
    state: &ConflictsState,
    data: &ConflictData,
    view: Rect,
    camera: &Camera,
    p: &Palette,
) {
    let Some(node) = state.hovered.and_then(|i| data.nodes.get(i as usize)) else {
        return;
    };
    let q = camera.screen_from_map(view, node.position);
    painter.circle_stroke(q, 6.0, Stroke::new(1.5, p.ink));
    let issue = data
        .issues
        .get(node.issue_idx as usize)
        .map_or("", |i| i.proposition.as_str());
    let words = crate::ui::text::dotted([node.label.as_str(), issue]);
    let galley = one_line(painter, &words, theme::regular(12.0), p.ink, 340.0);
    let mut at = q + vec2(12.0, -26.0);
    at.x =
        at.x.min(view.right() - galley.size().x - 12.0)
            .max(view.left() + 8.0);
    at.y = at.y.max(view.top() + 8.0);
    let card = Rect::from_min_size(at, galley.size()).expand2(vec2(8.0, 4.0));
    painter.rect(
        card,
        4.0,
        p.panel,
        Stroke::new(1.0, p.faint),
        egui::StrokeKind::Inside,
    );
    painter.galley(at, galley, p.ink);
}

fn draw_legend(painter: &Painter, data: &ConflictData, focused: bool, view: Rect, p: &Palette) {
    let nation = p.nation(data.nation);
    let y = view.bottom() - 12.0;
    let mut x = view.left();
    let mut entry = |draw: &dyn Fn(Pos2), words: &str| {
        let galley = one_line(
            painter,
            words,
            theme::regular(theme::CAPTION),
            p.secondary,
            240.0,
        );
        let size = galley.size();
        let under = Rect::from_min_max(pos2(x, y - 9.0), pos2(x + size.x + 24.0, y + 9.0));
        painter.rect_filled(under, 0.0, p.ground);
        draw(pos2(x + 6.0, y));
        painter.galley(pos2(x + 16.0, y - 0.5 * size.y), galley, p.secondary);
        x += size.x + 32.0;
    };
    let subject = if focused { "this issue" } else { "an issue" };
    entry(
        &|at| mark(painter, at, Mark::Circle, nation, 4.0),
        &format!("supports {subject}"),
    );
    entry(
        &|at| mark(painter, at, Mark::TriangleDown, nation, 4.0),
        &format!("opposes {subject}"),
    );
    entry(
        &|at| mark(painter, at, Mark::Circle, p.faint, 3.5),
        if focused {
            "other documents"
        } else {
            "without issue"
        },
    );
    entry(
        &|at| {
            let line = [at - vec2(6.0, 0.0), at + vec2(6.0, 0.0)];
            painter.extend(Shape::dashed_line(
                &line,
                Stroke::new(1.6, p.warning),
                4.0,
                3.0,
            ));
        },
        "conflict link",
    );
}
