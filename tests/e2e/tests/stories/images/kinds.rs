//! Which images are taken, by their bytes alone, and what is left of them.

use e2e::code;

use crate::images::{look, photos, sample, shelter};

#[tokio::test(flavor = "multi_thread")]
async fn jpeg_png_and_webp_become_photos_and_others_see_what_was_sent() {
    let (world, staff, pet) = shelter().await;
    for (bytes, media) in [
        (sample!("plain.jpg"), "image/jpeg"),
        (sample!("progressive.jpg"), "image/jpeg"),
        (sample!("plain.png"), "image/png"),
        (sample!("plain.webp"), "image/webp"),
        (sample!("lossless.webp"), "image/webp"),
    ] {
        let added = staff.image(&pet, bytes).await;
        assert_eq!(
            (added.status.as_u16(), &added.json()["success"]),
            (201, &true.into()),
            "{}",
            added.json()
        );
        let shown = look(&world, &added).await;
        assert_eq!((shown.status.as_u16(), shown.header("content-type")), (200, media));
        assert_eq!(shown.body, bytes);
        let url = format!("{}{}", world.local.base_url(), added.header("location"));
        assert_eq!(photos(&staff, &pet).await.last(), Some(&url));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phones_picture_says_no_longer_where_it_was_taken_and_stands_as_before() {
    let (world, staff, pet) = shelter().await;
    for bytes in [sample!("phone.jpg"), sample!("phone.png"), sample!("phone.webp")] {
        let shown = look(&world, &staff.image(&pet, bytes).await).await.body;
        let has = |text: &[u8]| shown.windows(text.len()).any(|window| window == text);
        assert!(
            !has(b"Secret") && !has(b"GPS") && !has(b"xmpmeta") && !has(b"\x88\x25") && !has(b"\x25\x88")
        );
        // The one entry of EXIF: orientation, a number, once, a quarter turn.
        assert!(has(b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_such_image_is_refused_whatever_it_is_called() {
    let (_world, staff, pet) = shelter().await;
    for bytes in [
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".as_slice(),
        b"<!doctype html><script>alert(1)</script>",
        sample!("other.gif"),
        sample!("moving.webp"),
        sample!("moving.png"),
        b"",
    ] {
        assert_eq!(staff.image(&pet, bytes).await.status, 415);
    }
    for bytes in [sample!("plain.jpg"), sample!("plain.png"), sample!("plain.webp")] {
        let reply = staff.image(&pet, &bytes[..bytes.len() / 2]).await;
        assert_eq!((reply.status.as_u16(), code(&reply).as_str()), (422, "broken_image"));
    }
    assert!(photos(&staff, &pet).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_behind_an_image_is_cut_off() {
    let (world, staff, pet) = shelter().await;
    for bytes in [sample!("plain.jpg"), sample!("plain.png"), sample!("plain.webp")] {
        let polyglot = [bytes, b"<script>alert(1)</script>"].concat();
        let shown = look(&world, &staff.image(&pet, &polyglot).await).await;
        assert_eq!(shown.body, bytes);
        assert_eq!(shown.header("x-content-type-options"), "nosniff");
        assert_eq!(shown.header("content-security-policy"), "default-src 'none'; sandbox");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_would_fill_the_memory_is_refused_by_its_header() {
    let (_world, staff, pet) = shelter().await;
    let mut bomb = sample!("plain.jpg").to_vec();
    let frame = bomb.windows(2).position(|window| window == [0xff, 0xc0]).unwrap();
    bomb[frame + 5..frame + 9].fill(0xff);
    let reply = staff.image(&pet, &bomb).await;
    assert_eq!((reply.status.as_u16(), code(&reply).as_str()), (422, "too_many_pixels"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gateway_cannot_carry_is_too_large() {
    let (_world, staff, pet) = shelter().await;
    let reply = staff.image(&pet, &vec![0; web::BINARY_BYTES_MAX]).await;
    assert_eq!(reply.status, 413);
    assert!(photos(&staff, &pet).await.is_empty());
}
