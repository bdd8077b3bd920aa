//! What holds in every view: names for all that can be pressed, the palette, the list of all keys, the
//! tour, and files dropped onto the window.

use std::path::{Path, PathBuf};

use egui::accesskit::{Action, Role};
use egui::{HoveredFile, Modifiers};
use egui_kittest::kittest::NodeT as _;

use super::*;
use crate::snapshot::model::{FailureRow, JobRow};
use crate::ui::actions::Place;
use crate::ui::views::{map, verify};

/// A project in which every view has something to show.
fn full() -> Snapshot {
    let mut graph = conflicts::sample(3);
    for (i, item) in graph.queue.iter_mut().enumerate() {
        Arc::make_mut(&mut item.a).text = format!("Claim {i}");
        Arc::make_mut(&mut item.b).text = format!("Reply {i}");
    }
    let job = |id: i64, state: JobState| JobRow {
        id: JobId(id),
        stage: "embed".to_owned(),
        state,
        params: String::new(),
        seed: 42,
        stage_version: 1,
        queued_ms: 1_699_999_000_000,
        duration_ms: Some(1200),
        message: String::new(),
        n_attempts: 1,
    };
    Snapshot {
        conflicts: vec![Arc::new(graph)],
        verification: Arc::new(verify::invented::judged()),
        jobs: vec![job(2, JobState::Failed), job(1, JobState::Done)],
        failures: vec![FailureRow {
            stage: "import".to_owned(),
            subject: "us_press.csv line 17".to_owned(),
            reason: "no title".to_owned(),
        }],
        ..Snapshot {
            results: Arc::new(results::sample()),
            alignment: Arc::new(align::sample()),
            ..with_map()
        }
    }
}

fn with_map() -> Snapshot {
    let drawn = map::sample::snapshot(700);
    Snapshot {
        map: drawn.map,
        topics: drawn.topics,
        nations: drawn.nations,
        ..whole()
    }
}

/// Lists what can be pressed or written into and has no name, and siblings of one name.
fn nameless(window: &Harness<'_, Window>, place: &str, wrong: &mut Vec<String>) {
    let root = window.root();
    for parent in std::iter::once(root).chain(root.children_recursive()) {
        let mut seen: Vec<(Role, String)> = Vec::new();
        for child in parent.children() {
            let node = child.accesskit_node();
            let data = node.data();
            let acts = data.supports_action(Action::Click) || data.supports_action(Action::Focus);
            // A scroll bar is the toolkit's and goes with what it scrolls.
            if !acts || data.is_hidden() || data.role() == Role::ScrollBar {
                continue;
            }
            let says_itself = matches!(data.role(), Role::Label | Role::Heading);
            let name = node
                .label()
                .or_else(|| node.value().filter(|_| says_itself))
                .map(|name| name.trim().to_owned())
                .filter(|name| !name.is_empty());
            let Some(name) = name else {
                wrong.push(format!(
                    "{place}: {:?} without a name at {:?}",
                    data.role(),
                    data.bounds()
                ));
                continue;
            };
            let twin = (data.role(), name);
            if twin.0 == Role::Button && seen.contains(&twin) {
                wrong.push(format!("{place}: two buttons “{}”", twin.1));
            }
            seen.push(twin);
        }
    }
}

