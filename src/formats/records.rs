//! Rows of a file, one at a time, with bounded memory; the one door through which files come in.
//!
//! A row is either a record of named fields or a bad row with its line and its fault. What the
//! fields mean is [`columns`](super::columns)' business, and whether bad rows matter is the caller's.

use std::fmt;
use std::io::Read;

use serde_json::Value;

use super::compression::{Compression, Unpacked};
use super::detect::{self, Layout};
use super::encoding::{HEAD_BYTES, TextSource};
use super::error::{FormatError, Stopped};
use super::json_rows::JsonRows;
use super::row_buffer::RowBuffer;
use super::table_rows::TableRows;

/// Columns beyond this number are read but not listed.
const MAX_LISTED_COLUMNS: usize = 1000;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldValue {
    /// Text: every cell of a table, and strings of JSON.
    Text(String),
    /// Anything else of JSON, kept as it was.
    Json(Value),
}

/// One good row.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Line of the file at which the row begins, from 1.
    pub line: u64,
    /// Column names and values in the file's order.
    pub fields: Vec<(String, FieldValue)>,
}

impl Record {
    /// Returns the value of a column.
    pub fn get(&self, column: &str) -> Option<&FieldValue> {
        self.fields
            .iter()
            .find(|(name, _)| name == column)
            .map(|(_, value)| value)
    }
}

/// What is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// Bytes that the file's encoding does not have.
    #[error("bytes that are no {encoding} text")]
    InvalidBytes {
        /// The file's encoding.
        encoding: String,
    },
    /// More bytes than a row may have.
    #[error("a row of more than {} MiB", max_bytes / (1024 * 1024))]
    TooLong {
        /// The most that a row may have.
        max_bytes: usize,
    },
    /// Text that is no JSON value.
    #[error("no JSON: {message}")]
    NotJson {
        /// What the parser said.
        message: String,
    },
    /// JSON, but not with fields as the rows before.
    #[error("a JSON {found} where a row of fields belongs")]
    NotAnObject {
        /// `"number"`, `"null"` and so on.
        found: &'static str,
    },
    /// Fewer or more cells than the table has columns.
    #[error("{n_found} cells where the table has {n_columns} columns")]
    WrongCellCount {
        /// Cells of this row.
        n_found: usize,
        /// Columns of the table.
        n_columns: usize,
    },
    /// A quote that opens and does not close where it should.
    #[error("a quoted cell that is not closed")]
    OpenQuote,
    /// The file ends within the row, or before the list it belongs to is closed.
    #[error("the file ends inside the list; it may be cut short")]
    Unfinished,
    /// Text after the end of a JSON list.
    #[error("text after the end of the list")]
    AfterEnd,
}

/// One row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Line of the file at which the row begins, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: RowFault,
}

/// A row, good or bad.
#[derive(Clone, Debug, PartialEq)]
pub enum RowOutcome {
    /// Fields were read.
    Record(Record),
    /// Nothing was read.
    Bad(BadRow),
}

/// How the rows of a file are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// One JSON value per line.
    JsonLines,
    /// One JSON list with a value per row.
    JsonArray,
    /// JSON objects one after the other, each over several lines.
    JsonObjects,
    /// Cells between delimiters.
    Delimited {
        /// ASCII byte between cells.
        delimiter: u8,
        /// ASCII byte around cells that hold delimiters or line breaks.
        quote: Option<u8>,
        /// Whether the first row names the columns.
        header: bool,
    },
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::JsonLines => f.write_str("JSON lines"),
            Self::JsonArray => f.write_str("a JSON list"),
            Self::JsonObjects => f.write_str("JSON objects in sequence"),
            Self::Delimited {
                delimiter,
                quote,
                header,
            } => {
                let delimiter = match delimiter {
                    b'\t' => "tab".to_owned(),
                    other => format!("'{}'", char::from(other)),
                };
                write!(f, "a table with delimiter {delimiter}")?;
                if let Some(quote) = quote {
                    write!(f, ", quote {}", char::from(quote))?;
                }
                f.write_str(if header {
                    ", with header"
                } else {
                    ", without header"
                })
            }
        }
    }
}

/// The kind of a file where somebody knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindHint {
    /// One JSON value per line.
    JsonLines,
    /// One JSON list.
    JsonArray,
    /// A table.
    Delimited,
}

/// What is known of a file before it is opened; what is `None` is guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadHints {
    /// Kind of file.
    pub kind: Option<KindHint>,
    /// Character between cells; makes the file a table.
    pub delimiter: Option<char>,
    /// Character around cells; makes the file a table.
    pub quote: Option<char>,
    /// Whether the first row is data for certain; makes the file a table.
    pub no_header: bool,
    /// Name of the encoding, as on the web: `utf-8`, `gb18030`, `windows-1252`.
    pub encoding: Option<String>,
}

impl ReadHints {
    /// Takes what a file's name tells: `.tsv` is a table with tabs, `.csv` is a table.
    ///
    /// A suffix of compression is passed over. JSON is told by content alone, because `.json` is used
    /// for lists and lines alike.
    #[must_use]
    pub fn with_name(mut self, name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let name = [".gz", ".zst", ".zstd"]
            .iter()
            .find_map(|s| name.strip_suffix(s))
            .unwrap_or(&name);
        let suffix = name.rsplit('.').next().unwrap_or_default();
        if matches!(suffix, "csv" | "tsv" | "tab") && self.kind.is_none() {
            self.kind = Some(KindHint::Delimited);
        }
        if matches!(suffix, "tsv" | "tab") && self.delimiter.is_none() {
            self.delimiter = Some('\t');
        }
        self
    }
}

