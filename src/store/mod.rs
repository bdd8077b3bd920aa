//! The one owner of a project's `SQLite` file and the vector files beside it.
//!
//! A project is a folder with `project.sqlite` and `vectors/`. One process writes at a time, held by
//! an operating-system lock that dies with the process; any number read beside it. Every unit of work
//! is one transaction, and each commit raises [`Store::revision`]. This room knows tables, not
//! algorithms.

mod conflicts;
mod counts;
mod documents;
mod error;
mod evaluations;
mod jobs;
mod mapped;
mod open;
mod results_hash;
mod runs;
mod search;
mod statements;
mod topics;
mod trainings;
mod vectors;

pub use conflicts::{IssueRecord, NewDecision, NewEdge, RoundRecord};
pub use documents::{BadRowRecord, ImportRecord, NewDocument};
pub use error::StoreError;
pub use evaluations::{JudgedAnswer, Outcome, RunModel, TokenScores};
pub use jobs::{JobRecord, NewJob};
pub use mapped::MappedMatrix;
pub use open::{Access, PROJECT_FILE, Store, Unit};
pub use runs::{EventRecord, FailureRecord, NewRun};
pub use search::search_words;
pub use statements::{NewStatement, SourceRecord};
pub use topics::{AssignmentRecord, ClusterRecord, NewTopic, ScreeningRecord};
pub use trainings::{AdapterKey, SplitRow};
