//! The sections on models: agreement in the shape of Table 2, alignment in the shape of Table 3.

use super::{Book, ReportError};
use crate::domain::alignment::Variant;
use crate::domain::comparison::{AlignmentComparison, NationSlope, PairedDifference};
use crate::domain::corpus::Nation;
use crate::domain::evaluation::Method;
use crate::domain::results::{ResultCell, ResultTable, RowKind};
use crate::domain::statement::StatementSet;
use crate::figure::chart::{
    HeatCell, HeatColumn, HeatRow, Ramp, SlopeRate, SlopeRow, alignment_slopes, heatmap,
    reward_curves, training_curves,
};
use crate::figure::scale::{count_text, rate_text, real_text};
use crate::report::{Cell, Column, Section, Table};
use crate::stages::align::settings_line;
use crate::stages::paper;
use crate::stages::results::{Findings, alignments, tables};

/// What must be said wherever demonstration models appear.
const DEMONSTRATION: &str = "Demonstration models are tiny networks trained from nothing on this example's own \
invented articles. They show that every step works; what they agree with says nothing about any nation, and nothing about \
any model that people use.";

/// The section on agreement, `None` before any evaluation.
pub(super) fn results_section(book: &Book<'_>, findings: &Findings) -> Option<Section> {
    let tables = tables(findings, book.settings.seed);
    if tables.is_empty() {
        return None;
    }
    let n_models = findings
        .evaluations
        .iter()
        .map(|e| e.model.name.as_str())
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    let mut section = Section::new("Agreement of models").paragraph(format!(
        "{} models, {} items in the project. MC: the statement is more expected than its reverse, by perplexity over all tokens of the \
         answer; its trials vary the wording. AJ: the model answers in its own words, and the answer is closer to the \
         statement in both orders of the references; its trials vary the sampling seed. Agree: the model goes on with \
         agreeing rather than with disagreeing. Rates are means over trials with Wilson's 95 % interval at the number of \
         items; ★ marks the best own model of a column where an exact McNemar test against the next, Holm-corrected over \
         the columns, stays below .05.",
        count_text(n_models as u64),
        count_text(findings.items.len() as u64)
    ));
    if findings
        .evaluations
        .iter()
        .any(|e| !e.model.remark.is_empty())
    {
        section = section.note(DEMONSTRATION);
    }
    if findings.evaluations.iter().any(|e| e.method == Method::Aj) {
        section = section.note(format!(
            "Answers judged: {} The offline judge compares words; an answer that says the same in other words can pass for \
             neither, so that AJ rates are low rather than high.",
            book.said_by()
        ));
    }
    for set in [StatementSet::Quoted, StatementSet::Official] {
        section = section.table(table2(&tables, set));
    }
    for table in &tables {
        section = section.figure(heat(book, table));
    }
    if !findings.out_of_date.is_empty() {
        section = section.paragraph(format!(
            "Left out, since what they read has changed: {}.",
            findings.out_of_date.join(", ")
        ));
    }
    Some(section)
}

/// One of the paper's two halves of Table 2: models by nation, MC and AJ side by side.
fn table2(tables: &[ResultTable], set: StatementSet) -> Table {
    let of = |method: Method| {
        tables
            .iter()
            .find(|t| t.method == method && t.set.code() == set.code())
    };
    let halves = [of(Method::Mc), of(Method::Aj)];
    let mut columns = vec![Column::text("model")];
    let of_columns = halves.iter().flatten().next().map(|t| &t.columns);
    let nations: Vec<Nation> = of_columns
        .map(|c| c.iter().map(|c| c.nation).collect())
        .unwrap_or_default();
    let n_of: Vec<String> = of_columns
        .map(|c| {
            c.iter()
                .map(|c| format!("{} {}", c.nation, c.n_evaluated))
                .collect()
        })
        .unwrap_or_default();
    for nation in &nations {
        columns.push(Column::number(format!("{nation} MC"), ""));
        columns.push(Column::number(format!("{nation} AJ"), ""));
    }
    let mut names: Vec<(&str, &str)> = Vec::new();
    for row in halves.iter().flatten().flat_map(|t| &t.rows) {
        if !names.iter().any(|(n, _)| *n == row.name) {
            names.push((&row.name, &row.detail));
        }
    }
    // Own rows of both methods stand before the paper's.
    names.sort_by_key(|(_, detail)| detail.starts_with("reference"));
    let rows = names
        .iter()
        .map(|(name, detail)| {
            let kind = if detail.starts_with("reference") {
                ", reference"
            } else if detail.contains("held-out") {
                ", held-out items"
            } else {
                ""
            };
            let mut cells = vec![Cell::Text(format!("{name}{kind}"))];
            for i in 0..nations.len() {
                for half in &halves {
                    let cell = half
                        .and_then(|t| t.rows.iter().find(|r| r.name == *name))
                        .and_then(|r| r.cells.get(i));
                    cells.push(cell.map_or(Cell::Missing, rate_cell));
                }
            }
            cells
        })
        .collect();
    Table {
        title: format!("Table 2, {} statements", set.code()),
        caption: format!(
            "Rate ± half the 95 % interval; items: {}. Reference rows are the paper's ({}), on its own statements; they \
             carry no interval and are not comparable item by item.",
            n_of.join(", "),
            paper::SOURCE
        ),
        columns,
        rows,
    }
}

