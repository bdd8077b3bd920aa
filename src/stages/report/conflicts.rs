//! The section on conflict reduction: rounds, issues, contested ones, what was dropped.

use std::collections::BTreeMap;

use super::verification::coefficient_cells;
use super::{Book, ReportError};
use crate::algo::conflict::ablation::AblatedRounds;
use crate::algo::conflict::reduce::IssueSummary;
use crate::base::ids::{IssueId, StatementId};
use crate::base::observe::Silent;
use crate::base::seed::Seed;
use crate::domain::conflict::{EdgeKind, Issue};
use crate::domain::corpus::Nation;
use crate::domain::review::MACHINE;
use crate::domain::review::agreement::AgreementRecord;
use crate::figure::chart::{IssueTrack, RoundPoint, StanceRow, conflict_rounds, stance_strips};
use crate::report::{Cell, Column, Section, Table};
use crate::stages::reduce::{
    AfterRound, PairMeasure, agreement, is_disputed, measure_pairs, rounds_by_kind,
    rounds_one_by_one,
};
use crate::stages::truth::Dissent;

/// Issues drawn as strips.
const N_STRIPS: usize = 14;

/// Issues followed through the rounds.
const N_TRACKS: usize = 6;

/// Rows of the lists.
const N_LISTED: usize = 25;

