//! Outliers of the clustering placed by their tags: into existing topics where they fit, else into
//! new topics made from tags that occur together.
//!
//! Tags are given; asking for them is `annotate`'s work. A document whose tags lead nowhere is
//! reported as such and never forced into a topic.

use super::tag_rounds::Work;
use super::tag_table::merge;
pub use super::tag_table::{TagGroup, TagTable};
use crate::base::language::Language;
use crate::base::matrix::Matrix;
use crate::base::observe::{Cancelled, Observe};

/// What a tag speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TagAspect {
    /// Main values and intentions.
    Values,
    /// Entities and nations named.
    Entities,
    /// Actions and events.
    Actions,
    /// Topics and issues.
    Topics,
    /// Universal values and heritage.
    Heritage,
}

/// A tag of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// What it speaks of.
    pub aspect: TagAspect,
    /// As the annotator wrote it.
    pub text: String,
    /// Language of the text.
    pub language: Language,
}

/// An outlier with its tags.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaggedDoc {
    /// Tags; may be empty.
    pub tags: Vec<Tag>,
    /// The document's vector, where there is one.
    pub vector: Option<Vec<f32>>,
}

/// What is known of an existing topic.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicProfile {
    /// Its words, heaviest first, each with its language ([`Language::Other`] if unknown).
    pub terms: Vec<(String, Language)>,
    /// The mean vector of its documents, where there is one.
    pub vector: Option<Vec<f32>>,
}

/// How outliers are assigned. The constants are ours; the paper gives none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TagSettings {
    /// Documents a tag must be carried by to stand for itself.
    pub min_docs: usize,
    /// Cosine from which two tags are the same.
    pub min_cosine: f32,
    /// Documents a new topic must gather.
    pub min_topic_docs: usize,
    /// Share of the outliers above which a tag is too common to hold a new topic together.
    pub max_tag_share: f64,
    /// Score in `0.0..=1.0` a document needs in the first round; falls to [`TagSettings::last_score`].
    pub first_score: f64,
    /// Score needed in the last round.
    pub last_score: f64,
    /// Rounds at most.
    pub n_rounds: usize,
}

impl Default for TagSettings {
    fn default() -> Self {
        Self {
            min_docs: 2,
            min_cosine: 0.8,
            min_topic_docs: 5,
            max_tag_share: 0.2,
            first_score: 0.45,
            last_score: 0.15,
            n_rounds: 5,
        }
    }
}

/// Where an outlier goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// To an existing topic, by its position among the profiles.
    Existing(usize),
    /// To a new one, by its position in [`Assignment::new_topics`].
    New(usize),
}

/// A topic made from tags.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTopic {
    /// The tags that hold it together, as shown, the most telling first.
    pub tags: Vec<String>,
    /// Its documents, in order.
    pub docs: Vec<usize>,
}

/// Where every outlier went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assignment {
    /// Per document its topic; `None` for what no tag could place.
    pub to: Vec<Option<Target>>,
    /// Per document the score it was placed with, 0 where it was not.
    pub scores: Vec<f64>,
    /// Topics made, largest first.
    pub new_topics: Vec<NewTopic>,
    /// Groups of tags that were left after merging and dropping, commonest first.
    pub groups: Vec<TagGroup>,
    /// Rounds run.
    pub n_rounds: usize,
}

