//! The review on the command line: several reviewers, packages, rules, adjudication, and the audit of all of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use meridian::store::{Access, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    content_hash, copy_folder, folder, json, meridian, path, run, run_for, small_project,
};

/// Articles per outlet: enough for a round with several flags.
const N_ARTICLES: usize = 160;

/// A project that waits in its first round, made once and copied by each test.
fn waiting() -> (TempDir, PathBuf) {
    static MADE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, original) = MADE.get_or_init(|| {
        let home = folder();
        let project = small_project(home.path(), N_ARTICLES);
        run_for(3, home.path(), &["run", path(&project), "--to", "reduce"]);
        (home, project)
    });
    let home = folder();
    let project = home.path().join("small");
    copy_folder(original, &project);
    (home, project)
}

/// `meridian review PROJECT … --json`.
fn review(home: &Path, project: &Path, args: &[&str]) -> Value {
    let mut all = vec!["review", path(project)];
    all.extend(args);
    all.push("--json");
    json(home, &all)
}

/// Closes a round that can be closed; another may wait after it.
fn goes_on(home: &Path, project: &Path) {
    let out = run(home, &["run", path(project), "--to", "reduce"]);
    assert!(matches!(out.status.code(), Some(0 | 3)), "{out:?}");
}

/// Reads a file of JSON lines.
fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).expect("a file");
    text.lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect()
}

fn write_lines(file: &Path, lines: &[Value]) {
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(file, text.join("\n")).expect("a file");
}

