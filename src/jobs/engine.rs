//! Takes stages one after another, each as a stored job.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use super::hub::Watch;
use super::models::ModelSteps;
use crate::annotate::Annotator;
use crate::base::clock::Clock;
use crate::base::ids::JobId;
use crate::base::kill_point::kill_point;
use crate::domain::job_progress::JobState;
use crate::domain::review::ReviewerError;
use crate::domain::run::Run;
use crate::domain::source_map::RulingError;
use crate::domain::verification::VerificationError;
use crate::stages::columns;
use crate::stages::import::{self, ImportError, ImportOptions, ImportSummary};
use crate::stages::reduce::package::PackageError;
use crate::stages::settings::{
    Settings, SettingsError, WrittenSettings, parse_settings, settings_json,
};
use crate::stages::topic_edits::PrepareError;
use crate::stages::{Rest, Stage, StageCx, StageError, input_hash, optional, pipeline};
use crate::store::{Access, JobRecord, NewJob, NewRun, Store, StoreError};

/// A failure of the engine or of the job it ran.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// The project's files refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The project's settings cannot be.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A stage failed; its job is stored as failed and can be retried.
    #[error("{stage}: {source}")]
    Stage {
        /// The stage.
        stage: String,
        /// Its error.
        source: StageError,
    },
    /// An import failed; nothing of the file was stored.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A stage panicked: our mistake.
    #[error(
        "{stage} stopped by a mistake in the program ({message}); nothing stored is lost, please report it"
    )]
    Panicked {
        /// The stage.
        stage: String,
        /// The panic's message.
        message: String,
    },
    /// No stage has that name.
    #[error("there is no stage {name:?}; stages are {known}")]
    UnknownStage {
        /// The name given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The project has no documents.
    #[error("the project has no documents yet; import some with `meridian import`")]
    NoDocuments,
    /// A job that cannot be retried.
    #[error("job {job} is not one that failed or was canceled")]
    NotRetriable {
        /// The job.
        job: JobId,
    },
    /// A decision about an edge that no open round asks about.
    #[error(
        "edge {edge} is not flagged in the open round; `meridian review PROJECT list` shows those that are"
    )]
    NotFlagged {
        /// The edge.
        edge: i64,
    },
    /// A name that no reviewer can have.
    #[error(transparent)]
    Reviewer(#[from] ReviewerError),
    /// Lines of a review package that cannot be taken; none was.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// Other decisions came again and again while some were stored.
    #[error("the round changed while the decision was stored; look at it and decide again")]
    ReviewMoved,
    /// An edit of topics was refused.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The topics changed again and again while an edit was prepared.
    #[error("the topics changed while the edit was prepared; look at them and try again")]
    TopicsMoved,
    /// A verdict on a match of topics was refused.
    #[error(transparent)]
    Ruling(#[from] RulingError),
    /// A sample or a judgment was refused.
    #[error(transparent)]
    Verification(#[from] VerificationError),
    /// A step of the window that cannot be kept.
    #[error("this step cannot be recorded ({reason})")]
    DeskPayload {
        /// Why.
        reason: String,
    },
    /// A job's own plan cannot be read.
    #[error("the plan of this {stage} job cannot be read; start it again instead")]
    JobUnreadable {
        /// The stage.
        stage: String,
    },
    /// No round waits for decisions.
    #[error(
        "no round waits for review; `meridian run` goes on, `meridian status` shows where the project stands"
    )]
    NothingToReview,
}

impl JobsError {
    /// Tells whether this is the answer to a cancel.
    pub fn is_cancel(&self) -> bool {
        matches!(
            self,
            Self::Stage {
                source: StageError::Cancelled,
                ..
            } | Self::Import(ImportError::Cancelled)
        )
    }
}

/// Stages that have a run per model, after the pipeline's own.
const MODEL_STAGES: [&str; 2] = ["evaluate", "align"];

/// How far the pipeline is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// To the end or the next review.
    End,
    /// Through this stage.
    To(&'a str),
    /// This stage alone.
    Only(&'a str),
}

/// Where the pipeline came to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every stage asked for is done.
    Done,
    /// A person must decide.
    AwaitingReview {
        /// Round, from 1.
        round: u32,
        /// Flagged edges without a verdict.
        n_open: usize,
    },
}

