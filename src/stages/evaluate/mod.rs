//! `evaluate`: how far a language model agrees with the statements, one run per model and method.
//!
//! Sets are views: every triple is evaluated once, and which set an item counts in is decided where
//! results are read. A trained variant is evaluated on its held-out items only, each nation's with that
//! nation's adapter, trial by trial the adapter of another training seed. Units are fixed parts of the
//! items, so that a run taken up after a crash computes the same batches.

mod answers;
mod choices;
mod items;
mod wording;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub(in crate::stages) use wording::training_pair;

use super::settings::Settings;
use super::{Rest, Stage, StageCx, StageError, names};
use crate::annotate::Annotator;
use crate::base::observe::Observe;
use crate::domain::alignment::Variant;
use crate::domain::evaluation::Method;
use crate::domain::run::slot;
use crate::nn::model::LanguageModel;
use crate::nn::{demonstration, device, peft};
use crate::store::RunModel;
use items::{Adapters, Item};

/// Items of a unit of work.
const ITEMS_PER_UNIT: usize = 64;

/// What stands on top of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnTop {
    /// Nothing.
    Nothing,
    /// An adapter from a folder in PEFT layout.
    Adapter(PathBuf),
    /// The adapters that this project trained for a variant.
    Trained(Variant),
}

/// Who judges answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judge {
    /// The project's annotator.
    Annotator,
    /// A local model from a folder.
    Model(String),
}

/// What to evaluate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationPlan {
    /// Name of the model.
    pub model: String,
    /// Its folder as written, or `demonstration:NAME`.
    pub folder: String,
    /// What stands on top of it.
    pub on_top: OnTop,
    /// Name as shown, where it is not made of the others.
    pub name: Option<String>,
    /// How.
    pub method: Method,
    /// Who judges (AJ only).
    pub judge: Judge,
    /// Trials.
    pub n_trials: u32,
}

/// A plan as a job remembers it.
#[derive(Serialize, Deserialize)]
struct Written {
    model: String,
    folder: String,
    adapter: Option<String>,
    variant: Option<String>,
    name: Option<String>,
    method: String,
    judge: Option<String>,
    n_trials: u32,
}

impl EvaluationPlan {
    /// Returns the name as shown.
    pub fn shown_name(&self) -> String {
        self.name.clone().unwrap_or_else(|| match &self.on_top {
            OnTop::Nothing => self.model.clone(),
            OnTop::Adapter(folder) => format!(
                "{} + {}",
                self.model,
                folder.file_name().map_or_else(
                    || "adapter".to_owned(),
                    |n| n.to_string_lossy().into_owned()
                )
            ),
            OnTop::Trained(variant) => trained_name(&self.model, *variant),
        })
    }

    fn to_json(&self) -> String {
        let written = Written {
            model: self.model.clone(),
            folder: self.folder.clone(),
            adapter: match &self.on_top {
                OnTop::Adapter(folder) => Some(folder.to_string_lossy().into_owned()),
                OnTop::Nothing | OnTop::Trained(_) => None,
            },
            variant: match &self.on_top {
                OnTop::Trained(variant) => Some(variant.code().to_owned()),
                OnTop::Nothing | OnTop::Adapter(_) => None,
            },
            name: self.name.clone(),
            method: self.method.code().to_owned(),
            judge: match &self.judge {
                Judge::Annotator => None,
                Judge::Model(folder) => Some(folder.clone()),
            },
            n_trials: self.n_trials,
        };
        // A struct of plain fields always serializes.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// Reads the plan that a job remembers.
    pub fn from_json(json: &str) -> Option<Self> {
        let w: Written = serde_json::from_str(json).ok()?;
        Some(Self {
            on_top: match (w.adapter, w.variant) {
                (Some(folder), _) => OnTop::Adapter(PathBuf::from(folder)),
                (None, Some(code)) => OnTop::Trained(Variant::parse(&code)?),
                (None, None) => OnTop::Nothing,
            },
            method: Method::parse(&w.method)?,
            judge: w.judge.map_or(Judge::Annotator, Judge::Model),
            model: w.model,
            folder: w.folder,
            name: w.name,
            n_trials: w.n_trials,
        })
    }
}

/// Name of a model with the adapters that this project trained.
pub fn trained_name(model: &str, variant: Variant) -> String {
    match variant {
        Variant::CrDpo => format!("{model} + DPO"),
        other => format!("{model} + DPO ({})", other.words()),
    }
}

/// The stage with its model loaded.
pub struct Evaluate {
    plan: EvaluationPlan,
    subject: String,
    model: LanguageModel,
    judge: Option<LanguageModel>,
    adapter_hash: String,
}

impl Evaluate {
    /// Loads and checks everything a plan needs, before anything is stored.
    ///
    /// # Errors
    /// [`StageError::Network`] with what is wrong and what to do.
    pub fn prepare(plan: EvaluationPlan) -> Result<Self, StageError> {
        let (device, _) = device::pick();
        let model = LanguageModel::load(&demonstration::resolve(&plan.folder), &device)?;
        let judge = match (&plan.judge, plan.method) {
            (Judge::Model(folder), Method::Aj) => Some(LanguageModel::load(
                &demonstration::resolve(folder),
                &device,
            )?),
            _ => None,
        };
        let adapter_hash = match &plan.on_top {
            OnTop::Adapter(folder) => {
                drop(model.adapter(folder)?);
                peft::adapter_fingerprint(folder)?
            }
            OnTop::Nothing | OnTop::Trained(_) => String::new(),
        };
        Ok(Self {
            subject: format!("{}/{}", plan.shown_name(), plan.method.code()),
            plan,
            model,
            judge,
            adapter_hash,
        })
    }

