//! A whole review in the window, by keys and accessible names alone, over a real project.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use meridian::annotate::rules::Rules;
use meridian::base::clock::SystemClock;
use meridian::base::ids::EdgeId;
use meridian::domain::conflict::Verdict;
use meridian::domain::review::Standing;
use meridian::jobs::{Engine, OpenReview};
use meridian::ui::{Command, View};

use crate::host::{Host, under_review, window};
use crate::support::{can_draw, folder};

fn opened(project: &Path) -> Engine {
    Engine::open(project, Arc::new(Rules), Arc::new(SystemClock)).expect("the project")
}

fn open_review(window: &Harness<'_, Host>) -> Option<OpenReview> {
    let engine = window.state().engine.as_ref().expect("an engine");
    OpenReview::read(&engine.store).expect("a review")
}

fn n_unsettled(window: &Harness<'_, Host>) -> usize {
    open_review(window).map_or(0, |r| r.n_unsettled())
}

fn press(window: &mut Harness<'_, Host>, key: Key) {
    window.key_press(key);
    window.run_ok();
}

/// Opens the conflicts over a project, for a reviewer.
fn conflicts(engine: Engine, reviewer: &str) -> Harness<'static, Host> {
    let mut window = window(Some(engine), false);
    reviewer.clone_into(&mut window.state_mut().reviewer);
    window.state_mut().bench.open_view(View::Conflicts);
    window.run_ok();
    window
}

/// Returns the edge that the last verdict was given on.
fn last_decided(window: &Harness<'_, Host>) -> EdgeId {
    let sent = window.state().done.iter().rev();
    let mut given = sent.filter_map(|c| match c {
        Command::Decide(given) => Some(given.edge),
        _ => None,
    });
    given.next().expect("a verdict")
}

#[test]
fn a_whole_review_needs_keys_only() {
    if !can_draw() {
        return;
    }
    let home = folder();
    let (project, engine) = under_review(&home);
    let mut window = conflicts(engine, "Ada");
    let mut n_given = 0;
    let mut n_rounds = 0;
    while let Some(review) = open_review(&window) {
        assert_eq!(review.round, n_rounds + 1);
        let n = review.flags.len();
        for i in 0..n {
            // One not sure, one kept, the rest removed.
            let key = match i % 5 {
                1 => Key::K,
                3 => Key::U,
                _ => Key::R,
            };
            press(&mut window, key);
            n_given += 1;
        }
        assert_eq!(n_unsettled(&window), 0, "round {}", review.round);
        window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        window.run_ok();
        n_rounds += 1;
        assert!(n_rounds <= 5, "the review does not end");
    }
    assert!(n_given > 3 && n_rounds >= 1, "{n_given} in {n_rounds}");
    drop(window);
    let engine = opened(&project);
    let run = engine
        .store
        .newest_run("reduce")
        .expect("runs")
        .expect("a run");
    let decisions = engine.store.decisions(run.id).expect("decisions");
    assert_eq!(decisions.len(), n_given);
    assert!(decisions.iter().all(|d| d.reviewer == "Ada"));
    let audit = meridian::stages::reduce::audit(&engine.store).expect("an audit");
    assert!(audit.agrees && audit.n_rounds == n_rounds, "{audit:?}");
}

#[test]
fn undo_and_redo_reach_over_a_restart() {
    if !can_draw() {
        return;
    }
    let home = folder();
    let (project, engine) = under_review(&home);
    let mut window = conflicts(engine, "Ada");
    let before = n_unsettled(&window);
    press(&mut window, Key::K);
    press(&mut window, Key::R);
    let second = last_decided(&window);
    assert_eq!(n_unsettled(&window), before - 2);
    drop(window);

    let mut window = conflicts(opened(&project), "Ada");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_ok();
    assert_eq!(n_unsettled(&window), before - 1);
    let standing = |window: &Harness<'_, Host>, edge| {
        let review = open_review(window).expect("a review");
        review.votes.standing(edge).verdict()
    };
    assert_eq!(standing(&window, second), None, "the newest goes first");
    drop(window);

    let mut window = conflicts(opened(&project), "Ada");
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    window.run_ok();
    assert_eq!(n_unsettled(&window), before - 2);
    assert_eq!(standing(&window, second), Some(Verdict::Remove));
}

#[test]
fn two_reviewers_differ_and_a_third_decides() {
    if !can_draw() {
        return;
    }
    let home = folder();
    let (project, engine) = under_review(&home);
    let mut window = conflicts(engine, "Ada");
    let n = n_unsettled(&window);
    for _ in 0..n {
        press(&mut window, Key::R);
    }
    assert_eq!(n_unsettled(&window), 0);
    let of_ada: BTreeMap<EdgeId, Standing> = {
        let review = open_review(&window).expect("a review");
        review
            .flags
            .iter()
            .map(|(f, s)| (f.edge, s.clone()))
            .collect()
    };
    drop(window);

    // Ben looks at what Ada has decided, without seeing what she said, and keeps the first.
    let mut window = conflicts(opened(&project), "Ben");
    press(&mut window, Key::J);
    assert!(window.query_by_label_contains("Ada remove").is_none());
    press(&mut window, Key::ArrowDown);
    press(&mut window, Key::ArrowUp);
    press(&mut window, Key::K);
    let disputed = last_decided(&window);
    assert!(of_ada.contains_key(&disputed));
    assert_eq!(n_unsettled(&window), 1);
    drop(window);

    // The round stays open until somebody decides over both.
    let mut window = conflicts(opened(&project), "Cem");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    window.run_ok();
    assert_eq!(open_review(&window).map(|r| r.round), Some(1));
    press(&mut window, Key::L);
    let said = window.query_by_label_contains("Ada says remove");
    assert!(said.is_some(), "everyone's verdict stands there");
    press(&mut window, Key::K);
    assert_eq!(n_unsettled(&window), 0);
    let review = open_review(&window).expect("a review");
    let standing = review.votes.standing(disputed);
    assert_eq!(standing.words(), "keep (adjudicated by Cem)");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    window.run_ok();
    assert_ne!(open_review(&window).map(|r| r.round), Some(1));
    drop(window);
    let engine = opened(&project);
    let audit = meridian::stages::reduce::audit(&engine.store).expect("an audit");
    assert!(audit.agrees, "{audit:?}");
}

#[test]
fn a_rule_decides_on_what_the_filter_lets_through() {
    if !can_draw() {
        return;
    }
    let home = folder();
    let (_, engine) = under_review(&home);
    let mut window = conflicts(engine, "Ada");
    let nation = {
        let state = window.state();
        let first = state
            .snapshot
            .conflicts
            .iter()
            .find(|d| !d.queue.is_empty());
        Arc::clone(first.expect("a queue"))
    };
    press(&mut window, Key::P);
    window.get_by_label("The rule keeps").click();
    window.run_ok();
    assert!(
        window
            .state()
            .done
            .iter()
            .any(|c| matches!(c, Command::TryRule(Some(_))))
    );
    window.get_by_label("Apply the rule").click();
    window.run_ok();
    let review = open_review(&window).expect("a review");
    let kept = review
        .flags
        .iter()
        .filter(|(_, s)| s.verdict() == Some(Verdict::Keep));
    assert_eq!(kept.count(), nation.queue.len());
    let engine = window.state().engine.as_ref().expect("an engine");
    let decisions = engine.store.decisions(review.run).expect("decisions");
    assert!(
        decisions.iter().all(|d| !d.rule.is_empty()),
        "the rule stands in its rows"
    );
}
