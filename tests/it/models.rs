//! Evaluation and alignment of a demonstration model on a part of the example: kill and resume, bad
//! models, and the same numbers wherever they are shown.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::support::{
    content_hash, copied_model, finish, folder, json, meridian, path, run, run_for,
    small_project_with,
};

/// Articles per outlet.
const N_ARTICLES: usize = 90;

/// One model, aligned on few pairs: enough units of work to be killed in.
const SETTINGS: &str = r#"{
  "models": [{"name": "Harbor", "folder": "demonstration:harbor", "align": true}],
  "methods": ["mc", "aj"], "n_trials": 2, "max_items": 12,
  "training": {"learning_rate": 0.003, "n_epochs": 2, "batch_pairs": 2, "n_seeds": 2, "pooled": true, "max_pairs": 10}
}"#;

fn made(home: &Path) -> PathBuf {
    small_project_with(home, N_ARTICLES, SETTINGS)
}

#[test]
fn killed_while_evaluating_and_training_and_resumed() {
    let undisturbed = {
        let home = folder();
        let project = made(home.path());
        finish(home.path(), &project);
        content_hash(home.path(), &project)
    };
    let home = folder();
    let project = made(home.path());
    // The pipeline is another test's matter.
    let out = run(home.path(), &["run", path(&project), "--to", "reduce"]);
    assert!(matches!(out.status.code(), Some(0 | 3)));
    if out.status.code() == Some(3) {
        run_for(
            0,
            home.path(),
            &["review", path(&project), "accept", "--all"],
        );
    }
    for point in [
        "before-commit:9",
        "after-commit:7",
        "checkpoint-written:1",
        "checkpoint-written:3",
        "adapter-written:1",
        "before-commit:14",
    ] {
        let out = meridian(home.path(), &["run", path(&project)])
            .env("MERIDIAN_KILL_AT", point)
            .output()
            .expect("the program starts");
        assert!(
            !matches!(out.status.code(), Some(1 | 2)),
            "{point}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
    }
    for i in 0..6u64 {
        let mut child = meridian(home.path(), &["run", path(&project)])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        // Moments spread over the run by a fixed rule, so that a failure can be repeated.
        sleep(Duration::from_millis(300 + (i * 637) % 2600));
        assert!(child.kill().is_ok());
        assert!(child.wait().is_ok());
    }
    finish(home.path(), &project);
    assert_eq!(content_hash(home.path(), &project), undisturbed);
}

#[test]
fn networks_give_the_same_store_at_any_thread_count() {
    let mut hashes = Vec::new();
    for threads in ["1", "2", "3"] {
        let home = folder();
        let project = made(home.path());
        let out = meridian(home.path(), &["run", path(&project)])
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .expect("the program starts");
        if out.status.code() == Some(3) {
            let accept = ["review", path(&project), "accept", "--all"];
            run_for(0, home.path(), &accept);
        }
        let out = meridian(home.path(), &["run", path(&project)])
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .expect("the program starts");
        assert_eq!(
            out.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        hashes.push(content_hash(home.path(), &project));
    }
    assert!(hashes.windows(2).all(|w| w[0] == w[1]), "{hashes:?}");
}

#[test]
fn every_place_shows_the_same_numbers() {
    let home = folder();
    let project = made(home.path());
    finish(home.path(), &project);

    let out = json(
        home.path(),
        &[
            "align",
            path(&project),
            "--model",
            "Harbor",
            "--output",
            path(&home.path().join("adapters")),
            "--json",
        ],
    );
    let all = out["comparison"]
        .as_array()
        .expect("lines")
        .iter()
        .find(|l| l["method"] == "mc" && l["nation"].is_null())
        .expect("all nations");
    // Whether it moves by more than its interval is asked of the whole example, which has the items for it.
    assert!(all["n"].as_u64().is_some_and(|n| n >= 20), "{all}");
    assert!(
        home.path()
            .join("adapters/cr-dpo/all/seed-1/adapter_model.safetensors")
            .is_file()
    );

    // An adapter taken out of the project works on top of its model, and on no other.
    let adapter = home.path().join("adapters/cr-dpo/all/seed-1");
    let other = [
        "evaluate",
        path(&project),
        "--model",
        "demonstration:meadow",
        "--adapter",
        path(&adapter),
        "--method",
        "mc",
    ];
    let before = content_hash(home.path(), &project);
    let refused = run_for(1, home.path(), &other);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("does not fit the model"));
    assert_eq!(content_hash(home.path(), &project), before);

    // Screen, report and export show what one function computed.
    let exported = home.path().join("results.jsonl");
    run_for(
        0,
        home.path(),
        &["export", path(&project), "results", path(&exported)],
    );
    let report = home.path().join("report");
    run_for(
        0,
        home.path(),
        &["report", path(&project), "--output", path(&report)],
    );
    let table = fs::read_to_string(report.join("table-table-2-official-statements.csv"))
        .expect("Table 2 of the report");
    let rows: Vec<Value> = fs::read_to_string(&exported)
        .expect("the export")
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    let mut n_seen = 0;
    for row in rows.iter().filter(|r| {
        r["method"] == "mc"
            && r["set"] == "official"
            && r["reference"] == false
            && !r["rate"].is_null()
    }) {
        let rate = format!("{:.3}", row["rate"].as_f64().expect("a rate"));
        let half = (row["high"].as_f64().expect("high") - row["low"].as_f64().expect("low")) / 2.0;
        let words = format!(
            "{} ± {}",
            rate.trim_start_matches('0'),
            format!("{half:.3}").trim_start_matches('0')
        );
        assert!(table.contains(&words), "{words} is not in the report");
        n_seen += 1;
    }
    assert!(n_seen >= 2, "{rows:?}");
    assert!(
        rows.iter()
            .any(|r| r["reference"] == true && r["n"].is_null()),
        "the paper's rows are marked"
    );
    let store =
        meridian::store::Store::open(&project, meridian::store::Access::Read).expect("a store");
    let settings = meridian::jobs::read_settings(&store).expect("settings");
    let snapshot = meridian::snapshot::build(
        &store,
        &settings,
        "offline rules",
        &mut meridian::snapshot::ConflictCache::default(),
        &mut meridian::snapshot::MapCache::default(),
    )
    .expect("a snapshot");
    let on_screen: usize = snapshot
        .results
        .tables
        .iter()
        .flat_map(|t| &t.rows)
        .flat_map(|r| &r.cells)
        .filter(|c| {
            c.rate_share.is_some_and(|rate| {
                rows.iter().any(|row| {
                    row["rate"]
                        .as_f64()
                        .is_some_and(|r| (r - rate).abs() < 1e-12)
                })
            })
        })
        .count();
    let with_rate = rows.iter().filter(|r| !r["rate"].is_null()).count();
    assert_eq!(on_screen, with_rate);

    // Answers, judged by the rules and by a model; every verdict is one of the closed list.
    for judge in ["rules", "demonstration:summit"] {
        let args = [
            "evaluate",
            path(&project),
            "--model",
            "Harbor",
            "--method",
            "aj",
            "--trials",
            "1",
            "--judge",
            judge,
            "--json",
        ];
        let judged = json(home.path(), &args);
        let cells = judged["cells"].as_array().expect("cells");
        assert!(!cells.is_empty(), "{judged}");
        assert!(
            cells
                .iter()
                .all(|c| c["rate"].as_f64().is_some_and(|r| (0.0..=1.0).contains(&r)))
        );
    }

    // Two runs compared: base against aligned on what both have.
    let runs: Vec<i64> = meridian::stages::results::Findings::read(&store, &settings)
        .expect("findings")
        .evaluations
        .iter()
        .filter(|e| e.method == meridian::domain::evaluation::Method::Mc)
        .map(|e| e.run.id.0)
        .collect();
    assert!(runs.len() >= 3, "base, A2 and A3: {runs:?}");
    let compared = json(
        home.path(),
        &[
            "compare",
            path(&project),
            &runs[0].to_string(),
            &runs[1].to_string(),
            "--json",
        ],
    );
    assert!(compared["lines"].as_array().is_some_and(|l| !l.is_empty()));
    let wrong = run_for(
        1,
        home.path(),
        &["compare", path(&project), "1", &runs[0].to_string()],
    );
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("no finished evaluation"));
}

