//! Logs: one set-up for Lambda, the local stack and tests.
//!
//! Below `info` the Lambda runtime and the SDK print whole payloads, cards and addresses included. So the level asked
//! for holds for our own crates alone; every other crate is capped at `info`, whatever the setting says.

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line on stdout, for CloudWatch; metrics too.
    Json,
    /// For people, on stderr; metrics are log lines.
    Pretty,
}

/// Our crates: the only ones that may log below `info`.
const OURS: &[&str] = &[
    "domain",
    "store",
    "queue",
    "blob",
    "web",
    "platform",
    "orders",
    "payments",
    "reconcile",
    "callbacks",
    "pets",
    "images",
    "prune",
    "users",
    "oauth",
    "chat",
    "webhooks",
    "fallback",
    "events",
    "catalogue",
    "delivery",
    "sweeper",
    "local",
    "petstore",
];

/// Whose logs and metrics these are: the dimensions of its metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The stack. One account may have several, and an alarm is about one of them.
    pub stack: String,
    /// The function.
    pub function: &'static str,
}

struct Settings {
    origin: Origin,
    format: LogFormat,
}

static SETTINGS: OnceLock<Settings> = OnceLock::new();

/// Starts logging for `origin`. The first call of a process counts.
///
/// # Errors
/// [`TryInitError`] when the process already logs elsewhere.
pub fn init(origin: Origin, format: LogFormat, level: LevelFilter) -> Result<(), TryInitError> {
    if SETTINGS.set(Settings { origin, format }).is_err() {
        return Ok(());
    }
    let lines = match format {
        LogFormat::Json => layer().json().flatten_event(true).with_span_list(false).boxed(),
        LogFormat::Pretty => layer().compact().with_writer(std::io::stderr).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter(level))).try_init()
}

/// Whose metrics go out as JSON; `None` where metrics are log lines.
pub(crate) fn metrics_origin() -> Option<&'static Origin> {
    SETTINGS.get().filter(|settings| settings.format == LogFormat::Json).map(|settings| &settings.origin)
}

fn filter(level: LevelFilter) -> Targets {
    let ours = OURS.iter().map(|name| (*name, level));
    // The emulated DynamoDB warns of every refused condition, which is how the store works.
    let quiet = ("dynoxide", level.min(LevelFilter::ERROR));
    Targets::new().with_default(level.min(LevelFilter::INFO)).with_targets(ours).with_targets([quiet])
}

/// An error with its causes, on one line: what a log line says of it.
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        std::iter::successors(self.0.source(), |error| (*error).source())
            .try_for_each(|cause| write!(f, ": {cause}"))
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;
    use tracing::level_filters::LevelFilter;

    use super::{Chain, OURS, filter};

    #[test]
    fn others_never_log_payloads() {
        let filter = filter(LevelFilter::TRACE);
        for target in ["lambda_runtime::layers::trace", "aws_smithy_runtime::client", "hyper", "anything"] {
            assert!(filter.would_enable(target, &Level::INFO), "{target}");
            assert!(!filter.would_enable(target, &Level::DEBUG), "{target}");
        }
    }

    #[test]
    fn our_crates_log_at_the_level_asked_for() {
        assert!(filter(LevelFilter::DEBUG).would_enable("orders::place", &Level::DEBUG));
        assert!(!filter(LevelFilter::WARN).would_enable("orders::place", &Level::INFO));
        assert!(!filter(LevelFilter::WARN).would_enable("hyper", &Level::INFO));
    }

    #[test]
    fn every_crate_of_the_workspace_is_ours() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        for folder in ["shared", "functions"] {
            for entry in std::fs::read_dir(format!("{root}/{folder}")).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!(OURS.contains(&name.as_str()), "add {name} to OURS");
            }
        }
    }

    /// "unavailable: table" says nothing; that the role lacks a right is in the cause of its cause.
    #[test]
    fn no_warning_keeps_its_causes_to_itself() {
        for folder in ["shared", "functions"] {
            for file in sources(&format!("{}/../../{folder}", env!("CARGO_MANIFEST_DIR"))) {
                let text = std::fs::read_to_string(&file).unwrap();
                let alone = text.lines().find(|line| tells_alone(line));
                assert_eq!(alone, None, "log a Chain in {}", file.display());
            }
        }
    }

    /// Whether an error is logged under its name, or under another, without its causes; below `info` it may be.
    fn tells_alone(line: &str) -> bool {
        let is_quiet = ["debug!(", "trace!("].iter().any(|quiet| line.contains(quiet));
        let named = |sign: char| {
            line.split(&format!("error = {sign}")).skip(1).any(|told| !told.starts_with("Chain("))
        };
        let short = ['%', '?'].iter().any(|sign| {
            line.contains(&format!("({sign}error,")) || line.contains(&format!(", {sign}error,"))
        });
        !is_quiet && (short || named('%') || named('?'))
    }

    #[test]
    fn a_cause_is_missed_under_whatever_name_its_error_has() {
        let (named, short) = ("error = ", "error, ");
        for told in [
            format!("{named}%unread, "),
            format!("{named}?error, "),
            format!("%{short}"),
            format!("a, %{short}"),
        ] {
            assert!(tells_alone(&format!("tracing::warn!({told}\"lost\");")), "{told}");
        }
        let chained = format!("{named}%Chain(&unread), ");
        assert!(!tells_alone(&format!("tracing::warn!({chained}\"lost\");")));
    }

    fn sources(folder: &str) -> Vec<std::path::PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => found.extend(sources(path.to_str().unwrap())),
                Some(extension) if extension == "rs" => found.push(path),
                _ => {}
            }
        }
        found
    }

    #[test]
    fn a_chain_names_every_cause() {
        let cause = std::io::Error::other("refused");
        let error = domain::Error::unavailable("table", cause);
        assert_eq!(Chain(&error).to_string(), "unavailable: table: refused");
    }
}
