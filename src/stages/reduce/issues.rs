//! Issues of each nation: groups of statements, a proposition for each, and every member's stance.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::super::ask::ask_all;
use super::super::{StageCx, StageError, check_failures};
use super::{ISSUES, conflict_error};
use crate::algo::conflict::graph::{GraphStatement, PlaceRef};
use crate::algo::conflict::group::group_statements;
use crate::algo::lexical::statement_vectors;
use crate::annotate::answer::{PropositionDraft, StanceVerdict};
use crate::annotate::gazetteer::{Gazetteer, PlaceKind};
use crate::annotate::question::Question;
use crate::annotate::rules::debate_of;
use crate::base::ids::{DocId, IssueId, RunId, StatementId};
use crate::base::language::Language;
use crate::base::matrix::Matrix;
use crate::base::sentences::byte_of_char;
use crate::domain::conflict::{IssueMember, Stance};
use crate::domain::corpus::{Document, Nation};
use crate::domain::statement::Statement;
use crate::store::{FailureRecord, IssueRecord, Store};

/// Stances asked between two looks at progress.
const STANCES_PER_STEP: usize = 500;

/// Groups the statements of every nation, asks propositions and stances, and stores the issues.
pub(super) fn write(cx: &mut StageCx<'_>) -> Result<(), StageError> {
    let statements = cx.store.statements()?;
    let mut groups: Vec<(Nation, Vec<&Statement>)> = Vec::new();
    for (nation, of_nation) in by_nation(&statements) {
        let vectors = vectors_of(&of_nation);
        cx.observe.phase("issues");
        let found = group_statements(&vectors, cx.settings.issue_min_cosine as f32, cx.observe)
            .map_err(conflict_error)?;
        for group in found {
            let members: Vec<&Statement> = group
                .iter()
                .filter_map(|&i| of_nation.get(i).copied())
                .collect();
            // One document alone has nobody to agree or disagree with.
            if members
                .iter()
                .any(|m| Some(m.doc) != members.first().map(|f| f.doc))
            {
                groups.push((nation, members));
            }
        }
    }

    cx.observe.phase("propositions");
    let texts: Vec<Vec<String>> = groups
        .iter()
        .map(|(_, m)| m.iter().map(|s| s.text.clone()).collect())
        .collect();
    let languages: Vec<Language> = groups
        .iter()
        .map(|(_, m)| m.first().map_or(Language::Other, |s| s.language))
        .collect();
    let questions: Vec<Question<'_>> = texts
        .iter()
        .zip(&languages)
        .map(|(statements, &language)| Question::Proposition {
            language,
            statements,
        })
        .collect();
    let asked_propositions = ask_all(cx.store, cx.annotator, &questions, cx.observe)?;
    let mut failures = Vec::new();
    let propositions: Vec<String> = asked_propositions
        .iter()
        .zip(&texts)
        .map(|(asked, texts)| {
            let parsed = asked.read(PropositionDraft::parse).map(|p| p.text);
            parsed.unwrap_or_else(|reason| {
                let first = texts.first().cloned().unwrap_or_default();
                failures.push(failure(&format!("proposition of “{first}”"), reason));
                first
            })
        })
        .collect();

    cx.observe.phase("stances");
    let pairs: Vec<(usize, &Statement)> = groups
        .iter()
        .enumerate()
        .flat_map(|(g, (_, members))| members.iter().map(move |m| (g, *m)))
        .collect();
    let mut asked_stances = Vec::with_capacity(pairs.len());
    for (i, batch) in pairs.chunks(STANCES_PER_STEP).enumerate() {
        cx.observe
            .step((i * STANCES_PER_STEP) as u64, pairs.len() as u64)?;
        let questions: Vec<Question<'_>> = batch
            .iter()
            .map(|(g, s)| Question::Stance {
                language: s.language,
                proposition: propositions.get(*g).map_or("", String::as_str),
                statement: &s.text,
            })
            .collect();
        asked_stances.extend(ask_all(cx.store, cx.annotator, &questions, cx.observe)?);
    }
    let mut members: Vec<Vec<IssueMember>> = vec![Vec::new(); groups.len()];
    for ((g, s), asked) in pairs.iter().zip(&asked_stances) {
        let parsed = asked.read(StanceVerdict::parse);
        match parsed {
            Ok(verdict) => {
                if let Some(slot) = members.get_mut(*g) {
                    slot.push(IssueMember {
                        statement: s.id,
                        stance: verdict.stance,
                        confidence: verdict.confidence,
                    });
                }
            }
            Err(reason) => failures.push(failure(&format!("stance of “{}”", s.text), reason)),
        }
    }
    let issues: Vec<IssueRecord> = groups
        .iter()
        .zip(propositions)
        .zip(members)
        .enumerate()
        .map(
            |(number, (((nation, _), proposition), members))| IssueRecord {
                number: number as i64,
                nation: *nation,
                proposition,
                members,
            },
        )
        .collect();
    let last = failures.last().map_or(String::new(), |f| f.reason.clone());
    check_failures("reduce", pairs.len() + groups.len(), failures.len(), &last)?;
    cx.store.write(|unit| {
        for asked in asked_propositions.iter().chain(&asked_stances) {
            asked.keep(unit, cx.annotator)?;
        }
        for issue in &issues {
            unit.insert_issue(cx.run.id, issue)?;
        }
        for failure in &failures {
            unit.insert_failure(cx.run.id, failure)?;
        }
        unit.finish_unit(cx.run.id, ISSUES)
    })?;
    Ok(())
}

