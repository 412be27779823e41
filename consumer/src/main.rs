//! The consumer daemon.

use std::process::ExitCode;

fn main() -> ExitCode {
    consumer::cli::main()
}
