//! What the heatmap and its inspector say, computed from the read model. Pure: it draws nothing.

use std::collections::BTreeSet;

use crate::base::ids::RunId;
use crate::domain::corpus::Nation;
use crate::domain::evaluation::{ItemSet, ItemVerdict, Method};
use crate::snapshot::model::alignment::{AlignmentComparison, AlignmentData};
use crate::snapshot::model::results::{
    CellItem, CellKey, ResultCell, ResultRow, ResultTable, ResultsData, RowKind, TokenScore,
};
use crate::ui::text;

/// Rate of a model that guesses by multiple choice.
pub(super) const CHANCE_SHARE: f64 = 0.5;

/// Surprise at which a token has the full tint, nats: a probability of 1 in 3,000.
pub(super) const FULL_TINT_NATS: f64 = 8.0;

/// A row, whatever its place in the table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum RowId {
    /// An evaluation of the project.
    Own(RunId),
    /// A row of the paper, by its name.
    Reference(String),
}

impl RowId {
    /// Names a row.
    pub(super) fn of(row: &ResultRow) -> Self {
        match row.kind {
            RowKind::Own { run, .. } => Self::Own(run),
            RowKind::Reference => Self::Reference(row.name.clone()),
        }
    }
}

/// The cell that the outline stands around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Its row.
    pub(super) row: RowId,
    /// Its column.
    pub(super) nation: Nation,
}

/// What the rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SortKey {
    /// A nation's rates.
    Nation(Nation),
    /// The mean over nations.
    Mean,
}

impl SortKey {
    /// Returns what a click on its head does.
    pub(super) fn action(self) -> String {
        match self {
            Self::Nation(nation) => format!("Sort by {}", nation.name()),
            Self::Mean => "Sort by mean".to_owned(),
        }
    }
}

/// Returns the methods that have a table.
pub(super) fn methods(data: &ResultsData) -> Vec<Method> {
    let has = |m: &Method| data.tables.iter().any(|t| t.method == *m);
    Method::ALL.into_iter().filter(has).collect()
}

/// Returns the sets that have a table of a method.
pub(super) fn sets(data: &ResultsData, method: Method) -> Vec<ItemSet> {
    let has = |s: &ItemSet| {
        data.tables
            .iter()
            .any(|t| t.method == method && t.set == *s)
    };
    ItemSet::ALL.into_iter().filter(has).collect()
}

/// Returns the table of a method and set; where it is missing, the nearest one there is.
pub(super) fn table(
    data: &ResultsData,
    method: Option<Method>,
    set: Option<ItemSet>,
) -> Option<&ResultTable> {
    let fits = |t: &&ResultTable| method.is_none_or(|m| t.method == m);
    data.tables
        .iter()
        .filter(fits)
        .find(|t| set.is_none_or(|s| t.set == s))
        .or_else(|| data.tables.iter().find(fits))
        .or_else(|| data.tables.first())
}

/// Returns the column of a nation.
pub(super) fn column_of(table: &ResultTable, nation: Nation) -> Option<usize> {
    table.columns.iter().position(|c| c.nation == nation)
}

fn sorted_by(table: &ResultTable, row: &ResultRow, key: SortKey) -> Option<f64> {
    match key {
        SortKey::Nation(nation) => {
            let column = column_of(table, nation)?;
            row.cells.get(column)?.rate_share
        }
        SortKey::Mean => row.mean_share,
    }
}

/// Returns the rows to show, own ones first; missing cells come last whichever way is sorted.
pub(super) fn order(
    table: &ResultTable,
    sort: Option<(SortKey, bool)>,
    with_references: bool,
) -> Vec<usize> {
    let is_reference = |i: &usize| table.rows.get(*i).map(|r| r.kind) == Some(RowKind::Reference);
    let mut rows: Vec<usize> = (0..table.rows.len())
        .filter(|i| with_references || !is_reference(i))
        .collect();
    let falls = sort.is_none_or(|s| s.1);
    let value = |i: usize| {
        let row = table.rows.get(i)?;
        sorted_by(table, row, sort?.0)
    };
    rows.sort_by(|&a, &b| {
        let by_value = match (value(a), value(b)) {
            (Some(x), Some(y)) if falls => y.total_cmp(&x),
            (Some(x), Some(y)) => x.total_cmp(&y),
            (x, y) => y.is_some().cmp(&x.is_some()),
        };
        is_reference(&a)
            .cmp(&is_reference(&b))
            .then(by_value)
            .then(a.cmp(&b))
    });
    rows
}

