//! The guides list what the code can answer: every code of errors.md and the sources, every operation of idempotency.md
//! and the document.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use contract::document;

/// Sources that make `errors[].code`.
const SOURCES: [&str; 3] = ["shared/domain/src", "shared/web/src", "functions"];
/// Parts of them that speak another protocol's words: OAuth's errors, those of the providers behind payments and chat, and
/// what an operator is told by the command line.
const OTHERS: [&str; 4] = ["oauth/", "/provider/", "/by_hand.rs", "/tests/"];
/// Files of OAuth's function that answer problem documents.
const OURS: [&str; 2] = ["functions/oauth/src/register.rs", "functions/oauth/src/name.rs"];
/// Words in the sources that are written like codes and are none.
const NO_CODES: [&str; 10] = [
    "bank_account",
    "content_filter",
    "error_description",
    "not_sent",
    "order_cancelled",
    "receiver_unavailable",
    "slow_down",
    "snake_case",
    "temporarily_unavailable",
    "timed_out",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn guide(name: &str) -> String {
    fs::read_to_string(root().join("docs/site/guides").join(name)).unwrap()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Whether `word` is written like a code: `pet_held`.
fn is_snake(word: &str) -> bool {
    let parts: Vec<_> = word.split('_').collect();
    let is_part = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    parts.len() > 1 && parts.iter().all(is_part)
}

/// The codes in the sources, without those of tests.
fn codes() -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in SOURCES {
        rust_files(&root().join(folder), &mut files);
    }
    let is_ours = |path: &PathBuf| {
        let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        let is_other = OTHERS.iter().any(|other| path.contains(other)) || path.ends_with("/tests.rs");
        OURS.iter().any(|ours| path.ends_with(ours)) || !is_other
    };
    let mut codes = BTreeSet::new();
    for path in files.into_iter().filter(is_ours) {
        let text = fs::read_to_string(path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        codes.extend(text.split('"').filter(|word| is_snake(word)).map(str::to_owned));
    }
    codes.retain(|code| !NO_CODES.contains(&code.as_str()));
    codes
}

/// Words in backticks in the first cell of each row under `heading`.
fn first_cells(guide: &str, heading: &str) -> BTreeSet<String> {
    let section = guide.split(heading).nth(1).unwrap().split("\n## ").next().unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix('|')?.split('|').next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn the_table_of_codes_is_that_of_the_sources() {
    let (told, made) = (first_cells(&guide("errors.md"), "\n## Codes\n"), codes());
    let missing: Vec<_> = made.difference(&told).collect();
    let unknown: Vec<_> = told.difference(&made).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "not in the guide: {missing:?}; only there: {unknown:?}"
    );
    assert!(told.len() > 50);
}

#[test]
fn the_list_of_repeatable_operations_is_that_of_the_document() {
    let document = document().unwrap();
    let takes_key = |operation: &serde_json::Value| {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        parameters.map(|one| &one["$ref"]).any(|name| name == "#/components/parameters/IdempotencyKey")
    };
    let mut operations = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().iter().filter(|(_, operation)| takes_key(operation));
        operations.extend(methods.map(|(method, _)| format!("{} {path}", method.to_uppercase())));
    }
    assert_eq!(first_cells(&guide("idempotency.md"), "\n## Where it works\n"), operations);
}
