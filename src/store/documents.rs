//! Imported files, their documents and their bad rows.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Row, params};

use super::error::StoreError;
use super::open::{Store, Unit};
use crate::base::ids::{DocId, JobId, RunId};
use crate::base::language::Language;
use crate::base::sentences::Span;
use crate::domain::corpus::{Document, Nation, PartialDate};

/// A document about to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDocument {
    /// Identity the source gave, or made from file and row.
    pub external_id: String,
    /// Whose news it is.
    pub nation: Nation,
    /// The outlet.
    pub source: String,
    /// Language of the text.
    pub language: Language,
    /// Date, where known.
    pub date: Option<PartialDate>,
    /// Headline.
    pub title: String,
    /// Text.
    pub body: String,
    /// Address.
    pub url: Option<String>,
    /// Place column.
    pub place: Option<String>,
    /// Organization column.
    pub organization: Option<String>,
    /// Topic label given by the source.
    pub source_label: Option<String>,
    /// Every other column, as a JSON object.
    pub extra_json: Option<String>,
    /// Line or row in the file, from 1.
    pub line: u64,
}

/// A document as its source names it.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedDocument {
    /// Identity in the project.
    pub id: DocId,
    /// Whose news it is.
    pub nation: Nation,
    /// The outlet.
    pub source: String,
    /// Identity the source gave.
    pub external_id: String,
}

/// An imported file.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportRecord {
    /// Row id, 0 before it is stored.
    pub id: i64,
    /// The file's name without its folder.
    pub name: String,
    /// Nation given for the file, empty when its rows name their own.
    pub nation: String,
    /// Hash of the file's bytes.
    pub content_hash: String,
    /// Columns as they were read, e.g. `title=titre,body=texte`.
    pub column_map: String,
    /// Rows seen.
    pub n_rows: u64,
    /// Documents stored.
    pub n_docs: u64,
    /// Rows set aside.
    pub n_bad: u64,
}

/// A document without its text, borrowed from the row being read.
#[derive(Clone, Copy, Debug)]
pub struct DocumentHead<'a> {
    /// Identity.
    pub id: DocId,
    /// Code of its nation.
    pub nation: &'a str,
    /// The outlet.
    pub source: &'a str,
    /// Date as ISO text, where known.
    pub date: Option<&'a str>,
    /// Headline.
    pub title: &'a str,
    /// Place column.
    pub place: Option<&'a str>,
    /// Organization column.
    pub organization: Option<&'a str>,
    /// Topic label given by the source.
    pub source_label: Option<&'a str>,
    /// Every other column, as a JSON object.
    pub extra_json: Option<&'a str>,
}

/// A row that could not become a document.
#[derive(Clone, Debug, PartialEq)]
pub struct BadRowRecord {
    /// Name of the file.
    pub file: String,
    /// Line or row, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

impl Unit<'_> {
    /// Stores an imported file's record; its counts follow with [`Unit::finish_import`].
    ///
    /// # Errors
    /// The database's.
    pub fn begin_import(
        &self,
        job: JobId,
        record: &ImportRecord,
        now_ms: i64,
    ) -> Result<i64, StoreError> {
        self.tx.execute(
            "INSERT INTO import_file(job_id, name, nation, content_hash, column_map, n_rows, n_docs, n_bad, imported_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, ?6)",
            params![
                job.0,
                record.name,
                record.nation,
                record.content_hash,
                record.column_map,
                now_ms
            ],
        )?;
        Ok(self.tx.last_insert_rowid())
    }

    /// Stores the counts of an imported file.
    ///
    /// # Errors
    /// The database's.
    pub fn finish_import(&self, id: i64, record: &ImportRecord) -> Result<(), StoreError> {
        self.tx.execute(
            "UPDATE import_file SET n_rows = ?2, n_docs = ?3, n_bad = ?4, column_map = ?5 WHERE id = ?1",
            params![id, record.n_rows as i64, record.n_docs as i64, record.n_bad as i64, record.column_map],
        )?;
        Ok(())
    }