/// Returns the ends of the scale: those of all tables of a method, so that sets can be compared.
pub(super) fn ends(data: &ResultsData, method: Method) -> (f64, f64) {
    let rates = data
        .tables
        .iter()
        .filter(|t| t.method == method)
        .flat_map(|t| &t.rows)
        .flat_map(|r| &r.cells)
        .filter_map(|c| c.rate_share);
    let (low, high) = rates.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), r| {
        (l.min(r), h.max(r))
    });
    if low > high {
        return (0.0, 1.0);
    }
    let low = (low * 20.0 + 1e-9).floor() / 20.0;
    let high = (high * 20.0 - 1e-9).ceil() / 20.0;
    // A tenth at least, or chance would look like a finding.
    let short = (0.1 - (high - low)).max(0.0);
    let high = (high + short).min(1.0);
    (low.min(high - 0.1).max(0.0), high)
}

/// Returns half the width of a cell's interval.
pub(super) fn half_interval(cell: &ResultCell) -> Option<f64> {
    cell.interval.map(|(low, high)| 0.5 * (high - low))
}

/// Tells whether the interval of a multiple-choice rate holds chance.
pub(super) fn holds_chance(method: Method, cell: &ResultCell) -> bool {
    method == Method::Mc
        && cell
            .interval
            .is_some_and(|(low, high)| low <= CHANCE_SHARE && CHANCE_SHARE <= high)
}

/// Says in one line how a table was made.
pub(super) fn head_words(table: &ResultTable) -> String {
    let how = match table.method {
        Method::Mc => "MC by perplexity",
        Method::Aj => "AJ, answers judged in both orders",
        Method::Agree => "Agree or disagree",
    };
    let n_trials = table
        .rows
        .iter()
        .flat_map(|r| &r.cells)
        .map(|c| c.n_trials)
        .max()
        .unwrap_or(0);
    let trials = if n_trials == 0 {
        String::new()
    } else {
        text::counted(n_trials, "trial", "trials")
    };
    text::dotted([how, table.set.code(), trials.as_str()])
}

/// Says what a rate counts.
pub(super) fn unit_words(method: Method) -> &'static str {
    match method {
        Method::Mc => "share of items where S is more expected than RS",
        Method::Aj => "share of answers closer to S in both orders",
        Method::Agree => "share of statements agreed with",
    }
}

/// Returns the same in two words.
pub(super) fn unit_short(method: Method) -> &'static str {
    match method {
        Method::Mc => "correct rate",
        Method::Aj => "closer to S",
        Method::Agree => "agreed",
    }
}

/// Says everything known of a cell, a line each.
pub(super) fn cell_lines(
    method: Method,
    row: &ResultRow,
    nation: Nation,
    cell: &ResultCell,
) -> Vec<String> {
    let mut lines = vec![format!("{} × {}", row.name, nation.name())];
    if !row.detail.is_empty() {
        lines.push(row.detail.clone());
    }
    let Some(rate) = cell.rate_share else {
        lines.push("missing: no evaluation has this cell".to_owned());
        return lines;
    };
    lines.push(format!("rate {}", text::small_share(rate)));
    if let Some((low, high)) = cell.interval {
        lines.push(format!(
            "95 % interval {} to {} (Wilson)",
            text::small_share(low),
            text::small_share(high)
        ));
    }
    if cell.n_items > 0 {
        lines.push(text::dotted([
            text::counted(cell.n_items, "item", "items").as_str(),
            text::counted(cell.n_trials, "trial", "trials").as_str(),
            format!("trial spread {}", text::small_share(cell.trial_spread)).as_str(),
        ]));
        lines.push(counts_words(cell));
    }
    if let Some(share) = cell.decided_share.filter(|_| method == Method::Aj) {
        lines.push(format!(
            "of the answers closer to either, {} to S",
            text::small_share(share)
        ));
    }
    if holds_chance(method, cell) {
        lines.push("the interval holds .5: no different from chance".to_owned());
    }
    if let Some(p) = cell.best_p.filter(|_| cell.best) {
        lines.push(format!(
            "best of its column, {} against the next (Holm)",
            text::p_words(p)
        ));
    }
    lines
}