/// The arguments do not fit together.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TagError {
    /// The vectors are not those of the tags.
    #[error("{n_tags} distinct tags need as many vectors, not {n_vectors}")]
    Vectors {
        /// Distinct tags, as `TagTable::collect` finds them.
        n_tags: usize,
        /// Vectors given.
        n_vectors: usize,
    },
    /// A document's and a topic's vector differ in width.
    #[error("documents are {n_doc_dims} wide and topics {n_topic_dims}")]
    Width {
        /// Width of a document's vector.
        n_doc_dims: usize,
        /// Width of a topic's vector.
        n_topic_dims: usize,
    },
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Assigns outliers to existing topics or to new ones made from their tags, in rounds.
///
/// A document's score for a topic is the share of its tags (weighted by rarity) that the topic covers:
/// by its words, a word of many topics divided among them, or, from the second round on, by the
/// outliers with the same tag already placed there. Where vectors are given, it is the mean of that
/// share and of the preference of the document's vector for the topic. Each round places what reaches
/// the round's score, then makes new topics from the tags of the rest; the score needed falls from
/// round to round.
///
/// # Shapes
/// - `docs`: `n` outliers; `topics`: `c` profiles.
/// - `tag_vectors`: one row for each tag of [`TagTable::collect`] on the same documents, or none: then
///   tags merge only where they are equal after normalizing or always occur together.
///
/// # Errors
/// [`TagError`] if shapes do not fit or the work is canceled.
///
/// # Source
/// After `InsTag` (Lu et al. 2024) as the specification, section 4, adapts it; scores and rounds are ours.
pub fn assign_outliers(
    docs: &[TaggedDoc],
    tag_vectors: Option<&Matrix<f32>>,
    topics: &[TopicProfile],
    settings: &TagSettings,
    observe: &dyn Observe,
) -> Result<Assignment, TagError> {
    observe.phase("tags");
    check_widths(docs, topics)?;
    let table = TagTable::collect(docs);
    if let Some(vectors) = tag_vectors
        && vectors.n_rows() != table.len()
    {
        return Err(TagError::Vectors {
            n_tags: table.len(),
            n_vectors: vectors.n_rows(),
        });
    }
    observe.step(0, docs.len() as u64)?;
    let mut work = Work::new(docs, topics, merge(&table, tag_vectors, settings), &table);
    let mut n_rounds = 0;
    for round in 0..settings.n_rounds {
        let n_open = work.open().len();
        if n_open == 0 {
            break;
        }
        observe.step((docs.len() - n_open) as u64, docs.len() as u64)?;
        n_rounds = round + 1;
        let progress = if settings.n_rounds > 1 {
            round as f64 / (settings.n_rounds - 1) as f64
        } else {
            1.0
        };
        let needed = settings.first_score + (settings.last_score - settings.first_score) * progress;
        work.place(needed);
        work.found_topics(settings);
        let is_last = round + 1 == settings.n_rounds;
        if is_last {
            work.place(needed);
        }
    }
    observe.step(docs.len() as u64, docs.len() as u64)?;
    Ok(work.finish(n_rounds))
}

