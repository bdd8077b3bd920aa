//! What Start remembers between frames: the form of a new project and of an import. And what its keys do.

use egui::Key;

use super::derive::{FileRow, add_files, missing};
use super::import::send_imports;
use crate::ui::binding::{Binding, Bound};
use crate::ui::{Command, Cx, Purpose};

/// A field of Start that a key puts the cursor into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// The path of a file to import.
    Path,
    /// The folder of a project to open.
    Open,
    /// The folder of the report.
    Report,
}

/// What Start remembers.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches that do not hang together"
)]
pub struct StartState {
    pub(super) files: Vec<FileRow>,
    pub(super) path_field: String,
    pub(super) folder: String,
    pub(super) open_folder: String,
    pub(super) report_folder: String,
    pub(super) paper_preset: bool,
    pub(super) adding: bool,
    pub(super) reporting: bool,
    /// The forms that make or open a project stand in place of the open one.
    pub(super) elsewhere: bool,
    pub(super) wants_field: Option<Field>,
}

impl StartState {
    /// Takes the answer of a file dialog.
    pub(crate) fn picked(&mut self, purpose: Purpose, paths: &[String]) {
        let first = paths.first().cloned();
        match purpose {
            Purpose::OpenProject => self.open_folder = first.unwrap_or_default(),
            Purpose::NewProject => self.folder = first.unwrap_or_default(),
            Purpose::WriteReport => self.report_folder = first.unwrap_or_default(),
            // Fields of Results and Align.
            Purpose::Model | Purpose::Adapter | Purpose::ExportJudgments => {}
            Purpose::ImportFiles => self.add_files(paths),
        }
    }

    /// Lists files to import.
    pub(crate) fn add_files(&mut self, paths: &[String]) {
        add_files(&mut self.files, paths);
        self.adding = true;
    }

    /// Shows the forms that make or open a project.
    pub(super) fn go_elsewhere(&mut self, cx: &Cx<'_>, field: Field) {
        self.elsewhere = cx.input.project_open;
        self.wants_field = Some(field);
    }

    /// Puts the cursor into a field that a key asked for, once it is drawn.
    pub(super) fn focus_if_wanted(&mut self, field: Field, response: &egui::Response) {
        if self.wants_field == Some(field) {
            self.wants_field = None;
            response.scroll_to_me(None);
            response.request_focus();
        }
    }

    /// Closes the form that was opened last; tells whether there was one.
    pub(crate) fn step_back(&mut self) -> bool {
        let forms = [&mut self.elsewhere, &mut self.reporting, &mut self.adding];
        forms.into_iter().any(std::mem::take)
    }
}

impl Bound for StartState {
    const BINDINGS: &'static [Binding<Self>] = &[
        Binding::<Self>::plain("Import files", "F", Key::F, |start, _, _| {
            start.elsewhere = false;
            start.adding = true;
            start.wants_field = Some(Field::Path);
        }),
        Binding::<Self>::unbound("Choose files to import", |start, _, cx| {
            start.elsewhere = false;
            start.adding = true;
            cx.send(Command::PickFiles {
                purpose: Purpose::ImportFiles,
            });
        })
        .when(|_, cx| cx.input.can_open_dialogs),
        Binding::<Self>::unbound("Import the listed files", |start, _, cx| {
            send_imports(cx, start);
        })
        .when(|start, cx| {
            let idle = cx.input.project_open && cx.input.progress.is_none();
            idle && !start.elsewhere && missing(&start.files).is_none()
        }),
        Binding::<Self>::plain("Write the report", "W", Key::W, |start, _, _| {
            start.elsewhere = false;
            start.reporting = true;
            start.wants_field = Some(Field::Report);
        })
        .when(|_, cx| cx.input.project_open && cx.input.snapshot.totals.n_docs > 0),
        Binding::<Self>::plain("Open a project", "O", Key::O, |start, _, cx| {
            start.go_elsewhere(cx, Field::Open);
        }),
        Binding::<Self>::plain("Make a new project", "N", Key::N, |start, _, cx| {
            start.go_elsewhere(cx, Field::Path);
        }),
    ];

    fn choices(&self, cx: &Cx<'_>) -> Vec<String> {
        let recent = cx.input.recent_projects.iter();
        recent.map(|r| forget(&r.folder)).collect()
    }

    fn choose(&mut self, name: &str, cx: &mut Cx<'_>) {
        let recent = cx.input.recent_projects;
        if let Some(project) = recent.iter().find(|r| forget(&r.folder) == name) {
            cx.send(Command::ForgetProject(project.folder.clone()));
        }
    }
}

/// Returns what the button beside a project opened before does.
pub(super) fn forget(folder: &str) -> String {
    format!("Take {folder} out of the list of projects")
}