pub(super) fn section(
    book: &Book<'_>,
    dissent: Option<&Dissent>,
) -> Result<Option<Section>, ReportError> {
    let Some(run) = book.store.newest_run("reduce")? else {
        return Ok(None);
    };
    let edges = book.store.edges(run.id)?;
    if edges.is_empty() {
        return Ok(None);
    }
    let issues = book.store.issues(run.id)?;
    let one_by_one = rounds_one_by_one(book.store, run.id, &Silent)?;
    let nothing = BTreeMap::new();
    let summaries = one_by_one.last().map_or(&nothing, |after| &after.issues);
    let dropped: BTreeMap<StatementId, u32> = book.store.dropped(run.id)?.into_iter().collect();
    let texts: BTreeMap<StatementId, _> = book
        .store
        .statements()?
        .into_iter()
        .map(|s| (s.id, s))
        .collect();
    let mut by_size: Vec<&Issue> = issues.iter().collect();
    by_size.sort_by_key(|i| (std::cmp::Reverse(i.members.len()), i.id));

    let rounds = book.store.rounds(run.id)?;
    let mut points: BTreeMap<u32, RoundPoint> = BTreeMap::new();
    for r in rounds.iter().filter(|r| r.closed) {
        let p = points.entry(r.round).or_insert(RoundPoint {
            round: r.round,
            n_flagged: 0,
            n_removed: 0,
            n_kept: 0,
            n_dropped: 0,
            n_conflict_edges: 0,
        });
        p.n_flagged += r.n_flagged;
        p.n_removed += r.n_removed;
        p.n_kept += r.n_kept;
        p.n_dropped += r.n_dropped;
        p.n_conflict_edges += r.n_conflict_left;
    }
    let points: Vec<RoundPoint> = points.into_values().collect();
    let tracks = tracks(&one_by_one, &by_size);
    let n_conflict = edges.iter().filter(|(_, e)| e.is_conflict()).count();
    let decisions = book.store.decisions(run.id)?;
    let n_machine = decisions.iter().filter(|d| d.reviewer == MACHINE).count();

    let kinds = EdgeKind::ALL
        .iter()
        .map(|kind| {
            let of_kind = edges.iter().filter(|(_, e)| e.kind == *kind);
            vec![
                Cell::Text(kind.code().to_owned()),
                Cell::Count(of_kind.clone().count() as u64),
                Cell::Count(of_kind.filter(|(_, e)| e.is_conflict()).count() as u64),
            ]
        })
        .collect();
    let strips: Vec<StanceRow> = by_size
        .iter()
        .take(N_STRIPS)
        .map(|i| {
            let summary = summaries.get(&i.id);
            StanceRow {
                label: i.proposition.clone(),
                nation: Some(i.nation),
                stances: i
                    .members
                    .iter()
                    .filter(|m| !dropped.contains_key(&m.statement))
                    .map(|m| m.stance.value() * m.confidence)
                    .collect(),
                dominant: summary.map(|s| s.dominant),
                contested: summary.is_some_and(|s| s.contested.is_some()),
            }
        })
        .collect();
    let mut section = Section::new("Conflicts")
        .paragraph(format!(
            "{} issues; {} edges between statements of different documents, {n_conflict} of them conflict edges. \
             {} decisions were recorded, {n_machine} of them the machine's proposals taken as they were; {} statements were \
             dropped and stay in the project as the set Minority.",
            issues.len(),
            edges.len(),
            decisions.len(),
            dropped.len()
        ))
        .note(format!("Propositions and stances: {}", book.said_by()))
        .table(Table {
            title: "Edges by kind".to_owned(),
            columns: vec![Column::text("kind"), Column::number("edges", ""), Column::number("conflict edges", "")],
            rows: kinds,
            ..Table::default()
        });
    if !points.is_empty() {
        let rows = points
            .iter()
            .map(|p| {
                vec![
                    Cell::Text(format!("round {}", p.round)),
                    Cell::Count(p.n_flagged as u64),
                    Cell::Count(p.n_removed as u64),
                    Cell::Count(p.n_kept as u64),
                    Cell::Count(p.n_dropped as u64),
                    Cell::Count(p.n_conflict_edges as u64),
                ]
            })
            .collect();
        section = section
            .figure(conflict_rounds(
                book.words(
                    "Rounds of reduction",
                    "Flagged edges of each round, and the dominant stance of the largest issues between rounds.",
                    format!("n = {} decisions", decisions.len()),
                ),
                &points,
                &tracks,
            ))
            .table(Table {
                title: "Rounds".to_owned(),
                columns: vec![
                    Column::text("round"),
                    Column::number("flagged", ""),
                    Column::number("removed", ""),
                    Column::number("kept", ""),
                    Column::number("statements dropped", ""),
                    Column::number("conflict edges left", ""),
                ],
                rows,
                ..Table::default()
            });
    }
    if one_by_one.len() > 1 {
        section = section.table(rounds_table(&one_by_one, dissent));
    }
    let record = agreement(book.store, run.id)?;
    if record.reviewers.iter().any(|r| r.reviewer != MACHINE) {
        let measured = measure_pairs(&record, Seed(run.seed), &[]);
        section = section.table(reviewers_table(&record));
        if !measured.is_empty() {
            section = section.table(agreement_table(&measured, &issues));
        }
    }
    let kinds = rounds_by_kind(book.store, run.id, &Silent)?;
    section = section.table(kinds_table(&kinds, dissent));
    section = section.figure(stance_strips(
        book.words(
            "Stances in the largest issues",
            "Each mark is a live statement, its stance times its confidence; the line is the dominant stance.",
            format!("n = {} issues, the largest shown", issues.len()),
        ),
        &strips,
    ));
    let contested: Vec<Vec<Cell>> = by_size
        .iter()
        .filter(|i| summaries.get(&i.id).is_some_and(is_disputed))
        .take(N_LISTED)
        .map(|i| issue_row(i, summaries))
        .collect();
    if !contested.is_empty() {
        section = section.table(Table {
            title: "Contested issues".to_owned(),
            caption: "Neither side prevails; nothing in them is flagged.".to_owned(),
            columns: vec![
                Column::text("nation"),
                Column::text("proposition"),
                Column::number("statements", ""),
                Column::number("for", ""),
                Column::number("against", ""),
                Column::number("dominant stance", ""),
            ],
            rows: contested,
        });
    }
    if !dropped.is_empty() {
        // Every nation has its part of the list.
        let n_each = N_LISTED.div_ceil(book.nations.len().max(1));
        let mut n_listed: BTreeMap<Nation, usize> = BTreeMap::new();
        let rows = dropped
            .iter()
            .filter_map(|(id, round)| texts.get(id).map(|s| (s, round)))
            .filter(|(s, _)| {
                let n = n_listed.entry(s.nation).or_default();
                *n += 1;
                *n <= n_each
            })
            .map(|(s, round)| {
                vec![
                    Cell::Text(s.nation.code().to_owned()),
                    Cell::Text(s.text.clone()),
                    Cell::Text(
                        s.speaker
                            .as_ref()
                            .map_or_else(|| s.set.code().to_owned(), |p| p.name.clone()),
                    ),
                    Cell::Count(u64::from(*round)),
                ]
            })
            .collect();
        section = section.table(Table {
            title: "Minority".to_owned(),
            caption: format!(
                "Statements that reduction dropped, the first {n_each} of each nation at most."
            ),
            columns: vec![
                Column::text("nation"),
                Column::text("statement"),
                Column::text("who"),
                Column::number("round", ""),
            ],
            rows,
        });
    }
    Ok(Some(section))
}

