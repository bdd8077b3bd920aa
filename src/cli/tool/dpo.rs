//! `meridian tool dpo`: trains a `LoRA` adapter on preference pairs, with checkpoints and a log.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use serde::Deserialize;
use serde_json::json;

use super::{ModelArgs, Timing, finish, load, read_lines};
use crate::base::observe::Observe;
use crate::base::seed::Seed;
use crate::cli::console::Console;
use crate::domain::alignment::TrainingStep;
use crate::nn::dpo::{DpoSettings, EncodedPair, Pair, Trainer, encode_pairs, references};
use crate::nn::lora::{Adapter, LoraSettings, Target};
use crate::nn::model::LanguageModel;
use crate::nn::peft;
use crate::nn::preference::PreferenceLoss;
use crate::nn::schedule::Schedule;

/// Steps between two checkpoints.
const STEPS_PER_CHECKPOINT: u32 = 20;

/// Arguments of `tool dpo`.
#[derive(clap::Args)]
pub(in crate::cli) struct DpoArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// JSON lines with `prompt`, `chosen`, `rejected`
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Folder for the adapter, its checkpoints and `log.jsonl`
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Folder of an adapter to begin from
    #[arg(long, value_name = "DIR")]
    init_adapter: Option<PathBuf>,
    /// Peak learning rate
    #[arg(long, default_value_t = 5e-5)]
    learning_rate: f64,
    /// β
    #[arg(long, default_value_t = 0.1)]
    beta: f64,
    /// Passes over the pairs
    #[arg(long, default_value_t = 3)]
    epochs: u32,
    /// Pairs computed at once
    #[arg(long, default_value_t = 2)]
    batch: usize,
    /// Parts of that size in an optimizer step
    #[arg(long, default_value_t = 32)]
    accumulation: usize,
    /// Rank of the adapter
    #[arg(long, default_value_t = 8)]
    rank: usize,
    /// α of the adapter
    #[arg(long, default_value_t = 16.0)]
    alpha: f64,
    /// Layers, separated by commas [default: all linear layers]
    #[arg(long, value_delimiter = ',', value_parser = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])]
    targets: Vec<String>,
    /// The loss
    #[arg(long, value_parser = ["sigmoid", "ipo", "hinge", "robust", "simpo", "orpo"], default_value = "sigmoid")]
    loss: String,
    /// Course of the learning rate
    #[arg(long, value_parser = ["linear", "cosine", "constant"], default_value = "cosine")]
    schedule: String,
    /// Share of the steps over which the rate rises
    #[arg(long, default_value_t = 0.1)]
    warmup: f64,
    /// Seed of adapter and order
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Most optimizer steps
    #[arg(long)]
    max_steps: Option<u32>,
    /// Keep the pairs in the file's order
    #[arg(long)]
    no_shuffle: bool,
    /// Go on from the newest checkpoint in the output folder
    #[arg(long)]
    resume: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Line {
    prompt: String,
    chosen: String,
    rejected: String,
}

/// Trains the adapter.
pub(super) fn dpo(args: &DpoArgs, console: &Console) -> anyhow::Result<()> {
    let lines: Vec<Line> = read_lines(&args.data)?;
    let mut loaded = load(&args.model, args.init_adapter.as_deref())?;
    let initial = loaded.adapter.take();
    let model = &loaded.model;
    let pairs: Vec<Pair> = lines
        .into_iter()
        .map(|l| Pair {
            prompt: l.prompt,
            chosen: l.chosen,
            rejected: l.rejected,
        })
        .collect();
    let targets: Vec<Target> = args
        .targets
        .iter()
        .filter_map(|t| Target::parse(t))
        .collect();
    let settings = DpoSettings {
        lora: LoraSettings {
            rank: args.rank,
            alpha: args.alpha,
            rank_stabilized: false,
            targets: if targets.is_empty() {
                Target::in_model(&model.decoder.config)
            } else {
                targets
            },
        },
        learning_rate: args.learning_rate,
        beta: args.beta,
        n_epochs: args.epochs,
        batch_pairs: args.batch * args.accumulation,
        micro_pairs: args.batch,
        loss: PreferenceLoss::parse(&args.loss).unwrap_or(PreferenceLoss::Sigmoid),
        schedule: Schedule::parse(&args.schedule).unwrap_or(Schedule::Cosine),
        warmup_share: args.warmup,
        max_steps: args.max_steps,
        shuffle: !args.no_shuffle,
        seed: Seed(args.seed),
    };
    settings.check()?;
    let encoded = encode_pairs(model, &pairs)?;
    fs::create_dir_all(&args.output)
        .with_context(|| format!("cannot make {}", args.output.display()))?;
    let work = |timing: &Timing<'_>| train(args, model, &encoded, settings, initial, timing);
    let (trained, mut summary) =
        Timing::begin("training", console).run(args.model.threads, work)?;
    loaded.describe(&mut summary);
    let last = trained.last;
    summary.insert("adapter".into(), json!(args.output.to_string_lossy()));
    summary.insert("steps".into(), trained.n_steps.into());
    summary.insert("pairs".into(), pairs.len().into());
    summary.insert("pairs_per_second".into(), trained.pairs_per_sec.into());
    summary.insert("loss".into(), json!(last.map(|s| s.loss_nats)));
    summary.insert("margin".into(), json!(last.map(|s| s.margin())));
    summary.insert("accuracy".into(), json!(last.map(|s| s.accuracy_share)));
    let text = format!(
        "{} steps; adapter written to {}",
        trained.n_steps,
        args.output.display()
    );
    finish(args.json, summary, &text, console);
    Ok(())
}

