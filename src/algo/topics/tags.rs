//! Outliers of the clustering placed by their tags: into existing topics where they fit, else into
//! new topics made from tags that occur together.
//!
//! Tags are given; asking for them is `annotate`'s work. A document whose tags lead nowhere is
//! reported as such and never forced into a topic.

use std::collections::{BTreeMap, BTreeSet};

pub use super::tag_table::{TagGroup, TagTable};
use super::tag_table::{merge, stems};
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
/// A document's score for an existing topic is the larger of two shares: how much of the document's
/// tags (weighted by rarity) the topic's words or, from the second round on, the tags of the
/// outliers already placed there cover; and, where both have vectors, their cosine, stretched so that
/// 0.3 counts 0 and 0.9 counts 1. Each round places what reaches the round's score, then makes new
/// topics from the tags of the rest; the score needed falls from round to round.
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

/// The state of an assignment.
struct Work<'a> {
    docs: &'a [TaggedDoc],
    topics: &'a [TopicProfile],
    groups: Vec<TagGroup>,
    /// Rarity of each group: ln(1 + n / documents that carry it).
    rarity: Vec<f64>,
    /// Groups of each document, in order.
    groups_of: Vec<Vec<usize>>,
    /// Share of each group's words that each existing topic's words hold.
    covered: Vec<Vec<f64>>,
    to: Vec<Option<Target>>,
    scores: Vec<f64>,
    new_topics: Vec<Vec<usize>>,
}

impl<'a> Work<'a> {
    fn new(
        docs: &'a [TaggedDoc],
        topics: &'a [TopicProfile],
        groups: Vec<TagGroup>,
        table: &TagTable,
    ) -> Self {
        let mut groups_of = vec![Vec::new(); docs.len()];
        for (g, group) in groups.iter().enumerate() {
            for &doc in &group.docs {
                groups_of[doc as usize].push(g);
            }
        }
        let n = docs.len() as f64;
        let rarity = groups
            .iter()
            .map(|g| (1.0 + n / g.docs.len().max(1) as f64).ln())
            .collect();
        let stems_of_topic: Vec<BTreeSet<String>> = topics
            .iter()
            .map(|t| {
                t.terms
                    .iter()
                    .flat_map(|(term, language)| stems(term, *language))
                    .collect()
            })
            .collect();
        let covered = groups
            .iter()
            .map(|group| {
                let words: Vec<Vec<String>> = group
                    .tags
                    .iter()
                    .map(|&t| stems(&table.shown[t], table.languages[t]))
                    .collect();
                stems_of_topic
                    .iter()
                    .map(|topic| best_cover(&words, topic))
                    .collect()
            })
            .collect();
        Self {
            docs,
            topics,
            groups,
            rarity,
            groups_of,
            covered,
            to: vec![None; docs.len()],
            scores: vec![0.0; docs.len()],
            new_topics: Vec::new(),
        }
    }

    /// Lists the documents not yet placed.
    fn open(&self) -> Vec<usize> {
        (0..self.to.len())
            .filter(|&d| self.to[d].is_none())
            .collect()
    }

    /// Places every open document whose best topic reaches the score.
    ///
    /// All are judged by the state before this call, so that their order decides nothing.
    fn place(&mut self, needed: f64) {
        let affinity = self.affinity();
        let mut placed = Vec::new();
        for doc in self.open() {
            let mut best: Option<(Target, f64)> = None;
            for t in 0..self.topics.len() {
                let score = self
                    .tag_score(doc, Target::Existing(t), &affinity)
                    .max(self.vector_score(doc, t));
                if best.is_none_or(|(_, top)| score > top) {
                    best = Some((Target::Existing(t), score));
                }
            }
            for t in 0..self.new_topics.len() {
                let score = self.tag_score(doc, Target::New(t), &affinity);
                if best.is_none_or(|(_, top)| score > top) {
                    best = Some((Target::New(t), score));
                }
            }
            if let Some((target, score)) =
                best.filter(|(_, score)| *score >= needed && *score > 0.0)
            {
                placed.push((doc, target, score));
            }
        }
        for (doc, target, score) in placed {
            self.to[doc] = Some(target);
            self.scores[doc] = score;
        }
    }

