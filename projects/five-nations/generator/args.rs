//! The command line: three options, each with a default.

use crate::error::Error;
use std::path::{Path, PathBuf};

/// What the program was told.
pub(crate) struct Args {
    /// Where chance starts.
    pub(crate) seed: u64,
    /// The project folder to write into.
    pub(crate) output: PathBuf,
    /// The folder with the sentence banks.
    pub(crate) banks: PathBuf,
}

impl Args {
    /// Reads the words after the program's name.
    ///
    /// # Errors
    /// If an option is unknown or its value is missing or unreadable.
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Error> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("projects/five-nations");
        let mut args = Self {
            seed: 42,
            banks: project.join("generator/bank"),
            output: project,
        };
        while let Some(option) = words.next() {
            let value = words
                .next()
                .ok_or_else(|| Error::Argument(format!("no value after {option}")))?;
            match option.as_str() {
                "--seed" => {
                    args.seed = value.parse().map_err(|error| {
                        Error::Argument(format!("seed is not a number ({error}): {value}"))
                    })?;
                }
                "--output" => args.output = PathBuf::from(value),
                "--banks" => args.banks = PathBuf::from(value),
                _ => {
                    return Err(Error::Argument(format!(
                        "unknown option (known are --seed, --output, --banks): {option}"
                    )));
                }
            }
        }
        Ok(args)
    }
}
