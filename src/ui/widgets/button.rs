//! Buttons, chips, key caps and rows that lead somewhere. Each has an accessible name.

use egui::{
    Align2, Color32, CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2,
};

use super::icon::{Icon, icon};
use super::mark::mark;
use super::words::{cell, one_line};
use crate::ui::theme::{self, Mark, Palette};

/// How loud a button is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The next sensible thing: ink.
    Primary,
    /// Any other.
    Plain,
}

/// A button with the key that does the same beside its words.
pub fn action(ui: &mut Ui, text: &str, key: Option<&str>, look: Look, enabled: bool) -> Response {
    action_named(ui, text, text, key, look, enabled)
}

/// A button whose accessible name says more than its words.
pub fn action_named(
    ui: &mut Ui,
    text: &str,
    name: &str,
    key: Option<&str>,
    look: Look,
    enabled: bool,
) -> Response {
    let p = Palette::of(ui);
    let font = theme::strong(theme::BODY);
    let galley = one_line(ui.painter(), text, font.clone(), p.ink, 420.0);
    let key_width = key.map_or(0.0, |k| key_cap_width(ui, k) + 8.0);
    let size = Vec2::new(galley.size().x + key_width + 24.0, 32.0);
    let sense = if enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    let name = name.to_owned();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, &name));
    if ui.is_rect_visible(rect) {
        let hovered = enabled && response.hovered();
        let (fill, stroke, ink) = match (look, enabled) {
            (Look::Primary, true) => {
                let fill = if hovered {
                    p.ink.lerp_to_gamma(p.panel, 0.14)
                } else {
                    p.ink
                };
                (fill, Stroke::new(1.0, fill), p.panel)
            }
            (_, true) => (
                if hovered { p.selected } else { p.panel },
                if hovered {
                    Stroke::new(1.0, p.faint)
                } else {
                    p.hair()
                },
                p.ink,
            ),
            (_, false) => (p.ground, p.hair(), p.faint),
        };
        let painter = ui.painter();
        painter.rect(
            rect,
            CornerRadius::same(theme::CORNER),
            fill,
            stroke,
            StrokeKind::Inside,
        );
        focus_ring(ui, &response, rect);
        let painter = ui.painter();
        let text_rect = Rect::from_min_max(pos2(rect.left() + 12.0, rect.top()), rect.max);
        let end = cell(painter, text_rect, Align2::LEFT_CENTER, text, font, ink);
        if let Some(key) = key {
            let at = pos2(end.right() + 8.0, rect.center().y);
            draw_key_cap(ui, at, key, ink, p.hairline.lerp_to_gamma(ink, 0.25));
        }
    }
    response.on_hover_cursor(if enabled {
        egui::CursorIcon::PointingHand
    } else {
        egui::CursorIcon::Default
    })
}

/// Draws a ring around what the keyboard is on.
pub(crate) fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let p = Palette::of(ui);
        ui.painter().rect_stroke(
            rect.expand(2.0),
            CornerRadius::same(theme::CORNER + 2),
            Stroke::new(1.0, p.secondary),
            StrokeKind::Outside,
        );
    }
}

fn key_cap_width(ui: &Ui, key: &str) -> f32 {
    let p = Palette::of(ui);
    one_line(
        ui.painter(),
        key,
        theme::regular(theme::CAPTION),
        p.ink,
        100.0,
    )
    .size()
    .x + 10.0
}

fn draw_key_cap(
    ui: &Ui,
    left_middle: egui::Pos2,
    key: &str,
    ink: Color32,
    border: Color32,
) -> Rect {
    let size = Vec2::new(key_cap_width(ui, key).max(18.0), 18.0);
    let rect = Rect::from_min_size(pos2(left_middle.x, left_middle.y - 9.0), size);
    let painter = ui.painter();
    painter.rect_stroke(
        rect,
        CornerRadius::same(3),
        Stroke::new(1.0, border),
        StrokeKind::Inside,
    );
    cell(
        painter,
        rect,
        Align2::CENTER_CENTER,
        key,
        theme::regular(theme::CAPTION),
        ink,
    );
    rect
}

/// Draws a key cap at the left of a rectangle; it answers nothing.
pub(crate) fn key_cap_in(ui: &Ui, rect: Rect, key: &str) {
    let p = Palette::of(ui);
    let at = pos2(rect.left(), rect.center().y);
    draw_key_cap(ui, at, key, p.secondary, p.hairline);
}

