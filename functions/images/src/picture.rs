//! Bytes that claim to be an image, as a picture that may be shown.
//!
//! 1. What it is, the first bytes say; no name and no declaration is asked.
//! 2. `jpeg`, `png`, `webp` take the container apart and keep what is needed to show the picture: no place, camera,
//!    thumbnail or comment, and nothing behind the end, of the file or of a PNG's packed pixels, stays. The pixels are
//!    untouched. How the picture is to be turned is the one thing of the metadata that is kept (`exif`), and a profile of
//!    its colours if it is one (`icc`).
//! 3. `decode` reads the size in the header, refuses what is too large, and decodes what is left, within limits: what
//!    cannot be shown is not kept, and nothing unpacks to more than it says.

mod decode;
mod exif;
mod icc;
mod jpeg;
mod png;
mod webp;

use std::fmt;

use bytes::Bytes;
use domain::{Error, Result};

/// The largest image, in bytes.
pub const IMAGE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// The most pixels: what a phone of fifty megapixels takes.
pub const PIXELS_MAX: u64 = 50_331_648;
/// The longest side, in pixels.
pub const SIDE_MAX: u32 = 16_383;

/// The kinds that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
}

/// A picture that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it is.
    pub kind: Kind,
    /// Pixels from side to side, before it is turned.
    pub width: u32,
    /// Pixels from top to bottom, before it is turned.
    pub height: u32,
    /// The file, cleaned.
    pub bytes: Bytes,
}

/// Why bytes are no picture for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// It ends early, or nobody could show it.
    Broken,
    /// It moves.
    Animated,
    /// It has more pixels than we take.
    TooManyPixels,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::WebP];

    /// The kind of what begins with `bytes`.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }

    /// The kind with this media type.
    #[must_use]
    pub fn of_media(media: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.media() == media)
    }

    /// Its media type.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
        })
    }
}

impl Picture {
    /// Checks and cleans an image.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::UnsupportedMedia`] for what is no still JPEG, PNG or WebP, [`Error::Invalid`] for
    /// one that is broken or has too many pixels.
    pub fn read(bytes: Bytes) -> Result<Self> {
        if bytes.len() > IMAGE_BYTES_MAX {
            return Err(Error::TooLarge(format!("an image may have at most {IMAGE_BYTES_MAX} bytes")));
        }
        let kind = Kind::of_bytes(&bytes).ok_or(Error::UnsupportedMedia(
            "the file is no JPEG, PNG or WebP image, whatever it is called",
        ))?;
        let bytes = match kind {
            Kind::Jpeg => jpeg::clean(bytes),
            Kind::Png => png::clean(bytes),
            Kind::WebP => webp::clean(bytes),
        }?;
        let (width, height) = decode::check(kind, &bytes)?;
        Ok(Self { kind, width, height, bytes })
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let invalid = |code, message: String| Self::invalid("file", code, message);
        match refusal {
            Refusal::Broken => invalid("broken_image", "Is not a whole image that can be shown.".to_owned()),
            Refusal::Animated => Self::UnsupportedMedia("the file is an animation; a photo does not move"),
            Refusal::TooManyPixels => invalid(
                "too_many_pixels",
                format!("Must have at most {PIXELS_MAX} pixels, and {SIDE_MAX} from side to side."),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
