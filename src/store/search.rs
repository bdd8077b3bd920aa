//! Search over titles and bodies as one types: a first page at once, then every document found.
//!
//! Two indexes of `SQLite` stand beside the documents, in the same file and the same transactions: one of
//! all words and one of the titles' words. They know which document holds which word, and the first
//! letters of words, so that whatever is typed is answered by walking lists that are stored in order; nothing
//! is ranked over all documents. Where words must follow each other, the documents that hold them all
//! are read and looked at one by one; two short words that do so are indexed as a pair, which spares that.
//!
//! `SQLite`'s own tokenizers miss two-character Chinese words, so runs of Chinese are indexed as overlapping
//! pairs, and their last character alone.

mod query;

use std::collections::HashSet;
use std::ops::ControlFlow;

use rusqlite::{Rows, Transaction, params};

use query::Part;
pub use query::SearchQuery;

use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::fold::fold;
use crate::base::ids::DocId;
use crate::base::language::is_han;
use crate::base::observe::Observe;

/// Rows walked between two looks at a cancel: well below a millisecond.
const STEP_ROWS: u64 = 512;

/// Documents read between two looks at a cancel: a millisecond or so.
const STEP_READ: u64 = 32;

/// Documents handed over together.
const BLOCK_DOCS: usize = 2048;

/// Words of one search that the index is asked for; the documents found are then read, so that further
/// words count all the same.
const MAX_TOKENS: usize = 48;

/// Letters of a word that is short enough to be indexed together with a short neighbor.
const SHORT_LETTERS: usize = 4;

/// Joins such pairs; no folded word has it.
const PAIR_SIGN: &str = "·";

const FIND_ANYWHERE: &str =
    "SELECT rowid FROM document_search WHERE document_search MATCH ?1 ORDER BY rowid";
const FIND_IN_TITLE: &str =
    "SELECT rowid FROM title_search WHERE title_search MATCH ?1 ORDER BY rowid";

/// A document that a search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchFound {
    /// The document.
    pub doc: DocId,
    /// Whether its title alone holds every word asked for.
    pub in_title: bool,
}

/// Returns the words of a folded text as the index keeps them, parted by spaces.
fn index_words(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len() * 2);
    let mut last = "";
    for piece in folded.split(' ') {
        if is_paired(last, piece) {
            out.extend([last, PAIR_SIGN, piece, " "]);
        }
        last = piece;
        if !piece.starts_with(is_han) {
            out.extend([piece, " "]);
            continue;
        }
        let mut before: Option<char> = None;
        for c in piece.chars() {
            if let Some(b) = before {
                out.extend([b, c, ' ']);
            }
            before = Some(c);
        }
        out.extend(before.into_iter().chain([' ']));
    }
    out
}

/// Tells whether two words that follow each other are indexed as a pair too.
///
/// The most common words are short, and only phrases of common words would have to be looked for in very
/// many documents; a rarer word narrows them down by itself.
fn is_paired(first: &str, second: &str) -> bool {
    let is_short = |word: &str| {
        (1..=SHORT_LETTERS).contains(&word.chars().count()) && !word.starts_with(is_han)
    };
    is_short(first) && is_short(second)
}

