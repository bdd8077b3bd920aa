//! Models in one file: GGUF, as llama.cpp writes it, of the architectures llama, qwen2 and qwen3.
//!
//! ```text
//! file -> header (metadata, table of tensors) -> config, tokenizer, vectors, matrices in chunks of rows
//! ```
//!
//! Weights stay as the file packs them, in blocks of 32 or 256 numbers with shared scales; nothing is
//! unpacked here but norms and biases. The file is not trusted: every length and place is compared with its
//! size before it is used. It writes no GGUF, reads no split files and no mixture of experts.

use std::path::Path;

use candle_core::quantized::QTensor;
use memmap2::Mmap;

use super::error::NnError;
use super::mapped::map;

mod byte_level;
mod config;
mod header;
mod kind;
mod names;
mod sentence_piece;
#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panic")]
mod tests;
mod tokenizer;

pub(super) use config::{GgufConfig, GgufRopeScaling};
use header::{Header, Place};
pub(super) use names::tensor_name;
use tokenizer::Ends;

/// A mapped GGUF file whose head has been read.
pub(super) struct GgufFile {
    map: Mmap,
    header: Header,
    ends: Ends,
    chat_template: Option<String>,
}

impl GgufFile {
    /// Maps a file and reads its head.
    ///
    /// # Errors
    /// [`NnError::Io`], [`NnError::Gguf`] for a file that is none, is cut short, or holds kinds of
    /// numbers that are not read, [`NnError::UnknownArchitecture`].
    pub(super) fn open(path: &Path) -> Result<Self, NnError> {
        let map = map(path)?;
        let header = Header::read(&map, path)?;
        config::architecture(&header, &map)?;
        let ends = Ends::read(&header, &map)?;
        let chat_template = header
            .text(&map, "tokenizer.chat_template")?
            .map(str::to_owned);
        Ok(Self {
            map,
            header,
            ends,
            chat_template,
        })
    }

    /// Reads the network's shape and compares it with the tensors.
    ///
    /// # Errors
    /// [`NnError::Gguf`] with the key, [`NnError::MissingTensor`], [`NnError::Shape`] or
    /// [`NnError::NotFinite`].
    pub(super) fn config(&self) -> Result<GgufConfig, NnError> {
        config::read(&self.header, &self.map, self.ends.bos, &self.ends.eos)
    }

    /// Returns the Jinja template of a talk.
    pub(super) fn chat_template(&self) -> Option<&str> {
        self.chat_template.as_deref()
    }

    /// Builds the tokenizer.
    ///
    /// # Errors
    /// [`NnError::Gguf`] if the file has none or one that is not known, [`NnError::Tokenizer`] if it
    /// contradicts itself.
    pub(super) fn tokenizer(&self) -> Result<tokenizers::Tokenizer, NnError> {
        tokenizer::build(&self.header, &self.map, &self.ends)
    }

    /// Takes a tensor as float32, such as a norm or a bias.
    ///
    /// # Shapes
    /// - `shape`: what the configuration says, rows first; returns as many numbers, row by row.
    ///
    /// # Errors
    /// [`NnError::MissingTensor`], [`NnError::Shape`] or [`NnError::NotFinite`].
    pub(super) fn vector(&self, hf_name: &str, shape: &[usize]) -> Result<Vec<f32>, NnError> {
        let (place, bytes) = self.tensor(hf_name, shape)?;
        kind::numbers(place.kind, bytes, place.shape.iter().product())
    }

    /// Takes a matrix as the file packs it, in chunks of rows on the processor.
    ///
    /// # Shapes
    /// - returns: `n` tensors of `rows_per_chunk × cols`, the last with the rows that are left.
    ///
    /// # Errors
    /// [`NnError::MissingTensor`], [`NnError::Shape`] or [`NnError::NotFinite`];
    /// [`NnError::Setting`] if `rows_per_chunk` is 0.
    ///
    /// # Cost
    /// One copy of the packed bytes; nothing is unpacked.
    pub(super) fn quantized(
        &self,
        hf_name: &str,
        [rows, cols]: [usize; 2],
        rows_per_chunk: usize,
    ) -> Result<Vec<QTensor>, NnError> {
        if rows_per_chunk == 0 {
            return Err(NnError::Setting {
                name: "rows_per_chunk",
                expected: "at least 1",
                value: "0".to_owned(),
            });
        }
        let (place, bytes) = self.tensor(hf_name, &[rows, cols])?;
        let row_bytes = cols / place.kind.block_size() * place.kind.type_size();
        bytes
            .chunks(row_bytes.saturating_mul(rows_per_chunk))
            .map(|chunk| kind::rows(place.kind, chunk, chunk.len() / row_bytes, cols))
            .collect()
    }

    /// Returns the bytes of all tensors as they are packed.
    pub(super) fn weight_bytes(&self) -> u64 {
        let bytes = self.header.tensors().map(|(_, p)| p.bytes.len() as u64);
        bytes.sum()
    }

    /// Returns the whole file, for a hash of it.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Finds a tensor of this shape whose numbers are all finite.
    fn tensor(&self, hf_name: &str, shape: &[usize]) -> Result<(&Place, &[u8]), NnError> {
        let name = tensor_name(hf_name).unwrap_or_else(|| hf_name.to_owned());
        let Some(place) = self.header.tensor(&name) else {
            return Err(NnError::MissingTensor { name });
        };
        if place.shape != shape {
            return Err(NnError::Shape {
                name,
                found: place.shape.clone(),
                expected: shape.to_vec(),
            });
        }
        let bytes = self.map.get(place.bytes.clone()).unwrap_or_default();
        if kind::finite(place.kind, bytes) {
            Ok((place, bytes))
        } else {
            Err(NnError::NotFinite { name })
        }
    }
}
