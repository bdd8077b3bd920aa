//! The head of a GGUF file: metadata and the table of tensors, every length checked against the file.
//!
//! Nothing is copied but keys and names, so a file that claims billions of entries costs no more
//! memory than its own bytes could fill. candle's reader is not used: it divides by a
//! `general.alignment` of zero, builds 32 bytes for each byte of an array, repairs broken text so that
//! two tokens may become one, and never compares a tensor's place with the file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use candle_core::quantized::GgmlDType;

use super::super::error::NnError;
use super::kind;

/// Advice where bytes are missing or make no sense.
pub(super) const COPY_AGAIN: &str = "copy the file again";

/// Advice where the file is whole but says what cannot be.
pub(super) const CONVERT_AGAIN: &str =
    "convert the model again with the present convert_hf_to_gguf.py of llama.cpp";

/// Where tensors begin, in bytes, unless the file says otherwise.
const DEFAULT_ALIGNMENT: u64 = 32;

/// How deep lists may lie in lists; llama.cpp writes none at all.
const MAX_DEPTH: u32 = 4;

/// Most axes of a tensor, as in ggml.
const MAX_AXES: u32 = 4;

/// A metadata value; texts and lists as their place in the file.
#[derive(Clone, Debug)]
enum Value {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Flag(bool),
    Text(Range<usize>),
    List {
        /// Number of the items' kind.
        kind: u32,
        /// Items.
        n: usize,
        /// Their bytes.
        bytes: Range<usize>,
    },
}

/// Where a tensor lies.
pub(super) struct Place {
    /// Kind of its numbers.
    pub(super) kind: GgmlDType,
    /// Its shape, rows first; a row is a whole number of blocks.
    pub(super) shape: Vec<usize>,
    /// Its bytes in the file.
    pub(super) bytes: Range<usize>,
}

/// The head of a file.
pub(super) struct Header {
    path: PathBuf,
    metadata: BTreeMap<String, Value>,
    tensors: BTreeMap<String, Place>,
}

impl Header {
    /// Reads the head of a file from all of its bytes.
    ///
    /// # Errors
    /// [`NnError::Gguf`] for anything but a whole little-endian file of version 2 or 3 whose tensors
    /// all lie in it and are of known kinds.
    ///
    /// # Source
    /// `ggml/docs/gguf.md`; limits as in ggml's `gguf.cpp`.
    pub(super) fn read(bytes: &[u8], path: &Path) -> Result<Self, NnError> {
        let mut cursor = Cursor { bytes, at: 0, path };
        if cursor.take(4)? != *b"GGUF" {
            return Err(refuse(
                path,
                "it does not begin as one".to_owned(),
                "give a model file whose name ends in .gguf",
            ));
        }
        match cursor.u32()? {
            2 | 3 => {}
            version if version.trailing_zeros() >= 16 && version > 0 => {
                return Err(refuse(
                    path,
                    "its numbers are big-endian".to_owned(),
                    "take the little-endian file",
                ));
            }
            version => {
                return Err(refuse(
                    path,
                    format!("it is of version {version}, and known are 2 and 3"),
                    CONVERT_AGAIN,
                ));
            }
        }
        let n_tensors = cursor.u64()?;
        let n_values = cursor.u64()?;
        let mut metadata = BTreeMap::new();
        for _ in 0..n_values {
            let key = cursor.name()?;
            let value_kind = cursor.u32()?;
            let value = cursor.value(value_kind)?;
            if metadata.insert(key.clone(), value).is_some() {
                return Err(refuse(path, format!("it says {key} twice"), COPY_AGAIN));
            }
        }
        let mut header = Self {
            path: path.to_owned(),
            metadata,
            tensors: BTreeMap::new(),
        };
        let parts = header.count("split.count")?.unwrap_or(1);
        if parts > 1 {
            return Err(header.refuse(
                format!("it is one of {parts} parts"),
                "join them with llama-gguf-split --merge",
            ));
        }
        let alignment = match header.count("general.alignment")? {
            None => DEFAULT_ALIGNMENT,
            // Multiples of 8 by the format's rule; with them every block lies aligned for candle.
            Some(n) if n > 0 && n.is_multiple_of(8) => n as u64,
            Some(n) => {
                return Err(header.refuse(
                    format!("general.alignment is {n}, no multiple of 8"),
                    COPY_AGAIN,
                ));
            }
        };
        let mut entries = Vec::new();
        for _ in 0..n_tensors {
            entries.push(cursor.entry()?);
        }
        let data_at = (cursor.at as u64)
            .checked_next_multiple_of(alignment)
            .ok_or_else(|| cursor.cut())?;
        for entry in entries {
            let place = entry.place(data_at, alignment, bytes.len(), path)?;
            if header.tensors.insert(entry.name.clone(), place).is_some() {
                return Err(refuse(
                    path,
                    format!("it holds the tensor {} twice", entry.name),
                    COPY_AGAIN,
                ));
            }
        }
        Ok(header)
    }

