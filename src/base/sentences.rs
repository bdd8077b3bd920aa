//! Sentences with their places in the text, for the four languages.
//!
//! Offsets are counted in characters (Unicode scalar values), the unit stored everywhere in this
//! program; it does not parse grammar.

/// A stretch of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

impl Span {
    /// Returns the text under the span, `None` if it reaches past the end.
    pub fn slice<'a>(&self, text: &'a str) -> Option<&'a str> {
        if self.start > self.end {
            return None;
        }
        let from = byte_of_char(text, self.start)?;
        let len = byte_of_char(text.get(from..)?, self.end - self.start)?;
        text.get(from..from + len)
    }
}

/// Returns the byte position of character `n`, the text's length when `n` is its number of characters.
pub fn byte_of_char(text: &str, n: usize) -> Option<usize> {
    let mut seen = 0;
    for (byte, _) in text.char_indices() {
        if seen == n {
            return Some(byte);
        }
        seen += 1;
    }
    (seen == n).then_some(text.len())
}

/// Words before a period that do not end a sentence.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "gen", "sen", "rep", "gov", "lt", "col", "jr", "sr",
    "no", "vs", "inc", "corp", "co", "ltd", "bzw", "ca", "nr", "usw", "evtl", "ggf", "mio", "mrd",
    "vgl", "z", "b", "d", "h", "u", "a", "m", "mme", "mlle", "mm", "art", "p", "etc", "cf", "e",
    "g", "i", "jan", "feb", "aug", "sept", "oct", "nov", "dec",
];

/// Splits a text into sentences, each trimmed, in order, without empty ones.
///
/// Ends at `. ! ? …` and `。！？` with following closing quotes, and at line breaks. A period after an
/// abbreviation, a single capital letter or a digit before a digit or lower-case word ends nothing.
pub fn sentences(text: &str) -> Vec<Span> {
    let chars: Vec<char> = text.chars().collect();
    let mut spans = Vec::new();
    let mut start = 0;
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        let mut end = i + 1;
        let ends = match c {
            '\n' | '\r' | '。' | '！' | '？' | '!' | '?' | '…' => true,
            '.' => period_ends(&chars, i),
            _ => false,
        };
        if ends {
            while chars.get(end).is_some_and(|&q| is_closing(&chars, end, q)) {
                end += 1;
            }
            push_trimmed(&chars, start, end, &mut spans);
            start = end;
        }
        i = end;
    }
    push_trimmed(&chars, start, chars.len(), &mut spans);
    spans
}

/// Tells whether the character after a sentence's end still belongs to it.
fn is_closing(chars: &[char], at: usize, c: char) -> bool {
    match c {
        '"' | '”' | '’' | '\'' | '»' | '」' | '』' | '）' | ')' | '.' | '!' | '?' | '！' | '？' => {
            true
        }
        // A German closing quote looks like an English opening one; it closes when no letter follows.
        '“' => !chars.get(at + 1).is_some_and(|n| n.is_alphanumeric()),
        // French puts a (narrow) no-break space before the closing quote.
        '\u{a0}' | '\u{202f}' | ' ' => chars.get(at + 1) == Some(&'»'),
        _ => false,
    }
}

fn period_ends(chars: &[char], at: usize) -> bool {
    let next = chars.get(at + 1).copied();
    let Some(next) = next else { return true };
    if next.is_alphanumeric() {
        return false;
    }
    let mut first = at;
    while first > 0 && chars.get(first - 1).is_some_and(|c| c.is_alphabetic()) {
        first -= 1;
    }
    let word: String = chars.get(first..at).unwrap_or(&[]).iter().collect();
    if word.chars().count() == 1 && word.chars().all(char::is_uppercase) {
        return false;
    }
    let after = chars
        .get(at + 1..)
        .unwrap_or(&[])
        .iter()
        .find(|c| !c.is_whitespace())
        .copied();
    if ABBREVIATIONS.contains(&word.to_lowercase().as_str()) && after.is_some() && next != '\n' {
        return false;
    }
    // "am 3. Mai", "Nr. 4 ": an ordinal before a lower-case word or a month goes on.
    if word.is_empty() && first > 0 && chars.get(first - 1).is_some_and(char::is_ascii_digit) {
        return after.is_none_or(|c| !c.is_lowercase())
            && !starts_with_month(chars.get(at + 1..).unwrap_or(&[]));
    }
    true
}

fn starts_with_month(rest: &[char]) -> bool {
    const MONTHS: &[&str] = &[
        "Januar",
        "Jänner",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    let word: String = rest
        .iter()
        .skip_while(|c| **c == ' ')
        .take_while(|c| c.is_alphabetic())
        .collect();
    MONTHS.contains(&word.as_str())
}

fn push_trimmed(chars: &[char], start: usize, end: usize, spans: &mut Vec<Span>) {
    let blank = |i: usize| chars.get(i).is_none_or(|c| c.is_whitespace());
    let (mut start, mut end) = (start, end);
    while start < end && blank(start) {
        start += 1;
    }
    while end > start && blank(end - 1) {
        end -= 1;
    }
    if start < end {
        spans.push(Span { start, end });
    }
}

/// Cuts the text around a passage, `n_chars` on each side, and returns where the passage lies in the cut.
pub fn in_context(body: &str, passage: Span, n_chars: usize) -> (String, Span) {
    let n_all = body.chars().count();
    let start = passage.start.saturating_sub(n_chars);
    let end = (passage.end + n_chars).min(n_all);
    let cut = Span { start, end }
        .slice(body)
        .unwrap_or_default()
        .replace(['\n', '\r'], " ");
    let (before, after) = (
        if start > 0 { "… " } else { "" },
        if end < n_all { " …" } else { "" },
    );
    let shift = before.chars().count();
    (
        format!("{before}{cut}{after}"),
        Span {
            start: passage.start.saturating_sub(start) + shift,
            end: passage.end.min(n_all).saturating_sub(start) + shift,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let got: Vec<&str> = sentences(text)
            .iter()
            .filter_map(|s| s.slice(text))
            .collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn splits_four_languages() {
        check("Mr. Low spoke. He left!", &["Mr. Low spoke.", "He left!"]);
        check(
            "“It is right.” She went on.",
            &["“It is right.”", "She went on."],
        );
        check(
            "他说：“应当保护。”会议结束。",
            &["他说：“应当保护。”", "会议结束。"],
        );
        check(
            "Am 3. Mai kam sie. „Das ist gut.“ Er ging.",
            &["Am 3. Mai kam sie.", "„Das ist gut.“", "Er ging."],
        );
        check(
            "Il a dit : « C’est juste. » Elle part.",
            &["Il a dit : « C’est juste. »", "Elle part."],
        );
        check(
            "It cost 3.5 million. Done",
            &["It cost 3.5 million.", "Done"],
        );
        check("", &[]);
    }

    #[test]
    fn context_keeps_the_passage_in_its_place() {
        let body = "x".repeat(300) + "价值应当保护" + &"y".repeat(10);
        let passage = Span {
            start: 300,
            end: 306,
        };
        let (text, span) = in_context(&body, passage, 140);
        assert_eq!(span.slice(&text), Some("价值应当保护"));
        assert!(text.starts_with('…') && text.ends_with('y'));
        // A passage past the end is no reason to stop.
        let beyond = Span {
            start: 900,
            end: 990,
        };
        assert_eq!(in_context(&body, beyond, 5).1.slice("…"), None);
    }
}