#[test]
fn everything_that_can_be_pressed_has_a_name_of_its_own() {
    let mut wrong = Vec::new();
    for view in View::ALL {
        for size in [(1440.0, 900.0), (900.0, 600.0)] {
            let mut window = Window::new(full(), view, ThemeChoice::Light);
            window.recent = recent();
            let mut window = harness(window, size, false, false);
            window.run_ok();
            let place = format!("{} at {}", view.name(), size.0);
            nameless(&window, &place, &mut wrong);
            if size.0 < 1000.0 {
                continue;
            }
            chord(&mut window, Modifiers::COMMAND, Key::K);
            assert!(shows(&window, "Take the tour"));
            nameless(&window, &format!("{place}, palette"), &mut wrong);
            key(&mut window, Key::Escape);
            key(&mut window, Key::Questionmark);
            assert!(shows(&window, "Everywhere: Light or dark, key D"));
            nameless(&window, &format!("{place}, keys"), &mut wrong);
            key(&mut window, Key::Escape);
        }
        let mut empty = open(Snapshot::default(), view);
        nameless(&empty, &format!("{}, empty", view.name()), &mut wrong);
        empty.state_mut().project_open = false;
        empty.state_mut().recent = recent();
        empty.run_ok();
        nameless(&empty, &format!("{}, no project", view.name()), &mut wrong);
    }
    let mut window = Window::new(full(), View::Start, ThemeChoice::Light);
    window.tour_seen = false;
    let mut window = harness(window, (1440.0, 900.0), false, false);
    window.run_ok();
    for step in 1..=5 {
        assert!(shows(&window, &format!("{step} of 5")));
        nameless(&window, &format!("tour, step {step}"), &mut wrong);
        key(&mut window, Key::ArrowRight);
    }
    for (view, keys) in [
        (View::Start, &[Key::F][..]),
        (View::Start, &[Key::W]),
        (View::Start, &[Key::O]),
        (View::Map, &[Key::Y]),
        (View::Map, &[Key::S]),
        (View::Align, &[Key::T]),
        (View::Jobs, &[Key::ArrowDown]),
        (View::Conflicts, &[Key::L]),
        (View::Conflicts, &[Key::L, Key::L, Key::L, Key::L]),
        (View::Verify, &[Key::L]),
        (View::Verify, &[Key::L, Key::L]),
        (View::Verify, &[Key::L, Key::L, Key::L]),
    ] {
        let mut window = open(full(), view);
        for k in keys {
            key(&mut window, *k);
        }
        nameless(
            &window,
            &format!("{} after {keys:?}", view.name()),
            &mut wrong,
        );
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn chord(window: &mut Harness<'_, Window>, modifiers: Modifiers, key: Key) -> Vec<Command> {
    window.state_mut().sent.clear();
    window.key_press_modifiers(modifiers, key);
    window.run_ok();
    window.state().sent.clone()
}

fn recent() -> Vec<RecentProject> {
    let project = |folder: &str, is_there| RecentProject {
        folder: folder.to_owned(),
        is_there,
    };
    vec![
        project("five-nations", true),
        project("news/europe", true),
        project("news/gone", false),
    ]
}

/// Opens the palette and writes words into it.
fn search_for(window: &mut Harness<'_, Window>, words: &str) {
    chord(window, Modifiers::COMMAND, Key::K);
    window.event(egui::Event::Text(words.to_owned()));
    window.run_ok();
}

#[test]
fn the_palette_lists_the_actions_of_the_view_first() {
    let mut window = open(full(), View::Conflicts);
    chord(&mut window, Modifiers::COMMAND, Key::K);
    let top = |name: &str| window.get_by_label(name).rect().top();
    let own = top("Keep the flagged edge");
    let other = top("Map: Select by a lasso");
    assert!(own < other && other < top("Light or dark"));
    // Choosing an action of another view opens that view and does it.
    window
        .get_by_label("Map: Select by a lasso")
        .click_accesskit();
    window.run_ok();
    assert_eq!(window.state().bench.view(), View::Map);
    search_for(&mut window, "lasso map");
    // The chip of the map, and the line of the palette.
    assert_eq!(window.get_all_by_label("Select by a lasso").count(), 2);
    assert!(window.query_all_by_label("Light or dark").next().is_none());
}

#[test]
fn what_buttons_offer_stands_in_the_palette() {
    let mut snapshot = full();
    snapshot.results = Arc::new(ResultsData {
        waiting: vec!["Mill".to_owned()],
        ..results::sample()
    });
    let mut window = open(snapshot, View::Start);
    window.state_mut().recent = recent();
    chord(&mut window, Modifiers::COMMAND, Key::K);
    for name in [
        "Import files",
        "Write the report",
        "Open a project",
        "Make a new project",
        "Open the project news/europe",
        "Take news/gone out of the list of projects",
        "Filter China",
        "Light or dark",
        "Preview color vision",
        "Show all keys",
        "Take the tour",
        "Conflicts: Set the reviewer",
        "Conflicts: Accept the machine's proposals of all rounds",
        "Results: Evaluate Mill",
        "Results: Sort by mean",
        "Align: Train A3 of Mill",
        "Align: Pause the training A3 of Harbor",
        "Map: Color by source",
    ] {
        assert!(
            window.query_all_by_label(name).next().is_some(),
            "the palette does not list “{name}”"
        );
    }
    // Nothing is offered that does not work now: this one is open, that one is gone.
    assert!(!shows(&window, "Open the project five-nations"));
    assert!(!shows(&window, "Open the project news/gone"));
    assert!(!shows(&window, "Cancel the running job"));
    let sent = press(&mut window, "Results: Evaluate Mill");
    assert!(matches!(&sent[..], [Command::Evaluate { model, .. }] if model == "Mill"));
    assert_eq!(window.state().bench.view(), View::Results);
}

#[test]
fn the_list_of_keys_holds_every_binding_and_gives_way() {
    let window = Window::new(full(), View::Conflicts, ThemeChoice::Light);
    let mut window = harness(window, (900.0, 600.0), false, false);
    window.run_ok();
    key(&mut window, Key::Questionmark);
    let snapshot = Arc::clone(&window.state().snapshot);
    let input = UiInput::of(&snapshot);
    let all = window.state_mut().bench.all_keys(&input);
    let wanted = [Place::Everywhere, Place::In(View::Conflicts)];
    assert!(wanted.iter().all(|w| all.iter().any(|(p, _)| p == w)));
    for (place, keys) in all {
        for (name, key) in keys {
            let line = format!("{}: {name}, key {key}", place.name());
            assert!(window.query_by_label(&line).is_some(), "{line}");
        }
    }
    assert!(shows(
        &window,
        "Conflicts: Take the last verdict or lasso back, key Ctrl Z"
    ));
    let close = window.get_by_label("Close the keys").rect();
    assert!(close.top() > 0.0 && close.right() < 900.0, "{close:?}");
    // Under the list no key is heard.
    assert!(key(&mut window, Key::K).is_empty());
    key(&mut window, Key::Escape);
    assert!(!shows(&window, "Close the keys"));
    assert!(!key(&mut window, Key::K).is_empty());
    key(&mut window, Key::F1);
    press(&mut window, "Close the keys");
    press(&mut window, "Show all keys (?)");
    assert!(shows(&window, "Close the keys"));
}

#[test]
fn the_tour_comes_once_and_can_be_left_at_each_step() {
    let mut window = Window::new(full(), View::Jobs, ThemeChoice::Light);
    window.tour_seen = false;
    window.project_open = false;
    let mut window = harness(window, (900.0, 600.0), false, false);
    window.run_ok();
    assert!(!shows(&window, "1 of 5"));
    window.state_mut().project_open = true;
    window.run_ok();
    assert!(shows(&window, "From files to results"));
    press(&mut window, "Next step of the tour");
    assert_eq!(window.state().bench.view(), View::Map);
    key(&mut window, Key::ArrowRight);
    assert_eq!(window.state().bench.view(), View::Topics);
    key(&mut window, Key::ArrowLeft);
    assert!(shows(&window, "Every document is a point"));
    // Everything else works meanwhile.
    key(&mut window, Key::Num6);
    assert_eq!(window.state().bench.view(), View::Results);
    let sent = press(&mut window, "Skip the tour");
    assert!(sent.contains(&Command::EndTour));
    assert!(!shows(&window, "Skip the tour"));
    window.state_mut().tour_seen = true;
    search_for(&mut window, "tour");
    press(&mut window, "Take the tour");
    for _ in 0..4 {
        key(&mut window, Key::ArrowRight);
    }
    assert!(shows(&window, "All of it by words or by keys"));
    press(&mut window, "End the tour");
    assert!(!shows(&window, "5 of 5"));
    search_for(&mut window, "tour");
    press(&mut window, "Take the tour");
    assert!(key(&mut window, Key::Escape).is_empty());
    assert!(!shows(&window, "1 of 5"));
}

#[derive(Debug)]
struct File(PathBuf);

impl egui::DroppedFile for File {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
}

#[test]
fn files_held_over_the_window_show_a_target_and_go_to_the_host() {
    let mut window = open(full(), View::Results);
    window.input_mut().hovered_files = vec![HoveredFile {
        path: Some(PathBuf::from("/news/cn_daily.jsonl")),
        mime: String::new(),
    }];
    window.step();
    window.step();
    assert!(shows(&window, "Drop cn_daily.jsonl"));
    window.input_mut().hovered_files.clear();
    let dropped = Arc::new(File(PathBuf::from("/news/cn_daily.jsonl")));
    window.input_mut().dropped_files = vec![dropped];
    window.step();
    let path = "/news/cn_daily.jsonl".to_owned();
    let sent = window.state().sent.clone();
    assert!(sent.contains(&Command::TakeDropped(vec![path.clone()])));
    window.state_mut().bench.add_files(&[path]);
    window.run_ok();
    assert!(!shows(&window, "Drop cn_daily.jsonl"));
    assert_eq!(window.state().bench.view(), View::Start);
    assert!(shows(&window, "Nation of cn_daily.jsonl"));
}

#[test]
fn a_project_that_is_gone_says_so_and_can_be_taken_out() {
    let mut window = open(full(), View::Start);
    window.state_mut().recent = recent();
    window.run_ok();
    press(&mut window, "Open another project");
    assert!(shows(&window, "No project there any more: news/gone"));
    let sent = press(&mut window, "Take news/gone out of the list of projects");
    assert_eq!(sent, vec![Command::ForgetProject("news/gone".to_owned())]);
    press(&mut window, "Back to five-nations");
    key(&mut window, Key::O);
    let sent = press(&mut window, "Open news/europe");
    assert_eq!(sent, vec![Command::OpenProject("news/europe".to_owned())]);
    assert!(shows(&window, "Open another project"));
}

#[test]
fn keys_put_the_cursor_into_their_fields() {
    for (view, k, field) in [
        (View::Start, Key::F, "Path of a file"),
        (View::Start, Key::W, "Folder of the report"),
        (View::Start, Key::O, "Folder of a project"),
        (View::Conflicts, Key::E, "Reviewer"),
        (View::Conflicts, Key::W, "Note"),
        (View::Results, Key::E, "Folder of the model"),
        (View::Align, Key::E, "Folder of another model"),
    ] {
        let mut window = open(full(), view);
        key(&mut window, k);
        let input = window.get_by_role_and_label(Role::TextInput, field);
        assert!(input.is_focused(), "{field}");
        window.event(egui::Event::Text("x".to_owned()));
        window.run_ok();
        let input = window.get_by_role_and_label(Role::TextInput, field);
        let value = input.value().unwrap_or_default();
        assert!(value.contains('x'), "{field} holds {value}");
    }
}

#[test]
fn habits_are_drawn_where_somebody_wants_to_look() {
    let plain = |choice| Window::new(full(), View::Conflicts, choice);
    shoot("keys", &plain, &|window| {
        key(window, Key::Questionmark);
    });
    shoot("palette", &plain, &|window| {
        chord(window, Modifiers::COMMAND, Key::K);
    });
    shoot("palette_words", &plain, &|window| {
        search_for(window, "train");
    });
    let toured = |choice| Window {
        tour_seen: false,
        ..Window::new(full(), View::Start, choice)
    };
    for step in 0..5 {
        shoot(&format!("tour_{}", step + 1), &toured, &|window| {
            for _ in 0..step {
                key(window, Key::ArrowRight);
            }
        });
    }
    let before = |choice| Window {
        recent: recent(),
        ..Window::new(full(), View::Start, choice)
    };
    shoot("start", &before, &|_| {});
    shoot("start_elsewhere", &before, &|window| {
        key(window, Key::O);
    });
    shoot("drop", &plain, &|window| {
        window.input_mut().hovered_files = vec![HoveredFile {
            path: Some(PathBuf::from("/news/cn_daily.jsonl")),
            mime: String::new(),
        }];
    });
    shoot(
        "jobs",
        &|choice| Window::new(full(), View::Jobs, choice),
        &|window| {
            key(window, Key::ArrowDown);
        },
    );
}
