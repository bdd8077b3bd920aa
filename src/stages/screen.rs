//! `screen`: asks of every topic whether its documents carry values.
//!
//! A topic that a person merged or split is asked about as it is now. A verdict of a person stands
//! beside the annotator's and is not seen here.

use super::ask::ask_all;
use super::corpus::Corpus;
use super::settings::Settings;
use super::{Rest, Stage, StageCx, StageError, WHOLE, check_failures, names};
use crate::annotate::Annotator;
use crate::annotate::answer;
use crate::annotate::question::Question;
use crate::base::language::Language;
use crate::domain::topic::Screening;
use crate::domain::topic_edit::made_by_splits;
use crate::store::{FailureRecord, ScreeningRecord};

/// Characters of a document shown as a sample.
const SAMPLE_CHARS: usize = 600;

/// Documents shown as samples of a topic.
pub(super) const N_SAMPLES: usize = 12;

/// The stage.
pub(super) struct Screen;

impl Stage for Screen {
    fn name(&self) -> &'static str {
        "screen"
    }

    fn version(&self) -> u32 {
        1
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        names(&["describe"])
    }

    fn params(&self, _settings: &Settings, annotator: &dyn Annotator) -> String {
        format!(
            r#"{{"annotator":"{}","version":{}}}"#,
            annotator.name(),
            annotator.version()
        )
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        if cx.whole_is_done()? {
            return Ok(Rest::Done);
        }
        let corpus = Corpus::read(cx.store)?;
        let topics = cx.store.topics_to_screen()?;
        let made = made_by_splits(&cx.store.raw_topics()?, &cx.store.topic_steps()?);
        cx.observe.phase("topics");
        let terms: Vec<Vec<String>> = topics
            .iter()
            .map(|t| t.terms.iter().map(|w| w.term.clone()).collect())
            .collect();
        let samples: Vec<Vec<(Language, String)>> = topics
            .iter()
            .map(|t| {
                t.central_docs
                    .iter()
                    .filter_map(|id| corpus.docs.binary_search_by_key(id, |d| d.id).ok())
                    .filter_map(|i| corpus.docs.get(i))
                    .take(N_SAMPLES)
                    .map(|d| {
                        (
                            d.language,
                            format!("{}\n{}", d.title, corpus.text(d, SAMPLE_CHARS)),
                        )
                    })
                    .collect()
            })
            .collect();
        let questions: Vec<Question<'_>> = topics
            .iter()
            .zip(&terms)
            .zip(&samples)
            .map(|((topic, terms), samples)| Question::Screen {
                terms,
                label: &topic.label,
                samples,
            })
            .collect();
        let answers = ask_all(cx.store, cx.annotator, &questions, cx.observe)?;
        let mut rows = Vec::new();
        let mut failures = Vec::new();
        for (topic, asked) in topics.iter().zip(&answers) {
            let parsed = asked.read(answer::Screening::parse);
            match parsed {
                Ok(verdict) => rows.push(ScreeningRecord {
                    number: topic.number,
                    screening: Screening {
                        value_related: verdict.value_related,
                        confidence: verdict.confidence,
                        reason: verdict.reason,
                        said_by: None,
                    },
                }),
                Err(reason) => failures.push(FailureRecord {
                    stage: self.name().to_owned(),
                    subject: format!("topic {}", topic.label),
                    reason,
                }),
            }
        }
        cx.store.write(|unit| {
            for asked in &answers {
                asked.keep(unit, cx.annotator)?;
            }
            unit.insert_screenings(cx.run.id, &rows, &made)?;
            for failure in &failures {
                unit.insert_failure(cx.run.id, failure)?;
            }
            unit.finish_unit(cx.run.id, WHOLE)
        })?;
        let last = failures.last().map_or("", |f| f.reason.as_str());
        check_failures(self.name(), topics.len(), failures.len(), last)?;
        Ok(Rest::Done)
    }
}
