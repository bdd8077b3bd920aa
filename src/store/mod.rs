//! The one owner of a project's `SQLite` file and the vector files beside it.
//!
//! A project is a folder with `project.sqlite` and `vectors/`; `columns/` holds what can be made again from both. One process writes at a time, held by
//! an operating-system lock that dies with the process; any number read beside it. Every unit of work
//! is one transaction, and each commit raises [`Store::revision`]. A short edit beside a running job goes
//! through a second connection of the same process ([`Store::second_writer`]). This room knows tables, not
//! algorithms.

mod columns;
mod conflicts;
mod counts;
mod decisions;
mod documents;
mod error;
mod evaluations;
mod jobs;
mod journal;
mod mapped;
mod open;
mod results_hash;
mod runs;
mod search;
mod source_maps;
mod statements;
mod topic_edits;
mod topics;
mod trainings;
mod vectors;
mod verification;

pub use columns::{ColumnFile, NewColumns};
pub use conflicts::{IssueRecord, NewEdge, RoundRecord};
pub use decisions::{Chain, ChainBreak, ChainHead, NewDecision};
pub use documents::{BadRowRecord, DocumentHead, ImportRecord, NamedDocument, NewDocument};
pub use error::StoreError;
pub use evaluations::{JudgedAnswer, Outcome, RunModel, TokenScores};
pub use jobs::{JobRecord, NewJob};
pub use journal::NewStep;
pub use mapped::MappedMatrix;
pub use open::{Access, PROJECT_FILE, Store, Unit};
pub use runs::{EventRecord, FailureRecord, NewRun};
pub use search::{SearchFound, SearchQuery};
pub use source_maps::{NewPart, PartRecord};
pub use statements::{NewStatement, SourceRecord};
pub use topics::{ClusterRecord, NewTopic, ScreeningRecord};
pub use trainings::{AdapterKey, SplitRow};
pub use verification::{JudgedStatement, NewItem, NewJudgment, NewSample};
