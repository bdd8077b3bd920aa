//! Low-rank adapters: pairs of small matrices beside the linear layers of a decoder.
//!
//! An adapter is apart from the decoder, so that one decoder serves as model and as its own reference,
//! and many adapters share it.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor, Var};

use super::config::DecoderConfig;
use super::error::NnError;
use crate::base::seed::Seed;

/// A linear layer that can carry an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Queries.
    Query,
    /// Keys.
    Key,
    /// Values.
    Value,
    /// Output of attention.
    Output,
    /// Gate of the feed-forward part.
    Gate,
    /// Way up.
    Up,
    /// Way down.
    Down,
}

impl Target {
    /// All linear layers, in the order of the forward pass.
    pub const ALL: [Self; 7] = [
        Self::Query,
        Self::Key,
        Self::Value,
        Self::Output,
        Self::Gate,
        Self::Up,
        Self::Down,
    ];

    /// Returns the layers that can carry an adapter in a model: experts carry none.
    pub fn in_model(c: &DecoderConfig) -> Vec<Self> {
        let n = if c.experts.is_some() { 4 } else { 7 };
        Self::ALL[..n].to_vec()
    }

    /// Returns the module's name, e.g. `q_proj`.
    pub fn module(self) -> &'static str {
        match self {
            Self::Query => "q_proj",
            Self::Key => "k_proj",
            Self::Value => "v_proj",
            Self::Output => "o_proj",
            Self::Gate => "gate_proj",
            Self::Up => "up_proj",
            Self::Down => "down_proj",
        }
    }

    /// Reads [`Target::module`].
    pub fn parse(module: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.module() == module)
    }

    /// Returns its path within a layer, e.g. `self_attn.q_proj`.
    pub fn path(self) -> String {
        let part = match self {
            Self::Query | Self::Key | Self::Value | Self::Output => "self_attn",
            Self::Gate | Self::Up | Self::Down => "mlp",
        };
        format!("{part}.{}", self.module())
    }

    /// Returns input and output width.
    pub fn sizes(self, c: &DecoderConfig) -> (usize, usize) {
        match self {
            Self::Query => (c.hidden, c.n_heads * c.head_dim),
            Self::Key | Self::Value => (c.hidden, c.n_kv_heads * c.head_dim),
            Self::Output => (c.n_heads * c.head_dim, c.hidden),
            Self::Gate | Self::Up => (c.hidden, c.intermediate),
            Self::Down => (c.intermediate, c.hidden),
        }
    }
}

/// Rank, scale and layers of an adapter.
#[derive(Clone, Debug, PartialEq)]
pub struct LoraSettings {
    /// Rank r.
    pub rank: usize,
    /// α; the product is scaled by α / r, or α / √r with `rank_stabilized`.
    pub alpha: f64,
    /// Scale by α / √r (Kalajdzievski 2023).
    pub rank_stabilized: bool,
    /// Layers that carry it.
    pub targets: Vec<Target>,
}

impl Default for LoraSettings {
    fn default() -> Self {
        Self {
            rank: 8,
            alpha: 16.0,
            rank_stabilized: false,
            targets: Target::ALL.to_vec(),
        }
    }
}

/// The two matrices beside one linear layer.
pub struct LoraPair {
    /// A, `r × in`.
    pub a: Var,
    /// B, `out × r`.
    pub b: Var,
}

/// An adapter.
pub struct Adapter {
    /// Its settings.
    pub settings: LoraSettings,
    pairs: BTreeMap<(usize, Target), LoraPair>,
    /// α of the pairs that have one of their own.
    alphas: BTreeMap<(usize, Target), f64>,
}

impl Adapter {
    /// Makes an adapter that changes nothing yet: A uniform within ±1/√in, B zero.
    ///
    /// # Errors
    /// [`NnError::Setting`] for a rank of 0 or no layers.
    ///
    /// # Source
    /// Hu et al. 2021; A's bounds are PEFT 0.17's (Kaiming uniform with a = √5).
    pub fn new(
        config: &DecoderConfig,
        settings: LoraSettings,
        seed: Seed,
        device: &Device,
    ) -> Result<Self, NnError> {
        let mut random = seed.stream("lora");
        Self::with(settings, config, |rank, n_in, n_out| {
            let bound = 1.0 / (n_in as f64).sqrt();
            let a: Vec<f32> = (0..rank * n_in)
                .map(|_| ((2.0 * random.next_f64() - 1.0) * bound) as f32)
                .collect();
            Ok((
                Tensor::from_vec(a, (rank, n_in), device)?,
                Tensor::zeros((n_out, rank), candle_core::DType::F32, device)?,
            ))
        })
    }

