//! Heatmaps: models × nations for every method and set, with the paper's Table 2 as reference rows.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::compare::paired;
use super::{Evaluation, Findings, Rates};
use crate::algo::stats::adjust::holm;
use crate::base::seed::Seed;
use crate::domain::corpus::Nation;
use crate::domain::evaluation::{ItemSet, Method};
use crate::domain::results::{ResultCell, ResultColumn, ResultRow, ResultTable, RowKind};
use crate::stages::paper;

/// Makes every table that has at least one cell of this project.
pub fn tables(findings: &Findings, seed: Seed) -> Vec<ResultTable> {
    let mut out = Vec::new();
    for method in Method::ALL {
        let of_method: Vec<&Evaluation> = findings
            .evaluations
            .iter()
            .filter(|e| e.method == method)
            .collect();
        for set in ItemSet::ALL {
            if let Some(table) = table(findings, &of_method, method, set, seed) {
                out.push(table);
            }
        }
    }
    out
}

fn table(
    findings: &Findings,
    evaluations: &[&Evaluation],
    method: Method,
    set: ItemSet,
    seed: Seed,
) -> Option<ResultTable> {
    let mut columns: Vec<ResultColumn> = findings
        .nations
        .iter()
        .map(|nation| ResultColumn {
            nation: *nation,
            n_items: findings
                .items
                .values()
                .filter(|i| i.nation == *nation && i.is_in(set))
                .count(),
            n_evaluated: 0,
        })
        .collect();
    let mut rates: Vec<Vec<Rates>> = Vec::new();
    let mut rows: Vec<ResultRow> = Vec::new();
    for evaluation in evaluations {
        let of_row: Vec<Rates> = columns
            .iter()
            .map(|c| {
                Rates::of(evaluation, findings, |id| {
                    findings
                        .items
                        .get(&id)
                        .is_some_and(|f| f.nation == c.nation && f.is_in(set))
                })
            })
            .collect();
        if of_row.iter().all(|r| r.n_items() == 0) {
            continue;
        }
        let cells: Vec<ResultCell> = of_row.iter().map(Rates::cell).collect();
        rows.push(ResultRow {
            name: evaluation.model.name.clone(),
            detail: detail(evaluation),
            kind: RowKind::Own {
                run: evaluation.run.id,
                aligned: evaluation.is_aligned(),
            },
            mean_share: mean(&cells),
            cells,
        });
        rates.push(of_row);
    }
    if rows.is_empty() {
        return None;
    }
    for (i, column) in columns.iter_mut().enumerate() {
        let n_of = rates.iter().filter_map(|r| r.get(i)).map(Rates::n_items);
        column.n_evaluated = n_of.max().unwrap_or(0);
    }
    mark_best(&mut rows, &rates, seed);
    rows.extend(reference_rows(method, set, &columns));
    Some(ResultTable {
        method,
        set,
        columns,
        rows,
    })
}

/// Second line of a row: what the model says of itself, and what it was tested on.
fn detail(evaluation: &Evaluation) -> String {
    let mut parts = Vec::new();
    if !evaluation.model.remark.is_empty() {
        parts.push("demonstration model".to_owned());
    }
    match evaluation.model.variant.as_str() {
        "" | "adapter" => {}
        _ => parts.push("held-out items only".to_owned()),
    }
    parts.join(" · ")
}

fn mean(cells: &[ResultCell]) -> Option<f64> {
    let there: Vec<f64> = cells.iter().filter_map(|c| c.rate_share).collect();
    (!there.is_empty()).then(|| there.iter().sum::<f64>() / there.len() as f64)
}

