//! The window's host: drains commands, hands in snapshots, shows file dialogs.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use super::builder::Builder;
use super::desk::DeskTask;
use super::desk_json;
use super::dropped::Dropped;
use super::errands::{Errand, Errands, Found};
use super::faces;
use super::layouts::Layouts;
use super::preferences::{Preferences, data_folder};
use super::querier::Querier;
use super::recent::Recent;
use super::worker::{Project, Task, Worker};
use crate::base::clock::{Clock, SystemClock};
use crate::base::ids::EdgeId;
use crate::domain::journal::{Step, StepKind, Turn};
use crate::domain::verification::Said;
use crate::jobs::Saying;
use crate::stages::import::ImportOptions;
use crate::ui::{
    Command, Layout, Notice, NoticeKind, Purpose, ThemeChoice, UiInput, Workbench, paint, theme,
};

/// Answers of file dialogs that may wait; there is one dialog at a time.
const MAX_PICKED: usize = 4;

/// A layout that changed is kept at most so often.
const LAYOUT_REST_MS: i64 = 3000;

/// The answer of a file dialog.
type Picked = (Purpose, Vec<String>);

/// Everything that lives as long as the window.
pub(super) struct Host {
    workbench: Workbench,
    builder: Builder,
    querier: Querier,
    worker: Worker,
    preferences: Preferences,
    recent: Recent,
    notices: Vec<Notice>,
    commands: Vec<Command>,
    picked: (SyncSender<Picked>, Receiver<Picked>),
    dialog_open: bool,
    default_folder: String,
    project: Option<PathBuf>,
    /// Projects that the engine was asked to go over to and has not answered about.
    n_opening: usize,
    /// Folder of the project whose desk and layout were put back.
    restored: String,
    errands: Errands,
    /// How the window was left over the project in a folder, until that project is shown.
    left: Option<(String, Option<Box<Layout>>)>,
    /// The layout as it was kept last, and when, in milliseconds since 1970; `None` until it is known how
    /// the window was left.
    kept: Option<(Layout, i64)>,
}

impl Host {
    /// Sets the window up and opens a project; preferences and layouts are kept in the folder `config`.
    pub(super) fn new(
        cc: &eframe::CreationContext<'_>,
        project: Option<&Path>,
        config: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let preferences = Preferences::read(config);
        let choice = ThemeChoice::parse(&preferences.theme).unwrap_or_default();
        theme::install(&cc.egui_ctx, &faces::find(), choice);
        if let Some(state) = &cc.wgpu_render_state {
            paint::install(state);
        }
        let ctx = cc.egui_ctx.clone();
        let builder = Builder::start(move || ctx.request_repaint())?;
        let ctx = cc.egui_ctx.clone();
        let querier = Querier::start(move || ctx.request_repaint())?;
        let ctx = cc.egui_ctx.clone();
        let worker = Worker::start(&builder, &querier, move || ctx.request_repaint())?;
        let ctx = cc.egui_ctx.clone();
        let recent = Recent::start(move || ctx.request_repaint())?;
        recent.look_at(&preferences.recent_projects);
        let ctx = cc.egui_ctx.clone();
        let errands = Errands::start(Layouts::beside(config), move || ctx.request_repaint())?;
        let mut workbench = Workbench::new(choice);
        if let Some(state) = &cc.wgpu_render_state {
            workbench.set_in_software(paint::in_software(state));
        }
        let mut host = Self {
            workbench,
            builder,
            querier,
            worker,
            preferences,
            recent,
            notices: Vec::new(),
            commands: Vec::new(),
            picked: sync_channel(MAX_PICKED),
            dialog_open: false,
            default_folder: data_folder()
                .join("my-project")
                .to_string_lossy()
                .into_owned(),
            project: None,
            n_opening: 0,
            restored: String::new(),
            errands,
            left: None,
            kept: None,
        };
        if let Some(folder) = project {
            host.open(folder);
        }
        Ok(host)
    }

    fn open(&mut self, folder: &Path) {
        // The absolute path, so that the list of recent projects works from anywhere.
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        self.go_over(Project::There(folder));
    }

    /// Asks for another project; the one that is open stays until the other is.
    fn go_over(&mut self, project: Project) {
        self.leave();
        self.ask_how_left(project.folder());
        if self.worker.open(project) {
            self.n_opening += 1;
        }
    }

    /// Asks how the window was left over a project, before it is shown.
    fn ask_how_left(&self, folder: &Path) {
        let folder = folder.to_string_lossy().into_owned();
        self.errands.send(Errand::Read(folder));
    }

