//! Topics edited by hand: on the command line, through crashes and restarts, beside a running job.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use meridian::app::offline_annotator;
use meridian::base::clock::SystemClock;
use meridian::base::ids::JobId;
use meridian::base::observe::{Cancelled, Observe};
use meridian::domain::job_progress::JobState;
use meridian::domain::journal::{MAX_UNDO, StepKind};
use meridian::domain::topic_edit::{Standing, TopicEdit};
use meridian::jobs::{
    Desk, Edits as _, Engine, Hub, Outcome, PipelineState, Target, Watch, stage_statuses,
};
use meridian::snapshot::model::{CardState, NextStep, Snapshot};
use meridian::snapshot::{ConflictCache, MapCache, build};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    content_hash, finish, folder, json, meridian, path, run, run_for, small_project, status,
};

/// Articles per outlet: enough for some topics.
const N_ARTICLES: usize = 90;

/// A project whose pipeline went through `triples`, made once and copied by each test.
fn made() -> (TempDir, PathBuf) {
    static MADE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, original) = MADE.get_or_init(|| {
        let home = folder();
        let project = small_project(home.path(), N_ARTICLES);
        run_for(0, home.path(), &["run", path(&project), "--to", "triples"]);
        (home, project)
    });
    let home = folder();
    let project = home.path().join("small");
    copy(original, &project);
    (home, project)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// `meridian topics PROJECT …`, run for an exit code.
fn topics(code: i32, home: &Path, project: &Path, args: &[&str]) -> String {
    let mut all = vec!["topics", path(project)];
    all.extend(args);
    let out = run_for(code, home, &all);
    String::from_utf8_lossy(&out.stderr).into_owned()
}

fn topics_json(home: &Path, project: &Path, args: &[&str]) -> Value {
    let mut all = vec!["topics", path(project)];
    all.extend(args);
    all.push("--json");
    json(home, &all)
}

fn list(home: &Path, project: &Path) -> Vec<Value> {
    let out = topics_json(home, project, &["list"]);
    out["topics"].as_array().expect("topics").clone()
}

fn numbers(list: &[Value]) -> Vec<u64> {
    list.iter()
        .map(|t| t["number"].as_u64().expect("a number"))
        .collect()
}

fn export(home: &Path, project: &Path, what: &str) -> Vec<Value> {
    let file = home.join(format!("{what}.jsonl"));
    run_for(0, home, &["export", path(project), what, path(&file)]);
    fs::read_to_string(file)
        .expect("the export")
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect()
}

fn state(home: &Path, project: &Path, stage: &str) -> String {
    let status = status(home, project);
    let stages = status["stages"].as_array().expect("stages");
    let found = stages.iter().find(|s| s["stage"] == stage);
    found
        .and_then(|s| s["state"].as_str())
        .expect("a state")
        .to_owned()
}

#[test]
fn a_merge_reaches_every_table_and_is_taken_back() {
    let (home, project) = made();
    let home = home.path();
    let before = content_hash(home, &project);
    let rows = list(home, &project);
    assert!(rows.len() >= 4, "{rows:?}");
    let done = topics_json(home, &project, &["merge", "0", "2", "--reviewer", "ada"]);
    assert_eq!(done["done"]["sentence"], "merge of 0 and 2");
    assert_eq!(
        (&done["can_undo"], &done["can_redo"]),
        (&1.into(), &0.into())
    );

    let merged = list(home, &project);
    let expected: Vec<u64> = numbers(&rows).into_iter().filter(|n| *n != 2).collect();
    assert_eq!(numbers(&merged), expected);
    let n = |rows: &[Value], i: usize| rows[i]["documents"].as_u64().expect("a count");
    assert_eq!(n(&merged, 0), n(&rows, 0) + n(&rows, 2));
    assert_eq!(numbers(&export(home, &project, "topics")), expected);
    assert!(
        export(home, &project, "documents")
            .iter()
            .all(|d| d["topic"] != 2)
    );
    assert!(
        export(home, &project, "statements")
            .iter()
            .all(|s| s["topic"] != 2)
    );
    let counts = &status(home, &project)["counts"];
    assert_eq!(counts["topics"], rows.len() - 1);
    let after = content_hash(home, &project);
    assert_ne!(after, before);
    assert_eq!(state(home, &project, "describe"), "done");
    assert_eq!(state(home, &project, "screen"), "out-of-date");
    assert_eq!(state(home, &project, "extract"), "out-of-date");
    run_for(
        0,
        home,
        &[
            "report",
            path(&project),
            "--output",
            path(&home.join("report")),
        ],
    );
    let page = fs::read_to_string(home.join("report/report.html")).expect("the report");
    assert!(
        page.contains("1 of the topics were edited by hand"),
        "the report counts edits"
    );

    topics(0, home, &project, &["undo"]);
    assert_eq!(list(home, &project), rows);
    assert_eq!(content_hash(home, &project), before);
    assert_eq!(state(home, &project, "screen"), "done");
    topics(0, home, &project, &["redo"]);
    assert_eq!(content_hash(home, &project), after);
    assert_eq!(list(home, &project), merged);
    let history = topics_json(home, &project, &["history"]);
    let lines = history["history"].as_array().expect("lines");
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&lines[0]["who"], &lines[0]["standing"]),
        (&"ada".into(), &"in-force".into())
    );
}

