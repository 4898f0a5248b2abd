//! A form with a file (`multipart/form-data`, RFC 7578).
//!
//! As strict as JSON is read here: parts that nobody asked for and parts that come twice are refused, each by its name.
//! What a part says of its own type and file name is not even looked at.

use std::collections::BTreeMap;
use std::convert::Infallible;

use bytes::Bytes;
use domain::{Error, FieldError, Result};
use futures_util::stream;
use http::HeaderMap;
use multer::Multipart;

use crate::header;

/// Characters that a text may have.
const TEXT_CHARS_MAX: usize = 4_096;
/// Parts that are read at most: beyond, it is no form for us.
const PARTS_MAX: usize = 16;
/// Characters of an unknown name that a refusal repeats.
const NAME_CHARS_MAX: usize = 60;

/// What came in a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The file's bytes.
    pub file: Bytes,
    /// The texts that came, by name.
    pub texts: BTreeMap<&'static str, String>,
}

/// What is known of the parts so far.
#[derive(Default)]
struct Parts {
    file: Option<Bytes>,
    texts: BTreeMap<&'static str, String>,
    errors: Vec<FieldError>,
}

/// Reads `body`: one part called `file`, and any of `texts`, each once at most.
///
/// # Errors
/// [`Error::Malformed`] for what is no form, [`Error::Invalid`] for one with other parts.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Bytes,
    file: &'static str,
    texts: &[&'static str],
) -> Result<Form> {
    let boundary = boundary(headers)?;
    let mut form = Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
    let mut parts = Parts::default();
    for _ in 0..PARTS_MAX {
        let Some(part) = form.next_field().await.map_err(malformed)? else { return parts.finish(file) };
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(malformed)?;
        match texts.iter().find(|text| **text == name) {
            _ if name == file => parts.add_file(file, bytes),
            Some(text) => parts.add_text(text, &bytes),
            None => parts.refuse(&name, "unknown_field", "Is not a part of this form."),
        }
    }
    Err(Error::malformed(format!("a form has fewer than {PARTS_MAX} parts")))
}

impl Parts {
    fn add_file(&mut self, name: &str, bytes: Bytes) {
        match self.file {
            None => self.file = Some(bytes),
            Some(_) => self.refuse(name, "repeated_field", "Must come once."),
        }
    }

    fn add_text(&mut self, name: &'static str, bytes: &[u8]) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return self.refuse(name, "invalid_format", "Must be UTF-8.");
        };
        if text.chars().count() > TEXT_CHARS_MAX {
            return self.refuse(name, "too_long", "Must have at most 4096 characters.");
        }
        if self.texts.insert(name, text.to_owned()).is_some() {
            self.refuse(name, "repeated_field", "Must come once.");
        }
    }

    fn refuse(&mut self, name: &str, code: &'static str, message: &str) {
        let name: String = name.chars().take(NAME_CHARS_MAX).collect();
        let field = if name.is_empty() { "body".to_owned() } else { name };
        self.errors.push(FieldError::new(field, code, message));
    }

    fn finish(mut self, file: &str) -> Result<Form> {
        if self.file.is_none() {
            self.refuse(file, "required_field", "Is required.");
        }
        match self.file {
            Some(file) if self.errors.is_empty() => Ok(Form { file, texts: self.texts }),
            _ => Err(Error::Invalid(self.errors)),
        }
    }
}

/// What lies between two parts, as the declaration says.
fn boundary(headers: &HeaderMap) -> Result<String> {
    let declared = header::one(headers, "content-type").ok().flatten().unwrap_or_default();
    multer::parse_boundary(declared).map_err(|_| Error::malformed("Content-Type names no boundary"))
}

/// The parser's own words may repeat what was sent; where it stumbled is not worth that.
fn malformed(error: multer::Error) -> Error {
    tracing::debug!(%error, "a form cannot be read");
    Error::malformed("the body is not a complete form with the boundary that Content-Type names")
}

#[cfg(test)]
mod tests;
