//! The sections on the map and on topics.

use std::collections::{BTreeMap, BTreeSet};

use super::{Book, ReportError};
use crate::algo::topics::spread::spread;
use crate::base::ids::DocId;
use crate::domain::corpus::PartialDate;
use crate::domain::topic::{Topic, position};
use crate::domain::topic_edit::{TopicEdit, TopicStep};
use crate::figure::chart::{MapClass, MapInput, TopicMatrixRow, scatter_map, topic_matrix};
use crate::figure::palette::{Hue, Paint, shape_of};
use crate::report::{Cell, Column, Section, Table};

/// Topics in the matrix; all of them stand in the table.
const N_MATRIX: usize = 30;

/// Labels offered to the map; those that do not fit are left out.
const N_LABELS: usize = 40;

pub(super) fn map_section(book: &Book<'_>) -> Result<Option<Section>, ReportError> {
    let Some(run) = book.store.current_run("layout")? else {
        return Ok(None);
    };
    let Some(screen) = book.store.vectors(run.id, "screen")? else {
        return Ok(None);
    };
    let docs = book.store.documents()?;
    let positions: Vec<[f32; 2]> = screen
        .values()
        .chunks_exact(2)
        .filter_map(|p| p.try_into().ok())
        .collect();
    let noise: BTreeSet<DocId> = book
        .store
        .clusters()?
        .into_iter()
        .filter(|c| c.label < 0)
        .map(|c| c.doc)
        .collect();
    let class_of: Vec<Option<usize>> = docs
        .iter()
        .map(|d| {
            if noise.contains(&d.id) {
                None
            } else {
                book.nations.iter().position(|(n, _)| *n == d.nation)
            }
        })
        .collect();
    let classes: Vec<MapClass> = book
        .nations
        .iter()
        .map(|(nation, n)| MapClass {
            name: format!(
                "{} {}",
                nation.name(),
                crate::figure::scale::count_text(*n as u64)
            ),
            shape: shape_of(*nation),
            paint: Paint::Solid(Hue::Nation(*nation)),
        })
        .collect();
    let row_of: BTreeMap<DocId, usize> = docs.iter().enumerate().map(|(i, d)| (d.id, i)).collect();
    let labels: Vec<(String, [f32; 2], f64)> = book
        .store
        .topics()?
        .into_iter()
        .take(N_LABELS)
        .filter_map(|t| {
            let at = t
                .central_docs
                .first()
                .and_then(|d| row_of.get(d))
                .and_then(|&i| positions.get(i))?;
            Some((t.label, *at, 1.0 / (1.0 + t.number as f64)))
        })
        .collect();
    let share = |n: usize, of: usize| 100.0 * n as f64 / of.max(1) as f64;
    let mut section = Section::new("Map").figure(scatter_map(
        book.words(
            "Map of documents",
            "Each mark is an article; near marks speak of like things. Gray marks are outliers of the clustering.",
            format!("n = {} documents", docs.len()),
        ),
        &MapInput {
            positions_in_map: &positions,
            class_of: &class_of,
            classes: &classes,
            labels: &labels,
        },
    ));
    let trust = book.store.measure(run.id, "screen_trustworthiness")?;
    let trust_5 = book.store.measure(run.id, "trustworthiness")?;
    if let (Some(two), Some(five)) = (trust, trust_5) {
        section = section.paragraph(format!(
            "Trustworthiness at 15 neighbors is {two:.3} in two dimensions and {five:.3} in the five that were clustered \
             (1 means that no mark has false neighbors). {:.1} % of the documents are outliers.",
            share(noise.len(), docs.len())
        ));
    }
    Ok(Some(section.note(book.settings.embedder.as_ref().map_or_else(
        || "Vectors come from the built-in lexical embedder: words and a concept lexicon of four languages, no language model.".to_owned(),
        |folder| format!("Vectors come from the encoder in {folder}, which reads each article's title and beginning."),
    ))))
}

