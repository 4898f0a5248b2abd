//! Processes of the stack, and what the kernel says of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use local::client::Client;
use local::emulators::Endpoints;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::roles::{CATALOGUE, FUNCTIONS, TENANTS};
use crate::{Result, roles};

/// `USER_HZ`: the unit of times in `/proc`, the same on every Linux of this architecture.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process of this binary. Dropping it kills it.
pub(crate) struct Process {
    child: Child,
}

/// A running stack: one process, or two, of which one has the emulators alone.
pub(crate) struct Stack {
    folder: PathBuf,
    base_url: String,
    process: Process,
    apart: Option<Elsewhere>,
}

/// Emulators in a process of their own.
pub(crate) struct Elsewhere {
    process: Process,
    /// Where they answer.
    pub(crate) endpoints: Endpoints,
    /// Holds the database.
    _folder: TempDir,
}

/// CPU time, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cpu {
    /// Of the functions: our code, the SDK within it included. Known where emulators are apart.
    pub(crate) functions: f64,
    /// Of the function beside them that keeps the list of pets.
    pub(crate) catalogue: f64,
    /// Of what stands for the gateway and the event source mappings of Lambda; in one process also of the functions.
    pub(crate) platform: f64,
    /// Of the emulators.
    pub(crate) emulators: f64,
}

impl Stack {
    /// The stack as a user starts it, in one process, on the state folder `state`.
    pub(crate) async fn start(state: &Path) -> Result<Self> {
        Self::start_with(state, &[]).await
    }

    /// As [`start`](Self::start), with further arguments.
    pub(crate) async fn start_with(state: &Path, arguments: &[&str]) -> Result<Self> {
        let state_argument = state.to_string_lossy();
        let all = ["stack", "--state", &state_argument].iter().chain(arguments).copied().collect::<Vec<_>>();
        let (process, base_url) = Process::start(&all).await?;
        Ok(Self { folder: state.to_owned(), base_url, process, apart: None })
    }

    /// The same functions with the emulators in another process.
    pub(crate) async fn start_apart(state: &Path, arguments: &[&str]) -> Result<Self> {
        let apart = Elsewhere::start().await?;
        let Endpoints { dynamodb, sqs, s3 } = &apart.endpoints;
        let emulators = ["--emulators", dynamodb, sqs, s3];
        let arguments: Vec<_> = emulators.iter().chain(arguments).copied().collect();
        let stack = Self::start_with(state, &arguments).await?;
        Ok(Self { apart: Some(apart), ..stack })
    }

    /// Where the emulators answer, where they are apart.
    pub(crate) fn emulators(&self) -> Option<&Endpoints> {
        self.apart.as_ref().map(|apart| &apart.endpoints)
    }

    /// Staff of the demo tenant.
    pub(crate) fn staff(&self) -> Result<Client> {
        let token = fs::read_to_string(self.folder.join("tenant-token"))?;
        Ok(Client::new(&self.base_url).with_token(token.trim()))
    }

    /// Staff of the further tenants.
    pub(crate) fn tenants(&self) -> Result<Vec<Client>> {
        let tokens = fs::read_to_string(self.folder.join(TENANTS))?;
        let client = Client::new(&self.base_url);
        Ok(tokens.lines().filter(|line| !line.is_empty()).map(|token| client.with_token(token)).collect())
    }

    /// CPU time so far.
    pub(crate) fn cpu(&self) -> Result<Cpu> {
        let threads = self.process.threads()?;
        let sum = |is_meant: &dyn Fn(&str) -> bool| {
            threads.iter().filter(|(name, _)| is_meant(name)).map(|(_, ms)| ms).sum::<f64>()
        };
        let is_emulator = |name: &str| matches!(name, "dynamodb" | "sqs" | "s3");
        let apart = match &self.apart {
            Some(apart) => apart.process.threads()?.iter().map(|(_, ms)| ms).sum(),
            None => sum(&is_emulator),
        };
        Ok(Cpu {
            functions: sum(&|name| name == FUNCTIONS),
            catalogue: sum(&|name| name == CATALOGUE),
            platform: sum(&|name| name != FUNCTIONS && name != CATALOGUE && !is_emulator(name)),
            emulators: apart,
        })
    }

    /// Peak memory so far of the process with the functions, in MiB: `VmHWM` of proc(5).
    pub(crate) fn peak_mib(&self) -> Result<f64> {
        self.process.peak_mib()
    }

    /// `kill -9`.
    pub(crate) async fn kill(mut self) -> Result<()> {
        Ok(self.process.child.kill().await?)
    }
}

impl Elsewhere {
    /// Starts them on a database of their own.
    pub(crate) async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = folder.path().join("database");
        let (process, line) =
            Process::start(&["emulators", "--database", &database.to_string_lossy()]).await?;
        let addresses: Vec<_> = line.split(' ').map(str::to_owned).collect();
        let endpoints = roles::endpoints(&addresses).ok_or("no addresses")?;
        Ok(Self { process, endpoints, _folder: folder })
    }
}

impl Process {
    /// Starts this binary with `arguments`; answers the first line that it prints.
    async fn start(arguments: &[&str]) -> Result<(Self, String)> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let mut lines: Lines<BufReader<ChildStdout>> =
            BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let line = lines.next_line().await?.ok_or("it ended before it was ready")?;
        // What it prints must be read, or it waits.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok((Self { child }, line))
    }

    /// The names and CPU times of its threads, in milliseconds: `utime` and `stime` of proc(5).
    fn threads(&self) -> Result<Vec<(String, f64)>> {
        let folders = fs::read_dir(self.path("task")?)?;
        folders.map(|folder| thread(&fs::read_to_string(folder?.path().join("stat"))?)).collect()
    }

    fn peak_mib(&self) -> Result<f64> {
        let status = fs::read_to_string(self.path("status")?)?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1_024.0)
    }

    fn path(&self, name: &str) -> Result<String> {
        Ok(format!("/proc/{}/{name}", self.child.id().ok_or("the process has ended")?))
    }
}

fn thread(stat: &str) -> Result<(String, f64)> {
    let (before, after) = stat.rsplit_once(')').ok_or("no name")?;
    let name = before.split_once('(').ok_or("no name")?.1;
    let fields: Vec<_> = after.split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    Ok((name.to_owned(), (ticks(11) + ticks(12)) * 1_000.0 / TICKS_PER_SECOND))
}

/// CPU time so far of this process's threads called `name`, in milliseconds.
pub(crate) fn own_threads_ms(name: &str) -> Result<f64> {
    let mut sum = 0.0;
    for folder in fs::read_dir("/proc/self/task")? {
        let (found, ms) = thread(&fs::read_to_string(folder?.path().join("stat"))?)?;
        sum += if found == name { ms } else { 0.0 };
    }
    Ok(sum)
}

/// CPU time so far of this process, which is the clients and the receivers, in milliseconds.
pub(crate) fn own_ms() -> Result<f64> {
    Ok(thread(&fs::read_to_string("/proc/self/stat")?)?.1)
}

impl std::ops::Sub for Cpu {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            functions: self.functions - before.functions,
            catalogue: self.catalogue - before.catalogue,
            platform: self.platform - before.platform,
            emulators: self.emulators - before.emulators,
        }
    }
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
