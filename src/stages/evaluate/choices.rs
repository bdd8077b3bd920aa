//! Multiple choice by perplexity, and agree or disagree: which of two continuations is more expected?

use super::items::Adapters;
use super::wording::{self, Choice, N_WORDINGS};
use super::{Evaluate, Part, Within};
use crate::domain::evaluation::{ItemVerdict, Method};
use crate::nn::score::{Adapted, Score, ScoreItem, Scored};
use crate::stages::{StageCx, StageError};
use crate::store::{Outcome, TokenScores};

/// Evaluates one part and stores it as one unit.
pub(super) fn write(
    stage: &Evaluate,
    cx: &mut StageCx<'_>,
    adapters: &Adapters,
    part: &Part<'_>,
) -> Result<(), StageError> {
    let method = stage.plan.method;
    // Trials vary the wording; with trained adapters they vary the training seed and the wording stays.
    let wording = if adapters.n_seeds().is_some() {
        1
    } else {
        (part.trial - 1) % N_WORDINGS + 1
    };
    let mut rows = Vec::with_capacity(part.items.len());
    for items in part.items.chunk_by(|a, b| a.nation == b.nation) {
        let Some(first) = items.first() else { continue };
        let adapted = Adapted {
            model: &stage.model,
            adapter: adapters.of(first.nation, part.trial),
        };
        let choices: Vec<Choice> = items
            .iter()
            .map(|i| match method {
                Method::Agree => wording::agree(&i.triple, i.language, wording),
                Method::Mc | Method::Aj => wording::choice(&i.triple, i.language, wording),
            })
            .collect();
        let to_score: Vec<ScoreItem> = choices
            .iter()
            .flat_map(|c| {
                [&c.with, &c.against].map(|continuation| ScoreItem {
                    context: c.context.clone(),
                    continuation: continuation.clone(),
                })
            })
            .collect();
        let scored = adapted.score(&to_score, &Within(cx.observe))?;
        for ((item, choice), both) in items.iter().zip(&choices).zip(scored.chunks_exact(2)) {
            let [with, against] = both else { continue };
            let sides = [with, against].map(|s| token_scores(s, choice.words_from));
            rows.push((item.triple.statement, verdict(with, against), sides));
        }
    }
    cx.store.write(|unit| {
        for (statement, verdict, [with, against]) in &rows {
            unit.insert_outcome(
                cx.run.id,
                &Outcome {
                    method,
                    trial: part.trial,
                    statement: *statement,
                    verdict: *verdict,
                },
            )?;
            unit.insert_token_scores(cx.run.id, method, part.trial, *statement, [with, against])?;
        }
        unit.finish_unit(cx.run.id, part.number)
    })?;
    Ok(())
}

/// The smaller perplexity wins; equal ones are a tie.
fn verdict(with: &Scored, against: &Scored) -> ItemVerdict {
    match with.perplexity().total_cmp(&against.perplexity()) {
        std::cmp::Ordering::Less => ItemVerdict::Statement,
        std::cmp::Ordering::Equal => ItemVerdict::Tie,
        std::cmp::Ordering::Greater => ItemVerdict::Reverse,
    }
}

fn token_scores(scored: &Scored, words_from: u32) -> TokenScores {
    TokenScores {
        continuation: scored.continuation.clone(),
        statement_from: words_from,
        logps_nats: scored.logps_nats.clone(),
        ends: scored.ends.clone(),
        prefix_holds: scored.prefix_holds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_expected_continuation_wins() {
        let scored = |logps: &[f32]| Scored {
            continuation: String::new(),
            logps_nats: logps.to_vec(),
            ends: Vec::new(),
            prefix_holds: true,
        };
        let check = |a: &[f32], b: &[f32], v| assert_eq!(verdict(&scored(a), &scored(b)), v);
        check(&[-1.0, -2.0], &[-2.0], ItemVerdict::Statement);
        check(&[-3.0], &[-2.0, -2.0, -2.0], ItemVerdict::Reverse);
        check(&[-2.0], &[-2.0, -2.0], ItemVerdict::Tie);
    }
}
