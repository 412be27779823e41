//! `producer encode | consumer decode`: a line out for each line in, equal by value, in bounded memory.

use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/order.avsc");
const ID: &str = "75db6fea-2b3f-4283-8abc-805f5381fee9";
/// After so many lines both commands have all the buffers that they need.
const WARM: usize = 2_000;
/// What a command may grow by after that.
const GROWTH_KIB: usize = 4 << 10;
/// No test waits longer for so many lines.
const PATIENCE: fn(usize) -> Duration = |lines| Duration::from_secs(60 + lines as u64 / 1_000);

#[test]
fn lines_run_through_both_commands_in_bounded_memory() {
    stream(100_000);
}

#[test]
#[ignore = "long"]
fn a_million_lines_run_through_both_commands_in_bounded_memory() {
    stream(1_000_000);
}

/// One command's output is the other's input, as in a shell.
struct Pipe {
    encode: Child,
    decode: Child,
}

impl Pipe {
    fn start() -> Self {
        let encode = command("producer", "encode")
            .args(["--schema-version-id", ID])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut encode = encode.unwrap();
        let frames = encode.stdout.take().unwrap();
        let decode = command("consumer", "decode")
            .stdin(Stdio::from(frames))
            .stdout(Stdio::piped())
            .spawn();
        let decode = decode.unwrap();
        Self { encode, decode }
    }

    /// The largest sizes that the commands have had, in KiB.
    fn peaks(&self) -> [usize; 2] {
        [&self.encode, &self.decode].map(|child| {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
            peak.unwrap().trim().parse().unwrap()
        })
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // Both have ended by now, unless a test failed.
        for child in [&mut self.encode, &mut self.decode] {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// A command of a binary that `cargo test --workspace` has built beside quickstart's own.
fn command(binary: &str, name: &str) -> Command {
    let path = Path::new(env!("CARGO_BIN_EXE_quickstart")).with_file_name(binary);
    assert!(
        path.is_file(),
        "{binary} is missing: test the whole workspace"
    );
    let mut command = Command::new(path);
    command.env_clear().args([name, "--schema", SCHEMA]);
    command
}

/// Both commands have written all there is, and still wait for more, when their memory is looked at.
fn stream(lines: usize) {
    let mut pipe = Pipe::start();
    let (stdin, stdout) = (pipe.encode.stdin.take(), pipe.decode.stdout.take());
    let writer = std::thread::spawn(move || write(lines, stdin.unwrap()));
    let (arrived, arrival) = sync_channel(2);
    let reader = std::thread::spawn(move || read(lines, stdout.unwrap(), &arrived));
    let peaks_after = |what: &str| {
        let arrived = arrival.recv_timeout(PATIENCE(lines));
        arrived.unwrap_or_else(|error| panic!("{what}: {error}"));
        pipe.peaks()
    };
    let warm = peaks_after("the first lines");
    let last = peaks_after("all lines");
    let (stdin, written) = writer.join().unwrap();
    assert!(
        written >> 10 > 4 * GROWTH_KIB,
        "what is held would be seen: {written} bytes"
    );
    for (command, (warm, last)) in ["encode", "decode"].iter().zip(warm.iter().zip(&last)) {
        let limit = warm + GROWTH_KIB;
        assert!(last < &limit, "{command} grew from {warm} to {last} KiB");
    }
    drop(stdin);
    reader.join().unwrap();
    for child in [&mut pipe.encode, &mut pipe.decode] {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

/// Writes so many orders; gives how many bytes they took, and what they were written to, which stays open.
fn write(lines: usize, stdin: ChildStdin) -> (ChildStdin, usize) {
    let (mut out, mut line, mut bytes) = (BufWriter::new(stdin), String::new(), 0);
    for number in 0..lines {
        order(number, &mut line);
        writeln!(out, "{line}").unwrap();
        bytes += line.len() + 1;
    }
    (out.into_inner().unwrap(), bytes)
}

/// Reads so many answers, tells when the first and when all have arrived, and waits for the end.
fn read(lines: usize, stdout: ChildStdout, arrived: &SyncSender<()>) {
    let (mut out, mut line, mut expected) = (BufReader::new(stdout), String::new(), String::new());
    for number in 0..lines {
        line.clear();
        out.read_line(&mut line).unwrap();
        order(number, &mut expected);
        let is_ok = line.starts_with(r#"{"ok":true,"#);
        let value = line.split_once(r#","value":"#);
        let value = value.and_then(|(_, rest)| rest.strip_suffix("}\n"));
        let value = value.filter(|_| is_ok).unwrap_or_else(|| panic!("{line}"));
        if value != expected {
            let parse = |text| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(parse(value), parse(&expected));
        }
        if number + 1 == WARM || number + 1 == lines {
            arrived.send(()).unwrap();
        }
    }
    line.clear();
    assert_eq!(
        out.read_line(&mut line).unwrap(),
        0,
        "a line too many: {line}"
    );
}

/// An order as its decoder writes it.
fn order(number: usize, line: &mut String) {
    line.clear();
    let (millisecond, user) = (number % 1_000, "u".repeat(100));
    write!(
        line,
        r#"{{"order_id":"id-{number}","ordered_at":"2023-04-12T13:45:33.{millisecond:03}Z","user_id":"{user}","order_items":[{{"product_id":{number},"quantity":1}}]}}"#
    )
    .unwrap();
}