/// Returns every word once. The index keeps no places, and each word costs it four entries to look up.
fn each_once(words: &str) -> String {
    let mut words: Vec<&str> = words.split_ascii_whitespace().collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// Words of the index that a document with this part must have; a `*` stands after what may go on.
fn tokens_of(part: &Part) -> Vec<String> {
    let mut out = Vec::new();
    let pieces: Vec<&str> = part.folded.split(' ').collect();
    // An open word may turn out long, and would then be in no pair.
    let n_whole = pieces.len() - usize::from(part.is_open);
    let mut is_in_pair = vec![false; pieces.len()];
    for (at, pair) in pieces.windows(2).enumerate() {
        if let [a, b] = pair
            && at + 1 < n_whole
            && is_paired(a, b)
        {
            out.push(format!("\"{a}{PAIR_SIGN}{b}\""));
            if let Some(both) = is_in_pair.get_mut(at..=at + 1) {
                both.fill(true);
            }
        }
    }
    for ((at, piece), is_in_pair) in pieces.iter().enumerate().zip(is_in_pair) {
        if piece.starts_with(is_han) {
            let chars: Vec<char> = piece.chars().collect();
            match chars.as_slice() {
                // Every character begins a pair or stands last, so this finds it anywhere.
                [one] => out.push(format!("\"{one}\"*")),
                many => out.extend(many.windows(2).map(|w| {
                    let pair: String = w.iter().collect();
                    format!("\"{pair}\"")
                })),
            }
        } else if at >= n_whole {
            out.push(format!("\"{piece}\"*"));
        } else if !is_in_pair {
            out.push(format!("\"{piece}\""));
        }
    }
    out
}

/// How a search is put to the indexes.
struct Plan {
    /// For the index of all words.
    anywhere: Option<String>,
    /// For the index of titles.
    in_title: Option<String>,
    /// Whether what the indexes find must be read to be sure.
    must_read: bool,
}

impl Plan {
    fn of(query: &SearchQuery) -> Self {
        let mut anywhere = Vec::new();
        let mut in_title = Vec::new();
        let mut must_read = false;
        for part in &query.wanted {
            let tokens = tokens_of(part);
            must_read |= tokens.len() > 1;
            if part.title_only {
                in_title.extend(tokens);
            } else {
                anywhere.extend(tokens);
            }
        }
        for tokens in [&mut anywhere, &mut in_title] {
            must_read |= tokens.len() > MAX_TOKENS;
            tokens.truncate(MAX_TOKENS);
            tokens.sort_unstable();
            tokens.dedup();
        }
        let mut left_out = Vec::new();
        for part in &query.unwanted {
            let tokens = tokens_of(part);
            let is_one = tokens.len() == 1 && !part.title_only && left_out.len() < MAX_TOKENS;
            if is_one && !anywhere.is_empty() {
                left_out.extend(tokens);
            } else {
                must_read = true;
            }
        }
        let ask = |tokens: &[String]| (!tokens.is_empty()).then(|| tokens.join(" AND "));
        let mut all = ask(&anywhere);
        if let (Some(all), false) = (&mut all, left_out.is_empty()) {
            *all = format!("({all}) NOT ({})", left_out.join(" OR "));
        }
        Self {
            anywhere: all,
            in_title: ask(&in_title),
            must_read,
        }
    }
}

/// Looks at a cancel every so many rows.
struct Pace<'o> {
    observe: &'o dyn Observe,
    n_rows: u64,
    last_id: u64,
}

impl Pace<'_> {
    fn next(&mut self, rows: &mut Rows<'_>) -> Result<Option<i64>, StoreError> {
        let id: Option<i64> = rows.next()?.map(|r| r.get(0)).transpose()?;
        self.n_rows += 1;
        if self.n_rows.is_multiple_of(STEP_ROWS) {
            // Lists are walked by rising identity, so the identity tells how far this is.
            let at = id.map_or(self.last_id, i64::cast_unsigned);
            self.observe.step(at, self.last_id)?;
        }
        Ok(id)
    }

    /// Returns the next identity that both lists have.
    fn next_of_both(
        &mut self,
        a: &mut Rows<'_>,
        b: &mut Rows<'_>,
    ) -> Result<Option<i64>, StoreError> {
        let (mut x, mut y) = (self.next(a)?, self.next(b)?);
        while let (Some(i), Some(j)) = (x, y) {
            match i.cmp(&j) {
                std::cmp::Ordering::Equal => return Ok(x),
                std::cmp::Ordering::Less => x = self.next(a)?,
                std::cmp::Ordering::Greater => y = self.next(b)?,
            }
        }
        Ok(None)
    }
}

