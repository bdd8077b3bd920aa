//! `judge_source`: says for every statement who speaks: Quoted, Official or Unattributed.

use std::collections::BTreeMap;

use super::ask::ask_all;
use super::settings::Settings;
use super::{Rest, Stage, StageCx, StageError, check_failures, names};
use crate::annotate::Annotator;
use crate::annotate::answer::SourceVerdict;
use crate::annotate::question::Question;
use crate::domain::statement::StatementSet;
use crate::store::{FailureRecord, SourceRecord};

/// Statements in one unit of work.
pub(super) const STATEMENTS_PER_UNIT: usize = 500;

/// The stage.
pub(super) struct JudgeSource;

impl Stage for JudgeSource {
    fn name(&self) -> &'static str {
        "judge_source"
    }

    fn version(&self) -> u32 {
        1
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        names(&["extract"])
    }

    fn params(&self, _settings: &Settings, annotator: &dyn Annotator) -> String {
        format!(
            r#"{{"annotator":"{}","version":{}}}"#,
            annotator.name(),
            annotator.version()
        )
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        let docs: BTreeMap<_, _> = cx
            .store
            .documents()?
            .into_iter()
            .map(|d| (d.id, d))
            .collect();
        let statements = cx.store.statements()?;
        let done = cx.store.done_units(cx.run.id)?;
        let n_units = statements.len().div_ceil(STATEMENTS_PER_UNIT);
        cx.store
            .write(|unit| unit.put_measure(cx.run.id, "n_units", n_units as f64))?;
        cx.observe.phase("sources");
        let (mut n_failed, mut last) = (0, String::new());
        for (number, batch) in statements.chunks(STATEMENTS_PER_UNIT).enumerate() {
            cx.observe.step(
                (number * STATEMENTS_PER_UNIT) as u64,
                statements.len() as u64,
            )?;
            if done.contains(&(number as i64)) {
                continue;
            }
            let pairs: Vec<_> = batch
                .iter()
                .filter_map(|s| docs.get(&s.doc).map(|d| (s, d)))
                .collect();
            let questions: Vec<Question<'_>> = pairs
                .iter()
                .map(|(s, d)| Question::Source {
                    language: s.language,
                    statement: &s.text,
                    passage: s.passage,
                    body: &d.body,
                    outlet: &d.source,
                })
                .collect();
            let answers = ask_all(cx.store, cx.annotator, &questions, cx.observe)?;
            let mut rows = Vec::with_capacity(pairs.len());
            let mut failures = Vec::new();
            for ((s, d), asked) in pairs.iter().zip(&answers) {
                let parsed = asked.read(SourceVerdict::parse);
                let (set, speaker) = match parsed {
                    Ok(SourceVerdict::Quoted(speaker)) => (StatementSet::Quoted, Some(speaker)),
                    Ok(SourceVerdict::Official) => (StatementSet::Official, None),
                    Ok(SourceVerdict::Unattributed) => (StatementSet::Unattributed, None),
                    Err(reason) => {
                        n_failed += 1;
                        last.clone_from(&reason);
                        failures.push(FailureRecord {
                            stage: "judge_source".to_owned(),
                            subject: format!("a statement of document {}", d.external_id),
                            reason,
                        });
                        (StatementSet::Unattributed, None)
                    }
                };
                rows.push(SourceRecord {
                    statement: s.id,
                    set,
                    speaker,
                });
            }
            cx.store.write(|unit| {
                for asked in &answers {
                    asked.keep(unit, cx.annotator)?;
                }
                for row in &rows {
                    unit.insert_source(cx.run.id, row)?;
                }
                for failure in &failures {
                    unit.insert_failure(cx.run.id, failure)?;
                }
                unit.finish_unit(cx.run.id, number as i64)
            })?;
        }
        check_failures(self.name(), statements.len(), n_failed, &last)?;
        Ok(Rest::Done)
    }
}
