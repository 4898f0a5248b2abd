use domain::caller::{Permission, Permissions};
use domain::id::UserId;
use domain::{Caller, Error as Refusal, Scope, TenantId, Timestamp};
use http::HeaderMap;
use store::UserAccess;
use uuid::Uuid;

use super::{Claim, bearer, tenant};
use crate::edge::tests::{ISSUER, edge, keys};
use crate::edge::{Edge, Settings};
use crate::error::Error;
use crate::header::map;
use crate::route::Tenancy;
use crate::token::{Grant, mint};

const NOW: Timestamp = Timestamp::from_ms(1_766_325_383_000);
const TENANT: &str = "550e8400-e29b-41d4-a716-446655440000";
const OTHER: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
const ALICE: UserId = UserId::new(Uuid::from_u128(7));

fn private() -> Scope {
    Scope::Tenant(TenantId::parse(TENANT).unwrap())
}

fn token(scope: Scope) -> String {
    let grant = Grant {
        user: ALICE,
        scope,
        permissions: Permissions::default().with(Permission::ReadOrders).with(Permission::WriteOrders),
        id: Uuid::from_u128(1),
        issued_at: NOW,
        lifetime_secs: 900,
        session: None,
    };
    format!("Bearer {}", mint(&keys(), ISSUER, &grant).unwrap())
}

/// An edge that knows Alice in both pools: she may read orders and write pets.
fn edge_with_alice(tokens_valid_from: Timestamp) -> Edge {
    let edge = edge();
    let permissions = Permissions::default().with(Permission::ReadOrders).with(Permission::WritePets);
    for scope in [Scope::Shared, private()] {
        let access = UserAccess { scope, id: ALICE, permissions, staff: true, tokens_valid_from };
        edge.remember_user(access, NOW);
    }
    edge
}

async fn caller(edge: &Edge, headers: &HeaderMap, tenancy: Tenancy, now: Timestamp) -> Result<Caller, Error> {
    Ok(Claim::read(edge, headers, tenancy, now)?.admit(edge, tenancy, now).await?)
}

async fn ask(edge: &Edge, headers: &HeaderMap) -> Result<Caller, u16> {
    let answer = caller(edge, headers, Tenancy::Any, NOW).await;
    answer.map_err(|error| crate::problem::answer(&error, "/").status().as_u16())
}

#[test]
fn the_tenant_is_one_hyphenated_uuid() {
    let read = |value: &str| tenant(&map(&[("x-tenant-id", value)]));
    assert_eq!(tenant(&map(&[])).unwrap(), None);
    assert_eq!(read(TENANT).unwrap().unwrap().to_string(), TENANT);
    assert_eq!(read(&TENANT.to_uppercase()).unwrap().unwrap().to_string(), TENANT);
    for value in [
        "",
        "shared",
        "550e8400e29b41d4a716446655440000",
        "{550e8400-e29b-41d4-a716-446655440000}",
        "urn:uuid:550e8400-e29b-41d4-a716-446655440000",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "550e8400-e29b-41d4-a716-446655440000,550e8400-e29b-41d4-a716-446655440000",
        "550e8400-e29b-41d4-a716-446655440000, 7c9e6679-7425-40de-944b-e07fc1f90ae7",
    ] {
        assert!(matches!(read(value), Err(Refusal::Malformed { .. })), "{value}");
    }
    assert!(tenant(&map(&[("x-tenant-id", TENANT), ("x-tenant-id", TENANT)])).is_err());
    let bytes = http::HeaderValue::from_bytes(b"\xff").unwrap();
    assert!(tenant(&HeaderMap::from_iter([(http::HeaderName::from_static("x-tenant-id"), bytes)])).is_err());
}

#[test]
fn authorization_carries_exactly_one_bearer_token() {
    let read = |value: &str| bearer(&map(&[("authorization", value)])).map(|token| token.map(str::to_owned));
    assert_eq!(bearer(&map(&[])).unwrap(), None);
    for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c", " Bearer a.b.c "] {
        assert_eq!(read(value).unwrap().as_deref(), Some("a.b.c"), "{value}");
    }
    for value in
        ["", "Bearer", "Bearer ", "Basic YTpi", "a.b.c", "Bearer a.b.c,Bearer d.e.f", "Bearer a b", "Bearera"]
    {
        assert!(matches!(read(value), Err(Refusal::Unauthenticated(_))), "{value}");
    }
    assert!(bearer(&map(&[("authorization", "Bearer a"), ("authorization", "Bearer a")])).is_err());
}

