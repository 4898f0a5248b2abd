use bytes::Bytes;
use domain::{Error, Result};

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