impl Store {
    /// Finds the first documents for a search, at most `limit`, for a page that is shown at once.
    ///
    /// Those whose title holds every word come first; among them, and among the others, those that hold the
    /// last word whole come before those where it only begins one. What is alike stands in order of import.
    ///
    /// # Errors
    /// The database's; [`StoreError::Cancelled`] if the observer asks for it.
    ///
    /// # Cost
    /// Walks no further than the page needs. Words that are common but never stand in one document, or
    /// never follow each other, cost a walk over the shortest of their lists.
    pub fn search_first(
        &self,
        query: &SearchQuery,
        limit: usize,
        observe: &dyn Observe,
    ) -> Result<Vec<SearchFound>, StoreError> {
        let closed = query.closed();
        let ways: Vec<&SearchQuery> = closed.iter().chain([query]).collect();
        let mut found: Vec<SearchFound> = Vec::new();
        let mut seen = HashSet::new();
        for in_title in [true, false] {
            for way in &ways {
                let mut way = (*way).clone();
                if in_title {
                    for part in &mut way.wanted {
                        part.title_only = true;
                    }
                }
                if found.len() >= limit {
                    return Ok(found);
                }
                self.walk(&way, observe, &mut |doc| {
                    if seen.insert(doc) {
                        found.push(SearchFound { doc, in_title });
                    }
                    if found.len() < limit {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                })?;
            }
        }
        Ok(found)
    }

    /// Finds every document for a search, by rising identity, and hands them over in blocks as they are
    /// found; returns their number.
    ///
    /// The observer is told the last document looked at, of the last there is.
    ///
    /// # Errors
    /// As [`Store::search_first`].
    pub fn search_all(
        &self,
        query: &SearchQuery,
        observe: &dyn Observe,
        sink: &mut dyn FnMut(&[DocId]),
    ) -> Result<usize, StoreError> {
        let mut block = Vec::with_capacity(BLOCK_DOCS);
        let mut n_found = 0;
        self.walk(query, observe, &mut |doc| {
            block.push(doc);
            n_found += 1;
            if block.len() == BLOCK_DOCS {
                sink(&block);
                block.clear();
            }
            ControlFlow::Continue(())
        })?;
        if !block.is_empty() {
            sink(&block);
        }
        Ok(n_found)
    }

    /// Walks the documents that a search finds, by rising identity, until `each` breaks.
    fn walk(
        &self,
        query: &SearchQuery,
        observe: &dyn Observe,
        each: &mut dyn FnMut(DocId) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let plan = Plan::of(query);
        let last_id: Option<i64> = self
            .connection
            .prepare_cached("SELECT max(id) FROM document")?
            .query_row([], |r| r.get(0))?;
        let mut pace = Pace {
            observe,
            n_rows: 0,
            last_id: last_id.map_or(0, i64::cast_unsigned),
        };
        observe.step(0, pace.last_id)?;
        let mut anywhere = self.connection.prepare_cached(FIND_ANYWHERE)?;
        let mut in_title = self.connection.prepare_cached(FIND_IN_TITLE)?;
        let mut text = self
            .connection
            .prepare_cached("SELECT title, body FROM document WHERE id = ?1")?;
        let mut anywhere = plan
            .anywhere
            .as_ref()
            .map(|ask| anywhere.query([ask]))
            .transpose()?;
        let mut in_title = plan
            .in_title
            .as_ref()
            .map(|ask| in_title.query([ask]))
            .transpose()?;
        let mut n_read = 0u64;
        loop {
            let next = match (&mut anywhere, &mut in_title) {
                (Some(a), Some(b)) => pace.next_of_both(a, b)?,
                (Some(rows), None) | (None, Some(rows)) => pace.next(rows)?,
                (None, None) => None,
            };
            let Some(id) = next else { return Ok(()) };
            if plan.must_read {
                let (title, body) = text.query_row([id], |r| {
                    let fold = |at| Ok::<_, rusqlite::Error>(fold(r.get_ref(at)?.as_str()?));
                    Ok((fold(0)?, fold(1)?))
                })?;
                n_read += 1;
                if n_read.is_multiple_of(STEP_READ) {
                    observe.step(id.cast_unsigned(), pace.last_id)?;
                }
                if !query.matches(&title, &body) {
                    continue;
                }
            }
            if each(DocId(id)).is_break() {
                return Ok(());
            }
        }
    }
}

impl Unit<'_> {
    pub(super) fn index_document(
        &self,
        id: DocId,
        title: &str,
        body: &str,
    ) -> Result<(), StoreError> {
        index(&self.tx, id, title, body)
    }
}

fn index(tx: &Transaction<'_>, id: DocId, title: &str, body: &str) -> Result<(), StoreError> {
    let title = each_once(&index_words(&fold(title)));
    tx.prepare_cached("INSERT INTO title_search(rowid, words) VALUES (?1, ?2)")?
        .execute(params![id.0, title])?;
    let all = each_once(&(title + " " + &index_words(&fold(body))));
    tx.prepare_cached("INSERT INTO document_search(rowid, words) VALUES (?1, ?2)")?
        .execute(params![id.0, all])?;
    Ok(())
}

/// Indexes every document of a project whose indexes are new and empty.
pub(super) fn index_all(tx: &Transaction<'_>) -> Result<(), StoreError> {
    let mut statement = tx.prepare("SELECT id, title, body FROM document ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (title, body): (String, String) = (row.get(1)?, row.get(2)?);
        index(tx, DocId(row.get(0)?), &title, &body)?;
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
