//! Tests of the networks on a model of a few thousand numbers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path as FilePath;

use candle_core::{DType, Device, Tensor, Var};
use proptest::prelude::*;

use super::NnError;
use super::config::DecoderConfig;
use super::decoder::{Decoder, Path};
use super::dpo::{DpoSettings, Pair, Trainer, encode_pairs, references};
use super::generate::{Generate, Sampling};
use super::lora::{Adapter, LoraSettings, Target};
use super::matrix::{Matrix, Source};
use super::model::LanguageModel;
use super::ops;
use super::preference::{PairLogps, PreferenceLoss, pair_losses};
use super::pretrain::{PretrainSettings, pretrain};
use super::score::{Adapted, Score, ScoreItem};
use super::spans::{Packed, Tree};
use crate::base::observe::Silent;
use crate::base::seed::Seed;

/// Sentences of four languages, enough for a tokenizer.
fn texts() -> Vec<String> {
    let lines = [
        "Trams should be free for everyone who lives in the town.",
        "The council says that trees keep the streets cool in summer.",
        "Bibliotheken gehören in jedes Dorf, sagt die Bürgermeisterin.",
        "Der Markt soll auch am Sonntag offen bleiben.",
        "La ville doit protéger ses parcs et ses vieux arbres.",
        "Les écoles ont besoin de plus de professeurs de musique.",
        "公园应当对所有居民免费开放。",
        "老人乘坐公共汽车应当得到照顾。",
    ];
    (0..12)
        .flat_map(|i| lines.iter().map(move |l| format!("{l} {i}")))
        .collect()
}

fn tiny_settings(n_steps: u32) -> PretrainSettings {
    PretrainSettings {
        vocab: 400,
        hidden: 24,
        intermediate: 40,
        n_layers: 2,
        n_heads: 4,
        n_kv_heads: 2,
        row_tokens: 24,
        batch_rows: 4,
        n_steps,
        learning_rate: 3e-3,
        seed: Seed(5),
    }
}

/// Makes a model in a folder and loads it.
fn tiny(folder: &FilePath) -> LanguageModel {
    pretrain(
        &texts(),
        &texts(),
        &tiny_settings(3),
        "a model for tests",
        folder,
        &Silent,
        |_| {},
    )
    .expect("a model");
    LanguageModel::load(folder, &Device::Cpu).expect("the model loads")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// An adapter with random matrices on both sides, so that it changes something.
fn stirred(config: &DecoderConfig, seed: u64) -> Adapter {
    let settings = LoraSettings {
        rank: 3,
        alpha: 6.0,
        ..LoraSettings::default()
    };
    let adapter = Adapter::new(config, settings, Seed(seed), &Device::Cpu).expect("an adapter");
    let mut random = Seed(seed).stream("b");
    for (_, _, pair) in adapter.pairs() {
        let n = pair.b.elem_count();
        let values: Vec<f32> = (0..n).map(|_| 0.1 * random.next_normal() as f32).collect();
        pair.b
            .set(&Tensor::from_vec(values, pair.b.dims(), &Device::Cpu).expect("values"))
            .expect("set");
    }
    adapter
}

fn pairs() -> Vec<Pair> {
    let make = |p: &str, c: &str, r: &str| Pair {
        prompt: p.to_owned(),
        chosen: c.to_owned(),
        rejected: r.to_owned(),
    };
    vec![
        make(
            "Should trams be free?\n",
            "My answer is yes, free for all.",
            "My answer is no, not free.",
        ),
        make(
            "公园应当免费吗？\n",
            "我的回答是：应当免费开放。",
            "我的回答是：不应当免费开放。",
        ),
        make(
            "Soll der Markt offen sein?\n",
            "Meine Antwort ist: offen.",
            "Meine Antwort ist: geschlossen und zu.",
        ),
        make(
            "Faut-il des parcs ?\n",
            "Ma réponse est : oui, des parcs.",
            "Ma réponse est : non.",
        ),
        make(
            "Are trees useful?\n",
            "My answer is that trees cool the streets.",
            "My answer is that trees are useless here.",
        ),
    ]
}

fn max_difference(a: &Tensor, b: &Tensor) -> f32 {
    (a - b)
        .and_then(|d| d.abs())
        .and_then(|d| d.max_all())
        .and_then(|d| d.to_scalar::<f32>())
        .expect("a number")
}

/// The weights of a folder as plain tensors on the processor: what other devices compute with.
struct AsTensors<'a>(&'a super::weights::Weights);

impl Source for AsTensors<'_> {
    fn matrix(&mut self, name: &str, n_out: usize, n_in: usize) -> Result<Matrix, NnError> {
        Ok(Matrix::Tensor(self.vectorless(name, &[n_out, n_in])?))
    }

    fn vector(&mut self, name: &str, n: usize) -> Result<Tensor, NnError> {
        self.vectorless(name, &[n])
    }
}

