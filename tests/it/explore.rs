//! The program itself, its threads included, driven by accessible name over the example: a cluster is
//! lassoed and the table follows, topics are merged, the merge is undone, and after a restart it still is.

use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use egui::{Event, Key, Modifiers, PointerButton, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use meridian::app::program;

use crate::example::example_project;
use crate::support::{can_draw, folder};

/// What takes longer than this never comes.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program, told when the window is closed.
struct Program(Box<dyn eframe::App>);

impl eframe::App for Program {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.0.logic(ctx, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.0.ui(ui, frame);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.on_exit();
    }
}

/// A window with the program in it.
struct Window {
    harness: Harness<'static, Program>,
    woken: Receiver<()>,
}

impl Window {
    fn open(project: &Path, config: &Path) -> Self {
        let (wake, woken) = sync_channel(1);
        let (project, config) = (project.to_owned(), config.to_owned());
        let harness = Harness::builder()
            .with_size(vec2(1440.0, 900.0))
            .with_max_steps(40)
            .wgpu()
            .build_eframe(move |cc| {
                cc.egui_ctx.set_request_repaint_callback(move |_| {
                    // A full channel has told already.
                    wake.try_send(()).ok();
                });
                Program(program(cc, Some(&project), Some(&config)).expect("the program"))
            });
        let mut window = Self { harness, woken };
        window.wait("the project", |w| w.has("Filter China"));
        window
    }

    /// Draws frames until something is so; its threads say when there is more to draw.
    fn wait(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < PATIENCE, "{what} did not come");
            self.harness.step();
            self.woken.recv_timeout(Duration::from_millis(100)).ok();
        }
        self.harness.step();
    }

    fn has(&self, name: &str) -> bool {
        self.harness.query_all_by_label(name).next().is_some()
    }

    fn click(&mut self, name: &str) {
        let node = self.harness.get_all_by_label(name).next();
        node.expect("the control").click_accesskit();
        self.harness.step();
        self.harness.step();
    }

    fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.step();
        self.harness.step();
    }

    fn event(&mut self, event: Event) {
        self.harness.input_mut().events.push(event);
        self.harness.step();
    }

    /// Drags the pointer along a ring.
    fn ring(&mut self, middle: Pos2, radius: f32) {
        let at = |k: i32| {
            let angle = std::f32::consts::TAU * k as f32 / 24.0;
            middle + radius * vec2(angle.cos(), angle.sin())
        };
        let button = |pos, pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.event(Event::PointerMoved(at(0)));
        self.event(button(at(0), true));
        for k in 1..=24 {
            self.event(Event::PointerMoved(at(k)));
        }
        self.event(button(at(24), false));
    }

    /// How many topics the head of the table says there are.
    fn n_topics(&self) -> Option<usize> {
        (1..1000).find(|n| self.has(&format!("{n} topics")))
    }

    /// The rows of the topic table in sight, with the documents that each says it has.
    fn topics(&self) -> Vec<(String, usize)> {
        let rows = self
            .harness
            .query_all(egui_kittest::kittest::By::new().predicate(|node| {
                node.label().is_some_and(|l| l.starts_with("Topic ")) && node.value().is_some()
            }));
        rows.filter_map(|row| {
            let node = row.accesskit_node();
            let value = node.value()?;
            let digits = value.chars().filter(char::is_ascii_digit);
            let n = digits.collect::<String>().parse().unwrap_or(0);
            Some((node.label()?, n))
        })
        .collect()
    }
}

#[test]
fn a_lasso_a_merge_an_undo_and_a_restart() {
    if !can_draw() {
        return;
    }
    let home = folder();
    let project = example_project(home.path());
    let config = home.path().join("config");
    let mut window = Window::open(&project, &config);
    if window.has("Skip the tour") {
        window.click("Skip the tour");
    }

    // Topics with all documents.
    window.click("Topics");
    window.wait("the table", |w| w.topics().len() > 10);
    let whole = window.topics();
    let n_topics = window.n_topics().expect("a head");
    // Two topics may have words in common and so the same label.
    let alone: Vec<&(String, usize)> = whole
        .iter()
        .filter(|(name, _)| whole.iter().filter(|r| r.0 == *name).count() == 1)
        .collect();

    // A lasso around a topic's label on the map.
    window.click("Map");
    let label = |name: &str| name.replacen("Topic ", "Label ", 1);
    let shown = |w: &Window| alone.iter().find(|r| w.has(&label(&r.0))).copied();
    window.wait("the map with its labels", |w| shown(w).is_some());
    let lassoed = &shown(&window).expect("a label").0;
    let middle = window.harness.get_by_label(&label(lassoed)).rect().center();
    window.press(Modifiers::NONE, Key::L);
    window.ring(middle, 60.0);
    window.wait("the selection", |w| w.has("Selection"));

    // The table follows: fewer documents everywhere, some of that topic.
    window.click("Topics");
    window.wait("the table of the selection", |w| w.topics() != whole);
    let part = window.topics();
    let n = |rows: &[(String, usize)]| rows.iter().map(|r| r.1).sum::<usize>();
    assert!(n(&part) > 0 && n(&part) < n(&whole), "{part:?}");
    let of = |rows: &[(String, usize)], name: &str| {
        let rows = rows.iter().filter(|r| r.0 == name);
        rows.map(|r| r.1).sum::<usize>()
    };
    assert!(of(&part, lassoed) > 0);
    // In another order other rows may be in sight.
    for (name, _) in part.iter().filter(|row| of(&whole, &row.0) > 0) {
        let (now, before) = (of(&part, name), of(&whole, name));
        assert!(now <= before, "{name}: {now} of {before}");
    }
    window.press(Modifiers::NONE, Key::A);
    window.wait("all documents", |w| w.topics() == whole);

    // Two topics become one.
    let (into, from) = (alone[0].clone(), alone[1].clone());
    window.click(&into.0);
    window.press(Modifiers::NONE, Key::M);
    let words = from.0.replacen("Topic ", "", 1);
    window
        .harness
        .get_by_label("Topics to merge")
        .type_text(&words);
    window.harness.step();
    window.press(Modifiers::NONE, Key::Enter);
    window.press(Modifiers::NONE, Key::Enter);
    window.wait("the merge", |w| w.n_topics() == Some(n_topics - 1));
    assert_eq!(of(&window.topics(), &into.0), into.1 + from.1);

    // Undone, and after a restart still.
    window.press(Modifiers::COMMAND, Key::Z);
    window.wait("the undo", |w| w.n_topics() == Some(n_topics));
    assert_eq!(window.topics(), whole);
    drop(window);
    let mut window = Window::open(&project, &config);
    assert!(!window.has("Skip the tour"));
    // The window opens where it was left.
    window.wait("the table as it was", |w| w.n_topics() == Some(n_topics));
    window.press(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    window.wait("the merge again", |w| w.n_topics() == Some(n_topics - 1));
}
