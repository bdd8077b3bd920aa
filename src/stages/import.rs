//! `import`: one file of news into the project, whole or not at all.
//!
//! Rows stream through one transaction; a bad row is stored with its line and reason and never stops
//! the file. The file's bytes are hashed, its columns guessed from its first rows unless they are
//! named, and its dates read in the order that its own unambiguous dates tell.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::clock::Clock;
use crate::base::ids::JobId;
use crate::base::language::Language;
use crate::base::observe::{Cancelled, Observe};
use crate::domain::corpus::{Nation, UnknownNation};
use crate::formats::{
    ColumnError, ColumnMap, DateStyle, DocField, FormatError, RawDocument, ReadHints, RowOutcome,
    RowReader, peek_rows,
};
use crate::store::{ImportRecord, NewDocument, Store, StoreError, Unit};

/// Version of the step, stored with its jobs.
pub const VERSION: u32 = 1;

/// Rows looked at before columns and the order of dates are settled.
const SAMPLE_ROWS: usize = 500;

/// Characters of the body that stand for a missing title.
const TITLE_CHARS: usize = 80;

/// Rows between two looks at progress and cancel.
const ROWS_PER_STEP: u64 = 50;

/// Bytes hashed at a time.
const HASH_CHUNK_BYTES: usize = 1 << 20;

/// Bad rows stored in full; beyond them only their number grows.
const MAX_BAD_ROWS: u64 = 100_000;

/// What is to be imported and what is known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportOptions {
    /// The file.
    pub path: PathBuf,
    /// Nation of rows that name none.
    pub nation: Option<String>,
    /// Outlet of rows that name none.
    pub source: Option<String>,
    /// Columns, e.g. `title=titre,body=texte`.
    pub map: Option<String>,
    /// Character between cells.
    pub delimiter: Option<char>,
    /// Character around cells.
    pub quote: Option<char>,
    /// Whether the first row is data.
    pub no_header: bool,
    /// Name of the encoding.
    pub encoding: Option<String>,
}

