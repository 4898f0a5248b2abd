//! Redirect tricks, and requests that say too little: nobody is sent where they should not go.

use domain::Scope;
use e2e::World;

use super::browser::{encoded, parameter, text};
use super::program::{STATE, challenge};
use super::{Browser, Program, join, register, tenant_program};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_to_a_redirect_that_was_not_registered() {
    let (world, program) = tenant_program().await;
    let client = register(&world.tenant_staff(), &["https://app.example.com/callback"]).await;
    let app = Program::registered(&world, &client);
    for redirect in [
        "https://evil.example/callback",
        "https://app.example.com/callback/",
        "https://app.example.com/callback/../evil",
        "https://app.example.com/callback?next=https://evil.example",
        "https://app.example.com/callback#",
        "https://app.example.com.evil.example/callback",
        "https://app.example.com@evil.example/callback",
        "https://app.example.com:8443/callback",
        "https://APP.example.com/callback",
        "http://app.example.com/callback",
        "http://127.0.0.1:51004/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "//app.example.com/callback",
        "/callback",
        "",
    ] {
        assert_nowhere(&world, &Program { redirect: redirect.to_owned(), ..app.clone() }).await;
    }
    for redirect in [
        "http://localhost:51004/callback",
        "http://127.0.0.1:51004/other",
        "http://127.0.0.1:1@evil.example/callback",
    ] {
        assert_nowhere(&world, &Program { redirect: redirect.to_owned(), ..program.clone() }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_anywhere_for_a_client_that_there_is_not() {
    let (world, program) = tenant_program().await;
    let id = program.client_id.split('.').nth(1).unwrap();
    for client_id in [
        "",
        "x",
        "shared",
        id,
        &format!("shared.{}", uuid::Uuid::from_u128(7)),
        &format!("7c9e6679-7425-40de-944b-e07fc1f90ae7.{id}"),
        &format!("{}x", program.client_id),
    ] {
        assert_nowhere(&world, &Program { client_id: client_id.to_owned(), ..program.clone() }).await;
    }
}

async fn assert_nowhere(world: &World, program: &Program) {
    let page = Browser::new(world).open(&program.link("read:orders")).await;
    assert_eq!((page.status.as_u16(), page.header("location")), (400, ""), "{}", program.redirect);
    assert!(text(&page).contains("role=\"alert\"") && !text(&page).contains("<form"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_redirects_are_none() {
    let (world, program) = tenant_program().await;
    for more in [("redirect_uri", "https://evil.example/"), ("client_id", "shared.x")] {
        let page = Browser::new(&world).open(&program.link_with(&[more])).await;
        assert_eq!((page.status.as_u16(), page.header("location")), (400, ""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_listens_at_any_port_of_its_own_machine() {
    let (world, program) = tenant_program().await;
    for redirect in ["http://127.0.0.1/callback", "http://127.0.0.1:8000/callback", "http://[::1]:9/callback"]
    {
        let program = Program { redirect: redirect.to_owned(), ..program.clone() };
        let code = program.code(&mut Browser::new(&world), "read:orders").await;
        assert_eq!(program.redeem(&code).await.status, 200, "{redirect}");
    }
}

/// PKCE cannot be left out, nor made weaker.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_request_is_told_to_its_client() {
    let world = World::bare().await;
    join(&world, Scope::Shared).await;
    let (program, challenge) = (Program::of(&world, Scope::Shared), challenge(super::program::VERIFIER));
    let pkce = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
    let with = |more: &[(&'static str, &'static str)]| [&pkce[..], more].concat();
    for (more, error) in [
        (vec![], "invalid_request"),
        (vec![pkce[0]], "invalid_request"),
        (vec![pkce[0], ("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge", "x"), pkce[1]], "invalid_request"),
        (with(&[("code_challenge_method", "plain")]), "invalid_request"),
        (with(&[("scope", "openid")]), "invalid_scope"),
        (with(&[("scope", "admin:webhooks")]), "invalid_scope"),
        (with(&[("scope", "read:pets"), ("scope", "write:pets")]), "invalid_request"),
        (with(&[("response_mode", "fragment")]), "invalid_request"),
        (with(&[("response_type", "token")]), "invalid_request"),
    ] {
        let back = Browser::new(&world).open(&program.link_with(&more)).await;
        assert_eq!((back.status.as_u16(), parameter(&back, "error").as_str()), (303, error), "{more:?}");
        assert_eq!(parameter(&back, "state"), STATE);
        assert_eq!(parameter(&back, "iss"), world.local.base_url());
        assert_eq!(parameter(&back, "code"), "");
    }
    let state = "x".repeat(2_049);
    let long = program.link_with(&with(&[])).replace(&encoded(STATE), &state);
    let back = Browser::new(&world).open(&long).await;
    assert_eq!(
        (parameter(&back, "error"), parameter(&back, "state")),
        ("invalid_request".to_owned(), String::new())
    );
    let implicit = program.link("read:pets").replace("response_type=code", "response_type=token");
    let back = Browser::new(&world).open(&implicit).await;
    assert_eq!(parameter(&back, "error"), "unsupported_response_type");
    assert!(encoded(STATE).contains("%20"), "the state is one that must be encoded");
}
