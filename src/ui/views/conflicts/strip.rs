//! A strip of stances from −1 to 1 with the dominant one.

use egui::{Align2, Rect, Sense, Stroke, Ui, pos2};

use super::derive::strip;
use crate::ui::theme::{self, Palette};
use crate::ui::widgets::{self, cell};

/// Draws stances from −1 to 1 as dots, the dominant one as a line, the deviating one as a ring.
pub(super) fn strip_ui(
    ui: &mut Ui,
    stances: &[f32],
    dominant: f32,
    deviating: Option<f32>,
    color: egui::Color32,
) {
    let p = Palette::of(ui);
    let (rect, _) = widgets::words::row(ui, 44.0, Sense::hover());
    let painter = ui.painter();
    let band = Rect::from_min_max(
        pos2(rect.left() + 6.0, rect.top()),
        pos2(rect.right() - 6.0, rect.bottom() - 16.0),
    );
    let x_of = |s: f32| band.left() + 0.5 * (s.clamp(-1.0, 1.0) + 1.0) * band.width();
    let y = band.center().y;
    painter.hline(band.x_range(), y, Stroke::new(1.0, p.faint));
    painter.vline(x_of(dominant), y - 9.0..=y + 9.0, Stroke::new(1.5, p.ink));
    for [s, level] in strip(stances) {
        painter.circle_filled(
            pos2(x_of(s), y + level * 12.0),
            2.2,
            color.gamma_multiply(0.75),
        );
    }
    if let Some(s) = deviating {
        painter.circle(pos2(x_of(s), y), 4.5, p.panel, Stroke::new(2.0, p.warning));
    }
    let below = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 16.0), rect.max);
    cell(
        painter,
        below,
        Align2::LEFT_CENTER,
        "opposes",
        theme::regular(theme::CAPTION),
        p.secondary,
    );
    cell(
        painter,
        below,
        Align2::RIGHT_CENTER,
        "supports",
        theme::regular(theme::CAPTION),
        p.secondary,
    );
}
