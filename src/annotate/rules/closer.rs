//! Which of two references an answer is closer to.
//!
//! Each sentence of the answer leans to the reference whose side it takes, whose own words it says
//! without turning them, or which a *yes* or *no* to the question means. Whatever is counted for one
//! reference is counted against the other, so that swapping them swaps the verdict. It compares words
//! and signs, not arguments: an argument in words of its own is *neither*.

use std::collections::BTreeSet;

use super::lexicon::Cue;
use super::polarity::{Analyzed, analyze, n_negators, orient, turned};
use super::stance::{alike, content};
use super::text::Kind;
use super::{debates, stance};
use crate::annotate::answer::CloserVerdict;
use crate::annotate::is_refusal;
use crate::base::language::Language;
use crate::base::sentences::sentences;
use crate::domain::evaluation::Closer;

/// Leaning below which an answer is closer to neither.
const LEAST_LEAN: f64 = 0.12;
/// What a sentence counts that is not the first: answers begin with their verdict and then weigh.
const LATER_SENTENCE: f64 = 0.6;
/// Sentences looked at; a longer answer repeats itself or was cut off.
const MAX_SENTENCES: usize = 12;

/// Judges an answer between two references.
pub(super) fn judge(
    language: Language,
    question: &str,
    answer: &str,
    references: [&str; 2],
) -> CloserVerdict {
    let verdict = |closer, confidence| CloserVerdict { closer, confidence };
    let [first, second] = references;
    let [own, one, other] = [answer, first, second].map(letters);
    if one == other || is_refusal(language, answer) {
        return verdict(Closer::Neither, 0.9);
    }
    if own == one {
        return verdict(Closer::First, 0.95);
    }
    if own == other {
        return verdict(Closer::Second, 0.95);
    }
    let question = Asked::new(language, question, &references);
    let references = references.map(|text| Reference::new(language, text));
    let [first, second] = &references;
    let lean: f64 = sentences(answer)
        .iter()
        .filter_map(|span| span.slice(answer))
        .take(MAX_SENTENCES)
        .enumerate()
        .map(|(i, sentence)| {
            let said = Said::new(language, sentence);
            let yes = YES * question.yes_means_first * said.yes(&question);
            let lean = said.toward(first, second) - said.toward(second, first) + yes;
            lean.clamp(-1.0, 1.0) * if i == 0 { 1.0 } else { LATER_SENTENCE }
        })
        .sum();
    let strength = lean.abs();
    if strength < LEAST_LEAN {
        return verdict(Closer::Neither, 0.6 - strength);
    }
    let closer = if lean > 0.0 {
        Closer::First
    } else {
        Closer::Second
    };
    verdict(closer, 0.5 + 0.45 * strength.tanh())
}

/// Letters and digits in lower case.
fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The question, as far as a *yes* to it means one of the references.
struct Asked {
    stems: BTreeSet<String>,
    /// 1 where *yes* means the first reference, −1 where it means the second, 0 where neither.
    yes_means_first: f64,
}

impl Asked {
    fn new(language: Language, question: &str, [first, second]: &[&str; 2]) -> Self {
        let asked = analyze(question, language);
        let [first, second] = [first, second].map(|text| analyze(text, language));
        let parity = |a: &Analyzed| n_negators(a) % 2;
        // A negation tells the references apart best; antonyms do where there is none.
        let [one, other] = if parity(&first) == parity(&second) {
            [turned(&asked, &first), turned(&asked, &second)]
        } else {
            [&first, &second].map(|r| parity(r) != parity(&asked))
        };
        Self {
            stems: stems(&asked),
            yes_means_first: f64::from(i8::from(other) - i8::from(one)),
        }
    }
}

/// A reference ready to be compared with.
struct Reference<'a> {
    text: &'a str,
    analyzed: Analyzed,
    stems: BTreeSet<String>,
    n_negators: usize,
}

impl<'a> Reference<'a> {
    fn new(language: Language, text: &'a str) -> Self {
        let analyzed = analyze(text, language);
        Self {
            text,
            stems: stems(&analyzed),
            n_negators: n_negators(&analyzed),
            analyzed,
        }
    }

