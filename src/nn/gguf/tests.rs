//! Tests of GGUF files: written with candle's writer or byte by byte, read back, cut and damaged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use tempfile::TempDir;
use tokenizers::Tokenizer;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::BpeTrainerBuilder;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

use super::super::NnError;
use super::{GgufFile, GgufRopeScaling, tensor_name};

/// Kinds that are read, each with the number ggml gives it.
const KINDS: [(GgmlDType, u32); 13] = [
    (GgmlDType::F32, 0),
    (GgmlDType::F16, 1),
    (GgmlDType::Q4_0, 2),
    (GgmlDType::Q4_1, 3),
    (GgmlDType::Q5_0, 6),
    (GgmlDType::Q5_1, 7),
    (GgmlDType::Q8_0, 8),
    (GgmlDType::Q2K, 10),
    (GgmlDType::Q3K, 11),
    (GgmlDType::Q4K, 12),
    (GgmlDType::Q5K, 13),
    (GgmlDType::Q6K, 14),
    (GgmlDType::BF16, 30),
];

const TEXTS: [&str; 12] = [
    "Trams should be free for everyone who lives in the town, shouldn't they?",
    "The council's 12345 trees KEEP the streets cool;  we'll see in 2031!\n\n  Indeed.",
    "Bibliotheken gehören in jedes Dorf, sagt die Bürgermeisterin – außer sonntags.",
    "La ville doit protéger ses parcs; l'été, « les écoles » n'ont pas d'élèves.",
    "公园应当对所有居民免费开放，老人乘坐公共汽车应当得到照顾。",
    "A cafe\u{301} and a café; e\u{308}.",
    "\t tabs \r\n and 🦀 crabs… ٣٤٥ and ½",
    " leading and trailing  ",
    "",
    " ",
    "<|end|>after<|begin|> the <think>end</think>",
    "I'LL say <s>that</s> it's 100% ▁so",
];

/// A file to be written.
#[derive(Clone, Default)]
struct Draft {
    metadata: BTreeMap<String, Value>,
    tensors: Vec<(String, GgmlDType, Tensor)>,
}

impl Draft {
    fn set(&mut self, key: &str, value: Value) -> &mut Self {
        self.metadata.insert(key.to_owned(), value);
        self
    }

    fn tensor(&mut self, name: &str, kind: GgmlDType, shape: &[usize], phase: f32) -> &mut Self {
        let n: usize = shape.iter().product();
        let numbers: Vec<f32> = (0..n)
            .map(|i| ((i as f32) * 0.37 + phase).sin() * (1.0 + (i % 7) as f32))
            .collect();
        let tensor = Tensor::from_vec(numbers, shape, &Device::Cpu).expect("a tensor");
        self.tensors.retain(|t| t.0 != name);
        self.tensors.push((name.to_owned(), kind, tensor));
        self
    }

    fn packed(&self) -> Vec<(String, QTensor)> {
        self.tensors
            .iter()
            .map(|(n, k, t)| (n.clone(), QTensor::quantize(t, *k).expect("packs")))
            .collect()
    }

    fn bytes(&self) -> Vec<u8> {
        let packed = self.packed();
        let metadata: Vec<(&str, &Value)> =
            self.metadata.iter().map(|(k, v)| (k.as_str(), v)).collect();
        let tensors: Vec<(&str, &QTensor)> = packed.iter().map(|(n, t)| (n.as_str(), t)).collect();
        let mut out = std::io::Cursor::new(Vec::new());
        gguf_file::write(&mut out, &metadata, &tensors).expect("writes");
        out.into_inner()
    }
}

fn text(s: &str) -> Value {
    Value::String(s.to_owned())
}

/// A network of two layers with 256 columns, so that every kind of block fits.
fn draft(arch: &str) -> Draft {
    let mut d = Draft::default();
    d.set("general.architecture", text(arch));
    for (field, n) in [
        ("block_count", 2),
        ("embedding_length", 256),
        ("feed_forward_length", 512),
        ("attention.head_count", 8),
        ("attention.head_count_kv", 4),
        ("context_length", 1024),
        ("rope.dimension_count", 32),
    ] {
        d.set(&format!("{arch}.{field}"), Value::U32(n));
    }
    d.set(
        &format!("{arch}.attention.layer_norm_rms_epsilon"),
        Value::F32(1e-5),
    );
    d.set(&format!("{arch}.rope.freq_base"), Value::F32(1e6));
    d.tensor("token_embd.weight", GgmlDType::Q4K, &[40, 256], 0.0);
    d.tensor("output_norm.weight", GgmlDType::F32, &[256], 0.1);
    for i in 0..2 {
        for (part, kind, shape) in [
            ("attn_q", GgmlDType::Q6K, &[256, 256][..]),
            ("attn_k", GgmlDType::Q5K, &[128, 256]),
            ("attn_v", GgmlDType::Q8_0, &[128, 256]),
            ("attn_output", GgmlDType::Q4_0, &[256, 256]),
            ("ffn_gate", GgmlDType::Q3K, &[512, 256]),
            ("ffn_up", GgmlDType::Q2K, &[512, 256]),
            ("ffn_down", GgmlDType::BF16, &[256, 512]),
            ("attn_norm", GgmlDType::F32, &[256]),
            ("ffn_norm", GgmlDType::F32, &[256]),
        ] {
            d.tensor(&format!("blk.{i}.{part}.weight"), kind, shape, i as f32);
        }
    }
    d
}

