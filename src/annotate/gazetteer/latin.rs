//! Places in English, French and German text: whole words with their capital letters.
//!
//! Surnames, newspapers, treaties and streets that bear a city's name are passed over by the words
//! beside them; a person named like a city without any such word is not told apart.

use super::words::{
    AFTER_NO_PLACE, BEFORE_OF_NO_PLACE, BEFORE_OF_PLACE, BEFORE_SURNAMES, CUES_AFTER, PREFIXES,
    REGIONS, has,
};
use super::{Gazetteer, Name, NameIndex, PlaceIdx, PlaceKind};
use crate::base::language::Language;
use crate::base::sentences::Span;
use crate::domain::corpus::Nation;

/// Returns the key under which a name is indexed.
pub(super) fn first_word(name: &[char]) -> String {
    name.iter()
        .take_while(|c| c.is_alphanumeric())
        .flat_map(|c| c.to_lowercase())
        .collect()
}

/// A text with its words.
struct Words {
    chars: Vec<char>,
    /// First character and one past the last of each word.
    spans: Vec<(usize, usize)>,
}

impl Words {
    fn of(text: &str) -> Self {
        // One kind of apostrophe and of blank; the number of characters stays.
        let plain = |c: char| match c {
            '’' | 'ʼ' => '\'',
            '\u{a0}' | '\u{202f}' => ' ',
            other => other,
        };
        let chars: Vec<char> = text.chars().map(plain).collect();
        let mut spans = Vec::new();
        let mut start = None;
        for (i, c) in chars.iter().chain(std::iter::once(&' ')).enumerate() {
            match (start, c.is_alphanumeric()) {
                (None, true) => start = Some(i),
                (Some(from), false) => {
                    spans.push((from, i));
                    start = None;
                }
                _ => {}
            }
        }
        Self { chars, spans }
    }

    fn char(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    fn slice(&self, from: usize, to: usize) -> &[char] {
        self.chars.get(from..to).unwrap_or_default()
    }

    fn word(&self, w: usize) -> &[char] {
        self.spans
            .get(w)
            .map_or(&[], |(from, to)| self.slice(*from, *to))
    }

    fn text(&self, w: usize) -> String {
        self.word(w).iter().collect()
    }

    /// Returns the word before, in lower case, if nothing but a blank, a period or an apostrophe parts them.
    fn before(&self, w: usize) -> Option<String> {
        let w_before = w.checked_sub(1)?;
        let (_, end) = *self.spans.get(w_before)?;
        let (start, _) = *self.spans.get(w)?;
        let close = self
            .slice(end, start)
            .iter()
            .all(|c| matches!(c, ' ' | '.' | '\''))
            && start - end <= 2;
        close.then(|| self.text(w_before).to_lowercase())
    }

    /// Returns the word that begins after position `at` and one sign.
    fn word_from(&self, at: usize) -> String {
        self.chars
            .iter()
            .skip(at + 1)
            .take_while(|c| c.is_alphanumeric() || **c == '-')
            .collect()
    }
}

pub(super) fn find(
    gazetteer: &Gazetteer,
    index: &NameIndex<String>,
    language: Language,
    nation: Option<Nation>,
    text: &str,
) -> Vec<(PlaceIdx, Span)> {
    let words = Words::of(text);
    let mut found = Vec::new();
    let mut free_from = 0;
    for (w, &(start, end)) in words.spans.iter().enumerate() {
        if start < free_from {
            continue;
        }
        let key = first_word(words.slice(start, end));
        let hit = match_at(gazetteer, index.get(&key), nation, &words, start)
            .filter(|(name, to)| is_place(gazetteer, name, language, nation, &words, w, *to));
        let hit = hit.or_else(|| {
            if language != Language::De {
                return None;
            }
            german_form(gazetteer, index, &key, nation, &words, w)
        });
        if let Some((name, to)) = hit {
            found.push((name.place, Span { start, end: to }));
            free_from = to;
        }
    }
    found
}

/// Finds the longest name that stands at a position, and its end.
fn match_at<'a>(
    gazetteer: &Gazetteer,
    names: Option<&'a Vec<Name>>,
    nation: Option<Nation>,
    words: &Words,
    start: usize,
) -> Option<(&'a Name, usize)> {
    let names = names?;
    let stands = |name: &&Name| {
        let to = start + name.chars.len();
        let there = words.slice(start, to);
        let ends = words.char(to).is_none_or(|c| !c.is_alphanumeric());
        ends && (there == name.chars || in_capitals(there, &name.chars))
    };
    let longest = names.iter().find(stands)?;
    let to = start + longest.chars.len();
    let same = names.iter().filter(|n| n.chars == longest.chars);
    // Birmingham, Alabama and London, Ontario: the region says which one, or that none is in the table.
    let name = match region_after(words, to) {
        Some(iso) if gazetteer.place(longest.place).kind != PlaceKind::Country => {
            same.clone().find(|n| gazetteer.place(n.place).iso == iso)?
        }
        _ => gazetteer.pick(nation, same)?,
    };
    Some((name, to))
}

/// Returns the nation of the region that follows after a comma.
fn region_after(words: &Words, to: usize) -> Option<&'static str> {
    if words.char(to) != Some(',') || words.char(to + 1) != Some(' ') {
        return None;
    }
    let next = words.word_from(to + 1);
    let both = format!("{next} {}", words.word_from(to + 2 + next.chars().count()));
    let (iso, _) = REGIONS
        .iter()
        .find(|(_, names)| has(names, '|', &next) || has(names, '|', &both))?;
    Some(iso)
}

