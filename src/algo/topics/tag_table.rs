//! Tags made comparable: normalized, merged with near ones, freed of rare ones.
//!
//! The first half of outlier tagging; `tags` assigns documents with what comes out of here.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::tags::{TagSettings, TaggedDoc};
use crate::base::language::{Language, is_han};
use crate::base::matrix::Matrix;
use crate::base::words;

/// One tag as it is compared: lower case, without punctuation and function words, stemmed.
pub(super) fn normalize(text: &str, language: Language) -> String {
    let mut out = String::new();
    for word in stems(text, language) {
        let both_han =
            out.chars().next_back().is_some_and(is_han) && word.chars().next().is_some_and(is_han);
        if !out.is_empty() && !both_han {
            out.push(' ');
        }
        out.push_str(&word);
    }
    out
}

/// Stems of a tag or term; falls back to its letters where every word is a function word or short.
pub(super) fn stems(text: &str, language: Language) -> Vec<String> {
    let stems = words::content_stems(text, language);
    if !stems.is_empty() {
        return stems;
    }
    let bare: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if bare.is_empty() {
        Vec::new()
    } else {
        vec![bare]
    }
}

/// Distinct normalized tags in alphabetical order, with the documents that carry them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TagTable {
    /// How each is shown: the form met most often.
    pub shown: Vec<String>,
    /// Language of the form shown.
    pub languages: Vec<Language>,
    /// Documents that carry it, in order, each once.
    pub docs: Vec<Vec<u32>>,
}

impl TagTable {
    /// Collects the tags of documents.
    ///
    /// The order of tags depends on the set of documents alone, so that vectors made for
    /// [`TagTable::shown`] can be handed to `assign_outliers` with the same documents.
    pub fn collect(docs: &[TaggedDoc]) -> Self {
        type Forms<'a> = BTreeMap<(&'a str, Language), usize>;
        let mut found: BTreeMap<String, (Vec<u32>, Forms<'_>)> = BTreeMap::new();
        for (idx, doc) in docs.iter().enumerate() {
            for tag in &doc.tags {
                let key = normalize(&tag.text, tag.language);
                if key.is_empty() {
                    continue;
                }
                let (holders, forms) = found.entry(key).or_default();
                if holders.last() != Some(&(idx as u32)) {
                    holders.push(idx as u32);
                }
                *forms.entry((tag.text.trim(), tag.language)).or_insert(0) += 1;
            }
        }
        let mut table = Self::default();
        for (holders, forms) in found.into_values() {
            let most = forms.values().copied().max().unwrap_or(0);
            let form = forms
                .iter()
                .find(|(_, n)| **n == most)
                .map(|(form, _)| *form);
            let (shown, language) = form.unwrap_or(("", Language::Other));
            table.shown.push(shown.to_owned());
            table.languages.push(language);
            table.docs.push(holders);
        }
        table
    }

    /// Returns the number of distinct tags.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Tells whether there is no tag.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

/// Tags that mean the same.
#[derive(Clone, Debug, PartialEq)]
pub struct TagGroup {
    /// The commonest of them, as shown.
    pub label: String,
    /// Members, positions in the [`TagTable`], the commonest first.
    pub tags: Vec<usize>,
    /// Documents that carry any of them, in order.
    pub docs: Vec<u32>,
}

/// Merges near tags and drops rare ones.
///
/// A tag carried by at least `min_docs` documents founds a group unless a commoner founder is within
/// the cosine; a rarer tag joins its nearest founder within the cosine or is dropped. Groups carried
/// by exactly the same documents become one: they always occur together.
pub(super) fn merge(
    table: &TagTable,
    vectors: Option<&Matrix<f32>>,
    settings: &TagSettings,
) -> Vec<TagGroup> {
    let mut order: Vec<usize> = (0..table.len()).collect();
    order.sort_by_key(|&t| (std::cmp::Reverse(table.docs[t].len()), t));
    let units = vectors.map(unit_rows);
    let mut founders: Vec<usize> = Vec::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    for tag in order {
        let near = units
            .as_ref()
            .and_then(|u| nearest(u, &founders, tag))
            .filter(|(_, cosine)| *cosine >= settings.min_cosine);
        if let Some((group, _)) = near {
            members[group].push(tag);
        } else if table.docs[tag].len() >= settings.min_docs {
            founders.push(tag);
            members.push(vec![tag]);
        }
    }
    let mut by_docs: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
    for tags in members {
        let mut docs: Vec<u32> = tags
            .iter()
            .flat_map(|&t| table.docs[t].iter().copied())
            .collect();
        docs.sort_unstable();
        docs.dedup();
        by_docs.entry(docs).or_default().extend(tags);
    }
    let mut groups: Vec<TagGroup> = by_docs
        .into_iter()
        .map(|(docs, mut tags)| {
            tags.sort_by_key(|&t| (std::cmp::Reverse(table.docs[t].len()), t));
            let label = tags
                .first()
                .map(|&t| table.shown[t].clone())
                .unwrap_or_default();
            TagGroup { label, tags, docs }
        })
        .collect();
    groups.sort_by(|a, b| b.docs.len().cmp(&a.docs.len()).then(a.tags.cmp(&b.tags)));
    groups
}

/// Finds the founder nearest to a tag; the commoner one among equals.
fn nearest(units: &Matrix<f32>, founders: &[usize], tag: usize) -> Option<(usize, f32)> {
    let own = units.row(tag);
    let cosines: Vec<f32> = founders
        .par_iter()
        .with_min_len(512)
        .map(|&f| own.iter().zip(units.row(f)).map(|(x, y)| x * y).sum())
        .collect();
    let mut best: Option<(usize, f32)> = None;
    for (group, cosine) in cosines.into_iter().enumerate() {
        if best.is_none_or(|(_, top)| cosine > top) {
            best = Some((group, cosine));
        }
    }
    best
}

/// Scales rows to length 1; a row with values that are no finite numbers becomes zeros, near nothing.
fn unit_rows(vectors: &Matrix<f32>) -> Matrix<f32> {
    let mut out = vectors.clone();
    for i in 0..out.n_rows() {
        let row = out.row_mut(i);
        let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        let scale = if norm.is_finite() && norm > 0.0 {
            1.0 / norm
        } else {
            0.0
        };
        for x in row {
            *x = if scale > 0.0 { *x * scale } else { 0.0 };
        }
    }
    out
}