impl AsTensors<'_> {
    fn vectorless(&self, name: &str, shape: &[usize]) -> Result<Tensor, NnError> {
        self.0.tensor(name, shape, &Device::Cpu)
    }
}

/// A decoder of a folder that computes with the tensor library's operations.
fn plain_decoder(folder: &FilePath, config: &DecoderConfig) -> Decoder {
    let weights = super::weights::Weights::open(folder).expect("weights");
    Decoder::build(
        config.clone(),
        &Device::Cpu,
        DType::F32,
        &mut AsTensors(&weights),
    )
    .expect("a decoder")
    .without_own_kernels()
}

/// Two trees of different shape: what scoring and training pack.
fn packed() -> Packed {
    let ids: Vec<u32> = (0..40).map(|i| (i * 37 + 11) % 400).collect();
    Packed::new(&[
        Tree {
            trunk: &ids[..9],
            branches: vec![&ids[9..16], &ids[20..25]],
        },
        Tree {
            trunk: &ids[5..35],
            branches: Vec::new(),
        },
    ])
}

#[test]
fn own_operations_equal_the_library_s_with_and_without_adapter() {
    let home = folder();
    let model = tiny(home.path());
    let plain = plain_decoder(home.path(), &model.decoder.config);
    let adapter = stirred(&model.decoder.config, 9);
    let packed = packed();
    for adapter in [None, Some(&adapter)] {
        let logits: Vec<Tensor> = [
            (&model.decoder, Path::Scoring),
            (&model.decoder, Path::Training),
            (&plain, Path::Scoring),
            (&plain, Path::Training),
        ]
        .into_iter()
        .map(|(decoder, path)| {
            let hidden = decoder.hidden(&packed, adapter, path).expect("hidden");
            decoder.logits(&hidden).expect("logits")
        })
        .collect();
        for other in &logits[1..] {
            assert!(max_difference(&logits[0], other) < 1e-4);
        }
    }
}

#[test]
fn a_shared_beginning_changes_no_number() {
    let home = folder();
    let model = tiny(home.path());
    let packed = packed();
    let hidden = |p: &Packed| {
        let hidden = model
            .decoder
            .hidden(p, None, Path::Scoring)
            .expect("hidden");
        hidden.to_vec2::<f32>().expect("numbers")
    };
    let together = hidden(&packed);
    for (rows, beginning) in [(0..9, 0), (9..16, 9), (16..21, 9), (21..51, 0)] {
        let mut ids = packed.ids[..beginning].to_vec();
        ids.extend(&packed.ids[rows.clone()]);
        let alone = hidden(&Packed::texts([ids.as_slice()]));
        // Not close: equal, to the last digit.
        assert_eq!(alone[beginning..], together[rows]);
    }
}

/// The DPO loss of all pairs, for an adapter that the test changes.
fn loss_of(model: &LanguageModel, adapter: &Adapter) -> Tensor {
    let encoded = encode_pairs(model, &pairs()).expect("pairs");
    super::dpo::batch_loss(
        model,
        adapter,
        &encoded,
        &references(model, &encoded, 2, &Silent).expect("references"),
        PreferenceLoss::Sigmoid,
        0.5,
    )
    .expect("a loss")
}

#[test]
fn every_adapter_matrix_gets_a_gradient_and_finite_differences_agree() {
    let home = folder();
    let model = tiny(home.path());
    let adapter = stirred(&model.decoder.config, 3);
    let grads = loss_of(&model, &adapter).backward().expect("gradients");
    let mut random = Seed(1).stream("entries");
    for (name, var) in adapter.vars() {
        let grad = grads
            .get(var.as_tensor())
            .unwrap_or_else(|| panic!("{name} has no gradient"));
        let flat = grad
            .flatten_all()
            .and_then(|g| g.to_vec1::<f32>())
            .expect("numbers");
        assert!(
            flat.iter().any(|g| g.abs() > 0.0),
            "{name} has a zero gradient"
        );
        // Two entries of every matrix, by central differences.
        let values = var
            .flatten_all()
            .and_then(|v| v.to_vec1::<f32>())
            .expect("numbers");
        for _ in 0..2 {
            let i = random.below(values.len());
            let at = |x: f32| {
                let mut moved = values.clone();
                moved[i] = x;
                var.set(&Tensor::from_vec(moved, var.dims(), &Device::Cpu).expect("moved"))
                    .expect("set");
                f64::from(
                    loss_of(&model, &adapter)
                        .to_scalar::<f32>()
                        .expect("a loss"),
                )
            };
            let h = 2e-2;
            let slope = (at(values[i] + h) - at(values[i] - h)) / f64::from(2.0 * h);
            at(values[i]);
            let g = f64::from(flat[i]);
            assert!(
                (slope - g).abs() < 2e-3 + 0.03 * g.abs(),
                "{name}[{i}]: {slope} by differences, {g} by the graph"
            );
        }
    }
}