    /// Stores a document and indexes it; `None` if its source has one of that identity already.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_document(
        &self,
        import: i64,
        doc: &NewDocument,
    ) -> Result<Option<DocId>, StoreError> {
        let n = self
            .tx
            .prepare_cached(
                "INSERT OR IGNORE INTO document(external_id, nation, source, language, date, title, body, url, place,
                 organization, source_label, extra_json, import_id, line)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?
            .execute(params![
                doc.external_id,
                doc.nation.code(),
                doc.source,
                doc.language.code(),
                doc.date.as_ref().map(PartialDate::as_str),
                doc.title,
                doc.body,
                doc.url,
                doc.place,
                doc.organization,
                doc.source_label,
                doc.extra_json,
                import,
                doc.line as i64
            ])?;
        if n == 0 {
            return Ok(None);
        }
        let id = DocId(self.tx.last_insert_rowid());
        self.index_document(id, &doc.title, &doc.body)?;
        Ok(Some(id))
    }

    /// Stores a row that could not become a document.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_bad_row(&self, import: i64, line: u64, reason: &str) -> Result<(), StoreError> {
        self.tx
            .prepare_cached("INSERT INTO bad_row(import_id, line, reason) VALUES (?1, ?2, ?3)")?
            .execute(params![import, line as i64, reason])?;
        Ok(())
    }

    /// Stores, per document, the first of its group of duplicates, and the recurring text to mask.
    ///
    /// # Errors
    /// The database's.
    pub fn insert_preparation(
        &self,
        run: RunId,
        firsts: &[(DocId, DocId)],
        masks: &[(DocId, Vec<Span>)],
    ) -> Result<(), StoreError> {
        let mut duplicate = self.tx.prepare_cached(
            "INSERT INTO duplicate(run_id, doc_id, first_id) VALUES (?1, ?2, ?3)",
        )?;
        for (doc, first) in firsts {
            duplicate.execute(params![run.0, doc.0, first.0])?;
        }
        let mut mask = self.tx.prepare_cached(
            "INSERT INTO mask(run_id, doc_id, start_char, end_char) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (doc, spans) in masks {
            for span in spans {
                mask.execute(params![run.0, doc.0, span.start as i64, span.end as i64])?;
            }
        }
        Ok(())
    }
}

fn document_from(row: &Row<'_>) -> rusqlite::Result<Document> {
    let id = DocId(row.get(0)?);
    let nation: String = row.get(2)?;
    let language: String = row.get(4)?;
    let date: Option<String> = row.get(5)?;
    Ok(Document {
        id,
        external_id: row.get(1)?,
        nation: Nation::parse(&nation).map_err(|e| {
            rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(e))
        })?,
        source: row.get(3)?,
        language: Language::parse(&language),
        date: date.as_deref().and_then(PartialDate::parse_iso),
        title: row.get(6)?,
        body: row.get(7)?,
        url: row.get(8)?,
        place: row.get(9)?,
        organization: row.get(10)?,
        source_label: row.get(11)?,
        extra_json: row.get(12)?,
        duplicate_of: row.get::<_, Option<i64>>(13)?.map_or(id, DocId),
    })
}

const DOCUMENT_COLUMNS: &str = "d.id, d.external_id, d.nation, d.source, d.language, d.date, d.title, d.body, d.url, d.place, \
d.organization, d.source_label, d.extra_json, u.first_id";

