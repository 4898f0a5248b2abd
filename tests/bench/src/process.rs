//! The stack as a process, and what the kernel says of it.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;

use local::client::Client;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::Result;

/// What the banner says before the address.
const BANNER: &str = "The petstore is open at ";
/// `USER_HZ`: the unit of times in `/proc`, the same on every Linux of this architecture.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running stack. Dropping it kills it.
pub(crate) struct Stack {
    child: Child,
    base_url: String,
}

impl Stack {
    /// Starts the release binary on `state`.
    pub(crate) async fn start(state: &Path, flags: &[&str]) -> Result<Self> {
        let mut command = Command::new(binary()?);
        command.arg("--state").arg(state).args(["--port", "0", "--no-seed"]).args(flags);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some((_, address)) = line.split_once(BANNER) {
                let base_url = address.split("/v1").next().unwrap_or_default().to_owned();
                // What it prints must be read, or it waits.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { child, base_url });
            }
        }
        Err("the stack ended before it was open".into())
    }

    /// Staff of the demo tenant.
    pub(crate) fn staff(&self, state: &Path) -> Result<Client> {
        let token = fs::read_to_string(state.join("tenant-token"))?;
        Ok(Client::new(&self.base_url).with_token(token.trim()))
    }

    /// CPU time so far, in milliseconds: `utime` and `stime` of proc(5).
    pub(crate) fn cpu_ms(&self) -> Result<f64> {
        let stat = self.read("stat")?;
        let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks =
            |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
        Ok((ticks(11) + ticks(12)) * 1_000.0 / TICKS_PER_SECOND)
    }

    /// Peak memory so far, in MiB: `VmHWM`.
    pub(crate) fn peak_mib(&self) -> Result<f64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1_024.0)
    }

    /// `kill -9`.
    pub(crate) async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    fn read(&self, name: &str) -> Result<String> {
        let pid = self.child.id().ok_or("the stack has ended")?;
        Ok(fs::read_to_string(format!("/proc/{pid}/{name}"))?)
    }
}

/// Built once, as a user would build it for speed.
fn binary() -> Result<&'static Path> {
    static BINARY: OnceLock<Option<std::path::PathBuf>> = OnceLock::new();
    let built = BINARY.get_or_init(|| {
        let mut built = runtime::binaries::build("release", &["-p", "petstore", "--bin", "petstore"]).ok()?;
        built.remove("petstore")
    });
    built.as_deref().ok_or_else(|| "the stack cannot be built".into())
}

/// Processor, cores, memory and kernel.
pub(crate) fn machine() -> Result<String> {
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        line.split(':').nth(1).unwrap_or_default().trim().to_owned()
    };
    let (cpus, memory) = (fs::read_to_string("/proc/cpuinfo")?, fs::read_to_string("/proc/meminfo")?);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let cores = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let load = fs::read_to_string("/proc/loadavg")?;
    Ok(format!(
        "{cores} × {}, {} of memory, Linux {}, load before {}",
        field(&cpus, "model name"),
        field(&memory, "MemTotal"),
        kernel.trim(),
        load.split(' ').next().unwrap_or_default()
    ))
}
