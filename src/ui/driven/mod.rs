//! The window driven by accessible name over invented snapshots; nothing here needs a project.
//!
//! Where `MERIDIAN_SHOTS` names a folder, both views are drawn into it as PNG files, in several sizes,
//! light and dark, with the fonts that `MERIDIAN_FONTS` names (regular, strong, Chinese, strong Chinese,
//! separated by colons).

#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

use std::sync::Arc;

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::*;
use crate::base::ids::{JobId, RunId};
use crate::base::observe::Silent;
use crate::domain::alignment::Variant;
use crate::domain::evaluation::{ItemSet, Method};
use crate::domain::job_progress::JobState;
use crate::snapshot::contours::contours;
use crate::snapshot::model::alignment::AlignmentData;
use crate::snapshot::model::results::{CellKey, ResultsData};
use crate::snapshot::model::{NationCount, NextStep, ProjectInfo, Totals};
use crate::snapshot::passing::focus;
use crate::ui::theme::FaceFile;
use crate::ui::views::{align, conflicts, results};

mod conflicts_review;
mod filter;
mod graph;
mod habits;
mod map;
mod pictures;
mod source_maps;
mod topics;
mod verify;

/// A window over a snapshot that never changes.
struct Window {
    bench: Workbench,
    snapshot: Arc<Snapshot>,
    cell: Option<Arc<CellDetail>>,
    doc: Option<Arc<DocDetail>>,
    focus: Option<Arc<Focus>>,
    looks: Looks,
    rule_effect: Option<Arc<RuleEffect>>,
    reviewer: String,
    contours: Option<Arc<Contours>>,
    /// Steps done and steps taken back: how filter and selection stood before and after.
    done: Vec<(Desk, Desk)>,
    undone: Vec<(Desk, Desk)>,
    /// Steps of the saved selections, with how they stood before and after.
    kept: Vec<(String, Vec<SavedSelection>, Vec<SavedSelection>)>,
    progress: Option<JobProgress>,
    dialogs: bool,
    project_open: bool,
    recent: Vec<RecentProject>,
    tour_seen: bool,
    sent: Vec<Command>,
    now_ms: i64,
}

impl Window {
    fn new(snapshot: Snapshot, view: View, choice: ThemeChoice) -> Self {
        let mut bench = Workbench::new(choice);
        bench.folder.clone_from(&snapshot.project.folder);
        bench.open_view(view);
        Self {
            bench,
            snapshot: Arc::new(snapshot),
            cell: None,
            doc: None,
            focus: None,
            looks: conflicts::sample_looks(3),
            rule_effect: None,
            reviewer: "tester".to_owned(),
            contours: None,
            done: Vec::new(),
            undone: Vec::new(),
            kept: Vec::new(),
            progress: None,
            dialogs: true,
            project_open: true,
            recent: Vec::new(),
            tour_seen: true,
            sent: Vec::new(),
            now_ms: 1_700_000_000_000,
        }
    }

    fn draw(&mut self, ui: &mut egui::Ui) {
        let input = UiInput {
            project_open: self.project_open,
            progress: self.progress.as_ref(),
            doc: self.doc.as_ref(),
            focus: self.focus.as_ref(),
            contours: self.contours.as_ref(),
            cell: self.cell.as_ref(),
            looks: &self.looks,
            rule_effect: self.rule_effect.as_ref(),
            recent_projects: &self.recent,
            tour_seen: self.tour_seen,
            default_folder: "project",
            reviewer: &self.reviewer,
            can_open_dialogs: self.dialogs,
            now_ms: self.now_ms,
            ..UiInput::of(&self.snapshot)
        };
        let ctx = ui.ctx().clone();
        let mut commands = Vec::new();
        self.bench.logic(&ctx, &input, &mut commands);
        self.bench.ui(ui, &input, &mut commands);
        for command in commands {
            // Cycles are looked up already.
            if matches!(command, Command::LookAt(_)) {
                continue;
            }
            // A cell is loaded as soon as it is asked for.
            if let Command::SelectCell(key) = &command {
                self.cell = key.map(|k| Arc::new(results::sample_cell(k)));
            }
            // A filter is worked out as soon as it changes.
            if let (Command::Focus { desk, words }, Some(map)) = (&command, &self.snapshot.map) {
                let none = |_: &str| None;
                self.focus = Some(Arc::new(focus(map, desk, words, &none)));
                ctx.request_repaint();
            }
            // So are the lines of density.
            if let (Command::Contours(key), Some(map)) = (&command, &self.snapshot.map) {
                let focus = self.focus.as_ref().filter(|f| f.narrows(map));
                self.contours = key.map(|k| Arc::new(contours(map, focus, k, &Silent).unwrap()));
                ctx.request_repaint();
            }
            match &command {
                Command::RecordDesk { before, after, .. } => {
                    self.undone.clear();
                    self.done.push(((**before).clone(), (**after).clone()));
                }
                Command::RecordSaved {
                    sentence,
                    before,
                    after,
                } => self
                    .kept
                    .push((sentence.clone(), before.clone(), after.clone())),
                Command::Undo => {
                    if let Some(step) = self.done.pop() {
                        self.bench.put_desk(step.0.clone());
                        self.undone.push(step);
                    }
                }
                Command::Redo => {
                    if let Some(step) = self.undone.pop() {
                        self.bench.put_desk(step.1.clone());
                        self.done.push(step);
                    }
                }
                _ => {}
            }
            self.sent.push(command);
        }
    }
}

