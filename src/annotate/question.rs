//! The questions asked of text, one variant per task, with everything an answer may depend on.
//!
//! A question borrows plain data and knows its name, its version and its content hash (the key of
//! the answer cache). It holds no prompt wording and no answer; back ends do.

use crate::base::hash::ContentHasher;
use crate::base::language::Language;
use crate::base::sentences::Span;

/// One question to an annotator.
#[derive(Clone, Copy, Debug)]
pub enum Question<'a> {
    /// Tags of five aspects for one document.
    Tag {
        /// Language of the document.
        language: Language,
        /// Headline.
        title: &'a str,
        /// Body, cut as the settings say.
        text: &'a str,
    },
    /// A name of at most five words for a topic.
    Label {
        /// Language the label is wanted in.
        language: Language,
        /// The topic's words, heaviest first.
        terms: &'a [String],
        /// Beginnings of a few of its documents.
        samples: &'a [String],
    },
    /// Whether a topic is about values: ethics, policy, law, rights, security, culture and the like.
    Screen {
        /// The topic's words, heaviest first; languages may be mixed.
        terms: &'a [String],
        /// The topic's label.
        label: &'a str,
        /// Beginnings of a few of its documents with their languages.
        samples: &'a [(Language, String)],
    },
    /// Zero to several self-contained value statements of one document.
    Extract {
        /// Language of the document.
        language: Language,
        /// Headline.
        title: &'a str,
        /// Body; passages are counted in its characters.
        body: &'a str,
    },
    /// Whether one statement claims a value at all.
    ValueFilter {
        /// Language of the statement.
        language: Language,
        /// The statement.
        statement: &'a str,
    },
    /// Who says a statement.
    Source {
        /// Language of the document.
        language: Language,
        /// The statement.
        statement: &'a str,
        /// Its passage in `body`, in characters.
        passage: Span,
        /// Body of the document.
        body: &'a str,
        /// Name of the outlet.
        outlet: &'a str,
    },
    /// Question, statement and reverse statement.
    Triple {
        /// Language of the statement.
        language: Language,
        /// The statement.
        statement: &'a str,
    },
    /// One sentence that a group of statements takes sides on.
    Proposition {
        /// Language of the statements.
        language: Language,
        /// The group, in order.
        statements: &'a [String],
    },
    /// Which side of a proposition a statement takes.
    Stance {
        /// Language of both.
        language: Language,
        /// The proposition.
        proposition: &'a str,
        /// The statement.
        statement: &'a str,
    },
    /// Whether an answer is closer to the first or to the second of two references.
    Closer {
        /// Language of all four.
        language: Language,
        /// What was asked.
        question: &'a str,
        /// The answer given to it; may be empty.
        answer: &'a str,
        /// The reference shown first.
        first: &'a str,
        /// The reference shown second.
        second: &'a str,
    },
}

impl Question<'_> {
    /// Returns the task's name, as stored with answers.
    pub fn task(&self) -> &'static str {
        match self {
            Self::Tag { .. } => "tag",
            Self::Label { .. } => "label",
            Self::Screen { .. } => "screen",
            Self::Extract { .. } => "extract",
            Self::ValueFilter { .. } => "value_filter",
            Self::Source { .. } => "source",
            Self::Triple { .. } => "triple",
            Self::Proposition { .. } => "proposition",
            Self::Stance { .. } => "stance",
            Self::Closer { .. } => "closer",
        }
    }

    /// Returns the version of the task's wording; goes up when equal data would be asked differently.
    ///
    /// Every task stands at its first wording.
    pub fn version(&self) -> u32 {
        1
    }

    /// Returns the hash of task, version and data: equal questions have equal hashes.
    pub fn content_hash(&self) -> String {
        let mut h = ContentHasher::new();
        h.text(self.task()).int(i64::from(self.version()));
        match *self {
            Self::Tag {
                language,
                title,
                text,
            } => {
                h.text(language.code()).text(title).text(text);
            }
            Self::Label {
                language,
                terms,
                samples,
            } => {
                h.text(language.code());
                hash_list(&mut h, terms);
                hash_list(&mut h, samples);
            }
            Self::Screen {
                terms,
                label,
                samples,
            } => {
                hash_list(&mut h, terms);
                h.text(label).int(samples.len() as i64);
                for (language, sample) in samples {
                    h.text(language.code()).text(sample);
                }
            }
            Self::Extract {
                language,
                title,
                body,
            } => {
                h.text(language.code()).text(title).text(body);
            }
            Self::ValueFilter {
                language,
                statement,
            }
            | Self::Triple {
                language,
                statement,
            } => {
                h.text(language.code()).text(statement);
            }
            Self::Source {
                language,
                statement,
                passage,
                body,
                outlet,
            } => {
                h.text(language.code()).text(statement);
                h.int(passage.start as i64).int(passage.end as i64);
                h.text(body).text(outlet);
            }
            Self::Proposition {
                language,
                statements,
            } => {
                h.text(language.code());
                hash_list(&mut h, statements);
            }
            Self::Stance {
                language,
                proposition,
                statement,
            } => {
                h.text(language.code()).text(proposition).text(statement);
            }
            Self::Closer {
                language,
                question,
                answer,
                first,
                second,
            } => {
                h.text(language.code()).text(question).text(answer);
                h.text(first).text(second);
            }
        }
        h.finish()
    }
}

fn hash_list(h: &mut ContentHasher, items: &[String]) {
    h.int(items.len() as i64);
    for item in items {
        h.text(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_tell_tasks_and_data_apart() {
        let a = Question::Triple {
            language: Language::En,
            statement: "x",
        };
        let b = Question::ValueFilter {
            language: Language::En,
            statement: "x",
        };
        let c = Question::Triple {
            language: Language::De,
            statement: "x",
        };
        assert_eq!(a.content_hash(), a.content_hash());
        assert_ne!(a.content_hash(), b.content_hash());
        assert_ne!(a.content_hash(), c.content_hash());
    }

    #[test]
    fn the_order_of_references_counts() {
        let ask = |first, second| {
            let question = Question::Closer {
                language: Language::En,
                question: "Q?",
                answer: "A.",
                first,
                second,
            };
            assert_eq!(question.task(), "closer");
            question.content_hash()
        };
        assert_ne!(ask("S.", "R."), ask("R.", "S."));
    }

    #[test]
    fn list_borders_count() {
        let one = ["ab".to_owned(), "c".to_owned()];
        let two = ["a".to_owned(), "bc".to_owned()];
        let hash = |terms: &[String]| {
            Question::Proposition {
                language: Language::En,
                statements: terms,
            }
            .content_hash()
        };
        assert_ne!(hash(&one), hash(&two));
    }
}
