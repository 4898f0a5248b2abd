use std::io::Write;

use bytes::Bytes;
use domain::{Error, Result};
use img_parts::ImageICC;
use img_parts::jpeg::Jpeg;
use img_parts::png::{Png, PngChunk};
use img_parts::webp::WebP;

use super::exif::orientation;
use super::{Kind, PIXELS_MAX, Picture, SIDE_MAX};

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../../samples/", $name)).as_slice()
    };
}

const GOOD: [(&str, &[u8], Kind); 8] = [
    ("plain.jpg", sample!("plain.jpg"), Kind::Jpeg),
    ("progressive.jpg", sample!("progressive.jpg"), Kind::Jpeg),
    ("phone.jpg", sample!("phone.jpg"), Kind::Jpeg),
    ("plain.png", sample!("plain.png"), Kind::Png),
    ("phone.png", sample!("phone.png"), Kind::Png),
    ("plain.webp", sample!("plain.webp"), Kind::WebP),
    ("lossless.webp", sample!("lossless.webp"), Kind::WebP),
    ("phone.webp", sample!("phone.webp"), Kind::WebP),
];

fn read(bytes: impl AsRef<[u8]>) -> Result<Picture> {
    Picture::read(Bytes::copy_from_slice(bytes.as_ref()))
}

fn code(outcome: Result<Picture>) -> &'static str {
    match outcome {
        Err(Error::Invalid(errors)) => errors[0].code,
        Err(Error::UnsupportedMedia(_)) => "unsupported",
        Err(Error::TooLarge(_)) => "too_large",
        other => panic!("{other:?}"),
    }
}

