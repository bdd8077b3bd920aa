//! The window: draws snapshots and sends commands.
//!
//! One [`Workbench`] outlives all frames and holds what each view remembers. A frame reads an immutable
//! [`Snapshot`] and pushes [`Command`]s; it opens no file, asks no store and waits for nothing. Colors
//! stand in [`theme`] only, and [`paint`] is the one place where wgpu meets egui.

mod actions;
mod beside;
mod binding;
pub mod camera;
pub mod command;
mod conditions;
mod document;
mod drop;
mod everywhere;
mod filter;
mod fonts;
pub mod frame;
mod key_list;
mod latin;
mod layout;
mod newest;
pub mod paint;
mod palette;
mod steps;
mod stopwatch;
pub mod text;
pub mod theme;
mod tour;
pub mod views;
pub mod widgets;

use std::sync::{Arc, Weak};

use egui::Ui;

use crate::base::ids::{DocId, EdgeId, TopicId};
use crate::domain::corpus::Nation;
use crate::domain::filter::{Desk, toggle};
use crate::domain::job_progress::JobProgress;
use crate::domain::saved::SavedSelection;
use crate::snapshot::contours::Contours;
use crate::snapshot::model::conflicts::{Looks, RuleEffect};
use crate::snapshot::model::results::CellDetail;
use crate::snapshot::model::{DocDetail, MapData, SearchHits, Snapshot};
use crate::snapshot::passing::{Counted, Focus};

pub use beside::Beside;
pub use command::{Command, Purpose};
pub use layout::Layout;
pub use theme::{Faces, ThemeChoice, Vision};

use drop::drop_ui;
use everywhere::Everywhere;
use key_list::KeyList;
use palette::PaletteState;
use tour::Tour;
use views::align::AlignState;
use views::conflicts::ConflictsState;
use views::jobs::JobsState;
use views::map::MapState;
use views::results::ResultsState;
use views::start::StartState;
use views::topics::TopicsState;
use views::verify::VerifyState;

/// A view of the rail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// The pipeline and the next sensible step.
    #[default]
    Start,
    /// The scatter of documents.
    Map,
    /// Topics by nation.
    Topics,
    /// The conflict graph and its review.
    Conflicts,
    /// Pairs that people judge.
    Verify,
    /// Agreement of models with every nation.
    Results,
    /// Before and after alignment.
    Align,
    /// What runs or ran.
    Jobs,
}

impl View {
    /// All views in the order of the rail; key 1 is the first.
    pub const ALL: [Self; 8] = [
        Self::Start,
        Self::Map,
        Self::Topics,
        Self::Conflicts,
        Self::Verify,
        Self::Results,
        Self::Align,
        Self::Jobs,
    ];

    /// Returns the name on the rail.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Map => "Map",
            Self::Topics => "Topics",
            Self::Conflicts => "Conflicts",
            Self::Verify => "Verify",
            Self::Results => "Results",
            Self::Align => "Align",
            Self::Jobs => "Jobs",
        }
    }
}

/// What a message from the host is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something failed.
    Problem,
    /// Something worth knowing.
    Info,
}

/// A message of the host, shown under the top bar until it is dismissed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// What happened and what to do.
    pub text: String,
}

/// A project opened before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentProject {
    /// Its folder.
    pub folder: String,
    /// Whether a project still lies there.
    pub is_there: bool,
}

