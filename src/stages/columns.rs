//! The corpus as columns for the screen: made from the store once per layout and clustering, kept in files.
//!
//! No stage of its own: nothing is computed that the runs do not hold already. A project whose files are
//! missing or old is read all the same, only slower.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::Value;

use super::StageError;
use super::layout::SCREEN_LAYOUT;
use crate::base::cloud::order;
use crate::base::column::Column;
use crate::base::ids::DocId;
use crate::domain::columns::{
    Field, Memberships, NO_CODE, NO_DAY, NO_TOPIC, Places, Texts, day_of,
};
use crate::domain::corpus::{Nation, PartialDate};
use crate::domain::topic::Assignment;
use crate::domain::topic_edit::{TopicStep, assignments_in_force};
use crate::store::{ColumnFile, NewColumns, Store, StoreError};

/// A further column with more different values than this neither colors nor filters.
const MAX_FIELD_VALUES: usize = 400;

/// Further columns kept.
const MAX_FIELDS: usize = 24;

/// Which runs columns were made from; equal keys have equal columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnsKey {
    /// The file of [`Places`]; `None` while there is no layout.
    pub places: Option<String>,
    /// The file of [`Memberships`].
    pub memberships: String,
}

impl ColumnsKey {
    /// Finds out what is in force.
    ///
    /// # Errors
    /// The store's.
    pub fn read(store: &Store) -> Result<Self, StoreError> {
        let run = |stage: &str| -> Result<i64, StoreError> {
            Ok(store.current_run(stage)?.map_or(0, |r| r.id.0))
        };
        let layout = run("layout")?;
        let (cluster, tags) = (run("cluster")?, run("tag_outliers")?);
        Ok(Self {
            places: (layout > 0).then(|| format!("places-{layout}")),
            memberships: format!("memberships-{layout}-{cluster}-{tags}"),
        })
    }
}

/// Reads the places of the layout in force: from their file, else from the database. `None` while there is
/// no layout, or while it is one of another corpus than the present one.
///
/// # Errors
/// The store's.
pub fn places(store: &Store, key: &ColumnsKey) -> Result<Option<Places>, StageError> {
    let Some(name) = &key.places else {
        return Ok(None);
    };
    let stored = store.columns(name).ok().flatten();
    match stored.and_then(|file| stored_places(&file).ok()) {
        Some(found) => Ok(Some(found)),
        // What is missing or damaged is made again from what it was made of.
        None => assemble_places(store),
    }
}

/// Reads what clustering and tagging in force say, row by row of `places`.
///
/// # Errors
/// The store's.
pub fn memberships(
    store: &Store,
    key: &ColumnsKey,
    places: &Places,
) -> Result<Memberships, StageError> {
    let stored = store
        .columns(&key.memberships)
        .ok()
        .flatten()
        .and_then(|f| stored_memberships(&f).ok())
        .filter(|m| m.topics.len() == places.n_rows());
    match stored {
        Some(found) => Ok(found),
        None => assemble_memberships(store, places),
    }
}

/// Puts edits of topics onto what clustering and tagging say.
///
/// # Shapes
/// - `steps`: the edits in force, as [`Store::topic_steps`] gives them.
///
/// # Errors
/// The store's.
///
/// # Cost
/// Reads no document from the database: 20 ms for a million.
pub fn edited(
    store: &Store,
    places: &Places,
    members: &Memberships,
    steps: &[TopicStep],
) -> Result<Memberships, StoreError> {
    let raw: Vec<Assignment> = places
        .ids
        .iter()
        .zip(places.row_of_id.iter())
        .filter_map(|(id, row)| {
            let row = *row as usize;
            let topic = *members.topics.get(row).filter(|t| **t != NO_TOPIC)?;
            Some(Assignment {
                doc: DocId(i64::from(*id)),
                number: usize::from(topic),
                by_tags: members
                    .flags
                    .get(row)
                    .is_some_and(|f| f & Memberships::BY_TAGS != 0),
                by_hand: false,
            })
        })
        .collect();
    let mut topics = vec![NO_TOPIC; places.n_rows()];
    for a in assignments_in_force(raw, store.n_raw_topics()?, steps) {
        if let Some(slot) = places.row_of(a.doc).and_then(|row| topics.get_mut(row)) {
            *slot = a.number.min(usize::from(NO_TOPIC)) as u16;
        }
    }
    Ok(Memberships {
        topics: topics.into(),
        ..members.clone()
    })
}

/// Tells whether columns are written anew when a stage is done.
pub fn follow(stage: &str) -> bool {
    // Layout and clusters alone are not worth a file: topics follow within the same run of the pipeline.
    stage == "tag_outliers"
}

