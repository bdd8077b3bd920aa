//! What models said of the items: outcomes, token by token scores, judged answers, and whose they are.

use rusqlite::params;

use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::ids::{RunId, StatementId};
use crate::domain::evaluation::{Closer, ItemVerdict, Method};
use crate::domain::run::Run;

/// The language model behind a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunModel {
    /// As shown.
    pub name: String,
    /// Name of the model under an adapter, the same as `name` without one.
    pub base: String,
    /// `cr-dpo`, `dpo-only`, `adapter`, or empty for none.
    pub variant: String,
    /// What the model says of itself; empty for most.
    pub remark: String,
}

/// What a trial said of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Method.
    pub method: Method,
    /// Trial, from 1.
    pub trial: u32,
    /// The item.
    pub statement: StatementId,
    /// What it said.
    pub verdict: ItemVerdict,
}

/// A scored continuation of an item.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenScores {
    /// The continuation.
    pub continuation: String,
    /// Character at which the statement's own words begin.
    pub statement_from: u32,
    /// ln p of each token, nats.
    pub logps_nats: Vec<f32>,
    /// Where each token ends, in characters.
    pub ends: Vec<u32>,
    /// The context's tokens are a prefix of the whole's.
    pub prefix_holds: bool,
}

impl TokenScores {
    /// Returns exp of the mean negative log-probability over all tokens.
    pub fn perplexity(&self) -> f64 {
        let sum: f64 = self.logps_nats.iter().map(|l| f64::from(*l)).sum();
        (-sum / self.logps_nats.len().max(1) as f64).exp()
    }

    /// Returns the same over the statement's own tokens only, `None` without any.
    pub fn statement_perplexity(&self) -> Option<f64> {
        let own: Vec<f64> = self
            .ends
            .iter()
            .zip(&self.logps_nats)
            .filter(|(end, _)| **end > self.statement_from)
            .map(|(_, l)| f64::from(*l))
            .collect();
        (!own.is_empty()).then(|| (-own.iter().sum::<f64>() / own.len() as f64).exp())
    }
}

/// A model's own answer with the judge's word in both orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedAnswer {
    /// Trial, from 1.
    pub trial: u32,
    /// The item.
    pub statement: StatementId,
    /// The answer.
    pub answer: String,
    /// The judge with the statement shown first.
    pub s_first: Closer,
    /// The judge with the reverse statement shown first.
    pub rs_first: Closer,
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .filter_map(|c| c.try_into().ok())
        .map(f32::from_le_bytes)
        .collect()
}

fn whole_numbers(bytes: &[u8]) -> Vec<u32> {
    bytes
        .chunks_exact(4)
        .filter_map(|c| c.try_into().ok())
        .map(u32::from_le_bytes)
        .collect()
}

impl Unit<'_> {
    /// Stores whose run it is.
    ///
    /// # Errors
    /// The database's.
    pub fn put_run_model(&self, run: RunId, model: &RunModel) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT OR REPLACE INTO run_model(run_id, name, base, variant, remark) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![run.0, model.name, model.base, model.variant, model.remark],
        )?;
        Ok(())
    }

    /// Stores what a trial said of an item.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_outcome(&self, run: RunId, o: &Outcome) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO outcome(run_id, method, trial, statement_id, verdict) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                run.0,
                o.method.code(),
                o.trial,
                o.statement.0,
                o.verdict.code()
            ])?;
        Ok(())
    }

    /// Stores both scored continuations of an item: S or agree first.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_token_scores(
        &self,
        run: RunId,
        method: Method,
        trial: u32,
        statement: StatementId,
        sides: [&TokenScores; 2],
    ) -> Result<(), StoreError> {
        let mut insert = self.tx.prepare_cached(
            "INSERT INTO token_score(run_id, method, trial, statement_id, side, continuation, statement_from, logps, ends, prefix_holds)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        for (side, scores) in sides.into_iter().enumerate() {
            let logps: Vec<u8> = scores
                .logps_nats
                .iter()
                .flat_map(|x| x.to_le_bytes())
                .collect();
            let ends: Vec<u8> = scores.ends.iter().flat_map(|x| x.to_le_bytes()).collect();
            insert.execute(params![
                run.0,
                method.code(),
                trial,
                statement.0,
                side as i64,
                scores.continuation,
                scores.statement_from,
                logps,
                ends,
                scores.prefix_holds
            ])?;
        }
        Ok(())
    }

    /// Stores a judged answer.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_judged_answer(&self, run: RunId, a: &JudgedAnswer) -> Result<(), StoreError> {
        self.tx
            .prepare_cached(
                "INSERT INTO judged_answer(run_id, trial, statement_id, answer, s_first, rs_first) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                run.0,
                a.trial,
                a.statement.0,
                a.answer,
                a.s_first.code(),
                a.rs_first.code()
            ])?;
        Ok(())
    }
}

