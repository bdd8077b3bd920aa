//! A sample as tables: a row for each pair and reviewer, and a summary of rates and agreement.
//!
//! [`write`] puts both into files side by side.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::measure::{Measured, Verification, count};
use crate::base::ids::IssueId;
use crate::domain::corpus::Nation;
use crate::domain::verification::{InForce, Item, Judgment};
use crate::formats::csv_out::CsvWriter;
use crate::store::{JudgedStatement, Store, StoreError};

/// Columns of [`judgments_csv`].
pub const JUDGMENT_COLUMNS: [&str; 21] = [
    "sample",
    "item",
    "nation",
    "issue",
    "before_reduction",
    "after_reduction",
    "verified_id",
    "verified_statement",
    "statement_id",
    "statement",
    "source",
    "date",
    "speaker",
    "role",
    "reviewer",
    "judgment",
    "note",
    "seconds",
    "judged_ms",
    "standing",
    "final",
];

/// Columns of [`summary_csv`].
pub const SUMMARY_COLUMNS: [&str; 9] = [
    "measure",
    "pairs",
    "nation",
    "reviewers",
    "value",
    "low",
    "high",
    "n",
    "remark",
];

/// Why tables are not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file cannot be written.
    #[error("cannot write the judgments ({source}); choose another place: {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The project's files refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the judgments into a file, rates and agreement into one beside it whose name ends in `-summary.csv`;
/// returns the path of that. Folders that are missing are made.
///
/// # Errors
/// [`ExportError`].
pub fn write(store: &Store, v: &Verification, file: &Path) -> Result<PathBuf, ExportError> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let summary = file.with_file_name(format!("{stem}-summary.csv"));
    let put = |path: &Path, bytes: Vec<u8>| {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        let made = folder.map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(path, bytes))
            .map_err(|source| ExportError::Io {
                path: path.to_owned(),
                source,
            })
    };
    put(file, judgments_csv(store, v)?)?;
    put(&summary, summary_csv(&v.measure())?)?;
    Ok(summary)
}

/// Writes one row for each pair and reviewer it was dealt to, judged or not, and one for each adjudication.
///
/// # Errors
/// The store's.
pub fn judgments_csv(store: &Store, v: &Verification) -> Result<Vec<u8>, StoreError> {
    let statements = store.sample_statements(v.sample.id)?;
    let propositions: BTreeMap<IssueId, String> = propositions(store, v)?;
    let write = || -> io::Result<Vec<u8>> {
        let mut out = CsvWriter::new(Vec::new(), &JUDGMENT_COLUMNS)?;
        for item in &v.items {
            let issue = item.issue.and_then(|i| propositions.get(&i));
            let ends = [item.anchor, item.other].map(|id| statements.get(&id));
            let mut row = |role: &str, reviewer: &str, judged: Option<&InForce>| {
                out.write(&row_of(
                    v,
                    item,
                    issue.map_or("", String::as_str),
                    ends,
                    role,
                    reviewer,
                    judged,
                ))
            };
            for reviewer in &item.reviewers {
                row("reviewer", reviewer, v.judgments.of(item.id, reviewer))?;
            }
            if item.reviewers.is_empty() {
                row("", "", None)?;
            }
            if let Some(last) = v.judgments.adjudicated(item.id) {
                row("adjudicator", &last.reviewer, Some(last))?;
            }
        }
        out.finish()
    };
    write().map_err(in_memory)
}

/// Writing into memory fails only by a row of the wrong length, which is our mistake.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands where an error is turned into another"
)]
fn in_memory(error: io::Error) -> StoreError {
    StoreError::Unreadable {
        what: "table",
        value: error.to_string(),
    }
}

fn propositions(store: &Store, v: &Verification) -> Result<BTreeMap<IssueId, String>, StoreError> {
    store.propositions(v.items.iter().filter_map(|i| i.issue))
}