fn issue_row(issue: &Issue, summaries: &BTreeMap<IssueId, IssueSummary>) -> Vec<Cell> {
    let s = summaries.get(&issue.id);
    vec![
        Cell::Text(issue.nation.code().to_owned()),
        Cell::Text(issue.proposition.clone()),
        Cell::Count(s.map_or(0, |s| s.n_live as u64)),
        Cell::Count(s.map_or(0, |s| s.n_for as u64)),
        Cell::Count(s.map_or(0, |s| s.n_against as u64)),
        Cell::Real(s.map_or(0.0, |s| s.dominant), 2),
    ]
}

/// Follows the dominant stance of the largest issues from before the first round on.
fn tracks(one_by_one: &[AfterRound], by_size: &[&Issue]) -> Vec<IssueTrack> {
    let largest = by_size.iter().take(N_TRACKS);
    largest
        .map(|issue| IssueTrack {
            label: issue.proposition.clone(),
            nation: Some(issue.nation),
            dominant: one_by_one
                .iter()
                .map(|after| {
                    let s = after.issues.get(&issue.id);
                    s.filter(|s| s.contested.is_none()).map(|s| s.dominant)
                })
                .collect(),
        })
        .collect()
}

/// What each reviewer did.
fn reviewers_table(record: &AgreementRecord) -> Table {
    let rows = record.reviewers.iter().map(|r| {
        let n = |n: usize| Cell::Count(n as u64);
        vec![
            Cell::Text(r.reviewer.clone()),
            n(r.n_keep),
            n(r.n_remove),
            n(r.n_not_sure),
            n(r.n_adjudicated),
            if r.spent_ms > 0 {
                Cell::Real(r.spent_ms as f64 / 60_000.0, 1)
            } else {
                Cell::Missing
            },
        ]
    });
    Table {
        title: "Reviewers".to_owned(),
        caption: "Verdicts in force over all rounds.".to_owned(),
        columns: vec![
            Column::text("reviewer"),
            Column::number("keep", ""),
            Column::number("remove", ""),
            Column::number("not sure", ""),
            Column::number("adjudicated", ""),
            Column::number("time", "min"),
        ],
        rows: rows.collect(),
    }
}

/// How far reviewers agree with each other and with the machine's proposals, over all issues and in those on
/// which most was judged twice.
fn agreement_table(measured: &[PairMeasure], issues: &[Issue]) -> Table {
    let propositions: BTreeMap<IssueId, &str> = issues
        .iter()
        .map(|i| (i.id, i.proposition.as_str()))
        .collect();
    let (over_all, mut within): (Vec<&PairMeasure>, Vec<&PairMeasure>) =
        measured.iter().partition(|m| m.issue.is_none());
    within.sort_by_key(|m| std::cmp::Reverse(m.pair.n_both()));
    within.truncate(N_LISTED);
    let rows = over_all.into_iter().chain(within).map(|m| {
        let [value, low, high] = coefficient_cells(m.kappa.ok());
        let proposition = m.issue.map(|i| propositions.get(&i).copied());
        vec![
            Cell::Text(format!("{}, {}", m.pair.a, m.pair.b)),
            Cell::from(proposition.map_or("all", Option::unwrap_or_default)),
            Cell::Count(m.pair.n_both() as u64),
            Cell::Count(m.pair.n_agree() as u64),
            value,
            low,
            high,
            Cell::from(m.remark().unwrap_or_default()),
        ]
    });
    Table {
        title: "Agreement of reviewers".to_owned(),
        caption: format!(
            "Over the flagged edges that both decided on, together and within the issues with most of them ({N_LISTED} \
             rows at most); “machine” stands for its proposals, taken or not. Cohen's kappa: 1 is full agreement, 0 what \
             chance would bring."
        ),
        columns: vec![
            Column::text("reviewers"),
            Column::text("issue"),
            Column::number("edges", ""),
            Column::number("alike", ""),
            Column::number("kappa", ""),
            Column::number("from", ""),
            Column::number("to", ""),
            Column::text("remark"),
        ],
        rows: rows.collect(),
    }
}

