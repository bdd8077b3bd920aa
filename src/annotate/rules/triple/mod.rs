//! Question, statement and reverse statement by small rewritings of the statement.
//!
//! A rewriting turns the main predicate (should, is, a known verb) and is kept only if it really
//! opposes; else the statement is denied as a whole. It never adds a thought of its own.

mod de;
mod en;
mod fr;
mod zh;

use super::polarity::{analyze, turned};
use crate::annotate::answer::TripleDraft;
use crate::base::language::Language;

/// What a rewriting gives.
pub(super) struct Turned {
    /// The reverse statement.
    pub(super) reverse: String,
    /// The question, where the rewriting also gives one.
    pub(super) question: Option<String>,
}

/// Writes the triple of a statement.
pub(crate) fn write(language: Language, statement: &str) -> TripleDraft {
    let statement = cleaned(statement, language);
    let bare = statement.trim_end_matches(['.', '。', '!', '！', ' ']);
    let rewritten = match language {
        Language::Zh => zh::turn(bare),
        Language::Fr => fr::turn(bare),
        Language::De => de::turn(bare),
        Language::En | Language::Other => en::turn(bare),
    }
    .filter(|t| turns(language, &statement, &t.reverse));
    let question = rewritten.as_ref().and_then(|t| t.question.clone());
    let reverse = rewritten.map_or_else(|| denied(language, bare), |t| t.reverse);
    TripleDraft {
        question: question.unwrap_or_else(|| asked(language, bare)),
        reverse,
        statement,
    }
}

/// Turns a statement's polarity by its main predicate only; `None` if that fails.
pub(crate) fn turn(language: Language, statement: &str) -> Option<String> {
    let statement = cleaned(statement, language);
    let bare = statement.trim_end_matches(['.', '。', '!', '！', ' ']);
    let rewritten = match language {
        Language::Zh => zh::turn(bare),
        Language::Fr => fr::turn(bare),
        Language::De => de::turn(bare),
        Language::En | Language::Other => en::turn(bare),
    }?;
    turns(language, &statement, &rewritten.reverse).then_some(rewritten.reverse)
}

fn turns(language: Language, statement: &str, reverse: &str) -> bool {
    let language = if language == Language::Other {
        Language::En
    } else {
        language
    };
    turned(&analyze(statement, language), &analyze(reverse, language))
}

/// Strips quotation marks and gives a period.
pub(crate) fn cleaned(statement: &str, language: Language) -> String {
    let marks: &[char] = &[
        '"', '“', '”', '„', '«', '»', '「', '」', ' ', '\u{a0}', '\u{202f}',
    ];
    let mut text = statement.trim().trim_matches(marks).trim().to_owned();
    if text.is_empty() {
        statement.trim().clone_into(&mut text);
    }
    if !text.ends_with(['.', '!', '?', '。', '！', '？', '…']) {
        text.push(if language == Language::Zh { '。' } else { '.' });
    }
    text
}

fn denied(language: Language, bare: &str) -> String {
    match language {
        Language::Zh => format!("认为“{bare}”的说法并不正确。"),
        Language::Fr => format!("Il n'est pas vrai {}.", fr::that(bare)),
        Language::De => format!("Die Aussage „{bare}“ trifft nicht zu."),
        Language::En | Language::Other => format!("It is not true that {}.", en::lowered(bare)),
    }
}

fn asked(language: Language, bare: &str) -> String {
    match language {
        Language::Zh => format!("“{bare}”，这种说法对吗？"),
        Language::Fr => format!("Est-il juste de dire {} ?", fr::that(bare)),
        Language::De => format!("Ist die Aussage „{bare}“ richtig?"),
        Language::En | Language::Other => format!("Is it right to say that {}?", en::lowered(bare)),
    }
}

/// A word with the marks around it.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// As written, marks included.
    pub(super) raw: String,
    /// Lower case, without marks.
    pub(super) core: String,
    /// A comma or another mark follows.
    pub(super) ends: bool,
}

/// Cuts a sentence at blanks.
pub(super) fn cut(text: &str) -> Vec<Word> {
    text.split_whitespace().map(word).collect()
}

/// Makes a word of its written form.
pub(super) fn word(raw: &str) -> Word {
    let core = raw
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
        .replace('’', "'");
    let ends = raw.ends_with([',', ';', ':', '–', '—']);
    Word {
        raw: raw.to_owned(),
        core,
        ends,
    }
}

/// Joins words to a sentence with a final mark.
pub(super) fn join(words: &[Word], end: &str) -> String {
    let mut out = String::new();
    for word in words.iter().filter(|w| !w.raw.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word.raw);
    }
    let out = out
        .trim_end_matches([',', ';', ':', '.', '!', '?'])
        .trim_end()
        .to_owned();
    super::text::capitalized(&out) + end
}

/// Replaces a word's letters and keeps the marks around it.
pub(super) fn replace(word: &Word, with: &str) -> Word {
    let head: String = word
        .raw
        .chars()
        .take_while(|c| !c.is_alphanumeric())
        .collect();
    let tail: String = {
        let reversed: Vec<char> = word
            .raw
            .chars()
            .rev()
            .take_while(|c| !c.is_alphanumeric())
            .collect();
        reversed.into_iter().rev().collect()
    };
    let raw = if with.is_empty() {
        String::new()
    } else {
        format!("{head}{with}{tail}")
    };
    Word {
        raw,
        core: with.to_lowercase(),
        ends: word.ends,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
