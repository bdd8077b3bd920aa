//! An article as a list of sentences, and the body that they make.
//!
//! Offsets are counted when the body is put together, so that a copy with one sentence less still
//! has true ones.

use crate::bank::Outlet;
use crate::calendar::Day;
use crate::cast::Voice;
use crate::language::{Language, Section};
use crate::plan::Set;
use crate::template::{Filled, Slot};
use std::ops::Range;

/// A value statement inside a sentence.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// Where its own words stand in the sentence, in characters.
    pub(crate) span: Range<usize>,
    /// Whose words they are.
    pub(crate) set: Set,
    /// Who speaks; none for the outlet's own voice.
    pub(crate) voice: Option<Voice>,
    /// The proposition's id.
    pub(crate) proposition: String,
    /// 1 for the proposition, -1 against it.
    pub(crate) stance: i8,
    /// Whether the statement stands against the nation's majority.
    pub(crate) dissent: bool,
    /// Whether its wording or its frame is uncommon.
    pub(crate) unlisted: bool,
}

/// A sentence of an article.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    /// The sentence.
    pub(crate) text: String,
    /// The statement in it, if there is one.
    pub(crate) statement: Option<Statement>,
    /// The fact of the topic that it tells, by position; so that a copy can tell another one.
    pub(crate) fact_idx: Option<usize>,
}

/// An article, not yet a row of a file.
#[derive(Clone, Debug)]
pub(crate) struct Article {
    /// Topic, by position in the bank; none for outliers.
    pub(crate) topic_idx: Option<usize>,
    /// Outlet, by position in the nation.
    pub(crate) outlet_idx: usize,
    /// When it appeared.
    pub(crate) day: Day,
    /// Whether the outlet's file leaves the date empty.
    pub(crate) undated: bool,
    /// Where it was written.
    pub(crate) place: String,
    /// Part of the newspaper.
    pub(crate) section: Section,
    /// Headline.
    pub(crate) title: String,
    /// The sentences by paragraph.
    pub(crate) paragraphs: Vec<Vec<Sentence>>,
    /// Whether it holds both sides of one proposition.
    pub(crate) self_contradiction: bool,
    /// The article it copies, by position in the nation.
    pub(crate) copy_of: Option<usize>,
}

/// The text of an article and where its statements stand in it.
pub(crate) struct Body {
    /// The text.
    pub(crate) text: String,
    /// The statements in order, each with its place in the text in characters.
    pub(crate) statements: Vec<(Range<usize>, Statement)>,
}

impl Article {
    /// Puts the body together: dateline, paragraphs, footer.
    pub(crate) fn body(&self, language: Language, outlet: &Outlet) -> Body {
        let weekday = language.weekdays()[self.day.weekday()];
        let dateline = outlet.dateline.fill(language, |slot, _| {
            Ok::<_, std::convert::Infallible>(match slot {
                Slot::PlaceUpper => self.place.to_uppercase(),
                Slot::Weekday => weekday.to_owned(),
                _ => self.place.clone(),
            })
        });
        let Ok(Filled { mut text, .. }) = dateline;
        let mut n_chars = text.chars().count();
        let mut statements = Vec::new();
        for (paragraph_idx, paragraph) in self.paragraphs.iter().enumerate() {
            for (sentence_idx, sentence) in paragraph.iter().enumerate() {
                let gap = match (paragraph_idx, sentence_idx) {
                    (0, 0) => "",
                    (_, 0) => "\n\n",
                    _ => language.sentence_gap(),
                };
                text.push_str(gap);
                n_chars += gap.chars().count();
                if let Some(statement) = &sentence.statement {
                    let span = &statement.span;
                    let place = n_chars + span.start..n_chars + span.end;
                    statements.push((place, statement.clone()));
                }
                text.push_str(&sentence.text);
                n_chars += sentence.text.chars().count();
            }
        }
        text.push_str("\n\n");
        text.push_str(&outlet.footer);
        Body { text, statements }
    }
}
