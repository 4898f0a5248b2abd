//! Refresh tokens: each good once, and a second use voids them all.

use domain::caller::{Permission, Permissions};
use domain::id::UserId;
use domain::user::Roles;
use e2e::Reply;
use local::seed::DEMO_TENANT;
use serde_json::json;

use super::program::{granted, holder, refused};
use super::{Program, register, tenant_program};

#[tokio::test(flavor = "multi_thread")]
async fn each_is_followed_by_the_next() {
    let (world, program) = tenant_program().await;
    let mut tokens = program.tokens(&world, "read:orders").await;
    for _ in 0..3 {
        let next = granted(&program.refresh(&tokens).await);
        assert_ne!(next["refresh_token"], tokens["refresh_token"]);
        assert_eq!(next["scope"], "read:orders");
        assert_eq!(holder(&world, &next).get("/v1/orders").await.status, 200);
        tokens = next;
    }
    let token = &tokens["refresh_token"].as_str().unwrap().to_owned();
    tokens = granted(&program.post("/refresh", &[("refresh_token", token)]).await);
    assert_eq!(holder(&world, &tokens).get("/v1/orders").await.status, 200);
    let code = [("grant_type", "authorization_code"), ("refresh_token", token)];
    assert_eq!(refused(&program.post("/refresh", &code).await), "unsupported_grant_type");
}

/// A thief who comes second gives the theft away; one who comes first loses everything when the owner comes.
#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_one_is_good_for_nobody_as_soon_as_both_have_used_it() {
    for generations in [1, 3] {
        let (world, program) = tenant_program().await;
        let stolen = program.tokens(&world, "read:orders").await;
        let mut current = stolen.clone();
        for _ in 0..generations {
            current = granted(&program.refresh(&current).await);
        }
        assert_eq!(refused(&program.refresh(&stolen).await), "invalid_grant");
        assert_eq!(refused(&program.refresh(&current).await), "invalid_grant");
        assert_eq!(holder(&world, &current).get("/v1/orders").await.status, 401);
    }
}

/// An answer that was lost looks the same: the user is asked anew (docs/adr/0026).
#[tokio::test(flavor = "multi_thread")]
async fn two_uses_at_once_void_the_family() {
    let (world, program) = tenant_program().await;
    for _ in 0..5 {
        let tokens = program.tokens(&world, "read:orders").await;
        let both = futures_util::future::join(program.refresh(&tokens), program.refresh(&tokens)).await;
        let mut replies: Vec<Reply> = [both.0, both.1].into();
        replies.sort_by_key(|reply| reply.status);
        assert_eq!(refused(&replies[1]), "invalid_grant");
        let won = granted(&replies[0]);
        assert_eq!(refused(&program.refresh(&won).await), "invalid_grant");
        assert_eq!(holder(&world, &won).get("/v1/orders").await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_one_does_no_harm() {
    let (world, program) = tenant_program().await;
    let tokens = program.tokens(&world, "read:orders").await;
    let token = tokens["refresh_token"].as_str().unwrap();
    let access = tokens["access_token"].as_str().unwrap();
    for forged in [
        "x",
        "rt_",
        "rt_AAAA",
        &token[..token.len() - 1],
        &format!("{token}A"),
        access,
        &token.replacen("rt_", "dc_", 1),
    ] {
        let reply = program.token(&[("grant_type", "refresh_token"), ("refresh_token", forged)]).await;
        assert_eq!(refused(&reply), "invalid_grant");
    }
    granted(&program.refresh(&tokens).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_client_cannot_use_it_nor_break_it() {
    let (world, program) = tenant_program().await;
    let other = register(&world.tenant_staff(), &["http://127.0.0.1/callback"]).await;
    let other = Program::registered(&world, &other);
    let tokens = program.tokens(&world, "read:orders").await;
    assert_eq!(refused(&other.refresh(&tokens).await), "invalid_grant");
    granted(&program.refresh(&tokens).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_scope_may_only_become_less() {
    let (world, program) = tenant_program().await;
    let tokens = program.tokens(&world, "read:orders read:user").await;
    let with = |tokens: &serde_json::Value, scope: &'static str| {
        let token = tokens["refresh_token"].as_str().unwrap().to_owned();
        let program = program.clone();
        async move {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", scope)];
            program.token(&fields).await
        }
    };
    for more in ["write:orders", "read:orders write:orders", "admin:webhooks", "openid"] {
        assert_eq!(refused(&with(&tokens, more).await), "invalid_scope", "{more}");
    }
    let less = granted(&with(&tokens, "read:user").await);
    assert_eq!(less["scope"], "read:user");
    assert_eq!(holder(&world, &less).get("/v1/orders").await.status, 403);
    // What was agreed to is still there (RFC 6749 section 6).
    assert_eq!(granted(&program.refresh(&less).await)["scope"], "read:orders read:user");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_never_gives_more_than_the_user_still_has() {
    let (world, program) = tenant_program().await;
    let tokens = program.tokens(&world, "read:orders read:user").await;
    let me = holder(&world, &tokens).get("/v1/orders").await;
    assert_eq!(me.status, 200);
    let subject = subject(&tokens);
    let before = world.store.user_fetch(DEMO_TENANT, subject).await.unwrap().unwrap();
    let permissions = Permissions::default().with(Permission::ReadUser);
    let after = domain::user::Account {
        roles: Roles { permissions, ..before.roles },
        version: before.version + 1,
        ..before.clone()
    };
    assert_eq!(
        world.store.transaction().replace_user(&before, &after).commit().await.unwrap(),
        store::Commit::Done
    );
    assert_eq!(granted(&program.refresh(&tokens).await)["scope"], "read:user");
}

/// Whoever's roles change is to be asked anew, by whatever programs they have.
#[tokio::test(flavor = "multi_thread")]
async fn it_ends_when_an_owner_changes_the_users_roles() {
    let (world, program) = tenant_program().await;
    let tokens = program.tokens(&world, "read:orders read:user").await;
    let path = format!("/v1/users/{}/roles", subject(&tokens));
    let roles = json!({"scopes": ["read:user"], "staff": false});
    assert_eq!(world.tenant_staff().put(&path, &roles).await.status, 200);
    assert_eq!(refused(&program.refresh(&tokens).await), "invalid_grant");
    assert_eq!(holder(&world, &tokens).get("/v1/orders").await.status, 401);
    let anew = program.tokens(&world, "read:orders read:user").await;
    assert_eq!(anew["scope"], "read:user");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_its_user_and_with_its_time() {
    let (world, program) = tenant_program().await;
    let (old, tokens) =
        (program.tokens(&world, "read:user write:user").await, program.tokens(&world, "write:user").await);
    let family = super::tenants::family(&world, &old).await;
    let aged =
        domain::oauth::Family { expires_at: platform::clock::now(), version: family.version + 1, ..family };
    let commit = world.store.transaction().replace("family", &aged).commit().await.unwrap();
    assert_eq!(commit, store::Commit::Done);
    assert_eq!(refused(&program.refresh(&old).await), "invalid_grant");
    let path = format!("/v1/users/{}", subject(&tokens));
    assert_eq!(holder(&world, &tokens).delete(&path).await.status, 204);
    assert_eq!(refused(&program.refresh(&tokens).await), "invalid_grant");
}

/// Whom an access token speaks for.
fn subject(tokens: &serde_json::Value) -> UserId {
    let claims = super::forgeries::claims(tokens["access_token"].as_str().unwrap());
    assert_ne!(claims["sid"], json!(null));
    UserId::parse(claims["sub"].as_str().unwrap()).unwrap()
}