/// Marks the best own row of each column, with its p-value against the next, Holm over the columns.
///
/// Aligned rows are tested on fewer items; rows compete on the items that both have.
fn mark_best(rows: &mut [ResultRow], rates: &[Vec<Rates>], seed: Seed) {
    let n_columns = rates.first().map_or(0, Vec::len);
    let mut found = Vec::new();
    for column in 0..n_columns {
        let mut order: Vec<(usize, f64)> = rates
            .iter()
            .enumerate()
            .filter_map(|(row, r)| Some((row, r.get(column)?.mean()?)))
            .collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let [(best, _), (next, _), ..] = order.as_slice() else {
            continue;
        };
        let of = |row: usize| rates.get(row).and_then(|r| r.get(column));
        if let (Some(a), Some(b)) = (of(*next), of(*best))
            && let Some(p) = paired(a, b, seed)
        {
            found.push((column, *best, p.p_mcnemar));
        }
    }
    let p_values: Vec<f64> = found.iter().map(|f| f.2).collect();
    for ((column, row, _), p) in found.iter().zip(holm(&p_values)) {
        if let Some(cell) = rows.get_mut(*row).and_then(|r| r.cells.get_mut(*column)) {
            cell.best = p < BEST_BELOW;
            cell.best_p = Some(p);
        }
    }
}

/// A best row is marked where its lead could not easily be chance.
const BEST_BELOW: f64 = 0.05;

/// A published model's type and rates by nation.
type Published = (paper::ModelType, BTreeMap<Nation, f64>);

/// The paper's Table 2 on the same set.
fn reference_rows(method: Method, set: ItemSet, columns: &[ResultColumn]) -> Vec<ResultRow> {
    // By first place in the paper's table and name.
    let mut by_model: BTreeMap<(usize, &str), Published> = BTreeMap::new();
    for (at, row) in paper::table2().iter().enumerate() {
        let rate = match method {
            Method::Mc => row.mc,
            Method::Aj => row.aj,
            Method::Agree => None,
        };
        let (Some(rate), true) = (rate, set.code() == row.set.code()) else {
            continue;
        };
        let known = by_model
            .iter()
            .find(|((_, name), (kind, _))| *name == row.model && *kind == row.model_type)
            .map_or(at, |((first, _), _)| *first);
        by_model
            .entry((known, row.model))
            .or_insert_with(|| (row.model_type, BTreeMap::new()))
            .1
            .insert(row.nation, rate);
    }
    by_model
        .into_iter()
        .map(|((_, model), (kind, rates))| {
            let cells: Vec<ResultCell> = columns
                .iter()
                .map(|c| ResultCell {
                    rate_share: rates.get(&c.nation).copied(),
                    ..ResultCell::default()
                })
                .collect();
            let unknown = method == Method::Mc && !kind.mc_method_is_known();
            ResultRow {
                name: format!("{model} · {}", kind.code()),
                detail: if unknown {
                    "reference, paper: method unknown".to_owned()
                } else {
                    "reference, paper's own statements".to_owned()
                },
                kind: RowKind::Reference,
                mean_share: mean(&cells),
                cells,
            }
        })
        .collect()
}

/// Returns the tables as rows for a file: one per model, method, set and nation.
pub fn export_rows(tables: &[ResultTable]) -> Vec<Value> {
    let mut out = Vec::new();
    for table in tables {
        for row in &table.rows {
            for (cell, column) in row.cells.iter().zip(&table.columns) {
                out.push(json!({
                    "model": row.name,
                    "run": match row.kind { RowKind::Own { run, .. } => Some(run.0), RowKind::Reference => None },
                    "reference": row.kind == RowKind::Reference,
                    "method": table.method.code(),
                    "set": table.set.code(),
                    "nation": column.nation.code(),
                    "rate": cell.rate_share,
                    "low": cell.interval.map(|i| i.0),
                    "high": cell.interval.map(|i| i.1),
                    "n": if row.kind == RowKind::Reference { None } else { Some(cell.n_items) },
                    "trials": if row.kind == RowKind::Reference { None } else { Some(cell.n_trials) },
                    "trial_spread": if row.kind == RowKind::Reference { None } else { Some(cell.trial_spread) },
                    "ties": cell.n_ties,
                    "flips": cell.n_flips,
                    "undecided": cell.n_undecided,
                    "rate_of_decided": cell.decided_share,
                    "detail": row.detail,
                }));
            }
        }
    }
    out
}
