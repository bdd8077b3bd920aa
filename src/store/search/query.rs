//! What a person typed, read as words that must or must not occur, and looked for in a text.
//!
//! It asks no index: it says what a match is, and the index must find the same.

use crate::base::fold::{fold, fold_with_places, plain};
use crate::base::language::is_han;
use crate::base::sentences::Span;

/// A search as it was typed, and what it asks for.
///
/// - Every word must occur, in the title or the text; case and accents do not matter. Words joined
///   by a sign, such as `covid-19`, must follow each other.
/// - The last word need only begin a word, since it may still be being typed.
/// - Chinese is found wherever its characters stand together.
/// - Words in quotes must follow each other, whole. A quote that is not closed is still being typed.
/// - A word or quote after a minus must not occur; one after `title:` must occur in the title.
///
/// Any text is a search; one that names nothing that must occur finds nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    text: String,
    pub(super) wanted: Vec<Part>,
    pub(super) unwanted: Vec<Part>,
}

/// A word or several that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// As `fold` returns it; never empty.
    pub(super) folded: String,
    /// Whether only the title is looked at.
    pub(super) title_only: bool,
    /// Whether the last word may go on.
    pub(super) is_open: bool,
}

/// Signs that open and close a quote in the four languages; which does what is not told apart.
const QUOTES: &[char] = &['"', '“', '”', '„', '«', '»', '「', '」', '『', '』'];

/// Signs typed for a minus.
const MINUSES: &[char] = &['-', '−', '－'];

impl SearchQuery {
    /// Reads what was typed.
    pub fn parse(text: &str) -> Self {
        let mut this = Self {
            text: text.to_owned(),
            ..Self::default()
        };
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let is_unwanted = rest.starts_with(MINUSES);
            if is_unwanted {
                rest = rest.trim_start_matches(MINUSES);
            }
            let after_title = title_mark(rest);
            rest = after_title.unwrap_or(rest);
            let is_quote = rest.starts_with(QUOTES);
            let body = if is_quote { skip_char(rest) } else { rest };
            let ends = |c: char| QUOTES.contains(&c) || (!is_quote && c.is_whitespace());
            let end = body.find(ends).unwrap_or(body.len());
            let (word, after) = body.split_at(end);
            let is_closed = is_quote && !after.is_empty();
            rest = if is_closed { skip_char(after) } else { after }.trim_start();
            let folded = fold(word);
            if folded.is_empty() {
                continue;
            }
            let part = Part {
                folded,
                title_only: after_title.is_some(),
                is_open: rest.is_empty() && !is_unwanted && !is_closed,
            };
            if is_unwanted {
                this.unwanted.push(part);
            } else {
                this.wanted.push(part);
            }
        }
        this
    }

    /// Returns what was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Tells whether nothing is asked for, so that nothing is found.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Finds the first word asked for in a text, leftmost first; none if no word is in it.
    ///
    /// # Units
    /// The span counts characters of `text`.
    pub fn find_in(&self, text: &str) -> Option<Span> {
        let (folded, places) = fold_with_places(text);
        let (start, end) = self
            .wanted
            .iter()
            .filter_map(|part| part.find(&folded))
            .min_by_key(|(start, _)| *start)?;
        let char_at = |byte: usize| folded.get(..byte).map(|head| head.chars().count());
        let first = *places.get(char_at(start)?)?;
        let last = *places.get(char_at(end)?.checked_sub(1)?)?;
        Some(Span {
            start: first,
            end: last + 1,
        })
    }

    /// Tells whether a document is found, by its folded title and body.
    pub(super) fn matches(&self, title: &str, body: &str) -> bool {
        let is_in = |part: &Part| {
            part.find(title).is_some() || (!part.title_only && part.find(body).is_some())
        };
        !self.is_empty() && self.wanted.iter().all(is_in) && !self.unwanted.iter().any(is_in)
    }

    /// The same search with its last word ended; none if no word of letters is still open.
    pub(super) fn closed(&self) -> Option<Self> {
        let mut this = self.clone();
        let last = this.wanted.last_mut()?;
        if !last.is_open || last.folded.chars().next_back().is_none_or(is_han) {
            return None;
        }
        last.is_open = false;
        Some(this)
    }
}

/// Returns what follows `title:`.
fn title_mark(text: &str) -> Option<&str> {
    let (head, tail) = (text.get(..5)?, text.get(5..)?);
    let colon = tail.chars().next().map(plain);
    (head.eq_ignore_ascii_case("title") && colon == Some(':')).then(|| skip_char(tail))
}