    /// Returns where a tensor lies.
    pub(super) fn tensor(&self, name: &str) -> Option<&Place> {
        self.tensors.get(name)
    }

    /// Returns all tensors by name.
    pub(super) fn tensors(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.tensors.iter().map(|(n, p)| (n.as_str(), p))
    }

    /// Makes the error that names this file.
    pub(super) fn refuse(&self, reason: String, advice: &'static str) -> NnError {
        refuse(&self.path, reason, advice)
    }

    /// Makes the error of a missing key.
    pub(super) fn missing(&self, key: &str) -> NnError {
        self.refuse(format!("its metadata has no {key}"), CONVERT_AGAIN)
    }

    fn no(&self, key: &str, what: &str) -> NnError {
        self.refuse(format!("{key} is no {what}"), CONVERT_AGAIN)
    }

    /// Returns a count.
    ///
    /// # Errors
    /// [`NnError::Gguf`] if it is no whole number of at least 0.
    pub(super) fn count(&self, key: &str) -> Result<Option<usize>, NnError> {
        let refused = || self.no(key, "count");
        match self.metadata.get(key) {
            None => Ok(None),
            Some(Value::Unsigned(n)) => Ok(Some(usize::try_from(*n).ok().ok_or_else(refused)?)),
            Some(Value::Signed(n)) => Ok(Some(usize::try_from(*n).ok().ok_or_else(refused)?)),
            _ => Err(refused()),
        }
    }

    /// Returns the number of a token.
    ///
    /// # Errors
    /// [`NnError::Gguf`] if it is none.
    pub(super) fn token(&self, key: &str) -> Result<Option<u32>, NnError> {
        self.count(key)?
            .map(|n| u32::try_from(n).ok().ok_or_else(|| self.no(key, "token")))
            .transpose()
    }

    /// Returns a finite number.
    ///
    /// # Errors
    /// [`NnError::Gguf`] if it is none.
    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, NnError> {
        let number = match self.metadata.get(key) {
            None => return Ok(None),
            Some(Value::Float(x)) => *x,
            Some(Value::Unsigned(n)) => *n as f64,
            Some(Value::Signed(n)) => *n as f64,
            _ => f64::NAN,
        };
        if number.is_finite() {
            Ok(Some(number))
        } else {
            Err(self.no(key, "finite number"))
        }
    }

    /// Returns a flag.
    ///
    /// # Errors
    /// [`NnError::Gguf`] if it is none.
    pub(super) fn flag(&self, key: &str) -> Result<Option<bool>, NnError> {
        match self.metadata.get(key) {
            None => Ok(None),
            Some(Value::Flag(flag)) => Ok(Some(*flag)),
            _ => Err(self.no(key, "flag")),
        }
    }

