//! How fast the next flagged edge stands before a reviewer of a large project, and how soon everything that a
//! verdict changes is right.
//!
//! `cargo bench --bench review -- [DOCUMENTS] [LINKS] [CONFLICTS] [PROJECT]` writes a project of one invented
//! nation, by default 100,000 documents, 1,000,000 links and 10,000 conflict edges of which a quarter is flagged,
//! into a new folder (by default one that is taken away again), opens it in a window of 1440 × 900 without a
//! screen, and decides by keys. It prints milliseconds for each step between the key and the screen; the graph's
//! picture, which a thread of its own makes, is not among them. It judges nothing.
#![expect(clippy::print_stdout, reason = "its output is a table")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use meridian::algo::conflict::graph::GraphStatement;
use meridian::annotate::rules::Rules;
use meridian::base::clock::{Clock as _, SystemClock};
use meridian::base::ids::{EdgeId, JobId};
use meridian::base::language::Language;
use meridian::base::seed::Seed;
use meridian::base::sentences::Span;
use meridian::domain::conflict::{ConflictEdge, IssueMember, Verdict};
use meridian::domain::corpus::Nation;
use meridian::domain::statement::StatementSet;
use meridian::jobs::{Engine, Given, Reviews as _};
use meridian::snapshot::model::Snapshot;
use meridian::snapshot::model::conflicts::Looks;
use meridian::snapshot::{ConflictCache, MapCache, build, renew_review};
use meridian::stages::reduce::Replay;
use meridian::stages::settings::WrittenSettings;
use meridian::store::{
    Access, ImportRecord, IssueRecord, NewDocument, NewEdge, NewRun, NewStatement, RoundRecord,
    SourceRecord, Store, StoreError,
};
use meridian::ui::{Command, Faces, ThemeChoice, UiInput, View, Workbench, theme};
use nation::nation;

mod nation;

/// Decisions taken.
const N_DECISIONS: usize = 200;

/// Who decides.
const REVIEWER: &str = "Ada";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let size = |i: usize, default: usize| -> Result<usize, std::num::ParseIntError> {
        args.get(i).map_or(Ok(default), |a| a.parse())
    };
    let (n_docs, n_links, n_conflicts) = (size(0, 100_000)?, size(1, 1_000_000)?, size(2, 10_000)?);
    let scratch = std::env::temp_dir().join(format!("meridian-bench-{}", std::process::id()));
    let project = args.get(3).map_or_else(|| scratch.clone(), PathBuf::from);
    let mut random = Seed(7).stream("nation");
    let (statements, edges) = nation(&mut random, n_docs, n_links, n_conflicts);
    let mut engine = Engine::create(
        &project,
        &WrittenSettings::default(),
        Arc::new(Rules),
        Arc::new(SystemClock),
    )?;
    let measured =
        fill(&mut engine, &statements, &edges).and_then(|()| measure(&mut engine, &project));
    drop(engine);
    if project == scratch {
        std::fs::remove_dir_all(&project)?;
    }
    measured
}

