//! PNG: chunks (W3C PNG, third edition, section 11).

mod pixels;

use bytes::Bytes;
use img_parts::ImageICC;
use img_parts::png::{Png, PngChunk};

use super::{Refusal, exif, icc};

/// The file with what is needed to show it.
pub(super) fn clean(bytes: Bytes) -> Result<Bytes, Refusal> {
    let mut png = Png::from_bytes(bytes).map_err(|_| Refusal::Broken)?;
    if png.chunk_by_type(*b"acTL").is_some() {
        return Err(Refusal::Animated);
    }
    let turned = png.chunk_by_type(*b"eXIf").and_then(|chunk| exif::only_orientation(chunk.contents()));
    let profile = png.icc_profile().and_then(icc::only_profile);
    let chunks = png.chunks_mut();
    needed(chunks);
    if chunks.last().is_none_or(|last| last.kind() != *b"IEND") {
        return Err(Refusal::Broken);
    }
    pixels::cut(chunks)?;
    if let Some(turned) = turned {
        // Behind the header, which is first.
        chunks.insert(chunks.len().min(1), PngChunk::new(*b"eXIf", turned));
    }
    if profile.is_some() {
        // Packed anew, under no name.
        png.set_icc_profile(profile);
    }
    Ok(png.encoder().bytes())
}

/// Keeps what is needed to show a picture in its colours: pixels, and of everything else one chunk that is no longer than
/// its meaning.
fn needed(chunks: &mut Vec<PngChunk>) {
    let mut seen = Vec::new();
    chunks.retain(|chunk| {
        let kind = chunk.kind();
        let is_first = kind == *b"IDAT" || !seen.contains(&kind);
        seen.push(kind);
        is_first && means(&kind, chunk.contents().len())
    });
}

/// Whether a chunk of so many bytes can mean something.
const fn means(kind: &[u8; 4], bytes: usize) -> bool {
    match kind {
        b"IDAT" => true,
        b"IEND" => bytes == 0,
        b"IHDR" => bytes == 13,
        b"PLTE" => bytes <= 3 * 256,
        b"tRNS" => bytes <= 256,
        b"cHRM" => bytes == 32,
        b"pHYs" => bytes == 9,
        b"bKGD" => bytes <= 6,
        b"gAMA" | b"cICP" => bytes == 4,
        b"sBIT" => bytes <= 4,
        b"sRGB" => bytes == 1,
        _ => false,
    }
}