    /// Tells whether one of the two denies the other and hardly says more.
    fn denied_by(&self, other: &Self, language: Language) -> bool {
        let (plain, denying) = if self.n_negators < other.n_negators {
            (self, other)
        } else {
            (other, self)
        };
        let has = |stem: &str| denying.stems.iter().any(|s| alike(s, stem, language));
        self.n_negators % 2 != other.n_negators % 2
            && plain.stems.iter().all(|s| has(s))
            && share_of_common(&self.stems, &other.stems, language) >= LEAST_TWIN
    }
}

/// Share of two sets' words that both have, in whatever form.
fn share_of_common(a: &BTreeSet<String>, b: &BTreeSet<String>, language: Language) -> f64 {
    let has = |set: &BTreeSet<String>, stem: &str| set.iter().any(|s| alike(s, stem, language));
    let n_both = a.iter().filter(|s| has(b, s)).count();
    let n_only = b.iter().filter(|s| !has(a, s)).count();
    n_both as f64 / (a.len() + n_only).max(1) as f64
}

/// Stems of what a sentence is about; its *must* and *not* are no subject.
fn stems(a: &Analyzed) -> BTreeSet<String> {
    let is_modal = |first: usize, after: usize| {
        a.hits.iter().any(|h| {
            let modal = matches!(h.class, Cue::Must | Cue::MustNot | Cue::Not | Cue::Nothing);
            modal && h.first < after && first < h.after
        })
    };
    content(a)
        .into_iter()
        .filter(|c| !is_modal(c.first, c.after))
        .map(|c| c.stem)
        .collect()
}

/// A sentence of the answer.
struct Said {
    language: Language,
    text: String,
    analyzed: Analyzed,
    stems: BTreeSet<String>,
}

/// Weights of the signs.
const SIDE: f64 = 0.6;
const COPY: f64 = 0.8;
const WORDS: f64 = 0.5;
const YES: f64 = 0.9;

impl Said {
    fn new(language: Language, text: &str) -> Self {
        let text = spelled_out(language, text);
        let analyzed = analyze(&text, language);
        Self {
            language,
            text,
            stems: stems(&analyzed),
            analyzed,
        }
    }

    /// Returns how much speaks for `one` as against `other`.
    fn toward(&self, one: &Reference<'_>, other: &Reference<'_>) -> f64 {
        SIDE * self.side_beside(one, other)
            + COPY * self.copy(one)
            + WORDS * self.own_words(one, other)
    }

    /// Returns 1 for yes, −1 for no, 0 for neither word.
    fn yes(&self, question: &Asked) -> f64 {
        let plain = yes_or_no(self.language, &self.text);
        if plain != 0.0 || self.language != Language::Zh {
            return plain;
        }
        // Without a subject, "must keep it" is a yes where keeping is what was asked.
        let Some(modal) = self.analyzed.hits.iter().find(|h| h.first == 0) else {
            return 0.0;
        };
        let sign = match modal.class {
            Cue::Must => 1.0,
            Cue::MustNot => -1.0,
            _ => return 0.0,
        };
        let asked = content(&self.analyzed)
            .iter()
            .find(|w| w.first >= modal.after)
            .is_some_and(|w| {
                question
                    .stems
                    .iter()
                    .any(|q| alike(q, &w.stem, self.language))
            });
        if asked { sign } else { 0.0 }
    }

    /// The side it takes on `one`, given that the other may be the same sentence denied.
    ///
    /// Nobody is on the same side of both then; where it seems so, the one that denies was misread.
    fn side_beside(&self, one: &Reference<'_>, other: &Reference<'_>) -> f64 {
        let (on_one, on_other) = (self.side(one), self.side(other));
        let misread = on_one * on_other > 0.0 && one.denied_by(other, self.language);
        if misread && one.n_negators > other.n_negators {
            -on_other
        } else {
            on_one
        }
    }

    /// The side it takes on a reference, in `-1.0..=1.0`.
    fn side(&self, reference: &Reference<'_>) -> f64 {
        let verdict = debates::judge(self.language, reference.text, &self.text)
            .unwrap_or_else(|| stance::judge(self.language, reference.text, &self.text));
        verdict.stance.value() * verdict.confidence
    }

