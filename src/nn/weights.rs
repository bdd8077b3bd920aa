//! The weights of a folder: mapped safetensors, one file or many shards, every tensor checked as it is taken.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::error::NnError;
use super::files::read_json;
use super::mapped::map;
use super::memory::available_bytes;
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

/// Memory beyond the weights themselves: activations, tokenizer, program.
const HEADROOM_BYTES: u64 = 64 << 20;

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
        let n_numbers: u64 = self
            .places
            .values()
            .map(|p| p.shape.iter().product::<usize>() as u64)
            .sum();
        // Computed in float32, whatever the file holds.
        let needed = n_numbers * 4 + HEADROOM_BYTES;
        match available_bytes() {
            Some(available) if needed > available => Err(NnError::TooLarge {
                needed_mib: needed >> 20,
                available_mib: available >> 20,
                path: folder.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Returns the names of all tensors.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Tells whether there is a tensor of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
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
        let bytes = &self.maps[place.map][place.bytes.clone()];
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

    /// Adds all bytes to a hash.
    pub(super) fn hash_into(&self, hasher: &mut ContentHasher) {
        for map in &self.maps {
            hasher.bytes(map);
        }
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

/// Writes tensors as a safetensors file, whole or not at all.
///
/// # Errors
/// [`NnError::Io`] or [`NnError::Compute`].
pub(super) fn write_tensors(
    path: &Path,
    tensors: &BTreeMap<String, Tensor>,
    kind: DType,
) -> Result<(), NnError> {
    let mut data = BTreeMap::new();
    for (name, tensor) in tensors {
        let flat = tensor
            .to_device(&Device::Cpu)?
            .to_dtype(kind)?
            .flatten_all()?;
        let (dtype, bytes): (Dtype, Vec<u8>) = match kind {
            DType::F16 => (
                Dtype::F16,
                flat.to_vec1::<half::f16>()?
                    .iter()
                    .flat_map(|x| x.to_le_bytes())
                    .collect(),
            ),
            _ => (
                Dtype::F32,
                flat.to_dtype(DType::F32)?
                    .to_vec1::<f32>()?
                    .iter()
                    .flat_map(|x| x.to_le_bytes())
                    .collect(),
            ),
        };
        data.insert(name.clone(), (dtype, tensor.dims().to_vec(), bytes));
    }
    let mut views = Vec::new();
    for (name, (dtype, shape, bytes)) in &data {
        let view =
            safetensors::tensor::TensorView::new(*dtype, shape.clone(), bytes).map_err(|e| {
                NnError::Unreadable {
                    reason: e.to_string(),
                    path: path.to_owned(),
                }
            })?;
        views.push((name.clone(), view));
    }
    let header = std::collections::HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let bytes = safetensors::serialize(views, Some(header)).map_err(|e| NnError::Unreadable {
        reason: e.to_string(),
        path: path.to_owned(),
    })?;
    super::files::write_whole(path, &bytes)
}
