//! Rows of JSON: one per line, or one after the other in a list or a sequence.
//!
//! A broken element of a list costs itself and no more where the list has line breaks: reading goes
//! on at the next line that begins an object at the same column. It keeps no element after its turn.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::error::FormatError;
use super::records::{BadRow, FieldValue, FileKind, Record, RowFault, RowOutcome};
use super::row_buffer::{Frame, LineScan, MAX_ROW_BYTES, RowBuffer, RowScan};

/// Reads rows of one of the three JSON layouts.
pub(super) struct JsonRows {
    kind: FileKind,
    begun: bool,
    ended: bool,
    /// Blanks before the element on its line, where it begins one.
    n_indent: usize,
    /// Whether rows are lists or texts, as the first good row is, and not objects.
    bare: Option<bool>,
}

impl JsonRows {
    pub(super) fn new(kind: FileKind) -> Self {
        Self {
            kind,
            begun: false,
            ended: false,
            n_indent: 0,
            bare: None,
        }
    }

    pub(super) fn next_row(
        &mut self,
        buffer: &mut RowBuffer<'_>,
    ) -> Result<Option<RowOutcome>, FormatError> {
        match self.kind {
            FileKind::JsonLines => self.next_line(buffer),
            _ => self.next_element(buffer),
        }
    }

    fn next_line(&mut self, buffer: &mut RowBuffer<'_>) -> Result<Option<RowOutcome>, FormatError> {
        loop {
            let line = buffer.line();
            let n = match buffer.frame(&mut LineScan)? {
                None => return Ok(None),
                Some(Frame::Whole(n) | Frame::Unfinished(n)) => n,
                Some(Frame::TooLong { n, ended }) => {
                    if ended {
                        buffer.drop_bytes(n);
                    } else {
                        buffer.drop_long_row(&mut LineScan)?;
                    }
                    let max_bytes = MAX_ROW_BYTES;
                    return Ok(Some(bad(line, RowFault::TooLong { max_bytes })));
                }
            };
            let row = buffer.row(n).trim_ascii();
            if row.is_empty() {
                buffer.drop_bytes(n);
                continue;
            }
            let outcome = match self.row_of(row, line, buffer.source().encoding()) {
                Ok(record) => RowOutcome::Record(record),
                Err(fault) => bad(line, fault),
            };
            buffer.drop_bytes(n);
            return Ok(Some(outcome));
        }
    }

    fn next_element(
        &mut self,
        buffer: &mut RowBuffer<'_>,
    ) -> Result<Option<RowOutcome>, FormatError> {
        if self.ended {
            return Ok(None);
        }
        let enclosed = self.kind == FileKind::JsonArray;
        if !self.begun {
            self.begun = true;
            self.skip_blanks(buffer)?;
            if enclosed {
                buffer.drop_bytes(1);
            }
        }
        self.skip_blanks(buffer)?;
        let line = buffer.line();
        match buffer.peek()? {
            None => {
                self.ended = true;
                return Ok(enclosed.then(|| bad(line, RowFault::Unfinished)));
            }
            Some(b']') if enclosed => {
                buffer.drop_bytes(1);
                self.ended = true;
                self.skip_blanks(buffer)?;
                let more = buffer.peek()?.is_some();
                let line = buffer.line();
                return Ok(more.then(|| bad(line, RowFault::AfterEnd)));
            }
            Some(_) => {}
        }
        let mut scan = ElementScan::default();
        let fault = match buffer.frame(&mut scan)? {
            None => return Ok(None),
            Some(Frame::Whole(n)) if !scan.broken => {
                match self.row_of(buffer.row(n), line, buffer.source().encoding()) {
                    Ok(record) => {
                        buffer.drop_bytes(n);
                        return Ok(Some(RowOutcome::Record(record)));
                    }
                    Err(fault) => {
                        if !self.drop_to_element(buffer, n) {
                            buffer.drop_bytes(n);
                        }
                        fault
                    }
                }
            }
            Some(Frame::Whole(n)) => {
                // A string with a line break in it: what follows may still be that string.
                buffer.drop_bytes(n);
                self.skip_to_element(buffer)?;
                RowFault::NotJson {
                    message: "a string that is not closed on its line".to_owned(),
                }
            }
            Some(Frame::Unfinished(n)) => {
                if !self.drop_to_element(buffer, n) {
                    buffer.drop_bytes(n);
                    self.ended = true;
                }
                RowFault::Unfinished
            }
            Some(Frame::TooLong { n, ended }) => {
                if self.drop_to_element(buffer, n) {
                } else if ended {
                    buffer.drop_bytes(n);
                } else {
                    buffer.drop_long_row(&mut scan)?;
                }
                RowFault::TooLong {
                    max_bytes: MAX_ROW_BYTES,
                }
            }
        };
        Ok(Some(bad(line, fault)))
    }

    /// Reads one JSON value into a record.
    fn row_of(&mut self, bytes: &[u8], line: u64, encoding: &str) -> Result<Record, RowFault> {
        let text = std::str::from_utf8(bytes).map_err(|_utf8| RowFault::InvalidBytes {
            encoding: encoding.to_owned(),
        })?;
        let Fields { fields, bare } = serde_json::from_str(text).map_err(|e| fault_of(&e, text))?;
        if *self.bare.get_or_insert(bare) != bare {
            let found = match text.trim_start().as_bytes().first() {
                Some(b'{') => "object",
                Some(b'[') => "list",
                _ => "text",
            };
            return Err(RowFault::NotAnObject { found });
        }
        Ok(Record { line, fields })
    }

