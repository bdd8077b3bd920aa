//! Two views beside each other: which they are, and where the hairline between them stands.
//!
//! `Shared::view` is always the one in use: it hears of keys and fills inspector and status bar. The other
//! comes into use by a click into it, or when it is opened. Both look at one filter and one selection.

use egui::{
    Align2, CursorIcon, Id, LayerId, Order, Rangef, Rect, Role, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};

use super::theme::{self, Palette};
use super::widgets::{action_small, cell};
use super::{Command, Cx, Shared, UiInput, View, Workbench};

/// Width of the narrowest pane, in points; a window with no room for two draws the one in use.
const LEAST_WIDTH: f32 = 320.0;

/// Height of the line over each of two panes that names its view.
const HEAD_HEIGHT: f32 = 28.0;

/// How near the hairline the pointer takes hold of it.
const GRIP: f32 = 4.0;

/// What stands beside the view in use, and how the two share the room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beside {
    /// The other view; never the one in use.
    pub other: Option<View>,
    /// Whether the view in use stands on the right.
    pub is_right: bool,
    /// Share of the width that the left view has.
    pub left_share: f32,
}

impl Default for Beside {
    fn default() -> Self {
        Self {
            other: None,
            is_right: false,
            left_share: 0.5,
        }
    }
}

/// What is remembered of the two between frames, besides which they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct BesideMemory {
    /// The view in use in the last frame.
    last: View,
    /// Where views are drawn.
    area: Rect,
    /// A view that is dragged from the rail.
    dragged: Option<View>,
}

impl Default for BesideMemory {
    fn default() -> Self {
        Self {
            last: View::default(),
            area: Rect::NOTHING,
            dragged: None,
        }
    }
}

impl Shared {
    /// Returns the view that stands beside the one in use, where there is room for it.
    pub(super) fn neighbor(&self) -> Option<View> {
        self.beside
            .other
            .filter(|_| holds_two(self.beside_memory.area.width()))
    }

    /// Tells whether a view is on screen, in use or beside the one in use.
    pub(super) fn is_on_screen(&self, view: View) -> bool {
        view == self.view || self.neighbor() == Some(view)
    }

    /// Tells whether there is room for two views, if need be where the inspector stands.
    pub(super) fn can_hold_two(&self) -> bool {
        let width = self.beside_memory.area.width() + self.inspector_drawn.unwrap_or(0.0);
        holds_two(width)
    }

    /// Opens a view on the right; the left one stays, and the inspector makes room where it must.
    pub(super) fn open_beside(&mut self, view: View) {
        if !holds_two(self.beside_memory.area.width()) {
            self.inspector_open = false;
        }
        let left = match self.beside.other {
            Some(other) if self.beside.is_right => other,
            _ => self.view,
        };
        if view != left {
            self.beside.other = Some(left);
            self.beside.is_right = true;
            self.beside_memory.last = view;
        }
        self.view = view;
        self.settle();
    }

    /// Closes one of two views.
    pub(super) fn close_beside(&mut self, closed: View) {
        if let Some(other) = self.beside.other.take()
            && closed == self.view
        {
            self.view = other;
        }
        self.beside_memory.last = self.view;
    }

    /// Keeps the two apart: opening the other one brings it into use.
    fn settle(&mut self) {
        let last = std::mem::replace(&mut self.beside_memory.last, self.view);
        if self.beside.other == Some(self.view) {
            self.beside.other = Some(last).filter(|l| *l != self.view);
            self.beside.is_right = !self.beside.is_right;
        }
    }
}

impl Cx<'_> {
    /// Follows a view that is dragged from the rail, where it can be opened beside.
    pub(super) fn drag_from_rail(&mut self, view: View, response: &egui::Response) {
        if response.dragged() {
            self.shared.beside_memory.dragged = Some(view).filter(|v| self.opens_beside(*v));
        }
        if response.drag_stopped()
            && let Some(view) = self.shared.beside_memory.dragged.take()
        {
            let at = response.ctx.input(|i| i.pointer.interact_pos());
            let target = right_half(self.shared.beside_memory.area);
            if at.is_some_and(|at| target.contains(at)) {
                self.shared.open_beside(view);
            }
        }
    }
}

/// Tells whether two views have room in a width.
fn holds_two(width: f32) -> bool {
    width >= 2.0 * LEAST_WIDTH
}

fn right_half(area: Rect) -> Rect {
    Rect::from_min_max(pos2(area.center().x, area.top()), area.max)
}