pub(super) fn topic_section(book: &Book<'_>) -> Result<Option<Section>, ReportError> {
    let topics = book.store.topics()?;
    if topics.is_empty() {
        return Ok(None);
    }
    let docs: BTreeMap<DocId, _> = book
        .store
        .documents()?
        .into_iter()
        .map(|d| (d.id, d))
        .collect();
    let n_in_all: Vec<usize> = book.nations.iter().map(|(_, n)| *n).collect();
    let months: BTreeSet<&str> = docs
        .values()
        .filter_map(|d| d.date.as_ref().and_then(PartialDate::year_month))
        .collect();
    let months: Vec<&str> = months.into_iter().collect();
    let mut n_in_topic = vec![vec![0usize; n_in_all.len()]; topics.len()];
    let mut per_month = vec![vec![0u32; months.len()]; topics.len()];
    let assignments = book.store.assignments()?;
    for a in &assignments {
        let Some(doc) = docs.get(&a.doc) else {
            continue;
        };
        let nation = book.nations.iter().position(|(n, _)| *n == doc.nation);
        let Some(row) = position(&topics, a.number) else {
            continue;
        };
        if let Some(slot) = nation.and_then(|k| n_in_topic.get_mut(row)?.get_mut(k)) {
            *slot += 1;
        }
        let month = doc
            .date
            .as_ref()
            .and_then(PartialDate::year_month)
            .and_then(|m| months.binary_search(&m).ok());
        if let Some(slot) = month.and_then(|m| per_month.get_mut(row)?.get_mut(m)) {
            *slot += 1;
        }
    }
    let rows: Vec<TopicMatrixRow> = topics
        .iter()
        .zip(n_in_topic.iter().zip(per_month))
        .map(|(t, (n, per_month))| TopicMatrixRow {
            label: t.label.clone(),
            words: shown_words(t),
            value_related: t.screening.as_ref().is_some_and(|s| s.value_related),
            n_docs: n.iter().sum(),
            shares: spread(n, &n_in_all).shares,
            entropy: t.spread_entropy,
            divergence_nats: t.divergence_nats,
            p_value: t.p_value,
            per_month,
        })
        .collect();
    let nations: Vec<_> = book.nations.iter().map(|(n, _)| *n).collect();
    let (from, to) = (
        months.first().copied().unwrap_or(""),
        months.last().copied().unwrap_or(""),
    );
    let n_value = rows.iter().filter(|r| r.value_related).count();
    let n_outliers = book
        .store
        .clusters()?
        .iter()
        .filter(|c| c.label < 0)
        .count();
    let n_by_tags = assignments.iter().filter(|a| a.by_tags).count();
    let shown: Vec<TopicMatrixRow> = rows.iter().take(N_MATRIX).cloned().collect();
    let mut n_by_tags_of: BTreeMap<usize, u64> = BTreeMap::new();
    for a in assignments.iter().filter(|a| a.by_tags) {
        *n_by_tags_of.entry(a.number).or_default() += 1;
    }
    let table = topics
        .iter()
        .zip(&rows)
        .map(|(t, r)| {
            let mut cells = vec![
                Cell::Text(t.label.clone()),
                Cell::Text(
                    t.terms
                        .iter()
                        .take(8)
                        .map(|w| w.term.as_str())
                        .collect::<Vec<_>>()
                        .join(", "),
                ),
                Cell::Count(r.n_docs as u64),
                Cell::Count(n_by_tags_of.get(&t.number).copied().unwrap_or(0)),
            ];
            cells.extend(r.shares.iter().map(|s| Cell::Share(*s, 0)));
            cells.push(Cell::Real(r.entropy, 2));
            cells.push(Cell::Real(r.divergence_nats, 3));
            cells.push(r.p_value.map_or(Cell::Missing, Cell::P));
            cells.push(Cell::Text(match &t.screening {
                None => "not screened".to_owned(),
                Some(s) => format!(
                    "{} {}: {}",
                    if s.value_related { "yes" } else { "no" },
                    // What the annotator said needs no name: it stands once, in the note above the table.
                    s.said_by.as_ref().map_or_else(
                        || format!("({:.2})", s.confidence),
                        |who| format!("(overruled by {who})")
                    ),
                    s.reason
                        .trim_start_matches(book.annotator)
                        .trim_start_matches(": ")
                )
                .trim_end_matches(": ")
                .to_owned(),
            }));
            cells
        })
        .collect();
    let mut columns = vec![
        Column::text("topic"),
        Column::text("words"),
        Column::number("documents", ""),
        Column::number("of these by tags", ""),
    ];
    columns.extend(nations.iter().map(|n| Column::number(n.code(), "%")));
    columns.extend([
        Column::number("entropy", ""),
        Column::number("JSD", "nats"),
        Column::number("p (BH)", ""),
        Column::text("value-related"),
    ]);
    let mut section = Section::new("Topics");
    let n_edited = topics.iter().filter(|t| t.by_hand.any()).count();
    if n_edited > 0 {
        section = section.paragraph(edited_by_hand(&topics, &book.store.topic_steps()?));
    }
    Ok(Some(
        section
            .paragraph(format!(
                "{} topics, {n_value} of them value-related. Of {n_outliers} outliers {n_by_tags} were given a topic by their \
                 tags; {} kept none.",
                topics.len(),
                n_outliers.saturating_sub(n_by_tags)
            ))
            .figure(topic_matrix(
                book.words(
                    "Topics by nation",
                    "Share of each nation in a topic, corrected for the size of its corpus; the largest topics first.",
                    format!("n = {} documents in topics", assignments.len()),
                ),
                &nations,
                &shown,
                from,
                to,
            ))
            .note(format!(
                "Nations are permuted within months, because each outlet belongs to one nation; documents without a month take no part, and months of one nation say nothing. Where language and nation \
                 coincide, a difference between nations is also one between languages. Labels and value-related: {}",
                book.said_by()
            ))
            .table(Table {
                title: "All topics".to_owned(),
                columns,
                rows: table,
                ..Table::default()
            }),
    ))
}

/// The words beside a topic's label: by maximal marginal relevance, where there are such.
fn shown_words(topic: &Topic) -> Vec<String> {
    const N_WORDS: usize = 5;
    if topic.mmr_terms.is_empty() {
        let terms = topic.terms.iter().take(N_WORDS);
        return terms.map(|t| t.term.clone()).collect();
    }
    topic.mmr_terms.iter().take(N_WORDS).cloned().collect()
}

/// Says how many topics are as a person made them.
fn edited_by_hand(topics: &[Topic], steps: &[TopicStep]) -> String {
    let count = |of: &dyn Fn(&Topic) -> bool| topics.iter().filter(|t| of(t)).count();
    let n_merged: usize = steps
        .iter()
        .map(|s| match &s.edit {
            TopicEdit::Merge { from, .. } => from.len(),
            _ => 0,
        })
        .sum();
    format!(
        "{} of the topics were edited by hand: {} renamed, {} with documents regrouped, {} with their screening overruled; {n_merged} \
         went up in others. Whether documents regrouped by hand are spread unevenly by chance was not tested since the edit.",
        count(&|t| t.by_hand.any()),
        count(&|t| t.by_hand.renamed),
        count(&|t| t.by_hand.regrouped),
        count(&|t| t.by_hand.overruled),
    )
}
