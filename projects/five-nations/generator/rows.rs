//! Rows of the ten files, and how each file writes them: JSON lines, a JSON array, or CSV.

use crate::error::Error;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Field {
    /// The row's id.
    Id,
    /// The date, in the file's style or empty.
    Date,
    /// The headline.
    Title,
    /// The text.
    Body,
    /// The address.
    Url,
    /// The town.
    Place,
    /// The part of the newspaper.
    Section,
}

/// The values of a row.
#[derive(Clone, Default)]
pub(crate) struct Record {
    /// The row's id.
    pub(crate) id: String,
    /// The date, in the file's style or empty.
    pub(crate) date: String,
    /// The headline.
    pub(crate) title: String,
    /// The text.
    pub(crate) body: String,
    /// The address.
    pub(crate) url: String,
    /// The town.
    pub(crate) place: String,
    /// The part of the newspaper.
    pub(crate) section: String,
}

impl Record {
    fn value(&self, field: Field) -> &str {
        match field {
            Field::Id => &self.id,
            Field::Date => &self.date,
            Field::Title => &self.title,
            Field::Body => &self.body,
            Field::Url => &self.url,
            Field::Place => &self.place,
            Field::Section => &self.section,
        }
    }
}

/// What is wrong with a broken row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Defect {
    /// The line stops in the middle of its object.
    InvalidJson,
    /// The array has a string where an object should be.
    NotAnObject,
    /// The row has more columns than the others.
    TooManyColumns,
    /// The body is empty.
    EmptyBody,
    /// The title has a byte that no UTF-8 text has.
    InvalidUtf8,
}

impl Defect {
    /// Says it for `broken.jsonl`.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid JSON: the line ends early",
            Self::NotAnObject => "an array item that is no object",
            Self::TooManyColumns => "too many columns",
            Self::EmptyBody => "empty body",
            Self::InvalidUtf8 => "invalid UTF-8 in the title",
        }
    }
}

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// One object per line.
    JsonLines,
    /// One array of objects, one per line.
    JsonArray,
    /// Columns.
    Columns {
        /// Between fields.
        delimiter: char,
        /// Around fields that need it.
        quote: char,
        /// Whether the first line names the columns.
        header: bool,
    },
}

/// A row to be written.
pub(crate) struct Row {
    /// Its values.
    pub(crate) record: Record,
    /// What is wrong with it, if anything is.
    pub(crate) defect: Option<Defect>,
}

/// Stands in the title until the bytes are there, for text cannot hold an invalid byte.
const BAD_BYTE_MARK: char = '\u{e000}';
/// No UTF-8 text has this byte anywhere.
const BAD_BYTE: u8 = 0xff;

/// Writes rows; also gives the line at which each row begins, from 1.
///
/// # Errors
/// If a text cannot be written as JSON, which does not happen.
pub(crate) fn write_rows(
    shape: Shape,
    columns: &[(&str, Field)],
    rows: &[Row],
) -> Result<(Vec<u8>, Vec<usize>), Error> {
    let mut bytes = Vec::new();
    let mut lines = Vec::new();
    let mut line = 1;
    let mut push = |bytes: &mut Vec<u8>, text: &str| {
        bytes.extend_from_slice(text.as_bytes());
        line += text.matches('\n').count();
        line
    };
    let mut here = match shape {
        Shape::JsonArray => push(&mut bytes, "[\n"),
        Shape::Columns {
            delimiter,
            header: true,
            ..
        } => {
            let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
            push(&mut bytes, &(names.join(&delimiter.to_string()) + "\n"))
        }
        _ => 1,
    };
    for (row_idx, row) in rows.iter().enumerate() {
        lines.push(here);
        let mut record = row.record.clone();
        match row.defect {
            Some(Defect::EmptyBody) => record.body.clear(),
            Some(Defect::InvalidUtf8) => record.title.push(BAD_BYTE_MARK),
            _ => {}
        }
        let mut text = match shape {
            Shape::JsonLines | Shape::JsonArray => json_object(columns, &record)?,
            Shape::Columns {
                delimiter, quote, ..
            } => delimited(columns, &record, delimiter, quote),
        };
        match (row.defect, shape) {
            (Some(Defect::InvalidJson), _) => {
                let n_kept = text.chars().count() * 3 / 5;
                text = text.chars().take(n_kept).collect();
            }
            (Some(Defect::NotAnObject), _) => text = json_text(&record.title)?,
            (Some(Defect::TooManyColumns), Shape::Columns { delimiter, .. }) => {
                for extra in ["x", "17", "?"] {
                    text.push(delimiter);
                    text.push_str(extra);
                }
            }
            _ => {}
        }
        if shape == Shape::JsonArray {
            text.insert_str(0, "  ");
            if row_idx + 1 < rows.len() {
                text.push(',');
            }
        }
        text.push('\n');
        here = push(&mut bytes, &text);
    }
    if shape == Shape::JsonArray {
        push(&mut bytes, "]\n");
    }
    Ok((spoil(&bytes), lines))
}

