//! Writes the corpus into the project folder.

use crate::corpus::Corpus;
use crate::error::Error;
use serde::Serialize;
use std::fs;
use std::path::Path;

/// Writes all files, over older ones.
///
/// # Errors
/// If a file cannot be written.
pub(crate) fn write_corpus(corpus: &Corpus, folder: &Path) -> Result<(), Error> {
    let data = folder.join("data");
    fs::create_dir_all(&data).map_err(Error::file(&data))?;
    for file in &corpus.files {
        let path = folder.join(&file.path);
        fs::write(&path, &file.bytes).map_err(Error::file(&path))?;
    }
    write_json(&folder.join("project.json"), &corpus.project)?;
    write_json(&folder.join("contested.json"), &corpus.contested)?;
    write_lines(&folder.join("truth.jsonl"), &corpus.truth)?;
    write_lines(&folder.join("broken.jsonl"), &corpus.broken)
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let mut text =
        serde_json::to_string_pretty(value).map_err(|error| Error::Corpus(error.to_string()))?;
    text.push('\n');
    fs::write(path, text).map_err(Error::file(path))
}

fn write_lines<T: Serialize>(path: &Path, values: &[T]) -> Result<(), Error> {
    let mut text = String::new();
    for value in values {
        let line =
            serde_json::to_string(value).map_err(|error| Error::Corpus(error.to_string()))?;
        text.push_str(&line);
        text.push('\n');
    }
    fs::write(path, text).map_err(Error::file(path))
}
