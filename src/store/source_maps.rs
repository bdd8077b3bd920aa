//! Per-source maps: parts of the corpus with their topics, matches of topics, and what people say of them.

use std::collections::BTreeMap;

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::journal::{NewStep, StepOf};
use super::open::{Store, Unit};
use super::topic_edits::IN_FORCE;
use crate::base::hash::ContentHasher;
use crate::base::ids::{DocId, RunId};
use crate::base::language::Language;
use crate::domain::corpus::Nation;
use crate::domain::journal::{Step, StepKind};
use crate::domain::source_map::{
    MatchRuling, MatchVerdict, PartMatch, PartName, PartTopic, TopicPlace,
};
use crate::domain::topic::TermWeight;

/// A part about to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPart<'a> {
    /// Number within its run.
    pub number: usize,
    /// What it is of.
    pub name: &'a PartName,
    /// Its documents by rising identity.
    pub docs: &'a [DocId],
    /// The topic of each, [`crate::domain::columns::NO_TOPIC`] for none.
    pub topics: &'a [u16],
}

/// A stored part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartRecord {
    /// Number within its run.
    pub number: usize,
    /// What it is of.
    pub name: PartName,
    /// Its documents by rising identity.
    pub docs: Vec<DocId>,
    /// The topic of each, [`crate::domain::columns::NO_TOPIC`] for none.
    pub topics: Vec<u16>,
}

/// A verdict as it stands in the journal.
#[derive(Serialize, Deserialize)]
struct WrittenRuling {
    #[serde(rename = "match")]
    number: usize,
    verdict: String,
}

impl Unit<'_> {
    /// Stores a part with its topics.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_part(
        &self,
        run: RunId,
        part: &NewPart<'_>,
        topics: &[PartTopic],
    ) -> Result<(), StoreError> {
        let docs: Vec<u8> = part.docs.iter().flat_map(|d| d.0.to_le_bytes()).collect();
        let of_docs: Vec<u8> = part.topics.iter().flat_map(|t| t.to_le_bytes()).collect();
        let number = part.number as i64;
        self.tx.execute(
            "INSERT INTO part(run_id, number, nation, outlet, docs, topics) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                run.0,
                number,
                part.name.nation.code(),
                part.name.outlet.as_deref().unwrap_or(""),
                docs,
                of_docs
            ],
        )?;
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO part_topic(run_id, part, number, label, language, n_docs, central_docs) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let mut insert_term = self.tx.prepare_cached(
            "INSERT INTO part_term(run_id, part, topic, rank, term, weight) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for topic in topics {
            let central: Vec<String> = topic.central_docs.iter().map(ToString::to_string).collect();
            insert.execute(params![
                run.0,
                number,
                topic.number as i64,
                topic.label,
                topic.language.code(),
                topic.n_docs as i64,
                central.join(" ")
            ])?;
            for (rank, t) in topic.terms.iter().enumerate() {
                insert_term.execute(params![
                    run.0,
                    number,
                    topic.number as i64,
                    rank as i64,
                    t.term,
                    t.weight
                ])?;
            }
        }
        Ok(())
    }

    /// Stores a proposed match.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_match(&self, run: RunId, found: &PartMatch) -> Result<(), StoreError> {
        // A list of texts always serializes.
        let reasons = serde_json::to_string(&found.reasons).unwrap_or_else(|_| "[]".to_owned());
        self.tx
            .prepare_cached(
                "INSERT INTO part_match(run_id, number, part_a, topic_a, part_b, topic_b, score, vector, words, label, reasons_json)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                run.0,
                found.number as i64,
                found.a.part as i64,
                found.a.topic as i64,
                found.b.part as i64,
                found.b.topic as i64,
                found.score,
                found.vector,
                found.words,
                found.label,
                reasons
            ])?;
        Ok(())
    }

    /// Adds a verdict on a match to the journal.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_ruling(
        &self,
        run: RunId,
        number: usize,
        verdict: MatchVerdict,
        sentence: &str,
        who: &str,
        at_ms: i64,
    ) -> Result<Step, StoreError> {
        let written = WrittenRuling {
            number,
            verdict: verdict.code().to_owned(),
        };
        let payload = serde_json::to_string(&written).map_err(|e| unreadable(&e.to_string()))?;
        self.insert_step(&NewStep {
            kind: StepKind::Matches,
            of: Some(StepOf::SourceMaps(run)),
            sentence,
            payload_json: &payload,
            who,
            at_ms,
        })
    }
}

fn unreadable(value: &str) -> StoreError {
    StoreError::Unreadable {
        what: "part of a per-source map",
        value: value.to_owned(),
    }
}

