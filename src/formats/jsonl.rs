//! Writes rows as JSON lines. It chooses no fields and adds nothing.

use std::io::{self, Write};

use serde::Serialize;

/// Writes one JSON value per line, in UTF-8 with line feeds.
pub struct JsonLinesWriter<W: Write> {
    out: W,
}

impl<W: Write> JsonLinesWriter<W> {
    /// Starts with no line.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    /// Writes one line.
    ///
    /// # Errors
    /// The writer's errors, and a value that JSON cannot hold as [`io::ErrorKind::InvalidData`].
    pub fn write(&mut self, row: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, row)?;
        self.out.write_all(b"\n")
    }

    /// Flushes and gives the writer back.
    ///
    /// # Errors
    /// The writer's errors.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_one_line() {
        let mut out = JsonLinesWriter::new(Vec::new());
        out.write(&serde_json::json!({"title": "a \"b\"\nc", "text": "中文 é"}))
            .unwrap();
        out.write(&serde_json::json!([1, null])).unwrap();
        let text = String::from_utf8(out.finish().unwrap()).unwrap();
        assert_eq!(
            text,
            "{\"text\":\"中文 é\",\"title\":\"a \\\"b\\\"\\nc\"}\n[1,null]\n"
        );
    }
}
