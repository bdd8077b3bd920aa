//! The cards of the Start view and the next sensible step.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::SnapshotError;
use super::model::conflicts::{ConflictData, ReviewData};
use super::model::{CardState, NextStep, PipelineCard};
use crate::domain::alignment::Variant;
use crate::domain::job_progress::JobState;
use crate::domain::run::slot;
use crate::stages::evaluate::align_subject;
use crate::stages::settings::Settings;
use crate::stages::{self, Stage};
use crate::store::Store;

/// A card of the Start view: its name, the stages behind it, its figure and the figure's unit.
struct Card {
    name: &'static str,
    stages: &'static [&'static str],
    count: &'static str,
    unit: &'static str,
}

const CARDS: [Card; 8] = [
    Card {
        name: "Import",
        stages: &[],
        count: "documents",
        unit: "documents",
    },
    Card {
        name: "Map",
        stages: &["prepare", "embed", "layout", "cluster"],
        count: "clusters",
        unit: "clusters",
    },
    Card {
        name: "Topics",
        stages: &["tag_outliers", "describe", "screen"],
        count: "value_topics",
        unit: "value topics",
    },
    Card {
        name: "Statements",
        stages: &["extract", "judge_source"],
        count: "statements",
        unit: "statements",
    },
    Card {
        name: "Triples",
        stages: &["triples"],
        count: "triples",
        unit: "triples",
    },
    Card {
        name: "Conflicts",
        stages: &["reduce"],
        count: "conflict_edges",
        unit: "conflict edges",
    },
    Card {
        name: "Evaluate",
        stages: &["split"],
        count: "models_evaluated",
        unit: "models",
    },
    Card {
        name: "Align",
        stages: &[],
        count: "adapters",
        unit: "adapters",
    },
];

/// Builds the cards and says what comes next.
pub(super) fn cards(
    store: &Store,
    counts: &BTreeMap<&str, u64>,
    n_clusters: usize,
    (graphs, review): (&[Arc<ConflictData>], &ReviewData),
    settings: &Settings,
) -> Result<(Vec<PipelineCard>, NextStep), SnapshotError> {
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    let n_docs = count("documents");
    let n_unsettled = review.n_open + review.n_disputed;
    let all_decided = n_unsettled == 0 && review.n_flags > 0;
    let mut out = Vec::new();
    let mut next_stage: Option<String> = None;
    let mut running = false;
    let mut out_of_date = false;
    let mut upstream_done = n_docs > 0;
    let stages = stages::pipeline();
    for card in CARDS {
        let mut state = if matches!(card.name, "Evaluate" | "Align") {
            let stage = card.name.to_lowercase();
            model_state(store, &stage, count(card.count), upstream_done)?
        } else if card.stages.is_empty() {
            if n_docs > 0 {
                CardState::Done
            } else {
                CardState::Ready
            }
        } else {
            CardState::Done
        };
        for stage in card.stages {
            let newest = store.newest_run(stage)?.map(|r| r.id);
            // A job about a run that an older one took the place of (its input came back, e.g. because an
            // edit was undone) says nothing of what is shown.
            let job = store
                .newest_job(stage)?
                .filter(|j| j.state == JobState::Running || j.run.is_none() || j.run == newest);
            let of_stage = match job.as_ref().map(|j| j.state) {
                Some(JobState::Running) => CardState::Running,
                Some(JobState::Failed | JobState::Canceled) => CardState::Failed,
                Some(JobState::AwaitingReview) => CardState::YourTurn,
                Some(JobState::Done) | None if store.current_run(stage)?.is_some() => {
                    if input_changed(store, settings, &stages, stage)? {
                        out_of_date = true;
                        CardState::OutOfDate
                    } else {
                        CardState::Done
                    }
                }
                _ if upstream_done => CardState::Ready,
                _ => CardState::Waiting,
            };
            if of_stage != CardState::Done {
                state = of_stage;
                running |= of_stage == CardState::Running;
                if next_stage.is_none() {
                    next_stage = Some((*stage).to_owned());
                }
                break;
            }
        }
        running |= state == CardState::Running;
        upstream_done &= state == CardState::Done;
        let ran = matches!(state, CardState::Done | CardState::OutOfDate)
            || (card.name == "Conflicts" && !graphs.is_empty());
        let figure = match card.count {
            "clusters" if ran => Some(n_clusters as u64),
            "conflict_edges" if ran => Some(graphs.iter().map(|g| g.n_conflict_edges as u64).sum()),
            name => Some(count(name)),
        };
        out.push(PipelineCard {
            name: card.name,
            state,
            figure: figure.filter(|_| ran),
            unit: card.unit,
            detail: detail(store, card.name, &count, (graphs, review), state)?,
        });
    }
    let next = if running {
        NextStep::Wait
    } else if n_docs == 0 {
        NextStep::ImportFiles
    } else if let (Some(stage), true) = (&next_stage, out_of_date) {
        // Before a review: what is asked there may no longer be asked once it is up to date.
        NextStep::Run {
            stage: stage.clone(),
        }
    } else if n_unsettled > 0 {
        NextStep::Review {
            n_flagged: n_unsettled,
            round: review.round,
        }
    } else if let Some(stage) = next_stage {
        NextStep::Run { stage }
    } else if all_decided {
        NextStep::Run {
            stage: "reduce".to_owned(),
        }
    } else if let Some(stage) = waiting_models(store, settings)? {
        NextStep::Run { stage }
    } else {
        NextStep::ReadReport
    };
    Ok((out, next))
}

