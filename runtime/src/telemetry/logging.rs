//! Log lines on stderr, in text or JSON, with a level that can be changed while running.

use crate::config::{LogConfig, LogFormat};
use crate::terminal;
use std::sync::OnceLock;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

static LEVEL: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Installs the process's subscriber and panic hook; only `main` does this, once.
///
/// # Errors
/// When the level is no filter.
pub fn install(config: &LogConfig) -> Result<(), String> {
    let (filter, handle) = reload::Layer::new(filter(&config.level)?);
    let layer = match config.format {
        LogFormat::Text => fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(terminal::has_colours(&std::io::stderr()))
            .boxed(),
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_writer(std::io::stderr)
            .boxed(),
    };
    if tracing_subscriber::registry()
        .with(filter)
        .with(layer)
        .try_init()
        .is_ok()
    {
        LEVEL.get_or_init(|| handle);
        std::panic::set_hook(Box::new(log_panic));
    }
    Ok(())
}

/// Changes the level of the running process.
///
/// # Errors
/// When the text is no filter, or no subscriber of ours is installed.
pub fn set_level(directives: &str) -> Result<(), String> {
    check_level(directives)?;
    let handle = LEVEL
        .get()
        .ok_or("logging is not ours to change in this process")?;
    handle
        .reload(filter(directives.trim())?)
        .map_err(|error| error.to_string())
}

/// Whether the text is a level, or directives one of which is a level for all.
///
/// # Errors
/// Says what a level is. Without one, a mistyped level would be taken for the name of a target and
/// silence everything.
pub fn check_level(directives: &str) -> Result<(), String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = |part: &str| LEVELS.contains(&part.trim().to_ascii_lowercase().as_str());
    if !directives.split(',').any(is_level) {
        return Err(format!("one of {} is needed", LEVELS.join(", ")));
    }
    filter(directives).map(|_| ())
}

/// The AWS SDK warns in pages of debug text about each place that has no credentials, which its error
/// then sums up; who wants them asks for `aws_config=warn`.
fn filter(directives: &str) -> Result<EnvFilter, String> {
    EnvFilter::try_new(format!("aws_config=error,{directives}")).map_err(|error| error.to_string())
}

/// Says where, never what: a panic's message may quote a record.
fn log_panic(info: &std::panic::PanicHookInfo<'_>) {
    let place = info
        .location()
        .map_or_else(|| "unknown place".to_owned(), ToString::to_string);
    let thread = std::thread::current()
        .name()
        .unwrap_or("unnamed")
        .to_owned();
    tracing::error!(place, thread, "panicked: this is a bug");
}
