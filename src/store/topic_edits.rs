//! Edits of topics in the journal: stored with what they make of the topics, read back as they stand.

use rusqlite::{Connection, OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::journal::{NewStep, StepOf};
use super::open::{Store, Unit};
use crate::base::ids::{DocId, RunId, StepId};
use crate::domain::journal::{Step, StepKind};
use crate::domain::topic::TermWeight;
use crate::domain::topic_edit::{
    Clustering, HistoryLine, Scope, Standing, TopicEdit, TopicFacts, TopicStep, digest,
};

/// An edit as it stands in the journal.
#[derive(Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
enum WrittenEdit {
    Rename {
        topic: usize,
        label: String,
    },
    Merge {
        into: usize,
        from: Vec<usize>,
    },
    Split {
        topic: usize,
        docs: Vec<i64>,
        label: String,
    },
    Overrule {
        topic: usize,
        value_related: bool,
        reason: String,
    },
    MoveDocs {
        docs: Vec<i64>,
        to: Option<usize>,
    },
}

#[derive(Serialize, Deserialize)]
struct WrittenFacts {
    number: usize,
    terms: Vec<(String, WrittenReal)>,
    mmr_terms: Vec<String>,
    /// Missing in edits from before there were such words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keybert_terms: Vec<String>,
    central_docs: Vec<i64>,
    entropy: WrittenReal,
    divergence_nats: WrittenReal,
}

/// A number by its bits: what is read back hashes as what was computed.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct WrittenReal(u64);

#[derive(Serialize, Deserialize)]
struct WrittenStep {
    #[serde(flatten)]
    edit: WrittenEdit,
    facts: Vec<WrittenFacts>,
}

impl WrittenReal {
    fn of(value: f64) -> Self {
        Self(value.to_bits())
    }

    fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

fn ids(docs: &[DocId]) -> Vec<i64> {
    docs.iter().map(|d| d.0).collect()
}

fn docs(ids: Vec<i64>) -> Vec<DocId> {
    ids.into_iter().map(DocId).collect()
}

impl WrittenStep {
    fn of(edit: &TopicEdit, facts: &[TopicFacts]) -> Self {
        Self {
            edit: match edit.clone() {
                TopicEdit::Rename { topic, label } => WrittenEdit::Rename { topic, label },
                TopicEdit::Merge { into, from } => WrittenEdit::Merge { into, from },
                TopicEdit::Split { topic, docs, label } => WrittenEdit::Split {
                    topic,
                    docs: ids(&docs),
                    label,
                },
                TopicEdit::Overrule {
                    topic,
                    value_related,
                    reason,
                } => WrittenEdit::Overrule {
                    topic,
                    value_related,
                    reason,
                },
                TopicEdit::MoveDocs { docs, to } => WrittenEdit::MoveDocs {
                    docs: ids(&docs),
                    to,
                },
            },
            facts: facts
                .iter()
                .map(|f| WrittenFacts {
                    number: f.number,
                    terms: f
                        .terms
                        .iter()
                        .map(|t| (t.term.clone(), WrittenReal::of(t.weight)))
                        .collect(),
                    mmr_terms: f.mmr_terms.clone(),
                    keybert_terms: f.keybert_terms.clone(),
                    central_docs: ids(&f.central_docs),
                    entropy: WrittenReal::of(f.spread_entropy),
                    divergence_nats: WrittenReal::of(f.divergence_nats),
                })
                .collect(),
        }
    }

    fn read(self) -> (TopicEdit, Vec<TopicFacts>) {
        let edit = match self.edit {
            WrittenEdit::Rename { topic, label } => TopicEdit::Rename { topic, label },
            WrittenEdit::Merge { into, from } => TopicEdit::Merge { into, from },
            WrittenEdit::Split {
                topic,
                docs: of,
                label,
            } => TopicEdit::Split {
                topic,
                docs: docs(of),
                label,
            },
            WrittenEdit::Overrule {
                topic,
                value_related,
                reason,
            } => TopicEdit::Overrule {
                topic,
                value_related,
                reason,
            },
            WrittenEdit::MoveDocs { docs: of, to } => TopicEdit::MoveDocs { docs: docs(of), to },
        };
        let facts = self
            .facts
            .into_iter()
            .map(|f| TopicFacts {
                number: f.number,
                terms: f
                    .terms
                    .into_iter()
                    .map(|(term, weight)| TermWeight {
                        term,
                        weight: weight.value(),
                    })
                    .collect(),
                mmr_terms: f.mmr_terms,
                keybert_terms: f.keybert_terms,
                central_docs: docs(f.central_docs),
                spread_entropy: f.entropy.value(),
                divergence_nats: f.divergence_nats.value(),
            })
            .collect();
        (edit, facts)
    }
}

/// Tells whether a step was not taken back since it was last done.
pub(super) const IN_FORCE: &str = "COALESCE((SELECT t.op FROM journal t WHERE t.step = j.id ORDER BY t.id DESC LIMIT 1), 'redo') = 'redo'";

/// The columns that [`ReadStep::of`] reads, first in their row.
const STEP: &str = "j.id, j.run_id, j.assignment_run_id, j.payload_json, j.who, j.at_ms";

/// How many columns [`STEP`] names.
const STEP_COLUMNS: usize = 6;

/// A step as it was read, its payload not taken apart yet.
struct ReadStep {
    id: StepId,
    of: Clustering,
    payload: String,
    who: String,
    at_ms: i64,
}

impl ReadStep {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: StepId(row.get(0)?),
            of: Clustering {
                topics: RunId(row.get(1)?),
                assignments: RunId(row.get(2)?),
            },
            payload: row.get(3)?,
            who: row.get(4)?,
            at_ms: row.get(5)?,
        })
    }

    fn whole(self) -> Result<TopicStep, StoreError> {
        let written: WrittenStep = serde_json::from_str(&self.payload).map_err(unwritable)?;
        let (edit, facts) = written.read();
        Ok(TopicStep {
            id: self.id,
            of: self.of,
            edit,
            facts,
            who: self.who,
            at_ms: self.at_ms,
        })
    }
}