fn snapshot(results: ResultsData, alignment: AlignmentData) -> Snapshot {
    Snapshot {
        project: ProjectInfo {
            name: "five-nations".to_owned(),
            folder: "five-nations".to_owned(),
            preset: "quick".to_owned(),
            seed: 42,
            annotator: "offline rules".to_owned(),
        },
        nations: Nation::FIVE
            .map(|nation| NationCount { nation, n_docs: 3 })
            .to_vec(),
        next_step: NextStep::ReadReport,
        totals: Totals {
            n_docs: 6100,
            n_statements: 9000,
            n_triples: 6849,
            ..Totals::default()
        },
        results: Arc::new(results),
        alignment: Arc::new(alignment),
        ..Snapshot::default()
    }
}

fn whole() -> Snapshot {
    snapshot(results::sample(), align::sample())
}

fn faces() -> Faces {
    let Ok(paths) = std::env::var("MERIDIAN_FONTS") else {
        return Faces::default();
    };
    let face = |path: &str| FaceFile {
        name: path.to_owned(),
        bytes: Arc::new(std::fs::read(path).unwrap()),
        index: if std::path::Path::new(path)
            .extension()
            .is_some_and(|e| e == "ttc")
        {
            2
        } else {
            0
        },
        weight: None,
    };
    let files: Vec<FaceFile> = paths.split(':').map(face).collect();
    Faces {
        regular: files.iter().step_by(2).cloned().collect(),
        strong: files.iter().skip(1).step_by(2).cloned().collect(),
    }
}

fn harness(window: Window, size: (f32, f32), dark: bool, wgpu: bool) -> Harness<'static, Window> {
    let (theme, choice) = if dark {
        (egui::Theme::Dark, ThemeChoice::Dark)
    } else {
        (egui::Theme::Light, ThemeChoice::Light)
    };
    let builder = Harness::builder()
        .with_size(egui::vec2(size.0, size.1))
        .with_theme(theme)
        .with_max_steps(20)
        .allow_missing_glyphs()
        .with_context_setup(move |ctx| theme::install(ctx, &faces(), choice));
    let builder = if wgpu {
        let setup = egui_kittest::wgpu::default_wgpu_setup();
        let options = egui_wgpu::RendererOptions::PREDICTABLE;
        let state = egui_kittest::wgpu::create_render_state(setup, options);
        paint::install(&state);
        builder.renderer(egui_kittest::wgpu::WgpuTestRenderer::from_render_state(
            state,
        ))
    } else {
        builder
    };
    builder.build_ui_state(|ui, window: &mut Window| window.draw(ui), window)
}

fn open(snapshot: Snapshot, view: View) -> Harness<'static, Window> {
    let window = Window::new(snapshot, view, ThemeChoice::Light);
    let mut harness = harness(window, (1440.0, 900.0), false, false);
    harness.run_ok();
    harness
}

fn press(harness: &mut Harness<'_, Window>, name: &str) -> Vec<Command> {
    harness.state_mut().sent.clear();
    // The control may stand below the fold.
    harness.get_by_label(name).click_accesskit();
    harness.run_ok();
    harness.state().sent.clone()
}