fn write(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.gguf");
    fs::write(&path, bytes).expect("writes");
    (folder, path)
}

fn open(bytes: &[u8]) -> Result<GgufFile, NnError> {
    let (_folder, path) = write(bytes);
    GgufFile::open(&path)
}

/// Opens a draft and asks it for everything.
fn read_all(path: &Path) -> Result<(), NnError> {
    let file = GgufFile::open(path)?;
    let config = file.config()?;
    for i in 0..config.n_layers {
        for (part, shape) in [
            ("self_attn.q_proj", [256, 256]),
            ("self_attn.k_proj", [128, 256]),
            ("mlp.up_proj", [512, 256]),
            ("mlp.down_proj", [256, 512]),
        ] {
            file.quantized(&format!("model.layers.{i}.{part}.weight"), shape, 100)?;
        }
        file.vector(
            &format!("model.layers.{i}.input_layernorm.weight"),
            &[config.hidden],
        )?;
    }
    file.tokenizer()?
        .encode("Trams, trams.", true)
        .expect("encodes");
    Ok(())
}

fn check_refused(bytes: &[u8], part: &str) {
    let error = open(bytes)
        .and_then(|f| f.config())
        .expect_err("must be refused")
        .to_string();
    assert!(error.contains(part), "{error:?} lacks {part:?}");
}

#[test]
fn the_shape_is_read_for_every_architecture() {
    for arch in ["llama", "qwen2", "qwen3"] {
        let mut d = draft(arch);
        if arch == "qwen2" {
            for i in 0..2 {
                for (part, n) in [("attn_q", 256), ("attn_k", 128), ("attn_v", 128)] {
                    d.tensor(&format!("blk.{i}.{part}.bias"), GgmlDType::F32, &[n], 0.5);
                }
            }
        }
        if arch == "qwen3" {
            for i in 0..2 {
                for part in ["attn_q_norm", "attn_k_norm"] {
                    d.tensor(
                        &format!("blk.{i}.{part}.weight"),
                        GgmlDType::F32,
                        &[32],
                        0.5,
                    );
                }
            }
            d.set("qwen3.attention.key_length", Value::U32(32));
            d.set("qwen3.attention.value_length", Value::U32(32));
            d.tensor("output.weight", GgmlDType::Q5_1, &[40, 256], 2.0);
        }
        let file = open(&d.bytes()).expect("opens");
        let c = file.config().expect("reads");
        assert_eq!(
            (c.vocab, c.hidden, c.intermediate, c.n_layers),
            (40, 256, 512, 2)
        );
        assert_eq!((c.n_heads, c.n_kv_heads, c.head_dim), (8, 4, 32));
        assert_eq!((c.max_tokens, c.rope_theta), (1024, 1e6));
        assert!((c.rms_eps - 1e-5).abs() < 1e-12);
        assert_eq!(c.interleaved_rotary, arch == "llama");
        assert_eq!(c.attention_bias, arch == "qwen2");
        assert_eq!(c.qk_norm, arch == "qwen3");
        assert_eq!(c.tied, arch != "qwen3");
        assert!(!c.output_bias);
        assert_eq!(c.rope_scaling, None);
        assert_eq!(c.rope_factors, None);
        let n_bytes: usize = d.packed().iter().map(|t| t.1.storage_size_in_bytes()).sum();
        assert_eq!(file.weight_bytes(), n_bytes as u64);
        assert_eq!(file.bytes(), d.bytes());
    }
}

#[test]
fn stretched_positions_are_read() {
    let scaled = |kind: &str| {
        let mut d = draft("qwen2");
        d.set("qwen2.rope.scaling.type", text(kind));
        d.set("qwen2.rope.scaling.factor", Value::F32(4.0));
        d.set(
            "qwen2.rope.scaling.original_context_length",
            Value::U32(256),
        );
        d
    };
    let read = |d: &Draft| open(&d.bytes()).and_then(|f| f.config()).expect("reads");
    assert_eq!(read(&scaled("none")).rope_scaling, None);
    assert_eq!(
        read(&scaled("linear")).rope_scaling,
        Some(GgufRopeScaling::Linear { factor: 4.0 })
    );
    assert_eq!(
        read(&scaled("yarn")).rope_scaling,
        Some(GgufRopeScaling::Yarn {
            factor: 4.0,
            original_tokens: 256
        })
    );
    check_refused(&scaled("longrope").bytes(), "longrope");
    let mut d = draft("llama");
    d.set("llama.rope.scale_linear", Value::F32(2.0));
    assert_eq!(
        read(&d).rope_scaling,
        Some(GgufRopeScaling::Linear { factor: 2.0 })
    );
    let mut d = draft("llama");
    let factors: Vec<f32> = (1..=16).map(|i| i as f32).collect();
    let tensor = Tensor::new(factors.clone(), &Device::Cpu).expect("a tensor");
    d.tensors
        .push(("rope_freqs.weight".to_owned(), GgmlDType::F32, tensor));
    assert_eq!(read(&d).rope_factors, Some(factors));
    d.tensor("rope_freqs.weight", GgmlDType::F32, &[16], 0.0);
    check_refused(&d.bytes(), "rope_freqs.weight");
    d.tensor("rope_freqs.weight", GgmlDType::F32, &[15], 0.0);
    check_refused(&d.bytes(), "[15]");
}