fn rate_cell(cell: &ResultCell) -> Cell {
    let Some(rate) = cell.rate_share else {
        return Cell::Missing;
    };
    match cell.interval {
        Some((low, high)) => Cell::Text(format!(
            "{} ± {}{}",
            rate_text(rate, 3),
            rate_text((high - low) / 2.0, 3),
            if cell.best { " ★" } else { "" }
        )),
        None => Cell::Text(rate_text(rate, 3)),
    }
}

fn heat(book: &Book<'_>, table: &ResultTable) -> crate::figure::Figure {
    let n: usize = table.columns.iter().map(|c| c.n_evaluated).sum();
    let words = book.words(
        &format!("{} agreement, {} statements", table.method.name(), table.set.name().to_lowercase()),
        "Rate of siding with the statement; below it half the 95 % interval. Hatched rows are the paper's. n: most items \
         that a row was evaluated on.",
        format!("n = {} items", count_text(n as u64)),
    );
    let rows: Vec<HeatRow> = table
        .rows
        .iter()
        .map(|row| HeatRow {
            name: row.name.clone(),
            detail: row.detail.clone(),
            reference: row.kind == RowKind::Reference,
            bold: matches!(row.kind, RowKind::Own { aligned: true, .. }),
            mean: row.mean_share,
            cells: row
                .cells
                .iter()
                .map(|cell| match cell.rate_share {
                    None => HeatCell::Missing,
                    Some(value) => HeatCell::Value {
                        value,
                        note: cell.interval.map_or_else(String::new, |(low, high)| {
                            format!("± {}", rate_text((high - low) / 2.0, 3))
                        }),
                        marked: cell.best,
                    },
                })
                .collect(),
        })
        .collect();
    let columns: Vec<HeatColumn> = table
        .columns
        .iter()
        .map(|c| HeatColumn {
            n_items: Some(c.n_evaluated),
            ..HeatColumn::from(c.nation)
        })
        .collect();
    let unit = match table.method {
        Method::Mc => "correct rate",
        Method::Aj => "judged closer",
        Method::Agree => "agreeing",
    };
    heatmap(words, &rows, &columns, &ramp(unit))
}

/// The scale of rates: all of `0..=1`, so that figures of one report can be laid side by side.
fn ramp(unit: &str) -> Ramp {
    Ramp::Sequential {
        low: 0.0,
        high: 1.0,
        unit: unit.to_owned(),
        decimals: 3,
    }
}

