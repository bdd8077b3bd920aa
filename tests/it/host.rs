//! A window over a real project whose host does at once what is asked, for tests that click and press keys.

use std::path::PathBuf;
use std::sync::Arc;

use egui_kittest::Harness;
use meridian::annotate::rules::Rules;
use meridian::base::clock::SystemClock;
use meridian::base::ids::EdgeId;
use meridian::base::observe::Silent;
use meridian::domain::conflict::Verdict;
use meridian::domain::verification::Said;
use meridian::jobs::{
    Engine, Given, Hub, OpenReview, Reviews as _, Saying, Target, Verifies as _, read_settings,
};
use meridian::snapshot::model::conflicts::{Looks, RuleEffect};
use meridian::snapshot::model::results::CellDetail;
use meridian::snapshot::model::{DocDetail, SearchHits, Snapshot};
use meridian::snapshot::passing::{Focus, focus};
use meridian::snapshot::{ConflictCache, MapCache, build, cell_detail, document_detail, search};
use meridian::stages::evaluate::{EvaluationPlan, Judge, OnTop};
use meridian::ui::{Command, ThemeChoice, UiInput, Workbench, paint, theme};
use tempfile::TempDir;

use crate::support::small_project;

/// A host that does at once what the window asks for.
pub(crate) struct Host {
    pub(crate) bench: Workbench,
    pub(crate) engine: Option<Engine>,
    pub(crate) snapshot: Arc<Snapshot>,
    conflicts: ConflictCache,
    maps: MapCache,
    looked_at: Vec<EdgeId>,
    looks: Looks,
    rule_effect: Option<Arc<RuleEffect>>,
    pub(crate) reviewer: String,
    pub(crate) doc: Option<Arc<DocDetail>>,
    focus: Option<Arc<Focus>>,
    hits: SearchHits,
    pub(crate) cell: Option<Arc<CellDetail>>,
    hub: Hub,
    sent: Vec<Command>,
    pub(crate) done: Vec<Command>,
}

impl Host {
    fn refresh(&mut self) {
        if let Some(engine) = &self.engine {
            let settings = read_settings(&engine.store).expect("settings");
            let built = build(
                &engine.store,
                &settings,
                "offline rules",
                &mut self.conflicts,
                &mut self.maps,
            )
            .expect("a snapshot");
            self.snapshot = Arc::new(built);
            self.looks = self.conflicts.looks(&self.looked_at);
        }
    }

    /// What is kept from verdict to verdict must be what a fresh look at the project finds.
    fn check_kept(&self) {
        let engine = self.engine.as_ref().expect("an engine");
        let (mut conflicts, mut maps) = (ConflictCache::default(), MapCache::default());
        let settings = &engine.settings;
        let fresh = build(&engine.store, settings, "", &mut conflicts, &mut maps);
        let fresh = fresh.expect("a snapshot");
        let words = |s: &Snapshot| format!("{:?} {:?}", s.conflicts, s.review);
        assert!(
            words(&fresh) == words(&self.snapshot),
            "what is kept of the review is out of date"
        );
    }

    /// What the open round took out before it was closed is what is gone since.
    fn check_left(&self, before: &Snapshot) {
        for (before, after) in before.conflicts.iter().zip(&self.snapshot.conflicts) {
            if after.round != before.round + 1 {
                continue;
            }
            let gone = (0u32..).zip(&after.graph.links);
            let gone = gone.filter(|(_, l)| l.gone_in == Some(after.round));
            let gone: Vec<u32> = gone.map(|(i, _)| i).collect();
            assert_eq!(before.leaving.links, gone);
            let gone = (0u32..).zip(&after.graph.nodes);
            let gone = gone.filter(|(_, n)| n.dropped_in == Some(after.round));
            let gone: Vec<u32> = gone.map(|(i, _)| i).collect();
            assert_eq!(before.leaving.nodes, gone);
        }
    }

