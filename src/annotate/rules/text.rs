//! Tokens of a text with their places, as the lexicons match them.
//!
//! Words of spaced scripts, single ideographs and single punctuation marks are tokens; French
//! elisions and English possessives are undone. It knows no lexicon and cuts no Chinese words.

use crate::base::language::{Language, is_han};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A word of a spaced script, or one ideograph.
    Word,
    /// Digits.
    Number,
    /// One mark.
    Mark,
}

/// One token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// Lower-case form, elisions undone.
    pub(crate) text: String,
    /// First character.
    pub(crate) start: usize,
    /// One past the last character.
    pub(crate) end: usize,
    /// What it is.
    pub(crate) kind: Kind,
    /// Begins with a capital.
    pub(crate) capital: bool,
}

impl Token {
    /// Tells whether this is one of the given marks.
    pub(crate) fn is_mark(&self, marks: &str) -> bool {
        self.kind == Kind::Mark && marks.contains(self.text.as_str())
    }
}

/// Cuts a text into tokens.
pub(crate) fn tokenize(text: &str, language: Language) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    tokenize_chars(&chars, language)
}

/// Cuts characters into tokens; offsets count from the first of them.
pub(crate) fn tokenize_chars(chars: &[char], language: Language) -> Vec<Token> {
    let mut out = Vec::with_capacity(chars.len() / 4 + 4);
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        if c.is_whitespace() || c == '\u{200b}' || c == '\u{ad}' {
            i += 1;
            continue;
        }
        let start = i;
        if is_han(c) {
            i += 1;
            out.push(Token {
                text: c.to_string(),
                start,
                end: i,
                kind: Kind::Word,
                capital: false,
            });
        } else if c.is_alphanumeric() {
            i = word_end(chars, i, language);
            push_word(chars, start, i, language, &mut out);
        } else {
            i += 1;
            out.push(Token {
                text: c.to_string(),
                start,
                end: i,
                kind: Kind::Mark,
                capital: false,
            });
        }
    }
    out
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ')
}

fn word_end(chars: &[char], start: usize, language: Language) -> usize {
    let mut i = start;
    let spaced = |c: &char| c.is_alphanumeric() && !is_han(*c);
    while let Some(&c) = chars.get(i) {
        if spaced(&c) {
            i += 1;
        } else if is_apostrophe(c)
            && language != Language::De
            && chars
                .get(i + 1)
                .is_some_and(|n| n.is_alphabetic() && !is_han(*n))
        {
            i += 1;
            if language == Language::Fr {
                // "l'eau" ends here with its apostrophe; "aujourd'hui" is one word.
                let head: String = chars.get(start..i - 1).unwrap_or(&[]).iter().collect();
                if head.to_lowercase() != "aujourd" {
                    return i;
                }
            }
        } else if matches!(c, '.' | ',')
            && chars
                .get(i.wrapping_sub(1))
                .is_some_and(char::is_ascii_digit)
            && chars.get(i + 1).is_some_and(char::is_ascii_digit)
        {
            i += 1;
        } else {
            break;
        }
    }
    i
}

fn push_word(chars: &[char], start: usize, end: usize, language: Language, out: &mut Vec<Token>) {
    let raw = chars.get(start..end).unwrap_or(&[]);
    let capital = raw.first().is_some_and(|c| c.is_uppercase());
    if raw.first().is_some_and(char::is_ascii_digit) {
        let text: String = raw.iter().flat_map(|c| c.to_lowercase()).collect();
        out.push(Token {
            text,
            start,
            end,
            kind: Kind::Number,
            capital,
        });
        return;
    }
    let mut text: String = raw
        .iter()
        .flat_map(|c| c.to_lowercase())
        .map(|c| if is_apostrophe(c) { '\'' } else { c })
        .collect();
    match language {
        Language::Fr => {
            if let Some(full) = match text.as_str() {
                "n'" => Some("ne"),
                "d'" => Some("de"),
                "l'" => Some("le"),
                "qu'" => Some("que"),
                "s'" => Some("se"),
                "j'" => Some("je"),
                "c'" => Some("ce"),
                "m'" => Some("me"),
                "t'" => Some("te"),
                "lorsqu'" => Some("lorsque"),
                "puisqu'" => Some("puisque"),
                "jusqu'" => Some("jusque"),
                _ => None,
            } {
                full.clone_into(&mut text);
            }
        }
        _ => {
            for suffix in ["'s", "'"] {
                if text.ends_with(suffix) {
                    // "it's" and "that's" hold a verb the lexicons may want.
                    let copula = matches!(
                        text.as_str(),
                        "it's" | "that's" | "there's" | "what's" | "here's" | "he's" | "she's"
                    );
                    if !copula {
                        text.truncate(text.len() - suffix.len());
                    }
                    break;
                }
            }
        }
    }
    let head = if language == Language::De {
        compound_head(&text)
    } else {
        None
    };
    if let Some(n) = head {
        let middle = start + n;
        let tail: String = text.chars().skip(n).collect();
        text = text.chars().take(n).collect();
        out.push(Token {
            text,
            start,
            end: middle,
            kind: Kind::Word,
            capital,
        });
        out.push(Token {
            text: tail,
            start: middle,
            end,
            kind: Kind::Word,
            capital: false,
        });
        return;
    }
    out.push(Token {
        text,
        start,
        end,
        kind: Kind::Word,
        capital,
    });
}

/// Ends of German compounds that say what is done to their beginning: *Atom-ausstieg*.
const ACTION_TAILS: &[&str] = &[
    "verbot",
    "ausstieg",
    "abriss",
    "schließung",
    "abschaltung",
    "stilllegung",
    "kürzung",
    "senkung",
    "erhöhung",
    "begrenzung",
    "beschränkung",
    "deckel",
    "ausbau",
    "neubau",
    "abschaffung",
    "verkauf",
    "privatisierung",
    "überwachung",
    "zwang",
    "rettung",
];

/// Returns the characters of a compound's beginning, where its end is an action.
fn compound_head(word: &str) -> Option<usize> {
    ACTION_TAILS.iter().find_map(|tail| {
        let at = word.rfind(tail)?;
        let rest = word.get(at + tail.len()..)?;
        let n = word.get(..at)?.chars().count();
        (n >= 4 && matches!(rest, "" | "s" | "e" | "es" | "en")).then_some(n)
    })
}

/// Returns the first `n` characters.
pub(crate) fn head(text: &str, n: usize) -> &str {
    text.char_indices()
        .nth(n)
        .map_or(text, |(byte, _)| text.get(..byte).unwrap_or(text))
}

/// Writes the first letter as a capital.
pub(crate) fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// Writes the first letter small.
pub(crate) fn uncapitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, language: Language, expected: &[&str]) {
        let tokens = tokenize(text, language);
        let got: Vec<&str> = tokens.iter().map(|t| t.text.as_str()).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn cuts_four_languages() {
        check(
            "Don’t touch Anna's 3.5 m²!",
            Language::En,
            &["don't", "touch", "anna", "3.5", "m²", "!"],
        );
        check(
            "L’eau n'est pas",
            Language::Fr,
            &["le", "eau", "ne", "est", "pas"],
        );
        check(
            "Das E-Auto, ja.",
            Language::De,
            &["das", "e", "-", "auto", ",", "ja", "."],
        );
        check(
            "Atomausstieg jetzt",
            Language::De,
            &["atom", "ausstieg", "jetzt"],
        );
        check("水是5G。", Language::Zh, &["水", "是", "5g", "。"]);
    }
}
