//! `extract`: takes value statements from the documents of value-related topics.
//!
//! A unit is a batch of documents. A statement is stored only when its passage really stands in the
//! body, does not lie in recurring text, and passes the value filter.

use std::collections::BTreeSet;

use super::ask::{Asked, ask_all};
use super::corpus::Corpus;
use super::settings::Settings;
use super::{Rest, Stage, StageCx, StageError, check_failures, names};
use crate::annotate::answer::{Extracted, Extraction, ValueVerdict};
use crate::annotate::question::Question;
use crate::annotate::{Annotator, check_passage};
use crate::base::sentences::byte_of_char;
use crate::domain::corpus::Document;
use crate::store::{FailureRecord, NewStatement};

/// Documents in one unit of work: some hundred milliseconds with the offline rules.
const DOCS_PER_UNIT: usize = 100;

/// Statements per unit whose numbers are set aside, so that numbers do not depend on earlier units.
const NUMBERS_PER_UNIT: i64 = 100_000;

/// The stage.
pub(super) struct Extract;

impl Stage for Extract {
    fn name(&self) -> &'static str {
        "extract"
    }

    fn version(&self) -> u32 {
        1
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        names(&["prepare", "tag_outliers", "screen"])
    }

    fn params(&self, settings: &Settings, annotator: &dyn Annotator) -> String {
        format!(
            r#"{{"annotator":"{}","chars":{},"version":{}}}"#,
            annotator.name(),
            settings.extract_chars,
            annotator.version()
        )
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        let corpus = Corpus::read(cx.store)?;
        let wanted: BTreeSet<usize> = cx
            .store
            .topics()?
            .iter()
            .filter(|t| t.screening.as_ref().is_some_and(|s| s.value_related))
            .map(|t| t.number)
            .collect();
        let topics = cx.store.assignments()?;
        let in_topic: BTreeSet<_> = topics
            .iter()
            .filter(|a| wanted.contains(&a.number))
            .map(|a| a.doc)
            .collect();
        let docs: Vec<&Document> = corpus
            .docs
            .iter()
            .filter(|d| in_topic.contains(&d.id))
            .collect();
        let n_units = docs.len().div_ceil(DOCS_PER_UNIT);
        let done = cx.store.done_units(cx.run.id)?;
        cx.store
            .write(|unit| unit.put_measure(cx.run.id, "n_units", n_units as f64))?;
        cx.observe.phase("statements");
        let (mut n_failed, mut last) = (0, String::new());
        for (number, batch) in docs.chunks(DOCS_PER_UNIT).enumerate() {
            cx.observe
                .step((number * DOCS_PER_UNIT) as u64, docs.len() as u64)?;
            if done.contains(&(number as i64)) {
                continue;
            }
            let work = extract_batch(cx, &corpus, batch)?;
            n_failed += work.failures.len();
            if let Some(failure) = work.failures.last() {
                last.clone_from(&failure.reason);
            }
            cx.store.write(|unit| {
                for asked in &work.asked {
                    asked.keep(unit, cx.annotator)?;
                }
                for (i, (doc, found)) in work.found.iter().enumerate() {
                    unit.insert_statement(
                        cx.run.id,
                        &NewStatement {
                            number: number as i64 * NUMBERS_PER_UNIT + i as i64,
                            doc: doc.id,
                            text: found.text.clone(),
                            passage: found.passage,
                            confidence: found.confidence,
                        },
                    )?;
                }
                for failure in &work.failures {
                    unit.insert_failure(cx.run.id, failure)?;
                }
                unit.finish_unit(cx.run.id, number as i64)
            })?;
        }
        check_failures(self.name(), docs.len(), n_failed, &last)?;
        Ok(Rest::Done)
    }
}

struct Work<'d> {
    asked: Vec<Asked>,
    found: Vec<(&'d Document, Extracted)>,
    failures: Vec<FailureRecord>,
}

fn extract_batch<'d>(
    cx: &StageCx<'_>,
    corpus: &Corpus,
    batch: &[&'d Document],
) -> Result<Work<'d>, StageError> {
    let heads: Vec<&str> = batch
        .iter()
        .map(|d| head(&d.body, cx.settings.extract_chars))
        .collect();
    let questions: Vec<Question<'_>> = batch
        .iter()
        .zip(&heads)
        .map(|(doc, head)| Question::Extract {
            language: doc.language,
            title: &doc.title,
            body: head,
        })
        .collect();
    let answers = ask_all(cx.store, cx.annotator, &questions, cx.observe)?;
    let mut work = Work {
        asked: Vec::new(),
        found: Vec::new(),
        failures: Vec::new(),
    };
    let mut candidates: Vec<(&Document, Extracted)> = Vec::new();
    for ((doc, head), asked) in batch.iter().zip(&heads).zip(answers) {
        let parsed = asked.read(|json| Extraction::parse_in(json, head));
        match parsed {
            Ok(Extraction(items)) => {
                for item in items {
                    if !check_passage(head, &item) {
                        work.failures
                            .push(failure(doc, "a passage does not stand in the text"));
                    } else if !corpus.masked(doc.id, item.passage) {
                        candidates.push((doc, item));
                    }
                }
            }
            Err(reason) => work.failures.push(failure(doc, &reason)),
        }
        work.asked.push(asked);
    }
    let questions: Vec<Question<'_>> = candidates
        .iter()
        .map(|(doc, item)| Question::ValueFilter {
            language: doc.language,
            statement: &item.text,
        })
        .collect();
    let answers = ask_all(cx.store, cx.annotator, &questions, cx.observe)?;
    for ((doc, item), asked) in candidates.into_iter().zip(answers) {
        let parsed = asked.read(ValueVerdict::parse);
        match parsed {
            Ok(verdict) if verdict.is_value => work.found.push((doc, item)),
            Ok(_) => {}
            Err(reason) => work.failures.push(failure(doc, &reason)),
        }
        work.asked.push(asked);
    }
    Ok(work)
}

fn failure(doc: &Document, reason: &str) -> FailureRecord {
    FailureRecord {
        stage: "extract".to_owned(),
        subject: format!("document {}", doc.external_id),
        reason: reason.to_owned(),
    }
}

/// Returns the first `n_chars` characters.
fn head(text: &str, n_chars: usize) -> &str {
    byte_of_char(text, n_chars)
        .and_then(|end| text.get(..end))
        .unwrap_or(text)
}
