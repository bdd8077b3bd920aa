//! Runs of stages, their finished units, failures, measures and the list of events.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Row, params};

use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::ids::RunId;
use crate::domain::run::Run;

/// What identifies a run: two runs with equal fields have equal results.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRun<'a> {
    /// Name of the stage.
    pub stage: &'a str,
    /// What of several of its kind it is about; empty for the pipeline's own stages.
    pub subject: &'a str,
    /// Version of the stage.
    pub stage_version: u32,
    /// Parameters as canonical JSON text.
    pub params_json: &'a str,
    /// Seed.
    pub seed: u64,
    /// Hash of everything it reads.
    pub input_hash: &'a str,
}

/// Something that could not be worked on, with its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureRecord {
    /// Stage.
    pub stage: String,
    /// What it is about.
    pub subject: String,
    /// Why.
    pub reason: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRecord {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What.
    pub what: String,
    /// More.
    pub detail: String,
}

const RUN_COLUMNS: &str =
    "id, stage, stage_version, params_json, seed, input_hash, output_hash, subject";

fn run_from(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        id: RunId(row.get(0)?),
        stage: row.get(1)?,
        stage_version: row.get(2)?,
        params_json: row.get(3)?,
        seed: row.get::<_, i64>(4)? as u64,
        input_hash: row.get(5)?,
        output_hash: row.get(6)?,
        subject: row.get(7)?,
    })
}