#[test]
fn a_batch_scores_like_single_items() {
    let home = folder();
    let model = tiny(home.path());
    let adapter = stirred(&model.decoder.config, 4);
    let items: Vec<ScoreItem> = pairs()
        .into_iter()
        .flat_map(|p| {
            [p.chosen, p.rejected].map(|continuation| ScoreItem {
                context: p.prompt.clone(),
                continuation,
            })
        })
        .collect();
    let adapted = Adapted {
        model: &model,
        adapter: Some(&adapter),
    };
    let together = adapted.score(&items, &Silent).expect("scores");
    for (item, scored) in items.iter().zip(&together) {
        let alone = adapted
            .score(std::slice::from_ref(item), &Silent)
            .expect("a score");
        for (a, b) in alone[0].logps_nats.iter().zip(&scored.logps_nats) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
        assert_eq!(scored.logps_nats.len(), scored.ends.len());
        assert_eq!(
            *scored.ends.last().expect("an end") as usize,
            scored.continuation.chars().count(),
            "{scored:?}"
        );
        // A brute-force twin: the whole row through log-softmax, one token at a time.
        let joint = model
            .tokenizer
            .join(&item.context, &item.continuation)
            .expect("tokens");
        let whole = Packed::texts([joint.ids.as_slice()]);
        let logits = model
            .decoder
            .hidden(&whole, Some(&adapter), Path::Training)
            .and_then(|hidden| Ok(model.decoder.logits(&hidden)?.to_vec2::<f32>()?))
            .expect("logits");
        for (k, logp) in scored.logps_nats.iter().enumerate() {
            let row = &logits[joint.n_context + k - 1];
            let total: f64 = row.iter().map(|x| f64::from(*x).exp()).sum();
            let exact = f64::from(row[joint.ids[joint.n_context + k] as usize]) - total.ln();
            assert!((exact - f64::from(*logp)).abs() < 1e-4);
        }
    }
}

#[test]
fn blanks_of_the_context_move_to_the_continuation() {
    let home = folder();
    let model = tiny(home.path());
    for (context, continuation) in [
        ("Should trams be free?\n", "My answer is yes."),
        ("公园应当免费吗？\n", "我的回答是：应当。"),
        ("Faut-il des parcs ? ", "Ma réponse"),
        ("", "Der Markt"),
        ("Soll der Markt", " offen bleiben?"),
    ] {
        let joint = model.tokenizer.join(context, continuation).expect("tokens");
        let kept = context.trim_end();
        assert_eq!(
            joint.continuation,
            format!("{}{continuation}", &context[kept.len()..])
        );
        assert!(joint.prefix_holds, "{context:?} {continuation:?}");
        let whole = model
            .tokenizer
            .encode(&format!("{context}{continuation}"))
            .expect("tokens");
        assert_eq!(joint.ids, whole);
        assert_eq!(joint.ends.len(), joint.ids.len() - joint.n_context);
        let text = model
            .tokenizer
            .decode(&joint.ids[joint.n_context..])
            .expect("text");
        assert_eq!(text.trim(), joint.continuation.trim());
    }
    assert!(matches!(
        model.tokenizer.join("something", ""),
        Err(NnError::Nothing { .. })
    ));
}

#[test]
fn generating_in_a_batch_follows_the_model_token_by_token() {
    let home = folder();
    let model = tiny(home.path());
    let adapter = stirred(&model.decoder.config, 2);
    let adapted = Adapted {
        model: &model,
        adapter: Some(&adapter),
    };
    let prompts: Vec<String> = pairs().into_iter().map(|p| p.prompt).collect();
    let labels: Vec<String> = (0..prompts.len()).map(|i| format!("item {i}")).collect();
    let greedy = Sampling {
        max_tokens: 6,
        temperature: 0.0,
        top_p: 1.0,
        chat: false,
    };
    let answers = adapted
        .generate(&prompts, &labels, &greedy, Seed(1), &Silent)
        .expect("answers");
    for (prompt, answer) in prompts.iter().zip(&answers) {
        // Without cache and batch: the whole text again for every token.
        let mut ids = model.tokenizer.encode(prompt).expect("tokens");
        let n = ids.len();
        for _ in 0..6 {
            let whole = Packed::texts([ids.as_slice()]);
            let logits = model
                .decoder
                .hidden(&whole, Some(&adapter), Path::Training)
                .and_then(|hidden| Ok(model.decoder.logits(&hidden)?.to_vec2::<f32>()?))
                .expect("logits");
            let best = logits[ids.len() - 1]
                .iter()
                .enumerate()
                .max_by(|a, b| a.1.total_cmp(b.1))
                .map_or(0, |(i, _)| i as u32);
            if model.tokenizer.eos().contains(&best) {
                break;
            }
            ids.push(best);
        }
        assert_eq!(
            answer,
            model.tokenizer.decode(&ids[n..]).expect("text").trim()
        );
    }
    // A prompt's answer depends on its label and the seed, not on its neighbors.
    let free = Sampling {
        max_tokens: 8,
        temperature: 1.0,
        top_p: 0.9,
        chat: false,
    };
    let all = adapted
        .generate(&prompts, &labels, &free, Seed(1), &Silent)
        .expect("answers");
    let one = adapted
        .generate(&prompts[1..2], &labels[1..2], &free, Seed(1), &Silent)
        .expect("an answer");
    assert_eq!(all[1], one[0]);
    let other = adapted
        .generate(&prompts, &labels, &free, Seed(2), &Silent)
        .expect("answers");
    assert_ne!(all, other);
}