#[test]
fn matrices_come_back_in_chunks_as_they_were_packed() {
    for (kind, _) in KINDS {
        let mut d = draft("llama");
        d.tensor("blk.1.ffn_up.weight", kind, &[7, 256], 0.3);
        let packed = d.packed();
        let (_, whole) = packed
            .iter()
            .find(|t| t.0 == "blk.1.ffn_up.weight")
            .expect("is there");
        let whole: Vec<f32> = unpacked(whole);
        let file = open(&d.bytes()).expect("opens");
        let name = "model.layers.1.mlp.up_proj.weight";
        for (n, rows) in [(1, 7), (2, 4), (3, 3), (7, 1), (100, 1), (usize::MAX, 1)] {
            let chunks = file.quantized(name, [7, 256], n).expect("reads");
            assert_eq!(chunks.len(), rows);
            assert!(chunks.iter().all(|c| c.dtype() == kind));
            let again: Vec<f32> = chunks.iter().flat_map(unpacked).collect();
            assert_eq!(again, whole, "{kind:?} by {n}");
        }
        assert_eq!(file.vector(name, &[7, 256]).expect("reads"), whole);
        assert!(matches!(
            file.quantized(name, [256, 7], 3),
            Err(NnError::Shape { .. })
        ));
        assert!(matches!(
            file.quantized(name, [7, 256], 0),
            Err(NnError::Setting { .. })
        ));
    }
}

fn unpacked(tensor: &QTensor) -> Vec<f32> {
    tensor
        .dequantize(&Device::Cpu)
        .and_then(|t| t.flatten_all())
        .and_then(|t| t.to_vec1())
        .expect("unpacks")
}

/// What our own look at the scales says is what unpacking says, for each half-word of a block.
#[test]
fn a_number_that_is_none_is_found_in_every_kind() {
    for (kind, _) in KINDS {
        let mut d = draft("llama");
        d.tensors.retain(|t| t.0 != "output_norm.weight");
        d.tensor("output_norm.weight", kind, &[512], 0.3);
        let bytes = d.bytes();
        let n_bytes = 512 / kind.block_size() * kind.type_size();
        let from = bytes.len() - n_bytes.next_multiple_of(32);
        for at in (0..n_bytes).step_by(2) {
            let mut bad = bytes.clone();
            // Infinity as float16, and as the upper half of float32 and bfloat16.
            let infinite = match kind {
                GgmlDType::F32 | GgmlDType::BF16 => [0x80, 0x7f],
                _ => [0x00, 0x7c],
            };
            bad[from + at..from + at + 2].copy_from_slice(&infinite);
            let file = open(&bad).expect("opens");
            let found = file.vector("model.norm.weight", &[512]);
            let place = file.header.tensor("output_norm.weight").expect("is there");
            let numbers = super::kind::numbers(kind, &bad[from..from + n_bytes], 512);
            assert_eq!(place.bytes, from..from + n_bytes);
            let sound = numbers.expect("unpacks").iter().all(|x| x.is_finite());
            assert_eq!(found.is_ok(), sound, "{kind:?} at {at}");
            if !sound {
                assert!(matches!(found, Err(NnError::NotFinite { .. })));
            }
        }
    }
}

#[test]
fn missing_tensors_are_named() {
    let file = open(&draft("llama").bytes()).expect("opens");
    assert!(file.header.tensor("output.weight").is_none());
    for name in ["lm_head.weight", "model.layers.9.mlp.up_proj.weight", "bad"] {
        assert!(matches!(
            file.vector(name, &[256]),
            Err(NnError::MissingTensor { .. })
        ));
    }
    let mut d = draft("llama");
    d.tensors.retain(|t| t.0 != "blk.1.ffn_up.weight");
    check_refused(&d.bytes(), "blk.1.ffn_up.weight");
    let mut d = draft("llama");
    d.tensor("blk.0.attn_q.bias", GgmlDType::F32, &[256], 0.0);
    check_refused(&d.bytes(), "blk.0.attn_k.bias");
}

#[test]
fn names_are_translated() {
    let check = |hf: &str, gguf: Option<&str>| {
        assert_eq!(tensor_name(hf).as_deref(), gguf, "{hf}");
    };
    check("model.embed_tokens.weight", Some("token_embd.weight"));
    check("model.norm.weight", Some("output_norm.weight"));
    check("lm_head.weight", Some("output.weight"));
    for (hf, gguf) in [
        ("self_attn.q_proj.weight", "attn_q.weight"),
        ("self_attn.k_proj.bias", "attn_k.bias"),
        ("self_attn.v_proj.weight", "attn_v.weight"),
        ("self_attn.o_proj.weight", "attn_output.weight"),
        ("self_attn.q_norm.weight", "attn_q_norm.weight"),
        ("self_attn.k_norm.weight", "attn_k_norm.weight"),
        ("mlp.gate_proj.weight", "ffn_gate.weight"),
        ("mlp.up_proj.weight", "ffn_up.weight"),
        ("mlp.down_proj.weight", "ffn_down.weight"),
        ("input_layernorm.weight", "attn_norm.weight"),
        ("post_attention_layernorm.weight", "ffn_norm.weight"),
    ] {
        check(
            &format!("model.layers.31.{hf}"),
            Some(&format!("blk.31.{gguf}")),
        );
    }
    for bad in [
        "",
        "model.layers.",
        "model.layers.1",
        "model.layers.01.mlp.up_proj.weight",
        "model.layers.+1.mlp.up_proj.weight",
        "model.layers.1.mlp.up_proj.bias",
        "model.layers.1.mlp.up_proj.weight.weight",
        "lm_head.bias",
    ] {
        check(bad, None);
    }
}

