//! The section on the verification by people: the newest sample of each kind, its rates and agreement.

use super::{Book, ReportError};
use crate::algo::stats::bootstrap::Bootstrapped;
use crate::base::ids::StatementId;
use crate::domain::corpus::Nation;
use crate::domain::verification::{Judgment, SampleKind};
use crate::report::{Cell, Column, Section, Table};
use crate::stages::verification::measure::{Progress, ReadError};
use crate::stages::verification::{Coefficient, Rates, Stratum, Verification};

pub(super) fn section(book: &Book<'_>) -> Result<Option<Section>, ReportError> {
    let samples = book.store.samples()?;
    let mut section: Option<Section> = None;
    for kind in SampleKind::ALL {
        let Some(newest) = samples.iter().find(|s| s.plan.kind == kind) else {
            continue;
        };
        let v = match Verification::read(book.store, Some(newest.id)) {
            Ok(v) => v,
            Err(ReadError::Store(error)) => return Err(error.into()),
            // It was listed a moment ago; a sample is never taken away.
            Err(ReadError::Verification(_)) => continue,
        };
        let begun = section.take().unwrap_or_else(|| {
            Section::new("Verification").paragraph(
                "People judged pairs of value statements: they align, conflict, or do not speak of the same. Each \
                 judged alone. A pair’s final judgment is what all who judged it say, or the adjudicator’s word where \
                 they disagree. Intervals of rates are Wilson’s at 95 %: 0 of 100 still allows 3.7 %. Those of \
                 coefficients come from resampling pairs.",
            )
        });
        section = Some(of_sample(book, begun, &v)?);
    }
    Ok(section)
}

fn of_sample(book: &Book<'_>, section: Section, v: &Verification) -> Result<Section, ReportError> {
    let measured = v.measure();
    let plan = &v.sample.plan;
    let (title, words) = match plan.kind {
        SampleKind::Random => (
            "Random pairs",
            "statements of each nation at random, each against the nation’s verified statement",
        ),
        SampleKind::Within => (
            "Pairs within issues",
            "pairs of statements of different documents on one issue, uniformly over pairs",
        ),
    };
    let n_judged: usize = measured.progress.iter().map(Progress::n_judged).sum();
    let n_dealt: usize = measured.progress.iter().map(|p| p.n_dealt).sum();
    let mut section = section.paragraph(format!(
        "{title}: {words}; {} pairs, {} for each nation, drawn with the seed {}. {} judged {n_judged} of the {n_dealt} \
         pairs dealt to them; {} pairs were disputed.",
        v.items.len(),
        plan.n_per_nation,
        plan.seed.0,
        plan.reviewers.join(", "),
        v.disputed().count()
    ));
    if !v.is_finished() {
        section =
            section.note("Not everyone has finished: these numbers are of what is judged so far.");
    }
    if plan.kind == SampleKind::Random {
        section = section.table(anchors(book, v)?);
    }
    Ok(section
        .table(rates(title, &measured.rates))
        .table(agreement(title, &measured.agreement)))
}

fn anchors(book: &Book<'_>, v: &Verification) -> Result<Table, ReportError> {
    let statements = book.store.sample_statements(v.sample.id)?;
    let text = |id: &StatementId| statements.get(id).map_or("", |s| s.text.as_str());
    let mut anchors: Vec<_> = v.sample.plan.anchors.iter().collect();
    anchors.sort_by_key(|(n, _)| n.paper_order());
    Ok(Table {
        title: "Verified statements".to_owned(),
        caption: String::new(),
        columns: vec![Column::text("nation"), Column::text("statement")],
        rows: anchors
            .into_iter()
            .map(|(nation, id)| vec![Cell::from(nation.code()), Cell::from(text(id))])
            .collect(),
    })
}

fn nation(of: Option<&Nation>) -> Cell {
    Cell::from(of.map_or("all", Nation::code))
}

fn rates(title: &str, rates: &[Rates]) -> Table {
    let mut columns = vec![
        Column::text("nation"),
        Column::text("pairs"),
        Column::number("settled", ""),
        Column::number("disputed", ""),
    ];
    for judgment in Judgment::ALL {
        columns.push(Column::number(judgment.code(), "%"));
        columns.push(Column::number("from", "%"));
        columns.push(Column::number("to", "%"));
    }
    let rows = rates
        .iter()
        .map(|r| {
            let pairs = match r.stratum {
                Stratum::All => "all",
                Stratum::Before => "before reduction",
                Stratum::After => "after reduction",
            };
            let mut row = vec![
                nation(r.nation.as_ref()),
                Cell::from(pairs),
                Cell::Count(r.n_settled()),
                Cell::Count(r.n_disputed),
            ];
            for judgment in Judgment::ALL {
                match r.rate(judgment) {
                    Some((rate, interval)) => row.extend([
                        Cell::Share(rate, 1),
                        Cell::Share(interval.low, 1),
                        Cell::Share(interval.high, 1),
                    ]),
                    None => row.extend([Cell::Missing, Cell::Missing, Cell::Missing]),
                }
            }
            row
        })
        .collect();
    Table {
        title: format!("{title}: rates"),
        caption:
            "Of the pairs with a final judgment. Disputed pairs without adjudication are left out."
                .to_owned(),
        columns,
        rows,
    }
}

/// Value and interval of a coefficient of agreement.
pub(super) fn coefficient_cells(found: Option<Bootstrapped>) -> [Cell; 3] {
    let interval = found.and_then(|f| f.interval.ok());
    [
        found.map(|f| f.agreement.value),
        interval.map(|i| i.low),
        interval.map(|i| i.high),
    ]
    .map(|v| v.map_or(Cell::Missing, |v| Cell::Real(v, 3)))
}

fn agreement(title: &str, of: &[Coefficient]) -> Table {
    let rows = of
        .iter()
        .map(|c| {
            let found = c.value.ok();
            let [value, low, high] = coefficient_cells(found);
            vec![
                Cell::from(c.name.name()),
                c.between.as_ref().map_or_else(
                    || Cell::from("all"),
                    |(a, b)| Cell::from(format!("{a}, {b}")),
                ),
                nation(c.nation.as_ref()),
                value,
                low,
                high,
                found.map_or(Cell::Missing, |f| Cell::from(f.agreement.n_items)),
                Cell::from(c.remark().unwrap_or_default()),
            ]
        })
        .collect();
    Table {
        title: format!("{title}: agreement of reviewers"),
        caption: "1 is full agreement, 0 what chance would bring; where a coefficient means nothing, the remark says why."
            .to_owned(),
        columns: vec![
            Column::text("coefficient"),
            Column::text("reviewers"),
            Column::text("nation"),
            Column::number("value", ""),
            Column::number("from", ""),
            Column::number("to", ""),
            Column::number("pairs", ""),
            Column::text("remark"),
        ],
        rows,
    }
}
