//! Adapters as files, in the layout of PEFT.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use candle_core::{DType, Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::config::DecoderConfig;
use super::error::NnError;
use super::files::{json_text, read_json, write_whole};
use super::lora::{Adapter, LoraPair, LoraSettings, Target};
use super::weights::{Weights, of_kind, refuse_pickle, write_tensors};

/// Name of the file that describes an adapter.
pub const CONFIG: &str = "adapter_config.json";

/// Name of the file that holds its matrices.
pub const MATRICES: &str = "adapter_model.safetensors";

/// Name of our own file beside PEFT's two: which model it was trained on.
const ORIGIN: &str = "meridian.json";

#[derive(Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are PEFT's, named as its files name them"
)]
struct Written {
    peft_type: String,
    task_type: Option<String>,
    r: usize,
    lora_alpha: f64,
    #[serde(default)]
    lora_dropout: f64,
    target_modules: Modules,
    #[serde(default)]
    bias: Option<String>,
    #[serde(default)]
    rank_pattern: BTreeMap<String, usize>,
    #[serde(default)]
    alpha_pattern: BTreeMap<String, f64>,
    #[serde(default)]
    modules_to_save: Option<Vec<String>>,
    #[serde(default)]
    use_rslora: bool,
    #[serde(default)]
    use_dora: bool,
    #[serde(default)]
    fan_in_fan_out: bool,
    #[serde(default)]
    inference_mode: bool,
    #[serde(default)]
    base_model_name_or_path: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Modules {
    Many(Vec<String>),
    One(String),
}

#[derive(Serialize, Deserialize)]
struct Origin {
    base_fingerprint: String,
}

/// Writes an adapter into a folder.
///
/// # Errors
/// [`NnError::Io`] or [`NnError::Compute`].
pub fn write_adapter(
    adapter: &Adapter,
    base_name: &str,
    base_fingerprint: &str,
    folder: &Path,
) -> Result<(), NnError> {
    let mut tensors = BTreeMap::new();
    for (layer, target, pair) in adapter.pairs() {
        let path = format!("base_model.model.{}", module_path(layer, target));
        tensors.insert(format!("{path}.lora_A.weight"), pair.a.as_detached_tensor());
        tensors.insert(format!("{path}.lora_B.weight"), pair.b.as_detached_tensor());
    }
    write_tensors(&folder.join(MATRICES), &of_kind(tensors, DType::F32))?;
    let s = &adapter.settings;
    let mut rank_pattern = BTreeMap::new();
    let mut alpha_pattern = BTreeMap::new();
    let mut n_of_target: BTreeMap<Target, usize> = BTreeMap::new();
    for (layer, target, pair) in adapter.pairs() {
        let (rank, alpha) = (pair.a.dims()[0], adapter.alpha(layer, target));
        if rank != s.rank {
            rank_pattern.insert(module_path(layer, target), rank);
        }
        if (alpha - s.alpha).abs() > 0.0 {
            alpha_pattern.insert(module_path(layer, target), alpha);
        }
        *n_of_target.entry(target).or_default() += 1;
    }
    // Short names stand for every layer; an adapter that leaves some out names each module.
    let n_layers = adapter.pairs().map(|(l, _, _)| l + 1).max().unwrap_or(0);
    let modules = if n_of_target.values().all(|n| *n == n_layers) {
        s.targets.iter().map(|t| t.module().to_owned()).collect()
    } else {
        adapter.pairs().map(|(l, t, _)| module_path(l, t)).collect()
    };
    let config = Written {
        peft_type: "LORA".to_owned(),
        task_type: Some("CAUSAL_LM".to_owned()),
        r: s.rank,
        lora_alpha: s.alpha,
        lora_dropout: 0.0,
        target_modules: Modules::Many(modules),
        bias: Some("none".to_owned()),
        rank_pattern,
        alpha_pattern,
        modules_to_save: None,
        use_rslora: s.rank_stabilized,
        use_dora: false,
        fan_in_fan_out: false,
        inference_mode: true,
        base_model_name_or_path: Some(base_name.to_owned()),
    };
    let origin = Origin {
        base_fingerprint: base_fingerprint.to_owned(),
    };
    write_whole(&folder.join(CONFIG), json_text(&config).as_bytes())?;
    write_whole(&folder.join(ORIGIN), json_text(&origin).as_bytes())
}

/// A module's path in the model, e.g. `model.layers.0.self_attn.q_proj`.
fn module_path(layer: usize, target: Target) -> String {
    format!("model.layers.{layer}.{}", target.path())
}

/// Reads `base_model.model.model.layers.{layer}.{module}.lora_{A or B}.weight`.
fn parse_name(name: &str) -> Option<(usize, Target, char)> {
    let tail = name.strip_prefix("base_model.model.model.layers.")?;
    let (layer, tail) = tail.split_once('.')?;
    let (module, side) = tail.strip_suffix(".weight")?.rsplit_once(".lora_")?;
    let target = Target::ALL.into_iter().find(|t| t.path() == module)?;
    let side = match side {
        "A" => 'A',
        "B" => 'B',
        _ => return None,
    };
    Some((layer.parse().ok()?, target, side))
}

/// For each row of a query's or key's weights in a GGUF file of the Llama family, the row of the Hugging Face
/// layout that it is: what stands half a head apart there stands side by side here.
fn neighbor_rows(n_out: usize, head_dim: usize) -> Vec<u32> {
    (0..n_out)
        .map(|row| {
            let (head, within) = (row / head_dim, row % head_dim);
            (head * head_dim + within % 2 * (head_dim / 2) + within / 2) as u32
        })
        .collect()
}

/// Finds the value of the first pattern that a module's path ends with.
///
/// # Source
/// PEFT 0.21 `get_pattern_key`: a key is a regular expression for the path's end, after a dot.
fn by_pattern<T: Copy>(patterns: &[(regex::Regex, T)], path: &str) -> Option<T> {
    patterns
        .iter()
        .find(|(pattern, _)| pattern.is_match(path))
        .map(|(_, value)| *value)
}

/// Reads an adapter for a model.
///
/// Which modules carry it is read off its matrices, so that lists, regular expressions and excluded
/// layers of the configuration all come out as they were trained.
///
/// # Errors
/// [`NnError::NoFolder`], [`NnError::Pickle`], [`NnError::MissingFile`], [`NnError::Config`], or
/// [`NnError::AdapterMismatch`] if it was trained on another model.
pub fn read_adapter(
    folder: &Path,
    config: &DecoderConfig,
    base_fingerprint: &str,
    device: &Device,
) -> Result<Adapter, NnError> {
    if !folder.is_dir() {
        return Err(NnError::NoFolder {
            path: folder.to_owned(),
        });
    }
    let written: Written = read_json(
        folder,
        CONFIG,
        "an adapter's folder in PEFT layout has one; it is written by training",
    )?;
    let mismatch = |reason: String| NnError::AdapterMismatch {
        reason,
        path: folder.to_owned(),
    };
    if written.peft_type != "LORA" {
        return Err(mismatch(format!(
            "it is of type {}, only LORA is read",
            written.peft_type
        )));
    }
    if written.use_dora {
        return Err(mismatch("it uses DoRA, only plain LoRA is read".to_owned()));
    }
    if written
        .modules_to_save
        .as_ref()
        .is_some_and(|m| !m.is_empty())
    {
        return Err(mismatch(
            "it holds whole modules (modules_to_save), only LoRA matrices are read".to_owned(),
        ));
    }
    if written.bias.as_ref().is_some_and(|b| b != "none") {
        return Err(mismatch(
            "it holds biases, only LoRA matrices are read".to_owned(),
        ));
    }
    if folder.join(ORIGIN).is_file() {
        let origin: Origin = read_json(folder, ORIGIN, "it names the model")?;
        if origin.base_fingerprint != base_fingerprint {
            return Err(mismatch(format!(
                "it was trained on a model with fingerprint {}, this one has {}",
                short(&origin.base_fingerprint),
                short(base_fingerprint)
            )));
        }
    }
    if !folder.join(MATRICES).is_file() {
        refuse_pickle(folder)?;
        return Err(NnError::MissingFile {
            name: MATRICES.to_owned(),
            advice: "it holds the adapter's matrices",
            folder: folder.to_owned(),
        });
    }
    let weights = Weights::open_files(folder, &[MATRICES.to_owned()])?;
    let mut alpha_patterns = Vec::new();
    for (key, alpha) in &written.alpha_pattern {
        let pattern = regex::Regex::new(&format!("^(.*\\.)?({key})$"))
            .map_err(|e| mismatch(format!("alpha_pattern holds no regular expression: {e}")))?;
        alpha_patterns.push((pattern, *alpha));
    }
    let mut found: BTreeMap<(usize, Target), [bool; 2]> = BTreeMap::new();
    for name in weights.names() {
        let Some((layer, target, side)) = parse_name(name) else {
            return Err(mismatch(format!(
                "it changes {name}, which the model does not have or which cannot carry an adapter here"
            )));
        };
        found.entry((layer, target)).or_default()[usize::from(side == 'B')] = true;
    }
    if let Modules::Many(modules) = &written.target_modules {
        for module in modules {
            let short = module.rsplit('.').next().unwrap_or(module);
            let named = Target::parse(short).ok_or_else(|| {
                mismatch(format!(
                    "it changes {module}, which the model does not have"
                ))
            })?;
            if !found.keys().any(|(_, target)| *target == named) {
                return Err(mismatch(format!(
                    "it names {module} and has no matrices for it"
                )));
            }
        }
    }
    let there = Target::in_model(config);
    let mut pairs = BTreeMap::new();
    let mut alphas = BTreeMap::new();
    for ((layer, target), sides) in found {
        let path = module_path(layer, target);
        if layer >= config.n_layers || !there.contains(&target) {
            return Err(mismatch(format!(
                "it changes {path}, which the model does not have"
            )));
        }
        if sides != [true, true] {
            return Err(mismatch(format!("it has one of two matrices of {path}")));
        }
        let (n_in, n_out) = target.sizes(config);
        let name = |side: &str| format!("base_model.model.{path}.lora_{side}.weight");
        let rank = weights
            .shape(&name("A"))
            .and_then(|s| s.first().copied())
            .unwrap_or(0);
        let take = |name: String, shape: [usize; 2]| -> Result<Tensor, NnError> {
            match weights.tensor(&name, &shape, device) {
                Err(NnError::Shape {
                    name,
                    found,
                    expected,
                }) => Err(mismatch(format!(
                    "{name} has shape {found:?} where the model needs {expected:?}"
                ))),
                other => other,
            }
        };
        let (a, b) = (
            take(name("A"), [rank, n_in])?,
            take(name("B"), [n_out, rank])?,
        );
        let b = if config.rope_neighbors && matches!(target, Target::Query | Target::Key) {
            b.index_select(
                &Tensor::new(neighbor_rows(n_out, config.head_dim), device)?,
                0,
            )?
        } else {
            b
        };
        if let Some(alpha) = by_pattern(&alpha_patterns, &path) {
            alphas.insert((layer, target), alpha);
        }
        let pair = LoraPair {
            a: Var::from_tensor(&a)?,
            b: Var::from_tensor(&b)?,
        };
        pairs.insert((layer, target), pair);
    }
    let mut targets: Vec<Target> = pairs.keys().map(|(_, t)| *t).collect();
    targets.sort_unstable();
    targets.dedup();
    Adapter::from_pairs(
        LoraSettings {
            rank: written.r,
            alpha: written.lora_alpha,
            rank_stabilized: written.use_rslora,
            targets,
        },
        pairs,
        alphas,
    )
}

/// Returns the hash of an adapter's two files: equal adapters have equal hashes.
///
/// # Errors
/// [`NnError::Io`].
pub fn adapter_fingerprint(folder: &Path) -> Result<String, NnError> {
    let mut hasher = crate::base::hash::ContentHasher::new();
    for name in [CONFIG, MATRICES] {
        let path = folder.join(name);
        let bytes = fs::read(&path).map_err(|source| NnError::Io {
            what: "read",
            path,
            source,
        })?;
        hasher.bytes(&bytes);
    }
    Ok(hasher.finish())
}

/// The first digits of a hash.
fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_rows_find_their_place() {
        let name = "base_model.model.model.layers.11.mlp.down_proj.lora_B.weight";
        assert_eq!(parse_name(name), Some((11, Target::Down, 'B')));
        for bad in [
            "base_model.model.lm_head.lora_A.weight",
            "base_model.model.model.layers.1.mlp.q_proj.lora_A.weight",
            "base_model.model.model.layers.1.self_attn.q_proj.lora_C.weight",
            "base_model.model.model.layers.1.self_attn.q_proj.lora_A.bias",
        ] {
            assert_eq!(parse_name(bad), None, "{bad}");
        }
        // Two heads of four: each other's halves become neighbors.
        assert_eq!(neighbor_rows(8, 4), [0, 2, 1, 3, 4, 6, 5, 7]);
        let patterns = [(
            regex::Regex::new(r"^(.*\.)?(layers\.0\..*q_proj)$").ok(),
            4.0,
        )];
        let patterns: Vec<_> = patterns
            .into_iter()
            .filter_map(|(r, a)| Some((r?, a)))
            .collect();
        assert_eq!(
            by_pattern(&patterns, "model.layers.0.self_attn.q_proj"),
            Some(4.0)
        );
        assert_eq!(
            by_pattern(&patterns, "model.layers.10.self_attn.q_proj"),
            None
        );
    }
}
