//! WebP: chunks in a RIFF container (RFC 9649, section 2).

use bytes::Bytes;
use img_parts::riff::RiffContent;
use img_parts::webp::{CHUNK_ALPH, CHUNK_ANIM, CHUNK_ANMF, CHUNK_VP8, CHUNK_VP8L, CHUNK_VP8X, WebP};
use img_parts::{ImageEXIF, ImageICC};

use super::{Refusal, exif, icc};

/// The bit of the header that announces XMP.
const XMP: u8 = 0b0000_0100;

/// The file with what is needed to show it.
pub(super) fn clean(bytes: Bytes) -> Result<Bytes, Refusal> {
    let mut webp = WebP::from_bytes(bytes).map_err(|_| Refusal::Broken)?;
    if webp.has_chunk(CHUNK_ANIM) || webp.has_chunk(CHUNK_ANMF) {
        return Err(Refusal::Animated);
    }
    let turned = webp.exif().and_then(|tiff| exif::only_orientation(&tiff));
    let profile = webp.icc_profile().and_then(icc::only_profile);
    let needed = [CHUNK_VP8X, CHUNK_ALPH, CHUNK_VP8, CHUNK_VP8L];
    webp.chunks_mut().retain(|chunk| needed.contains(&chunk.id()));
    for chunk in webp.chunks_mut().iter_mut().filter(|chunk| chunk.id() == CHUNK_VP8X) {
        if let RiffContent::Data(header) = chunk.content_mut() {
            let mut bytes = header.to_vec();
            bytes.first_mut().into_iter().for_each(|flags| *flags &= !XMP);
            *header = Bytes::from(bytes);
        }
    }
    webp.set_icc_profile(profile);
    // This sets the header's other flags too, or drops a header that is not needed any more.
    webp.set_exif(turned);
    Ok(webp.encoder().bytes())
}
