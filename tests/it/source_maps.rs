//! Per-source maps: made only when asked for, planted topics matched, resumed after a crash, ruled on by people.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use meridian::domain::columns::NO_TOPIC;
use meridian::domain::source_map::TopicPlace;
use meridian::store::{Access, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    content_hash, example, folder, import_part, json, meridian, path, run, run_for, small_project,
    status,
};

/// Articles per outlet in the small project.
const N_ARTICLES: usize = 90;

/// Share of a topic's documents that must be of one planted topic for it to count as found.
const PURE: f64 = 0.6;

/// A small project with vectors.
fn embedded() -> (TempDir, PathBuf) {
    let home = folder();
    let project = small_project(home.path(), N_ARTICLES);
    run_for(0, home.path(), &["run", path(&project), "--to", "embed"]);
    (home, project)
}

/// The same with its maps.
fn mapped() -> (TempDir, PathBuf) {
    let (home, project) = embedded();
    make(home.path(), &project);
    (home, project)
}

fn make(home: &Path, project: &Path) {
    run_for(0, home, &["run", path(project), "--only", "source_maps"]);
}

fn state(home: &Path, project: &Path) -> Option<String> {
    let status = status(home, project);
    let stages = status["stages"].as_array().expect("stages");
    let found = stages.iter().find(|s| s["stage"] == "source_maps");
    found.and_then(|s| s["state"].as_str()).map(str::to_owned)
}

fn matches(home: &Path, project: &Path) -> Vec<Value> {
    let file = home.join("matches.jsonl");
    run_for(0, home, &["export", path(project), "matches", path(&file)]);
    fs::read_to_string(file)
        .expect("the export")
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect()
}

/// The planted topic of each article of the example.
fn planted() -> BTreeMap<String, Option<String>> {
    let text = fs::read_to_string(example().join("truth.jsonl")).expect("the truth");
    text.lines()
        .map(|l| {
            let row: Value = serde_json::from_str(l).expect("JSON");
            let id = row["id"].as_str().expect("an id").to_owned();
            (id, row["topic"].as_str().map(str::to_owned))
        })
        .collect()
}

#[test]
fn planted_topics_of_five_nations_are_matched() {
    let home = folder();
    let project = home.path().join("five-nations");
    // The demonstration imports, prepares and embeds; what comes after is not needed here.
    let cut = meridian(home.path(), &["demo", path(&project), "--no-window"])
        .env("MERIDIAN_KILL_AT", "run-begun:3")
        .output()
        .expect("the program starts");
    assert!(!cut.status.success());
    make(home.path(), &project);
    assert_eq!(state(home.path(), &project).as_deref(), Some("done"));

    let store = Store::open(&project, Access::Read).expect("the project");
    let run = store.current_run("source_maps").expect("a run");
    let run = run.expect("a run").id;
    let truth = planted();
    let documents = store.documents().expect("documents");
    let ids: BTreeMap<_, _> = documents
        .into_iter()
        .map(|d| (d.id, d.external_id))
        .collect();
    let parts = store.parts(run).expect("parts");
    assert_eq!(parts.len(), 5);
    // The planted topic of most of a topic's documents, where it is pure enough.
    let mut of_topic: BTreeMap<TopicPlace, String> = BTreeMap::new();
    for part in &parts {
        let mut counts: BTreeMap<u16, BTreeMap<Option<&str>, usize>> = BTreeMap::new();
        for (doc, topic) in part.docs.iter().zip(&part.topics) {
            let planted = ids.get(doc).and_then(|id| truth.get(id)).expect("a truth");
            *counts
                .entry(*topic)
                .or_default()
                .entry(planted.as_deref())
                .or_default() += 1;
        }
        counts.remove(&NO_TOPIC);
        for (topic, by) in counts {
            let n: usize = by.values().sum();
            let most = by.iter().max_by_key(|(_, n)| **n).expect("a document");
            if let (Some(name), true) = (most.0, *most.1 as f64 >= PURE * n as f64) {
                let place = TopicPlace {
                    part: part.number,
                    topic: usize::from(topic),
                };
                of_topic.insert(place, (*name).to_owned());
            }
        }
    }
    let found = store.matches(run).expect("matches");
    let planted_of = |at: TopicPlace| of_topic.get(&at);
    let n_right = found
        .iter()
        .filter(|m| planted_of(m.a).is_some() && planted_of(m.a) == planted_of(m.b))
        .count();
    // A topic that two parts have is wanted once, however many of their clusters hold it.
    let mut wanted = 0usize;
    let mut got = 0usize;
    for (i, a) in parts.iter().enumerate() {
        for b in parts.iter().skip(i + 1) {
            let names = |part: usize| -> BTreeSet<&String> {
                of_topic
                    .iter()
                    .filter(|(at, _)| at.part == part)
                    .map(|(_, name)| name)
                    .collect()
            };
            for name in names(a.number).intersection(&names(b.number)) {
                wanted += 1;
                got += usize::from(found.iter().any(|m| {
                    (m.a.part, m.b.part) == (a.number, b.number)
                        && planted_of(m.a) == Some(*name)
                        && planted_of(m.b) == Some(*name)
                }));
            }
        }
    }
    let (precision, recall) = (
        n_right as f64 / found.len() as f64,
        got as f64 / wanted as f64,
    );
    assert!(wanted > 100, "{wanted} pairs of planted topics");
    assert!(
        precision >= 0.9,
        "precision {precision:.3} of {} matches",
        found.len()
    );
    assert!(recall >= 0.9, "recall {recall:.3} of {wanted}");
}

