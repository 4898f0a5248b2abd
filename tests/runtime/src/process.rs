//! One bootstrap: a binary started with the environment that Lambda gives it, and asked through a Runtime API.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::Result;
use crate::api::{Init, Outcome, RuntimeApi};

/// Lambda's limit for an initialisation.
const INIT_MAX: Duration = Duration::from_secs(10);
/// How long a process that was killed may take to be gone.
const EXIT_MAX: Duration = Duration::from_secs(5);

/// The variables of a function.
pub type Environment = BTreeMap<String, String>;

/// What is to be started.
#[derive(Clone, Debug)]
pub struct Program {
    /// `orders`.
    pub name: String,
    /// The binary.
    pub path: PathBuf,
    /// The function's own variables.
    pub environment: Environment,
    /// Megabytes of memory; a process is told and not held to it.
    pub memory_mb: u64,
    /// How long an invocation may take.
    pub timeout: Duration,
}

/// A process that waits for invocations. Dropping it kills it.
#[derive(Debug)]
pub struct Bootstrap {
    name: String,
    path: PathBuf,
    timeout: Duration,
    init: Duration,
    child: Child,
    api: RuntimeApi,
    log: Log,
    durations: Mutex<Vec<Duration>>,
}

/// Why a process did not come up.
#[derive(Debug, thiserror::Error)]
#[error("the process did not start ({end:?}); it said:\n{log}")]
pub struct StartError {
    /// How it ended; `None` when it was still running.
    pub end: Option<ExitStatus>,
    /// What it reported to the Runtime API.
    pub reported: Option<Json>,
    /// What it wrote.
    pub log: String,
}

impl Bootstrap {
    /// Starts `program` and waits until it asks for its first invocation.
    ///
    /// # Errors
    /// [`StartError`] when it ends, reports an error or is not ready in time.
    pub async fn start(program: &Program) -> Result<Self> {
        let arn = format!("arn:aws:lambda:us-east-1:123456789012:function:{}", program.name);
        let api = RuntimeApi::start(arn).await?;
        let started = Instant::now();
        let mut child = command(program, &api).spawn()?;
        let mut log = Log::of(&mut child);
        let ready = tokio::select! {
            init = api.initialised() => init,
            _ = child.wait() => Init::Running,
            () = tokio::time::sleep(INIT_MAX) => Init::Running,
        };
        let Init::Done(at) = ready else { return Err(not_started(child, &mut log, ready).await.into()) };
        Ok(Self {
            name: program.name.clone(),
            path: program.path.clone(),
            timeout: program.timeout,
            init: at.duration_since(started),
            child,
            api,
            log,
            durations: Mutex::default(),
        })
    }

    /// Its function's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hands it `event`.
    ///
    /// # Errors
    /// When it does not answer in time, or answers with an error; with what it wrote.
    pub async fn invoke(&self, event: &Json) -> Result<Json> {
        let Outcome { answer, took } =
            self.api.invoke(event, self.timeout).await.map_err(|e| self.failed(&e))?;
        self.durations.lock().unwrap_or_else(PoisonError::into_inner).push(took);
        Ok(answer.map_err(|error| self.failed(&error))?)
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> String {
        format!("{}: {error}; it said:\n{}", self.name, self.log())
    }

    /// From starting it until it asked for its first invocation.
    #[must_use]
    pub fn init(&self) -> Duration {
        self.init
    }

    /// How long each invocation took.
    #[must_use]
    pub fn durations(&self) -> Vec<Duration> {
        self.durations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything it wrote to stdout and stderr until now.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// The most memory it has had, where the system tells: the kernel's high-water mark of resident pages.
    #[must_use]
    pub fn peak_rss_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }

    /// The binary's size.
    #[must_use]
    pub fn size_kib(&self) -> Option<u64> {
        Some(std::fs::metadata(&self.path).ok()?.len() / 1_024)
    }

    /// Kills it and answers everything it wrote.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn stop(mut self) -> Result<String> {
        tokio::time::timeout(EXIT_MAX, self.child.kill()).await??;
        self.log.end().await;
        Ok(self.log.text())
    }
}

async fn not_started(mut child: Child, log: &mut Log, init: Init) -> StartError {
    let reported = match init {
        Init::Failed(error) => Some(error),
        Init::Running | Init::Done(_) => None,
    };
    // One that reported its failure is about to exit.
    let end = tokio::time::timeout(EXIT_MAX, child.wait()).await;
    let end = end.ok().and_then(std::result::Result::ok);
    // Kills it if it is still there; then its pipes close.
    drop(child);
    log.end().await;
    StartError { end, reported, log: log.text() }
}

/// Lambda's environment, and nothing of ours.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
fn command(program: &Program, api: &RuntimeApi) -> Command {
    let folder = program.path.parent().unwrap_or(Path::new("/"));
    let mut command = Command::new(&program.path);
    command
        .env_clear()
        .env("_HANDLER", "bootstrap")
        .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", &program.name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", program.memory_mb.to_string())
        .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/petstore-{}", program.name))
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/07/[$LATEST]0123456789abcdef0123456789abcdef")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_SESSION_TOKEN", "local")
        .env("LAMBDA_TASK_ROOT", folder)
        .env("LAMBDA_RUNTIME_DIR", folder)
        .env("LANG", "en_US.UTF-8")
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin")
        .env("TZ", ":UTC")
        .envs(&program.environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// What a process writes, as it comes.
#[derive(Debug, Default)]
struct Log {
    text: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Log {
    fn of(child: &mut Child) -> Self {
        let mut log = Self::default();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        log.readers.extend(stdout.map(|pipe| tokio::spawn(copy(pipe, Arc::clone(&log.text)))));
        log.readers.extend(stderr.map(|pipe| tokio::spawn(copy(pipe, Arc::clone(&log.text)))));
        log
    }

    fn text(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the pipes are read to their end.
    async fn end(&mut self) {
        for reader in self.readers.drain(..) {
            // A reader neither panics nor is it aborted; a pipe that a grandchild holds open is left.
            drop(tokio::time::timeout(EXIT_MAX, reader).await);
        }
    }
}

async fn copy(pipe: impl AsyncRead + Unpin, text: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
        text.push_str(&line);
        text.push('\n');
    }
}