impl Store {
    /// Finds the run of these fields, finished or not, or begins it.
    ///
    /// # Errors
    /// The database's.
    pub fn begin_run(&mut self, new: &NewRun<'_>, now_ms: i64) -> Result<Run, StoreError> {
        if let Some(run) = self.find_run(new)? {
            let newest = self.newest_run(new.stage)?.map(|r| r.id);
            if new.subject.is_empty() && newest != Some(run.id) {
                self.write(|unit| unit.take_up_run(&run))?;
            }
            return Ok(run);
        }
        self.write(|unit| {
            unit.tx.execute(
                "INSERT INTO run(stage, stage_version, params_json, seed, input_hash, started_ms, subject) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    new.stage,
                    new.stage_version,
                    new.params_json,
                    new.seed as i64,
                    new.input_hash,
                    now_ms,
                    new.subject
                ],
            )?;
            let run = Run {
                id: RunId(unit.tx.last_insert_rowid()),
                stage: new.stage.to_owned(),
                subject: new.subject.to_owned(),
                stage_version: new.stage_version,
                params_json: new.params_json.to_owned(),
                seed: new.seed,
                input_hash: new.input_hash.to_owned(),
                output_hash: None,
            };
            unit.take_up_run(&run)?;
            Ok(run)
        })
    }

    /// Finds the newest run of these fields.
    ///
    /// # Errors
    /// The database's.
    pub fn find_run(&self, new: &NewRun<'_>) -> Result<Option<Run>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(&format!(
                "SELECT {RUN_COLUMNS} FROM run WHERE stage = ?1 AND stage_version = ?2 AND params_json = ?3 AND seed = ?4
                 AND input_hash = ?5 AND subject = ?6 ORDER BY id DESC LIMIT 1"
            ))?
            .query_row(
                params![
                    new.stage,
                    new.stage_version,
                    new.params_json,
                    new.seed as i64,
                    new.input_hash,
                    new.subject
                ],
                run_from,
            )
            .optional()?)
    }

    /// Reads the run whose results the project shows for a stage, or for a stage and subject; see [`Run::slot`].
    ///
    /// # Errors
    /// The database's.
    pub fn current_run(&self, slot: &str) -> Result<Option<Run>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(&format!(
                "SELECT {RUN_COLUMNS} FROM run WHERE id = (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'current.' || ?1)"
            ))?
            .query_row([slot], run_from)
            .optional()?)
    }

    /// Reads the run of a stage that was begun, taken up again or shown last, finished or not.
    ///
    /// This is mostly the one begun last. It is an older one where its input came back, e.g. because an
    /// edit of topics was undone.
    ///
    /// # Errors
    /// The database's.
    pub fn newest_run(&self, stage: &str) -> Result<Option<Run>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(&format!(
                "SELECT {RUN_COLUMNS} FROM run WHERE stage = ?1 ORDER BY
                 id IS (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'newest.' || ?1) DESC, id DESC LIMIT 1"
            ))?
            .query_row([stage], run_from)
            .optional()?)
    }

    /// Reads the runs whose results the project shows for a stage that has one per subject, by subject.
    ///
    /// # Errors
    /// The database's.
    pub fn current_runs_of(&self, stage: &str) -> Result<Vec<Run>, StoreError> {
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT {RUN_COLUMNS} FROM run WHERE stage = ?1 AND id IN
             (SELECT CAST(value AS INTEGER) FROM meta WHERE key LIKE 'current.' || ?1 || '/%') ORDER BY subject"
        ))?;
        let rows = select.query_map([stage], run_from)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads a run by its id.
    ///
    /// # Errors
    /// The database's.
    pub fn run(&self, id: RunId) -> Result<Option<Run>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM run WHERE id = ?1"))?
            .query_row([id.0], run_from)
            .optional()?)
    }

    /// Reads the numbers of a run's finished units.
    ///
    /// # Errors
    /// The database's.
    pub fn done_units(&self, run: RunId) -> Result<BTreeSet<i64>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT number FROM unit WHERE run_id = ?1")?;
        let rows = statement.query_map([run.0], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads a measured number of a run.
    ///
    /// # Errors
    /// The database's.
    pub fn measure(&self, run: RunId, name: &str) -> Result<Option<f64>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT value FROM measure WHERE run_id = ?1 AND name = ?2")?
            .query_row(params![run.0, name], |r| r.get(0))
            .optional()?)
    }

    /// Reads the failures of all current runs, at most `limit`.
    ///
    /// # Errors
    /// The database's.
    pub fn failures(&self, limit: usize) -> Result<Vec<FailureRecord>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT stage, subject, reason FROM failure
             WHERE run_id IN (SELECT CAST(value AS INTEGER) FROM meta WHERE key LIKE 'current.%') ORDER BY id LIMIT ?1",
        )?;
        let rows = statement.query_map([limit as i64], |r| {
            Ok(FailureRecord {
                stage: r.get(0)?,
                subject: r.get(1)?,
                reason: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads the newest events, newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn events(&self, limit: usize) -> Result<Vec<EventRecord>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT at_ms, what, detail FROM event ORDER BY id DESC LIMIT ?1")?;
        let rows = statement.query_map([limit as i64], |r| {
            Ok(EventRecord {
                at_ms: r.get(0)?,
                what: r.get(1)?,
                detail: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Unit<'_> {
    /// Marks a run as finished and shows its results for its stage.
    ///
    /// # Errors
    /// The database's.
    pub fn finish_run(&self, run: &Run, output_hash: &str, now_ms: i64) -> Result<(), StoreError> {
        self.tx.execute(
            "UPDATE run SET output_hash = ?2, finished_ms = ?3 WHERE id = ?1",
            params![run.id.0, output_hash, now_ms],
        )?;
        self.show_run(run)
    }

    /// Shows a run's results for its stage.
    ///
    /// # Errors
    /// The database's.
    pub fn show_run(&self, run: &Run) -> Result<(), StoreError> {
        self.set_meta(&format!("current.{}", run.slot()), &run.id.to_string())?;
        self.take_up_run(run)
    }

    /// Makes a run the newest of its stage, whenever it was begun. Runs with a subject have no newest.
    fn take_up_run(&self, run: &Run) -> Result<(), StoreError> {
        if run.subject.is_empty() {
            self.set_meta(&format!("newest.{}", run.stage), &run.id.to_string())?;
        }
        Ok(())
    }

    /// Marks a unit of a run as done.
    ///
    /// # Errors
    /// The database's.
    pub fn finish_unit(&self, run: RunId, number: i64) -> Result<(), StoreError> {
        self.tx
            .prepare_cached("INSERT INTO unit(run_id, number) VALUES (?1, ?2)")?
            .execute(params![run.0, number])?;
        Ok(())
    }

    /// Stores a measured number of a run.
    ///
    /// # Errors
    /// The database's.
    pub fn put_measure(&self, run: RunId, name: &str, value: f64) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT OR REPLACE INTO measure(run_id, name, value) VALUES (?1, ?2, ?3)",
            params![run.0, name, value],
        )?;
        Ok(())
    }

    /// Stores that something could not be worked on.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_failure(&self, run: RunId, failure: &FailureRecord) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO failure(run_id, stage, subject, reason) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                run.0,
                failure.stage,
                failure.subject,
                failure.reason
            ])?;
        Ok(())
    }

    /// Stores that something happened.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_event(&self, now_ms: i64, what: &str, detail: &str) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT INTO event(at_ms, what, detail) VALUES (?1, ?2, ?3)",
            params![now_ms, what, detail],
        )?;
        Ok(())
    }
}
