//! What the program remembers between starts: recent projects, theme, the reviewer's name, whether the
//! tour was seen. No secrets.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Projects remembered.
const N_RECENT: usize = 8;

/// The settings file as written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Preferences {
    /// Folders of projects, newest first.
    pub recent_projects: Vec<String>,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// Who decides in reviews.
    pub reviewer: String,
    /// Whether the tour was taken or skipped.
    pub tour_seen: bool,
    /// Where they are kept; `None` where the system names no folder for preferences.
    #[serde(skip)]
    file: Option<PathBuf>,
}

impl Preferences {
    /// Reads the file of a folder; one that is missing or unreadable counts as empty.
    pub(super) fn read(folder: Option<&Path>) -> Self {
        let file = folder.map(|f| f.join("preferences.json"));
        let mut read: Self = file
            .as_ref()
            .and_then(|path| fs::read_to_string(path).ok())
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        read.file = file;
        if read.reviewer.is_empty() {
            read.reviewer = std::env::var("USER").unwrap_or_else(|_| "reviewer".to_owned());
        }
        read
    }

    /// Writes the file; a failure costs only the memory of this start.
    pub(super) fn write(&self) {
        let Some(path) = &self.file else { return };
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(path, text));
        drop(written);
    }

    /// Puts a project first in the list.
    pub(super) fn remember(&mut self, folder: &str) {
        self.recent_projects.retain(|f| f != folder);
        self.recent_projects.insert(0, folder.to_owned());
        self.recent_projects.truncate(N_RECENT);
        self.write();
    }

    /// Takes a project out of the list.
    pub(super) fn forget(&mut self, folder: &str) {
        self.recent_projects.retain(|f| f != folder);
        self.write();
    }
}

/// Returns the user's folder for preferences of this program.
pub(super) fn config_folder() -> Option<PathBuf> {
    let config = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".config")))?;
    Some(config.join("meridian"))
}

/// Returns the user's folder for projects.
pub fn data_folder() -> PathBuf {
    std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".local").join("share")))
        .unwrap_or_else(std::env::temp_dir)
        .join("meridian")
}
