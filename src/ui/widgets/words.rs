//! Text: one line that is cut with an ellipsis, cells, headings.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Response, RichText, Sense, Ui, Vec2,
};

use crate::ui::theme::{self, Palette};

/// Lays text out in at most `max_rows` rows of `max_width` points; what does not fit ends in an ellipsis.
pub fn wrapped(
    painter: &Painter,
    text: &str,
    font: FontId,
    color: Color32,
    max_width: f32,
    max_rows: usize,
) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text.to_owned(), TextFormat::simple(font, color));
    job.wrap = TextWrapping {
        max_width: max_width.max(8.0),
        max_rows,
        break_anywhere: max_rows == 1,
        overflow_character: Some('…'),
    };
    painter.layout_job(job)
}

/// Lays text out in one row.
pub fn one_line(
    painter: &Painter,
    text: &str,
    font: FontId,
    color: Color32,
    max_width: f32,
) -> Arc<Galley> {
    // A line break inside a headline would start a second row.
    if text.contains(['\n', '\r', '\t']) {
        let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        return wrapped(painter, &flat, font, color, max_width, 1);
    }
    wrapped(painter, text, font, color, max_width, 1)
}

/// Writes one line into a rectangle, aligned and cut to it; returns where the text stands.
pub fn cell(
    painter: &Painter,
    rect: Rect,
    align: Align2,
    text: &str,
    font: FontId,
    color: Color32,
) -> Rect {
    let galley = one_line(painter, text, font, color, rect.width());
    let at = align.align_size_within_rect(galley.size(), rect);
    painter.galley(at.min, galley, color);
    at
}

/// Writes one line beginning at a point; returns where it ends.
pub fn line(
    painter: &Painter,
    at: Pos2,
    text: &str,
    font: FontId,
    color: Color32,
    max_width: f32,
) -> f32 {
    let galley = one_line(painter, text, font, color, max_width);
    let end = at.x + galley.size().x;
    painter.galley(at, galley, color);
    end
}

/// A title of a view or an inspector.
pub fn title(ui: &mut Ui, text: &str) -> Response {
    let p = Palette::of(ui);
    ui.add(
        egui::Label::new(
            RichText::new(text)
                .font(theme::strong(theme::TITLE))
                .color(p.ink),
        )
        .wrap(),
    )
}

/// A line in the second voice.
pub fn caption(ui: &mut Ui, text: &str) -> Response {
    let p = Palette::of(ui);
    ui.add(
        egui::Label::new(
            RichText::new(text)
                .font(theme::regular(theme::BODY))
                .color(p.secondary),
        )
        .wrap(),
    )
}

/// The heading of a part of an inspector, with room above it.
pub fn section(ui: &mut Ui, text: &str) -> Response {
    let p = Palette::of(ui);
    ui.add_space(3.0 * theme::GRID);
    let response = ui.add(egui::Label::new(
        RichText::new(text)
            .font(theme::strong(theme::CAPTION))
            .color(p.secondary),
    ));
    ui.add_space(theme::GRID);
    response
}

/// Takes a row of a given height over the full width.
pub(crate) fn row(ui: &mut Ui, height: f32, sense: Sense) -> (Rect, Response) {
    ui.allocate_exact_size(Vec2::new(ui.available_width(), height), sense)
}

/// A name at the left and its value at the right, with a hairline below; a long value wraps.
pub fn fact_row(ui: &mut Ui, name: &str, value: &str) {
    let p = Palette::of(ui);
    let width = ui.available_width();
    let painter = ui.painter().clone();
    // A short value leaves the name its room; a long one wraps in three fifths of the width.
    let room = 0.6 * width;
    let right = wrapped(&painter, value, theme::regular(theme::BODY), p.ink, room, 4);
    let left_width = width - right.size().x - 12.0;
    let left = one_line(
        &painter,
        name,
        theme::regular(theme::BODY),
        p.secondary,
        left_width,
    );
    let (rect, _) = row(ui, (right.size().y + 8.0).max(25.0), Sense::hover());
    painter.galley(Pos2::new(rect.left(), rect.top() + 4.0), left, p.secondary);
    let at = Pos2::new(rect.right() - right.size().x, rect.top() + 4.0);
    painter.galley(at, right, p.ink);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, p.hair());
}

/// Says in the middle of a view that there is nothing yet, and why.
pub fn empty(ui: &mut Ui, head: &str, words: &str) {
    let p = Palette::of(ui);
    ui.add_space((0.3 * ui.available_height()).min(220.0));
    ui.vertical_centered(|ui| {
        ui.label(
            RichText::new(head)
                .font(theme::strong(theme::TITLE))
                .color(p.ink),
        );
        ui.add_space(4.0);
        ui.scope(|ui| {
            ui.set_max_width(460.0);
            ui.label(RichText::new(words).color(p.secondary));
        });
        ui.add_space(12.0);
    });
}
