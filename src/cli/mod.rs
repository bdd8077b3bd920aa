//! The command line: one file per command, the same code as the window.
//!
//! Standard output carries only the result, with `--json` exactly one object; progress and messages
//! go to standard error. Exit codes: 0 done, 1 failed, 2 wrong use, 3 waiting for review, 130 Ctrl-C.

mod align;
mod compare;
mod console;
mod demo;
mod evaluate;
mod export;
mod import;
mod new;
mod report;
mod review;
mod run;
mod status;
mod tool;
mod topics;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::algo::map::MapError;
use crate::base::clock::SystemClock;
use crate::base::observe::Cancelled;
use crate::jobs::{Engine, JobsError};
use crate::nn::NnError;
use console::Console;

/// News of several nations to value statements, reviewed conflicts and a map.
#[derive(Parser)]
#[command(
    name = "meridian",
    version,
    about,
    after_help = "Without a command the window opens. Exit codes: 0 done, \
1 failed, 2 wrong use, 3 waiting for review, 130 stopped by Ctrl-C."
)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Open a project in the window
    Open {
        /// The project's folder
        project: PathBuf,
    },
    /// Run the five-nations example from files to report, and open it
    Demo(demo::DemoArgs),
    /// Make an empty project
    New(new::NewArgs),
    /// Import news files into a project
    Import(import::ImportArgs),
    /// Go on with the pipeline, as far as the review of flagged edges
    Run(run::RunArgs),
    /// Tell where a project stands
    Status(status::StatusArgs),
    /// List, accept, apply, export or audit the review of flagged edges
    Review(review::ReviewArgs),
    /// Draw pairs of statements for people to judge, and tell rates and agreement
    Verify(verify::VerifyArgs),
    /// List topics, edit them, and take edits back
    Topics(topics::TopicsArgs),
    /// Evaluate how far a language model agrees with the statements
    Evaluate(evaluate::EvaluateArgs),
    /// Train adapters by preference, and evaluate before and after
    Align(align::AlignArgs),
    /// Compare two evaluations item by item
    Compare(compare::CompareArgs),
    /// Write the report: one HTML page, and its figures and tables as files
    Report(report::ReportArgs),
    /// Write documents, topics, statements, triples, decisions, results or matches to a file
    Export(export::ExportArgs),
    /// The engines alone, on arrays, JSON lines and model folders
    #[command(subcommand)]
    Tool(tool::Tool),
}

/// How a command ended.
enum Ended {
    Done,
    AwaitingReview,
}

/// Runs the program; this is all of `main`.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version go to standard output with 0, mistakes to standard error with 2.
            let code = if error.use_stderr() { 2 } else { 0 };
            return match error.print() {
                Ok(()) => ExitCode::from(code),
                Err(_) => ExitCode::FAILURE,
            };
        }
    };
    let console = Console::new();
    let result = match args.command {
        None => crate::app::run_window(None).map(|()| Ended::Done),
        Some(Command::Open { project }) => {
            crate::app::run_window(Some(&project)).map(|()| Ended::Done)
        }
        Some(Command::Demo(a)) => demo::demo(&a, &console),
        Some(Command::New(a)) => new::new(&a, &console),
        Some(Command::Import(a)) => import::import(&a, &console),
        Some(Command::Run(a)) => run::run(&a, &console),
        Some(Command::Status(a)) => status::status(&a, &console),
        Some(Command::Review(a)) => review::review(&a, &console),
        Some(Command::Verify(a)) => verify::verify(&a, &console),
        Some(Command::Topics(a)) => topics::topics(&a, &console),
        Some(Command::Evaluate(a)) => evaluate::evaluate(&a, &console),
        Some(Command::Align(a)) => align::align(&a, &console),
        Some(Command::Compare(a)) => compare::compare(&a, &console),
        Some(Command::Tool(a)) => tool::tool(&a, &console),
        Some(Command::Report(a)) => report::report(&a, &console),
        Some(Command::Export(a)) => export::export(&a, &console),
    };
    match result {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::AwaitingReview) => ExitCode::from(3),
        Err(error) => {
            let canceled = is_cancel(&error);
            console.error(&error);
            ExitCode::from(if canceled { 130 } else { 1 })
        }
    }
}

/// Tells whether the work ended because it was asked to stop.
fn is_cancel(error: &anyhow::Error) -> bool {
    error.chain().any(|e| {
        e.downcast_ref::<JobsError>()
            .is_some_and(JobsError::is_cancel)
            || matches!(e.downcast_ref(), Some(MapError::Cancelled(_)))
            || matches!(e.downcast_ref(), Some(NnError::Cancelled(_)))
            || e.is::<Cancelled>()
    })
}

/// Opens a project for writing with the offline annotator.
fn open_engine(project: &std::path::Path) -> Result<Engine, JobsError> {
    Engine::open(
        project,
        crate::app::offline_annotator(),
        std::sync::Arc::new(SystemClock),
    )
}
