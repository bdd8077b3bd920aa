//! Answers that depend on a selection: an opened document, a search.

use std::collections::BTreeMap;

use super::SnapshotError;
use super::build::doc_line;
use super::model::{DocDetail, DocStatement, SearchHit, SearchHits, StatementLine};
use crate::base::doc_set::DocSet;
use crate::base::ids::DocId;
use crate::base::observe::Observe;
use crate::base::sentences::Span;
use crate::domain::corpus::Document;
use crate::domain::topic::position;
use crate::store::{SearchQuery, Store, StoreError};

/// Hits of a search that are shown.
const N_HITS: usize = 200;

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
    let cluster = store.cluster_of(id)?;
    let assignment = store.assignment_of(id)?;
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
    let topic = assignment
        .as_ref()
        .and_then(|a| topics.get(position(&topics, a.number)?));
    if let Some(a) = &assignment
        && let Some(topic) = topic
    {
        let how = if a.by_hand {
            "by hand"
        } else if a.by_tags {
            "by its tags"
        } else {
            "by clustering"
        };
        lineage.push(format!("topic {} {} {how}", topic.number, topic.label));
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
    let duplicates = store.duplicates_of(&doc)?.iter().map(doc_line).collect();
    Ok(Some(DocDetail {
        line: doc_line(&doc),
        language: doc.language,
        url: doc.url.clone(),
        topic: topic.map(|t| t.number),
        is_outlier: cluster.is_some_and(|c| c.label < 0),
        statements,
        lineage,
        duplicates,
        body: doc.body,
    }))
}

/// Searches titles and bodies for a first page of hits; [`search_all`] finds the rest.
///
/// # Errors
/// The store's, and its cancel.
pub fn search(
    store: &Store,
    text: &str,
    observe: &dyn Observe,
) -> Result<SearchHits, SnapshotError> {
    let query = SearchQuery::parse(text);
    let found = store.search_first(&query, N_HITS, observe)?;
    let mut hits = Vec::with_capacity(found.len());
    for (done, found) in found.iter().enumerate() {
        observe
            .step(done as u64, N_HITS as u64)
            .map_err(StoreError::from)?;
        if let Some(doc) = store.document(found.doc)? {
            hits.push(hit(&doc, &query, found.in_title));
        }
    }
    Ok(SearchHits {
        query: text.to_owned(),
        n_total: found.len(),
        is_complete: found.len() < N_HITS,
        docs: found.iter().map(|f| f.doc).collect(),
        hits,
    })
}

/// Finds every document of a search, and shows the set as it grows.
///
/// # Errors
/// The store's, and its cancel.
pub fn search_all(
    store: &Store,
    text: &str,
    observe: &dyn Observe,
    progress: &mut dyn FnMut(&DocSet),
) -> Result<DocSet, SnapshotError> {
    let mut docs = DocSet::default();
    store.search_all(&SearchQuery::parse(text), observe, &mut |block| {
        docs.extend(block.iter().copied());
        progress(&docs);
    })?;
    Ok(docs)
}

fn hit(doc: &Document, query: &SearchQuery, in_title: bool) -> SearchHit {
    let text: Vec<char> = doc
        .body
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    let at = query.find_in(&doc.body);
    let start = at
        .map_or(0, |at| at.start)
        .saturating_sub(SNIPPET_CHARS / 2);
    let end = (start + SNIPPET_CHARS * 2).min(text.len());
    let snippet: String = text.get(start..end).unwrap_or(&[]).iter().collect();
    SearchHit {
        doc: doc_line(doc),
        in_title,
        match_in_snippet: at.map_or(Span { start: 0, end: 0 }, |at| Span {
            start: at.start - start,
            end: at.end.min(end) - start,
        }),
        snippet,
    }
}
