//! A line to write into.

use egui::{Margin, Response, RichText, TextEdit, Ui};

use crate::ui::theme::Palette;

/// Space left and right of the words, in points.
const SIDE: f32 = 8.0;

/// Draws a line of `width` points to write into; `hint` stands in it while it is empty.
pub fn field(ui: &mut Ui, words: &mut String, name: &str, hint: &str, width: f32) -> Response {
    let p = Palette::of(ui);
    ui.add(
        TextEdit::singleline(words)
            .hint_text(RichText::new(hint).color(p.secondary))
            .margin(Margin::symmetric(SIDE as i8, 6))
            .desired_width(width - 2.0 * SIDE),
    )
    .accessible_name(name)
}
