//! Column files: named columns of plain numbers in one file beside the database, mapped when they are read.
//!
//! A column file is made from what the database and the vector files hold and can be made again; it is
//! written whole under another name, moved into place and never changed. Its name tells from which runs
//! it was made, so that an old one is never taken for a new one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytemuck::Pod;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::mapped::MappedFile;
use super::open::Store;
use crate::base::column::{Column, Held};

/// First bytes of a column file, with the version of its layout.
const MAGIC: &[u8; 8] = b"MERICOL1";

/// Columns begin at multiples of this many bytes: a cache line, and enough for every kind of number.
const ALIGN: usize = 64;

/// What stands in a file beside its columns.
#[derive(Serialize, Deserialize)]
struct Header {
    /// Start in the file and length of each column, in bytes.
    columns: BTreeMap<String, (usize, usize)>,
    /// Lists of names, e.g. the outlets by index.
    lists: BTreeMap<String, Vec<String>>,
}

/// A column file about to be written.
#[derive(Default)]
pub struct NewColumns<'a> {
    columns: BTreeMap<String, &'a [u8]>,
    lists: BTreeMap<String, Vec<String>>,
}

impl<'a> NewColumns<'a> {
    /// Adds a column.
    #[must_use]
    pub fn column<T: Pod>(mut self, name: &str, values: &'a [T]) -> Self {
        self.columns
            .insert(name.to_owned(), bytemuck::cast_slice(values));
        self
    }

    /// Adds a list of names.
    #[must_use]
    pub fn list(mut self, name: &str, values: Vec<String>) -> Self {
        self.lists.insert(name.to_owned(), values);
        self
    }
}

/// A mapped column file.
pub struct ColumnFile {
    file: Arc<MappedFile>,
    header: Header,
}

impl ColumnFile {
    /// Returns a column without copying it.
    ///
    /// # Errors
    /// [`StoreError::Vectors`] if the file has none of that name, or not of that kind.
    pub fn column<T: Pod>(&self, name: &str) -> Result<Column<T>, StoreError> {
        let held = || Arc::clone(&self.file) as Arc<dyn Held>;
        self.header
            .columns
            .get(name)
            .and_then(|(start, n_bytes)| Column::held(held(), *start, *n_bytes))
            .ok_or_else(|| {
                self.file
                    .damaged(&format!("it has no whole column `{name}`"))
            })
    }

    /// Returns a list of names, empty if there is none.
    pub fn list(&self, name: &str) -> &[String] {
        self.header.lists.get(name).map_or(&[], Vec::as_slice)
    }

    fn open(path: &Path) -> Result<Self, StoreError> {
        let file = MappedFile::open(path, *MAGIC, "column file of this version")?;
        let (n_header, n_bytes) = file.header_numbers()?;
        if n_bytes != file.bytes().len() {
            return Err(file.damaged("its length does not fit its header"));
        }
        let header = 24usize
            .checked_add(n_header)
            .and_then(|end| file.bytes().get(24..end))
            .and_then(|text| serde_json::from_slice(text).ok())
            .ok_or_else(|| file.damaged("its header cannot be read"))?;
        Ok(Self {
            file: Arc::new(file),
            header,
        })
    }
}

impl Store {
    fn column_path(&self, name: &str) -> PathBuf {
        self.folder()
            .join("columns")
            .join(format!("{name}.columns"))
    }

    /// Writes a column file and removes older ones whose names begin alike up to the first `-`.
    ///
    /// Belongs to no transaction: a file that was cut off is not there, and one that is there is whole.
    ///
    /// # Errors
    /// [`StoreError::Io`] or [`StoreError::DiskFull`].
    pub fn put_columns(&self, name: &str, new: NewColumns<'_>) -> Result<(), StoreError> {
        let path = self.column_path(name);
        let part = path.with_extension("tmp");
        let folder = self.folder().join("columns");
        fs::create_dir_all(&folder)
            .map_err(StoreError::io("make the folder of columns", &folder))?;
        let file = File::create(&part).map_err(StoreError::io("write columns", &part))?;
        write_file(BufWriter::new(file), new)
            .and_then(|file| file.sync_all())
            .map_err(StoreError::io("write columns", &part))?;
        fs::rename(&part, &path).map_err(StoreError::io("put columns in place", &path))?;
        let kind = name.split('-').next().unwrap_or(name);
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let old = entry.path();
            let same_kind = old
                .file_name()
                .and_then(|n| n.to_str())
                .is_some_and(|n| n.split(['-', '.']).next() == Some(kind));
            if same_kind && old != path {
                // One that is still open elsewhere stays for the next time.
                drop(fs::remove_file(old));
            }
        }
        Ok(())
    }

    /// Maps a column file, `None` if there is none of that name.
    ///
    /// # Errors
    /// [`StoreError::Vectors`] if it is damaged.
    pub fn columns(&self, name: &str) -> Result<Option<ColumnFile>, StoreError> {
        let path = self.column_path(name);
        if !path.is_file() {
            return Ok(None);
        }
        ColumnFile::open(&path).map(Some)
    }
}

