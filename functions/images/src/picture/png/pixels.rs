//! The pixels of a PNG: one zlib stream over all its `IDAT` chunks (W3C PNG, third edition, sections 7.2, 8 and 10). A
//! decoder stops where it has all rows. What a file carries behind that, we would keep and serve.

use bytes::Bytes;
use flate2::{Decompress, FlushDecompress, Status};
use img_parts::png::PngChunk;
use png::{BitDepth, ColorType};

use super::super::{Refusal, decode};

/// Rows are thrown away in pieces of so many bytes.
const SCRATCH_BYTES: usize = 32 * 1024;
/// Adam7: the first column and row of each pass, and the steps to the next.
const PASSES: [(u32, u32, u32, u32); 7] =
    [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

/// Cuts what lies behind the stream's end. A stream of more bytes than the rows have is refused: it hides them in itself.
pub(super) fn cut(chunks: &mut Vec<PngChunk>) -> Result<(), Refusal> {
    let header = chunks.first().filter(|chunk| chunk.kind() == *b"IHDR").ok_or(Refusal::Broken)?;
    let mut left = end(chunks, rows_bytes(header.contents())?)?;
    for chunk in chunks.iter_mut().filter(|chunk| chunk.kind() == *b"IDAT") {
        let kept = chunk.contents().len().min(left);
        if kept < chunk.contents().len() {
            *chunk = PngChunk::new(*b"IDAT", chunk.contents().slice(..kept));
        }
        left -= kept;
    }
    chunks.retain(|chunk| chunk.kind() != *b"IDAT" || !chunk.contents().is_empty());
    Ok(())
}

/// Where the stream ends, in bytes of all `IDAT` chunks.
fn end(chunks: &[PngChunk], rows_bytes: u64) -> Result<usize, Refusal> {
    let (mut zlib, mut scratch) = (Decompress::new(true), vec![0; SCRATCH_BYTES]);
    for chunk in chunks.iter().filter(|chunk| chunk.kind() == *b"IDAT") {
        let mut rest = chunk.contents().as_ref();
        loop {
            let before = (zlib.total_in(), zlib.total_out());
            let status = zlib.decompress(rest, &mut scratch, FlushDecompress::None);
            let status = status.map_err(|_| Refusal::Broken)?;
            let eaten = usize::try_from(zlib.total_in() - before.0).map_err(|_| Refusal::Broken)?;
            rest = rest.get(eaten..).ok_or(Refusal::Broken)?;
            if zlib.total_out() > rows_bytes {
                return Err(Refusal::Broken);
            }
            match status {
                Status::StreamEnd if zlib.total_out() == rows_bytes => {
                    return usize::try_from(zlib.total_in()).map_err(|_| Refusal::Broken);
                }
                Status::StreamEnd => return Err(Refusal::Broken),
                _ if before == (zlib.total_in(), zlib.total_out()) => break,
                _ => {}
            }
        }
    }
    Err(Refusal::Broken)
}

/// Bytes of all rows, each with the byte that names its filter, of an image with this header.
fn rows_bytes(header: &Bytes) -> Result<u64, Refusal> {
    let header: &[u8; 13] = header.as_ref().try_into().map_err(|_| Refusal::Broken)?;
    let [a, b, c, d, e, f, g, h, depth, color, _, _, interlaced] = *header;
    let (width, height) =
        decode::allowed(u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))?;
    let (color, depth) = (ColorType::from_u8(color), BitDepth::from_u8(depth));
    let (color, depth) = color.zip(depth).ok_or(Refusal::Broken)?;
    let bits = color.samples() as u64 * u64::from(depth as u8);
    let rows = |(width, height): (u32, u32)| match width {
        0 => 0,
        _ => u64::from(height) * (1 + (u64::from(width) * bits).div_ceil(8)),
    };
    match interlaced {
        0 => Ok(rows((width, height))),
        1 => Ok(PASSES.into_iter().map(|pass| rows(size(pass, width, height))).sum()),
        _ => Err(Refusal::Broken),
    }
}

/// Columns and rows of a pass.
const fn size((x, y, dx, dy): (u32, u32, u32, u32), width: u32, height: u32) -> (u32, u32) {
    (width.saturating_sub(x).div_ceil(dx), height.saturating_sub(y).div_ceil(dy))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::rows_bytes;

    fn bytes(width: u8, height: u8, depth: u8, color: u8, interlaced: u8) -> u64 {
        let header = [0, 0, 0, width, 0, 0, 0, height, depth, color, 0, 0, interlaced];
        rows_bytes(&Bytes::copy_from_slice(&header)).unwrap()
    }

    #[test]
    fn rows_have_a_filter_and_whole_bytes_and_passes_have_rows() {
        assert_eq!(bytes(8, 8, 8, 0, 0), 8 * 9);
        assert_eq!(bytes(9, 2, 1, 3, 0), 2 * 3);
        assert_eq!(bytes(3, 2, 16, 6, 0), 2 * 25);
        assert_eq!(bytes(8, 8, 8, 0, 1), 64 + 15);
        assert_eq!(bytes(1, 1, 8, 2, 1), 4);
        // The passes of columns that it does not have are none.
        assert_eq!(bytes(2, 1, 8, 0, 1), 2 + 2);
    }
}
