//! Records the compiler and the revision for `--version`, `/version` and `gluestream_build_info`.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo hands a build script its settings in the environment"
)]

use std::path::Path;
use std::process::Command;

fn main() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = output(Command::new(rustc).arg("--version"));
    let revision = std::env::var("GLUESTREAM_REVISION")
        .ok()
        .or_else(|| output(Command::new("git").args(["rev-parse", "--short=12", "HEAD"])));
    println!(
        "cargo::rustc-env=GLUESTREAM_RUSTC={}",
        version
            .as_deref()
            .and_then(|text| text.split(' ').nth(1))
            .unwrap_or("unknown")
    );
    println!(
        "cargo::rustc-env=GLUESTREAM_REVISION={}",
        revision.as_deref().unwrap_or("unknown")
    );
    println!("cargo::rerun-if-env-changed=GLUESTREAM_REVISION");
    println!("cargo::rerun-if-changed=build.rs");
    // Grows with each commit and checkout. A file that is not there, as in an image's build, would count as changed each time.
    let moves = output(Command::new("git").args(["rev-parse", "--git-path", "logs/HEAD"]));
    if let Some(moves) = moves.filter(|path| Path::new(path).exists()) {
        println!("cargo::rerun-if-changed={moves}");
    }
}

fn output(command: &mut Command) -> Option<String> {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
