//! What the Results view is drawn from.

use std::sync::Arc;

pub use crate::domain::results::{ResultCell, ResultColumn, ResultRow, ResultTable, RowKind};

use crate::base::ids::{DocId, RunId, StatementId};
use crate::base::language::Language;
use crate::domain::corpus::Nation;
use crate::domain::evaluation::{ItemSet, ItemVerdict, Method};

/// Agreement of every evaluated model with the statements of every nation.
#[derive(Clone, Debug, Default)]
pub struct ResultsData {
    /// One table per method and set that has at least one own cell, in the order of `Method::ALL` and
    /// `ItemSet::ALL`.
    pub tables: Vec<ResultTable>,
    /// Models that the project's settings name and that have not been evaluated yet.
    pub waiting: Vec<String>,
    /// Triples there are to evaluate on; 0 before the stage *triples*.
    pub n_triples: usize,
}

/// Which cell the inspector shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellKey {
    /// The evaluation.
    pub run: RunId,
    /// The method.
    pub method: Method,
    /// The set.
    pub set: ItemSet,
    /// The nation.
    pub nation: Nation,
}

/// A cell with its items; the answer to [`CellKey`].
#[derive(Clone, Debug)]
pub struct CellDetail {
    /// What was asked for.
    pub key: CellKey,
    /// Items, those the model got wrong by most first.
    pub items: Arc<Vec<CellItem>>,
}

/// One item of a cell.
#[derive(Clone, Debug)]
pub struct CellItem {
    /// The statement.
    pub statement: StatementId,
    /// Its document.
    pub doc: DocId,
    /// Label of the document's topic, may be empty.
    pub topic: String,
    /// Language of the texts.
    pub language: Language,
    /// Q.
    pub question: String,
    /// S.
    pub statement_text: String,
    /// RS.
    pub reverse: String,
    /// Verdict of each trial.
    pub verdicts: Vec<ItemVerdict>,
    /// Perplexities of the first trial of `mc` and `agree`.
    pub perplexities: Option<(f64, f64)>,
    /// The same over the statement's own words only, without the words both continuations share.
    pub own_perplexities: Option<(f64, f64)>,
    /// Both continuations of the first trial, token by token (`mc`); empty else.
    pub statement_tokens: Vec<TokenScore>,
    /// The same of the reverse statement.
    pub reverse_tokens: Vec<TokenScore>,
    /// The model's own answers, one per trial (`aj`); empty else.
    pub answers: Vec<String>,
}

/// A token with how expected it was.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenScore {
    /// Its text; several tokens of one character stand together.
    pub text: String,
    /// ln p, summed where tokens stand together, nats.
    pub logp_nats: f64,
}
