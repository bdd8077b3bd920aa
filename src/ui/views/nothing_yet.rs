//! What a view shows while the pipeline has not come so far: why, and the step that helps.

use egui::Ui;

use crate::snapshot::model::NextStep;
use crate::ui::widgets::{self, Look};
use crate::ui::{Command, Cx, View};

/// Draws the reason and the button; `can_run` is the reason once the pipeline can run, `before` as long as
/// there is nothing that it could run on.
pub(super) fn nothing_yet_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    head: &str,
    can_run: &str,
    before: &str,
) {
    let ready =
        cx.input.project_open && matches!(cx.input.snapshot.next_step, NextStep::Run { .. });
    widgets::empty(ui, head, if ready { can_run } else { before });
    ui.vertical_centered(|ui| {
        if ready {
            let idle = cx.input.progress.is_none();
            let name = "Run the pipeline";
            if widgets::action(ui, name, Some("Ctrl Enter"), Look::Primary, idle).clicked() {
                cx.send(Command::RunPipeline);
            }
        } else if widgets::action(ui, "Go to Start", Some("1"), Look::Primary, true).clicked() {
            cx.shared.view = View::Start;
        }
    });
}
