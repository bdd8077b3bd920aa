//! What can go wrong while the corpus is made.

use std::fmt;
use std::path::{Path, PathBuf};

/// A failure, with the place to look at last in its message.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line has a word that means nothing here.
    Argument(String),
    /// A file or folder could not be read or written.
    File {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A sentence bank is missing something or says something unknown.
    Bank {
        /// What is wrong.
        reason: String,
        /// The bank file or folder.
        path: PathBuf,
    },
    /// The parts do not add up; a mistake of this program or a bank that is far too small.
    Corpus(String),
}

impl Error {
    /// Makes a bank error.
    pub(crate) fn bank(path: &Path, reason: impl Into<String>) -> Self {
        Self::Bank {
            reason: reason.into(),
            path: path.to_owned(),
        }
    }

    /// Wraps what the system said about `path`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(reason) | Self::Corpus(reason) => f.write_str(reason),
            Self::File { path, source } => write!(f, "{source}: {}", path.display()),
            Self::Bank { reason, path } => write!(f, "{reason}: {}", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            Self::Argument(_) | Self::Bank { .. } | Self::Corpus(_) => None,
        }
    }
}
