//! An edit of a topic while it is being written: what was entered so far and what speaks against it.
//! It draws nothing and sends nothing.

use std::collections::BTreeSet;

use crate::base::ids::DocId;
use crate::domain::topic_edit::{EditError, TopicEdit, check_label, check_reason};
use crate::snapshot::model::{Snapshot, TopicRow};
use crate::snapshot::passing::Focus;
use crate::ui::text;

/// A form that stands open.
#[derive(Debug)]
pub(super) struct Form {
    /// Number of the topic it is about.
    pub(super) topic: usize,
    /// What is entered.
    pub(super) entry: Entry,
    /// Whether the cursor goes into its field with the next frame.
    pub(super) wants_focus: bool,
}

/// What is entered into a form.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Another label.
    Rename {
        /// The label.
        label: String,
    },
    /// Topics to go up in this one.
    Merge {
        /// Words that the list is narrowed by.
        search: String,
        /// Numbers of those chosen.
        from: BTreeSet<usize>,
    },
    /// A topic of the selected documents.
    Split {
        /// Its label.
        label: String,
    },
    /// Another verdict.
    Overrule {
        /// The verdict.
        value_related: bool,
        /// Why, may be empty.
        reason: String,
    },
}

/// Puts single spaces between words, as labels and reasons are kept.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Entry {
    /// Returns what speaks against it; an entry that would change nothing is no mistake.
    pub(super) fn error(&self) -> Option<EditError> {
        match self {
            // The label of a new topic is asked for, so that an empty one is not yet a mistake.
            Self::Split { label } if label.is_empty() => None,
            Self::Rename { label } | Self::Split { label } => check_label(&tidy(label)).err(),
            Self::Overrule { reason, .. } => check_reason(&tidy(reason)).err(),
            Self::Merge { .. } => None,
        }
    }

    /// Tells whether it waits for something to be entered, rather than to be confirmed.
    pub(super) fn is_open_ended(&self) -> bool {
        matches!(self, Self::Merge { .. } | Self::Split { .. })
    }

    /// Returns the edit, once it can be made; splitting needs the documents that are shown.
    pub(super) fn edit(&self, topic: &TopicRow, focus: Option<&Focus>) -> Option<TopicEdit> {
        if self.error().is_some() {
            return None;
        }
        let number = topic.number;
        match self {
            Self::Rename { label } => {
                let label = tidy(label);
                (label != topic.label).then_some(TopicEdit::Rename {
                    topic: number,
                    label,
                })
            }
            Self::Merge { from, .. } => (!from.is_empty()).then(|| TopicEdit::Merge {
                into: number,
                from: from.iter().copied().collect(),
            }),
            Self::Split { label } => {
                let label = tidy(label);
                let can = part(topic, focus).is_ok() && !label.is_empty();
                can.then(|| TopicEdit::Split {
                    topic: number,
                    docs: focus.map_or_else(Vec::new, |f| shown_docs(f, number)),
                    label,
                })
            }
            Self::Overrule {
                value_related,
                reason,
            } => {
                let reason = tidy(reason);
                let same = topic.screened_by.is_some()
                    && (topic.value_related, &topic.screen_reason) == (*value_related, &reason);
                (!same).then_some(TopicEdit::Overrule {
                    topic: number,
                    value_related: *value_related,
                    reason,
                })
            }
        }
    }
}

/// Counts the documents of a topic that are filtered or selected.
///
/// # Errors
/// Why they cannot be split off.
pub(super) fn part(topic: &TopicRow, focus: Option<&Focus>) -> Result<usize, String> {
    let Some(focus) = focus else {
        return Err(
            "Nothing is selected. Draw a lasso on the map or filter, then split off what is shown of this topic."
                .to_owned(),
        );
    };
    match focus.shown.n_of_topic(topic.number) {
        0 => Err(
            "None of this topic's documents is selected or let through by the filter.".to_owned(),
        ),
        n if n >= topic.n_docs => Err(format!(
            "All {} of this topic are selected, so that nothing would be left; rename it instead.",
            text::counted(n, "document", "documents")
        )),
        n => Ok(n),
    }
}

/// Lists the documents of a topic that are filtered or selected.
fn shown_docs(focus: &Focus, number: usize) -> Vec<DocId> {
    let map = &focus.map;
    focus
        .shown
        .rows
        .iter()
        .flat_map(|rows| rows.rows())
        .filter(|row| map.topic(*row).map(usize::from) == Some(number))
        .filter_map(|row| map.places.doc(row))
        .collect()
}

/// Lists the other topics, the nearest in the tree first.
pub(super) fn others(snapshot: &Snapshot, number: Option<usize>) -> Vec<usize> {
    let mut out = number.map_or_else(Vec::new, |n| snapshot.topic_tree.nearest(n));
    let near: BTreeSet<usize> = out.iter().copied().chain(number).collect();
    let rest = snapshot.topics.iter().map(|t| t.number);
    out.extend(rest.filter(|n| !near.contains(n)));
    // The tree may know a topic that has just been merged away.
    out.retain(|n| snapshot.topic(*n).is_some());
    out
}

