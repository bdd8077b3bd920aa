//! The verification by people from the command line: drawn, judged blind, told, adjudicated, exported.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    content_hash, copy_folder, finish, folder, json, meridian, path, run_for, small_project,
};

/// A project of two nations whose rounds are closed, made once and copied by each test.
fn made() -> (TempDir, PathBuf) {
    static MADE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, original) = MADE.get_or_init(|| {
        let home = folder();
        let project = small_project(home.path(), 90);
        finish(home.path(), &project);
        (home, project)
    });
    let home = folder();
    let project = home.path().join("small");
    copy_folder(original, &project);
    (home, project)
}

fn verify(home: &Path, project: &Path, args: &[&str]) -> Value {
    let mut all = vec!["verify", path(project)];
    all.extend(args);
    all.push("--json");
    json(home, &all)
}

/// `meridian verify PROJECT …`, run for an exit code; returns what it says.
fn says(code: i32, home: &Path, project: &Path, args: &[&str]) -> String {
    let mut all = vec!["verify", path(project)];
    all.extend(args);
    String::from_utf8_lossy(&run_for(code, home, &all).stderr).into_owned()
}

fn items(home: &Path, project: &Path, reviewer: &str) -> Vec<Value> {
    let out = verify(home, project, &["list", "--reviewer", reviewer]);
    out["items"].as_array().expect("items").clone()
}

fn id(item: &Value) -> i64 {
    item["item"].as_i64().expect("an id")
}

fn judge(home: &Path, project: &Path, code: i32, lines: &[String]) -> String {
    let file = home.join("judgments.jsonl");
    fs::write(&file, lines.join("\n")).expect("a file");
    says(code, home, project, &["judge", path(&file)])
}

