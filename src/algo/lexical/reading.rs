//! One text as the rest of the room sees it: stems and concepts with their counts. It weighs nothing.

use std::collections::BTreeMap;

use super::lexicon::{content_words, count_chinese, count_spaced};
use crate::base::language::Language;

/// Counts of one text.
pub(super) struct Reading {
    /// Content stems, by rising stem.
    pub(super) stems: Vec<(String, u32)>,
    /// Concepts, by rising index.
    pub(super) concepts: Vec<(usize, f32)>,
}

/// Counts the stems and concepts of a title and a body.
pub(super) fn read(language: Language, title: &str, body: &str) -> Reading {
    let text = if title.is_empty() {
        body.to_owned()
    } else {
        format!("{title}\n{body}")
    };
    let content = content_words(language, &text);
    let concepts = match language {
        Language::Zh => count_chinese(&text),
        _ => count_spaced(language, &content),
    };
    let mut stems: BTreeMap<String, u32> = BTreeMap::new();
    for word in content {
        *stems.entry(word.stem).or_insert(0) += 1;
    }
    Reading {
        stems: stems.into_iter().collect(),
        concepts,
    }
}
