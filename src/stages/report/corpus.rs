//! The section on the corpus: nations, files, rows set aside.

use super::{Book, ReportError};
use crate::figure::chart::{NationBar, bars_per_nation};
use crate::report::{Cell, Column, Section, Table};

/// Rows set aside that are listed.
const N_BAD: usize = 40;

pub(super) fn section(book: &Book<'_>) -> Result<Section, ReportError> {
    let bars: Vec<NationBar> = book
        .nations
        .iter()
        .map(|(nation, n)| NationBar {
            nation: *nation,
            value: *n as f64,
            interval: None,
            note: crate::figure::scale::count_text(*n as u64),
        })
        .collect();
    let imports = book.store.imports()?;
    let files = imports
        .iter()
        .map(|i| {
            vec![
                Cell::Text(i.name.clone()),
                Cell::Text(i.nation.clone()),
                Cell::Count(i.n_rows),
                Cell::Count(i.n_docs),
                Cell::Count(i.n_bad),
                Cell::Text(i.column_map.clone()),
            ]
        })
        .collect();
    let prepare = book.store.current_run("prepare")?;
    let copies = prepare
        .as_ref()
        .map(|r| book.store.measure(r.id, "n_copies"))
        .transpose()?
        .flatten();
    let masked = prepare
        .as_ref()
        .map(|r| book.store.measure(r.id, "n_masked_docs"))
        .transpose()?
        .flatten();
    let mut section = Section::new("Corpus")
        .figure(bars_per_nation(
            book.words(
                "Documents by nation",
                "Number of articles imported.",
                format!("n = {} documents", book.n_docs),
            ),
            &bars,
            "documents",
        ))
        .table(Table {
            title: "Files".to_owned(),
            columns: vec![
                Column::text("file"),
                Column::text("nation"),
                Column::number("rows", ""),
                Column::number("documents", ""),
                Column::number("set aside", ""),
                Column::text("columns"),
            ],
            rows: files,
            ..Table::default()
        });
    if let (Some(copies), Some(masked)) = (copies, masked) {
        section = section.paragraph(format!(
            "{copies:.0} documents are near or exact copies of another and are kept with a mark. Text that recurs \
             through a source was left out of vectors and words in {masked:.0} documents."
        ));
    }
    let bad = book.store.bad_rows(N_BAD)?;
    if !bad.is_empty() {
        section = section.table(Table {
            title: "Rows set aside".to_owned(),
            caption: format!("The first {N_BAD} at most, each with its reason."),
            columns: vec![
                Column::text("file"),
                Column::number("line", ""),
                Column::text("reason"),
            ],
            rows: bad
                .into_iter()
                .map(|b| {
                    vec![
                        Cell::Text(b.file),
                        Cell::Count(b.line),
                        Cell::Text(b.reason),
                    ]
                })
                .collect(),
        });
    }
    Ok(section)
}
