//! Evaluation and alignment of language models as jobs.

use super::engine::{Engine, JobsError, Outcome, PipelineState, StageStatus};
use super::hub::Watch;
use crate::domain::alignment::Variant;
use crate::domain::evaluation::Method;
use crate::domain::job_progress::JobState;
use crate::domain::run::{Run, slot};
use crate::stages::align::{Align, AlignmentPlan};
use crate::stages::evaluate::{Evaluate, EvaluationPlan, Judge, OnTop, align_subject};
use crate::stages::settings::Settings;
use crate::stages::{Rest, Stage, StageError};
use crate::store::Store;

/// The variants that are trained, in order.
const TRAINED: [Variant; 2] = [Variant::CrDpo, Variant::DpoOnly];

/// How far [`Engine::run`] goes with the models that the project names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ModelSteps {
    /// Evaluates them.
    Evaluate,
    /// Evaluates and aligns them, and evaluates again.
    Align,
}

impl Engine {
    /// Evaluates a model; nothing is stored before the model has been checked.
    ///
    /// # Errors
    /// [`JobsError::Stage`] with what is wrong; the project is then as it was.
    pub fn evaluate(&mut self, plan: EvaluationPlan, watch: &dyn Watch) -> Result<Run, JobsError> {
        self.need_triples("evaluate")?;
        let stage = Evaluate::prepare(plan).map_err(|source| failed("evaluate", source))?;
        self.run_one(&stage, watch)
    }

    /// Trains the adapters of a variant.
    ///
    /// # Errors
    /// [`JobsError::Stage`] with what is wrong; a training that stopped can be taken up again.
    pub fn align(&mut self, plan: AlignmentPlan, watch: &dyn Watch) -> Result<Run, JobsError> {
        self.need_triples("align")?;
        let stage = Align::prepare(plan).map_err(|source| failed("align", source))?;
        self.run_one(&stage, watch)
    }

    /// Trains a variant and evaluates it, the base model first where it has not been.
    ///
    /// # Errors
    /// As [`Engine::evaluate`] and [`Engine::align`].
    pub fn align_and_evaluate(
        &mut self,
        plan: &AlignmentPlan,
        watch: &dyn Watch,
    ) -> Result<Vec<Run>, JobsError> {
        let mut runs = Vec::new();
        let (model, folder) = (&plan.model, &plan.folder);
        for method in self.settings.methods.clone() {
            runs.push(self.evaluate(self.plan(model, folder, OnTop::Nothing, method), watch)?);
        }
        if plan.variant.is_trained() {
            runs.push(self.align(plan.clone(), watch)?);
            for method in self.settings.methods.clone() {
                let on_top = OnTop::Trained(plan.variant);
                runs.push(self.evaluate(self.plan(model, folder, on_top, method), watch)?);
            }
        }
        Ok(runs)
    }

    fn plan(&self, model: &str, folder: &str, on_top: OnTop, method: Method) -> EvaluationPlan {
        EvaluationPlan {
            model: model.to_owned(),
            folder: folder.to_owned(),
            on_top,
            name: None,
            method,
            judge: Judge::Annotator,
            n_trials: self.settings.n_trials,
        }
    }

    /// Evaluates and aligns the models that the project names.
    pub(super) fn run_models(
        &mut self,
        steps: ModelSteps,
        watch: &dyn Watch,
    ) -> Result<Outcome, JobsError> {
        self.take_up_queued(watch)?;
        let models = self.settings.models.clone();
        for model in &models {
            for method in self.settings.methods.clone() {
                let plan = self.plan(&model.name, &model.folder, OnTop::Nothing, method);
                self.evaluate(plan, watch)?;
            }
        }
        if steps == ModelSteps::Align {
            for model in models.iter().filter(|m| m.align) {
                for variant in TRAINED {
                    let plan = AlignmentPlan {
                        model: model.name.clone(),
                        folder: model.folder.clone(),
                        variant,
                    };
                    self.align_and_evaluate(&plan, watch)?;
                }
            }
        }
        Ok(Outcome::Done)
    }