    /// Edits the project that was gone over to from now on, and puts it first in the list.
    fn take_opened(&mut self) {
        for opened in self.worker.take_opened() {
            self.n_opening = self.n_opening.saturating_sub(1);
            let Some(folder) = opened else { continue };
            let name = folder.to_string_lossy();
            if self.left.as_ref().is_none_or(|(of, _)| *of != name) {
                // It has another name than the one it was asked for by, or another was asked for since.
                self.ask_how_left(&folder);
            }
            self.preferences.remember(&name);
            self.recent.look_at(&self.preferences.recent_projects);
            self.project = Some(folder);
        }
    }

    /// Opens the project, or lists the files, that were dropped onto the window or named in it, and puts
    /// the window as it was left.
    fn take_found(&mut self, found: Found) {
        match found {
            Found::Paths(Dropped::Project(folder)) => self.open(&folder),
            Found::Paths(Dropped::Files(files)) => self.workbench.add_files(&files),
            Found::Paths(Dropped::Neither(text)) => self.notices.push(Notice {
                kind: NoticeKind::Problem,
                text,
            }),
            Found::Left(folder, layout) => {
                self.left = Some((folder, layout));
                self.put_layout();
            }
        }
    }

    fn act(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            // Whether one is there is told at once; the engine may be at work for long.
            Command::OpenProject(folder) => self.errands.send(Errand::FindProject(folder)),
            Command::NewProject { folder, preset } => {
                let folder =
                    std::path::absolute(&folder).unwrap_or_else(|_| PathBuf::from(&folder));
                self.go_over(Project::New { folder, preset });
            }
            Command::ForgetProject(folder) => {
                self.preferences.forget(&folder);
                self.recent.look_at(&self.preferences.recent_projects);
            }
            Command::TakeDropped(paths) => self.errands.send(Errand::Sort(paths)),
            Command::PickFolder { purpose } => self.pick(ctx, purpose, true),
            Command::PickFiles { purpose } => self.pick(ctx, purpose, false),
            Command::ImportFiles {
                paths,
                nation,
                source,
            } => {
                let files = paths
                    .into_iter()
                    .map(|path| ImportOptions {
                        path: PathBuf::from(path),
                        nation: Some(nation.clone()).filter(|n| !n.trim().is_empty()),
                        source: Some(source.clone()).filter(|s| !s.trim().is_empty()),
                        ..ImportOptions::default()
                    })
                    .collect();
                self.worker.send(Task::Import(files));
            }
            Command::RunPipeline | Command::CloseRound => self.worker.send(Task::Run),
            Command::CancelJob(_) => self.worker.hub.cancel(),
            Command::RetryJob(job) => self.worker.send(Task::Retry(job)),
            Command::SelectDoc(doc) => self.querier.load(doc),
            Command::ClearSelection => self.querier.unload(),
            Command::Search(query) => self.querier.search(query),
            Command::Focus { desk, words } => {
                if let Some(map) = &self.builder.answers().snapshot.map {
                    self.querier.focus(map, desk, words);
                }
            }
            Command::Contours(key) => {
                let map = self.builder.answers().snapshot.map.clone();
                self.querier.contours(map.as_ref().zip(key));
            }
            Command::Decide(given) => self.decide(given.edge, DeskTask::Decide(given)),
            Command::UndoDecision { edge, adjudicates } => {
                self.decide(edge, DeskTask::UndoDecision { edge, adjudicates });
            }
            Command::LookAt(edges) => self.builder.look_at(edges),
            Command::TryRule(rule) => {
                let who = self.preferences.reviewer.clone();
                self.builder.try_rule(rule.map(|rule| (rule, who)));
            }
            Command::ApplyRule(rule) => self.at_once(DeskTask::ApplyRule(rule)),
            Command::MakeSourceMaps => self.worker.send(Task::SourceMaps),
            Command::RuleMatch {
                run,
                number,
                verdict,
            } => self.at_once(DeskTask::RuleMatch {
                run,
                number,
                verdict,
            }),
            Command::DrawSample { plan, chosen } => {
                self.at_once(DeskTask::DrawSample { plan, chosen });
            }
            Command::Judge {
                item,
                reviewer,
                role,
                judgment,
                note,
                spent_secs,
            } => self.at_once(DeskTask::Judge(Box::new(Saying {
                item,
                reviewer,
                role,
                said: Said::Judged(judgment),
                note,
                spent_secs: Some(spent_secs),
            }))),
            Command::UndoJudgment {
                sample,
                reviewer,
                role,
            } => self.at_once(DeskTask::UndoJudgment {
                sample,
                reviewer,
                role,
            }),
            Command::EditTopic(edit) => self.at_once(DeskTask::EditTopics(edit)),
            Command::RecordDesk {
                sentence,
                before,
                after,
            } => self.at_once(DeskTask::Record {
                kind: StepKind::Desk,
                sentence,
                payload: desk_json::write(&before, &after),
            }),
            Command::RecordSaved {
                sentence,
                before,
                after,
            } => {
                let went = self.went_at_once(DeskTask::Record {
                    kind: StepKind::Saved,
                    sentence,
                    payload: desk_json::write_saved(&before, &after),
                });
                if !went {
                    self.workbench.put_saved(before);
                }
            }
            Command::Undo => self.at_once(DeskTask::Undo),
            Command::Redo => self.at_once(DeskTask::Redo),
            Command::AcceptProposals { all_rounds } => {
                self.worker.send(Task::Accept { all_rounds });
            }
            Command::SelectCell(key) => self.builder.load_cell(key),
            Command::Evaluate {
                model,
                adapter,
                methods,
            } => self.worker.send(Task::Evaluate {
                model,
                adapter: Some(adapter)
                    .filter(|a| !a.trim().is_empty())
                    .map(PathBuf::from),
                methods,
            }),
            Command::Align { model, variant } => self.worker.send(Task::Align { model, variant }),
            Command::SetReviewer(name) => {
                self.preferences.reviewer = name;
                self.preferences.write();
            }
            Command::ExportJudgments { sample, folder } => {
                self.worker.send(Task::ExportJudgments {
                    sample,
                    folder: PathBuf::from(folder),
                });
            }
            Command::WriteReport { folder } => self.worker.send(Task::Report {
                folder: PathBuf::from(folder),
            }),
            Command::EndTour => {
                self.preferences.tour_seen = true;
                self.preferences.write();
            }
            Command::SetTheme(choice) => {
                choice.code().clone_into(&mut self.preferences.theme);
                self.preferences.write();
            }
            Command::OpenUrl(url) => ctx.open_url(egui::OpenUrl::new_tab(url)),
            Command::DismissNotice => {
                if !self.notices.is_empty() {
                    self.notices.remove(0);
                }
            }
        }
    }

    /// Sends a verdict on an edge past the running job; one that found no room was not given.
    fn decide(&mut self, edge: EdgeId, task: DeskTask) {
        if !self.went_at_once(task) {
            self.workbench.forget_verdict(edge);
        }
    }

    /// Sends an edit of the open project past the running job.
    fn at_once(&self, task: DeskTask) {
        self.went_at_once(task);
    }

    /// Sends an edit of the open project past the running job, and returns whether it went.
    fn went_at_once(&self, task: DeskTask) -> bool {
        let who = &self.preferences.reviewer;
        let desk = &self.worker.desk;
        self.project
            .as_ref()
            .is_some_and(|folder| desk.send(folder, who, task))
    }

    /// Lists the saved selections that the project keeps, where it refused what the window listed.
    fn take_kept(&mut self) {
        for kept in self.worker.desk.take_kept() {
            if self.project.as_ref() != Some(&kept.folder) {
                continue;
            }
            if let Some(saved) = desk_json::read_all_saved(&kept.json) {
                self.workbench.put_saved(saved);
            }
        }
    }

    /// Shows a file dialog on a thread of its own; the path fields work without one.
    fn pick(&mut self, ctx: &egui::Context, purpose: Purpose, folder: bool) {
        if self.dialog_open {
            return;
        }
        let answer = self.picked.0.clone();
        let ctx = ctx.clone();
        let shown = thread::Builder::new()
            .name("meridian-dialog".to_owned())
            .spawn(move || {
                let dialog = rfd::FileDialog::new();
                let paths = if folder {
                    dialog.pick_folder().map(|p| vec![p])
                } else {
                    dialog.pick_files()
                };
                let paths = paths
                    .unwrap_or_default()
                    .iter()
                    .map(|p| p.to_string_lossy().into_owned())
                    .collect();
                // The receiver is gone only when the window is.
                drop(answer.send((purpose, paths)));
                ctx.request_repaint();
            });
        self.dialog_open = shown.is_ok();
    }

    /// Puts what a step changed as it stood before it, or after it when it is done again. Edits of topics and
    /// verdicts on matches come with the next snapshot.
    fn put_as_it_stood(&mut self, turn: Turn, step: &Step) {
        match step.kind {
            StepKind::Desk => {
                if let Some((before, after)) = desk_json::read(&step.payload_json) {
                    self.workbench.put_desk(match turn {
                        Turn::Undone => before,
                        Turn::Redone => after,
                    });
                }
            }
            StepKind::Saved => {
                if let Some((before, after)) = desk_json::read_saved(&step.payload_json) {
                    self.workbench.put_saved(match turn {
                        Turn::Undone => before,
                        Turn::Redone => after,
                    });
                }
            }
            StepKind::Topics | StepKind::Matches => {}
        }
    }

    /// Puts filter and selection, also the saved ones, and the window as they stood when a project was left.
    fn restore(&mut self) {
        let snapshot = self.builder.answers().snapshot;
        if snapshot.project.folder == self.restored {
            return;
        }
        self.restored.clone_from(&snapshot.project.folder);
        if let Some(desk) = snapshot.desk.as_deref().and_then(desk_json::read_one) {
            self.workbench.put_desk(desk);
        }
        let saved = snapshot.saved.as_deref();
        if let Some(saved) = saved.and_then(desk_json::read_all_saved) {
            self.workbench.put_saved(saved);
        }
        self.kept = None;
        self.put_layout();
    }

    /// Puts the window as it was left over the project, as soon as that is known and the project is shown.
    fn put_layout(&mut self) {
        let Some((_, layout)) = self.left.take_if(|(folder, _)| *folder == self.restored) else {
            return;
        };
        if let Some(layout) = layout {
            self.workbench.put_layout(*layout);
        }
        self.kept = Some((self.workbench.layout(), SystemClock.now_ms()));
    }

    /// Keeps how the window is arranged before the project is left.
    fn leave(&self) {
        if self.kept.is_some() {
            self.keep(self.workbench.layout());
        }
    }

    fn keep(&self, layout: Layout) {
        let folder = self.restored.clone();
        self.errands.send(Errand::Keep(folder, Box::new(layout)));
    }

    /// Keeps how the window is arranged, if that changed and the last time is [`LAYOUT_REST_MS`] ago.
    fn keep_layout(&mut self, ctx: &egui::Context) {
        let layout = self.workbench.layout();
        let Some((_, kept_ms)) = self.kept.as_ref().filter(|(kept, _)| *kept != layout) else {
            return;
        };
        let now_ms = SystemClock.now_ms();
        if now_ms - kept_ms < LAYOUT_REST_MS {
            // The window may rest from now on; one more frame keeps what was changed last.
            ctx.request_repaint_after(Duration::from_millis(LAYOUT_REST_MS.unsigned_abs()));
            return;
        }
        self.keep(layout.clone());
        self.kept = Some((layout, now_ms));
    }

    /// Calls `f` with what a frame may read.
    fn with_input(&mut self, f: impl FnOnce(&mut Workbench, &UiInput<'_>, &mut Vec<Command>)) {
        let answers = self.builder.answers();
        let replies = self.querier.replies();
        let hits = self.querier.hits();
        let progress = self.worker.hub.progress();
        let recent = self.recent.seen();
        let input = UiInput {
            snapshot: &answers.snapshot,
            // While the first one opens, the window says so.
            project_open: self.project.is_some() || self.n_opening > 0,
            progress: progress.as_ref(),
            doc: replies.doc.as_ref(),
            focus: replies.focus.as_ref(),
            contours: replies.contours.as_ref(),
            search_hits: hits.as_deref(),
            cell: answers.cell.as_ref(),
            looks: &answers.looks,
            rule_effect: answers.rule_effect.as_ref(),
            notice: self.notices.first(),
            recent_projects: &recent,
            tour_seen: self.preferences.tour_seen,
            default_folder: &self.default_folder,
            reviewer: &self.preferences.reviewer,
            can_open_dialogs: true,
            now_ms: SystemClock.now_ms(),
        };
        f(&mut self.workbench, &input, &mut self.commands);
    }
}