fn dpo_settings() -> DpoSettings {
    DpoSettings {
        learning_rate: 2e-2,
        n_epochs: 6,
        batch_pairs: 2,
        micro_pairs: 1,
        seed: Seed(11),
        ..DpoSettings::default()
    }
}

#[test]
fn training_moves_margins_and_a_resumed_run_gives_the_same_bytes() {
    let home = folder();
    let model = tiny(home.path());
    let encoded = encode_pairs(&model, &pairs()).expect("pairs");
    let refs = references(&model, &encoded, 3, &Silent).expect("references");
    let mut whole = Trainer::new(&model, &encoded, &refs, dpo_settings(), None).expect("a trainer");
    let mut steps = Vec::new();
    while !whole.is_done() {
        steps.push(whole.step(&Silent).expect("a step"));
    }
    assert_eq!(steps.len(), 18);
    let first = steps.first().expect("a step");
    assert!(
        (first.loss_nats - std::f64::consts::LN_2).abs() < 1e-4,
        "{first:?}"
    );
    assert!(first.reward_chosen.abs() < 1e-4);
    let last = steps.last().expect("a step");
    assert!(last.margin() > 0.05, "{last:?}");
    assert!(last.loss_nats < first.loss_nats - 0.03, "{last:?}");

    // The same in three sittings, with a fresh trainer each time.
    let place = home.path().join("training");
    let mut again = Vec::new();
    for stop in [5, 11, 18] {
        let mut part =
            Trainer::new(&model, &encoded, &refs, dpo_settings(), None).expect("a trainer");
        let resumed = part.resume(&place, None).expect("a resume");
        assert_eq!(resumed, !again.is_empty());
        while part.n_done() < stop {
            again.push(part.step(&Silent).expect("a step"));
        }
        part.save(&place, stop).expect("a checkpoint");
        if stop == 18 {
            for ((name, a), (_, b)) in whole.adapter.vars().iter().zip(part.adapter.vars()) {
                assert_eq!(
                    a.flatten_all()
                        .and_then(|t| t.to_vec1::<f32>())
                        .expect("numbers"),
                    b.flatten_all()
                        .and_then(|t| t.to_vec1::<f32>())
                        .expect("numbers"),
                    "{name}"
                );
            }
        }
    }
    assert_eq!(steps, again);

    // A checkpoint of another training is refused.
    let mut other = DpoSettings {
        beta: 0.2,
        ..dpo_settings()
    };
    other.seed = Seed(12);
    let mut other = Trainer::new(&model, &encoded, &refs, other, None).expect("a trainer");
    assert!(matches!(
        other.resume(&place, None),
        Err(NnError::Config { .. })
    ));
}

#[test]
fn parts_of_a_batch_add_up() {
    let home = folder();
    let model = tiny(home.path());
    let encoded = encode_pairs(&model, &pairs()).expect("pairs");
    let refs = references(&model, &encoded, 5, &Silent).expect("references");
    let run = |micro_pairs| {
        let settings = DpoSettings {
            batch_pairs: 4,
            micro_pairs,
            n_epochs: 2,
            ..dpo_settings()
        };
        let mut trainer = Trainer::new(&model, &encoded, &refs, settings, None).expect("a trainer");
        let mut last = None;
        while !trainer.is_done() {
            last = Some(trainer.step(&Silent).expect("a step"));
        }
        last.expect("a step")
    };
    let (one, four) = (run(1), run(4));
    assert!(
        (one.loss_nats - four.loss_nats).abs() < 1e-4,
        "{one:?} {four:?}"
    );
}

