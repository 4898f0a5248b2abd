//! The `petstore` command when it cannot start: one clear line, exit code 1.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use local::state::StateFolder;

fn petstore(state: &Path, port: u16) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_petstore"));
    command.arg("--state").arg(state).arg("--port").arg(port.to_string()).output().unwrap()
}

#[track_caller]
fn fails_with(output: &Output, expected: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("error: ") && said.contains(expected), "{said}");
}

#[test]
fn a_taken_port_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    fails_with(&petstore(folder.path(), port), &format!("cannot listen on port {port}: it is taken"));
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fails_with(&petstore(&file.path().join("state"), 0), "cannot write the state folder");
}

#[test]
fn a_folder_in_use_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let _other = StateFolder::open(folder.path()).unwrap();
    fails_with(&petstore(folder.path(), 0), "is in use by another petstore");
}

#[test]
fn newer_and_broken_state_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("format", "999");
    fails_with(&petstore(folder.path(), 0), "has format 999, newer than 1");
    write("format", "1");
    write("key", "no key");
    fails_with(&petstore(folder.path(), 0), "key is damaged");
    std::fs::remove_file(folder.path().join("key")).unwrap();
    drop(StateFolder::open(folder.path()).unwrap().master_key().unwrap());
    write("dynamodb.sqlite", &"no database, but longer than the header of one would be. ".repeat(20));
    fails_with(&petstore(folder.path(), 0), "dynamodb.sqlite is damaged");
    std::fs::remove_file(folder.path().join("dynamodb.sqlite")).unwrap();
    write("stream-checkpoint-events", "soon");
    fails_with(&petstore(folder.path(), 0), "stream-checkpoint-events is damaged");
}