impl Store {
    /// Reads the parts of a run of `source_maps`, by number.
    ///
    /// # Errors
    /// The database's.
    pub fn parts(&self, run: RunId) -> Result<Vec<PartRecord>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT number, nation, outlet, docs, topics FROM part WHERE run_id = ?1 ORDER BY number",
        )?;
        let rows = select.query_map([run.0], |r| {
            Ok((
                r.get::<_, i64>(0)?,
                r.get::<_, String>(1)?,
                r.get::<_, String>(2)?,
                r.get::<_, Vec<u8>>(3)?,
                r.get::<_, Vec<u8>>(4)?,
            ))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (number, nation, outlet, docs, topics) = row?;
            out.push(PartRecord {
                number: number as usize,
                name: PartName {
                    nation: Nation::parse(&nation).map_err(|unknown| unreadable(&unknown.code))?,
                    outlet: Some(outlet).filter(|o| !o.is_empty()),
                },
                docs: docs
                    .as_chunks()
                    .0
                    .iter()
                    .map(|b| DocId(i64::from_le_bytes(*b)))
                    .collect(),
                topics: topics
                    .as_chunks()
                    .0
                    .iter()
                    .map(|b| u16::from_le_bytes(*b))
                    .collect(),
            });
        }
        Ok(out)
    }

    /// Reads the topics of a run's parts, by part and number.
    ///
    /// # Errors
    /// The database's.
    pub fn part_topics(&self, run: RunId) -> Result<BTreeMap<usize, Vec<PartTopic>>, StoreError> {
        let mut terms: BTreeMap<(i64, i64), Vec<TermWeight>> = BTreeMap::new();
        let mut select = self.connection.prepare_cached(
            "SELECT part, topic, term, weight FROM part_term WHERE run_id = ?1 ORDER BY part, topic, rank",
        )?;
        for row in select.query_map([run.0], |r| {
            Ok((
                (r.get::<_, i64>(0)?, r.get::<_, i64>(1)?),
                TermWeight {
                    term: r.get(2)?,
                    weight: r.get(3)?,
                },
            ))
        })? {
            let (of, term) = row?;
            terms.entry(of).or_default().push(term);
        }
        let mut select = self.connection.prepare_cached(
            "SELECT part, number, label, language, n_docs, central_docs FROM part_topic WHERE run_id = ?1 ORDER BY part, number",
        )?;
        let rows = select.query_map([run.0], |r| {
            let (part, number): (i64, i64) = (r.get(0)?, r.get(1)?);
            let (language, central): (String, String) = (r.get(3)?, r.get(5)?);
            Ok((
                part as usize,
                PartTopic {
                    number: number as usize,
                    label: r.get(2)?,
                    language: Language::parse(&language),
                    n_docs: r.get::<_, i64>(4)? as usize,
                    terms: terms.remove(&(part, number)).unwrap_or_default(),
                    central_docs: central
                        .split_whitespace()
                        .filter_map(|t| t.parse().ok())
                        .map(DocId)
                        .collect(),
                },
            ))
        })?;
        let mut out: BTreeMap<usize, Vec<PartTopic>> = BTreeMap::new();
        for row in rows {
            let (part, topic) = row?;
            out.entry(part).or_default().push(topic);
        }
        Ok(out)
    }

    /// Reads the matches of a run, by number.
    ///
    /// # Errors
    /// The database's.
    pub fn matches(&self, run: RunId) -> Result<Vec<PartMatch>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT number, part_a, topic_a, part_b, topic_b, score, vector, words, label, reasons_json
             FROM part_match WHERE run_id = ?1 ORDER BY number",
        )?;
        let rows = select.query_map([run.0], |r| {
            let n = |i: usize| r.get::<_, i64>(i).map(|n| n as usize);
            let reasons: String = r.get(9)?;
            Ok(PartMatch {
                number: n(0)?,
                a: TopicPlace {
                    part: n(1)?,
                    topic: n(2)?,
                },
                b: TopicPlace {
                    part: n(3)?,
                    topic: n(4)?,
                },
                score: r.get(5)?,
                vector: r.get(6)?,
                words: r.get(7)?,
                label: r.get(8)?,
                reasons: serde_json::from_str(&reasons).unwrap_or_default(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads the verdicts in force on the matches of a run, by number: of several on one match the newest.
    ///
    /// # Errors
    /// The database's.
    pub fn rulings(&self, run: RunId) -> Result<BTreeMap<usize, MatchRuling>, StoreError> {
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT j.payload_json, j.who, j.at_ms FROM journal j
             WHERE j.op = 'do' AND j.kind = 'matches' AND j.run_id = ?1 AND {IN_FORCE} ORDER BY j.id"
        ))?;
        let rows = select.query_map([run.0], |r| {
            Ok((r.get::<_, String>(0)?, r.get(1)?, r.get(2)?))
        })?;
        let mut out = BTreeMap::new();
        for row in rows {
            let (payload, who, at_ms) = row?;
            let written: WrittenRuling =
                serde_json::from_str(&payload).map_err(|e| unreadable(&e.to_string()))?;
            let verdict = MatchVerdict::parse(&written.verdict)
                .ok_or_else(|| unreadable(&written.verdict))?;
            let ruling = MatchRuling {
                verdict,
                who,
                at_ms,
            };
            out.insert(written.number, ruling);
        }
        Ok(out)
    }

    /// Hashes the verdicts in force on the matches in force, `None` where there is none.
    ///
    /// # Errors
    /// The database's.
    pub fn rulings_digest(&self) -> Result<Option<String>, StoreError> {
        let Some(run) = self.current_run("source_maps")? else {
            return Ok(None);
        };
        let rulings = self.rulings(run.id)?;
        if rulings.is_empty() {
            return Ok(None);
        }
        let mut hasher = ContentHasher::new();
        for (number, ruling) in &rulings {
            hasher
                .int(*number as i64)
                .text(ruling.verdict.code())
                .text(&ruling.who);
        }
        Ok(Some(hasher.finish()))
    }
}
