//! Edits of topics by a person: what they are, and what topics and assignments are with them in force.
//!
//! An edit belongs to one run of `tag_outliers`, whose assignments give the topics their numbers: once
//! another clustering is in force, edits of the old one are history and change nothing, while topics that
//! are only described again keep theirs. Numbers stay when topics are merged or split. What an edit makes
//! of the topics whose documents it changes (words, central documents, spread) is computed once, when it
//! is made, and kept beside it as [`TopicFacts`], so that nothing here needs a text, a vector or a count.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::hash::ContentHasher;
use crate::base::ids::{DocId, RunId, StepId, TopicId};
use crate::domain::topic::{Assignment, Screening, TermWeight, Topic};

/// Characters of a label at most: what a row of the table can show.
pub const MAX_LABEL_CHARS: usize = 80;

/// Characters of a reason at most.
pub const MAX_REASON_CHARS: usize = 500;

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicEdit {
    /// Gives a topic another label.
    Rename {
        /// Its number.
        topic: usize,
        /// The label.
        label: String,
    },
    /// Makes several topics one, which keeps the number, label and screening of `into`.
    Merge {
        /// The topic that stays.
        into: usize,
        /// The topics that go up in it.
        from: Vec<usize>,
    },
    /// Makes some documents of a topic a topic of their own, which gets the next number.
    Split {
        /// The topic they leave.
        topic: usize,
        /// The documents.
        docs: Vec<DocId>,
        /// Label of the new topic.
        label: String,
    },
    /// Says whether a topic is value-related, whatever the annotator said.
    Overrule {
        /// Its number.
        topic: usize,
        /// The verdict.
        value_related: bool,
        /// Why, may be empty.
        reason: String,
    },
    /// Moves documents to another topic, or out of all.
    MoveDocs {
        /// The documents.
        docs: Vec<DocId>,
        /// The topic they go to, `None` for no topic.
        to: Option<usize>,
    },
}

/// What an edit makes of a topic whose documents it changed.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicFacts {
    /// Number of the topic.
    pub number: usize,
    /// Words, heaviest first.
    pub terms: Vec<TermWeight>,
    /// Words by maximal marginal relevance; none for a topic split off.
    pub mmr_terms: Vec<String>,
    /// KeyBERT-style words; none for a topic split off.
    pub keybert_terms: Vec<String>,
    /// Documents closest to its middle.
    pub central_docs: Vec<DocId>,
    /// Evenness over nations.
    pub spread_entropy: f64,
    /// Jensen-Shannon divergence, nats.
    pub divergence_nats: f64,
}

/// The runs whose topics an edit changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clustering {
    /// The run of `describe` that was in force.
    pub topics: RunId,
    /// The run of `tag_outliers` with the assignments it was made on, which gave the topics their numbers.
    pub assignments: RunId,
}

/// An edit that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicStep {
    /// Its step in the journal.
    pub id: StepId,
    /// What it belongs to.
    pub of: Clustering,
    /// The edit.
    pub edit: TopicEdit,
    /// What it makes of the topics whose documents it changed.
    pub facts: Vec<TopicFacts>,
    /// Who made it.
    pub who: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// Whether an edit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is in force.
    InForce,
    /// It was taken back.
    Undone,
    /// It was made on a clustering that is no longer in force.
    EarlierClustering,
}

/// A line of the history of topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who.
    pub who: String,
    /// What, e.g. `merge of 12 and 31`.
    pub sentence: String,
    /// Whether it counts.
    pub standing: Standing,
}

