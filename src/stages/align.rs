//! `align`: trains adapters by preference on ⟨Q, S, RS⟩, one for each nation and training seed.
//!
//! Variant A2 trains on reduced items, A3 on all; both leave the held-out items and all that belongs to
//! them alone. The reference's log-probabilities are computed once and stored. Each unit is a few optimizer
//! steps with a checkpoint, so that a pause, a crash or a kill loses no more than those, and a training
//! taken up again gives the same numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::evaluate::{align_subject, training_pair};
use super::settings::{Settings, Training};
use super::{Rest, Stage, StageCx, StageError, names, split};
use crate::annotate::Annotator;
use crate::base::ids::StatementId;
use crate::base::kill_point::kill_point;
use crate::base::observe::Observe;
use crate::base::seed::Seed;
use crate::domain::alignment::Variant;
use crate::domain::corpus::Nation;
use crate::nn::dpo::{
    DpoSettings, EncodedPair, Pair, Reference, Trainer, encode_pairs, references,
};
use crate::nn::lora::LoraSettings;
use crate::nn::model::LanguageModel;
use crate::nn::preference::PreferenceLoss;
use crate::nn::schedule::Schedule;
use crate::nn::{demonstration, device, peft};
use crate::store::{AdapterKey, RunModel, Store};

/// Optimizer steps between two checkpoints.
const STEPS_PER_UNIT: u32 = 8;

/// Pairs computed at once.
const MICRO_PAIRS: usize = 4;

/// Unit of the reference's log-probabilities.
const REFERENCES: i64 = 0;

/// Units of one adapter are numbered from here on, adapter by adapter.
const UNITS_PER_ADAPTER: i64 = 1_000_000;

/// What to train.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlignmentPlan {
    /// Name of the model.
    pub model: String,
    /// Its folder as written, or `demonstration:NAME`.
    pub folder: String,
    /// A2 or A3.
    pub variant: Variant,
}

#[derive(Serialize, Deserialize)]
struct Written {
    model: String,
    folder: String,
    variant: String,
}

impl AlignmentPlan {
    fn to_json(&self) -> String {
        let written = Written {
            model: self.model.clone(),
            folder: self.folder.clone(),
            variant: self.variant.code().to_owned(),
        };
        // A struct of plain fields always serializes.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// Reads the plan that a job remembers.
    pub fn from_json(json: &str) -> Option<Self> {
        let w: Written = serde_json::from_str(json).ok()?;
        Some(Self {
            variant: Variant::parse(&w.variant)?,
            model: w.model,
            folder: w.folder,
        })
    }
}

/// The stage with its model loaded.
pub struct Align {
    plan: AlignmentPlan,
    subject: String,
    model: LanguageModel,
}

impl Align {
    /// Loads and checks the model, before anything is stored.
    ///
    /// # Errors
    /// [`StageError::Network`] with what is wrong; [`StageError::Compute`] for a variant that trains nothing.
    pub fn prepare(plan: AlignmentPlan) -> Result<Self, StageError> {
        if !plan.variant.is_trained() {
            return Err(StageError::Compute {
                stage: "align",
                reason: format!(
                    "variant {} trains nothing; it follows from the evaluation of the base model",
                    plan.variant.code()
                ),
            });
        }
        let (device, _) = device::pick();
        let model = LanguageModel::load(&demonstration::resolve(&plan.folder), &device)?;
        Ok(Self {
            subject: align_subject(&plan.model, plan.variant),
            plan,
            model,
        })
    }