/// Writes the files of what is in force where they are missing.
///
/// # Errors
/// The store's.
pub fn write(store: &Store) -> Result<(), StageError> {
    let key = ColumnsKey::read(store)?;
    let Some(name) = &key.places else {
        return Ok(());
    };
    let have = |name: &str| matches!(store.columns(name), Ok(Some(_)));
    let (has_places, has_memberships) = (have(name), have(&key.memberships));
    if has_places && has_memberships {
        return Ok(());
    }
    let Some(places) = places(store, &key)? else {
        return Ok(());
    };
    if !has_places {
        put_places(store, name, &places)?;
    }
    if !has_memberships {
        let found = assemble_memberships(store, &places)?;
        put_memberships(store, &key.memberships, &found)?;
    }
    Ok(())
}

fn put_places(store: &Store, name: &str, p: &Places) -> Result<(), StoreError> {
    let mut new = NewColumns::default()
        .column("positions", &p.positions_in_map)
        .column("docs", &p.docs)
        .column("nations", &p.nation_idx)
        .column("sources", &p.source_idx)
        .column("days", &p.days)
        .column("date_parts", &p.date_parts)
        .column("title_ends", &p.titles.ends)
        .column("titles", &p.titles.bytes)
        .column("ids", &p.ids)
        .column("row_of_id", &p.row_of_id)
        .list(
            "nations",
            p.nations.iter().map(|n| n.code().to_owned()).collect(),
        )
        .list("sources", p.sources.clone())
        .list("fields", p.fields.iter().map(|f| f.name.clone()).collect());
    for (i, field) in p.fields.iter().enumerate() {
        new = new
            .column(&format!("field {i}"), &field.codes)
            .list(&format!("field {i}"), field.values.clone());
    }
    store.put_columns(name, new)
}

fn stored_places(file: &ColumnFile) -> Result<Places, StoreError> {
    let nations = file.list("nations").iter();
    let mut fields = Vec::new();
    for (i, name) in file.list("fields").iter().enumerate() {
        fields.push(Field {
            name: name.clone(),
            values: file.list(&format!("field {i}")).to_vec(),
            codes: file.column(&format!("field {i}"))?,
        });
    }
    Ok(Places {
        positions_in_map: file.column("positions")?,
        docs: file.column("docs")?,
        nation_idx: file.column("nations")?,
        source_idx: file.column("sources")?,
        days: file.column("days")?,
        date_parts: file.column("date_parts")?,
        titles: Texts {
            ends: file.column("title_ends")?,
            bytes: file.column("titles")?,
        },
        ids: file.column("ids")?,
        row_of_id: file.column("row_of_id")?,
        nations: nations.filter_map(|n| Nation::parse(n).ok()).collect(),
        sources: file.list("sources").to_vec(),
        fields,
    })
}

fn put_memberships(store: &Store, name: &str, m: &Memberships) -> Result<(), StoreError> {
    let new = NewColumns::default()
        .column("topics", &m.topics)
        .column("flags", &m.flags)
        .column("strengths", &m.strengths);
    store.put_columns(name, new)
}

fn stored_memberships(file: &ColumnFile) -> Result<Memberships, StoreError> {
    Ok(Memberships {
        topics: file.column("topics")?,
        flags: file.column("flags")?,
        strengths: file.column("strengths")?,
    })
}

/// What is gathered of every document, by identity.
#[derive(Default)]
struct Gathered {
    ids: Vec<u32>,
    nations: Vec<u8>,
    sources: Vec<u16>,
    days: Vec<i32>,
    date_parts: Vec<u8>,
    title_ends: Vec<u64>,
    titles: Vec<u8>,
    nation_names: Vec<Nation>,
    source_names: BTreeMap<String, u16>,
    fields: BTreeMap<String, GatheredField>,
}

/// A further column while it is gathered.
#[derive(Default)]
struct GatheredField {
    codes: BTreeMap<String, u16>,
    counts: Vec<usize>,
    /// Code of each document so far; shorter than the documents where the last ones have none.
    of_doc: Vec<u16>,
    /// Too many different values.
    dropped: bool,
}

impl GatheredField {
    fn take(&mut self, doc_idx: usize, value: &str) {
        if self.dropped || value.is_empty() {
            return;
        }
        let n = self.codes.len();
        let code = match self.codes.get(value) {
            Some(code) => *code,
            None if n >= MAX_FIELD_VALUES => {
                *self = Self {
                    dropped: true,
                    ..Self::default()
                };
                return;
            }
            None => {
                self.codes.insert(value.to_owned(), n as u16);
                self.counts.push(0);
                n as u16
            }
        };
        if let Some(count) = self.counts.get_mut(usize::from(code)) {
            *count += 1;
        }
        self.of_doc.resize(doc_idx, NO_CODE);
        self.of_doc.push(code);
    }
}

