//! The map driven by accessible name, keys and pointer over invented documents.

use egui::{Event, Modifiers, PointerButton, Pos2, pos2};

use super::*;
use crate::domain::filter::{SelectMode, Selected};
use crate::snapshot::contours::Group;
use crate::ui::views::map::sample;

const N: usize = 1400;

fn window() -> Harness<'static, Window> {
    open(sample::snapshot(N), View::Map)
}

fn canvas(harness: &Harness<'_, Window>) -> egui::Rect {
    harness.get_by_label("Map of documents").rect()
}

/// Where a place of the map stands on the screen.
fn on_screen(harness: &Harness<'_, Window>, place: [f32; 2]) -> Pos2 {
    let camera = harness.state().bench.map.camera().unwrap();
    camera.screen_from_map(canvas(harness), place)
}

fn pointer(harness: &mut Harness<'_, Window>, events: Vec<Event>) {
    for event in events {
        harness.input_mut().events.push(event);
        harness.step();
    }
}

fn button(at: Pos2, pressed: bool, modifiers: Modifiers) -> Event {
    Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers,
    }
}

fn drag(harness: &mut Harness<'_, Window>, along: &[Pos2], modifiers: Modifiers) {
    let (Some(first), Some(last)) = (along.first(), along.last()) else {
        return;
    };
    let mut events = vec![Event::PointerMoved(*first), button(*first, true, modifiers)];
    events.extend(along.iter().skip(1).map(|p| Event::PointerMoved(*p)));
    events.push(button(*last, false, modifiers));
    harness
        .input_mut()
        .events
        .push(Event::ModifiersChanged(modifiers));
    pointer(harness, events);
    harness
        .input_mut()
        .events
        .push(Event::ModifiersChanged(Modifiers::NONE));
    harness.run_ok();
}

/// Corners of a ring around a topic's clump.
fn ring(harness: &Harness<'_, Window>, topic: usize) -> Vec<Pos2> {
    let [x, y] = sample::middle(topic);
    (0..=24)
        .map(|k| {
            let angle = std::f32::consts::TAU * k as f32 / 24.0;
            on_screen(harness, [x + 1.8 * angle.cos(), y + 1.8 * angle.sin()])
        })
        .collect()
}

fn shown(harness: &Harness<'_, Window>) -> usize {
    harness.state().focus.as_ref().map_or(N, |f| f.shown.n)
}

#[test]
fn the_legend_filters_and_everything_counts_along() {
    let mut window = window();
    assert!(shows(&window, "1,400 of 1,400 drawn"));
    press(&mut window, "Legend China");
    assert_eq!(shown(&window), N / 5);
    assert!(shows(&window, "280 of 1,400 shown, the rest gray"));
    press(&mut window, "Legend France");
    assert_eq!(shown(&window), 2 * N / 5);
    key(&mut window, Key::H);
    assert!(shows(&window, "the rest hidden"));
    key(&mut window, Key::A);
    assert!(window.state().bench.shared.desk.is_empty());
    assert!(shows(&window, "outliers hidden"));
}

#[test]
fn a_lasso_selects_adds_and_takes_away() {
    let mut window = window();
    key(&mut window, Key::L);
    let around = ring(&window, 0);
    drag(&mut window, &around, Modifiers::NONE);
    let map = window.state().snapshot.map.clone().unwrap();
    let in_ring = |topic: usize| {
        let [x, y] = sample::middle(topic);
        let near = |p: &[f32; 2]| (p[0] - x).hypot(p[1] - y);
        let inner = map.cloud.points().iter().filter(|p| near(p) < 1.7).count();
        let outer = map.cloud.points().iter().filter(|p| near(p) < 1.9).count();
        inner..=outer
    };
    let of_first = shown(&window);
    assert!(in_ring(0).contains(&of_first), "{of_first}");
    assert!(shows(&window, "Selection"));
    assert!(shows(&window, &format!("{of_first} documents")));
    let around = ring(&window, 3);
    drag(&mut window, &around, Modifiers::SHIFT);
    let both = shown(&window);
    assert!(in_ring(3).contains(&(both - of_first)), "{both}");
    let around = ring(&window, 0);
    drag(&mut window, &around, Modifiers::ALT);
    assert_eq!(shown(&window), both - of_first);
    let steps = &window.state().bench.shared.desk.selection.steps;
    let modes: Vec<SelectMode> = steps.iter().map(|s| s.0).collect();
    assert_eq!(
        modes,
        [SelectMode::Replace, SelectMode::Add, SelectMode::Subtract]
    );
    assert!(steps.iter().all(|s| matches!(s.1, Selected::Outline(_))));
    // First the tool goes, then the selection.
    key(&mut window, Key::Escape);
    assert_eq!(shown(&window), both - of_first);
    key(&mut window, Key::Escape);
    assert_eq!(shown(&window), N);
}