    /// Returns a text out of the file's bytes.
    ///
    /// # Errors
    /// [`NnError::Gguf`] if it is none or no UTF-8.
    pub(super) fn text<'a>(&self, bytes: &'a [u8], key: &str) -> Result<Option<&'a str>, NnError> {
        match self.metadata.get(key) {
            None => Ok(None),
            Some(Value::Text(place)) => bytes
                .get(place.clone())
                .and_then(|b| str::from_utf8(b).ok())
                .map(Some)
                .ok_or_else(|| self.no(key, "UTF-8 text")),
            _ => Err(self.no(key, "text")),
        }
    }

    /// Returns a list of texts out of the file's bytes.
    ///
    /// # Errors
    /// [`NnError::Gguf`] if it is none or holds what is no UTF-8.
    pub(super) fn texts<'a>(
        &self,
        bytes: &'a [u8],
        key: &str,
    ) -> Result<Option<Vec<&'a str>>, NnError> {
        let Some(mut cursor) = self.list(bytes, key, |kind| kind == TEXT, "list of texts")? else {
            return Ok(None);
        };
        let mut texts = Vec::new();
        while cursor.at < cursor.bytes.len() {
            let place = cursor.text()?;
            let text = str::from_utf8(&cursor.bytes[place]).ok();
            texts.push(text.ok_or_else(|| self.no(key, "list of UTF-8 texts"))?);
        }
        Ok(Some(texts))
    }

    /// Returns a list of float32 numbers out of the file's bytes.
    ///
    /// # Errors
    /// [`NnError::Gguf`] if it is none.
    pub(super) fn numbers(&self, bytes: &[u8], key: &str) -> Result<Option<Vec<f32>>, NnError> {
        let cursor = self.list(bytes, key, |kind| kind == F32, "list of numbers")?;
        Ok(cursor.map(|c| {
            let (numbers, _) = c.bytes.as_chunks::<4>();
            numbers.iter().map(|b| f32::from_le_bytes(*b)).collect()
        }))
    }

    /// Returns a list of 32-bit integers out of the file's bytes.
    ///
    /// # Errors
    /// [`NnError::Gguf`] if it is none.
    pub(super) fn integers(&self, bytes: &[u8], key: &str) -> Result<Option<Vec<i32>>, NnError> {
        let integer = |kind| kind == I32 || kind == U32;
        let cursor = self.list(bytes, key, integer, "list of integers")?;
        Ok(cursor.map(|c| {
            let (numbers, _) = c.bytes.as_chunks::<4>();
            numbers.iter().map(|b| i32::from_le_bytes(*b)).collect()
        }))
    }

    /// Returns a count that a file may state once or for each layer, where it must be the same.
    ///
    /// # Errors
    /// [`NnError::Gguf`] if it is no count or the layers differ.
    pub(super) fn count_of_layers(
        &self,
        bytes: &[u8],
        key: &str,
    ) -> Result<Option<usize>, NnError> {
        if !matches!(self.metadata.get(key), Some(Value::List { .. })) {
            return self.count(key);
        }
        let counts = self.integers(bytes, key)?.unwrap_or_default();
        match counts.split_first() {
            Some((first, rest)) if rest.iter().all(|n| n == first) => {
                let count = usize::try_from(*first).ok();
                Ok(Some(count.ok_or_else(|| self.no(key, "count"))?))
            }
            _ => Err(self.refuse(
                format!("{key} differs from layer to layer"),
                "take a model whose layers are all alike",
            )),
        }
    }

    /// Returns a cursor over the items of a list.
    fn list<'a, 'p>(
        &'p self,
        bytes: &'a [u8],
        key: &str,
        fits: impl Fn(u32) -> bool,
        what: &str,
    ) -> Result<Option<Cursor<'a, 'p>>, NnError> {
        match self.metadata.get(key) {
            None => Ok(None),
            // An empty list may be of any kind: writers do not know what it would have held.
            Some(Value::List { kind, n, bytes: at }) if *n == 0 || fits(*kind) => {
                Ok(Some(Cursor {
                    bytes: bytes.get(at.clone()).unwrap_or_default(),
                    at: 0,
                    path: &self.path,
                }))
            }
            _ => Err(self.no(key, what)),
        }
    }
}

/// Numbers of the kinds of metadata that are told apart by name.
const U32: u32 = 4;
const I32: u32 = 5;
const F32: u32 = 6;
const TEXT: u32 = 8;
const LIST: u32 = 9;

