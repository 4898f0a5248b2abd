//! The site's files, compressed, and the table that `src/lib.rs` includes.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// One file of the site.
pub(crate) struct Packed {
    name: String,
    tag: String,
    gzip: Vec<u8>,
}

impl Packed {
    pub(crate) fn new(name: &str, content: &[u8]) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).expect("memory is writable");
        let tag = hex::encode(&Sha256::digest(content)[..8]);
        Self { name: name.to_owned(), tag, gzip: encoder.finish().expect("memory is writable") }
    }

    fn media(&self) -> &'static str {
        match self.name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some("json") => "application/json",
            _ => "text/plain; charset=utf-8",
        }
    }
}

/// Writes every file to `out`, and `files.rs`, which lists them.
pub(crate) fn write_table(files: &[Packed], out: &Path) {
    let mut table = String::from("&[\n");
    for file in files {
        let (name, media, tag) = (&file.name, file.media(), &file.tag);
        fs::write(out.join(format!("{name}.gz")), &file.gzip).expect("OUT_DIR is writable");
        let content = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.gz\"))");
        writeln!(table, "File {{ name: {name:?}, media: {media:?}, tag: {tag:?}, gzip: {content} }},")
            .expect("memory is writable");
    }
    fs::write(out.join("files.rs"), table + "]\n").expect("OUT_DIR is writable");
}