#[test]
fn adapters_survive_their_files() {
    let home = folder();
    let model = tiny(home.path());
    let adapter = stirred(&model.decoder.config, 8);
    let place = home.path().join("adapter");
    super::peft::write_adapter(&adapter, "tiny", &model.fingerprint, &place).expect("written");
    let again = model.adapter(&place).expect("read");
    assert_eq!(again.settings, adapter.settings);
    for ((name, a), (_, b)) in adapter.vars().iter().zip(again.vars()) {
        assert!(
            max_difference(a.as_tensor(), b.as_tensor()) <= 0.0,
            "{name}"
        );
    }
    let names: Vec<String> = fs::read(place.join(super::peft::MATRICES))
        .map(|bytes| {
            safetensors::SafeTensors::deserialize(&bytes)
                .expect("safetensors")
                .names()
                .iter()
                .map(|n| (*n).to_owned())
                .collect()
        })
        .expect("a file");
    assert!(
        names.contains(&"base_model.model.model.layers.1.mlp.down_proj.lora_B.weight".to_owned())
    );

    // Another model, and a model of another shape.
    let other = folder();
    let mut settings = tiny_settings(1);
    settings.seed = Seed(6);
    pretrain(
        &texts(),
        &texts(),
        &settings,
        "",
        other.path(),
        &Silent,
        |_| {},
    )
    .expect("a model");
    let other_model = LanguageModel::load(other.path(), &Device::Cpu).expect("loads");
    let refused = other_model
        .adapter(&place)
        .map(|_| ())
        .expect_err("refused");
    assert!(refused.to_string().contains("fingerprint"), "{refused}");
    fs::remove_file(place.join("meridian.json")).expect("removed");
    settings.hidden = 32;
    pretrain(
        &texts(),
        &texts(),
        &settings,
        "",
        other.path(),
        &Silent,
        |_| {},
    )
    .expect("a model");
    let other_model = LanguageModel::load(other.path(), &Device::Cpu).expect("loads");
    let refused = other_model
        .adapter(&place)
        .map(|_| ())
        .expect_err("refused");
    assert!(
        matches!(refused, NnError::AdapterMismatch { .. }),
        "{refused}"
    );
}

#[test]
fn training_from_nothing_learns_and_repeats() {
    let mut hashes = Vec::new();
    for _ in 0..2 {
        let home = folder();
        let mut losses = Vec::new();
        pretrain(
            &texts(),
            &texts(),
            &tiny_settings(30),
            "",
            home.path(),
            &Silent,
            |s| {
                losses.push(s.loss_nats);
            },
        )
        .expect("a model");
        assert!(losses[29] < losses[0] - 0.5, "{losses:?}");
        hashes.push(
            LanguageModel::load(home.path(), &Device::Cpu)
                .expect("loads")
                .fingerprint,
        );
    }
    assert_eq!(hashes[0], hashes[1]);
}

/// A change to a good folder and the words its refusal must have.
fn check_refusal(change: impl FnOnce(&FilePath), words: &[&str]) {
    let home = folder();
    drop(tiny(home.path()));
    change(home.path());
    let refused = LanguageModel::load(home.path(), &Device::Cpu)
        .map(|_| ())
        .expect_err("refused")
        .to_string();
    for word in words {
        assert!(refused.contains(word), "{word:?} is not in: {refused}");
    }
}

fn edit_config(folder: &FilePath, key: &str, value: serde_json::Value) {
    let path = folder.join("config.json");
    let mut config: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("text")).expect("JSON");
    config[key] = value;
    fs::write(path, config.to_string()).expect("written");
}

/// Writes the folder's weights again with one tensor changed.
fn edit_weights(folder: &FilePath, change: impl FnOnce(&mut BTreeMap<String, Tensor>)) {
    let path = folder.join("model.safetensors");
    let mut tensors: BTreeMap<String, Tensor> = candle_core::safetensors::load(&path, &Device::Cpu)
        .expect("weights")
        .into_iter()
        .collect();
    change(&mut tensors);
    super::weights::write_tensors(&path, &super::weights::of_kind(tensors, DType::F32))
        .expect("written");
}