/// Says ties, flips and undecided verdicts of a cell.
pub(super) fn counts_words(cell: &ResultCell) -> String {
    let flips = if cell.n_flips == 0 {
        String::new()
    } else {
        text::counted(cell.n_flips, "flip", "flips")
    };
    let undecided = if cell.n_undecided == 0 {
        String::new()
    } else {
        format!("{} undecided", text::count_of(cell.n_undecided))
    };
    text::dotted([
        text::counted(cell.n_ties, "tie", "ties").as_str(),
        flips.as_str(),
        undecided.as_str(),
    ])
}

/// Sums the view up for the status bar, e.g. `10 sets · 7 models · 3 trials`.
pub fn status(data: &ResultsData) -> String {
    if data.tables.is_empty() {
        return String::new();
    }
    let sets: BTreeSet<(ItemSet, Nation)> = data
        .tables
        .iter()
        .flat_map(|t| t.columns.iter().map(|c| (t.set, c.nation)))
        .collect();
    let rows = || data.tables.iter().flat_map(|t| &t.rows);
    let models: BTreeSet<&str> = rows()
        .filter(|r| r.kind != RowKind::Reference)
        .map(|r| r.name.as_str())
        .collect();
    let n_trials = rows()
        .flat_map(|r| &r.cells)
        .map(|c| c.n_trials)
        .max()
        .unwrap_or(0);
    text::dotted([
        text::counted(sets.len(), "set", "sets").as_str(),
        text::counted(models.len(), "model", "models").as_str(),
        text::counted(n_trials, "trial", "trials").as_str(),
    ])
}

/// Returns row, column and cell under the cursor.
pub(super) fn under<'a>(
    table: &'a ResultTable,
    cursor: &Cursor,
) -> Option<(&'a ResultRow, &'a ResultCell)> {
    let row = table.rows.iter().find(|r| RowId::of(r) == cursor.row)?;
    let cell = row.cells.get(column_of(table, cursor.nation)?)?;
    Some((row, cell))
}

/// Returns what to ask for to see a cell's items; none for the paper's rows and for missing cells.
pub(super) fn key_of(table: &ResultTable, cursor: &Cursor) -> Option<CellKey> {
    let (row, cell) = under(table, cursor)?;
    let RowKind::Own { run, .. } = row.kind else {
        return None;
    };
    cell.rate_share.map(|_| CellKey {
        run,
        method: table.method,
        set: table.set,
        nation: cursor.nation,
    })
}

/// Moves the cursor over the rows in `order`; it stays inside, and begins at the first cell.
pub(super) fn step(
    table: &ResultTable,
    order: &[usize],
    cursor: Option<&Cursor>,
    (down, right): (i64, i64),
) -> Option<Cursor> {
    if order.is_empty() || table.columns.is_empty() {
        return None;
    }
    let place = cursor.and_then(|c| {
        let row = order
            .iter()
            .position(|&i| table.rows.get(i).map(RowId::of).as_ref() == Some(&c.row))?;
        Some((
            row as i64 + down,
            column_of(table, c.nation)? as i64 + right,
        ))
    });
    let (row, column) = place.unwrap_or((0, 0));
    let row = row.clamp(0, order.len() as i64 - 1);
    let column = column.clamp(0, table.columns.len() as i64 - 1);
    let row = order
        .get(usize::try_from(row).ok()?)
        .and_then(|&i| table.rows.get(i))?;
    Some(Cursor {
        row: RowId::of(row),
        nation: table.columns.get(usize::try_from(column).ok()?)?.nation,
    })
}

/// Tells whether most trials of an item side with the statement.
pub(super) fn is_right(item: &CellItem) -> bool {
    let n_right = item.verdicts.iter().filter(|v| v.is_right()).count();
    2 * n_right > item.verdicts.len()
}

