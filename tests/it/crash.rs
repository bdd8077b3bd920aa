//! Killed at named points and at random moments, resumed: the store must equal the undisturbed one.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::support::{content_hash, finish, folder, meridian, path, run, run_for, small_project};

/// Articles per outlet: enough for a few topics, statements and a conflict.
const N_ARTICLES: usize = 90;

fn made(home: &Path) -> PathBuf {
    small_project(home, N_ARTICLES)
}

#[test]
fn the_same_seed_gives_the_same_store_at_any_thread_count() {
    let mut hashes = Vec::new();
    for threads in ["1", "2", "3"] {
        let home = folder();
        let project = made(home.path());
        let out = meridian(home.path(), &["run", path(&project)])
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .expect("the program starts");
        assert!(
            matches!(out.status.code(), Some(0 | 3)),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        finish(home.path(), &project);
        hashes.push(content_hash(home.path(), &project));
    }
    assert!(hashes.windows(2).all(|w| w[0] == w[1]), "{hashes:?}");
}

#[test]
fn killed_at_named_points_and_resumed() {
    let undisturbed = {
        let home = folder();
        let project = made(home.path());
        finish(home.path(), &project);
        content_hash(home.path(), &project)
    };
    // Every point is hit early, in the middle and late; a point not reached so often simply does not kill.
    for point in [
        "job-running:1",
        "job-running:6",
        "run-begun:2",
        "run-begun:9",
        "before-commit:3",
        "before-commit:20",
        "before-commit:41",
        "after-commit:11",
        "after-commit:30",
        "after-commit:52",
        "vectors-written:1",
        "vectors-written:3",
    ] {
        let home = folder();
        let project = made(home.path());
        let out = meridian(home.path(), &["run", path(&project)])
            .env("MERIDIAN_KILL_AT", point)
            .output()
            .expect("the program starts");
        assert!(
            !matches!(out.status.code(), Some(1 | 2)),
            "{point}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        finish(home.path(), &project);
        assert_eq!(
            content_hash(home.path(), &project),
            undisturbed,
            "killed at {point}"
        );
    }
}

#[test]
fn killed_while_importing_and_resumed() {
    let expected = {
        let home = folder();
        content_hash(home.path(), &made(home.path()))
    };
    let home = folder();
    let project = home.path().join("small");
    run_for(0, home.path(), &["new", path(&project)]);
    // The parts were written by the first project; write them again here, then kill inside the first import.
    let other = folder();
    made(other.path());
    for (file, nation) in [("cn-1.jsonl", "CN"), ("de-2.jsonl", "DE")] {
        let cut = other.path().join(file);
        let args = [
            "import",
            path(&project),
            path(&cut),
            "--nation",
            nation,
            "--source",
            file,
        ];
        if nation == "CN" {
            let out = meridian(home.path(), &args)
                .env("MERIDIAN_KILL_AT", "before-commit:4")
                .output()
                .expect("the program starts");
            assert_ne!(out.status.code(), Some(0), "the kill point was not reached");
            // The import was cut off whole; it is in the queue and the next command takes it up.
            let out = run(home.path(), &["run", path(&project), "--to", "prepare"]);
            assert_eq!(
                out.status.code(),
                Some(0),
                "{}",
                String::from_utf8_lossy(&out.stderr)
            );
        } else {
            run_for(0, home.path(), &args);
        }
    }
    let documents = |home: &Path, project: &Path| {
        crate::support::status(home, project)["counts"]["documents"].clone()
    };
    let n = documents(home.path(), &project);
    assert!(n.as_u64().is_some_and(|n| n > 100), "{n}");
    finish(home.path(), &project);
    let whole = folder();
    let undisturbed = made(whole.path());
    assert_eq!(content_hash(whole.path(), &undisturbed), expected);
    finish(whole.path(), &undisturbed);
    assert_eq!(
        content_hash(home.path(), &project),
        content_hash(whole.path(), &undisturbed)
    );
}

#[test]
fn killed_from_outside_at_many_moments() {
    let undisturbed = {
        let home = folder();
        let project = made(home.path());
        finish(home.path(), &project);
        content_hash(home.path(), &project)
    };
    let home = folder();
    let project = made(home.path());
    for i in 0..12u64 {
        let mut child = meridian(home.path(), &["run", path(&project)])
            .stderr(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("the program starts");
        // Moments spread over the run by a fixed rule, so that a failure can be repeated.
        sleep(Duration::from_millis(60 + (i * 137) % 700));
        let killed = child.kill();
        assert!(killed.is_ok());
        let ended = child.wait();
        assert!(ended.is_ok());
    }
    finish(home.path(), &project);
    assert_eq!(content_hash(home.path(), &project), undisturbed);
}
