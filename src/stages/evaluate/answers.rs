//! Answers judged: the model answers in its own words, and a judge says in both orders which reference
//! the answer is closer to.

use super::items::{Adapters, Item};
use super::wording;
use super::{Evaluate, Part, Within};
use crate::annotate::answer::CloserVerdict;
use crate::annotate::is_refusal;
use crate::annotate::question::Question;
use crate::base::seed::Seed;
use crate::domain::evaluation::{Closer, ItemVerdict, Method, judged_in_both_orders};
use crate::nn::generate::{Generate, Sampling};
use crate::nn::model::LanguageModel;
use crate::nn::score::{Adapted, Score, ScoreItem};
use crate::stages::ask::{Asked, ask_all};
use crate::stages::{StageCx, StageError};
use crate::store::{FailureRecord, JudgedAnswer, Outcome};

/// Longest answer, tokens; the judge looks at its first line.
const ANSWER_TOKENS: usize = 32;

/// Evaluates one part and stores it as one unit.
pub(super) fn write(
    stage: &Evaluate,
    cx: &mut StageCx<'_>,
    adapters: &Adapters,
    part: &Part<'_>,
) -> Result<(), StageError> {
    let answers = generate(stage, cx, adapters, part)?;
    let (verdicts, asked) = match &stage.judge {
        Some(judge) => (by_model(judge, cx, part.items, &answers)?, Vec::new()),
        None => by_annotator(cx, part.items, &answers)?,
    };
    let mut failures = Vec::new();
    let mut rows = Vec::with_capacity(part.items.len());
    for ((item, answer), both) in part.items.iter().zip(&answers).zip(verdicts) {
        let statement = item.triple.statement;
        let (s_first, rs_first) = match both {
            Ok(both) => both,
            Err(reason) => {
                failures.push(FailureRecord {
                    stage: "evaluate".to_owned(),
                    subject: format!("answer to “{}”", item.triple.question),
                    reason,
                });
                (Closer::Neither, Closer::Neither)
            }
        };
        let verdict = if answer.is_empty() || is_refusal(item.language, answer) {
            ItemVerdict::Refused
        } else {
            judged_in_both_orders(s_first, rs_first)
        };
        let outcome = Outcome {
            method: Method::Aj,
            trial: part.trial,
            statement,
            verdict,
        };
        let judged = JudgedAnswer {
            trial: part.trial,
            statement,
            answer: answer.clone(),
            s_first,
            rs_first,
        };
        rows.push((outcome, judged));
    }
    cx.store.write(|unit| {
        for one in &asked {
            one.keep(unit, cx.annotator)?;
        }
        for (outcome, judged) in &rows {
            unit.insert_outcome(cx.run.id, outcome)?;
            unit.insert_judged_answer(cx.run.id, judged)?;
        }
        for failure in &failures {
            unit.insert_failure(cx.run.id, failure)?;
        }
        unit.finish_unit(cx.run.id, part.number)
    })?;
    Ok(())
}

/// Lets the model answer; an item's answer depends on itself, the trial and the seed alone.
fn generate(
    stage: &Evaluate,
    cx: &StageCx<'_>,
    adapters: &Adapters,
    part: &Part<'_>,
) -> Result<Vec<String>, StageError> {
    let sampling = Sampling {
        max_tokens: ANSWER_TOKENS,
        ..Sampling::default()
    };
    let seed = Seed(
        cx.settings
            .seed
            .stream(&format!("trial {}", part.trial))
            .next_u64(),
    );
    let mut out = Vec::with_capacity(part.items.len());
    for items in part.items.chunk_by(|a, b| a.nation == b.nation) {
        let Some(first) = items.first() else { continue };
        let adapted = Adapted {
            model: &stage.model,
            adapter: adapters.of(first.nation, part.trial),
        };
        let prompts: Vec<String> = items
            .iter()
            .map(|i| wording::answer_prompt(&i.triple.question, i.language))
            .collect();
        // The question itself names the stream: row ids differ between equal projects.
        let answers = adapted.generate(&prompts, &prompts, &sampling, seed, &Within(cx.observe))?;
        out.extend(answers.iter().map(|a| first_line(a)));
    }
    Ok(out)
}

/// The first line that says something.
fn first_line(answer: &str) -> String {
    answer
        .lines()
        .map(str::trim)
        .find(|l| !l.is_empty())
        .unwrap_or_default()
        .to_owned()
}

/// Verdicts with S first and with RS first, or why there are none.
type BothOrders = Result<(Closer, Closer), String>;

/// Asks the project's annotator in both orders.
fn by_annotator(
    cx: &StageCx<'_>,
    items: &[Item],
    answers: &[String],
) -> Result<(Vec<BothOrders>, Vec<Asked>), StageError> {
    let mut questions = Vec::with_capacity(2 * items.len());
    for (item, answer) in items.iter().zip(answers) {
        for swapped in [false, true] {
            let (s, rs) = (&item.triple.statement_text, &item.triple.reverse);
            let (first, second) = if swapped { (rs, s) } else { (s, rs) };
            questions.push(Question::Closer {
                language: item.language,
                question: &item.triple.question,
                answer,
                first,
                second,
            });
        }
    }
    let asked = ask_all(cx.store, cx.annotator, &questions, cx.observe)?;
    let verdicts = asked
        .chunks_exact(2)
        .map(|both| {
            let read = |a: Option<&Asked>| {
                a.ok_or_else(|| "no answer".to_owned())
                    .and_then(|a| a.read(CloserVerdict::parse))
                    .map(|v| v.closer)
            };
            Ok((read(both.first())?, read(both.get(1))?))
        })
        .collect();
    Ok((verdicts, asked))
}

/// Lets a local model judge: which of ` A` and ` B` does it go on with?
fn by_model(
    judge: &LanguageModel,
    cx: &StageCx<'_>,
    items: &[Item],
    answers: &[String],
) -> Result<Vec<BothOrders>, StageError> {
    let mut to_score = Vec::with_capacity(4 * items.len());
    for (item, answer) in items.iter().zip(answers) {
        let (s, rs) = (&item.triple.statement_text, &item.triple.reverse);
        for (first, second) in [(s, rs), (rs, s)] {
            let context =
                wording::judge_prompt(item.language, &item.triple.question, answer, first, second);
            to_score.extend([" A", " B"].map(|letter| ScoreItem {
                context: context.clone(),
                continuation: letter.to_owned(),
            }));
        }
    }
    let adapted = Adapted {
        model: judge,
        adapter: None,
    };
    let sums: Vec<f64> = adapted
        .score(&to_score, &Within(cx.observe))?
        .iter()
        .map(crate::nn::score::Scored::sum_nats)
        .collect();
    let closer = |a: f64, b: f64| match a.total_cmp(&b) {
        std::cmp::Ordering::Greater => Closer::First,
        std::cmp::Ordering::Less => Closer::Second,
        std::cmp::Ordering::Equal => Closer::Neither,
    };
    Ok(sums
        .chunks_exact(4)
        .map(|of_item| match of_item {
            [a, b, c, d] => Ok((closer(*a, *b), closer(*c, *d))),
            _ => Err("no answer".to_owned()),
        })
        .collect())
}
