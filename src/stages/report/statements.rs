//! The section on statements, their sources and triples.

use std::collections::BTreeMap;

use super::{Book, ReportError};
use crate::base::ids::StatementId;
use crate::base::language::Language;
use crate::domain::statement::{Statement, StatementSet, Triple};
use crate::figure::scale::count_text;
use crate::report::{Cell, Column, Section, Table};

/// Statements shown of each language.
const N_SHOWN: usize = 8;

pub(super) fn section(book: &Book<'_>) -> Result<Option<Section>, ReportError> {
    let statements = book.store.statements()?;
    if statements.is_empty() {
        return Ok(None);
    }
    let triples: BTreeMap<StatementId, Triple> = book
        .store
        .triples()?
        .into_iter()
        .map(|t| (t.statement, t))
        .collect();
    let rows = book
        .nations
        .iter()
        .map(|(nation, _)| {
            let of_nation: Vec<&Statement> =
                statements.iter().filter(|s| s.nation == *nation).collect();
            let n_of = |set| of_nation.iter().filter(|s| s.set == set).count() as u64;
            vec![
                Cell::Text(nation.name().to_owned()),
                Cell::Count(n_of(StatementSet::Quoted)),
                Cell::Count(n_of(StatementSet::Official)),
                Cell::Count(n_of(StatementSet::Unattributed)),
                Cell::Count(
                    of_nation
                        .iter()
                        .filter(|s| triples.contains_key(&s.id))
                        .count() as u64,
                ),
                Cell::Count(of_nation.iter().filter(|s| s.dropped).count() as u64),
            ]
        })
        .collect();
    let mut section = Section::new("Statements")
        .paragraph(format!(
            "{} value statements, each with the exact place of its passage in the article; {} triples of question, \
             statement and reverse statement, whose opposition was checked. The first {} characters of each article of \
             a value-related topic were read.",
            count_text(statements.len() as u64),
            count_text(triples.len() as u64),
            count_text(book.settings.extract_chars as u64)
        ))
        .note(format!(
            "{} Rules know words and patterns: they miss claims made without any of the words they know, and irony.",
            book.said_by()
        ))
        .table(Table {
            title: "Statements by nation and set".to_owned(),
            caption: "Dropped: left out by conflict reduction, kept as the set Minority.".to_owned(),
            columns: vec![
                Column::text("nation"),
                Column::number("quoted", ""),
                Column::number("official", ""),
                Column::number("unattributed", ""),
                Column::number("triples", ""),
                Column::number("dropped", ""),
            ],
            rows,
        });
    for language in Language::KNOWN {
        let of_language: Vec<&Statement> = statements
            .iter()
            .filter(|s| s.language == language)
            .collect();
        if of_language.is_empty() {
            continue;
        }
        // Evenly spread over the corpus, so that the choice favors nothing.
        let step = of_language.len().div_ceil(N_SHOWN);
        let rows = of_language
            .iter()
            .step_by(step)
            .map(|s| {
                let who = match (&s.speaker, s.set) {
                    (Some(speaker), _) => speaker.name.clone(),
                    (None, set) => set.code().to_owned(),
                };
                let triple = triples.get(&s.id);
                vec![
                    Cell::Text(s.nation.code().to_owned()),
                    Cell::Text(s.text.clone()),
                    Cell::Text(who),
                    triple.map_or(Cell::Missing, |t| Cell::Text(t.question.clone())),
                    triple.map_or(Cell::Missing, |t| Cell::Text(t.reverse.clone())),
                ]
            })
            .collect();
        section = section.table(Table {
            title: format!("Some statements in {}", language.name()),
            columns: [
                "nation",
                "statement",
                "who",
                "question",
                "reverse statement",
            ]
            .map(Column::text)
            .into(),
            rows,
            ..Table::default()
        });
    }
    Ok(Some(section))
}
