//! Lines around the densest regions, drawn over the points; which lines there are is worked out elsewhere.

use std::sync::{Arc, Weak};

use egui::{
    Align2, Color32, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::classes::{ColorBy, Coloring, Target};
use super::legend::class_color;
use super::state::MapState;
use crate::snapshot::contours::{
    Contours, ContoursKey, Group, LEAST_DOCS, Line, LinesOf, MAX_TOPICS, SHARES,
};
use crate::snapshot::model::MapData;
use crate::snapshot::passing::Focus;
use crate::ui::camera::Camera;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{self, cell};
use crate::ui::{Command, Cx};

/// Height of what the legend says of the lines.
pub(super) const NOTE_HEIGHT: f32 = 46.0;

/// Width of a line around each of [`SHARES`], in points: the inner are the bolder.
const WIDTHS: [f32; 4] = [2.0, 1.5, 1.1, 0.8];

/// Nearer corners of a line, in points, cannot be told apart.
const LEAST_STEP: f32 = 0.8;

/// What the map remembers of its lines.
#[derive(Default)]
pub(super) struct ContoursState {
    /// Whether lines are drawn.
    pub(super) on: bool,
    /// What the host was asked last: which lines, on which map, narrowed by what.
    asked: Option<(ContoursKey, Weak<MapData>, Weak<Focus>)>,
}

/// Returns which lines this coloring and these panes call for.
fn key(state: &MapState) -> ContoursKey {
    ContoursKey {
        of: match state.color_by {
            ColorBy::Nation => LinesOf::Nations,
            ColorBy::Topic => LinesOf::Topics,
            _ => LinesOf::All,
        },
        per_nation: state.per_nation,
    }
}

/// Asks for lines when others are called for than before.
pub(super) fn ask(cx: &mut Cx<'_>, state: &mut MapState, map: &Arc<MapData>) {
    if !state.contours.on {
        if state.contours.asked.take().is_some() {
            cx.send(Command::Contours(None));
        }
        return;
    }
    let key = key(state);
    let focus = cx.focus().map_or_else(Weak::new, Arc::downgrade);
    let same =
        state.contours.asked.as_ref().is_some_and(|(k, m, f)| {
            *k == key && m.as_ptr() == Arc::as_ptr(map) && f.ptr_eq(&focus)
        });
    if !same {
        state.contours.asked = Some((key, Arc::downgrade(map), focus));
        cx.send(Command::Contours(Some(key)));
    }
}

/// Returns the lines to draw; those of an earlier filter stay until the new ones are there.
fn lines<'a>(cx: &Cx<'a>, state: &MapState, map: &Arc<MapData>) -> Option<&'a Arc<Contours>> {
    cx.input
        .contours
        .filter(|c| state.contours.on && c.key == key(state) && Arc::ptr_eq(&c.map, map))
}

fn color_of(group: Group, map: &MapData, coloring: &Coloring, p: &Palette) -> Color32 {
    let color = match group {
        Group::All => return p.ink,
        Group::Nation(n) => map
            .places
            .nations
            .get(usize::from(n))
            .map(|nation| p.nation(*nation)),
        Group::Topic(t) => coloring
            .values
            .iter()
            .find(|v| v.target == Target::Topic(t))
            .map(|v| class_color(coloring, v.class, p)),
    };
    // Nearer to the ink than the points of the same color, to stand out from them.
    color.map_or(p.ink, |c| c.lerp_to_gamma(p.ink, 0.3))
}

/// Draws the lines of a pane, the outer ones first.
#[expect(
    clippy::too_many_arguments,
    reason = "one call hands over what the frame knows"
)]
pub(super) fn draw(
    painter: &Painter,
    cx: &Cx<'_>,
    state: &MapState,
    map: &Arc<MapData>,
    coloring: &Coloring,
    nation: Option<u8>,
    view: Rect,
    camera: &Camera,
    p: &Palette,
) {
    let Some(found) = lines(cx, state, map) else {
        return;
    };
    let groups = || found.groups.iter().filter(|g| g.nation == nation);
    for (level, width) in WIDTHS.iter().enumerate().rev() {
        for group in groups() {
            let color = color_of(group.group, map, coloring, p);
            for line in group.levels.get(level).into_iter().flatten() {
                for (corners, is_closed) in pieces(line, view, camera) {
                    let stroke = |width: f32, color: Color32| Stroke::new(width, color);
                    let shape = |stroke: Stroke, corners: Vec<Pos2>| {
                        if is_closed {
                            Shape::closed_line(corners, stroke)
                        } else {
                            Shape::line(corners, stroke)
                        }
                    };
                    // A little of the ground beside the line keeps it apart from dense points.
                    let ground = stroke(width + 1.6, p.ground.gamma_multiply(0.7));
                    painter.add(shape(ground, corners.clone()));
                    painter.add(shape(stroke(*width, color), corners));
                }
            }
        }
    }
}

