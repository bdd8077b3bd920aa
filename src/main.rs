//! Reads flags and runs; no logic lives here.

use std::process::ExitCode;

/// A network takes and gives back tens of megabytes many times a second. The system's allocator returns
/// them to the kernel each time, and half of a training step went into fresh pages.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    meridian::nn::threads::keep_to_one_pool();
    meridian::cli::main()
}