/// Returns the two panes, left and right, and where the hairline stands; `None` without room for both.
fn halves(area: Rect, left_share: f32) -> Option<([Rect; 2], f32)> {
    if !holds_two(area.width()) {
        return None;
    }
    let x = (area.left() + left_share * area.width())
        .clamp(area.left() + LEAST_WIDTH, area.right() - LEAST_WIDTH)
        .round();
    let left = Rect::from_min_max(area.min, pos2(x, area.bottom()));
    let right = Rect::from_min_max(pos2(x + 1.0, area.top()), area.max);
    Some(([left, right], x))
}

impl Workbench {
    /// Draws the view in use, and the other beside it.
    pub(super) fn views_ui(
        &mut self,
        ui: &mut Ui,
        input: &UiInput<'_>,
        commands: &mut Vec<Command>,
    ) {
        let area = ui.available_rect_before_wrap();
        let neighbor = self.shared.neighbor();
        self.shared.beside_memory.area = area;
        self.shared.settle();
        if self.shared.neighbor() != neighbor {
            // The rail, drawn before, marks it with the next frame.
            ui.ctx().request_repaint();
        }
        let beside = self.shared.beside;
        let Some((other, (rects, x))) = beside.other.zip(halves(area, beside.left_share)) else {
            self.pane_ui(ui, area, self.shared.view, input, commands);
            self.target_ui(ui);
            return;
        };
        let [of_other, _] = if beside.is_right {
            rects
        } else {
            [rects[1], rects[0]]
        };
        let pressed_at = ui.input(|i| {
            i.pointer
                .any_pressed()
                .then(|| i.pointer.interact_pos())
                .flatten()
        });
        let is_in_other = pressed_at.is_some_and(|at| {
            let layer = ui.ctx().layer_id_at(at);
            of_other.contains(at) && layer.is_none_or(|l| l == ui.layer_id())
        });
        if is_in_other {
            self.shared.view = other;
            self.shared.settle();
        }
        let in_use = self.shared.view;
        let beside = self.shared.beside;
        let other = beside.other.unwrap_or(in_use);
        let views = if beside.is_right {
            [other, in_use]
        } else {
            [in_use, other]
        };
        for (view, rect) in views.into_iter().zip(rects) {
            let head = Rect::from_min_size(rect.min, vec2(rect.width(), HEAD_HEIGHT));
            let body = Rect::from_min_max(pos2(rect.left(), head.bottom()), rect.max);
            self.pane_ui(ui, body, view, input, commands);
            self.head_ui(ui, head, view);
        }
        self.hairline_ui(ui, area, x);
        self.target_ui(ui);
    }

    fn pane_ui(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        view: View,
        input: &UiInput<'_>,
        commands: &mut Vec<Command>,
    ) {
        // Named after the view, so that it scrolls on where it was on whatever side it stands.
        let builder = UiBuilder::new().max_rect(rect).id_salt(view.name());
        let mut child = ui.new_child(builder);
        child.shrink_clip_rect(rect);
        self.view_ui(&mut child, view, input, commands);
    }