/// Puts the bad byte in place of its mark.
fn spoil(bytes: &[u8]) -> Vec<u8> {
    let mut buffer = [0; 4];
    let mark = BAD_BYTE_MARK.encode_utf8(&mut buffer).as_bytes();
    let mut spoiled = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(mark) {
            spoiled.push(BAD_BYTE);
            rest = after;
        } else {
            spoiled.push(*first);
            rest = tail;
        }
    }
    spoiled
}

/// Writes text as a JSON string.
fn json_text(text: &str) -> Result<String, Error> {
    serde_json::to_string(text).map_err(|error| Error::Corpus(error.to_string()))
}

/// Writes an object with the keys in the file's order.
fn json_object(columns: &[(&str, Field)], record: &Record) -> Result<String, Error> {
    let mut parts = Vec::new();
    for (name, field) in columns {
        let value = json_text(record.value(*field))?;
        parts.push(format!("{}: {value}", json_text(name)?));
    }
    Ok(format!("{{{}}}", parts.join(", ")))
}

/// Writes a line of columns; fields with a delimiter, a quote or a line break are quoted.
fn delimited(columns: &[(&str, Field)], record: &Record, delimiter: char, quote: char) -> String {
    let quoted: Vec<String> = columns
        .iter()
        .map(|(_, field)| {
            let value = record.value(*field);
            if value.contains([delimiter, quote, '\n', '\r']) {
                let doubled = value.replace(quote, &format!("{quote}{quote}"));
                format!("{quote}{doubled}{quote}")
            } else {
                value.to_owned()
            }
        })
        .collect();
    quoted.join(&delimiter.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Shape = Shape::Columns {
        delimiter: ';',
        quote: '\'',
        header: true,
    };

    fn check(shape: Shape, defect: Option<Defect>, written: &[u8]) -> Result<(), Error> {
        let record = Record {
            title: "it's; so".to_owned(),
            body: "a\nb".to_owned(),
            ..Record::default()
        };
        let columns = [("title", Field::Title), ("body", Field::Body)];
        let (bytes, lines) = write_rows(shape, &columns, &[Row { record, defect }])?;
        assert_eq!(bytes, written);
        assert_eq!(lines, [if shape == Shape::JsonLines { 1 } else { 2 }]);
        Ok(())
    }

    #[test]
    fn rows_are_quoted_and_spoiled() -> Result<(), Error> {
        check(CSV, None, b"title;body\n'it''s; so';'a\nb'\n")?;
        check(
            CSV,
            Some(Defect::InvalidUtf8),
            b"title;body\n'it''s; so\xff';'a\nb'\n",
        )?;
        check(
            CSV,
            Some(Defect::TooManyColumns),
            b"title;body\n'it''s; so';'a\nb';x;17;?\n",
        )?;
        check(
            Shape::JsonLines,
            Some(Defect::EmptyBody),
            b"{\"title\": \"it's; so\", \"body\": \"\"}\n",
        )?;
        check(
            Shape::JsonArray,
            Some(Defect::NotAnObject),
            b"[\n  \"it's; so\"\n]\n",
        )
    }
}
