//! Terms of documents and how often each occurs: the table that topic words are computed from.
//!
//! Words come from `base::words`; function words and pure numbers stay out because readers learn
//! nothing from them. Weights are not computed here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use crate::base::language::{Language, is_han};
use crate::base::observe::{Cancelled, Observe};
use crate::base::words;

/// Occurrences by term: a sparse row, ordered by term.
pub type TermCounts = BTreeMap<u32, u32>;

/// A text with its language.
#[derive(Clone, Copy, Debug)]
pub struct LanguageText<'a> {
    /// Language, which decides stop words and stems.
    pub language: Language,
    /// Text, already without boilerplate.
    pub text: &'a str,
}

/// How terms are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VocabularySettings {
    /// Words of a term, the fewest and the most: 1 to 2 counts pairs of words that follow each other
    /// beside the words. From 1 to [`MAX_WORDS`].
    pub n_words: (usize, usize),
    /// Documents a term must occur in.
    pub min_docs: usize,
    /// Share of a language's documents above which a word counts as a function word. Asked only of
    /// languages with at least [`MIN_DOCS_FOR_SHARE`] documents; 1.0 switches it off.
    pub max_doc_share: f64,
    /// Leaves function words and pure numbers out.
    pub drops_stop_words: bool,
    /// Counts words of one stem and language together and shows the commonest of them.
    pub folds_stems: bool,
}

impl Default for VocabularySettings {
    fn default() -> Self {
        Self {
            n_words: (1, 2),
            min_docs: 2,
            max_doc_share: 0.5,
            drops_stop_words: true,
            folds_stems: true,
        }
    }
}

/// Most words of one term.
pub const MAX_WORDS: usize = 3;

/// Documents of a language below which no word is called frequent: shares of fewer are too rough.
pub const MIN_DOCS_FOR_SHARE: usize = 50;

/// Documents tokenized between two looks at a cancel; about 20 ms of work.
const CHUNK_DOCS: usize = 64;

/// Terms in alphabetical order of their keys; a term's position is its number in [`TermCounts`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    terms: Vec<String>,
}

impl Vocabulary {
    /// Takes terms as they are shown; position is identity.
    pub fn from_terms(terms: Vec<String>) -> Self {
        Self { terms }
    }

    /// Returns the term as readers see it.
    pub fn term(&self, idx: u32) -> Option<&str> {
        self.terms.get(idx as usize).map(String::as_str)
    }

    /// Returns all terms in order.
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// Returns the number of terms.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// Tells whether there is no term.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

/// Builds the vocabulary of a corpus and counts every document's terms.
///
/// # Shapes
/// - `docs`: `n` texts.
/// - returns: `v` terms and `n` sparse rows.
///
/// # Errors
/// [`Cancelled`] if the observer asks for it.
///
/// # Source
/// With `min_docs` 1 and everything else off, the counts equal scikit-learn 1.9
/// `CountVectorizer(ngram_range=n_words)` on texts of spaced scripts. As there, stop words go before
/// pairs are made, so that *freedom of the press* gives the pair *freedom press*. Unlike there, two
/// Chinese words are joined without a space, and stems of different languages never meet (so a form
/// that two languages share is listed twice).
pub fn count_terms(
    docs: &[LanguageText<'_>],
    settings: &VocabularySettings,
    observe: &dyn Observe,
) -> Result<(Vocabulary, Vec<TermCounts>), Cancelled> {
    let tokens = tokenize(docs, settings, observe)?;
    let frequent = frequent_words(docs, &tokens, settings);

    // Words and forms become numbers, so that pairs cost two of them and no text.
    let mut keys = Interner::default();
    let mut forms = Interner::default();
    let docs_as_ids: Vec<Vec<Ids>> = docs
        .iter()
        .zip(&tokens)
        .map(|(doc, words)| {
            words
                .iter()
                .filter(|t| !frequent.contains(&(doc.language, t.key.as_str())))
                .map(|t| Ids {
                    key: keys.id(&t.key),
                    form: forms.id(&t.shown),
                })
                .collect()
        })
        .collect();
    drop(tokens);

    let mut n_docs_of: HashMap<Term, usize> = HashMap::new();
    for ids in &docs_as_ids {
        let distinct: BTreeSet<Term> = terms_of(ids, settings).map(|(term, _)| term).collect();
        for term in distinct {
            *n_docs_of.entry(term).or_insert(0) += 1;
        }
    }
    let mut kept: Vec<Term> = n_docs_of
        .into_iter()
        .filter(|(_, n)| *n >= settings.min_docs.max(1))
        .map(|(term, _)| term)
        .collect();
    kept.sort_unstable_by_key(|t| keys.joined(*t));
    let position: HashMap<Term, u32> = kept
        .iter()
        .enumerate()
        .map(|(i, term)| (*term, i as u32))
        .collect();

    let mut n_of_form: Vec<BTreeMap<Term, u32>> = vec![BTreeMap::new(); kept.len()];
    let mut rows = Vec::with_capacity(docs.len());
    for ids in &docs_as_ids {
        let mut row = TermCounts::new();
        for (term, form) in terms_of(ids, settings) {
            if let Some(&id) = position.get(&term) {
                *row.entry(id).or_insert(0) += 1;
                *n_of_form[id as usize].entry(form).or_insert(0) += 1;
            }
        }
        rows.push(row);
    }
    let terms = n_of_form.iter().map(|n| commonest(n, &forms)).collect();
    Ok((Vocabulary { terms }, rows))
}

/// Up to [`MAX_WORDS`] words that follow each other; the rest is [`NO_WORD`].
type Term = [u32; MAX_WORDS];

/// Fills a term up.
const NO_WORD: u32 = u32::MAX;

/// A word of a document: what it is counted under and how it is written.
#[derive(Clone, Copy)]
struct Ids {
    key: u32,
    form: u32,
}

/// Lists the terms of a document with the form of each.
fn terms_of<'a>(
    ids: &'a [Ids],
    settings: &VocabularySettings,
) -> impl Iterator<Item = (Term, Term)> + 'a {
    let (fewest, most) = settings.n_words;
    (fewest.max(1)..=most.min(MAX_WORDS))
        .flat_map(|n| ids.windows(n))
        .map(|words| {
            let (mut term, mut form) = ([NO_WORD; MAX_WORDS], [NO_WORD; MAX_WORDS]);
            for ((term, form), ids) in term.iter_mut().zip(&mut form).zip(words) {
                (*term, *form) = (ids.key, ids.form);
            }
            (term, form)
        })
}