/// The section on alignment, `None` before any.
pub(super) fn alignment_section(
    book: &Book<'_>,
    findings: &Findings,
) -> Result<Option<Section>, ReportError> {
    let comparisons = alignments(book.store, findings, book.settings.seed)?;
    if comparisons.is_empty() {
        return Ok(None);
    }
    let mut section = Section::new("Alignment").paragraph(format!(
        "{}. A0: the base model on unreduced held-out items; A1: on reduced ones; A2: trained on reduced items, tested on \
         A1's; A3: trained on unreduced items, tested on A1's. A0 and A1 differ through their items only and are not paired; \
         A1, A2 and A3 are paired on the same held-out items. Intervals of differences come from a bootstrap over \
         documents; p-values from the exact McNemar test on each item's majority, Holm-corrected over nations and methods. \
         Components of documents, near-duplicates, issues and near-copied texts are never split.",
        settings_line(&book.settings.training)
    ));
    if comparisons.iter().any(|c| c.demonstration) {
        section = section.note(DEMONSTRATION);
    }
    for c in &comparisons {
        section = section
            .paragraph(sentence(c))
            .figure(alignment_slopes(
                book.words(
                    &format!("{} before and after, {}", c.model, c.method.name()),
                    "Ring: A1, before; dot: A2, after; gray: A3; dashed ring: A0, other items. Whiskers: 95 %.",
                    format!("n = {} held-out items", count_text(c.overall.n_items as u64)),
                ),
                &slope_rows(c),
            ))
            .table(differences(c));
    }
    let mut models: Vec<&str> = comparisons.iter().map(|c| c.model.as_str()).collect();
    models.dedup();
    for model in models {
        for set in [StatementSet::Quoted, StatementSet::Official] {
            section = section.table(table3(&comparisons, model, set));
        }
    }
    for (run, about) in book.store.model_runs("align")? {
        let steps = book.store.training_steps(run.id)?;
        let Some((key, of_first)) = steps.iter().next() else {
            continue;
        };
        let variant = Variant::parse(&about.variant).map_or("", Variant::name);
        section = section.figure(training_curves(
            book.words(
                &format!("Training of {} {variant}", about.base),
                "Rewards are β times what the adapter adds to an answer's log-probability; margin is chosen less rejected.",
                format!(
                    "{}, seed {}, {} adapters in all",
                    if key.nation.is_empty() { "all nations" } else { &key.nation },
                    key.seed,
                    steps.len()
                ),
            ),
            &reward_curves(of_first),
            "reward",
        ));
    }
    Ok(Some(section))
}

/// A difference of shares in points, with its sign.
fn points(difference: f64) -> String {
    let text = real_text(100.0 * difference, 1);
    if difference > 0.0 && !text.starts_with('+') {
        format!("+{text}")
    } else {
        text
    }
}

/// A difference with its interval, in points.
fn with_interval(d: &PairedDifference) -> String {
    format!(
        "{} ({} to {})",
        points(d.difference),
        points(d.interval.0),
        points(d.interval.1)
    )
}

/// What came out, in words.
fn sentence(c: &AlignmentComparison) -> String {
    let seeds: Vec<String> = c.seed_differences.iter().map(|d| points(*d)).collect();
    let mut parts = vec![format!(
        "{}, {}: {} items improved, {} stayed right, {} stayed wrong, {} worsened. Seeds: {} points.",
        c.model,
        c.method.name(),
        c.items.n_improved,
        c.items.n_same_right,
        c.items.n_same_wrong,
        c.items.n_worsened,
        seeds.join(", ")
    )];
    if let Some(d) = c.overall.a2_minus_a1 {
        parts.push(format!(
            "A2 − A1 over all nations: {} points; the smallest difference to be seen was {:.1}.",
            with_interval(&d),
            100.0 * d.detectable
        ));
    }
    if let Some(d) = c.overall.a2_minus_a3 {
        parts.push(format!(
            "A2 − A3, what reduction adds to training: {} points.",
            with_interval(&d)
        ));
    }
    parts.join(" ")
}

fn slope_rows(c: &AlignmentComparison) -> Vec<SlopeRow> {
    c.nations
        .iter()
        .chain(std::iter::once(&c.overall))
        .map(|s| SlopeRow {
            nation: s.nation,
            n_items: s.n_items,
            rates: s.rates.map(|r| {
                r.map(|r| SlopeRate {
                    rate_share: r.rate_share,
                    interval: Some(r.interval),
                })
            }),
            difference: s.a2_minus_a1.map(|d| d.difference),
            p_value: s.a2_minus_a1.map(|d| {
                if s.nation.is_some() {
                    d.p_holm
                } else {
                    d.p_mcnemar
                }
            }),
        })
        .collect()
}