    /// Computes, for each group, the share of its placed documents in each topic.
    fn affinity(&self) -> Vec<BTreeMap<Target, f64>> {
        self.groups
            .iter()
            .map(|group| {
                let mut n_in: BTreeMap<Target, usize> = BTreeMap::new();
                for &doc in &group.docs {
                    if let Some(target) = self.to[doc as usize] {
                        *n_in.entry(target).or_insert(0) += 1;
                    }
                }
                // One more in the denominator: a single placed document is weak evidence.
                let n_placed: usize = n_in.values().sum::<usize>() + 1;
                n_in.into_iter()
                    .map(|(t, n)| (t, n as f64 / n_placed as f64))
                    .collect()
            })
            .collect()
    }

    /// Returns the share of a document's tags, weighted by rarity, that a topic covers.
    fn tag_score(&self, doc: usize, target: Target, affinity: &[BTreeMap<Target, f64>]) -> f64 {
        let mut hit = 0.0;
        let mut all = 0.0;
        for &g in &self.groups_of[doc] {
            let by_words = match target {
                Target::Existing(t) => self.covered[g][t],
                Target::New(t) => f64::from(u8::from(self.new_topics[t].contains(&g))),
            };
            let by_company = affinity[g].get(&target).copied().unwrap_or(0.0);
            hit += self.rarity[g] * by_words.max(by_company);
            all += self.rarity[g];
        }
        if all > 0.0 { hit / all } else { 0.0 }
    }

    fn vector_score(&self, doc: usize, topic: usize) -> f64 {
        match (&self.docs[doc].vector, &self.topics[topic].vector) {
            (Some(a), Some(b)) => ((cosine(a, b) - 0.3) / 0.6).clamp(0.0, 1.0),
            _ => 0.0,
        }
    }

    /// Makes new topics from the tags of the open documents.
    ///
    /// Two groups of tags are connected if at least half of the rarer one's open documents carry both
    /// and these are at least two; connected groups make a candidate. Open documents go to the
    /// candidate that covers most of their tags; a candidate that gathers too few is given up.
    fn found_topics(&mut self, settings: &TagSettings) {
        let open: BTreeSet<usize> = self.open().into_iter().collect();
        if open.len() < settings.min_topic_docs.max(1) {
            return;
        }
        let limit =
            (settings.max_tag_share * self.docs.len() as f64).max(settings.min_topic_docs as f64);
        let holders: BTreeMap<usize, Vec<usize>> = (0..self.groups.len())
            .map(|g| {
                let docs: Vec<usize> = self.groups[g]
                    .docs
                    .iter()
                    .map(|&d| d as usize)
                    .filter(|d| open.contains(d))
                    .collect();
                (g, docs)
            })
            .filter(|(_, docs)| docs.len() >= 2 && docs.len() as f64 <= limit)
            .collect();
        let candidates = self.connected(&holders);
        let mut gathered: Vec<Vec<usize>> = vec![Vec::new(); candidates.len()];
        let mut candidate_of: BTreeMap<usize, usize> = BTreeMap::new();
        for (c, groups) in candidates.iter().enumerate() {
            candidate_of.extend(groups.iter().map(|&g| (g, c)));
        }
        for &doc in &open {
            let mut weight: BTreeMap<usize, f64> = BTreeMap::new();
            for g in &self.groups_of[doc] {
                if let Some(&c) = candidate_of.get(g) {
                    *weight.entry(c).or_insert(0.0) += self.rarity[*g];
                }
            }
            let mut best: Option<(usize, f64)> = None;
            for (c, w) in weight {
                if best.is_none_or(|(_, top)| w > top) {
                    best = Some((c, w));
                }
            }
            if let Some((c, _)) = best {
                gathered[c].push(doc);
            }
        }
        for (groups, docs) in candidates.into_iter().zip(gathered) {
            if docs.len() < settings.min_topic_docs.max(1) {
                continue;
            }
            let target = Target::New(self.new_topics.len());
            self.new_topics.push(groups);
            let nobody = vec![BTreeMap::new(); self.groups.len()];
            for doc in docs {
                self.to[doc] = Some(target);
                self.scores[doc] = self.tag_score(doc, target, &nobody);
            }
        }
    }