fn write_file(mut out: BufWriter<File>, new: NewColumns<'_>) -> std::io::Result<File> {
    // The header's own length changes with the numbers in it: places are counted from after it, and it
    // gets room to spare.
    let lists = new.lists;
    let room = |columns: BTreeMap<String, (usize, usize)>| {
        let header = Header {
            columns,
            lists: lists.clone(),
        };
        serde_json::to_vec(&header).map_err(std::io::Error::other)
    };
    let widest = new
        .columns
        .keys()
        .map(|name| (name.clone(), (usize::MAX, usize::MAX)))
        .collect();
    let first = (24 + room(widest)?.len()).next_multiple_of(ALIGN);
    let mut start = first;
    let mut places = BTreeMap::new();
    for (name, bytes) in &new.columns {
        places.insert(name.clone(), (start, bytes.len()));
        start = (start + bytes.len()).next_multiple_of(ALIGN);
    }
    let header = room(places)?;
    out.write_all(MAGIC)?;
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&(start as u64).to_le_bytes())?;
    out.write_all(&header)?;
    let pad = |out: &mut BufWriter<File>, n: usize| out.write_all(&[0; ALIGN][..n]);
    let mut at = 24 + header.len();
    while at < first {
        let n = (first - at).min(ALIGN);
        pad(&mut out, n)?;
        at += n;
    }
    for bytes in new.columns.values() {
        out.write_all(bytes)?;
        pad(&mut out, bytes.len().next_multiple_of(ALIGN) - bytes.len())?;
    }
    out.into_inner()
        .map_err(std::io::IntoInnerError::into_error)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    #[test]
    fn columns_come_back_and_old_ones_go() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::create(home.path()).unwrap();
        let put = |name: &str, days: &[i32]| {
            let new = NewColumns::default()
                .column("days", days)
                .column("points", &[[1.5f32, 2.0]])
                .column("none", &[] as &[u16])
                .list("sources", vec!["Le Quai".to_owned(), "人民".to_owned()]);
            store.put_columns(name, new).unwrap();
        };
        put("places-3", &[1, -7]);
        put("places-4", &[9, 8, 7]);
        put("topics-4", &[0]);
        assert!(store.columns("places-3").unwrap().is_none());
        let file = store.columns("places-4").unwrap().unwrap();
        assert_eq!(&*file.column::<i32>("days").unwrap(), [9, 8, 7]);
        assert_eq!(&*file.column::<[f32; 2]>("points").unwrap(), [[1.5, 2.0]]);
        assert!(file.column::<u16>("none").unwrap().is_empty());
        assert!(file.column::<u16>("other").is_err());
        assert!(file.column::<u64>("days").is_err());
        assert_eq!(file.list("sources"), ["Le Quai", "人民"]);
        assert!(file.list("other").is_empty());
        assert!(store.columns("topics-4").unwrap().is_some());
    }

    #[test]
    fn damaged_files_are_named() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::create(home.path()).unwrap();
        store
            .put_columns(
                "places-1",
                NewColumns::default().column("days", &[1i32, 2, 3]),
            )
            .unwrap();
        let path = store.column_path("places-1");
        let whole = fs::read(&path).unwrap();
        for cut in [0, 7, 12, 30, whole.len() - 1] {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(matches!(
                store.columns("places-1"),
                Err(StoreError::Vectors { .. })
            ));
        }
    }
}