fn key(harness: &mut Harness<'_, Window>, key: Key) -> Vec<Command> {
    harness.state_mut().sent.clear();
    harness.key_press(key);
    harness.run_ok();
    harness.state().sent.clone()
}

fn shows(harness: &Harness<'_, Window>, words: &str) -> bool {
    harness.query_all_by_label_contains(words).next().is_some()
}

fn cell_of(run: i64, method: Method, set: ItemSet, nation: usize) -> CellKey {
    CellKey {
        run: RunId(run),
        method,
        set,
        nation: Nation::FIVE[nation],
    }
}

#[test]
fn a_click_on_a_cell_asks_for_its_items_and_an_item_opens() {
    let mut window = open(whole(), View::Results);
    let sent = press(&mut window, "Harbor + DPO × CN .595");
    let key_of = cell_of(2, Method::Mc, ItemSet::Quoted, 0);
    assert_eq!(sent, vec![Command::SelectCell(Some(key_of))]);
    assert!(shows(&window, "Wrong by most, 22 of 47"));
    assert!(shows(&window, "say nothing about nations"));
    assert!(press(&mut window, "Next page of items").is_empty());
    assert!(shows(&window, "Right, 25 of 47"));
    press(&mut window, "Previous page of items");
    // Two items share no question in the first four.
    window
        .get_all_by_label("Open the item “Should cameras watch public squares?”")
        .next()
        .unwrap()
        .click_accesskit();
    window.run_ok();
    assert!(shows(&window, "Item 4 of 47"));
    assert!(shows(&window, "7.70 nats"));
    key(&mut window, Key::N);
    assert!(shows(&window, "Item 5 of 47"));
    let sent = press(&mut window, "Open the document");
    assert_eq!(sent, vec![Command::SelectDoc(DocId(104))]);
    assert_eq!(key(&mut window, Key::Escape), vec![Command::ClearSelection]);
    assert!(shows(&window, "Item 5 of 47"));
    key(&mut window, Key::Escape);
    assert!(shows(&window, "Wrong by most"));
    let sent = key(&mut window, Key::Escape);
    assert_eq!(sent, vec![Command::SelectCell(None)]);
    assert!(shows(&window, "Evaluate another model"));
}

#[test]
fn arrows_move_the_outline_and_enter_opens_it() {
    let mut window = open(whole(), View::Results);
    for k in [Key::ArrowDown, Key::ArrowDown, Key::ArrowRight] {
        assert!(key(&mut window, k).is_empty());
    }
    assert!(shows(&window, "Show its items"));
    let sent = key(&mut window, Key::Enter);
    let wanted = cell_of(2, Method::Mc, ItemSet::Quoted, 1);
    assert_eq!(sent, vec![Command::SelectCell(Some(wanted))]);
    // Another set keeps the cell and asks for its items.
    let sent = key(&mut window, Key::S);
    let wanted = cell_of(2, Method::Mc, ItemSet::Official, 1);
    assert_eq!(sent, vec![Command::SelectCell(Some(wanted))]);
    assert!(shows(&window, "GPT-4 · MC-choice × CN .927"));
    key(&mut window, Key::R);
    assert!(!shows(&window, "GPT-4 · MC-choice × CN .927"));
    let sent = press(&mut window, "Show the method AJ");
    let wanted = cell_of(2, Method::Aj, ItemSet::Official, 1);
    assert_eq!(sent, vec![Command::SelectCell(Some(wanted))]);
}

#[test]
fn heads_sort_and_a_missing_cell_asks_for_nothing() {
    let mut window = open(whole(), View::Results);
    let order = |window: &Harness<'_, Window>| -> Vec<i64> {
        let mut at: Vec<(i64, i64)> = [
            ("Harbor × US", 1),
            ("Harbor + DPO × US", 2),
            ("Mixture 8×7B × US", 4),
        ]
        .into_iter()
        .map(|(name, run)| {
            let node = window.get_by(|n| n.label().is_some_and(|l| l.starts_with(name)));
            (node.rect().top() as i64, run)
        })
        .collect();
        at.sort_unstable();
        at.into_iter().map(|x| x.1).collect()
    };
    assert_eq!(order(&window), [1, 2, 4]);
    press(&mut window, "Sort by United States");
    assert_eq!(order(&window), [4, 2, 1]);
    press(&mut window, "Sort by United States");
    assert_eq!(order(&window), [1, 2, 4]);
    let sent = press(&mut window, "Mixture 8×7B × FR missing");
    assert!(sent.is_empty(), "{sent:?}");
    assert!(shows(&window, "has not been asked"));
}

