//! Rows of delimited tables.
//!
//! Rows are cut here, so that a broken one costs itself and no more; cells are read by the `csv`
//! crate. A quote that is not closed would swallow the rows after it: where a cell's closing quote
//! stands in an odd place, reading goes on at the first later line that is a sound row by itself.

use csv::{ReaderBuilder, StringRecord};

use super::error::FormatError;
use super::records::{BadRow, FieldValue, Record, RowFault, RowOutcome};
use super::row_buffer::{Frame, MAX_ROW_BYTES, RowBuffer, RowScan};

/// How far a line is followed when asking whether a sound row begins there.
const LOOK_BYTES: usize = 64 * 1024;

/// How cells are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    pub(super) quote: Option<u8>,
    /// Byte that takes the meaning from a quote after it; doubling works besides.
    pub(super) escape: Option<u8>,
}

/// A table's layout as far as its beginning shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableLayout {
    pub(super) dialect: Dialect,
    pub(super) header: bool,
    pub(super) n_columns: usize,
    /// Bytes before the first row, a line `sep=;` for instance.
    pub(super) n_skipped: usize,
}

/// Reads rows of one table.
pub(super) struct TableRows {
    layout: TableLayout,
    cells: ReaderBuilder,
    columns: Vec<String>,
    begun: bool,
}

impl TableRows {
    pub(super) fn new(layout: TableLayout) -> Self {
        Self {
            cells: layout.dialect.reader(),
            columns: (1..=layout.n_columns).map(|i| i.to_string()).collect(),
            layout,
            begun: false,
        }
    }

    pub(super) fn next_row(
        &mut self,
        buffer: &mut RowBuffer<'_>,
    ) -> Result<Option<RowOutcome>, FormatError> {
        if !self.begun {
            self.begun = true;
            buffer.drop_bytes(self.layout.n_skipped);
            if self.layout.header {
                self.read_header(buffer)?;
            }
        }
        let mut scan = TableScan::new(self.layout.dialect);
        loop {
            let line = buffer.line();
            let (n, whole) = match buffer.frame(&mut scan)? {
                None => return Ok(None),
                Some(Frame::Whole(n)) => (n, true),
                Some(Frame::Unfinished(n)) => (n, !scan.quoted()),
                Some(Frame::TooLong { n, ended }) => {
                    if self.drop_to_row(buffer, n) {
                    } else if ended {
                        buffer.drop_bytes(n);
                    } else {
                        buffer.drop_long_row(&mut scan)?;
                    }
                    let max_bytes = MAX_ROW_BYTES;
                    return Ok(Some(bad(line, RowFault::TooLong { max_bytes })));
                }
            };
            let row = trimmed(buffer.row(n));
            if row.is_empty() {
                buffer.drop_bytes(n);
                continue;
            }
            let swallowing = (!whole || scan.oddly_closed) && row.contains(&b'\n');
            if swallowing && self.drop_to_row(buffer, n) {
                return Ok(Some(bad(line, RowFault::OpenQuote)));
            }
            let outcome = if whole {
                self.record(trimmed(buffer.row(n)), line, buffer.source().encoding())
            } else {
                Err(RowFault::OpenQuote)
            };
            buffer.drop_bytes(n);
            return Ok(Some(match outcome {
                Ok(record) => RowOutcome::Record(record),
                Err(fault) => bad(line, fault),
            }));
        }
    }

    fn read_header(&mut self, buffer: &mut RowBuffer<'_>) -> Result<(), FormatError> {
        let mut scan = TableScan::new(self.layout.dialect);
        while let Some(Frame::Whole(n) | Frame::Unfinished(n)) = buffer.frame(&mut scan)? {
            let text = String::from_utf8_lossy(trimmed(buffer.row(n))).into_owned();
            buffer.drop_bytes(n);
            if !text.is_empty() {
                self.columns = column_names(&cells_of(&self.cells, &text).unwrap_or_default());
                break;
            }
        }
        Ok(())
    }

    /// Within a broken row, goes to the next line that is a sound row by itself.
    fn drop_to_row(&self, buffer: &mut RowBuffer<'_>, n: usize) -> bool {
        buffer.drop_to_good_row(n, |rest| {
            let rest = rest.get(..LOOK_BYTES).unwrap_or(rest);
            let mut scan = TableScan::new(self.layout.dialect);
            let Some(n_row) = scan.scan(rest) else {
                return (false, rest.len());
            };
            let row = trimmed(rest.get(..n_row).unwrap_or_default());
            let good = !scan.oddly_closed
                && self.columns.len() > 1
                && std::str::from_utf8(row)
                    .ok()
                    .and_then(|row| cells_of(&self.cells, row))
                    .is_some_and(|cells| cells.len() == self.columns.len());
            (good, n_row)
        })
    }

