//! Agreement of models with nations' statements as tables: what screen, report and export all show.

use super::corpus::Nation;
use super::evaluation::{ItemSet, Method};
use crate::base::ids::RunId;

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
    /// Most items that any own row was evaluated on.
    pub n_evaluated: usize,
}

impl ResultColumn {
    /// Tells whether the rates come from a sample of the set.
    pub fn is_sample(&self) -> bool {
        self.n_evaluated < self.n_items
    }
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
    /// S/(S+RS) over all trials: the rate among verdicts for either side; `None` without any.
    pub decided_share: Option<f64>,
    /// Best own row of its column.
    pub best: bool,
    /// p-value against the next best own row, Holm-corrected over the table's columns; only at the best.
    pub best_p: Option<f64>,
}
