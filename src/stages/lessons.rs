//! What small models are taught: a project's articles, and answers to the questions that are trained on.

use std::collections::BTreeMap;

use super::StageError;
use super::evaluate::training_pair;
use crate::domain::corpus::Nation;
use crate::store::Store;

/// Texts to learn from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lessons {
    /// Articles with their headlines.
    pub articles: Vec<String>,
    /// Questions with their statements as answers; held-out and dropped ones are left out.
    pub answers: Vec<String>,
}

/// Reads the lessons of some nations, or of all.
///
/// # Errors
/// The store's; [`StageError::Nothing`] before the stage `split`.
pub fn lessons(store: &Store, nations: Option<&[String]>) -> Result<Lessons, StageError> {
    let taught = |nation: Nation| nations.is_none_or(|all| all.iter().any(|n| n == nation.code()));
    let Some(split) = store.current_run("split")? else {
        return Err(StageError::Nothing {
            stage: "pretrain",
            advice: "the project must be run through `split`, so that held-out answers are known",
        });
    };
    let held_out: BTreeMap<_, bool> = store
        .split_rows(split.id)?
        .into_iter()
        .map(|r| (r.statement, r.test))
        .collect();
    let statements: BTreeMap<_, _> = store.statements()?.into_iter().map(|s| (s.id, s)).collect();
    let mut out = Lessons::default();
    for doc in store.documents()? {
        if taught(doc.nation) && doc.duplicate_of == doc.id {
            out.articles.push(format!("{}\n{}", doc.title, doc.body));
        }
    }
    for triple in store.triples()? {
        let Some(s) = statements.get(&triple.statement) else {
            continue;
        };
        let left_out = s.dropped || held_out.get(&s.id).copied().unwrap_or(true);
        if taught(s.nation) && !left_out {
            let (prompt, chosen, _) = training_pair(&triple, s.language);
            out.answers.push(format!("{prompt}{chosen}"));
        }
    }
    Ok(out)
}