impl ImportOptions {
    /// Writes the options as JSON text, for the job.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads [`ImportOptions::to_json`].
    ///
    /// # Errors
    /// [`ImportError::BadJob`] if a stored job cannot be read.
    pub fn from_json(json: &str) -> Result<Self, ImportError> {
        serde_json::from_str(json).map_err(|e| ImportError::BadJob {
            reason: e.to_string(),
        })
    }
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportSummary {
    /// Name of the file.
    pub name: String,
    /// Rows seen.
    pub n_rows: u64,
    /// Documents stored.
    pub n_docs: u64,
    /// Rows set aside.
    pub n_bad: u64,
    /// Columns as they were read.
    pub column_map: String,
}

impl ImportSummary {
    /// Tells it in a sentence.
    pub fn sentence(&self) -> String {
        let aside = match self.n_bad {
            0 => String::new(),
            n => format!(", {n} set aside with their reasons"),
        };
        format!(
            "{}: {} of {} rows are documents{aside}; columns {}",
            self.name, self.n_docs, self.n_rows, self.column_map
        )
    }
}

/// Why nothing of a file was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be opened.
    #[error("cannot open the file ({source}); check its path: {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file as a whole is at fault.
    #[error("nothing imported: {source}: {}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: FormatError,
    },
    /// The columns do not fit.
    #[error("nothing imported: {source}: {}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: ColumnError,
    },
    /// No column holds the text.
    #[error("nothing imported: no column looks like the articles' text; name it with --map body=COLUMN (columns here: {columns}): {}", path.display())]
    NoBody {
        /// The file.
        path: PathBuf,
        /// Columns found.
        columns: String,
    },
    /// The nation given is none.
    #[error(transparent)]
    Nation(#[from] UnknownNation),
    /// No row became a document.
    #[error("nothing imported: none of the {n_rows} rows is usable, the last at line {line}: {reason}: {}", path.display())]
    NothingUsable {
        /// The file.
        path: PathBuf,
        /// Rows seen.
        n_rows: u64,
        /// Line of the last bad one.
        line: u64,
        /// Its fault.
        reason: String,
    },
    /// A stored job cannot be read.
    #[error("a stored import cannot be taken up again ({reason}); import the file once more")]
    BadJob {
        /// The parser's reason.
        reason: String,
    },
    /// The work was asked to stop.
    #[error("canceled; nothing of the file was imported")]
    Cancelled,
    /// The project's files refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Cancelled> for ImportError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Imports a file in one transaction.
///
/// # Errors
/// [`ImportError`]; the project is then as it was.
pub fn import_file(
    store: &mut Store,
    job: JobId,
    options: &ImportOptions,
    observe: &dyn Observe,
    clock: &dyn Clock,
) -> Result<ImportSummary, ImportError> {
    let path = options.path.as_path();
    let nation = options.nation.as_deref().map(Nation::parse).transpose()?;
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let hints = ReadHints {
        kind: None,
        delimiter: options.delimiter,
        quote: options.quote,
        no_header: options.no_header,
        encoding: options.encoding.clone(),
    }
    .with_name(&name);
    let format = |source| ImportError::Format {
        path: path.to_owned(),
        source,
    };

    observe.phase("looking");
    let content_hash = hash_file(path, observe)?;
    let (peeked, sample) = peek_rows(open(path)?, &hints, SAMPLE_ROWS).map_err(format)?;
    let columns = settle_columns(options, &peeked.columns, &sample)?;
    let date_style = match columns.column_of(DocField::Date) {
        Some(_) => learn_dates(path, &hints, &columns, observe).map_err(|e| match e {
            Stop::Format(source) => format(source),
            Stop::Import(error) => error,
        })?,
        None => DateStyle::default(),
    };
    let column_map = columns
        .pairs()
        .map(|(field, column)| format!("{}={column}", field.code()))
        .collect::<Vec<_>>()
        .join(",");
    let mut record = ImportRecord {
        id: 0,
        name: name.clone(),
        nation: nation.map_or_else(String::new, |n| n.code().to_owned()),
        content_hash,
        column_map,
        n_rows: 0,
        n_docs: 0,
        n_bad: 0,
    };
    let fill = Fill {
        nation,
        source: options
            .source
            .clone()
            .unwrap_or_else(|| stem(&name).to_owned()),
        stem: stem(&name).to_owned(),
        date_style,
    };

    observe.phase("reading");
    let now = clock.now_ms();
    store.write(|unit| {
        let import = unit.begin_import(job, &record, now)?;
        let mut rows = RowReader::open(open(path)?, &hints).map_err(format)?;
        let mut last_bad: Option<(u64, String)> = None;
        while let Some(outcome) = rows.next_row().map_err(format)? {
            record.n_rows += 1;
            if record.n_rows.is_multiple_of(ROWS_PER_STEP) {
                // The number of rows is not known before the end; documents so far stand for both.
                observe.step(record.n_rows, record.n_rows)?;
            }
            let (line, stored) = match outcome {
                RowOutcome::Record(row) => {
                    let line = row.line;
                    (
                        line,
                        store_row(unit, import, &fill, columns.apply(row), record.n_rows)?,
                    )
                }
                RowOutcome::Bad(bad) => (bad.line, Err(bad.reason.to_string())),
            };
            match stored {
                Ok(()) => record.n_docs += 1,
                Err(reason) => {
                    record.n_bad += 1;
                    if record.n_bad <= MAX_BAD_ROWS {
                        unit.insert_bad_row(import, line, &reason)?;
                    }
                    last_bad = Some((line, reason));
                }
            }
        }
        if record.n_docs == 0 {
            let (line, reason) = last_bad.unwrap_or((0, "there are no rows".to_owned()));
            return Err(ImportError::NothingUsable {
                path: path.to_owned(),
                n_rows: record.n_rows,
                line,
                reason,
            });
        }
        unit.finish_import(import, &record)?;
        unit.insert_event(
            now,
            "Import",
            &format!(
                "{name} · {} documents, {} set aside",
                record.n_docs, record.n_bad
            ),
        )?;
        Ok(())
    })?;
    Ok(ImportSummary {
        name,
        n_rows: record.n_rows,
        n_docs: record.n_docs,
        n_bad: record.n_bad,
        column_map: record.column_map,
    })
}

/// What fills the gaps of a file's rows.
struct Fill {
    nation: Option<Nation>,
    source: String,
    stem: String,
    date_style: DateStyle,
}

/// Stores a row; `Err` inside says why it cannot be a document.
fn store_row(
    unit: &Unit<'_>,
    import: i64,
    fill: &Fill,
    raw: RawDocument,
    row: u64,
) -> Result<Result<(), String>, ImportError> {
    let Some(body) = raw.body else {
        return Ok(Err("the text is empty".to_owned()));
    };
    // The row wins over what the command says.
    let nation = match raw.nation.as_deref().map(Nation::parse) {
        Some(Ok(nation)) => nation,
        Some(Err(error)) => return Ok(Err(error.to_string())),
        None => match fill.nation {
            Some(nation) => nation,
            None => {
                return Ok(Err(
                    "the row names no nation; give one with --nation".to_owned()
                ));
            }
        },
    };
    let title = raw.title.unwrap_or_else(|| beginning(&body));
    let detected = Language::detect(&format!("{title}\n{body}"));
    let language = match detected {
        Language::Other => raw
            .language
            .as_deref()
            .map_or(Language::Other, Language::parse),
        known => known,
    };
    let doc = NewDocument {
        external_id: raw.id.unwrap_or_else(|| format!("{}:{row}", fill.stem)),
        nation,
        source: raw.source.unwrap_or_else(|| fill.source.clone()),
        language,
        date: raw.date.as_deref().and_then(|d| fill.date_style.read(d)),
        title,
        body,
        url: raw.url,
        place: raw.place,
        organization: raw.organization,
        source_label: raw.source_label,
        extra_json: raw.extra_json,
        line: raw.line,
    };
    Ok(match unit.insert_document(import, &doc)? {
        Some(_) => Ok(()),
        None => Err(format!(
            "the project has a document of this identity from this source already: {}",
            doc.external_id
        )),
    })
}

fn settle_columns(
    options: &ImportOptions,
    names: &[String],
    sample: &[crate::formats::Record],
) -> Result<ColumnMap, ImportError> {
    let columns_error = |source| ImportError::Columns {
        path: options.path.clone(),
        source,
    };
    let mut columns = ColumnMap::guess(names, sample);
    if let Some(text) = &options.map {
        let named = ColumnMap::parse(text).map_err(columns_error)?;
        // A file without one good row has no columns to compare with; its fault is told later.
        if !names.is_empty() {
            named.check(names).map_err(columns_error)?;
        }
        columns = columns.overridden_by(&named);
    }
    if columns.column_of(DocField::Body).is_none() && !names.is_empty() {
        return Err(ImportError::NoBody {
            path: options.path.clone(),
            columns: names.join(", "),
        });
    }
    Ok(columns)
}

/// Why the first pass over a file ended early.
enum Stop {
    Format(FormatError),
    Import(ImportError),
}

/// Learns from the whole file whether the day or the month comes first.
fn learn_dates(
    path: &Path,
    hints: &ReadHints,
    columns: &ColumnMap,
    observe: &dyn Observe,
) -> Result<DateStyle, Stop> {
    let mut rows =
        RowReader::open(open(path).map_err(Stop::Import)?, hints).map_err(Stop::Format)?;
    let mut learner = crate::formats::dates::DateLearner::default();
    while let Some(outcome) = rows.next_row().map_err(Stop::Format)? {
        observe.step(0, 0).map_err(|e| Stop::Import(e.into()))?;
        if let RowOutcome::Record(row) = outcome
            && let Some(date) = columns.apply(row).date
        {
            learner.see(&date);
        }
    }
    Ok(learner.style())
}

fn open(path: &Path) -> Result<Box<dyn Read>, ImportError> {
    let file = File::open(path).and_then(|file| {
        if file.metadata()?.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a folder",
            ));
        }
        Ok(file)
    });
    match file {
        Ok(file) => Ok(Box::new(BufReader::new(file))),
        Err(source) => Err(ImportError::Open {
            path: path.to_owned(),
            source,
        }),
    }
}