/// What was found in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadSummary {
    /// How it was packed.
    pub compression: Compression,
    /// Name of its encoding.
    pub encoding: String,
    /// How its rows were laid out.
    pub kind: FileKind,
    /// Columns in the order they were first seen.
    pub columns: Vec<String>,
    /// Good rows.
    pub n_records: u64,
    /// Bad rows.
    pub n_bad: u64,
    /// Bad rows because of bytes that are no text.
    pub n_undecoded: u64,
}

enum Rows {
    Json(JsonRows),
    Table(TableRows),
}

/// Reads rows when asked for the next.
pub struct RowReader<'r> {
    buffer: RowBuffer<'r>,
    rows: Rows,
    summary: ReadSummary,
}

impl<'r> RowReader<'r> {
    /// Looks at a file's beginning and settles packing, encoding and layout.
    ///
    /// # Errors
    /// Any [`FormatError`].
    pub fn open(reader: Box<dyn Read + 'r>, hints: &ReadHints) -> Result<Self, FormatError> {
        let source = TextSource::open(Unpacked::open(reader)?, hints.encoding.as_deref())?;
        let mut buffer = RowBuffer::new(source);
        buffer.hold(HEAD_BYTES)?;
        if buffer.held().iter().all(u8::is_ascii_whitespace) && buffer.complete() {
            return Err(FormatError::Empty);
        }
        let layout = detect::layout(buffer.held(), buffer.complete(), hints)?;
        let summary = ReadSummary {
            compression: buffer.source().compression(),
            encoding: buffer.source().encoding().to_owned(),
            kind: layout.kind(),
            columns: Vec::new(),
            n_records: 0,
            n_bad: 0,
            n_undecoded: 0,
        };
        let rows = match layout {
            Layout::Json(kind) => Rows::Json(JsonRows::new(kind)),
            Layout::Table(table) => Rows::Table(TableRows::new(table)),
        };
        Ok(Self {
            buffer,
            rows,
            summary,
        })
    }

    /// Returns the next row, `None` after the last.
    ///
    /// # Errors
    /// [`FormatError::TruncatedArchive`], [`FormatError::CorruptArchive`], [`FormatError::Read`],
    /// [`FormatError::Undecodable`]; the last also where every row was bad because of its bytes.
    pub fn next_row(&mut self) -> Result<Option<RowOutcome>, FormatError> {
        let outcome = match &mut self.rows {
            Rows::Json(rows) => rows.next_row(&mut self.buffer)?,
            Rows::Table(rows) => rows.next_row(&mut self.buffer)?,
        };
        self.summary.encoding.clear();
        self.summary
            .encoding
            .push_str(self.buffer.source().encoding());
        match &outcome {
            Some(RowOutcome::Record(record)) => {
                self.summary.n_records += 1;
                self.list_columns(record);
            }
            Some(RowOutcome::Bad(bad)) => {
                self.summary.n_bad += 1;
                let undecoded = matches!(bad.reason, RowFault::InvalidBytes { .. });
                self.summary.n_undecoded += u64::from(undecoded);
            }
            None if self.summary.n_records == 0 && self.summary.n_undecoded > 0 => {
                return Err(FormatError::Undecodable {
                    tried: vec![self.summary.encoding.clone()],
                });
            }
            None => {}
        }
        Ok(outcome)
    }

    /// Returns what was found so far; whole after the last row.
    pub fn summary(&self) -> &ReadSummary {
        &self.summary
    }

    /// Returns the bytes of memory that text takes now.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> usize {
        self.buffer.capacity()
    }

    fn list_columns(&mut self, record: &Record) {
        let columns = &mut self.summary.columns;
        let same = record.fields.len() == columns.len()
            && record
                .fields
                .iter()
                .zip(&*columns)
                .all(|((name, _), column)| name == column);
        if same {
            return;
        }
        for (name, _) in &record.fields {
            if columns.len() < MAX_LISTED_COLUMNS && !columns.contains(name) {
                columns.push(name.clone());
            }
        }
    }
}

/// Hands every row of a file to `sink`, in order, holding one row at a time.
///
/// # Errors
/// [`Stopped::Format`] if the file as a whole is at fault, [`Stopped::Sink`] with the sink's own error.
pub fn read_rows<'r, E>(
    reader: Box<dyn Read + 'r>,
    hints: &ReadHints,
    sink: &mut dyn FnMut(RowOutcome) -> Result<(), E>,
) -> Result<ReadSummary, Stopped<E>> {
    let mut rows = RowReader::open(reader, hints)?;
    while let Some(outcome) = rows.next_row()? {
        sink(outcome).map_err(Stopped::Sink)?;
    }
    Ok(rows.summary)
}

/// Reads the first good rows of a file, for guesses and previews.
///
/// Looks at `4 × n` rows at most, bad ones included.
///
/// # Errors
/// Any [`FormatError`].
pub fn peek_rows<'r>(
    reader: Box<dyn Read + 'r>,
    hints: &ReadHints,
    n: usize,
) -> Result<(ReadSummary, Vec<Record>), FormatError> {
    let mut rows = RowReader::open(reader, hints)?;
    let mut records = Vec::new();
    for _ in 0..n.saturating_mul(4) {
        match rows.next_row()? {
            Some(RowOutcome::Record(record)) => records.push(record),
            Some(RowOutcome::Bad(_)) => {}
            None => break,
        }
        if records.len() >= n {
            break;
        }
    }
    Ok((rows.summary, records))
}