fn failure(subject: &str, reason: String) -> FailureRecord {
    FailureRecord {
        stage: "reduce".to_owned(),
        subject: subject.to_owned(),
        reason,
    }
}

fn by_nation(statements: &[Statement]) -> BTreeMap<Nation, Vec<&Statement>> {
    let mut out: BTreeMap<Nation, Vec<&Statement>> = BTreeMap::new();
    for s in statements {
        out.entry(s.nation).or_default().push(s);
    }
    out
}

fn vectors_of(statements: &[&Statement]) -> Matrix<f32> {
    let texts: Vec<(Language, &str)> = statements
        .iter()
        .map(|s| (s.language, s.text.as_str()))
        .collect();
    let debates: Vec<Option<usize>> = texts
        .par_iter()
        .map(|(language, text)| debate_of(*language, text))
        .collect();
    with_debates(&statement_vectors(&texts), &debates)
}

/// Weight of a shared debate beside shared words: two statements on one debate have a cosine of at least
/// w² / (1 + w²) = 0.33, well above the one that makes an issue, whatever words they use.
const DEBATE_WEIGHT: f32 = 0.7;

/// Adds an axis for every listed debate to vectors of length 1 and brings them back to length 1.
fn with_debates(vectors: &Matrix<f32>, debates: &[Option<usize>]) -> Matrix<f32> {
    let n_debates = debates.iter().flatten().max().map_or(0, |d| d + 1);
    let mut out = Matrix::filled(vectors.n_rows(), vectors.n_cols() + n_debates, 0.0);
    for (i, debate) in debates.iter().enumerate() {
        let scale = if debate.is_some() {
            (1.0 + DEBATE_WEIGHT * DEBATE_WEIGHT).sqrt()
        } else {
            1.0
        };
        let (words, axes) = out.row_mut(i).split_at_mut(vectors.n_cols());
        for (to, from) in words.iter_mut().zip(vectors.row(i)) {
            *to = from / scale;
        }
        if let Some(axis) = debate.and_then(|d| axes.get_mut(d)) {
            *axis = DEBATE_WEIGHT / scale;
        }
    }
    out
}

/// The statements of one nation as the graph sees them.
pub(super) struct OfNation {
    /// Statements in order.
    pub statements: Vec<GraphStatement>,
    /// Their vectors, row by row.
    pub vectors: Matrix<f32>,
    /// Documents of the nation.
    pub n_docs: usize,
}