    /// Returns the settings of one adapter's training.
    fn dpo(training: &Training, project: Seed, seed: u32) -> DpoSettings {
        let t = training.steps;
        DpoSettings {
            lora: LoraSettings {
                rank: t.rank,
                alpha: t.alpha,
                ..LoraSettings::default()
            },
            learning_rate: t.learning_rate,
            beta: t.beta,
            n_epochs: t.n_epochs,
            batch_pairs: t.batch_pairs,
            micro_pairs: MICRO_PAIRS,
            loss: PreferenceLoss::Sigmoid,
            schedule: Schedule::Cosine,
            warmup_share: 0.1,
            max_steps: None,
            shuffle: true,
            seed: Seed(project.stream(&format!("training {seed}")).next_u64()),
        }
    }
}

/// Returns the training's settings in one line, as shown.
pub fn settings_line(t: &Training) -> String {
    let s = t.steps;
    format!(
        "LoRA r {} α {} · all linear layers · β {} · lr {:e} · {} epochs · {} pairs a step · {}",
        s.rank,
        s.alpha,
        s.beta,
        s.learning_rate,
        s.n_epochs,
        s.batch_pairs,
        if t.pooled {
            "nations pooled"
        } else {
            "one adapter a nation"
        }
    )
}

/// An item to train on.
struct Example {
    statement: StatementId,
    nation: String,
    pair: Pair,
}

/// Reads the items that a variant trains on, checked once more for leaks.
fn examples(
    store: &Store,
    variant: Variant,
    training: &Training,
    observe: &dyn Observe,
) -> Result<Vec<Example>, StageError> {
    let Some(run) = store.current_run("split")? else {
        return Err(StageError::Nothing {
            stage: "align",
            advice: "the items are not split yet; run the pipeline through `split` first",
        });
    };
    let rows = store.split_rows(run.id)?;
    split::check(store, &rows, observe)?;
    let train: BTreeMap<StatementId, bool> = rows.iter().map(|r| (r.statement, !r.test)).collect();
    let statements: BTreeMap<StatementId, _> =
        store.statements()?.into_iter().map(|s| (s.id, s)).collect();
    let mut out = Vec::new();
    for triple in store.triples()? {
        let Some(s) = statements.get(&triple.statement) else {
            continue;
        };
        let left_out = s.dropped && variant == Variant::CrDpo;
        if left_out || !train.get(&s.id).copied().unwrap_or(false) {
            continue;
        }
        let (prompt, chosen, rejected) = training_pair(&triple, s.language);
        out.push(Example {
            statement: s.id,
            nation: if training.pooled {
                String::new()
            } else {
                s.nation.code().to_owned()
            },
            pair: Pair {
                prompt,
                chosen,
                rejected,
            },
        });
    }
    if let Some(most) = training.max_pairs {
        // Evenly spread over the corpus, so that the choice favors nothing.
        let of_nation: BTreeMap<StatementId, Nation> =
            statements.values().map(|s| (s.id, s.nation)).collect();
        let chosen = spread(&out, most, |e| of_nation.get(&e.statement).copied());
        out.retain(|e| chosen.contains(&e.statement));
    }
    out.sort_by(|a, b| (&a.nation, a.statement).cmp(&(&b.nation, b.statement)));
    Ok(out)
}

/// Chooses at most `most` examples of each nation, evenly spread.
fn spread(
    examples: &[Example],
    most: usize,
    nation_of: impl Fn(&Example) -> Option<Nation>,
) -> BTreeSet<StatementId> {
    let mut by_nation: BTreeMap<Option<Nation>, Vec<StatementId>> = BTreeMap::new();
    for e in examples {
        by_nation.entry(nation_of(e)).or_default().push(e.statement);
    }
    let mut out = BTreeSet::new();
    for ids in by_nation.values_mut() {
        ids.sort_unstable();
        let n = ids.len();
        let taken = most.min(n);
        out.extend((0..taken).filter_map(|i| ids.get(i * n / taken.max(1)).copied()));
    }
    out
}

impl Stage for Align {
    fn name(&self) -> &'static str {
        "align"
    }

    fn version(&self) -> u32 {
        2
    }

    fn subject(&self) -> &str {
        &self.subject
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        names(&["triples", "reduce", "split"])
    }

