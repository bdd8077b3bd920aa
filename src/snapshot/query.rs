//! Answers that depend on a selection: an opened document, a search.

use std::collections::BTreeMap;

use super::SnapshotError;
use super::build::doc_line;
use super::model::{DocDetail, DocStatement, SearchHit, SearchHits, StatementLine};
use crate::base::ids::DocId;
use crate::base::sentences::Span;
use crate::domain::corpus::Document;
use crate::store::Store;

/// Hits of a search that are shown.
const N_HITS: usize = 200;

/// Hits that are counted.
const N_COUNTED: usize = 100_000;

/// Characters of text around a match.
const SNIPPET_CHARS: usize = 80;

/// Loads a document with its statements and lineage, `None` if there is none of that identity.
///
/// # Errors
/// The store's.
pub fn document_detail(store: &Store, id: DocId) -> Result<Option<DocDetail>, SnapshotError> {
    let Some(doc) = store.document(id)? else {
        return Ok(None);
    };
    let cluster = store.clusters()?.into_iter().find(|c| c.doc == id);
    let assignment = store.assignments()?.into_iter().find(|a| a.doc == id);
    let topics = store.topics()?;
    let triples: BTreeMap<_, _> = store
        .triples()?
        .into_iter()
        .map(|t| (t.statement, t))
        .collect();
    let mut sides = BTreeMap::new();
    let mut dropped = BTreeMap::new();
    if let Some(run) = store.newest_run("reduce")? {
        for issue in store.issues(run.id)? {
            for m in &issue.members {
                sides.insert(m.statement, (m.stance, issue.proposition.clone()));
            }
        }
        dropped.extend(store.dropped(run.id)?);
    }
    let statements: Vec<DocStatement> = store
        .statements()?
        .into_iter()
        .filter(|s| s.doc == id)
        .map(|s| DocStatement {
            passage: s.passage,
            triple: triples
                .get(&s.id)
                .map(|t| (t.question.clone(), t.reverse.clone())),
            dropped: s.dropped,
            line: StatementLine {
                id: s.id,
                doc: s.doc,
                set: s.set,
                speaker: s.speaker,
                stance: sides.get(&s.id).cloned(),
                text: s.text,
            },
        })
        .collect();
    let mut lineage = Vec::new();
    if let Some((file, line)) = store.origin(id)? {
        lineage.push(format!("imported from {file}, row {line}"));
    }
    if let Some(a) = &assignment
        && let Some(topic) = topics.get(a.number)
    {
        let how = if a.by_tags {
            "by its tags"
        } else {
            "by clustering"
        };
        lineage.push(format!("topic {} {} {how}", topic.number + 1, topic.label));
    } else if cluster.is_some() {
        lineage.push("an outlier that no tag could place".to_owned());
    }
    for s in &statements {
        let fate = match dropped.get(&s.line.id) {
            Some(round) => format!("dropped in round {round}"),
            None if s.line.stance.is_some() => "in the graph".to_owned(),
            None => "on no issue".to_owned(),
        };
        let triple = triples
            .get(&s.line.id)
            .map_or_else(|| "no triple".to_owned(), |t| format!("triple {}", t.id));
        lineage.push(format!("statement {} · {fate} · {triple}", s.line.id));
    }
    let duplicates = store
        .documents()?
        .iter()
        .filter(|d| d.id != id && d.duplicate_of == doc.duplicate_of)
        .map(doc_line)
        .collect();
    Ok(Some(DocDetail {
        line: doc_line(&doc),
        language: doc.language,
        url: doc.url.clone(),
        topic_idx: assignment.map(|a| a.number as u32),
        is_outlier: cluster.is_some_and(|c| c.label < 0),
        statements,
        lineage,
        duplicates,
        body: doc.body,
    }))
}

/// Searches titles and bodies.
///
/// # Errors
/// The store's.
pub fn search(store: &Store, query: &str) -> Result<SearchHits, SnapshotError> {
    let ids = store.search_documents(query, N_COUNTED)?;
    let mut hits = Vec::new();
    for id in ids.iter().take(N_HITS) {
        if let Some(doc) = store.document(*id)? {
            hits.push(hit(&doc, query));
        }
    }
    Ok(SearchHits {
        query: query.to_owned(),
        n_total: ids.len(),
        hits,
    })
}

fn hit(doc: &Document, query: &str) -> SearchHit {
    let text: Vec<char> = doc
        .body
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    let word: Vec<char> = query
        .split_whitespace()
        .next()
        .unwrap_or("")
        .to_lowercase()
        .chars()
        .collect();
    let lower = |c: &char| c.to_lowercase().next().unwrap_or(*c);
    let at = (!word.is_empty())
        .then(|| {
            text.windows(word.len())
                .position(|w| w.iter().map(lower).eq(word.iter().copied()))
        })
        .flatten();
    let start = at.unwrap_or(0).saturating_sub(SNIPPET_CHARS / 2);
    let end = (start + SNIPPET_CHARS * 2).min(text.len());
    let snippet: String = text.get(start..end).unwrap_or(&[]).iter().collect();
    SearchHit {
        doc: doc_line(doc),
        match_in_snippet: at.map_or(Span { start: 0, end: 0 }, |at| Span {
            start: at - start,
            end: (at - start + word.len()).min(end - start),
        }),
        snippet,
    }
}
