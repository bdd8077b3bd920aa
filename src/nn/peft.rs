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
use super::weights::{Weights, refuse_pickle, write_tensors};

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
        let path = format!("base_model.model.model.layers.{layer}.{}", target.path());
        tensors.insert(format!("{path}.lora_A.weight"), pair.a.as_detached_tensor());
        tensors.insert(format!("{path}.lora_B.weight"), pair.b.as_detached_tensor());
    }
    write_tensors(&folder.join(MATRICES), &tensors, DType::F32)?;
    let s = &adapter.settings;
    let config = Written {
        peft_type: "LORA".to_owned(),
        task_type: Some("CAUSAL_LM".to_owned()),
        r: s.rank,
        lora_alpha: s.alpha,
        lora_dropout: 0.0,
        target_modules: Modules::Many(s.targets.iter().map(|t| t.module().to_owned()).collect()),
        bias: Some("none".to_owned()),
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

/// Reads an adapter for a model.
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
    let modules: Vec<String> = match written.target_modules {
        Modules::Many(names) => names,
        Modules::One(name) if name == "all-linear" => {
            Target::ALL.iter().map(|t| t.module().to_owned()).collect()
        }
        Modules::One(name) => vec![name],
    };
    let mut targets = Vec::new();
    for name in &modules {
        let short = name.rsplit('.').next().unwrap_or(name);
        let target = Target::parse(short)
            .ok_or_else(|| mismatch(format!("it changes {name}, which the model does not have")))?;
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    targets.sort_unstable();
    let mut pairs = BTreeMap::new();
    let mut n_used = 0;
    for layer in 0..config.n_layers {
        for &target in &targets {
            let (n_in, n_out) = target.sizes(config);
            let path = format!("base_model.model.model.layers.{layer}.{}", target.path());
            let mut take = |name: String, shape: [usize; 2]| -> Result<Tensor, NnError> {
                n_used += 1;
                match weights.tensor(&name, &shape, device) {
                    Err(NnError::Shape {
                        name,
                        found,
                        expected,
                    }) => Err(mismatch(format!(
                        "{name} has shape {found:?} where the model needs {expected:?}"
                    ))),
                    Err(NnError::MissingTensor { name }) => {
                        Err(mismatch(format!("it has no {name}")))
                    }
                    other => other,
                }
            };
            let a = take(format!("{path}.lora_A.weight"), [written.r, n_in])?;
            let b = take(format!("{path}.lora_B.weight"), [n_out, written.r])?;
            pairs.insert(
                (layer, target),
                LoraPair {
                    a: Var::from_tensor(&a)?,
                    b: Var::from_tensor(&b)?,
                },
            );
        }
    }
    let n_there = weights.names().count();
    if n_there != n_used {
        return Err(mismatch(format!(
            "it has {n_there} matrices, the model takes {n_used} of them"
        )));
    }
    Adapter::from_pairs(
        LoraSettings {
            rank: written.r,
            alpha: written.lora_alpha,
            rank_stabilized: written.use_rslora,
            targets,
        },
        pairs,
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
