//! Clusters, tags, assignments, topics and their screening.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::ids::{DocId, RunId, TopicId};
use crate::domain::topic::{Assignment, ByHand, Screening, TermWeight, Topic};
use crate::domain::topic_edit::{TopicStep, assignments_in_force, made_by_splits, topics_in_force};

/// What the clustering says of a document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterRecord {
    /// The document.
    pub doc: DocId,
    /// Cluster from 0, −1 for noise.
    pub label: i32,
    /// Strength of membership, `0.0..=1.0`.
    pub membership: f32,
    /// GLOSH outlier score, `0.0..=1.0`.
    pub outlier_score: f32,
}

/// A topic about to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTopic {
    /// Number, from 0.
    pub number: usize,
    /// Label.
    pub label: String,
    /// c-TF-IDF words, heaviest first.
    pub terms: Vec<TermWeight>,
    /// Words by maximal marginal relevance, in order of choice.
    pub mmr_terms: Vec<String>,
    /// KeyBERT-style words, nearest in meaning first.
    pub keybert_terms: Vec<String>,
    /// Documents closest to its middle.
    pub central_docs: Vec<DocId>,
    /// Evenness over nations.
    pub spread_entropy: f64,
    /// Jensen-Shannon divergence, nats.
    pub divergence_nats: f64,
    /// Corrected p-value.
    pub p_value: Option<f64>,
}

/// A verdict of the screening.
#[derive(Clone, Debug, PartialEq)]
pub struct ScreeningRecord {
    /// Number of the topic.
    pub number: usize,
    /// The verdict.
    pub screening: Screening,
}

/// The words of a topic by kind, as `topic_term` has them.
#[derive(Default)]
struct TopicWords {
    ctfidf: Vec<TermWeight>,
    keybert: Vec<String>,
    mmr: Vec<String>,
}

/// Name of the value that says which split a screening asked about.
fn screened_key(run: RunId, number: usize) -> String {
    format!("screened.{run}.{number}")
}

impl Unit<'_> {
    /// Stores the clustering of a run.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_clusters(&self, run: RunId, rows: &[ClusterRecord]) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached(
            "INSERT OR REPLACE INTO cluster(run_id, doc_id, label, membership, outlier_score) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for r in rows {
            statement.execute(params![
                run.0,
                r.doc.0,
                r.label,
                f64::from(r.membership),
                f64::from(r.outlier_score)
            ])?;
        }
        Ok(())
    }

    /// Stores a document's tags as aspect and tag.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_tags(
        &self,
        run: RunId,
        doc: DocId,
        tags: &[(String, String)],
    ) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached(
            "INSERT OR IGNORE INTO doc_tag(run_id, doc_id, aspect, tag) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (aspect, tag) in tags {
            statement.execute(params![run.0, doc.0, aspect, tag])?;
        }
        Ok(())
    }

    /// Stores the topic of every document that has one.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_assignments(&self, run: RunId, rows: &[Assignment]) -> Result<(), StoreError> {
        let mut statement = self.tx.prepare_cached(
            "INSERT OR REPLACE INTO assignment(run_id, doc_id, number, by_tags) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for r in rows {
            statement.execute(params![run.0, r.doc.0, r.number as i64, r.by_tags])?;
        }
        Ok(())
    }

    /// Stores a topic with its words.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_topic(&self, run: RunId, topic: &NewTopic) -> Result<TopicId, StoreError> {
        let central: Vec<String> = topic.central_docs.iter().map(ToString::to_string).collect();
        self.tx.execute(
            "INSERT INTO topic(run_id, number, label, central_docs, entropy, divergence_nats, p_value)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                run.0,
                topic.number as i64,
                topic.label,
                central.join(" "),
                topic.spread_entropy,
                topic.divergence_nats,
                topic.p_value
            ],
        )?;
        let id = self.tx.last_insert_rowid();
        let mut statement = self
            .tx
            .prepare_cached("INSERT INTO topic_term(topic_id, kind, rank, term, weight) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        for (rank, t) in topic.terms.iter().enumerate() {
            statement.execute(params![id, "ctfidf", rank as i64, t.term, t.weight])?;
        }
        for (kind, terms) in [("keybert", &topic.keybert_terms), ("mmr", &topic.mmr_terms)] {
            for (rank, term) in terms.iter().enumerate() {
                statement.execute(params![id, kind, rank as i64, term, 0.0])?;
            }
        }
        Ok(TopicId(id))
    }

    /// Stores the annotator's verdicts of a screening; `made` are the topics that splits made, with a
    /// hash of each split.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_screenings(
        &self,
        run: RunId,
        rows: &[ScreeningRecord],
        made: &BTreeMap<usize, String>,
    ) -> Result<(), StoreError> {
        for (number, hash) in made {
            self.set_meta(&screened_key(run, *number), hash)?;
        }
        for r in rows {
            self.tx.execute(
                "INSERT OR REPLACE INTO screening(run_id, number, value_related, confidence, reason) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    run.0,
                    r.number as i64,
                    r.screening.value_related,
                    r.screening.confidence,
                    r.screening.reason
                ],
            )?;
        }
        Ok(())
    }
}