/// Why an edit is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No topic has that number.
    #[error("there is no topic {number}; the project's topics are numbered up to {last}")]
    UnknownTopic {
        /// The number given.
        number: usize,
        /// The last number there is.
        last: usize,
    },
    /// The topic went up in another.
    #[error("topic {number} was merged into {into}; edit that one, or undo the merge first")]
    MergedAway {
        /// The number given.
        number: usize,
        /// The topic that holds its documents now.
        into: usize,
    },
    /// A label without words.
    #[error("a label cannot be empty")]
    EmptyLabel,
    /// A text too long to show.
    #[error("a {what} has at most {max} characters, this one has {n_chars}")]
    TooLong {
        /// Label or reason.
        what: &'static str,
        /// Characters given.
        n_chars: usize,
        /// Characters allowed.
        max: usize,
    },
    /// A merge of a topic with itself.
    #[error("topic {number} cannot be merged into itself")]
    IntoItself {
        /// The topic.
        number: usize,
    },
    /// A merge of nothing.
    #[error("a merge needs at least two topics")]
    NothingToMerge,
    /// An edit of no documents.
    #[error("no documents are named")]
    NoDocs,
    /// A document of no such identity.
    #[error("there is no document {doc}")]
    UnknownDoc {
        /// The identity.
        doc: DocId,
    },
    /// A document of another topic.
    #[error("document {doc} is not in topic {topic}")]
    NotInTopic {
        /// The document.
        doc: DocId,
        /// The topic to split.
        topic: usize,
    },
    /// A split that leaves nothing.
    #[error(
        "these are all documents of topic {topic}, so nothing is left to split off from; rename it instead"
    )]
    WholeTopic {
        /// The topic.
        topic: usize,
    },
    /// An edit without effect.
    #[error("nothing would change: {why}")]
    NoChange {
        /// Why.
        why: &'static str,
    },
}

impl TopicEdit {
    /// Returns the edit as it is kept: labels and reasons with single spaces, lists in order and
    /// without repeats.
    #[must_use]
    pub fn tidy(self) -> Self {
        let line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let docs = |docs: Vec<DocId>| -> Vec<DocId> {
            docs.into_iter()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect()
        };
        match self {
            Self::Rename { topic, label } => Self::Rename {
                topic,
                label: line(label),
            },
            Self::Merge { into, from } => Self::Merge {
                into,
                from: from
                    .into_iter()
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect(),
            },
            Self::Split {
                topic,
                docs: of,
                label,
            } => Self::Split {
                topic,
                docs: docs(of),
                label: line(label),
            },
            Self::Overrule {
                topic,
                value_related,
                reason,
            } => Self::Overrule {
                topic,
                value_related,
                reason: line(reason),
            },
            Self::MoveDocs { docs: of, to } => Self::MoveDocs { docs: docs(of), to },
        }
    }

    /// Tells whether it changes which documents a topic holds. The others change what people read
    /// (a label) or what is done with a topic (its screening).
    pub fn regroups(&self) -> bool {
        matches!(
            self,
            Self::Merge { .. } | Self::Split { .. } | Self::MoveDocs { .. }
        )
    }

    /// Says what it does, to stand after "Undo". `new` is the number that a split gives.
    pub fn sentence(&self, new: usize) -> String {
        let documents = |n: usize| match n {
            1 => "1 document".to_owned(),
            n => format!("{n} documents"),
        };
        match self {
            Self::Rename { topic, label } => format!("rename of {topic} to “{label}”"),
            Self::Merge { into, from } => {
                let mut all: Vec<String> = std::iter::once(into)
                    .chain(from)
                    .map(ToString::to_string)
                    .collect();
                let last = all.pop().unwrap_or_default();
                format!("merge of {} and {last}", all.join(", "))
            }
            Self::Split { topic, docs, label } => format!(
                "split of {} from {topic} as {new} “{label}”",
                documents(docs.len())
            ),
            Self::Overrule {
                topic,
                value_related,
                ..
            } => format!(
                "verdict on {topic} as {}value-related",
                if *value_related { "" } else { "not " }
            ),
            Self::MoveDocs { docs, to } => match to {
                Some(to) => format!("move of {} to {to}", documents(docs.len())),
                None => format!("move of {} out of all topics", documents(docs.len())),
            },
        }
    }
}

impl TopicStep {
    /// Tells whether the step is about a topic: named by it, or with documents changed by it.
    pub fn touches(&self, number: usize) -> bool {
        let named = match &self.edit {
            TopicEdit::Rename { topic, .. }
            | TopicEdit::Overrule { topic, .. }
            | TopicEdit::Split { topic, .. } => *topic == number,
            TopicEdit::Merge { into, from } => *into == number || from.contains(&number),
            TopicEdit::MoveDocs { to, .. } => *to == Some(number),
        };
        named || self.facts.iter().any(|f| f.number == number)
    }
}

/// Returns the number that the next topic split off gets.
pub fn next_number(raw: &[Topic], steps: &[TopicStep]) -> usize {
    let n_splits = steps
        .iter()
        .filter(|s| matches!(s.edit, TopicEdit::Split { .. }))
        .count();
    raw.last().map_or(0, |t| t.number + 1) + n_splits
}

