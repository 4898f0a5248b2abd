//! Giving access back (RFC 7009).

use http::Method;

use super::browser::{FORM, form};
use super::program::{VERIFIER, granted, holder, refused};
use super::{Browser, Program, register, tenant_program};

#[tokio::test(flavor = "multi_thread")]
async fn either_token_revokes_both() {
    for name in ["refresh_token", "access_token"] {
        let (world, program) = tenant_program().await;
        let (kept, tokens) =
            (program.tokens(&world, "read:orders").await, program.tokens(&world, "read:orders").await);
        let token = tokens[name].as_str().unwrap();
        for _ in 0..2 {
            let reply = program.post("/revoke", &[("token", token), ("token_type_hint", "nonsense")]).await;
            assert_eq!(reply.status, 200);
        }
        assert_eq!(refused(&program.refresh(&tokens).await), "invalid_grant");
        assert_eq!(holder(&world, &tokens).get("/v1/orders").await.status, 401);
        // What another consent gave stays.
        assert_eq!(holder(&world, &kept).get("/v1/orders").await.status, 200);
        granted(&program.refresh(&kept).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_revokes_what_is_not_theirs() {
    let (world, program) = tenant_program().await;
    let other = register(&world.tenant_staff(), &["http://127.0.0.1/callback"]).await;
    let other = Program::registered(&world, &other);
    let tokens = program.tokens(&world, "read:orders").await;
    for token in
        [tokens["refresh_token"].as_str().unwrap(), tokens["access_token"].as_str().unwrap(), "x", "a.b.c"]
    {
        assert_eq!(other.post("/revoke", &[("token", token)]).await.status, 200);
    }
    assert_eq!(holder(&world, &tokens).get("/v1/orders").await.status, 200);
    granted(&program.refresh(&tokens).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_means_to_prove_itself_is_told_that_it_cannot() {
    let (_world, program) = tenant_program().await;
    for path in ["/token", "/refresh", "/revoke", "/device/authorize"] {
        let sent = form(&[("grant_type", "refresh_token"), ("token", "x"), ("refresh_token", "x")]);
        let basic = [FORM, ("authorization", "Basic c2hhcmVkLng6c2VjcmV0")];
        let by_header = program.api.send(Method::POST, path, sent, &basic).await;
        let secret = [("client_secret", "x"), ("grant_type", "refresh_token"), ("token", "x")];
        for reply in [by_header, program.post(path, &secret).await] {
            let told = (reply.status.as_u16(), reply.json()["error"].as_str() == Some("invalid_client"));
            assert_eq!(told, (401, true), "{path}: {}", reply.json());
            assert!(reply.header("www-authenticate").starts_with("Basic"));
        }
    }
}

/// Each parameter comes once (RFC 6749 section 3.2).
#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_comes_twice_is_refused() {
    let (world, program) = tenant_program().await;
    let code = program.code(&mut Browser::new(&world), "read:orders").await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", &program.redirect),
        ("code_verifier", VERIFIER),
    ];
    for twice in fields.into_iter().chain([("client_id", program.client_id.as_str())]) {
        let reply = program.token(&[&fields[..], &[twice]].concat()).await;
        assert_eq!(refused(&reply), "invalid_request", "{}", twice.0);
    }
    granted(&program.token(&fields).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_token_or_a_client_is_refused() {
    let (_world, program) = tenant_program().await;
    assert_eq!(refused(&program.post("/revoke", &[]).await), "invalid_request");
    let stranger = Program { client_id: "shared.x".to_owned(), ..program.clone() };
    assert_eq!(refused(&stranger.post("/revoke", &[("token", "x")]).await), "invalid_client");
    assert_eq!(refused(&stranger.token(&[("grant_type", "refresh_token")]).await), "invalid_client");
    assert_eq!(refused(&program.token(&[("grant_type", "password")]).await), "unsupported_grant_type");
    assert_eq!(
        refused(&program.token(&[("grant_type", "client_credentials")]).await),
        "unsupported_grant_type"
    );
    assert_eq!(refused(&program.token(&[]).await), "invalid_request");
    let twice = [("grant_type", "refresh_token"), ("grant_type", "refresh_token")];
    assert_eq!(refused(&program.token(&twice).await), "invalid_request");
}