fn line(item: i64, reviewer: &str, judgment: &str) -> String {
    format!(r#"{{"item":{item},"reviewer":"{reviewer}","judgment":"{judgment}"}}"#)
}

#[test]
fn a_sample_is_drawn_judged_told_and_exported() {
    let (home, project) = made();
    let home = home.path();
    let before = content_hash(home, &project);
    let proposals = verify(home, &project, &["propose"]);
    let first = &proposals["proposals"][0];
    assert_eq!(first["nation"], "CN");
    assert!(
        first["reason"]
            .as_str()
            .expect("why")
            .contains("most confident")
    );
    let anchor = first["statement"].to_string();

    let draw = |seed: &str| {
        let args = [
            "sample",
            "--per-nation",
            "20",
            "--reviewers",
            "ada,bo,Chén Wěi",
            "--overlap",
            "0.5",
            "--anchor",
            &anchor,
            "--seed",
            seed,
        ];
        verify(home, &project, &args)
    };
    let sample = draw("7");
    assert_eq!(sample["items"], 40);
    assert_eq!(sample["anchors"]["CN"].to_string(), anchor);
    assert_eq!(sample["after_reduction"], true);
    assert_ne!(content_hash(home, &project), before);
    let texts = |items: &[Value]| -> Vec<String> {
        items.iter().map(|i| i["statement"].to_string()).collect()
    };
    let of_ada = items(home, &project, "ada");
    let again = draw("7");
    assert_ne!(again["sample"], sample["sample"]);
    assert_eq!(texts(&items(home, &project, "ada")), texts(&of_ada));
    draw("8");
    assert_ne!(texts(&items(home, &project, "ada")), texts(&of_ada));
    let list = verify(home, &project, &["list"]);
    assert_eq!(list["samples"].as_array().map(Vec::len), Some(3));

    // Ten of twenty pairs of each nation are judged by all three; the newest sample is meant.
    let dealt: BTreeMap<&str, BTreeSet<i64>> = ["ada", "bo", "Chén Wěi"]
        .into_iter()
        .map(|r| (r, items(home, &project, r).iter().map(id).collect()))
        .collect();
    let shared: BTreeSet<i64> = dealt["ada"].intersection(&dealt["bo"]).copied().collect();
    assert_eq!(shared.len(), 20);
    assert_eq!(
        dealt.values().map(BTreeSet::len).sum::<usize>(),
        20 * 3 + 20
    );

    // Ada says unrelated throughout; bo sees one conflict, Wěi an alignment in the same pair and one more.
    let (odd, other) = {
        let mut of = shared.iter().copied();
        (of.next().expect("a pair"), of.next().expect("a pair"))
    };
    let mut lines = Vec::new();
    for (who, of) in &dealt {
        for &item in of {
            let judgment = match (*who, item) {
                ("bo", i) if i == odd => "conflict",
                ("Chén Wěi", i) if i == odd || i == other => "align",
                _ => "unrelated",
            };
            lines.push(line(item, who, judgment));
        }
    }
    let last = lines.pop().expect("a line");
    judge(home, &project, 0, &lines);
    assert!(says(1, home, &project, &["disagreements"]).contains("--early"));
    judge(home, &project, 0, &[last]);
    let open = verify(home, &project, &["list", "--reviewer", "ada", "--open"]);
    assert_eq!(open["items"].as_array().map(Vec::len), Some(0));

    let disputed = verify(home, &project, &["disagreements"]);
    let disputed = disputed["disagreements"].as_array().expect("a list");
    assert_eq!(
        disputed.iter().map(id).collect::<BTreeSet<_>>(),
        [odd, other].into()
    );
    let of_odd = disputed.iter().find(|d| id(d) == odd).expect("the pair");
    assert_eq!(of_odd["judgments"]["ada"], "unrelated");
    assert_eq!(of_odd["judgments"]["bo"], "conflict");

    let rates = verify(home, &project, &["rates"]);
    let all = rates["rates"]
        .as_array()
        .expect("rates")
        .last()
        .expect("all nations")
        .clone();
    assert_eq!(
        (&all["nation"], &all["settled"], &all["disputed"]),
        (&"all".into(), &38.into(), &2.into())
    );
    let nearly = |v: &Value, want: f64| (v.as_f64().expect("a number") - want).abs() < 1e-9;
    // Wilson's interval of 0 of 38: z² / (n + z²) above.
    let z2 = 1.959_963_984_540_054_f64.powi(2);
    assert!(nearly(
        &all["judgments"]["conflict"]["high"],
        z2 / (38.0 + z2)
    ));
    let find = |name: &str, nation: &str| {
        let all = rates["agreement"].as_array().expect("coefficients");
        let found = all
            .iter()
            .find(|c| c["coefficient"] == name && c["nation"] == nation && c["between"].is_null());
        found.expect("a coefficient").clone()
    };
    // 20 pairs of three: 18 agree, one has no agreeing pair, one has one of three.
    let observed = (18.0 + 1.0 / 3.0) / 20.0;
    assert!(nearly(&find("fleiss_kappa", "all")["observed"], observed));
    assert!(nearly(&find("gwet_ac1", "all")["observed"], observed));
    let alpha = find("krippendorff_alpha", "all");
    assert!(
        alpha["low"].as_f64() < alpha["value"].as_f64()
            && alpha["value"].as_f64() < alpha["high"].as_f64()
    );

    // The adjudicator's word counts for the rates, and not for agreement.
    let word =
        format!(r#"{{"item":{odd},"reviewer":"dora","judgment":"conflict","role":"adjudicator"}}"#);
    judge(home, &project, 0, &[word]);
    let after = verify(home, &project, &["rates"]);
    let all = after["rates"]
        .as_array()
        .expect("rates")
        .last()
        .expect("all nations");
    assert_eq!(
        (&all["settled"], &all["judgments"]["conflict"]["n"]),
        (&39.into(), &1.into())
    );
    assert_eq!(after["agreement"], rates["agreement"]);

    let file = home.join("judgments.csv");
    verify(home, &project, &["export", path(&file)]);
    let table = fs::read_to_string(&file).expect("the table");
    assert_eq!(table.lines().count(), 1 + 80 + 1);
    assert!(
        table
            .lines()
            .any(|l| l.contains("adjudicator,dora,conflict"))
    );
    let summary = fs::read_to_string(home.join("judgments-summary.csv")).expect("the summary");
    assert!(
        summary.contains("cohen_kappa,all,all,\"ada, bo\""),
        "{summary}"
    );
    assert!(!(table + &summary).contains("NaN"));
    let report = home.join("report");
    run_for(
        0,
        home,
        &["report", path(&project), "--output", path(&report)],
    );
    let page = fs::read_to_string(report.join("report.html")).expect("the page");
    assert!(page.contains("Random pairs: rates") && page.contains("3.7"));
    assert!(!page.contains("NaN"));
    assert!(
        report
            .join("table-random-pairs-agreement-of-reviewers.csv")
            .exists()
    );
}

#[test]
fn pairs_within_issues_are_of_before_and_after() {
    let (home, project) = made();
    let home = home.path();
    let args = [
        "sample",
        "--kind",
        "within",
        "--per-nation",
        "15",
        "--reviewers",
        "ada",
    ];
    let sample = verify(home, &project, &args);
    assert!(sample["items"].as_u64() > Some(0), "{sample}");
    let ids: Vec<i64> = items(home, &project, "ada").iter().map(id).collect();
    let lines: Vec<String> = ids.iter().map(|i| line(*i, "ada", "align")).collect();
    judge(home, &project, 0, &lines);
    let rates = verify(home, &project, &["rates"]);
    let strata: BTreeSet<&str> = rates["rates"]
        .as_array()
        .expect("rates")
        .iter()
        .filter_map(|r| r["pairs"].as_str())
        .collect();
    assert_eq!(strata, ["after", "before"].into());
    // One reviewer has nobody to agree with, and that is said in words.
    for c in rates["agreement"].as_array().expect("coefficients") {
        assert!(c["value"].is_null());
        assert!(
            c["remark"]
                .as_str()
                .expect("why")
                .contains("nobody to agree with")
        );
    }
}

#[test]
fn what_cannot_be_is_refused_whole() {
    let (home, project) = made();
    let home = home.path();
    assert!(says(1, home, &project, &["rates"]).contains("no sample was drawn yet"));
    says(2, home, &project, &["sample"]);
    for (args, why) in [
        (&["--per-nation", "0"][..], "1..=10000"),
        (&["--overlap", "1.5"], "0..=1"),
        (&["--anchor", "999999"], "no statement 999999"),
        (&["--per-reviewer", "0"], "1 and above"),
    ] {
        let mut all = vec!["sample", "--reviewers", "ada,bo"];
        all.extend(args);
        let said = says(1, home, &project, &all);
        assert!(said.contains(why), "{said}");
    }
    verify(
        home,
        &project,
        &[
            "sample",
            "--per-nation",
            "6",
            "--reviewers",
            "ada,bo",
            "--overlap",
            "0",
        ],
    );
    let of_ada: Vec<i64> = items(home, &project, "ada").iter().map(id).collect();
    let of_bo: Vec<i64> = items(home, &project, "bo").iter().map(id).collect();
    for (bad, why) in [
        (line(of_bo[0], "ada", "align"), "not among the items"),
        (line(999_999, "ada", "align"), "no item 999999"),
        (
            line(of_ada[0], "ada", "agree"),
            "align, conflict, unrelated or undo",
        ),
        (line(of_ada[1], "ada", "undo"), "nothing to take back"),
        (
            format!(
                r#"{{"item":{},"reviewer":"x","judgment":"align","role":"adjudicator"}}"#,
                of_ada[0]
            ),
            "do not disagree",
        ),
        ("{}".to_owned(), "line 2 is no judgment"),
    ] {
        let said = judge(home, &project, 1, &[line(of_ada[0], "ada", "align"), bad]);
        assert!(said.contains(why), "{said}");
        // Nothing of the file was taken.
        assert!(
            items(home, &project, "ada")
                .iter()
                .all(|i| i["judgment"].is_null())
        );
    }
    judge(
        home,
        &project,
        0,
        &[
            line(of_ada[0], "ada", "align"),
            line(of_ada[0], "ada", "conflict"),
        ],
    );
    let now = |home: &Path| -> Value {
        let all = items(home, &project, "ada");
        all.iter().find(|i| id(i) == of_ada[0]).expect("the pair")["judgment"].clone()
    };
    assert_eq!(now(home), "conflict");
    says(0, home, &project, &["undo", "--reviewer", "ada"]);
    assert_eq!(now(home), "align");
    says(0, home, &project, &["undo", "--reviewer", "ada"]);
    assert!(now(home).is_null());
    assert!(
        says(1, home, &project, &["undo", "--reviewer", "ada"])
            .contains("no judgment to take back")
    );
    assert!(says(1, home, &project, &["list", "--reviewer", "eve"]).contains("ada, bo"));
}

/// Killed before or after the commit, a file of judgments is taken whole or not at all, and can be given
/// again.
#[test]
fn a_kill_loses_no_more_than_the_open_unit() {
    let (home, project) = made();
    let home = home.path();
    verify(
        home,
        &project,
        &["sample", "--per-nation", "5", "--reviewers", "ada"],
    );
    let ids: Vec<i64> = items(home, &project, "ada").iter().map(id).collect();
    let lines: Vec<String> = ids.iter().map(|i| line(*i, "ada", "unrelated")).collect();
    let file = home.join("judgments.jsonl");
    fs::write(&file, lines.join("\n")).expect("a file");
    let n_judged = || {
        let of_ada = items(home, &project, "ada");
        of_ada.iter().filter(|i| !i["judgment"].is_null()).count()
    };
    for (point, want) in [("before-commit:1", 0), ("after-commit:1", ids.len())] {
        let killed = meridian(home, &["verify", path(&project), "judge", path(&file)])
            .env("MERIDIAN_KILL_AT", point)
            .output()
            .expect("the program starts");
        assert!(!killed.status.success(), "{point}");
        assert_eq!(n_judged(), want, "{point}");
    }
    judge(home, &project, 0, &lines);
    assert_eq!(n_judged(), ids.len());
}
