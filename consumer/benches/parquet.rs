//! Frames to Parquet beside arrow-avro alone, in nanoseconds of CPU a record `order`.
//!
//! Ours is the daemon as it runs, on the embedded Kafka: what its decoding and its delivering thread have taken. The
//! floor takes bare datums from memory, and writes the same rows. They take turns, and the median of the rounds counts.
//! With a file as argument, the lines that a file sink writes of the records are left there, for `parquet.py`.

#[path = "parquet/bed.rs"]
mod bed;
#[path = "parquet/cpu.rs"]
mod cpu;
#[path = "parquet/floor.rs"]
mod floor;

use bed::Bed;
use std::fs;
use std::io::{self, Write as _};
use tikv_jemallocator::Jemalloc;

// As in the daemon.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

const ROUNDS: usize = 9;
const LINES: &str = "lines.ndjson";

/// Steps, what they took in each round, and the step that each is held against.
struct Costs([(&'static str, Vec<f64>, usize); 5]);

impl Costs {
    fn new() -> Self {
        let step = |name, beside| (name, Vec::with_capacity(ROUNDS), beside);
        Self([
            step("arrow-avro alone", 0),
            step("ours, frames to rows", 0),
            step("arrow-avro alone, and Parquet", 2),
            step("ours, frames to Parquet", 2),
            step("ours, frames to lines in a file", 2),
        ])
    }

    fn add(&mut self, round: [f64; 5]) {
        for ((_, rounds, _), cost) in self.0.iter_mut().zip(round) {
            rounds.push(cost);
            rounds.sort_by(f64::total_cmp);
        }
    }

    fn print(&self) -> io::Result<()> {
        let mut stdout = io::stdout();
        let median = |at: usize| self.0[at].1[ROUNDS / 2];
        for (at, (name, rounds, beside)) in self.0.iter().enumerate() {
            let (least, most) = (rounds[0], rounds[ROUNDS - 1]);
            let (cost, ratio) = (median(at), median(at) / median(*beside));
            writeln!(
                stdout,
                "{name:36} {cost:6.0} {least:6.0}-{most:.0} x {ratio:.2}"
            )?;
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let bed = Bed::new().await?;
    let mut costs = Costs::new();
    for round in 0..=ROUNDS {
        let (rows, lines) = (format!("rows-{round}"), format!("{round}.ndjson"));
        let alone = floor::decode(&bed.frames)?;
        let ours = bed.write_rows(&rows).await?;
        let of_lines = bed.write_lines(&lines).await?;
        let written = floor::write(&bed.files(&rows))?;
        // The first one warms up.
        if round > 0 {
            costs.add([
                alone,
                ours.decode,
                alone + written,
                ours.decode + ours.deliver,
                of_lines.decode + of_lines.deliver,
            ]);
        }
        fs::remove_dir_all(bed.path(&rows))?;
        fs::rename(bed.path(&lines), bed.path(LINES))?;
    }
    // Cargo's own arguments begin with a dash.
    if let Some(file) = std::env::args().skip(1).find(|arg| !arg.starts_with('-')) {
        fs::copy(bed.path(LINES), file)?;
    }
    costs.print()?;
    Ok(())
}
