//! The immutable read models that views are drawn from.
//!
//! Plain data, built off the screen's thread by [`super::build`], shared as `Arc`. Nothing here is
//! computed while a frame is drawn, and nothing here can change the project.

pub mod alignment;
pub mod conflicts;
mod map_parts;
pub mod results;
pub mod source_maps;
pub mod topics;
pub mod verification;

pub use map_parts::{ModelAgreement, N_STRENGTHS, Tallies};

use std::collections::BTreeMap;
use std::sync::Arc;

use alignment::AlignmentData;
use conflicts::{ConflictData, ReviewData};
use results::ResultsData;
use source_maps::SourceMapsData;
use topics::{Coverage, Permuted, TopicTree};
use verification::VerificationData;

use super::passing::Counted;
use crate::base::cloud::Cloud;
use crate::base::doc_set::DocSet;
use crate::base::ids::{DocId, JobId, StatementId, TopicId};
use crate::base::language::Language;
use crate::base::sentences::Span;
use crate::domain::columns::{Memberships, Places};
use crate::domain::conflict::Stance;
use crate::domain::corpus::Nation;
use crate::domain::job_progress::JobState;
use crate::domain::journal::JournalState;
use crate::domain::months::Months;
use crate::domain::statement::{Speaker, StatementSet};
use crate::domain::topic_edit::HistoryLine;

/// Everything the views show of one project at one revision.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The store's revision this was built from.
    pub revision: u64,
    /// Name, folder, preset and seed.
    pub project: ProjectInfo,
    /// The pipeline's steps in order.
    pub pipeline: Vec<PipelineCard>,
    /// The next sensible thing to do.
    pub next_step: NextStep,
    /// Nations of the project with their number of documents, in the paper's order.
    pub nations: Vec<NationCount>,
    /// Name and value of each setting in force.
    pub settings: Vec<(String, String)>,
    /// What happened last, newest first.
    pub events: Vec<EventRow>,
    /// The map, once there is a layout.
    pub map: Option<Arc<MapData>>,
    /// Maps of one nation or outlet each, once somebody asked for them.
    pub source_maps: Option<Arc<SourceMapsData>>,
    /// Topics by number.
    pub topics: Arc<Vec<TopicRow>>,
    /// How topics belong together: by the vectors of their central documents, by their words where there are none.
    pub topic_tree: Arc<TopicTree>,
    /// How many documents have a topic; `None` before clustering.
    pub coverage: Option<Coverage>,
    /// How the p-values of topics came about; `None` while no topic has one.
    pub permuted: Option<Permuted>,
    /// All edits of topics, newest first, those of an earlier clustering as well (at most 500).
    pub topic_history: Arc<Vec<HistoryLine>>,
    /// What can be taken back and done again.
    pub journal: JournalState,
    /// What the newest step of the desk in force left there, the window's own JSON text.
    pub desk: Option<Arc<str>>,
    /// The same of the saved selections.
    pub saved: Option<Arc<str>>,
    /// Conflict graphs, one per nation that has one.
    pub conflicts: Vec<Arc<ConflictData>>,
    /// The review of all of them together.
    pub review: Arc<ReviewData>,
    /// Samples that people judge.
    pub verification: Arc<VerificationData>,
    /// Agreement of evaluated models with every nation's statements.
    pub results: Arc<ResultsData>,
    /// Before and after alignment.
    pub alignment: Arc<AlignmentData>,
    /// Jobs, newest first.
    pub jobs: Vec<JobRow>,
    /// Rows that an import or a stage set aside, newest first (at most 500).
    pub failures: Vec<FailureRow>,
    /// Totals for the status bar.
    pub totals: Totals,
    /// How many rows the results in force have, by their names in the store.
    pub counts: Arc<BTreeMap<&'static str, u64>>,
}

/// Name, folder, preset and seed of a project.
#[derive(Clone, Debug, Default)]
pub struct ProjectInfo {
    /// The project's name.
    pub name: String,
    /// Its folder as text.
    pub folder: String,
    /// `quick` or `paper`.
    pub preset: String,
    /// The project's seed.
    pub seed: u64,
    /// Name of the annotator in force, e.g. `offline rules`.
    pub annotator: String,
}

/// A nation with its number of documents.
#[derive(Clone, Debug)]
pub struct NationCount {
    /// The nation.
    pub nation: Nation,
    /// Its documents.
    pub n_docs: usize,
}

/// State of a step of the pipeline on the Start view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardState {
    /// Earlier steps are missing.
    Waiting,
    /// Can run now.
    Ready,
    /// Runs.
    Running,
    /// A person must decide.
    YourTurn,
    /// Done and up to date.
    Done,
    /// Done, but its input has changed since.
    OutOfDate,
    /// Stopped with an error.
    Failed,
}

/// A step of the pipeline on the Start view.
#[derive(Clone, Debug)]
pub struct PipelineCard {
    /// Short name, e.g. `Map`.
    pub name: &'static str,
    /// Where it stands.
    pub state: CardState,
    /// The one number that matters, `None` before it ran.
    pub figure: Option<u64>,
    /// Unit of that number, e.g. `topics`.
    pub unit: &'static str,
    /// A line of detail, e.g. `26 % outliers · trust .95`, or what is missing.
    pub detail: String,
}

