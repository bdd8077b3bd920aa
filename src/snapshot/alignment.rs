//! Builds what the Alignment view is drawn from; the numbers are the stage's own.

use super::SnapshotError;
use super::model::alignment::{AlignmentData, TrainingCurve, TrainingRow};
use crate::domain::alignment::Variant;
use crate::domain::corpus::Nation;
use crate::stages::align::{AlignmentPlan, settings_line};
use crate::stages::results::{Findings, alignments, reference_variants};
use crate::stages::settings::Settings;
use crate::store::{JobRecord, Store};

/// Reads comparisons, trainings and what can be trained.
pub(super) fn build(
    store: &Store,
    findings: &Findings,
    settings: &Settings,
    jobs: &[JobRecord],
) -> Result<AlignmentData, SnapshotError> {
    let mut models: Vec<String> = settings.models.iter().map(|m| m.name.clone()).collect();
    for e in findings.evaluations.iter().filter(|e| !e.is_aligned()) {
        if !models.contains(&e.model.base) {
            models.push(e.model.base.clone());
        }
    }
    Ok(AlignmentData {
        comparisons: alignments(store, findings, settings.seed)?,
        trainings: trainings(store, settings, jobs)?,
        models,
        n_triples: findings.items.len(),
        split_check: split_check(store)?,
        reference: reference_variants(),
    })
}

/// One row per model and variant: its newest job and everything its run has stored.
fn trainings(
    store: &Store,
    settings: &Settings,
    jobs: &[JobRecord],
) -> Result<Vec<TrainingRow>, SnapshotError> {
    let mut out: Vec<TrainingRow> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for job in jobs.iter().filter(|j| j.stage == "align") {
        if seen.contains(&job.subject.as_str()) {
            continue;
        }
        seen.push(&job.subject);
        let Some(plan) = AlignmentPlan::from_json(&job.params_json) else {
            continue;
        };
        let mut curves = Vec::new();
        let mut n_steps = 0;
        if let Some(run) = job.run {
            for (key, steps) in store.training_steps(run)? {
                curves.push(TrainingCurve {
                    nation: Nation::parse(&key.nation).ok(),
                    seed: u64::from(key.seed),
                    steps,
                });
            }
            curves.sort_by_key(|c| (c.nation.map_or(0, nation_rank), c.seed));
            n_steps = store.measure(run, "n_steps")?.unwrap_or(0.0) as usize;
        }
        let n_steps_done = curves.iter().map(|c| c.steps.len()).sum();
        out.push(TrainingRow {
            run: job.run,
            job: job.id,
            state: job.state,
            model: plan.model,
            variant: plan.variant,
            n_steps_done,
            n_steps: n_steps.max(n_steps_done),
            duration_ms: job.started_ms.zip(job.finished_ms).map(|(s, f)| f - s),
            message: job.message.clone(),
            settings: settings_line(&settings.training),
            curves,
        });
    }
    out.sort_by_key(|t| (std::cmp::Reverse(t.job), variant_rank(t.variant)));
    Ok(out)
}

fn variant_rank(v: Variant) -> usize {
    Variant::ALL.iter().position(|x| *x == v).unwrap_or(0)
}

/// Place of a nation in the paper's order, pooled adapters first.
fn nation_rank(nation: Nation) -> usize {
    Nation::FIVE
        .iter()
        .position(|n| *n == nation)
        .map_or(usize::MAX, |i| i + 1)
}

/// What is known of the split.
fn split_check(store: &Store) -> Result<String, SnapshotError> {
    let Some(run) = store.current_run("split")? else {
        return Ok(String::new());
    };
    let rows = store.split_rows(run.id)?;
    if rows.is_empty() {
        return Ok(String::new());
    }
    let n_test = rows.iter().filter(|r| r.test).count();
    Ok(format!(
        "split by document, near-duplicate, issue and near-copied text: no leak found; {:.0} % held out",
        100.0 * n_test as f64 / rows.len() as f64
    ))
}