impl eframe::App for Host {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        while let Ok((purpose, paths)) = self.picked.1.try_recv() {
            self.dialog_open = false;
            self.workbench.picked(purpose, &paths);
        }
        for found in self.errands.take_found() {
            self.take_found(found);
        }
        self.take_opened();
        for (turn, step) in self.worker.desk.take_turned() {
            self.put_as_it_stood(turn, &step);
        }
        self.take_kept();
        for edge in self.worker.desk.take_refused() {
            self.workbench.forget_verdict(edge);
        }
        self.notices.extend(self.worker.take_notices());
        let problems = [self.builder.take_problem(), self.querier.take_problem()];
        self.notices
            .extend(problems.into_iter().flatten().map(|text| Notice {
                kind: NoticeKind::Problem,
                text,
            }));
        let ctx_of_input = ctx.clone();
        self.with_input(|workbench, input, commands| {
            workbench.logic(&ctx_of_input, input, commands);
        });
        self.restore();
        self.keep_layout(ctx);
        for command in std::mem::take(&mut self.commands) {
            self.act(ctx, command);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.with_input(|workbench, input, commands| workbench.ui(ui, input, commands));
        let commands = std::mem::take(&mut self.commands);
        let ctx = ui.ctx().clone();
        for command in commands {
            self.act(&ctx, command);
        }
    }

    fn on_exit(&mut self) {
        // In place, since the thread may end with the window before it is done.
        if let Some(layouts) = self.errands.close().filter(|_| self.kept.is_some()) {
            layouts.write(&self.restored, &self.workbench.layout());
        }
        self.worker.hub.cancel();
        self.builder.close();
        self.querier.close();
    }
}
