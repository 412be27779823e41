//! What the fuzzer once found, and the seeds that it begins with, run through its targets.

use std::fs;
use std::path::Path;

use crate::fuzz::{self, TARGETS, seeds};

fn data() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data"))
}

#[test]
fn finds_are_finds_no_longer() {
    for directory in fs::read_dir(data().join("fuzz")).unwrap() {
        let directory = directory.unwrap();
        let name = directory.file_name().into_string().unwrap();
        for find in fs::read_dir(directory.path()).unwrap() {
            fuzz::run(&name, &fs::read(find.unwrap().path()).unwrap());
        }
    }
}

#[test]
fn every_target_holds_for_its_seeds() {
    let seeds = seeds::all(data());
    for target in &TARGETS {
        let own: Vec<_> = seeds
            .iter()
            .filter(|(name, _)| *name == target.name)
            .collect();
        assert!(own.len() > 20, "{} seeds of {}", own.len(), target.name);
        for (name, seed) in own {
            fuzz::run(name, seed);
        }
    }
}
