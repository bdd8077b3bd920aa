//! Text as a search sees it: small letters without accents, words parted by one space, Chinese kept
//! as it stands.
//!
//! `élection` and `ELECTION` fold alike, as do `Straße` and `strasse`, `œuvre` and `oeuvre`, and full-width
//! letters and digits with plain ones. Words are not stemmed, and `ü` is not `ue`.

use icu_normalizer::properties::{CanonicalDecompositionBorrowed, Decomposed};

use super::language::is_han;

/// Folds a text.
///
/// What is neither letter, digit nor Chinese becomes one space between words, and a space parts Chinese
/// from what stands beside it. No space stands at either end.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_each(text, |c, _| out.push(c));
    out
}

/// Folds a text and says where each folded character comes from.
///
/// # Units
/// Positions are counted in characters of `text`; one character may fold to several.
pub fn fold_with_places(text: &str) -> (String, Vec<usize>) {
    let mut places = Vec::with_capacity(text.len());
    let mut out = String::with_capacity(text.len());
    fold_each(text, |c, at| {
        out.push(c);
        places.push(at);
    });
    (out, places)
}

/// What the last character written was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Han,
    Word,
}

fn fold_each(text: &str, mut put: impl FnMut(char, usize)) {
    let decomposition = CanonicalDecompositionBorrowed::new();
    let mut last = Last::Nothing;
    // A space is written before what follows it, so that none is left at the end.
    let mut parted = false;
    for (at, c) in text.chars().enumerate() {
        let c = plain(c);
        let kind = if c.is_ascii() {
            // The bulk of three of the four languages.
            if c.is_ascii_alphanumeric() {
                if (parted && last != Last::Nothing) || last == Last::Han {
                    put(' ', at);
                }
                put(c.to_ascii_lowercase(), at);
                Last::Word
            } else {
                Last::Nothing
            }
        } else if is_han(c) {
            if (parted && last != Last::Nothing) || last == Last::Word {
                put(' ', at);
            }
            // Compatibility forms have a plain twin.
            put(
                match decomposition.decompose(c) {
                    Decomposed::Singleton(twin) => twin,
                    _ => c,
                },
                at,
            );
            Last::Han
        } else if is_accent(c) {
            // A mark of its own belongs to the letter before it.
            continue;
        } else if is_letter(c) {
            if (parted && last != Last::Nothing) || last == Last::Han {
                put(' ', at);
            }
            for small in c.to_lowercase() {
                fold_letter(small, &decomposition, &mut |letter| put(letter, at));
            }
            Last::Word
        } else {
            Last::Nothing
        };
        parted = kind == Last::Nothing;
        if !parted {
            last = kind;
        }
    }
}

/// Returns the plain twin of a full-width sign, and every other character as it is.
pub fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - u32::from('\u{ff01}') + u32::from('!')).unwrap_or(c)
        }
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// Accents over Latin, Greek and Cyrillic letters. Marks of other scripts tell words apart.
fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

fn is_letter(c: char) -> bool {
    // Signs of Indic scripts that are no letters of their own still stand inside words.
    c.is_alphanumeric() || matches!(c, '\u{900}'..='\u{963}' | '\u{966}'..='\u{dff}')
}

fn fold_letter(
    c: char,
    decomposition: &CanonicalDecompositionBorrowed<'static>,
    put: &mut impl FnMut(char),
) {
    match c {
        'ß' => "ss".chars().for_each(put),
        'æ' => "ae".chars().for_each(put),
        'œ' => "oe".chars().for_each(put),
        'ø' => put('o'),
        'ł' => put('l'),
        'đ' | 'ð' => put('d'),
        'ı' => put('i'),
        _ if is_accent(c) => {}
        _ => match decomposition.decompose(c) {
            Decomposed::Default => put(c),
            Decomposed::Singleton(twin) => put(twin),
            Decomposed::Expansion(base, mark) => {
                fold_letter(base, decomposition, put);
                fold_letter(mark, decomposition, put);
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_width_fold() {
        for (text, folded) in [
            ("L'Élection, ÉLECTION\u{301}!", "l election election"),
            ("Straße GRÜẞE Über", "strasse grusse uber"),
            ("Œuvre cœur Łódź İstanbul", "oeuvre coeur lodz istanbul"),
            ("ế ẾⅣ", "e eⅳ"),
            ("Ｇ２０ ５Ｇ", "g20 5g"),
            ("  covid-19\u{3000}U.S. 🙂x ", "covid 19 u s x"),
            ("", ""),
            (" \n!", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn chinese_stands_apart() {
        assert_eq!(fold("在5G网络，国家 安全。AI"), "在 5g 网络 国家 安全 ai");
        assert_eq!(fold("\u{f900}"), "\u{8c48}");
    }

    #[test]
    fn places_point_back() {
        let text = "Die Straße—在";
        let (folded, places) = fold_with_places(text);
        assert_eq!(folded.chars().count(), places.len());
        let original: Vec<char> = text.chars().collect();
        for (c, &at) in folded.chars().zip(&places) {
            let from = original[at];
            assert!(
                c == ' ' || fold(&from.to_string()).contains(c),
                "{c} {from}"
            );
        }
    }
}