    /// Drops blanks and commas, and notes how far the next element stands from its line's beginning.
    fn skip_blanks(&mut self, buffer: &mut RowBuffer<'_>) -> Result<(), FormatError> {
        let mut n_indent = 0;
        while let Some(b) = buffer.peek()? {
            match b {
                b'\n' => n_indent = 0,
                b' ' | b'\t' | b'\r' | b',' => n_indent += 1,
                _ => break,
            }
            buffer.drop_bytes(1);
        }
        self.n_indent = n_indent;
        Ok(())
    }

    fn begins_element(&self, line: &[u8]) -> bool {
        begins_element(line, self.n_indent)
    }

    /// Within a broken element, goes to the next line that looks like the beginning of another.
    fn drop_to_element(&self, buffer: &mut RowBuffer<'_>, n: usize) -> bool {
        let n_indent = self.n_indent;
        buffer.drop_to_good_row(n, |rest| (begins_element(rest, n_indent), n_indent + 1))
    }

    /// Drops lines until one begins an element or ends the list.
    fn skip_to_element(&self, buffer: &mut RowBuffer<'_>) -> Result<(), FormatError> {
        loop {
            buffer.hold(self.n_indent + 1)?;
            let held = buffer.held();
            if held.is_empty() || held.first() == Some(&b']') || self.begins_element(held) {
                return Ok(());
            }
            match buffer.frame(&mut LineScan)? {
                None => return Ok(()),
                Some(
                    Frame::Whole(n) | Frame::Unfinished(n) | Frame::TooLong { n, ended: true },
                ) => {
                    buffer.drop_bytes(n);
                }
                Some(Frame::TooLong { ended: false, .. }) => buffer.drop_long_row(&mut LineScan)?,
            }
        }
    }
}

fn begins_element(line: &[u8], n_indent: usize) -> bool {
    let blank = |b: &u8| matches!(b, b' ' | b'\t' | b',');
    line.get(n_indent) == Some(&b'{') && line.iter().take(n_indent).all(blank)
}

fn bad(line: u64, reason: RowFault) -> RowOutcome {
    RowOutcome::Bad(BadRow { line, reason })
}

/// Finds the end of one JSON value by its brackets and quotes.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the states of two machines that run side by side"
)]
struct ElementScan {
    depth: u32,
    in_string: bool,
    /// The character before was a backslash.
    escaped: bool,
    begun: bool,
    /// A line break stands inside a string, which JSON does not have.
    broken: bool,
}

impl RowScan for ElementScan {
    fn scan(&mut self, piece: &[u8]) -> Option<usize> {
        for (at, &b) in piece.iter().enumerate() {
            if self.in_string {
                match b {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => {
                        self.in_string = false;
                        if self.depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    b'\n' => {
                        self.broken = true;
                        return Some(at + 1);
                    }
                    _ => {}
                }
                continue;
            }
            match b {
                b'"' => {
                    self.in_string = true;
                    self.begun = true;
                }
                b'{' | b'[' => {
                    self.depth += 1;
                    self.begun = true;
                }
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                // A number or word ends before what follows it.
                b',' | b']' | b'\n' if self.depth == 0 && self.begun => return Some(at),
                _ if self.depth == 0 && !self.begun => self.begun = true,
                _ => {}
            }
        }
        None
    }

    fn restart(&mut self) {
        *self = Self::default();
    }
}

fn fault_of(error: &serde_json::Error, text: &str) -> RowFault {
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "truth value",
            Value::Number(_) => "number",
            // Objects and lists with odd content end here as well as plain strings.
            _ => "value",
        };
        return RowFault::NotAnObject { found };
    }
    let message = error.to_string();
    // The parser counts lines within the row, which would mislead beside the file's line.
    let message = match message.split_once(" at line ") {
        Some((what, _)) => format!("{what} at character {}", error.column()),
        None => message,
    };
    RowFault::NotJson { message }
}

/// Fields in the order they stand in the text; a name given twice keeps its last value.
struct Fields {
    fields: Vec<(String, FieldValue)>,
    /// Whether the value is a list or a text, which names no fields.
    bare: bool,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields: Vec<(String, FieldValue)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    let value = value_of(value);
                    match fields.iter_mut().find(|(n, _)| *n == name) {
                        Some((_, old)) => *old = value,
                        None => fields.push((name, value)),
                    }
                }
                Ok(Fields {
                    fields,
                    bare: false,
                })
            }

            // A list is a row of a table without header.
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(value) = seq.next_element::<Value>()? {
                    fields.push(((fields.len() + 1).to_string(), value_of(value)));
                }
                Ok(Fields { fields, bare: true })
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Fields, E> {
                Ok(Fields {
                    fields: vec![("1".to_owned(), FieldValue::Text(text.to_owned()))],
                    bare: true,
                })
            }
        }
        deserializer.deserialize_any(FieldsVisitor)
    }
}

fn value_of(value: Value) -> FieldValue {
    match value {
        Value::String(text) => FieldValue::Text(text),
        other => FieldValue::Json(other),
    }
}
