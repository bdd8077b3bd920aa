//! Names beside documents, without overlap and without flicker; and the card of what the pointer is on.

use std::sync::Arc;

use egui::{Color32, Painter, Pos2, Rect, Stroke, StrokeKind, Vec2, vec2};

use super::look::kind_words;
use super::scene::Made;
use super::state::{GraphAsk, GraphState, Hovered, PlacedLabels};
use crate::snapshot::model::conflicts::{GraphLink, GraphNode};
use crate::ui::camera::Camera;
use crate::ui::text;
use crate::ui::theme::{self, Palette};
use crate::ui::views::map::label_paint::draw_with_halo;
use crate::ui::views::map::labels::{Wish, stretches};
use crate::ui::widgets::{one_line, wrapped};

/// A name stands so far under its document, in points.
const BELOW: f32 = 11.0;

/// Names appear from so many documents' mean distances on screen, in points: farther, they would be a
/// carpet of words.
const LEAST_SPACE: f32 = 8.0;

fn font() -> egui::FontId {
    theme::regular(theme::CAPTION)
}

/// Finds when each name is shown, once per picture and scale of the letters.
pub(super) fn place(
    painter: &Painter,
    state: &mut GraphState,
    ask: &GraphAsk<'_>,
    made: &Arc<Made>,
) {
    let pixels_per_point = painter.pixels_per_point();
    let same_scale = state.labels.pixels_per_point.to_bits() == pixels_per_point.to_bits();
    if same_scale && state.labels.of.as_ptr() == Arc::as_ptr(made) {
        return;
    }
    let nodes = &ask.data.graph.nodes;
    let wishes: Vec<Wish> = made
        .labels
        .iter()
        .filter_map(|i| nodes.get(*i as usize))
        .map(|node| {
            let ink = Color32::TRANSPARENT;
            let size = one_line(painter, &node.label, font(), ink, 150.0).size();
            Wish {
                anchor_in_map: node.position,
                half: [0.5 * size.x + 6.0, 0.5 * size.y + 2.0],
                from: LEAST_SPACE * (nodes.len().max(1) as f32 / 4.0).sqrt(),
                until: f32::INFINITY,
            }
        })
        .collect();
    state.labels = PlacedLabels {
        of: Arc::downgrade(made),
        pixels_per_point,
        stretches: stretches(&wishes),
    };
}

/// Draws the names that have room, none over what is `taken`.
#[expect(
    clippy::too_many_arguments,
    reason = "one call hands over what the frame knows"
)]
pub(super) fn draw(
    painter: &Painter,
    state: &GraphState,
    ask: &GraphAsk<'_>,
    made: &Made,
    view: Rect,
    camera: &Camera,
    taken: &[Rect],
    moves: bool,
    p: &Palette,
) {
    let nodes = &ask.data.graph.nodes;
    for (i, stretch) in made.labels.iter().zip(&state.labels.stretches) {
        let strength = stretch.map_or(0.0, |s| s.strength(camera.points_per_unit));
        let strength = if moves { strength } else { strength.ceil() };
        let Some(node) = nodes.get(*i as usize).filter(|_| strength > 0.0) else {
            continue;
        };
        let middle = camera.screen_from_map(view, node.position) + vec2(0.0, BELOW);
        if !view.contains(middle) {
            continue;
        }
        let size = one_line(painter, &node.label, font(), p.secondary, 150.0).size();
        let rect = Rect::from_center_size(middle, size);
        if taken.iter().any(|t| t.intersects(rect)) {
            continue;
        }
        let words = shortened(painter, &node.label);
        let colors = [p.secondary, p.ground];
        draw_with_halo(painter, rect.min, &words, &font(), colors, strength);
    }
}

/// Cuts a name to the width that was kept free for it.
fn shortened(painter: &Painter, name: &str) -> String {
    let wide = |words: &str| {
        let ink = Color32::TRANSPARENT;
        one_line(painter, words, font(), ink, f32::INFINITY)
            .size()
            .x
            > 150.0
    };
    if !wide(name) {
        return name.to_owned();
    }
    let mut words = name.to_owned();
    while words.pop().is_some() && wide(&format!("{words}…")) {}
    format!("{}…", words.trim_end())
}

/// Draws a ring or a line around what the pointer is on, and its card.
pub(super) fn draw_hovered(
    painter: &Painter,
    state: &GraphState,
    ask: &GraphAsk<'_>,
    view: Rect,
    camera: &Camera,
    pointer: Pos2,
    p: &Palette,
) {
    let graph = &ask.data.graph;
    let at = |i: u32| {
        let node = graph.nodes.get(i as usize)?;
        Some(camera.screen_from_map(view, node.position))
    };
    let (head, lines) = match state.hovered {
        Some(Hovered::Node(i)) => {
            let (Some(q), Some(node)) = (at(i), graph.nodes.get(i as usize)) else {
                return;
            };
            painter.circle_stroke(q, 6.5, Stroke::new(1.5, p.ink));
            (node.label.clone(), node_words(ask, node, i))
        }
        Some(Hovered::Link(i)) => {
            let Some(link) = graph.links.get(i as usize) else {
                return;
            };
            let (Some(a), Some(b)) = (at(link.a), at(link.b)) else {
                return;
            };
            let color = if link.conflict { p.warning } else { p.ink };
            painter.line_segment([a, b], Stroke::new(2.0, color));
            for q in [a, b] {
                painter.circle_stroke(q, 5.0, Stroke::new(1.2, p.ink));
            }
            (ends_of(ask, link), link_words(ask, link, i))
        }
        None => return,
    };
    card(painter, view, pointer, &head, &lines, p);
}

