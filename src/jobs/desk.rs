//! Short edits that a person makes at once, also while a job runs: topics, verdicts on matches of topics, and
//! what the window looks at; see [`super::Reviews`] for decisions on flagged edges.
//!
//! An edit is one short transaction and no job. The window sends its edits through a [`Desk`], a
//! second connection of the same process, so that they need not wait for a job to end: the job holds
//! the database only while it stores a unit of work, and the database lets the two in turn. What a
//! running pipeline reads of topics is what was in force when it began ([`Engine::run`]); what is
//! edited meanwhile counts from the next run on, and until then the stages that read topics are out
//! of date.

use std::sync::Arc;

use super::engine::{Engine, JobsError};
use crate::base::clock::Clock;
use crate::base::ids::RunId;
use crate::domain::journal::{Step, StepKind};
use crate::domain::source_map::{MatchVerdict, RulingError, sentence};
use crate::domain::topic_edit::TopicEdit;
use crate::stages::settings::Settings;
use crate::stages::topic_edits::prepare;
use crate::store::{NewStep, Store};

/// Bytes of a step of the window: what it changes, before and after. [`crate::domain::saved::save`] keeps
/// the list of saved selections below half of it; a filter or a selection beyond it is refused here.
const MAX_DESK_BYTES: usize = 1 << 20;

/// Characters of what is said of a step of the window.
const MAX_SENTENCE_CHARS: usize = 200;

/// How often an edit is prepared again because what it is about changed under it.
pub(super) const MAX_TRIES: usize = 3;

/// Edits one project beside its engine.
pub struct Desk {
    store: Store,
    settings: Settings,
    clock: Arc<dyn Clock>,
}

impl Desk {
    /// Returns the project as this connection sees it.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

impl Engine {
    /// Opens the desk: a second connection for edits while jobs run.
    ///
    /// # Errors
    /// The store's.
    pub fn desk(&self) -> Result<Desk, JobsError> {
        Ok(Desk {
            store: self.store.second_writer()?,
            settings: self.settings.clone(),
            clock: Arc::clone(&self.clock),
        })
    }
}

/// What an edit works with.
pub struct EditCx<'a> {
    pub(super) store: &'a mut Store,
    pub(super) settings: &'a Settings,
    pub(super) clock: &'a dyn Clock,
}

/// Edits a project, through the engine or beside it.
pub trait Edits {
    /// Returns what an edit works with.
    fn edit_cx(&mut self) -> EditCx<'_>;

    /// Edits topics as one step that can be taken back.
    ///
    /// # Errors
    /// [`JobsError::Prepare`] with the reason against it; the topics are then as they were.
    fn edit_topics(&mut self, edit: &TopicEdit, who: &str) -> Result<Step, JobsError> {
        let cx = self.edit_cx();
        edit_topics(cx.store, cx.settings, cx.clock, edit, who)
    }

    /// Accepts or refuses a match of topics of two per-source maps, as one step that can be taken back.
    /// `run` is the run of `source_maps` that the match was seen in, `None` for the one in force.
    ///
    /// # Errors
    /// [`JobsError::Ruling`] with the reason against it.
    fn rule_match(
        &mut self,
        run: Option<RunId>,
        number: usize,
        verdict: MatchVerdict,
        who: &str,
    ) -> Result<Step, JobsError> {
        let cx = self.edit_cx();
        rule_match(cx.store, cx.clock, run, number, verdict, who)
    }

    /// Records a step of the window: of its desk or its saved selections. `sentence` says what it was, to stand after "Undo"; the
    /// payload is a JSON object with `before` and `after`, into which nobody else looks.
    ///
    /// # Errors
    /// [`JobsError::DeskPayload`] if it is no such object or too long.
    fn record(
        &mut self,
        kind: StepKind,
        sentence: &str,
        payload_json: &str,
        who: &str,
    ) -> Result<Step, JobsError> {
        let cx = self.edit_cx();
        record(cx.store, cx.clock, kind, sentence, payload_json, who)
    }

    /// Takes the newest step in force back and returns it, `None` if there is none to take back.
    ///
    /// # Errors
    /// The store's.
    fn undo(&mut self, who: &str) -> Result<Option<Step>, JobsError> {
        let cx = self.edit_cx();
        let now = cx.clock.now_ms();
        cx.store.write(|unit| Ok(unit.undo_step(who, now)?))
    }