/// Returns the bytes of a value of fixed width, none for texts, lists and what is unknown.
fn width(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        U32 | I32 | F32 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

fn refuse(path: &Path, reason: String, advice: &'static str) -> NnError {
    NnError::Gguf {
        reason,
        advice,
        path: path.to_owned(),
    }
}

/// A tensor as the table has it.
struct Entry {
    name: String,
    kind: u32,
    /// Widths of the axes, the fastest first.
    axes: Vec<u64>,
    offset: u64,
}

impl Entry {
    /// Finds its bytes, which must lie in the file.
    fn place(
        &self,
        data_at: u64,
        alignment: u64,
        n_bytes: usize,
        path: &Path,
    ) -> Result<Place, NnError> {
        let name = &self.name;
        let kind = kind::read(self.kind).ok_or_else(|| {
            refuse(
                path,
                format!(
                    "{name} is stored as {}, which is not read",
                    kind::name(self.kind)
                ),
                kind::KNOWN,
            )
        })?;
        let wrong = |what: &str| refuse(path, format!("{name} {what}"), COPY_AGAIN);
        let (block, block_bytes) = (kind.block_size() as u64, kind.type_size() as u64);
        if self.axes.contains(&0) {
            return Err(wrong("is empty"));
        }
        let row = self.axes.first().copied().unwrap_or(1);
        if !row.is_multiple_of(block) {
            return Err(wrong(&format!(
                "has {row} columns, no multiple of the {block} in a block of {}",
                kind::name(self.kind)
            )));
        }
        if !self.offset.is_multiple_of(alignment) {
            return Err(wrong("does not begin where a tensor may"));
        }
        let end = self
            .axes
            .iter()
            .try_fold(1u64, |all, &n| all.checked_mul(n))
            .and_then(|n| (n / block).checked_mul(block_bytes))
            .and_then(|len| {
                let from = data_at.checked_add(self.offset)?;
                Some((from, from.checked_add(len)?))
            })
            .filter(|&(_, to)| to <= n_bytes as u64);
        let Some((from, to)) = end else {
            return Err(wrong("reaches beyond its end, so the file is cut short"));
        };
        Ok(Place {
            kind,
            shape: self.axes.iter().rev().map(|&n| n as usize).collect(),
            bytes: from as usize..to as usize,
        })
    }
}

/// A place in bytes, moved on by reading.
struct Cursor<'a, 'p> {
    bytes: &'a [u8],
    at: usize,
    path: &'p Path,
}

impl<'a> Cursor<'a, '_> {
    fn cut(&self) -> NnError {
        refuse(
            self.path,
            "the file is cut short or damaged".to_owned(),
            COPY_AGAIN,
        )
    }

    /// Moves on by `n` bytes and tells where they stand.
    fn skip(&mut self, n: u64) -> Result<Range<usize>, NnError> {
        let left = (self.bytes.len() - self.at) as u64;
        if n > left {
            return Err(self.cut());
        }
        let from = self.at;
        self.at += n as usize;
        Ok(from..self.at)
    }

    fn take(&mut self, n: u64) -> Result<&'a [u8], NnError> {
        let place = self.skip(n)?;
        Ok(&self.bytes[place])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], NnError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u64)?);
        Ok(array)
    }

    fn u32(&mut self) -> Result<u32, NnError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, NnError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn text(&mut self) -> Result<Range<usize>, NnError> {
        let n = self.u64()?;
        self.skip(n)
    }

    /// Reads a key or a tensor's name.
    fn name(&mut self) -> Result<String, NnError> {
        let place = self.text()?;
        let name = str::from_utf8(&self.bytes[place]).ok();
        Ok(name
            .ok_or_else(|| refuse(self.path, "a name in it is no UTF-8".to_owned(), COPY_AGAIN))?
            .to_owned())
    }

    fn value(&mut self, kind: u32) -> Result<Value, NnError> {
        Ok(match kind {
            0 => Value::Unsigned(u8::from_le_bytes(self.array()?).into()),
            1 => Value::Signed(i8::from_le_bytes(self.array()?).into()),
            2 => Value::Unsigned(u16::from_le_bytes(self.array()?).into()),
            3 => Value::Signed(i16::from_le_bytes(self.array()?).into()),
            U32 => Value::Unsigned(self.u32()?.into()),
            I32 => Value::Signed(i32::from_le_bytes(self.array()?).into()),
            F32 => Value::Float(f32::from_le_bytes(self.array()?).into()),
            7 => Value::Flag(self.array::<1>()? != [0]),
            TEXT => Value::Text(self.text()?),
            LIST => {
                let kind = self.u32()?;
                let n = self.u64()?;
                let from = self.at;
                self.skip_items(kind, n, MAX_DEPTH)?;
                Value::List {
                    kind,
                    n: n as usize,
                    bytes: from..self.at,
                }
            }
            10 => Value::Unsigned(self.u64()?),
            11 => Value::Signed(i64::from_le_bytes(self.array()?)),
            12 => Value::Float(f64::from_le_bytes(self.array()?)),
            _ => return Err(self.cut()),
        })
    }

    /// Moves past the items of a list. Every item has at least a byte, so a false count ends at the
    /// file's end.
    fn skip_items(&mut self, kind: u32, n: u64, depth: u32) -> Result<(), NnError> {
        if let Some(width) = width(kind) {
            let n_bytes = n.checked_mul(width).ok_or_else(|| self.cut())?;
            self.skip(n_bytes)?;
            return Ok(());
        }
        for _ in 0..n {
            match kind {
                TEXT => {
                    self.text()?;
                }
                LIST if depth > 0 => {
                    let kind = self.u32()?;
                    let n = self.u64()?;
                    self.skip_items(kind, n, depth - 1)?;
                }
                _ => return Err(self.cut()),
            }
        }
        Ok(())
    }

    fn entry(&mut self) -> Result<Entry, NnError> {
        let name = self.name()?;
        let n_axes = self.u32()?;
        if n_axes == 0 || n_axes > MAX_AXES {
            return Err(refuse(
                self.path,
                format!("{name} has {n_axes} axes"),
                COPY_AGAIN,
            ));
        }
        let mut axes = Vec::new();
        for _ in 0..n_axes {
            axes.push(self.u64()?);
        }
        Ok(Entry {
            name,
            axes,
            kind: self.u32()?,
            offset: self.u64()?,
        })
    }
}
