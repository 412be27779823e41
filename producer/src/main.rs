//! The producer daemon.

fn main() -> std::process::ExitCode {
    producer::cli::main()
}