/// Returns the form met most often, the first in the alphabet among equals.
fn commonest(n_of_form: &BTreeMap<Term, u32>, forms: &Interner) -> String {
    let most = n_of_form.values().copied().max().unwrap_or(0);
    let best = n_of_form
        .iter()
        .filter(|(_, n)| **n == most)
        .map(|(form, _)| forms.joined(*form));
    best.min().unwrap_or_default()
}

/// Texts by number.
#[derive(Default)]
struct Interner {
    ids: HashMap<String, u32>,
    texts: Vec<String>,
}

impl Interner {
    fn id(&mut self, text: &str) -> u32 {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = self.texts.len() as u32;
        self.ids.insert(text.to_owned(), id);
        self.texts.push(text.to_owned());
        id
    }

    /// Writes a term: words with a space between, Chinese ones without.
    fn joined(&self, term: Term) -> String {
        let mut out = String::new();
        for text in term.iter().filter_map(|id| self.texts.get(*id as usize)) {
            let ends_han = out.chars().next_back().is_some_and(is_han);
            let both_han = ends_han && text.chars().next().is_some_and(is_han);
            if !(out.is_empty() || both_han) {
                out.push(' ');
            }
            out.push_str(text);
        }
        out
    }
}

/// Adds the rows of each topic's documents.
///
/// # Shapes
/// - `rows`: `n` sparse rows; `topics`: for each its topic below `n_topics`, or none.
/// - returns: `n_topics` sparse rows; documents without topic are left out.
pub fn sum_by_topic(
    rows: &[TermCounts],
    topics: &[Option<usize>],
    n_topics: usize,
) -> Vec<TermCounts> {
    let mut sums = vec![TermCounts::new(); n_topics];
    for (row, topic) in rows.iter().zip(topics) {
        if let Some(sum) = topic.and_then(|t| sums.get_mut(t)) {
            for (term, n) in row {
                *sum.entry(*term).or_insert(0) += n;
            }
        }
    }
    sums
}

/// A word under which it is counted and as it stands in the text.
struct Token {
    key: String,
    shown: String,
}