/// What a training came to.
struct Trained {
    n_steps: u32,
    /// The last step of this run, `None` where none was left to do.
    last: Option<TrainingStep>,
    /// Pairs trained in a second, the reference left out.
    pairs_per_sec: f64,
}

fn train(
    args: &DpoArgs,
    model: &LanguageModel,
    encoded: &[EncodedPair],
    settings: DpoSettings,
    initial: Option<Adapter>,
    timing: &Timing<'_>,
) -> anyhow::Result<Trained> {
    let batch_pairs = settings.batch_pairs;
    timing.phase("reference");
    let refs = references(model, encoded, 2 * args.batch, timing)?;
    let mut trainer = Trainer::new(model, encoded, &refs, settings, initial)?;
    let log_path = args.output.join("log.jsonl");
    if args.resume {
        trainer.resume(&args.output, None)?;
    }
    let mut log = kept_log(&log_path, trainer.n_done())?;
    timing.phase("training");
    let mut last = None;
    let began_training = Instant::now();
    let first = trainer.n_done();
    while !trainer.is_done() {
        let before = trainer.n_done();
        for _ in 0..STEPS_PER_CHECKPOINT {
            if trainer.is_done() {
                break;
            }
            let began = Instant::now();
            let step = trainer.step(timing)?;
            let secs = began.elapsed().as_secs_f64().max(1e-9);
            let line = step_json(&step, step.n_tokens as f64 / secs, secs).to_string();
            writeln!(log, "{line}")
                .with_context(|| format!("cannot write {}", log_path.display()))?;
            last = Some(step);
        }
        trainer.save(&args.output, before)?;
    }
    let n_trained = (trainer.n_done() - first) as usize * batch_pairs;
    let pairs_per_sec = n_trained as f64 / began_training.elapsed().as_secs_f64().max(1e-9);
    let name = model.name();
    peft::write_adapter(&trainer.adapter, &name, &model.fingerprint, &args.output)?;
    Ok(Trained {
        n_steps: trainer.n_steps(),
        last,
        pairs_per_sec,
    })
}

/// Opens the log with the lines of the steps that are kept.
fn kept_log(path: &Path, n_done: u32) -> anyhow::Result<fs::File> {
    let cannot = || format!("cannot write {}", path.display());
    let mut kept = String::new();
    for line in fs::read_to_string(path)
        .unwrap_or_default()
        .lines()
        .take(n_done as usize)
    {
        kept.push_str(line);
        kept.push('\n');
    }
    fs::write(path, kept).with_context(cannot)?;
    fs::OpenOptions::new()
        .append(true)
        .open(path)
        .with_context(cannot)
}

fn step_json(s: &TrainingStep, tokens_per_sec: f64, secs: f64) -> serde_json::Value {
    serde_json::json!({
        "step": s.step, "loss": s.loss_nats, "rewards/chosen": s.reward_chosen, "rewards/rejected": s.reward_rejected,
        "rewards/margins": s.margin(), "rewards/accuracies": s.accuracy_share, "logps/chosen": s.chosen_logp_nats,
        "logps/rejected": s.rejected_logp_nats, "grad_norm": s.gradient_norm, "learning_rate": s.learning_rate,
        "tokens_per_second": tokens_per_sec, "secs": secs,
    })
}