/// Returns where the documents of each topic that was merged away are now.
pub fn merged_into(steps: &[TopicStep]) -> BTreeMap<usize, usize> {
    let mut out = BTreeMap::new();
    for step in steps {
        if let TopicEdit::Merge { into, from } = &step.edit {
            for at in out.values_mut() {
                if from.contains(at) {
                    *at = *into;
                }
            }
            out.extend(from.iter().map(|&number| (number, *into)));
        }
    }
    out
}

/// Returns the topics that splits make, by number, each with a hash of the split: another split may
/// get the same number once this one is undone, and what was said of the one is not said of the other.
pub fn made_by_splits(raw: &[Topic], steps: &[TopicStep]) -> BTreeMap<usize, String> {
    let first = raw.last().map_or(0, |t| t.number + 1);
    let splits = steps
        .iter()
        .filter(|s| matches!(s.edit, TopicEdit::Split { .. }));
    splits
        .zip(first..)
        .filter_map(|(step, number)| {
            let hash = digest(std::slice::from_ref(step), Scope::Regrouping)?;
            Some((number, hash))
        })
        .collect()
}

/// Returns the topics with the edits in force, by number; topics merged away are not in it.
///
/// # Shapes
/// - `raw`: the topics of one run by number; `steps`: its edits in force, oldest first; `screened`:
///   what the annotator said of topics that splits made, by number.
pub fn topics_in_force<'s>(
    raw: Vec<Topic>,
    steps: impl IntoIterator<Item = &'s TopicStep>,
    screened: &BTreeMap<usize, Screening>,
) -> Vec<Topic> {
    let mut next = raw.last().map_or(0, |t| t.number + 1);
    let mut topics: BTreeMap<usize, Topic> = raw.into_iter().map(|t| (t.number, t)).collect();
    for step in steps {
        match &step.edit {
            TopicEdit::Rename { topic, label } => {
                if let Some(t) = topics.get_mut(topic) {
                    t.label.clone_from(label);
                    t.by_hand.renamed = true;
                }
            }
            TopicEdit::Merge { from, .. } => {
                for number in from {
                    topics.remove(number);
                }
            }
            TopicEdit::Split { label, .. } => {
                let made = Topic {
                    screening: screened.get(&next).cloned(),
                    ..split_off(step.id, next, label)
                };
                topics.insert(next, made);
                next += 1;
            }
            TopicEdit::Overrule {
                topic,
                value_related,
                reason,
            } => {
                if let Some(t) = topics.get_mut(topic) {
                    let said = Screening {
                        value_related: *value_related,
                        confidence: 1.0,
                        reason: reason.clone(),
                        said_by: Some(step.who.clone()),
                    };
                    let before = t.screening.replace(said);
                    // A person who overrules a person leaves the annotator's verdict where it is.
                    if before.as_ref().is_some_and(|s| s.said_by.is_none()) {
                        t.overruled = before;
                    }
                    t.by_hand.overruled = true;
                }
            }
            TopicEdit::MoveDocs { .. } => {}
        }
        for facts in &step.facts {
            if let Some(t) = topics.get_mut(&facts.number) {
                t.terms.clone_from(&facts.terms);
                t.mmr_terms.clone_from(&facts.mmr_terms);
                t.keybert_terms.clone_from(&facts.keybert_terms);
                t.central_docs.clone_from(&facts.central_docs);
                t.spread_entropy = facts.spread_entropy;
                t.divergence_nats = facts.divergence_nats;
                t.p_value = None;
                t.by_hand.regrouped = true;
            }
        }
    }
    topics.into_values().collect()
}

/// A topic that a split makes, before its facts.
fn split_off(step: StepId, number: usize, label: &str) -> Topic {
    Topic {
        // Steps count from 1, so that this is never the identity of a stored topic.
        id: TopicId(-step.0),
        number,
        label: label.to_owned(),
        terms: Vec::new(),
        mmr_terms: Vec::new(),
        keybert_terms: Vec::new(),
        central_docs: Vec::new(),
        screening: None,
        overruled: None,
        spread_entropy: 0.0,
        divergence_nats: 0.0,
        p_value: None,
        by_hand: crate::domain::topic::ByHand::default(),
    }
}

