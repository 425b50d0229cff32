//! What goes to stderr: text for people, or one JSON object a line for other programs.

use std::io::{self, Write};
use std::sync::OnceLock;

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::api::Waiting;
use crate::report;

/// The form of what goes to stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For a person.
    #[default]
    Text,
    /// One JSON object a line, with `timestamp`, `level` and `message`.
    Json,
}

/// It is known from the start on, and the same for all that is written: also by the client, which knows of no command line.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Whether other programs read what goes to stderr.
pub(crate) fn is_json() -> bool {
    FORMAT.get() == Some(&LogFormat::Json)
}

/// Sets the form, and sends the client's log to stderr: with 1 repeated calls, with 2 every request.
pub(crate) fn start(format: LogFormat, verbose: u8) {
    // A second one in the same process is refused, here and below; the first stays.
    FORMAT.get_or_init(|| format);
    let level = match verbose {
        0 => return,
        1 => Level::INFO,
        _ => Level::DEBUG,
    };
    // The libraries below have much to say, of which nothing is ours.
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
    let to_stderr = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(|| WithoutKeys)
        .with_ansi(false)
        .with_target(false);
    drop(match format {
        LogFormat::Text => {
            let subscriber = to_stderr.without_time().finish().with(ours);
            tracing::subscriber::set_global_default(subscriber)
        }
        LogFormat::Json => {
            let subscriber = to_stderr
                .json()
                .flatten_event(true)
                .with_current_span(false);
            tracing::subscriber::set_global_default(subscriber.finish().with(ours))
        }
    });
}

/// Says something. There is nobody to tell where stderr is gone.
pub(crate) fn say(level: Level, text: &str) {
    if is_json() {
        entry(level, json!({ "message": text }));
    } else {
        drop(writeln!(WithoutKeys, "{text}"));
    }
}

/// Writes an entry of a log, with what it holds besides `timestamp` and `level`. Colours and line breaks at the end are taken out
/// of its texts.
pub(crate) fn entry(level: Level, mut holds: Value) {
    let mut entry = Map::new();
    entry.insert("timestamp".to_owned(), Timestamp::now().to_string().into());
    entry.insert("level".to_owned(), level.as_str().into());
    if let Some(holds) = holds.as_object_mut() {
        if let Some(Value::String(message)) = holds.get_mut("message") {
            let plain = anstream::adapter::strip_str(message).to_string();
            plain.trim_end().clone_into(message);
        }
        entry.append(holds);
    }
    drop(writeln!(WithoutKeys, "{}", Value::Object(entry)));
}

/// Says what the client waits for.
pub(crate) fn wait(waiting: &Waiting) {
    say(Level::INFO, &waiting.to_string());
}

/// Stderr, but for what looks like a key: the path of a call made by hand may contain anything.
struct WithoutKeys;

impl Write for WithoutKeys {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let text = report::without_keys(&text);
        if is_json() {
            io::stderr().write_all(report::clean_json(&text).as_bytes())?;
        } else {
            io::stderr().write_all(report::clean(&text).as_bytes())?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
