//! One frame for every binary: command line, configuration, logging, signals, admin port, drain, exit code.

mod health;
mod run;

pub use health::healthcheck;
pub use run::{job, once, quiet_job, run};

use crate::config::{Config, Reader, Settings, Sources, Value};
use crate::lifecycle::Exit;
use crate::output::Output;
use crate::telemetry::Telemetry;
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// The options that say where the configuration comes from; every command has them.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ConfigArgs {
    /// Configuration file (TOML); also by `GLUESTREAM_CONFIG`
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Sets one key, over file and environment; repeatable
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE", value_parser = key_and_value, global = true)]
    pub set: Vec<(String, String)>,
}

impl ConfigArgs {
    /// The layers these options name, with the process's environment.
    pub fn sources(&self) -> Sources {
        Sources::of_process(self.config.clone(), self.set.clone())
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if key.contains('.') => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("expected section.key=value".to_owned()),
    }
}

/// The version, the revision and the compiler of this build.
pub fn version_parts() -> (&'static str, &'static str, &'static str) {
    use crate::telemetry::process;
    (process::VERSION, process::REVISION, process::RUSTC)
}

/// The text of `--version`.
pub const fn long_version() -> &'static str {
    concat!(
        env!("CARGO_PKG_VERSION"),
        " (revision ",
        env!("GLUESTREAM_REVISION"),
        ", rustc ",
        env!("GLUESTREAM_RUSTC"),
        ")"
    )
}

/// Reads an option of the command line that has the words of a configuration key.
///
/// # Errors
/// The text is none of them; the message lists them.
pub fn option<T: Value>(text: &str) -> Result<T, String> {
    T::parse(text)
}

/// Reads the command line.
///
/// # Errors
/// The exit code when there is nothing to run: 0 after `--help` or `--version`, 64 for a wrong command line.
pub fn command_line<P: clap::Parser>() -> Result<P, ExitCode> {
    P::try_parse_from(gathered(std::env::args_os())).map_err(|error| {
        // Nothing is left to do when even the terminal is gone.
        error.print().ok();
        if error.use_stderr() {
            Exit::Usage.into()
        } else {
            Exit::Done.into()
        }
    })
}

/// Puts the options of [`ConfigArgs`] behind all others: given in front of a command and behind it, only those behind
/// would count.
fn gathered(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let (mut others, mut config) = (Vec::new(), Vec::new());
    let mut rest = arguments.peekable();
    while let Some(argument) = rest.next_if(|argument| argument != "--") {
        let text = argument.to_string_lossy();
        let takes_next = matches!(&*text, "--set" | "--config");
        if takes_next || text.starts_with("--set=") || text.starts_with("--config=") {
            config.push(argument);
            config.extend(rest.next_if(|_| takes_next));
        } else {
            others.push(argument);
        }
    }
    others.into_iter().chain(config).chain(rest).collect()
}

/// Reads the configuration, or says every problem on stderr.
///
/// # Errors
/// Exit code 78.
pub fn configure<C: Config>(sources: &Sources) -> Result<Settings<C>, ExitCode> {
    Reader::load(sources).map_err(|problems| {
        say(&format!("{}: {problems}", C::BINARY));
        ExitCode::from(Exit::Configuration)
    })
}

/// Prints the effective configuration, redacted: exit code 0, or 78 with every problem.
pub fn validate<C: Config>(args: &ConfigArgs, output: Output) -> ExitCode {
    print::<C>(args, |settings| match output {
        Output::Text => crate::config::print(&settings.effective),
        Output::Json => crate::config::print_json(&settings.effective),
    })
}

/// Prints what the configuration leads to: exit code 0, or 78 with every problem.
pub fn tell<C: Config>(args: &ConfigArgs, text: impl FnOnce(&C) -> String) -> ExitCode {
    print::<C>(args, |settings| text(&settings.config))
}

fn print<C: Config>(args: &ConfigArgs, text: impl FnOnce(&Settings<C>) -> String) -> ExitCode {
    let settings = match configure::<C>(&args.sources()) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    match std::io::stdout().write_all(text(&settings).as_bytes()) {
        Ok(()) => Exit::Done.into(),
        Err(_) => Exit::Internal.into(),
    }
}

/// Writes a line for people to stderr, before logging is there.
pub fn say(text: &str) {
    // Nothing is left to do when stderr is gone.
    writeln!(std::io::stderr(), "{}", text.trim_end()).ok();
}

/// Telemetry and its admin port for a daemon that shares its process with others.
///
/// # Errors
/// When the address is taken.
pub async fn serve_admin(
    admin: &crate::config::Admin,
    telemetry: &Telemetry,
    until: tokio_util::sync::CancellationToken,
) -> Result<AdminPort, std::io::Error> {
    let (listener, address) = crate::admin::bind(admin.listen).await?;
    let router = crate::admin::guard(
        crate::admin::routes(telemetry),
        crate::admin::AllowedHosts::new(&admin.allowed_hosts),
    );
    let history = telemetry.history().clone();
    let serving = async move {
        tokio::select! {
            served = crate::admin::serve(listener, router, until) => served,
            () = history.keep() => Ok(()),
        }
    };
    Ok(AdminPort {
        address,
        serving: Box::pin(serving),
    })
}

/// A bound admin port, to be driven by a task.
pub struct AdminPort {
    /// The address it listens on.
    pub address: std::net::SocketAddr,
    /// Serves until the token given to [`serve_admin`] is cancelled.
    pub serving: std::pin::Pin<Box<dyn Future<Output = Result<(), std::io::Error>> + Send>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_configuration_count_wherever_they_stand() {
        let gather = |text: &str| {
            let arguments = text.split(' ').map(OsString::from);
            let gathered = gathered(arguments).into_iter();
            let texts: Vec<_> = gathered.map(|own| own.into_string().unwrap()).collect();
            texts.join(" ")
        };
        for (given, expected) in [
            ("p", "p"),
            ("p run", "p run"),
            (
                "p --set a.b=1 run --set=c.d=2",
                "p run --set a.b=1 --set=c.d=2",
            ),
            (
                "p --config f run --set a=1 --json",
                "p run --json --config f --set a=1",
            ),
            ("p run --set", "p run --set"),
            ("p run -- --set a.b=1", "p run -- --set a.b=1"),
            ("p --set x.y=1 run -- --set", "p run --set x.y=1 -- --set"),
        ] {
            assert_eq!(gather(given), expected);
        }
    }
}