/// A key cap by itself.
pub fn key_cap(ui: &mut Ui, key: &str) -> Response {
    let p = Palette::of(ui);
    let size = Vec2::new(key_cap_width(ui, key).max(18.0), 20.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    draw_key_cap(
        ui,
        pos2(rect.left(), rect.center().y),
        key,
        p.secondary,
        p.hairline,
    );
    response
}

/// A pill that is on or off, with a nation's mark or a key.
pub fn chip(
    ui: &mut Ui,
    text: &str,
    name: &str,
    sign: Option<(Mark, Color32)>,
    on: bool,
    key: Option<&str>,
) -> Response {
    let p = Palette::of(ui);
    let font = if on {
        theme::strong(theme::BODY)
    } else {
        theme::regular(theme::BODY)
    };
    // As wide as its strong letters, so that nothing moves when it is switched on.
    let galley = one_line(ui.painter(), text, theme::strong(theme::BODY), p.ink, 320.0);
    let key_width = key.map_or(0.0, |k| key_cap_width(ui, k).max(18.0) + 6.0);
    let sign_width = if sign.is_some() { 15.0 } else { 0.0 };
    let size = Vec2::new(galley.size().x + sign_width + key_width + 20.0, 26.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let name = name.to_owned();
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, &name));
    if ui.is_rect_visible(rect) {
        let stroke = if on {
            Stroke::new(1.0, p.ink)
        } else if response.hovered() {
            Stroke::new(1.0, p.faint)
        } else {
            p.hair()
        };
        let painter = ui.painter();
        painter.rect(
            rect,
            CornerRadius::same(13),
            p.panel,
            stroke,
            StrokeKind::Inside,
        );
        focus_ring(ui, &response, rect);
        let painter = ui.painter();
        let font_width = one_line(painter, text, font.clone(), p.ink, 320.0).size().x;
        // Regular letters are narrower than strong ones; what is left over is shared by both sides.
        let mut left = rect.left() + 10.0 + 0.5 * (galley.size().x - font_width).max(0.0);
        if let Some((shape, color)) = sign {
            mark(
                painter,
                pos2(left + 4.0, rect.center().y),
                shape,
                color,
                4.0,
            );
            left += sign_width;
        }
        let text_rect = Rect::from_min_max(pos2(left, rect.top()), rect.max);
        let ink = if on { p.ink } else { p.secondary };
        let end = cell(painter, text_rect, Align2::LEFT_CENTER, text, font, ink);
        if let Some(key) = key {
            draw_key_cap(
                ui,
                pos2(end.right() + 6.0, rect.center().y),
                key,
                p.secondary,
                p.hairline,
            );
        }
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A row over the full width that answers a click; draws only its ground and hairline.
pub fn link_row(ui: &mut Ui, height: f32, name: &str, selected: bool) -> (Rect, Response) {
    let p = Palette::of(ui);
    let (rect, response) = super::words::row(ui, height, Sense::click());
    let name = name.to_owned();
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &name));
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        if selected || response.hovered() || response.has_focus() {
            let fill = if selected {
                p.selected
            } else {
                p.selected.gamma_multiply(0.6)
            };
            painter.rect_filled(rect.expand2(Vec2::new(8.0, 0.0)), 0.0, fill);
        }
        if selected {
            let edge = Rect::from_min_size(
                pos2(rect.left() - 8.0, rect.top()),
                Vec2::new(3.0, rect.height()),
            );
            painter.rect_filled(edge, 0.0, p.ink);
        }
        painter.hline(rect.x_range(), rect.bottom() - 0.5, p.hair());
    }
    (
        rect,
        response.on_hover_cursor(egui::CursorIcon::PointingHand),
    )
}

/// Height of [`check_row`].
pub const CHECK_ROW: f32 = 24.0;

/// A value that is ticked or not, with a number at its right.
pub fn check_row(ui: &mut Ui, text: &str, name: &str, number: &str, on: bool) -> Response {
    let p = Palette::of(ui);
    let (rect, response) = super::words::row(ui, CHECK_ROW, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, name));
    if ui.is_rect_visible(rect) {
        let painter = ui.painter();
        if response.hovered() {
            painter.rect_filled(rect.expand2(Vec2::new(4.0, 0.0)), 3.0, p.selected);
        }
        let middle = pos2(rect.left() + 7.0, rect.center().y);
        let tick = Rect::from_center_size(middle, Vec2::splat(14.0));
        let (fill, edge) = if on {
            (p.ink, p.ink)
        } else {
            (p.panel, p.faint)
        };
        painter.rect(
            tick,
            CornerRadius::same(3),
            fill,
            Stroke::new(1.0, edge),
            StrokeKind::Inside,
        );
        if on {
            icon(painter, tick, Icon::Check, p.panel);
        }
        focus_ring(ui, &response, tick);
        let font = theme::regular(theme::BODY);
        let number = cell(
            ui.painter(),
            rect,
            Align2::RIGHT_CENTER,
            number,
            font.clone(),
            p.secondary,
        );
        let words = Rect::from_min_max(
            pos2(tick.right() + 8.0, rect.top()),
            pos2(number.left() - 8.0, rect.bottom()),
        );
        cell(ui.painter(), words, Align2::LEFT_CENTER, text, font, p.ink);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A small button in the second voice, for the corner of a panel.
pub fn action_small(ui: &mut Ui, text: &str, name: &str, key: Option<&str>) -> Response {
    action_within(ui, text, name, key, 272.0)
}

/// Draws [`action_small`] in `most` points at most; words that are longer end in dots.
pub fn action_within(
    ui: &mut Ui,
    text: &str,
    name: &str,
    key: Option<&str>,
    most: f32,
) -> Response {
    let p = Palette::of(ui);
    let font = theme::regular(theme::CAPTION);
    let key_width = key.map_or(0.0, |k| key_cap_width(ui, k).max(18.0) + 6.0);
    let width = (most - key_width - 8.0).max(40.0);
    let galley = one_line(ui.painter(), text, font.clone(), p.secondary, width);
    let (rect, response) = ui.allocate_exact_size(
        Vec2::new(galley.size().x + key_width + 8.0, 22.0),
        Sense::click(),
    );
    let name = name.to_owned();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if ui.is_rect_visible(rect) {
        if response.hovered() {
            ui.painter().rect_filled(rect, 4.0, p.selected);
        }
        focus_ring(ui, &response, rect);
        let mut left = rect.left() + 4.0;
        if let Some(key) = key {
            let cap = draw_key_cap(
                ui,
                pos2(left, rect.center().y),
                key,
                p.secondary,
                p.hairline,
            );
            left = cap.right() + 6.0;
        }
        let ink = if response.hovered() {
            p.ink
        } else {
            p.secondary
        };
        let words = Rect::from_min_max(pos2(left, rect.top()), rect.max);
        cell(ui.painter(), words, Align2::LEFT_CENTER, text, font, ink);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}