    fn head_ui(&mut self, ui: &mut Ui, rect: Rect, view: View) {
        let p = Palette::of(ui);
        let is_in_use = view == self.shared.view;
        ui.painter().rect_filled(rect, 0.0, p.panel);
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, p.hair());
        let (font, ink) = if is_in_use {
            (theme::strong(theme::BODY), p.ink)
        } else {
            (theme::regular(theme::BODY), p.secondary)
        };
        let words = rect.shrink2(vec2(16.0, 0.0));
        cell(
            ui.painter(),
            words,
            Align2::LEFT_CENTER,
            view.name(),
            font,
            ink,
        );
        let builder = UiBuilder::new()
            .max_rect(rect.shrink2(vec2(8.0, 0.0)))
            .id_salt(("head", view.name()))
            .layout(egui::Layout::right_to_left(egui::Align::Center));
        let mut child = ui.new_child(builder);
        let name = format!("Close {}", view.name());
        if action_small(&mut child, "×", &name, None).clicked() {
            self.shared.close_beside(view);
        }
    }

    fn hairline_ui(&mut self, ui: &mut Ui, area: Rect, x: f32) {
        let p = Palette::of(ui);
        let grip = Rect::from_x_y_ranges(Rangef::new(x - GRIP, x + GRIP), area.y_range());
        let response = ui.interact(grip, Id::unique("views hairline"), Sense::drag());
        let name = "Hairline between the views";
        response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, name));
        let is_held = response.dragged() || response.hovered();
        let stroke = if is_held {
            Stroke::new(1.0, p.secondary)
        } else {
            p.hair()
        };
        ui.painter().vline(x + 0.5, area.y_range(), stroke);
        if let Some(at) = response
            .interact_pointer_pos()
            .filter(|_| response.dragged())
        {
            let share = (at.x - area.left()) / area.width().max(1.0);
            self.shared.beside.left_share = share.clamp(0.1, 0.9);
        }
        response.on_hover_cursor(CursorIcon::ResizeHorizontal);
    }

    /// Shows where a view dragged from the rail would open.
    fn target_ui(&self, ui: &Ui) {
        let Some(view) = self.shared.beside_memory.dragged else {
            return;
        };
        let p = Palette::of(ui);
        let target = right_half(self.shared.beside_memory.area);
        let over = ui.input(|i| i.pointer.interact_pos().is_some_and(|q| target.contains(q)));
        let layer = LayerId::new(Order::Foreground, Id::unique("view target"));
        let painter = ui.ctx().layer_painter(layer);
        let rect = target.shrink(12.0);
        let (ground, line) = if over { (0.85, p.ink) } else { (0.5, p.faint) };
        painter.rect(
            rect,
            egui::CornerRadius::same(theme::CORNER),
            p.panel.gamma_multiply(ground),
            Stroke::new(1.5, line),
            StrokeKind::Inside,
        );
        let words = format!("Open {} beside", view.name());
        let font = theme::strong(theme::TITLE);
        cell(&painter, rect, Align2::CENTER_CENTER, &words, font, p.ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Shared {
        let mut shared = Shared {
            view: View::Map,
            ..Shared::default()
        };
        shared.settle();
        shared
    }

    /// The views from left to right.
    fn order(shared: &Shared) -> Vec<View> {
        match shared.beside.other {
            None => vec![shared.view],
            Some(other) if shared.beside.is_right => vec![other, shared.view],
            Some(other) => vec![shared.view, other],
        }
    }

    #[test]
    fn the_two_are_never_the_same() {
        let mut shared = shared();
        shared.open_beside(View::Map);
        assert_eq!(order(&shared), [View::Map]);
        shared.open_beside(View::Topics);
        assert_eq!(order(&shared), [View::Map, View::Topics]);
        // The left one is opened: it comes into use where it is.
        shared.view = View::Map;
        shared.settle();
        assert_eq!(shared.view, View::Map);
        assert_eq!(order(&shared), [View::Map, View::Topics]);
        // Another one takes the place of the one in use.
        shared.view = View::Results;
        shared.settle();
        assert_eq!(order(&shared), [View::Results, View::Topics]);
        // Beside means on the right, also when the right one is in use.
        shared.open_beside(View::Jobs);
        shared.open_beside(View::Map);
        assert_eq!(order(&shared), [View::Results, View::Map]);
        shared.open_beside(View::Results);
        assert_eq!(order(&shared), [View::Results, View::Map]);
        assert_eq!(shared.view, View::Results);
        shared.close_beside(View::Results);
        assert_eq!(order(&shared), [View::Map]);
    }

    #[test]
    fn the_inspector_makes_room_where_it_must() {
        let mut shared = shared();
        let inspector = 264.0;
        let mut in_window = |width: f32| {
            let area = vec2(width - 72.0 - inspector, 500.0);
            shared.beside_memory.area = Rect::from_min_size(pos2(72.0, 44.0), area);
            shared.inspector_drawn = Some(inspector);
            shared.inspector_open = true;
            shared.beside = Beside::default();
            if !shared.can_hold_two() {
                return None;
            }
            shared.open_beside(View::Topics);
            shared.view = View::Map;
            shared.settle();
            Some(shared.inspector_open)
        };
        assert_eq!(in_window(700.0), None);
        assert_eq!(in_window(900.0), Some(false));
        assert_eq!(in_window(1440.0), Some(true));
    }

    #[test]
    fn both_have_room_or_one_is_drawn() {
        let area = |width: f32| Rect::from_min_size(pos2(72.0, 44.0), vec2(width, 700.0));
        assert!(halves(area(2.0 * LEAST_WIDTH - 1.0), 0.5).is_none());
        for share in [0.0, 0.3, 0.5, 1.0] {
            let ([left, right], _) =
                halves(area(900.0), share).unwrap_or(([Rect::NOTHING; 2], 0.0));
            assert!(left.width() >= LEAST_WIDTH && right.width() >= LEAST_WIDTH - 1.0);
            assert!(right.left() > left.right());
        }
    }
}
