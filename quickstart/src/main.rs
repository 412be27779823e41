//! Producer, consumer, registry stub and an embedded Kafka in one process.

use std::process::ExitCode;

fn main() -> ExitCode {
    quickstart::cli::main()
}
