//! Guesses how a file's rows are laid out, from its decoded beginning and what is known of it.
//!
//! Tables are guessed by trying every delimiter and quote and counting how much of the text falls
//! into rows of one width. It reads no more than it is given.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use csv::StringRecord;
use serde::de::IgnoredAny;

use super::doc_field;
use super::error::FormatError;
use super::records::{FileKind, KindHint, ReadHints};
use super::row_buffer::RowScan;
use super::table_rows::{Dialect, TableLayout, TableScan, cells_of, trimmed};

/// Rows looked at for the width of a table.
const MAX_ROWS: usize = 2000;
/// Rows whose cells are looked at for a header.
const MAX_READ_ROWS: usize = 50;
/// Bytes looked at per guess where rows end within them; a dozen guesses stay below a tenth of a second.
const MAX_BYTES: usize = 256 * 1024;
/// How far a row after the first is followed.
const LOOK_BYTES: usize = 64 * 1024;
/// Share of the rows that must have one width where nobody said that this is a table.
const MIN_SAME_SHARE: f64 = 0.6;
/// A column's name is not longer.
const MAX_NAME_CHARS: usize = 64;
/// Text columns are longer than this on average.
const MIN_TEXT_CHARS: usize = 80;
/// A name above a text column is not longer.
const MAX_TEXT_NAME_CHARS: usize = 30;

/// How the rows of a file are laid out.
pub(super) enum Layout {
    /// One of the three JSON kinds.
    Json(FileKind),
    /// A table.
    Table(TableLayout),
}

impl Layout {
    pub(super) fn kind(&self) -> FileKind {
        match self {
            Self::Json(kind) => *kind,
            Self::Table(table) => FileKind::Delimited {
                delimiter: table.dialect.delimiter,
                quote: table.dialect.quote,
                header: table.header,
            },
        }
    }
}

/// Guesses the layout; `complete` tells whether `head` is the whole file.
pub(super) fn layout(
    head: &[u8],
    complete: bool,
    hints: &ReadHints,
) -> Result<Layout, FormatError> {
    let delimiter = ascii("delimiter", hints.delimiter)?;
    let quote = ascii("quote", hints.quote)?;
    let table_asked = delimiter.is_some()
        || quote.is_some()
        || hints.no_header
        || hints.kind == Some(KindHint::Delimited);
    match hints.kind {
        Some(KindHint::JsonLines) => return Ok(Layout::Json(FileKind::JsonLines)),
        Some(KindHint::JsonArray) => return Ok(Layout::Json(FileKind::JsonArray)),
        _ if table_asked => {}
        _ => {
            if let Some(kind) = json_kind(head) {
                return Ok(Layout::Json(kind));
            }
        }
    }
    table(
        head,
        complete,
        delimiter,
        quote,
        hints.no_header,
        table_asked,
    )
    .map(Layout::Table)
}

fn ascii(what: &'static str, given: Option<char>) -> Result<Option<u8>, FormatError> {
    match given {
        None => Ok(None),
        Some(c) if c.is_ascii() && c != '\n' && c != '\r' => Ok(Some(c as u8)),
        Some(given) => Err(FormatError::NotAscii { what, given }),
    }
}

fn json_kind(head: &[u8]) -> Option<FileKind> {
    let text = head.trim_ascii_start();
    let second = text.get(1..).unwrap_or_default().trim_ascii_start().first();
    let is_value = |line: &[u8]| serde_json::from_slice::<IgnoredAny>(line).is_ok();
    match text.first()? {
        b'[' => {
            let first_line = text.split(|&b| b == b'\n').next()?;
            // Lists on lines of their own are rows; a list that goes on is the file's list.
            let rest = text
                .get(first_line.len()..)
                .unwrap_or_default()
                .trim_ascii_start();
            if rest.starts_with(b"[") && is_value(first_line.trim_ascii()) {
                return Some(FileKind::JsonLines);
            }
            matches!(second, None | Some(b'{' | b'[' | b']' | b'"')).then_some(FileKind::JsonArray)
        }
        b'{' => {
            let mut lines = text
                .split(|&b| b == b'\n')
                .map(<[u8]>::trim_ascii)
                .filter(|l| !l.is_empty());
            let first = lines.next()?;
            let some_line_is_whole = is_value(first)
                || lines
                    .clone()
                    .take(5)
                    .any(|l| l.starts_with(b"{") && is_value(l));
            let goes_on = lines.next().is_some() && (first == b"{" || !first.contains(&b'}'));
            Some(if goes_on && !some_line_is_whole {
                FileKind::JsonObjects
            } else {
                FileKind::JsonLines
            })
        }
        _ => None,
    }
}

/// How well a dialect explains the text.
struct Trial {
    dialect: Dialect,
    rows: Vec<StringRecord>,
    /// Width that most rows have.
    n_columns: usize,
    /// Share of the rows with that width.
    same_share: f64,
    /// Share of the text in rows of that width, in fifths: a few broken rows decide nothing.
    n_covered: usize,
    /// Cells that show that the quote is one.
    n_quoted: usize,
    known_header: bool,
}

