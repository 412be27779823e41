//! Writes the seeds of all targets to `target/fuzz/seeds`.

use std::fs;
use std::path::Path;

#[path = "src/seeds.rs"]
mod seeds;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=src/seeds.rs");
    println!("cargo::rerun-if-changed=../tests/data");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = here.join("../../target/fuzz/seeds");
    if all.exists() {
        fs::remove_dir_all(&all)?;
    }
    for (number, (target, seed)) in seeds::all(&here.join("../tests/data"))
        .into_iter()
        .enumerate()
    {
        let directory = all.join(target);
        fs::create_dir_all(&directory)?;
        fs::write(directory.join(format!("{number:05}")), seed)?;
    }
    Ok(())
}
