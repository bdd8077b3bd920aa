//! Cuts a stream of text into rows while holding no more than one row of bounded length.
//!
//! Where a row ends is told by a [`RowScan`]; what is in it is read elsewhere.

use super::encoding::{CHUNK_BYTES, TextSource};
use super::error::FormatError;

/// A longer row is counted as bad and passed over without being held.
pub(super) const MAX_ROW_BYTES: usize = 16 * 1024 * 1024;
/// Bytes that may be read a second time to find the next good row after a broken one. A file made to
/// be broken everywhere then costs little more than a sound one.
const REREAD_BYTES: usize = 1024 * 1024 * 1024;

/// Finds where a row ends; it is fed piece by piece and remembers where it was.
pub(super) trait RowScan {
    /// Returns the number of bytes up to and with the row's end, `None` if it is not in this piece.
    fn scan(&mut self, piece: &[u8]) -> Option<usize>;
    /// Forgets the row before.
    fn restart(&mut self);
}

/// Ends a row at each line feed.
#[derive(Default)]
pub(super) struct LineScan;

impl RowScan for LineScan {
    fn scan(&mut self, piece: &[u8]) -> Option<usize> {
        piece.iter().position(|&b| b == b'\n').map(|at| at + 1)
    }

    fn restart(&mut self) {}
}

/// How a row ended. Its bytes stay in the buffer until they are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// At its end; so many bytes.
    Whole(usize),
    /// With the file; so many bytes.
    Unfinished(usize),
    /// Not within [`MAX_ROW_BYTES`].
    TooLong {
        /// Bytes of it that are held.
        n: usize,
        /// Whether its end is the last of them.
        ended: bool,
    },
}

/// The text now held, from the row being read onward.
pub(super) struct RowBuffer<'r> {
    source: TextSource<'r>,
    text: Vec<u8>,
    start: usize,
    line: u64,
    ended: bool,
    n_reread_bytes: usize,
}

impl<'r> RowBuffer<'r> {
    pub(super) fn new(source: TextSource<'r>) -> Self {
        Self {
            source,
            text: Vec::new(),
            start: 0,
            line: 1,
            ended: false,
            n_reread_bytes: 0,
        }
    }

    /// Returns where the text comes from.
    pub(super) fn source(&self) -> &TextSource<'r> {
        &self.source
    }

    /// Returns the number of the line at which the held text begins, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Returns the text held and not yet dropped.
    pub(super) fn held(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or_default()
    }

    /// Returns the first `n` bytes held.
    pub(super) fn row(&self, n: usize) -> &[u8] {
        self.held().get(..n).unwrap_or_default()
    }

    /// Tells whether all text of the file is held.
    pub(super) fn complete(&self) -> bool {
        self.ended
    }

    /// Returns the bytes of memory that text takes now.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.text.capacity()
    }

    /// Fetches until `n` bytes are held or the file ends.
    pub(super) fn hold(&mut self, n: usize) -> Result<(), FormatError> {
        while self.held().len() < n && self.fetch()? {}
        Ok(())
    }

    fn fetch(&mut self) -> Result<bool, FormatError> {
        if self.ended {
            return Ok(false);
        }
        if self.start > 0 {
            self.text.drain(..self.start);
            self.start = 0;
        }
        // Growing by doubling would hold up to three times the longest row.
        let needed = self.text.len() + 2 * CHUNK_BYTES;
        if needed > self.text.capacity() {
            let roomy = (2 * self.text.len())
                .min(MAX_ROW_BYTES + 4 * CHUNK_BYTES)
                .max(needed);
            self.text.reserve_exact(roomy - self.text.len());
        }
        self.ended = !self.source.append(&mut self.text)?;
        Ok(!self.ended)
    }

    /// Returns the next byte without dropping it.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, FormatError> {
        self.hold(1)?;
        Ok(self.held().first().copied())
    }

    /// Drops the first `n` bytes held.
    pub(super) fn drop_bytes(&mut self, n: usize) {
        let dropped = self.row(n);
        let n_lines: u64 = dropped.iter().map(|&b| u64::from(b == b'\n')).sum();
        let n = dropped.len();
        self.line += n_lines;
        self.start += n;
    }

    /// Finds the end of the row that begins here; `None` at the end of the file.
    pub(super) fn frame(&mut self, scan: &mut dyn RowScan) -> Result<Option<Frame>, FormatError> {
        scan.restart();
        let mut n_seen = 0;
        loop {
            if let Some(n) = scan.scan(self.held().get(n_seen..).unwrap_or_default()) {
                let n = n_seen + n;
                return Ok(Some(if n > MAX_ROW_BYTES {
                    Frame::TooLong { n, ended: true }
                } else {
                    Frame::Whole(n)
                }));
            }
            n_seen = self.held().len();
            if n_seen > MAX_ROW_BYTES {
                return Ok(Some(Frame::TooLong {
                    n: n_seen,
                    ended: false,
                }));
            }
            if !self.fetch()? && self.held().len() == n_seen {
                return Ok((n_seen > 0).then_some(Frame::Unfinished(n_seen)));
            }
        }
    }

    /// Passes over a row whose first `n` bytes, all that is held, do not end it.
    pub(super) fn drop_long_row(&mut self, scan: &mut dyn RowScan) -> Result<(), FormatError> {
        loop {
            self.drop_bytes(self.held().len());
            if !self.fetch()? && self.held().is_empty() {
                return Ok(());
            }
            if let Some(n) = scan.scan(self.held()) {
                self.drop_bytes(n);
                return Ok(());
            }
        }
    }

    /// Drops lines, the first one always, until a good row begins within the `n` bytes of a broken
    /// one; `false`, with nothing dropped, if none does.
    ///
    /// `look` tells whether a good row begins at the text it is given, and how many bytes it read.
    pub(super) fn drop_to_good_row(
        &mut self,
        n: usize,
        look: impl Fn(&[u8]) -> (bool, usize),
    ) -> bool {
        let row = self.row(n);
        let mut at = 0;
        let mut n_reread = self.n_reread_bytes;
        let mut found = false;
        while let Some(n_line) = row.get(at..).and_then(|r| LineScan.scan(r)) {
            at += n_line;
            let rest = row.get(at..).unwrap_or_default();
            if rest.is_empty() || n_reread > REREAD_BYTES {
                break;
            }
            let (good, n_looked) = look(rest);
            n_reread += n_looked;
            if good {
                found = true;
                break;
            }
        }
        self.n_reread_bytes = n_reread;
        if found {
            self.n_reread_bytes += n - at;
            self.drop_bytes(at);
        }
        found
    }
}