/// Writes the nation into the project as the stages would, and opens the first round.
fn fill(
    engine: &mut Engine,
    statements: &[GraphStatement],
    edges: &[ConflictEdge],
) -> Result<(), Box<dyn std::error::Error>> {
    let nation = Nation::FIVE[1];
    let store = &mut engine.store;
    let mut begin = |stage| {
        let new = NewRun {
            stage,
            subject: "",
            stage_version: 1,
            params_json: r#"{"n_rounds":5}"#,
            seed: 7,
            input_hash: "",
        };
        store.begin_run(&new, 0)
    };
    let (extract, source, reduce) = (begin("extract")?, begin("judge_source")?, begin("reduce")?);
    let filled: Result<(), StoreError> = store.write(|unit| {
        let record = ImportRecord {
            id: 0,
            name: "invented".to_owned(),
            nation: nation.to_string(),
            content_hash: String::new(),
            column_map: String::new(),
            n_rows: statements.len() as u64,
            n_docs: statements.len() as u64,
            n_bad: 0,
        };
        let import = unit.begin_import(JobId(0), &record, 0)?;
        for (number, s) in (0i64..).zip(statements) {
            let (doc, passage) = document(s, number, nation);
            unit.insert_document(import, &doc)?;
            let chars = doc.body.chars().skip(passage.start);
            unit.insert_statement(
                extract.id,
                &NewStatement {
                    number,
                    doc: s.doc,
                    text: chars.take(passage.end - passage.start).collect(),
                    passage,
                    confidence: s.confidence,
                },
            )?;
            unit.insert_source(
                source.id,
                &SourceRecord {
                    statement: s.id,
                    set: StatementSet::Quoted,
                    speaker: None,
                },
            )?;
        }
        for run in [&extract, &source] {
            unit.finish_run(run, "made", 0)?;
        }
        let n_issues = statements.iter().filter_map(|s| s.issue).map(|i| i.0).max();
        for issue in 1..=n_issues.unwrap_or(0) {
            let of_issue = statements
                .iter()
                .filter(|s| s.issue.is_some_and(|i| i.0 == issue));
            let members = of_issue
                .map(|s| IssueMember {
                    statement: s.id,
                    stance: s.stance,
                    confidence: s.confidence,
                })
                .collect();
            let record = IssueRecord {
                number: issue - 1,
                nation,
                proposition: format!("District {issue} should build its new harbor railway now."),
                members,
            };
            unit.insert_issue(reduce.id, &record)?;
        }
        let rows: Vec<NewEdge> = (0i64..)
            .zip(edges)
            .map(|(number, e)| NewEdge {
                number,
                nation,
                a: e.a,
                b: e.b,
                kind: e.kind,
                weight: e.weight,
                agreement: e.agreement,
            })
            .collect();
        unit.insert_edges(reduce.id, &rows)?;
        unit.finish_unit(reduce.id, 0)?;
        unit.finish_unit(reduce.id, 1)
    });
    filled?;
    let observe = meridian::base::observe::Silent;
    let replay = Replay::start(store, reduce.id, &observe)?;
    let opened: Result<(), StoreError> = store.write(|unit| {
        for (nation, flags) in replay.flags() {
            unit.insert_flags(reduce.id, &flags)?;
            let round = RoundRecord {
                nation,
                round: 1,
                n_flagged: flags.len(),
                n_removed: 0,
                n_kept: 0,
                n_dropped: 0,
                n_conflict_left: 0,
                closed: false,
            };
            unit.put_round(reduce.id, &round)?;
        }
        Ok(())
    });
    Ok(opened?)
}

/// Makes an article with a statement in it.
fn document(s: &GraphStatement, number: i64, nation: Nation) -> (NewDocument, Span) {
    const AROUND: &str =
        "The meeting went on for hours. Members asked how the line would be paid for, and when. ";
    let before = AROUND.repeat(3);
    let text = format!(
        "Statement {} says of district {} that the harbor railway should {} built at once.",
        s.id,
        number % 97,
        if s.stance.value() > 0.0 {
            "be"
        } else {
            "never be"
        }
    );
    let passage = Span {
        start: before.chars().count(),
        end: before.chars().count() + text.chars().count(),
    };
    let doc = NewDocument {
        external_id: format!("d{number}"),
        nation,
        source: format!(
            "The {} Courier",
            ["Alder", "Harbor", "Northern"][number as usize % 3]
        ),
        language: Language::En,
        title: format!("Harbor railway, part {number}"),
        body: format!("{before}{text} {}", AROUND.repeat(6)),
        date: None,
        url: None,
        place: None,
        organization: None,
        source_label: None,
        extra_json: None,
        line: number as u64 + 1,
    };
    (doc, passage)
}

/// A window without a screen.
struct Window {
    ctx: egui::Context,
    bench: Workbench,
    snapshot: Arc<Snapshot>,
    looks: Looks,
    asked: Vec<EdgeId>,
}

impl Window {
    fn open(snapshot: Snapshot) -> Self {
        let ctx = egui::Context::default();
        theme::install(&ctx, &Faces::default(), ThemeChoice::Light);
        let mut bench = Workbench::new(ThemeChoice::Light);
        bench.open_view(View::Conflicts);
        bench.set_in_software(true);
        Self {
            ctx,
            bench,
            snapshot: Arc::new(snapshot),
            looks: Looks::new(),
            asked: Vec::new(),
        }
    }