    fn params(&self, settings: &Settings, _annotator: &dyn Annotator) -> String {
        let t = &settings.training;
        serde_json::json!({
            "model": self.model.fingerprint,
            "variant": self.plan.variant.code(),
            "learning_rate": t.steps.learning_rate,
            "beta": t.steps.beta,
            "epochs": t.steps.n_epochs,
            "batch": t.steps.batch_pairs,
            "rank": t.steps.rank,
            "alpha": t.steps.alpha,
            "seeds": t.n_seeds,
            "pooled": t.pooled,
            "max_pairs": t.max_pairs,
        })
        .to_string()
    }

    fn job_params(&self) -> Option<String> {
        Some(self.plan.to_json())
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        let training = cx.settings.training;
        let examples = examples(cx.store, self.plan.variant, &training, cx.observe)?;
        if examples.is_empty() {
            return Err(StageError::Nothing {
                stage: "align",
                advice: "there are no triples to train on; import news and run the pipeline first",
            });
        }
        let pairs: Vec<Pair> = examples.iter().map(|e| e.pair.clone()).collect();
        let encoded = encode_pairs(&self.model, &pairs)?;
        let groups: Vec<(&str, std::ops::Range<usize>)> = groups(&examples);
        let n_units: i64 = 1 + groups
            .iter()
            .map(|(_, range)| {
                let n_steps = Self::dpo(&training, cx.settings.seed, 1).n_steps(range.len());
                i64::from(n_steps.div_ceil(STEPS_PER_UNIT)) * i64::from(training.n_seeds)
            })
            .sum::<i64>();
        let run = cx.run.id;
        cx.store.write(|unit| {
            unit.put_measure(run, "n_units", n_units as f64)?;
            unit.put_run_model(
                run,
                &RunModel {
                    name: self.plan.model.clone(),
                    base: self.plan.model.clone(),
                    variant: self.plan.variant.code().to_owned(),
                    remark: self.model.remark.clone().unwrap_or_default(),
                },
            )
        })?;
        let n_steps: u32 = groups
            .iter()
            .map(|(_, range)| Self::dpo(&training, cx.settings.seed, 1).n_steps(range.len()))
            .sum::<u32>()
            * training.n_seeds;
        cx.store
            .write(|unit| unit.put_measure(run, "n_steps", f64::from(n_steps)))?;
        let references = self.references(cx, &examples, &encoded)?;
        cx.observe.phase("training");
        let mut n_before = 0;
        for (g, (nation, range)) in groups.iter().enumerate() {
            for seed in 1..=training.n_seeds {
                let at = g as i64 * i64::from(training.n_seeds) + i64::from(seed);
                let key = AdapterKey {
                    nation: (*nation).to_owned(),
                    seed,
                };
                let settings = Self::dpo(&training, cx.settings.seed, seed);
                let of_adapter = settings.n_steps(range.len());
                let progress = Progress {
                    inner: cx.observe,
                    n_before,
                    n_steps,
                };
                self.train(
                    cx.store,
                    run,
                    &key,
                    at * UNITS_PER_ADAPTER,
                    &encoded[range.clone()],
                    &references[range.clone()],
                    settings,
                    &progress,
                )?;
                n_before += of_adapter;
            }
        }
        Ok(Rest::Done)
    }
}

