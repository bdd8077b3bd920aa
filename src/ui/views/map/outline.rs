//! Selecting documents by an outline drawn on the map: by hand, corner by corner, or as a box.

use egui::{Context, Painter, Pos2, Rect, Shape, Stroke};

use crate::domain::filter::{SelectMode, Selected};
use crate::ui::Cx;
use crate::ui::camera::Camera;
use crate::ui::theme::Palette;

/// What dragging on the map does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Moves the map.
    #[default]
    Move,
    /// Draws an outline by hand.
    Lasso,
    /// Sets corner after corner.
    Polygon,
    /// Draws a box.
    Box,
}

/// Nearer than this to the last one, in points, no corner is added to a lasso.
const LEAST_STEP: f32 = 2.0;

/// Corners of an outline; beyond, a lasso takes every other.
const MAX_CORNERS: usize = 2000;

/// An outline being drawn, in map units.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawing {
    corners: Vec<[f32; 2]>,
}

impl Drawing {
    /// Tells whether an outline has been begun.
    pub(crate) fn is_begun(&self) -> bool {
        !self.corners.is_empty()
    }

    /// Goes on with the pointer at a place while it is held; returns the outline when it is let go.
    pub(crate) fn drag(
        &mut self,
        tool: Tool,
        camera: &Camera,
        view: Rect,
        response: &egui::Response,
    ) -> Option<Vec<[f32; 2]>> {
        let at = response.interact_pointer_pos();
        let place = |at: Pos2| camera.map_from_screen(view, at);
        match tool {
            Tool::Move => return None,
            Tool::Polygon => {
                if response.double_clicked() {
                    return self.close_polygon();
                }
                if response.clicked()
                    && let Some(at) = at
                {
                    self.corners.push(place(at));
                }
                return None;
            }
            Tool::Lasso | Tool::Box => {}
        }
        if response.drag_started()
            && let Some(origin) = response.ctx.input(|i| i.pointer.press_origin())
        {
            self.corners = vec![place(origin)];
        }
        if !self.is_begun() {
            return None;
        }
        if let Some(at) = at.filter(|_| response.dragged()) {
            if tool == Tool::Box {
                self.corners.truncate(1);
                self.corners.push(place(at));
            } else {
                let last = self.corners.last().copied().unwrap_or_default();
                if (camera.screen_from_map(view, last) - at).length() >= LEAST_STEP {
                    self.corners.push(place(at));
                }
                if self.corners.len() > MAX_CORNERS {
                    self.corners = self.corners.iter().step_by(2).copied().collect();
                }
            }
        }
        if !response.drag_stopped() {
            return None;
        }
        let corners = std::mem::take(&mut self.corners);
        match (tool, corners.as_slice()) {
            (Tool::Box, [a, b]) => Some(vec![*a, [b[0], a[1]], *b, [a[0], b[1]]]),
            (Tool::Box, _) => None,
            _ => (corners.len() >= 3).then_some(corners),
        }
    }

    /// Closes an outline set corner by corner.
    pub(crate) fn close_polygon(&mut self) -> Option<Vec<[f32; 2]>> {
        let mut corners = std::mem::take(&mut self.corners);
        // A double click sets its corner twice.
        corners.dedup();
        (corners.len() >= 3).then_some(corners)
    }

    /// Draws the outline as far as it is.
    pub(crate) fn draw(
        &self,
        painter: &Painter,
        tool: Tool,
        camera: &Camera,
        view: Rect,
        p: &Palette,
    ) {
        let at = |c: &[f32; 2]| camera.screen_from_map(view, *c);
        if let (Tool::Box, [a, b]) = (tool, self.corners.as_slice()) {
            let rect = Rect::from_two_pos(at(a), at(b));
            dashed(painter, &closed(&rect_corners(rect)), p);
            return;
        }
        let mut line: Vec<Pos2> = self.corners.iter().map(at).collect();
        if tool == Tool::Polygon {
            for q in &line {
                painter.circle_filled(*q, 3.0, p.ink);
            }
            if let Some(pointer) = painter.ctx().input(|i| i.pointer.hover_pos()) {
                line.push(pointer);
            }
        }
        dashed(painter, &line, p);
    }
}

fn rect_corners(r: Rect) -> [Pos2; 4] {
    [
        r.left_top(),
        r.right_top(),
        r.right_bottom(),
        r.left_bottom(),
    ]
}

fn closed(corners: &[Pos2]) -> Vec<Pos2> {
    corners.iter().chain(corners.first()).copied().collect()
}

fn dashed(painter: &Painter, line: &[Pos2], p: &Palette) {
    if line.len() > 1 {
        // A light line under the dark dashes, so that it shows on every color.
        painter.add(Shape::line(line.to_vec(), Stroke::new(3.0, p.ground)));
        painter.extend(Shape::dashed_line(line, Stroke::new(1.5, p.ink), 5.0, 4.0));
    }
}

/// Draws the outlines of the selection.
pub(crate) fn draw_selection(
    painter: &Painter,
    cx: &Cx<'_>,
    camera: &Camera,
    view: Rect,
    p: &Palette,
) {
    for (_, what) in &cx.shared.desk.selection.steps {
        if let Selected::Outline(corners) = what {
            let line: Vec<Pos2> = corners
                .iter()
                .map(|c| camera.screen_from_map(view, *c))
                .collect();
            dashed(painter, &closed(&line), p);
        }
    }
}

/// Selects what an outline holds; with Shift as well, with Alt less, with both of it only.
pub(crate) fn select(ctx: &Context, cx: &mut Cx<'_>, corners: Vec<[f32; 2]>) {
    select_what(ctx, cx, Selected::Outline(corners));
}

/// Selects documents, whatever names them, as [`select`] does.
pub(crate) fn select_what(ctx: &Context, cx: &mut Cx<'_>, what: Selected) {
    let (shift, alt) = ctx.input(|i| (i.modifiers.shift, i.modifiers.alt));
    let mode = match (shift, alt) {
        (false, false) => SelectMode::Replace,
        (true, false) => SelectMode::Add,
        (false, true) => SelectMode::Subtract,
        (true, true) => SelectMode::Intersect,
    };
    let Some(map) = &cx.input.snapshot.map else {
        return;
    };
    let selection = &mut cx.shared.desk.selection;
    if selection.layout != map.layout {
        *selection = crate::domain::filter::Selection {
            layout: map.layout.clone(),
            ..Default::default()
        };
    }
    let mode = if selection.is_empty() && mode == SelectMode::Add {
        SelectMode::Replace
    } else {
        mode
    };
    if !selection.is_empty() || mode == SelectMode::Replace {
        selection.push(mode, what);
    }
    cx.shared.inspector_open = true;
    cx.clear_doc();
}
