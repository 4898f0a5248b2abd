//! PNG: chunks (W3C PNG, third edition, section 11).

use bytes::Bytes;
use img_parts::png::{Png, PngChunk};

use super::{Refusal, exif};

/// What is needed to show a picture in its colours.
const NEEDED: [&[u8; 4]; 13] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP",
    b"bKGD", b"pHYs",
];

/// The file with what is needed to show it.
pub(super) fn clean(bytes: Bytes) -> Result<Bytes, Refusal> {
    let mut png = Png::from_bytes(bytes).map_err(|_| Refusal::Broken)?;
    if png.chunk_by_type(*b"acTL").is_some() {
        return Err(Refusal::Animated);
    }
    if png.chunks().last().is_none_or(|last| last.kind() != *b"IEND") {
        return Err(Refusal::Broken);
    }
    let turned = png.chunk_by_type(*b"eXIf").and_then(|chunk| exif::only_orientation(chunk.contents()));
    let chunks = png.chunks_mut();
    chunks.retain(|chunk| NEEDED.contains(&&chunk.kind()));
    if let Some(turned) = turned {
        // Behind the header, which is first.
        chunks.insert(chunks.len().min(1), PngChunk::new(*b"eXIf", turned));
    }
    Ok(png.encoder().bytes())
}