impl Align {
    /// Reads the reference's log-probabilities, or computes and stores them.
    fn references(
        &self,
        cx: &mut StageCx<'_>,
        examples: &[Example],
        encoded: &[EncodedPair],
    ) -> Result<Vec<Reference>, StageError> {
        let run = cx.run.id;
        if !cx.store.done_units(run)?.contains(&REFERENCES) {
            cx.observe.phase("reference");
            let computed = references(&self.model, encoded, MICRO_PAIRS, cx.observe)?;
            let rows: Vec<(StatementId, f64, f64)> = examples
                .iter()
                .zip(&computed)
                .map(|(e, r)| (e.statement, r.chosen_nats, r.rejected_nats))
                .collect();
            cx.store.write(|unit| {
                unit.insert_references(run, &rows)?;
                unit.finish_unit(run, REFERENCES)
            })?;
        }
        let stored = cx.store.references(run)?;
        examples
            .iter()
            .map(|e| {
                let (chosen_nats, rejected_nats) =
                    stored
                        .get(&e.statement)
                        .copied()
                        .ok_or(StageError::Compute {
                            stage: "align",
                            reason: "a reference is missing; start the training again".to_owned(),
                        })?;
                Ok(Reference {
                    chosen_nats,
                    rejected_nats,
                })
            })
            .collect()
    }

    /// Trains one adapter from where it stands.
    #[expect(
        clippy::too_many_arguments,
        reason = "store, run, adapter, unit, pairs, references, settings and progress of one training"
    )]
    fn train(
        &self,
        store: &mut Store,
        run: crate::base::ids::RunId,
        key: &AdapterKey,
        first_unit: i64,
        pairs: &[EncodedPair],
        references: &[Reference],
        settings: DpoSettings,
        progress: &Progress<'_>,
    ) -> Result<(), StageError> {
        if store.adapters(run)?.contains_key(key) {
            return Ok(());
        }
        let folder = store.adapter_folder(run, key);
        let checkpoints = checkpoint_folder(store, run, key);
        let stored = store
            .training_steps(run)?
            .get(key)
            .and_then(|steps| steps.last().map(|s| s.step))
            .unwrap_or(0);
        let mut trainer = Trainer::new(&self.model, pairs, references, settings, None)?;
        // A checkpoint whose steps were not stored any more is not trusted with them.
        trainer.resume(&checkpoints, Some(stored))?;
        while !trainer.is_done() {
            let committed = trainer.n_done();
            let mut steps = Vec::new();
            while steps.len() < STEPS_PER_UNIT as usize && !trainer.is_done() {
                steps.push(trainer.step(progress)?);
            }
            trainer.save(&checkpoints, committed)?;
            kill_point("checkpoint-written");
            let done = trainer.n_done();
            store.write(|unit| {
                unit.put_training_steps(run, key, &steps)?;
                unit.finish_unit(run, first_unit + i64::from(done))
            })?;
        }
        peft::write_adapter(
            &trainer.adapter,
            &self.plan.model,
            &self.model.fingerprint,
            &folder,
        )?;
        let hash = peft::adapter_fingerprint(&folder)?;
        kill_point("adapter-written");
        store.write(|unit| unit.insert_adapter(run, key, &hash))?;
        // The adapter is stored; a folder of checkpoints that stays behind costs only room.
        drop(std::fs::remove_dir_all(&checkpoints));
        Ok(())
    }
}

/// Where the checkpoints of an adapter lie while it is trained.
fn checkpoint_folder(store: &Store, run: crate::base::ids::RunId, key: &AdapterKey) -> PathBuf {
    store.adapter_folder(run, key).join("training")
}

/// The stretch of examples of each nation.
fn groups(examples: &[Example]) -> Vec<(&str, std::ops::Range<usize>)> {
    let mut out = Vec::new();
    let mut from = 0;
    for part in examples.chunk_by(|a, b| a.nation == b.nation) {
        if let Some(first) = part.first() {
            out.push((first.nation.as_str(), from..from + part.len()));
        }
        from += part.len();
    }
    out
}

/// Reports one adapter's steps as part of all steps.
struct Progress<'a> {
    inner: &'a dyn Observe,
    n_before: u32,
    n_steps: u32,
}

impl Observe for Progress<'_> {
    fn step(&self, done: u64, _total: u64) -> Result<(), crate::base::observe::Cancelled> {
        self.inner
            .step(u64::from(self.n_before) + done, u64::from(self.n_steps))
    }
}
