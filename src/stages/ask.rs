//! Model calls through the answer cache: a question asked before is not asked again.

use rayon::prelude::*;

use super::StageError;
use crate::annotate::Annotator;
use crate::annotate::question::Question;
use crate::base::hash::ContentHasher;
use crate::base::observe::Observe;
use crate::store::{Store, StoreError, Unit};

/// The raw answer to a question, or why there is none.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Key in the cache.
    key: String,
    /// The task.
    task: &'static str,
    /// Whether it was asked now and not found in the cache.
    fresh: bool,
    answer: Result<String, String>,
}

impl Asked {
    /// Reads the answer into its type.
    ///
    /// # Errors
    /// The reason in words, of a question that was refused and of an answer that cannot be read alike.
    pub fn read<T, E: std::fmt::Display>(
        &self,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, String> {
        let json = self.answer.as_ref().map_err(Clone::clone)?;
        parse(json).map_err(|e| e.to_string())
    }

    /// Keeps a fresh answer in the cache, within the unit of work that uses it.
    ///
    /// # Errors
    /// The store's.
    pub fn keep(&self, unit: &Unit<'_>, annotator: &dyn Annotator) -> Result<(), StoreError> {
        match &self.answer {
            Ok(json) if self.fresh => unit.put_answer(&self.key, self.task, annotator.name(), json),
            _ => Ok(()),
        }
    }
}

/// Asks questions, those not in the cache in parallel; answers come in the order of the questions.
///
/// # Errors
/// [`StageError::Cancelled`] between questions; a question that fails is an `Err` inside its [`Asked`].
pub fn ask_all(
    store: &Store,
    annotator: &dyn Annotator,
    questions: &[Question<'_>],
    observe: &dyn Observe,
) -> Result<Vec<Asked>, StageError> {
    let mut found = Vec::with_capacity(questions.len());
    for question in questions {
        let key = ContentHasher::new()
            .text(annotator.name())
            .int(i64::from(annotator.version()))
            .text(&question.content_hash())
            .finish();
        let cached = store.answer(&key)?;
        found.push((key, cached));
    }
    let answers: Vec<Result<Asked, StageError>> = questions
        .par_iter()
        .zip(found.into_par_iter())
        .map(|(question, (key, cached))| {
            let fresh = cached.is_none();
            let answer = if let Some(json) = cached {
                Ok(json)
            } else {
                // A step of no progress: hears of a cancel between two questions.
                observe.step(0, 0)?;
                annotator.answer(question).map_err(|e| e.to_string())
            };
            Ok(Asked {
                key,
                task: question.task(),
                fresh,
                answer,
            })
        })
        .collect();
    answers.into_iter().collect()
}