#[test]
fn nobody_misses_maps_that_nobody_asked_for() {
    let (home, project) = embedded();
    let home = home.path();
    assert_eq!(state(home, &project), None);
    assert!(matches(home, &project).is_empty());
    let before = content_hash(home, &project);
    make(home, &project);
    assert_eq!(state(home, &project).as_deref(), Some("done"));
    let after = content_hash(home, &project);
    assert_ne!(after, before);
    // Made again, they are the same and nothing is computed.
    make(home, &project);
    assert_eq!(content_hash(home, &project), after);
    // Up to them, the pipeline's first stages come first.
    let other = folder();
    let project = small_project(other.path(), N_ARTICLES);
    run_for(
        0,
        other.path(),
        &["run", path(&project), "--to", "source_maps"],
    );
    assert_eq!(content_hash(other.path(), &project), after);
}

#[test]
fn killed_while_they_are_made_and_resumed() {
    let (home, project) = embedded();
    let undisturbed = {
        make(home.path(), &project);
        content_hash(home.path(), &project)
    };
    for (point, threads) in [
        ("run-begun:1", "1"),
        ("before-commit:5", "2"),
        ("vectors-written:1", "1"),
        ("vectors-written:3", "3"),
        ("after-commit:7", "1"),
        ("before-commit:11", "2"),
    ] {
        let (home, project) = embedded();
        let out = meridian(
            home.path(),
            &["run", path(&project), "--only", "source_maps"],
        )
        .env("MERIDIAN_KILL_AT", point)
        .env("RAYON_NUM_THREADS", threads)
        .output()
        .expect("the program starts");
        assert!(!matches!(out.status.code(), Some(1 | 2)), "{point}");
        make(home.path(), &project);
        assert_eq!(
            content_hash(home.path(), &project),
            undisturbed,
            "killed at {point}"
        );
    }
}

#[test]
fn what_was_asked_for_and_cut_off_is_taken_up_by_the_next_run() {
    let (home, project) = embedded();
    let home = home.path();
    let cut = meridian(home, &["run", path(&project), "--only", "source_maps"])
        .env("MERIDIAN_KILL_AT", "vectors-written:2")
        .output()
        .expect("the program starts");
    assert!(!cut.status.success());
    assert_eq!(state(home, &project).as_deref(), Some("unfinished"));
    let out = run(home, &["run", path(&project)]);
    assert!(matches!(out.status.code(), Some(0 | 3)));
    assert_eq!(state(home, &project).as_deref(), Some("done"));
}