fn check_widths(docs: &[TaggedDoc], topics: &[TopicProfile]) -> Result<(), TagError> {
    let widths = |v: &Option<Vec<f32>>| v.as_ref().map(Vec::len);
    let Some(n_topic_dims) = topics.iter().find_map(|t| widths(&t.vector)) else {
        return Ok(());
    };
    let all = docs
        .iter()
        .filter_map(|d| widths(&d.vector))
        .chain(topics.iter().filter_map(|t| widths(&t.vector)));
    for n_doc_dims in all {
        if n_doc_dims != n_topic_dims {
            return Err(TagError::Width {
                n_doc_dims,
                n_topic_dims,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;
    use crate::base::observe::Silent;

    fn doc(tags: &[&str]) -> TaggedDoc {
        let tag = |text: &&str| Tag {
            aspect: TagAspect::Topics,
            text: (*text).to_owned(),
            language: Language::detect(&format!("{text} the and of to")),
        };
        TaggedDoc {
            tags: tags.iter().map(tag).collect(),
            vector: None,
        }
    }

    fn topic(terms: &[&str]) -> TopicProfile {
        TopicProfile {
            terms: terms
                .iter()
                .map(|t| ((*t).to_owned(), Language::En))
                .collect(),
            vector: None,
        }
    }

    fn assign(docs: &[TaggedDoc], topics: &[TopicProfile], min_topic_docs: usize) -> Assignment {
        let settings = TagSettings {
            min_topic_docs,
            max_tag_share: 0.6,
            ..TagSettings::default()
        };
        assign_outliers(docs, None, topics, &settings, &Silent).unwrap()
    }

    #[test]
    fn spelling_does_not_matter() {
        let table = TagTable::collect(&[
            doc(&["Wind farms"]),
            doc(&["wind farm!", "Grid"]),
            doc(&["the Wind-Farm"]),
        ]);
        assert_eq!(table.len(), 2);
        assert_eq!(table.docs.iter().map(Vec::len).max(), Some(3));
    }

    #[test]
    fn places_in_existing_topics() {
        let docs = [
            doc(&["wind farms", "grid"]),
            doc(&["asylum"]),
            doc(&["wind farms", "asylum", "border"]),
            doc(&["grid"]),
            doc(&["border"]),
        ];
        let got = assign(
            &docs,
            &[
                topic(&["wind", "farm", "grid"]),
                topic(&["asylum", "border"]),
            ],
            9,
        );
        let to = [0, 1, 1, 0, 1].map(|t| Some(Target::Existing(t)));
        assert_eq!(got.to, to);
    }

    #[test]
    fn makes_new_topics_and_leaves_the_unassignable() {
        let mut docs: Vec<TaggedDoc> = (0..6).map(|_| doc(&["beekeeping", "hives"])).collect();
        docs.extend((0..5).map(|_| doc(&["chess", "tournament"])));
        docs.push(doc(&["something nobody else has"]));
        docs.push(doc(&[]));
        let got = assign(&docs, &[topic(&["court"])], 5);
        assert_eq!(got.new_topics.len(), 2);
        assert_eq!(got.new_topics[0].docs, [0, 1, 2, 3, 4, 5]);
        assert_eq!(got.to[6], Some(Target::New(1)));
        assert_eq!(got.to[11..], [None, None]);
        // Tags that always occur together have become one group.
        assert_eq!(got.groups.len(), 2);
        assert_eq!(got.groups[0].tags.len(), 2);
    }

    #[test]
    fn later_rounds_learn_from_earlier_ones() {
        // The last document shares no word with the topic, only a tag with documents placed there.
        let mut docs: Vec<TaggedDoc> = (0..4).map(|_| doc(&["wind", "turbine noise"])).collect();
        docs.push(doc(&["turbine noise"]));
        let got = assign(&docs, &[topic(&["wind"])], 9);
        assert_eq!(got.to[4], Some(Target::Existing(0)));
        assert!(got.n_rounds > 1);
    }

    #[test]
    fn near_vectors_merge() {
        let docs = [
            doc(&["coal"]),
            doc(&["coal"]),
            doc(&["lignite"]),
            doc(&["opera"]),
            doc(&["opera"]),
        ];
        let table = TagTable::collect(&docs);
        assert_eq!(table.shown, ["coal", "lignite", "opera"]);
        let vectors = Matrix::from_values(3, 2, vec![1.0, 0.0, 0.95, 0.2, 0.0, 1.0]).unwrap();
        let settings = TagSettings {
            min_topic_docs: 2,
            max_tag_share: 1.0,
            ..TagSettings::default()
        };
        let got = assign_outliers(&docs, Some(&vectors), &[], &settings, &Silent).unwrap();
        assert_eq!(got.groups.len(), 2);
        assert_eq!(
            got.new_topics
                .iter()
                .map(|t| t.docs.len())
                .collect::<Vec<_>>(),
            [3, 2]
        );
        let wrong = assign_outliers(
            &docs,
            Some(&Matrix::filled(1, 2, 0.0)),
            &[],
            &settings,
            &Silent,
        );
        assert_eq!(
            wrong,
            Err(TagError::Vectors {
                n_tags: 3,
                n_vectors: 1
            })
        );
    }

    #[test]
    fn vectors_place_what_tags_cannot() {
        let mut outlier = doc(&["unheard"]);
        outlier.vector = Some(vec![1.0, 0.1]);
        let mut near = topic(&["court"]);
        near.vector = Some(vec![1.0, 0.0]);
        let mut far = topic(&["school"]);
        far.vector = Some(vec![0.0, 1.0]);
        let got = assign(&[outlier], &[far, near], 5);
        assert_eq!(got.to, [Some(Target::Existing(1))]);
    }

    #[test]
    fn shuffling_documents_changes_no_partition() {
        let names = [["bees", "honey"], ["chess", "clock"], ["opera", "stage"]];
        let docs: Vec<TaggedDoc> = (0..30).map(|i| doc(&names[i % 3])).collect();
        let straight = assign(&docs, &[], 5);
        let reversed: Vec<TaggedDoc> = docs.iter().rev().cloned().collect();
        let back = assign(&reversed, &[], 5);
        assert_eq!(straight.new_topics.len(), back.new_topics.len());
        for i in 0..30 {
            for j in 0..30 {
                let same = straight.to[i] == straight.to[j];
                assert_eq!(same, back.to[29 - i] == back.to[29 - j]);
            }
        }
    }

    #[test]
    fn takes_nothing() {
        assert_eq!(assign(&[], &[], 5), Assignment::default());
    }
}
