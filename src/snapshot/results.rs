//! Builds what the Results view is drawn from; the numbers are the stage's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::SnapshotError;
use super::model::results::{CellDetail, CellItem, CellKey, ResultsData, TokenScore};
use crate::domain::evaluation::Method;
use crate::stages::results::{Findings, cell_items, tables, topic_labels};
use crate::stages::settings::Settings;
use crate::store::{Store, TokenScores};

/// Makes the tables, and names models that wait for their first evaluation.
pub(super) fn build(findings: &Findings, settings: &Settings) -> ResultsData {
    let evaluated = |name: &str| findings.evaluations.iter().any(|e| e.model.name == name);
    ResultsData {
        tables: tables(findings, settings.seed),
        waiting: settings
            .models
            .iter()
            .filter(|m| !evaluated(&m.name))
            .map(|m| m.name.clone())
            .collect(),
        n_triples: findings.items.len(),
    }
}

/// Reads the items of a cell, token by token where they were scored.
///
/// # Errors
/// The store's, or that the rounds cannot be replayed.
pub fn cell_detail(
    store: &Store,
    settings: &Settings,
    key: CellKey,
) -> Result<Option<CellDetail>, SnapshotError> {
    let findings = Findings::read(store, settings)?;
    let Some(evaluation) = findings.evaluations.iter().find(|e| e.run.id == key.run) else {
        return Ok(None);
    };
    let topic_of = topic_labels(store)?;
    let mut answers: BTreeMap<_, Vec<String>> = BTreeMap::new();
    if key.method == Method::Aj {
        for a in store.judged_answers(key.run)? {
            answers.entry(a.statement).or_default().push(a.answer);
        }
    }
    let mut items = Vec::new();
    for (id, verdicts) in cell_items(evaluation, &findings, key.set, key.nation) {
        let Some(facts) = findings.items.get(&id) else {
            continue;
        };
        let scores = store.token_scores(key.run, key.method, 1, id)?;
        let (statement_tokens, reverse_tokens) = scores
            .as_ref()
            .map_or_else(Default::default, |[s, rs]| (tokens(s), tokens(rs)));
        items.push(CellItem {
            statement: id,
            doc: facts.doc,
            topic: topic_of.get(&id).cloned().unwrap_or_default(),
            language: facts.language,
            question: facts.triple.question.clone(),
            statement_text: facts.triple.statement_text.clone(),
            reverse: facts.triple.reverse.clone(),
            verdicts: verdicts.to_vec(),
            own_perplexities: scores
                .as_ref()
                .and_then(|[s, rs]| Some((s.statement_perplexity()?, rs.statement_perplexity()?))),
            perplexities: scores.map(|[s, rs]| (s.perplexity(), rs.perplexity())),
            statement_tokens,
            reverse_tokens,
            answers: answers.remove(&id).unwrap_or_default(),
        });
    }
    // Wrong by most first: where the reverse statement is that much more expected.
    items.sort_by(|a, b| lead(b).total_cmp(&lead(a)));
    Ok(Some(CellDetail {
        key,
        items: Arc::new(items),
    }))
}

/// How far the model leans to the reverse statement: ln of the perplexities' ratio, or wrong trials.
fn lead(item: &CellItem) -> f64 {
    match item.perplexities {
        Some((s, rs)) => s.ln() - rs.ln(),
        None => item.verdicts.iter().filter(|v| !v.is_right()).count() as f64,
    }
}

/// Cuts a continuation at its tokens' ends; tokens of one character stand together.
fn tokens(scores: &TokenScores) -> Vec<TokenScore> {
    let chars: Vec<char> = scores.continuation.chars().collect();
    let mut out: Vec<TokenScore> = Vec::new();
    let mut from = 0;
    for (end, logp) in scores.ends.iter().zip(&scores.logps_nats) {
        let end = (*end as usize).min(chars.len());
        match out.last_mut() {
            Some(last) if end <= from => last.logp_nats += f64::from(*logp),
            _ => {
                let text = chars.get(from..end).unwrap_or_default().iter().collect();
                out.push(TokenScore {
                    text,
                    logp_nats: f64::from(*logp),
                });
                from = end;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_one_character_stand_together() {
        let scores = TokenScores {
            continuation: "\n应当 so".to_owned(),
            statement_from: 1,
            logps_nats: vec![-1.0, -2.0, -0.5, -0.25, -3.0],
            // The first Han character took two tokens, the second one.
            ends: vec![1, 2, 2, 3, 6],
            prefix_holds: true,
        };
        let cut = tokens(&scores);
        let texts: Vec<&str> = cut.iter().map(|t| t.text.as_str()).collect();
        assert_eq!(texts, ["\n", "应", "当", " so"]);
        assert!((cut[1].logp_nats + 2.5).abs() < 1e-9);
    }
}
