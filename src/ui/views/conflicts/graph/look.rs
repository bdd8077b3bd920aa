//! Colors, dashes and sizes of the graph, and the legend that explains them.

use egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke as Line, pos2, vec2};

use super::scene::{
    CLASS_CONTEXT, CLASS_GHOST, HUE_CONTEXT, HUE_DATA, HUE_GHOST, Level, N_OUTLETS, NodeColor,
    class_of, mark_of_outlet,
};
use super::state::{GraphAsk, GraphState};
use crate::domain::conflict::EdgeKind;
use crate::gpu::graph::{GraphLook, N_HUES, N_LINK_CLASSES, Stroke};
use crate::snapshot::model::conflicts::ConflictData;
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::{cell, mark, one_line};

/// Height of a row of the legend, in points.
const ROW: f32 = 18.0;

/// Outlets named in the legend at most.
const N_NAMED: usize = 5;

/// Returns the words for a kind of link.
pub(super) fn kind_words(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Shared => "same side of an issue",
        EdgeKind::Opposed => "opposed on an issue",
        EdgeKind::Semantic => "near in meaning",
        EdgeKind::Place => "places near each other",
        EdgeKind::People => "same person or organization",
    }
}

/// Returns dash and gap of a kind in points: the second mark beside the color.
fn dash_of(kind: EdgeKind) -> [f32; 2] {
    match kind {
        EdgeKind::Shared => [0.0, 0.0],
        EdgeKind::Opposed => [6.0, 4.0],
        EdgeKind::Semantic => [12.0, 2.0],
        EdgeKind::Place => [2.0, 3.0],
        EdgeKind::People => [5.0, 2.0],
    }
}

/// Returns the color of links of a kind.
fn kind_color(kind: EdgeKind, p: &Palette) -> Color32 {
    match kind {
        EdgeKind::Opposed => p.warning,
        EdgeKind::Shared => p.good,
        EdgeKind::Semantic => p.topic(4),
        EdgeKind::Place => p.topic(3),
        EdgeKind::People => p.topic(2),
    }
}

fn color_of(kind: EdgeKind, level: Level, by_kind: bool, p: &Palette) -> Color32 {
    match level {
        Level::Conflict | Level::Strong => p.warning,
        _ if by_kind => kind_color(kind, p),
        Level::Agrees => p.good,
        Level::Plain => p.faint,
    }
}

/// Returns a color in linear light with a strength of its own.
fn with_alpha(color: Color32, alpha: f32) -> [f32; 4] {
    let [r, g, b, _] = theme::linear(color);
    [r, g, b, alpha]
}

/// Returns the color of documents of a hue that is looked at.
fn hue_color(by: NodeColor, i: usize, data: &ConflictData, p: &Palette) -> Color32 {
    match by {
        NodeColor::Nation => p.nation(data.nation),
        NodeColor::Outlet if i < N_OUTLETS => p.topic(i),
        NodeColor::Outlet => p.secondary,
        NodeColor::Camp => match i {
            0 => p.nation(data.nation),
            1 => p.ink,
            _ => p.secondary,
        },
    }
}

/// Returns how the graph looks.
///
/// # Units
/// `scale` in physical pixels per point; `zoom` as a multiple of the zoom that shows all.
pub(super) fn look(
    state: &GraphState,
    ask: &GraphAsk<'_>,
    scale: f32,
    zoom: f32,
    p: &Palette,
) -> GraphLook {
    let graph = &ask.data.graph;
    // Many links together would be a gray carpet: the more, the fainter each, and the nearer the stronger.
    let crowd = (20.0 / (graph.links.len().max(1) as f32).sqrt()).clamp(0.03, 1.0);
    let thin = (crowd * zoom.max(1.0).sqrt()).min(1.0);
    let px = |points: f32| points * scale;
    let width = |points: f32| (points * scale).round().max(1.0) as u32;
    let mut strokes = [Stroke::default(); N_LINK_CLASSES];
    for kind in EdgeKind::ALL {
        for level in Level::ALL {
            let is_over = matches!(level, Level::Conflict | Level::Strong);
            let strength = match level {
                Level::Plain if state.colors_kinds => 0.6 * thin,
                Level::Plain => 0.45 * thin,
                Level::Agrees => 0.5 * thin,
                Level::Conflict if ask.item.is_some() => 0.4 * thin.max(0.3),
                Level::Conflict => 0.7 * thin.max(0.3),
                Level::Strong if ask.item.is_some() => 0.5 * thin.max(0.3),
                Level::Strong => 0.85 * thin.max(0.3),
            };
            let color = color_of(kind, level, state.colors_kinds, p);
            if let Some(stroke) = strokes.get_mut(usize::from(class_of(kind, level))) {
                *stroke = Stroke {
                    color: with_alpha(color, strength),
                    width_px: width(if level == Level::Strong { 1.7 } else { 1.0 }),
                    dash_px: dash_of(kind).map(px),
                    is_over,
                };
            }
        }
    }
    for (class, strength, dash) in [
        (CLASS_GHOST, 0.35 * thin, [1.0, 4.0]),
        (CLASS_CONTEXT, 0.22 * thin, [0.0, 0.0]),
    ] {
        if let Some(stroke) = strokes.get_mut(usize::from(class)) {
            *stroke = Stroke {
                color: with_alpha(p.faint, strength),
                width_px: width(1.0),
                dash_px: dash.map(px),
                is_over: false,
            };
        }
    }
    let mut hues = [[0.0; 4]; N_HUES];
    for (i, hue) in hues.iter_mut().enumerate() {
        *hue = match i as u8 {
            HUE_CONTEXT => with_alpha(p.faint, 0.75),
            HUE_GHOST => with_alpha(p.secondary, 0.8),
            _ => {
                let color = hue_color(state.node_color, i - usize::from(HUE_DATA), ask.data, p);
                with_alpha(color, 0.95)
            }
        };
    }
    let base = (90.0 / (graph.nodes.len().max(1) as f32).sqrt()).clamp(1.1, 3.8);
    let radius_px = px((base * zoom.max(1.0).powf(0.3)).min(6.0));
    GraphLook {
        strokes,
        hues,
        ring: with_alpha(p.ink, 1.0),
        radius_px,
        context_radius_px: 0.75 * radius_px,
        ring_px: px(1.6),
    }
}

