//! A running quickstart whose parts tests ask for their metrics.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};

/// Ends the process whatever the test says.
pub(crate) struct Live {
    child: Child,
    /// Which part listens where.
    places: Vec<(&'static str, String)>,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Live {
    pub(crate) fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
        for port in ["--producer-admin", "--consumer-admin", "--stub-listen"] {
            command.args([port, "127.0.0.1:0"]);
        }
        let mut child = command
            .env_clear()
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let mut live = Self {
            child,
            places: Vec::new(),
        };
        live.places = addresses(stderr);
        live
    }

    /// What each part exposes now.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.places
            .iter()
            .map(|(binary, address)| (*binary, metrics(address)))
    }
}

/// What quickstart says at start: which part listens where. The rest is read away.
fn addresses(stderr: ChildStderr) -> Vec<(&'static str, String)> {
    let mut lines = BufReader::new(stderr);
    let mut found = Vec::new();
    while found.len() < 3 {
        let mut line = String::new();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "ended early");
        for (said, binary) in [
            ("schema registry ", "registry-stub"),
            ("producer ", "producer"),
            ("consumer ", "consumer"),
        ] {
            if let Some(address) = line
                .strip_prefix(said)
                .and_then(|rest| rest.trim().strip_prefix("http://"))
            {
                found.push((binary, address.trim_end_matches('/').to_owned()));
            }
        }
    }
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    found
}

fn metrics(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