/// State of a stage as `status` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipelineState {
    /// No results yet.
    Missing,
    /// Results fit the present input and settings.
    Done,
    /// Results are there, but input or settings have changed since.
    OutOfDate,
    /// A person must decide.
    AwaitingReview,
    /// Began and did not end.
    Unfinished,
    /// Its last job failed.
    Failed,
}

impl PipelineState {
    /// Returns the word used by `status`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Done => "done",
            Self::OutOfDate => "out-of-date",
            Self::AwaitingReview => "awaiting-review",
            Self::Unfinished => "unfinished",
            Self::Failed => "failed",
        }
    }
}

/// A stage's state with its units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageStatus {
    /// The stage.
    pub stage: &'static str,
    /// Where it stands.
    pub state: PipelineState,
    /// Units done.
    pub n_done: u64,
    /// Units in all.
    pub n_total: u64,
}

/// Runs jobs on one project.
pub struct Engine {
    /// The project, open for writing.
    pub store: Store,
    /// Settings in force.
    pub settings: Settings,
    pub(super) annotator: Arc<dyn Annotator>,
    pub(super) clock: Arc<dyn Clock>,
    stages: Vec<Box<dyn Stage>>,
}

impl Engine {
    /// Makes a project with its settings and opens it.
    ///
    /// # Errors
    /// As [`Store::create`] and [`Settings::check`].
    pub fn create(
        folder: &Path,
        written: &WrittenSettings,
        annotator: Arc<dyn Annotator>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, JobsError> {
        let settings = Settings::check(written)?;
        let mut store = Store::create(folder)?;
        let name = folder.file_name().map_or_else(
            || "project".to_owned(),
            |n| n.to_string_lossy().into_owned(),
        );
        store.set_meta(&[("name", &name), ("settings", &settings_json(written))])?;
        Ok(Self {
            store,
            settings,
            annotator,
            clock,
            stages: pipeline(),
        })
    }

    /// Opens a project for writing and puts jobs that a dead process left running back into the queue.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(
        folder: &Path,
        annotator: Arc<dyn Annotator>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, JobsError> {
        let mut store = Store::open(folder, Access::Write)?;
        let settings = read_settings(&store)?;
        for stage in store.requeue_orphans()? {
            let now = clock.now_ms();
            store.write(|unit| {
                unit.insert_event(
                    now,
                    "Resumed",
                    &format!("{stage} goes on after the program ended unexpectedly"),
                )
            })?;
        }
        Ok(Self {
            store,
            settings,
            annotator,
            clock,
            stages: pipeline(),
        })
    }

    /// Imports one file as one job: all of it, or nothing.
    ///
    /// # Errors
    /// [`JobsError::Import`]; the project is then as it was.
    pub fn import(
        &mut self,
        options: &ImportOptions,
        watch: &dyn Watch,
    ) -> Result<ImportSummary, JobsError> {
        let params = options.to_json();
        let job = self.store.queue_job(
            &NewJob {
                stage: "import",
                subject: "",
                params_json: &params,
                seed: self.settings.seed.0,
                stage_version: import::VERSION,
            },
            self.clock.now_ms(),
        )?;
        self.run_import(job, options, watch)
    }

    fn run_import(
        &mut self,
        job: JobId,
        options: &ImportOptions,
        watch: &dyn Watch,
    ) -> Result<ImportSummary, JobsError> {
        self.begin_job(job, "import", watch)?;
        let clock = Arc::clone(&self.clock);
        let store = &mut self.store;
        let result = catch_unwind(AssertUnwindSafe(|| {
            import::import_file(store, job, options, watch, clock.as_ref())
        }));
        let result = match result {
            Ok(result) => result.map_err(JobsError::Import),
            Err(panic) => Err(panicked("import", panic.as_ref())),
        };
        match result {
            Ok(summary) => {
                self.end_job(job, JobState::Done, &summary.sentence(), watch)?;
                Ok(summary)
            }
            Err(error) => Err(self.fail_job(job, error, watch)),
        }
    }

    /// Goes on with the pipeline.
    ///
    /// Topics are read with the edits in force when it begins, from its first stage to its last. What a
    /// person edits meanwhile is taken at once and counts from the next run on; until then the stages
    /// that read topics are out of date.
    ///
    /// # Errors
    /// [`JobsError::Stage`] of the first stage that fails; its job is stored as failed.
    pub fn run(&mut self, target: Target<'_>, watch: &dyn Watch) -> Result<Outcome, JobsError> {
        self.store.pin_topic_edits()?;
        let outcome = self.run_pinned(target, watch);
        self.store.unpin_topic_edits();
        outcome
    }

    pub(super) fn run_pinned(
        &mut self,
        target: Target<'_>,
        watch: &dyn Watch,
    ) -> Result<Outcome, JobsError> {
        let known = || {
            let of_pipeline = self.stages.iter().map(|s| s.name());
            of_pipeline
                .chain(MODEL_STAGES)
                .chain(optional().iter().map(|s| s.name()))
                .collect::<Vec<_>>()
                .join(", ")
        };
        if let Target::To(name) | Target::Only(name) = target
            && !self.stages.iter().any(|s| s.name() == name)
            && !MODEL_STAGES.contains(&name)
            && super::optional::find(target).is_none()
        {
            return Err(JobsError::UnknownStage {
                name: name.to_owned(),
                known: known(),
            });
        }
        self.resume_imports(watch)?;
        if self.store.n_documents()? == 0 {
            return Err(JobsError::NoDocuments);
        }
        if let Some(stage) = super::optional::find(target) {
            return self.run_asked(stage.as_ref(), target, watch);
        }
        let stages = std::mem::take(&mut self.stages);
        let outcome = self.run_stages(&stages, target, watch);
        self.stages = stages;
        let outcome = match (outcome?, target) {
            (Outcome::Done, Target::To("evaluate") | Target::Only("evaluate")) => {
                self.run_models(ModelSteps::Evaluate, watch)?
            }
            (Outcome::Done, Target::End | Target::To("align") | Target::Only("align")) => {
                self.run_models(ModelSteps::Align, watch)?
            }
            (outcome, _) => outcome,
        };
        if target == Target::End {
            self.take_up_asked(watch)?;
        }
        Ok(outcome)
    }

    fn run_stages(
        &mut self,
        stages: &[Box<dyn Stage>],
        target: Target<'_>,
        watch: &dyn Watch,
    ) -> Result<Outcome, JobsError> {
        for stage in stages {
            if let Target::Only(name) = target
                && stage.name() != name
            {
                continue;
            }
            match self.run_stage(stage.as_ref(), watch)? {
                Rest::Done => {}
                Rest::AwaitingReview { round, n_open } => {
                    return Ok(Outcome::AwaitingReview { round, n_open });
                }
            }
            if target == Target::To(stage.name()) {
                break;
            }
        }
        Ok(Outcome::Done)
    }

    /// Takes imports up again that a crash cut off.
    fn resume_imports(&mut self, watch: &dyn Watch) -> Result<(), JobsError> {
        let mut queued: Vec<JobRecord> = self.store.jobs(usize::MAX >> 1)?;
        queued.retain(|j| j.stage == "import" && j.state == JobState::Queued);
        for job in queued.iter().rev() {
            if self.store.has_import_of(job.id)? {
                // Cut off between its transaction and its last word.
                let now = self.clock.now_ms();
                self.store.set_job_state(job.id, JobState::Done, "", now)?;
                continue;
            }
            let options = ImportOptions::from_json(&job.params_json)?;
            self.run_import(job.id, &options, watch)?;
        }
        Ok(())
    }

    pub(super) fn run_stage(
        &mut self,
        stage: &dyn Stage,
        watch: &dyn Watch,
    ) -> Result<Rest, JobsError> {
        let params = stage.params(&self.settings, self.annotator.as_ref());
        let job_params = stage.job_params().unwrap_or_else(|| params.clone());
        let input_hash = input_hash(&self.store, &stage.reads(&self.settings))?;
        let new = NewRun {
            stage: stage.name(),
            subject: stage.subject(),
            stage_version: stage.version(),
            params_json: &params,
            seed: self.settings.seed.0,
            input_hash: &input_hash,
        };
        if let Some(run) = self.store.find_run(&new)?
            && run.output_hash.is_some()
        {
            let shown = self.store.current_run(&run.slot())?.map(|r| r.id) == Some(run.id);
            let newest = !run.subject.is_empty()
                || self.store.newest_run(&run.stage)?.map(|r| r.id) == Some(run.id);
            if !(shown && newest) {
                self.store.write(|unit| unit.show_run(&run))?;
            }
            watch.up_to_date(stage.name());
            return Ok(Rest::Done);
        }
        let now = self.clock.now_ms();
        let job = self.store.queue_job(
            &NewJob {
                stage: stage.name(),
                subject: stage.subject(),
                params_json: &job_params,
                seed: self.settings.seed.0,
                stage_version: stage.version(),
            },
            now,
        )?;
        self.begin_job(job, stage.name(), watch)?;
        let run = self.store.begin_run(&new, now)?;
        self.store.set_job_run(job, run.id)?;
        kill_point("run-begun");
        let annotator = Arc::clone(&self.annotator);
        let clock = Arc::clone(&self.clock);
        let mut cx = StageCx {
            store: &mut self.store,
            settings: &self.settings,
            annotator: annotator.as_ref(),
            observe: watch,
            clock: clock.as_ref(),
            run: &run,
        };
        let result = catch_unwind(AssertUnwindSafe(|| stage.advance(&mut cx)));
        let result = match result {
            Ok(result) => result.map_err(|source| JobsError::Stage {
                stage: stage.name().to_owned(),
                source,
            }),
            Err(panic) => Err(panicked(stage.name(), panic.as_ref())),
        };
        match result {
            Ok(Rest::Done) => {
                self.finish_run(&run)?;
                self.end_job(job, JobState::Done, "", watch)?;
                if columns::follow(stage.name()) {
                    // What the screen reads fast; it can be made again at any time.
                    columns::write(&self.store).map_err(|source| JobsError::Stage {
                        stage: stage.name().to_owned(),
                        source,
                    })?;
                }
                Ok(Rest::Done)
            }
            Ok(rest @ Rest::AwaitingReview { round, n_open }) => {
                let message = format!("round {round} waits for {n_open} decisions");
                self.end_job(job, JobState::AwaitingReview, &message, watch)?;
                Ok(rest)
            }
            Err(error) => Err(self.fail_job(job, error, watch)),
        }
    }

    fn finish_run(&mut self, run: &Run) -> Result<(), JobsError> {
        let output_hash = self.store.run_hash(&run.stage, run.id)?;
        let now = self.clock.now_ms();
        self.store
            .write(|unit| unit.finish_run(run, &output_hash, now))?;
        Ok(())
    }

    fn begin_job(&mut self, job: JobId, stage: &str, watch: &dyn Watch) -> Result<(), JobsError> {
        self.store
            .set_job_state(job, JobState::Running, "", self.clock.now_ms())?;
        kill_point("job-running");
        watch.begin(job, stage);
        Ok(())
    }

    fn end_job(
        &mut self,
        job: JobId,
        state: JobState,
        message: &str,
        watch: &dyn Watch,
    ) -> Result<(), JobsError> {
        self.store
            .set_job_state(job, state, message, self.clock.now_ms())?;
        watch.end(state);
        Ok(())
    }

    /// Stores a failure with its job and hands the error on; a full disk must not hide the first error.
    fn fail_job(&mut self, job: JobId, error: JobsError, watch: &dyn Watch) -> JobsError {
        let state = if error.is_cancel() {
            JobState::Canceled
        } else {
            JobState::Failed
        };
        let stored = self
            .store
            .set_job_state(job, state, &error.to_string(), self.clock.now_ms());
        watch.end(state);
        match stored {
            Ok(()) | Err(StoreError::DiskFull) => error,
            Err(other) => JobsError::Store(other),
        }
    }

    /// Puts a failed or canceled job back and runs the pipeline through its stage.
    ///
    /// # Errors
    /// [`JobsError::NotRetriable`] or as [`Engine::run`].
    pub fn retry(&mut self, job: JobId, watch: &dyn Watch) -> Result<Outcome, JobsError> {
        let record = self
            .store
            .job(job)?
            .ok_or(JobsError::NotRetriable { job })?;
        if !matches!(record.state, JobState::Failed | JobState::Canceled) {
            return Err(JobsError::NotRetriable { job });
        }
        if record.stage == "import" {
            let options = ImportOptions::from_json(&record.params_json)?;
            self.run_import(job, &options, watch)?;
            return Ok(Outcome::Done);
        }
        if self.retry_model_job(&record.stage, &record.params_json, watch)? {
            // The job that was asked for is the open one of its plan, or another took its place.
            return Ok(Outcome::Done);
        }
        self.run(Target::To(&record.stage), watch)
    }

    /// Returns the name of the annotator in force.
    pub fn annotator_name(&self) -> &str {
        self.annotator.name()
    }
}

/// Reads the settings a project was made with.
///
/// # Errors
/// [`JobsError::Settings`] if they cannot be.
pub fn read_settings(store: &Store) -> Result<Settings, JobsError> {
    let written = store.meta("settings")?.unwrap_or_else(|| "{}".to_owned());
    Ok(Settings::check(&parse_settings(&written)?)?)
}

/// Tells where every stage of a project stands, reading only.
///
/// # Errors
/// The store's.
pub fn stage_statuses(
    store: &Store,
    settings: &Settings,
    annotator: &dyn Annotator,
) -> Result<Vec<StageStatus>, JobsError> {
    let n_docs = store.n_documents()? as u64;
    let mut out = vec![StageStatus {
        stage: "import",
        state: if n_docs > 0 {
            PipelineState::Done
        } else {
            PipelineState::Missing
        },
        n_done: n_docs,
        n_total: n_docs,
    }];
    for stage in pipeline() {
        out.push(status_of(store, settings, annotator, stage.as_ref())?);
    }
    out.extend(super::optional::asked_statuses(store, settings, annotator)?);
    out.extend(super::models::model_statuses(store, settings)?);
    Ok(out)
}

/// Tells where one stage stands, reading only.
pub(super) fn status_of(
    store: &Store,
    settings: &Settings,
    annotator: &dyn Annotator,
    stage: &dyn Stage,
) -> Result<StageStatus, JobsError> {
    let params = stage.params(settings, annotator);
    let hash = input_hash(store, &stage.reads(settings))?;
    let run = store.find_run(&NewRun {
        stage: stage.name(),
        subject: "",
        stage_version: stage.version(),
        params_json: &params,
        seed: settings.seed.0,
        input_hash: &hash,
    })?;
    let job = store.newest_job(stage.name())?.map(|j| j.state);
    let shown = store.current_run(stage.name())?.map(|r| r.id);
    let state = match (&run, job) {
        // Results that fit are there, but not those that are shown: the next run shows them.
        (Some(r), _) if r.output_hash.is_some() && shown != Some(r.id) => PipelineState::OutOfDate,
        (Some(r), _) if r.output_hash.is_some() => PipelineState::Done,
        (_, Some(JobState::Failed)) => PipelineState::Failed,
        (Some(_), Some(JobState::AwaitingReview)) => PipelineState::AwaitingReview,
        (Some(_), _) => PipelineState::Unfinished,
        (None, _) if shown.is_some() => PipelineState::OutOfDate,
        (None, _) => PipelineState::Missing,
    };
    let n_units = run
        .as_ref()
        .map(|r| store.done_units(r.id))
        .transpose()?
        .map_or(0, |u| u.len() as u64);
    let n_total = run
        .as_ref()
        .map(|r| store.measure(r.id, "n_units"))
        .transpose()?
        .flatten()
        .map_or(1, |n| n as u64);
    let n_done = if state == PipelineState::Done {
        n_total
    } else {
        n_units.min(n_total)
    };
    Ok(StageStatus {
        stage: stage.name(),
        state,
        n_done,
        n_total,
    })
}

fn panicked(stage: &str, panic: &(dyn std::any::Any + Send)) -> JobsError {
    let message = panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    JobsError::Panicked {
        stage: stage.to_owned(),
        message,
    }
}