/// The next sensible thing to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NextStep {
    /// No documents yet.
    #[default]
    ImportFiles,
    /// Run the pipeline from here.
    Run {
        /// Stage that comes next.
        stage: String,
    },
    /// Review flagged edges.
    Review {
        /// Flagged edges without a verdict.
        n_flagged: usize,
        /// Round, from 1.
        round: u32,
    },
    /// Look at the results.
    ReadReport,
    /// Something runs.
    Wait,
}

/// A line of the list of what happened last.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What, e.g. `Round 1 closed`.
    pub what: String,
    /// More, e.g. `61 removed, 51 kept`.
    pub detail: String,
}

/// The documents on the map, as columns in the map's order.
#[derive(Clone, Debug)]
pub struct MapData {
    /// Name of the layout; selections drawn on another one do not fit.
    pub layout: String,
    /// Positions with their index.
    pub cloud: Arc<Cloud>,
    /// What layout and import say.
    pub places: Arc<Places>,
    /// What clustering, tagging and extraction say.
    pub members: Arc<Memberships>,
    /// The month of every document.
    pub months: Arc<Months>,
    /// Topics by number, the merged-away ones included.
    pub n_topics: usize,
    /// All documents, counted.
    pub all: Arc<Counted>,
    /// How many documents have each value that a filter can name.
    pub tallies: Arc<Tallies>,
    /// What the newest evaluated models said of the documents' statements.
    pub agreements: Arc<Vec<ModelAgreement>>,
    /// Labels with their place, the coarse first, and among these those of most documents.
    pub labels: Vec<MapLabel>,
    /// Trustworthiness at 15, where it was measured.
    pub trustworthiness: Option<f64>,
}

impl Snapshot {
    /// Returns the row of a topic by its number; `None` for one that was merged away.
    pub fn topic(&self, number: usize) -> Option<&TopicRow> {
        let at = self
            .topics
            .binary_search_by_key(&number, |t| t.number)
            .ok()?;
        self.topics.get(at)
    }
}

impl MapData {
    /// Returns the line that stands for a row.
    pub fn doc_line(&self, row: usize) -> Option<DocLine> {
        let places = &self.places;
        Some(DocLine {
            id: places.doc(row)?,
            title: places.titles.get(row).to_owned(),
            nation: places.nation(row)?,
            source: places.source(row).to_owned(),
            date: places
                .date(row)
                .map_or_else(String::new, |d| d.as_str().to_owned()),
        })
    }

    /// Returns the topic of a row.
    pub fn topic(&self, row: usize) -> Option<u16> {
        self.members
            .topics
            .get(row)
            .copied()
            .filter(|t| usize::from(*t) < self.n_topics)
    }

    /// Tells whether a flag of [`Memberships`] is set.
    pub fn flag(&self, row: usize, flag: u8) -> bool {
        self.members.flags.get(row).is_some_and(|f| f & flag != 0)
    }

    /// Tells whether a row is drawn as context whatever the filter: noise, or no topic at all.
    pub fn is_context(&self, row: usize) -> bool {
        self.flag(row, Memberships::OUTLIER) || self.topic(row).is_none()
    }
}

/// A label on the map: of a topic, or of neighboring topics together.
#[derive(Clone, Debug, PartialEq)]
pub struct MapLabel {
    /// Numbers of the topics it stands for.
    pub topics: Vec<u16>,
    /// Text.
    pub text: String,
    /// Anchor: the position of a central document of its largest topic, in map units.
    pub anchor_in_map: [f32; 2],
    /// How far its topics lie from the anchor, root mean square in map units; 0 for a topic.
    pub radius_in_map: f32,
    /// Index of the coarser label that gives way to it, always an earlier one.
    pub parent: Option<usize>,
    /// Documents.
    pub n_docs: usize,
}

/// A row of the topic table.
#[derive(Clone, Debug)]
pub struct TopicRow {
    /// Identity.
    pub id: TopicId,
    /// The topic's number, from 0, by which edits name it. It stays when topics are merged or split, so
    /// that it is not the position in `Snapshot::topics`.
    pub number: usize,
    /// Label of at most five words, or what a person named it.
    pub label: String,
    /// Words by c-TF-IDF, heaviest first.
    pub terms: Vec<String>,
    /// Words by maximal marginal relevance.
    pub mmr_terms: Vec<String>,
    /// KeyBERT-style words, nearest in meaning first.
    pub keybert_terms: Vec<String>,
    /// Documents.
    pub n_docs: usize,
    /// Of these, outliers that came by their tags.
    pub n_docs_by_tags: usize,
    /// Statements taken from its documents.
    pub n_statements: usize,
    /// Per nation, in the order of `Snapshot::nations`: documents and the share of the nation,
    /// corrected for corpus size (`q_n`, sums to 1 over nations).
    pub by_nation: Vec<(usize, f64)>,
    /// Evenness H(q)/ln K in `0.0..=1.0`.
    pub entropy: f64,
    /// Jensen-Shannon divergence between nations, nats.
    pub divergence_nats: f64,
    /// p-value of the spread after Benjamini-Hochberg, where it was computed.
    pub p_value: Option<f64>,
    /// Whether a person regrouped its documents: the p-value is then missing because it was not tested
    /// since the edit.
    pub regrouped: bool,
    /// Documents per month from the project's first to its last month; for the sparkline.
    pub per_month: Vec<u32>,
    /// Value-related or not, with confidence and reason.
    pub value_related: bool,
    /// Confidence of the screening, `0.0..=1.0`.
    pub screen_confidence: f64,
    /// Why.
    pub screen_reason: String,
    /// The person who overruled the annotator, `None` while its verdict stands.
    pub screened_by: Option<String>,
    /// What the annotator said where a person overruled it.
    pub overruled: Option<bool>,
    /// Edits that name it or changed its documents, newest first, those taken back as well.
    pub history: Vec<HistoryLine>,
    /// Documents closest to its middle.
    pub central_docs: Vec<DocLine>,
}

