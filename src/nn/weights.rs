//! The weights of a folder: mapped safetensors, one file or many shards, every tensor checked as it is taken.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use candle_core::{DType, Device, Tensor};
use half::slice::HalfBitsSliceExt;
use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::error::NnError;
use super::files::read_json;
use super::kernels::product::Panels;
use super::mapped::map;
use super::matrix::{Matrix, Source};
use super::memory;
use crate::base::hash::ContentHasher;

/// Name of the file where there is only one.
pub(super) const SINGLE: &str = "model.safetensors";

/// Name of the file that names the shards.
const INDEX: &str = "model.safetensors.index.json";

/// Files that hold pickled weights.
const PICKLES: [&str; 4] = [
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "consolidated.00.pth",
    "adapter_model.bin",
];

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// Where a tensor lies.
struct Place {
    map: usize,
    kind: Dtype,
    shape: Vec<usize>,
    bytes: Range<usize>,
}

/// Mapped weights by name.
pub(super) struct Weights {
    maps: Vec<Mmap>,
    places: BTreeMap<String, Place>,
}

impl Weights {
    /// Maps all weights of a model's folder.
    ///
    /// # Errors
    /// [`NnError::Pickle`], [`NnError::MissingShard`], [`NnError::MissingFile`], [`NnError::Unreadable`].
    pub(super) fn open(folder: &Path) -> Result<Self, NnError> {
        let mut files = Vec::new();
        if folder.join(INDEX).is_file() {
            let index: Index = read_json(folder, INDEX, "it names the shards")?;
            let mut shards: Vec<String> = index.weight_map.into_values().collect();
            shards.sort();
            shards.dedup();
            let n_shards = shards.len();
            for (i, name) in shards.into_iter().enumerate() {
                if !folder.join(&name).is_file() {
                    return Err(NnError::MissingShard {
                        shard: i + 1,
                        n_shards,
                        name,
                    });
                }
                files.push(name);
            }
        } else if folder.join(SINGLE).is_file() {
            files.push(SINGLE.to_owned());
        } else {
            refuse_pickle(folder)?;
            return Err(NnError::MissingFile {
                name: SINGLE.to_owned(),
                advice: "weights are read from safetensors, one file or shards with an index",
                folder: folder.to_owned(),
            });
        }
        Self::open_files(folder, &files)
    }

    /// Maps the named files of a folder.
    ///
    /// # Errors
    /// [`NnError::Io`] or [`NnError::Unreadable`].
    pub(super) fn open_files(folder: &Path, files: &[String]) -> Result<Self, NnError> {
        let mut maps = Vec::new();
        let mut places = BTreeMap::new();
        for name in files {
            let path = folder.join(name);
            let mapped = map(&path)?;
            let unreadable = |reason: String| NnError::Unreadable {
                reason,
                path: path.clone(),
            };
            let (header_bytes, metadata) =
                SafeTensors::read_metadata(&mapped).map_err(|e| unreadable(e.to_string()))?;
            let data_at = header_bytes + 8;
            // Sorted, as a map of hashes hands them out in any order.
            let tensors: BTreeMap<String, _> = metadata.tensors().into_iter().collect();
            for (tensor, info) in tensors {
                let (from, to) = info.data_offsets;
                if data_at + to > mapped.len() {
                    return Err(unreadable("the file is cut short".to_owned()));
                }
                places.insert(
                    tensor,
                    Place {
                        map: maps.len(),
                        kind: info.dtype,
                        shape: info.shape.clone(),
                        bytes: data_at + from..data_at + to,
                    },
                );
            }
            maps.push(mapped);
        }
        Ok(Self { maps, places })
    }

    /// Refuses weights that cannot fit into memory, before any of them is read.
    ///
    /// # Errors
    /// [`NnError::TooLarge`] with both figures.
    pub(super) fn check_memory(&self, folder: &Path) -> Result<(), NnError> {
        // Kept in the kind of numbers that the file holds.
        let n_bytes: usize = self.places.values().map(|p| p.bytes.len()).sum();
        memory::check(n_bytes as u64, folder)
    }