#[test]
fn the_form_evaluates_a_folder_and_takes_the_dialogs_answer() {
    let mut window = open(whole(), View::Results);
    let sent = press(&mut window, "Choose the folder of the adapter");
    let purpose = Purpose::Adapter;
    assert_eq!(sent, vec![Command::PickFolder { purpose }]);
    let bench = &mut window.state_mut().bench;
    bench.picked(Purpose::Adapter, &["adapters/a2".to_owned()]);
    bench.picked(Purpose::Model, &["models/brook".to_owned()]);
    window.run_ok();
    press(&mut window, "Ask by AJ");
    press(&mut window, "Ask by Agree");
    let sent = press(&mut window, "Evaluate the model of this folder");
    assert_eq!(
        sent,
        vec![Command::Evaluate {
            model: "models/brook".to_owned(),
            adapter: "adapters/a2".to_owned(),
            methods: vec![Method::Mc, Method::Agree],
        }]
    );
}

#[test]
fn empty_results_tell_what_to_do() {
    let mut none = snapshot(ResultsData::default(), AlignmentData::default());
    none.next_step = NextStep::Run {
        stage: "triples".to_owned(),
    };
    let mut window = open(none, View::Results);
    assert!(shows(&window, "Nothing to evaluate on yet"));
    assert_eq!(
        press(&mut window, "Run the pipeline"),
        vec![Command::RunPipeline]
    );
    let waiting = ResultsData {
        waiting: vec!["Harbor".to_owned(), "Mill".to_owned()],
        n_triples: 6849,
        ..ResultsData::default()
    };
    let mut window = open(snapshot(waiting, AlignmentData::default()), View::Results);
    let sent = press(&mut window, "Evaluate Mill");
    assert_eq!(
        sent,
        vec![Command::Evaluate {
            model: "Mill".to_owned(),
            adapter: String::new(),
            methods: Method::ALL.to_vec(),
        }]
    );
    assert!(shows(&window, "Folder of the model"));
    let nothing = snapshot(ResultsData::default(), AlignmentData::default());
    let mut window = open(nothing, View::Results);
    assert!(press(&mut window, "Go to Start").is_empty());
    assert_eq!(window.state().bench.view(), View::Start);
}

#[test]
fn trainings_pause_resume_and_start() {
    let mut window = open(whole(), View::Align);
    let sent = press(&mut window, "Pause the training A3 of Harbor");
    assert_eq!(sent, vec![Command::CancelJob(JobId(3))]);
    let sent = press(&mut window, "Resume the training A2 of Harbor");
    assert_eq!(sent, vec![Command::RetryJob(JobId(1))]);
    assert!(shows(&window, "out of memory"));
    let sent = press(&mut window, "Train A3 of Mill");
    let align = |model: &str, variant| Command::Align {
        model: model.to_owned(),
        variant,
    };
    assert_eq!(sent, vec![align("Mill", Variant::DpoOnly)]);
    press(&mut window, "Choose the folder of the model");
    let bench = &mut window.state_mut().bench;
    bench.picked(Purpose::Model, &["models/brook".to_owned()]);
    window.run_ok();
    let sent = press(&mut window, "Train A2 of the model of this folder");
    assert_eq!(sent, vec![align("models/brook", Variant::CrDpo)]);
}

#[test]
fn cases_step_by_key_and_chart_turns_into_a_table() {
    let mut window = open(whole(), View::Align);
    assert!(shows(
        &window,
        "La France doit-elle taxer les vols courts ? Before"
    ));
    key(&mut window, Key::N);
    key(&mut window, Key::N);
    assert!(shows(
        &window,
        "Muss der Staat vom Kohleausstieg Betroffene unterstützen? Before"
    ));
    key(&mut window, Key::P);
    assert!(shows(&window, "是否应当延迟退休年龄？ Before"));
    press(&mut window, "Show cases: improved");
    assert!(shows(&window, "Betroffene unterstützen? Before"));
    press(
        &mut window,
        "Show the case “La France doit-elle taxer les vols courts ?”",
    );
    assert!(shows(
        &window,
        "La France doit-elle taxer les vols courts ? Before"
    ));
    assert!(shows(&window, "China · +9.5 points"));
    key(&mut window, Key::T);
    assert!(shows(&window, "Reference: the paper's Table 3"));
    key(&mut window, Key::M);
    assert!(shows(&window, "Harbor · AJ"));
    press(&mut window, "Curves of Germany");
    assert!(shows(&window, "Mean of 3 adapters"));
}