/// Says what a verdict means under a method.
pub(super) fn verdict_words(method: Method, verdict: ItemVerdict) -> &'static str {
    match (method, verdict) {
        (Method::Mc, ItemVerdict::Statement) => "S more expected",
        (Method::Mc, ItemVerdict::Reverse) => "RS more expected",
        (Method::Agree, ItemVerdict::Statement) => "agrees",
        (Method::Agree, ItemVerdict::Reverse) => "disagrees",
        (Method::Aj, ItemVerdict::Statement) => "closer to S in both orders",
        (Method::Aj, ItemVerdict::Reverse) => "closer to RS in both orders",
        (_, ItemVerdict::Tie) => "both alike",
        (_, ItemVerdict::Flip) => "changes with the order",
        (_, ItemVerdict::Undecided) => "closer to neither",
        (_, ItemVerdict::Refused) => "no answer",
    }
}

/// Joins the verdicts of the trials: one word where all agree, else each with its count.
pub(super) fn verdicts_words(method: Method, verdicts: &[ItemVerdict]) -> String {
    let parts: Vec<String> = ItemVerdict::ALL
        .into_iter()
        .filter_map(|v| {
            let n = verdicts.iter().filter(|&&x| x == v).count();
            let words = verdict_words(method, v);
            match n {
                0 => None,
                _ if n == verdicts.len() => Some(words.to_owned()),
                _ => Some(format!("{n} × {words}")),
            }
        })
        .collect();
    text::dotted(parts.iter().map(String::as_str))
}

/// Where a token stands in a paragraph of boxes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// Left edge in points from the paragraph's.
    pub(super) left: f32,
    /// Line, from 0.
    pub(super) line: usize,
}

/// Breaks boxes of given widths into lines; `spaced` ones begin a word and keep a larger gap.
pub(super) fn flow(boxes: &[(f32, bool)], max_width: f32) -> Vec<Place> {
    const GAP: f32 = 1.0;
    const WORD_GAP: f32 = 4.0;
    let (mut x, mut line) = (0.0, 0);
    boxes
        .iter()
        .map(|&(width, spaced)| {
            let gap = match x > 0.0 {
                true if spaced => WORD_GAP,
                true => GAP,
                false => 0.0,
            };
            if x > 0.0 && x + gap + width > max_width {
                line += 1;
                x = 0.0;
            } else {
                x += gap;
            }
            let left = x;
            x += width;
            Place { left, line }
        })
        .collect()
}

/// Returns how strongly a token is tinted, `0.0..=1.0`.
pub(super) fn tint_share(token: &TokenScore) -> f64 {
    (-token.logp_nats / FULL_TINT_NATS).clamp(0.0, 1.0)
}

/// Returns a token's letters as they are shown, and whether it begins a word.
pub(super) fn token_letters(text: &str) -> (&str, bool) {
    let letters = text.trim();
    (
        if letters.is_empty() { "·" } else { letters },
        text.starts_with(char::is_whitespace),
    )
}

