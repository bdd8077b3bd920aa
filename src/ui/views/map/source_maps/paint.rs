//! Draws the two maps, their labels and the lines between them; hears of pan, zoom and click.

use std::sync::Arc;

use egui::{Align2, CursorIcon, Painter, Popup, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use super::super::paint::{dot_in_points, with_alpha};
use super::super::state::MapState;
use super::super::tooltip::{Card, card_ui};
use super::derive::slots;
use super::labels::{draw_labels, place_labels};
use super::lines::{Line, under};
use super::state::{MadePoints, Shown, Side, SourceMapsState};
use crate::domain::columns::NO_TOPIC;
use crate::gpu::points::{ColorTable, PointInstance, class_bits};
use crate::snapshot::model::source_maps::PartMap;
use crate::ui::camera::Camera;
use crate::ui::paint::{self, Scene, SceneFrame};
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::widgets::{cell, chip};
use crate::ui::{Cx, text};

/// Height of the row of tools and heads over the maps.
const HEAD: f32 = 52.0;

/// Height of a map's own head.
const PANE_HEAD: f32 = 40.0;

/// Points kept free around a fitted map: labels at its edge stay readable.
const FIT_MARGIN: f32 = 56.0;

/// How near the pointer must come to a point, in points.
const HOVER_RADIUS: f32 = 10.0;

/// How strongly topics show that no match holds, and documents without a topic or left out by the filter.
const UNMATCHED: f32 = 0.55;
const CONTEXT: f32 = 0.40;
const MATCHED: f32 = 0.90;

/// Draws both maps.
pub(in super::super) fn ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut MapState) {
    let Some(shown) = state.sources.shown(cx) else {
        return;
    };
    let p = Palette::of(ui);
    let view = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(view, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Two maps side by side"));
    let panes = panes(view);
    let zoom_steps = std::mem::take(&mut state.zoom_steps);
    let fits = std::mem::take(&mut state.wants_fit);
    let sources = &mut state.sources;
    if fits {
        sources.fit();
    }
    move_cameras(ui, sources, &shown, panes, &response, zoom_steps);
    let slots = [0, 1].map(|side| slots(&shown.links, side, shown.parts[side].topics.len()));
    let cameras = sources.sides.each_ref().map(|s| s.camera);
    let ends = |topics: [usize; 2]| {
        [0, 1].map(|side| {
            let topic = shown.parts[side].topics.get(topics[side]);
            topic
                .zip(cameras[side])
                .map_or(pos2(f32::NAN, 0.0), |(t, camera)| {
                    camera.screen_from_map(panes[side], t.anchor_in_map)
                })
        })
    };
    let lines: Vec<Line> = shown
        .links
        .iter()
        .filter_map(|link| Line::between(*link, ends(link.topics), panes))
        .collect();
    let touched = point_at(ui, cx, sources, &shown, panes, &lines, &response);
    for side in [0, 1] {
        let painter = ui.painter().with_clip_rect(panes[side]);
        let of = &mut sources.sides[side];
        draw_points(
            &painter,
            cx,
            of,
            &shown.parts[side],
            &slots[side],
            panes[side],
            &p,
        );
    }
    let looked_at = touched.or(sources.selected);
    let painter = ui.painter().with_clip_rect(view);
    for line in &lines {
        let loud = Some(line.link.number) == looked_at;
        line.draw(&painter, &p, loud, looked_at.is_some() && !loud);
    }
    for side in [0, 1] {
        let painter = ui.painter().with_clip_rect(panes[side]);
        let of = &mut sources.sides[side];
        place_labels(&painter, of, &shown.parts[side], &slots[side], &p);
        let loud = shown
            .links
            .iter()
            .find(|l| Some(l.number) == looked_at)
            .map(|l| l.topics[side]);
        draw_labels(
            &painter,
            of,
            &shown.parts[side],
            &slots[side],
            loud,
            panes[side],
            &p,
        );
    }
    if let Some((side, row)) = sources.hovered
        && let Some(camera) = sources.sides[side].camera
        && let Some(at) = shown.parts[side].cloud.points().get(row)
    {
        let at = camera.screen_from_map(panes[side], *at);
        ui.painter()
            .circle_stroke(at, 6.0, egui::Stroke::new(1.5, p.ink));
    }
    ui.painter().vline(
        panes[0].right(),
        panes[0].top() - PANE_HEAD..=view.bottom(),
        p.hair(),
    );
    tools_ui(ui, cx, state, view, &p);
    for side in [0, 1] {
        head_ui(ui, &mut state.sources, &shown, side, panes[side], &p);
    }
    hover_card(ui, cx, &state.sources, &shown, &response);
}

/// Divides the view: tools above, two maps of one size below, each under a head of its own.
fn panes(view: Rect) -> [Rect; 2] {
    let top = view.top() + HEAD + PANE_HEAD;
    let middle = view.center().x.round();
    [
        Rect::from_min_max(pos2(view.left(), top), pos2(middle, view.bottom())),
        Rect::from_min_max(pos2(middle, top), view.max),
    ]
}

fn move_cameras(
    ui: &Ui,
    sources: &mut SourceMapsState,
    shown: &Shown,
    panes: [Rect; 2],
    response: &egui::Response,
    zoom_steps: f32,
) {
    let at = response.hover_pos().or(response.interact_pointer_pos());
    let under = at.and_then(|at| panes.iter().position(|pane| pane.contains(at)));
    // A drag goes on in the map it began in.
    if response.drag_started() {
        sources.dragged = under;
    } else if !response.dragged() {
        sources.dragged = None;
    }
    for (k, side) in sources.sides.iter_mut().enumerate() {
        let (part, pane) = (&shown.parts[k], panes[k]);
        let fitted = Camera::fit(part.cloud.core(), pane, FIT_MARGIN);
        if side.of.as_ptr() != Arc::as_ptr(part) {
            side.of = Arc::downgrade(part);
            side.camera = None;
        }
        let camera = side.camera.get_or_insert(fitted);
        let range = (
            0.3 * fitted.points_per_unit,
            2000.0 * fitted.points_per_unit,
        );
        if sources.dragged == Some(k) {
            camera.pan(response.drag_delta());
        }
        if zoom_steps != 0.0 {
            camera.zoom_about(pane, pane.center(), 1.35f32.powf(zoom_steps), range);
        }
        if under == Some(k)
            && let Some(at) = response.hover_pos()
        {
            let (scroll, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
            let factor = pinch * (scroll * 0.004).exp();
            if (factor - 1.0).abs() > 1e-4 {
                camera.zoom_about(pane, at, factor, range);
            }
        }
    }
}

/// Finds what lies under the pointer, a line before a point; a click looks at it. Returns the line's match.
fn point_at(
    ui: &Ui,
    cx: &mut Cx<'_>,
    sources: &mut SourceMapsState,
    shown: &Shown,
    panes: [Rect; 2],
    lines: &[Line],
    response: &egui::Response,
) -> Option<usize> {
    sources.hovered = None;
    let at = response.hover_pos().filter(|_| !response.dragged())?;
    let touched = under(lines, at);
    if touched.is_none() {
        sources.hovered = (0..2).find_map(|side| {
            let camera = sources.sides[side].camera?;
            if !panes[side].contains(at) {
                return None;
            }
            let place = camera.map_from_screen(panes[side], at);
            let reach = HOVER_RADIUS / camera.points_per_unit;
            let row = shown.parts[side].cloud.nearest(place, reach, |_| true)?;
            Some((side, row))
        });
    }
    if touched.is_some() || sources.hovered.is_some() {
        ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
    }
    if response.clicked() {
        let doc = sources
            .hovered
            .and_then(|(side, row)| shown.parts[side].docs.get(row).copied());
        match (touched, doc) {
            (Some(number), _) => {
                sources.selected = Some(number);
                cx.clear_doc();
                cx.shared.inspector_open = true;
            }
            (None, Some(doc)) => cx.select_doc(doc),
            (None, None) => cx.clear_doc(),
        }
    }
    touched
}

/// Makes the points of a part; what the filter leaves out is context.
fn scene(cx: &Cx<'_>, part: &PartMap) -> Scene {
    let focus = cx.focus();
    let places = cx.input.snapshot.map.as_ref().map(|m| &m.places);
    let left_out = |row: usize| {
        let of_map = || places?.row_of(*part.docs.get(row)?);
        focus.is_some_and(|f| !of_map().is_some_and(|r| f.shown.has(r)))
    };
    let shape = Mark::of(part.name.nation).number();
    Scene {
        points: part
            .cloud
            .points()
            .iter()
            .zip(&part.topics_of)
            .enumerate()
            .map(|(row, (place, topic))| {
                let topic = Some(u32::from(*topic)).filter(|t| *t != u32::from(NO_TOPIC));
                let context = topic.is_none() || left_out(row);
                PointInstance {
                    center_in_map: *place,
                    class_bits: class_bits(0, topic, context, shape),
                }
            })
            .collect(),
    }
}

fn draw_points(
    painter: &Painter,
    cx: &Cx<'_>,
    side: &mut Side,
    part: &Arc<PartMap>,
    slots: &[Option<usize>],
    pane: Rect,
    p: &Palette,
) {
    let Some(camera) = side.camera else { return };
    let same_focus = |made: &Option<_>| match (made, cx.focus()) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    };
    let kept = side
        .points
        .as_ref()
        .filter(|made| made.of.as_ptr() == Arc::as_ptr(part) && same_focus(&made.focus))
        .map(|made| Arc::clone(&made.scene));
    let points = kept.unwrap_or_else(|| {
        let made = Arc::new(scene(cx, part));
        side.points = Some(MadePoints {
            of: Arc::downgrade(part),
            focus: cx.focus().cloned(),
            scene: Arc::clone(&made),
        });
        made
    });
    let scale = painter.pixels_per_point();
    let (ndc_from_map, viewport_px) = camera.matrix(pane, scale);
    let fitted = Camera::fit(part.cloud.core(), pane, FIT_MARGIN);
    let zoom = camera.points_per_unit / fitted.points_per_unit.max(1e-9);
    let radius_px = 0.5 * dot_in_points(part.docs.len(), zoom) * scale;
    // Colors are the frame's: a verdict changes the table and leaves the points where they are.
    let mut table = ColorTable::default();
    table.set_group(0, with_alpha(p.faint, CONTEXT));
    for (topic, slot) in slots.iter().enumerate() {
        let color = match slot {
            Some(slot) => with_alpha(p.topic(*slot), MATCHED),
            None => with_alpha(p.secondary, UNMATCHED),
        };
        table.set_topic(topic, color);
    }
    let matrix = (ndc_from_map, viewport_px);
    let mut frame = SceneFrame::of_points(matrix, radius_px, table);
    frame.points.context_radius_px = (0.6 * radius_px).max(0.7 * scale);
    frame.points.context_color = with_alpha(p.faint, CONTEXT);
    frame.points.color_by = 1;
    paint::scene(painter, pane, &points, frame);
}

/// The row of tools, with what the lines mean.
fn tools_ui(ui: &mut Ui, cx: &Cx<'_>, state: &mut MapState, view: Rect, p: &Palette) {
    let area = Rect::from_min_max(
        pos2(view.left() + 16.0, view.top() + 14.0),
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
        "Fit",
        "Fit both maps to the view",
        None,
        false,
        Some("F"),
    )
    .clicked()
    {
        state.sources.fit();
    }
    let name = "Show the joint map";
    if chip(ui, "Per source", name, None, true, Some("M")).clicked() {
        state.sources.toggle(cx);
    }
    let words = "A line joins topics that match: dashed as proposed, solid once accepted, wide for a high score";
    let room = Rect::from_min_max(area.min, pos2(ui.min_rect().left() - 12.0, area.max.y));
    cell(
        ui.painter(),
        room,
        Align2::LEFT_CENTER,
        words,
        theme::regular(theme::CAPTION),
        p.secondary,
    );
}

/// The head of a map: what it is of, which can be chosen, and its counts.
fn head_ui(
    ui: &mut Ui,
    sources: &mut SourceMapsState,
    shown: &Shown,
    side: usize,
    pane: Rect,
    p: &Palette,
) {
    let part = &shown.parts[side];
    let area = Rect::from_min_max(
        pos2(pane.left() + 16.0, pane.top() - PANE_HEAD),
        pos2(pane.right() - 12.0, pane.top()),
    );
    let builder = egui::UiBuilder::new()
        .max_rect(area)
        .id_salt(("head", side))
        .layout(egui::Layout::left_to_right(egui::Align::Center));
    let mut child = ui.new_child(builder);
    let ui = &mut child;
    let which = ["left", "right"][side];
    let nation = part.name.nation;
    let sign = Some((Mark::of(nation), p.nation(nation)));
    let name = format!("Choose the {which} map");
    let button = chip(ui, &part.name.to_string(), &name, sign, true, None);
    Popup::menu(&button).show(|ui| {
        for (k, other) in shown.data.parts.iter().enumerate() {
            let words = other.name.to_string();
            let name = format!("Show {words} on the {which}");
            let on = other.number == part.number;
            if ui
                .selectable_label(on, &words)
                .accessible_name(name)
                .clicked()
            {
                sources.choose(side, k);
                ui.close();
            }
        }
    });
    let share = part.n_outliers as f64 / part.docs.len().max(1) as f64;
    let words = text::dotted([
        text::counted(part.docs.len(), "document", "documents").as_str(),
        text::counted(part.topics.len(), "topic", "topics").as_str(),
        format!("{} % outliers", text::percent(share)).as_str(),
    ]);
    let room = Rect::from_min_max(pos2(button.rect.right() + 10.0, area.top()), area.max);
    cell(
        ui.painter(),
        room,
        Align2::LEFT_CENTER,
        &words,
        theme::regular(theme::BODY),
        p.secondary,
    );
}

/// The card of the document under the pointer.
fn hover_card(
    ui: &Ui,
    cx: &Cx<'_>,
    sources: &SourceMapsState,
    shown: &Shown,
    response: &egui::Response,
) {
    let (Some((side, row)), Some(at)) = (sources.hovered, response.hover_pos()) else {
        return;
    };
    let part = &shown.parts[side];
    let line = cx.input.snapshot.map.as_ref().and_then(|map| {
        let row = map.places.row_of(*part.docs.get(row)?)?;
        map.doc_line(row)
    });
    let Some(doc) = line else { return };
    let topic = part
        .topics_of
        .get(row)
        .and_then(|t| part.topics.get(usize::from(*t)));
    let card = Card {
        doc: &doc,
        words: [topic.map_or("no topic", |t| t.label.as_str()), ""],
    };
    card_ui(ui, at, &card);
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;

    #[test]
    fn both_maps_have_one_size() {
        let [a, b] = panes(Rect::from_min_size(pos2(72.0, 44.0), vec2(1032.0, 824.0)));
        assert!((a.width() - b.width()).abs() < 1.5 && a.right() <= b.left());
        assert!((a.height() - b.height()).abs() < 0.1);
    }
}