#[tokio::test]
async fn an_anonymous_request_is_confined_to_the_pool_it_names() {
    let shared = ask(&edge(), &map(&[])).await;
    assert_eq!(shared, Ok(Caller { scope: Scope::Shared, user: None }));
    let named = ask(&edge(), &map(&[("x-tenant-id", TENANT)])).await;
    assert_eq!(named, Ok(Caller { scope: private(), user: None }));
}

#[tokio::test]
async fn the_tokens_tenant_decides() {
    let edge = edge_with_alice(NOW);
    let (of_tenant, of_shared) = (token(private()), token(Scope::Shared));
    let scope = async |headers: &[(&'static str, &str)]| ask(&edge, &map(headers)).await.map(|c| c.scope);
    assert_eq!(scope(&[("authorization", &of_tenant)]).await, Ok(private()));
    assert_eq!(scope(&[("authorization", &of_tenant), ("x-tenant-id", TENANT)]).await, Ok(private()));
    assert_eq!(scope(&[("authorization", &of_tenant), ("x-tenant-id", OTHER)]).await, Err(403));
    assert_eq!(scope(&[("authorization", &of_shared)]).await, Ok(Scope::Shared));
    assert_eq!(scope(&[("authorization", &of_shared), ("x-tenant-id", TENANT)]).await, Err(403));
    assert_eq!(scope(&[("authorization", "Bearer x"), ("x-tenant-id", TENANT)]).await, Err(401));
    assert_eq!(scope(&[("authorization", &of_tenant), ("x-tenant-id", "x")]).await, Err(400));
}

#[tokio::test]
async fn a_caller_may_do_what_token_and_roles_both_allow() {
    let user = ask(&edge_with_alice(NOW), &map(&[("authorization", &token(private()))])).await.unwrap().user;
    let user = user.unwrap();
    assert_eq!((user.id, user.staff), (ALICE, true));
    assert_eq!(user.permissions, Permissions::default().with(Permission::ReadOrders));
}

#[tokio::test]
async fn a_token_older_than_the_users_last_change_is_void() {
    let headers = map(&[("authorization", &token(private()))]);
    assert!(ask(&edge_with_alice(NOW), &headers).await.is_ok());
    assert_eq!(ask(&edge_with_alice(NOW.plus_ms(1)), &headers).await, Err(401));
}

#[tokio::test]
async fn roles_are_read_again_after_a_minute() {
    let (edge, headers) = (edge_with_alice(NOW), map(&[("authorization", &token(private()))]));
    let ask_at = async |ms| caller(&edge, &headers, Tenancy::Any, NOW.plus_ms(ms)).await;
    assert!(ask_at(59_999).await.is_ok());
    // The store of these tests is not there to be read.
    assert!(matches!(ask_at(60_000).await, Err(Error::Domain(error)) if error.is_transient()));
}

#[tokio::test]
async fn without_a_shared_pool_a_tenant_must_be_named() {
    let edge = edge_with_alice(NOW).with_settings(Settings {
        public_base_url: ISSUER.to_owned(),
        shared_pool: false,
        limits: None,
    });
    assert_eq!(ask(&edge, &map(&[])).await, Err(404));
    assert_eq!(ask(&edge, &map(&[("authorization", &token(Scope::Shared))])).await, Err(404));
    assert!(ask(&edge, &map(&[("x-tenant-id", TENANT)])).await.is_ok());
    assert!(ask(&edge, &map(&[("authorization", &token(private()))])).await.is_ok());
    assert!(caller(&edge, &map(&[]), Tenancy::Unasked, NOW).await.is_ok());
}

#[tokio::test]
async fn writes_need_a_tenant_that_exists() {
    let (edge, headers) = (edge(), map(&[("x-tenant-id", TENANT)]));
    edge.remember_tenant(TenantId::parse(TENANT).unwrap(), NOW);
    let write = async |headers: &HeaderMap| caller(&edge, headers, Tenancy::MustExist, NOW).await;
    assert!(write(&headers).await.is_ok());
    assert!(write(&map(&[])).await.is_ok());
    // Another tenant is looked up in the store, which is not there.
    assert!(write(&map(&[("x-tenant-id", OTHER)])).await.is_err());
    assert!(caller(&edge, &map(&[("x-tenant-id", OTHER)]), Tenancy::Any, NOW).await.is_ok());
}
