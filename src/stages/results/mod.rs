//! Tables of what evaluations found: read by screen, report and export alike, so that their numbers are
//! the same.
//!
//! It reads stored outcomes only. [`tables`] makes the heatmaps, [`compare`] the paired comparison of two
//! evaluations, [`alignment`] Table 3.

mod alignment;
mod cell;
mod compare;
mod tables;

use std::collections::BTreeMap;

pub use alignment::{alignments, reference_variants};
pub use cell::{Rates, cell_items};
pub use compare::{Compared, compare};
pub use tables::{export_rows, tables};

use super::StageError;
use super::evaluate::reads_of;
use super::input_hash;
use super::settings::Settings;
use crate::base::ids::{DocId, StatementId};
use crate::base::language::Language;
use crate::base::observe::Silent;
use crate::domain::alignment::Variant;
use crate::domain::corpus::Nation;
use crate::domain::evaluation::{ItemSet, ItemVerdict, Method};
use crate::domain::run::Run;
use crate::domain::statement::{StatementSet, Triple};
use crate::store::{Outcome, RunModel, Store, StoreError};

/// Documents of an issue from which it counts as contested where both sides speak.
const MIN_CONTESTED_DOCS: usize = 3;

/// What is known of an item besides its outcomes.
#[derive(Clone, Debug)]
pub struct ItemFacts {
    /// Its triple.
    pub triple: Triple,
    /// Nation of its document.
    pub nation: Nation,
    /// Language of the texts.
    pub language: Language,
    /// Its document.
    pub doc: DocId,
    /// Quoted, official or neither.
    pub set: StatementSet,
    /// Left out by reduction.
    pub dropped: bool,
    /// Of a contested issue.
    pub contested: bool,
    /// Held out from training, once there is a split.
    pub held_out: bool,
}

impl ItemFacts {
    /// Tells whether the item counts in a set.
    pub fn is_in(&self, set: ItemSet) -> bool {
        set.holds(self.set, self.dropped, self.contested)
    }
}

/// An evaluation in force with its outcomes by item and trial.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// Its run.
    pub run: Run,
    /// Whose it is.
    pub model: RunModel,
    /// How.
    pub method: Method,
    /// Verdicts by item, one per trial.
    pub verdicts: BTreeMap<StatementId, Vec<ItemVerdict>>,
}

impl Evaluation {
    /// Tells whether the model carries an adapter.
    pub fn is_aligned(&self) -> bool {
        !self.model.variant.is_empty()
    }
}

/// All items and evaluations of a project.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Items by statement.
    pub items: BTreeMap<StatementId, ItemFacts>,
    /// Evaluations in force whose input is still what they read, by subject.
    pub evaluations: Vec<Evaluation>,
    /// Subjects of evaluations whose input has changed since.
    pub out_of_date: Vec<String>,
    /// Nations that have items, in the paper's order.
    pub nations: Vec<Nation>,
}

impl Findings {
    /// Reads them.
    ///
    /// # Errors
    /// The store's, or that the rounds cannot be replayed.
    pub fn read(store: &Store, settings: &Settings) -> Result<Self, StageError> {
        let items = item_facts(store)?;
        let mut nations: Vec<Nation> = items.values().map(|i| i.nation).collect();
        nations.sort_by_key(|n| {
            (
                Nation::FIVE
                    .iter()
                    .position(|f| f == n)
                    .unwrap_or(usize::MAX),
                *n,
            )
        });
        nations.dedup();
        let mut out = Self {
            items,
            nations,
            ..Self::default()
        };
        for (run, model) in store.model_runs("evaluate")? {
            if run.output_hash.is_none() {
                continue;
            }
            if input_hash(store, &reads_of(&model, settings))? != run.input_hash {
                out.out_of_date.push(run.subject);
                continue;
            }
            out.evaluations.extend(evaluation(store, run, model)?);
        }
        // A model's aligned forms follow it.
        out.evaluations
            .sort_by_key(|e| (e.model.base.clone(), variant_rank(&e.model), e.run.id));
        Ok(out)
    }
}

/// Base first, adapters from elsewhere, then the trained variants in order.
fn variant_rank(model: &RunModel) -> usize {
    match (model.variant.as_str(), Variant::parse(&model.variant)) {
        ("", _) => 0,
        (_, None) => 1,
        (_, Some(v)) => 2 + Variant::ALL.iter().position(|x| *x == v).unwrap_or(0),
    }
}

/// Reads one run's outcomes.
pub(super) fn evaluation(
    store: &Store,
    run: Run,
    model: RunModel,
) -> Result<Option<Evaluation>, StageError> {
    let outcomes = store.outcomes(run.id)?;
    let Some(method) = outcomes.first().map(|o: &Outcome| o.method) else {
        return Ok(None);
    };
    let mut verdicts: BTreeMap<StatementId, Vec<ItemVerdict>> = BTreeMap::new();
    for o in outcomes {
        verdicts.entry(o.statement).or_default().push(o.verdict);
    }
    Ok(Some(Evaluation {
        run,
        model,
        method,
        verdicts,
    }))
}

/// Reads the label of the topic that each statement's document belongs to, where it has one.
///
/// # Errors
/// The store's.
pub fn topic_labels(store: &Store) -> Result<BTreeMap<StatementId, String>, StoreError> {
    let labels: BTreeMap<_, String> = store
        .topics()?
        .into_iter()
        .map(|t| (t.id, t.label))
        .collect();
    Ok(store
        .statements()?
        .into_iter()
        .filter_map(|s| Some((s.id, labels.get(&s.topic?)?.clone())))
        .collect())
}

fn item_facts(store: &Store) -> Result<BTreeMap<StatementId, ItemFacts>, StageError> {
    let contested = contested(store)?;
    let mut held_out = BTreeMap::new();
    if let Some(split) = store.current_run("split")? {
        held_out.extend(
            store
                .split_rows(split.id)?
                .into_iter()
                .map(|r| (r.statement, r.test)),
        );
    }
    let statements: BTreeMap<StatementId, _> =
        store.statements()?.into_iter().map(|s| (s.id, s)).collect();
    Ok(store
        .triples()?
        .into_iter()
        .filter_map(|triple| {
            let s = statements.get(&triple.statement)?;
            let facts = ItemFacts {
                nation: s.nation,
                language: s.language,
                doc: s.doc,
                set: s.set,
                dropped: s.dropped,
                contested: contested.contains(&s.id),
                held_out: held_out.get(&s.id).copied().unwrap_or(false),
                triple,
            };
            Some((s.id, facts))
        })
        .collect())
}

/// Statements of issues that stay contested: both sides speak, and neither prevails.
pub(super) fn contested(
    store: &Store,
) -> Result<std::collections::BTreeSet<StatementId>, StageError> {
    let mut out = std::collections::BTreeSet::new();
    let Some(run) = store.newest_run("reduce")? else {
        return Ok(out);
    };
    let members: BTreeMap<_, _> = store
        .issues(run.id)?
        .into_iter()
        .map(|i| (i.id, i.members))
        .collect();
    let replay = super::reduce::Replay::read(store, run.id, &Silent)?;
    for (_, state, _) in replay.states() {
        for summary in state.issue_summaries() {
            let both_speak = summary.n_for > 0 && summary.n_against > 0;
            if summary.contested.is_some() && summary.n_docs >= MIN_CONTESTED_DOCS && both_speak {
                let of_issue = members.get(&summary.issue).into_iter().flatten();
                out.extend(of_issue.map(|m| m.statement));
            }
        }
    }
    Ok(out)
}
