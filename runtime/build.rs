//! Records the compiler and the revision for `--version`, `/version` and `gluestream_build_info`.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo hands a build script its settings in the environment"
)]

use std::path::Path;
use std::process::Command;

/// What a commit is checked out; not there where only the sources are, as in an image's build.
const HEAD: &str = "../.git/HEAD";

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
    // A file that is not there counts as changed each time.
    if Path::new(HEAD).exists() {
        println!("cargo::rerun-if-changed={HEAD}");
    }
}

fn output(command: &mut Command) -> Option<String> {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