fn clustering(connection: &Connection) -> Result<Option<Clustering>, StoreError> {
    let current = |stage: &str| -> Result<Option<RunId>, StoreError> {
        Ok(connection
            .prepare_cached("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'current.' || ?1")?
            .query_row([stage], |r| r.get(0).map(RunId))
            .optional()?)
    };
    Ok(current("describe")?
        .zip(current("tag_outliers")?)
        .map(|(topics, assignments)| Clustering {
            topics,
            assignments,
        }))
}

impl Unit<'_> {
    /// Adds an edit of topics with what it makes of them.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_topic_edit(
        &self,
        of: Clustering,
        edit: &TopicEdit,
        facts: &[TopicFacts],
        sentence: &str,
        who: &str,
        at_ms: i64,
    ) -> Result<Step, StoreError> {
        let payload = serde_json::to_string(&WrittenStep::of(edit, facts)).map_err(unwritable)?;
        self.insert_step(&NewStep {
            kind: StepKind::Topics,
            of: Some(StepOf::Clustering(of)),
            sentence,
            payload_json: &payload,
            who,
            at_ms,
        })
    }

    /// Names the clustering in force, as [`Store::clustering`].
    ///
    /// # Errors
    /// The database's.
    pub fn clustering(&self) -> Result<Option<Clustering>, StoreError> {
        clustering(&self.tx)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands where an error is turned into another"
)]
fn unwritable(error: serde_json::Error) -> StoreError {
    StoreError::Unreadable {
        what: "topic edit",
        value: error.to_string(),
    }
}

impl Store {
    /// Names the clustering in force, `None` before there are topics.
    ///
    /// # Errors
    /// The database's.
    pub fn clustering(&self) -> Result<Option<Clustering>, StoreError> {
        clustering(&self.connection)
    }

    /// Reads the edits in force of the topics in force, oldest first.
    ///
    /// Edits of an earlier clustering are not among them; those made before the same topics were described
    /// again are, since numbers come with the assignments. Between [`Store::pin_topic_edits`] and
    /// [`Store::unpin_topic_edits`] these are the ones that were in force then.
    ///
    /// # Errors
    /// The database's.
    pub fn topic_steps(&self) -> Result<Vec<TopicStep>, StoreError> {
        let Some(of) = self.clustering()? else {
            return Ok(Vec::new());
        };
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT {STEP}, {IN_FORCE} FROM journal j
             WHERE j.op = 'do' AND j.kind = 'topics' AND j.assignment_run_id = ?1 ORDER BY j.id"
        ))?;
        let rows = select.query_map([of.assignments.0], |r| {
            Ok((ReadStep::of(r)?, r.get::<_, bool>(STEP_COLUMNS)?))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (step, in_force) = row?;
            let counts = self
                .pinned_edits
                .as_ref()
                .map_or(in_force, |pinned| pinned.binary_search(&step.id).is_ok());
            if counts {
                out.push(step.whole()?);
            }
        }
        Ok(out)
    }

    /// Hashes the edits in force, `None` where none is in scope.
    ///
    /// # Errors
    /// The database's.
    pub fn topic_edits_digest(&self, scope: Scope) -> Result<Option<String>, StoreError> {
        Ok(digest(&self.topic_steps()?, scope))
    }

    /// Reads every edit of topics with whether it counts, newest first, at most `limit`.
    ///
    /// # Errors
    /// The database's.
    pub fn topic_history(&self, limit: usize) -> Result<Vec<(HistoryLine, TopicStep)>, StoreError> {
        let now = self.clustering()?;
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT {STEP}, {IN_FORCE}, j.sentence
             FROM journal j WHERE j.op = 'do' AND j.kind = 'topics' AND j.run_id IS NOT NULL ORDER BY j.id DESC LIMIT ?1"
        ))?;
        let rows = select.query_map([limit as i64], |r| {
            Ok((
                ReadStep::of(r)?,
                r.get::<_, bool>(STEP_COLUMNS)?,
                r.get::<_, String>(STEP_COLUMNS + 1)?,
            ))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (step, in_force, sentence) = row?;
            let is_of_now = now.is_some_and(|n| n.assignments == step.of.assignments);
            let standing = match (in_force, is_of_now) {
                (false, _) => Standing::Undone,
                (true, true) => Standing::InForce,
                (true, false) => Standing::EarlierClustering,
            };
            let line = HistoryLine {
                at_ms: step.at_ms,
                who: step.who.clone(),
                sentence,
                standing,
            };
            out.push((line, step.whole()?));
        }
        Ok(out)
    }

    /// Keeps to the edits in force now, whatever is edited or undone beside this connection, so that
    /// work that takes long reads one state of the topics from its beginning to its end.
    ///
    /// # Errors
    /// The database's.
    pub fn pin_topic_edits(&mut self) -> Result<(), StoreError> {
        // Those of every clustering, since the work may put another in force.
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT j.id FROM journal j WHERE j.op = 'do' AND j.kind = 'topics' AND j.run_id IS NOT NULL AND {IN_FORCE} ORDER BY j.id"
        ))?;
        let ids = select
            .query_map([], |r| r.get(0).map(StepId))?
            .collect::<Result<Vec<_>, _>>()?;
        drop(select);
        self.pinned_edits = Some(ids);
        Ok(())
    }

    /// Reads the edits as they are from now on.
    pub fn unpin_topic_edits(&mut self) {
        self.pinned_edits = None;
    }
}
