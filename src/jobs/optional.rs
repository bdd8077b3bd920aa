//! Stages that run only when they are asked for: nothing reads them, and a project without them misses nothing.

use super::engine::{Engine, JobsError, Outcome, StageStatus, Target, status_of};
use super::hub::Watch;
use crate::annotate::Annotator;
use crate::domain::job_progress::JobState;
use crate::stages::settings::Settings;
use crate::stages::{Rest, Stage, StageError, optional, pipeline};
use crate::store::Store;

/// Returns the stage of a name among those that run only when asked for.
pub(super) fn find(target: Target<'_>) -> Option<Box<dyn Stage>> {
    let (Target::To(name) | Target::Only(name)) = target else {
        return None;
    };
    optional().into_iter().find(|s| s.name() == name)
}

impl Engine {
    /// Runs a stage that was asked for, what it reads first where the pipeline is to go up to it.
    pub(super) fn run_asked(
        &mut self,
        stage: &dyn Stage,
        target: Target<'_>,
        watch: &dyn Watch,
    ) -> Result<Outcome, JobsError> {
        if matches!(target, Target::To(_)) {
            let reads = stage.reads(&self.settings);
            let pipeline = pipeline();
            let last = pipeline
                .iter()
                .rfind(|s| reads.iter().any(|name| name == s.name()));
            if let Some(last) = last {
                let outcome = self.run_pinned(Target::To(last.name()), watch)?;
                if outcome != Outcome::Done {
                    return Ok(outcome);
                }
            }
        }
        let rest = self.run_stage(stage, watch)?;
        debug_assert_eq!(rest, Rest::Done, "what is asked for waits for nobody");
        Ok(Outcome::Done)
    }

    /// Takes up what was asked for and cut off by a crash, after all that the run itself is for. Where it
    /// fails its job says so; the run does not fail with it, for nothing of the run reads it.
    pub(super) fn take_up_asked(&mut self, watch: &dyn Watch) -> Result<(), JobsError> {
        for stage in optional() {
            let job = self.store.newest_job(stage.name())?;
            if job.is_some_and(|j| j.state == JobState::Queued) {
                let ended = self.run_stage(stage.as_ref(), watch);
                if let Err(error) = ended
                    && ends_run(&error)
                {
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// Tells whether an error of what was taken up is one of the whole run: a cancel, or the project's files.
fn ends_run(error: &JobsError) -> bool {
    match error {
        JobsError::Stage { source, .. } => {
            matches!(source, StageError::Cancelled | StageError::Store(_))
        }
        JobsError::Panicked { .. } => false,
        _ => true,
    }
}

/// Tells where the stages stand that somebody asked for; those that nobody did are not missing.
pub(super) fn asked_statuses(
    store: &Store,
    settings: &Settings,
    annotator: &dyn Annotator,
) -> Result<Vec<StageStatus>, JobsError> {
    let mut out = Vec::new();
    for stage in optional() {
        if store.newest_job(stage.name())?.is_some() {
            out.push(status_of(store, settings, annotator, stage.as_ref())?);
        }
    }
    Ok(out)
}
