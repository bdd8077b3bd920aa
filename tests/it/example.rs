//! The example project end to end: every stage measured against what was planted.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use meridian::base::observe::Silent;
use meridian::domain::evaluation::Method;
use meridian::jobs::read_settings;
use meridian::stages::results::{Findings, alignments};
use meridian::store::{Access, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{copy_folder, example, folder, json, meridian, path, run_for, status};

/// The example, run once for all tests of this file.
struct Ran {
    home: TempDir,
    project: PathBuf,
    truth: Value,
}

fn ran() -> &'static Ran {
    static RAN: OnceLock<Ran> = OnceLock::new();
    RAN.get_or_init(|| {
        let home = folder();
        let project = home.path().join("five-nations");
        let out = meridian(home.path(), &["demo", path(&project), "--json"])
            .output()
            .expect("the program starts");
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(0), "{text}");
        assert!(
            text.contains("no window can be opened"),
            "without a display the demo says so: {text}"
        );
        let report = home.path().join("report");
        let truth = json(
            home.path(),
            &[
                "report",
                path(&project),
                "--output",
                path(&report),
                "--truth",
                path(&example().join("truth.jsonl")),
                "--json",
            ],
        );
        Ran {
            project,
            truth: truth["truth"]["measures"].clone(),
            home,
        }
    })
}

/// A copy of the finished example in a folder of its own, to be changed.
pub(crate) fn example_project(home: &Path) -> PathBuf {
    let project = home.join("five-nations");
    copy_folder(&ran().project, &project);
    project
}

/// The figure of a measure.
fn measure(name: &str) -> f64 {
    let rows = ran().truth.as_array().expect("measures");
    let row = rows.iter().find(|r| r["measure"] == name);
    row.and_then(|r| r["value"].as_f64())
        .unwrap_or_else(|| panic!("no measure {name}: {rows:#?}"))
}

/// Fails when a figure lies below its floor.
fn check(name: &str, floor: f64) {
    let value = measure(name);
    assert!(value >= floor, "{name} is {value:.3}, the floor is {floor}");
}

#[test]
fn every_article_is_imported_or_has_a_reason() {
    check("planted articles imported", 0.998);
    let counts = &status(ran().home.path(), &ran().project)["counts"];
    assert!(
        counts["set_aside"].as_u64().is_some_and(|n| n >= 8),
        "{counts}"
    );
}

#[test]
fn topics_are_the_planted_ones() {
    for nation in ["CN", "US", "UK", "FR", "DE"] {
        check(&format!("topics {nation}: ARI, after tagging"), 0.6);
    }
    check("topics of several languages in one", 0.5);
}

#[test]
fn statements_are_found() {
    check("extraction: precision", 0.75);
    check("extraction: recall", 0.75);
    check("extraction: recall, listed phrases", 0.75);
}

#[test]
fn sources_are_told() {
    check("set (quoted or official)", 0.9);
    check("set (quoted or official), listed phrases", 0.9);
}

#[test]
fn stances_are_told() {
    check("stance", 0.8);
    check("stance, listed phrases", 0.8);
}

#[test]
fn planted_contradictions_become_conflict_edges() {
    check("conflict edges: precision", 0.9);
    check(
        "conflict edges: recall of contradictions within an issue",
        0.9,
    );
    check(
        "conflict edges: recall of planted contradictions, listed phrases",
        0.75,
    );
}

#[test]
fn five_rounds_drop_the_planted_dissent_and_leave_contested_issues() {
    check("dropped statements as planted dissent: precision", 0.8);
    check("dropped statements: recall of dissent within an issue", 0.8);
    check("contested issues: precision", 0.9);
    check("contested issues: recall", 0.7);
}

#[test]
fn the_demo_ends_with_every_stage_done_and_goes_on_where_it_was() {
    let home = ran().home.path();
    let before = status(home, &ran().project);
    for stage in before["stages"].as_array().expect("stages") {
        assert_eq!(stage["state"], "done", "{stage}");
    }
    run_for(0, home, &["demo", path(&ran().project), "--no-window"]);
    assert_eq!(
        status(home, &ran().project)["content_hash"],
        before["content_hash"]
    );
    run_for(0, home, &["review", path(&ran().project), "audit"]);
}

