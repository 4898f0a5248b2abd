//! Images that are put to S3 with a request of ours, because no gateway carries them.

use std::io::Write;

use e2e::{Api, code, put};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::images::{look, photos, sample, shelter};

async fn begin(staff: &Api, pet: &str, bytes: &[u8], media: &str) -> Value {
    let body = json!({"contentType": media, "contentLength": bytes.len(), "sha256": hex::encode(Sha256::digest(bytes))});
    let reply = staff.post(&format!("/v1/pets/{pet}/images/uploads"), &body).await;
    assert_eq!(reply.status, 201, "{}", reply.json());
    let id = reply.json()["uploadId"].as_str().unwrap().to_owned();
    assert_eq!(reply.header("location"), format!("/v1/pets/{pet}/images/uploads/{id}"));
    reply.json()
}

fn path(pet: &str, begun: &Value) -> String {
    format!("/v1/pets/{pet}/images/uploads/{}", begun["uploadId"].as_str().unwrap())
}

/// A PNG of more bytes than the gateway carries, none of which can be left out: its pixels are stored as they are.
fn large() -> Vec<u8> {
    let (width, height) = (1_300_u32, 1_200_u32);
    let header = [&width.to_be_bytes(), &height.to_be_bytes(), &[8, 2, 0, 0][..], &[0]].concat();
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::none());
    let row = vec![0; 1 + 3 * width as usize];
    for _ in 0..height {
        pixels.write_all(&row).unwrap();
    }
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &pixels.finish().unwrap()), chunk(b"IEND", b"")];
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &chunks.concat()].concat();
    assert!(png.len() > web::BINARY_BYTES_MAX);
    png
}

fn chunk(kind: &[u8; 4], contents: &[u8]) -> Vec<u8> {
    let named = [kind, contents].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&named);
    let length = u32::try_from(contents.len()).unwrap().to_be_bytes();
    [&length, named.as_slice(), &crc.sum().to_be_bytes()].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_image_is_put_confirmed_and_found_by_a_redirect() {
    let (world, staff, pet) = shelter().await;
    let large = large();
    let begun = begin(&staff, &pet, &large, "image/png").await;
    assert_eq!(staff.post(&path(&pet, &begun), &Value::Null).await.status, 404);
    assert_eq!(put(&begun, &large).await.status, 200);
    let added = staff.post(&path(&pet, &begun), &Value::Null).await;
    assert_eq!(added.status, 201, "{}", added.json());
    let again = staff.post(&path(&pet, &begun), &Value::Null).await;
    assert_eq!((again.status, again.header("location")), (added.status, added.header("location")));
    assert_eq!(photos(&staff, &pet).await.len(), 1);
    let shown = look(&world, &added).await;
    assert_eq!(shown.status, 307);
    let there = local::client::Client::new(shown.header("location")).get("").await.unwrap();
    assert_eq!((there.status.as_u16(), there.header("content-type")), (200, "image/png"));
    assert_eq!(there.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(there.body == large, "{} bytes came back", there.body.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_is_checked_and_cleaned_like_everything_else() {
    let (world, staff, pet) = shelter().await;
    let phone = sample!("phone.webp");
    let begun = begin(&staff, &pet, phone, "image/webp").await;
    assert_eq!(put(&begun, phone).await.status, 200);
    let added = staff.post(&path(&pet, &begun), &Value::Null).await;
    let shown = look(&world, &added).await.body;
    assert!(!shown.windows(6).any(|window| window == b"Secret"));

    let page = b"<script>alert(1)</script>";
    let begun = begin(&staff, &pet, page, "image/jpeg").await;
    assert_eq!(put(&begun, page).await.status, 200);
    assert_eq!(staff.post(&path(&pet, &begun), &Value::Null).await.status, 415);
    assert_eq!(photos(&staff, &pet).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_announced_can_be_put() {
    let (world, staff, pet) = shelter().await;
    let bytes = sample!("plain.jpg");
    let begun = begin(&staff, &pet, bytes, "image/jpeg").await;
    let mut other = begun.clone();
    other["headers"]["content-type"] = json!("text/html");
    assert!(put(&other, bytes).await.status.is_client_error());
    let mut other = begun.clone();
    other["headers"]["x-amz-checksum-sha256"] = json!("n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=");
    assert!(put(&other, bytes).await.status.is_client_error());
    assert!(put(&begun, sample!("plain.png")).await.status.is_client_error());
    let mut other = begun.clone();
    other["url"] =
        json!(begun["url"].as_str().unwrap().replace(&pet, &platform::clock::fresh_id().to_string()));
    assert!(put(&other, bytes).await.status.is_client_error());
    drop(world);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_announced_as_it_may_be() {
    let (world, staff, pet) = shelter().await;
    let ask = async |media: &str, bytes: u64, sha256: &str| {
        let body = json!({"contentType": media, "contentLength": bytes, "sha256": sha256});
        staff.post(&format!("/v1/pets/{pet}/images/uploads"), &body).await
    };
    let hash = "ab".repeat(32);
    for reply in [
        ask("image/gif", 10, &hash).await,
        ask("image/jpeg", 0, &hash).await,
        ask("image/jpeg", 5 * 1024 * 1024 + 1, &hash).await,
        ask("image/jpeg", 10, &hash[1..]).await,
    ] {
        assert_eq!(reply.status, 422, "{}", reply.json());
    }
    let all = ask("text/html", 0, "x").await;
    assert_eq!((all.json()["errors"].as_array().unwrap().len(), code(&all).as_str()), (3, "invalid_value"));
    let body = json!({"contentType": "image/jpeg", "contentLength": 10, "sha256": hash});
    let uploads = format!("/v1/pets/{pet}/images/uploads");
    assert_eq!(world.guest().post(&uploads, &body).await.status, 401);
    assert_eq!(world.staff().post(&uploads, &body).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_one_pet_or_pool_is_no_upload_of_another() {
    let (world, staff, pet) = shelter().await;
    let bytes = sample!("plain.jpg");
    let begun = begin(&staff, &pet, bytes, "image/jpeg").await;
    assert_eq!(put(&begun, bytes).await.status, 200);
    let other = world.pet(&staff).await;
    assert_eq!(staff.post(&path(e2e::id(&other), &begun), &Value::Null).await.status, 404);
    let shared = world.pet(&world.staff()).await;
    assert_eq!(world.staff().post(&path(e2e::id(&shared), &begun), &Value::Null).await.status, 404);
    assert_eq!(staff.post(&path(&pet, &begun), &Value::Null).await.status, 201);
}