    /// Takes up evaluations and trainings that a crash cut off, the project's own or not.
    fn take_up_queued(&mut self, watch: &dyn Watch) -> Result<(), JobsError> {
        let mut queued = self.store.jobs(usize::MAX >> 1)?;
        queued.retain(|j| j.state == JobState::Queued);
        for job in queued.iter().rev() {
            self.retry_model_job(&job.stage, &job.params_json, watch)?;
        }
        Ok(())
    }

    /// Takes a failed or canceled evaluation or training up again, where the job is one.
    pub(super) fn retry_model_job(
        &mut self,
        stage: &str,
        params_json: &str,
        watch: &dyn Watch,
    ) -> Result<bool, JobsError> {
        let unreadable = || JobsError::JobUnreadable {
            stage: stage.to_owned(),
        };
        match stage {
            "evaluate" => {
                let plan = EvaluationPlan::from_json(params_json).ok_or_else(unreadable)?;
                self.evaluate(plan, watch)?;
                Ok(true)
            }
            "align" => {
                let plan = AlignmentPlan::from_json(params_json).ok_or_else(unreadable)?;
                self.align_and_evaluate(&plan, watch)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Returns the folder of a model that the project names, or what was given: a folder.
    pub fn model_folder(&self, given: &str) -> (String, String) {
        let named = self.settings.models.iter().find(|m| m.name == given);
        named.map_or_else(
            || (base_name(given), given.to_owned()),
            |m| (m.name.clone(), m.folder.clone()),
        )
    }

    fn need_triples(&self, stage: &'static str) -> Result<(), JobsError> {
        if self.store.triples()?.is_empty() {
            return Err(failed(
                stage,
                StageError::Nothing {
                    stage,
                    advice: "the project has no triples; import news and `meridian run` it first",
                },
            ));
        }
        Ok(())
    }

    fn run_one(&mut self, stage: &dyn Stage, watch: &dyn Watch) -> Result<Run, JobsError> {
        let rest = self.run_stage(stage, watch)?;
        debug_assert_eq!(rest, Rest::Done, "models wait for nobody");
        let of = slot(stage.name(), stage.subject());
        self.store.current_run(&of)?.ok_or_else(|| {
            failed(
                stage.name(),
                StageError::Compute {
                    stage: "run",
                    reason: "it left no results".to_owned(),
                },
            )
        })
    }
}

/// Tells how many of the runs that the project's own models ask for are there; nothing where it names none.
pub(super) fn model_statuses(
    store: &Store,
    settings: &Settings,
) -> Result<Vec<StageStatus>, JobsError> {
    let mut out = Vec::new();
    let evaluations: Vec<String> = settings
        .models
        .iter()
        .flat_map(|m| {
            settings
                .methods
                .iter()
                .map(|method| format!("{}/{}", m.name, method.code()))
        })
        .collect();
    let trainings: Vec<String> = settings
        .models
        .iter()
        .filter(|m| m.align)
        .flat_map(|m| TRAINED.map(|variant| align_subject(&m.name, variant)))
        .collect();
    for (stage, subjects) in [("evaluate", evaluations), ("align", trainings)] {
        if subjects.is_empty() {
            continue;
        }
        let mut n_done = 0;
        for subject in &subjects {
            n_done += u64::from(store.current_run(&slot(stage, subject))?.is_some());
        }
        let n_total = subjects.len() as u64;
        let failed = store.newest_job(stage)?.map(|j| j.state) == Some(JobState::Failed);
        out.push(StageStatus {
            stage,
            state: match n_done {
                n if n == n_total => PipelineState::Done,
                _ if failed => PipelineState::Failed,
                0 => PipelineState::Missing,
                _ => PipelineState::Unfinished,
            },
            n_done,
            n_total,
        });
    }
    Ok(out)
}

/// The last part of a folder's path: the name of a model that nobody named.
fn base_name(folder: &str) -> String {
    let trimmed = folder.trim_end_matches(['/', '\\']);
    trimmed
        .rsplit(['/', '\\', ':'])
        .next()
        .filter(|n| !n.is_empty())
        .unwrap_or("model")
        .to_owned()
}

fn failed(stage: &str, source: StageError) -> JobsError {
    JobsError::Stage {
        stage: stage.to_owned(),
        source,
    }
}
