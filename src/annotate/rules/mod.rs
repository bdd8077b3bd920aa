//! The offline back end: answers every question with word lists and patterns, without any model.
//!
//! Chinese, English, French and German; other languages get empty or refusing answers. Its output is
//! a first reading to be reviewed and is labeled as such wherever it is shown.

mod closer;
mod debates;
mod extract;
mod fights;
mod frames;
mod lexicon;
mod names;
mod polarity;
mod proposition;
mod source;
mod stance;
mod text;
mod topic;
mod triple;
mod value;

#[cfg(test)]
mod closer_cases;
#[cfg(test)]
mod stance_cases;

pub use value::value_score;

use super::answer::{PropositionDraft, StanceVerdict, ValueVerdict};
use super::question::Question;
use super::{AnnotateError, Annotator};
use crate::base::language::Language;
use crate::domain::conflict::Stance;

/// The offline rules.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules;

impl Annotator for Rules {
    fn name(&self) -> &'static str {
        "offline rules"
    }

    fn version(&self) -> u32 {
        1
    }

    fn answer(&self, question: &Question<'_>) -> Result<String, AnnotateError> {
        let task = question.task();
        let filled = |text: &str, field: &'static str| {
            if text.trim().is_empty() {
                Err(AnnotateError::Empty { task, field })
            } else {
                Ok(())
            }
        };
        Ok(match *question {
            Question::Tag {
                language,
                title,
                text,
            } => topic::tags(known(language, text), title, text).to_json(),
            Question::Label {
                language,
                terms,
                samples,
            } => {
                filled(&terms.concat(), "terms")?;
                topic::label(language, terms, samples).to_json()
            }
            Question::Screen {
                terms,
                label,
                samples,
            } => topic::screen(terms, label, samples).to_json(),
            Question::Extract { language, body, .. } => {
                extract::extract(known(language, body), body).to_json()
            }
            Question::ValueFilter {
                language,
                statement,
            } => {
                filled(statement, "statement")?;
                judge_value(known(language, statement), statement).to_json()
            }
            Question::Source {
                language,
                passage,
                body,
                ..
            } => {
                filled(body, "body")?;
                source::judge(known(language, body), passage, body).to_json()
            }
            Question::Triple {
                language,
                statement,
            } => {
                filled(statement, "statement")?;
                triple::write(speakable(task, language, statement)?, statement).to_json()
            }
            Question::Proposition {
                language,
                statements,
            } => {
                let all = statements.concat();
                filled(&all, "statements")?;
                let text = proposition::write(speakable(task, language, &all)?, statements);
                PropositionDraft { text }.to_json()
            }
            Question::Stance {
                language,
                proposition,
                statement,
            } => {
                filled(proposition, "proposition")?;
                filled(statement, "statement")?;
                let language = known(language, statement);
                debates::judge(language, proposition, statement)
                    .unwrap_or_else(|| sure(language, proposition, statement))
                    .to_json()
            }
            Question::Closer {
                language,
                question,
                answer,
                first,
                second,
            } => {
                filled(first, "first")?;
                filled(second, "second")?;
                closer::judge(known(language, first), question, answer, [first, second]).to_json()
            }
        })
    }
}

/// Returns the number of the listed public debate a sentence belongs to, whatever side it takes.
pub fn debate_of(language: Language, sentence: &str) -> Option<usize> {
    debates::taken(language, sentence).map(|t| t.debate)
}

/// Confidence below which general words do not make a stance: a wrong side costs a reviewer more than
/// none.
const LEAST_SURE: f64 = 0.5;

/// The same for a stance against: words of blame in a statement are often aimed at a third thing that
/// both sides blame, and a false opponent is what a reviewer would have to clear away.
const LEAST_SURE_AGAINST: f64 = 0.7;

/// Share of common words from which two sentences are the same sentence turned or not, and few signs
/// are enough.
const SAME_WORDS_SHARE: f64 = 0.6;

/// Judges by general words and says *neither* where they are not sure enough.
fn sure(language: Language, proposition: &str, statement: &str) -> StanceVerdict {
    let verdict = stance::judge(
        language,
        proposition,
        &fights::without_fights(language, statement),
    );
    let overlap_share = super::check_triple(language, proposition, statement).overlap_share;
    let least_sure = if verdict.stance.value() < 0.0 {
        LEAST_SURE_AGAINST
    } else {
        LEAST_SURE
    };
    if verdict.confidence >= least_sure || overlap_share >= SAME_WORDS_SHARE {
        verdict
    } else {
        StanceVerdict {
            stance: Stance::Neither,
            ..verdict
        }
    }
}

/// A text of unknown language is read as what it looks like.
fn known(language: Language, text: &str) -> Language {
    if language == Language::Other {
        Language::detect(text)
    } else {
        language
    }
}

/// Sentences can only be written in a language with rules.
fn speakable(
    task: &'static str,
    language: Language,
    text: &str,
) -> Result<Language, AnnotateError> {
    match known(language, text) {
        Language::Other => Err(AnnotateError::Language {
            task,
            language: language.code().to_owned(),
        }),
        known => Ok(known),
    }
}

/// A statement alone has lost the quotation marks that spoke for it, so the bar is a little lower.
const FILTER_BONUS: f64 = 0.25;

fn judge_value(language: Language, statement: &str) -> ValueVerdict {
    let score = value_score(language, statement) + FILTER_BONUS;
    let is_value = score >= value::THRESHOLD;
    let confidence = value::confidence(score);
    ValueVerdict {
        is_value,
        confidence: if is_value {
            confidence
        } else {
            1.0 - confidence
        },
        reason: format!("offline rules: value score {score:.2}"),
    }
}

/// Tells whether two sentences point opposite ways: by the signs of a small rewriting, or toward the
/// words they share.
pub(super) fn opposes(language: Language, statement: &str, reverse: &str) -> bool {
    let language = known(language, statement);
    let language = if language == Language::Other {
        Language::En
    } else {
        language
    };
    let analyze = |text: &str| polarity::analyze(text, language);
    let stance = stance::judge(language, statement, reverse).stance;
    polarity::turned(&analyze(statement), &analyze(reverse)) || stance.value() < 0.0
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
