//! The consumer daemon.

use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;

// librdkafka's too: what is allocated on one thread is freed on another, which glibc takes long for (docs/PERFORMANCE.md).
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    consumer::cli::main()
}