impl Store {
    /// Reads all documents by identity.
    ///
    /// # Errors
    /// The database's.
    pub fn documents(&self) -> Result<Vec<Document>, StoreError> {
        let run = self.current_run("prepare")?.map_or(-1, |r| r.id.0);
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {DOCUMENT_COLUMNS} FROM document d LEFT JOIN duplicate u ON u.run_id = ?1 AND u.doc_id = d.id ORDER BY d.id"
        ))?;
        let rows = statement.query_map([run], document_from)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Hands every document without its text to `take`, by identity.
    ///
    /// # Errors
    /// The database's, or that of `take`.
    pub fn each_head<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(DocumentHead<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let db = |e: rusqlite::Error| E::from(StoreError::from(e));
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT id, nation, source, date, title, place, organization, source_label, extra_json FROM document ORDER BY id",
            )
            .map_err(db)?;
        let mut rows = statement.query([]).map_err(db)?;
        while let Some(row) = rows.next().map_err(db)? {
            let text = |i: usize| -> Result<Option<&str>, E> {
                let value = row.get_ref(i).map_err(db)?;
                value.as_str_or_null().map_err(|e| {
                    let kind = value.data_type();
                    db(rusqlite::Error::FromSqlConversionFailure(
                        i,
                        kind,
                        Box::new(e),
                    ))
                })
            };
            take(DocumentHead {
                id: DocId(row.get(0).map_err(db)?),
                nation: text(1)?.unwrap_or_default(),
                source: text(2)?.unwrap_or_default(),
                date: text(3)?,
                title: text(4)?.unwrap_or_default(),
                place: text(5)?,
                organization: text(6)?,
                source_label: text(7)?,
                extra_json: text(8)?,
            })?;
        }
        Ok(())
    }

    /// Reads one document.
    ///
    /// # Errors
    /// The database's.
    pub fn document(&self, id: DocId) -> Result<Option<Document>, StoreError> {
        let run = self.current_run("prepare")?.map_or(-1, |r| r.id.0);
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {DOCUMENT_COLUMNS} FROM document d LEFT JOIN duplicate u ON u.run_id = ?1 AND u.doc_id = d.id WHERE d.id = ?2"
        ))?;
        Ok(statement
            .query_row(params![run, id.0], document_from)
            .optional()?)
    }

    /// Reads some documents, in the order of their identities; those that are not there are left out.
    ///
    /// # Errors
    /// The database's.
    pub fn documents_of(&self, ids: &[DocId]) -> Result<Vec<Document>, StoreError> {
        let run = self.current_run("prepare")?.map_or(-1, |r| r.id.0);
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {DOCUMENT_COLUMNS} FROM document d LEFT JOIN duplicate u ON u.run_id = ?1 AND u.doc_id = d.id WHERE d.id = ?2"
        ))?;
        let mut out = Vec::with_capacity(ids.len());
        for id in ids {
            let found = statement
                .query_row(params![run, id.0], document_from)
                .optional()?;
            out.extend(found);
        }
        Ok(out)
    }

    /// Reads the near-duplicates of a document, itself left out.
    ///
    /// # Errors
    /// The database's.
    pub fn duplicates_of(&self, doc: &Document) -> Result<Vec<Document>, StoreError> {
        let run = self.current_run("prepare")?.map_or(-1, |r| r.id.0);
        // `first_id` has no index of its own; groups lie behind their first member.
        let mut statement = self.connection.prepare_cached(
            "SELECT doc_id FROM duplicate WHERE run_id = ?1 AND first_id = ?2 ORDER BY doc_id",
        )?;
        let rows =
            statement.query_map(params![run, doc.duplicate_of.0], |r| r.get(0).map(DocId))?;
        let mut ids: Vec<DocId> = rows.collect::<Result<_, _>>()?;
        ids.push(doc.duplicate_of);
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| *id != doc.id);
        self.documents_of(&ids)
    }

    /// Counts documents.
    ///
    /// # Errors
    /// The database's.
    pub fn n_documents(&self) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .query_row("SELECT COUNT(*) FROM document", [], |r| r.get::<_, i64>(0))?
            as usize)
    }

    /// Counts documents per nation, by code.
    ///
    /// # Errors
    /// The database's.
    pub fn n_documents_by_nation(&self) -> Result<Vec<(Nation, usize)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT nation, COUNT(*) FROM document GROUP BY nation ORDER BY nation",
        )?;
        let rows =
            statement.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?)))?;
        let mut out = Vec::new();
        for row in rows {
            let (code, n) = row?;
            out.push((nation_of(&code)?, n as usize));
        }
        Ok(out)
    }

    /// Reads the spans to mask per document, of the current preparation.
    ///
    /// # Errors
    /// The database's.
    pub fn masks(&self) -> Result<Vec<(DocId, Span)>, StoreError> {
        let run = self.current_run("prepare")?.map_or(-1, |r| r.id.0);
        let mut statement = self.connection.prepare_cached(
            "SELECT doc_id, start_char, end_char FROM mask WHERE run_id = ?1 ORDER BY doc_id, start_char",
        )?;
        let rows = statement.query_map([run], |r| {
            Ok((
                DocId(r.get(0)?),
                Span {
                    start: r.get::<_, i64>(1)? as usize,
                    end: r.get::<_, i64>(2)? as usize,
                },
            ))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads the spans to mask of one document, of the current preparation.
    ///
    /// # Errors
    /// The database's.
    pub fn masks_of(&self, id: DocId) -> Result<Vec<Span>, StoreError> {
        let run = self.current_run("prepare")?.map_or(-1, |r| r.id.0);
        let mut statement = self.connection.prepare_cached(
            "SELECT start_char, end_char FROM mask WHERE run_id = ?1 AND doc_id = ?2 ORDER BY start_char",
        )?;
        let rows = statement.query_map(params![run, id.0], |r| {
            Ok(Span {
                start: r.get::<_, i64>(0)? as usize,
                end: r.get::<_, i64>(1)? as usize,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reads the nation of every document, by identity.
    ///
    /// # Errors
    /// The database's.
    ///
    /// # Cost
    /// Reads an index, no text.
    pub fn nations_of_documents(&self) -> Result<Vec<(DocId, Nation)>, StoreError> {
        // In the index's order, so that the texts are not walked through; sorted here.
        let mut statement = self
            .connection
            .prepare_cached("SELECT nation, id FROM document")?;
        let rows =
            statement.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?)))?;
        let mut out = Vec::new();
        for row in rows {
            let (code, id) = row?;
            out.push((DocId(id), nation_of(&code)?));
        }
        out.sort_unstable_by_key(|d| d.0);
        Ok(out)
    }

    /// Finds the documents of some identities as their sources gave them. An identity belongs to a
    /// source, so that one may find several.
    ///
    /// # Errors
    /// The database's.
    ///
    /// # Cost
    /// One pass over an index, however many are asked for.
    pub fn documents_named(
        &self,
        names: &BTreeSet<&str>,
    ) -> Result<Vec<NamedDocument>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT nation, source, external_id, id FROM document")?;
        let mut rows = statement.query([])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let external_id: String = row.get(2)?;
            if names.contains(external_id.as_str()) {
                out.push(NamedDocument {
                    id: DocId(row.get(3)?),
                    nation: nation_of(&row.get::<_, String>(0)?)?,
                    source: row.get(1)?,
                    external_id,
                });
            }
        }
        Ok(out)
    }

    /// Reads the imported files in order.
    ///
    /// # Errors
    /// The database's.
    pub fn imports(&self) -> Result<Vec<ImportRecord>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, name, nation, content_hash, column_map, n_rows, n_docs, n_bad FROM import_file ORDER BY id",
        )?;
        let rows = statement.query_map([], |r| {
            Ok(ImportRecord {
                id: r.get(0)?,
                name: r.get(1)?,
                nation: r.get(2)?,
                content_hash: r.get(3)?,
                column_map: r.get(4)?,
                n_rows: r.get::<_, i64>(5)? as u64,
                n_docs: r.get::<_, i64>(6)? as u64,
                n_bad: r.get::<_, i64>(7)? as u64,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Tells whether a job has stored its file already.
    ///
    /// # Errors
    /// The database's.
    pub fn has_import_of(&self, job: JobId) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM import_file WHERE job_id = ?1)";
        Ok(self
            .connection
            .prepare_cached(sql)?
            .query_row([job.0], |r| r.get(0))?)
    }

    /// Reads rows set aside, file by file, at most `limit`.
    ///
    /// # Errors
    /// The database's.
    pub fn bad_rows(&self, limit: usize) -> Result<Vec<BadRowRecord>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT f.name, b.line, b.reason FROM bad_row b JOIN import_file f ON f.id = b.import_id ORDER BY b.id LIMIT ?1",
        )?;
        let rows = statement.query_map([limit as i64], |r| {
            Ok(BadRowRecord {
                file: r.get(0)?,
                line: r.get::<_, i64>(1)? as u64,
                reason: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Tells where a document came from: file and line.
    ///
    /// # Errors
    /// The database's.
    pub fn origin(&self, id: DocId) -> Result<Option<(String, u64)>, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT f.name, d.line FROM document d JOIN import_file f ON f.id = d.import_id WHERE d.id = ?1")?
            .query_row([id.0], |r| Ok((r.get(0)?, r.get::<_, i64>(1)? as u64)))
            .optional()?)
    }
}

pub(super) fn nation_of(code: &str) -> Result<Nation, StoreError> {
    Nation::parse(code).map_err(|unknown| StoreError::Unreadable {
        what: "nation",
        value: unknown.code,
    })
}