    /// Does the step again that was taken back last and returns it, `None` if there is none.
    ///
    /// # Errors
    /// The store's.
    fn redo(&mut self, who: &str) -> Result<Option<Step>, JobsError> {
        let cx = self.edit_cx();
        let now = cx.clock.now_ms();
        cx.store.write(|unit| Ok(unit.redo_step(who, now)?))
    }
}

impl Edits for Desk {
    fn edit_cx(&mut self) -> EditCx<'_> {
        EditCx {
            store: &mut self.store,
            settings: &self.settings,
            clock: self.clock.as_ref(),
        }
    }
}

impl Edits for Engine {
    fn edit_cx(&mut self) -> EditCx<'_> {
        EditCx {
            store: &mut self.store,
            settings: &self.settings,
            clock: self.clock.as_ref(),
        }
    }
}

fn edit_topics(
    store: &mut Store,
    settings: &Settings,
    clock: &dyn Clock,
    edit: &TopicEdit,
    who: &str,
) -> Result<Step, JobsError> {
    for _ in 0..MAX_TRIES {
        let row = store.journal_row()?;
        let prepared = prepare(store, settings, edit.clone())?;
        let now = clock.now_ms();
        let step = store.write(|unit| {
            // A job or another edit may have changed the topics since they were read.
            if unit.journal_row()? != row || unit.clustering()? != Some(prepared.of) {
                return Ok::<_, JobsError>(None);
            }
            Ok(Some(unit.insert_topic_edit(
                prepared.of,
                &prepared.edit,
                &prepared.facts,
                &prepared.sentence,
                who,
                now,
            )?))
        })?;
        if let Some(step) = step {
            return Ok(step);
        }
    }
    Err(JobsError::TopicsMoved)
}

fn rule_match(
    store: &mut Store,
    clock: &dyn Clock,
    seen_in: Option<RunId>,
    number: usize,
    verdict: MatchVerdict,
    who: &str,
) -> Result<Step, JobsError> {
    let run = store
        .current_run("source_maps")?
        .ok_or(RulingError::NoMaps)?
        .id;
    if seen_in.is_some_and(|seen| seen != run) {
        return Err(RulingError::OtherMaps.into());
    }
    let matches = store.matches(run)?;
    let found = matches.iter().find(|m| m.number == number);
    let found = found.ok_or(RulingError::UnknownMatch {
        number,
        last: matches.last().map_or(0, |m| m.number),
    })?;
    let in_force = store.rulings(run)?.remove(&number);
    if in_force.is_some_and(|r| r.verdict == verdict) {
        return Err(RulingError::NoChange { number, verdict }.into());
    }
    let (parts, topics) = (store.parts(run)?, store.part_topics(run)?);
    let ends = [found.a, found.b];
    let labels = ends.map(|at| {
        let topic = topics.get(&at.part).and_then(|t| t.get(at.topic));
        topic.map_or("", |t| t.label.as_str())
    });
    let names = ends.map(|at| parts.iter().find(|p| p.number == at.part).map(|p| &p.name));
    let sentence = match names {
        [Some(a), Some(b)] => sentence(verdict, labels, [a, b]),
        _ => return Err(RulingError::NoMaps.into()),
    };
    let now = clock.now_ms();
    store.write(|unit| Ok(unit.insert_ruling(run, number, verdict, &sentence, who, now)?))
}

fn record(
    store: &mut Store,
    clock: &dyn Clock,
    kind: StepKind,
    sentence: &str,
    payload_json: &str,
    who: &str,
) -> Result<Step, JobsError> {
    let refuse = |reason: String| Err(JobsError::DeskPayload { reason });
    if payload_json.len() > MAX_DESK_BYTES {
        return refuse(format!(
            "it has {} bytes, at most {MAX_DESK_BYTES} are kept",
            payload_json.len()
        ));
    }
    if sentence.chars().count() > MAX_SENTENCE_CHARS {
        return refuse(format!(
            "its sentence has more than {MAX_SENTENCE_CHARS} characters"
        ));
    }
    if !store.is_desk_payload(payload_json)? {
        return refuse("it is no JSON object with before and after".to_owned());
    }
    let now = clock.now_ms();
    store.write(|unit| {
        Ok(unit.insert_step(&NewStep {
            kind,
            of: None,
            sentence,
            payload_json,
            who,
            at_ms: now,
        })?)
    })
}
