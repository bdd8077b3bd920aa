//! The split into items trained on and held out, and what trainings leave behind.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rusqlite::params;

use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::ids::{RunId, StatementId};
use crate::domain::alignment::TrainingStep;

/// Which side of the split an item stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitRow {
    /// The item.
    pub statement: StatementId,
    /// Held out.
    pub test: bool,
    /// Number of its component.
    pub component: i64,
}

/// One adapter of a training.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AdapterKey {
    /// Code of the nation it is for; empty where all are pooled.
    pub nation: String,
    /// Training seed as shown, from 1.
    pub seed: u32,
}

impl Unit<'_> {
    /// Stores the split.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_split(&self, run: RunId, rows: &[SplitRow]) -> Result<(), StoreError> {
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO split_part(run_id, statement_id, part, component) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for row in rows {
            let part = if row.test { "test" } else { "train" };
            insert.execute(params![run.0, row.statement.0, part, row.component])?;
        }
        Ok(())
    }

    /// Stores the reference's log-probabilities.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_references(
        &self,
        run: RunId,
        rows: &[(StatementId, f64, f64)],
    ) -> Result<(), StoreError> {
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO reference_logp(run_id, statement_id, chosen, rejected) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (statement, chosen, rejected) in rows {
            insert.execute(params![run.0, statement.0, chosen, rejected])?;
        }
        Ok(())
    }

    /// Stores optimizer steps; a step that is there already is the same step computed again.
    ///
    /// # Errors
    /// The database's.
    pub fn put_training_steps(
        &self,
        run: RunId,
        key: &AdapterKey,
        steps: &[TrainingStep],
    ) -> Result<(), StoreError> {
        let mut insert = self.tx.prepare_cached(
            "INSERT OR REPLACE INTO training_step(run_id, nation, seed, step, loss, reward_chosen, reward_rejected, accuracy,
             chosen_logp, rejected_logp, gradient_norm, learning_rate, n_tokens)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?;
        for s in steps {
            insert.execute(params![
                run.0,
                key.nation,
                key.seed,
                s.step,
                s.loss_nats,
                s.reward_chosen,
                s.reward_rejected,
                s.accuracy_share,
                s.chosen_logp_nats,
                s.rejected_logp_nats,
                s.gradient_norm,
                s.learning_rate,
                s.n_tokens as i64
            ])?;
        }
        Ok(())
    }

    /// Stores that an adapter is trained.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_adapter(
        &self,
        run: RunId,
        key: &AdapterKey,
        content_hash: &str,
    ) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT OR REPLACE INTO adapter(run_id, nation, seed, content_hash) VALUES (?1, ?2, ?3, ?4)",
            params![run.0, key.nation, key.seed, content_hash],
        )?;
        Ok(())
    }
}

impl Store {
    /// Reads the split of a run by item.
    ///
    /// # Errors
    /// The database's.
    pub fn split_rows(&self, run: RunId) -> Result<Vec<SplitRow>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT statement_id, part, component FROM split_part WHERE run_id = ?1 ORDER BY statement_id",
        )?;
        let rows = select.query_map([run.0], |r| {
            Ok(SplitRow {
                statement: StatementId(r.get(0)?),
                test: r.get::<_, String>(1)? == "test",
                component: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads the reference's log-probabilities of a training: chosen and rejected, nats.
    ///
    /// # Errors
    /// The database's.
    pub fn references(&self, run: RunId) -> Result<BTreeMap<StatementId, (f64, f64)>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT statement_id, chosen, rejected FROM reference_logp WHERE run_id = ?1",
        )?;
        let rows = select.query_map([run.0], |r| {
            Ok((StatementId(r.get(0)?), (r.get(1)?, r.get(2)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads the optimizer steps of a training, adapter by adapter.
    ///
    /// # Errors
    /// The database's.
    pub fn training_steps(
        &self,
        run: RunId,
    ) -> Result<BTreeMap<AdapterKey, Vec<TrainingStep>>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT nation, seed, step, loss, reward_chosen, reward_rejected, accuracy, chosen_logp, rejected_logp,
             gradient_norm, learning_rate, n_tokens FROM training_step WHERE run_id = ?1 ORDER BY nation, seed, step",
        )?;
        let rows = select.query_map([run.0], |r| {
            let key = AdapterKey {
                nation: r.get(0)?,
                seed: r.get(1)?,
            };
            Ok((
                key,
                TrainingStep {
                    step: r.get(2)?,
                    loss_nats: r.get(3)?,
                    reward_chosen: r.get(4)?,
                    reward_rejected: r.get(5)?,
                    accuracy_share: r.get(6)?,
                    chosen_logp_nats: r.get(7)?,
                    rejected_logp_nats: r.get(8)?,
                    gradient_norm: r.get(9)?,
                    learning_rate: r.get(10)?,
                    n_tokens: r.get::<_, i64>(11)? as u64,
                },
            ))
        })?;
        let mut out: BTreeMap<AdapterKey, Vec<TrainingStep>> = BTreeMap::new();
        for row in rows {
            let (key, step) = row?;
            out.entry(key).or_default().push(step);
        }
        Ok(out)
    }

    /// Reads the adapters that a training has finished, with the hashes of their files.
    ///
    /// # Errors
    /// The database's.
    pub fn adapters(&self, run: RunId) -> Result<BTreeMap<AdapterKey, String>, StoreError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT nation, seed, content_hash FROM adapter WHERE run_id = ?1")?;
        let rows = select.query_map([run.0], |r| {
            Ok((
                AdapterKey {
                    nation: r.get(0)?,
                    seed: r.get(1)?,
                },
                r.get(2)?,
            ))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the folder in which the files of an adapter lie.
    pub fn adapter_folder(&self, run: RunId, key: &AdapterKey) -> PathBuf {
        let nation = if key.nation.is_empty() {
            "all"
        } else {
            &key.nation
        };
        self.folder()
            .join("adapters")
            .join(format!("run-{run}"))
            .join(nation)
            .join(format!("seed-{}", key.seed))
    }
}
