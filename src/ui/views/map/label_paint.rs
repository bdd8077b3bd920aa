//! Draws the map's labels and hears of clicks on them.

use std::sync::Arc;

use egui::{Color32, FontId, Painter, Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

use super::labels::{Wish, stretches};
use super::outline::Tool;
use super::state::{MapState, PlacedLabels};
use crate::domain::corpus::Nation;
use crate::snapshot::model::{MapData, MapLabel};
use crate::ui::Cx;
use crate::ui::camera::Camera;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::one_line;

/// Longest label in points.
pub(crate) const LABEL_WIDTH: f32 = 240.0;

/// A label of several topics gives way to theirs when they are spread over so many points.
const SPREAD_IN_POINTS: f32 = 100.0;

/// Labels of topics stand out, those of whole regions are larger and lighter, as on a printed map.
fn label_look(label: &MapLabel, p: &Palette) -> (FontId, Color32) {
    if label.topics.len() > 1 {
        (theme::regular(15.0), p.ink)
    } else {
        (theme::strong(12.5), p.ink)
    }
}

/// Finds when each label is shown, once per set of labels and scale of the letters.
pub(super) fn place_labels(
    painter: &Painter,
    state: &mut MapState,
    map: &Arc<MapData>,
    p: &Palette,
) {
    let pixels_per_point = painter.pixels_per_point();
    let same_scale = state.labels.pixels_per_point.to_bits() == pixels_per_point.to_bits();
    if same_scale && state.labels.of.as_ptr() == Arc::as_ptr(map) {
        return;
    }
    let mut wishes: Vec<Wish> = Vec::with_capacity(map.labels.len());
    for label in &map.labels {
        let (font, _) = label_look(label, p);
        let ink = Color32::TRANSPARENT;
        let size = one_line(painter, &label.text, font, ink, LABEL_WIDTH).size();
        let parent = label.parent.and_then(|k| wishes.get(k));
        let from = parent.map_or(0.0, |w| w.until);
        let until = if label.radius_in_map > 0.0 {
            (SPREAD_IN_POINTS / label.radius_in_map).max(from)
        } else {
            f32::INFINITY
        };
        wishes.push(Wish {
            anchor_in_map: label.anchor_in_map,
            half: [0.5 * size.x + 6.0, 0.5 * size.y + 3.0],
            from,
            until,
        });
    }
    state.labels = PlacedLabels {
        of: Arc::downgrade(map),
        pixels_per_point,
        stretches: stretches(&wishes),
    };
}

/// Draws the labels; tells whether one was clicked, which chose its topic or let go of it.
#[expect(
    clippy::too_many_arguments,
    reason = "one call hands over what the frame knows"
)]
pub(super) fn labels_ui(
    ui: &Ui,
    cx: &mut Cx<'_>,
    state: &MapState,
    map: &MapData,
    nation: Option<&Nation>,
    view: Rect,
    camera: &Camera,
    legend: Rect,
    p: &Palette,
) -> bool {
    let painter = &ui.painter().with_clip_rect(view);
    let chosen = cx.shared.selected_topic.filter(|_| state.topic_at_hand);
    let mut clicked = false;
    let moves = state.is_moving(ui.input(|i| i.time));
    for (label, stretch) in map.labels.iter().zip(&state.labels.stretches) {
        let strength = stretch.map_or(0.0, |s| s.strength(camera.points_per_unit));
        // Labels come and go softly while the map moves, each within its own stretch of zoom; at rest none
        // stands half there.
        let strength = if moves { strength } else { strength.ceil() };
        let middle = camera.screen_from_map(view, label.anchor_in_map);
        if strength <= 0.0
            || !label
                .topics
                .iter()
                .any(|t| cx.shared.desk.filter.shows_topic(*t))
            || !view.expand(40.0).contains(middle)
        {
            continue;
        }
        let (font, color) = label_look(label, p);
        let size = one_line(painter, &label.text, font.clone(), color, LABEL_WIDTH).size();
        let mut at = middle - 0.5 * size;
        // A label at the edge moves in, as long as its place itself is in the view.
        if view.contains(middle) {
            let last = (view.right() - size.x - 6.0).max(view.left() + 6.0);
            at.x = at.x.clamp(view.left() + 6.0, last);
        }
        let rect = Rect::from_min_size(at, size);
        // Half a label beside the legend would be read wrongly.
        if rect.intersects(legend) {
            continue;
        }
        let topic = match label.topics.as_slice() {
            [one] => cx.input.snapshot.topic(usize::from(*one)).map(|t| t.id),
            _ => None,
        };
        if let Some(topic) = topic
            && state.tool == Tool::Move
        {
            // Clicks alone: a drag that begins on a label still moves the map.
            let id = ui
                .scope_id()
                .with(("label", topic.0, view.min.x as i32, view.min.y as i32));
            let response = ui.interact(rect.intersect(view), id, Sense::click());
            // Each nation's own map has the label.
            let name = match nation {
                Some(nation) => format!("Label {}, {}", label.text, nation.name()),
                None => format!("Label {}", label.text),
            };
            response.widget_info(|| {
                WidgetInfo::selected(Role::Button, true, chosen == Some(topic), &name)
            });
            if response.hovered() || chosen == Some(topic) {
                let y = rect.bottom() + 0.5;
                painter.hline(rect.x_range(), y, egui::Stroke::new(1.0, p.ink));
            }
            if response
                .on_hover_cursor(egui::CursorIcon::PointingHand)
                .clicked()
            {
                clicked = true;
                cx.shared.selected_topic = Some(topic).filter(|t| chosen != Some(*t));
                cx.shared.inspector_open = true;
                cx.clear_doc();
            }
        }
        draw_with_halo(painter, at, &label.text, &font, [color, p.ground], strength);
    }
    clicked
}

/// Writes a label in its color with the ground around its letters, so that it reads over points.
pub(crate) fn draw_with_halo(
    painter: &Painter,
    at: Pos2,
    text: &str,
    font: &FontId,
    [color, ground]: [Color32; 2],
    strength: f32,
) {
    let ink = one_line(painter, text, font.clone(), color, LABEL_WIDTH);
    let halo = one_line(painter, text, font.clone(), ground, LABEL_WIDTH);
    let faded = |color: Color32| color.gamma_multiply(strength);
    for step in 0..8 {
        let turn = Vec2::angled(std::f32::consts::TAU * step as f32 / 8.0);
        painter.galley_with_override_text_color(at + 1.6 * turn, Arc::clone(&halo), faded(ground));
    }
    painter.galley_with_override_text_color(at, ink, faded(color));
}
