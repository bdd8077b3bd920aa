//! Finds the system's Inter or Noto Sans, and a face with Chinese, among the usual font folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::ui::Faces;
use crate::ui::theme::FaceFile;

/// How deep font folders are searched.
const MAX_DEPTH: usize = 5;

/// File names wanted for running text, best first, with the strong face that goes with each.
const WANTED: &[(&str, &str)] = &[
    ("Inter-Regular.otf", "Inter-SemiBold.otf"),
    ("Inter-Regular.ttf", "Inter-SemiBold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-SemiBold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
];

/// The same for Chinese.
const WANTED_CHINESE: &[(&str, &str)] = &[
    ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"),
    ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf"),
    ("NotoSansSC-Regular.otf", "NotoSansSC-Bold.otf"),
];

/// Position of the simplified Chinese face in Noto's collections (JP, KR, SC, TC, HK).
const NOTO_CJK_SC: u32 = 2;

/// Loads the faces there are; the toolkit's own fill what they lack.
pub(super) fn find() -> Faces {
    let mut files = Vec::new();
    for folder in folders() {
        collect(&folder, 0, &mut files);
    }
    files.sort();
    let mut faces = Faces::default();
    for wanted in [WANTED, WANTED_CHINESE] {
        for (regular, strong) in wanted {
            let (Some(r), Some(s)) = (load(&files, regular), load(&files, strong)) else {
                continue;
            };
            faces.regular.push(r);
            faces.strong.push(s);
            break;
        }
    }
    faces
}

fn folders() -> Vec<PathBuf> {
    let mut out = vec![
        PathBuf::from("/usr/share/fonts"),
        PathBuf::from("/usr/local/share/fonts"),
        PathBuf::from("/Library/Fonts"),
        PathBuf::from("C:\\Windows\\Fonts"),
    ];
    if let Some(home) = std::env::var_os("HOME") {
        out.push(PathBuf::from(&home).join(".local/share/fonts"));
        out.push(PathBuf::from(home).join(".fonts"));
    }
    out
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() && depth < MAX_DEPTH {
            collect(&path, depth + 1, files);
        } else if path.is_file() {
            files.push(path);
        }
    }
}

fn load(files: &[PathBuf], name: &str) -> Option<FaceFile> {
    let path = files
        .iter()
        .find(|p| p.file_name().is_some_and(|n| n == name))?;
    Some(FaceFile {
        name: name.to_owned(),
        bytes: Arc::new(fs::read(path).ok()?),
        index: if name.starts_with("NotoSansCJK-") {
            NOTO_CJK_SC
        } else {
            0
        },
        weight: None,
    })
}