#[test]
fn other_files_are_refused_by_name() {
    let mut d = draft("gemma2");
    assert!(matches!(
        open(&d.bytes()),
        Err(NnError::UnknownArchitecture { name, .. }) if name == "gemma2"
    ));
    d.metadata.remove("general.architecture");
    check_refused(&d.bytes(), "general.architecture");
    let changed = |key: &str, value: Value| {
        let mut d = draft("llama");
        d.set(key, value);
        d.bytes()
    };
    check_refused(&changed("llama.expert_count", Value::U32(8)), "experts");
    assert!(
        open(&changed("llama.expert_count", Value::U32(0)))
            .and_then(|f| f.config())
            .is_ok()
    );
    check_refused(&changed("split.count", Value::U16(3)), "3 parts");
    check_refused(
        &changed("llama.rope.dimension_count", Value::U32(16)),
        "llama.rope.dimension_count is 16",
    );
    check_refused(
        &changed("llama.attention.key_length", Value::U32(31)),
        "unlike the 31",
    );
    check_refused(&changed("llama.block_count", Value::U64(1 << 60)), "ffn_up");
    check_refused(&changed("llama.block_count", Value::I32(-2)), "no count");
    check_refused(&changed("llama.block_count", Value::U32(0)), "is 0");
    check_refused(&changed("llama.block_count", Value::U32(1)), "blk.1.");
    check_refused(
        &changed("llama.feed_forward_length", Value::U64(u64::MAX)),
        "[512, 256]",
    );
    check_refused(
        &changed("llama.attention.head_count", text("eight")),
        "no count",
    );
    let heads = |n| Value::Array(vec![Value::I32(4), Value::I32(n)]);
    let key = "llama.attention.head_count_kv";
    check_refused(&changed(key, heads(8)), "differs from layer to layer");
    assert!(
        open(&changed(key, heads(4)))
            .and_then(|f| f.config())
            .is_ok()
    );
    let mut d = draft("llama");
    d.tensor("blk.0.ffn_gate_inp.weight", GgmlDType::F32, &[4, 4], 0.0);
    check_refused(&d.bytes(), "blk.0.ffn_gate_inp.weight");

    let good = draft("llama").bytes();
    let mut old = good.clone();
    old[4] = 1;
    check_refused(&old, "version 1");
    let mut big = good.clone();
    big[4..8].copy_from_slice(&[0, 0, 0, 3]);
    check_refused(&big, "big-endian");
    let mut ggml = good;
    ggml[..4].copy_from_slice(b"tjgg");
    check_refused(&ggml, "does not begin as one");
    check_refused(&[], "cut short");
    assert!(matches!(
        GgufFile::open(Path::new("/nowhere/model.gguf")),
        Err(NnError::Io { .. })
    ));
}

/// A file written byte by byte, for what no writer would write.
#[derive(Clone)]
struct Raw(Vec<u8>);

impl Raw {
    fn new(n_tensors: u64, n_values: u64) -> Self {
        let mut raw = Self(b"GGUF\x03\0\0\0".to_vec());
        raw.u64(n_tensors).u64(n_values);
        raw
    }

    fn u32(&mut self, n: u32) -> &mut Self {
        self.0.extend(n.to_le_bytes());
        self
    }

    fn u64(&mut self, n: u64) -> &mut Self {
        self.0.extend(n.to_le_bytes());
        self
    }

    fn text(&mut self, s: &str) -> &mut Self {
        self.u64(s.len() as u64);
        self.0.extend(s.as_bytes());
        self
    }

    fn llama(&mut self) -> &mut Self {
        self.text("general.architecture").u32(8).text("llama")
    }

    fn tensor(&mut self, name: &str, axes: &[u64], kind: u32, offset: u64) -> &mut Self {
        self.text(name).u32(axes.len() as u32);
        for &n in axes {
            self.u64(n);
        }
        self.u32(kind).u64(offset)
    }

    fn data(&mut self, n_bytes: usize) -> &mut Self {
        self.0
            .resize(self.0.len().next_multiple_of(32) + n_bytes, 0);
        self
    }
}