#[test]
fn bad_folders_are_refused_with_what_to_do() {
    check_refusal(
        |f| fs::remove_file(f.join("config.json")).expect("removed"),
        &["config.json"],
    );
    check_refusal(
        |f| edit_config(f, "architectures", serde_json::json!(["MambaForCausalLM"])),
        &[
            "MambaForCausalLM",
            "known are LlamaForCausalLM",
            "Qwen3ForCausalLM",
        ],
    );
    check_refusal(
        |f| edit_config(f, "num_attention_heads", serde_json::json!(5)),
        &["multiple"],
    );
    check_refusal(
        |f| edit_config(f, "intermediate_size", serde_json::json!(48)),
        &["gate_proj", "[40, 24]", "[48, 24]"],
    );
    check_refusal(
        |f| edit_config(f, "num_hidden_layers", serde_json::json!(3)),
        &["no tensor", "model.layers.2"],
    );
    check_refusal(
        |f| fs::remove_file(f.join("tokenizer.json")).expect("removed"),
        &["tokenizer.json"],
    );
    check_refusal(
        |f| fs::write(f.join("tokenizer.json"), "{}").expect("written"),
        &["tokenizer cannot be used"],
    );
    check_refusal(
        |f| {
            edit_config(f, "vocab_size", serde_json::json!(300));
        },
        &["400 tokens", "300 rows", "another model"],
    );
    check_refusal(
        |f| {
            fs::rename(f.join("model.safetensors"), f.join("pytorch_model.bin")).expect("renamed");
        },
        &["pickle", "safetensors"],
    );
    check_refusal(
        |f| {
            let index = serde_json::json!({"weight_map": {"model.norm.weight": "model-00001-of-00002.safetensors",
                "model.embed_tokens.weight": "model-00002-of-00002.safetensors"}});
            fs::write(f.join("model.safetensors.index.json"), index.to_string()).expect("written");
            fs::rename(
                f.join("model.safetensors"),
                f.join("model-00001-of-00002.safetensors"),
            )
            .expect("renamed");
        },
        &[
            "shard 2 of 2 is missing",
            "model-00002-of-00002.safetensors",
        ],
    );
    check_refusal(
        |f| {
            let path = f.join("model.safetensors");
            let bytes = fs::read(&path).expect("bytes");
            fs::write(&path, &bytes[..bytes.len() / 2]).expect("written");
        },
        &["cannot be read"],
    );
    check_refusal(
        |f| {
            edit_weights(f, |tensors| {
                let bad = Tensor::from_vec(vec![f32::NAN; 24], 24, &Device::Cpu).expect("NaN");
                tensors.insert("model.norm.weight".to_owned(), bad);
            });
        },
        &["no finite numbers", "model.norm.weight"],
    );
    let home = folder();
    let nowhere = LanguageModel::load(&home.path().join("nowhere"), &Device::Cpu).map(|_| ());
    assert!(matches!(nowhere, Err(NnError::NoFolder { .. })));
}

#[test]
fn shards_are_read_like_one_file() {
    let home = folder();
    let model = tiny(home.path());
    let all: BTreeMap<String, Tensor> =
        candle_core::safetensors::load(home.path().join("model.safetensors"), &Device::Cpu)
            .expect("weights")
            .into_iter()
            .collect();
    let mut map = serde_json::Map::new();
    for (k, part) in all.iter().collect::<Vec<_>>().chunks(8).enumerate() {
        let name = format!("model-{:05}-of-00003.safetensors", k + 1);
        let tensors = part
            .iter()
            .map(|(n, t)| ((*n).clone(), (*t).clone()))
            .collect();
        let tensors = super::weights::of_kind(tensors, DType::F32);
        super::weights::write_tensors(&home.path().join(&name), &tensors).expect("written");
        for (tensor, _) in part {
            map.insert((*tensor).clone(), name.clone().into());
        }
    }
    fs::remove_file(home.path().join("model.safetensors")).expect("removed");
    fs::write(
        home.path().join("model.safetensors.index.json"),
        serde_json::json!({"weight_map": map}).to_string(),
    )
    .expect("written");
    let again = LanguageModel::load(home.path(), &Device::Cpu).expect("loads");
    let items = [ScoreItem {
        context: "Are trees useful?\n".to_owned(),
        continuation: "My answer is yes.".to_owned(),
    }];
    let score = |model: &LanguageModel| {
        Adapted {
            model,
            adapter: None,
        }
        .score(&items, &Silent)
        .expect("scores")
    };
    assert_eq!(score(&model), score(&again));
}

/// The pair's six numbers as tensors.
fn losses(kind: PreferenceLoss, beta: f64, numbers: [f64; 6]) -> f64 {
    let t = |x: f64| Tensor::from_vec(vec![x], 1, &Device::Cpu).expect("a number");
    let [c, r, cr, rr, nc, nr] = numbers.map(t);
    pair_losses(
        kind,
        beta,
        &PairLogps {
            chosen: &c,
            rejected: &r,
            chosen_reference: &cr,
            rejected_reference: &rr,
            chosen_tokens: &nc,
            rejected_tokens: &nr,
        },
    )
    .and_then(|l| Ok(l.to_vec1::<f64>()?))
    .expect("a loss")[0]
}

#[test]
fn losses_equal_their_formulas() {
    let x = [-12.0, -15.0, -13.0, -14.0, 6.0, 8.0];
    let beta = 0.3;
    let margin: f64 = (-12.0 + 13.0) - (-15.0 + 14.0);
    let ln_sigma = |x: f64| -(1.0 + (-x).exp()).ln();
    let close = |kind, expected: f64| {
        let got = losses(kind, beta, x);
        assert!((got - expected).abs() < 1e-9, "{kind:?}: {got} {expected}");
    };
    close(PreferenceLoss::Sigmoid, -ln_sigma(beta * margin));
    close(
        PreferenceLoss::Ipo,
        ((1.0 / 6.0 + 1.0 / 8.0) - 1.0 / 0.6f64).powi(2),
    );
    close(PreferenceLoss::Hinge, (1.0 - beta * margin).max(0.0));
    close(
        PreferenceLoss::Robust,
        (-0.9 * ln_sigma(beta * margin) + 0.1 * ln_sigma(-beta * margin)) / 0.8,
    );
    close(
        PreferenceLoss::SimPo,
        -ln_sigma(beta * ((-2.0 + 15.0 / 8.0) - 0.5)),
    );
    let odds = |l: f64| l - (1.0 - l.exp()).ln();
    close(
        PreferenceLoss::OrPo,
        2.0 - beta * ln_sigma(odds(-2.0) - odds(-15.0 / 8.0)),
    );
}