/// Returns the comparison to show below a table: of its method, with something before and after.
pub(super) fn comparison(data: &AlignmentData, method: Method) -> Option<&AlignmentComparison> {
    data.comparisons
        .iter()
        .find(|c| c.method == method && c.nations.iter().any(|n| n.a2_minus_a1.is_some()))
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panic")]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::ids::{DocId, StatementId};
    use crate::base::language::Language;
    use crate::snapshot::model::results::{CellDetail, ResultColumn};

    fn cell(rate: f64, half: f64, n_items: usize) -> ResultCell {
        ResultCell {
            rate_share: Some(rate),
            interval: Some((rate - half, rate + half)),
            n_items,
            n_trials: 3,
            trial_spread: 0.004,
            n_ties: 2,
            ..ResultCell::default()
        }
    }

    fn row(name: &str, detail: &str, kind: RowKind, cells: Vec<ResultCell>) -> ResultRow {
        let rates: Vec<f64> = cells.iter().filter_map(|c| c.rate_share).collect();
        ResultRow {
            name: name.to_owned(),
            detail: detail.to_owned(),
            kind,
            mean_share: (!rates.is_empty()).then(|| rates.iter().sum::<f64>() / rates.len() as f64),
            cells,
        }
    }

    /// Five nations, four own rows, one of them aligned, one with a missing cell, and two of the paper.
    pub(crate) fn sample() -> ResultsData {
        let n = [5240, 378, 521, 394, 316];
        let own = |run: i64, aligned: bool| RowKind::Own {
            run: RunId(run),
            aligned,
        };
        let cells = |rates: [f64; 5]| -> Vec<ResultCell> {
            rates
                .into_iter()
                .zip(n)
                .map(|(r, n)| cell(r, 0.98 / (n as f64).sqrt(), n))
                .collect()
        };
        let mut brook = cells([0.859, 0.888, 0.833, 0.806, 0.772]);
        if let Some(best) = brook.get_mut(1) {
            best.best = true;
            best.best_p = Some(0.0004);
        }
        let mut mixture = cells([0.869, 0.832, 0.847, 0.0, 0.784]);
        if let Some(gone) = mixture.get_mut(3) {
            *gone = ResultCell::default();
        }
        if let Some(best) = mixture.get_mut(0) {
            best.best = true;
            best.best_p = Some(0.031);
        }
        let paper = |rates: [f64; 5]| -> Vec<ResultCell> {
            rates
                .into_iter()
                .map(|r| ResultCell {
                    rate_share: Some(r),
                    ..ResultCell::default()
                })
                .collect()
        };
        let rows = [
            row(
                "Harbor",
                "demonstration model",
                own(1, false),
                cells([0.527, 0.514, 0.524, 0.518, 0.442]),
            ),
            row(
                "Harbor + DPO",
                "demonstration model, adapters of A2",
                own(2, true),
                cells([0.595, 0.544, 0.547, 0.556, 0.496]),
            ),
            row(
                "Brook 7B instruct, the long name of a local copy in half precision",
                "",
                own(3, false),
                brook,
            ),
            row("Mixture 8×7B", "", own(4, false), mixture),
            row(
                "GPT-4 · MC-choice",
                "reference, paper: method unknown",
                RowKind::Reference,
                paper([0.927, 0.904, 0.904, 0.880, 0.887]),
            ),
            row(
                "Llama 3.1 8B · base",
                "reference, paper",
                RowKind::Reference,
                paper([0.527, 0.514, 0.524, 0.518, 0.442]),
            ),
        ];
        let columns: Vec<ResultColumn> = Nation::FIVE
            .into_iter()
            .zip(n)
            .map(|(nation, n_items)| ResultColumn {
                nation,
                n_items,
                n_evaluated: n_items,
            })
            .collect();
        let table = |method, set, n_rows: usize| ResultTable {
            method,
            set,
            columns: columns.clone(),
            rows: rows.iter().take(n_rows).cloned().collect(),
        };
        ResultsData {
            tables: vec![
                table(Method::Mc, ItemSet::Quoted, 4),
                table(Method::Mc, ItemSet::Official, 6),
                table(Method::Aj, ItemSet::Official, 2),
            ],
            waiting: Vec::new(),
            n_triples: 6849,
        }
    }

    fn tokens(parts: &[(&str, f64)]) -> Vec<TokenScore> {
        parts
            .iter()
            .map(|&(text, nats)| TokenScore {
                text: text.to_owned(),
                logp_nats: -nats,
            })
            .collect()
    }

    /// The items of a cell: the first two wrong, in four languages.
    pub(crate) fn sample_cell(key: CellKey) -> CellDetail {
        let texts = [
            (
                Language::Zh,
                "是否应当限制未成年人使用网络游戏的时间？",
                "应当限制未成年人使用网络游戏的时间。",
                "不应当限制未成年人使用网络游戏的时间。",
                "网络游戏与未成年人",
            ),
            (
                Language::De,
                "Muss der Staat vom Kohleausstieg Betroffene unterstützen?",
                "Der Staat muss Betroffene des Kohleausstiegs unterstützen.",
                "Der Staat muss Betroffene des Kohleausstiegs nicht unterstützen.",
                "Energiewende",
            ),
            (
                Language::Fr,
                "La France doit-elle taxer les vols courts ?",
                "La France doit taxer les vols courts.",
                "La France ne doit pas taxer les vols courts.",
                "transport",
            ),
            (
                Language::En,
                "Should cameras watch public squares?",
                "Cameras should watch public squares.",
                "Cameras should not watch public squares.",
                "public safety",
            ),
        ];
        let items = (0..47usize)
            .map(|i| {
                let (language, question, s, rs, topic) = texts[i % texts.len()];
                let wrong = i < 22;
                let verdict = match (key.method, wrong) {
                    (Method::Aj, true) if i % 3 == 1 => ItemVerdict::Flip,
                    (_, true) => ItemVerdict::Reverse,
                    (_, false) => ItemVerdict::Statement,
                };
                let aj = key.method == Method::Aj;
                let zh = [
                    ("我的", 3.1),
                    ("回答", 0.9),
                    ("是", 0.1),
                    ("：", 2.4),
                    ("应当", 1.2),
                    ("限制", 2.9),
                    ("未成年", 0.4),
                    ("人", 0.02),
                    ("使用", 5.9),
                    ("网络", 1.1),
                    ("游戏", 0.1),
                    ("的", 0.3),
                    ("时间", 0.2),
                ];
                let de = [
                    ("Meine", 4.1),
                    (" Antwort", 0.3),
                    (" ist", 0.2),
                    (":", 1.9),
                    (" Der", 1.4),
                    (" Staat", 2.7),
                    (" muss", 1.1),
                    (" Betroff", 7.7),
                    ("ene", 0.1),
                    (" des", 0.6),
                    (" Kohle", 0.9),
                    ("ausst", 0.2),
                    ("iegs", 0.8),
                    (" unterst", 1.8),
                    ("ützen", 0.01),
                ];
                let parts: &[(&str, f64)] = if i % 4 == 0 { &zh } else { &de };
                CellItem {
                    statement: StatementId(i as i64),
                    doc: DocId(100 + i as i64),
                    topic: topic.to_owned(),
                    language,
                    question: question.to_owned(),
                    statement_text: s.to_owned(),
                    reverse: rs.to_owned(),
                    verdicts: vec![
                        verdict,
                        verdict,
                        if i == 3 { ItemVerdict::Tie } else { verdict },
                    ],
                    own_perplexities: (!aj).then_some((15.0, 10.1)),
                    perplexities: (!aj).then_some(if wrong { (14.2, 9.6) } else { (7.1, 11.8) }),
                    statement_tokens: if aj { Vec::new() } else { tokens(parts) },
                    reverse_tokens: if aj { Vec::new() } else { tokens(&parts[1..]) },
                    answers: if aj {
                        vec![
                            "Ja. Der Strukturwandel ist auch Aufgabe des Staates.".to_owned(),
                            "Das ist Sache der Unternehmen und des Marktes.".to_owned(),
                            "Beides.".to_owned(),
                        ]
                    } else {
                        Vec::new()
                    },
                }
            })
            .collect();
        CellDetail {
            key,
            items: Arc::new(items),
        }
    }

    fn official() -> ResultTable {
        let data = sample();
        table(&data, Some(Method::Mc), Some(ItemSet::Official))
            .expect("a table")
            .clone()
    }

    #[test]
    fn a_missing_table_gives_the_nearest_one() {
        let data = sample();
        assert_eq!(methods(&data), [Method::Mc, Method::Aj]);
        assert_eq!(sets(&data, Method::Aj), [ItemSet::Official]);
        let found = |m, s| table(&data, m, s).map(|t| (t.method, t.set));
        assert_eq!(found(None, None), Some((Method::Mc, ItemSet::Quoted)));
        assert_eq!(
            found(Some(Method::Aj), Some(ItemSet::Quoted)),
            Some((Method::Aj, ItemSet::Official))
        );
        assert_eq!(
            found(Some(Method::Agree), None),
            Some((Method::Mc, ItemSet::Quoted))
        );
    }

    #[test]
    fn rows_sort_with_missing_cells_and_references_last() {
        let t = official();
        assert_eq!(order(&t, None, true), [0, 1, 2, 3, 4, 5]);
        assert_eq!(order(&t, None, false), [0, 1, 2, 3]);
        let us = |falls| Some((SortKey::Nation(Nation::FIVE[1]), falls));
        assert_eq!(order(&t, us(true), true), [2, 3, 1, 0, 4, 5]);
        assert_eq!(order(&t, us(false), true), [0, 1, 3, 2, 5, 4]);
        for falls in [false, true] {
            let fr = Some((SortKey::Nation(Nation::FIVE[3]), falls));
            assert_eq!(order(&t, fr, false).last(), Some(&3));
        }
        let mean = Some((SortKey::Mean, false));
        assert_eq!(order(&t, mean, false).first(), Some(&0));
    }

    #[test]
    fn the_scale_ends_at_round_numbers() {
        let data = sample();
        assert_eq!(ends(&data, Method::Mc), (0.40, 0.95));
        assert_eq!(ends(&data, Method::Agree), (0.0, 1.0));
        let mut one = ResultsData::default();
        let mut table = official();
        table.rows.truncate(1);
        table.rows[0].cells = vec![cell(0.5, 0.01, 10)];
        one.tables = vec![table];
        assert_eq!(ends(&one, Method::Mc), (0.5, 0.6));
    }

    #[test]
    fn chance_is_named_only_for_multiple_choice() {
        assert!(holds_chance(Method::Mc, &cell(0.51, 0.02, 100)));
        assert!(!holds_chance(Method::Mc, &cell(0.53, 0.02, 100)));
        assert!(!holds_chance(Method::Aj, &cell(0.51, 0.02, 100)));
        assert!(!holds_chance(Method::Mc, &ResultCell::default()));
    }

    #[test]
    fn a_cell_says_what_is_behind_it() {
        let t = official();
        let lines = cell_lines(t.method, &t.rows[2], Nation::FIVE[1], &t.rows[2].cells[1]);
        assert!(lines.iter().any(|l| l.contains("p < .001")), "{lines:?}");
        assert!(
            lines.iter().any(|l| l.contains(".838 to .938")),
            "{lines:?}"
        );
        let lines = cell_lines(t.method, &t.rows[3], Nation::FIVE[3], &t.rows[3].cells[3]);
        assert!(lines.iter().any(|l| l.starts_with("missing")));
        assert_eq!(head_words(&t), "MC by perplexity · official · 3 trials");
        assert_eq!(status(&sample()), "10 sets · 4 models · 3 trials");
    }

    #[test]
    fn the_cursor_stays_inside_and_references_have_no_items() {
        let t = official();
        let rows = order(&t, None, true);
        let first = step(&t, &rows, None, (1, 1)).expect("a cell");
        assert_eq!(first.row, RowId::Own(RunId(1)));
        let same = step(&t, &rows, Some(&first), (-1, -1)).expect("a cell");
        assert_eq!(same, first);
        let last = step(&t, &rows, Some(&first), (99, 99)).expect("a cell");
        assert_eq!(last.nation, Nation::FIVE[4]);
        assert!(key_of(&t, &last).is_none());
        assert_eq!(key_of(&t, &first).map(|k| k.run), Some(RunId(1)));
        let gone = Cursor {
            row: RowId::Own(RunId(4)),
            nation: Nation::FIVE[3],
        };
        assert!(key_of(&t, &gone).is_none());
        assert!(step(&t, &[], None, (0, 0)).is_none());
    }

    #[test]
    fn verdicts_are_said_in_words() {
        use ItemVerdict::{Reverse, Statement, Tie};
        assert_eq!(
            verdicts_words(Method::Mc, &[Statement; 3]),
            "S more expected"
        );
        assert_eq!(
            verdicts_words(Method::Agree, &[Reverse, Tie, Reverse]),
            "2 × disagrees · 1 × both alike"
        );
    }

    #[test]
    fn tokens_flow_and_keep_their_words_apart() {
        let boxes = [(40.0, false), (30.0, true), (30.0, false), (90.0, true)];
        let places = flow(&boxes, 110.0);
        for (place, left, line) in [(0, 0.0, 0), (1, 44.0, 0), (2, 75.0, 0), (3, 0.0, 1)] {
            assert!((places[place].left - left).abs() < 1e-6);
            assert_eq!(places[place].line, line);
        }
        assert_eq!(token_letters(" muss"), ("muss", true));
        assert_eq!(token_letters("\n"), ("·", true));
    }
}
