//! `triples`: asks question and reverse statement for every statement and checks that they oppose.

use super::ask::ask_all;
use super::judge_source::STATEMENTS_PER_UNIT;
use super::settings::Settings;
use super::{Rest, Stage, StageCx, StageError, check_failures, names};
use crate::annotate::answer::TripleDraft;
use crate::annotate::question::Question;
use crate::annotate::{Annotator, check_triple};
use crate::store::FailureRecord;

/// The stage.
pub(super) struct Triples;

impl Stage for Triples {
    fn name(&self) -> &'static str {
        "triples"
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
        let statements = cx.store.statements()?;
        let done = cx.store.done_units(cx.run.id)?;
        let n_units = statements.len().div_ceil(STATEMENTS_PER_UNIT);
        cx.store
            .write(|unit| unit.put_measure(cx.run.id, "n_units", n_units as f64))?;
        cx.observe.phase("triples");
        let (mut n_failed, mut last) = (0, String::new());
        for (number, batch) in statements.chunks(STATEMENTS_PER_UNIT).enumerate() {
            cx.observe.step(
                (number * STATEMENTS_PER_UNIT) as u64,
                statements.len() as u64,
            )?;
            if done.contains(&(number as i64)) {
                continue;
            }
            let questions: Vec<Question<'_>> = batch
                .iter()
                .map(|s| Question::Triple {
                    language: s.language,
                    statement: &s.text,
                })
                .collect();
            let answers = ask_all(cx.store, cx.annotator, &questions, cx.observe)?;
            let mut rows = Vec::with_capacity(batch.len());
            let mut failures = Vec::new();
            for (s, asked) in batch.iter().zip(&answers) {
                let draft = asked.read(TripleDraft::parse);
                let draft = draft.and_then(|d| {
                    let check = check_triple(s.language, &d.statement, &d.reverse);
                    if check.ok {
                        Ok(d)
                    } else {
                        Err(format!(
                            "the reverse statement does not oppose the statement (opposes: {}, shared words {:.0} %, length {:.1} times)",
                            check.opposes,
                            100.0 * check.overlap_share,
                            check.length_ratio
                        ))
                    }
                });
                match draft {
                    Ok(d) => rows.push((s.id, d)),
                    Err(reason) => {
                        n_failed += 1;
                        last.clone_from(&reason);
                        failures.push(FailureRecord {
                            stage: "triples".to_owned(),
                            subject: format!(
                                "statement “{}”",
                                s.text.chars().take(60).collect::<String>()
                            ),
                            reason,
                        });
                    }
                }
            }
            cx.store.write(|unit| {
                for asked in &answers {
                    asked.keep(unit, cx.annotator)?;
                }
                for (statement, d) in &rows {
                    unit.insert_triple(
                        cx.run.id,
                        *statement,
                        &d.question,
                        &d.statement,
                        &d.reverse,
                    )?;
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
