//! JPEG: segments up to the first scan, then scans (ITU-T T.81, annex B).

use bytes::Bytes;
use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use img_parts::{ImageEXIF, ImageICC};

use super::{Refusal, exif, icc};

const JFIF: &[u8] = b"JFIF\0";
/// `JFIF`, version, density, and the size of a thumbnail, which comes behind.
const JFIF_BYTES: usize = 14;
const ADOBE: &[u8] = b"Adobe";
/// `Adobe`, version, flags, and how colours are meant; nothing belongs behind it.
const ADOBE_BYTES: usize = 12;

/// The file with what is needed to show it.
pub(super) fn clean(bytes: Bytes) -> Result<Bytes, Refusal> {
    let mut jpeg = Jpeg::from_bytes(bytes).map_err(|_| Refusal::Broken)?;
    let turned = jpeg.exif().and_then(|tiff| exif::only_orientation(&tiff));
    let profile = jpeg.icc_profile().and_then(icc::only_profile);
    let segments = std::mem::take(jpeg.segments_mut());
    jpeg.segments_mut().extend(said_once(segments.into_iter().filter_map(needed).collect()));
    jpeg.set_icc_profile(profile);
    jpeg.set_exif(turned);
    let rest = jpeg.segments().last().map_or(0, |scan| scan.len_with_entropy() - scan.len());
    let mut clean = jpeg.encoder().bytes().to_vec();
    let scan = clean.split_off(clean.len() - rest);
    clean.extend(scans(&scan).ok_or(Refusal::Broken)?);
    Ok(Bytes::from(clean))
}

/// Tables and frames, and what Adobe says of colours; of JFIF all but the thumbnail.
fn needed(segment: JpegSegment) -> Option<JpegSegment> {
    let contents = segment.contents();
    match segment.marker() {
        markers::APP0 if contents.starts_with(JFIF) && contents.len() >= JFIF_BYTES => {
            let mut head = contents[..JFIF_BYTES].to_vec();
            head[JFIF_BYTES - 2..].fill(0);
            Some(JpegSegment::new_with_contents(markers::APP0, Bytes::from(head)))
        }
        markers::APP14 if contents.starts_with(ADOBE) && contents.len() >= ADOBE_BYTES => {
            Some(JpegSegment::new_with_contents(markers::APP14, contents.slice(..ADOBE_BYTES)))
        }
        markers::SOF0..=markers::SOF15 | markers::SOS | markers::DQT | markers::DRI => Some(segment),
        _ => None,
    }
}

/// Of what JFIF and Adobe say the last, which decoders go by: one can hide little, a thousand a letter.
fn said_once(mut segments: Vec<JpegSegment>) -> Vec<JpegSegment> {
    let mut said = Vec::new();
    segments.reverse();
    segments.retain(|segment| {
        let marker = segment.marker();
        let is_said = said.contains(&marker);
        if matches!(marker, markers::APP0 | markers::APP14) && !is_said {
            said.push(marker);
        }
        !is_said
    });
    segments.reverse();
    segments
}

/// The scans up to the end of the picture, with the tables between them; `None` when there is no end. What lies
/// behind it is dropped: phones append whole further pictures there, with places of their own.
fn scans(rest: &[u8]) -> Option<Vec<u8>> {
    let (mut kept, mut at, mut is_scan) = (Vec::with_capacity(rest.len()), 0, true);
    loop {
        let marker_at = next_marker(rest, at)?;
        if is_scan {
            kept.extend(rest.get(at..marker_at)?);
        }
        let marker = *rest.get(marker_at + 1)?;
        if marker == markers::EOI {
            kept.extend([markers::P, markers::EOI]);
            return Some(kept);
        }
        let length = rest.get(marker_at + 2..marker_at + 4)?.try_into().ok()?;
        let end = marker_at + 2 + usize::from(u16::from_be_bytes(length)).max(2);
        let segment = rest.get(marker_at..end)?;
        is_scan = marker == markers::SOS;
        if is_scan || matches!(marker, markers::DHT | markers::DQT | markers::DRI | markers::DNL) {
            kept.extend(segment);
        }
        at = end;
    }
}

/// Where the next marker begins that is neither a stuffed byte nor a restart, both of which belong to a scan.
fn next_marker(rest: &[u8], from: usize) -> Option<usize> {
    let pairs = rest.get(from..)?.windows(2);
    let is_marker = |pair: &[u8]| {
        pair[0] == markers::P && !matches!(pair[1], markers::Z | markers::P | markers::RST0..=markers::RST7)
    };
    pairs.enumerate().find_map(|(at, pair)| is_marker(pair).then_some(from + at))
}