#[test]
fn the_pipeline_follows_edits_and_comes_back_without_them() {
    let (home, project) = made();
    let home = home.path();
    finish(home, &project);
    let before = content_hash(home, &project);
    let decisions = export(home, &project, "decisions");
    topics(0, home, &project, &["merge", "0", "1"]);
    finish(home, &project);
    let merged = content_hash(home, &project);
    assert_ne!(merged, before);
    assert_eq!(state(home, &project, "reduce"), "done");
    // What was done before the edit is there again: no stage works, no decision is lost.
    topics(0, home, &project, &["undo"]);
    run_for(0, home, &["run", path(&project)]);
    assert_eq!(content_hash(home, &project), before);
    assert_eq!(export(home, &project, "decisions"), decisions);
    topics(0, home, &project, &["redo"]);
    run_for(0, home, &["run", path(&project)]);
    assert_eq!(content_hash(home, &project), merged);
}

#[test]
fn a_label_is_for_readers_and_makes_nothing_out_of_date() {
    let (home, project) = made();
    let home = home.path();
    topics(0, home, &project, &["rename", "1", "  Rivers and\tlakes "]);
    assert_eq!(list(home, &project)[1]["label"], "Rivers and lakes");
    assert_eq!(
        export(home, &project, "topics")[1]["label"],
        "Rivers and lakes"
    );
    for stage in ["screen", "extract", "triples"] {
        assert_eq!(state(home, &project, stage), "done", "{stage}");
    }
}

#[test]
fn a_persons_verdict_decides_what_is_extracted() {
    let (home, project) = made();
    let home = home.path();
    let rows = list(home, &project);
    let value = rows
        .iter()
        .find(|t| t["value_related"] == true)
        .expect("a value-related topic");
    let number = value["number"].as_u64().expect("a number");
    let named = number.to_string();
    let args = [
        "overrule",
        &named,
        "no",
        "--reason",
        "only weather",
        "--reviewer",
        "ada",
    ];
    topics(0, home, &project, &args);
    assert_eq!(state(home, &project, "screen"), "done");
    assert_eq!(state(home, &project, "extract"), "out-of-date");
    run_for(0, home, &["run", path(&project), "--to", "extract"]);
    let left = export(home, &project, "statements");
    assert!(left.iter().all(|s| s["topic"] != number));
    let row = export(home, &project, "topics")
        .into_iter()
        .find(|t| t["number"] == number)
        .expect("the topic");
    assert_eq!(row["value_related"], false);
    assert_eq!(
        (&row["said_by"], &row["reason"]),
        (&"ada".into(), &"only weather".into())
    );
}

