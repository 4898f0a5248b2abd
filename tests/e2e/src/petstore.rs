//! The real `petstore` binary as a process of its own, which can be killed.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use local::client::Client;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::patience::PATIENCE;
use crate::soon;

/// What the banner says before the address.
const BANNER: &str = "The petstore is open at ";

/// A running `petstore`; dropping it kills it.
pub struct Petstore {
    child: Child,
    base_url: String,
    log: Log,
}

/// Everything the process printed, line by line, and how many lines that is.
#[derive(Clone)]
struct Log(Arc<Mutex<Vec<String>>>, Arc<watch::Sender<usize>>);

#[expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test whose process does not start or end has failed"
)]
impl Petstore {
    /// Starts it on the state folder `state` with further flags and environment, and waits until it answers.
    ///
    /// # Errors
    /// How it ended, when it ended before it answered.
    ///
    /// # Panics
    /// When it cannot be built or started.
    pub async fn start(
        state: &Path,
        flags: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Self, ExitStatus> {
        let mut command = Command::new(binary());
        command.arg("--state").arg(state).args(["--port", "0"]).args(flags).envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let log = Log(Arc::default(), Arc::new(watch::channel(0).0));
        tokio::spawn(log.clone().read(child.stdout.take().unwrap()));
        tokio::spawn(log.clone().read(child.stderr.take().unwrap()));
        let banner = tokio::select! {
            banner = soon("the banner", log.line_with(BANNER)) => banner,
            ended = child.wait() => return Err(ended.unwrap()),
        };
        let (_, address) = banner.split_once(BANNER).unwrap();
        let base_url = address.split("/v1").next().unwrap().to_owned();
        Ok(Self { child, base_url, log })
    }

    /// Nobody in particular, in the shared pool.
    #[must_use]
    pub fn guest(&self) -> Client {
        Client::new(&self.base_url)
    }

    /// Staff, with the token that the process wrote to the file `name` of its state folder.
    #[must_use]
    pub fn staff(&self, state: &Path, name: &str) -> Client {
        let token = std::fs::read_to_string(state.join(name)).unwrap();
        self.guest().with_token(token.trim())
    }

    /// Waits for its end, which `what` is to bring.
    ///
    /// # Panics
    /// When it does not end, with everything that it printed.
    pub async fn ended(&mut self, what: &str) -> ExitStatus {
        tokio::select! {
            ended = self.child.wait() => return ended.unwrap(),
            () = tokio::time::sleep(PATIENCE) => {}
        }
        panic!("{what} has not ended it; it printed\n{}", self.log());
    }

    /// Kills it as `kill -9` does, and waits until it is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits until it prints a line with `text`, and answers that.
    pub async fn line(&self, text: &str) -> String {
        soon(text, self.log.line_with(text)).await
    }

    /// Everything it printed so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.0.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }
}

impl Log {
    async fn read(self, from: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(from).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(line);
            self.1.send_replace(all.len());
        }
    }

    async fn line_with(&self, text: &str) -> String {
        let mut changed = self.1.subscribe();
        loop {
            let found = {
                let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                all.iter().find(|line| line.contains(text)).cloned()
            };
            match found {
                Some(line) => return line,
                None if changed.changed().await.is_err() => return String::new(),
                None => {}
            }
        }
    }
}

/// The binary, built once per test process with the features that `cargo test --workspace` gives it.
#[expect(clippy::unwrap_used, reason = "a test whose binary cannot be built has failed")]
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<std::path::PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let selection = ["--workspace", "--bin", "petstore", "--test", "stories"];
        let mut built = runtime::binaries::build(runtime::binaries::profile(), &selection).unwrap();
        built.remove("petstore").unwrap()
    })
}