/// What a frame may read.
#[derive(Clone, Copy, Debug)]
pub struct UiInput<'a> {
    /// The project as it is; an empty one while none is open.
    pub snapshot: &'a Arc<Snapshot>,
    /// Whether a project is open.
    pub project_open: bool,
    /// The running job.
    pub progress: Option<&'a JobProgress>,
    /// The document asked for by [`Command::SelectDoc`], once it is loaded.
    pub doc: Option<&'a Arc<DocDetail>>,
    /// The answer to the newest [`Command::Focus`].
    pub focus: Option<&'a Arc<Focus>>,
    /// The answer to the newest [`Command::Contours`].
    pub contours: Option<&'a Arc<Contours>>,
    /// The answer to the newest [`Command::Search`].
    pub search_hits: Option<&'a SearchHits>,
    /// The answer to the newest [`Command::SelectCell`].
    pub cell: Option<&'a Arc<CellDetail>>,
    /// The answer to the newest [`Command::LookAt`]; what was looked up before may stand there too.
    pub looks: &'a Looks,
    /// The answer to the newest [`Command::TryRule`].
    pub rule_effect: Option<&'a Arc<RuleEffect>>,
    /// A message to show.
    pub notice: Option<&'a Notice>,
    /// Projects opened before, newest first.
    pub recent_projects: &'a [RecentProject],
    /// Whether the tour was taken or skipped.
    pub tour_seen: bool,
    /// Where a new project would go if the user names no folder.
    pub default_folder: &'a str,
    /// Who decides in the review.
    pub reviewer: &'a str,
    /// Whether the machine can show file dialogs; path fields stand beside them in any case.
    pub can_open_dialogs: bool,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
}

impl<'a> UiInput<'a> {
    /// Reads a snapshot of an open project and nothing else: no job, no answer, nobody's name.
    pub fn of(snapshot: &'a Arc<Snapshot>) -> Self {
        static NOTHING: Looks = Looks::new();
        Self {
            snapshot,
            project_open: true,
            progress: None,
            doc: None,
            focus: None,
            contours: None,
            search_hits: None,
            cell: None,
            looks: &NOTHING,
            rule_effect: None,
            notice: None,
            recent_projects: &[],
            tour_seen: true,
            default_folder: "",
            reviewer: "",
            can_open_dialogs: true,
            now_ms: 0,
        }
    }
}

/// What all views share: one selection and one filter.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    /// The view in use.
    pub view: View,
    /// What stands beside it.
    pub beside: Beside,
    /// What is let through and what is selected, in all views.
    pub desk: Desk,
    /// Selections kept under a name, the newest first.
    pub saved: Vec<SavedSelection>,
    /// The document in the inspector.
    pub selected_doc: Option<DocId>,
    /// The topic in the inspector.
    pub selected_topic: Option<TopicId>,
    /// Whether the inspector stands open.
    pub inspector_open: bool,
    /// Width of the inspector in points, where somebody chose one.
    pub inspector_width: Option<f32>,
    /// Light, dark or as the system.
    pub theme: ThemeChoice,
    /// The words in the search field.
    pub search: String,
    /// Whether the window's adapter is the processor itself.
    pub in_software: bool,
    beside_memory: beside::BesideMemory,
    /// Width of the inspector in the last frame, where it was drawn.
    inspector_drawn: Option<f32>,
    /// How often the window was arranged as it had been left.
    n_arranged: u32,
    /// What the host was asked to work out last: desk, words, and the map.
    asked: (Desk, String, Weak<MapData>),
    /// Filter and selection as the journal has them.
    recorded: Desk,
    /// The saved selections as the journal has them.
    recorded_saved: Vec<SavedSelection>,
}

impl Shared {
    /// Tells whether the filter lets a nation through.
    pub fn shows(&self, nation: Nation) -> bool {
        self.desk.filter.shows(nation)
    }

    /// Tells whether less than everything is shown.
    pub fn is_narrowed(&self) -> bool {
        !self.desk.is_empty() || !self.search.is_empty()
    }

    /// Ends filter, selection and search.
    pub fn show_all(&mut self) {
        self.desk = Desk::default();
        self.search.clear();
    }

    /// Lets a nation in or out; all of them together are no filter.
    pub fn toggle_nation(&mut self, nation: Nation, n_nations: usize) {
        toggle(&mut self.desk.filter.nations, nation, n_nations);
    }
}