/// Tells whether a text is a name of four letters or more in capitals, as datelines have it.
fn in_capitals(there: &[char], name: &[char]) -> bool {
    name.len() >= 4
        && there.len() == name.len()
        && there.iter().all(|c| !c.is_lowercase())
        && there
            .iter()
            .zip(name)
            .all(|(a, b)| a.to_lowercase().eq(b.to_lowercase()))
}

/// Finds German genitives (*Frankreichs*) and adjectives of cities before a noun (*Kölner Rat*).
fn german_form<'a>(
    gazetteer: &Gazetteer,
    index: &'a NameIndex<String>,
    key: &str,
    nation: Option<Nation>,
    words: &Words,
    w: usize,
) -> Option<(&'a Name, usize)> {
    let &(start, end) = words.spans.get(w)?;
    let next_is_noun =
        words.char(end) == Some(' ') && words.char(end + 1).is_some_and(char::is_uppercase);
    for (ending, fits) in [("s", true), ("er", next_is_noun)] {
        let Some(stem) = key.strip_suffix(ending).filter(|_| fits) else {
            continue;
        };
        let n = end - start - ending.len();
        let there = words.slice(start, start + n);
        let same = index
            .get(stem)
            .into_iter()
            .flatten()
            .filter(|name| name.chars == there && !name.ambiguous);
        let Some(name) = gazetteer.pick(nation, same) else {
            continue;
        };
        if is_place(gazetteer, name, Language::De, nation, words, w, end) {
            return Some((name, end));
        }
    }
    None
}

fn is_place(
    gazetteer: &Gazetteer,
    name: &Name,
    language: Language,
    nation: Option<Nation>,
    words: &Words,
    w: usize,
    to: usize,
) -> bool {
    let Some(&(start, _)) = words.spans.get(w) else {
        return false;
    };
    let before = words.before(w);
    let before = before.as_deref().unwrap_or_default();
    let kind = gazetteer.place(name.place).kind;
    // Part of a longer name: Nord-Pas-de-Calais, Boulogne-sur-Mer.
    if start > 0 && words.char(start - 1) == Some('-') && kind != PlaceKind::Country {
        return false;
    }
    if words.char(to) == Some('-') {
        let next = words.word_from(to);
        let links = [
            "sur-", "en-", "lès-", "les-", "la-", "le-", "de-", "du-", "des-", "aux-", "sous-",
        ];
        if next == "Matin" || next == "Match" || links.iter().any(|l| next.starts_with(l)) {
            return false;
        }
    }
    let next = if words.char(to) == Some(' ') {
        words.word_from(to)
    } else {
        String::new()
    };
    if has(AFTER_NO_PLACE, ' ', &next) {
        return false;
    }
    if has(BEFORE_SURNAMES, ' ', before) && words.char(start).is_some_and(char::is_uppercase) {
        return false;
    }
    let joined = start > 0 && words.char(start - 1) == Some(' ');
    if joined && w > 0 && has(PREFIXES, ' ', &words.text(w - 1)) {
        return false;
    }
    let of = matches!(before, "of" | "de" | "d" | "du" | "von");
    let before_of = if of {
        w.checked_sub(1).and_then(|v| words.before(v))
    } else {
        None
    };
    let before_of = before_of.as_deref().unwrap_or_default();
    if has(BEFORE_OF_NO_PLACE, ' ', before_of) {
        return false;
    }
    // Headlines in capitals are full of the pronoun.
    let shouted = |v: Option<usize>| {
        v.is_some_and(|v| {
            words.word(v).len() >= 3 && words.word(v).iter().all(|c| c.is_uppercase())
        })
    };
    if words.slice(start, to) == ['U', 'S'] && (shouted(w.checked_sub(1)) || shouted(Some(w + 1))) {
        return false;
    }
    // In the United States Georgia is a state.
    let is_us = nation.is_some_and(|n| n.code() == "US");
    if is_us && gazetteer.place(name.place).iso == "GE" && name.ambiguous {
        return false;
    }
    if !name.ambiguous {
        return true;
    }
    let begins_sentence = before.is_empty() || words.char(start.wrapping_sub(2)) == Some('.');
    if kind == PlaceKind::Country && !begins_sentence {
        return true;
    }
    // A hall or a part with a number is no city.
    if next.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let cue = match language {
        Language::Fr => matches!(before, "à" | "depuis" | "vers"),
        Language::De => matches!(
            before,
            "in" | "aus" | "bei" | "stadt" | "raum" | "universität" | "landgericht" | "amtsgericht"
        ),
        _ => matches!(
            before,
            "in" | "near" | "outside" | "around" | "toward" | "towards" | "across"
        ),
    };
    cue || has(BEFORE_OF_PLACE, ' ', before_of)
        || has(CUES_AFTER, ' ', &next)
        || is_dateline(words, start, to)
        || region_after(words, to).is_some()
}

/// Tells whether a name stands at a line's beginning as datelines do: alone, or before a dash or bracket.
fn is_dateline(words: &Words, start: usize, to: usize) -> bool {
    let begins = start == 0 || words.char(start - 1) == Some('\n');
    let mut after = words.chars.iter().skip(to).skip_while(|c| **c == ' ');
    begins
        && after
            .next()
            .is_none_or(|c| matches!(c, '\n' | '—' | '–' | '-' | '('))
}
