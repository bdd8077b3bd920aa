//! The cycle on show: over the graph, and as a small figure in the corner.

use egui::{
    Align2, CornerRadius, Painter, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, pos2,
    vec2,
};

use super::scene::NOW;
use super::state::GraphAsk;
use crate::base::cloud::{Bounds, bounds_of};
use crate::snapshot::model::conflicts::{ConflictGraph, GraphNode, QueueItem};
use crate::ui::camera::Camera;
use crate::ui::theme::{self, Palette};
use crate::ui::views::map::label_paint::draw_with_halo;
use crate::ui::widgets::{self, cell, one_line};

/// Size of the small diagram of a cycle, in points.
const DIAGRAM: Vec2 = Vec2::new(292.0, 190.0);

/// Returns the box around a cycle, wide enough to show what surrounds it.
pub(super) fn focus_bounds(graph: &ConflictGraph, cycle: &[u32]) -> Option<Bounds> {
    let places: Vec<[f32; 2]> = cycle
        .iter()
        .filter_map(|&i| graph.nodes.get(i as usize))
        .map(|n| n.position)
        .collect();
    let (lo, hi) = bounds_of(&places)?;
    let size = (hi[0] - lo[0]).max(hi[1] - lo[1]).max(0.12);
    let pad = 0.9 * size;
    Some(([lo[0] - pad, lo[1] - pad], [hi[0] + pad, hi[1] + pad]))
}

/// Returns the cycle on show; without an example the two ends of the flagged link; empty for none.
pub(super) fn nodes_of(ask: &GraphAsk<'_>) -> Vec<u32> {
    match ask.item {
        _ if ask.cycle.len() > 2 => ask.cycle.to_vec(),
        Some(item) => vec![item.a.node, item.b.node],
        None => Vec::new(),
    }
}

/// Draws the cycle over the graph; returns where names stand that no other may cover.
pub(super) fn draw_cycle(
    painter: &Painter,
    ask: &GraphAsk<'_>,
    item: &QueueItem,
    view: Rect,
    camera: &Camera,
    p: &Palette,
) -> Vec<Rect> {
    let graph = &*ask.data.graph;
    let nodes = nodes_of(ask);
    let at = |i: u32| {
        let node = graph.nodes.get(i as usize)?;
        Some(camera.screen_from_map(view, node.position))
    };
    draw_links(painter, ask, &nodes, &at, p);
    let mut taken = Vec::new();
    for (k, &i) in nodes.iter().enumerate() {
        let (Some(q), Some(node)) = (at(i), graph.nodes.get(i as usize)) else {
            continue;
        };
        painter.circle(q, 6.0, p.ground, Stroke::new(2.0, p.ink));
        taken.push(Rect::from_center_size(q, Vec2::splat(16.0)));
        // The two ends are named; the others are named in the small diagram.
        if k < 2 {
            let other = nodes.get(1 - k).and_then(|&j| at(j)).unwrap_or(q);
            let right = if k == 0 {
                q.x > other.x
            } else {
                q.x >= other.x
            };
            let words = signed_label(item, i, node);
            let font = theme::strong(12.0);
            let size = one_line(painter, &words, font.clone(), p.ink, 240.0).size();
            let x = if right {
                q.x + 11.0
            } else {
                q.x - 11.0 - size.x
            };
            let min = pos2(x, q.y - 0.5 * size.y);
            draw_with_halo(painter, min, &words, &font, [p.ink, p.ground], 1.0);
            taken.push(Rect::from_min_size(min, size));
        }
    }
    taken
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
    ask: &GraphAsk<'_>,
    nodes: &[u32],
    at: &dyn Fn(u32) -> Option<Pos2>,
    p: &Palette,
) {
    let round = ask.shown_round.unwrap_or(NOW);
    let n_links = if nodes.len() > 2 { nodes.len() } else { 1 };
    let pairs =
        (0..n_links).filter_map(|k| Some((*nodes.get(k)?, *nodes.get((k + 1) % nodes.len())?)));
    for (k, (a, b)) in pairs.enumerate() {
        let (Some(from), Some(to)) = (at(a), at(b)) else {
            continue;
        };
        let dashed = |width: f32, dash: f32, gap: f32| {
            let stroke = Stroke::new(width, p.warning);
            painter.extend(Shape::dashed_line(&[from, to], stroke, dash, gap));
        };
        if k == 0 {
            dashed(2.6, 7.0, 5.0);
        } else if ask.data.in_conflict(a, b, round) {
            dashed(1.6, 5.0, 4.0);
        } else {
            painter.line_segment([from, to], Stroke::new(1.6, p.ink));
        }
    }
}

/// Tells whether a view has room for the small diagram.
fn has_diagram(view: Rect) -> bool {
    view.width() > 640.0 && view.height() > 250.0
}

/// Returns where the small diagram stands, `Rect::NOTHING` where there is none.
pub(super) fn diagram_rect(ask: &GraphAsk<'_>, view: Rect) -> Rect {
    if ask.item.is_some() && nodes_of(ask).len() > 2 && has_diagram(view) {
        Rect::from_min_size(pos2(view.right() - DIAGRAM.x, view.top() + 6.0), DIAGRAM)
    } else {
        Rect::NOTHING
    }
}

/// Draws the cycle as a regular figure in a corner, every document named; tells whether the next one is
/// asked for.
pub(super) fn diagram_ui(ui: &mut Ui, ask: &GraphAsk<'_>, item: &QueueItem, view: Rect) -> bool {
    let p = Palette::of(ui);
    let graph = &*ask.data.graph;
    let nodes = nodes_of(ask);
    let card = diagram_rect(ask, view);
    if !card.is_positive() {
        return false;
    }
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
        Sense::CLICK | Sense::DRAG,
    );
    let head = Rect::from_min_size(card.min + vec2(12.0, 8.0), vec2(card.width() - 24.0, 20.0));
    let n_cycles = ask.n_cycles;
    let words = if n_cycles > 1 {
        format!("cycle {} of {n_cycles} shown", ask.cycle_idx % n_cycles + 1)
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
    let mut wants_next = false;
    if n_cycles > 1 {
        let builder = egui::UiBuilder::new()
            .max_rect(head)
            .id_salt("next cycle")
            .layout(egui::Layout::right_to_left(egui::Align::Center));
        let mut child = ui.new_child(builder);
        let button = widgets::action_small(&mut child, "next", "Next cycle", Some("C"));
        wants_next = button.clicked();
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
    draw_links(&painter, ask, &nodes, &place, &p);
    for (k, &i) in nodes.iter().enumerate() {
        let (q, Some(node)) = (corner(k), graph.nodes.get(i as usize)) else {
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
    wants_next
}