proptest! {
    /// A model that moves toward the chosen answer never pays more.
    #[test]
    fn dpo_loss_falls_as_margin_grows(margin in -60.0..60.0f64, step in 0.0..5.0f64) {
        let at = |m: f64| losses(PreferenceLoss::Sigmoid, 0.1, [m, 0.0, 0.0, 0.0, 5.0, 5.0]);
        prop_assert!(at(margin + step) <= at(margin) + 1e-12);
        prop_assert!(at(margin).is_finite());
    }
}

/// Numbers of a normal distribution.
fn normal(label: &str, shape: (usize, usize), scale: f32) -> Tensor {
    let mut random = Seed(2).stream(label);
    let values: Vec<f32> = (0..shape.0 * shape.1)
        .map(|_| scale * random.next_normal() as f32)
        .collect();
    Tensor::from_vec(values, shape, &Device::Cpu).expect("numbers")
}

/// Output and gradients of `f` of variables, weighed by random numbers.
fn with_gradients(
    inputs: &[Tensor],
    f: impl Fn(&[Tensor]) -> candle_core::Result<Tensor>,
) -> Vec<Tensor> {
    let vars: Vec<Var> = inputs
        .iter()
        .map(|t| Var::from_tensor(t).expect("a variable"))
        .collect();
    let tensors: Vec<Tensor> = vars.iter().map(|v| v.as_tensor().clone()).collect();
    let out = f(&tensors).expect("an output");
    let n = out.elem_count();
    let weights = normal("weights", (1, n), 1.0);
    let loss = (out.reshape((1, n)).expect("flat") * weights)
        .and_then(|l| l.sum_all())
        .expect("a loss");
    let grads = loss.backward().expect("gradients");
    let mut all = vec![out];
    for var in &vars {
        all.push(grads.get(var.as_tensor()).expect("a gradient").clone());
    }
    all
}

/// Both ways of an operation give the same, forward and backward.
fn check_twins(
    name: &str,
    inputs: &[Tensor],
    own: impl Fn(&[Tensor]) -> candle_core::Result<Tensor>,
    plain: impl Fn(&[Tensor]) -> candle_core::Result<Tensor>,
) {
    let (own, plain) = (with_gradients(inputs, own), with_gradients(inputs, plain));
    for (i, (a, b)) in own.iter().zip(&plain).enumerate() {
        let difference = max_difference(a, b);
        assert!(difference < 2e-5, "{name}, output {i}: {difference}");
    }
}

#[test]
fn operations_of_our_own_equal_composed_ones_with_their_gradients() {
    use super::kernels::attention::{Heads, attention};
    use super::kernels::rotary::{Angles, Pairing, rotary};
    use super::kernels::{gate, head, linear, norm, product};
    use super::spans::Sight;
    use std::sync::Arc;

    let (n, h) = (51, 24);
    let x = normal("x", (n, h), 1.0);
    let weight = normal("weight", (1, h), 1.0).reshape(h).expect("a vector");
    check_twins(
        "rms-norm",
        &[x.clone(), weight],
        |t| norm::rms_norm(&t[0], &t[1], 1e-5),
        |t| ops::rms_norm(&t[0], &t[1], 1e-5),
    );
    check_twins(
        "silu-product",
        &[x.clone(), normal("up", (n, h), 1.0)],
        |t| gate::silu_product(&t[0], &t[1]),
        |t| t[0].silu()? * &t[1],
    );
    for pairing in [Pairing::Halves, Pairing::Neighbors] {
        let angles = normal("angles", (n, 4), 3.0);
        let values = |t: &Tensor| t.flatten_all()?.to_vec1::<f32>();
        let (cos, sin) = (angles.cos().expect("cos"), angles.sin().expect("sin"));
        let table = Arc::new(Angles {
            cos: values(&cos).expect("numbers"),
            sin: values(&sin).expect("numbers"),
            half: 4,
            pairing,
        });
        check_twins(
            "rotary",
            std::slice::from_ref(&x),
            |t| rotary(&t[0], &table),
            |t| ops::rotary(&t[0], &cos.unsqueeze(1)?, &sin.unsqueeze(1)?, pairing),
        );
    }
    let weights = normal("layer", (37, h), 0.3);
    let rows = weights
        .flatten_all()
        .and_then(|w| w.to_vec1::<f32>())
        .expect("numbers");
    let layer = linear::Frozen {
        panels: Arc::new(product::Panels::of_rows(&rows, 37, h)),
        bias: None,
    };
    check_twins(
        "layer",
        std::slice::from_ref(&x),
        |t| layer.forward(&t[0]),
        |t| t[0].matmul(&weights.t()?),
    );
    check_twins(
        "adapted layer",
        &[
            x.clone(),
            normal("a", (5, h), 0.3),
            normal("b", (37, 5), 0.3),
        ],
        |t| layer.forward_adapted(&t[0], &t[1], &t[2], 1.7),
        |t| {
            let up = t[0].matmul(&t[1].t()?)?.matmul(&t[2].t()?)?;
            t[0].matmul(&weights.t()?)? + (up * 1.7)?
        },
    );
    let targets: Vec<u32> = (0..n as u32).map(|i| i % 37).collect();
    check_twins(
        "head",
        std::slice::from_ref(&x),
        |t| head::answer_logps(&t[0], &layer.panels, &targets),
        |t| {
            let logits = t[0].matmul(&weights.t()?)?;
            ops::log_softmax_at(&logits, &Tensor::new(targets.as_slice(), &Device::Cpu)?)
        },
    );
    let spans = Arc::new(packed().spans);
    let heads = Heads {
        queries: 4,
        keys: 2,
        width: 6,
    };
    for window in [None, Some(4)] {
        let gather = ops::Gather::new(
            &spans,
            n,
            n,
            Sight::Before(window),
            Path::Training,
            &Device::Cpu,
        )
        .expect("places");
        check_twins(
            "attention",
            &[
                x.clone(),
                normal("k", (n, 12), 1.0),
                normal("v", (n, 12), 1.0),
            ],
            |t| attention(&t[0], &t[1], &t[2], &spans, heads, Sight::Before(window)),
            |t| gather.attention(&t[0], &t[1], &t[2], heads, Path::Training),
        );
    }
}