fn n_of(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

#[test]
fn two_reviewers_differ_a_third_adjudicates_and_the_audit_holds() {
    let (home, project) = waiting();
    let home = home.path();
    let listed = review(home, &project, &["list"]);
    let n = n_of(&listed["open"]);
    assert!(n >= 2, "the small project has too little to review: {n}");
    assert_eq!(listed["disputed"], 0);
    assert_eq!(listed["flags"][0]["standing"], "open");

    // Each gets a package; both fill in all of it, and differ on the first edge.
    for (who, first) in [("Ada", "keep"), ("Ben", "remove")] {
        let file = home.join(format!("{who}.jsonl"));
        let args = [
            "export",
            path(&file),
            "--queue",
            "--reviewer",
            who,
            "--blind",
        ];
        assert_eq!(n_of(&review(home, &project, &args)["edges"]), n);
        let mut asked = lines(&file);
        for (i, line) in asked.iter_mut().enumerate() {
            assert!(line["verdict"].is_null() && line.get("proposal").is_none());
            let context = line["deviating"]["context"].as_str().expect("text");
            let passage = line["deviating"]["passage"].as_str().expect("text");
            assert!(context.contains(passage));
            line["verdict"] = if i == 0 { first } else { "keep" }.into();
            line["seconds"] = 1.5.into();
        }
        write_lines(&file, &asked);
        let applied = review(home, &project, &["apply", path(&file)]);
        assert_eq!(n_of(&applied["applied"]), n);
        let again = review(home, &project, &["apply", path(&file)]);
        assert_eq!(
            (n_of(&again["applied"]), n_of(&again["already_there"])),
            (0, n)
        );
    }
    // The round does not close over a dispute, and the machine does not settle it.
    run_for(3, home, &["run", path(&project), "--to", "reduce"]);
    run_for(3, home, &["review", path(&project), "accept"]);
    let listed = review(home, &project, &["list", "--state", "disputed"]);
    assert_eq!(listed["disputed"], 1);
    assert_eq!(listed["flags"].as_array().map(Vec::len), Some(1));
    let agreed = review(home, &project, &["agreement"]);
    let pair = &agreed["pairs"][0];
    assert_eq!((n_of(&pair["both"]), n_of(&pair["agree"])), (n, n - 1));
    // Ben keeps and removes, Ada only keeps: as much agreement as chance would bring.
    let kappa = pair["kappa"].as_f64().expect("a number");
    assert!(kappa.abs() < 1e-9, "{kappa}");
    assert_eq!(agreed["disagreements"][0]["standing"], "disputed");
    assert_eq!(agreed["reviewers"][0]["reviewer"], "Ada");

    let file = home.join("disputed.jsonl");
    review(
        home,
        &project,
        &["export", path(&file), "--queue", "--disputed"],
    );
    let mut asked = lines(&file);
    assert_eq!(asked[0]["votes"].as_array().map(Vec::len), Some(2));
    asked[0]["verdict"] = "remove".into();
    asked[0]["note"] = "Ben is right".into();
    write_lines(&file, &asked);
    let args = ["apply", path(&file), "--adjudicate", "--reviewer", "Cem"];
    assert_eq!(n_of(&review(home, &project, &args)["disputed"]), 0);
    goes_on(home, &project);

    let audit = review(home, &project, &["audit"]);
    assert_eq!(audit["agrees"], true);
    assert_eq!(
        (n_of(&audit["decisions"]), n_of(&audit["rounds"])),
        (2 * n + 1, 1)
    );
    let record = home.join("record.jsonl");
    review(home, &project, &["export", path(&record)]);
    let rows = lines(&record);
    let last = rows.last().expect("a row");
    assert_eq!(last["hash"], audit["head"]);
    assert_eq!(
        (&last["adjudicates"], &last["reviewer"]),
        (&true.into(), &"Cem".into())
    );
    assert_eq!(rows[0]["seconds"], 1.5);

    // The record replayed on the project as it was leads to the same store.
    let (other_home, copy) = waiting();
    let of_round: Vec<Value> = rows.iter().filter(|r| r["round"] == 1).cloned().collect();
    write_lines(&record, &of_round);
    review(other_home.path(), &copy, &["apply", path(&record)]);
    run_for(
        3,
        other_home.path(),
        &["run", path(&copy), "--to", "reduce"],
    );
    assert_eq!(
        content_hash(other_home.path(), &copy),
        content_hash(home, &project)
    );
}

#[test]
fn a_rule_says_what_it_does_before_it_does_it() {
    let (home, project) = waiting();
    let home = home.path();
    let n = n_of(&review(home, &project, &["list"])["open"]);
    let rule = [
        "rule",
        "--kind",
        "opposed",
        "--max-confidence",
        "0.9",
        "--verdict",
        "proposal",
    ];
    let with = |more: &[&'static str]| [&rule[..], more].concat();
    let dry = review(home, &project, &with(&["--dry-run"]));
    assert_eq!(dry["stored"], false);
    assert_eq!(dry["rule"], "opposed · confidence at most 0.9: proposal");
    assert_eq!(n_of(&review(home, &project, &["list"])["open"]), n);
    let done = review(home, &project, &with(&["--reviewer", "Ada"]));
    assert_eq!(done["edges"], dry["edges"]);
    assert_eq!(done["cycles_left"], dry["cycles_left"]);
    let n_chosen = done["edges"].as_array().map_or(0, Vec::len) as u64;
    assert!(n_chosen > 0);
    assert_eq!(
        n_of(&review(home, &project, &["list"])["open"]),
        n - n_chosen
    );
    // What is decided is not decided again.
    let again = review(home, &project, &with(&["--reviewer", "Ada"]));
    assert_eq!(again["edges"].as_array().map(Vec::len), Some(0));
    let out = run(
        home,
        &[
            "review",
            path(&project),
            "rule",
            "--verdict",
            "keep",
            "--min-confidence",
            "2",
        ],
    );
    assert_eq!(out.status.code(), Some(1));
    let out = run(
        home,
        &["review", path(&project), "rule", "--verdict", "perhaps"],
    );
    assert_eq!(out.status.code(), Some(2));
}

#[test]
fn killed_while_deciding_and_resumed() {
    let decide = |home: &Path, project: &Path, kill_at: Option<&str>| {
        let args = ["review", path(project), "accept", "--all"];
        let mut command = meridian(home, &args);
        if let Some(point) = kill_at {
            command.env("MERIDIAN_KILL_AT", point);
        }
        command.output().expect("the program starts")
    };
    let undisturbed = {
        let (home, project) = waiting();
        assert!(decide(home.path(), &project, None).status.success());
        content_hash(home.path(), &project)
    };
    for point in [
        "before-commit:1",
        "after-commit:1",
        "before-commit:4",
        "after-commit:5",
        "before-commit:7",
        "job-running:1",
    ] {
        let (home, project) = waiting();
        decide(home.path(), &project, Some(point));
        // Whatever was stored is whole, and goes on.
        run_for(0, home.path(), &["review", path(&project), "audit"]);
        let out = run(home.path(), &["run", path(&project), "--to", "reduce"]);
        if out.status.code() == Some(3) {
            assert!(decide(home.path(), &project, None).status.success());
        }
        run_for(0, home.path(), &["review", path(&project), "audit"]);
        assert_eq!(
            content_hash(home.path(), &project),
            undisturbed,
            "killed at {point}"
        );
    }
}

#[test]
fn minority_and_contested_statements_are_exported() {
    let (home, project) = waiting();
    let home = home.path();
    run_for(0, home, &["review", path(&project), "accept", "--all"]);
    let file = home.join("statements.jsonl");
    run_for(
        0,
        home,
        &["export", path(&project), "statements", path(&file)],
    );
    let rows = lines(&file);
    let n_dropped = rows.iter().filter(|r| r["dropped"] == true).count();
    let with_round = rows.iter().filter(|r| r["dropped_round"].is_u64());
    assert_eq!(with_round.count(), n_dropped);
    assert!(n_dropped > 0, "nothing was dropped");
    assert!(rows.iter().all(|r| r["contested"].is_boolean()));
    assert!(
        rows.iter()
            .any(|r| r["issue"].is_u64() && r["stance"].is_f64())
    );
}

#[test]
fn what_is_changed_behind_the_programs_back_is_found() {
    let (home, project) = waiting();
    let home = home.path();
    run_for(0, home, &["review", path(&project), "accept", "--all"]);
    let attempts = [
        // Columns of a decision: the last one, which no row after it vouches for.
        ("decision", "id = id + 1"),
        ("decision", "round = round + 1"),
        ("decision", "edge_id = edge_id + 1"),
        (
            "decision",
            "verdict = CASE verdict WHEN 'keep' THEN 'remove' ELSE 'keep' END",
        ),
        ("decision", "verdict = 'nonsense'"),
        ("decision", "verdict_before = 'keep'"),
        ("decision", "reviewer = 'Eve'"),
        ("decision", "note = 'so'"),
        ("decision", "decided_ms = decided_ms - 1"),
        ("decision", "spent_ms = 1"),
        ("decision", "adjudicates = 1"),
        ("decision", "rule = 'all'"),
        ("decision", "hash = ''"),
        ("flag", "round = round + 1"),
        ("flag", "deviating = deviating + 1"),
        ("flag", "n_cycles = n_cycles + 1"),
        ("flag", "priority = priority * 1.001"),
        ("flag", "dominant = dominant + 0.001"),
        (
            "flag",
            "proposal = CASE proposal WHEN 'keep' THEN 'remove' ELSE 'keep' END",
        ),
        ("round", "nation = 'JP'"),
        ("round", "n_flagged = n_flagged + 1"),
        ("round", "n_removed = n_removed + 1"),
        ("round", "n_kept = n_kept + 1"),
        ("round", "n_dropped = n_dropped + 1"),
        ("round", "n_conflict_left = n_conflict_left + 1"),
        ("round", "closed = 0"),
        ("dropped", "round = round + 1"),
        ("dropped", "statement_id = statement_id + 100000"),
    ];
    let tampered = home.join("tampered");
    fs::create_dir_all(tampered.join("vectors")).expect("a folder");
    let audit = |change: Option<(&str, &str)>| {
        let file = tampered.join("project.sqlite");
        for wal in ["project.sqlite-wal", "project.sqlite-shm"] {
            drop(fs::remove_file(tampered.join(wal)));
        }
        fs::copy(project.join("project.sqlite"), &file).expect("a copy");
        if let Some((table, change)) = change {
            let by_hand = rusqlite::Connection::open(&file).expect("a database");
            // Tables without row numbers have their key, and one row of it is enough.
            let row = match table {
                "decision" => "id = (SELECT MAX(id) FROM decision)",
                "flag" => {
                    "(round, edge_id) = (SELECT round, edge_id FROM flag ORDER BY round, edge_id LIMIT 1)"
                }
                "round" => {
                    "(nation, round) = (SELECT nation, round FROM round WHERE n_flagged > 0 ORDER BY round, nation LIMIT 1)"
                }
                _ => "statement_id = (SELECT MIN(statement_id) FROM dropped)",
            };
            let sql = format!(
                "PRAGMA foreign_keys = OFF; DROP TRIGGER decision_stays; UPDATE {table} SET {change} WHERE {row};"
            );
            by_hand.execute_batch(&sql).expect("a change");
        }
        let store = Store::open(&tampered, Access::Read).expect("the project");
        meridian::stages::reduce::audit(&store).expect("an audit")
    };
    let untouched = audit(None);
    assert!(untouched.agrees, "{:?}", untouched.differences);
    for change in attempts {
        let found = audit(Some(change));
        assert!(!found.agrees, "not found: {change:?}");
        if change == ("decision", "note = 'so'") {
            let first = found.differences.first().expect("a difference");
            assert!(first.starts_with("decision "), "{first}");
        }
    }
    // The command says so and what to do.
    let out = run(home, &["review", path(&tampered), "audit"]);
    assert_eq!(out.status.code(), Some(1));
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(told.contains("restore project.sqlite"), "{told}");
}