    /// Makes an adapter whose matrices `make` gives, called layer by layer with `r`, `in` and `out`.
    fn with(
        settings: LoraSettings,
        config: &DecoderConfig,
        mut make: impl FnMut(usize, usize, usize) -> Result<(Tensor, Tensor), NnError>,
    ) -> Result<Self, NnError> {
        check(&settings)?;
        let there = Target::in_model(config);
        if let Some(missing) = settings.targets.iter().find(|t| !there.contains(t)) {
            return Err(NnError::Setting {
                name: "targets",
                expected: "layers that the model has one of: q_proj, k_proj, v_proj, o_proj where it has experts",
                value: missing.module().to_owned(),
            });
        }
        let mut pairs = BTreeMap::new();
        for layer in 0..config.n_layers {
            for &target in &settings.targets {
                let (n_in, n_out) = target.sizes(config);
                let (a, b) = make(settings.rank, n_in, n_out)?;
                let pair = LoraPair {
                    a: Var::from_tensor(&a)?,
                    b: Var::from_tensor(&b)?,
                };
                pairs.insert((layer, target), pair);
            }
        }
        Ok(Self {
            settings,
            pairs,
            alphas: BTreeMap::new(),
        })
    }

    /// Makes an adapter of given matrices, and of the α of pairs that have one of their own.
    ///
    /// # Errors
    /// [`NnError::Setting`] for a rank of 0 or no layers.
    pub(super) fn from_pairs(
        settings: LoraSettings,
        pairs: BTreeMap<(usize, Target), LoraPair>,
        alphas: BTreeMap<(usize, Target), f64>,
    ) -> Result<Self, NnError> {
        check(&settings)?;
        Ok(Self {
            settings,
            pairs,
            alphas,
        })
    }

    /// Returns a pair's α.
    pub(super) fn alpha(&self, layer: usize, target: Target) -> f64 {
        let own = self.alphas.get(&(layer, target)).copied();
        own.unwrap_or(self.settings.alpha)
    }

    /// Returns what a pair's product is multiplied with: α / r, or α / √r with `rank_stabilized`.
    pub(super) fn scale(&self, layer: usize, target: Target) -> f64 {
        let pair = self.pairs.get(&(layer, target));
        let rank = pair.map_or(self.settings.rank, |p| p.a.dims()[0]) as f64;
        self.alpha(layer, target)
            / if self.settings.rank_stabilized {
                rank.sqrt()
            } else {
                rank
            }
    }

    /// Returns the pair beside a layer, if it carries one.
    pub fn pair(&self, layer: usize, target: Target) -> Option<&LoraPair> {
        self.pairs.get(&(layer, target))
    }

    /// Returns all pairs in order of layer and target.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, Target, &LoraPair)> {
        self.pairs.iter().map(|((l, t), p)| (*l, *t, p))
    }

    /// Returns all matrices with the names that checkpoints give them, in order.
    pub fn vars(&self) -> Vec<(String, &Var)> {
        let mut out = Vec::with_capacity(2 * self.pairs.len());
        for ((layer, target), pair) in &self.pairs {
            let path = format!("model.layers.{layer}.{}", target.path());
            out.push((format!("{path}.lora_A.weight"), &pair.a));
            out.push((format!("{path}.lora_B.weight"), &pair.b));
        }
        out
    }
}

fn check(settings: &LoraSettings) -> Result<(), NnError> {
    if settings.rank == 0 {
        return Err(NnError::Setting {
            name: "rank",
            expected: "at least 1",
            value: "0".to_owned(),
        });
    }
    if settings.targets.is_empty() {
        return Err(NnError::Setting {
            name: "targets",
            expected: "at least one of q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj",
            value: "none".to_owned(),
        });
    }
    Ok(())
}