/// Returns the parts of a line that lie in view, on screen, and whether the part is the whole closed line.
fn pieces(line: &Line, view: Rect, camera: &Camera) -> Vec<(Vec<Pos2>, bool)> {
    let at = |p: [f32; 2]| camera.screen_from_map(view, p);
    let near = view.expand(8.0);
    let (lo, hi) = line.bounds;
    let around = Rect::from_two_pos(at(lo), at(hi));
    if !around.intersects(near) {
        return Vec::new();
    }
    let Some(first) = line.points_in_map.first() else {
        return Vec::new();
    };
    let mut corners = vec![at(*first)];
    for p in &line.points_in_map {
        let q = at(*p);
        if corners
            .last()
            .is_none_or(|last| (q - *last).length() >= LEAST_STEP)
        {
            corners.push(q);
        }
    }
    if corners.len() < 3 {
        return Vec::new();
    }
    if near.contains_rect(around) {
        return vec![(corners, true)];
    }
    // Walks once around and leaves out what lies outside.
    corners.extend(corners.first().copied());
    let mut all = Vec::new();
    let mut piece: Vec<Pos2> = Vec::new();
    for side in corners.windows(2) {
        let &[a, b] = side else { continue };
        if Rect::from_two_pos(a, b).intersects(near) {
            if piece.is_empty() {
                piece.push(a);
            }
            piece.push(b);
        } else if !piece.is_empty() {
            all.push((std::mem::take(&mut piece), false));
        }
    }
    if !piece.is_empty() {
        all.push((piece, false));
    }
    all
}

/// Says what the lines hold: a short head and, for who listens or hovers, a sentence.
fn words(cx: &Cx<'_>, state: &MapState, map: &Arc<MapData>) -> (String, String) {
    let Some(found) = lines(cx, state, map) else {
        return ("Finding lines …".to_owned(), "Finding lines".to_owned());
    };
    if found.groups.iter().all(|g| g.levels.is_empty()) {
        let words = format!("No lines below {LEAST_DOCS} documents");
        return (words.clone(), words);
    }
    let (head, whose) = match found.key.of {
        LinesOf::All if found.key.per_nation => (
            "Lines hold, of each map:",
            "the documents shown on each map",
        ),
        LinesOf::All => ("Lines hold, of all shown:", "the documents shown"),
        LinesOf::Nations => (
            "Lines hold, of each nation:",
            "each nation's documents, outliers aside",
        ),
        LinesOf::Topics => ("Lines hold, of each topic:", "each topic's documents"),
    };
    let shares: Vec<String> = SHARES.iter().map(|s| format!("{:.0}", 100.0 * s)).collect();
    let (last, others) = shares
        .split_last()
        .map_or(("", String::new()), |(l, o)| (l.as_str(), o.join(", ")));
    let mut sentence =
        format!("Each line bounds the smallest region that holds {others} or {last} % of {whose}.");
    if found.key.of == LinesOf::Topics {
        sentence = format!("{sentence} At most the {MAX_TOPICS} largest topics shown have lines.");
    }
    sentence = format!("{sentence} Fewer than {LEAST_DOCS} documents have none.");
    (head.to_owned(), sentence)
}

/// Draws what the legend says of the lines.
pub(super) fn note_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &MapState,
    map: &Arc<MapData>,
    rect: Rect,
    p: &Palette,
) {
    let (head, sentence) = words(cx, state, map);
    let id = ui.scope_id().with("contours note");
    let response = ui.interact(rect, id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &sentence));
    let painter = ui.painter();
    let caption = theme::regular(theme::CAPTION);
    let top = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + 20.0));
    cell(
        painter,
        top,
        Align2::LEFT_CENTER,
        &head,
        caption.clone(),
        p.secondary,
    );
    let width = rect.width() / SHARES.len() as f32;
    for (k, (share, line)) in SHARES.iter().zip(WIDTHS).enumerate() {
        let left = rect.left() + k as f32 * width;
        let y = rect.top() + 30.0;
        painter.hline(left..=left + 14.0, y, Stroke::new(line, p.ink));
        let last = k + 1 == SHARES.len();
        let words = format!("{:.0}{}", 100.0 * share, if last { " %" } else { "" });
        let at = Rect::from_min_max(
            pos2(left + 18.0, y - 9.0),
            pos2(left + width + 4.0, y + 9.0),
        );
        cell(
            painter,
            at,
            Align2::LEFT_CENTER,
            &words,
            caption.clone(),
            p.ink,
        );
    }
    response.on_hover_text(sentence);
}

/// Draws the note as a card of its own, where there is no legend to hold it.
pub(super) fn card_ui(
    ui: &mut Ui,
    cx: &Cx<'_>,
    state: &MapState,
    map: &Arc<MapData>,
    bottom_left: Pos2,
    p: &Palette,
) {
    let size = vec2(204.0, NOTE_HEIGHT + 8.0);
    let card = Rect::from_min_size(bottom_left - vec2(0.0, size.y), size);
    widgets::card(ui.painter(), card, p);
    note_ui(ui, cx, state, map, card.shrink2(vec2(12.0, 4.0)), p);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(half: f32) -> Line {
        let points_in_map = vec![[-half, -half], [half, -half], [half, half], [-half, half]];
        Line {
            bounds: ([-half, -half], [half, half]),
            points_in_map,
        }
    }

    #[test]
    fn only_what_lies_in_view_is_drawn() {
        let view = Rect::from_min_size(pos2(100.0, 50.0), vec2(400.0, 300.0));
        let camera = Camera {
            center_in_map: [0.0; 2],
            points_per_unit: 100.0,
        };
        let whole = pieces(&square(1.0), view, &camera);
        assert!(whole.len() == 1 && whole.iter().all(|(c, closed)| c.len() == 4 && *closed));
        // Wider than the view, but not as high: two sides cross it.
        let mut flat = square(1.0);
        for p in &mut flat.points_in_map {
            p[0] *= 100.0;
        }
        flat.bounds = ([-100.0, -1.0], [100.0, 1.0]);
        let sides = pieces(&flat, view, &camera);
        assert!(sides.len() == 2 && sides.iter().all(|(c, closed)| c.len() == 2 && !closed));
        assert!(pieces(&square(50.0), view, &camera).is_empty());
        assert!(pieces(&square(0.001), view, &camera).is_empty());
    }
}