impl Store {
    /// Reads the current clustering by document.
    ///
    /// # Errors
    /// The database's.
    pub fn clusters(&self) -> Result<Vec<ClusterRecord>, StoreError> {
        let run = self.current_run("cluster")?.map_or(-1, |r| r.id.0);
        let mut statement = self.connection.prepare_cached(
            "SELECT doc_id, label, membership, outlier_score FROM cluster WHERE run_id = ?1 ORDER BY doc_id",
        )?;
        let rows = statement.query_map([run], |r| {
            Ok(ClusterRecord {
                doc: DocId(r.get(0)?),
                label: r.get(1)?,
                membership: r.get::<_, f64>(2)? as f32,
                outlier_score: r.get::<_, f64>(3)? as f32,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads what the current clustering says of one document.
    ///
    /// # Errors
    /// The database's.
    pub fn cluster_of(&self, doc: DocId) -> Result<Option<ClusterRecord>, StoreError> {
        let run = self.current_run("cluster")?.map_or(-1, |r| r.id.0);
        let mut statement = self.connection.prepare_cached(
            "SELECT label, membership, outlier_score FROM cluster WHERE run_id = ?1 AND doc_id = ?2",
        )?;
        let found = statement.query_row(params![run, doc.0], |r| {
            Ok(ClusterRecord {
                doc,
                label: r.get(0)?,
                membership: r.get::<_, f64>(1)? as f32,
                outlier_score: r.get::<_, f64>(2)? as f32,
            })
        });
        Ok(found.optional()?)
    }

    /// Reads the topic of one document, edits in force.
    ///
    /// # Errors
    /// The database's.
    pub fn assignment_of(&self, doc: DocId) -> Result<Option<Assignment>, StoreError> {
        let run = self.current_run("tag_outliers")?.map_or(-1, |r| r.id.0);
        let mut statement = self.connection.prepare_cached(
            "SELECT number, by_tags FROM assignment WHERE run_id = ?1 AND doc_id = ?2",
        )?;
        let raw = statement
            .query_row(params![run, doc.0], |r| {
                Ok(Assignment {
                    doc,
                    number: r.get::<_, i64>(0)? as usize,
                    by_tags: r.get(1)?,
                    by_hand: false,
                })
            })
            .optional()?;
        let steps = self.topic_steps()?;
        if steps.is_empty() {
            return Ok(raw);
        }
        let raw: Vec<Assignment> = raw.into_iter().collect();
        let in_force = assignments_in_force(raw, self.n_raw_topics()?, &steps);
        Ok(in_force.into_iter().find(|a| a.doc == doc))
    }

    /// Reads the topic of every document that has one, edits in force, by document.
    ///
    /// # Errors
    /// The database's.
    pub fn assignments(&self) -> Result<Vec<Assignment>, StoreError> {
        let raw = self.raw_assignments()?;
        let steps = self.topic_steps()?;
        if steps.is_empty() {
            return Ok(raw);
        }
        Ok(assignments_in_force(raw, self.n_raw_topics()?, &steps))
    }

    /// Reads the topic of every document as tagging left it, whatever a person edited since.
    ///
    /// # Errors
    /// The database's.
    pub fn raw_assignments(&self) -> Result<Vec<Assignment>, StoreError> {
        let run = self.current_run("tag_outliers")?.map_or(-1, |r| r.id.0);
        let mut statement = self.connection.prepare_cached(
            "SELECT doc_id, number, by_tags FROM assignment WHERE run_id = ?1 ORDER BY doc_id",
        )?;
        let rows = statement.query_map([run], |r| {
            Ok(Assignment {
                doc: DocId(r.get(0)?),
                number: r.get::<_, i64>(1)? as usize,
                by_tags: r.get(2)?,
                by_hand: false,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Counts the clusters of a run.
    ///
    /// # Errors
    /// The database's.
    ///
    /// # Cost
    /// Looks at every document's row: half a second for six million.
    pub fn n_clusters(&self, run: RunId) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT COALESCE(MAX(label) + 1, 0) FROM cluster WHERE run_id = ?1")?
            .query_row([run.0], |r| r.get::<_, i64>(0))?
            .max(0) as usize)
    }

    /// Counts the topics that the clustering made.
    ///
    /// # Errors
    /// The database's.
    pub fn n_raw_topics(&self) -> Result<usize, StoreError> {
        let run = self.current_run("describe")?.map_or(-1, |r| r.id.0);
        Ok(self
            .connection
            .prepare_cached("SELECT COALESCE(MAX(number) + 1, 0) FROM topic WHERE run_id = ?1")?
            .query_row([run], |r| r.get::<_, i64>(0))? as usize)
    }

    /// Reads the topics with their words and screening, edits in force, by number.
    ///
    /// Numbers stay when topics are merged or split: that of a topic merged away is missing here, so
    /// that a number is no position in the list; see [`crate::domain::topic::position`].
    ///
    /// # Errors
    /// The database's.
    pub fn topics(&self) -> Result<Vec<Topic>, StoreError> {
        let raw = self.raw_topics()?;
        let steps = self.topic_steps()?;
        let screened = self.screened_splits(&raw, &steps)?;
        Ok(topics_in_force(raw, &steps, &screened))
    }

    /// Reads the topics as the annotator is asked about them: regrouped as a person did, but under the
    /// label they were made with and without a verdict of a person. So a label for readers and an
    /// overruled verdict change no question and no answer.
    ///
    /// # Errors
    /// The database's.
    pub fn topics_to_screen(&self) -> Result<Vec<Topic>, StoreError> {
        let steps = self.topic_steps()?;
        let regrouping = steps.iter().filter(|s: &&TopicStep| s.edit.regroups());
        Ok(topics_in_force(
            self.raw_topics()?,
            regrouping,
            &BTreeMap::new(),
        ))
    }

    /// Reads what the annotator said of the topics that splits made, where it was asked about these
    /// very splits.
    fn screened_splits(
        &self,
        raw: &[Topic],
        steps: &[TopicStep],
    ) -> Result<BTreeMap<usize, Screening>, StoreError> {
        let mut out = BTreeMap::new();
        let made = made_by_splits(raw, steps);
        let Some(run) = self.current_run("screen")?.filter(|_| !made.is_empty()) else {
            return Ok(out);
        };
        let mut said = self.screenings(run.id.0)?;
        for (number, hash) in made {
            let of_this = self.meta(&screened_key(run.id, number))? == Some(hash);
            if let Some(screening) = said.remove(&(number as i64)).filter(|_| of_this) {
                out.insert(number, screening);
            }
        }
        Ok(out)
    }

    /// Reads what the annotator said in a screening, by number of topic.
    fn screenings(&self, run: i64) -> Result<BTreeMap<i64, Screening>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, value_related, confidence, reason FROM screening WHERE run_id = ?1",
        )?;
        let rows = statement.query_map([run], |r| {
            Ok((
                r.get::<_, i64>(0)?,
                Screening {
                    value_related: r.get(1)?,
                    confidence: r.get(2)?,
                    reason: r.get(3)?,
                    said_by: None,
                },
            ))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads the topics as `describe` and `screen` left them, by number, whatever a person edited since.
    ///
    /// # Errors
    /// The database's.
    pub fn raw_topics(&self) -> Result<Vec<Topic>, StoreError> {
        let Some(run) = self.current_run("describe")? else {
            return Ok(Vec::new());
        };
        let screen_run = self.current_run("screen")?.map_or(-1, |r| r.id.0);
        let mut screenings = self.screenings(screen_run)?;
        let mut terms: BTreeMap<i64, TopicWords> = BTreeMap::new();
        let mut statement = self.connection.prepare_cached(
            "SELECT topic_id, kind, term, weight FROM topic_term WHERE topic_id IN (SELECT id FROM topic WHERE run_id = ?1)
             ORDER BY topic_id, kind, rank",
        )?;
        for row in statement.query_map([run.id.0], |r| {
            Ok((
                r.get::<_, i64>(0)?,
                r.get::<_, String>(1)?,
                r.get::<_, String>(2)?,
                r.get::<_, f64>(3)?,
            ))
        })? {
            let (topic, kind, term, weight) = row?;
            let slot = terms.entry(topic).or_default();
            match kind.as_str() {
                "keybert" => slot.keybert.push(term),
                "mmr" => slot.mmr.push(term),
                _ => slot.ctfidf.push(TermWeight { term, weight }),
            }
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT id, number, label, central_docs, entropy, divergence_nats, p_value FROM topic WHERE run_id = ?1 ORDER BY number",
        )?;
        let rows = statement.query_map([run.id.0], |r| {
            let id: i64 = r.get(0)?;
            let number: i64 = r.get(1)?;
            let central: String = r.get(3)?;
            let words = terms.remove(&id).unwrap_or_default();
            Ok(Topic {
                id: TopicId(id),
                number: number as usize,
                label: r.get(2)?,
                terms: words.ctfidf,
                mmr_terms: words.mmr,
                keybert_terms: words.keybert,
                central_docs: central
                    .split_whitespace()
                    .filter_map(|t| t.parse().ok())
                    .map(DocId)
                    .collect(),
                screening: screenings.remove(&number),
                overruled: None,
                spread_entropy: r.get(4)?,
                divergence_nats: r.get(5)?,
                p_value: r.get(6)?,
                by_hand: ByHand::default(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