fn table(
    head: &[u8],
    complete: bool,
    delimiter: Option<u8>,
    quote: Option<u8>,
    no_header: bool,
    asked: bool,
) -> Result<TableLayout, FormatError> {
    // Excel's own way to name the delimiter.
    let named = match head {
        [b's', b'e', b'p', b'=', d, b'\n', ..] => Some((*d, 6)),
        [b's', b'e', b'p', b'=', d, b'\r', b'\n', ..] => Some((*d, 7)),
        _ => None,
    };
    let n_skipped = named.map_or(0, |(_, n)| n);
    let text = head.get(n_skipped..).unwrap_or_default();
    let delimiters = match delimiter.or(named.map(|(d, _)| d)) {
        Some(d) => vec![d],
        None => vec![b',', b'\t', b';', b'|'],
    };
    let quotes = match quote {
        Some(q) => vec![Some(q)],
        None => vec![Some(b'"'), Some(b'\''), None],
    };
    let mut trials = Vec::new();
    for &delimiter in &delimiters {
        for &quote in &quotes {
            let escaped = quote.is_some_and(|q| text.windows(2).any(|w| w == [b'\\', q]));
            for escape in [None, Some(b'\\')] {
                if escape.is_none() || escaped {
                    trials.extend(attempt(
                        text,
                        complete,
                        Dialect {
                            delimiter,
                            quote,
                            escape,
                        },
                    ));
                }
            }
        }
    }
    let believable = |t: &Trial| {
        t.known_header || (t.n_columns > 1 && t.same_share >= MIN_SAME_SHARE && t.rows.len() > 1)
    };
    let best = trials
        .into_iter()
        .filter(|t| asked || believable(t))
        .enumerate()
        .max_by_key(|(order, t)| {
            (
                t.n_columns > 1,
                t.n_covered,
                t.n_quoted,
                t.known_header,
                t.n_columns,
                Reverse(*order),
            )
        })
        .map(|(_, trial)| trial)
        .ok_or(FormatError::UnknownKind)?;
    Ok(TableLayout {
        dialect: best.dialect,
        header: !no_header && (best.known_header || names_stand_above(&best.rows)),
        n_columns: best.n_columns,
        n_skipped,
    })
}

/// Reads the beginning with one dialect; `None` if there is no row.
fn attempt(text: &[u8], complete: bool, dialect: Dialect) -> Option<Trial> {
    let reader = dialect.reader();
    let mut scan = TableScan::new(dialect);
    let mut rows: Vec<StringRecord> = Vec::new();
    // Rows and bytes by number of cells; rows that are broken have none.
    let mut widths: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let (mut n_rows, mut n_cells, mut n_quoted, mut n_needed) = (0, 0, 0, 0);
    let mut at = 0;
    while n_rows < MAX_ROWS && (at < MAX_BYTES || rows.is_empty()) {
        let rest = text.get(at..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        let look = rest
            .get(..LOOK_BYTES)
            .filter(|_| n_rows > 0)
            .unwrap_or(rest);
        let first_line = look
            .iter()
            .position(|&b| b == b'\n')
            .map_or(look.len(), |i| i + 1);
        scan.restart();
        let found = match scan.scan(look) {
            // A wrong or open quote swallows lines.
            Some(n) if scan.oddly_closed && n > first_line => None,
            Some(n) => Some(n),
            None if complete && look.len() == rest.len() && !scan.quoted() => Some(rest.len()),
            None if n_rows == 0 && first_line == rest.len() => Some(rest.len()),
            // The row goes on where the text given does not.
            None if !complete && rest.len() < text.len() / 2 => break,
            None => None,
        };
        let n = found.unwrap_or(first_line);
        at += n;
        let row = trimmed(rest.get(..n).unwrap_or_default());
        if row.is_empty() {
            continue;
        }
        n_rows += 1;
        let mut width = 0;
        if found.is_some() {
            width = scan.n_delimiters + 1;
            n_cells += width;
            n_quoted += scan.n_quoted;
            n_needed += scan.n_needed;
            if rows.len() < MAX_READ_ROWS {
                rows.push(cells_of(&reader, &String::from_utf8_lossy(row))?);
            }
        }
        let (n_same, n_bytes) = widths.entry(width).or_default();
        *n_same += 1;
        *n_bytes += n;
    }
    let (&n_columns, &(n_same, n_bytes)) = widths
        .iter()
        .filter(|(width, _)| **width > 0)
        .max_by_key(|(_, (n_same, _))| *n_same)?;
    let known_header = rows.first().is_some_and(|row| {
        row.iter().all(|c| c.chars().count() <= MAX_NAME_CHARS)
            && row.iter().any(doc_field::is_known)
    });
    // Headlines may stand between single quotes without being quoted cells: what counts is a quote
    // that protects something, or one around nearly every cell.
    let sure = dialect.quote == Some(b'"') || n_quoted * 10 >= n_cells * 9;
    Some(Trial {
        dialect,
        n_columns,
        same_share: n_same as f64 / n_rows as f64,
        n_covered: (n_bytes * 5 + at / 2) / at.max(1),
        n_quoted: if sure { n_quoted } else { n_needed },
        known_header,
        rows,
    })
}

/// Tells names above columns of text from text: short, all different, none a number or a date.
fn names_stand_above(rows: &[StringRecord]) -> bool {
    let Some((first, rest)) = rows.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return false;
    };
    let mut seen = Vec::new();
    for cell in first.iter().map(str::trim) {
        let name_like = cell.chars().count() <= MAX_NAME_CHARS
            && !seen.contains(&cell)
            && !cell.starts_with(|c: char| c.is_ascii_digit())
            && !cell.contains("://");
        if !name_like {
            return false;
        }
        seen.push(cell);
    }
    first.iter().enumerate().any(|(i, name)| {
        let n_chars: usize = rest
            .iter()
            .filter_map(|r| r.get(i))
            .map(|c| c.chars().count())
            .sum();
        n_chars / rest.len() >= MIN_TEXT_CHARS
            && !name.trim().is_empty()
            && name.chars().count() <= MAX_TEXT_NAME_CHARS
    })
}
