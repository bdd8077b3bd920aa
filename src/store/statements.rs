//! Answers of the annotator, statements, their sources and triples.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, params};

use super::documents::nation_of;
use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::ids::{DocId, RunId, StatementId, TopicId, TripleId};
use crate::base::language::Language;
use crate::base::sentences::Span;
use crate::domain::statement::{Speaker, SpeakerKind, Statement, StatementSet, Triple};

/// A statement about to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewStatement {
    /// Number within the run, from 0.
    pub number: i64,
    /// Its document.
    pub doc: DocId,
    /// The claim.
    pub text: String,
    /// Its passage, in characters of the body.
    pub passage: Span,
    /// Confidence.
    pub confidence: f64,
}

/// The set and speaker of a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceRecord {
    /// The statement.
    pub statement: StatementId,
    /// Its set.
    pub set: StatementSet,
    /// Who said it.
    pub speaker: Option<Speaker>,
}

impl Unit<'_> {
    /// Keeps an annotator's raw answer under its question's key.
    ///
    /// # Errors
    /// The database's.
    pub fn put_answer(
        &self,
        key: &str,
        task: &str,
        annotator: &str,
        json: &str,
    ) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT OR IGNORE INTO answer(key, task, annotator, json) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![key, task, annotator, json])?;
        Ok(())
    }

    /// Stores a statement.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_statement(&self, run: RunId, s: &NewStatement) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO statement(run_id, number, doc_id, text, start_char, end_char, confidence)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                run.0,
                s.number,
                s.doc.0,
                s.text,
                s.passage.start as i64,
                s.passage.end as i64,
                s.confidence
            ])?;
        Ok(())
    }

    /// Stores the set and speaker of a statement.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_source(&self, run: RunId, source: &SourceRecord) -> Result<(), StoreError> {
        let kind = source.speaker.as_ref().map(|s| match s.kind {
            SpeakerKind::Person => "person",
            SpeakerKind::Organization => "organization",
        });
        self.tx
            .prepare_cached(
                "INSERT INTO attribution(run_id, statement_id, statement_set, speaker, speaker_kind) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                run.0,
                source.statement.0,
                source.set.code(),
                source.speaker.as_ref().map(|s| s.name.as_str()),
                kind
            ])?;
        Ok(())
    }

    /// Stores a triple.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_triple(
        &self,
        run: RunId,
        statement: StatementId,
        question: &str,
        statement_text: &str,
        reverse: &str,
    ) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO triple(run_id, statement_id, question, statement_text, reverse) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![run.0, statement.0, question, statement_text, reverse])?;
        Ok(())
    }
}

fn speaker_from(name: Option<String>, kind: Option<&str>) -> Option<Speaker> {
    Some(Speaker {
        name: name?,
        kind: if kind == Some("organization") {
            SpeakerKind::Organization
        } else {
            SpeakerKind::Person
        },
    })
}

/// A statement's row with its nation still as text.
fn statement_from(row: &Row<'_>) -> rusqlite::Result<(Statement, String)> {
    let nation: String = row.get(2)?;
    let language: String = row.get(4)?;
    let set: Option<String> = row.get(9)?;
    let kind: Option<String> = row.get(11)?;
    Ok((
        Statement {
            id: StatementId(row.get(0)?),
            doc: DocId(row.get(1)?),
            nation: crate::domain::corpus::Nation::FIVE[0],
            topic: row.get::<_, Option<i64>>(3)?.map(TopicId),
            language: Language::parse(&language),
            text: row.get(5)?,
            passage: Span {
                start: row.get::<_, i64>(6)? as usize,
                end: row.get::<_, i64>(7)? as usize,
            },
            confidence: row.get(8)?,
            set: set
                .as_deref()
                .and_then(StatementSet::parse)
                .unwrap_or(StatementSet::Unattributed),
            speaker: speaker_from(row.get(10)?, kind.as_deref()),
            dropped: row.get(12)?,
        },
        nation,
    ))
}

