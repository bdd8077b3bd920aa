//! The concept lexicon and how words are matched to it.
//!
//! - English, French, German: a word matches when its stem equals an entry's stem. An entry of two
//!   words joined by a hyphen matches two content words that follow each other.
//! - German compounds (8 letters or more) that match nothing as a whole match by their longest first
//!   and longest last part of 5 letters or more that is an entry, at half weight.
//! - Chinese: the longest entry at each place of the text, from left to right, whatever the
//!   segmenter thinks; news words are long enough for that.
//!
//! A word of several concepts gives each of them `1/√n`. Grammar and word senses are not judged.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use crate::base::language::{Language, is_han};
use crate::base::words::{is_stop_word, stem, words};

/// Columns: concept, zh, en, fr, de; words separated by `|`.
const TABLE: &str = include_str!("../../../assets/lexicon/concepts.tsv");

/// Shortest German word that is looked at as a compound, in letters.
const COMPOUND_LETTERS: usize = 8;
/// Shortest part of a compound, in letters; shorter ones sit in too many words by chance.
const PART_LETTERS: usize = 5;
/// A part says less than a whole word.
const PART_WEIGHT: f32 = 0.5;

/// Entry to its concepts, each once, in the table's order.
type Entries = HashMap<String, Vec<u16>>;

/// Entries of one language.
#[derive(Default)]
struct LanguageEntries {
    single: Entries,
    pairs: Entries,
}

/// The table, parsed once.
struct Lexicon {
    names: Vec<&'static str>,
    zh: Entries,
    zh_longest_chars: usize,
    en: LanguageEntries,
    fr: LanguageEntries,
    de: LanguageEntries,
    de_parts: Entries,
}

/// Returns the number of concepts, the width of [`concept_counts`]' axes.
pub fn n_concepts() -> usize {
    lexicon().names.len()
}

/// Returns the English key of concept `idx`, e.g. `"wind_power"`.
pub fn concept_name(idx: usize) -> Option<&'static str> {
    lexicon().names.get(idx).copied()
}

/// Counts the concepts of a text, by rising concept index.
///
/// Texts of [`Language::Other`] have none.
pub fn concept_counts(language: Language, text: &str) -> Vec<(usize, f32)> {
    match language {
        Language::Zh => count_chinese(text),
        Language::Other => Vec::new(),
        _ => {
            let content = content_words(language, text);
            count_spaced(language, &content)
        }
    }
}

/// A content word and its stem.
pub(super) struct ContentWord {
    pub(super) word: String,
    pub(super) stem: String,
}

/// Cuts a text into content words: no function words, no numbers.
pub(super) fn content_words(language: Language, text: &str) -> Vec<ContentWord> {
    words(text)
        .into_iter()
        .filter(|w| !is_stop_word(w, language) && !w.chars().all(|c| c.is_ascii_digit()))
        .map(|word| ContentWord {
            stem: stem(&word, language),
            word,
        })
        .collect()
}

/// Counts concepts in the content words of a spaced script.
pub(super) fn count_spaced(language: Language, content: &[ContentWord]) -> Vec<(usize, f32)> {
    let lexicon = lexicon();
    let entries = match language {
        Language::En => &lexicon.en,
        Language::Fr => &lexicon.fr,
        Language::De => &lexicon.de,
        Language::Zh | Language::Other => return Vec::new(),
    };
    let mut counts = BTreeMap::new();
    for (i, word) in content.iter().enumerate() {
        if let Some(next) = content.get(i + 1)
            && let Some(hit) = entries.pairs.get(&pair_key(&word.stem, &next.stem))
        {
            add(&mut counts, hit, 1.0);
        }
        if let Some(hit) = entries.single.get(&word.stem) {
            add(&mut counts, hit, 1.0);
        } else if language == Language::De {
            for hit in compound_parts(&lexicon.de_parts, word) {
                add(&mut counts, hit, PART_WEIGHT);
            }
        }
    }
    counts.into_iter().collect()
}

/// Counts concepts in Chinese text.
pub(super) fn count_chinese(text: &str) -> Vec<(usize, f32)> {
    let lexicon = lexicon();
    let mut counts = BTreeMap::new();
    let starts: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain(std::iter::once(text.len()))
        .collect();
    let mut i = 0;
    while let Some(&from) = starts.get(i) {
        let mut step = 1;
        if text
            .get(from..)
            .and_then(|t| t.chars().next())
            .is_some_and(is_han)
        {
            for len in (1..=lexicon.zh_longest_chars).rev() {
                let part = starts.get(i + len).and_then(|&to| text.get(from..to));
                if let Some(hit) = part.and_then(|p| lexicon.zh.get(p)) {
                    add(&mut counts, hit, 1.0);
                    step = len;
                    break;
                }
            }
        }
        i += step;
    }
    counts.into_iter().collect()
}

fn add(counts: &mut BTreeMap<usize, f32>, concepts: &[u16], weight: f32) {
    let share = weight / (concepts.len() as f32).sqrt();
    for &c in concepts {
        *counts.entry(usize::from(c)).or_insert(0.0) += share;
    }
}

