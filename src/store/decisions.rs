//! The record of decisions: rows that are only added, chained by hash, and what breaks the chain.
//!
//! Each row's hash covers the hash of the row before it, of the same run, and every column of its own. The
//! first hangs on what the run is made of. Where the chain ends stands beside it, so that rows cut off at
//! the end are missed as well. Whoever rewrites the whole chain with this program's own means leaves
//! another head: one that was written down elsewhere tells.

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params, params_from_iter};

use super::conflicts::last_closed_round;
use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::hash::ContentHasher;
use crate::base::ids::{DecisionId, EdgeId, RunId};
use crate::domain::conflict::{Decision, Verdict};

/// A decision about to be added to the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewDecision<'a> {
    /// The edge.
    pub edge: EdgeId,
    /// Round it was flagged in.
    pub round: u32,
    /// The verdict.
    pub verdict: Verdict,
    /// Who decided.
    pub reviewer: &'a str,
    /// The reason, may be empty.
    pub note: &'a str,
    /// When, in milliseconds since 1970.
    pub decided_ms: i64,
    /// Milliseconds spent on the edge, `None` where nobody measured.
    pub spent_ms: Option<i64>,
    /// Decides over what the reviewers say.
    pub adjudicates: bool,
    /// Words of the rule that made it, may be empty.
    pub rule: &'a str,
}

/// Where the record of a run ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainHead {
    /// Rows.
    pub n_rows: usize,
    /// Hash of the last row; of a record without rows what the first one will hang on.
    pub head: String,
}

/// The first place where a record is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainBreak {
    /// A row, or what came before it, is not what its hash says.
    #[error(
        "decision {row} (number {number} of the record) was changed, or a row before it taken out or put in"
    )]
    Row {
        /// The row.
        row: DecisionId,
        /// Its place in the record, from 1.
        number: usize,
    },
    /// The record ends elsewhere.
    #[error(
        "the record ends after {n_found} decisions, where {n_expected} were written: rows at its end were taken out or put in"
    )]
    End {
        /// Rows found.
        n_found: usize,
        /// Rows written.
        n_expected: usize,
    },
}

/// A record after a walk along its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The run.
    pub run: RunId,
    /// Where it ends, as found.
    pub head: ChainHead,
    /// The first place where it breaks.
    pub broken: Option<ChainBreak>,
}

/// Columns in the order they are hashed and stored in.
const COLUMNS: &str = "id, run_id, round, edge_id, verdict, verdict_before, reviewer, note, decided_ms, spent_ms, adjudicates, rule";

/// How many columns these are.
const N_COLUMNS: usize = 12;

/// Returns what the first row of a run hangs on.
fn genesis(connection: &Connection, run: RunId) -> Result<String, StoreError> {
    let mut hasher = ContentHasher::new();
    hasher.text("decisions");
    connection
        .prepare_cached("SELECT stage, params_json, seed, input_hash FROM run WHERE id = ?1")?
        .query_row([run.0], |r| {
            for i in 0..4 {
                hash_value(&mut hasher, r.get_ref(i)?);
            }
            Ok(())
        })?;
    Ok(hasher.finish())
}

fn hash_value(hasher: &mut ContentHasher, value: ValueRef<'_>) {
    // The type counts as well: a number that became its own digits is another row.
    match value {
        ValueRef::Null => hasher.text("null"),
        ValueRef::Integer(n) => hasher.text("int").int(n),
        ValueRef::Real(x) => hasher.text("real").real(x),
        ValueRef::Text(bytes) => hasher.text("text").bytes(bytes),
        ValueRef::Blob(bytes) => hasher.text("blob").bytes(bytes),
    };
}

/// Returns the hash of a row whose columns stand in the order of [`COLUMNS`].
fn row_hash(
    previous: &str,
    column: impl Fn(usize) -> rusqlite::Result<Value>,
) -> rusqlite::Result<String> {
    let mut hasher = ContentHasher::new();
    hasher.text(previous);
    for i in 0..N_COLUMNS {
        hash_value(&mut hasher, ValueRef::from(&column(i)?));
    }
    Ok(hasher.finish())
}

fn head_of(connection: &Connection, run: RunId) -> Result<ChainHead, StoreError> {
    let stored = connection
        .prepare_cached("SELECT n_rows, head FROM decision_chain WHERE run_id = ?1")?
        .query_row([run.0], |r| {
            Ok(ChainHead {
                n_rows: r.get::<_, i64>(0)?.max(0) as usize,
                head: r.get(1)?,
            })
        })
        .optional()?;
    match stored {
        Some(head) => Ok(head),
        None => Ok(ChainHead {
            n_rows: 0,
            head: genesis(connection, run)?,
        }),
    }
}