fn skip_char(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}

impl Part {
    /// Finds the part in a folded text, as bytes from and to.
    pub(super) fn find(&self, text: &str) -> Option<(usize, usize)> {
        let free_start = self.folded.starts_with(is_han);
        let free_end = self.is_open || self.folded.ends_with(is_han);
        let mut from = 0;
        while let Some(at) = text.get(from..)?.find(&self.folded) {
            let (start, end) = (from + at, from + at + self.folded.len());
            let starts_word = free_start || text.get(..start).is_none_or(is_cut_after);
            let ends_word = free_end || text.get(end..).is_none_or(is_cut_before);
            if starts_word && ends_word {
                return Some((start, end));
            }
            from = start + self.folded.chars().next().map_or(1, char::len_utf8);
        }
        None
    }
}

fn is_cut_after(head: &str) -> bool {
    head.is_empty() || head.ends_with(' ')
}

fn is_cut_before(tail: &str) -> bool {
    tail.is_empty() || tail.starts_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let query = SearchQuery::parse(text);
        let name = |part: &Part, sign: &str| {
            let title = if part.title_only { "title:" } else { "" };
            let open = if part.is_open { "*" } else { "" };
            (format!("{sign}{title}"), format!("{}{open}", part.folded))
        };
        let mut got: Vec<(String, String)> = query.wanted.iter().map(|p| name(p, "+")).collect();
        got.extend(query.unwanted.iter().map(|p| name(p, "-")));
        let want: Vec<(String, String)> = expected
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        assert_eq!(got, want, "{text}");
    }

    #[test]
    fn reads_what_is_typed() {
        check("Élection pré", &[("+", "election"), ("+", "pre*")]);
        check("climate -Coal", &[("+", "climate"), ("-", "coal")]);
        check("-coal climate", &[("+", "climate*"), ("-", "coal")]);
        check("\"Human Rights\"", &[("+", "human rights")]);
        check("\"human rig", &[("+", "human rig*")]);
        check(
            "title:asyl Gericht",
            &[("+title:", "asyl"), ("+", "gericht*")],
        );
        check("-TITLE：“a b” c", &[("+", "c*"), ("-title:", "a b")]);
        check(
            "„Der Rat“ 国家安全",
            &[("+", "der rat"), ("+", "国家安全*")],
        );
        check("covid-19", &[("+", "covid 19*")]);
        check(
            "AND OR NOT NEAR(a b)",
            &[
                ("+", "and"),
                ("+", "or"),
                ("+", "not"),
                ("+", "near a"),
                ("+", "b*"),
            ],
        );
        check("a\"b c\"d", &[("+", "a"), ("+", "b c"), ("+", "d*")]);
        for nothing in [
            "",
            "  ",
            "\"",
            "\"\"",
            "-",
            "--",
            "title:",
            "-title:\"",
            "🙂 * ( ) :",
            "- -",
        ] {
            check(nothing, &[]);
            assert!(SearchQuery::parse(nothing).is_empty());
        }
    }

    fn check_found(query: &str, text: &str, found: bool) {
        let got = SearchQuery::parse(query).matches("", &fold(text));
        assert_eq!(got, found, "{query} in {text}");
    }

    #[test]
    fn words_are_whole_but_the_last() {
        check_found("elec", "Une élection", true);
        check_found("elec une", "Une élection", false);
        check_found("lection", "Une élection", false);
        check_found("\"une elec\"", "Une élection", false);
        check_found("\"une elec", "Une élection", true);
        check_found("une -elec", "Une élection", true);
        check_found("une -election", "Une élection", false);
        check_found("家安", "国家安全", true);
        check_found("家 全", "国家安全", true);
        check_found("国安", "国家安全", false);
        check_found("\"安全 法\"", "国家安全，法律", true);
        check_found("\"安 法\"", "国家安全，法律", false);
        check_found("5g网", "新的5G网络", true);
        check_found("g网", "新的5G网络", false);
    }

    #[test]
    fn points_at_the_first_word() {
        let at = |query: &str, text: &str| {
            SearchQuery::parse(query)
                .find_in(text)
                .map(|s| (s.start, s.end))
        };
        assert_eq!(at("gruss strasse", "Die Straße, ein Gruß"), Some((4, 10)));
        assert_eq!(at("家安", "维护国家安全"), Some((3, 5)));
        assert_eq!(at("wald", "Die Straße"), None);
    }
}
