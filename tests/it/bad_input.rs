//! Bad input: a message that says what is wrong and what to do, exit 1 (2 for wrong use), and the
//! project as it was.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::support::{
    content_hash, folder, json, meridian, path, run, run_for, small_project, status,
};

/// A project of a few documents and its hash.
fn project(home: &Path) -> (PathBuf, String) {
    let project = home.join("p");
    run_for(0, home, &["new", path(&project)]);
    let file = home.join("good.jsonl");
    fs::write(
        &file,
        "{\"id\":\"a\",\"title\":\"One\",\"body\":\"The council met in the town hall.\"}\n",
    )
    .expect("a file");
    run_for(
        0,
        home,
        &[
            "import",
            path(&project),
            path(&file),
            "--nation",
            "UK",
            "--source",
            "Paper",
        ],
    );
    let hash = content_hash(home, &project);
    (project, hash)
}

/// Imports a file that cannot be used: exit 1, each word in the message, nothing changed.
fn check_import(name: &str, bytes: &[u8], more: &[&str], words: &[&str]) {
    let home = folder();
    let (project, before) = project(home.path());
    let file = home.path().join(name);
    fs::write(&file, bytes).expect("a file");
    let mut args = vec!["import", path(&project), path(&file), "--nation", "UK"];
    args.extend(more);
    let out = run(home.path(), &args);
    check_message(&out, 1, words);
    assert_eq!(
        content_hash(home.path(), &project),
        before,
        "{name} changed the project"
    );
}

fn check_message(out: &Output, code: i32, words: &[&str]) {
    let text = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(code), "{text}");
    for word in words {
        assert!(
            text.to_lowercase().contains(&word.to_lowercase()),
            "no {word:?} in: {text}"
        );
    }
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn a_missing_file() {
    let home = folder();
    let (project, before) = project(home.path());
    let out = run(
        home.path(),
        &[
            "import",
            path(&project),
            path(&home.path().join("nowhere.csv")),
            "--nation",
            "UK",
        ],
    );
    check_message(&out, 1, &["nowhere.csv"]);
    assert_eq!(content_hash(home.path(), &project), before);
}

#[test]
fn an_empty_file() {
    check_import("empty.jsonl", b"", &[], &["empty"]);
}

#[test]
fn files_of_another_kind() {
    check_import(
        "picture.csv",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01",
        &[],
        &["png"],
    );
    check_import("page.jsonl", b"%PDF-1.7\n\0\0\0", &[], &["pdf"]);
    check_import(
        "noise.bin",
        &[0, 159, 0, 1, 2, 0, 0, 255, 254, 3, 0, 7],
        &[],
        &["text"],
    );
}

#[test]
fn a_wrong_encoding() {
    check_import(
        "bad.jsonl",
        b"{\"title\": \"x\", \"body\": \"y\"}\n",
        &["--encoding", "klingon"],
        &["encoding"],
    );
}

#[test]
fn a_truncated_gzip() {
    let mut whole = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for i in 0..2000 {
        writeln!(
            whole,
            "{{\"id\":\"{i}\",\"title\":\"T{i}\",\"body\":\"Body number {} of many.\"}}",
            i * 7919
        )
        .expect("memory");
    }
    let mut bytes = whole.finish().expect("memory");
    bytes.truncate(bytes.len() / 2);
    check_import("cut.jsonl.gz", &bytes, &[], &["gzip"]);
}

#[test]
fn a_line_of_fifty_megabytes() {
    let mut bytes = b"{\"title\":\"long\",\"body\":\"".to_vec();
    bytes.resize(bytes.len() + 50_000_000, b'x');
    bytes.extend(b"\"}\n");
    check_import("long.jsonl", &bytes, &[], &["line"]);
}

#[test]
fn a_column_mapping_that_names_no_column() {
    check_import(
        "rows.csv",
        b"headline,content\nOne,The council met in the town hall today.\n",
        &["--map", "body=texte"],
        &["texte", "headline", "content"],
    );
}

#[test]
fn an_unknown_nation() {
    let home = folder();
    let (project, before) = project(home.path());
    let out = run(
        home.path(),
        &["import", path(&project), "x.csv", "--nation", "Atlantis"],
    );
    check_message(&out, 2, &["atlantis", "CN"]);
    assert_eq!(content_hash(home.path(), &project), before);
}

#[test]
fn a_folder_that_is_no_project() {
    let home = folder();
    for args in [["status", path(home.path())], ["run", path(home.path())]] {
        check_message(
            &run(home.path(), &args),
            1,
            &["not a meridian project", "meridian new"],
        );
    }
    fs::write(home.path().join("project.sqlite"), "no database").expect("a file");
    check_message(
        &run(home.path(), &["status", path(home.path())]),
        1,
        &["not a meridian project"],
    );
}

#[test]
fn a_project_of_a_newer_version() {
    let home = folder();
    let (project, _) = project(home.path());
    let file = project.join("project.sqlite");
    // Bytes 60 to 63 of an SQLite file are its user version.
    let mut bytes = fs::read(&file).expect("the project");
    bytes[60..64].copy_from_slice(&9999u32.to_be_bytes());
    fs::write(&file, bytes).expect("the project");
    check_message(
        &run(home.path(), &["status", path(&project)]),
        1,
        &["newer version", "9999"],
    );
}

