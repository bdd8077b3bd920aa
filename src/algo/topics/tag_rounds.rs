//! The rounds of outlier tagging: scores of documents for topics, and new topics from tags.
//!
//! Private to `tags`, which says what a round is; merging tags is `tag_table`'s work.

use std::collections::{BTreeMap, BTreeSet};

use super::cosine;
use super::tag_table::{TagGroup, TagTable, stems};
use super::tags::{Assignment, NewTopic, TagSettings, TaggedDoc, Target, TopicProfile};

/// The state of an assignment.
pub(super) struct Work<'a> {
    docs: &'a [TaggedDoc],
    topics: &'a [TopicProfile],
    groups: Vec<TagGroup>,
    /// Rarity of each group: ln(1 + n / documents that carry it).
    rarity: Vec<f64>,
    /// Groups of each document, in order.
    groups_of: Vec<Vec<usize>>,
    /// Share of each group's words that each existing topic's words hold.
    covered: Vec<Vec<f64>>,
    /// How strongly each document's vector prefers each existing topic; empty without vectors.
    preference: Vec<Vec<f64>>,
    to: Vec<Option<Target>>,
    scores: Vec<f64>,
    new_topics: Vec<Vec<usize>>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
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
                contrast(
                    stems_of_topic
                        .iter()
                        .map(|topic| best_cover(&words, topic))
                        .collect(),
                )
            })
            .collect();
        Self {
            docs,
            topics,
            groups,
            rarity,
            groups_of,
            covered,
            preference: preferences(docs, topics),
            to: vec![None; docs.len()],
            scores: vec![0.0; docs.len()],
            new_topics: Vec::new(),
        }
    }

    /// Lists the documents not yet placed.
    pub(super) fn open(&self) -> Vec<usize> {
        (0..self.to.len())
            .filter(|&d| self.to[d].is_none())
            .collect()
    }

    /// Places every open document whose best topic reaches the score.
    ///
    /// All are judged by the state before this call, so that their order decides nothing.
    pub(super) fn place(&mut self, needed: f64) {
        let affinity = self.affinity();
        let mut placed = Vec::new();
        for doc in self.open() {
            let mut best: Option<(Target, f64)> = None;
            for t in 0..self.topics.len() {
                let score = self.score(doc, t, &affinity);
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

    /// Returns a document's score for an existing topic.
    fn score(&self, doc: usize, topic: usize, affinity: &[BTreeMap<Target, f64>]) -> f64 {
        let by_tags = self.tag_score(doc, Target::Existing(topic), affinity);
        match self.preference.get(doc).and_then(|p| p.get(topic)) {
            Some(by_vector) => f64::midpoint(by_tags, *by_vector),
            None => by_tags,
        }
    }

    /// Makes new topics from the tags of the open documents.
    ///
    /// Two groups of tags are connected if at least half of the rarer one's open documents carry both
    /// and these are at least two; connected groups make a candidate. Open documents go to the
    /// candidate that covers most of their tags; a candidate that gathers too few is given up.
    pub(super) fn found_topics(&mut self, settings: &TagSettings) {
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

    pub(super) fn finish(self, n_rounds: usize) -> Assignment {
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

/// Sharpness of the preferences: a topic one deviation ahead of another is e^this times as likely.
/// Tried on labeled news (sections and topics of two files): 1 leaves many unplaced, 2 misplaces more.
const SHARPNESS: f64 = 1.5;

/// Turns cosines to the topics into preferences: 0 for what is no likelier than chance, 1 for certain.
///
/// Cosines of one embedder lie at .2 where another's lie at .8; so each is seen against the document's
/// mean over topics and the common deviation from it. A single topic has nothing to be preferred to:
/// there the cosine itself counts. Documents without vector have an empty row.
fn preferences(docs: &[TaggedDoc], topics: &[TopicProfile]) -> Vec<Vec<f64>> {
    let centers: Option<Vec<&Vec<f32>>> = topics.iter().map(|t| t.vector.as_ref()).collect();
    let Some(centers) = centers.filter(|c| !c.is_empty()) else {
        return Vec::new();
    };
    let mut rows: Vec<Vec<f64>> = docs
        .iter()
        .map(|doc| {
            let Some(vector) = &doc.vector else {
                return Vec::new();
            };
            let cosines: Vec<f64> = centers
                .iter()
                .map(|center| cosine(vector, center).unwrap_or(0.0))
                .collect();
            if let [single] = cosines.as_slice() {
                return vec![single.clamp(0.0, 1.0)];
            }
            let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
            cosines.into_iter().map(|c| c - mean).collect()
        })
        .collect();
    let n_values = rows.iter().map(Vec::len).sum::<usize>().max(1);
    let deviation = (rows.iter().flatten().map(|v| v * v).sum::<f64>() / n_values as f64).sqrt();
    for row in rows.iter_mut().filter(|row| row.len() > 1) {
        for v in row.iter_mut() {
            *v = if deviation > 0.0 {
                (SHARPNESS * *v / deviation).exp()
            } else {
                1.0
            };
        }
        let sum: f64 = row.iter().sum();
        let even = 1.0 / row.len() as f64;
        for v in row.iter_mut() {
            *v = ((*v / sum - even) / (1.0 - even)).max(0.0);
        }
    }
    rows
}

/// Divides what topics hold of a tag by how many hold it: a word of every topic tells nothing.
fn contrast(covered: Vec<f64>) -> Vec<f64> {
    let sum: f64 = covered.iter().sum();
    covered
        .into_iter()
        .map(|c| if sum > 1.0 { c / sum } else { c })
        .collect()
}

/// Returns the largest share of a member's words that the topic holds.
fn best_cover(words: &[Vec<String>], topic: &BTreeSet<String>) -> f64 {
    words
        .iter()
        .filter(|w| !w.is_empty())
        .map(|w| w.iter().filter(|s| topic.contains(*s)).count() as f64 / w.len() as f64)
        .fold(0.0, f64::max)
}
