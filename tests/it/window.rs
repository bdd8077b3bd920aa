//! The window driven by accessible name, over a real project: what is clicked reaches the store.

use std::sync::Arc;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use meridian::annotate::rules::Rules;
use meridian::base::clock::SystemClock;
use meridian::base::observe::Silent;
use meridian::domain::evaluation::Method;
use meridian::jobs::{Engine, Hub, OpenReview, Target, read_settings};
use meridian::snapshot::{ConflictCache, MapCache, build, document_detail};
use meridian::ui::View;

use crate::host::{Host, under_review, window};
use crate::support::{can_draw, folder, small_project_with};

#[test]
fn a_first_start_tells_what_to_do() {
    if !can_draw() {
        return;
    }
    let mut window = window(None, false);
    window.run_ok();
    for view in [
        "Map",
        "Topics",
        "Conflicts",
        "Verify",
        "Results",
        "Align",
        "Jobs",
        "Start",
    ] {
        window.get_by_label(view).click();
        window.run_ok();
    }
}

#[test]
fn views_open_and_a_document_is_read() {
    if !can_draw() {
        return;
    }
    let home = folder();
    let (_, engine) = under_review(&home);
    let first = engine.store.documents().expect("documents")[0].id;
    for dark in [false, true] {
        let home = folder();
        let (_, engine) = under_review(&home);
        let mut window = window(Some(engine), dark);
        for view in View::ALL {
            window.state_mut().bench.open_view(view);
            window.run_ok();
            let image = window.render().expect("a picture");
            let first = *image.get_pixel(700, 450);
            assert!(
                image.pixels().any(|p| *p != first),
                "{} draws nothing",
                view.name()
            );
        }
    }
    assert!(
        document_detail(&engine.store, first)
            .expect("a document")
            .is_some_and(|d| !d.body.is_empty())
    );
}

#[test]
fn the_gray_preview_leaves_no_color_in_any_view() {
    if !can_draw() {
        return;
    }
    let home = folder();
    let (_, engine) = under_review(&home);
    let mut window = window(Some(engine), false);
    window.set_render_cursor(false);
    // Pixels whose red, green and blue lie further apart than `least`.
    let n_colored = |window: &mut Harness<'_, Host>, view: View, least: u8| {
        window.state_mut().bench.open_view(view);
        window.run_ok();
        let image = window.render().expect("a picture");
        let apart = |p: &&image::Rgba<u8>| {
            let [r, g, b, _] = p.0;
            r.max(g).max(b) - r.min(g).min(b) > least
        };
        image.pixels().filter(apart).count()
    };
    for view in [View::Map, View::Conflicts] {
        // The paper itself is a little warm; points and edges are of strong color.
        assert!(n_colored(&mut window, view, 60) > 200, "{}", view.name());
    }
    for _ in 0..3 {
        window.key_press(egui::Key::V);
        window.run_ok();
    }
    for view in View::ALL {
        assert_eq!(n_colored(&mut window, view, 3), 0, "{}", view.name());
    }
}

#[test]
fn a_verdict_by_key_reaches_the_store_and_can_be_taken_back() {
    if !can_draw() {
        return;
    }
    let home = folder();
    let (project, engine) = under_review(&home);
    let mut window = window(Some(engine), false);
    window.state_mut().bench.open_view(View::Conflicts);
    window.run_ok();
    let n_open = |window: &Harness<'_, Host>| {
        let engine = window.state().engine.as_ref().expect("an engine");
        OpenReview::read(&engine.store)
            .expect("a review")
            .map_or(0, |r| r.n_open())
    };
    let before = n_open(&window);
    window.key_press(egui::Key::K);
    window.run_ok();
    assert_eq!(n_open(&window), before - 1, "{:?}", window.state().done);
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.run_ok();
    assert_eq!(n_open(&window), before, "{:?}", window.state().done);
    window.key_press(egui::Key::R);
    window.run_ok();
    assert_eq!(n_open(&window), before - 1);

    // The record survives a restart, and the graph is replayed from it.
    drop(window);
    let engine =
        Engine::open(&project, Arc::new(Rules), Arc::new(SystemClock)).expect("the project");
    let review = OpenReview::read(&engine.store)
        .expect("a review")
        .expect("an open round");
    assert_eq!(review.n_open(), before - 1);
    let audit = meridian::stages::reduce::audit(&engine.store).expect("an audit");
    assert!(audit.agrees && audit.n_decisions == 3, "{audit:?}");
    let replay = meridian::stages::reduce::Replay::read(&engine.store, review.run, &Silent)
        .expect("a replay");
    assert_eq!(replay.round(), 1);
}