/// Returns the topic of every document that has one with the edits in force, by document.
///
/// # Shapes
/// - `raw`: the assignments of one run by document; `n_raw`: its topics; `steps`: its edits in force,
///   oldest first.
///
/// # Cost
/// One pass over the assignments, whatever the number of merges; splits and moves cost the documents
/// they name.
pub fn assignments_in_force<'s>(
    raw: Vec<Assignment>,
    n_raw: usize,
    steps: impl IntoIterator<Item = &'s TopicStep>,
) -> Vec<Assignment> {
    let mut next = n_raw;
    // Where the documents of each topic of the clustering are now, and where single ones went.
    let mut now: Vec<usize> = (0..n_raw).collect();
    let mut moved: BTreeMap<DocId, (Option<usize>, bool)> = BTreeMap::new();
    let mut any = false;
    for step in steps {
        any |= step.edit.regroups();
        match &step.edit {
            TopicEdit::Merge { into, from } => {
                for number in now
                    .iter_mut()
                    .chain(moved.values_mut().filter_map(|(to, _)| to.as_mut()))
                {
                    if from.contains(number) {
                        *number = *into;
                    }
                }
            }
            TopicEdit::Split { docs, .. } => {
                for doc in docs {
                    let by_hand = moved.get(doc).is_some_and(|(_, by_hand)| *by_hand);
                    moved.insert(*doc, (Some(next), by_hand));
                }
                next += 1;
            }
            TopicEdit::MoveDocs { docs, to } => {
                moved.extend(docs.iter().map(|doc| (*doc, (*to, true))));
            }
            TopicEdit::Rename { .. } | TopicEdit::Overrule { .. } => {}
        }
    }
    if !any {
        return raw;
    }
    let mut out = Vec::with_capacity(raw.len());
    for a in raw {
        match moved.remove(&a.doc) {
            None => out.push(Assignment {
                number: now.get(a.number).copied().unwrap_or(a.number),
                ..a
            }),
            Some((Some(number), by_hand)) => out.push(Assignment {
                number,
                by_tags: a.by_tags && !by_hand,
                by_hand,
                ..a
            }),
            Some((None, _)) => {}
        }
    }
    // What is left had no topic before.
    let n_before = out.len();
    out.extend(moved.into_iter().filter_map(|(doc, (number, by_hand))| {
        Some(Assignment {
            doc,
            number: number?,
            by_tags: false,
            by_hand,
        })
    }));
    if out.len() > n_before {
        out.sort_unstable_by_key(|a| a.doc);
    }
    out
}

/// Where a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocPlace {
    /// No document has that identity.
    Unknown,
    /// It has no topic.
    NoTopic,
    /// The topic of this number.
    Topic(usize),
}

fn fits(what: &'static str, text: &str, max: usize) -> Result<(), EditError> {
    let n_chars = text.chars().count();
    if n_chars > max {
        return Err(EditError::TooLong { what, n_chars, max });
    }
    Ok(())
}

/// Checks a label as it is kept, see [`TopicEdit::tidy`].
///
/// # Errors
/// [`EditError::EmptyLabel`], [`EditError::TooLong`].
pub fn check_label(label: &str) -> Result<(), EditError> {
    if label.is_empty() {
        return Err(EditError::EmptyLabel);
    }
    fits("label", label, MAX_LABEL_CHARS)
}

/// Checks a reason as it is kept.
///
/// # Errors
/// [`EditError::TooLong`].
pub fn check_reason(reason: &str) -> Result<(), EditError> {
    fits("reason", reason, MAX_REASON_CHARS)
}