#[test]
fn hostile_heads_are_refused_without_panic_or_memory() {
    let tensor = |axes: &[u64], kind, offset| {
        let mut raw = Raw::new(1, 1);
        raw.llama().tensor("t", axes, kind, offset).data(4096);
        raw.0
    };
    check_refused(&tensor(&[32], 16, 0), "IQ2_XXS");
    check_refused(&tensor(&[32], 39, 0), "MXFP4");
    check_refused(&tensor(&[32], 777, 0), "777");
    check_refused(&tensor(&[], 0, 0), "0 axes");
    check_refused(&tensor(&[1; 5], 0, 0), "5 axes");
    check_refused(&tensor(&[0, 4], 0, 0), "is empty");
    check_refused(&tensor(&[33], 2, 0), "33 columns");
    check_refused(&tensor(&[32], 0, 4), "where a tensor may");
    check_refused(&tensor(&[1025], 0, 0), "beyond its end");
    check_refused(&tensor(&[1024], 0, 32), "beyond its end");
    check_refused(&tensor(&[1 << 40, 1 << 40], 0, 0), "beyond its end");
    check_refused(&tensor(&[1 << 62], 0, 0), "beyond its end");
    check_refused(&tensor(&[8], 0, u64::MAX - 31), "beyond its end");
    check_refused(&tensor(&[1024], 0, 0), "block_count");

    check_refused(&Raw::new(u64::MAX, 0).0, "cut short");
    check_refused(&Raw::new(0, u64::MAX).0, "cut short");
    check_refused(&Raw::new(u64::MAX, 1).llama().0, "cut short");
    let value = |kind: u32, rest: &[u64]| {
        let mut raw = Raw::new(0, 2);
        raw.llama().text("k").u32(kind);
        for &n in rest {
            raw.u64(n);
        }
        raw.data(64).0.clone()
    };
    check_refused(&value(8, &[u64::MAX]), "cut short");
    check_refused(&value(99, &[]), "cut short");
    let list = |kind: u32, n: u64| {
        let mut raw = Raw::new(0, 2);
        raw.llama().text("k").u32(9).u32(kind).u64(n).data(64);
        raw.0
    };
    for kind in [0, 4, 7, 8, 9, 12, 13] {
        check_refused(&list(kind, u64::MAX), "cut short");
        check_refused(&list(kind, 1 << 30), "cut short");
    }
    let mut deep = Raw::new(0, 2);
    deep.llama().text("k").u32(9);
    for _ in 0..100_000 {
        deep.u32(9).u64(1);
    }
    check_refused(&deep.0, "cut short");
    for n in [0, 1, 4, 12] {
        let mut raw = Raw::new(0, 2);
        raw.llama().text("general.alignment").u32(4).u32(n);
        check_refused(&raw.0, "no multiple of 8");
    }
    let mut wide = Raw::new(0, 2);
    wide.llama()
        .text("general.alignment")
        .u32(10)
        .u64(u64::MAX - 7);
    check_refused(&wide.0, "block_count");
    let mut twice = Raw::new(0, 2);
    twice.llama().llama();
    check_refused(&twice.0, "twice");
    let mut twice = Raw::new(2, 1);
    twice
        .llama()
        .tensor("t", &[8], 0, 0)
        .tensor("t", &[8], 0, 0);
    check_refused(&twice.data(64).0, "twice");
    let mut broken = Raw::new(0, 1);
    broken.u64(2).0.extend([0xff, 0xfe]);
    check_refused(&broken.u32(0).data(8).0, "UTF-8");
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let mut d = draft("llama");
    byte_level_metadata(&mut d, "llama-bpe", &learn("llama-bpe"));
    let bytes = d.bytes();
    let (_folder, path) = write(&bytes);
    read_all(&path).expect("the whole file reads");
    // From the end backwards, so that each cut is one call and no copy.
    let writable = fs::File::options().write(true).open(&path).expect("opens");
    for n in (0..bytes.len()).step_by(97).rev() {
        writable.set_len(n as u64).expect("cuts");
        assert!(GgufFile::open(&path).is_err(), "cut to {n} bytes");
    }
}

#[test]
fn a_damaged_file_never_panics() {
    let mut d = draft("llama");
    byte_level_metadata(&mut d, "llama-bpe", &learn("llama-bpe"));
    let mut spm = draft("llama");
    piece_metadata(&mut spm, &pieces());
    for d in [d, spm] {
        let bytes = d.bytes();
        let head = bytes.len() - open(&bytes).expect("opens").weight_bytes() as usize;
        let (_folder, path) = write(&bytes);
        let mut state = 7u64;
        let mut draw = |n: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % n
        };
        let mut n_refused = 0;
        for _ in 0..400 {
            let mut bad = bytes.clone();
            for _ in 0..=draw(3) {
                let at = draw(head);
                bad[at] = match draw(4) {
                    0 => 0,
                    1 => 0xff,
                    2 => bad[at].wrapping_add(1),
                    _ => draw(256) as u8,
                };
            }
            fs::write(&path, &bad).expect("writes");
            n_refused += usize::from(read_all(&path).is_err());
        }
        assert!(n_refused > 50, "{n_refused}");
    }
}

/// A tokenizer's vocabulary by number, and its merges.
struct Learned {
    tokens: Vec<String>,
    merges: Vec<String>,
}

/// The part of a published `tokenizer.json` that splits texts.
fn split_json(pre: &str) -> serde_json::Value {
    let digits = match pre {
        "llama-bpe" => r"\p{N}{1,3}",
        "qwen2" => r"\p{N}",
        _ => {
            return serde_json::json!({
                "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true
            });
        }
    };
    let words = format!(
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|{digits}| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    );
    serde_json::json!({"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": words}, "behavior": "Isolated", "invert": false},
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false},
    ]})
}