    fn about(&self) -> RunModel {
        RunModel {
            name: self.plan.shown_name(),
            base: self.plan.model.clone(),
            variant: match &self.plan.on_top {
                OnTop::Nothing => String::new(),
                OnTop::Adapter(_) => "adapter".to_owned(),
                OnTop::Trained(variant) => variant.code().to_owned(),
            },
            remark: self.model.remark.clone().unwrap_or_default(),
        }
    }

    fn adapters(&self, cx: &StageCx<'_>) -> Result<Adapters, StageError> {
        Ok(match &self.plan.on_top {
            OnTop::Nothing => Adapters::None,
            OnTop::Adapter(folder) => Adapters::One(Box::new(self.model.adapter(folder)?)),
            OnTop::Trained(variant) => {
                let of = slot("align", &align_subject(&self.plan.model, *variant));
                let run = cx.store.current_run(&of)?.ok_or(StageError::Nothing {
                    stage: "evaluate",
                    advice: "this variant has not been trained; `meridian align` trains it",
                })?;
                Adapters::trained(cx.store, &self.model, run.id, *variant)?
            }
        })
    }
}

/// Subject of the run that trains a variant of a model.
pub fn align_subject(model: &str, variant: Variant) -> String {
    format!("{model}/{}", variant.code())
}

/// Names what an evaluation of a model reads.
pub(in crate::stages) fn reads_of(model: &RunModel, settings: &Settings) -> Vec<String> {
    match Variant::parse(&model.variant) {
        Some(variant) => {
            let mut of = names(&["triples", "reduce", "split"]);
            of.push(slot("align", &align_subject(&model.base, variant)));
            of
        }
        // A sample is drawn by set and side of the split; all items are just the triples.
        None if settings.max_items.is_some() => {
            names(&["triples", "judge_source", "reduce", "split"])
        }
        None => names(&["triples"]),
    }
}

/// One part of the items in one trial.
struct Part<'a> {
    number: i64,
    trial: u32,
    items: &'a [Item],
}

impl Stage for Evaluate {
    fn name(&self) -> &'static str {
        "evaluate"
    }

    fn version(&self) -> u32 {
        2
    }

    fn subject(&self) -> &str {
        &self.subject
    }

    fn reads(&self, settings: &Settings) -> Vec<String> {
        reads_of(&self.about(), settings)
    }

    fn params(&self, settings: &Settings, annotator: &dyn Annotator) -> String {
        let judge = match (&self.judge, self.plan.method) {
            (_, Method::Mc | Method::Agree) => String::new(),
            (Some(model), Method::Aj) => model.fingerprint.clone(),
            (None, Method::Aj) => format!("{} {}", annotator.name(), annotator.version()),
        };
        serde_json::json!({
            "model": self.model.fingerprint,
            "adapter": self.adapter_hash,
            "method": self.plan.method.code(),
            "trials": self.plan.n_trials,
            "judge": judge,
            "wording": wording::version(),
            "max_items": settings.max_items,
        })
        .to_string()
    }

    fn job_params(&self) -> Option<String> {
        Some(self.plan.to_json())
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        let adapters = self.adapters(cx)?;
        let mut items = items::all_items(cx.store)?;
        if let Some(most) = cx.settings.max_items {
            items::sample(cx.store, &mut items, most, cx.settings.seed)?;
        }
        if let OnTop::Trained(_) = self.plan.on_top {
            items::held_out(cx.store, &mut items)?;
            adapters.keep_covered(&mut items);
        }
        if items.is_empty() {
            return Err(StageError::Nothing {
                stage: "evaluate",
                advice: "there are no triples; import news and run the pipeline through `triples`",
            });
        }
        let n_trials = adapters.n_seeds().unwrap_or(self.plan.n_trials);
        let mut parts = Vec::new();
        for trial in 1..=n_trials {
            for items in items.chunks(ITEMS_PER_UNIT) {
                parts.push(Part {
                    number: parts.len() as i64,
                    trial,
                    items,
                });
            }
        }
        let run = cx.run.id;
        let about = self.about();
        cx.store.write(|unit| {
            unit.put_measure(run, "n_units", parts.len() as f64)?;
            unit.put_run_model(run, &about)
        })?;
        let done = cx.store.done_units(run)?;
        cx.observe.phase(self.plan.method.code());
        for part in &parts {
            cx.observe.step(part.number as u64, parts.len() as u64)?;
            if !done.contains(&part.number) {
                match self.plan.method {
                    Method::Mc | Method::Agree => choices::write(self, cx, &adapters, part)?,
                    Method::Aj => answers::write(self, cx, &adapters, part)?,
                }
            }
        }
        Ok(Rest::Done)
    }
}

/// Hears of a cancel within a part without disturbing the progress over all parts.
struct Within<'a>(&'a dyn Observe);

impl Observe for Within<'_> {
    fn step(&self, _done: u64, _total: u64) -> Result<(), crate::base::observe::Cancelled> {
        self.0.step(0, 0)
    }
}
