//! A field for a folder, with the button of the system's dialog beside it.

use egui::{Align2, TextEdit, Ui, vec2};

use crate::ui::theme::Palette;
use crate::ui::widgets::{self, Look};
use crate::ui::{Command, Cx, Purpose};

/// Draws the field and returns it; `hint` names it.
pub(super) fn folder_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    path: &mut String,
    hint: &str,
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
        folder_button_ui(ui, cx, purpose);
        field
    })
    .inner
}

/// Draws the button of the system's dialog, where the machine has one.
pub(super) fn folder_button_ui(ui: &mut Ui, cx: &mut Cx<'_>, purpose: Purpose) {
    let name = match purpose {
        Purpose::OpenProject => "Choose the folder of a project",
        Purpose::NewProject => "Choose the folder of the new project",
        Purpose::WriteReport => "Choose the folder of the report",
        Purpose::Model => "Choose the folder of the model",
        Purpose::Adapter => "Choose the folder of the adapter",
        Purpose::ExportJudgments => "Choose the folder of the tables",
        Purpose::ImportFiles => "Choose files",
    };
    if cx.input.can_open_dialogs
        && widgets::action_named(ui, "Choose …", name, None, Look::Plain, true).clicked()
    {
        cx.send(Command::PickFolder { purpose });
    }
}