fn row_of(
    v: &Verification,
    item: &Item,
    issue: &str,
    [anchor, other]: [Option<&JudgedStatement>; 2],
    role: &str,
    reviewer: &str,
    judged: Option<&InForce>,
) -> Vec<String> {
    let standing = v.judgments.standing(item.id);
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let text = |s: Option<&JudgedStatement>, f: fn(&JudgedStatement) -> &str| {
        s.map_or_else(String::new, |s| f(s).to_owned())
    };
    vec![
        v.sample.id.to_string(),
        item.id.to_string(),
        item.nation.code().to_owned(),
        issue.to_owned(),
        yes(item.is_before),
        yes(item.is_after),
        item.anchor.to_string(),
        text(anchor, |s| &s.text),
        item.other.to_string(),
        text(other, |s| &s.text),
        text(other, |s| &s.source),
        text(other, |s| &s.date),
        text(other, |s| s.speaker.as_deref().unwrap_or("")),
        role.to_owned(),
        reviewer.to_owned(),
        judged.map_or_else(String::new, |j| j.judgment.code().to_owned()),
        judged.map_or_else(String::new, |j| j.note.clone()),
        judged
            .and_then(|j| j.spent_secs)
            .map_or_else(String::new, |s| format!("{s:.1}")),
        judged.map_or_else(String::new, |j| j.judged_ms.to_string()),
        standing.code().to_owned(),
        standing
            .judgment()
            .map_or_else(String::new, |j| j.code().to_owned()),
    ]
}

/// Writes rates and agreement, one row each; what has no value has a remark that says why.
///
/// # Errors
/// The writer's.
pub fn summary_csv(measured: &Measured) -> Result<Vec<u8>, StoreError> {
    let write = || -> io::Result<Vec<u8>> {
        let mut out = CsvWriter::new(Vec::new(), &SUMMARY_COLUMNS)?;
        for row in summary_rows(measured) {
            out.write(&row)?;
        }
        out.finish()
    };
    write().map_err(in_memory)
}

fn summary_rows(measured: &Measured) -> Vec<[String; 9]> {
    let nation = |n: &Option<Nation>| n.as_ref().map_or("all", Nation::code).to_owned();
    let none = String::new;
    let mut rows = Vec::new();
    for p in &measured.progress {
        let mut row = |measure: &str, value: String, remark: String| {
            rows.push([
                measure.to_owned(),
                none(),
                none(),
                p.reviewer.clone(),
                value,
                none(),
                none(),
                p.n_dealt.to_string(),
                remark,
            ]);
        };
        row("judged", p.n_judged().to_string(), none());
        for j in Judgment::ALL {
            row(
                &format!("judged_{}", j.code()),
                count(&p.counts, j).to_string(),
                none(),
            );
        }
        row(
            "median_seconds",
            p.median_secs.map_or_else(none, |s| format!("{s:.1}")),
            if p.median_secs.is_none() {
                "nobody measured the time".to_owned()
            } else {
                none()
            },
        );
    }
    for r in &measured.rates {
        for j in Judgment::ALL {
            let rate = r.rate(j);
            let remark = match (rate, r.n_disputed) {
                (None, _) => "no pair has a final judgment yet".to_owned(),
                (Some(_), 0) => none(),
                (Some(_), n) => format!("{n} disputed pairs without adjudication are left out"),
            };
            rows.push([
                format!("rate_{}", j.code()),
                r.stratum.code().to_owned(),
                nation(&r.nation),
                none(),
                rate.map_or_else(none, |(p, _)| p.to_string()),
                rate.map_or_else(none, |(_, i)| i.low.to_string()),
                rate.map_or_else(none, |(_, i)| i.high.to_string()),
                r.n_settled().to_string(),
                remark,
            ]);
        }
    }
    for c in &measured.agreement {
        let found = c.value.ok();
        let interval = found.and_then(|f| f.interval.ok());
        rows.push([
            c.name.code().to_owned(),
            "all".to_owned(),
            nation(&c.nation),
            c.between
                .as_ref()
                .map_or_else(|| "all".to_owned(), |(a, b)| format!("{a}, {b}")),
            found.map_or_else(none, |f| f.agreement.value.to_string()),
            interval.map_or_else(none, |i| i.low.to_string()),
            interval.map_or_else(none, |i| i.high.to_string()),
            found.map_or_else(|| "0".to_owned(), |f| f.agreement.n_items.to_string()),
            c.remark().unwrap_or_default(),
        ]);
    }
    rows
}
