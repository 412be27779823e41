//! The consumer daemon.

use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

// librdkafka's too: it allocates on one thread what another frees, a fifth of the CPU with glibc (docs/PERFORMANCE.md).
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    consumer::cli::main()
}