/// What a piece of the window works with during one frame.
pub struct Cx<'a> {
    /// What the frame reads.
    pub input: &'a UiInput<'a>,
    /// What the frame asks for.
    pub commands: &'a mut Vec<Command>,
    /// Selection and filter.
    pub shared: &'a mut Shared,
}

impl Cx<'_> {
    /// Returns what the filter lets through, worked out for the map on screen; `None` while nothing is
    /// filtered, or until the host has worked it out.
    pub fn focus(&self) -> Option<&Arc<Focus>> {
        let map = self.input.snapshot.map.as_ref()?;
        self.input.focus.filter(|f| f.narrows(map))
    }

    /// Returns the documents shown, counted; `None` while there is no map.
    pub fn shown(&self) -> Option<&Counted> {
        let map = self.input.snapshot.map.as_ref()?;
        Some(self.focus().map_or(&*map.all, |f| &*f.shown))
    }

    /// Puts a view on screen.
    pub fn open(&mut self, view: View) {
        self.shared.view = view;
    }

    /// Tells whether a view can be opened beside the one in use: it is not on screen yet, and there is
    /// room for two.
    pub fn opens_beside(&self, view: View) -> bool {
        let shared = &self.shared;
        self.input.project_open && !shared.is_on_screen(view) && shared.can_hold_two()
    }

    /// Asks the host for something.
    pub fn send(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Puts a document into the inspector.
    pub fn select_doc(&mut self, doc: DocId) {
        self.shared.selected_doc = Some(doc);
        self.shared.inspector_open = true;
        self.send(Command::SelectDoc(doc));
    }

    /// Takes the document out of the inspector.
    pub fn clear_doc(&mut self) {
        if self.shared.selected_doc.take().is_some() {
            self.send(Command::ClearSelection);
        }
    }
}

/// The window's memory: what outlives a frame.
#[derive(Default)]
pub struct Workbench {
    shared: Shared,
    everywhere: Everywhere,
    palette: PaletteState,
    filter: filter::FilterState,
    key_list: KeyList,
    tour: Tour,
    start: StartState,
    map: MapState,
    topics: TopicsState,
    conflicts: ConflictsState,
    verify: VerifyState,
    results: ResultsState,
    align: AlignState,
    jobs: JobsState,
    chinese_missing: Option<bool>,
    folder: String,
}

impl Workbench {
    /// Makes the window's memory; [`theme::install`] and [`paint::install`] come before the first frame.
    pub fn new(theme: ThemeChoice) -> Self {
        Self {
            shared: Shared {
                inspector_open: true,
                theme,
                ..Shared::default()
            },
            ..Self::default()
        }
    }

    /// Opens a view.
    pub fn open_view(&mut self, view: View) {
        self.shared.view = view;
    }

    /// Forgets a verdict that was given and not stored; the snapshot says what is in force.
    pub fn forget_verdict(&mut self, edge: EdgeId) {
        self.conflicts.forget_verdict(edge);
    }

    /// Returns the view on screen.
    pub fn view(&self) -> View {
        self.shared.view
    }

    /// Takes the answer of a file dialog.
    pub fn picked(&mut self, purpose: Purpose, paths: &[String]) {
        match purpose {
            // Both views ask for the folder of a model; the one on screen did.
            Purpose::Model if self.shared.view == View::Align => self.align.picked(paths),
            Purpose::Model | Purpose::Adapter => self.results.picked(purpose, paths),
            Purpose::ExportJudgments => self.verify.picked(paths),
            _ => self.start.picked(purpose, paths),
        }
    }

    /// Lists files for an import and shows them.
    pub fn add_files(&mut self, paths: &[String]) {
        self.shared.view = View::Start;
        self.start.add_files(paths);
    }