/// Names both ends of a link.
fn ends_of(ask: &GraphAsk<'_>, link: &GraphLink) -> String {
    let nodes = &ask.data.graph.nodes;
    let name = |i: u32| nodes.get(i as usize).map_or("", |n| n.label.as_str());
    format!("{} – {}", name(link.a), name(link.b))
}

fn node_words(ask: &GraphAsk<'_>, node: &GraphNode, i: u32) -> Vec<String> {
    let graph = &ask.data.graph;
    let leaves = ask.leaving().has_node(i);
    let issue = ask.data.issues.get(node.issue_idx as usize);
    let n_links = graph.neighbors.of(i).len();
    let source = graph.sources.get(node.source_idx as usize);
    let source = source.filter(|s| **s != node.label).map_or("", |s| s);
    let links = text::counted(n_links, "link", "links");
    let dropped = node
        .dropped_in
        .map(|round| format!("dropped in round {round}"))
        .or_else(|| leaves.then(|| "dropped by the verdicts given so far".to_owned()))
        .unwrap_or_default();
    let mut lines = vec![text::dotted([source, links.as_str(), dropped.as_str()])];
    if let Some(issue) = issue {
        let side = if node.stance > 0.0 {
            "supports: "
        } else if node.stance < 0.0 {
            "opposes: "
        } else {
            ""
        };
        lines.push(format!("{side}{}", issue.proposition));
    }
    lines
}

fn link_words(ask: &GraphAsk<'_>, link: &GraphLink, i: u32) -> Vec<String> {
    let kind = if link.conflict {
        "conflict"
    } else {
        kind_words(link.kind)
    };
    let agreement = format!("agreement {}", text::signed(f64::from(link.agreement)));
    let weight = format!("weight {:.2}", link.weight);
    let edges = text::counted(link.n_edges as usize, "edge", "edges");
    let mut lines = vec![text::dotted([
        kind,
        agreement.as_str(),
        weight.as_str(),
        edges.as_str(),
    ])];
    if let Some(round) = link.gone_in {
        lines.push(format!("gone in round {round}"));
    } else if ask.leaving().has_link(i) {
        lines.push("taken out by the verdicts given so far".to_owned());
    } else if queue_place(ask, link).is_some() {
        lines.push("flagged in this round · a click brings it before you".to_owned());
    }
    lines
}

/// Returns the place in the queue of the flagged edge that a conflict link holds.
pub(super) fn queue_place(ask: &GraphAsk<'_>, link: &GraphLink) -> Option<usize> {
    let holds = |q: &crate::snapshot::model::conflicts::QueueItem| {
        let (a, b) = (q.a.node, q.b.node);
        (a.min(b), a.max(b)) == (link.a, link.b)
    };
    let queue = &ask.data.queue;
    if !link.conflict {
        return None;
    }
    // The edge that the link stands for, else any other of it that is flagged.
    queue
        .iter()
        .position(|q| q.edge == link.edge)
        .or_else(|| queue.iter().position(holds))
}

fn card(painter: &Painter, view: Rect, at: Pos2, head: &str, lines: &[String], p: &Palette) {
    let width = 330.0f32.min(view.width() - 40.0);
    let head = wrapped(painter, head, theme::strong(12.0), p.ink, width, 2);
    let lines: Vec<_> = lines
        .iter()
        .filter(|l| !l.is_empty())
        .map(|l| wrapped(painter, l, font(), p.secondary, width, 2))
        .collect();
    let widest = lines
        .iter()
        .map(|g| g.size().x)
        .fold(head.size().x, f32::max);
    let height: f32 = head.size().y + lines.iter().map(|g| g.size().y + 3.0).sum::<f32>();
    let size = Vec2::new(widest + 20.0, height + 14.0);
    let mut min = at + vec2(14.0, 14.0);
    min.x = min
        .x
        .min(view.right() - size.x - 4.0)
        .max(view.left() + 4.0);
    if min.y + size.y > view.bottom() - 4.0 {
        min.y = (at.y - size.y - 10.0).max(view.top() + 4.0);
    }
    let card = Rect::from_min_size(min, size);
    let stroke = Stroke::new(1.0, p.faint);
    painter.rect(card, 4.0, p.panel, stroke, StrokeKind::Inside);
    let mut y = card.top() + 7.0;
    let head_height = head.size().y;
    painter.galley(egui::pos2(card.left() + 10.0, y), head, p.ink);
    y += head_height + 3.0;
    for line in lines {
        let line_height = line.size().y;
        painter.galley(egui::pos2(card.left() + 10.0, y), line, p.secondary);
        y += line_height + 3.0;
    }
}
