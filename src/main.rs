//! Reads flags and runs; no logic lives here.

use std::process::ExitCode;

fn main() -> ExitCode {
    meridian::cli::main()
}
