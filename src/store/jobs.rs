//! Stored jobs: a row before there is a thread.

use rusqlite::{OptionalExtension, Row, params};

use super::error::StoreError;
use super::open::Store;
use crate::base::ids::{JobId, RunId};
use crate::domain::job_progress::JobState;

/// A job about to be queued.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob<'a> {
    /// Stage.
    pub stage: &'a str,
    /// What of several of its kind it is about; empty for the pipeline's own stages.
    pub subject: &'a str,
    /// Parameters as JSON text.
    pub params_json: &'a str,
    /// Seed.
    pub seed: u64,
    /// Version of the stage.
    pub stage_version: u32,
}

/// A stored job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRecord {
    /// Identity.
    pub id: JobId,
    /// Stage.
    pub stage: String,
    /// What of several of its kind it is about; empty for the pipeline's own stages.
    pub subject: String,
    /// Where it stands.
    pub state: JobState,
    /// Parameters as JSON text.
    pub params_json: String,
    /// Seed.
    pub seed: u64,
    /// Version of the stage.
    pub stage_version: u32,
    /// When it was queued, in milliseconds since 1970.
    pub queued_ms: i64,
    /// When it last began.
    pub started_ms: Option<i64>,
    /// When it last ended.
    pub finished_ms: Option<i64>,
    /// How often it was begun.
    pub n_attempts: u32,
    /// Error or remark.
    pub message: String,
    /// The run it writes, once it has begun one.
    pub run: Option<RunId>,
}

const JOB_COLUMNS: &str = "id, stage, state, params_json, seed, stage_version, queued_ms, started_ms, finished_ms, n_attempts, message, subject, run_id";

fn job_from(row: &Row<'_>) -> rusqlite::Result<JobRecord> {
    let state: String = row.get(2)?;
    Ok(JobRecord {
        id: JobId(row.get(0)?),
        stage: row.get(1)?,
        state: JobState::parse(&state).unwrap_or(JobState::Failed),
        params_json: row.get(3)?,
        seed: row.get::<_, i64>(4)? as u64,
        stage_version: row.get(5)?,
        queued_ms: row.get(6)?,
        started_ms: row.get(7)?,
        finished_ms: row.get(8)?,
        n_attempts: row.get(9)?,
        message: row.get(10)?,
        subject: row.get(11)?,
        run: row.get::<_, Option<i64>>(12)?.map(RunId),
    })
}

impl Store {
    /// Queues a job, or returns the open one (queued, running, awaiting review) of the same stage and parameters.
    ///
    /// # Errors
    /// The database's.
    pub fn queue_job(&mut self, new: &NewJob<'_>, now_ms: i64) -> Result<JobId, StoreError> {
        let open: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT id FROM job WHERE stage = ?1 AND params_json = ?2 AND subject = ?3
                 AND state IN ('queued', 'running', 'awaiting-review') ORDER BY id DESC LIMIT 1",
            )?
            .query_row(params![new.stage, new.params_json, new.subject], |r| {
                r.get(0)
            })
            .optional()?;
        if let Some(id) = open {
            self.set_job_state(JobId(id), JobState::Queued, "", now_ms)?;
            return Ok(JobId(id));
        }
        self.write(|unit| {
            unit.tx.execute(
                "INSERT INTO job(stage, state, params_json, seed, stage_version, queued_ms, subject) VALUES (?1, 'queued', ?2, ?3, ?4, ?5, ?6)",
                params![new.stage, new.params_json, new.seed as i64, new.stage_version, now_ms, new.subject],
            )?;
            Ok(JobId(unit.tx.last_insert_rowid()))
        })
    }

    /// Puts jobs that a dead process left running back into the queue; returns their stages.
    ///
    /// # Errors
    /// The database's.
    pub fn requeue_orphans(&mut self) -> Result<Vec<String>, StoreError> {
        let stages: Vec<String> = self
            .connection
            .prepare_cached("SELECT stage FROM job WHERE state = 'running' ORDER BY id")?
            .query_map([], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        if !stages.is_empty() {
            self.write(|unit| {
                unit.tx.execute(
                    "UPDATE job SET state = 'queued', message = 'resumes after the program ended unexpectedly' WHERE state = 'running'",
                    [],
                )?;
                Ok::<_, StoreError>(())
            })?;
        }
        Ok(stages)
    }

    /// Stores where a job stands.
    ///
    /// # Errors
    /// The database's.
    pub fn set_job_state(
        &mut self,
        id: JobId,
        state: JobState,
        message: &str,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        self.write(|unit| {
            unit.tx.execute(
                "UPDATE job SET state = ?2, message = ?3,
                   started_ms = CASE WHEN ?2 = 'running' THEN ?4 ELSE started_ms END,
                   n_attempts = n_attempts + (?2 = 'running'),
                   finished_ms = CASE WHEN ?2 IN ('done', 'failed', 'canceled') THEN ?4 ELSE NULL END
                 WHERE id = ?1",
                params![id.0, state.code(), message, now_ms],
            )?;
            Ok(())
        })
    }

    /// Notes which run a job works on.
    ///
    /// # Errors
    /// The database's.
    pub fn set_job_run(&mut self, id: JobId, run: RunId) -> Result<(), StoreError> {
        self.write(|unit| {
            unit.tx.execute(
                "UPDATE job SET run_id = ?2 WHERE id = ?1",
                params![id.0, run.0],
            )?;
            Ok(())
        })
    }

    /// Reads a job.
    ///
    /// # Errors
    /// The database's.
    pub fn job(&self, id: JobId) -> Result<Option<JobRecord>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(&format!("SELECT {JOB_COLUMNS} FROM job WHERE id = ?1"))?
            .query_row([id.0], job_from)
            .optional()?)
    }

    /// Reads the newest job of a stage.
    ///
    /// # Errors
    /// The database's.
    pub fn newest_job(&self, stage: &str) -> Result<Option<JobRecord>, StoreError> {
        Ok(self
            .connection
            .prepare_cached(&format!(
                "SELECT {JOB_COLUMNS} FROM job WHERE stage = ?1 ORDER BY id DESC LIMIT 1"
            ))?
            .query_row([stage], job_from)
            .optional()?)
    }

    /// Reads jobs, newest first.
    ///
    /// # Errors
    /// The database's.
    pub fn jobs(&self, limit: usize) -> Result<Vec<JobRecord>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {JOB_COLUMNS} FROM job ORDER BY id DESC LIMIT ?1"
        ))?;
        let rows = statement.query_map([limit as i64], job_from)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
