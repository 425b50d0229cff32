//! The program; everything is in the library.

use std::process::ExitCode;

/// Manifests and live states are many small pieces, which this allocator is quicker with than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ufsync::cli::main()
}