/// Learns a byte-level tokenizer of the program's own library; its last token is a word no merge makes.
fn learn(pre: &str) -> Learned {
    let mut tokenizer = Tokenizer::new(tokenizers::models::bpe::BPE::default());
    let split: tokenizers::PreTokenizerWrapper =
        serde_json::from_value(split_json(pre)).expect("a way to split");
    tokenizer.with_pre_tokenizer(Some(split));
    let mut trainer: TrainerWrapper = BpeTrainerBuilder::new()
        .show_progress(false)
        .vocab_size(420)
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build()
        .into();
    let texts = TEXTS.iter().cycle().take(TEXTS.len() * 5);
    tokenizer
        .train(&mut trainer, texts.copied())
        .expect("learns");
    let model = serde_json::to_value(tokenizer.get_model()).expect("writes");
    let mut tokens: Vec<(u64, String)> = model["vocab"]
        .as_object()
        .expect("a vocabulary")
        .iter()
        .map(|(t, id)| (id.as_u64().expect("a number"), t.clone()))
        .collect();
    tokens.sort();
    let mut tokens: Vec<String> = tokens.into_iter().map(|t| t.1).collect();
    tokens.push("ĠRaspberries".to_owned());
    let merges = model["merges"]
        .as_array()
        .expect("merges")
        .iter()
        .map(|m| {
            let part = |i: usize| m[i].as_str().expect("a piece");
            format!("{} {}", part(0), part(1))
        })
        .collect();
    Learned { tokens, merges }
}

fn texts_value<T: AsRef<str>>(texts: &[T]) -> Value {
    Value::Array(texts.iter().map(|t| text(t.as_ref())).collect())
}

/// Tokens that are added after the learned ones, with their kinds.
const ADDED: [(&str, i32); 5] = [
    ("<|begin|>", 3),
    ("<|end|>", 3),
    ("<think>", 4),
    ("</think>", 4),
    ("[PAD425]", 5),
];

fn byte_level_metadata(d: &mut Draft, pre: &str, learned: &Learned) {
    let n = learned.tokens.len() as u32;
    let mut tokens = learned.tokens.clone();
    let mut kinds = vec![Value::I32(1); tokens.len()];
    for (added, kind) in ADDED {
        tokens.push(added.to_owned());
        kinds.push(Value::I32(kind));
    }
    d.set("tokenizer.ggml.model", text("gpt2"))
        .set("tokenizer.ggml.pre", text(pre))
        .set("tokenizer.ggml.tokens", texts_value(&tokens))
        .set("tokenizer.ggml.token_type", Value::Array(kinds))
        .set("tokenizer.ggml.merges", texts_value(&learned.merges))
        .set("tokenizer.ggml.bos_token_id", Value::U32(n))
        .set("tokenizer.ggml.eos_token_id", Value::U32(n + 1))
        .set("tokenizer.ggml.eot_token_id", Value::U32(n + 1))
        .set("tokenizer.chat_template", text("{{ messages }}"));
}

/// The tokenizer as a published `tokenizer.json` would have it.
fn published(pre: &str, learned: &Learned, begins: bool) -> Tokenizer {
    let n = learned.tokens.len();
    let vocab: BTreeMap<&str, usize> = learned
        .tokens
        .iter()
        .enumerate()
        .map(|(i, t)| (t.as_str(), i))
        .collect();
    let added: Vec<serde_json::Value> = ADDED[..4]
        .iter()
        .enumerate()
        .map(|(i, (content, kind))| {
            serde_json::json!({
                "id": n + i, "content": content, "special": *kind == 3, "normalized": false,
                "single_word": false, "lstrip": false, "rstrip": false,
            })
        })
        .collect();
    let bytes = serde_json::json!({
        "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true
    });
    let begin = serde_json::json!({
        "type": "TemplateProcessing",
        "single": [
            {"SpecialToken": {"id": "<|begin|>", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
        ],
        "pair": [
            {"Sequence": {"id": "A", "type_id": 0}},
            {"Sequence": {"id": "B", "type_id": 1}},
        ],
        "special_tokens": {"<|begin|>": {"id": "<|begin|>", "ids": [n], "tokens": ["<|begin|>"]}},
    });
    let processors = if begins {
        vec![bytes.clone(), begin]
    } else {
        vec![bytes.clone()]
    };
    serde_json::from_value(serde_json::json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": (pre == "qwen2").then(|| serde_json::json!({"type": "NFC"})),
        "pre_tokenizer": split_json(pre),
        "post_processor": {"type": "Sequence", "processors": processors},
        "decoder": bytes,
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
            "ignore_merges": pre == "llama-bpe", "vocab": vocab,
            "merges": learned.merges,
        },
    }))
    .expect("a tokenizer")
}

fn check_equal(ours: &Tokenizer, theirs: &Tokenizer, text: &str) {
    let a = ours.encode_char_offsets(text, true).expect("encodes");
    let b = theirs.encode_char_offsets(text, true).expect("encodes");
    assert_eq!(a.get_tokens(), b.get_tokens(), "{text:?}");
    assert_eq!(a.get_ids(), b.get_ids(), "{text:?}");
    assert_eq!(a.get_offsets(), b.get_offsets(), "{text:?}");
    for skip in [true, false] {
        assert_eq!(
            ours.decode(a.get_ids(), skip).expect("decodes"),
            theirs.decode(a.get_ids(), skip).expect("decodes"),
            "{text:?}"
        );
    }
}