/// Weights that follow from their names: see `tests/golden/nn/make_architectures.py`.
pub(super) struct ByFormula;

impl ByFormula {
    fn values(name: &str, n: usize) -> Vec<f32> {
        let sum: u32 = name.bytes().map(u32::from).sum();
        let s = f64::from(sum % 997) / 10.0;
        let base = f64::from(u8::from(name.to_lowercase().ends_with("norm.weight")));
        (0..n)
            .map(|i| (base + 0.3 * (s * 1.7 + i as f64 * 0.61).sin()) as f32)
            .collect()
    }
}

impl Source for ByFormula {
    fn matrix(&mut self, name: &str, n_out: usize, n_in: usize) -> Result<Matrix, NnError> {
        let values = Self::values(name, n_out * n_in);
        let panels = super::kernels::product::Panels::of_rows(&values, n_out, n_in);
        Ok(Matrix::Panels(std::sync::Arc::new(panels)))
    }

    fn vector(&mut self, name: &str, n: usize) -> Result<Tensor, NnError> {
        Ok(Tensor::from_vec(Self::values(name, n), n, &Device::Cpu)?)
    }
}

/// Rows of tab-separated numbers, comments left out.
fn golden_rows(text: &str) -> Vec<Vec<f32>> {
    text.lines()
        .filter(|l| !l.starts_with('#') && !l.is_empty())
        .map(|l| {
            l.split('\t')
                .map(|x| x.parse().expect("a number"))
                .collect()
        })
        .collect()
}

/// Numbers that transformers computes from the same formula-made weights.
#[test]
fn every_architecture_gives_the_golden_logits() {
    let place = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nn/architectures");
    for name in ["llama", "llama3", "mistral", "qwen2", "qwen3", "mixtral"] {
        let home = folder();
        fs::copy(
            place.join(format!("{name}.json")),
            home.path().join("config.json"),
        )
        .expect("a configuration");
        let config = DecoderConfig::read(home.path()).expect("a configuration");
        let decoder =
            Decoder::build(config, &Device::Cpu, DType::F32, &mut ByFormula).expect("a decoder");
        let ids: Vec<u32> = (0..12).map(|i| (i * 7 + 3) % 50).collect();
        let packed = Packed::texts([ids.as_slice()]);
        let text = fs::read_to_string(place.join(format!("{name}.tsv"))).expect("golden numbers");
        let expected = golden_rows(&text);
        assert_eq!(expected.len(), 12, "{name}");
        for path in [Path::Scoring, Path::Training] {
            let hidden = decoder.hidden(&packed, None, path).expect("hidden");
            let logits = decoder
                .logits(&hidden)
                .and_then(|l| Ok(l.to_vec2::<f32>()?))
                .expect("logits");
            for (row, golden) in logits.iter().zip(&expected) {
                for (x, y) in row.iter().zip(golden) {
                    assert!((x - y).abs() < 2e-4, "{name}, {path:?}: {x} {y}");
                }
            }
        }
    }
}

#[test]
fn targets_are_named_as_in_the_layout() {
    for target in Target::ALL {
        assert_eq!(Target::parse(target.module()), Some(target));
    }
    assert_eq!(Target::Down.path(), "mlp.down_proj");
}
