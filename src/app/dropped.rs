//! Tells a project from news files among what was dropped onto the window or named in it. It goes to the
//! disk and belongs on the thread of [`super::errands`].

use std::path::{Path, PathBuf};

use crate::store::PROJECT_FILE;

/// What was dropped or named.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dropped {
    /// The folder of a project to open.
    Project(PathBuf),
    /// Files to import.
    Files(Vec<String>),
    /// Nothing that can be taken, and why.
    Neither(String),
}

/// Sorts paths: a project wins over files, since it is opened alone.
pub(super) fn sort(paths: &[String]) -> Dropped {
    if let Some(folder) = paths.iter().find_map(|p| project_of(Path::new(p))) {
        return Dropped::Project(folder);
    }
    let (files, others): (Vec<String>, Vec<String>) = paths
        .iter()
        .cloned()
        .partition(|path| Path::new(path).is_file());
    match others.first() {
        Some(folder) if files.is_empty() => Dropped::Neither(format!(
            "drop news files, or a project's folder (it holds {PROJECT_FILE}); this is neither: {folder}"
        )),
        _ => Dropped::Files(files),
    }
}

/// Looks for the project in a folder that was named.
pub(super) fn find_project(folder: &str) -> Dropped {
    if Path::new(folder).join(PROJECT_FILE).is_file() {
        return Dropped::Project(PathBuf::from(folder));
    }
    Dropped::Neither(format!(
        "no project lies there (no {PROJECT_FILE}): {folder}"
    ))
}

/// Returns the folder of the project that a path names, by the folder or by its database.
fn project_of(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return path.join(PROJECT_FILE).is_file().then(|| path.to_owned());
    }
    let is_database = path.file_name().is_some_and(|name| name == PROJECT_FILE);
    (is_database && path.is_file())
        .then(|| path.parent().map(Path::to_owned))
        .flatten()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_opened_and_files_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let project = folder.path().join("news");
        std::fs::create_dir(&project).unwrap();
        let file = folder.path().join("cn.jsonl");
        std::fs::write(&file, "").unwrap();
        let (project, file) = (text(project), text(file));
        let both = [file.clone(), project.clone()];
        assert!(matches!(sort(&both[1..]), Dropped::Neither(_)));
        assert_eq!(sort(&both), Dropped::Files(vec![file]));
        let database = Path::new(&project).join(PROJECT_FILE);
        std::fs::write(&database, "").unwrap();
        let opened = Dropped::Project(PathBuf::from(&project));
        assert_eq!(sort(&both), opened);
        assert_eq!(sort(&[text(database)]), opened);
    }
}