    /// How far it is the reference in other order or form, negative where it turns it.
    fn copy(&self, reference: &Reference<'_>) -> f64 {
        let share = share_of_common(&reference.stems, &self.stems, self.language);
        if share < LEAST_COPY {
            return 0.0;
        }
        // "Without borders a country cannot protect its people": two negations are none.
        let n_without = [&self.analyzed, &reference.analyzed]
            .iter()
            .flat_map(|a| &a.hits)
            .filter(|h| h.class == Cue::Without)
            .count();
        if turned(&self.analyzed, &reference.analyzed) == n_without.is_multiple_of(2) {
            -share
        } else {
            share
        }
    }

    /// Share of the words that only `one` has and that the sentence says, signed by how it says them.
    fn own_words(&self, one: &Reference<'_>, other: &Reference<'_>) -> f64 {
        let own: Vec<&String> = one
            .stems
            .iter()
            .filter(|s| !other.stems.iter().any(|o| alike(o, s, self.language)))
            .collect();
        if own.is_empty() {
            return 0.0;
        }
        let words = content(&self.analyzed);
        let mut sum = 0.0;
        for stem in &own {
            let said = words.iter().find(|w| alike(&w.stem, stem, self.language));
            let Some(word) = said else { continue };
            let named = |i: usize| (word.first..word.after).contains(&i);
            sum += if self.denies(word.first) {
                0.0
            } else if word.polar {
                0.5
            } else {
                let score = orient(&self.analyzed, &named).score;
                if score < -0.08 { -1.0 } else { 1.0 }
            };
        }
        sum / own.len() as f64
    }

    /// Tells whether anything is denied or disapproved of in the clause about a token.
    fn denies(&self, at: usize) -> bool {
        let ends = |i: &usize| {
            let token = self.analyzed.tokens.get(*i);
            token.is_some_and(|t| t.kind == Kind::Mark)
        };
        let from = (0..at).rev().find(ends).unwrap_or(0);
        let n_tokens = self.analyzed.tokens.len();
        let to = (at..n_tokens).find(ends).unwrap_or(n_tokens);
        self.analyzed.hits.iter().any(|h| {
            let denying = matches!(
                h.class,
                Cue::Not | Cue::Nothing | Cue::MustNot | Cue::Bad | Cue::Con | Cue::Without
            );
            denying && from <= h.first && h.first < to
        })
    }
}

/// Share of common words from which a sentence is a reference, turned or not. With fewer of them the
/// negations of the rest would be taken for the sentence's own.
const LEAST_COPY: f64 = 0.6;
/// The same for two references of which one denies the other and says nothing else.
const LEAST_TWIN: f64 = 0.85;

/// "I am for it": a preposition that the word lists cannot hold, as a verb that they do.
fn spelled_out(language: Language, text: &str) -> String {
    let pairs: &[(&str, &str)] = match language {
        Language::En => &[(" am for ", " support "), ("I'm for ", "I support ")],
        Language::Fr => &[(" suis pour ", " soutiens ")],
        Language::De => &[
            (" bin für ", " befürworte "),
            (" sind für ", " befürworten "),
        ],
        Language::Zh | Language::Other => &[],
    };
    pairs
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Words that answer a question before anything else is said.
fn yes_or_no(language: Language, sentence: &str) -> f64 {
    let (yes, no): (&[&str], &[&str]) = match language {
        Language::Zh => (
            &[
                "是",
                "是的",
                "对",
                "应该",
                "应当",
                "可以",
                "有必要",
                "赞成",
                "同意",
                "支持",
            ],
            &[
                "不",
                "不是",
                "不应该",
                "不应当",
                "不可以",
                "不能",
                "没有必要",
                "不必",
                "反对",
                "不赞成",
                "不同意",
                "不支持",
            ],
        ),
        Language::En => (
            &["yes", "certainly", "absolutely", "of course"],
            &["no", "not at all"],
        ),
        Language::Fr => (
            &["oui", "certainement", "bien sûr"],
            &["non", "pas du tout"],
        ),
        Language::De => (
            &["ja", "natürlich", "auf jeden fall"],
            &["nein", "keinesfalls", "auf keinen fall"],
        ),
        Language::Other => return 0.0,
    };
    let head: String = sentence
        .trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == ' ')
        .flat_map(char::to_lowercase)
        .collect();
    let head = head.trim();
    if yes.contains(&head) {
        1.0
    } else if no.contains(&head) {
        -1.0
    } else {
        0.0
    }
}