    fn record(&self, row: &[u8], line: u64, encoding: &str) -> Result<Record, RowFault> {
        let text = std::str::from_utf8(row).map_err(|_utf8| RowFault::InvalidBytes {
            encoding: encoding.to_owned(),
        })?;
        let cells = cells_of(&self.cells, text).unwrap_or_default();
        let n_columns = self.columns.len();
        // Empty cells past the last column come from a delimiter at the row's end.
        let n_found = cells.len();
        if n_found < n_columns || cells.iter().skip(n_columns).any(|c| !c.trim().is_empty()) {
            return Err(RowFault::WrongCellCount { n_found, n_columns });
        }
        let fields = self
            .columns
            .iter()
            .zip(cells.iter())
            .map(|(name, cell)| (name.clone(), FieldValue::Text(cell.to_owned())))
            .collect();
        Ok(Record { line, fields })
    }
}

fn bad(line: u64, reason: RowFault) -> RowOutcome {
    RowOutcome::Bad(BadRow { line, reason })
}

/// Takes line breaks off a row's end.
pub(super) fn trimmed(row: &[u8]) -> &[u8] {
    let row = row.strip_suffix(b"\n").unwrap_or(row);
    row.strip_suffix(b"\r").unwrap_or(row)
}

/// Names columns after a header's cells: empty ones by their number, repeated ones with a number.
fn column_names(cells: &StringRecord) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(cells.len());
    for (i, cell) in cells.iter().enumerate() {
        let cell = cell.trim();
        let base = if cell.is_empty() {
            (i + 1).to_string()
        } else {
            cell.to_owned()
        };
        let mut name = base.clone();
        let mut n_same = 1;
        while names.contains(&name) {
            n_same += 1;
            name = format!("{base} ({n_same})");
        }
        names.push(name);
    }
    names
}

/// Reads the cells of one row.
pub(super) fn cells_of(reader: &ReaderBuilder, row: &str) -> Option<StringRecord> {
    let mut record = StringRecord::new();
    let read = reader.from_reader(row.as_bytes()).read_record(&mut record);
    matches!(read, Ok(true)).then_some(record)
}

impl Dialect {
    /// Sets up the reader of one row's cells.
    pub(super) fn reader(self) -> ReaderBuilder {
        let mut builder = ReaderBuilder::new();
        builder
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .quoting(self.quote.is_some())
            .quote(self.quote.unwrap_or(b'"'))
            .escape(self.escape)
            // The row is cut already; a lone carriage return inside is text.
            .terminator(csv::Terminator::Any(b'\n'));
        builder
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    CellStart,
    Plain,
    Quoted,
    Escaped,
    /// After a quote within a quoted cell: its end, or the first half of a doubled one.
    Closing,
}

/// Finds the end of a row, knowing quotes. The same steps as the `csv` crate takes.
pub(super) struct TableScan {
    dialect: Dialect,
    at: At,
    /// A closing quote was followed by text.
    pub(super) oddly_closed: bool,
    /// Cells that were quoted from end to end.
    pub(super) n_quoted: usize,
    /// Delimiters outside quotes.
    pub(super) n_delimiters: usize,
    /// Quoted cells with a delimiter, line break or doubled quote inside.
    pub(super) n_needed: usize,
    /// The cell being read has one.
    needed: bool,
}

impl TableScan {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            at: At::CellStart,
            oddly_closed: false,
            n_quoted: 0,
            n_delimiters: 0,
            n_needed: 0,
            needed: false,
        }
    }

    /// Tells whether the text so far ends within quotes.
    pub(super) fn quoted(&self) -> bool {
        matches!(self.at, At::Quoted | At::Escaped)
    }
}

impl RowScan for TableScan {
    fn scan(&mut self, piece: &[u8]) -> Option<usize> {
        let Dialect {
            delimiter,
            quote,
            escape,
        } = self.dialect;
        for (i, &b) in piece.iter().enumerate() {
            let is_quote = Some(b) == quote;
            match self.at {
                At::Quoted if is_quote => self.at = At::Closing,
                At::Quoted if Some(b) == escape => self.at = At::Escaped,
                At::Quoted => self.needed |= b == delimiter || b == b'\n',
                At::Escaped => self.at = At::Quoted,
                At::Closing if is_quote => {
                    self.needed = true;
                    self.at = At::Quoted;
                }
                At::CellStart if is_quote => {
                    self.needed = false;
                    self.at = At::Quoted;
                }
                At::CellStart | At::Plain | At::Closing => {
                    let ends = b == delimiter || b == b'\n';
                    if self.at == At::Closing {
                        // A carriage return stands before the line's end.
                        let closed = ends || b == b'\r';
                        self.n_quoted += usize::from(closed);
                        self.n_needed += usize::from(closed && self.needed);
                        self.oddly_closed |= !closed;
                    }
                    self.n_delimiters += usize::from(b == delimiter);
                    self.at = if ends { At::CellStart } else { At::Plain };
                    if b == b'\n' {
                        return Some(i + 1);
                    }
                }
            }
        }
        None
    }

    fn restart(&mut self) {
        *self = Self::new(self.dialect);
    }
}
