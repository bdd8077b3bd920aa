//! What can be wrong with a whole file. A fault of one row is a [`RowFault`](super::RowFault).

use std::io;

use super::compression::Compression;

/// A file that cannot be read as rows; nothing of it should be kept.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The bytes could not be fetched.
    #[error("the file could not be read: {source}")]
    Read {
        /// What the system said.
        source: io::Error,
    },
    /// There is no text in it.
    #[error("the file is empty")]
    Empty,
    /// It is a file of another kind.
    #[error(
        "the file is no text but seems to be {seems}; give JSON lines, a JSON list, CSV or TSV, plain or compressed by gzip or zstd"
    )]
    NotText {
        /// What its first bytes say it is.
        seems: &'static str,
    },
    /// A compressed file without its end.
    #[error(
        "the {compression} archive ends too early, so a part of it is missing; fetch or copy the file again"
    )]
    TruncatedArchive {
        /// How it is packed.
        compression: Compression,
    },
    /// A compressed file whose content was damaged.
    #[error("the {compression} archive is damaged; fetch or copy the file again: {message}")]
    CorruptArchive {
        /// How it is packed.
        compression: Compression,
        /// What the unpacker said.
        message: String,
    },
    /// The encoding asked for is none we know.
    #[error(
        "unknown encoding; use a name such as utf-8, utf-16le, gb18030, big5, windows-1252 or iso-8859-15, not {label:?}"
    )]
    UnknownEncoding {
        /// The name given.
        label: String,
    },
    /// No encoding turns the bytes into text.
    #[error(
        "the text could not be decoded (tried {}); name its encoding with --encoding, e.g. --encoding gb18030",
        tried.join(", ")
    )]
    Undecodable {
        /// Encodings in the order they were tried.
        tried: Vec<String>,
    },
    /// The text holds no rows we can see.
    #[error(
        "the text is neither JSON lines, a JSON list nor a table with a delimiter; if it is a table, name its delimiter with --delimiter (and --quote, --no-header)"
    )]
    UnknownKind,
    /// A delimiter or quote outside ASCII.
    #[error("a {what} must be one ASCII character, not {given:?}")]
    NotAscii {
        /// `"delimiter"` or `"quote"`.
        what: &'static str,
        /// The character given.
        given: char,
    },
}

/// Why reading rows ended before the file did.
#[derive(Debug, thiserror::Error)]
pub enum Stopped<E> {
    /// The file is at fault.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The receiver of the rows said stop.
    #[error("the receiver stopped the reading")]
    Sink(E),
}
