//! Writes the topics' labels on a map, those of matched topics first and at the ends of their lines.

use std::sync::Arc;

use egui::{Painter, Pos2, Rect, Vec2, pos2};

use super::super::label_paint::{LABEL_WIDTH, draw_with_halo};
use super::super::labels::{Wish, stretches};
use super::state::{PlacedLabels, Side};
use crate::snapshot::model::source_maps::PartMap;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::one_line;

/// Finds when each label is shown: matched topics first, then the large ones.
pub(super) fn place_labels(
    painter: &Painter,
    side: &mut Side,
    part: &Arc<PartMap>,
    slots: &[Option<usize>],
    p: &Palette,
) {
    let (of, made_for) = &side.labels.of;
    if of.as_ptr() == Arc::as_ptr(part) && made_for == slots {
        return;
    }
    let mut order: Vec<usize> = (0..part.topics.len()).collect();
    order.sort_by_key(|t| slots.get(*t).is_none_or(Option::is_none));
    let wishes: Vec<Wish> = order
        .iter()
        .filter_map(|t| part.topics.get(*t))
        .map(|topic| {
            let font = theme::strong(12.5);
            let size = one_line(painter, &topic.label, font, p.ink, LABEL_WIDTH).size();
            Wish {
                anchor_in_map: topic.anchor_in_map,
                half: [0.5 * size.x + 6.0, 0.5 * size.y + 3.0],
                from: 0.0,
                until: f32::INFINITY,
            }
        })
        .collect();
    side.labels = PlacedLabels {
        of: (Arc::downgrade(part), slots.to_vec()),
        stretches: order.into_iter().zip(stretches(&wishes)).collect(),
    };
}

/// Writes labels beside the ends of their lines; `loud` is the topic of the match that is looked at.
pub(super) fn draw_labels(
    painter: &Painter,
    side: &Side,
    part: &PartMap,
    slots: &[Option<usize>],
    loud: Option<usize>,
    pane: Rect,
    p: &Palette,
) {
    let Some(camera) = side.camera else { return };
    let mut labels: Vec<(usize, f32)> = side
        .labels
        .stretches
        .iter()
        .filter(|(topic, _)| Some(*topic) != loud)
        .map(|(topic, stretch)| {
            let strength = stretch.map_or(0.0, |s| s.strength(camera.points_per_unit));
            let behind = if loud.is_some() { 0.45 } else { 1.0 };
            (*topic, strength.ceil() * behind)
        })
        .collect();
    // Last, over all others.
    labels.extend(loud.map(|topic| (topic, 1.0)));
    for (topic, strength) in labels {
        let Some(of) = part.topics.get(topic) else {
            continue;
        };
        let middle = camera.screen_from_map(pane, of.anchor_in_map);
        if !pane.contains(middle) {
            continue;
        }
        let slot = slots.get(topic).copied().flatten();
        if let Some(slot) = slot {
            painter.circle_filled(middle, 4.5, p.ground);
            painter.circle_filled(middle, 3.0, p.topic(slot));
        }
        if strength <= 0.0 {
            continue;
        }
        let color = if slot.is_some() { p.ink } else { p.secondary };
        let font = theme::strong(12.5);
        let size = one_line(painter, &of.label, font.clone(), color, LABEL_WIDTH).size();
        let at = label_place(middle, size, slot.is_some(), pane);
        draw_with_halo(painter, at, &of.label, &font, [color, p.ground], strength);
    }
}

/// Above the end of its line, or in the middle of its topic; moved in at the edges.
fn label_place(middle: Pos2, size: Vec2, joined: bool, pane: Rect) -> Pos2 {
    let y = if joined {
        middle.y - size.y - 5.0
    } else {
        middle.y - 0.5 * size.y
    };
    let last = (pane.right() - size.x - 6.0).max(pane.left() + 6.0);
    let x = (middle.x - 0.5 * size.x).clamp(pane.left() + 6.0, last);
    pos2(x, y.max(pane.top() + 2.0))
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;

    #[test]
    fn a_label_stays_in_its_pane() {
        let pane = Rect::from_min_size(pos2(100.0, 50.0), vec2(300.0, 200.0));
        for middle in [pane.min, pane.max, pane.center()] {
            for joined in [true, false] {
                let at = label_place(middle, vec2(90.0, 16.0), joined, pane);
                assert!(at.x >= pane.left() && at.x + 90.0 <= pane.right());
                assert!(at.y >= pane.top());
            }
        }
    }
}
