//! Forms of Start: files with their nation and source, the folder of a report.

use egui::Ui;

use super::derive::{FileRow, add_files, file_name, imports, missing};
use super::state::{Field, StartState};
use crate::domain::corpus::Nation;
use crate::ui::theme::{self, Mark, Palette};
use crate::ui::views::folder::folder_button_ui;
use crate::ui::widgets::{self, Look, caption, cell, chip, section};
use crate::ui::{Command, Cx, Purpose};

/// Draws the list of files and the field that adds to it.
pub(super) fn files_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut StartState) {
    let width = ui.available_width();
    let mut gone = None;
    for (i, file) in state.files.iter_mut().enumerate() {
        if file_ui(ui, i, file, width) {
            gone = Some(i);
        }
    }
    if let Some(i) = gone {
        state.files.remove(i);
    }
    ui.horizontal(|ui| {
        let buttons = if cx.input.can_open_dialogs {
            190.0
        } else {
            70.0
        };
        let response = widgets::field(
            ui,
            &mut state.path_field,
            "Path of a file",
            "Path of a news file: .jsonl .json .csv .tsv, also .gz .zst",
            (width - buttons).clamp(120.0, 560.0),
        );
        state.focus_if_wanted(Field::Path, &response);
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let some = !state.path_field.trim().is_empty();
        let clicked =
            widgets::action_named(ui, "Add", "Add the file", None, Look::Plain, some).clicked();
        if some && (clicked || entered) {
            add_files(&mut state.files, &[std::mem::take(&mut state.path_field)]);
        }
        if cx.input.can_open_dialogs
            && widgets::action(ui, "Choose files …", None, Look::Plain, true).clicked()
        {
            cx.send(Command::PickFiles {
                purpose: Purpose::ImportFiles,
            });
        }
    });
    caption(
        ui,
        "Or drop files onto the window. Columns are recognized by their names; a bad row is set aside with its reason and stops nothing.",
    );
}

/// Draws one file; tells whether it should leave the list.
fn file_ui(ui: &mut Ui, i: usize, file: &mut FileRow, width: f32) -> bool {
    let mut gone = false;
    let size = egui::vec2(width, 32.0);
    let row = egui::Layout::left_to_right(egui::Align::Center);
    ui.push_id(("file", i), |ui| {
        if width > 860.0 {
            ui.allocate_ui_with_layout(size, row, |ui| {
                name_ui(ui, file, 0.28 * width);
                nation_ui(ui, file);
                gone = outlet_ui(ui, file);
            });
        } else {
            ui.allocate_ui_with_layout(size, row, |ui| {
                name_ui(ui, file, width - 280.0);
                gone = outlet_ui(ui, file);
            });
            ui.allocate_ui_with_layout(size, row, |ui| nation_ui(ui, file));
            ui.add_space(6.0);
        }
    });
    gone
}

fn name_ui(ui: &mut Ui, file: &FileRow, width: f32) {
    let p = Palette::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(egui::vec2(width.max(120.0), 32.0), egui::Sense::hover());
    let name = file_name(&file.path);
    cell(
        ui.painter(),
        rect,
        egui::Align2::LEFT_CENTER,
        name,
        theme::strong(theme::BODY),
        p.ink,
    );
    response.on_hover_text(&file.path);
}

fn nation_ui(ui: &mut Ui, file: &mut FileRow) {
    let p = Palette::of(ui);
    ui.spacing_mut().item_spacing.x = 6.0;
    let name = file_name(&file.path).to_owned();
    for nation in Nation::FIVE {
        let on = file.nation == nation.code();
        let sign = Some((Mark::of(nation), p.nation(nation)));
        if chip(
            ui,
            nation.code(),
            &format!("{name} is from {}", nation.name()),
            sign,
            on,
            None,
        )
        .clicked()
        {
            file.nation = if on {
                String::new()
            } else {
                nation.code().to_owned()
            };
        }
    }
    widgets::field(
        ui,
        &mut file.nation,
        &format!("Nation of {name}"),
        "in rows",
        84.0,
    );
}

fn outlet_ui(ui: &mut Ui, file: &mut FileRow) -> bool {
    let name = file_name(&file.path).to_owned();
    widgets::field(
        ui,
        &mut file.source,
        &format!("Outlet of {name}"),
        "Outlet, if no column",
        176.0,
    );
    widgets::action_small(ui, "Take out", &format!("Take {name} out"), None).clicked()
}

/// Draws the import of more files.
pub(super) fn import_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut StartState) {
    section(ui, "Files to import");
    files_ui(ui, cx, state);
    ui.add_space(4.0);
    let problem = missing(&state.files);
    ui.horizontal(|ui| {
        let ready = problem.is_none() && cx.input.progress.is_none();
        if widgets::action(ui, "Import", None, Look::Primary, ready).clicked() {
            send_imports(cx, state);
        }
        if cx.input.snapshot.totals.n_docs > 0
            && widgets::action_small(ui, "Not now", "Close the import", Some("Esc")).clicked()
        {
            state.adding = false;
            state.files.clear();
        }
        if let Some(words) = problem.filter(|_| !state.files.is_empty()) {
            caption(ui, &words);
        }
    });
}

/// Asks for one import per nation and source.
pub(super) fn send_imports(cx: &mut Cx<'_>, state: &mut StartState) {
    for (nation, source, paths) in imports(&state.files) {
        cx.send(Command::ImportFiles {
            paths,
            nation,
            source,
        });
    }
    state.files.clear();
    state.adding = false;
}

/// Draws where the report goes.
pub(super) fn report_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut StartState) {
    section(ui, "Report");
    caption(
        ui,
        "One web page with all figures, and the same as separate files.",
    );
    if state.report_folder.is_empty() {
        state.report_folder = format!(
            "{}/report",
            cx.input.snapshot.project.folder.trim_end_matches('/')
        );
    }
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 280.0).clamp(160.0, 560.0);
        let response = widgets::field(
            ui,
            &mut state.report_folder,
            "Folder of the report",
            "Folder",
            width,
        );
        state.focus_if_wanted(Field::Report, &response);
        folder_button_ui(ui, cx, Purpose::WriteReport);
        let ready = !state.report_folder.trim().is_empty();
        if widgets::action_named(ui, "Write", "Write the report", None, Look::Primary, ready)
            .clicked()
        {
            cx.send(Command::WriteReport {
                folder: state.report_folder.trim().to_owned(),
            });
            state.reporting = false;
        }
        if widgets::action_small(ui, "Not now", "Close the report", Some("Esc")).clicked() {
            state.reporting = false;
        }
    });
}