fn put_head(connection: &Connection, run: RunId, head: &ChainHead) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO decision_chain(run_id, n_rows, head) VALUES (?1, ?2, ?3)
             ON CONFLICT(run_id) DO UPDATE SET n_rows = ?2, head = ?3",
        )?
        .execute(params![run.0, head.n_rows as i64, head.head])?;
    Ok(())
}

/// Chains the rows of a project from before there were chains; part of the migration.
pub(super) fn chain_all(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute_batch(
        "UPDATE decision SET verdict_before =
           (SELECT CASE p.verdict WHEN 'undo' THEN NULL ELSE p.verdict END FROM decision p
            WHERE p.run_id = decision.run_id AND p.edge_id = decision.edge_id AND p.round = decision.round
              AND p.reviewer = decision.reviewer AND p.id < decision.id ORDER BY p.id DESC LIMIT 1)",
    )?;
    let runs: Vec<i64> = tx
        .prepare("SELECT DISTINCT run_id FROM decision ORDER BY run_id")?
        .query_map([], |r| r.get(0))?
        .collect::<Result<_, _>>()?;
    for run in runs.into_iter().map(RunId) {
        let mut head = head_of(tx, run)?;
        let mut select = tx.prepare(&format!(
            "SELECT {COLUMNS} FROM decision WHERE run_id = ?1 ORDER BY id"
        ))?;
        let mut update = tx.prepare("UPDATE decision SET hash = ?2 WHERE id = ?1")?;
        let mut rows = select.query([run.0])?;
        while let Some(row) = rows.next()? {
            head = ChainHead {
                n_rows: head.n_rows + 1,
                head: row_hash(&head.head, |i| row.get(i))?,
            };
            update.execute(params![row.get::<_, i64>(0)?, head.head])?;
        }
        put_head(tx, run, &head)?;
    }
    tx.execute_batch(
        "CREATE TRIGGER decision_stays BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;",
    )?;
    Ok(())
}

impl Unit<'_> {
    /// Adds a decision to the record of a run and returns its row.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_decision(
        &self,
        run: RunId,
        d: &NewDecision<'_>,
    ) -> Result<DecisionId, StoreError> {
        let before: Option<String> = self
            .tx
            .prepare_cached(
                "SELECT verdict FROM decision WHERE run_id = ?1 AND edge_id = ?2 AND round = ?3 AND reviewer = ?4
                 AND adjudicates = ?5 ORDER BY id DESC LIMIT 1",
            )?
            .query_row(
                params![run.0, d.edge.0, d.round, d.reviewer, d.adjudicates],
                |r| r.get(0),
            )
            .optional()?;
        let before = before.filter(|code| code != Verdict::Undo.code());
        // Rows are never taken out, so this is the number the database would give.
        let id: i64 = self
            .tx
            .prepare_cached(
                "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'decision'), 0) + 1",
            )?
            .query_row([], |r| r.get(0))?;
        let text = |of: &str| Value::Text(of.to_owned());
        let mut values = vec![
            Value::Integer(id),
            Value::Integer(run.0),
            Value::Integer(i64::from(d.round)),
            Value::Integer(d.edge.0),
            text(d.verdict.code()),
            before.map_or(Value::Null, Value::Text),
            text(d.reviewer),
            text(d.note),
            Value::Integer(d.decided_ms),
            d.spent_ms.map_or(Value::Null, Value::Integer),
            Value::Integer(i64::from(d.adjudicates)),
            text(d.rule),
        ];
        let head = head_of(&self.tx, run)?;
        let hash = row_hash(&head.head, |i| {
            Ok(values.get(i).cloned().unwrap_or(Value::Null))
        })?;
        values.push(text(&hash));
        self.tx
            .prepare_cached(&format!(
                "INSERT INTO decision({COLUMNS}, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
            ))?
            .execute(params_from_iter(values))?;
        let head = ChainHead {
            n_rows: head.n_rows + 1,
            head: hash,
        };
        put_head(&self.tx, run, &head)?;
        Ok(DecisionId(id))
    }

    /// Returns where the record of a run ends, as this unit of work finds it.
    ///
    /// # Errors
    /// The database's.
    pub fn decision_head(&self, run: RunId) -> Result<ChainHead, StoreError> {
        head_of(&self.tx, run)
    }

    /// Returns the newest closed round of a reduction run, as this unit of work finds it; 0 before the first.
    ///
    /// # Errors
    /// The database's.
    pub fn last_closed_round(&self, run: RunId) -> Result<u32, StoreError> {
        last_closed_round(&self.tx, run)
    }
}