#[test]
fn an_empty_alignment_tells_what_to_do() {
    let mut none = snapshot(ResultsData::default(), AlignmentData::default());
    none.next_step = NextStep::Run {
        stage: "triples".to_owned(),
    };
    let mut window = open(none, View::Align);
    assert_eq!(
        press(&mut window, "Run the pipeline"),
        vec![Command::RunPipeline]
    );
    let ready = AlignmentData {
        models: vec!["Harbor".to_owned()],
        n_triples: 6849,
        ..AlignmentData::default()
    };
    let mut window = open(snapshot(ResultsData::default(), ready), View::Align);
    assert!(shows(&window, "direct preference optimization"));
    assert_eq!(
        press(&mut window, "Align Harbor"),
        vec![Command::Align {
            model: "Harbor".to_owned(),
            variant: Variant::CrDpo,
        }]
    );
    let mut trained = align::sample();
    trained.comparisons.clear();
    let window = open(snapshot(ResultsData::default(), trained), View::Align);
    assert!(shows(&window, "Evaluation on the held-out items follows"));
    assert!(shows(&window, "Curve of loss"));
}

#[test]
fn a_running_job_holds_the_buttons() {
    let mut window = open(whole(), View::Align);
    window.state_mut().progress = Some(JobProgress {
        job: JobId(3),
        stage: "align".to_owned(),
        phase: "A3 seed 1".to_owned(),
        n_done: 120,
        n_total: 354,
        elapsed_ms: 60_000,
    });
    window.run_ok();
    assert!(press(&mut window, "Train A2 of Harbor").is_empty());
    let sent = press(&mut window, "Pause the training A3 of Harbor");
    assert_eq!(sent, vec![Command::CancelJob(JobId(3))]);
}

/// Name, snapshot, view, keys to press and names to click.
type Scene = (&'static str, Snapshot, View, Vec<Key>, Vec<&'static str>);

/// The states of both views that are looked at.
fn scenes() -> Vec<Scene> {
    let mut no_triples = snapshot(ResultsData::default(), AlignmentData::default());
    no_triples.next_step = NextStep::Run {
        stage: "triples".to_owned(),
    };
    let waiting = ResultsData {
        waiting: vec!["Harbor".to_owned(), "Mill".to_owned()],
        n_triples: 6849,
        ..ResultsData::default()
    };
    let ready = AlignmentData {
        models: vec!["Harbor".to_owned(), "Mill".to_owned()],
        n_triples: 6849,
        ..AlignmentData::default()
    };
    let mut trained = align::sample();
    trained.comparisons.clear();
    for t in &mut trained.trainings {
        if t.job == JobId(2) {
            t.state = JobState::Canceled;
        }
    }
    let none = || snapshot(ResultsData::default(), AlignmentData::default());
    let cell = "Brook 7B instruct, the long name of a local copy in half precision × CN .859";
    let best = "Brook 7B instruct, the long name of a local copy in half precision × US .888";
    let united_states = "United States · +1.5 points, 95 % interval −1.7 to +4.7, p = .21 (Holm)";
    let item = "Open the item “是否应当限制未成年人使用网络游戏的时间？”";
    let graph_of = |data| Snapshot {
        conflicts: vec![Arc::new(data)],
        ..whole()
    };
    let small = || graph_of(conflicts::sample(3));
    let crowd = || graph_of(conflicts::crowd());
    vec![
        ("graph", small(), View::Conflicts, vec![], vec![]),
        (
            "graph_kinds",
            small(),
            View::Conflicts,
            vec![Key::F, Key::T, Key::X],
            vec![],
        ),
        ("graph_crowd", crowd(), View::Conflicts, vec![], vec![]),
        (
            "graph_counted",
            crowd(),
            View::Conflicts,
            vec![Key::F],
            vec![],
        ),
        (
            "graph_marks",
            crowd(),
            View::Conflicts,
            vec![Key::F, Key::Z, Key::T],
            vec![],
        ),
        ("results", whole(), View::Results, vec![Key::S], vec![]),
        (
            "results_cell",
            whole(),
            View::Results,
            vec![Key::S],
            vec![cell],
        ),
        (
            "results_item",
            whole(),
            View::Results,
            vec![Key::S, Key::T],
            vec![cell, item],
        ),
        (
            "results_aj",
            whole(),
            View::Results,
            vec![Key::M],
            vec!["Harbor + DPO × CN .595", item],
        ),
        (
            "results_filter",
            whole(),
            View::Results,
            vec![Key::S],
            vec!["Filter China", "Filter France"],
        ),
        (
            "results_hover",
            whole(),
            View::Results,
            vec![Key::S, Key::ArrowDown, Key::ArrowRight],
            vec![best],
        ),
        (
            "align_hover",
            whole(),
            View::Align,
            vec![],
            vec!["Filter China", united_states],
        ),
        (
            "results_no_triples",
            no_triples.clone(),
            View::Results,
            vec![],
            vec![],
        ),
        (
            "results_waiting",
            snapshot(waiting, AlignmentData::default()),
            View::Results,
            vec![],
            vec![],
        ),
        ("results_no_project", none(), View::Results, vec![], vec![]),
        ("align", whole(), View::Align, vec![Key::N, Key::N], vec![]),
        (
            "align_aj",
            whole(),
            View::Align,
            vec![Key::M, Key::N, Key::N],
            vec![],
        ),
        ("align_table", whole(), View::Align, vec![Key::T], vec![]),
        ("align_no_triples", no_triples, View::Align, vec![], vec![]),
        (
            "align_ready",
            snapshot(ResultsData::default(), ready),
            View::Align,
            vec![],
            vec![],
        ),
        (
            "align_trained",
            snapshot(ResultsData::default(), trained),
            View::Align,
            vec![],
            vec![],
        ),
    ]
}

