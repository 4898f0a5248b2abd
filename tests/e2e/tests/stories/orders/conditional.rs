//! ETag, If-None-Match, If-Match, HEAD, OPTIONS and methods that a path does not have.

use e2e::{Api, Card, Reply, World, id, payment};
use http::Method;
use serde_json::{Value, json};

use crate::orders::{moved, now, paid, path};

async fn call(api: &Api, method: Method, path: &str, header: (&str, &str)) -> Reply {
    api.call(method, path, &Value::Null, &[header]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_order_already_is_told_so_until_it_changes() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = paid(&world, &staff, &staff).await;
    for suffix in ["", "/events"] {
        let path = format!("{}{suffix}", path(&order));
        let tag = staff.get(&path).await.header("etag").to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"0\", {tag}"), "*".to_owned()] {
            let same = call(&staff, Method::GET, &path, ("if-none-match", &known)).await;
            assert_eq!(
                (same.status.as_u16(), same.body.len(), same.header("etag")),
                (304, 0, tag.as_str()),
                "{known}"
            );
        }
        assert_eq!(call(&staff, Method::GET, &path, ("if-none-match", "\"0\"")).await.status, 200);
    }
    let tag = staff.get(&path(&order)).await.header("etag").to_owned();
    moved(&staff, &order, "SHIPPED").await;
    let changed = call(&staff, Method::GET, &path(&order), ("if-none-match", &tag)).await;
    assert_eq!((changed.status.as_u16(), &changed.json()["status"]), (200, &json!("SHIPPED")));
    assert_ne!(changed.header("etag"), tag);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_asked_of_another_version_is_not_made() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = world.order(&staff, &staff).await;
    let pay = format!("{}/payment", path(&order));
    let (money, shipped) = (payment(&order, Card::GOOD), json!({"status": "SHIPPED"}));
    let send = async |method: &Method, path: &str, body: &Value, tag: &str| {
        staff.call(method.clone(), path, body, &[("if-match", tag)]).await.status.as_u16()
    };
    for (tag, status) in [("\"0\"", 412), ("\"2\"", 412), ("W/\"1\"", 400), ("1", 400)] {
        assert_eq!(send(&Method::POST, &pay, &money, tag).await, status, "{tag}");
        assert_eq!(send(&Method::DELETE, &path(&order), &Value::Null, tag).await, status, "{tag}");
    }
    assert_eq!(now(&staff, &order).await, order);
    assert_eq!(send(&Method::POST, &pay, &money, "\"1\"").await, 201);
    assert_eq!(send(&Method::PATCH, &path(&order), &shipped, "\"1\"").await, 412);
    let tag = staff.get(&path(&order)).await.header("etag").to_owned();
    assert_eq!(send(&Method::PATCH, &path(&order), &shipped, &tag).await, 200);
    assert_eq!(send(&Method::PATCH, &path(&order), &json!({"status": "DELIVERED"}), "*").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn head_is_get_without_its_body() {
    let world = World::bare().await;
    let staff = world.staff();
    let order = paid(&world, &staff, &staff).await;
    let one = path(&order);
    for path in ["/v1/orders".to_owned(), one.clone(), format!("{one}/events"), format!("{one}/payments")] {
        let get = staff.get(&path).await;
        let head = staff.call(Method::HEAD, &path, &Value::Null, &[]).await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for header in ["etag", "content-type", "cache-control"] {
            assert_eq!(head.header(header), get.header(header), "{path} {header}");
        }
    }
    let unknown = staff.call(Method::HEAD, &format!("{one}0"), &Value::Null, &[]).await;
    assert_eq!((unknown.status.as_u16(), unknown.body.len()), (400, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_says_which_methods_it_has() {
    let world = World::bare().await;
    let guest = world.guest();
    let one = format!("/v1/orders/{}", id(&world.order(&guest, &world.staff()).await));
    for (path, allow) in [
        ("/v1/orders".to_owned(), "GET, HEAD, POST, OPTIONS"),
        (one.clone(), "GET, HEAD, POST, DELETE, PATCH, OPTIONS"),
        (format!("{one}/events"), "GET, HEAD, OPTIONS"),
        (format!("{one}/payment"), "POST, OPTIONS"),
        (format!("{one}/payments"), "GET, HEAD, OPTIONS"),
        (format!("/v1/receipts/{}", one.rsplit('/').next().unwrap()), "GET, HEAD, OPTIONS"),
    ] {
        let asked = guest.call(Method::OPTIONS, &path, &Value::Null, &[]).await;
        assert_eq!((asked.status.as_u16(), asked.header("allow")), (204, allow), "{path}");
        assert_eq!(asked.header("access-control-allow-methods"), allow);
        for method in [Method::PUT, Method::TRACE] {
            let refused = guest.call(method, &path, &Value::Null, &[]).await;
            assert_eq!((refused.status.as_u16(), refused.header("allow")), (405, allow), "{path}");
        }
    }
    assert_eq!(guest.get("/v1/order").await.status, 404);
}