    /// Hears of keys before anything is drawn.
    pub fn logic(&mut self, ctx: &egui::Context, input: &UiInput<'_>, commands: &mut Vec<Command>) {
        if self.folder != input.snapshot.project.folder {
            self.folder.clone_from(&input.snapshot.project.folder);
            self.forget_project();
        }
        let dropped: Vec<String> = ctx.input(|i| {
            i.raw
                .dropped_files
                .iter()
                .map(|f| f.path().display().to_string())
                .collect()
        });
        if !dropped.is_empty() {
            commands.push(Command::TakeDropped(dropped));
        }
        self.tour.offer(input, &mut self.shared, commands);
        self.keys(ctx, input, commands);
    }

    /// Asks the host to work out a desk that changed, whoever changed it.
    fn ask_for_focus(&mut self, input: &UiInput<'_>, commands: &mut Vec<Command>) {
        let Some(map) = &input.snapshot.map else {
            return;
        };
        let shared = &mut self.shared;
        let (desk, asked_words, of) = &shared.asked;
        // The search has a thread of its own; what it found is let through once it is whole.
        let is_found = input
            .search_hits
            .is_some_and(|h| h.query == shared.search && h.is_complete);
        let words = if is_found || shared.search.is_empty() {
            &shared.search
        } else {
            asked_words
        };
        // Nothing to let through is the same on every map: nothing to ask again.
        let is_empty = shared.desk.is_empty() && words.is_empty();
        let same_map = is_empty || of.as_ptr() == Arc::as_ptr(map);
        if *desk != shared.desk || words != asked_words || !same_map {
            let words = words.clone();
            shared.asked = (shared.desk.clone(), words.clone(), Arc::downgrade(map));
            commands.push(Command::Focus {
                desk: Box::new(shared.desk.clone()),
                words,
            });
        }
    }

    /// Tells the window that its adapter is the processor itself: pictures of many points are computed
    /// instead of drawn.
    pub fn set_in_software(&mut self, in_software: bool) {
        self.shared.in_software = in_software;
    }