    /// Connects groups of tags that occur together, growing from the commonest.
    ///
    /// Each further group joins by its tie to the *founder* alone: joining by any member would chain
    /// everything together.
    fn connected(&self, holders: &BTreeMap<usize, Vec<usize>>) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = holders.keys().copied().collect();
        let n_of = |g: usize| holders.get(&g).map_or(0, Vec::len);
        order.sort_by_key(|&g| (std::cmp::Reverse(n_of(g)), g));
        let mut free: BTreeSet<usize> = order.iter().copied().collect();
        let mut candidates = Vec::new();
        for founder in order {
            if !free.remove(&founder) {
                continue;
            }
            let Some(own) = holders.get(&founder) else {
                continue;
            };
            let mut n_both: BTreeMap<usize, usize> = BTreeMap::new();
            for &doc in own {
                for g in &self.groups_of[doc] {
                    if free.contains(g) {
                        *n_both.entry(*g).or_insert(0) += 1;
                    }
                }
            }
            let mut groups = vec![founder];
            for (g, n) in n_both {
                if n >= 2 && 2 * n >= n_of(g).min(own.len()) {
                    groups.push(g);
                    free.remove(&g);
                }
            }
            candidates.push(groups);
        }
        candidates
    }

    fn finish(self, n_rounds: usize) -> Assignment {
        let mut order: Vec<usize> = (0..self.new_topics.len()).collect();
        let docs_of = |t: usize| -> Vec<usize> {
            (0..self.to.len())
                .filter(|&d| self.to[d] == Some(Target::New(t)))
                .collect()
        };
        order.sort_by_key(|&t| (std::cmp::Reverse(docs_of(t).len()), t));
        let mut position = vec![0; order.len()];
        let mut new_topics = Vec::with_capacity(order.len());
        for (at, &t) in order.iter().enumerate() {
            position[t] = at;
            let docs = docs_of(t);
            // The most telling tag is carried by many here and by few elsewhere.
            let mut tags: Vec<(usize, f64)> = self.new_topics[t]
                .iter()
                .map(|&g| {
                    let n_here = docs
                        .iter()
                        .filter(|d| self.groups_of[**d].contains(&g))
                        .count();
                    (g, n_here as f64 * self.rarity[g])
                })
                .collect();
            tags.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            let tags = tags
                .into_iter()
                .map(|(g, _)| self.groups[g].label.clone())
                .collect();
            new_topics.push(NewTopic { tags, docs });
        }
        let to = self
            .to
            .iter()
            .map(|target| match target {
                Some(Target::New(t)) => Some(Target::New(position[*t])),
                other => *other,
            })
            .collect();
        Assignment {
            to,
            scores: self.scores,
            new_topics,
            groups: self.groups,
            n_rounds,
        }
    }
}

/// Returns the largest share of a member's words that the topic holds.
fn best_cover(words: &[Vec<String>], topic: &BTreeSet<String>) -> f64 {
    words
        .iter()
        .filter(|w| !w.is_empty())
        .map(|w| w.iter().filter(|s| topic.contains(*s)).count() as f64 / w.len() as f64)
        .fold(0.0, f64::max)
}

/// Returns the cosine of two vectors, 0 where one has no direction.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |x: &[f32], y: &[f32]| -> f64 {
        x.iter()
            .zip(y)
            .map(|(p, q)| f64::from(*p) * f64::from(*q))
            .sum()
    };
    let norm = (dot(a, a) * dot(b, b)).sqrt();
    if norm > 0.0 && norm.is_finite() {
        dot(a, b) / norm
    } else {
        0.0
    }
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