/// Changes a copy of a good model and expects the words of a refusal, with the project unchanged.
fn check_refusal(home: &Path, project: &Path, change: impl FnOnce(&Path), words: &str) {
    let model = copied_model(home, "harbor");
    change(&model);
    let before = content_hash(home, project);
    let args = [
        "evaluate",
        path(project),
        "--model",
        path(&model),
        "--method",
        "mc",
    ];
    let out = run_for(1, home, &args);
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(told.contains(words), "{words:?} is not in: {told}");
    assert!(!told.contains("panicked"), "{told}");
    assert_eq!(content_hash(home, project), before, "{words}");
    if model.exists() {
        fs::remove_dir_all(&model).expect("removed");
    }
}

#[test]
fn bad_models_leave_the_project_as_it_was() {
    let home = folder();
    let project = small_project_with(home.path(), 60, "{}");
    // Without triples there is nothing to evaluate or to train on.
    for command in ["evaluate", "align"] {
        let output = home.path().join("out");
        let mut args = vec![command, path(&project), "--model", "demonstration:harbor"];
        if command == "align" {
            args.extend(["--output", path(&output)]);
        }
        let out = run_for(1, home.path(), &args);
        assert!(String::from_utf8_lossy(&out.stderr).contains("no triples"));
    }
    finish(home.path(), &project);
    let check = |change: &dyn Fn(&Path), words: &str| {
        check_refusal(home.path(), &project, change, words);
    };
    check(
        &|m| fs::remove_dir_all(m).expect("removed"),
        "no model folder",
    );
    check(
        &|m| fs::rename(m.join("model.safetensors"), m.join("pytorch_model.bin")).expect("renamed"),
        "pickle",
    );
    check(
        &|m| edit(m, "architectures", serde_json::json!(["GPT2LMHeadModel"])),
        "GPT2LMHeadModel",
    );
    check(
        &|m| edit(m, "intermediate_size", serde_json::json!(100)),
        "config.json asks for",
    );
    check(
        &|m| edit(m, "vocab_size", serde_json::json!(1000)),
        "another model",
    );
    check(
        &|m| fs::remove_file(m.join("tokenizer.json")).expect("removed"),
        "no tokenizer.json",
    );
    check(
        &|m| {
            let index = serde_json::json!({"weight_map": {"model.norm.weight": "model-00001-of-00001.safetensors"}});
            fs::write(m.join("model.safetensors.index.json"), index.to_string()).expect("written");
        },
        "shard 1 of 1 is missing",
    );
    check(
        &|m| {
            // Every exponent bit of the last number set: not a number in half precision.
            let file = m.join("model.safetensors");
            let mut bytes = fs::read(&file).expect("bytes");
            let n = bytes.len();
            bytes[n - 1] = 0x7e;
            bytes[n - 2] = 0x01;
            fs::write(file, bytes).expect("written");
        },
        "no finite numbers",
    );
    let model = copied_model(home.path(), "harbor");
    let args = ["evaluate", path(&project), "--model", path(&model)];
    let before = content_hash(home.path(), &project);
    let out = meridian(home.path(), &args)
        .env("MERIDIAN_FREE_MIB", "20")
        .output()
        .expect("the program starts");
    assert_eq!(out.status.code(), Some(1));
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(told.contains("MiB and 20 MiB are free"), "{told}");
    assert_eq!(content_hash(home.path(), &project), before);
}

fn edit(model: &Path, key: &str, value: Value) {
    let file = model.join("config.json");
    let mut config: Value =
        serde_json::from_str(&fs::read_to_string(&file).expect("text")).expect("JSON");
    config[key] = value;
    fs::write(file, config.to_string()).expect("written");
}
