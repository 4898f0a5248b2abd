//! `cargo run -p runtime --bin cold-start`: how fast the functions start as they are deployed, beside the least that a
//! function can be (`tests/reference`), in the same run. Builds them with the release profile first, which takes long; `-- dev` takes the tests' own build.

use std::collections::{BTreeMap, BTreeSet};

use runtime::Result;
use runtime::binaries::{Binaries, build, workspace};
use runtime::events::{HttpEvent, sample};
use runtime::process::{Bootstrap, Program};
use runtime::report::{Row, print, table};
use runtime::stack::Stack;
use serde_json::Value as Json;

/// Processes behind each row; each figure is their median.
const RUNS: usize = 10;
/// Invocations after the first one in each process.
const WARM: usize = 20;
const PACKAGES: &[&str] = &[
    "reference",
    "orders",
    "payments",
    "callbacks",
    "pets",
    "images",
    "webhooks",
    "users",
    "oauth",
    "chat",
    "fallback",
    "events",
    "catalogue",
    "delivery",
];
const REFERENCES: &[&str] = &["hello-http", "hello-dynamodb"];

#[tokio::main]
async fn main() -> Result<()> {
    let profile = if std::env::args().any(|argument| argument == "dev") { "dev" } else { "release" };
    let binaries = binaries(profile)?;
    let stack = Stack::start(&binaries).await?;
    let mut rows = Vec::new();
    for program in programs(&stack, &binaries)? {
        rows.push(measure(&program).await?);
    }
    let title = format!("Profile {profile}, medians of {RUNS} processes, warm of {WARM} invocations each");
    Ok(print(&table(&title, &rows))?)
}

/// Release binaries are built package by package, as for a deployment: without what tests ask of a dependency.
fn binaries(profile: &str) -> Result<Binaries> {
    if profile == "dev" {
        return Ok(workspace().clone());
    }
    let packages = PACKAGES.iter().flat_map(|name| ["-p", name]);
    build(profile, &packages.chain(["--bins"]).collect::<Vec<_>>())
}

/// Everything to be measured, the references first, each in the environment of a function.
fn programs(stack: &Stack, binaries: &Binaries) -> Result<Vec<Program>> {
    let mut programs = Vec::new();
    for name in REFERENCES {
        let path = binaries.get(*name).ok_or_else(|| format!("no binary {name}"))?.clone();
        programs.push(Program { name: (*name).to_owned(), path, ..stack.program("pets")? });
    }
    // The chat's binary is behind two functions, and starts alike in both.
    for name in stack.functions().collect::<BTreeSet<_>>() {
        programs.push(stack.program(name)?);
    }
    Ok(programs)
}

async fn measure(program: &Program) -> Result<Row> {
    let event = event(&program.name)?;
    let mut rows = Vec::new();
    for _ in 0..RUNS {
        let bootstrap = Bootstrap::start(program).await?;
        for _ in 0..=WARM {
            bootstrap.invoke(&event).await?;
        }
        rows.push(Row::of(&bootstrap, WARM));
        drop(bootstrap.stop().await?);
    }
    Row::medians(&rows).ok_or_else(|| "no run".into())
}

/// An invocation that changes nothing, on an empty stack: one read, where the function reads.
fn event(name: &str) -> Result<Json> {
    let example = "019b4139-1234-7abc-8def-123456789abc";
    let get: BTreeMap<&str, (&str, String)> = BTreeMap::from([
        ("hello-http", ("$default", "/".to_owned())),
        ("hello-dynamodb", ("$default", "/".to_owned())),
        ("orders", ("ANY /v1/orders/{id}", format!("/v1/orders/{example}"))),
        ("payments", ("ANY /v1/orders/{id}/payments", format!("/v1/orders/{example}/payments"))),
        (
            "callbacks",
            (
                "ANY /v1/orders/{id}/callbacks/{requestId}",
                format!("/v1/orders/{example}/callbacks/{example}"),
            ),
        ),
        ("pets", ("ANY /v1/pets/{id}", format!("/v1/pets/{example}"))),
        (
            "images",
            (
                "ANY /v1/photos/{pool}/{id}/{name}",
                format!("/v1/photos/shared/{example}/0123456789abcdef-0123456789abcdef"),
            ),
        ),
        ("webhooks", ("ANY /.well-known/webhook-keys", "/.well-known/webhook-keys".to_owned())),
        ("users", ("ANY /v1/users/{id}", format!("/v1/users/{example}"))),
        (
            "oauth",
            (
                "ANY /.well-known/oauth-authorization-server",
                "/.well-known/oauth-authorization-server".to_owned(),
            ),
        ),
        ("chat", ("ANY /v1/chat/completions", "/v1/chat/completions".to_owned())),
        ("fallback", ("$default", "/v1/nowhere".to_owned())),
    ]);
    match (get.get(name), name) {
        (Some((route, path)), _) => Ok(HttpEvent::new("GET", route, path)?.json().clone()),
        (None, "events" | "catalogue") => sample("stream"),
        (None, "delivery") => sample("deliveries"),
        (None, _) => sample("schedule"),
    }
}
