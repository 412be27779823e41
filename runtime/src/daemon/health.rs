//! `healthcheck`: asks the daemon beside it, so that images need no other tool.

use super::{ConfigArgs, configure, say};
use crate::config::Config;
use crate::lifecycle::Exit;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(3);

/// Asks `/live` (or `/ready`) of the configured address: exit code 0 when it holds, 1 when not.
pub fn healthcheck<C: Config>(args: &ConfigArgs, ready: bool) -> ExitCode {
    let settings = match configure::<C>(&args.sources()) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    let address = reachable(settings.config.listen());
    if address.port() == 0 {
        say("the configured port is 0 (a free one): healthcheck cannot know which it is");
        return Exit::Configuration.into();
    }
    let path = if ready { "/ready" } else { "/live" };
    match ask(address, path) {
        Ok(200) => ExitCode::SUCCESS,
        Ok(status) => {
            say(&format!("{address}{path} answered {status}"));
            ExitCode::FAILURE
        }
        Err(error) => {
            say(&format!("{address}{path} cannot be asked: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// A wildcard address is asked on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn ask(address: SocketAddr, path: &str) -> Result<u16, std::io::Error> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    let status = std::str::from_utf8(&head)
        .ok()
        .and_then(|text| text.strip_prefix("HTTP/1.1 ")?.parse().ok());
    status.ok_or_else(|| std::io::Error::other("the answer is not HTTP"))
}
