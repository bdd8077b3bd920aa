//! What the Results view is drawn from.

use std::sync::Arc;

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

/// The heatmap of one method and set.
#[derive(Clone, Debug)]
pub struct ResultTable {
    /// How agreement was asked for.
    pub method: Method,
    /// The items.
    pub set: ItemSet,
    /// Columns in the paper's order; `n_items` of the project's set, whatever was evaluated.
    pub columns: Vec<ResultColumn>,
    /// Own runs first, then reference rows of the paper.
    pub rows: Vec<ResultRow>,
}

/// A column of a heatmap.
#[derive(Clone, Debug)]
pub struct ResultColumn {
    /// The nation.
    pub nation: Nation,
    /// Items of the set in the project.
    pub n_items: usize,
}

/// A row of a heatmap.
#[derive(Clone, Debug)]
pub struct ResultRow {
    /// Name as shown, e.g. `Harbor + DPO`.
    pub name: String,
    /// Second line, e.g. `demonstration model` or `reference, paper: method unknown`; may be empty.
    pub detail: String,
    /// What it stands for.
    pub kind: RowKind,
    /// One cell per column.
    pub cells: Vec<ResultCell>,
    /// Mean of the cells that are there.
    pub mean_share: Option<f64>,
}

/// What a row of a heatmap stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// An evaluation of this project.
    Own {
        /// Its run.
        run: RunId,
        /// Trained here or elsewhere: the model carries an adapter.
        aligned: bool,
    },
    /// A row of the paper; never counted among the best.
    Reference,
}

/// A cell of a heatmap.
#[derive(Clone, Debug, Default)]
pub struct ResultCell {
    /// Mean over items and trials, `0.0..=1.0`; `None` is missing.
    pub rate_share: Option<f64>,
    /// Ends of the 95 % Wilson interval; `None` for reference rows.
    pub interval: Option<(f64, f64)>,
    /// Items evaluated.
    pub n_items: usize,
    /// Trials.
    pub n_trials: usize,
    /// Standard deviation of the trials' rates.
    pub trial_spread: f64,
    /// Ties, summed over trials.
    pub n_ties: usize,
    /// Verdicts that changed with the order of the references, summed over trials.
    pub n_flips: usize,
    /// Answers closer to neither, and refusals, summed over trials.
    pub n_undecided: usize,
    /// Best own row of its column.
    pub best: bool,
    /// p-value against the next best own row, Holm-corrected over the table's columns; only at the best.
    pub best_p: Option<f64>,
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
