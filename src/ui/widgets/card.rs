//! The ground of what lies over a view: legend, strip of months, cards.

use egui::{CornerRadius, Painter, Rect, StrokeKind};

use crate::ui::theme::{self, Palette};

/// Draws a card.
pub fn card(painter: &Painter, rect: Rect, p: &Palette) {
    let corner = CornerRadius::same(theme::CORNER);
    painter.rect(rect, corner, p.panel, p.hair(), StrokeKind::Inside);
}
