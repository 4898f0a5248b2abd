//! What a photo's address leads to, for whom and how long.

use http::Method;
use serde_json::Value;

use crate::images::{look, sample, shelter};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_address_sees_the_photo_and_keeps_it() {
    let (world, staff, pet) = shelter().await;
    let added = staff.image(&pet, sample!("plain.jpg")).await;
    let path = added.header("location");
    let shown = look(&world, &added).await;
    assert_eq!(shown.header("cache-control"), "public, max-age=31536000, immutable");
    let tag = shown.header("etag");
    assert_eq!(tag, format!("\"{}\"", path.rsplit('/').next().unwrap()));
    let guest = world.guest();
    let again = guest.call(Method::GET, path, &Value::Null, &[("if-none-match", tag)]).await;
    assert_eq!((again.status.as_u16(), again.body.len(), again.header("etag")), (304, 0, tag));
    assert_eq!(again.header("cache-control"), shown.header("cache-control"));
    let browser = [("accept", "image/avif,image/webp,image/png,image/*;q=0.8")];
    assert_eq!(guest.call(Method::GET, path, &Value::Null, &browser).await.body, sample!("plain.jpg"));
    let head = guest.call(Method::HEAD, path, &Value::Null, &[]).await;
    assert_eq!((head.status.as_u16(), head.header("content-type"), head.body.len()), (200, "image/jpeg", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_another_pool_pet_or_name_leads_nowhere() {
    let (world, staff, pet) = shelter().await;
    let added = staff.image(&pet, sample!("plain.jpg")).await;
    let other = world.pet(&staff).await;
    let path = added.header("location").to_owned();
    let pool = path.split('/').nth(3).unwrap();
    for wrong in [
        path.replace(pool, "shared"),
        path.replace(pool, "550e8400-e29b-41d4-a716-446655440001"),
        path.replace(&pet, e2e::id(&other)),
        format!("{path}0"),
        path.to_uppercase().replace("/V1/PHOTOS", "/v1/photos"),
    ] {
        let reply = world.guest().get(&wrong).await;
        assert!(reply.status == 404, "{wrong} → {}", reply.status);
    }
}
