//! What a column holds, told from a sample of rows. It draws no conclusion.

use super::columns::text_of;
use super::dates;
use super::doc_field::key_of;
use super::records::Record;
use crate::base::language::is_han;
use crate::domain::corpus::Nation;

/// What a column holds, as far as the sample shows.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a finding of its own"
)]
pub(super) struct Profile<'a> {
    pub(super) column: &'a str,
    pub(super) key: String,
    pub(super) n_filled: usize,
    pub(super) n_distinct: usize,
    pub(super) n_mean_chars: usize,
    pub(super) mostly_dates: bool,
    pub(super) all_urls: bool,
    pub(super) all_languages: bool,
    pub(super) all_nations: bool,
    /// At least half of the values are more than one word, or Chinese.
    pub(super) has_words: bool,
}

impl<'a> Profile<'a> {
    pub(super) fn of(column: &'a str, sample: &[Record]) -> Self {
        let texts: Vec<String> = sample
            .iter()
            .filter_map(|r| text_of(r.get(column)?))
            .collect();
        let n_filled = texts.len();
        let mut distinct: Vec<&str> = texts.iter().map(String::as_str).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let count = |test: &dyn Fn(&str) -> bool| texts.iter().filter(|t| test(t)).count();
        let all = |test: &dyn Fn(&str) -> bool| n_filled > 0 && count(test) == n_filled;
        let words = |t: &str| {
            t.contains(char::is_alphabetic) && (t.trim().contains(' ') || t.chars().any(is_han))
        };
        Self {
            column,
            key: key_of(column),
            n_filled,
            n_distinct: distinct.len(),
            n_mean_chars: texts.iter().map(|t| t.chars().count()).sum::<usize>() / n_filled.max(1),
            // Numbers alone may be anything; a date in a column without name has a sign or a word.
            mostly_dates: count(&|t| {
                dates::looks_like_date(t) && !t.bytes().all(|b| b.is_ascii_digit())
            }) * 10
                >= n_filled.max(1) * 6,
            all_urls: all(&|t| {
                t.starts_with("http://") || t.starts_with("https://") || t.starts_with("www.")
            }),
            all_languages: all(&|t| {
                matches!(t.get(..2), Some("zh" | "en" | "fr" | "de")) && t.len() <= 5
            }),
            all_nations: all(&|t| {
                t.bytes().all(|b| b.is_ascii_uppercase()) && Nation::parse(t).is_ok()
            }),
            has_words: count(&words) * 2 >= n_filled.max(1),
        }
    }
}