impl Store {
    /// Looks an answer up by its question's key.
    ///
    /// # Errors
    /// The database's.
    pub fn answer(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT json FROM answer WHERE key = ?1")?
            .query_row([key], |r| r.get(0))
            .optional()?)
    }

    /// Counts the current statements by the number of their document's topic.
    ///
    /// # Errors
    /// The database's.
    pub fn n_statements_by_topic(&self) -> Result<BTreeMap<usize, usize>, StoreError> {
        let run = |stage: &str| -> Result<i64, StoreError> {
            Ok(self.current_run(stage)?.map_or(-1, |r| r.id.0))
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT g.number, COUNT(*) FROM statement s JOIN assignment g ON g.run_id = ?2 AND g.doc_id = s.doc_id
             WHERE s.run_id = ?1 GROUP BY g.number",
        )?;
        let rows = statement.query_map(params![run("extract")?, run("tag_outliers")?], |r| {
            Ok((r.get::<_, i64>(0)? as usize, r.get::<_, i64>(1)? as usize))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads the set of every current statement with its document.
    ///
    /// # Errors
    /// The database's.
    pub fn sets_by_document(&self) -> Result<Vec<(DocId, StatementSet)>, StoreError> {
        let run = |stage: &str| -> Result<i64, StoreError> {
            Ok(self.current_run(stage)?.map_or(-1, |r| r.id.0))
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT s.doc_id, a.statement_set FROM statement s
             JOIN attribution a ON a.run_id = ?2 AND a.statement_id = s.id WHERE s.run_id = ?1",
        )?;
        let rows = statement.query_map(params![run("extract")?, run("judge_source")?], |r| {
            Ok((DocId(r.get(0)?), r.get::<_, String>(1)?))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (doc, set) = row?;
            out.extend(StatementSet::parse(&set).map(|s| (doc, s)));
        }
        Ok(out)
    }

    /// Reads the current statements in order, with source, topic and whether reduction dropped them.
    ///
    /// # Errors
    /// The database's.
    pub fn statements(&self) -> Result<Vec<Statement>, StoreError> {
        let run = |stage: &str| -> Result<i64, StoreError> {
            Ok(self.current_run(stage)?.map_or(-1, |r| r.id.0))
        };
        let reduce = self.newest_run("reduce")?.map_or(-1, |r| r.id.0);
        let mut statement = self.connection.prepare_cached(
            "SELECT s.id, s.doc_id, d.nation, t.id, d.language, s.text, s.start_char, s.end_char, s.confidence,
                    a.statement_set, a.speaker, a.speaker_kind, x.statement_id IS NOT NULL
             FROM statement s JOIN document d ON d.id = s.doc_id
             LEFT JOIN assignment g ON g.run_id = ?2 AND g.doc_id = s.doc_id
             LEFT JOIN topic t ON t.run_id = ?3 AND t.number = g.number
             LEFT JOIN attribution a ON a.run_id = ?4 AND a.statement_id = s.id
             LEFT JOIN dropped x ON x.run_id = ?5 AND x.statement_id = s.id
             WHERE s.run_id = ?1 ORDER BY s.number",
        )?;
        let rows = statement.query_map(
            params![
                run("extract")?,
                run("tag_outliers")?,
                run("describe")?,
                run("judge_source")?,
                reduce
            ],
            statement_from,
        )?;
        let mut out = Vec::new();
        for row in rows {
            let (mut s, nation) = row?;
            s.nation = nation_of(&nation)?;
            out.push(s);
        }
        if !self.topic_steps()?.is_empty() {
            let ids: BTreeMap<usize, TopicId> =
                self.topics()?.iter().map(|t| (t.number, t.id)).collect();
            let of_doc: BTreeMap<DocId, usize> = self
                .assignments()?
                .iter()
                .map(|a| (a.doc, a.number))
                .collect();
            for s in &mut out {
                s.topic = of_doc
                    .get(&s.doc)
                    .and_then(|number| ids.get(number))
                    .copied();
            }
        }
        Ok(out)
    }

    /// Reads the current triples in order of their statements.
    ///
    /// # Errors
    /// The database's.
    pub fn triples(&self) -> Result<Vec<Triple>, StoreError> {
        let run = self.current_run("triples")?.map_or(-1, |r| r.id.0);
        let mut statement = self.connection.prepare_cached(
            "SELECT id, statement_id, question, statement_text, reverse FROM triple WHERE run_id = ?1 ORDER BY statement_id",
        )?;
        let rows = statement.query_map([run], |r| {
            Ok(Triple {
                id: TripleId(r.get(0)?),
                statement: StatementId(r.get(1)?),
                question: r.get(2)?,
                statement_text: r.get(3)?,
                reverse: r.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
