//! The conflict graph driven by accessible name, keys and pointer over an invented nation.

use egui::{Event, Modifiers, PointerButton, Pos2};

use super::*;
use crate::base::ids::EdgeId;
use crate::domain::filter::{SelectMode, Selected};
use crate::snapshot::model::conflicts::ConflictData;
use crate::ui::views::map;

fn data() -> ConflictData {
    conflicts::sample(3)
}

fn snapshot_of(data: ConflictData) -> Snapshot {
    Snapshot {
        conflicts: vec![Arc::new(data)],
        ..whole()
    }
}

/// A graph whose documents are some of the map's.
fn with_map() -> Snapshot {
    let drawn = map::sample::snapshot(700);
    Snapshot {
        map: drawn.map,
        topics: drawn.topics,
        nations: drawn.nations,
        ..snapshot_of(data())
    }
}

fn window() -> Harness<'static, Window> {
    open(snapshot_of(data()), View::Conflicts)
}

fn on_screen(window: &Harness<'_, Window>, place: [f32; 2]) -> Pos2 {
    let camera = window.state().bench.conflicts.camera().unwrap();
    let view = window.get_by_label("Conflict graph").rect();
    camera.screen_from_map(view, place)
}

fn place_of(window: &Harness<'_, Window>, node: usize) -> Pos2 {
    let data = &window.state().snapshot.conflicts[0];
    on_screen(window, data.graph.nodes[node].position)
}

fn send(window: &mut Harness<'_, Window>, events: Vec<Event>) {
    for event in events {
        window.input_mut().events.push(event);
        window.step();
    }
    window.run_ok();
}

fn button(at: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}

fn click(window: &mut Harness<'_, Window>, at: Pos2) -> Vec<Command> {
    window.state_mut().sent.clear();
    send(
        window,
        vec![Event::PointerMoved(at), button(at, true), button(at, false)],
    );
    window.state().sent.clone()
}

#[test]
fn a_click_on_a_document_opens_it() {
    let mut window = window();
    key(&mut window, Key::F);
    let at = place_of(&window, 2);
    assert_eq!(click(&mut window, at), vec![Command::SelectDoc(DocId(3))]);
    // A plain link opens the document at its nearer end.
    let (a, b) = (place_of(&window, 0), place_of(&window, 2));
    let near_b = a + 0.8 * (b - a);
    assert_eq!(
        click(&mut window, near_b),
        vec![Command::SelectDoc(DocId(3))]
    );
}

#[test]
fn a_click_on_a_flagged_link_brings_it_before_the_reviewer() {
    let mut data = data();
    // The second item of the queue is the link between the other two documents of the issue.
    Arc::make_mut(&mut data.queue[1].a).node = 1;
    Arc::make_mut(&mut data.queue[1].b).node = 2;
    let mut graph = (*data.graph).clone();
    graph.links[2].conflict = true;
    graph.links[2].agreement = -0.5;
    graph.links[2].edge = EdgeId(1);
    data.graph = Arc::new(graph);
    let mut window = open(snapshot_of(data), View::Conflicts);
    key(&mut window, Key::F);
    let (a, b) = (place_of(&window, 1), place_of(&window, 2));
    assert!(click(&mut window, a + 0.5 * (b - a)).is_empty());
    assert_eq!(window.state().bench.conflicts.edge(), Some(EdgeId(1)));
}

#[test]
fn a_focus_of_hops_is_set_by_key_by_chip_and_given_up() {
    let mut window = window();
    assert!(shows(&window, "3 of 15 documents · 14 of 15 links"));
    window.key_press_modifiers(Modifiers::ALT, Key::Num2);
    window.run_ok();
    // The three of the issue, two of the ring; links to what is gray are gray.
    assert!(shows(&window, "3 of 15 documents · 5 of 15 links"));
    key(&mut window, Key::Escape);
    assert!(shows(&window, "14 of 15 links"));
    for n_links in [4, 5, 6, 7, 14] {
        press(&mut window, "Focus on the hops around the flagged edge");
        assert!(
            shows(&window, &format!("{n_links} of 15 links")),
            "{n_links}"
        );
    }
    window.key_press_modifiers(Modifiers::ALT, Key::Num4);
    window.run_ok();
    window.key_press_modifiers(Modifiers::ALT, Key::Num4);
    window.run_ok();
    assert!(shows(&window, "14 of 15 links"));
}

#[test]
fn a_lasso_selects_for_the_whole_window_and_what_is_selected_is_ringed() {
    let mut window = open(with_map(), View::Conflicts);
    key(&mut window, Key::F);
    press(&mut window, "Select documents of the graph by a lasso");
    let middle = [-0.5f32, 0.3];
    let ring: Vec<Pos2> = (0..=20)
        .map(|k| {
            let turn = std::f32::consts::TAU * k as f32 / 20.0;
            let place = [middle[0] + 0.43 * turn.cos(), middle[1] + 0.43 * turn.sin()];
            on_screen(&window, place)
        })
        .collect();
    let mut events = vec![Event::PointerMoved(ring[0]), button(ring[0], true)];
    events.extend(ring.iter().skip(1).map(|p| Event::PointerMoved(*p)));
    events.push(button(ring[20], false));
    send(&mut window, events);
    let selection = &window.state().bench.shared.desk.selection;
    let [(SelectMode::Replace, Selected::Docs(docs))] = selection.steps.as_slice() else {
        panic!("{selection:?}");
    };
    let expected: Vec<DocId> = (10..22).map(DocId).collect();
    assert!(docs.iter().eq(expected));
    // The map counts along, and the graph's other documents are gray.
    let focus = window.state().focus.clone().unwrap();
    let n = focus.selected.as_ref().map(|s| s.n);
    assert_eq!(n, Some(12));
    assert!(shows(&window, "0 of 15 documents"));
    // The lasso is what was done last: Undo takes it back, and Redo brings it back.
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_ok();
    assert!(window.state().bench.shared.desk.selection.steps.is_empty());
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    window.run_ok();
    assert_eq!(window.state().bench.shared.desk.selection.steps.len(), 1);
    // After a verdict it is the verdict.
    key(&mut window, Key::K);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_ok();
    assert_eq!(window.state().bench.shared.desk.selection.steps.len(), 1);
    let sent = &window.state().sent;
    assert!(
        matches!(sent.last(), Some(Command::UndoDecision { .. })),
        "{sent:?}"
    );
    key(&mut window, Key::Escape);
    key(&mut window, Key::A);
}

#[test]
fn colors_and_camps_change_by_their_names() {
    let mut window = window();
    for name in [
        "Color documents by nation, outlet or camp",
        "Color documents by nation, outlet or camp",
        "Color links by kind",
    ] {
        press(&mut window, name);
    }
    assert!(shows(&window, "Color links by agreement"));
    press(&mut window, "Outline the camps");
    press(&mut window, "Show what is not in focus");
    assert!(shows(&window, "14 of 15 links"));
    key(&mut window, Key::H);
    key(&mut window, Key::O);
    // Nothing is drawn anew while nothing happens.
    window.run_ok();
    let repaints = window
        .output()
        .viewport_output
        .values()
        .next()
        .map(|v| v.repaint_delay);
    assert!(repaints.is_none_or(|d| d.as_secs() > 1), "{repaints:?}");
}