/// Differences in points and in percent, nation by nation.
fn differences(c: &AlignmentComparison) -> Table {
    let rows = c
        .nations
        .iter()
        .chain(std::iter::once(&c.overall))
        .map(|s| {
            let d = |d: Option<PairedDifference>| {
                d.map_or(Cell::Missing, |d| Cell::Text(with_interval(&d)))
            };
            let base = s.rates.get(1).copied().flatten().map(|r| r.rate_share);
            let percent = match (s.a2_minus_a1, base) {
                (Some(d), Some(base)) if base > 0.0 => Cell::Real(100.0 * d.difference / base, 1),
                _ => Cell::Missing,
            };
            vec![
                Cell::Text(
                    s.nation
                        .map_or_else(|| "all".to_owned(), |n| n.name().to_owned()),
                ),
                Cell::Count(s.n_items as u64),
                d(s.a2_minus_a1),
                percent,
                s.a2_minus_a1
                    .map_or(Cell::Missing, |d| Cell::Real(d.p_holm, 4)),
                s.a2_minus_a1
                    .map_or(Cell::Missing, |d| Cell::Real(100.0 * d.detectable, 1)),
                d(s.a3_minus_a1),
                d(s.a2_minus_a3),
            ]
        })
        .collect();
    Table {
        title: format!("Differences of {}, {}", c.model, c.method.name()),
        caption: "Points with their 95 % interval. Percent are of A1's rate. The last line is not corrected."
            .to_owned(),
        columns: vec![
            Column::text("nation"),
            Column::number("n", ""),
            Column::number("A2 − A1", "points"),
            Column::number("A2 − A1", "%"),
            Column::number("p (Holm)", ""),
            Column::number("smallest seen", "points"),
            Column::number("A3 − A1", "points"),
            Column::number("A2 − A3", "points"),
        ],
        rows,
    }
}

/// One of the paper's two halves of Table 3: variants by nation, MC and AJ side by side.
fn table3(comparisons: &[AlignmentComparison], model: &str, set: StatementSet) -> Table {
    let of = |method: Method| -> Option<&Vec<NationSlope>> {
        comparisons
            .iter()
            .find(|c| c.model == model && c.method == method)
            .and_then(|c| c.by_set.iter().find(|(s, _)| *s == set))
            .map(|(_, slopes)| slopes)
    };
    let halves = [of(Method::Mc), of(Method::Aj)];
    let mut nations: Vec<Nation> = halves
        .iter()
        .flatten()
        .flat_map(|s| s.iter().filter_map(|s| s.nation))
        .collect();
    nations.sort_by_key(Nation::paper_order);
    nations.dedup();
    let mut columns = vec![Column::text("variant")];
    for nation in &nations {
        columns.push(Column::number(format!("{nation} MC"), ""));
        columns.push(Column::number(format!("{nation} AJ"), ""));
    }
    let mut rows = Vec::new();
    for (v, variant) in Variant::ALL.into_iter().enumerate() {
        let mut cells = vec![Cell::Text(format!(
            "{} {}",
            variant.name(),
            variant.words()
        ))];
        for nation in &nations {
            for half in halves {
                let rate = half
                    .and_then(|s| s.iter().find(|s| s.nation == Some(*nation)))
                    .and_then(|s| s.rates.get(v).copied().flatten());
                cells.push(rate.map_or(Cell::Missing, |r| {
                    Cell::Text(format!(
                        "{} ± {}",
                        rate_text(r.rate_share, 3),
                        rate_text((r.interval.1 - r.interval.0) / 2.0, 3)
                    ))
                }));
            }
        }
        rows.push(cells);
    }
    for variant in [Variant::NoCr, Variant::Cr, Variant::CrDpo] {
        let mut cells = vec![Cell::Text(format!(
            "{} {}, paper: {} base (reference)",
            variant.name(),
            variant.words(),
            paper::TABLE3_MODEL
        ))];
        for nation in &nations {
            let row = paper::table3()
                .iter()
                .find(|r| r.set == set && r.variant == variant && r.nation == *nation);
            for rate in [row.and_then(|r| r.mc), row.and_then(|r| r.aj)] {
                cells.push(rate.map_or(Cell::Missing, |r| Cell::Text(rate_text(r, 3))));
            }
        }
        rows.push(cells);
    }
    Table {
        title: format!("Table 3, {model}, {} statements", set.code()),
        caption: format!(
            "Rate ± half the 95 % interval. Reference rows: {}.",
            paper::SOURCE
        ),
        columns,
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evaluation::ItemSet;

    #[test]
    fn sets_of_the_paper_have_the_same_words() {
        assert_eq!(StatementSet::Quoted.code(), ItemSet::Quoted.code());
        assert_eq!(StatementSet::Official.code(), ItemSet::Official.code());
    }
}