/// Finds the longest known beginning and the longest known end of a compound.
fn compound_parts<'a>(parts: &'a Entries, word: &ContentWord) -> Vec<&'a Vec<u16>> {
    let n_letters = word.word.chars().count();
    if n_letters < COMPOUND_LETTERS {
        return Vec::new();
    }
    let cuts: Vec<usize> = word.word.char_indices().map(|(at, _)| at).collect();
    let first = (PART_LETTERS..n_letters - 1)
        .rev()
        .find_map(|k| parts.get(word.word.get(..*cuts.get(k)?)?));
    // The stem too: in "Mülldeponien" the end is known as "deponi" only.
    let last = [&word.word, &word.stem].into_iter().find_map(|form| {
        let cuts: Vec<usize> = form.char_indices().map(|(at, _)| at).collect();
        let n = cuts.len();
        (2..(n + 1).saturating_sub(PART_LETTERS))
            .find_map(|k| parts.get(form.get(*cuts.get(k)?..)?))
    });
    first.into_iter().chain(last).collect()
}

fn pair_key(first: &str, second: &str) -> String {
    format!("{first} {second}")
}

fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| parse(TABLE))
}

/// Reads the table; a line without five columns is skipped, and a test keeps the table whole.
fn parse(table: &'static str) -> Lexicon {
    let mut lexicon = Lexicon {
        names: Vec::new(),
        zh: Entries::new(),
        zh_longest_chars: 0,
        en: LanguageEntries::default(),
        fr: LanguageEntries::default(),
        de: LanguageEntries::default(),
        de_parts: Entries::new(),
    };
    for line in table.lines().skip(1) {
        let mut columns = line.split('\t');
        let (Some(name), Some(zh), Some(en), Some(fr), Some(de)) = (
            columns.next(),
            columns.next(),
            columns.next(),
            columns.next(),
            columns.next(),
        ) else {
            continue;
        };
        let concept = lexicon.names.len() as u16;
        lexicon.names.push(name);
        for entry in zh.split('|').filter(|e| !e.is_empty()) {
            lexicon.zh_longest_chars = lexicon.zh_longest_chars.max(entry.chars().count());
            enter(&mut lexicon.zh, entry.to_owned(), concept);
        }
        for (column, language, entries) in [
            (en, Language::En, &mut lexicon.en),
            (fr, Language::Fr, &mut lexicon.fr),
            (de, Language::De, &mut lexicon.de),
        ] {
            for entry in column.split('|') {
                enter_spaced(entries, entry, language, concept);
            }
        }
        for entry in de.split('|').filter(|e| !e.contains('-')) {
            let word = entry.to_lowercase();
            for form in [stem(&word, Language::De), word] {
                if form.chars().count() >= PART_LETTERS {
                    enter(&mut lexicon.de_parts, form, concept);
                }
            }
        }
    }
    lexicon
}

fn enter_spaced(entries: &mut LanguageEntries, entry: &str, language: Language, concept: u16) {
    let stems: Vec<String> = words(entry).iter().map(|w| stem(w, language)).collect();
    match stems.as_slice() {
        [one] => enter(&mut entries.single, one.clone(), concept),
        [first, second] => enter(&mut entries.pairs, pair_key(first, second), concept),
        _ => {}
    }
}

fn enter(entries: &mut Entries, key: String, concept: u16) {
    let concepts = entries.entry(key).or_default();
    if concepts.last() != Some(&concept) {
        concepts.push(concept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(language: Language, text: &str) -> Vec<&'static str> {
        concept_counts(language, text)
            .into_iter()
            .filter_map(|(c, _)| concept_name(c))
            .collect()
    }

    #[test]
    fn table_is_whole() {
        let mut seen = std::collections::BTreeSet::new();
        for line in TABLE.lines().skip(1) {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(columns.len(), 5, "{line}");
            assert!(seen.insert(columns[0]), "twice: {}", columns[0]);
            for words in &columns[1..] {
                let n_words = words.split('|').filter(|w| !w.trim().is_empty()).count();
                assert!(n_words >= 3, "{}: {words}", columns[0]);
                assert_eq!(n_words, words.split('|').count(), "{line}");
            }
        }
        assert_eq!(seen.len(), n_concepts());
        assert!(n_concepts() >= 450);
        let mut never = Vec::new();
        for line in TABLE.lines().skip(1) {
            let columns = line
                .split('\t')
                .skip(2)
                .zip([Language::En, Language::Fr, Language::De]);
            for (entry, language) in columns.flat_map(|(c, l)| c.split('|').map(move |e| (e, l))) {
                let n_words = content_words(language, entry).len();
                // Function words and single letters are taken out of texts, so such entries are dead.
                if n_words != words(entry).len() || !(1..=2).contains(&n_words) {
                    never.push(entry);
                }
            }
        }
        assert!(never.is_empty(), "never match: {never:?}");
    }

    #[test]
    fn one_concept_in_four_languages() {
        for (language, text) in [
            (Language::Zh, "山上新建了风力发电设备"),
            (Language::En, "New turbines on the hill"),
            (Language::Fr, "De nouvelles éoliennes sur la colline"),
            (Language::De, "Neue Windräder auf dem Hügel"),
        ] {
            assert!(
                names(language, text).contains(&"wind_power"),
                "{text}: {:?}",
                names(language, text)
            );
        }
        assert!(names(Language::Other, "turbines").is_empty());
    }

    #[test]
    fn pairs_and_compounds() {
        assert!(names(Language::Fr, "abolir la peine de mort").contains(&"death_penalty"));
        assert!(!names(Language::Fr, "il a de la peine").contains(&"death_penalty"));
        let compound = names(Language::De, "Krankenhausfinanzierung");
        assert!(compound.contains(&"hospital"), "{compound:?}");
    }

    #[test]
    fn longest_chinese_entry_wins() {
        let counts = concept_counts(Language::Zh, "最高人民法院");
        let all: Vec<_> = counts
            .iter()
            .filter_map(|&(c, n)| Some((concept_name(c)?, n)))
            .collect();
        assert_eq!(all, [("supreme_court", 1.0)]);
    }
}