fn chord(harness: &mut Harness<'_, Window>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_ok();
}

#[test]
fn filter_and_selection_are_taken_back_and_done_again() {
    let mut window = window();
    press(&mut window, "Legend China");
    key(&mut window, Key::B);
    let [x, y] = sample::middle(1);
    let along = [[x - 2.0, y + 2.0], [x, y], [x + 2.0, y - 2.0]].map(|c| on_screen(&window, c));
    drag(&mut window, &along, Modifiers::NONE);
    let both = shown(&window);
    // One step for each, however many places the pointer went through.
    assert_eq!(window.state().done.len(), 2);
    chord(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(shown(&window), N / 5);
    chord(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(shown(&window), N);
    chord(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(shown(&window), N / 5);
    chord(&mut window, Modifiers::COMMAND, Key::Y);
    assert_eq!(shown(&window), both);
    // Putting a desk back is no step of its own.
    assert_eq!(window.state().done.len(), 2);
}

#[test]
fn the_topic_table_follows_the_selection() {
    let mut window = window();
    key(&mut window, Key::L);
    let around = ring(&window, 2);
    drag(&mut window, &around, Modifiers::NONE);
    let focus = window.state().focus.clone().unwrap();
    let n = focus.shown.n_of_topic(2);
    assert!(n > N / 10);
    key(&mut window, Key::Num3);
    // The rows are painted; their figures are the focus' own.
    let snapshot = Arc::clone(&window.state().snapshot);
    let shown = Some((&*focus.map, &*focus.shown));
    let of =
        |t: usize| crate::ui::views::topics::counts(&snapshot.topics[t], &snapshot.nations, shown);
    assert_eq!(of(2).0, n);
    assert!(of(0).0 < n / 10);
    let shares: f64 = of(2).1.iter().map(|c| c.1).sum();
    assert!((shares - 1.0).abs() < 1e-9);
}

#[test]
fn a_box_and_a_polygon_select_too() {
    let mut window = window();
    key(&mut window, Key::B);
    let [x, y] = sample::middle(1);
    let corners = [[x - 2.0, y + 2.0], [x, y], [x + 2.0, y - 2.0]];
    let along = corners.map(|c| on_screen(&window, c));
    drag(&mut window, &along, Modifiers::NONE);
    let boxed = shown(&window);
    assert!(boxed > N / 10 && boxed < N / 4, "{boxed}");
    key(&mut window, Key::P);
    for corner in [
        [x - 2.0, y + 2.0],
        [x + 2.0, y + 2.0],
        [x + 2.0, y - 2.0],
        [x - 2.0, y - 2.0],
    ] {
        let at = on_screen(&window, corner);
        pointer(
            &mut window,
            vec![
                Event::PointerMoved(at),
                button(at, true, Modifiers::NONE),
                button(at, false, Modifiers::NONE),
            ],
        );
    }
    key(&mut window, Key::Enter);
    assert_eq!(shown(&window), boxed);
}

#[test]
fn one_map_per_nation_stands_on_the_same_axes() {
    let mut window = window();
    key(&mut window, Key::S);
    assert!(window.state().bench.map.is_per_nation());
    press(&mut window, "Show one map per nation");
    assert!(!window.state().bench.map.is_per_nation());
}

#[test]
fn the_time_brush_filters_and_lets_go() {
    let mut window = window();
    key(&mut window, Key::Y);
    let bars = window.get_by_label("Time brush").rect();
    let (y, left, width) = (bars.center().y, bars.left(), bars.width());
    let along = [0.01, 0.1, 0.16].map(|share| pos2(left + share * width, y));
    drag(&mut window, &along, Modifiers::NONE);
    let first_year = shown(&window);
    assert!(first_year > N / 8 && first_year < N / 4, "{first_year}");
    key(&mut window, Key::Y);
    assert_eq!(shown(&window), N);
}

#[test]
fn a_click_on_a_point_opens_its_document() {
    let mut window = window();
    let map = window.state().snapshot.map.clone().unwrap();
    // One that lies apart, so that no label stands on it.
    let is_apart = |p: &[f32; 2]| {
        (0..sample::N_TOPICS).all(|t| {
            let [x, y] = sample::middle(t);
            (p[0] - x).abs() > 1.5 && (p[1] - y).abs() > 0.8
        })
    };
    let row = map.cloud.points().iter().position(is_apart).unwrap();
    let at = on_screen(&window, map.places.positions_in_map[row]);
    window.state_mut().sent.clear();
    pointer(
        &mut window,
        vec![
            Event::PointerMoved(at),
            button(at, true, Modifiers::NONE),
            button(at, false, Modifiers::NONE),
        ],
    );
    window.run_ok();
    let doc = map.places.doc(row).unwrap();
    assert!(window.state().sent.contains(&Command::SelectDoc(doc)));
}

/// The groups that have lines on the screen, and documents behind them.
fn lines(harness: &Harness<'_, Window>) -> Vec<(Group, usize)> {
    let found = harness.state().contours.as_ref();
    let groups = found.iter().flat_map(|c| &c.groups);
    groups.map(|g| (g.group, g.n_docs)).collect()
}

#[test]
fn contours_follow_color_filter_and_panes() {
    let mut window = window();
    key(&mut window, Key::C);
    assert!(shows(&window, "each nation's documents, outliers aside"));
    assert!(shows(&window, "25, 50, 75 or 95 %"));
    assert_eq!(lines(&window).len(), 5);
    // Nothing changed, so nothing is asked again.
    window.state_mut().sent.clear();
    window.run_ok();
    assert!(window.state().sent.is_empty());
    press(&mut window, "Legend China");
    let of_china = lines(&window);
    assert!(matches!(of_china.as_slice(), [(Group::Nation(0), n)] if *n < N / 5));
    key(&mut window, Key::T);
    assert_eq!(lines(&window).len(), sample::N_TOPICS);
    key(&mut window, Key::A);
    key(&mut window, Key::S);
    assert_eq!(lines(&window).len(), 5 * sample::N_TOPICS);
    assert!(shows(&window, "each topic's documents"));
    let sent = press(&mut window, "Show density contours");
    assert_eq!(sent, vec![Command::Contours(None)]);
    assert!(!shows(&window, "each topic's documents"));
}

fn write(harness: &mut Harness<'_, Window>, words: &str) {
    harness.input_mut().events.push(Event::Text(words.into()));
    harness.run_ok();
    harness.key_press(Key::Enter);
    harness.run_ok();
}

/// Names and numbers of documents of the saved selections.
fn saved(harness: &Harness<'_, Window>) -> Vec<(String, usize)> {
    let saved = &harness.state().bench.shared.saved;
    saved.iter().map(|s| (s.name.clone(), s.n_docs)).collect()
}

#[test]
fn a_selection_is_saved_put_back_renamed_and_deleted() {
    let mut window = window();
    assert!(!shows(&window, "Saved selections"));
    press(&mut window, "Legend China");
    key(&mut window, Key::L);
    let around = ring(&window, 0);
    drag(&mut window, &around, Modifiers::NONE);
    let n = shown(&window);
    key(&mut window, Key::K);
    write(&mut window, "coal in China");
    assert_eq!(saved(&window), [("coal in China".to_owned(), n)]);
    // The same name again is refused in words.
    key(&mut window, Key::Escape);
    key(&mut window, Key::K);
    write(&mut window, "coal in China");
    assert!(shows(&window, "there is one of this name already"));
    key(&mut window, Key::Escape);
    key(&mut window, Key::A);
    assert_eq!(shown(&window), N);
    assert_eq!(saved(&window).len(), 1);
    press(&mut window, "Put back selection coal in China");
    assert_eq!(shown(&window), n);
    press(&mut window, "Rename the saved selection coal in China");
    write(&mut window, " again");
    assert_eq!(saved(&window), [("coal in China again".to_owned(), n)]);
    press(
        &mut window,
        "Delete the saved selection coal in China again",
    );
    assert!(saved(&window).is_empty());
    // Deleting it lets nothing go.
    assert_eq!(shown(&window), n);
    let sentences: Vec<&str> = window.state().kept.iter().map(|k| k.0.as_str()).collect();
    assert_eq!(
        sentences,
        [
            "saving the selection coal in China",
            "renaming the saved selection coal in China",
            "deleting the saved selection coal in China again",
        ]
    );
}

#[test]
fn a_window_opened_again_looks_as_it_was_left() {
    let mut before = window();
    key(&mut before, Key::T);
    key(&mut before, Key::H);
    key(&mut before, Key::C);
    key(&mut before, Key::Plus);
    let from = canvas(&before).center();
    drag(
        &mut before,
        &[from, from + egui::vec2(40.0, 25.0)],
        Modifiers::NONE,
    );
    let layout = before.state().bench.layout();
    assert!(layout.map.camera.is_some() && layout.map.contours && layout.map.hides_context);
    // The project is read after the window has opened, as it happens.
    let mut after = open(Snapshot::default(), View::Start);
    let camera = layout.map.camera;
    let state = after.state_mut();
    state.snapshot = Arc::clone(&before.state().snapshot);
    state.bench.put_layout(layout.clone());
    after.run_ok();
    assert_eq!(after.state().bench.layout(), layout);
    assert_eq!(after.state().bench.map.camera(), camera);
    assert!(shows(&after, "each topic's documents"));
    // Over another layout of the documents the camera would look at nothing.
    let mut other = layout;
    other.map.layout = "places-0".to_owned();
    after.state_mut().bench.put_layout(other);
    after.run_ok();
    assert_ne!(after.state().bench.map.camera(), camera);
}

#[test]
fn a_map_that_was_not_moved_stays_whole_in_another_window() {
    let mut window = window();
    let (lo, hi) = window.state().snapshot.map.as_ref().unwrap().cloud.core();
    let is_whole = |window: &Harness<'_, Window>| {
        [lo, hi]
            .iter()
            .all(|p| canvas(window).contains(on_screen(window, *p)))
    };
    assert!(is_whole(&window));
    assert_eq!(window.state().bench.layout().map.camera, None);
    window.set_size(egui::vec2(900.0, 600.0));
    window.run_ok();
    assert!(is_whole(&window));
    // Where somebody looks is left alone.
    key(&mut window, Key::Plus);
    let camera = window.state().bench.map.camera();
    window.set_size(egui::vec2(1440.0, 900.0));
    window.run_ok();
    assert_eq!(window.state().bench.map.camera(), camera);
    assert!(window.state().bench.layout().map.camera.is_some());
}

/// What only the topic table holds.
const TABLE: &str = "Show value-related topics only";

#[test]
fn map_and_topics_stand_beside_each_other() {
    let mut window = window();
    chord(&mut window, Modifiers::COMMAND, Key::Num3);
    // The new one is in use and has the keys; both are drawn.
    assert_eq!(window.state().bench.view(), View::Topics);
    assert!(shows(&window, TABLE));
    let map = canvas(&window);
    let close = window.get_by_label("Close Topics").rect();
    assert!(map.right() < close.left());
    // A click into the map brings it into use, and a lasso there narrows both.
    let corner = map.left_bottom() + egui::vec2(30.0, -30.0);
    drag(&mut window, &[corner, corner], Modifiers::NONE);
    assert_eq!(window.state().bench.view(), View::Map);
    key(&mut window, Key::F);
    key(&mut window, Key::L);
    let around = ring(&window, 2);
    drag(&mut window, &around, Modifiers::NONE);
    assert!(shown(&window) < N / 4);
    let layout = window.state().bench.layout();
    assert_eq!(layout.beside.other, Some(View::Topics));
    // The hairline gives the map more room.
    let from = window.get_by_label("Hairline between the views").rect();
    let from = from.center();
    drag(
        &mut window,
        &[from, from + egui::vec2(60.0, 0.0)],
        Modifiers::NONE,
    );
    assert!((canvas(&window).width() - map.width() - 60.0).abs() < 3.0);
    press(&mut window, "Close Topics");
    key(&mut window, Key::A);
    assert!(!shows(&window, TABLE));
    assert!(canvas(&window).width() > 1.5 * map.width());
    // A view dragged from the rail into the right half opens there.
    let icon = window.get_by_label("Topics").rect().center();
    let into = canvas(&window).right_center() - egui::vec2(80.0, 0.0);
    drag(
        &mut window,
        &[icon, icon + egui::vec2(30.0, 0.0), into],
        Modifiers::NONE,
    );
    assert!(shows(&window, TABLE));
    chord(&mut window, Modifiers::COMMAND, Key::W);
    assert_eq!(window.state().bench.layout().beside.other, None);
}