#[test]
fn tokenizers_over_bytes_read_as_the_published_ones() {
    for (pre, begins) in [("llama-bpe", true), ("qwen2", false), ("gpt-2", false)] {
        let learned = learn(pre);
        for flag in [None, Some(true), Some(false)] {
            let mut d = draft("llama");
            byte_level_metadata(&mut d, pre, &learned);
            if let Some(flag) = flag {
                d.set("tokenizer.ggml.add_bos_token", Value::Bool(flag));
            }
            let file = open(&d.bytes()).expect("opens");
            let ours = file.tokenizer().expect("builds");
            let begins = flag.unwrap_or(begins);
            let theirs = published(pre, &learned, begins);
            for text in TEXTS.iter().chain(&["Some Raspberries", "9 Raspberries12"]) {
                check_equal(&ours, &theirs, text);
            }
            let n = learned.tokens.len() as u32;
            let ids = ours.encode("Trams", true).expect("encodes");
            assert_eq!(ids.get_ids().first() == Some(&n), begins);
            assert_eq!(
                (file.ends.bos, file.ends.eos.as_slice()),
                (Some(n), &[n + 1][..])
            );
            assert_eq!(file.chat_template(), Some("{{ messages }}"));
            let whole = ours.encode(" Raspberries", false).expect("encodes");
            assert_eq!(whole.len() == 1, pre == "llama-bpe");
        }
    }
}

#[test]
fn tokenizers_that_contradict_themselves_are_refused() {
    let learned = learn("qwen2");
    let check = |key: &str, value: Option<Value>, part: &str| {
        let mut d = draft("llama");
        byte_level_metadata(&mut d, "qwen2", &learned);
        let key = format!("tokenizer.ggml.{key}");
        d.metadata.remove(&key);
        if let Some(value) = value {
            d.set(&key, value);
        }
        let error = open(&d.bytes())
            .and_then(|f| f.tokenizer())
            .expect_err("must be refused")
            .to_string();
        assert!(error.contains(part), "{error:?} lacks {part:?}");
    };
    check("model", None, "tokenizer.ggml.model");
    check("model", Some(text("t5")), "kind t5");
    check("pre", None, "too old to say");
    check("pre", Some(text("tekken")), "tekken");
    check("tokens", None, "tokenizer.ggml.tokens");
    check("tokens", Some(texts_value(&["a", "b"])), "2 tokens and 426");
    check("token_type", Some(text("none")), "list of integers");
    check("merges", None, "tokenizer.ggml.merges");
    check("merges", Some(texts_value(&["ab"])), "no pair");
    check("merges", Some(texts_value(&[" "])), "no pair");
    check("merges", Some(texts_value(&["q z"])), "gives no token");
    let long = format!("{} {}", learned.tokens[300], "ĠRaspberries");
    check("merges", Some(texts_value(&[&long])), "gives no token");
    check("eos_token_id", Some(Value::U32(426)), "token 426");
    check("bos_token_id", Some(Value::I32(-1)), "no count");
    check("bos_token_id", Some(Value::U64(1 << 40)), "no token");
    let mut twice = learned.tokens.clone();
    twice[300] = twice[301].clone();
    twice.extend(ADDED.iter().map(|a| a.0.to_owned()));
    check(
        "tokens",
        Some(texts_value(&twice)),
        "300 and 301 are the same",
    );
    let mut few = learned.tokens.clone();
    few[5] = "few".to_owned();
    few.extend(ADDED.iter().map(|a| a.0.to_owned()));
    check("tokens", Some(texts_value(&few)), "255 of the 256 bytes");

    let mut d = draft("llama");
    byte_level_metadata(&mut d, "llama-bpe", &learned);
    d.metadata.remove("tokenizer.ggml.bos_token_id");
    let error = open(&d.bytes())
        .and_then(|f| f.tokenizer())
        .expect_err("must be refused");
    assert!(error.to_string().contains("bos_token_id"));
}

/// Pieces with scores as `SentencePiece` orders them: special ones, bytes, merged ones by rank, characters.
fn pieces() -> Vec<(String, f32, i32)> {
    let mut tokenizer = Tokenizer::new(tokenizers::models::bpe::BPE::default());
    let split = serde_json::json!({
        "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true
    });
    let split: tokenizers::PreTokenizerWrapper = serde_json::from_value(split).expect("splits");
    tokenizer.with_pre_tokenizer(Some(split));
    let mut trainer: TrainerWrapper = BpeTrainerBuilder::new()
        .show_progress(false)
        .vocab_size(400)
        .build()
        .into();
    let texts = TEXTS[..5].iter().cycle().take(25);
    tokenizer
        .train(&mut trainer, texts.copied())
        .expect("learns");
    let mut tokens: Vec<(u32, String)> = tokenizer
        .get_vocab(false)
        .into_iter()
        .map(|(t, id)| (id, t))
        .collect();
    tokens.sort();
    let (letters, merged): (Vec<_>, Vec<_>) =
        tokens.into_iter().partition(|t| t.1.chars().count() == 1);
    let mut pieces = vec![
        ("<unk>".to_owned(), 0.0, 2),
        ("<s>".to_owned(), 0.0, 3),
        ("</s>".to_owned(), 0.0, 3),
    ];
    pieces.extend((0..256).map(|b| (format!("<0x{b:02X}>"), 0.0, 6)));
    for (i, (_, t)) in merged.into_iter().chain(letters).enumerate() {
        pieces.push((t, -(i as f32), 1));
    }
    pieces.push(("<think>".to_owned(), -1000.0, 4));
    pieces.push(("[PAD]".to_owned(), -1000.0, 5));
    pieces
}