/// Tells whether what a stage reads has changed since its run in force, e.g. by an edit of topics.
///
/// The one stage that reads the corpus itself is left out: hashing every text is no work for a screen.
fn input_changed(
    store: &Store,
    settings: &Settings,
    stages: &[Box<dyn Stage>],
    name: &str,
) -> Result<bool, SnapshotError> {
    let (Some(stage), Some(run)) = (
        stages.iter().find(|s| s.name() == name),
        store.current_run(name)?,
    ) else {
        return Ok(false);
    };
    let reads = stage.reads(settings);
    Ok(!reads.is_empty() && stages::input_hash(store, &reads)? != run.input_hash)
}

/// State of a card whose stage has a run per model: done once there is one, ready before.
fn model_state(
    store: &Store,
    stage: &str,
    n_done: u64,
    upstream_done: bool,
) -> Result<CardState, SnapshotError> {
    Ok(match store.newest_job(stage)?.map(|j| j.state) {
        Some(JobState::Running) => CardState::Running,
        Some(JobState::Failed | JobState::Canceled) => CardState::Failed,
        _ if n_done > 0 => CardState::Done,
        _ if upstream_done => CardState::Ready,
        _ => CardState::Waiting,
    })
}

/// The stage that a model the project names still waits for.
fn waiting_models(store: &Store, settings: &Settings) -> Result<Option<String>, SnapshotError> {
    for model in &settings.models {
        for method in &settings.methods {
            let of = slot("evaluate", &format!("{}/{}", model.name, method.code()));
            if store.current_run(&of)?.is_none() {
                return Ok(Some("evaluate".to_owned()));
            }
        }
    }
    for model in settings.models.iter().filter(|m| m.align) {
        for variant in [Variant::CrDpo, Variant::DpoOnly] {
            let of = slot("align", &align_subject(&model.name, variant));
            if store.current_run(&of)?.is_none() {
                return Ok(Some("align".to_owned()));
            }
        }
    }
    Ok(None)
}

fn detail(
    store: &Store,
    card: &str,
    count: &dyn Fn(&str) -> u64,
    (graphs, review): (&[Arc<ConflictData>], &ReviewData),
    state: CardState,
) -> Result<String, SnapshotError> {
    if matches!(state, CardState::Waiting) {
        return Ok("after the step before".to_owned());
    }
    let measure = |stage: &str, name: &str| -> Result<Option<f64>, SnapshotError> {
        Ok(store
            .current_run(stage)?
            .map(|r| store.measure(r.id, name))
            .transpose()?
            .flatten())
    };
    Ok(match card {
        "Import" => match count("documents") {
            0 => "choose files to begin".to_owned(),
            _ => format!(
                "{} nations · {} files · {} rows set aside",
                store.n_documents_by_nation()?.len(),
                count("imports"),
                count("set_aside")
            ),
        },
        "Map" => {
            let noise = measure("cluster", "noise_share")?;
            let trust = measure("layout", "screen_trustworthiness")?;
            let mut parts = Vec::new();
            parts.extend(noise.map(|n| format!("{:.0} % outliers", 100.0 * n)));
            parts.extend(trust.map(|t| format!("trust {t:.2}")));
            parts.join(" · ")
        }
        "Topics" => {
            let n_outliers = count("outliers");
            let placed = 100.0 * count("assigned_by_tags") as f64 / n_outliers.max(1) as f64;
            format!(
                "of {} · outliers placed by tags {placed:.0} %",
                count("topics")
            )
        }
        "Statements" => format!(
            "{} quoted · {} official · {} unattributed",
            count("quoted"),
            count("official"),
            count("unattributed")
        ),
        "Triples" => {
            let n_failed = count("statements").saturating_sub(count("triples"));
            if n_failed == 0 {
                "every reverse statement opposes".to_owned()
            } else {
                format!("{n_failed} failed the check")
            }
        }
        "Evaluate" => match count("models_evaluated") {
            0 => "a model on every triple".to_owned(),
            _ => format!("{} runs, one a method", count("evaluations")),
        },
        "Align" => match count("adapters") {
            0 => "preference training, before and after".to_owned(),
            _ => format!("{} variants trained", count("alignments")),
        },
        _ => {
            let round = graphs.iter().map(|g| g.round).max().unwrap_or(0);
            let n_rounds = graphs.iter().map(|g| g.n_rounds).max().unwrap_or(0);
            let n_unsettled = review.n_open + review.n_disputed;
            if n_unsettled > 0 {
                format!(
                    "{n_unsettled} flagged · round {} of {n_rounds} · {} decided",
                    round + 1,
                    count("decisions")
                )
            } else if graphs.is_empty() {
                String::new()
            } else {
                format!(
                    "{round} rounds · {} decided · {} dropped",
                    count("decisions"),
                    count("dropped")
                )
            }
        }
    })
}
