//! The documentation site: guides, the API reference, the OpenAPI document. Everything is inside the binary, compressed.
//!
//! `docs/site/build` makes it; the function `fallback` serves it at `/docs`; `petstore docs DIR` writes it as files for
//! any static host.

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// What guides call the API. Readers see where theirs is instead, so that what they copy works.
const PLACEHOLDER: &str = "https://petstore.example";

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

    /// The content for readers of the API at `server`, which is an origin: a page that calls the API calls it there.
    ///
    /// # Errors
    /// As [`File::content`].
    pub fn content_for(&self, server: &str) -> io::Result<Vec<u8>> {
        let content = self.content()?;
        if !self.is_page() {
            return Ok(content);
        }
        Ok(String::from_utf8_lossy(&content).replace(PLACEHOLDER, server).into_bytes())
    }

    /// The same, compressed with gzip.
    ///
    /// # Errors
    /// As [`File::content`].
    pub fn gzip_for(&self, server: &str) -> io::Result<Cow<'static, [u8]>> {
        if !self.is_page() {
            return Ok(Cow::Borrowed(self.gzip));
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&self.content_for(server)?)?;
        encoder.finish().map(Cow::Owned)
    }

    fn is_page(&self) -> bool {
        self.name.ends_with(".html")
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
/// reference sends its requests there, and the guides call it there.
///
/// # Errors
/// When the folder cannot be written.
pub fn write(folder: &Path, server: Option<&str>) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for file in FILES {
        let content = match server {
            None => file.content()?,
            Some(server) if matches!(file.name, "openapi.json" | "reference.html") => {
                pointed_at(&file.content()?, server)
            }
            Some(server) => file.content_for(server)?,
        };
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