#[test]
fn words_nearest_in_meaning_are_found_and_follow_edits() {
    let (home, project) = made();
    let home = home.path();
    let words = || -> Vec<Vec<Value>> {
        let rows = export(home, &project, "topics");
        let words = |t: &Value| t["keybert_terms"].as_array().expect("words").clone();
        rows.iter().map(words).collect()
    };
    let before = words();
    for list in &before {
        assert!((3..=10).contains(&list.len()), "{list:?}");
        let mut distinct: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), list.len(), "{list:?}");
    }
    topics(0, home, &project, &["merge", "0", "1"]);
    let merged = words();
    assert_eq!(merged[0][0], before[0][0]);
    assert!(
        merged[0]
            .iter()
            .all(|w| before[0].contains(w) || before[1].contains(w))
    );
    assert_eq!(merged[1..], before[2..]);
    topics(0, home, &project, &["undo"]);
    assert_eq!(words(), before);
}

#[test]
fn documents_are_split_off_and_moved_by_their_ids() {
    let (home, project) = made();
    let home = home.path();
    let rows = list(home, &project);
    let next = rows.len() as u64;
    let of_zero: Vec<Value> = export(home, &project, "documents")
        .into_iter()
        .filter(|d| d["topic"] == 0)
        .collect();
    let name = |d: &Value| {
        let part = |key: &str| d[key].as_str().expect("text").to_owned();
        format!("{}/{}/{}", part("nation"), part("source"), part("id"))
    };
    let file = home.join("ids.txt");
    let half: Vec<String> = of_zero.iter().take(of_zero.len() / 2).map(name).collect();
    fs::write(&file, half.join("\n")).expect("a file");
    let args = ["split", "0", "--docs", path(&file), "--label", "A part"];
    topics(0, home, &project, &args);
    let now = list(home, &project);
    let part = now.last().expect("a topic");
    assert_eq!(
        (part["number"].as_u64(), &part["label"]),
        (Some(next), &"A part".into())
    );
    assert_eq!(part["documents"].as_u64(), Some(half.len() as u64));
    assert_eq!(part["value_related"], Value::Null);
    assert!(
        part["words"].as_array().is_some_and(|w| !w.is_empty()),
        "{part}"
    );

    topics(0, home, &project, &["move", &half[0], "--to", "1"]);
    topics(0, home, &project, &["move", &half[1], "--to", "none"]);
    let docs = export(home, &project, "documents");
    let topic_of = |wanted: &str| {
        let found = docs.iter().find(|d| name(d) == wanted);
        found.expect("a document")["topic"].clone()
    };
    assert_eq!(topic_of(&half[0]), 1);
    assert_eq!(topic_of(&half[1]), Value::Null);
    // The new topic is asked about and its documents extracted.
    run_for(0, home, &["run", path(&project), "--to", "extract"]);
    let part = list(home, &project).pop().expect("a topic");
    assert!(part["value_related"].is_boolean(), "{part}");
    for _ in 0..3 {
        topics(0, home, &project, &["undo"]);
    }
    assert_eq!(list(home, &project), rows);
}

#[test]
fn wrong_edits_say_why_and_change_nothing() {
    let (home, project) = made();
    let home = home.path();
    topics(0, home, &project, &["merge", "0", "1"]);
    let before = content_hash(home, &project);
    let file = home.join("ids.txt");
    fs::write(&file, "no-such-document\n").expect("a file");
    let long = "x".repeat(81);
    let cases: [(&[&str], &str); 9] = [
        (&["rename", "99", "x"], "there is no topic 99"),
        (&["rename", "1", "x"], "topic 1 was merged into 0"),
        (&["rename", "2", " "], "a label cannot be empty"),
        (&["rename", "2", &long], "at most 80 characters"),
        (&["merge", "2", "2"], "cannot be merged into itself"),
        (&["merge", "0", "1"], "topic 1 was merged into 0"),
        (
            &["split", "0", "--docs", path(&file), "--label", "x"],
            "there is no document \"no-such-document\"",
        ),
        (
            &["move", "no-such-document", "--to", "0"],
            "there is no document",
        ),
        (&["redo"], "nothing to do again"),
    ];
    for (args, why) in cases {
        let said = topics(1, home, &project, args);
        assert!(said.contains(why), "{args:?}: {said}");
    }
    for args in [
        &["rename", "x", "y"][..],
        &["move", "a", "--to", "b"],
        &["merge", "0"],
    ] {
        topics(2, home, &project, args);
    }
    assert_eq!(content_hash(home, &project), before);
    let empty = home.join("empty");
    run_for(0, home, &["new", path(&empty)]);
    let said = topics(1, home, &empty, &["rename", "0", "x"]);
    assert!(said.contains("no topics yet"), "{said}");
    assert!(topics(1, home, &empty, &["undo"]).contains("nothing to take back"));
}