fn tokenize(
    docs: &[LanguageText<'_>],
    settings: &VocabularySettings,
    observe: &dyn Observe,
) -> Result<Vec<Vec<Token>>, Cancelled> {
    observe.phase("words");
    let mut out = Vec::with_capacity(docs.len());
    for chunk in docs.chunks(CHUNK_DOCS) {
        observe.step(out.len() as u64, docs.len() as u64)?;
        out.par_extend(chunk.par_iter().map(|doc| tokens_of(doc, settings)));
    }
    observe.step(docs.len() as u64, docs.len() as u64)?;
    Ok(out)
}

fn tokens_of(doc: &LanguageText<'_>, settings: &VocabularySettings) -> Vec<Token> {
    words::words(doc.text)
        .into_iter()
        .filter(|w| {
            !settings.drops_stop_words
                || !(words::is_stop_word(w, doc.language) || w.chars().all(|c| c.is_ascii_digit()))
        })
        .map(|shown| {
            let key = match doc.language {
                // A stem belongs to its language: English *collection* and French *collectif* share one.
                Language::En | Language::Fr | Language::De if settings.folds_stems => {
                    format!(
                        "{}\u{1}{}",
                        words::stem(&shown, doc.language),
                        doc.language.code()
                    )
                }
                _ => shown.clone(),
            };
            Token { key, shown }
        })
        .collect()
}

/// Finds the words that stand in too large a share of their language's documents.
fn frequent_words<'t>(
    docs: &[LanguageText<'_>],
    tokens: &'t [Vec<Token>],
    settings: &VocabularySettings,
) -> BTreeSet<(Language, &'t str)> {
    let mut frequent = BTreeSet::new();
    if settings.max_doc_share >= 1.0 {
        return frequent;
    }
    let languages: BTreeSet<Language> = docs.iter().map(|d| d.language).collect();
    for language in languages {
        let mut n_docs = 0usize;
        let mut n_docs_of: HashMap<&str, usize> = HashMap::new();
        for (_, words) in docs
            .iter()
            .zip(tokens)
            .filter(|(d, _)| d.language == language)
        {
            n_docs += 1;
            let distinct: BTreeSet<&str> = words.iter().map(|t| t.key.as_str()).collect();
            for word in distinct {
                *n_docs_of.entry(word).or_insert(0) += 1;
            }
        }
        if n_docs < MIN_DOCS_FOR_SHARE {
            continue;
        }
        let limit = settings.max_doc_share * n_docs as f64;
        frequent.extend(
            n_docs_of
                .into_iter()
                .filter(|(_, n)| *n as f64 > limit)
                .map(|(word, _)| (language, word)),
        );
    }
    frequent
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;

    fn texts<'a>(language: Language, texts: &[&'a str]) -> Vec<LanguageText<'a>> {
        texts
            .iter()
            .map(|text| LanguageText { language, text })
            .collect()
    }

    #[test]
    fn folds_stems_and_shows_the_commonest_form() {
        let docs = texts(Language::En, &["reactors and reactors", "the reactor"]);
        let (vocabulary, rows) =
            count_terms(&docs, &VocabularySettings::default(), &Silent).unwrap();
        assert_eq!(vocabulary.terms(), ["reactors"]);
        assert_eq!(rows[0].get(&0), Some(&2));
        assert_eq!(rows[1].get(&0), Some(&1));
    }

    #[test]
    fn stems_of_two_languages_stay_apart() {
        let docs = [
            LanguageText {
                language: Language::En,
                text: "collection collection",
            },
            LanguageText {
                language: Language::Fr,
                text: "collectif",
            },
        ];
        let settings = VocabularySettings {
            n_words: (1, 1),
            min_docs: 1,
            ..VocabularySettings::default()
        };
        let (vocabulary, _) = count_terms(&docs, &settings, &Silent).unwrap();
        assert_eq!(vocabulary.terms(), ["collection", "collectif"]);
    }

    #[test]
    fn joins_chinese_pairs_without_space() {
        let docs = texts(Language::Zh, &["农村青年", "农村青年"]);
        let (vocabulary, _) = count_terms(&docs, &VocabularySettings::default(), &Silent).unwrap();
        assert!(
            vocabulary.terms().contains(&"农村青年".to_owned()),
            "{:?}",
            vocabulary.terms()
        );
    }

    #[test]
    fn terms_have_as_many_words_as_asked() {
        let docs = texts(Language::En, &["oil price cap"]);
        let terms = |n_words| {
            let settings = VocabularySettings {
                n_words,
                min_docs: 1,
                folds_stems: false,
                ..VocabularySettings::default()
            };
            let counted = count_terms(&docs, &settings, &Silent).unwrap();
            counted.0.terms().to_vec()
        };
        assert_eq!(terms((2, 2)), ["oil price", "price cap"]);
        assert_eq!(terms((2, 3)), ["oil price", "oil price cap", "price cap"]);
        assert_eq!(terms((1, 1)), ["cap", "oil", "price"]);
    }

    #[test]
    fn drops_words_of_most_documents() {
        let body: Vec<String> = (0..60)
            .map(|i| format!("gazette word{} word{}", i % 7, i % 7))
            .collect();
        let docs: Vec<LanguageText<'_>> = body
            .iter()
            .map(|text| LanguageText {
                language: Language::En,
                text,
            })
            .collect();
        let settings = VocabularySettings {
            n_words: (1, 1),
            ..VocabularySettings::default()
        };
        let (vocabulary, _) = count_terms(&docs, &settings, &Silent).unwrap();
        assert!(!vocabulary.terms().contains(&"gazette".to_owned()));
        assert_eq!(vocabulary.len(), 7);
    }

    #[test]
    fn sums_rows_of_topics() {
        let rows = vec![
            TermCounts::from([(0, 1)]),
            TermCounts::from([(0, 2), (1, 1)]),
            TermCounts::from([(1, 9)]),
        ];
        let sums = sum_by_topic(&rows, &[Some(0), Some(0), None], 2);
        assert_eq!(
            sums,
            [TermCounts::from([(0, 3), (1, 1)]), TermCounts::new()]
        );
    }

    #[test]
    fn takes_no_documents() {
        let (vocabulary, rows) = count_terms(&[], &VocabularySettings::default(), &Silent).unwrap();
        assert!(vocabulary.is_empty() && rows.is_empty());
    }
}