/// One line that stands for a document.
#[derive(Clone, Debug)]
pub struct DocLine {
    /// Identity.
    pub id: DocId,
    /// Headline.
    pub title: String,
    /// Nation.
    pub nation: Nation,
    /// Outlet.
    pub source: String,
    /// Date as ISO text, empty where unknown.
    pub date: String,
}

/// One line that stands for a statement.
#[derive(Clone, Debug)]
pub struct StatementLine {
    /// Identity.
    pub id: StatementId,
    /// Its document.
    pub doc: DocId,
    /// The claim.
    pub text: String,
    /// Set.
    pub set: StatementSet,
    /// Who said it.
    pub speaker: Option<Speaker>,
    /// Side and the proposition it is on, where it belongs to an issue.
    pub stance: Option<(Stance, String)>,
}

/// A job as listed.
#[derive(Clone, Debug)]
pub struct JobRow {
    /// Identity.
    pub id: JobId,
    /// Stage.
    pub stage: String,
    /// Where it stands.
    pub state: JobState,
    /// Parameters as JSON text.
    pub params: String,
    /// Seed of its run.
    pub seed: u64,
    /// Version of the stage.
    pub stage_version: u32,
    /// When it was queued, in milliseconds since 1970.
    pub queued_ms: i64,
    /// How long it ran, milliseconds.
    pub duration_ms: Option<i64>,
    /// The error or remark, may be empty.
    pub message: String,
    /// Attempts so far.
    pub n_attempts: u32,
}

/// Something set aside with its reason.
#[derive(Clone, Debug)]
pub struct FailureRow {
    /// Stage.
    pub stage: String,
    /// What it is about, e.g. `us_press.csv line 17`.
    pub subject: String,
    /// Why.
    pub reason: String,
}

/// Totals for the status bar.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Documents.
    pub n_docs: usize,
    /// Statements.
    pub n_statements: usize,
    /// Triples.
    pub n_triples: usize,
    /// Topics.
    pub n_topics: usize,
    /// Edges of all conflict graphs.
    pub n_edges: usize,
    /// Of these, conflict edges.
    pub n_conflict_edges: usize,
}

/// A document opened in the inspector.
#[derive(Clone, Debug)]
pub struct DocDetail {
    /// The line that stands for it.
    pub line: DocLine,
    /// Language.
    pub language: Language,
    /// Whole text.
    pub body: String,
    /// Address, where known.
    pub url: Option<String>,
    /// Number of the topic that held it when it was loaded.
    pub topic: Option<usize>,
    /// Whether clustering called it noise.
    pub is_outlier: bool,
    /// Its statements with their passages in [`DocDetail::body`].
    pub statements: Vec<DocStatement>,
    /// Where it came from and what became of it, in order: `imported row 4,182`, `topic 12 …`.
    pub lineage: Vec<String>,
    /// Headlines of its near-duplicates.
    pub duplicates: Vec<DocLine>,
}

/// A statement of an opened document.
#[derive(Clone, Debug)]
pub struct DocStatement {
    /// The line that stands for it.
    pub line: StatementLine,
    /// Its passage in the body, in characters.
    pub passage: Span,
    /// Question and reverse statement, where there is a triple.
    pub triple: Option<(String, String)>,
    /// Left out by reduction.
    pub dropped: bool,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct SearchHits {
    /// The words searched for.
    pub query: String,
    /// The first hits, at most 200: those with every word in the title before the others.
    pub hits: Vec<SearchHit>,
    /// Documents found so far.
    pub n_total: usize,
    /// Whether no more will be found.
    pub is_complete: bool,
    /// The documents found so far, for the map and for filters.
    pub docs: DocSet,
}

/// A document that a search found.
#[derive(Clone, Debug)]
pub struct SearchHit {
    /// The line that stands for it.
    pub doc: DocLine,
    /// Whether its title alone holds every word searched for.
    pub in_title: bool,
    /// Text around the first match.
    pub snippet: String,
    /// The match inside [`SearchHit::snippet`], in characters.
    pub match_in_snippet: Span,
}