#[test]
fn an_edit_is_whole_or_not_there_after_a_crash() {
    let (home, project) = made();
    let home = home.path();
    let before = content_hash(home, &project);
    let killed = |point: &str, args: &[&str]| {
        let mut all = vec!["topics", path(&project)];
        all.extend(args);
        let out = meridian(home, &all)
            .env("MERIDIAN_KILL_AT", point)
            .output()
            .expect("the program starts");
        assert_eq!(out.status.code(), None, "{point} was not reached");
    };
    killed("before-commit:1", &["merge", "0", "1"]);
    assert_eq!(content_hash(home, &project), before);
    assert!(topics(1, home, &project, &["undo"]).contains("nothing to take back"));
    killed("after-commit:1", &["merge", "0", "1"]);
    let merged = content_hash(home, &project);
    assert_ne!(merged, before);
    killed("before-commit:1", &["undo"]);
    assert_eq!(content_hash(home, &project), merged);
    killed("after-commit:1", &["undo"]);
    // Still undone after a restart, and there to be done again.
    assert_eq!(content_hash(home, &project), before);
    killed("before-commit:1", &["redo"]);
    assert_eq!(content_hash(home, &project), before);
    topics(0, home, &project, &["redo"]);
    assert_eq!(content_hash(home, &project), merged);
    // A new step lets go of what was taken back.
    topics(0, home, &project, &["undo"]);
    topics(0, home, &project, &["rename", "0", "First"]);
    assert!(topics(1, home, &project, &["redo"]).contains("nothing to do again"));
}

fn engine(project: &Path) -> Engine {
    Engine::open(project, offline_annotator(), Arc::new(SystemClock)).expect("the project")
}