/// Checks an edit that was tidied against the topics in force; `place_of` answers where a document is.
///
/// # Errors
/// The first reason against it.
pub fn check(
    edit: &TopicEdit,
    topics: &[Topic],
    merged: &BTreeMap<usize, usize>,
    next: usize,
    place_of: impl Fn(DocId) -> DocPlace,
) -> Result<(), EditError> {
    let live = |number: usize| -> Result<&Topic, EditError> {
        if let Some(topic) = topics.iter().find(|t| t.number == number) {
            return Ok(topic);
        }
        Err(match merged.get(&number) {
            Some(&into) => EditError::MergedAway { number, into },
            None => EditError::UnknownTopic {
                number,
                last: next.saturating_sub(1),
            },
        })
    };
    match edit {
        TopicEdit::Rename { topic, label } => {
            let t = live(*topic)?;
            check_label(label)?;
            if t.label == *label {
                return Err(EditError::NoChange {
                    why: "that is its label already",
                });
            }
        }
        TopicEdit::Merge { into, from } => {
            live(*into)?;
            if from.is_empty() {
                return Err(EditError::NothingToMerge);
            }
            for number in from {
                if number == into {
                    return Err(EditError::IntoItself { number: *into });
                }
                live(*number)?;
            }
        }
        TopicEdit::Split { topic, docs, label } => {
            live(*topic)?;
            check_label(label)?;
            if docs.is_empty() {
                return Err(EditError::NoDocs);
            }
            for &doc in docs {
                match place_of(doc) {
                    DocPlace::Unknown => return Err(EditError::UnknownDoc { doc }),
                    DocPlace::Topic(at) if at == *topic => {}
                    _ => return Err(EditError::NotInTopic { doc, topic: *topic }),
                }
            }
        }
        TopicEdit::Overrule {
            topic,
            value_related,
            reason,
        } => {
            let t = live(*topic)?;
            check_reason(reason)?;
            let same = t.screening.as_ref().is_some_and(|s| {
                s.said_by.is_some() && s.value_related == *value_related && s.reason == *reason
            });
            if same {
                return Err(EditError::NoChange {
                    why: "a person said so already",
                });
            }
        }
        TopicEdit::MoveDocs { docs, to } => {
            if let Some(to) = to {
                live(*to)?;
            }
            if docs.is_empty() {
                return Err(EditError::NoDocs);
            }
            let there = to.map_or(DocPlace::NoTopic, DocPlace::Topic);
            let mut n_there = 0;
            for &doc in docs {
                let at = place_of(doc);
                if at == DocPlace::Unknown {
                    return Err(EditError::UnknownDoc { doc });
                }
                n_there += usize::from(at == there);
            }
            if n_there == docs.len() {
                return Err(EditError::NoChange {
                    why: "the documents are there already",
                });
            }
        }
    }
    Ok(())
}

/// What of the edits a hash covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Which documents a topic holds.
    Regrouping,
    /// Which documents a topic holds, and the screening a person overruled.
    RegroupingAndScreening,
    /// Everything, with who did it.
    All,
}

/// Hashes edits, `None` where none is in scope. Clocks and identities of steps take no part.
pub fn digest(steps: &[TopicStep], scope: Scope) -> Option<String> {
    let mut hasher = ContentHasher::new();
    let mut n = 0;
    for step in steps {
        let counts = match scope {
            Scope::Regrouping => step.edit.regroups(),
            Scope::RegroupingAndScreening => !matches!(step.edit, TopicEdit::Rename { .. }),
            Scope::All => true,
        };
        if !counts {
            continue;
        }
        n += 1;
        hash_edit(&mut hasher, &step.edit);
        for f in &step.facts {
            hasher.int(f.number as i64).int(f.terms.len() as i64);
            for t in &f.terms {
                hasher.text(&t.term).real(t.weight);
            }
            hasher.int(f.mmr_terms.len() as i64);
            for t in &f.mmr_terms {
                hasher.text(t);
            }
            hash_docs(&mut hasher, &f.central_docs);
            hasher.real(f.spread_entropy).real(f.divergence_nats);
        }
        if scope == Scope::All {
            // No stage reads these words; edits from before there were any hash as they did.
            for f in step.facts.iter().filter(|f| !f.keybert_terms.is_empty()) {
                hasher
                    .int(f.number as i64)
                    .int(f.keybert_terms.len() as i64);
                for t in &f.keybert_terms {
                    hasher.text(t);
                }
            }
            hasher.text(&step.who);
        }
    }
    (n > 0).then(|| hasher.finish())
}

fn hash_docs(hasher: &mut ContentHasher, docs: &[DocId]) {
    hasher.int(docs.len() as i64);
    for doc in docs {
        hasher.int(doc.0);
    }
}

