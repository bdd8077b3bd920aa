//! First floor: the subject's records as plain values.
//!
//! What a document, topic, statement, issue, decision, run or job *is*. No SQL, no JSON, no screen:
//! rooms that store or write these have private twin types of their own.

pub mod alignment;
pub mod columns;
pub mod comparison;
pub mod conflict;
pub mod corpus;
pub mod evaluation;
pub mod filter;
pub mod job_progress;
pub mod journal;
pub mod months;
pub mod results;
pub mod review;
pub mod run;
pub mod saved;
pub mod source_map;
pub mod statement;
pub mod topic;
pub mod topic_edit;
pub mod verification;