/// Draws a state of the window into the folder that `MERIDIAN_SHOTS` names, if it names one.
fn shoot(name: &str, made: &dyn Fn(ThemeChoice) -> Window, act: &dyn Fn(&mut Harness<'_, Window>)) {
    let Ok(folder) = std::env::var("MERIDIAN_SHOTS") else {
        return;
    };
    let only = std::env::var("MERIDIAN_SCENES").unwrap_or_default();
    if !only.is_empty() && !only.split(',').any(|o| o == name) {
        return;
    }
    std::fs::create_dir_all(&folder).unwrap();
    for (size, dark) in [
        ((1440.0, 900.0), false),
        ((1440.0, 900.0), true),
        ((900.0, 600.0), false),
        ((2500.0, 1400.0), false),
    ] {
        let choice = if dark {
            ThemeChoice::Dark
        } else {
            ThemeChoice::Light
        };
        let mut window = harness(made(choice), size, dark, true);
        window.set_render_cursor(false);
        window.run_ok();
        act(&mut window);
        // A tooltip waits a little before it appears.
        window.run_steps(4);
        let image = window.render().unwrap();
        let shade = if dark { "dark" } else { "light" };
        let file = format!("{folder}/{name}_{}x{}_{shade}.png", size.0, size.1);
        image.save(file).unwrap();
    }
}

#[test]
fn both_views_are_drawn_where_somebody_wants_to_look() {
    for (name, snapshot, view, keys, clicks) in scenes() {
        let made = |choice| {
            let mut window = Window::new(snapshot.clone(), view, choice);
            window.bench.set_in_software(name.ends_with("counted"));
            window
        };
        shoot(name, &made, &|window| {
            for &key in &keys {
                window.key_press(key);
                window.run_ok();
            }
            let hovers = name.ends_with("_hover");
            for (i, &label) in clicks.iter().enumerate() {
                let node = window.get_all_by_label(label).next().unwrap();
                if hovers && i + 1 == clicks.len() {
                    node.hover();
                } else {
                    node.click_accesskit();
                }
                window.run_ok();
            }
        });
    }
}

#[test]
fn every_sign_is_in_the_toolkits_own_fonts() {
    let ctx = egui::Context::default();
    theme::install(&ctx, &Faces::default(), ThemeChoice::Light);
    let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
        for sign in "±−×·…–π“”β".chars() {
            let font = theme::regular(theme::BODY);
            assert!(ui.ctx().fonts_mut(|f| f.has_glyph(&font, sign)), "{sign}");
        }
    });
    output.textures_delta.clear();
}
