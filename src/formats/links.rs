//! Links of a graph from a table with the columns `u`, `v` and `agreement`.
//!
//! Names of nodes are any text and become numbers in the order in which they are met. It merges
//! nothing and counts nothing; what a link means is the reader's own business.

use std::collections::HashMap;
use std::io::Read;

use csv::{ByteRecord, ReaderBuilder, Trim};

use crate::domain::conflict::CONFLICT_AGREEMENT;

/// Columns that are read, in this order; others are left alone.
const COLUMNS: [&str; 3] = ["u", "v", "agreement"];

/// What is wrong with a table of links.
#[derive(Debug, thiserror::Error)]
pub enum LinksError {
    /// There is no header.
    #[error("the file is empty; its first line must name the columns u, v and agreement")]
    Empty,
    /// A column is missing.
    #[error("no column {column}; the first line must name u, v and agreement, it names {found}")]
    NoColumn {
        /// The column.
        column: &'static str,
        /// The names that are there.
        found: String,
    },
    /// A row has more or fewer cells than the header.
    #[error("line {line} has {n_found} cells where the header has {n_columns}")]
    WrongCellCount {
        /// Line, from 1.
        line: u64,
        /// Cells of the row.
        n_found: u64,
        /// Cells of the header.
        n_columns: u64,
    },
    /// A node has no name.
    #[error("line {line} has nothing in column {column}")]
    NoName {
        /// Line, from 1.
        line: u64,
        /// The column.
        column: &'static str,
    },
    /// The agreement is no finite number.
    #[error("line {line} has an agreement that is no number: {value:?}")]
    NoNumber {
        /// Line, from 1.
        line: u64,
        /// What stands there.
        value: String,
    },
    /// A cell is no UTF-8.
    #[error("line {line} is no UTF-8 text")]
    NotText {
        /// Line, from 1.
        line: u64,
    },
    /// The file could not be read.
    #[error("the table could not be read: {source}")]
    Read {
        /// What the reader said.
        source: csv::Error,
    },
}

/// Nodes and links of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Links {
    /// Name of each node, by number.
    pub names: Vec<String>,
    /// Both nodes of each row and whether it is a conflict, in the file's order.
    pub rows: Vec<(u32, u32, bool)>,
}

/// Reads a table of links.
///
/// A row whose agreement is at most [`CONFLICT_AGREEMENT`] is a conflict.
///
/// # Errors
/// [`LinksError`] names the first line that cannot be read.
///
/// # Cost
/// 12 bytes a row and each name twice.
pub fn read_links(reader: impl Read) -> Result<Links, LinksError> {
    let mut table = ReaderBuilder::new()
        .trim(Trim::All)
        .buffer_capacity(1 << 16)
        .from_reader(reader);
    let header = table.headers().map_err(|e| fault(e, 1))?.clone();
    let names: Vec<&str> = header
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').trim())
        .collect();
    if names.is_empty() {
        return Err(LinksError::Empty);
    }
    let place = |column: &'static str| {
        let at = names.iter().position(|name| *name == column);
        at.ok_or_else(|| LinksError::NoColumn {
            column,
            found: names.join(", "),
        })
    };
    let [u, v, agreement] = COLUMNS;
    let (u_at, v_at, agreement_at) = (place(u)?, place(v)?, place(agreement)?);
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut links = Links::default();
    let mut row = ByteRecord::new();
    loop {
        let line = table.position().line();
        if !table
            .read_byte_record(&mut row)
            .map_err(|e| fault(e, line))?
        {
            return Ok(links);
        }
        let line = row.position().map_or(line, csv::Position::line);
        let cell = |at: usize| {
            let text = std::str::from_utf8(row.get(at).unwrap_or_default());
            text.map_err(|_no_text| LinksError::NotText { line })
        };
        let mut node = |at: usize, column: &'static str| {
            let name = cell(at)?;
            if name.is_empty() {
                return Err(LinksError::NoName { line, column });
            }
            if let Some(&number) = numbers.get(name) {
                return Ok(number);
            }
            let number = links.names.len() as u32;
            links.names.push(name.to_owned());
            numbers.insert(name.to_owned(), number);
            Ok(number)
        };
        let (a, b) = (node(u_at, u)?, node(v_at, v)?);
        let value = cell(agreement_at)?;
        let number = value.parse::<f64>().ok().filter(|x| x.is_finite());
        let number = number.ok_or_else(|| LinksError::NoNumber {
            line,
            value: value.to_owned(),
        })?;
        links.rows.push((a, b, number <= CONFLICT_AGREEMENT));
    }
}

fn fault(error: csv::Error, line: u64) -> LinksError {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => LinksError::WrongCellCount {
            line: pos.as_ref().map_or(line, csv::Position::line),
            n_found: *len,
            n_columns: *expected_len,
        },
        csv::ErrorKind::Utf8 { .. } => LinksError::NotText { line },
        _ => LinksError::Read { source: error },
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    fn message(table: &str) -> String {
        read_links(table.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn names_of_any_kind_in_columns_of_any_order() {
        let table = "\u{feff}agreement,v,kind,u\n-0.25, b ,x,a\n-0.2,\"c,d\",y,a\n1,a,,价值\n";
        let links = read_links(table.as_bytes()).unwrap();
        assert_eq!(links.names, ["a", "b", "c,d", "价值"]);
        assert_eq!(links.rows, [(0, 1, true), (0, 2, false), (3, 0, false)]);
        assert_eq!(
            read_links("u,v,agreement\n".as_bytes()).unwrap(),
            Links::default()
        );
    }

    #[test]
    fn faults_are_named_with_their_line() {
        assert!(message("").contains("empty"));
        assert!(message("u,w,agreement\n1,2,0\n").contains("no column v"));
        assert!(message("u,v,agreement\n1,2,0\n1,3\n").starts_with("line 3 has 2 cells"));
        assert!(message("u,v,agreement\n1,,0\n").starts_with("line 2 has nothing in column v"));
        let no_number = message("u,v,agreement\n1,2,0\n2,3,much\n");
        assert_eq!(
            no_number,
            "line 3 has an agreement that is no number: \"much\""
        );
        assert!(message("u,v,agreement\n1,2,NaN\n").starts_with("line 2"));
        let bytes = b"u,v,agreement\n1,\xff,0\n".as_slice();
        let no_text = read_links(bytes).unwrap_err().to_string();
        assert_eq!(no_text, "line 2 is no UTF-8 text");
    }
}