impl Store {
    /// Reads whose run it is.
    ///
    /// # Errors
    /// The database's.
    pub fn run_model(&self, run: RunId) -> Result<Option<RunModel>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT name, base, variant, remark FROM run_model WHERE run_id = ?1",
        )?;
        let mut rows = statement.query_map([run.0], |r| {
            Ok(RunModel {
                name: r.get(0)?,
                base: r.get(1)?,
                variant: r.get(2)?,
                remark: r.get(3)?,
            })
        })?;
        Ok(rows.next().transpose()?)
    }

    /// Reads the runs in force of a stage that has one per subject, by subject, each with its model.
    ///
    /// # Errors
    /// The database's.
    pub fn model_runs(&self, stage: &str) -> Result<Vec<(Run, RunModel)>, StoreError> {
        let mut out = Vec::new();
        for run in self.current_runs_of(stage)? {
            if let Some(model) = self.run_model(run.id)? {
                out.push((run, model));
            }
        }
        Ok(out)
    }

    /// Reads the outcomes of a run by method, trial and item.
    ///
    /// # Errors
    /// The database's.
    pub fn outcomes(&self, run: RunId) -> Result<Vec<Outcome>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT method, trial, statement_id, verdict FROM outcome WHERE run_id = ?1 ORDER BY method, trial, statement_id",
        )?;
        let rows = statement.query_map([run.0], |r| {
            Ok((
                r.get::<_, String>(0)?,
                r.get::<_, u32>(1)?,
                r.get::<_, i64>(2)?,
                r.get::<_, String>(3)?,
            ))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (method, trial, statement, verdict) = row?;
            out.push(Outcome {
                method: Method::parse(&method).ok_or(StoreError::Unreadable {
                    what: "method",
                    value: method,
                })?,
                trial,
                statement: StatementId(statement),
                verdict: ItemVerdict::parse(&verdict).ok_or(StoreError::Unreadable {
                    what: "verdict",
                    value: verdict,
                })?,
            });
        }
        Ok(out)
    }

    /// Reads both scored continuations of an item, `None` where it was not scored.
    ///
    /// # Errors
    /// The database's.
    pub fn token_scores(
        &self,
        run: RunId,
        method: Method,
        trial: u32,
        statement: StatementId,
    ) -> Result<Option<[TokenScores; 2]>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT continuation, statement_from, logps, ends, prefix_holds FROM token_score
             WHERE run_id = ?1 AND method = ?2 AND trial = ?3 AND statement_id = ?4 ORDER BY side",
        )?;
        let rows = select.query_map(params![run.0, method.code(), trial, statement.0], |r| {
            Ok(TokenScores {
                continuation: r.get(0)?,
                statement_from: r.get(1)?,
                logps_nats: floats(&r.get::<_, Vec<u8>>(2)?),
                ends: whole_numbers(&r.get::<_, Vec<u8>>(3)?),
                prefix_holds: r.get(4)?,
            })
        })?;
        let both: Vec<TokenScores> = rows.collect::<Result<_, _>>()?;
        Ok(both.try_into().ok())
    }

    /// Reads the judged answers of a run by trial and item.
    ///
    /// # Errors
    /// The database's.
    pub fn judged_answers(&self, run: RunId) -> Result<Vec<JudgedAnswer>, StoreError> {
        let mut select = self.connection.prepare_cached(
            "SELECT trial, statement_id, answer, s_first, rs_first FROM judged_answer WHERE run_id = ?1 ORDER BY trial, statement_id",
        )?;
        let rows = select.query_map([run.0], |r| {
            Ok(JudgedAnswer {
                trial: r.get(0)?,
                statement: StatementId(r.get(1)?),
                answer: r.get(2)?,
                s_first: Closer::parse(&r.get::<_, String>(3)?).unwrap_or(Closer::Neither),
                rs_first: Closer::parse(&r.get::<_, String>(4)?).unwrap_or(Closer::Neither),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
