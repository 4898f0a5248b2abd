//! How a picture is to be turned: the one thing that is kept of its metadata.
//!
//! EXIF is TIFF: a byte order, then a directory of entries of twelve bytes, of which entry 0x0112 is the orientation
//! (TIFF 6.0, sections 2 and 8). It is read where it stands and written anew, alone.

use bytes::Bytes;

const ORIENTATION: u16 = 0x0112;
/// A number of two bytes.
const SHORT: u16 = 3;

/// EXIF data that holds the orientation of `tiff` and nothing else; `None` when the picture stands as it is.
pub(super) fn only_orientation(tiff: &[u8]) -> Option<Bytes> {
    let orientation = orientation(tiff).filter(|orientation| (2..=8).contains(orientation))?;
    let mut only = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    only.extend(orientation.to_be_bytes());
    only.extend([0; 6]);
    Some(Bytes::from(only))
}

/// What the first directory says.
pub(super) fn orientation(tiff: &[u8]) -> Option<u16> {
    let is_little = match tiff.get(..4)? {
        b"II\x2a\0" => true,
        b"MM\0\x2a" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let first = tiff.get(4..8)?.try_into().ok()?;
    let first = if is_little { u32::from_le_bytes(first) } else { u32::from_be_bytes(first) };
    let first = usize::try_from(first).ok()?;
    let count = usize::from(short(first)?);
    let mut entries = (0..count).map_while(|index| {
        let at = first.checked_add(2 + 12 * index)?;
        Some((short(at)?, short(at + 2)?, short(at + 8)?))
    });
    entries.find_map(|(tag, kind, value)| (tag == ORIENTATION && kind == SHORT).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::{only_orientation, orientation};

    #[test]
    fn the_orientation_is_read_in_both_byte_orders() {
        let little =
            b"II\x2a\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x01\0\0\0A\0\0\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
        assert_eq!(orientation(little), Some(6));
        let only = only_orientation(little).unwrap();
        assert_eq!((orientation(&only), only.len()), (Some(6), 26));
    }

    #[test]
    fn what_stands_as_it_is_needs_no_word() {
        for value in [0, 1, 9, 0x0600] {
            let mut tiff = only_orientation(b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0")
                .unwrap()
                .to_vec();
            tiff[18..20].copy_from_slice(&u16::to_be_bytes(value));
            assert_eq!(only_orientation(&tiff), None, "{value}");
        }
        assert_eq!(only_orientation(b""), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(mut tiff: Vec<u8>, is_little: bool) {
            orientation(&tiff);
            tiff.splice(0..0, if is_little { *b"II\x2a\0" } else { *b"MM\0\x2a" });
            orientation(&tiff);
        }
    }
}