fn has(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[test]
fn the_three_kinds_are_read_by_their_bytes() {
    for (name, bytes, kind) in GOOD {
        let picture = read(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((picture.kind, picture.width, picture.height), (kind, 48, 32), "{name}");
    }
}

#[test]
fn what_needs_no_cleaning_stays_as_it_is() {
    for (name, bytes, _) in GOOD.into_iter().filter(|(name, ..)| !name.starts_with("phone")) {
        assert_eq!(read(bytes).unwrap().bytes, bytes, "{name}");
    }
}

#[test]
fn cleaning_twice_changes_nothing() {
    for (name, bytes, _) in GOOD {
        let once = read(bytes).unwrap();
        assert_eq!(read(&once.bytes).unwrap(), once, "{name}");
    }
}

#[test]
fn no_place_camera_comment_or_second_picture_stays() {
    for (name, bytes, _) in GOOD.into_iter().filter(|(name, ..)| name.starts_with("phone")) {
        let clean = read(bytes).unwrap().bytes;
        assert!(has(bytes, b"Secret"), "{name} is no good sample");
        for trace in [b"Secret".as_slice(), b"xmpmeta", b"GPS", b"\x88\x25", b"\x25\x88"] {
            assert!(!has(&clean, trace), "{name} still has {trace:?}");
        }
    }
}

#[test]
fn a_picture_is_turned_as_before() {
    for (name, bytes, _) in GOOD.into_iter().filter(|(name, ..)| name.starts_with("phone")) {
        let clean = read(bytes).unwrap().bytes;
        let tiff = clean.windows(4).position(|window| window == b"MM\0\x2a").unwrap();
        assert_eq!(orientation(&clean[tiff..]), Some(6), "{name}");
    }
}

#[test]
fn what_lies_behind_the_end_goes() {
    for (name, bytes, _) in GOOD {
        let polyglot = [bytes, b"<script>alert(1)</script>PK\x03\x04"].concat();
        assert_eq!(read(&polyglot).unwrap().bytes, read(bytes).unwrap().bytes, "{name}");
    }
}

/// A JPEG with these segments of a program's own before all others.
fn with_segments(segments: &[(u8, &[u8])]) -> Vec<u8> {
    let plain = sample!("plain.jpg");
    let mut bytes = plain[..2].to_vec();
    for (marker, contents) in segments {
        bytes.extend([0xff, *marker]);
        bytes.extend(u16::try_from(contents.len() + 2).unwrap().to_be_bytes());
        bytes.extend(*contents);
    }
    [&bytes, &plain[2..]].concat()
}

#[test]
fn what_adobe_and_jfif_say_is_kept_once_and_nothing_behind_it() {
    let adobe = *b"Adobe\0\x64\0\0\0\0\x01";
    let jfif = *b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
    let clean = |segments: &[(u8, &[u8])]| read(with_segments(segments)).unwrap().bytes;
    let kept = clean(&[(0xee, &adobe)]);
    assert!(has(&kept, &[b"\xff\xee\0\x0e".as_slice(), &adobe].concat()));
    let long = [adobe.as_slice(), b"Secret"].concat();
    assert_eq!(clean(&[(0xee, &long)]), kept);
    let (mut first_adobe, mut first_jfif) = (adobe, jfif);
    first_adobe[5..11].copy_from_slice(b"Secret");
    first_jfif[7..12].copy_from_slice(b"Secre");
    assert_eq!(clean(&[(0xe0, &first_jfif), (0xee, &first_adobe), (0xee, &long)]), kept);
    assert_eq!(clean(&[(0xee, b"AdobeSecret"), (0xee, &adobe)]), kept);
}

/// The chunks of a PNG after `change`.
fn repacked(bytes: &[u8], change: impl FnOnce(&mut Vec<PngChunk>)) -> Bytes {
    let mut png = Png::from_bytes(Bytes::copy_from_slice(bytes)).unwrap();
    change(png.chunks_mut());
    png.encoder().bytes()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn what_lies_behind_a_pngs_pixels_goes() {
    let (bytes, secret) = (sample!("plain.png"), b"SecretHome".as_slice());
    let last = |chunks: &[PngChunk]| chunks.iter().rposition(|chunk| chunk.kind() == *b"IDAT").unwrap();
    let in_the_last_chunk = repacked(bytes, |chunks| {
        let at = last(chunks);
        let longer = [chunks[at].contents(), secret].concat();
        chunks[at] = PngChunk::new(*b"IDAT", longer.into());
    });
    let in_a_chunk_more = repacked(bytes, |chunks| {
        chunks.insert(last(chunks) + 1, PngChunk::new(*b"IDAT", Bytes::from_static(secret)));
    });
    let in_pieces = repacked(&in_a_chunk_more, |chunks| {
        let at = chunks.iter().position(|chunk| chunk.kind() == *b"IDAT").unwrap();
        let whole = chunks.remove(at).contents().clone();
        for piece in whole.chunks(7).rev() {
            chunks.insert(at, PngChunk::new(*b"IDAT", Bytes::copy_from_slice(piece)));
        }
    });
    for hidden in [&in_the_last_chunk, &in_a_chunk_more] {
        assert!(has(hidden, secret));
        assert_eq!(read(hidden).unwrap().bytes, bytes);
    }
    assert!(!has(&read(&in_pieces).unwrap().bytes, secret));
}

/// 8 by 8 grey pixels in seven passes, and so many bytes behind them in the same stream.
fn interlaced(more: usize) -> Bytes {
    let header = Bytes::from_static(&[0, 0, 0, 8, 0, 0, 0, 8, 8, 0, 0, 0, 1]);
    let pixels = zlib(&vec![0; 79 + more]);
    repacked(sample!("plain.png"), |chunks| {
        *chunks = vec![
            PngChunk::new(*b"IHDR", header),
            PngChunk::new(*b"IDAT", pixels.into()),
            PngChunk::new(*b"IEND", Bytes::new()),
        ];
    })
}

#[test]
fn no_stream_holds_more_than_the_pixels() {
    assert_eq!(read(interlaced(0)).map(|picture| (picture.width, picture.height)).unwrap(), (8, 8));
    assert_eq!(code(read(interlaced(1))), "broken_image");
    assert_eq!(code(read(interlaced(1 << 20))), "broken_image");
}

#[test]
fn chunks_that_say_too_much_or_the_same_again_go() {
    let gamma = || PngChunk::new(*b"gAMA", Bytes::from_static(&[0, 0, 0xb1, 0x8f]));
    let once = repacked(sample!("plain.png"), |chunks| chunks.insert(1, gamma()));
    let again = repacked(&once, |chunks| {
        chunks.insert(2, gamma());
        chunks.insert(3, PngChunk::new(*b"pHYs", Bytes::from_static(b"SecretHome")));
    });
    assert_eq!(read(&again).unwrap().bytes, once);
    let ended = repacked(sample!("plain.png"), |chunks| {
        *chunks.last_mut().unwrap() = PngChunk::new(*b"IEND", Bytes::from_static(b"SecretHome"));
    });
    assert_eq!(code(read(&ended)), "broken_image");
}

/// A colour profile of so many bytes with this text in it.
fn profile(bytes: u32, text: &[u8]) -> Vec<u8> {
    let mut profile = vec![0; bytes as usize];
    profile[..4].copy_from_slice(&bytes.to_be_bytes());
    profile[36..40].copy_from_slice(b"acsp");
    profile[128..128 + text.len()].copy_from_slice(text);
    profile
}

/// The sample with this as its colour profile.
fn profiled(kind: Kind, profile: &[u8]) -> Bytes {
    let profile = Some(Bytes::copy_from_slice(profile));
    match kind {
        Kind::Jpeg => {
            let mut jpeg = Jpeg::from_bytes(Bytes::from_static(sample!("plain.jpg"))).unwrap();
            jpeg.set_icc_profile(profile);
            jpeg.encoder().bytes()
        }
        Kind::Png => {
            let mut png = Png::from_bytes(Bytes::from_static(sample!("plain.png"))).unwrap();
            png.set_icc_profile(profile);
            png.encoder().bytes()
        }
        Kind::WebP => {
            let mut webp = WebP::from_bytes(Bytes::from_static(sample!("plain.webp"))).unwrap();
            webp.set_icc_profile(profile);
            webp.encoder().bytes()
        }
    }
}

fn profile_of(kind: Kind, bytes: &Bytes) -> Option<Bytes> {
    match kind {
        Kind::Jpeg => Jpeg::from_bytes(bytes.clone()).unwrap().icc_profile(),
        Kind::Png => Png::from_bytes(bytes.clone()).unwrap().icc_profile(),
        Kind::WebP => WebP::from_bytes(bytes.clone()).unwrap().icc_profile(),
    }
}

#[test]
fn a_colour_profile_stays_and_nothing_that_is_called_one() {
    let good = profile(560, b"sRGB");
    let long = [good.as_slice(), b"SecretHome"].concat();
    let large = profile(4 * 1024 * 1024 + 1, b"");
    for kind in [Kind::Jpeg, Kind::Png, Kind::WebP] {
        let clean = read(profiled(kind, &good)).unwrap();
        assert_eq!(profile_of(kind, &clean.bytes).unwrap(), good, "{kind}");
        assert_eq!(read(&clean.bytes).unwrap(), clean, "{kind}");
        for bad in [b"SecretHome".as_slice(), &vec![b'x'; 560], &long, b""] {
            let clean = read(profiled(kind, bad)).unwrap();
            assert_eq!(profile_of(kind, &clean.bytes), None, "{kind}");
            assert!(!has(&clean.bytes, b"Secret"), "{kind}");
        }
    }
    assert_eq!(profile_of(Kind::Png, &read(profiled(Kind::Png, &large)).unwrap().bytes), None);
}

#[test]
fn a_pngs_profile_has_no_name_and_nothing_behind_it() {
    let good = profile(560, b"sRGB");
    let packed = [b"SecretName\0\0".as_slice(), &zlib(&good), b"SecretHome"].concat();
    let bytes = repacked(sample!("plain.png"), |chunks| {
        chunks.insert(1, PngChunk::new(*b"iCCP", packed.into()));
    });
    let clean = read(&bytes).unwrap().bytes;
    assert_eq!((profile_of(Kind::Png, &clean).unwrap(), has(&clean, b"Secret")), (good.into(), false));
}

#[test]
fn other_kinds_are_refused_whatever_they_are_called() {
    for bytes in [
        b"".as_slice(),
        b"\xff\xd8",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"BM\0\0\0\0",
        b"II\x2a\0\x08\0\0\0",
        b"RIFF\x04\0\0\0WAVE",
        sample!("other.gif"),
    ] {
        assert_eq!(code(read(bytes)), "unsupported", "{bytes:?}");
    }
}

#[test]
fn animations_are_refused() {
    for bytes in [sample!("moving.webp"), sample!("moving.png")] {
        assert_eq!(code(read(bytes)), "unsupported");
    }
}

#[test]
fn what_ends_early_is_broken() {
    for (name, bytes, _) in GOOD.into_iter().filter(|(name, ..)| *name != "phone.jpg") {
        for length in (12..bytes.len()).step_by(7) {
            assert_eq!(code(read(&bytes[..length])), "broken_image", "{name} of {length}");
        }
    }
}

/// A PNG that says it is so large, with almost nothing in it.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(png::chunk::IDAT, &[0x78, 0x9c, 0x63, 0, 0, 0, 1, 0, 1]).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn bombs_are_refused_by_what_their_header_says() {
    for (width, height) in
        [(SIDE_MAX + 1, 1), (1, SIDE_MAX + 1), (10_000, 10_000), (u32::MAX >> 1, u32::MAX >> 1)]
    {
        assert_eq!(code(read(bomb(width, height))), "too_many_pixels", "{width} × {height}");
    }
    let within = u32::try_from(PIXELS_MAX / 8_192).unwrap();
    assert_eq!(code(read(bomb(8_192, within))), "broken_image");
    let mut jpeg = sample!("plain.jpg").to_vec();
    let frame = jpeg.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    assert_eq!(code(read(jpeg)), "too_many_pixels");
}

#[test]
fn five_megabytes_are_the_most() {
    let mut large = sample!("plain.png").to_vec();
    large.resize(super::IMAGE_BYTES_MAX, 0);
    assert!(read(&large).is_ok());
    large.push(0);
    assert_eq!(code(read(&large)), "too_large");
}

proptest::proptest! {
    #[test]
    fn damaged_images_are_read_without_a_panic(which in 0..GOOD.len(), at: proptest::sample::Index, damage: Vec<u8>) {
        let mut bytes = GOOD[which].1.to_vec();
        let at = at.index(bytes.len());
        let end = (at + damage.len()).min(bytes.len());
        bytes.splice(at..end, damage);
        if let Ok(picture) = read(&bytes) {
            proptest::prop_assert!(u64::from(picture.width) * u64::from(picture.height) <= PIXELS_MAX);
            proptest::prop_assert_eq!(read(&picture.bytes).unwrap(), picture);
        }
    }
}
