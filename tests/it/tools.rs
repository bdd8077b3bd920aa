//! The engines of the map and of the conflict graph alone: what `meridian tool knn`, `umap`, `hdbscan`,
//! `ctfidf` and `cycles` read, write and refuse.

#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

use std::fs;
use std::path::Path;

use meridian::formats::npy;
use serde_json::Value;

use crate::support::{folder, json, path, run_for};

/// Writes `n` rows around six far centers along the axes of `d` dimensions.
fn write_groups(to: &Path, n: usize, d: usize) {
    let mut state = 1u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    };
    let values: Vec<f32> = (0..n * d)
        .map(|at| noise() + if at % d == at / d % 6 { 8.0 } else { 0.0 })
        .collect();
    npy::write_f32(fs::File::create(to).unwrap(), &[n, d], &values).unwrap();
}

fn integers(from: &Path) -> npy::NpyArray<i64> {
    npy::read_i64(fs::File::open(from).unwrap()).unwrap()
}

fn numbers(from: &Path) -> npy::NpyArray<f32> {
    npy::read_f32(fs::File::open(from).unwrap()).unwrap()
}

/// The tools say how long each phase took and how much memory they held.
fn check_summary(summary: &Value, phases: &[&str]) {
    let names: Vec<&str> = summary["phases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, phases);
    assert!(summary["secs"].as_f64().unwrap() > 0.0, "{summary}");
    if cfg!(target_os = "linux") {
        assert!(
            summary["peak_bytes"].as_u64().unwrap() > 1 << 20,
            "{summary}"
        );
    }
}

#[test]
fn arrays_go_from_rows_to_clusters() {
    let dir = folder();
    let home = dir.path();
    let at = |name: &str| home.join(name);
    let (x, y, labels) = (at("x.npy"), at("y.npy"), at("labels.npy"));
    write_groups(&x, 600, 12);

    let (indices, distances) = (at("i.npy"), at("d.npy"));
    let summary = json(
        home,
        &[
            "tool",
            "knn",
            path(&x),
            path(&indices),
            "--distances",
            path(&distances),
            "--k",
            "7",
            "--json",
        ],
    );
    check_summary(&summary, &["index", "neighbors"]);
    let found = integers(&indices);
    assert_eq!(found.shape, [600, 7]);
    for (i, row) in found.values.chunks(7).enumerate() {
        // Groups are numbered by row modulo six; the row itself is left out.
        assert!(
            row.iter()
                .all(|j| *j as usize % 6 == i % 6 && *j as usize != i)
        );
    }
    for row in numbers(&distances).values.chunks(7) {
        assert!(row.is_sorted());
    }

    let lay_out = |to: &Path, threads: &str| {
        json(
            home,
            &[
                "tool",
                "umap",
                path(&x),
                path(to),
                "--epochs",
                "60",
                "--threads",
                threads,
                "--json",
            ],
        )
    };
    let summary = lay_out(&y, "1");
    check_summary(
        &summary,
        &[
            "index",
            "neighbors",
            "fuzzy graph",
            "spectral start",
            "layout",
        ],
    );
    assert!(summary["transform_secs"].is_null());
    let again = at("again.npy");
    lay_out(&again, "3");
    assert_eq!(fs::read(&y).unwrap(), fs::read(&again).unwrap());

    let (strength, scores) = (at("p.npy"), at("o.npy"));
    let summary = json(
        home,
        &[
            "tool",
            "hdbscan",
            path(&y),
            path(&labels),
            "--min-cluster-size",
            "50",
            "--min-samples",
            "5",
            "--probabilities",
            path(&strength),
            "--outlier-scores",
            path(&scores),
            "--json",
        ],
    );
    check_summary(&summary, &["core distances", "spanning tree", "clusters"]);
    assert_eq!(summary["clusters"], 6);
    let labels = integers(&labels);
    assert_eq!(labels.shape, [600]);
    for (i, label) in labels.values.iter().enumerate() {
        assert!(*label == labels.values[i % 6] || *label == -1);
    }
    assert_eq!(numbers(&strength).shape, [600]);
    assert!(
        numbers(&scores)
            .values
            .iter()
            .all(|v| (0.0..=1.0).contains(v))
    );

    // New rows are placed among the old ones, which the file does not hold.
    let (few, placed) = (at("few.npy"), at("placed.npy"));
    write_groups(&few, 30, 12);
    let summary = json(
        home,
        &[
            "tool",
            "umap",
            path(&few),
            path(&placed),
            "--epochs",
            "60",
            "--fit-on",
            path(&x),
            "--json",
        ],
    );
    assert!(summary["fit_secs"].as_f64() > summary["transform_secs"].as_f64());
    let (placed, y) = (numbers(&placed), numbers(&y));
    assert_eq!(placed.shape, [30, 5]);
    for (i, row) in placed.values.chunks(5).enumerate() {
        let distance = |j: usize| -> f32 {
            let pairs = row.iter().zip(&y.values[j * 5..]);
            pairs.map(|(a, b)| (a - b) * (a - b)).sum()
        };
        let nearest = (0..600).min_by(|a, b| distance(*a).total_cmp(&distance(*b)));
        assert_eq!(nearest.unwrap() % 6, i % 6);
    }
}

#[test]
fn topic_words_are_weighed_across_the_documents_of_a_topic() {
    let dir = folder();
    let home = dir.path();
    let (docs, terms) = (home.join("docs.jsonl"), home.join("terms.jsonl"));
    let lines = [
        r#"{"text": "Oil price", "topic": 3}"#,
        r#"{"text": "cap: oil a price", "topic": 3}"#,
        r#"{"text": "wind power", "topic": -1}"#,
    ];
    fs::write(&docs, lines.join("\n")).unwrap();
    let summary = json(
        home,
        &[
            "tool",
            "ctfidf",
            path(&docs),
            path(&terms),
            "--ngrams",
            "1,2",
            "--top",
            "4",
            "--json",
        ],
    );
    assert_eq!(summary["topics"], 2);
    let text = fs::read_to_string(&terms).unwrap();
    let topics: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(topics[0]["topic"], -1);
    assert_eq!(topics[1]["topic"], 3);
    let listed: Vec<&str> = topics[1]["terms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["term"].as_str().unwrap())
        .collect();
    // Equals in the order of the alphabet; the pair over the border of two documents counts.
    assert_eq!(listed, ["oil", "oil price", "price", "cap"]);
    // 12 tokens in 2 topics, so A is 6; each of the heaviest stands for 2 of 9 tokens, and f is 2.
    let weight = topics[1]["terms"][0]["weight"].as_f64().unwrap();
    assert!((weight - 2.0 / 9.0 * 4.0f64.ln()).abs() < 1e-9, "{weight}");

    fs::write(&docs, r#"{"text": "农村青年 wind", "topic": 0}"#).unwrap();
    json(
        home,
        &["tool", "ctfidf", path(&docs), path(&terms), "--json"],
    );
    let text = fs::read_to_string(&terms).unwrap();
    assert!(
        text.contains("农村") && text.contains("青年") && text.contains("wind"),
        "{text}"
    );
}

#[test]
fn bad_arrays_are_refused_and_nothing_is_written() {
    let dir = folder();
    let home = dir.path();
    let at = |name: &str| home.join(name);
    let out = at("out.npy");
    let check = |args: &[&str], wanted: &[&str]| {
        let answer = run_for(1, home, args);
        let said = String::from_utf8_lossy(&answer.stderr).into_owned();
        for part in wanted {
            assert!(said.contains(part), "{args:?} said {said:?}, not {part:?}");
        }
        assert!(!out.exists());
        assert!(
            fs::read_dir(home)
                .unwrap()
                .all(|f| { !f.unwrap().file_name().to_string_lossy().ends_with(".tmp") })
        );
    };
    let bad = at("bad.npy");
    let mut values = vec![0.5f32; 40];
    values[23] = f32::NAN;
    npy::write_f32(fs::File::create(&bad).unwrap(), &[10, 4], &values).unwrap();
    for tool in ["knn", "umap", "hdbscan"] {
        check(
            &["tool", tool, path(&bad), path(&out)],
            &["row 5", "column 3"],
        );
        check(
            &["tool", tool, path(&at("none.npy")), path(&out)],
            &["none.npy"],
        );
    }
    let text = at("text.npy");
    fs::write(&text, "1 2 3").unwrap();
    check(
        &["tool", "umap", path(&text), path(&out)],
        &["numpy.save", "text.npy"],
    );
    let (x, wide) = (at("x.npy"), at("wide.npy"));
    write_groups(&x, 30, 6);
    write_groups(&wide, 30, 7);
    check(
        &[
            "tool",
            "umap",
            path(&x),
            path(&out),
            "--fit-on",
            path(&wide),
        ],
        &["6", "7"],
    );
    check(
        &["tool", "umap", path(&x), path(&out), "--neighbors", "1"],
        &["n_neighbors", "2 or more"],
    );
    check(
        &[
            "tool",
            "hdbscan",
            path(&x),
            path(&out),
            "--min-cluster-size",
            "1",
        ],
        &["min_cluster_size", "2 or more"],
    );
    run_for(
        2,
        home,
        &["tool", "knn", path(&x), path(&out), "--metric", "manhattan"],
    );
    run_for(
        2,
        home,
        &["tool", "ctfidf", path(&x), path(&out), "--ngrams", "2,1"],
    );
}

#[test]
fn small_arrays_have_answers_too() {
    let dir = folder();
    let home = dir.path();
    let (x, out) = (home.join("x.npy"), home.join("out.npy"));
    for n in [0usize, 1, 2, 15] {
        write_groups(&x, n, 3);
        let summary = json(
            home,
            &["tool", "knn", path(&x), path(&out), "--k", "20", "--json"],
        );
        assert_eq!(summary["k"], n.saturating_sub(1));
        assert_eq!(integers(&out).shape, [n, n.saturating_sub(1)]);
        json(home, &["tool", "umap", path(&x), path(&out), "--json"]);
        assert_eq!(numbers(&out).shape, [n, 5]);
        json(home, &["tool", "hdbscan", path(&x), path(&out), "--json"]);
        assert!(integers(&out).values.iter().all(|label| *label == -1));
    }
}

#[test]
fn conflict_cycles_of_a_square_with_a_diagonal() {
    let dir = folder();
    let home = dir.path();
    let (edges, counts) = (home.join("edges.csv"), home.join("counts.json"));
    // a–b–c–d–a and the diagonal a–c; a–b and a–d in conflict, the first by one of two rows.
    let table = "u,v,agreement\nb,a,1\na,b,-0.25\nb,c,0\nc,d,0.5\nd,a,-1\na,c,-0.24\nc,c,-1\n";
    fs::write(&edges, table).unwrap();
    let read = |args: &[&str]| -> Value {
        let mut all = vec!["tool", "cycles", path(&edges), path(&counts), "--json"];
        all.extend(args);
        check_summary(
            &json(home, &all),
            &["read", "cycles per link", "distinct cycles"],
        );
        serde_json::from_str(&fs::read_to_string(&counts).unwrap()).unwrap()
    };
    // Through a–b the triangle a–b–c, odd, and the square, even; through a–d likewise.
    let all = read(&[]);
    for (edge, (u, v)) in [("b", "a"), ("d", "a")].into_iter().enumerate() {
        let expected = serde_json::json!({
            "u": u, "v": v, "cycles": {"3": 1, "4": 1, "5": 0}, "odd": {"3": 1, "4": 0, "5": 0},
            "capped": false
        });
        assert_eq!(all["edges"][edge], expected);
    }
    let totals = &all["totals"];
    assert_eq!(
        totals["cycles"],
        serde_json::json!({"3": 2, "4": 1, "5": 0})
    );
    assert_eq!(totals["odd"], serde_json::json!({"3": 2, "4": 0, "5": 0}));
    for (name, expected) in [
        ("nodes", 4),
        ("links", 5),
        ("conflict_links", 2),
        ("self_links", 1),
    ] {
        assert_eq!(totals[name], expected, "{name}");
    }
    let short = read(&["--max-length", "3"]);
    assert_eq!(short["edges"][0]["cycles"], serde_json::json!({"3": 1}));
    let exact = read(&["--exact-length", "4"]);
    assert_eq!(exact["edges"][1]["odd"], serde_json::json!({"4": 0}));
    let capped = read(&["--cap", "2"]);
    assert_eq!(capped["edges"][0]["capped"], true);

    fs::write(&edges, "u,v,agreement\n7,3,-1\n3,5,0\n5,7,0\n").unwrap();
    let whole = read(&[]);
    assert_eq!(
        (&whole["edges"][0]["u"], &whole["edges"][0]["v"]),
        (&7.into(), &3.into())
    );
}

#[test]
fn bad_tables_of_links_are_refused() {
    let dir = folder();
    let home = dir.path();
    let (edges, counts) = (home.join("edges.csv"), home.join("counts.json"));
    for (table, wanted) in [
        ("", "empty"),
        ("u,v\n1,2\n", "no column agreement"),
        ("u,v,agreement\n1,2,0\n1,3,some\n", "line 3"),
        ("u,v,agreement\n1,2\n", "line 2"),
    ] {
        fs::write(&edges, table).unwrap();
        let answer = run_for(1, home, &["tool", "cycles", path(&edges), path(&counts)]);
        let said = String::from_utf8_lossy(&answer.stderr).into_owned();
        assert!(
            said.contains(wanted) && said.contains("edges.csv"),
            "{said}"
        );
        assert!(!counts.exists());
    }
    let too_long = [
        "tool",
        "cycles",
        path(&edges),
        path(&counts),
        "--max-length",
        "6",
    ];
    run_for(2, home, &too_long);
}
