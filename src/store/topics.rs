//! Clusters, tags, assignments, topics and their screening.

use std::collections::BTreeMap;

use rusqlite::params;

use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::ids::{DocId, RunId, TopicId};
use crate::domain::topic::{Screening, TermWeight, Topic};

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

/// The topic of a document after tagging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssignmentRecord {
    /// The document.
    pub doc: DocId,
    /// Number of its topic.
    pub number: usize,
    /// Whether tags brought it there instead of the clustering.
    pub by_tags: bool,
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
    pub fn insert_assignments(
        &self,
        run: RunId,
        rows: &[AssignmentRecord],
    ) -> Result<(), StoreError> {
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
        for (rank, term) in topic.mmr_terms.iter().enumerate() {
            statement.execute(params![id, "mmr", rank as i64, term, 0.0])?;
        }
        Ok(TopicId(id))
    }

    /// Stores the verdicts of a screening.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_screenings(
        &self,
        run: RunId,
        rows: &[ScreeningRecord],
    ) -> Result<(), StoreError> {
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

    /// Reads the current topic numbers by document.
    ///
    /// # Errors
    /// The database's.
    pub fn assignments(&self) -> Result<Vec<AssignmentRecord>, StoreError> {
        let run = self.current_run("tag_outliers")?.map_or(-1, |r| r.id.0);
        let mut statement = self.connection.prepare_cached(
            "SELECT doc_id, number, by_tags FROM assignment WHERE run_id = ?1 ORDER BY doc_id",
        )?;
        let rows = statement.query_map([run], |r| {
            Ok(AssignmentRecord {
                doc: DocId(r.get(0)?),
                number: r.get::<_, i64>(1)? as usize,
                by_tags: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads the current topics by number, with their words and screening.
    ///
    /// # Errors
    /// The database's.
    pub fn topics(&self) -> Result<Vec<Topic>, StoreError> {
        let Some(run) = self.current_run("describe")? else {
            return Ok(Vec::new());
        };
        let screen_run = self.current_run("screen")?.map_or(-1, |r| r.id.0);
        let mut screenings = BTreeMap::new();
        let mut statement = self.connection.prepare_cached(
            "SELECT number, value_related, confidence, reason FROM screening WHERE run_id = ?1",
        )?;
        for row in statement.query_map([screen_run], |r| {
            Ok((
                r.get::<_, i64>(0)?,
                Screening {
                    value_related: r.get(1)?,
                    confidence: r.get(2)?,
                    reason: r.get(3)?,
                },
            ))
        })? {
            let (number, screening) = row?;
            screenings.insert(number, screening);
        }
        let mut terms: BTreeMap<i64, (Vec<TermWeight>, Vec<String>)> = BTreeMap::new();
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
            if kind == "mmr" {
                slot.1.push(term);
            } else {
                slot.0.push(TermWeight { term, weight });
            }
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT id, number, label, central_docs, entropy, divergence_nats, p_value FROM topic WHERE run_id = ?1 ORDER BY number",
        )?;
        let rows = statement.query_map([run.id.0], |r| {
            let id: i64 = r.get(0)?;
            let number: i64 = r.get(1)?;
            let central: String = r.get(3)?;
            let (terms, mmr_terms) = terms.remove(&id).unwrap_or_default();
            Ok(Topic {
                id: TopicId(id),
                number: number as usize,
                label: r.get(2)?,
                terms,
                mmr_terms,
                central_docs: central
                    .split_whitespace()
                    .filter_map(|t| t.parse().ok())
                    .map(DocId)
                    .collect(),
                screening: screenings.remove(&number),
                spread_entropy: r.get(4)?,
                divergence_nats: r.get(5)?,
                p_value: r.get(6)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