#[test]
fn a_thousand_steps_of_desk_and_topics_go_back_across_a_restart() {
    let (_home, project) = made();
    let mut open = engine(&project);
    let merge = TopicEdit::Merge {
        into: 0,
        from: vec![1],
    };
    open.edit_topics(&merge, "ada").expect("an edit");
    for i in 0..MAX_UNDO {
        let payload = format!(r#"{{"before":{{"n":{i}}},"after":{{"n":{}}}}}"#, i + 1);
        open.record(StepKind::Desk, "selection", &payload, "ada")
            .expect("a step");
    }
    assert!(
        open.record(StepKind::Desk, "x", r#"{"after":1}"#, "ada")
            .is_err()
    );
    assert_eq!(
        open.store
            .left_by(StepKind::Desk)
            .expect("a desk")
            .as_deref(),
        Some(r#"{"n":1000}"#)
    );
    drop(open);
    let mut open = engine(&project);
    let n_topics = open.store.topics().expect("topics").len();
    for i in (0..MAX_UNDO).rev() {
        let step = open.undo("ada").expect("an undo").expect("a step");
        assert_eq!(step.kind, StepKind::Desk);
        assert!(
            step.payload_json
                .contains(&format!(r#""before":{{"n":{i}}}"#))
        );
    }
    // The merge lies too far back: it stays in force.
    assert_eq!(open.undo("ada").expect("an undo"), None);
    assert_eq!(open.store.left_by(StepKind::Desk).expect("a desk"), None);
    assert_eq!(open.store.topics().expect("topics").len(), n_topics);
    drop(open);
    let mut open = engine(&project);
    let state = open.store.journal_state().expect("a state");
    assert_eq!((state.n_undo, state.n_redo), (0, MAX_UNDO));
    assert!(open.redo("ada").expect("a redo").is_some());
    assert_eq!(
        open.store
            .left_by(StepKind::Desk)
            .expect("a desk")
            .as_deref(),
        Some(r#"{"n":1}"#)
    );
}

/// Edits topics in the middle of a stage, as a person would.
struct Editing {
    hub: Hub,
    desk: Mutex<Desk>,
    /// Stage and edit still to come.
    plan: Mutex<Vec<(&'static str, Edit)>>,
}

enum Edit {
    Do(TopicEdit),
    Undo,
}

impl Editing {
    fn new(engine: &Engine, plan: Vec<(&'static str, Edit)>) -> Self {
        Self {
            hub: Hub::new(|_| {}),
            desk: Mutex::new(engine.desk().expect("a desk")),
            plan: Mutex::new(plan),
        }
    }
}

impl Observe for Editing {
    fn step(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        let stage = self.hub.progress().map(|p| p.stage);
        let mut plan = self.plan.lock().expect("a lock");
        if plan
            .first()
            .is_some_and(|(at, _)| Some(*at) == stage.as_deref())
        {
            let mut desk = self.desk.lock().expect("a lock");
            match plan.remove(0).1 {
                Edit::Do(edit) => drop(
                    desk.edit_topics(&edit, "ada")
                        .expect("an edit is taken at once"),
                ),
                Edit::Undo => drop(desk.undo("ada").expect("an undo is taken at once")),
            }
        }
        self.hub.step(done, total)
    }

    fn phase(&self, name: &str) {
        self.hub.phase(name);
    }
}

impl Watch for Editing {
    fn begin(&self, job: JobId, stage: &str) {
        self.hub.begin(job, stage);
    }

    fn end(&self, state: JobState) {
        self.hub.end(state);
    }
}

fn states(engine: &Engine) -> Vec<(&'static str, PipelineState)> {
    let annotator = offline_annotator();
    stage_statuses(&engine.store, &engine.settings, annotator.as_ref())
        .expect("states")
        .into_iter()
        .filter(|s| ["screen", "extract"].contains(&s.stage))
        .map(|s| (s.stage, s.state))
        .collect()
}

#[test]
fn an_edit_in_the_middle_of_a_job_counts_from_the_next_run_on() {
    let home = folder();
    let project = small_project(home.path(), N_ARTICLES);
    let undisturbed = {
        let (other, made) = made();
        content_hash(other.path(), &made)
    };
    run_for(0, home.path(), &["run", path(&project), "--to", "describe"]);
    let mut open = engine(&project);
    let merge = TopicEdit::Merge {
        into: 0,
        from: vec![1],
    };
    let watch = Editing::new(&open, vec![("screen", Edit::Do(merge))]);
    let outcome = open.run(Target::To("triples"), &watch).expect("a run");
    assert_eq!(outcome, Outcome::Done);
    assert!(watch.plan.lock().expect("a lock").is_empty());
    // It was taken, the run went on with the topics it began with, and is out of date now.
    let out_of_date = [
        ("screen", PipelineState::OutOfDate),
        ("extract", PipelineState::OutOfDate),
    ];
    let done = [
        ("screen", PipelineState::Done),
        ("extract", PipelineState::Done),
    ];
    assert_eq!(states(&open), out_of_date);
    open.undo("ada").expect("an undo").expect("the merge");
    assert_eq!(states(&open), done);
    assert_eq!(open.store.content_hash().expect("a hash"), undisturbed);

    // The other way round: an edit in force when the run begins, undone in the middle of it.
    open.redo("ada").expect("a redo").expect("the merge");
    let watch = Editing::new(&open, vec![("extract", Edit::Undo)]);
    open.run(Target::To("triples"), &watch).expect("a run");
    assert!(watch.plan.lock().expect("a lock").is_empty());
    assert_eq!(states(&open), out_of_date);
    open.redo("ada").expect("a redo").expect("the merge");
    assert_eq!(states(&open), done);
    open.undo("ada").expect("an undo").expect("the merge");
    open.run(Target::To("triples"), &Hub::new(|_| {}))
        .expect("a run");
    assert_eq!(open.store.content_hash().expect("a hash"), undisturbed);
}

fn snapshot(engine: &Engine) -> Snapshot {
    let annotator = offline_annotator();
    let reader = engine.store.reader().expect("a reader");
    build(
        &reader,
        &engine.settings,
        annotator.name(),
        &mut ConflictCache::default(),
        &mut MapCache::default(),
    )
    .expect("a snapshot")
}

fn card(snapshot: &Snapshot, name: &str) -> CardState {
    let card = snapshot.pipeline.iter().find(|c| c.name == name);
    card.expect("a card").state
}

#[test]
fn the_window_is_told_of_edits() {
    let (_home, project) = made();
    let mut open = engine(&project);
    let before = snapshot(&open);
    assert_eq!(card(&before, "Topics"), CardState::Done);
    let merge = TopicEdit::Merge {
        into: 0,
        from: vec![2],
    };
    open.edit_topics(&merge, "ada").expect("an edit");
    open.record(
        StepKind::Desk,
        "filter by CN",
        r#"{"before":1,"after":2}"#,
        "ada",
    )
    .expect("a step");
    let after = snapshot(&open);
    assert_eq!(after.journal.undo.as_deref(), Some("filter by CN"));
    assert_eq!(
        (after.journal.n_undo, after.desk.as_deref()),
        (2, Some("2"))
    );
    open.undo("ada").expect("an undo").expect("the filter");
    let after = snapshot(&open);
    assert_eq!(after.journal.undo.as_deref(), Some("merge of 0 and 2"));
    assert_eq!(after.journal.redo.as_deref(), Some("filter by CN"));
    assert_eq!(card(&after, "Topics"), CardState::OutOfDate);
    assert_eq!(
        after.next_step,
        NextStep::Run {
            stage: "screen".to_owned()
        }
    );
    // Rows of the table, and what points into it by position.
    assert_eq!(after.topics.len(), before.topics.len() - 1);
    let row = &after.topics[0];
    assert!(row.regrouped && row.p_value.is_none());
    assert_eq!(
        row.n_docs,
        before.topics[0].n_docs + before.topics[2].n_docs
    );
    assert_eq!(row.history.len(), 1);
    assert_eq!(row.history[0].sentence, "merge of 0 and 2");
    assert_eq!(
        (after.topics[2].number, after.topics[2].label.as_str()),
        (3, before.topics[3].label.as_str())
    );
    let (old, new) = (
        before.map.as_ref().expect("a map"),
        after.map.as_ref().expect("a map"),
    );
    for (was, is) in old.members.topics.iter().zip(new.members.topics.iter()) {
        // Numbers stay; those of the merged-away topic are the other's now.
        assert_eq!(*is, if *was == 2 { 0 } else { *was });
    }
    // Undone, it stands in the history still.
    open.undo("ada").expect("an undo").expect("the merge");
    let undone = snapshot(&open);
    assert_eq!(card(&undone, "Topics"), CardState::Done);
    assert_eq!(undone.topics[2].history[0].standing, Standing::Undone);
    assert_eq!(undone.topic_history.len(), 1);
}

#[test]
fn edits_of_an_earlier_clustering_are_history() {
    let (home, project) = made();
    let home = home.path();
    topics(0, home, &project, &["merge", "0", "1"]);
    // More articles make another clustering.
    let file = home.join("more.jsonl");
    let text =
        fs::read_to_string(crate::support::example().join("data/cn-1.jsonl")).expect("the example");
    let more: Vec<&str> = text.lines().skip(N_ARTICLES).take(20).collect();
    fs::write(&file, more.join("\n")).expect("a file");
    run_for(
        0,
        home,
        &[
            "import",
            path(&project),
            path(&file),
            "--nation",
            "CN",
            "--source",
            "cn-1.jsonl",
        ],
    );
    let out = run(home, &["run", path(&project), "--to", "screen"]);
    assert_eq!(
        out.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let rows = list(home, &project);
    assert!(rows.iter().all(|t| t["regrouped"] == false));
    assert_eq!(numbers(&rows), (0..rows.len() as u64).collect::<Vec<_>>());
    let store =
        meridian::store::Store::open(&project, meridian::store::Access::Read).expect("the project");
    let history = store.topic_history(10).expect("a history");
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].0.standing, Standing::EarlierClustering);
}
