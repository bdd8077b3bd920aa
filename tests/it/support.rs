//! Runs the built program in folders of its own, and small invented corpora.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A folder that goes away with the test.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The program with arguments, without a display and with settings of its own.
pub(crate) fn meridian(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meridian"));
    command
        .args(args)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"));
    command
}

/// Runs the program to its end.
pub(crate) fn run(home: &Path, args: &[&str]) -> Output {
    meridian(home, args).output().expect("the program starts")
}

/// Runs the program and expects an exit code.
pub(crate) fn run_for(code: i32, home: &Path, args: &[&str]) -> Output {
    let out = run(home, args);
    assert_eq!(
        out.status.code(),
        Some(code),
        "{args:?}\nstdout: {}\nstderr: {}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
    out
}

/// Runs the program with `--json` and reads its one object.
pub(crate) fn json(home: &Path, args: &[&str]) -> Value {
    let out = run_for(0, home, args);
    let text = String::from_utf8(out.stdout).expect("text");
    assert_eq!(text.trim().lines().count(), 1, "exactly one object: {text}");
    serde_json::from_str(&text).expect("JSON")
}

/// The status of a project.
pub(crate) fn status(home: &Path, project: &Path) -> Value {
    json(home, &["status", path(project), "--json"])
}

/// The content hash of a project.
pub(crate) fn content_hash(home: &Path, project: &Path) -> String {
    status(home, project)["content_hash"]
        .as_str()
        .expect("a hash")
        .to_owned()
}

/// A path as text.
pub(crate) fn path(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

/// The folder of the example project.
pub(crate) fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("projects/five-nations")
}

/// Makes a project with a part of the example: the first `n` articles of a few outlets.
pub(crate) fn small_project(home: &Path, n: usize) -> PathBuf {
    small_project_with(home, n, "{}")
}

/// The same with settings as JSON text.
pub(crate) fn small_project_with(home: &Path, n: usize, settings: &str) -> PathBuf {
    let project = home.join("small");
    let file = home.join("settings.json");
    fs::write(&file, settings).expect("a file");
    run_for(0, home, &["new", path(&project), "--settings", path(&file)]);
    for (file, nation) in [("cn-1.jsonl", "CN"), ("de-2.jsonl", "DE")] {
        import_part(home, &project, file, nation, n);
    }
    project
}

/// Imports the first `n` articles of a file of the example.
pub(crate) fn import_part(home: &Path, project: &Path, file: &str, nation: &str, n: usize) {
    // An outlet with a broken byte is read as far as it is text.
    let bytes = fs::read(example().join("data").join(file)).expect("the example");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let part: Vec<&str> = text.lines().take(n).collect();
    let cut = home.join(file);
    fs::write(&cut, part.join("\n")).expect("a file");
    let args = [
        "import",
        path(project),
        path(&cut),
        "--nation",
        nation,
        "--source",
        file,
    ];
    run_for(0, home, &args);
}

/// A demonstration model copied into a folder of its own, to be changed.
pub(crate) fn copied_model(home: &Path, name: &str) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets/models")
        .join(name);
    let to = home.join(name);
    copy_folder(&from, &to);
    to
}

/// Brings a project to the end of the pipeline, all rounds accepted.
pub(crate) fn finish(home: &Path, project: &Path) {
    let out = run(home, &["run", path(project)]);
    match out.status.code() {
        Some(0) => {}
        Some(3) => {
            run_for(0, home, &["review", path(project), "accept", "--all"]);
        }
        other => panic!(
            "run ended with {other:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        ),
    }
    run_for(0, home, &["run", path(project)]);
    run_for(0, home, &["review", path(project), "audit"]);
}

/// Tells whether this machine can draw; says loudly when it cannot.
pub(crate) fn can_draw() -> bool {
    let instance = wgpu::Instance::default();
    let found = !adapters(&instance).is_empty();
    if !found {
        eprintln!(
            "NO GRAPHICS ADAPTER: the window's tests did not run; `bash tests/run` installs mesa-vulkan-drivers"
        );
    }
    found
}

fn adapters(instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
    // The future is ready at once on native back ends; polling it once needs no executor.
    let mut future = Box::pin(instance.enumerate_adapters(wgpu::Backends::all()));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(adapters) => adapters,
        std::task::Poll::Pending => Vec::new(),
    }
}

/// Copies a folder with all it holds.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a kind").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
