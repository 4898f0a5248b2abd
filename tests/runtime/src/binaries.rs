//! Builds the binaries, once per test process, and knows where they are.
//!
//! `cargo test` builds a package's binaries only for that package's own integration tests, so this test asks for the
//! others itself; cargo has released its build lock by the time tests run. It selects the whole workspace, as
//! `cargo test --workspace` does: then the same dependencies come out with the same features, and only the binaries
//! themselves are new. A feature that only `dev-dependencies` ask for breaks that and compiles the SDK a second time;
//! so does `-p runtime` in place of `--workspace --test functions`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value as Json;

use crate::Result;

/// Binaries by name.
pub type Binaries = BTreeMap<String, PathBuf>;

/// What cargo tells a test and must not tell a build: build scripts that watch these would run again, and everything
/// above them with them.
const TOLD_TO_TESTS: &[&str] = &[
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PKG_AUTHORS",
    "CARGO_PKG_DESCRIPTION",
    "CARGO_PKG_HOMEPAGE",
    "CARGO_PKG_LICENSE",
    "CARGO_PKG_LICENSE_FILE",
    "CARGO_PKG_NAME",
    "CARGO_PKG_README",
    "CARGO_PKG_REPOSITORY",
    "CARGO_PKG_RUST_VERSION",
    "CARGO_PKG_VERSION",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
    "LD_LIBRARY_PATH",
];

/// The workspace's binaries of the profile that the caller itself was built with, up to date.
///
/// # Panics
/// When cargo cannot build them.
#[expect(clippy::panic, reason = "without the binaries there is nothing to test")]
pub fn workspace() -> &'static Binaries {
    static BINARIES: OnceLock<Binaries> = OnceLock::new();
    BINARIES.get_or_init(|| {
        build(profile(), &["--workspace", "--bins", "--test", "functions"])
            .unwrap_or_else(|error| panic!("no binaries: {error}"))
    })
}

/// Builds what `selection` selects with this profile and answers its binaries.
///
/// # Errors
/// When cargo fails.
pub fn build(profile: &str, selection: &[&str]) -> Result<Binaries> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--message-format=json-render-diagnostics", "--profile", profile]).args(selection);
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).stderr(Stdio::inherit());
    for name in TOLD_TO_TESTS {
        cargo.env_remove(name);
    }
    let output = cargo.output()?;
    if !output.status.success() {
        return Err(format!("cargo build: {}", output.status).into());
    }
    let messages = output.stdout.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"{"));
    Ok(messages.filter_map(|line| binary(&serde_json::from_slice(line).ok()?)).collect())
}

/// `--profile` for what was built as the caller was: the folder of a profile has its name, but for `dev`.
#[must_use]
pub fn profile() -> &'static str {
    static PROFILE: OnceLock<String> = OnceLock::new();
    PROFILE.get_or_init(|| match executable_folder() {
        Some("debug") | None => "dev".to_owned(),
        Some(name) => name.to_owned(),
    })
}

/// `debug` of `target/debug/deps/functions-…`.
fn executable_folder() -> Option<&'static str> {
    static FOLDER: OnceLock<Option<String>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let executable = std::env::current_exe().ok()?;
        let folders = executable.ancestors().skip(1).filter_map(Path::file_name);
        folders.map(|name| name.to_string_lossy().into_owned()).find(|name| name != "deps")
    });
    folder.as_deref()
}

/// Name and path of a plain binary; a binary's unit tests are another executable.
fn binary(message: &Json) -> Option<(String, PathBuf)> {
    let target = &message["target"];
    let is_binary = target["kind"].as_array()?.iter().any(|kind| kind == "bin");
    let is_test = message["profile"]["test"].as_bool()?;
    let path = message["executable"].as_str().filter(|_| is_binary && !is_test)?;
    Some((target["name"].as_str()?.to_owned(), path.into()))
}
