//! What can go wrong with a project's files, each with what to do next.

use std::path::{Path, PathBuf};

use crate::base::observe::Cancelled;

/// A failure of the project's files.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder holds no project.
    #[error("this folder is not a Meridian project (it has no project.sqlite); make one with `meridian new`: {}", folder.display())]
    NotAProject {
        /// The folder.
        folder: PathBuf,
    },
    /// A project is there already.
    #[error("a project is there already; open it, or choose another folder: {}", folder.display())]
    AlreadyThere {
        /// The folder.
        folder: PathBuf,
    },
    /// The file is no project of this program.
    #[error("project.sqlite is not a Meridian project file; restore it from a backup or make a new project: {}", folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
    },
    /// A newer version made it.
    #[error(
        "this project was made by a newer version of Meridian (layout {found}, this program knows up to {known}); update the program to open it"
    )]
    TooNew {
        /// Layout number in the file.
        found: u32,
        /// Newest layout this program knows.
        known: u32,
    },
    /// Somebody else writes.
    #[error("another Meridian is writing to this project; close it or wait for it to finish: {}", folder.display())]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// No room left.
    #[error(
        "the disk is full; free some space and run the same command again, nothing that was stored is lost"
    )]
    DiskFull,
    /// A unit of work of the running job takes longer than a short edit waits.
    #[error(
        "the running job is in the middle of storing something; nothing was changed, try again in a moment"
    )]
    Busy,
    /// A vector file is missing or damaged.
    #[error("a vector file is missing or damaged ({reason}); run the stage that made it again: {}", path.display())]
    Vectors {
        /// What is wrong.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// A value in the project cannot be read.
    #[error("the project holds a {what} this program cannot read: {value}")]
    Unreadable {
        /// Kind of value.
        what: &'static str,
        /// The value as stored.
        value: String,
    },
    /// The operating system refused.
    #[error("cannot {what} ({source}): {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A search was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// Any other refusal of the database.
    #[error("the project's database refused ({0})")]
    Database(rusqlite::Error),
}

impl StoreError {
    /// Turns what the system says about a file into an error; `what` completes "cannot …".
    pub(super) fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            std::io::ErrorKind::StorageFull => Self::DiskFull,
            _ => Self::Io { what, path, source },
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            Some(rusqlite::ErrorCode::DatabaseBusy) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}
