//! The documentation site: guides, the API reference, the OpenAPI document. Everything is inside the binary, compressed.
//!
//! `docs/site/build` makes it; the function `fallback` serves it at `/docs`; `petstore docs DIR` writes it as files for
//! any static host.

use std::io::{self, Read, Write};
use std::path::Path;

use flate2::read::GzDecoder;

/// One file of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name; the site has no folders.
    pub name: &'static str,
    /// Its media type, with the charset of text.
    pub media: &'static str,
    /// Changes with its content: good for an `ETag`.
    pub tag: &'static str,
    /// Its content, compressed with gzip.
    pub gzip: &'static [u8],
}

/// Every file of the site.
pub const FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The OpenAPI document as JSON, converted from `openapi.yaml`.
pub const OPENAPI_JSON: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// What pages may load: their own origin. `frame-ancestors` works in a header only.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The same for the API reference, whose library styles itself as it goes.
pub const REFERENCE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

impl File {
    /// The content, as it is.
    ///
    /// # Errors
    /// When the file was packed badly; a test keeps that from happening.
    pub fn content(&self) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        GzDecoder::new(self.gzip).read_to_end(&mut content)?;
        Ok(content)
    }

    /// What the page may load.
    #[must_use]
    pub fn policy(&self) -> &'static str {
        if self.name == "reference.html" { REFERENCE_POLICY } else { POLICY }
    }
}

/// The file at `path` below the site's own: `""` and `"quick-start"` mean `index.html` and `quick-start.html`.
#[must_use]
pub fn find(path: &str) -> Option<&'static File> {
    let name = if path.is_empty() { "index.html" } else { path };
    let has_name = |file: &&File| file.name == name || file.name.strip_suffix(".html") == Some(name);
    FILES.iter().find(has_name)
}

/// Writes the whole site into `folder`, for a static host. `server` is where the API is, if it is elsewhere: the
/// reference sends its requests there.
///
/// # Errors
/// When the folder cannot be written.
pub fn write(folder: &Path, server: Option<&str>) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for file in FILES {
        let mut content = file.content()?;
        if let (Some(server), true) = (server, matches!(file.name, "openapi.json" | "reference.html")) {
            content = pointed_at(&content, server);
        }
        std::fs::File::create(folder.join(file.name))?.write_all(&content)?;
    }
    Ok(())
}

/// The document's only server, and what the reference may connect to, changed to `server`.
fn pointed_at(content: &[u8], server: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(content);
    let text = text.replace(r#""url":"/""#, &format!(r#""url":"{server}""#));
    text.replace("connect-src 'self'", &format!("connect-src 'self' {server}")).into_bytes()
}

#[cfg(test)]
mod tests;