    /// Returns the names of all tensors.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Tells whether there is a tensor of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// Returns a tensor's shape.
    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.places.get(name).map(|p| p.shape.as_slice())
    }

    /// Finds a tensor of a kind that is read and checks its shape.
    fn place(&self, name: &str, shape: &[usize]) -> Result<(&Place, DType, &[u8]), NnError> {
        let place = self
            .places
            .get(name)
            .ok_or_else(|| NnError::MissingTensor {
                name: name.to_owned(),
            })?;
        if place.shape != shape {
            return Err(NnError::Shape {
                name: name.to_owned(),
                found: place.shape.clone(),
                expected: shape.to_vec(),
            });
        }
        let kind = match place.kind {
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            other => {
                return Err(NnError::TensorKind {
                    name: name.to_owned(),
                    dtype: format!("{other:?}"),
                });
            }
        };
        Ok((place, kind, &self.maps[place.map][place.bytes.clone()]))
    }

    /// Lays a layer's weights out for the processor, in the kind of numbers that the file holds.
    ///
    /// # Errors
    /// As [`Weights::tensor`].
    pub(super) fn panels(&self, name: &str, n_out: usize, n_in: usize) -> Result<Panels, NnError> {
        let (_, kind, bytes) = self.place(name, &[n_out, n_in])?;
        let not_finite = || NnError::NotFinite {
            name: name.to_owned(),
        };
        if kind == DType::F32 {
            let (words, _) = bytes.as_chunks::<4>();
            let numbers: Vec<f32> = words.iter().map(|w| f32::from_le_bytes(*w)).collect();
            return if numbers.iter().all(|x| x.is_finite()) {
                Ok(Panels::of_rows(&numbers, n_out, n_in))
            } else {
                Err(not_finite())
            };
        }
        let (words, _) = bytes.as_chunks::<2>();
        let words: Vec<u16> = words.iter().map(|w| u16::from_le_bytes(*w)).collect();
        // All bits of the exponent set: no number, in either kind.
        let exponent = if kind == DType::F16 { 0x7c00 } else { 0x7f80 };
        if words.iter().any(|w| w & exponent == exponent) {
            return Err(not_finite());
        }
        Ok(if kind == DType::F16 {
            Panels::of_half_rows(words.reinterpret_cast::<half::f16>(), n_out, n_in)
        } else {
            Panels::of_brain_rows(words.reinterpret_cast::<half::bf16>(), n_out, n_in)
        })
    }

    /// Copies a tensor to the device as float32.
    ///
    /// # Errors
    /// [`NnError::MissingTensor`], [`NnError::Shape`], [`NnError::TensorKind`] or [`NnError::NotFinite`].
    pub(super) fn tensor(
        &self,
        name: &str,
        shape: &[usize],
        device: &Device,
    ) -> Result<Tensor, NnError> {
        let (place, kind, bytes) = self.place(name, shape)?;
        let tensor = Tensor::from_raw_buffer(bytes, kind, &place.shape, &Device::Cpu)?
            .to_dtype(DType::F32)?;
        // A sum is finite only if every number is, short of sums beyond float32, which weights never reach.
        let sum = tensor.abs()?.sum_all()?.to_scalar::<f32>()?;
        if !sum.is_finite() {
            return Err(NnError::NotFinite {
                name: name.to_owned(),
            });
        }
        Ok(tensor.to_device(device)?)
    }

    /// Copies a tensor of any shape as float32 and tells the kind of numbers it is saved in.
    ///
    /// # Errors
    /// As [`Weights::tensor`].
    pub(super) fn as_saved(&self, name: &str) -> Result<(Tensor, DType), NnError> {
        let shape = self.shape(name).unwrap_or_default().to_vec();
        let (_, kind, _) = self.place(name, &shape)?;
        Ok((self.tensor(name, &shape, &Device::Cpu)?, kind))
    }

    /// Adds all bytes to a hash.
    pub(super) fn hash_into(&self, hasher: &mut ContentHasher) {
        for map in &self.maps {
            hasher.bytes(map);
        }
    }
}

