//! The last step: a project's results as one HTML page, and its figures and tables as files.
//!
//! It reads the store, fills the pure rooms `figure` and `report`, and writes into a folder. What it
//! says of a number is where the number came from; what offline rules answered is labeled so.

mod conflicts;
mod corpus;
mod models;
mod statements;
mod topics;
mod verification;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::StageError;
use super::results::Findings;
use super::settings::Settings;
use super::truth::{Truth, TruthError};
use crate::domain::corpus::Nation;
use crate::figure::Provenance;
use crate::figure::chart::FigureText;
use crate::report::{Block, Cell, Column, Report, Section, Table, html_page, standalone_svg};
use crate::store::{Store, StoreError};

/// Name of the page.
pub const PAGE: &str = "report.html";

/// Why no report was written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file cannot be written.
    #[error("cannot write the report ({source}); choose another folder: {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The project's files refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rounds cannot be replayed.
    #[error("the results cannot be reported ({0})")]
    Stage(#[from] StageError),
    /// The truth cannot be used.
    #[error(transparent)]
    Truth(#[from] TruthError),
}

/// What every section is made from.
struct Book<'a> {
    store: &'a Store,
    settings: &'a Settings,
    annotator: &'a str,
    nations: Vec<(Nation, usize)>,
    n_docs: usize,
    data_hash: String,
}

impl Book<'_> {
    /// Words of a figure with where its numbers come from.
    fn words(&self, title: &str, caption: &str, n: String) -> FigureText {
        FigureText {
            title: title.to_owned(),
            caption: caption.to_owned(),
            provenance: Provenance {
                n,
                filters: String::new(),
                data_hash: self.data_hash.chars().take(12).collect(),
                seed: Some(self.settings.seed.0),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
        }
    }

    /// A remark for whatever the annotator said.
    fn said_by(&self) -> String {
        format!("Answered by {}.", self.annotator)
    }
}

/// Writes the report and returns the path of its page.
///
/// # Errors
/// [`ReportError`].
pub fn write(
    store: &Store,
    settings: &Settings,
    annotator: &str,
    truth: Option<&Path>,
    folder: &Path,
) -> Result<PathBuf, ReportError> {
    let report = compose(store, settings, annotator, truth)?;
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ReportError::Io { path, source }
    };
    fs::create_dir_all(folder).map_err(io(folder))?;
    let put = |name: &str, text: &str| -> Result<PathBuf, ReportError> {
        let path = folder.join(name);
        fs::write(&path, text).map_err(io(&path))?;
        Ok(path)
    };
    for block in report.sections.iter().flat_map(|s| &s.blocks) {
        match block {
            Block::Figure(figure) => {
                put(
                    &format!("figure-{}.svg", slug(&figure.title)),
                    &standalone_svg(figure),
                )?;
            }
            Block::Table(table) => {
                let name = format!("table-{}", slug(&table.title));
                put(&format!("{name}.csv"), &table.to_csv())?;
                put(&format!("{name}.md"), &table.to_markdown())?;
            }
            Block::Paragraph(_) | Block::Note(_) => {}
        }
    }
    put(PAGE, &html_page(&report))
}