fn hash_edit(hasher: &mut ContentHasher, edit: &TopicEdit) {
    match edit {
        TopicEdit::Rename { topic, label } => {
            hasher.text("rename").int(*topic as i64).text(label);
        }
        TopicEdit::Merge { into, from } => {
            hasher
                .text("merge")
                .int(*into as i64)
                .int(from.len() as i64);
            for number in from {
                hasher.int(*number as i64);
            }
        }
        TopicEdit::Split { topic, docs, label } => {
            hasher.text("split").int(*topic as i64).text(label);
            hash_docs(hasher, docs);
        }
        TopicEdit::Overrule {
            topic,
            value_related,
            reason,
        } => {
            hasher
                .text("overrule")
                .int(*topic as i64)
                .int(i64::from(*value_related))
                .text(reason);
        }
        TopicEdit::MoveDocs { docs, to } => {
            hasher.text("move").int(to.map_or(-1, |n| n as i64));
            hash_docs(hasher, docs);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::topic::{ByHand, position};

    const OF: Clustering = Clustering {
        topics: RunId(1),
        assignments: RunId(2),
    };

    fn topic(number: usize) -> Topic {
        Topic {
            id: TopicId(100 + number as i64),
            number,
            label: format!("topic {number}"),
            terms: vec![TermWeight {
                term: format!("word{number}"),
                weight: 0.5,
            }],
            mmr_terms: Vec::new(),
            keybert_terms: Vec::new(),
            central_docs: vec![DocId(number as i64)],
            screening: Some(Screening {
                value_related: number.is_multiple_of(2),
                confidence: 0.8,
                reason: "rules".to_owned(),
                said_by: None,
            }),
            overruled: None,
            spread_entropy: 0.5,
            divergence_nats: 0.1,
            p_value: Some(0.04),
            by_hand: ByHand::default(),
        }
    }

    fn raw(n_topics: usize) -> Vec<Topic> {
        (0..n_topics).map(topic).collect()
    }

    /// Document `d` in topic `d % n_topics`, every seventh without one.
    fn assigned(n_docs: i64, n_topics: usize) -> Vec<Assignment> {
        (1..=n_docs)
            .filter(|d| d % 7 != 0)
            .map(|d| Assignment {
                doc: DocId(d),
                number: d as usize % n_topics,
                by_tags: d % 5 == 0,
                by_hand: false,
            })
            .collect()
    }

    fn facts(number: usize) -> TopicFacts {
        TopicFacts {
            number,
            terms: Vec::new(),
            mmr_terms: Vec::new(),
            keybert_terms: Vec::new(),
            central_docs: Vec::new(),
            spread_entropy: 0.25,
            divergence_nats: 0.2,
        }
    }

    fn step(id: i64, edit: TopicEdit) -> TopicStep {
        let changed = match &edit {
            TopicEdit::Merge { into, .. } => vec![facts(*into)],
            TopicEdit::Split { topic, .. } => vec![facts(*topic)],
            _ => Vec::new(),
        };
        TopicStep {
            id: StepId(id),
            of: OF,
            edit,
            facts: changed,
            who: "ada".to_owned(),
            at_ms: id,
        }
    }

    fn merge(into: usize, from: &[usize]) -> TopicEdit {
        TopicEdit::Merge {
            into,
            from: from.to_vec(),
        }
    }

    fn split(topic: usize, docs: &[i64]) -> TopicEdit {
        TopicEdit::Split {
            topic,
            docs: docs.iter().copied().map(DocId).collect(),
            label: "part".to_owned(),
        }
    }

    fn numbers(topics: &[Topic]) -> Vec<usize> {
        topics.iter().map(|t| t.number).collect()
    }

    fn at(assigned: &[Assignment], doc: i64) -> Option<usize> {
        assigned
            .iter()
            .find(|a| a.doc == DocId(doc))
            .map(|a| a.number)
    }

    fn place(assigned: &[Assignment], doc: DocId, n_docs: i64) -> DocPlace {
        if !(1..=n_docs).contains(&doc.0) {
            return DocPlace::Unknown;
        }
        at(assigned, doc.0).map_or(DocPlace::NoTopic, DocPlace::Topic)
    }

    #[test]
    fn numbers_stay_when_topics_are_merged_and_split() {
        let steps = [
            step(1, merge(0, &[1])),
            step(2, merge(3, &[0])),
            step(3, split(3, &[5, 9])),
            step(4, merge(2, &[5])),
        ];
        let topics = topics_in_force(raw(5), &steps[..3], &BTreeMap::new());
        assert_eq!(numbers(&topics), [2, 3, 4, 5]);
        assert_eq!(position(&topics, 4), Some(2));
        assert_eq!(position(&topics, 1), None);
        let made = topics.last().unwrap();
        assert_eq!(
            (made.label.as_str(), made.id, made.p_value),
            ("part", TopicId(-3), None)
        );
        // Documents of a topic that was merged twice, and of one split off a merged one.
        let assigned_to = assignments_in_force(assigned(30, 5), 5, &steps[..3]);
        assert_eq!(at(&assigned_to, 1), Some(3));
        assert_eq!(at(&assigned_to, 10), Some(3));
        assert_eq!(at(&assigned_to, 5), Some(5));
        assert_eq!(at(&assigned_to, 4), Some(4));
        assert_eq!(at(&assigned_to, 7), None);
        // And of one that was split off and merged.
        let assigned_to = assignments_in_force(assigned(30, 5), 5, &steps);
        assert_eq!(at(&assigned_to, 5), Some(2));
        assert_eq!(next_number(&raw(5), &steps), 6);
        assert_eq!(
            merged_into(&steps),
            BTreeMap::from([(0, 3), (1, 3), (5, 2)])
        );
    }

    #[test]
    fn moves_place_documents_and_take_them_out() {
        let move_docs = |docs: &[i64], to| TopicEdit::MoveDocs {
            docs: docs.iter().copied().map(DocId).collect(),
            to,
        };
        let steps = [
            step(1, move_docs(&[7, 10], Some(3))),
            step(2, move_docs(&[4], None)),
        ];
        let now = assignments_in_force(assigned(12, 5), 5, &steps);
        assert_eq!(
            (at(&now, 7), at(&now, 10), at(&now, 4)),
            (Some(3), Some(3), None)
        );
        assert!(now.windows(2).all(|w| w[0].doc < w[1].doc));
        let ten = now.iter().find(|a| a.doc == DocId(10)).unwrap();
        assert!(ten.by_hand && !ten.by_tags);
    }

    #[test]
    fn a_verdict_of_a_person_keeps_the_annotators() {
        let overrule = |value_related| TopicEdit::Overrule {
            topic: 1,
            value_related,
            reason: String::new(),
        };
        let steps = [step(1, overrule(true)), step(2, overrule(false))];
        let topics = topics_in_force(raw(2), &steps, &BTreeMap::new());
        let t = &topics[1];
        let now = t.screening.as_ref().unwrap();
        assert_eq!(
            (now.value_related, now.said_by.as_deref()),
            (false, Some("ada"))
        );
        assert_eq!(t.overruled.as_ref().unwrap().reason, "rules");
        assert!(t.by_hand.overruled && t.p_value.is_some());
    }

    fn check_refused(edit: TopicEdit, expected: &EditError) {
        let steps = [step(1, merge(0, &[1]))];
        let topics = topics_in_force(raw(4), &steps, &BTreeMap::new());
        let now = assignments_in_force(assigned(20, 4), 4, &steps);
        let place_of = |doc: DocId| place(&now, doc, 20);
        let result = check(&edit.tidy(), &topics, &merged_into(&steps), 4, place_of);
        assert_eq!(result.as_ref(), Err(expected));
    }

    #[test]
    fn edits_that_make_no_sense_are_refused() {
        let rename = |topic, label: &str| TopicEdit::Rename {
            topic,
            label: label.to_owned(),
        };
        check_refused(
            rename(9, "x"),
            &EditError::UnknownTopic { number: 9, last: 3 },
        );
        check_refused(
            rename(1, "x"),
            &EditError::MergedAway { number: 1, into: 0 },
        );
        check_refused(rename(2, " \n "), &EditError::EmptyLabel);
        check_refused(
            rename(2, &"ä".repeat(81)),
            &EditError::TooLong {
                what: "label",
                n_chars: 81,
                max: 80,
            },
        );
        check_refused(
            rename(2, "topic  2"),
            &EditError::NoChange {
                why: "that is its label already",
            },
        );
        check_refused(merge(2, &[2, 3]), &EditError::IntoItself { number: 2 });
        check_refused(merge(2, &[]), &EditError::NothingToMerge);
        check_refused(
            merge(2, &[1]),
            &EditError::MergedAway { number: 1, into: 0 },
        );
        check_refused(split(2, &[]), &EditError::NoDocs);
        check_refused(split(2, &[99]), &EditError::UnknownDoc { doc: DocId(99) });
        check_refused(
            split(2, &[3]),
            &EditError::NotInTopic {
                doc: DocId(3),
                topic: 2,
            },
        );
        check_refused(
            TopicEdit::MoveDocs {
                docs: vec![DocId(2)],
                to: Some(2),
            },
            &EditError::NoChange {
                why: "the documents are there already",
            },
        );
    }

    #[test]
    fn what_was_said_of_a_split_is_said_of_that_split_alone() {
        let one = [step(1, split(2, &[2]))];
        let other = [step(3, split(2, &[6]))];
        let (a, b) = (
            made_by_splits(&raw(4), &one),
            made_by_splits(&raw(4), &other),
        );
        assert!(a.contains_key(&4) && b.contains_key(&4) && a != b);
        let said = raw(1)[0].screening.clone().unwrap();
        let topics = topics_in_force(raw(4), &one, &BTreeMap::from([(4, said.clone())]));
        assert_eq!(topics[4].screening, Some(said));
    }

    #[test]
    fn sentences_stand_after_undo() {
        for (edit, sentence) in [
            (merge(12, &[31]), "merge of 12 and 31"),
            (merge(1, &[2, 3]), "merge of 1, 2 and 3"),
            (split(4, &[1]), "split of 1 document from 4 as 9 “part”"),
        ] {
            assert_eq!(edit.sentence(9), sentence);
        }
    }

    #[test]
    fn hashes_cover_what_is_in_scope() {
        let rename = [step(
            1,
            TopicEdit::Rename {
                topic: 0,
                label: "x".to_owned(),
            },
        )];
        assert_eq!(digest(&rename, Scope::Regrouping), None);
        assert_eq!(digest(&rename, Scope::RegroupingAndScreening), None);
        assert!(digest(&rename, Scope::All).is_some());
        let a = digest(&[step(1, merge(0, &[1]))], Scope::Regrouping);
        let b = digest(&[step(8, merge(0, &[1]))], Scope::Regrouping);
        let c = digest(&[step(1, merge(1, &[0]))], Scope::Regrouping);
        assert!(a == b && a != c && a.is_some());
    }

    /// Any edit that the topics then in force allow.
    fn apply_some(choices: &[(u8, usize, i64)], n_topics: usize, n_docs: i64) -> Vec<TopicStep> {
        let mut steps: Vec<TopicStep> = Vec::new();
        for (i, &(kind, pick, doc)) in choices.iter().enumerate() {
            let topics = topics_in_force(raw(n_topics), &steps, &BTreeMap::new());
            let now = assignments_in_force(assigned(n_docs, n_topics), n_topics, &steps);
            let number = topics[pick % topics.len()].number;
            let other = topics[(pick + 1) % topics.len()].number;
            let edit = match kind {
                0 => merge(number, &[other]),
                1 => match at(&now, doc) {
                    Some(topic) => split(topic, &[doc]),
                    None => continue,
                },
                2 => TopicEdit::MoveDocs {
                    docs: vec![DocId(doc)],
                    to: (pick % 3 > 0).then_some(number),
                },
                3 => TopicEdit::Rename {
                    topic: number,
                    label: format!("label {i}"),
                },
                _ => TopicEdit::Overrule {
                    topic: number,
                    value_related: pick % 2 == 0,
                    reason: String::new(),
                },
            };
            let next = next_number(&raw(n_topics), &steps);
            let fits = check(&edit, &topics, &merged_into(&steps), next, |d| {
                place(&now, d, n_docs)
            });
            if fits.is_ok() {
                steps.push(step(i as i64 + 1, edit));
            }
        }
        steps
    }

    proptest! {
        /// Whatever was edited: every document is in a topic that is there, no document is lost or
        /// doubled but by a move, and without the edits all is as it was.
        #[test]
        fn edits_keep_documents_in_topics_and_leave_no_trace_when_undone(
            choices in proptest::collection::vec((0..5u8, 0..20usize, 1..40i64), 0..30),
        ) {
            let (n_topics, n_docs) = (6, 40);
            let steps = apply_some(&choices, n_topics, n_docs);
            let topics = topics_in_force(raw(n_topics), &steps, &BTreeMap::new());
            let now = assignments_in_force(assigned(n_docs, n_topics), n_topics, &steps);
            prop_assert!(topics.windows(2).all(|w| w[0].number < w[1].number));
            prop_assert!(now.windows(2).all(|w| w[0].doc < w[1].doc));
            for a in &now {
                prop_assert!(position(&topics, a.number).is_some(), "{a:?}");
            }
            let moved: BTreeSet<DocId> = steps.iter().filter_map(|s| match &s.edit {
                TopicEdit::MoveDocs { docs, .. } => Some(docs.clone()),
                _ => None,
            }).flatten().collect();
            for a in assigned(n_docs, n_topics) {
                prop_assert!(moved.contains(&a.doc) || at(&now, a.doc.0).is_some());
            }
            prop_assert_eq!(topics_in_force(raw(n_topics), &[], &BTreeMap::new()), raw(n_topics));
            prop_assert_eq!(assignments_in_force(assigned(n_docs, n_topics), n_topics, &[]), assigned(n_docs, n_topics));
        }
    }
}