/// The weights of a folder as the layers of a network on a device.
pub(super) struct FromFolder<'a> {
    /// The weights.
    pub weights: &'a Weights,
    /// Where they are to lie.
    pub device: &'a Device,
    /// Kind of numbers to compute with where that is not the processor.
    pub dtype: DType,
}

impl Source for FromFolder<'_> {
    fn matrix(&mut self, name: &str, n_out: usize, n_in: usize) -> Result<Matrix, NnError> {
        if self.device.is_cpu() {
            return Ok(Matrix::Panels(Arc::new(
                self.weights.panels(name, n_out, n_in)?,
            )));
        }
        let tensor = self.weights.tensor(name, &[n_out, n_in], self.device)?;
        Ok(Matrix::Tensor(tensor.to_dtype(self.dtype)?))
    }

    fn vector(&mut self, name: &str, n: usize) -> Result<Tensor, NnError> {
        let tensor = self.weights.tensor(name, &[n], self.device)?;
        Ok(tensor.to_dtype(self.dtype)?)
    }
}

/// Refuses a folder whose weights are pickled.
///
/// # Errors
/// [`NnError::Pickle`] with advice.
pub(super) fn refuse_pickle(folder: &Path) -> Result<(), NnError> {
    match PICKLES.iter().map(|n| folder.join(n)).find(|p| p.is_file()) {
        Some(path) => Err(NnError::Pickle { path }),
        None => Ok(()),
    }
}

/// Writes tensors as a safetensors file, each in its kind of numbers; whole or not at all.
///
/// # Errors
/// [`NnError::Io`] or [`NnError::Compute`].
pub(super) fn write_tensors(
    path: &Path,
    tensors: &BTreeMap<String, (Tensor, DType)>,
) -> Result<(), NnError> {
    let unreadable = |e: safetensors::SafeTensorError| NnError::Unreadable {
        reason: e.to_string(),
        path: path.to_owned(),
    };
    let mut data = BTreeMap::new();
    for (name, (tensor, kind)) in tensors {
        let flat = tensor
            .to_device(&Device::Cpu)?
            .to_dtype(*kind)?
            .flatten_all()?;
        let (dtype, bytes): (Dtype, Vec<u8>) = match kind {
            DType::F16 => {
                let numbers = flat.to_vec1::<half::f16>()?;
                let bytes = numbers.iter().flat_map(|x| x.to_le_bytes());
                (Dtype::F16, bytes.collect())
            }
            DType::BF16 => {
                let numbers = flat.to_vec1::<half::bf16>()?;
                let bytes = numbers.iter().flat_map(|x| x.to_le_bytes());
                (Dtype::BF16, bytes.collect())
            }
            _ => {
                let numbers = flat.to_dtype(DType::F32)?.to_vec1::<f32>()?;
                let bytes = numbers.iter().flat_map(|x| x.to_le_bytes());
                (Dtype::F32, bytes.collect())
            }
        };
        data.insert(name.clone(), (dtype, tensor.dims().to_vec(), bytes));
    }
    let mut views = Vec::new();
    for (name, (dtype, shape, bytes)) in &data {
        let view = safetensors::tensor::TensorView::new(*dtype, shape.clone(), bytes)
            .map_err(unreadable)?;
        views.push((name.clone(), view));
    }
    let header = std::collections::HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let bytes = safetensors::serialize(views, Some(header)).map_err(unreadable)?;
    super::files::write_whole(path, &bytes)
}

/// Gives all tensors one kind of numbers.
pub(super) fn of_kind(
    tensors: BTreeMap<String, Tensor>,
    kind: DType,
) -> BTreeMap<String, (Tensor, DType)> {
    tensors
        .into_iter()
        .map(|(name, tensor)| (name, (tensor, kind)))
        .collect()
}
