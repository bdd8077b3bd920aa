//! The items of an evaluation, and which adapter answers for which of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::ids::{RunId, StatementId};
use crate::base::language::Language;
use crate::base::seed::Seed;
use crate::domain::alignment::Variant;
use crate::domain::corpus::Nation;
use crate::domain::statement::{Statement, Triple};
use crate::nn::lora::Adapter;
use crate::nn::model::LanguageModel;
use crate::stages::StageError;
use crate::store::{AdapterKey, Store};

/// An item to evaluate on.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Its triple.
    pub triple: Triple,
    /// Language of the texts.
    pub language: Language,
    /// Nation of the document.
    pub nation: Nation,
}

/// Reads the triples with their nation and language, nation by nation.
pub(super) fn all_items(store: &Store) -> Result<Vec<Item>, StageError> {
    let by_id: BTreeMap<StatementId, Statement> =
        store.statements()?.into_iter().map(|s| (s.id, s)).collect();
    let mut items: Vec<Item> = store
        .triples()?
        .into_iter()
        .filter_map(|triple| {
            let s = by_id.get(&triple.statement)?;
            Some(Item {
                language: s.language,
                nation: s.nation,
                triple,
            })
        })
        .collect();
    // Nations stand together, so that a batch needs one adapter.
    items.sort_by_key(|i| (i.nation, i.triple.statement));
    Ok(items)
}

/// Keeps at most `most` items of each nation, set and fate in reduction, held-out ones first: these are what
/// a trained variant will be compared on.
pub(super) fn sample(
    store: &Store,
    items: &mut Vec<Item>,
    most: usize,
    seed: Seed,
) -> Result<(), StageError> {
    let mut test = BTreeMap::new();
    if let Some(split) = store.current_run("split")? {
        let rows = store.split_rows(split.id)?;
        test.extend(rows.into_iter().map(|r| (r.statement, r.test)));
    }
    let stratum: BTreeMap<StatementId, _> = store
        .statements()?
        .into_iter()
        .map(|s| (s.id, (s.nation, s.set, s.dropped)))
        .collect();
    // Held-out ones first, the others in an order drawn from the seed.
    let mut order: Vec<usize> = (0..items.len()).collect();
    seed.stream("evaluation sample").shuffle(&mut order);
    let held_out = |i: &Item| test.get(&i.triple.statement).copied().unwrap_or(false);
    order.sort_by_key(|&i| items.get(i).is_none_or(|i| !held_out(i)));
    let mut n_of = BTreeMap::new();
    let mut kept = BTreeSet::new();
    for i in order {
        let Some(item) = items.get(i) else { continue };
        let id = item.triple.statement;
        let n = n_of.entry(stratum.get(&id).copied()).or_insert(0);
        if *n < most {
            *n += 1;
            kept.insert(id);
        }
    }
    items.retain(|i| kept.contains(&i.triple.statement));
    Ok(())
}

/// Keeps the held-out items of reduced sets: what the trained variants are tested on.
pub(super) fn held_out(store: &Store, items: &mut Vec<Item>) -> Result<(), StageError> {
    let Some(split) = store.current_run("split")? else {
        return Err(StageError::Nothing {
            stage: "evaluate",
            advice: "aligned models are tested on held-out items; run the pipeline through `split` first",
        });
    };
    let test: BTreeMap<StatementId, bool> = store
        .split_rows(split.id)?
        .into_iter()
        .map(|r| (r.statement, r.test))
        .collect();
    let dropped: BTreeMap<StatementId, bool> = store
        .statements()?
        .into_iter()
        .map(|s| (s.id, s.dropped))
        .collect();
    items.retain(|i| {
        let id = i.triple.statement;
        test.get(&id).copied().unwrap_or(false) && !dropped.get(&id).copied().unwrap_or(false)
    });
    Ok(())
}

/// The adapters in force.
pub(super) enum Adapters {
    /// None.
    None,
    /// One for everything.
    One(Box<Adapter>),
    /// Those of a training: by nation (empty: pooled) and seed.
    Trained(BTreeMap<AdapterKey, Adapter>),
}

impl Adapters {
    /// Reads the adapters of a training of this project.
    pub(super) fn trained(
        store: &Store,
        model: &LanguageModel,
        run: RunId,
        variant: Variant,
    ) -> Result<Self, StageError> {
        let mut adapters = BTreeMap::new();
        for (key, _) in store.adapters(run)? {
            let folder = store.adapter_folder(run, &key);
            adapters.insert(key, model.adapter(&folder)?);
        }
        if adapters.is_empty() {
            return Err(StageError::Nothing {
                stage: "evaluate",
                advice: if variant == Variant::CrDpo {
                    "variant cr-dpo has not been trained; `meridian align` trains it"
                } else {
                    "variant dpo-only has not been trained; `meridian align` trains it"
                },
            });
        }
        Ok(Self::Trained(adapters))
    }

    /// Returns how many trials the adapters make, `None` where they make none of their own.
    pub(super) fn n_seeds(&self) -> Option<u32> {
        match self {
            Self::Trained(all) => all.keys().map(|k| k.seed).max(),
            Self::None | Self::One(_) => None,
        }
    }

    /// Returns the adapter for a nation and trial.
    pub(super) fn of(&self, nation: Nation, trial: u32) -> Option<&Adapter> {
        match self {
            Self::None => None,
            Self::One(adapter) => Some(adapter),
            Self::Trained(all) => [nation.code(), ""].into_iter().find_map(|nation| {
                all.get(&AdapterKey {
                    nation: nation.to_owned(),
                    seed: trial,
                })
            }),
        }
    }

    /// Drops items for whose nation there is no adapter.
    pub(super) fn keep_covered(&self, items: &mut Vec<Item>) {
        if let Self::Trained(_) = self {
            items.retain(|i| self.of(i.nation, 1).is_some());
        }
    }
}
