//! Conflict reduction of one nation: issues, graph, cycles, dominant stances, rounds (SPEC 7).
//!
//! In reading order: [`group`] puts statements that may share a proposition together, [`graph`]
//! joins statements of different documents by edges, [`links`] and [`cycles`] count the conflict
//! cycles between documents, [`stance`] finds the side that prevails on an issue, and [`reduce`]
//! keeps the state of the rounds; [`ablation`] runs them without one kind of edge. Everything here is a pure function of its arguments: it asks no
//! annotator, reads no table, draws nothing and never removes an edge that nobody decided on.

pub mod ablation;
mod around;
pub mod cycles;
pub mod graph;
pub mod group;
pub mod links;
mod nearest;
mod places;
pub mod reduce;
pub mod stance;

use crate::base::ids::{EdgeId, StatementId};
use crate::base::observe::Cancelled;

/// What can be wrong with the arguments of this room.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConflictError {
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A vector holds an infinite value or no number.
    #[error("vector {row} has a value that is not finite")]
    VectorNotFinite {
        /// Row of the matrix.
        row: usize,
    },
    /// More statements than the square of similarities may take memory for.
    #[error("{n_statements} statements in one grouping call, at most {limit} fit")]
    TooManyStatements {
        /// Statements given.
        n_statements: usize,
        /// Statements that fit.
        limit: usize,
    },
    /// A setting lies outside its range.
    #[error("setting out of range, {name} = {value}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// Cycles of this length are not counted.
    #[error("cycles of length {length} asked for, lengths 3 to 5 are counted")]
    CycleLength {
        /// Documents on the cycle.
        length: usize,
    },
    /// A link names a node that does not exist.
    #[error("link to node {node} in a graph of {n_nodes} nodes")]
    UnknownNode {
        /// The node.
        node: u32,
        /// Nodes of the graph.
        n_nodes: usize,
    },
    /// A statement points at a vector that does not exist.
    #[error("statement {statement} points at vector {row} of {n_rows}")]
    UnknownVector {
        /// The statement.
        statement: StatementId,
        /// Its row.
        row: usize,
        /// Rows of the matrix.
        n_rows: usize,
    },
    /// Two statements have one identity.
    #[error("statement {statement} is given twice")]
    RepeatedStatement {
        /// The identity.
        statement: StatementId,
    },
    /// A statement has a confidence or place that is no sensible number.
    #[error("statement {statement} has {what} = {value}")]
    BadStatement {
        /// The statement.
        statement: StatementId,
        /// Name of the number.
        what: &'static str,
        /// The number.
        value: f64,
    },
    /// Two edges have one identity.
    #[error("edge {edge} is given twice")]
    RepeatedEdge {
        /// The identity.
        edge: EdgeId,
    },
    /// An edge ends at a statement that was not given.
    #[error("edge {edge} ends at statement {statement}, which is not in the graph")]
    UnknownStatement {
        /// The edge.
        edge: EdgeId,
        /// The statement.
        statement: StatementId,
    },
    /// An edge joins two statements of one document.
    #[error("edge {edge} joins two statements of one document")]
    SameDocument {
        /// The edge.
        edge: EdgeId,
    },
    /// An edge's weight is not positive and finite, or its agreement no number.
    #[error("edge {edge} has weight {weight} and agreement {agreement}")]
    BadEdge {
        /// The edge.
        edge: EdgeId,
        /// Its weight.
        weight: f64,
        /// Its agreement.
        agreement: f64,
    },
    /// A conflict edge whose ends are not on one issue has no dominant stance to deviate from.
    #[error("conflict edge {edge} joins statements of different issues")]
    ConflictOutsideIssue {
        /// The edge.
        edge: EdgeId,
    },
}