/// Returns the topic of most documents, of equal ones the first by number: the one that stays when several
/// are merged.
pub(super) fn largest<'t>(topics: &[&'t TopicRow]) -> Option<&'t TopicRow> {
    topics
        .iter()
        .copied()
        .max_by_key(|t| (t.n_docs, std::cmp::Reverse(t.number)))
}

/// Tells whether a topic is meant by some words: all of them in its label, or its number.
pub(super) fn is_meant(topic: &TopicRow, words: &str) -> bool {
    let label = topic.label.to_lowercase();
    let number = topic.number.to_string();
    words
        .to_lowercase()
        .split_whitespace()
        .all(|word| label.contains(word) || number == word)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::domain::filter::{Desk, Filter};
    use crate::snapshot::passing::focus;
    use crate::ui::views::map::sample;

    fn rename(label: &str) -> Entry {
        Entry::Rename {
            label: label.to_owned(),
        }
    }

    #[test]
    fn a_label_must_be_there_be_short_and_be_new() {
        let snapshot = sample::snapshot(140);
        let topic = &snapshot.topics[1];
        assert_eq!(rename(" ").error(), Some(EditError::EmptyLabel));
        let long = rename(&"字".repeat(81)).error().unwrap();
        assert_eq!(
            long.to_string(),
            "a label has at most 80 characters, this one has 81"
        );
        // The same label is no mistake and no edit.
        let same = rename(" Border  control ");
        assert_eq!((same.error(), same.edit(topic, None)), (None, None));
        let edit = rename("Borders \n and asylum").edit(topic, None);
        let label = "Borders and asylum".to_owned();
        assert_eq!(edit, Some(TopicEdit::Rename { topic: 1, label }));
    }

    #[test]
    fn a_split_takes_what_is_shown_of_the_topic() {
        let snapshot = sample::snapshot(700);
        let topic = &snapshot.topics[2];
        let map = snapshot.map.as_ref().unwrap();
        let look = |filter: Filter| {
            let desk = Desk {
                filter,
                ..Desk::default()
            };
            focus(map, &desk, "", &|_| None)
        };
        assert!(part(topic, None).unwrap_err().contains("lasso"));
        let of_nation = look(Filter {
            nations: [snapshot.nations[0].nation].into(),
            ..Filter::default()
        });
        let n = part(topic, Some(&of_nation)).unwrap();
        assert!(n > 0 && n < topic.n_docs);
        let split = Entry::Split {
            label: "A part".to_owned(),
        };
        let Some(TopicEdit::Split { docs, .. }) = split.edit(topic, Some(&of_nation)) else {
            panic!("no split");
        };
        assert_eq!(docs.len(), n);
        let all = look(Filter {
            topics: [2].into(),
            ..Filter::default()
        });
        assert!(
            part(topic, Some(&all))
                .unwrap_err()
                .contains("nothing would be left")
        );
        assert_eq!(split.edit(topic, Some(&all)), None);
        let other = look(Filter {
            topics: [3].into(),
            ..Filter::default()
        });
        assert!(part(topic, Some(&other)).unwrap_err().starts_with("None"));
        // Without a label there is no mistake yet, and no edit.
        let unnamed = Entry::Split {
            label: String::new(),
        };
        assert_eq!(unnamed.error(), None);
        assert_eq!(unnamed.edit(topic, Some(&of_nation)), None);
    }

    #[test]
    fn a_verdict_said_already_is_no_edit() {
        let mut topic = sample::snapshot(14).topics[0].clone();
        let entry = Entry::Overrule {
            value_related: topic.value_related,
            reason: topic.screen_reason.clone(),
        };
        // A person may agree with the annotator, once.
        assert!(entry.edit(&topic, None).is_some());
        topic.screened_by = Some("ada".to_owned());
        assert!(entry.edit(&topic, None).is_none());
    }

    #[test]
    fn topics_are_found_by_label_and_number() {
        let snapshot = sample::snapshot(14);
        let meant = |words: &str| -> Vec<usize> {
            others(&snapshot, Some(0))
                .into_iter()
                .filter(|n| is_meant(snapshot.topic(*n).unwrap(), words))
                .collect()
        };
        assert_eq!(meant("control"), [1]);
        assert_eq!(meant("乡村"), [3]);
        assert_eq!(meant("5"), [5]);
        assert_eq!(meant("").len(), sample::N_TOPICS - 1);
        // The tree of the sample puts 3 beside 0.
        assert_eq!(meant("").first(), Some(&3));
        assert_eq!(others(&snapshot, None).len(), sample::N_TOPICS);
    }
}