#[test]
fn a_project_that_is_there_already() {
    let home = folder();
    let (project, before) = project(home.path());
    check_message(&run(home.path(), &["new", path(&project)]), 1, &["already"]);
    assert_eq!(content_hash(home.path(), &project), before);
}

#[test]
fn a_full_disk() {
    let home = folder();
    let (project, before) = project(home.path());
    let file = home.path().join("many.jsonl");
    let rows: Vec<String> = (0..3000)
        .map(|i| format!("{{\"id\":\"{i}\",\"title\":\"T{i}\",\"body\":\"Sentence {i} about the harbor and its ships.\"}}"))
        .collect();
    fs::write(&file, rows.join("\n")).expect("a file");
    let out = meridian(
        home.path(),
        &[
            "import",
            path(&project),
            path(&file),
            "--nation",
            "UK",
            "--source",
            "Paper",
        ],
    )
    .env("MERIDIAN_MAX_PAGES", "90")
    .output()
    .expect("the program starts");
    check_message(&out, 1, &["disk is full"]);
    assert_eq!(content_hash(home.path(), &project), before);
    // With room again the same command works.
    run_for(
        0,
        home.path(),
        &[
            "import",
            path(&project),
            path(&file),
            "--nation",
            "UK",
            "--source",
            "Paper",
        ],
    );
}

#[test]
fn a_project_opened_twice_for_writing() {
    let home = folder();
    let (project, before) = project(home.path());
    let lock = fs::File::options()
        .write(true)
        .open(project.join("project.lock"))
        .expect("the lock");
    lock.lock().expect("the lock");
    check_message(
        &run(home.path(), &["run", path(&project)]),
        1,
        &["another meridian is writing"],
    );
    // Reading beside a writer works.
    assert_eq!(content_hash(home.path(), &project), before);
}

#[test]
fn a_project_without_documents() {
    let home = folder();
    let project = home.path().join("p");
    run_for(0, home.path(), &["new", path(&project)]);
    check_message(
        &run(home.path(), &["run", path(&project)]),
        1,
        &["meridian import"],
    );
    assert_eq!(status(home.path(), &project)["counts"]["documents"], 0);
}

#[test]
fn wrong_use_is_two() {
    let home = folder();
    for args in [
        &["import"][..],
        &["frobnicate"],
        &["new", "x", "--preset", "slow"],
        &["export", "p", "poems", "x.csv"],
    ] {
        run_for(2, home.path(), args);
    }
    run_for(0, home.path(), &["--help"]);
    for command in [
        "demo", "new", "import", "run", "status", "review", "report", "export", "open",
    ] {
        run_for(0, home.path(), &[command, "--help"]);
    }
}

#[test]
fn an_unknown_stage() {
    let home = folder();
    let (project, _) = project(home.path());
    check_message(
        &run(home.path(), &["run", path(&project), "--to", "fly"]),
        1,
        &["fly", "cluster"],
    );
}

#[test]
fn broken_rows_are_counted_with_their_reason() {
    let home = folder();
    let project = home.path().join("p");
    run_for(0, home.path(), &["new", path(&project)]);
    let file = home.path().join("mixed.jsonl");
    fs::write(
        &file,
        "{\"id\":1,\"title\":\"One\",\"body\":\"The council met.\"}\n{\"id\":2,\n\n{\"id\":3,\"title\":\"Three\",\"body\":\"\"}\n{\"id\":1,\"title\":\"Again\",\"body\":\"The same id once more.\"}\n",
    )
    .expect("a file");
    let imported = json(
        home.path(),
        &[
            "import",
            path(&project),
            path(&file),
            "--nation",
            "UK",
            "--source",
            "P",
            "--json",
        ],
    );
    assert_eq!(imported["imported"][0]["documents"], 1, "{imported}");
    assert_eq!(imported["imported"][0]["set_aside"], 3, "{imported}");
    let out = run_for(0, home.path(), &["status", path(&project)]);
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    for line in [
        "mixed.jsonl line 2",
        "mixed.jsonl line 4",
        "mixed.jsonl line 5",
    ] {
        assert!(text.contains(line), "no {line:?} in {text}");
    }
}

#[test]
fn verdicts_that_cannot_be() {
    let home = folder();
    let project = small_project(home.path(), 30);
    let file = home.path().join("verdicts.jsonl");
    fs::write(&file, "{\"edge\": 1, \"verdict\": \"maybe\"}\n").expect("a file");
    check_message(
        &run(
            home.path(),
            &["review", path(&project), "apply", path(&file)],
        ),
        1,
        &["maybe", "keep"],
    );
    fs::write(&file, "{\"edge\": 1, \"verdict\": \"keep\"}\n").expect("a file");
    check_message(
        &run(
            home.path(),
            &["review", path(&project), "apply", path(&file)],
        ),
        1,
        &["no round waits"],
    );
}
