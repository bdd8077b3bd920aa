//! How fast a change of the filter reaches the window: worked out, colored, drawn.
//!
//! `cargo bench --bench desk -- PROJECT` opens a project, e.g. of `meridian tool synth`, shows its map in a
//! window of 1440 × 900 without a screen, changes filter and selection, and prints for each kind of change
//! the milliseconds until what is let through is known, and until the map's picture shows it. It judges nothing.
#![expect(clippy::print_stdout, reason = "its output is a table")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use meridian::domain::filter::{Desk, Filter, SelectMode, Selected, Selection};
use meridian::domain::statement::StatementSet;
use meridian::jobs::read_settings;
use meridian::snapshot::model::{MapData, Snapshot};
use meridian::snapshot::passing::{Focus, focus};
use meridian::snapshot::{ConflictCache, MapCache, build};
use meridian::store::{Access, Store};
use meridian::ui::{Command, Faces, ThemeChoice, UiInput, View, Workbench, theme};

/// Changes of each kind.
const N_CHANGES: usize = 12;

/// A picture that takes longer than this never comes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A window without a screen.
struct Window {
    ctx: egui::Context,
    bench: Workbench,
    snapshot: Arc<Snapshot>,
    focus: Option<Arc<Focus>>,
    woken: Receiver<()>,
}

impl Window {
    fn open(snapshot: Snapshot) -> Self {
        let ctx = egui::Context::default();
        let (wake, woken) = sync_channel(1);
        ctx.set_request_repaint_callback(move |_| {
            // A full channel has told already.
            wake.try_send(()).ok();
        });
        theme::install(&ctx, &Faces::default(), ThemeChoice::Light);
        let mut bench = Workbench::new(ThemeChoice::Light);
        bench.open_view(View::Map);
        bench.set_in_software(true);
        Self {
            ctx,
            bench,
            snapshot: Arc::new(snapshot),
            focus: None,
            woken,
        }
    }

    /// Draws a frame and works out what it asks for; tells whether it asked for anything.
    fn frame(&mut self) -> bool {
        let snapshot = Arc::clone(&self.snapshot);
        let input = UiInput {
            focus: self.focus.as_ref(),
            ..UiInput::of(&snapshot)
        };
        let size = egui::vec2(1440.0, 900.0);
        let raw = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, size)),
            ..egui::RawInput::default()
        };
        let mut commands = Vec::new();
        let bench = &mut self.bench;
        let mut output = self.ctx.run_ui(raw, |ui| {
            bench.logic(&ui.ctx().clone(), &input, &mut commands);
            bench.ui(ui, &input, &mut commands);
        });
        output.textures_delta.clear();
        let mut asked = false;
        for command in commands {
            if let (Command::Focus { desk, words }, Some(map)) = (&command, &snapshot.map) {
                self.focus = Some(Arc::new(focus(map, desk, words, &|_| None)));
                asked = true;
            }
        }
        asked
    }

    /// Draws until nothing more is asked for or painted; returns how long it took.
    fn settle(&mut self) -> Result<Duration, Box<dyn std::error::Error>> {
        let begun = Instant::now();
        while self.woken.try_recv().is_ok() {}
        while self.frame() {}
        // The frame that handed the colors to the painter; the painter wakes when they are drawn.
        self.woken.recv_timeout(PATIENCE)?;
        self.frame();
        Ok(begun.elapsed())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1).filter(|a| a != "--bench");
    let Some(project) = args.next().map(PathBuf::from) else {
        println!("name a project: cargo bench --bench desk -- PROJECT");
        return Ok(());
    };
    let begun = Instant::now();
    let store = Store::open(&project, Access::Read)?;
    let settings = read_settings(&store)?;
    let (mut layouts, mut maps) = (ConflictCache::default(), MapCache::default());
    let snapshot = build(&store, &settings, "", &mut layouts, &mut maps)?;
    let Some(map) = snapshot.map.clone() else {
        println!("{} has no map", project.display());
        return Ok(());
    };
    println!(
        "{} documents; snapshot in {} ms",
        map.places.n_rows(),
        begun.elapsed().as_millis()
    );
    let mut window = Window::open(snapshot);
    window.frame();
    window.woken.recv_timeout(PATIENCE)?;
    window.frame();
    println!("first picture after {} ms", begun.elapsed().as_millis());
    println!("| change | worked out, ms | on the map, median ms | worst ms |");
    println!("| --- | --- | --- | --- |");
    for (name, change) in changes() {
        let mut took = Vec::new();
        let mut worked_out = Vec::new();
        for turn in 0..N_CHANGES {
            let desk = change(&map, turn);
            let begun = Instant::now();
            drop(focus(&map, &desk, "", &|_| None));
            worked_out.push(begun.elapsed().as_secs_f64() * 1e3);
            window.bench.put_desk(desk);
            took.push(window.settle()?.as_secs_f64() * 1e3);
        }
        took.sort_by(f64::total_cmp);
        worked_out.sort_by(f64::total_cmp);
        let middle = |of: &[f64]| of.get(of.len() / 2).copied().unwrap_or(0.0);
        println!(
            "| {name} | {:.1} | {:.1} | {:.1} |",
            middle(&worked_out),
            middle(&took),
            took.last().copied().unwrap_or(0.0)
        );
    }
    Ok(())
}

/// A kind of change: what stands on the desk in each turn.
type Change = fn(&MapData, usize) -> Desk;

fn filtered(filter: Filter) -> Desk {
    Desk {
        filter,
        ..Desk::default()
    }
}

fn changes() -> Vec<(&'static str, Change)> {
    vec![
        ("nation", |map, turn| {
            let nations = &map.places.nations;
            filtered(Filter {
                nations: nations.iter().cycle().skip(turn).take(1).copied().collect(),
                ..Filter::default()
            })
        }),
        ("topic", |map, turn| {
            filtered(Filter {
                topics: [(turn % map.n_topics.max(1)) as u16].into(),
                ..Filter::default()
            })
        }),
        ("outlet", |map, turn| {
            let sources = &map.places.sources;
            filtered(Filter {
                sources: sources.iter().cycle().skip(turn).take(1).cloned().collect(),
                ..Filter::default()
            })
        }),
        ("time", |map, turn| {
            let first = map.months.first_day(turn);
            filtered(Filter {
                days: Some((first, first + 365)),
                ..Filter::default()
            })
        }),
        ("set and strength", |_, turn| {
            filtered(Filter {
                sets: [StatementSet::Quoted].into(),
                strength: Some((0.02 * turn as f32, 1.0)),
                ..Filter::default()
            })
        }),
        ("lasso", |map, turn| {
            let (lo, hi) = map.cloud.core();
            let middle = [0.5 * (lo[0] + hi[0]), 0.5 * (lo[1] + hi[1])];
            let side = (hi[0] - lo[0]) * (0.1 + 0.02 * turn as f32);
            let corners = (0..48)
                .map(|k| {
                    let angle = std::f32::consts::TAU * k as f32 / 48.0;
                    [
                        middle[0] + side * angle.cos(),
                        middle[1] + side * angle.sin(),
                    ]
                })
                .collect();
            let mut selection = Selection {
                layout: map.layout.clone(),
                ..Selection::default()
            };
            selection.push(SelectMode::Replace, Selected::Outline(corners));
            Desk {
                selection,
                ..Desk::default()
            }
        }),
    ]
}
