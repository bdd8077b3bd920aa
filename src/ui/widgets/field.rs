//! A line to write into.

use egui::{Margin, Response, RichText, TextEdit, Ui};

use crate::ui::theme::Palette;

/// Draws a line of `width` points to write into; `hint` stands in it while it is empty.
pub fn field(ui: &mut Ui, words: &mut String, name: &str, hint: &str, width: f32) -> Response {
    let p = Palette::of(ui);
    ui.add(
        TextEdit::singleline(words)
            .hint_text(RichText::new(hint).color(p.secondary))
            .margin(Margin::symmetric(8, 6))
            .desired_width(width),
    )
    .accessible_name(name)
}