#[test]
fn a_model_is_evaluated_in_the_window_down_to_the_token() {
    if !can_draw() {
        return;
    }
    let home = folder();
    let settings =
        r#"{"models": [{"name": "Harbor", "folder": "demonstration:harbor"}], "methods": ["mc"]}"#;
    let project = small_project_with(home.path(), 60, settings);
    let mut engine =
        Engine::open(&project, Arc::new(Rules), Arc::new(SystemClock)).expect("the project");
    engine
        .run(Target::To("triples"), &Hub::new(|_| {}))
        .expect("a run");
    let mut window = window(Some(engine), false);
    window.state_mut().bench.open_view(View::Results);
    window.run_ok();
    window.get_by_label("Evaluate Harbor").click();
    window.run_ok();
    let tables = |window: &Harness<'_, Host>| window.state().snapshot.results.tables.len();
    assert!(tables(&window) > 0, "{:?}", window.state().done);
    // The first cell by the keyboard, then its first item.
    window.key_press(egui::Key::ArrowRight);
    window.run_ok();
    window.key_press(egui::Key::Enter);
    window.run_ok();
    let state = window.state();
    let cell = state.cell.as_ref().expect("a cell's items");
    let first = cell.items.first().expect("an item");
    assert!(
        first.statement_tokens.len() > 3 && first.perplexities.is_some(),
        "{first:?}"
    );
    let joined: String = first
        .statement_tokens
        .iter()
        .map(|t| t.text.as_str())
        .collect();
    assert!(joined.ends_with(&first.statement_text), "{joined}");
    drop(window);
    let engine =
        Engine::open(&project, Arc::new(Rules), Arc::new(SystemClock)).expect("the project");
    let n_methods = Method::ALL.len();
    assert_eq!(
        engine.store.model_runs("evaluate").expect("runs").len(),
        n_methods
    );
}

#[test]
fn decisions_move_no_document_of_the_graph_and_leave_no_link_out() {
    let home = folder();
    let (_, mut engine) = under_review(&home);
    let graphs = |engine: &Engine| {
        let settings = read_settings(&engine.store).expect("settings");
        // Caches of its own each time: what is equal is equal because it was worked out so.
        let built = build(
            &engine.store,
            &settings,
            "offline rules",
            &mut ConflictCache::default(),
            &mut MapCache::default(),
        );
        built.expect("a snapshot").conflicts
    };
    let before = graphs(&engine);
    engine
        .accept(true, &Hub::new(|_| {}))
        .expect("all proposals taken");
    let after = graphs(&engine);
    assert_eq!(before.len(), after.len());
    let mut n_gone = 0;
    for (old, new) in before.iter().zip(&after) {
        let places = |d: &meridian::snapshot::model::conflicts::ConflictData| -> Vec<_> {
            let nodes = d.graph.nodes.iter();
            nodes
                .map(|n| (n.doc, n.position.map(f32::to_bits)))
                .collect()
        };
        assert_eq!(places(old), places(new));
        assert_eq!(old.graph.links.len(), new.graph.links.len());
        for (a, b) in old.graph.links.iter().zip(&new.graph.links) {
            assert_eq!((a.a, a.b, a.edge), (b.a, b.b, b.edge));
            assert_eq!(a.gone_in, None);
            n_gone += usize::from(b.gone_in.is_some());
        }
    }
    assert!(n_gone > 0, "five rounds of proposals removed nothing");
}