/// Turns a title into a file's name.
fn slug(title: &str) -> String {
    let mut out = String::new();
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

fn compose(
    store: &Store,
    settings: &Settings,
    annotator: &str,
    truth: Option<&Path>,
) -> Result<Report, ReportError> {
    let name = store.meta("name")?.unwrap_or_default();
    let mut nations = store.n_documents_by_nation()?;
    nations.sort_by_key(|(n, _)| {
        (
            Nation::FIVE
                .iter()
                .position(|f| f == n)
                .unwrap_or(usize::MAX),
            *n,
        )
    });
    let book = Book {
        store,
        settings,
        annotator,
        n_docs: nations.iter().map(|(_, n)| n).sum(),
        nations,
        data_hash: store.content_hash()?,
    };
    let mut sections = vec![corpus::section(&book)?];
    sections.extend(topics::map_section(&book)?);
    sections.extend(topics::topic_section(&book)?);
    sections.extend(statements::section(&book)?);
    let truth = truth.map(Truth::read).transpose()?;
    let dissent = truth.as_ref().map(|t| t.dissent(store)).transpose()?;
    sections.extend(conflicts::section(&book, dissent.as_ref())?);
    sections.extend(verification::section(&book)?);
    let findings = Findings::read(store, settings)?;
    sections.extend(models::results_section(&book, &findings));
    sections.extend(models::alignment_section(&book, &findings)?);
    if let Some(truth) = &truth {
        sections.push(truth_section(store, truth)?);
    }
    sections.push(runs_section(&book)?);
    Ok(Report {
        title: name,
        subtitle: "From news to reviewed value statements, and how models agree with them"
            .to_owned(),
        facts: vec![
            (
                "Documents".to_owned(),
                crate::figure::scale::count_text(book.n_docs as u64),
            ),
            (
                "Nations".to_owned(),
                book.nations
                    .iter()
                    .map(|(n, _)| n.code())
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
            ("Preset".to_owned(), settings.preset.code().to_owned()),
            ("Seed".to_owned(), settings.seed.0.to_string()),
            ("Annotator".to_owned(), annotator.to_owned()),
        ],
        sections,
        colophon: format!(
            "Meridian {} · content {}",
            env!("CARGO_PKG_VERSION"),
            book.data_hash
        ),
    })
}

fn truth_section(store: &Store, truth: &Truth) -> Result<Section, ReportError> {
    let measured = truth.measure(store)?;
    let rows = measured
        .rows()
        .into_iter()
        .map(|(name, value, base)| vec![Cell::Text(name), Cell::Real(value, 3), Cell::Text(base)])
        .collect();
    let mut section = Section::new("Against what was planted")
        .paragraph(
            "Every article of this corpus was written with known topics, statements, speakers and stances. These \
             figures compare what the pipeline found with what was planted. A statement counts as found when more \
             than half of the longer passage is shared. The proposition of an issue may be put the other way round \
             than the planted one; of the two readings the one that fits more of its members counts, and pairs, \
             which need no such reading, stand beside it.",
        )
        .note(
            "The word lists of debates were written with the listed phrases at hand: the figures over these are those of \
             development. “Unlisted phrases” are planted statements in uncommon wording that the lists' authors had not \
             seen; they say what to expect of other people's sentences.",
        )
        .table(Table {
            title: "Measures against the truth".to_owned(),
            columns: vec![Column::text("measure"), Column::number("value", ""), Column::text("base")],
            rows,
            ..Table::default()
        });
    if !measured.split_topics.is_empty() {
        section = section.paragraph(format!(
            "Topics that are not one topic across languages: {}.",
            measured.split_topics.join(", ")
        ));
    }
    Ok(section)
}

/// The stages whose results the report shows, with everything needed to make them again.
const STAGES: [&str; 12] = [
    "prepare",
    "embed",
    "layout",
    "cluster",
    "tag_outliers",
    "describe",
    "screen",
    "extract",
    "judge_source",
    "triples",
    "reduce",
    "split",
];

fn runs_section(book: &Book<'_>) -> Result<Section, ReportError> {
    let mut runs = Vec::new();
    for stage in STAGES {
        runs.extend(book.store.current_run(stage)?);
    }
    for stage in ["evaluate", "align"] {
        runs.extend(book.store.current_runs_of(stage)?);
    }
    let short = |hash: &str| Cell::Text(hash.chars().take(12).collect());
    let rows = runs
        .into_iter()
        .map(|run| {
            vec![
                Cell::Text(run.slot()),
                Cell::Count(u64::from(run.stage_version)),
                short(&run.input_hash),
                short(run.output_hash.as_deref().unwrap_or_default()),
                Cell::Text(run.params_json),
            ]
        })
        .collect();
    Ok(Section::new("How it was made")
        .paragraph("Each stage with its settings and the hashes of what it read and wrote. Equal files, settings and seed give equal hashes on one machine, at any number of threads.")
        .table(Table {
            title: "Runs".to_owned(),
            columns: vec![
                Column::text("stage"),
                Column::number("version", ""),
                Column::text("input"),
                Column::text("output"),
                Column::text("settings"),
            ],
            rows,
            ..Table::default()
        }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_file_names() {
        assert_eq!(slug("Topics × nations (%)"), "topics-nations");
    }
}
