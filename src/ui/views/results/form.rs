//! The form that asks for an evaluation: folder of the model, adapter, methods.

use egui::{Ui, vec2};

use super::state::{ResultsState, evaluate};
use crate::domain::evaluation::Method;
use crate::snapshot::model::results::ResultsData;
use crate::ui::views::folder::folder_ui;
use crate::ui::widgets::{self, Look, caption, chip, section};
use crate::ui::{Command, Cx, Purpose};

/// Models offered by a button of their own; more are evaluated by the pipeline.
const MAX_BUTTONS: usize = 4;

/// Draws a button for each model that the project names and nobody has evaluated.
pub(super) fn waiting_ui(ui: &mut Ui, cx: &mut Cx<'_>, data: &ResultsData) {
    let idle = cx.input.progress.is_none();
    for (i, model) in data.waiting.iter().take(MAX_BUTTONS).enumerate() {
        let look = if i == 0 { Look::Primary } else { Look::Plain };
        if widgets::action(ui, &evaluate(model), None, look, idle).clicked() {
            cx.send(Command::Evaluate {
                model: model.clone(),
                adapter: String::new(),
                methods: Method::ALL.to_vec(),
            });
        }
    }
    let n_more = data.waiting.len().saturating_sub(MAX_BUTTONS);
    if n_more > 0 {
        caption(ui, &format!("and {n_more} more that the project names"));
    }
}

/// Draws the form.
pub(super) fn form_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ResultsState, head: &str) {
    section(ui, head);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        fields_ui(ui, cx, state);
    });
}

fn fields_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut ResultsState) {
    let field = folder_ui(
        ui,
        cx,
        &mut state.form.model,
        "Folder of the model",
        Purpose::Model,
    );
    if std::mem::take(&mut state.form.wants_focus) {
        field.scroll_to_me(None);
        field.request_focus();
    }
    folder_ui(
        ui,
        cx,
        &mut state.form.adapter,
        "Folder of an adapter, if any",
        Purpose::Adapter,
    );
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for method in Method::ALL {
            let name = format!("Ask by {}", method.name());
            let on = state.form.methods.contains(&method);
            if chip(ui, method.name(), &name, None, on, None).clicked() {
                state.form.toggle(method);
            }
        }
    });
    let idle = cx.input.progress.is_none();
    let complete = !state.form.model.trim().is_empty() && !state.form.methods.is_empty();
    ui.horizontal(|ui| {
        let clicked = widgets::action_named(
            ui,
            "Evaluate",
            "Evaluate the model of this folder",
            None,
            Look::Plain,
            idle && complete,
        )
        .clicked();
        if clicked {
            cx.send(Command::Evaluate {
                model: state.form.model.trim().to_owned(),
                adapter: state.form.adapter.trim().to_owned(),
                methods: state.form.methods.clone(),
            });
        }
        if !idle {
            caption(ui, "Another job is running.");
        }
    });
    caption(
        ui,
        "A folder in Hugging Face layout (safetensors), and LoRA adapters in PEFT layout. MC compares perplexities, AJ judges the model's own answers, Agree asks for agreement.",
    );
}