fn decision_from(row: &Row<'_>) -> rusqlite::Result<(Decision, String, Option<String>)> {
    Ok((
        Decision {
            id: DecisionId(row.get(0)?),
            round: row.get(2)?,
            edge: EdgeId(row.get(3)?),
            verdict: Verdict::Keep,
            before: None,
            reviewer: row.get(6)?,
            note: row.get(7)?,
            decided_ms: row.get(8)?,
            spent_ms: row.get(9)?,
            adjudicates: row.get(10)?,
            rule: row.get(11)?,
        },
        row.get(4)?,
        row.get(5)?,
    ))
}

fn verdict(code: String) -> Result<Verdict, StoreError> {
    Verdict::parse(&code).ok_or(StoreError::Unreadable {
        what: "verdict",
        value: code,
    })
}

impl Store {
    /// Reads the record of decisions of a reduction run, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn decisions(&self, run: RunId) -> Result<Vec<Decision>, StoreError> {
        self.decisions_where(run, None, DecisionId(0))
    }

    /// Reads the decisions of one round, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn decisions_of_round(&self, run: RunId, round: u32) -> Result<Vec<Decision>, StoreError> {
        self.decisions_where(run, Some(round), DecisionId(0))
    }

    /// Reads the decisions that were added after one, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn decisions_after(
        &self,
        run: RunId,
        after: DecisionId,
    ) -> Result<Vec<Decision>, StoreError> {
        self.decisions_where(run, None, after)
    }

    fn decisions_where(
        &self,
        run: RunId,
        round: Option<u32>,
        after: DecisionId,
    ) -> Result<Vec<Decision>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM decision WHERE run_id = ?1 AND (?2 IS NULL OR round = ?2) AND id > ?3 ORDER BY id"
        ))?;
        let mut out = Vec::new();
        for row in statement.query_map(params![run.0, round, after.0], decision_from)? {
            let (mut decision, code, before) = row?;
            decision.verdict = verdict(code)?;
            decision.before = before.map(verdict).transpose()?;
            out.push(decision);
        }
        Ok(out)
    }

    /// Returns where the record of a run ends.
    ///
    /// # Errors
    /// The database's.
    pub fn decision_head(&self, run: RunId) -> Result<ChainHead, StoreError> {
        head_of(&self.connection, run)
    }

    /// Returns the hash of every row of a run's record, in its order.
    ///
    /// # Errors
    /// The database's.
    pub fn decision_hashes(&self, run: RunId) -> Result<Vec<String>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT hash FROM decision WHERE run_id = ?1 ORDER BY id")?;
        let rows = statement.query_map([run.0], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Walks along the records of all runs that have one, or should, oldest run first.
    ///
    /// Columns are read as they are, so that one whose value makes no sense any more is found as well.
    ///
    /// # Errors
    /// The database's.
    pub fn check_chains(&self) -> Result<Vec<Chain>, StoreError> {
        let runs: Vec<i64> = self
            .connection
            .prepare_cached(
                "SELECT run_id FROM decision UNION SELECT run_id FROM decision_chain ORDER BY 1",
            )?
            .query_map([], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        runs.into_iter()
            .map(|run| self.check_chain(RunId(run)))
            .collect()
    }

    fn check_chain(&self, run: RunId) -> Result<Chain, StoreError> {
        // A row that was moved to a run there never was has nothing to hang on.
        let mut head = match genesis(&self.connection, run) {
            Err(StoreError::Database(rusqlite::Error::QueryReturnedNoRows)) => String::new(),
            other => other?,
        };
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT {COLUMNS}, hash FROM decision WHERE run_id = ?1 ORDER BY id"
        ))?;
        let mut rows = select.query([run.0])?;
        let mut n_rows = 0;
        let mut broken = None;
        while let Some(row) = rows.next()? {
            n_rows += 1;
            let expected = row_hash(&head, |i| row.get(i))?;
            let stored = match row.get_ref(N_COLUMNS)? {
                ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                _ => String::new(),
            };
            if stored != expected && broken.is_none() {
                broken = Some(ChainBreak::Row {
                    row: DecisionId(row.get(0)?),
                    number: n_rows,
                });
            }
            head = stored;
        }
        let found = ChainHead { n_rows, head };
        let written = self
            .connection
            .prepare_cached("SELECT n_rows, head FROM decision_chain WHERE run_id = ?1")?
            .query_row([run.0], |r| {
                Ok((r.get::<_, Value>(0)?, r.get::<_, Value>(1)?))
            })
            .optional()?;
        let n_expected = match &written {
            Some((Value::Integer(n), _)) => (*n).max(0) as usize,
            _ => 0,
        };
        let ends_there = written
            .as_ref()
            .is_some_and(|(_, head)| *head == Value::Text(found.head.clone()));
        if broken.is_none() && !(ends_there && n_expected == n_rows) {
            broken = Some(ChainBreak::End {
                n_found: n_rows,
                n_expected,
            });
        }
        Ok(Chain {
            run,
            head: found,
            broken,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests;