fn assemble_places(store: &Store) -> Result<Option<Places>, StageError> {
    let Some(run) = store.current_run("layout")? else {
        return Ok(None);
    };
    let Some(screen) = store.vectors(run.id, SCREEN_LAYOUT)? else {
        return Ok(None);
    };
    // A layout of another corpus than the present one is out of date and not drawn.
    if screen.n_rows() != store.n_documents()? || screen.n_cols() != 2 {
        return Ok(None);
    }
    let positions: &[[f32; 2]] = bytemuck::cast_slice(screen.values());
    let gathered = gather(store)?;
    Ok(Some(gathered.in_order(positions)))
}

fn gather(store: &Store) -> Result<Gathered, StageError> {
    let mut g = Gathered::default();
    store.each_head(|head| -> Result<(), StageError> {
        let doc_idx = g.ids.len();
        let id = u32::try_from(head.id.0).map_err(|_too_large| StageError::Compute {
            stage: "columns",
            reason: format!("document {} has too large a number", head.id),
        })?;
        g.ids.push(id);
        let nation = Nation::parse(head.nation).map_err(|unknown| StoreError::Unreadable {
            what: "nation",
            value: unknown.code,
        })?;
        let known = g.nation_names.iter().position(|n| *n == nation);
        let nation_idx = known.unwrap_or(g.nation_names.len());
        if known.is_none() {
            g.nation_names.push(nation);
        }
        g.nations.push(nation_idx.min(255) as u8);
        let n_sources = g.source_names.len();
        let known = g.source_names.get(head.source).copied();
        let source = known.unwrap_or(n_sources.min(usize::from(u16::MAX)) as u16);
        if known.is_none() {
            g.source_names.insert(head.source.to_owned(), source);
        }
        g.sources.push(source);
        let date = head.date.and_then(PartialDate::parse_iso);
        let (day, parts) = date.as_ref().map_or((NO_DAY, 0), day_of);
        g.days.push(day);
        g.date_parts.push(parts);
        g.titles.extend_from_slice(head.title.as_bytes());
        g.title_ends.push(g.titles.len() as u64);
        for (name, value) in [
            ("place", head.place),
            ("organization", head.organization),
            ("label of the source", head.source_label),
        ] {
            if let Some(value) = value {
                field(&mut g.fields, name, doc_idx, value.trim());
            }
        }
        if let Some(Value::Object(extra)) =
            head.extra_json.and_then(|t| serde_json::from_str(t).ok())
        {
            for (name, value) in &extra {
                match value {
                    Value::String(s) => field(&mut g.fields, name, doc_idx, s.trim()),
                    Value::Number(n) => field(&mut g.fields, name, doc_idx, &n.to_string()),
                    Value::Bool(b) => field(&mut g.fields, name, doc_idx, &b.to_string()),
                    _ => {}
                }
            }
        }
        Ok(())
    })?;
    Ok(g)
}

fn field(fields: &mut BTreeMap<String, GatheredField>, name: &str, doc_idx: usize, value: &str) {
    if let Some(known) = fields.get_mut(name) {
        known.take(doc_idx, value);
    } else if fields.len() < MAX_FIELDS {
        let mut new = GatheredField::default();
        new.take(doc_idx, value);
        fields.insert(name.to_owned(), new);
    }
}

impl Gathered {
    /// Puts what was gathered into the order of the map.
    fn in_order(self, positions: &[[f32; 2]]) -> Places {
        let order = order(positions);
        let n = self.ids.len();
        let mut row_of_id = vec![u32::MAX; n];
        for (row, i) in order.iter().enumerate() {
            if let Some(slot) = row_of_id.get_mut(*i as usize) {
                *slot = row as u32;
            }
        }
        let mut nations = self.nation_names.clone();
        nations.sort_by_key(Nation::paper_order);
        let nation_at: Vec<u8> = self
            .nation_names
            .iter()
            .map(|n| nations.iter().position(|m| m == n).unwrap_or(0) as u8)
            .collect();
        let sources: Vec<String> = self.source_names.keys().cloned().collect();
        let mut source_at = vec![0u16; sources.len()];
        for (at, of_doc) in self.source_names.values().enumerate() {
            if let Some(slot) = source_at.get_mut(usize::from(*of_doc)) {
                *slot = at as u16;
            }
        }
        let (ends, bytes) = titles_in_order(&self.title_ends, &self.titles, &order);
        let picked_u8 = |values: &[u8], at: &[u8]| -> Vec<u8> {
            pick(values, &order)
                .into_iter()
                .map(|v| at.get(usize::from(v)).copied().unwrap_or(0))
                .collect()
        };
        let fields = self
            .fields
            .into_iter()
            .filter_map(|(name, field)| finished_field(name, field, n, &order))
            .collect();
        Places {
            positions_in_map: pick(positions, &order).into(),
            docs: pick(&self.ids, &order).into(),
            nation_idx: picked_u8(&self.nations, &nation_at).into(),
            source_idx: pick(&self.sources, &order)
                .into_iter()
                .map(|v| source_at.get(usize::from(v)).copied().unwrap_or(0))
                .collect::<Vec<_>>()
                .into(),
            days: pick(&self.days, &order).into(),
            date_parts: pick(&self.date_parts, &order).into(),
            titles: Texts { ends, bytes },
            ids: self.ids.into(),
            row_of_id: row_of_id.into(),
            nations,
            sources,
            fields,
        }
    }
}

