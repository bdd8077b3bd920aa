//! What the window asks of its host. The window itself does no work: it sends these.

use crate::base::ids::{DocId, EdgeId, ItemId, JobId, RunId, SampleId, StatementId};
use crate::domain::alignment::Variant;
use crate::domain::conflict::Verdict;
use crate::domain::evaluation::Method;
use crate::domain::filter::Desk;
use crate::domain::review::filter::Rule;
use crate::domain::saved::SavedSelection;
use crate::domain::source_map::MatchVerdict;
use crate::domain::topic_edit::TopicEdit;
use crate::domain::verification::{Judgment, Role, SamplePlan};
use crate::snapshot::contours::ContoursKey;
use crate::snapshot::model::results::CellKey;

use super::theme::ThemeChoice;

/// What a file dialog is for; the host answers with [`super::Workbench::picked`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The folder of a project to open.
    OpenProject,
    /// The folder a new project goes into.
    NewProject,
    /// News files to import.
    ImportFiles,
    /// The folder a report goes into.
    WriteReport,
    /// The folder the tables of a verification go into.
    ExportJudgments,
    /// The folder of a language model.
    Model,
    /// The folder of an adapter.
    Adapter,
}

/// A verdict given by the reviewer.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The edge.
    pub edge: EdgeId,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason, may be empty.
    pub note: String,
    /// Milliseconds since the edge came up, where known.
    pub spent_ms: Option<i64>,
    /// Decides over what reviewers say.
    pub adjudicates: bool,
}

/// Something for the host to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Opens the project in a folder.
    OpenProject(String),
    /// Makes a project in a folder; `preset` is `quick` or `paper`.
    NewProject {
        /// Folder.
        folder: String,
        /// Preset.
        preset: String,
    },
    /// Takes a project out of the list of those opened before; its folder stays.
    ForgetProject(String),
    /// Opens the project, or lists the news files, that were dropped onto the window; the host answers
    /// with [`super::Workbench::add_files`].
    TakeDropped(Vec<String>),
    /// Shows the system's dialog for a folder.
    PickFolder {
        /// What for.
        purpose: Purpose,
    },
    /// Shows the system's dialog for files.
    PickFiles {
        /// What for.
        purpose: Purpose,
    },
    /// Imports files of one nation and source.
    ImportFiles {
        /// Paths.
        paths: Vec<String>,
        /// Nation code for rows that name none; empty when every row names its own.
        nation: String,
        /// Outlet for rows that name none; empty for the file's name.
        source: String,
    },
    /// Runs the pipeline as far as it goes without a person.
    RunPipeline,
    /// Stops a job.
    CancelJob(JobId),
    /// Queues a failed or canceled job again.
    RetryJob(JobId),
    /// Loads a document for the inspector.
    SelectDoc(DocId),
    /// Lets the loaded document go.
    ClearSelection,
    /// Searches titles and texts; the newest request wins. Empty ends the search.
    Search(String),
    /// Works out what the filter lets through and what is selected; the newest request wins.
    Focus {
        /// Filter and selection.
        desk: Box<Desk>,
        /// The words in the search field, empty for none.
        words: String,
    },
    /// Finds the lines of density of what the map shows; the newest request wins, `None` lets them go.
    Contours(Option<ContoursKey>),
    /// Records a verdict on a flagged edge, at once also while a job runs.
    Decide(Given),
    /// Takes a verdict of the reviewer back.
    UndoDecision {
        /// The edge.
        edge: EdgeId,
        /// It decided over what reviewers say.
        adjudicates: bool,
    },
    /// Looks flagged edges up inside their cycles; the newest request wins.
    LookAt(Vec<EdgeId>),
    /// Works out what a rule would do; the newest request wins, `None` lets it go.
    TryRule(Option<Rule>),
    /// Decides on everything a rule is about, at once also while a job runs.
    ApplyRule(Rule),
    /// Makes a map for each nation or outlet and matches their topics.
    MakeSourceMaps,
    /// Accepts or refuses a match of topics, at once also while a job runs.
    RuleMatch {
        /// The maps it was seen in.
        run: RunId,
        /// Its number.
        number: usize,
        /// The verdict.
        verdict: MatchVerdict,
    },
    /// Draws a sample of pairs and deals it out to reviewers.
    DrawSample {
        /// What is asked for.
        plan: Box<SamplePlan>,
        /// The verified statements that a person picked, one for each nation.
        chosen: Vec<StatementId>,
    },
    /// Records a judgment of a pair, at once also while a job runs.
    Judge {
        /// The pair.
        item: ItemId,
        /// Who.
        reviewer: String,
        /// As what.
        role: Role,
        /// The judgment.
        judgment: Judgment,
        /// A remark, may be empty.
        note: String,
        /// How long the pair was looked at, seconds.
        spent_secs: f64,
    },
    /// Takes a person's newest judgment of a sample back.
    UndoJudgment {
        /// The sample.
        sample: SampleId,
        /// Who.
        reviewer: String,
        /// As what.
        role: Role,
    },
    /// Edits topics, at once also while a job runs.
    EditTopic(TopicEdit),
    /// Records a step of filter and selection in the project's journal.
    RecordDesk {
        /// What it was, to stand after "Undo".
        sentence: String,
        /// How they stood.
        before: Box<Desk>,
        /// How they stand now.
        after: Box<Desk>,
    },
    /// Records a step of the saved selections in the project's journal.
    RecordSaved {
        /// What it was, to stand after "Undo".
        sentence: String,
        /// How they stood.
        before: Vec<SavedSelection>,
        /// How they stand now.
        after: Vec<SavedSelection>,
    },
    /// Takes the newest step of the journal back; how filter and selection stood comes back by
    /// [`super::Workbench::put_desk`], how saved selections stood by [`super::Workbench::put_saved`].
    Undo,
    /// Does the step again that was taken back last.
    Redo,
    /// Takes the machine's proposals for every undecided edge.
    AcceptProposals {
        /// This round only, or all that follow as well.
        all_rounds: bool,
    },
    /// Applies the decisions of the open round and flags again.
    CloseRound,
    /// Loads the items of a cell of the heatmap; `None` lets them go.
    SelectCell(Option<CellKey>),
    /// Evaluates a model on the project's triples.
    Evaluate {
        /// Name of a model that the project names, or its folder.
        model: String,
        /// Folder of a PEFT adapter, empty for none.
        adapter: String,
        /// How.
        methods: Vec<Method>,
    },
    /// Trains the adapters of a variant and evaluates them.
    Align {
        /// Name of a model that the project names, or its folder.
        model: String,
        /// A2 or A3.
        variant: Variant,
    },
    /// Names who decides.
    SetReviewer(String),
    /// Writes judgments, rates and agreement of a sample as tables into a folder.
    ExportJudgments {
        /// The sample.
        sample: SampleId,
        /// Folder.
        folder: String,
    },
    /// Writes the report into a folder.
    WriteReport {
        /// Folder.
        folder: String,
    },
    /// Remembers that the tour was taken or skipped.
    EndTour,
    /// Remembers the theme.
    SetTheme(ThemeChoice),
    /// Opens a web address in the browser.
    OpenUrl(String),
    /// Takes the notice away.
    DismissNotice,
}
