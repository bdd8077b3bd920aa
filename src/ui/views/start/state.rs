//! What Start remembers between frames: the form of a new project and of an import.

use super::derive::{FileRow, add_files};
use crate::ui::Purpose;

/// What Start remembers.
#[derive(Debug, Default)]
pub struct StartState {
    pub(super) files: Vec<FileRow>,
    pub(super) path_field: String,
    pub(super) folder: String,
    pub(super) open_folder: String,
    pub(super) report_folder: String,
    pub(super) paper_preset: bool,
    pub(super) adding: bool,
    pub(super) reporting: bool,
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
            Purpose::Model | Purpose::Adapter => {}
            Purpose::ImportFiles => self.add_files(paths),
        }
    }

    /// Lists files to import.
    pub(crate) fn add_files(&mut self, paths: &[String]) {
        add_files(&mut self.files, paths);
        self.adding = true;
    }
}