/// Takes the values of `order` one after another.
fn pick<T: Copy + Send + Sync>(values: &[T], order: &[u32]) -> Vec<T> {
    order
        .par_iter()
        .filter_map(|i| values.get(*i as usize).copied())
        .collect()
}

fn titles_in_order(ends: &[u64], bytes: &[u8], order: &[u32]) -> (Column<u64>, Column<u8>) {
    let mut out = Vec::with_capacity(bytes.len());
    let mut out_ends = Vec::with_capacity(order.len());
    for i in order {
        let i = *i as usize;
        let start = i.checked_sub(1).and_then(|b| ends.get(b)).map_or(0, |e| *e);
        let end = ends.get(i).copied().unwrap_or(start);
        out.extend_from_slice(bytes.get(start as usize..end as usize).unwrap_or(&[]));
        out_ends.push(out.len() as u64);
    }
    (out_ends.into(), out.into())
}

/// Sorts a field's values by how often they occur; `None` if they hardly repeat.
fn finished_field(name: String, field: GatheredField, n: usize, order: &[u32]) -> Option<Field> {
    let n_values = field.codes.len();
    let n_with: usize = field.counts.iter().sum();
    if field.dropped || n_values == 0 || 2 * n_values > n_with {
        return None;
    }
    let mut by_code: Vec<String> = vec![String::new(); n_values];
    for (value, code) in field.codes {
        if let Some(slot) = by_code.get_mut(usize::from(code)) {
            *slot = value;
        }
    }
    let count = |code: usize| field.counts.get(code).copied().unwrap_or(0);
    let mut sorted: Vec<usize> = (0..n_values).collect();
    sorted.sort_by_key(|&code| (std::cmp::Reverse(count(code)), by_code.get(code).cloned()));
    let mut new_code = vec![NO_CODE; n_values];
    for (new, old) in sorted.iter().enumerate() {
        if let Some(slot) = new_code.get_mut(*old) {
            *slot = new as u16;
        }
    }
    let mut of_doc = field.of_doc;
    of_doc.resize(n, NO_CODE);
    let codes: Vec<u16> = pick(&of_doc, order)
        .into_iter()
        .map(|c| new_code.get(usize::from(c)).copied().unwrap_or(NO_CODE))
        .collect();
    Some(Field {
        name,
        values: sorted
            .into_iter()
            .filter_map(|code| by_code.get(code).cloned())
            .collect(),
        codes: codes.into(),
    })
}

fn assemble_memberships(store: &Store, places: &Places) -> Result<Memberships, StageError> {
    let n = places.n_rows();
    let mut topics = vec![NO_TOPIC; n];
    let mut flags = vec![0u8; n];
    let mut strengths = vec![0u8; n];
    for c in store.clusters()? {
        let Some(row) = places.row_of(c.doc) else {
            continue;
        };
        if let Some(slot) = flags.get_mut(row).filter(|_| c.label < 0) {
            *slot |= Memberships::OUTLIER;
        }
        if let Some(slot) = strengths.get_mut(row) {
            *slot = (c.membership.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        }
    }
    for a in store.raw_assignments()? {
        let Some(row) = places.row_of(a.doc) else {
            continue;
        };
        if let Some(slot) = topics.get_mut(row) {
            *slot = a.number.min(usize::from(NO_TOPIC)) as u16;
        }
        if let Some(slot) = flags.get_mut(row).filter(|_| a.by_tags) {
            *slot |= Memberships::BY_TAGS;
        }
    }
    Ok(Memberships {
        topics: topics.into(),
        flags: flags.into(),
        strengths: strengths.into(),
    })
}
