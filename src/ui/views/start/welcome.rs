//! Start without a project: a new one in three choices, or one to open.

use egui::{Align2, Role, Sense, Ui, WidgetInfo, vec2};

use super::derive::{file_name, missing};
use super::import::{files_ui, send_imports};
use super::state::{Field, StartState, forget};
use crate::ui::theme::{self, Palette};
use crate::ui::views::folder::folder_button_ui;
use crate::ui::widgets::{self, Look, caption, cell, chip, section, title};
use crate::ui::{Command, Cx, Purpose, RecentProject};

/// Draws Start while no project is open.
pub(super) fn welcome_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut StartState) {
    let p = Palette::of(ui);
    if cx.input.project_open {
        let words = format!("Back to {}", cx.input.snapshot.project.name);
        if widgets::action_small(ui, &words, &words, Some("Esc")).clicked() {
            state.elsewhere = false;
        }
        ui.add_space(8.0);
    }
    title(ui, "News of several nations, and the values they carry");
    caption(
        ui,
        "Meridian takes articles to value statements, shows where they conflict, and keeps every step in one project folder. Everything here works without a network.",
    );
    ui.add_space(20.0);
    let step = |ui: &mut Ui, n: &str, words: &str| {
        ui.horizontal(|ui| {
            ui.label(
                egui::RichText::new(n)
                    .font(theme::strong(theme::TITLE))
                    .color(p.faint),
            );
            ui.label(
                egui::RichText::new(words)
                    .font(theme::strong(theme::BODY))
                    .color(p.ink),
            );
        });
    };
    ui.label(
        egui::RichText::new("New project")
            .font(theme::strong(15.0))
            .color(p.ink),
    );
    ui.add_space(6.0);
    step(ui, "1", "Files, and their nation");
    files_ui(ui, cx, state);
    ui.add_space(10.0);
    step(ui, "2", "Preset");
    ui.horizontal_wrapped(|ui| {
        if chip(ui, "Quick", "Preset quick", None, !state.paper_preset, None).clicked() {
            state.paper_preset = false;
        }
        if chip(
            ui,
            "As in the paper",
            "Preset as in the paper",
            None,
            state.paper_preset,
            None,
        )
        .clicked()
        {
            state.paper_preset = true;
        }
        caption(
            ui,
            if state.paper_preset {
                "cluster sizes and rounds of the paper; wants large corpora"
            } else {
                "cluster sizes fitted to the corpus; minutes on two cores"
            },
        );
    });
    ui.add_space(10.0);
    step(ui, "3", "Folder");
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 130.0).clamp(160.0, 560.0);
        widgets::field(
            ui,
            &mut state.folder,
            "Folder of the new project",
            cx.input.default_folder,
            width,
        );
        folder_button_ui(ui, cx, Purpose::NewProject);
    });
    ui.add_space(8.0);
    let problem = missing(&state.files);
    ui.horizontal(|ui| {
        if widgets::action(
            ui,
            "Make the project and import",
            None,
            Look::Primary,
            problem.is_none(),
        )
        .clicked()
        {
            let folder = state.folder.trim();
            let folder = if folder.is_empty() {
                cx.input.default_folder
            } else {
                folder
            }
            .to_owned();
            let preset = if state.paper_preset { "paper" } else { "quick" }.to_owned();
            cx.send(Command::NewProject { folder, preset });
            send_imports(cx, state);
        }
        if let Some(words) = &problem {
            caption(ui, words);
        }
    });
    ui.add_space(24.0);
    ui.label(
        egui::RichText::new("Open a project")
            .font(theme::strong(15.0))
            .color(p.ink),
    );
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 220.0).clamp(160.0, 560.0);
        let response = widgets::field(
            ui,
            &mut state.open_folder,
            "Folder of a project",
            "Folder that holds project.sqlite",
            width,
        );
        state.focus_if_wanted(Field::Open, &response);
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        folder_button_ui(ui, cx, Purpose::OpenProject);
        let ready = !state.open_folder.trim().is_empty();
        let clicked =
            widgets::action_named(ui, "Open", "Open the project", None, Look::Plain, ready)
                .clicked();
        if ready && (clicked || entered) {
            cx.send(Command::OpenProject(state.open_folder.trim().to_owned()));
            state.elsewhere = false;
        }
    });
    recent_ui(ui, cx, state);
}

/// Draws the projects opened before; one that lies there no more says so and opens nothing.
fn recent_ui(ui: &mut Ui, cx: &mut Cx<'_>, state: &mut StartState) {
    let here = &cx.input.snapshot.project.folder;
    let recent = cx.input.recent_projects.iter();
    let others: Vec<_> = recent.filter(|r| r.folder != *here).collect();
    if others.is_empty() {
        return;
    }
    section(ui, "Opened before");
    for project in others {
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), 30.0),
            egui::Layout::right_to_left(egui::Align::Center),
            |ui| {
                let name = forget(&project.folder);
                if widgets::action_small(ui, "Take out", &name, None).clicked() {
                    cx.send(Command::ForgetProject(project.folder.clone()));
                }
                if recent_row_ui(ui, project) {
                    cx.send(Command::OpenProject(project.folder.clone()));
                    state.elsewhere = false;
                }
            },
        );
    }
}

/// Draws one project; tells whether it was clicked.
fn recent_row_ui(ui: &mut Ui, project: &RecentProject) -> bool {
    let p = Palette::of(ui);
    let (rect, clicked) = if project.is_there {
        let name = format!("Open {}", project.folder);
        let (rect, response) = widgets::link_row(ui, 30.0, &name, false);
        (rect, response.clicked())
    } else {
        let (rect, response) = widgets::words::row(ui, 30.0, Sense::hover());
        let name = format!("No project there any more: {}", project.folder);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, p.hair());
        (rect, false)
    };
    let (ink, second) = if project.is_there {
        (p.ink, p.secondary)
    } else {
        (p.faint, p.faint)
    };
    let painter = ui.painter();
    let left = Align2::LEFT_CENTER;
    let strong = theme::strong(theme::BODY);
    let body = theme::regular(theme::BODY);
    let name = file_name(project.folder.trim_end_matches('/'));
    let mut rest = rect;
    rest.min.x = cell(painter, rest, left, name, strong, ink).right() + 10.0;
    if !project.is_there {
        let words = "no project there any more";
        let right = Align2::RIGHT_CENTER;
        let small = theme::regular(theme::CAPTION);
        let end = cell(painter, rest, right, words, small, p.warning);
        rest.max.x = end.left() - 10.0;
    }
    if rest.width() > 40.0 {
        cell(painter, rest, left, &project.folder, body, second);
    }
    clicked
}
