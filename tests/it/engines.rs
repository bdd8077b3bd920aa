//! The engines of networks alone: what `meridian tool embed`, `score`, `generate`, `dpo` and `merge` read
//! and write, and that what was killed goes on to the same bytes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use meridian::formats::npy;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json as object};

use crate::support::{content_hash, folder, json, meridian, path, run_for, small_project_with};

fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).expect("text");
    text.lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect()
}

fn write_lines(file: &Path, lines: &[Value]) {
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(file, text.join("\n")).expect("written");
}

#[test]
fn engines_alone_score_generate_and_train() {
    let home = folder();
    let file = |name: &str| home.path().join(name);
    let write = |name: &str, lines: &[Value]| {
        let text: Vec<String> = lines.iter().map(Value::to_string).collect();
        fs::write(file(name), text.join("\n")).expect("written");
    };
    let model = "demonstration:harbor";
    write(
        "items.jsonl",
        &[
            serde_json::json!({"context": "Should trams be free?\n", "continuation": "My answer is yes."}),
            serde_json::json!({"context": "", "continuation": "The council"}),
        ],
    );
    let (items, scores) = (file("items.jsonl"), file("scores.jsonl"));
    run_for(
        0,
        home.path(),
        &[
            "tool",
            "score",
            "--model",
            model,
            path(&items),
            path(&scores),
        ],
    );
    for line in fs::read_to_string(&scores).expect("scores").lines() {
        let v: Value = serde_json::from_str(line).expect("JSON");
        let logps = v["token_logprobs"].as_array().expect("a list");
        let sum: f64 = logps.iter().filter_map(Value::as_f64).sum();
        assert!((sum - v["sum_logprob"].as_f64().expect("a sum")).abs() < 1e-3);
        let perplexity = (-sum / logps.len() as f64).exp();
        assert!((perplexity / v["perplexity"].as_f64().expect("a number") - 1.0).abs() < 1e-3);
    }

    write(
        "prompts.jsonl",
        &[serde_json::json!({"prompt": "Should trams be free?\nMy answer is"})],
    );
    let texts: Vec<String> = ["a.jsonl", "b.jsonl"]
        .iter()
        .map(|name| {
            let (prompts, out) = (file("prompts.jsonl"), file(name));
            let args = ["tool", "generate", "--model", model, "--max-tokens", "12"];
            run_for(
                0,
                home.path(),
                &[&args[..], &[path(&prompts), path(&out)]].concat(),
            );
            fs::read_to_string(out).expect("an answer")
        })
        .collect();
    assert_eq!(texts[0], texts[1], "equal seeds answer alike");

    let pair = |i: usize| serde_json::json!({"prompt": format!("Question {i}?\n"), "chosen": "My answer is yes.", "rejected": "My answer is no."});
    write("pairs.jsonl", &(0..12).map(pair).collect::<Vec<_>>());
    let pairs = file("pairs.jsonl");
    let train = |output: &Path, more: &[&str]| {
        let args = [
            "tool",
            "dpo",
            "--model",
            model,
            "--data",
            path(&pairs),
            "--output",
            path(output),
            "--learning-rate",
            "0.002",
            "--epochs",
            "4",
            "--accumulation",
            "2",
            "--json",
        ];
        json(home.path(), &[&args[..], more].concat())
    };
    let whole = train(&file("whole"), &[]);
    assert!(whole["margin"].as_f64().is_some_and(|m| m > 0.0), "{whole}");
    train(&file("parts"), &["--max-steps", "12"]);
    let bytes = |folder: &str, name: &str| fs::read(file(folder).join(name)).expect("bytes");
    let log = String::from_utf8(bytes("whole", "log.jsonl")).expect("text");
    assert_eq!(log.lines().count(), 12, "a line per step");
    assert_eq!(
        bytes("whole", "adapter_model.safetensors"),
        bytes("parts", "adapter_model.safetensors")
    );

    // Merged into the weights, the adapter gives what it gives beside them, up to their 16 bits.
    let merged = file("merged");
    let adapter = file("whole");
    let merge = [
        "tool",
        "merge",
        "--model",
        model,
        "--adapter",
        path(&adapter),
        "--output",
    ];
    run_for(0, home.path(), &[&merge[..], &[path(&merged)]].concat());
    let sums = |more: &[&str]| -> Vec<f64> {
        let (items, out) = (file("items.jsonl"), file("again.jsonl"));
        let args = [&["tool", "score"], more, &[path(&items), path(&out)]].concat();
        run_for(0, home.path(), &args);
        lines(&out)
            .iter()
            .map(|v| v["sum_logprob"].as_f64().expect("a sum"))
            .collect()
    };
    let beside = sums(&["--model", model, "--adapter", path(&adapter)]);
    let within = sums(&["--model", path(&merged)]);
    let without = sums(&["--model", model]);
    assert!(
        (beside[0] - within[0]).abs() < 0.05,
        "{beside:?} {within:?}"
    );
    assert!(
        (beside[0] - without[0]).abs() > 0.2,
        "{beside:?} {without:?}"
    );

    // Bad lines and empty files are named.
    fs::write(file("bad.jsonl"), "{\"context\": 3}\n").expect("written");
    let bad = file("bad.jsonl");
    let out = run_for(
        1,
        home.path(),
        &["tool", "score", "--model", model, path(&bad), path(&scores)],
    );
    assert!(String::from_utf8_lossy(&out.stderr).contains("line 1"));
    fs::write(file("empty.jsonl"), "").expect("written");
    let empty = file("empty.jsonl");
    let out = run_for(
        1,
        home.path(),
        &[
            "tool",
            "dpo",
            "--model",
            model,
            "--data",
            path(&empty),
            "--output",
            path(&file("none")),
        ],
    );
    assert!(String::from_utf8_lossy(&out.stderr).contains("no lines"));
}

