//! Giving access back (RFC 7009).

use super::program::{granted, holder, refused};
use super::{Program, register, tenant_program};

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
