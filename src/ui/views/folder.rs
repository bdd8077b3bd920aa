//! A field for the folder of a model or an adapter, with the button of the system's dialog beside it.

use egui::{Align2, TextEdit, Ui, vec2};

use crate::ui::theme::Palette;
use crate::ui::widgets::{self, Look};
use crate::ui::{Command, Cx, Purpose};

/// Draws the field and returns it; `hint` names it, `button` names what the dialog is for.
pub(super) fn folder_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    path: &mut String,
    (hint, button): (&str, &str),
    purpose: Purpose,
) -> egui::Response {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        let room = if cx.input.can_open_dialogs {
            112.0
        } else {
            16.0
        };
        let width = (ui.available_width() - room).clamp(96.0, 440.0);
        let field = ui
            .add(
                TextEdit::singleline(path)
                    .hint_text(egui::RichText::new(hint).color(p.secondary))
                    .margin(egui::Margin::symmetric(8, 6))
                    .align(Align2::LEFT_CENTER)
                    .min_size(vec2(0.0, 32.0))
                    .desired_width(width),
            )
            .accessible_name(hint);
        if cx.input.can_open_dialogs
            && widgets::action_named(ui, "Choose …", button, None, Look::Plain, true).clicked()
        {
            cx.send(Command::PickFolder { purpose });
        }
        field
    })
    .inner
}
