//! The registry stub's binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    match runtime::daemon::command_line() {
        Ok(cli) => registry_stub::cli::run(cli),
        Err(code) => code,
    }
}