fn piece_metadata(d: &mut Draft, pieces: &[(String, f32, i32)]) {
    let texts: Vec<&str> = pieces.iter().map(|p| p.0.as_str()).collect();
    let scores = pieces.iter().map(|p| Value::F32(p.1)).collect();
    let kinds = pieces.iter().map(|p| Value::I32(p.2)).collect();
    d.set("tokenizer.ggml.model", text("llama"))
        .set("tokenizer.ggml.pre", text("default"))
        .set("tokenizer.ggml.tokens", texts_value(&texts))
        .set("tokenizer.ggml.scores", Value::Array(scores))
        .set("tokenizer.ggml.token_type", Value::Array(kinds));
}

/// `SentencePiece`'s own way: again and again the neighbors that make the best piece, leftmost first.
fn merged_by_score(text: &str, pieces: &[(String, f32, i32)]) -> Vec<String> {
    let score = |t: &str| pieces.iter().find(|p| p.2 == 1 && p.0 == t).map(|p| p.1);
    let mut parts: Vec<String> = text.chars().map(String::from).collect();
    loop {
        let mut best: Option<(f32, usize)> = None;
        for i in 1..parts.len() {
            if let Some(s) = score(&format!("{}{}", parts[i - 1], parts[i]))
                && best.is_none_or(|(b, _)| s > b)
            {
                best = Some((s, i));
            }
        }
        let Some((_, i)) = best else { break };
        let right = parts.remove(i);
        parts[i - 1].push_str(&right);
    }
    parts
        .into_iter()
        .flat_map(|p| {
            if score(&p).is_some() {
                vec![p]
            } else {
                p.bytes().map(|b| format!("<0x{b:02X}>")).collect()
            }
        })
        .collect()
}

#[test]
fn tokenizers_over_pieces_merge_by_score() {
    let pieces = pieces();
    for prefix in [None, Some(true), Some(false)] {
        let mut d = draft("llama");
        piece_metadata(&mut d, &pieces);
        if let Some(prefix) = prefix {
            d.set("tokenizer.ggml.add_space_prefix", Value::Bool(prefix));
        }
        let file = open(&d.bytes()).expect("opens");
        assert_eq!(
            (file.ends.bos, file.ends.eos.as_slice()),
            (Some(1), &[2][..])
        );
        let ours = file.tokenizer().expect("builds");
        for text in &TEXTS[..10] {
            let encoding = ours.encode(*text, true).expect("encodes");
            let mut spaced = text.replace(' ', "▁");
            if prefix != Some(false) && !text.is_empty() {
                spaced.insert(0, '▁');
            }
            let mut expected = merged_by_score(&spaced, &pieces);
            expected.insert(0, "<s>".to_owned());
            assert_eq!(encoding.get_tokens(), expected, "{text:?}");
            let again = ours.decode(encoding.get_ids(), true).expect("decodes");
            assert_eq!(again, *text);
        }
        let marked = ours.encode("a<think>b</s>", false).expect("encodes");
        assert!(marked.get_tokens().contains(&"<think>".to_owned()));
        assert_eq!(marked.get_ids().last(), Some(&2));
        assert_eq!(ours.token_to_id("[PAD]"), None);
    }
    let mut d = draft("llama");
    piece_metadata(&mut d, &pieces);
    d.set("tokenizer.ggml.add_bos_token", Value::Bool(false));
    let ours = open(&d.bytes())
        .and_then(|f| f.tokenizer())
        .expect("builds");
    assert_ne!(ours.encode("a", true).expect("encodes").get_ids()[0], 1);
    d.set("tokenizer.ggml.scores", Value::Array(vec![Value::F32(0.0)]));
    assert!(open(&d.bytes()).and_then(|f| f.tokenizer()).is_err());
}

/// The published merges of one piece: the longer left part first; equal scores in the file's order.
#[test]
fn merges_follow_the_converter() {
    let pieces: Vec<(String, f32, i32)> = [
        ("<unk>", 0.0, 2),
        ("ab", -1.0, 1),
        ("bc", -2.0, 1),
        ("abc", -3.0, 1),
        ("ca", -2.0, 1),
        ("a", -9.0, 1),
        ("b", -9.0, 1),
        ("c", -9.0, 1),
        ("▁", -9.0, 1),
    ]
    .map(|(t, s, k)| (t.to_owned(), s, k))
    .to_vec();
    let mut d = draft("llama");
    piece_metadata(&mut d, &pieces);
    d.set("tokenizer.ggml.add_bos_token", Value::Bool(false));
    let ours = open(&d.bytes())
        .and_then(|f| f.tokenizer())
        .expect("builds");
    let json = serde_json::to_value(ours.get_model()).expect("writes");
    let expected =
        serde_json::json!([["a", "b"], ["b", "c"], ["c", "a"], ["ab", "c"], ["a", "bc"]]);
    assert_eq!(json["merges"], expected);
}