/// Reads the statements of every nation with everything edges are built from.
pub(super) fn graph_statements(
    store: &Store,
    run: RunId,
    n_chars: usize,
) -> Result<BTreeMap<Nation, OfNation>, StageError> {
    let docs: BTreeMap<DocId, Document> =
        store.documents()?.into_iter().map(|d| (d.id, d)).collect();
    let n_docs: BTreeMap<Nation, usize> = store.n_documents_by_nation()?.into_iter().collect();
    let statements = store.statements()?;
    let mut graph = plain_graph_statements(store, run, &statements, &docs)?;
    let mut places: BTreeMap<DocId, Vec<PlaceRef>> = BTreeMap::new();
    for s in graph.values_mut().flatten() {
        if let Some(doc) = docs.get(&s.doc) {
            s.places.clone_from(
                places
                    .entry(s.doc)
                    .or_insert_with(|| places_of(doc, n_chars)),
            );
        }
    }
    let by_nation = by_nation(&statements);
    Ok(graph
        .into_iter()
        .map(|(nation, statements)| {
            let vectors = by_nation
                .get(&nation)
                .map_or_else(|| Matrix::filled(0, 1, 0.0), |s| vectors_of(s));
            let of_nation = OfNation {
                statements,
                vectors,
                n_docs: n_docs.get(&nation).copied().unwrap_or(0),
            };
            (nation, of_nation)
        })
        .collect())
}

/// Reads the statements of every nation without places: all that rounds need once edges are stored.
pub(super) fn plain_graph_statements(
    store: &Store,
    run: RunId,
    statements: &[Statement],
    docs: &BTreeMap<DocId, Document>,
) -> Result<BTreeMap<Nation, Vec<GraphStatement>>, StageError> {
    let mut sides: BTreeMap<StatementId, (IssueId, Stance, f64)> = BTreeMap::new();
    for issue in store.issues(run)? {
        for m in &issue.members {
            sides.insert(m.statement, (issue.id, m.stance, m.confidence));
        }
    }
    let mut group_size: BTreeMap<DocId, usize> = BTreeMap::new();
    for doc in docs.values() {
        *group_size.entry(doc.duplicate_of).or_default() += 1;
    }
    let mut out: BTreeMap<Nation, Vec<GraphStatement>> = BTreeMap::new();
    for s in statements {
        let side = sides.get(&s.id);
        let of_nation = out.entry(s.nation).or_default();
        let vector = of_nation.len();
        of_nation.push(GraphStatement {
            id: s.id,
            doc: s.doc,
            topic: s.topic,
            issue: side.map(|(issue, ..)| *issue),
            stance: side.map_or(Stance::Neither, |(_, stance, _)| *stance),
            confidence: side.map_or(0.0, |(_, _, confidence)| *confidence),
            speaker: s.speaker.as_ref().map(|p| p.name.trim().to_lowercase()),
            places: Vec::new(),
            doc_group_size: docs
                .get(&s.doc)
                .and_then(|d| group_size.get(&d.duplicate_of))
                .copied()
                .unwrap_or(1),
            vector,
        });
    }
    Ok(out)
}

/// Finds the places a document names, without countries, each once.
fn places_of(doc: &Document, n_chars: usize) -> Vec<PlaceRef> {
    let gazetteer = Gazetteer::built_in();
    let head = byte_of_char(&doc.body, n_chars)
        .and_then(|end| doc.body.get(..end))
        .unwrap_or(&doc.body);
    let text = format!(
        "{}\n{}\n{head}",
        doc.place.as_deref().unwrap_or(""),
        doc.title
    );
    let mut found: BTreeMap<u32, PlaceRef> = BTreeMap::new();
    for mention in gazetteer.find_places(doc.language, Some(doc.nation), &text) {
        let place = gazetteer.place(mention.place);
        if place.kind != PlaceKind::Country {
            found.insert(
                mention.place.0,
                PlaceRef {
                    key: mention.place.0,
                    lat_deg: place.lat_deg,
                    lon_deg: place.lon_deg,
                },
            );
        }
    }
    found.into_values().collect()
}