    /// Draws a frame into the whole window.
    pub fn ui(&mut self, ui: &mut Ui, input: &UiInput<'_>, commands: &mut Vec<Command>) {
        let missing = *self
            .chinese_missing
            .get_or_insert_with(|| !theme::shows_chinese(ui.ctx()));
        let lines = if self.palette.is_open() {
            self.palette_lines(input, commands)
        } else {
            Vec::new()
        };
        let keys = if self.key_list.is_open() {
            self.all_keys(input)
        } else {
            Vec::new()
        };
        let mut cx = Cx {
            input,
            commands,
            shared: &mut self.shared,
        };
        self.map.follow(&cx);
        if !cx.shared.is_on_screen(View::Conflicts) {
            self.conflicts.rest(input.now_ms);
        }
        if !cx.shared.is_on_screen(View::Verify) {
            self.verify.rest(input.now_ms);
        }
        frame::top_bar_ui(
            ui,
            &mut cx,
            &mut self.palette,
            &mut self.everywhere,
            &mut self.filter,
        );
        frame::notices_ui(ui, &mut cx, missing);
        let drawn = match cx.shared.view {
            View::Map => self.map.status(&cx),
            View::Conflicts => self.conflicts.status(),
            View::Results => views::results::status(&input.snapshot.results),
            View::Align => views::align::status(&input.snapshot.alignment),
            View::Topics => views::topics::status(input.snapshot, ui.available_width() > 1100.0),
            _ => String::new(),
        };
        frame::status_bar_ui(ui, &mut cx, &drawn);
        let rail = frame::rail_ui(ui, &mut cx);
        // In a very narrow window the view needs the room more.
        if cx.shared.inspector_open && ui.available_width() > 620.0 {
            let (number, width) = (cx.shared.n_arranged, cx.shared.inspector_width);
            let is_dragged = ui.input(|i| i.pointer.any_down());
            let drawn = frame::inspector_ui(ui, number, width, |ui| {
                if cx.shared.selected_doc.is_some() {
                    document::document_ui(ui, &mut cx, &mut self.topics);
                    return;
                }
                match cx.shared.view {
                    View::Start => views::start::inspector_ui(ui, &mut cx),
                    View::Map if self.map.shows_topic(&cx) => {
                        if views::map::back_ui(ui) {
                            self.map.show_topic(false);
                        }
                        views::topics::inspector_ui(ui, &mut cx, &mut self.topics);
                    }
                    View::Map => views::map::inspector_ui(ui, &mut cx, &mut self.map),
                    View::Topics => {
                        views::topics::inspector_ui(ui, &mut cx, &mut self.topics);
                    }
                    View::Conflicts => {
                        views::conflicts::inspector_ui(ui, &mut cx, &mut self.conflicts);
                    }
                    View::Verify => views::verify::inspector_ui(ui, &mut cx, &mut self.verify),
                    View::Results => {
                        views::results::inspector_ui(ui, &mut cx, &mut self.results);
                    }
                    View::Align => views::align::inspector_ui(ui, &mut cx, &mut self.align),
                    View::Jobs => views::jobs::inspector_ui(ui, &mut cx, &mut self.jobs),
                }
            });
            // Only a width that somebody chose is worth keeping; one also changes with the window's.
            let before = cx.shared.inspector_drawn.replace(drawn);
            if is_dragged && before.is_some_and(|b| (b - drawn).abs() > 0.5) {
                cx.shared.inspector_width = Some(drawn);
            }
        } else {
            cx.shared.inspector_drawn = None;
        }
        let p = theme::Palette::of(ui);
        egui::CentralPanel::no_frame()
            .frame(egui::Frame::NONE.fill(p.ground))
            .show(ui, |ui| self.views_ui(ui, input, commands));
        let mut cx = Cx {
            input,
            commands,
            shared: &mut self.shared,
        };
        self.palette.popup_ui(ui, &mut cx, lines);
        self.tour.ui(ui, &mut cx, &rail, self.palette.field());
        self.key_list.ui(ui.ctx(), &keys);
        drop_ui(ui.ctx());
        for chosen in self.palette.take_chosen() {
            self.choose(ui.ctx(), chosen, input, commands);
        }
        self.do_wanted(ui.ctx(), input, commands);
        self.ask_for_focus(input, commands);
        self.record_steps(ui.ctx(), input, commands);
    }

    /// Draws a view.
    fn view_ui(
        &mut self,
        ui: &mut Ui,
        view: View,
        input: &UiInput<'_>,
        commands: &mut Vec<Command>,
    ) {
        let mut cx = Cx {
            input,
            commands,
            shared: &mut self.shared,
        };
        match view {
            View::Start => views::start::ui(ui, &mut cx, &mut self.start),
            View::Map => views::map::ui(ui, &mut cx, &mut self.map),
            View::Topics => views::topics::ui(ui, &mut cx, &mut self.topics),
            View::Conflicts => views::conflicts::ui(ui, &mut cx, &mut self.conflicts),
            View::Verify => views::verify::ui(ui, &mut cx, &mut self.verify),
            View::Results => views::results::ui(ui, &mut cx, &mut self.results),
            View::Align => views::align::ui(ui, &mut cx, &mut self.align),
            View::Jobs => views::jobs::ui(ui, &mut cx, &mut self.jobs),
        }
    }

    fn forget_project(&mut self) {
        self.put_desk(Desk::default());
        self.put_saved(Vec::new());
        self.shared.asked = Default::default();
        self.shared.search.clear();
        self.palette.forget();
        self.shared.selected_doc = None;
        self.shared.selected_topic = None;
        self.filter = filter::FilterState::default();
        self.map = MapState::default();
        self.topics = TopicsState::default();
        self.conflicts = ConflictsState::default();
        self.verify = VerifyState::default();
        self.results = ResultsState::default();
        self.align = AlignState::default();
        self.jobs = JobsState::default();
        self.start = StartState::default();
    }
}

#[cfg(test)]
mod driven;
#[cfg(test)]
mod tests;