    fn act(&mut self) {
        for command in std::mem::take(&mut self.sent) {
            if let Some(engine) = &mut self.engine {
                match &command {
                    Command::Decide(given) => {
                        let given = Given {
                            spent_ms: given.spent_ms,
                            adjudicates: given.adjudicates,
                            ..Given::new(given.edge, given.verdict, &self.reviewer, &given.note)
                        };
                        engine.decide_all(&[given]).expect("a decision");
                    }
                    Command::UndoDecision { edge, adjudicates } => {
                        let given = Given {
                            adjudicates: *adjudicates,
                            ..Given::new(*edge, Verdict::Undo, &self.reviewer, "")
                        };
                        engine.decide_all(&[given]).expect("an undo");
                    }
                    Command::Judge {
                        item,
                        reviewer,
                        role,
                        judgment,
                        note,
                        spent_secs,
                    } => engine
                        .judge_all(&[Saying {
                            item: *item,
                            reviewer: reviewer.clone(),
                            role: *role,
                            said: Said::Judged(*judgment),
                            note: note.clone(),
                            spent_secs: Some(*spent_secs),
                        }])
                        .expect("a judgment"),
                    Command::UndoJudgment {
                        sample,
                        reviewer,
                        role,
                    } => {
                        engine
                            .undo_judgment(*sample, reviewer, *role)
                            .expect("an undo");
                    }
                    Command::SetReviewer(name) => self.reviewer.clone_from(name),
                    Command::LookAt(edges) => self.looked_at.clone_from(edges),
                    Command::TryRule(rule) => {
                        let effect = rule
                            .as_ref()
                            .and_then(|r| self.conflicts.rule_effect(r, &self.reviewer));
                        self.rule_effect = effect.map(Arc::new);
                    }
                    Command::ApplyRule(rule) => {
                        engine.apply_rule(rule, &self.reviewer).expect("a rule");
                    }
                    Command::RunPipeline | Command::CloseRound => {
                        engine.run(Target::End, &self.hub).expect("a run");
                    }
                    Command::SelectDoc(id) => {
                        self.doc = document_detail(&engine.store, *id)
                            .expect("a document")
                            .map(Arc::new);
                    }
                    Command::Focus { desk, words } => {
                        let map = self.snapshot.map.clone();
                        let find = |_: &str| None;
                        self.focus = map.map(|m| Arc::new(focus(&m, desk, words, &find)));
                    }
                    Command::SelectCell(key) => {
                        let settings = read_settings(&engine.store).expect("settings");
                        self.cell = key.and_then(|key| {
                            cell_detail(&engine.store, &settings, key)
                                .expect("a cell")
                                .map(Arc::new)
                        });
                    }
                    Command::Evaluate { model, methods, .. } => {
                        let (model, folder) = engine.model_folder(model);
                        for method in methods {
                            let plan = EvaluationPlan {
                                model: model.clone(),
                                folder: folder.clone(),
                                on_top: OnTop::Nothing,
                                name: None,
                                method: *method,
                                judge: Judge::Annotator,
                                n_trials: 1,
                            };
                            engine.evaluate(plan, &self.hub).expect("an evaluation");
                        }
                    }
                    Command::Search(query) => {
                        self.hits = search(&engine.store, query, &Silent).expect("a search");
                    }
                    _ => {}
                }
            }
            let before = Arc::clone(&self.snapshot);
            self.refresh();
            match &command {
                Command::Decide(_) | Command::UndoDecision { .. } | Command::ApplyRule(_) => {
                    self.check_kept();
                }
                Command::CloseRound => self.check_left(&before),
                _ => {}
            }
            self.done.push(command);
        }
    }

    fn with_input(&mut self, f: impl FnOnce(&mut Workbench, &UiInput<'_>, &mut Vec<Command>)) {
        let snapshot = Arc::clone(&self.snapshot);
        let reviewer = self.reviewer.clone();
        let input = UiInput {
            project_open: self.engine.is_some(),
            doc: self.doc.as_ref(),
            focus: self.focus.as_ref(),
            search_hits: Some(&self.hits),
            cell: self.cell.as_ref(),
            looks: &self.looks,
            rule_effect: self.rule_effect.as_ref(),
            default_folder: "project",
            reviewer: &reviewer,
            now_ms: 1_700_000_000_000,
            ..UiInput::of(&snapshot)
        };
        f(&mut self.bench, &input, &mut self.sent);
    }
}

impl eframe::App for Host {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        let ctx = ctx.clone();
        self.with_input(|bench, input, commands| bench.logic(&ctx, input, commands));
        self.act();
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.with_input(|bench, input, commands| bench.ui(ui, input, commands));
        self.act();
    }
}

/// Opens the window over an engine.
pub(crate) fn window(engine: Option<Engine>, dark: bool) -> Harness<'static, Host> {
    let choice = if dark {
        ThemeChoice::Dark
    } else {
        ThemeChoice::Light
    };
    let mut host = Host {
        bench: Workbench::new(choice),
        engine,
        snapshot: Arc::default(),
        conflicts: ConflictCache::default(),
        looked_at: Vec::new(),
        looks: Looks::new(),
        rule_effect: None,
        reviewer: "tester".to_owned(),
        maps: MapCache::default(),
        focus: None,
        doc: None,
        hits: SearchHits::default(),
        cell: None,
        hub: Hub::new(|_| {}),
        sent: Vec::new(),
        done: Vec::new(),
    };
    host.refresh();
    Harness::builder()
        .with_size(egui::vec2(1440.0, 900.0))
        .with_theme(if dark {
            egui::Theme::Dark
        } else {
            egui::Theme::Light
        })
        .with_max_steps(40)
        .wgpu()
        .build_eframe(move |cc| {
            theme::install(&cc.egui_ctx, &meridian::app::system_faces(), choice);
            paint::install(cc.wgpu_render_state.as_ref().expect("a render state"));
            host
        })
}

/// A small project with a round that waits for review.
pub(crate) fn under_review(home: &TempDir) -> (PathBuf, Engine) {
    let project = small_project(home.path(), 160);
    let mut engine =
        Engine::open(&project, Arc::new(Rules), Arc::new(SystemClock)).expect("the project");
    engine.run(Target::End, &Hub::new(|_| {})).expect("a run");
    assert!(
        OpenReview::read(&engine.store).expect("a review").is_some(),
        "the small project has nothing to review"
    );
    (project, engine)
}
