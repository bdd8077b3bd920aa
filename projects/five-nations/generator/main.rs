//! Makes the example project `five-nations`: a corpus of invented news with a known truth.
//!
//! The sentences come from the banks beside this file; everything else is chance from one seed, so
//! equal banks and seed give equal bytes. It knows nothing of the analysis it will be used to test:
//! it does not use the library of this crate.
//!
//! ```text
//! args > bank (language, template) > plan > cast, write > article > rows, files > truth, output
//! ```

mod args;
mod article;
mod bank;
mod calendar;
mod cast;
mod corpus;
mod error;
mod files;
mod language;
mod output;
mod plan;
mod random;
mod rows;
mod summary;
mod template;
mod truth;
mod write;

use crate::args::Args;
use crate::corpus::Corpus;
use crate::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let told = writeln!(io::stderr(), "five_nations: {error}").is_ok();
            ExitCode::from(if told { 1 } else { 2 })
        }
    }
}

fn run() -> Result<(), Error> {
    let args = Args::parse(std::env::args().skip(1))?;
    let corpus = Corpus::make(&args.banks, args.seed)?;
    output::write_corpus(&corpus, &args.output)?;
    let table = summary::summarize(&corpus.truth);
    io::stdout()
        .write_all(table.as_bytes())
        .map_err(Error::file(Path::new("stdout")))
}
