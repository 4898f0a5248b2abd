//! Size first, then pixels, within limits. The pixels are thrown away: it is enough that they can be had.

use std::io::Cursor;

use image_webp::WebPDecoder;
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::{Kind, PIXELS_MAX, Refusal, SIDE_MAX};

/// Scans of a progressive JPEG: each may cost a pass over all its pixels.
const SCANS_MAX: usize = 64;
/// What a decoder may set aside beside the pixels, in bytes.
const ASIDE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Width and height of a picture that can be shown.
pub(super) fn check(kind: Kind, bytes: &[u8]) -> Result<(u32, u32), Refusal> {
    match kind {
        Kind::Jpeg => jpeg(bytes),
        Kind::Png => png(bytes),
        Kind::WebP => webp(bytes),
    }
}

/// The size, if we take a picture of it.
pub(super) fn allowed(width: u32, height: u32) -> Result<(u32, u32), Refusal> {
    let is_small = width.max(height) <= SIDE_MAX && u64::from(width) * u64::from(height) <= PIXELS_MAX;
    if is_small { Ok((width, height)) } else { Err(Refusal::TooManyPixels) }
}

fn jpeg(bytes: &[u8]) -> Result<(u32, u32), Refusal> {
    let broken = |_| Refusal::Broken;
    // The sides are compared with our own limit, so that the refusal says what is wrong.
    let any = usize::from(u16::MAX);
    let options = DecoderOptions::default().set_max_width(any).set_max_height(any);
    let options = options.jpeg_set_max_scans(SCANS_MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(broken)?;
    let info = decoder.info().ok_or(Refusal::Broken)?;
    let size = allowed(u32::from(info.width), u32::from(info.height))?;
    decoder.decode().map_err(broken)?;
    Ok(size)
}

fn png(bytes: &[u8]) -> Result<(u32, u32), Refusal> {
    let broken = |_| Refusal::Broken;
    let limits = png::Limits { bytes: ASIDE_BYTES_MAX };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(broken)?;
    let size = allowed(header.width, header.height)?;
    let mut reader = decoder.read_info().map_err(broken)?;
    // Row by row: nothing more than a row is ever held.
    while reader.next_row().map_err(broken)?.is_some() {}
    reader.finish().map_err(broken)?;
    Ok(size)
}

fn webp(bytes: &[u8]) -> Result<(u32, u32), Refusal> {
    let broken = |_| Refusal::Broken;
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(broken)?;
    decoder.set_memory_limit(ASIDE_BYTES_MAX);
    let (width, height) = decoder.dimensions();
    let size = allowed(width, height)?;
    if decoder.is_animated() {
        return Err(Refusal::Animated);
    }
    let mut pixels = vec![0; decoder.output_buffer_size().ok_or(Refusal::TooManyPixels)?];
    decoder.read_image(&mut pixels).map_err(broken)?;
    Ok(size)
}
