//! `split`: which triples are trained on and which are held out, so that nothing leaks from one to the other.
//!
//! All triples are split once, dropped ones too: training on unreduced items must not meet a neighbor of
//! a held-out one either.

use std::collections::BTreeMap;

use super::settings::Settings;
use super::{Rest, Stage, StageCx, StageError, WHOLE, names};
use crate::algo::split::{
    Leak, Part, SplitError, SplitItem, SplitSettings, check_split, split_items, text_groups,
};
use crate::annotate::Annotator;
use crate::base::ids::StatementId;
use crate::base::observe::Observe;
use crate::domain::statement::{Statement, StatementSet};
use crate::store::{SplitRow, Store};

/// The stage.
pub(super) struct SplitStage;

impl Stage for SplitStage {
    fn name(&self) -> &'static str {
        "split"
    }

    fn version(&self) -> u32 {
        1
    }

    fn reads(&self, _settings: &Settings) -> Vec<String> {
        names(&["prepare", "extract", "judge_source", "triples", "reduce"])
    }

    fn params(&self, _settings: &Settings, _annotator: &dyn Annotator) -> String {
        r#"{"test_share":0.2}"#.to_owned()
    }

    fn advance(&self, cx: &mut StageCx<'_>) -> Result<Rest, StageError> {
        if cx.whole_is_done()? {
            return Ok(Rest::Done);
        }
        cx.observe.phase("split");
        let (items, texts) = items(cx.store)?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let groups = text_groups(&items, &texts, cx.observe).map_err(refused)?;
        let settings = SplitSettings {
            seed: cx.settings.seed,
            ..SplitSettings::default()
        };
        let split = split_items(&items, Some(&groups), &settings).map_err(refused)?;
        let rows: Vec<SplitRow> = items
            .iter()
            .zip(&split.parts)
            .zip(&split.components)
            .map(|((item, part), component)| SplitRow {
                statement: StatementId(item.id),
                test: *part == Part::Test,
                component: *component as i64,
            })
            .collect();
        let leaks = check_split(&items, &split.parts, &texts, cx.observe).map_err(refused)?;
        if let Some(leak) = leaks.first() {
            return Err(leaking(leak));
        }
        let n_test = rows.iter().filter(|r| r.test).count();
        cx.store.write(|unit| {
            unit.insert_split(cx.run.id, &rows)?;
            unit.put_measure(cx.run.id, "n_units", 1.0)?;
            unit.put_measure(cx.run.id, "n_components", split.n_components as f64)?;
            unit.put_measure(cx.run.id, "n_test", n_test as f64)?;
            unit.finish_unit(cx.run.id, WHOLE)
        })?;
        Ok(Rest::Done)
    }
}

/// Turns an error of the split into the stage's.
fn refused(error: SplitError) -> StageError {
    match error {
        SplitError::Cancelled(_) => StageError::Cancelled,
        other => StageError::Compute {
            stage: "split",
            reason: other.to_string(),
        },
    }
}

fn leaking(leak: &Leak) -> StageError {
    StageError::Compute {
        stage: "split",
        reason: format!(
            "the same {} stands on both sides: statements {} and {}",
            leak.kind.words(),
            leak.train,
            leak.test
        ),
    }
}

/// Looks once more, as a training does before it begins, whether anything leaks from test to training.
///
/// # Errors
/// [`StageError::Compute`] names the first leak.
pub(super) fn check(
    store: &Store,
    rows: &[SplitRow],
    observe: &dyn Observe,
) -> Result<(), StageError> {
    let (items, texts) = items(store)?;
    let side: BTreeMap<i64, bool> = rows.iter().map(|r| (r.statement.0, r.test)).collect();
    let mut of_split = Vec::new();
    let mut parts = Vec::new();
    let mut of_texts = Vec::new();
    for (item, text) in items.iter().zip(&texts) {
        if let Some(test) = side.get(&item.id) {
            of_split.push(*item);
            parts.push(if *test { Part::Test } else { Part::Train });
            of_texts.push(text.as_str());
        }
    }
    let leaks = check_split(&of_split, &parts, &of_texts, observe).map_err(refused)?;
    leaks.first().map_or(Ok(()), |leak| Err(leaking(leak)))
}

/// The triples as items of a split, with the texts whose near copies stay together.
fn items(store: &Store) -> Result<(Vec<SplitItem>, Vec<String>), StageError> {
    let statements: BTreeMap<StatementId, Statement> =
        store.statements()?.into_iter().map(|s| (s.id, s)).collect();
    let first_of: BTreeMap<_, _> = store
        .documents()?
        .into_iter()
        .map(|d| (d.id, d.duplicate_of))
        .collect();
    let mut issue_of = BTreeMap::new();
    if let Some(run) = store.current_run("reduce")? {
        for issue in store.issues(run.id)? {
            for member in &issue.members {
                issue_of.insert(member.statement, issue.id.0);
            }
        }
    }
    let mut nations: Vec<_> = statements.values().map(|s| s.nation).collect();
    nations.sort_unstable();
    nations.dedup();
    let mut items = Vec::new();
    let mut texts = Vec::new();
    for triple in store.triples()? {
        let Some(s) = statements.get(&triple.statement) else {
            continue;
        };
        let nation = nations.binary_search(&s.nation).unwrap_or(0);
        let set = StatementSet::ALL
            .iter()
            .position(|x| *x == s.set)
            .unwrap_or(0);
        items.push(SplitItem {
            id: s.id.0,
            stratum: nation * StatementSet::ALL.len() + set,
            document: s.doc.0,
            near_duplicate: first_of.get(&s.doc).map_or(s.doc.0, |d| d.0),
            issue: issue_of.get(&s.id).copied(),
        });
        texts.push(triple.statement_text);
    }
    Ok((items, texts))
}
