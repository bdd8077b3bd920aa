//! Full-text search over titles and bodies that finds Chinese.
//!
//! `SQLite`'s own tokenizers miss two-character Chinese words, so runs of Chinese are indexed as
//! overlapping pairs and asked for as phrases of pairs.

use rusqlite::params;

use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::ids::DocId;
use crate::base::language::is_han;

/// Rewrites a text so that the index's tokenizer sees Chinese pairs and other words.
pub fn search_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut before: Option<char> = None;
    let mut alone = false;
    for c in text.chars() {
        if is_han(c) {
            if let Some(b) = before {
                out.push(' ');
                out.push(b);
                out.push(c);
                alone = false;
            } else {
                alone = true;
            }
            before = Some(c);
        } else {
            if let (Some(b), true) = (before, alone) {
                out.push(' ');
                out.push(b);
            }
            if before.take().is_some() {
                out.push(' ');
            }
            out.push(if c.is_alphanumeric() { c } else { ' ' });
        }
    }
    if let (Some(b), true) = (before, alone) {
        out.push(' ');
        out.push(b);
    }
    out
}

/// Turns what a person typed into a query of the index: every word must occur, the last as a prefix.
fn query_of(text: &str) -> Option<String> {
    let mut parts = Vec::new();
    for word in text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
    {
        // Pairs of one run form a phrase; a lone character matches any pair that begins with it.
        let words = search_words(word);
        let tokens: Vec<&str> = words.split_whitespace().collect();
        match tokens.as_slice() {
            [] => {}
            [one] => parts.push(format!("\"{one}\"*")),
            many => parts.push(format!("\"{}\"", many.join(" "))),
        }
    }
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

impl Store {
    /// Finds documents that hold every word typed, best first, at most `limit`.
    ///
    /// # Errors
    /// The database's.
    pub fn search_documents(&self, text: &str, limit: usize) -> Result<Vec<DocId>, StoreError> {
        let Some(query) = query_of(text) else {
            return Ok(Vec::new());
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT rowid FROM document_search WHERE document_search MATCH ?1 ORDER BY rank, rowid LIMIT ?2",
        )?;
        let rows = statement.query_map(params![query, limit as i64], |r| r.get(0).map(DocId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Unit<'_> {
    pub(super) fn index_document(
        &self,
        id: DocId,
        title: &str,
        body: &str,
    ) -> Result<(), StoreError> {
        self.tx
            .prepare_cached("INSERT INTO document_search(rowid, words) VALUES (?1, ?2)")?
            .execute(params![id.0, search_words(&format!("{title}\n{body}"))])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_becomes_pairs() {
        let words = search_words("农村青年5G 人");
        let tokens: Vec<&str> = words.split_whitespace().collect();
        assert_eq!(tokens, ["农村", "村青", "青年", "5G", "人"]);
    }

    #[test]
    fn queries_are_quoted() {
        assert_eq!(
            query_of("青年 AND \"x"),
            Some("\"青年\"* AND \"AND\"* AND \"x\"*".to_owned())
        );
        assert_eq!(query_of("农村青"), Some("\"农村 村青\"".to_owned()));
        assert_eq!(query_of("!!"), None);
    }
}
