//! Merges an adapter into a model's weights and writes the whole as a folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use candle_core::{DType, Tensor};

use super::config::DecoderConfig;
use super::error::NnError;
use super::files::{json_text, write_whole};
use super::lora::{Adapter, Target};
use super::model::LanguageModel;
use super::weights::{SINGLE, Weights, write_tensors};
use crate::base::observe::Observe;

/// Most bytes of one file of weights, as Hugging Face cuts them.
const SHARD_BYTES: usize = 5 << 30;

/// Files beside the weights that belong to a model and are copied as they are.
const COPIED: [&str; 9] = [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "meridian.json",
];

/// Writes `W + scale · B · A` for every layer that carries the adapter, and all else as it is, in the kind
/// of numbers that the model's weights hold.
///
/// # Errors
/// [`NnError`]; [`NnError::Cancelled`] between tensors: the folder then has no weights.
pub fn merge(
    model: &LanguageModel,
    adapter: &Adapter,
    folder: &Path,
    observe: &dyn Observe,
) -> Result<(), NnError> {
    model.check_trainable()?;
    let source = &model.folder;
    if same_place(source, folder) {
        return Err(NnError::Setting {
            name: "output",
            expected: "another folder than the model's own",
            value: folder.display().to_string(),
        });
    }
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| NnError::Io {
            what: "write",
            path,
            source,
        }
    };
    fs::create_dir_all(folder).map_err(io(folder))?;
    let weights = Weights::open(source)?;
    let config = &model.decoder.config;
    let names: Vec<String> = weights.names().map(str::to_owned).collect();
    let mut shards: Vec<BTreeMap<String, (Tensor, DType)>> = vec![BTreeMap::new()];
    let mut n_bytes = 0;
    for (i, name) in names.iter().enumerate() {
        observe.step(i as u64, names.len() as u64)?;
        let (tensor, kind) = weights.as_saved(name)?;
        let tensor = merged(tensor, name, config, adapter)?;
        let size = tensor.elem_count() * kind.size_in_bytes();
        if n_bytes > 0 && n_bytes + size > SHARD_BYTES {
            shards.push(BTreeMap::new());
            n_bytes = 0;
        }
        n_bytes += size;
        if let Some(shard) = shards.last_mut() {
            shard.insert(name.clone(), (tensor, kind));
        }
    }
    for name in COPIED {
        let from = source.join(name);
        if from.is_file() {
            let to = folder.join(name);
            fs::copy(&from, &to).map_err(io(&to))?;
        }
    }
    let n_shards = shards.len();
    if n_shards == 1 {
        return write_tensors(&folder.join(SINGLE), &shards[0]);
    }
    let mut map = BTreeMap::new();
    for (i, shard) in shards.iter().enumerate() {
        let file = format!("model-{:05}-of-{n_shards:05}.safetensors", i + 1);
        write_tensors(&folder.join(&file), shard)?;
        map.extend(shard.keys().map(|name| (name.clone(), file.clone())));
    }
    let index = serde_json::json!({"metadata": {}, "weight_map": map});
    write_whole(
        &folder.join("model.safetensors.index.json"),
        json_text(&index).as_bytes(),
    )
}

fn same_place(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// Adds what the adapter adds to a layer's weights; other tensors stay.
///
/// # Shapes
/// - `tensor`: `out × in` of a layer, float32.
fn merged(
    tensor: Tensor,
    name: &str,
    config: &DecoderConfig,
    adapter: &Adapter,
) -> Result<Tensor, NnError> {
    for layer in 0..config.n_layers {
        for target in Target::in_model(config) {
            if name != format!("model.layers.{layer}.{}.weight", target.path()) {
                continue;
            }
            let Some(pair) = adapter.pair(layer, target) else {
                return Ok(tensor);
            };
            let cpu = tensor.device();
            let a = pair.a.as_detached_tensor().to_device(cpu)?;
            let b = pair.b.as_detached_tensor().to_device(cpu)?;
            let added = (b.matmul(&a)? * adapter.scale(layer, target))?;
            return Ok((tensor + added)?);
        }
    }
    Ok(tensor)
}
