//! Writes tables as CSV: UTF-8 without byte order mark, commas, line feeds, quotes where needed.
//!
//! Cells are written as they are. A cell that a spreadsheet would take for a formula stays as it is
//! too: the file is data, and a changed cell would come back changed.

use std::io::{self, Write};

/// Writes one table.
pub struct CsvWriter<W: Write> {
    out: csv::Writer<W>,
}

impl<W: Write> CsvWriter<W> {
    /// Starts a table with its column names.
    ///
    /// # Errors
    /// The writer's errors.
    pub fn new(out: W, columns: &[&str]) -> io::Result<Self> {
        let mut out = csv::WriterBuilder::new().from_writer(out);
        out.write_record(columns)?;
        Ok(Self { out })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// The writer's errors; [`io::ErrorKind::Other`] if the row has not as many cells as the header.
    pub fn write<C: AsRef<str>>(&mut self, cells: &[C]) -> io::Result<()> {
        Ok(self
            .out
            .write_record(cells.iter().map(|c| c.as_ref().as_bytes()))?)
    }

    /// Flushes and gives the writer back.
    ///
    /// # Errors
    /// The writer's errors.
    pub fn finish(self) -> io::Result<W> {
        self.out
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::super::records::{FieldValue, ReadHints, RowOutcome, read_rows};
    use super::*;
    use proptest::prelude::*;

    fn write(columns: &[&str], rows: &[Vec<String>]) -> io::Result<Vec<u8>> {
        let mut out = CsvWriter::new(Vec::new(), columns)?;
        for row in rows {
            out.write(row)?;
        }
        out.finish()
    }

    #[test]
    fn quotes_where_needed_and_changes_nothing() {
        let row = ["=1+1", "a,b", "say \"no\"", "two\nlines", "中文", ""]
            .map(str::to_owned)
            .to_vec();
        let bytes = write(&["a", "b", "c", "d", "e", "f"], &[row]).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "a,b,c,d,e,f\n=1+1,\"a,b\",\"say \"\"no\"\"\",\"two\nlines\",中文,\n"
        );
        assert!(write(&["a", "b"], &[vec!["1".to_owned()]]).is_err());
    }

    proptest! {
        /// What is written is read back, whatever stands in the cells.
        #[test]
        fn comes_back(rows in proptest::collection::vec(proptest::collection::vec("[a-z,;'\"\n\r\té中=]{0,20}", 3), 1..12)) {
            let bytes = write(&["id", "title", "text"], &rows).unwrap();
            let mut back = Vec::new();
            let hints = ReadHints { delimiter: Some(','), quote: Some('"'), ..ReadHints::default() };
            read_rows::<()>(Box::new(&bytes[..]), &hints, &mut |outcome| {
                if let RowOutcome::Record(record) = outcome {
                    back.push(record.fields.into_iter().map(|(_, v)| match v {
                        FieldValue::Text(text) => text,
                        FieldValue::Json(_) => unreachable!(),
                    }).collect::<Vec<_>>());
                }
                Ok(())
            }).unwrap();
            prop_assert_eq!(back, rows);
        }
    }
}
