//! House rules as ordinary tests: floors, doors, docs, colors, threads, channels, shaders' twins.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Room, rooms it may import, in reading order.
const FLOORS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("domain", &["base"]),
    ("algo", &["base", "domain"]),
    ("figure", &["base", "domain"]),
    ("formats", &["base", "domain"]),
    ("gpu", &["base"]),
    ("nn", &["base", "domain"]),
    ("annotate", &["base", "domain"]),
    ("report", &["base", "domain", "figure"]),
    ("store", &["base", "domain"]),
    (
        "stages",
        &[
            "base", "domain", "algo", "nn", "figure", "formats", "annotate", "report", "store",
        ],
    ),
    ("jobs", &["base", "domain", "annotate", "store", "stages"]),
    ("snapshot", &["base", "domain", "algo", "store", "stages"]),
    ("ui", &["base", "domain", "figure", "gpu", "snapshot"]),
    (
        "app",
        &[
            "base", "domain", "algo", "nn", "figure", "formats", "gpu", "annotate", "report",
            "store", "stages", "jobs", "snapshot", "ui",
        ],
    ),
    (
        "cli",
        &[
            "base", "domain", "algo", "nn", "figure", "formats", "gpu", "annotate", "report",
            "store", "stages", "jobs", "snapshot", "app",
        ],
    ),
];

/// Crate, rooms that may name it.
const DOORS: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("memmap2", &["store", "nn"]),
    ("candle_core", &["nn"]),
    ("candle_nn", &["nn"]),
    ("tokenizers", &["nn"]),
    ("minijinja", &["nn"]),
    ("minijinja_contrib", &["nn"]),
    ("half", &["nn"]),
    ("regex", &["nn"]),
    ("safetensors", &["nn"]),
    ("egui_plot", &["ui"]),
    ("rfd", &["app"]),
    ("eframe", &["app"]),
    ("egui", &["ui", "app"]),
    ("egui_wgpu", &["ui", "app"]),
    ("egui_plot", &["ui"]),
    ("wgpu", &["gpu", "ui"]),
    ("pollster", &["gpu"]),
    ("png", &["formats"]),
    ("csv", &["formats"]),
    ("encoding_rs", &["formats"]),
    ("chardetng", &["formats"]),
    ("flate2", &["formats"]),
    ("zstd", &["formats"]),
    ("jieba_rs", &["base"]),
    ("rust_stemmers", &["base"]),
    ("icu_normalizer", &["base"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("ctrlc", &["cli"]),
    ("anyhow", &["app", "cli"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Every source file with its room and text.
fn files() -> Vec<(String, PathBuf, String)> {
    let mut paths = Vec::new();
    sources(&root().join("src"), &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let tail = path
                .strip_prefix(root().join("src"))
                .expect("below src")
                .to_owned();
            let room = tail
                .components()
                .next()
                .map(|c| c.as_os_str().to_string_lossy().into_owned())
                .unwrap_or_default();
            let text = fs::read_to_string(&path).expect("text");
            (room, path, text)
        })
        .collect()
}

/// Lines of code: no comment lines, nothing after the tests begin.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|l| l.trim() != "#[cfg(test)]")
        .filter(|l| !l.trim_start().starts_with("//"))
}

#[test]
fn rooms_import_downward() {
    let allowed: BTreeMap<&str, &[&str]> = FLOORS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (room, path, text) in files() {
        let Some(may) = allowed.get(room.as_str()) else {
            continue;
        };
        for line in code(&text) {
            for (other, _) in FLOORS {
                let names = line.contains(&format!("crate::{other}::"))
                    || line.contains(&format!("crate::{other};"));
                if names && *other != room && !may.contains(other) {
                    wrong.push(format!(
                        "{} imports {other}: {}",
                        path.display(),
                        line.trim()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn doors_hold() {
    let mut wrong = Vec::new();
    for (room, path, text) in files() {
        for line in code(&text) {
            for (krate, rooms) in DOORS {
                let named = line.contains(&format!("use {krate}::"))
                    || line
                        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                        .any(|w| w.starts_with(&format!("{krate}::")));
                if named && !rooms.contains(&room.as_str()) {
                    wrong.push(format!("{} names {krate}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_is_on_the_map() {
    let map = fs::read_to_string(root().join("src/lib.rs")).expect("lib.rs");
    for entry in fs::read_dir(root().join("src")).expect("src") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            let room = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            assert!(
                map.contains(&format!("[`{room}`]")),
                "src/lib.rs does not mention {room}"
            );
            assert!(
                FLOORS.iter().any(|(r, _)| *r == room),
                "{room} has no floor"
            );
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut paths = Vec::new();
    for folder in ["src", "tests", "projects"] {
        sources(&root().join(folder), &mut paths);
    }
    for path in paths {
        let text = fs::read_to_string(&path).expect("text");
        assert!(
            text.starts_with("//!"),
            "{} does not begin with //!",
            path.display()
        );
    }
}

#[test]
fn colors_come_from_theme_and_palette() {
    let marks = [
        "Color32::from_rgb",
        "Color32::from_rgba",
        "Color32::from_gray",
        "Color32::from_hex",
        "hex_color!",
    ];
    for (_, path, text) in files() {
        let at_home = path.ends_with("ui/theme.rs") || path.ends_with("figure/palette.rs");
        if at_home {
            continue;
        }
        for line in code(&text) {
            assert!(
                !marks.iter().any(|m| line.contains(m)),
                "{} makes a color: {}",
                path.display(),
                line.trim()
            );
        }
    }
}

#[test]
fn threads_are_named_and_channels_bounded() {
    for (_, path, text) in files() {
        for line in code(&text) {
            assert!(
                !line.contains("thread::spawn("),
                "{} starts an unnamed thread",
                path.display()
            );
            assert!(
                !line.contains("mpsc::channel("),
                "{} makes an unbounded channel",
                path.display()
            );
        }
    }
}

#[test]
fn every_test_file_is_in_the_binary() {
    let main = fs::read_to_string(root().join("tests/it/main.rs")).expect("main.rs");
    for entry in fs::read_dir(root().join("tests/it")).expect("tests/it") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let is_test = path.extension().is_some_and(|e| e == "rs") && name != "main";
        assert!(
            !is_test || main.contains(&format!("mod {name};")),
            "{name} is not in tests/it/main.rs"
        );
    }
}

#[test]
fn every_shader_has_a_twin() {
    for entry in fs::read_dir(root().join("shaders")).expect("shaders") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "wgsl") {
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(&path).expect("text");
            assert!(
                text.contains(&format!("src/gpu/{name}.rs")),
                "{} does not name its twin",
                path.display()
            );
            assert!(
                root().join(format!("src/gpu/{name}.rs")).exists(),
                "{name} has no twin"
            );
        }
    }
}

#[test]
fn nothing_names_this_machine() {
    let marks = [
        "/home/",
        "/root/",
        concat!("/wor", "k/"),
        "crates.io",
        "registry.npm",
    ];
    for (_, path, text) in files() {
        for mark in marks {
            assert!(!text.contains(mark), "{} names {mark}", path.display());
        }
    }
}
