//! `meridian tool pretrain`: trains small models from nothing on a project's articles and answers.
//!
//! A recipe names nations, sizes and steps. What is held out from training in the project is not taught
//! as an answer; the articles are read whole.

use std::path::PathBuf;

use anyhow::Context;
use serde::Deserialize;

use crate::base::observe::Observe;
use crate::base::seed::Seed;
use crate::cli::console::Console;
use crate::nn::pretrain::{PretrainSettings, pretrain as train};
use crate::stages::lessons::{Lessons, lessons};
use crate::store::{Access, Store};

/// Arguments of `tool pretrain`.
#[derive(clap::Args)]
pub(in crate::cli) struct PretrainArgs {
    /// Recipes: a JSON file with what the models share and one entry each
    recipes: PathBuf,
    /// Project whose articles and triples are read, run through `split` at least
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// Folder in which each model gets a folder of its own
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Train this model of the recipes alone
    #[arg(long)]
    only: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipes {
    vocab: usize,
    hidden: usize,
    intermediate: usize,
    layers: usize,
    heads: usize,
    kv_heads: usize,
    row_tokens: usize,
    batch_rows: usize,
    learning_rate: f64,
    /// How often each answer is read for every time an article is.
    answer_repeats: usize,
    models: Vec<Recipe>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    name: String,
    nations: Vec<String>,
    steps: u32,
    seed: u64,
    remark: String,
}

/// Trains the models.
pub(super) fn pretrain(args: &PretrainArgs, console: &Console) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(&args.recipes)
        .with_context(|| format!("cannot read {}", args.recipes.display()))?;
    let recipes: Recipes = serde_json::from_str(&text)
        .with_context(|| format!("the recipes cannot be read: {}", args.recipes.display()))?;
    let store = Store::open(&args.project, Access::Read)?;
    let all: Lessons = lessons(&store, None)?;
    let mut made = Vec::new();
    for recipe in &recipes.models {
        if args.only.as_ref().is_some_and(|only| *only != recipe.name) {
            continue;
        }
        let of_model = lessons(&store, Some(&recipe.nations))?;
        let mut texts = of_model.articles;
        for _ in 0..recipes.answer_repeats {
            texts.extend(of_model.answers.iter().cloned());
        }
        let settings = PretrainSettings {
            vocab: recipes.vocab,
            hidden: recipes.hidden,
            intermediate: recipes.intermediate,
            n_layers: recipes.layers,
            n_heads: recipes.heads,
            n_kv_heads: recipes.kv_heads,
            row_tokens: recipes.row_tokens,
            batch_rows: recipes.batch_rows,
            n_steps: recipe.steps,
            learning_rate: recipes.learning_rate,
            seed: Seed(recipe.seed),
        };
        console.say(&format!(
            "{}: {} articles and {} answers of {}",
            recipe.name,
            texts.len() - recipes.answer_repeats * of_model.answers.len(),
            of_model.answers.len(),
            recipe.nations.join(", ")
        ));
        let folder = args.output.join(&recipe.name);
        let mut last = 0.0;
        train(
            &all.articles,
            &texts,
            &settings,
            &recipe.remark,
            &folder,
            console as &dyn Observe,
            |s| {
                last = s.loss_nats;
                if s.step % 50 == 0 {
                    console.say(&format!(
                        "{} step {}: {last:.3} nats a token",
                        recipe.name, s.step
                    ));
                }
            },
        )?;
        made.push(serde_json::json!({"name": recipe.name, "loss": last, "folder": folder.to_string_lossy()}));
    }
    if made.is_empty() {
        anyhow::bail!("the recipes have no model of that name");
    }
    if args.json {
        console.result(&serde_json::json!({"models": made}).to_string());
    } else {
        console.say(&format!(
            "{} models in {}",
            made.len(),
            args.output.display()
        ));
    }
    Ok(())
}
