//! Readers and writers of files, over `Read`, `Write` and bytes.
//!
//! Coming in: compressed or plain bytes ([`compression`]) become text of a known encoding
//! ([`encoding`]), text becomes rows ([`records`]), rows become documents without identities
//! ([`columns`], [`dates`]), or links of a graph ([`links`]). Going out: JSON lines ([`jsonl`]), CSV ([`csv_out`]), arrays
//! ([`npy`]) and pictures ([`png_out`]). It never opens a path, never goes to the network and never
//! decides what to do with a bad row: it hands it over with its line and its fault.

mod column_profile;
pub mod columns;
pub mod compression;
pub mod csv_out;
pub mod dates;
mod detect;
pub mod doc_field;
pub mod encoding;
pub mod error;
mod json_rows;
pub mod jsonl;
pub mod links;
pub mod npy;
pub mod png_out;
pub mod records;
mod row_buffer;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod rows_tests;
mod table_rows;

pub use columns::{ColumnError, ColumnMap, RawDocument};
pub use compression::Compression;
pub use dates::{DateLearner, DateStyle, DayOrder};
pub use doc_field::DocField;
pub use error::{FormatError, Stopped};
pub use records::{
    BadRow, FieldValue, FileKind, KindHint, ReadHints, ReadSummary, Record, RowFault, RowOutcome,
    RowReader, peek_rows, read_rows,
};