/// Columns that say how far drops are planted dissent, where that is known.
fn truth_columns(dissent: Option<&Dissent>) -> Vec<Column> {
    let names = ["drops: precision", "drops: recall"];
    let known = names.into_iter().filter(|_| dissent.is_some());
    known.map(|name| Column::number(name, "")).collect()
}

fn truth_cells(dissent: Option<&Dissent>, dropped: &[StatementId]) -> Vec<Cell> {
    let Some(dissent) = dissent else {
        return Vec::new();
    };
    let found = dissent.against(dropped);
    [found.precision(), found.recall()]
        .into_iter()
        .map(|share| share.map_or(Cell::Missing, |share| Cell::Real(share, 3)))
        .collect()
}

fn cycles_cell(n_cycles: u64, capped: bool) -> Cell {
    if capped {
        Cell::Text(format!("at least {n_cycles}"))
    } else {
        Cell::Count(n_cycles)
    }
}

/// What each round did to the graph.
fn rounds_table(one_by_one: &[AfterRound], dissent: Option<&Dissent>) -> Table {
    let mut columns = vec![
        Column::text("after"),
        Column::number("statements", ""),
        Column::number("statements dropped", ""),
        Column::number("conflict edges", ""),
        Column::number("conflict cycles", ""),
        Column::number("contested issues", ""),
    ];
    columns.extend(truth_columns(dissent));
    let rows = one_by_one.iter().map(|after| {
        let mut row = vec![
            Cell::Text(if after.round == 0 {
                "nothing".to_owned()
            } else {
                format!("round {}", after.round)
            }),
            Cell::Count(after.n_statements as u64),
            Cell::Count(after.dropped.len() as u64),
            Cell::Count(after.n_conflict_edges as u64),
            cycles_cell(after.n_cycles, after.capped),
            Cell::Count(after.n_contested as u64),
        ];
        row.extend(truth_cells(dissent, &after.dropped));
        row
    });
    Table {
        title: "Round by round".to_owned(),
        caption: "What is left after each round, and what was dropped up to it.".to_owned(),
        columns,
        rows: rows.collect(),
    }
}

/// What the rounds come to without one kind of edge.
fn kinds_table(kinds: &[(Option<EdgeKind>, AblatedRounds)], dissent: Option<&Dissent>) -> Table {
    let mut columns = vec![
        Column::text("edges"),
        Column::number("edges", ""),
        Column::number("conflict edges", ""),
        Column::number("of these on a cycle", ""),
        Column::number("conflict cycles", ""),
        Column::number("flagged", ""),
        Column::number("removed", ""),
        Column::number("statements dropped", ""),
        Column::number("conflict edges left", ""),
    ];
    columns.extend(truth_columns(dissent));
    let rows = kinds.iter().map(|(kind, r)| {
        let mut row = vec![
            Cell::Text(kind.map_or_else(
                || "all kinds".to_owned(),
                |kind| format!("without {}", kind.code()),
            )),
            Cell::Count(r.n_edges as u64),
            Cell::Count(r.n_conflict_edges as u64),
            Cell::Count(r.n_on_cycles as u64),
            cycles_cell(r.n_cycles, r.capped),
            Cell::Count(r.n_flagged as u64),
            Cell::Count(r.n_removed as u64),
            Cell::Count(r.dropped.len() as u64),
            Cell::Count(r.n_conflict_left as u64),
        ];
        row.extend(truth_cells(dissent, &r.dropped));
        row
    });
    Table {
        title: "Without one kind of edge".to_owned(),
        caption: "All rounds once more on a copy of the graph, with the machine's proposals taken as they are: what \
                  each kind of edge contributes."
            .to_owned(),
        columns,
        rows: rows.collect(),
    }
}
