//! The producer daemon.

use tikv_jemallocator::Jemalloc;

// librdkafka's too: it allocates on one thread what another frees, a fifth of the CPU with glibc (docs/PERFORMANCE.md).
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> std::process::ExitCode {
    producer::cli::main()
}