#[test]
fn exports_hold_what_was_counted() {
    let home = ran().home.path();
    let counts = status(home, &ran().project)["counts"].clone();
    for (what, count) in [
        ("documents", "documents"),
        ("topics", "topics"),
        ("statements", "statements"),
        ("triples", "triples"),
        ("decisions", "decisions"),
    ] {
        let file = home.join(format!("{what}.jsonl"));
        run_for(
            0,
            home,
            &["export", path(&ran().project), what, path(&file)],
        );
        let text = std::fs::read_to_string(&file).expect("the export");
        let rows: Vec<Value> = text
            .lines()
            .map(|l| serde_json::from_str(l).expect("JSON"))
            .collect();
        assert_eq!(Some(rows.len() as u64), counts[count].as_u64(), "{what}");
        let csv = home.join(format!("{what}.csv"));
        run_for(0, home, &["export", path(&ran().project), what, path(&csv)]);
    }
}

#[test]
fn every_statement_stands_in_its_document() {
    let home = ran().home.path();
    let read = |what: &str| -> Vec<Value> {
        let file = home.join(format!("stand-{what}.jsonl"));
        run_for(
            0,
            home,
            &["export", path(&ran().project), what, path(&file)],
        );
        let text = std::fs::read_to_string(&file).expect("the export");
        text.lines()
            .map(|l| serde_json::from_str(l).expect("JSON"))
            .collect()
    };
    let bodies: std::collections::BTreeMap<(String, String), Vec<char>> = read("documents")
        .iter()
        .map(|d| {
            let key = (
                d["nation"].as_str().expect("text").to_owned(),
                d["id"].as_str().expect("text").to_owned(),
            );
            (key, d["body"].as_str().expect("text").chars().collect())
        })
        .collect();
    let statements = read("statements");
    assert!(statements.len() > 1000, "{}", statements.len());
    for s in &statements {
        let key = (
            s["nation"].as_str().expect("text").to_owned(),
            s["document"].as_str().expect("text").to_owned(),
        );
        let (start, end) = (
            s["start"].as_u64().expect("a number") as usize,
            s["end"].as_u64().expect("a number") as usize,
        );
        let passage: String = bodies[&key][start..end].iter().collect();
        let text = s["text"].as_str().expect("text");
        // The text may be made self-contained; its first and last word are those of the passage.
        let head: String = text.chars().take(4).collect::<String>().to_lowercase();
        assert!(passage.to_lowercase().contains(&head), "{passage} / {text}");
    }
}

#[test]
fn the_report_is_one_page_that_needs_nothing_else() {
    let page =
        std::fs::read_to_string(ran().project.join("report/report.html")).expect("the report");
    for outside in ["http://", "https://", "src=\"/", "@import", "<link"] {
        let found = page
            .find(outside)
            .map(|i| page[i..].chars().take(80).collect::<String>());
        // The name of the SVG language is a name, not an address that is fetched.
        let named = page.matches("http://www.w3.org/2000/svg").count();
        let n = page.matches(outside).count();
        assert!(n == 0 || (outside == "http://" && n == named), "{found:?}");
    }
    assert!(page.contains("<svg") && page.contains("offline rules"));
    let files: Vec<_> = std::fs::read_dir(ran().project.join("report"))
        .expect("the folder")
        .flatten()
        .map(|e| e.path())
        .collect();
    for kind in ["svg", "csv", "md"] {
        assert!(
            files
                .iter()
                .any(|f| f.extension().is_some_and(|e| e == kind)),
            "no {kind} in {files:?}"
        );
    }
}

#[test]
fn the_search_index_finds_chinese() {
    let store = meridian::store::Store::open(&ran().project, meridian::store::Access::Read)
        .expect("the project");
    let find = |text: &str| {
        let query = meridian::store::SearchQuery::parse(text);
        store.search_first(&query, 10, &Silent).expect("a search")
    };
    for word in ["核电", "养老", "energy", "Datenschutz"] {
        assert!(!find(word).is_empty(), "{word}");
    }
    assert!(find("核能不存在的词语组合").is_empty());
}

#[test]
fn training_moves_what_was_held_out_by_more_than_its_interval() {
    // Reads beside whatever other test has the project open.
    let store = Store::open(&ran().project, Access::Read).expect("the project");
    let settings = read_settings(&store).expect("settings");
    let findings = Findings::read(&store, &settings).expect("findings");
    let comparisons = alignments(&store, &findings, settings.seed).expect("comparisons");
    let mc = comparisons
        .iter()
        .find(|c| c.method == Method::Mc)
        .expect("multiple choice before and after");
    let moved = mc.overall.a2_minus_a1.expect("a difference");
    assert!(moved.interval.0 > 0.0, "{moved:?}");
    assert_eq!(mc.seed_differences.len(), 3);
    assert!(
        mc.seed_differences.iter().all(|d| *d > 0.0),
        "{:?}",
        mc.seed_differences
    );
    assert!(mc.overall.a2_minus_a3.is_some(), "A3 is reported");
}