fn hash_file(path: &Path, observe: &dyn Observe) -> Result<String, ImportError> {
    let mut reader = open(path)?;
    let mut hasher = crate::base::hash::ContentHasher::new();
    let mut chunk = vec![0u8; HASH_CHUNK_BYTES];
    loop {
        observe.step(0, 0)?;
        let mut n = 0;
        // Chunks are filled, so that the hash does not depend on how the system hands bytes out.
        while let Some(rest) = chunk.get_mut(n..).filter(|r| !r.is_empty()) {
            match reader.read(rest) {
                Ok(0) => break,
                Ok(more) => n += more,
                Err(source) => {
                    return Err(ImportError::Open {
                        path: path.to_owned(),
                        source,
                    });
                }
            }
        }
        if n == 0 {
            return Ok(hasher.finish());
        }
        hasher.bytes(chunk.get(..n).unwrap_or(&[]));
    }
}

/// Returns a file's name without its suffixes.
fn stem(name: &str) -> &str {
    name.split('.')
        .next()
        .filter(|s| !s.is_empty())
        .unwrap_or(name)
}

/// Returns the beginning of a text as its title: its first line, cut at a word.
fn beginning(body: &str) -> String {
    let line = body
        .lines()
        .find(|l| !l.trim().is_empty())
        .unwrap_or("")
        .trim();
    if line.chars().count() <= TITLE_CHARS {
        return line.to_owned();
    }
    let head: String = line.chars().take(TITLE_CHARS).collect();
    let cut = head
        .rfind(char::is_whitespace)
        .filter(|&i| i > TITLE_CHARS / 2)
        .unwrap_or(head.len());
    format!("{}…", head.get(..cut).unwrap_or(&head).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_from_the_body() {
        assert_eq!(beginning("\n One line \nmore"), "One line");
        let long = beginning(&"word ".repeat(40));
        assert!(
            long.ends_with('…') && long.chars().count() <= TITLE_CHARS + 1,
            "{long}"
        );
        assert!(beginning(&"字".repeat(200)).ends_with('…'));
    }

    #[test]
    fn options_survive_their_job() {
        let options = ImportOptions {
            path: PathBuf::from("a.csv"),
            delimiter: Some(';'),
            ..ImportOptions::default()
        };
        assert_eq!(
            ImportOptions::from_json(&options.to_json()).ok(),
            Some(options)
        );
        assert!(ImportOptions::from_json("nonsense").is_err());
    }
}
