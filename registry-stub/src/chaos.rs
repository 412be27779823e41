//! `registry-stub chaos`: troubles a running stub now and then, so that its clients are seen to live through it.
//!
//! It only puts faults that end by themselves: whatever becomes of this command, the registry is well again soon.

use std::process::ExitCode;
use std::time::Duration;

use runtime::daemon::{self, ConfigArgs};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::StubConfig;

/// How long the stub may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// What matters of an answer is its first line.
const STATUS_LINE: usize = "HTTP/1.1 200".len();

/// The options of `chaos`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the stub listens
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8181")]
    at: String,
    /// How long each trouble lasts
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = daemon::option::<Duration>)]
    trouble: Duration,
    /// How long nothing happens between two of them
    #[arg(long, value_name = "DURATION", default_value = "45s", value_parser = daemon::option::<Duration>)]
    calm: Duration,
}

/// What happens to the registry, by turns.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Throttled,
    Slow,
    Away,
}

const TURNS: [Trouble; 3] = [Trouble::Throttled, Trouble::Slow, Trouble::Away];

impl Trouble {
    /// The faults that make it, by their names.
    fn faults(self, lasts: Duration) -> Value {
        let lasts = format!("{}ms", lasts.as_millis().max(1));
        match self {
            Self::Throttled => json!({"throttled": {"throttle": "1/s", "for": lasts}}),
            Self::Slow => json!({
                "slow": {"latency": "500ms", "jitter": "1s", "errors": 20, "for": lasts}
            }),
            Self::Away => json!({"away": {"refuse": true, "for": lasts}}),
        }
    }
}

/// Runs the command until it is told to end.
pub(crate) fn main(args: Args, config: &ConfigArgs) -> ExitCode {
    daemon::job::<StubConfig, _, _>(config, async move |_, tasks, _| {
        let end = tasks.draining().clone();
        tasks.spawn("chaos", async move {
            end.run_until_cancelled(take_turns(&args)).await;
            Ok(())
        });
        Ok(())
    })
}

async fn take_turns(args: &Args) {
    for trouble in TURNS.into_iter().cycle() {
        sleep(args.calm).await;
        let lasts = format!("{:?}", args.trouble);
        match put(&args.at, &trouble.faults(args.trouble)).await {
            Ok(()) => tracing::warn!(?trouble, lasts, "the registry is in trouble"),
            Err(error) => {
                tracing::error!(at = args.at, %error, "the stub does not take faults");
            }
        }
        sleep(args.trouble).await;
    }
}

/// Replaces the stub's faults.
async fn put(at: &str, faults: &Value) -> std::io::Result<()> {
    let body = faults.to_string();
    let length = body.len();
    let request = format!(
        "PUT /_stub/faults HTTP/1.1\r\nHost: {at}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    let status = timeout(PATIENCE, status_of(at, &request)).await??;
    if status.ends_with(" 200") {
        return Ok(());
    }
    Err(std::io::Error::other(format!("it answered {status}")))
}

async fn status_of(at: &str, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(at).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; STATUS_LINE];
    stream.read_exact(&mut head).await?;
    Ok(String::from_utf8_lossy(&head).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults;

    #[test]
    fn every_trouble_is_made_of_faults_that_the_stub_takes_and_that_end() {
        for trouble in TURNS {
            let faults = trouble.faults(Duration::from_secs(15));
            let rules = faults::from_json(faults.to_string().as_bytes());
            assert!(rules.is_ok(), "{trouble:?}: {rules:?}");
            for fault in faults.as_object().unwrap().values() {
                assert_eq!(fault["for"], "15000ms", "{trouble:?}");
            }
        }
    }
}
