//! Converts `openapi.yaml` to the JSON that the function serves, so that no binary carries a YAML parser.
#![expect(clippy::expect_used, reason = "a build that cannot convert the document must stop")]

use std::path::Path;
use std::{env, fs};

fn main() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.yaml");
    println!("cargo::rerun-if-changed={}", source.display());
    let text = fs::read_to_string(&source).expect("openapi.yaml is readable");
    let document: serde_json::Value = serde_norway::from_str(&text).expect("openapi.yaml is YAML");
    #[expect(clippy::disallowed_methods, reason = "cargo tells build scripts where to write by environment")]
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("openapi.json"), document.to_string()).expect("OUT_DIR is writable");
}
