//! The verification by people: samples and judgments as short units of work, at once also while a job runs.

use super::desk::{EditCx, Edits};
use super::engine::JobsError;
use crate::base::ids::{ItemId, SampleId, StatementId};
use crate::domain::verification::{
    Item, Judgments, MAX_NOTE_CHARS, Role, Said, SamplePlan, VerificationError, tidy_name,
};
use crate::stages::verification::draw::{self, DrawError};
use crate::store::{NewJudgment, Store};

/// What a person says of a pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Saying {
    /// The pair.
    pub item: ItemId,
    /// Who.
    pub reviewer: String,
    /// As what.
    pub role: Role,
    /// What; [`Said::Undo`] takes the newest judgment of this pair in force back.
    pub said: Said,
    /// A remark, may be empty.
    pub note: String,
    /// How long the pair was looked at, seconds.
    pub spent_secs: Option<f64>,
}

impl From<DrawError> for JobsError {
    fn from(error: DrawError) -> Self {
        match error {
            DrawError::Store(e) => Self::Store(e),
            DrawError::Plan(e) => Self::Verification(e),
        }
    }
}

/// Judges pairs, through the engine or beside it.
pub trait Verifies: Edits {
    /// Draws a sample and stores it; returns it with what could not be as asked for.
    ///
    /// # Errors
    /// [`JobsError::Verification`] with the reason against it; nothing is stored then.
    fn draw_sample(
        &mut self,
        plan: SamplePlan,
        chosen: &[StatementId],
        who: &str,
    ) -> Result<(SampleId, Vec<String>), JobsError> {
        let EditCx { store, clock, .. } = self.edit_cx();
        let drawn = draw::sample(store, plan, chosen)?;
        let now = clock.now_ms();
        let sample = store.write(|unit| {
            let id = unit.insert_sample(&drawn.sample, who, now)?;
            unit.insert_event(
                now,
                "Sample drawn",
                &format!(
                    "{} pairs for {} to judge",
                    drawn.sample.items.len(),
                    drawn.sample.plan.reviewers.join(", ")
                ),
            )?;
            Ok::<_, JobsError>(id)
        })?;
        Ok((sample, drawn.remarks))
    }

    /// Adds judgments in one unit of work: all of them, or none.
    ///
    /// # Errors
    /// [`JobsError::Verification`] for the first that cannot be; none is stored then.
    fn judge_all(&mut self, sayings: &[Saying]) -> Result<(), JobsError> {
        let EditCx { store, clock, .. } = self.edit_cx();
        let mut names = Vec::with_capacity(sayings.len());
        let mut of_sample: Option<(SampleId, Vec<Item>, Judgments)> = None;
        for saying in sayings {
            names.push(tidy_name(&saying.reviewer)?);
            let n_chars = saying.note.chars().count();
            if n_chars > MAX_NOTE_CHARS {
                return Err(VerificationError::LongNote {
                    n_chars,
                    max: MAX_NOTE_CHARS,
                }
                .into());
            }
            let unknown = VerificationError::UnknownItem { item: saying.item };
            let sample = store.sample_of(saying.item)?.ok_or(unknown.clone())?;
            if of_sample.as_ref().is_none_or(|(id, ..)| *id != sample) {
                let judgments = Judgments::replay(&store.judgments(sample)?);
                of_sample = Some((sample, store.sample_items(sample)?, judgments));
            }
            let Some((_, items, judgments)) = &of_sample else {
                return Err(unknown.into());
            };
            let item = items.iter().find(|i| i.id == saying.item).ok_or(unknown)?;
            if saying.said == Said::Undo {
                let in_force = match saying.role {
                    Role::Reviewer => judgments.of(saying.item, &saying.reviewer),
                    Role::Adjudicator => judgments.adjudicated(saying.item),
                };
                if in_force.is_none() {
                    return Err(VerificationError::NothingToTakeBack {
                        item: saying.item,
                        reviewer: saying.reviewer.clone(),
                    }
                    .into());
                }
            }
            match saying.role {
                Role::Reviewer => {
                    let name = names.last();
                    if !item.reviewers.iter().any(|r| Some(r) == name) {
                        return Err(VerificationError::NotAssigned {
                            item: saying.item,
                            reviewer: saying.reviewer.clone(),
                        }
                        .into());
                    }
                }
                Role::Adjudicator if !judgments.is_disputed(saying.item) => {
                    return Err(VerificationError::NotDisputed { item: saying.item }.into());
                }
                Role::Adjudicator => {}
            }
        }
        let now = clock.now_ms();
        store.write(|unit| {
            for (saying, name) in sayings.iter().zip(&names) {
                unit.insert_judgment(&NewJudgment {
                    item: saying.item,
                    reviewer: name,
                    role: saying.role,
                    said: saying.said,
                    note: &saying.note,
                    spent_secs: saying.spent_secs,
                    judged_ms: now,
                })?;
            }
            Ok::<_, JobsError>(())
        })
    }

    /// Takes a person's newest judgment of a sample back by the opposite row; returns its pair, `None` if
    /// there is none to take back.
    ///
    /// # Errors
    /// The store's.
    fn undo_judgment(
        &mut self,
        sample: SampleId,
        reviewer: &str,
        role: Role,
    ) -> Result<Option<ItemId>, JobsError> {
        let EditCx { store, clock, .. } = self.edit_cx();
        let Some(item) = to_take_back(store, sample, reviewer, role)? else {
            return Ok(None);
        };
        let now = clock.now_ms();
        store.write(|unit| {
            unit.insert_judgment(&NewJudgment {
                item,
                reviewer,
                role,
                said: Said::Undo,
                note: "",
                spent_secs: None,
                judged_ms: now,
            })?;
            Ok::<_, JobsError>(())
        })?;
        Ok(Some(item))
    }
}

impl<E: Edits> Verifies for E {}

fn to_take_back(
    store: &Store,
    sample: SampleId,
    reviewer: &str,
    role: Role,
) -> Result<Option<ItemId>, JobsError> {
    let judgments = Judgments::replay(&store.judgments(sample)?);
    Ok(judgments.newest_of(reviewer, role).map(|(item, _)| item))
}