/// A line of the legend: what is drawn before the words.
enum Sign {
    Node(Mark, Color32),
    Ghost,
    Link(EdgeKind, Color32, f32),
}

/// Draws the legend along the lower edge of the view, in as many rows as it needs; returns where it stands.
pub(super) fn legend(
    painter: &Painter,
    state: &GraphState,
    ask: &GraphAsk<'_>,
    view: Rect,
    p: &Palette,
) -> Rect {
    let font = theme::regular(theme::CAPTION);
    let entries = entries(state, ask, p);
    let sizes: Vec<f32> = entries
        .iter()
        .map(|(_, words)| {
            let galley = one_line(painter, words, font.clone(), p.secondary, 240.0);
            galley.size().x + 36.0
        })
        .collect();
    let mut places: Vec<(f32, usize)> = Vec::new();
    let (mut x, mut row) = (0.0, 0);
    for size in &sizes {
        if x > 0.0 && x + size > view.width() {
            x = 0.0;
            row += 1;
        }
        places.push((x, row));
        x += size;
    }
    let n_rows = row + 1;
    let top = view.bottom() - n_rows as f32 * ROW - 2.0;
    let width = if row > 0 {
        view.width()
    } else {
        x.min(view.width())
    };
    let area = Rect::from_min_max(
        pos2(view.left(), top),
        pos2(view.left() + width, view.bottom()),
    );
    painter.rect_filled(area, 0.0, p.ground);
    for ((sign, words), (x, row)) in entries.iter().zip(places) {
        let at = pos2(view.left() + x + 8.0, top + (row as f32 + 0.5) * ROW);
        draw_sign(painter, sign, at, p);
        let rect = Rect::from_min_max(at + vec2(12.0, -9.0), pos2(view.right(), at.y + 9.0));
        cell(
            painter,
            rect,
            Align2::LEFT_CENTER,
            words,
            font.clone(),
            p.secondary,
        );
    }
    area
}

fn draw_sign(painter: &Painter, sign: &Sign, at: Pos2, p: &Palette) {
    match sign {
        Sign::Node(shape, color) => mark(painter, at, *shape, *color, 4.0),
        Sign::Ghost => {
            painter.circle_stroke(at, 3.2, Line::new(1.2, p.secondary));
        }
        Sign::Link(kind, color, width) => {
            let ends = [at - vec2(7.0, 0.0), at + vec2(8.0, 0.0)];
            let line = Line::new(*width, *color);
            let [dash, gap] = dash_of(*kind);
            if gap > 0.0 {
                painter.extend(Shape::dashed_line(&ends, line, dash.min(7.0), gap));
            } else {
                painter.line_segment(ends, line);
            }
        }
    }
}

fn entries(state: &GraphState, ask: &GraphAsk<'_>, p: &Palette) -> Vec<(Sign, String)> {
    let data = ask.data;
    let subject = if ask.issue.is_some() {
        "this issue"
    } else {
        "an issue"
    };
    let color = |i: usize| hue_color(state.node_color, i, data, p);
    let mut out: Vec<(Sign, String)> = Vec::new();
    match state.node_color {
        NodeColor::Outlet => {
            let sources = data.graph.sources.iter().enumerate();
            let n_named = if data.graph.sources.len() > N_NAMED + 1 {
                N_NAMED
            } else {
                N_NAMED + 1
            };
            for (i, source) in sources.take(n_named) {
                out.push((Sign::Node(mark_of_outlet(i), color(i)), source.clone()));
            }
            if data.graph.sources.len() > n_named {
                let n = data.graph.sources.len() - n_named;
                out.push((
                    Sign::Node(Mark::Circle, p.secondary),
                    format!("{n} more outlets"),
                ));
            }
        }
        NodeColor::Nation | NodeColor::Camp => {
            let against = usize::from(state.node_color == NodeColor::Camp);
            out.push((
                Sign::Node(Mark::Circle, color(0)),
                format!("supports {subject}"),
            ));
            out.push((
                Sign::Node(Mark::TriangleDown, color(against)),
                format!("opposes {subject}"),
            ));
        }
    }
    let others = if ask.issue.is_some() {
        "other documents"
    } else {
        "without issue"
    };
    out.push((Sign::Node(Mark::Circle, p.faint), others.to_owned()));
    let graph = &data.graph;
    let is_dropped = graph.nodes.iter().any(|n| n.dropped_in.is_some());
    if is_dropped || !ask.leaving().nodes.is_empty() {
        out.push((Sign::Ghost, "dropped".to_owned()));
    }
    for kind in EdgeKind::ALL {
        if kind == EdgeKind::Opposed {
            continue;
        }
        let level = if kind == EdgeKind::Shared {
            Level::Agrees
        } else {
            Level::Plain
        };
        let ink = color_of(kind, level, state.colors_kinds, p);
        out.push((Sign::Link(kind, ink, 1.2), kind_words(kind).to_owned()));
    }
    out.push((
        Sign::Link(EdgeKind::Opposed, p.warning, 2.0),
        "conflict".to_owned(),
    ));
    out
}
