//! The window without a screen: keys in, commands out.

use egui::{Key, Modifiers};

use super::command::Given;
use super::*;
use crate::base::ids::{EdgeId, JobId};
use crate::domain::conflict::Verdict;
use crate::snapshot::model::{NationCount, NextStep};
use crate::ui::views::conflicts::sample;

/// A window without a screen: input events in, commands out.
struct Bench {
    ctx: egui::Context,
    workbench: Workbench,
    snapshot: Arc<Snapshot>,
    progress: Option<JobProgress>,
}

impl Bench {
    fn new(snapshot: Snapshot) -> Self {
        let ctx = egui::Context::default();
        theme::install(&ctx, &Faces::default(), ThemeChoice::Light);
        Self {
            ctx,
            workbench: Workbench::new(ThemeChoice::Light),
            snapshot: Arc::new(snapshot),
            progress: None,
        }
    }

    fn frame(&mut self, keys: &[(Modifiers, Key)]) -> Vec<Command> {
        let mut commands = Vec::new();
        let event = |&(modifiers, key): &(Modifiers, Key)| {
            [true, false].map(|pressed| egui::Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers,
            })
        };
        let raw = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(
                egui::Pos2::ZERO,
                egui::vec2(1200.0, 800.0),
            )),
            events: keys.iter().flat_map(event).collect(),
            ..egui::RawInput::default()
        };
        let input = UiInput {
            progress: self.progress.as_ref(),
            default_folder: "news",
            can_open_dialogs: false,
            ..UiInput::of(&self.snapshot)
        };
        let workbench = &mut self.workbench;
        let mut output = self.ctx.run_ui(raw, |ui| {
            workbench.logic(&ui.ctx().clone(), &input, &mut commands);
            workbench.ui(ui, &input, &mut commands);
        });
        output.textures_delta.clear();
        // What is only looked up for the screen is no decision.
        commands.retain(|c| !matches!(c, Command::LookAt(_)));
        commands
    }
}

#[test]
fn digits_open_the_views_and_empty_ones_say_what_to_do() {
    let mut bench = Bench::new(Snapshot::default());
    for (key, view) in [
        Key::Num2,
        Key::Num3,
        Key::Num4,
        Key::Num5,
        Key::Num6,
        Key::Num7,
        Key::Num8,
        Key::Num1,
    ]
    .into_iter()
    .zip([
        View::Map,
        View::Topics,
        View::Conflicts,
        View::Verify,
        View::Results,
        View::Align,
        View::Jobs,
        View::Start,
    ]) {
        assert!(bench.frame(&[(Modifiers::NONE, key)]).is_empty());
        assert_eq!(bench.workbench.view(), view);
        bench.frame(&[]);
    }
}

#[test]
fn one_key_per_verdict_and_the_next_item_appears() {
    let mut bench = Bench::new(Snapshot {
        conflicts: vec![Arc::new(sample(3))],
        ..Snapshot::default()
    });
    bench.workbench.open_view(View::Conflicts);
    bench.frame(&[]);
    let decided = |edge: i64, verdict: Verdict| {
        vec![Command::Decide(Given {
            edge: EdgeId(edge),
            verdict,
            note: String::new(),
            spent_ms: Some(0),
            adjudicates: false,
        })]
    };
    let taken_back = |edge: i64| {
        vec![Command::UndoDecision {
            edge: EdgeId(edge),
            adjudicates: false,
        }]
    };
    assert_eq!(
        bench.frame(&[(Modifiers::NONE, Key::K)]),
        decided(0, Verdict::Keep)
    );
    assert!(bench.frame(&[(Modifiers::NONE, Key::S)]).is_empty());
    assert_eq!(
        bench.frame(&[(Modifiers::NONE, Key::R)]),
        decided(2, Verdict::Remove)
    );
    assert_eq!(
        bench.frame(&[(Modifiers::NONE, Key::U)]),
        decided(1, Verdict::NotSure)
    );
    assert_eq!(bench.frame(&[(Modifiers::COMMAND, Key::Z)]), taken_back(1));
    let again = Modifiers::COMMAND | Modifiers::SHIFT;
    assert_eq!(
        bench.frame(&[(again, Key::Z)]),
        decided(1, Verdict::NotSure)
    );
    assert_eq!(bench.frame(&[(Modifiers::COMMAND, Key::Z)]), taken_back(1));
    assert_eq!(
        bench.frame(&[(Modifiers::NONE, Key::K)]),
        decided(1, Verdict::Keep)
    );
}

#[test]
fn escape_cancels_what_runs_and_ctrl_enter_runs_what_waits() {
    let mut bench = Bench::new(Snapshot {
        next_step: NextStep::Run {
            stage: "embed".to_owned(),
        },
        ..Snapshot::default()
    });
    let run = bench.frame(&[(Modifiers::COMMAND, Key::Enter)]);
    assert_eq!(run, vec![Command::RunPipeline]);
    bench.progress = Some(JobProgress {
        job: JobId(4),
        stage: "embed".to_owned(),
        phase: String::new(),
        n_done: 0,
        n_total: 0,
        elapsed_ms: 0,
    });
    assert!(bench.frame(&[(Modifiers::COMMAND, Key::Enter)]).is_empty());
    let cancel = bench.frame(&[(Modifiers::NONE, Key::Escape)]);
    assert_eq!(cancel, vec![Command::CancelJob(JobId(4))]);
}

#[test]
fn all_nations_together_are_no_filter() {
    let mut shared = Shared::default();
    for nation in &Nation::FIVE[..2] {
        shared.toggle_nation(*nation, 3);
        assert!(shared.shows(*nation) && !shared.shows(Nation::FIVE[4]));
    }
    shared.toggle_nation(Nation::FIVE[2], 3);
    assert!(shared.desk.is_empty());
    let mut bench = Bench::new(Snapshot {
        nations: Nation::FIVE
            .map(|nation| NationCount { nation, n_docs: 3 })
            .to_vec(),
        ..Snapshot::default()
    });
    assert!(bench.frame(&[]).is_empty());
}