#[test]
fn killed_scoring_goes_on_where_it_was() {
    let home = folder();
    let file = |name: &str| home.path().join(name);
    let item = |i: usize| {
        object!({"context": format!("Should tram number {} be free for all in town {i}?\n", i / 2),
            "continuation": if i.is_multiple_of(2) { "My answer is yes, for everyone." } else { "My answer is no." }})
    };
    write_lines(
        &file("items.jsonl"),
        &(0..5000).map(item).collect::<Vec<_>>(),
    );
    let (items, whole, out) = (file("items.jsonl"), file("whole.jsonl"), file("out.jsonl"));
    let model = ["tool", "score", "--model", "demonstration:harbor", "--json"];
    let first = json(
        home.path(),
        &[&model[..], &[path(&items), path(&whole)]].concat(),
    );
    assert_eq!(first["resumed_items"], 0);
    let partial = file("out.jsonl.partial");
    let mut n_resumed = 0;
    for _ in 0..3 {
        let mut child = meridian(
            home.path(),
            &[&model[..], &[path(&items), path(&out)]].concat(),
        )
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
        let n_before = fs::read(&partial).map_or(0, |b| b.len());
        for _ in 0..4000 {
            if fs::read(&partial).is_ok_and(|b| b.len() > n_before.max(200)) || out.exists() {
                break;
            }
            sleep(Duration::from_millis(2));
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
    }
    let last = json(
        home.path(),
        &[&model[..], &[path(&items), path(&out)]].concat(),
    );
    n_resumed += last["resumed_items"].as_u64().expect("a number");
    assert!(n_resumed > 0, "{last}");
    assert_eq!(
        fs::read(&whole).expect("bytes"),
        fs::read(&out).expect("bytes"),
        "a resumed run gives the same file"
    );
    assert!(!partial.exists());
}

#[test]
fn killed_training_goes_on_to_the_same_bytes() {
    let home = folder();
    let file = |name: &str| home.path().join(name);
    let pair = |i: usize| object!({"prompt": format!("Question {i}?\n"), "chosen": format!("My answer is yes, {i}."), "rejected": "My answer is no."});
    write_lines(&file("pairs.jsonl"), &(0..60).map(pair).collect::<Vec<_>>());
    let pairs = file("pairs.jsonl");
    let args = |output: &Path, more: &[&str]| -> Vec<String> {
        let fixed = [
            "tool",
            "dpo",
            "--model",
            "demonstration:harbor",
            "--learning-rate",
            "0.002",
            "--epochs",
            "8",
            "--accumulation",
            "2",
            "--data",
            path(&pairs),
            "--output",
            path(output),
        ];
        fixed.iter().chain(more).map(|s| (*s).to_owned()).collect()
    };
    let words = |args: &[String]| -> Vec<String> { args.to_vec() };
    let undisturbed = file("undisturbed");
    let of_whole = words(&args(&undisturbed, &[]));
    run_for(
        0,
        home.path(),
        &of_whole.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let parts = file("parts");
    for at_least in [20, 60] {
        let of_part = args(&parts, &["--resume"]);
        let of_part: Vec<&str> = of_part.iter().map(String::as_str).collect();
        let mut child = meridian(home.path(), &of_part)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        // Somewhere after a checkpoint and before the next one.
        for _ in 0..6000 {
            let log = fs::read_to_string(parts.join("log.jsonl")).unwrap_or_default();
            if log.lines().count() > at_least {
                break;
            }
            sleep(Duration::from_millis(5));
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
    }
    let of_rest = args(&parts, &["--resume"]);
    run_for(
        0,
        home.path(),
        &of_rest.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let adapter =
        |folder: &Path| fs::read(folder.join("adapter_model.safetensors")).expect("bytes");
    assert_eq!(adapter(&undisturbed), adapter(&parts));
    // The log too, but for what the clock says.
    let log = |folder: &Path| -> Vec<Value> {
        let mut all = lines(&folder.join("log.jsonl"));
        for line in &mut all {
            let fields = line.as_object_mut().expect("an object");
            fields.remove("secs");
            fields.remove("tokens_per_second");
        }
        all
    };
    assert_eq!(log(&undisturbed), log(&parts));
}

/// Writes a Sentence-Transformers folder with a BERT of a few thousand numbers.
fn write_encoder(home: &Path) {
    let (vocab, h, inner, positions) = (12, 16, 24, 32);
    let write = |name: &str, value: Value| {
        let file = home.join(name);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        fs::write(file, value.to_string()).expect("written");
    };
    write(
        "config.json",
        object!({"architectures": ["BertModel"], "model_type": "bert", "vocab_size": vocab,
        "hidden_size": h, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": inner,
        "max_position_embeddings": positions, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu"}),
    );
    write(
        "modules.json",
        object!([{"path": "", "type": "sentence_transformers.models.Transformer"},
        {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]),
    );
    write(
        "1_Pooling/config.json",
        object!({"pooling_mode_mean_tokens": true}),
    );
    write(
        "config_sentence_transformers.json",
        object!({"prompts": {"query": "town "}}),
    );
    write("sentence_bert_config.json", object!({"max_seq_length": 6}));
    let words = [
        "[UNK]", "tram", "town", "free", "tree", "park", "公园", "ville", "Markt", "a", "b", "c",
    ];
    let ids: BTreeMap<&str, usize> = words.iter().enumerate().map(|(i, w)| (*w, i)).collect();
    write(
        "tokenizer.json",
        object!({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": null, "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordLevel", "vocab": ids, "unk_token": "[UNK]"}}),
    );
    let mut tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
    let mut add = |name: String, shape: &[usize]| {
        let n: usize = shape.iter().product();
        let base = if name.ends_with("LayerNorm.weight") {
            1.0
        } else {
            0.0
        };
        let at = name.bytes().map(f64::from).sum::<f64>();
        let bytes = (0..n)
            .flat_map(|i| ((base + 0.3 * (at + i as f64 * 0.61).sin()) as f32).to_le_bytes())
            .collect();
        tensors.insert(name, (shape.to_vec(), bytes));
    };
    for (part, rows) in [("word", vocab), ("position", positions), ("token_type", 2)] {
        add(format!("embeddings.{part}_embeddings.weight"), &[rows, h]);
    }
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for i in 0..2 {
        let layer = format!("encoder.layer.{i}");
        norms.push(format!("{layer}.attention.output.LayerNorm"));
        norms.push(format!("{layer}.output.LayerNorm"));
        for (part, n_out, n_in) in [
            ("attention.self.query", h, h),
            ("attention.self.key", h, h),
            ("attention.self.value", h, h),
            ("attention.output.dense", h, h),
            ("intermediate.dense", inner, h),
            ("output.dense", h, inner),
        ] {
            add(format!("{layer}.{part}.weight"), &[n_out, n_in]);
            add(format!("{layer}.{part}.bias"), &[n_out]);
        }
    }
    for norm in norms {
        add(format!("{norm}.weight"), &[h]);
        add(format!("{norm}.bias"), &[h]);
    }
    let views: Vec<(&String, TensorView<'_>)> = tensors
        .iter()
        .map(|(name, (shape, bytes))| {
            (
                name,
                TensorView::new(Dtype::F32, shape.clone(), bytes).expect("a view"),
            )
        })
        .collect();
    let bytes = safetensors::serialize(views, None).expect("bytes");
    fs::write(home.join("model.safetensors"), bytes).expect("written");
}

#[test]
fn an_encoder_embeds_texts_as_its_folder_says() {
    let home = folder();
    let file = |name: &str| home.path().join(name);
    let encoder = file("encoder");
    write_encoder(&encoder);
    let texts = [
        "tram free",
        "town tram free",
        "公园 ville Markt",
        "a b c a b c a b c",
        "a b c a b c",
        "",
    ];
    write_lines(
        &file("texts.jsonl"),
        &texts.map(|text| object!({"text": text})),
    );
    let texts = file("texts.jsonl");
    let embed = |name: &str, more: &[&str]| {
        let out = file(name);
        let args = [
            "tool",
            "embed",
            "--model",
            path(&encoder),
            path(&texts),
            path(&out),
            "--json",
        ];
        let told = json(home.path(), &[&args[..], more].concat());
        assert_eq!((&told["n"], &told["d"]), (&object!(6), &object!(16)));
        npy::read_f32(fs::File::open(out).expect("a file"))
            .expect("an array")
            .values
    };
    let plain = embed("a.npy", &[]);
    assert_eq!(
        plain,
        embed("b.npy", &["--threads", "1"]),
        "threads change nothing"
    );
    for row in plain.chunks(16).take(5) {
        let length: f32 = row.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-5);
    }
    let row = |values: &[f32], i: usize| values[i * 16..(i + 1) * 16].to_vec();
    // A prompt stands before the text, and what is over six tokens is cut off.
    let asked = embed("c.npy", &["--prompt-name", "query"]);
    assert_eq!(row(&asked, 0), row(&plain, 1));
    assert_eq!(row(&plain, 3), row(&plain, 4));
    let out = file("d.npy");
    let args = [
        "tool",
        "embed",
        "--model",
        path(&encoder),
        path(&texts),
        path(&out),
        "--prompt-name",
        "poem",
    ];
    let refused = run_for(1, home.path(), &args);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("poem"));
    assert!(!out.exists());
}

#[test]
fn a_project_embeds_by_the_encoder_it_names() {
    let home = folder();
    let encoder = home.path().join("encoder");
    write_encoder(&encoder);
    let settings = object!({"embedder": path(&encoder)}).to_string();
    let project = small_project_with(home.path(), 12, &settings);
    run_for(0, home.path(), &["run", path(&project), "--to", "embed"]);
    let before = content_hash(home.path(), &project);
    // With the weights gone nothing is embedded anew, and nothing of the project is lost.
    fs::rename(
        encoder.join("model.safetensors"),
        encoder.join("pytorch_model.bin"),
    )
    .expect("renamed");
    let refused = run_for(1, home.path(), &["run", path(&project), "--to", "embed"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("pickle"));
    assert_eq!(before, content_hash(home.path(), &project));
}

#[test]
fn models_that_cannot_be_used_are_refused_with_advice() {
    let home = folder();
    let file = |name: &str| home.path().join(name);
    write_lines(
        &file("items.jsonl"),
        &[object!({"context": "A?", "continuation": " B"})],
    );
    write_lines(&file("prompts.jsonl"), &[object!({"prompt": "A?"})]);
    let (items, prompts, out) = (
        file("items.jsonl"),
        file("prompts.jsonl"),
        file("out.jsonl"),
    );
    let words = |args: &[&str], words: &[&str]| {
        let refused = run_for(1, home.path(), args);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        for word in words {
            assert!(told.contains(word), "{word} is not in: {told}");
        }
        assert!(!out.exists());
    };
    let gguf = file("model.gguf");
    fs::write(&gguf, b"GGUF\x03\0\0\0rest").expect("written");
    words(
        &[
            "tool",
            "score",
            "--model",
            path(&gguf),
            path(&items),
            path(&out),
        ],
        &["GGUF"],
    );
    // A demonstration model has no chat template.
    let model = "demonstration:harbor";
    words(
        &[
            "tool",
            "generate",
            "--model",
            model,
            "--chat",
            path(&prompts),
            path(&out),
        ],
        &["chat template"],
    );
    let refused = meridian(
        home.path(),
        &["tool", "score", "--model", model, path(&items), path(&out)],
    )
    .env("MERIDIAN_FREE_MIB", "40")
    .output()
    .expect("ran");
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("MiB") && told.contains("40"), "{told}");
}