#[test]
fn a_match_is_accepted_refused_and_taken_back() {
    let (home, project) = mapped();
    let home = home.path();
    let rows = matches(home, &project);
    assert!(!rows.is_empty());
    assert!(
        rows.iter()
            .all(|m| m["verdict"].is_null() && m["score"].as_f64() >= Some(0.35))
    );
    let before = content_hash(home, &project);
    let rule = |verdict: &str| {
        let args = [
            "topics",
            path(&project),
            "match",
            "0",
            verdict,
            "--reviewer",
            "ada",
            "--json",
        ];
        json(home, &args)
    };
    let verdict = || {
        let row = matches(home, &project).swap_remove(0);
        (
            row["verdict"].as_str().map(str::to_owned),
            row["who"].clone(),
        )
    };
    let said = |word: &str| (Some(word.to_owned()), Value::from("ada"));
    let done = rule("accept");
    assert_eq!(done["done"]["kind"], "matches");
    let sentence = done["done"]["sentence"].as_str().expect("a sentence");
    assert!(sentence.starts_with("accepting the match of"), "{sentence}");
    assert_eq!(verdict(), said("accepted"));
    let accepted = content_hash(home, &project);
    assert_ne!(accepted, before);
    rule("refuse");
    assert_eq!(verdict(), said("refused"));
    // Every command is a program of its own: what it left is read after a restart.
    run_for(0, home, &["topics", path(&project), "undo"]);
    assert_eq!(verdict(), said("accepted"));
    assert_eq!(content_hash(home, &project), accepted);
    run_for(0, home, &["topics", path(&project), "undo"]);
    assert_eq!(verdict(), (None, Value::Null));
    assert_eq!(content_hash(home, &project), before);
    run_for(0, home, &["topics", path(&project), "redo"]);
    assert_eq!(verdict(), said("accepted"));
    // Verdicts are edits of no topic and no result.
    let history = json(home, &["topics", path(&project), "history", "--json"]);
    assert_eq!(history["history"].as_array().map(Vec::len), Some(0));
    assert_eq!(state(home, &project).as_deref(), Some("done"));
    let again = run_for(1, home, &["topics", path(&project), "match", "0", "accept"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("nothing would change"));
    let beyond = run_for(
        1,
        home,
        &["topics", path(&project), "match", "999", "accept"],
    );
    assert!(String::from_utf8_lossy(&beyond.stderr).contains("there is no match 999"));
}

#[test]
fn without_maps_there_is_nothing_to_rule_on() {
    let (home, project) = embedded();
    let out = run_for(
        1,
        home.path(),
        &["topics", path(&project), "match", "0", "accept"],
    );
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(text.contains("--only source_maps"), "{text}");
}

#[test]
fn a_part_too_small_for_a_map_is_left_out_and_named() {
    let home = folder();
    let home = home.path();
    let project = home.join("uneven");
    run_for(0, home, &["new", path(&project)]);
    import_part(home, &project, "cn-1.jsonl", "CN", N_ARTICLES);
    import_part(home, &project, "de-2.jsonl", "DE", 12);
    run_for(0, home, &["run", path(&project), "--to", "source_maps"]);
    assert_eq!(state(home, &project).as_deref(), Some("done"));
    let out = run_for(0, home, &["status", path(&project)]);
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let line = "source_maps: map of Germany: it has 12 documents, a map of its own needs 30";
    assert!(text.contains(line), "{text}");
    // Nobody large enough: the whole stage says so.
    let tiny = home.join("tiny");
    run_for(0, home, &["new", path(&tiny)]);
    let file = home.join("de-2.jsonl");
    let args = [
        "import",
        path(&tiny),
        path(&file),
        "--nation",
        "DE",
        "--source",
        "s",
    ];
    run_for(0, home, &args);
    let out = run_for(1, home, &["run", path(&tiny), "--to", "source_maps"]);
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        text.contains("has documents enough for a map of its own"),
        "{text}"
    );
}