    /// Draws a frame with a key pressed in it; returns what it asks to decide.
    fn frame(&mut self, key: Option<egui::Key>) -> Option<(EdgeId, Verdict)> {
        let snapshot = Arc::clone(&self.snapshot);
        let input = UiInput {
            looks: &self.looks,
            reviewer: REVIEWER,
            tour_seen: true,
            project_open: true,
            now_ms: SystemClock.now_ms(),
            ..UiInput::of(&snapshot)
        };
        let size = egui::vec2(1440.0, 900.0);
        let event = |pressed| {
            key.map(|key| egui::Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: egui::Modifiers::NONE,
            })
        };
        let raw = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, size)),
            events: event(true).into_iter().chain(event(false)).collect(),
            ..egui::RawInput::default()
        };
        let mut commands = Vec::new();
        let bench = &mut self.bench;
        let output = self.ctx.run_ui(raw, |ui| {
            bench.logic(&ui.ctx().clone(), &input, &mut commands);
            bench.ui(ui, &input, &mut commands);
        });
        // As far as a window without a screen goes: the triangles are there.
        drop(self.ctx.tessellate(output.shapes, output.pixels_per_point));
        let mut decided = None;
        for command in commands {
            match command {
                Command::Decide(given) => decided = Some((given.edge, given.verdict)),
                Command::LookAt(edges) => self.asked = edges,
                _ => {}
            }
        }
        decided
    }
}

/// Milliseconds of one step between the key and the screen, of all decisions.
struct Step {
    name: &'static str,
    ms: Vec<f64>,
}

fn measure(engine: &mut Engine, project: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let reader = Store::open(project, Access::Read)?;
    let (mut conflicts, mut maps) = (ConflictCache::default(), MapCache::default());
    let began = Instant::now();
    let snapshot = build(&reader, &engine.settings, "", &mut conflicts, &mut maps)?;
    let data = snapshot.conflicts.first().ok_or("no conflicts")?;
    let n_decisions = N_DECISIONS.min(data.queue.len());
    println!(
        "{} documents, {} links, {} flagged; opened in {:.1} s",
        data.graph.nodes.len(),
        data.graph.links.len(),
        data.queue.len(),
        began.elapsed().as_secs_f64()
    );
    let mut window = Window::open(snapshot);
    for _ in 0..3 {
        window.frame(None);
        window.looks = conflicts.looks(&window.asked);
    }
    let mut steps = [
        "key: the next edge is on the screen",
        "the verdict is stored",
        "snapshot: stances, counts, queue",
        "cycles and preview of the next edges",
        "frame that shows all of it",
    ]
    .map(|name| Step {
        name,
        ms: Vec::new(),
    });
    let mut total = Vec::new();
    for i in 0..n_decisions {
        let key = [egui::Key::R, egui::Key::R, egui::Key::K][i % 3];
        let all = Instant::now();
        let mut lap = Instant::now();
        let mut laps = Vec::new();
        let mut note = |laps: &mut Vec<f64>| {
            laps.push(lap.elapsed().as_secs_f64() * 1e3);
            lap = Instant::now();
        };
        let decided = window.frame(Some(key)).ok_or("the key decided nothing")?;
        note(&mut laps);
        engine.decide_all(&[Given::new(decided.0, decided.1, REVIEWER, "")])?;
        note(&mut laps);
        let renewed = renew_review(
            &window.snapshot,
            &reader,
            &engine.settings,
            &mut conflicts,
            &mut maps,
        )?;
        window.snapshot = Arc::new(renewed);
        note(&mut laps);
        window.looks = conflicts.looks(&window.asked);
        note(&mut laps);
        window.frame(None);
        note(&mut laps);
        total.push(all.elapsed().as_secs_f64() * 1e3);
        for (step, ms) in steps.iter_mut().zip(laps) {
            step.ms.push(ms);
        }
    }
    println!("| of {n_decisions} decisions, milliseconds | median | 95 % | worst |");
    println!("| --- | --- | --- | --- |");
    for step in &mut steps {
        row(step.name, &mut step.ms);
    }
    row("from the key until every number is right", &mut total);
    Ok(())
}

fn row(name: &str, ms: &mut [f64]) {
    ms.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let i = (share * (ms.len() - 1) as f64).round() as usize;
        ms.get(i).copied().unwrap_or_default()
    };
    println!(
        "| {name} | {:.1} | {:.1} | {:.1} |",
        at(0.5),
        at(0.95),
        at(1.0)
    );
}
