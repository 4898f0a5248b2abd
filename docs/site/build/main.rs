//! Makes the site: guides from Markdown to HTML, the OpenAPI document from YAML to JSON, everything packed with gzip
//! into a table that the crate includes. It needs nothing but the repository (docs/adr/0015).
//!
//! `nav` order and names of the pages · `markdown` a guide's HTML · `code` colours of its code · `page` the frame
//! around it · `pack` compression and the table
#![expect(clippy::expect_used, reason = "a build that cannot make the site must stop")]
#![expect(clippy::print_stdout, reason = "that is how a build script speaks to cargo")]

mod code;
mod markdown;
mod nav;
mod pack;
mod page;

use std::path::{Path, PathBuf};
use std::{env, fs};

use nav::Guide;
use pack::Packed;

/// Served as they are: source below `docs/site`, and name in the site.
const ASSETS: &[(&str, &str)] = &[
    ("assets/style.css", "style.css"),
    ("assets/site.js", "site.js"),
    ("assets/icon.svg", "icon.svg"),
    ("assets/reference.js", "reference.js"),
    ("assets/reference.css", "reference.css"),
    ("vendor/scalar.js", "scalar.js"),
    ("vendor/scalar.LICENSE", "scalar.LICENSE.txt"),
];

fn main() {
    let site = Path::new(env!("CARGO_MANIFEST_DIR"));
    for watched in ["build", "assets", "guides", "verify", "vendor", "../../openapi.yaml"] {
        println!("cargo::rerun-if-changed={}", site.join(watched).display());
    }
    #[expect(clippy::disallowed_methods, reason = "cargo tells build scripts where to write by environment")]
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR"));

    let openapi = openapi(site);
    fs::write(out.join("openapi.json"), &openapi).expect("OUT_DIR is writable");
    let mut files = vec![Packed::new("openapi.json", openapi.as_bytes())];
    files.extend(ASSETS.iter().map(|(source, name)| Packed::new(name, &read(&site.join(source)))));
    files.extend(pages(site));
    pack::write_table(&files, &out);
}

/// The OpenAPI document as JSON, so that no binary carries a YAML parser.
fn openapi(site: &Path) -> String {
    let text = fs::read_to_string(site.join("../../openapi.yaml")).expect("openapi.yaml is readable");
    let document: serde_json::Value = serde_norway::from_str(&text).expect("openapi.yaml is YAML");
    document.to_string()
}

fn pages(site: &Path) -> Vec<Packed> {
    let guides: Vec<Guide> = nav::guides().map(|place| markdown::guide(site, place)).collect();
    let reference = fs::read_to_string(site.join("assets/reference.html")).expect("a frame is readable");
    let frame = fs::read_to_string(site.join("assets/page.html")).expect("a frame is readable");
    let html = guides.iter().map(|guide| (guide.name(), page::guide(&frame, guide, &guides)));
    let others = [("reference.html".to_owned(), page::reference(&reference))];
    html.chain(others).map(|(name, html)| Packed::new(&name, html.as_bytes())).collect()
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
