//! Stolen codes, and codes in the wrong hands.

use e2e::{Reply, World};
use local::seed::DEMO_TENANT;
use store::Commit;

use super::program::{VERIFIER, challenge, granted, holder, refused};
use super::{Browser, Program, register, tenant_program};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_once_and_its_second_use_voids_what_came_of_the_first() {
    let (world, program) = tenant_program().await;
    let code = program.code(&mut Browser::new(&world), "read:orders").await;
    let tokens = granted(&program.redeem(&code).await);
    assert_eq!(holder(&world, &tokens).get("/v1/orders").await.status, 200);
    // The thief does not even need to know the verifier to give it away.
    assert_eq!(
        refused(&program.redeem_with(&code, &program.redirect, &"x".repeat(43)).await),
        "invalid_grant"
    );
    assert_eq!(holder(&world, &tokens).get("/v1/orders").await.status, 401);
    assert_eq!(refused(&program.refresh(&tokens).await), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_bring_one_code_at_once_one_wins_and_neither_keeps_anything() {
    let (world, program) = tenant_program().await;
    let mut browser = Browser::new(&world);
    for _ in 0..5 {
        let code = program.code(&mut browser, "read:orders").await;
        let both = futures_util::future::join(program.redeem(&code), program.redeem(&code)).await;
        let mut replies: Vec<Reply> = [both.0, both.1].into();
        replies.sort_by_key(|reply| reply.status);
        let tokens = granted(&replies[0]);
        assert_eq!(refused(&replies[1]), "invalid_grant");
        assert_eq!(refused(&program.refresh(&tokens).await), "invalid_grant");
        assert_eq!(holder(&world, &tokens).get("/v1/orders").await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_code_is_worth_nothing_without_its_verifier() {
    let (world, program) = tenant_program().await;
    let code = program.code(&mut Browser::new(&world), "read:orders").await;
    let challenge = challenge(VERIFIER);
    for verifier in [challenge.as_str(), &VERIFIER[1..], &format!("{VERIFIER}x"), &"x".repeat(43)] {
        let reply = program.redeem_with(&code, &program.redirect, verifier).await;
        assert_eq!(refused(&reply), "invalid_grant", "{verifier}");
    }
    let bare = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &program.redirect)];
    assert_eq!(refused(&program.token(&bare).await), "invalid_request");
    // None of that spent it.
    granted(&program.redeem(&code).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_with_its_own_redirect_and_for_its_own_client_alone() {
    let (world, program) = tenant_program().await;
    let other = register(&world.tenant_staff(), &["http://127.0.0.1/callback"]).await;
    let other = Program { redirect: program.redirect.clone(), ..Program::registered(&world, &other) };
    let code = program.code(&mut Browser::new(&world), "read:orders").await;
    let elsewhere = program.redeem_with(&code, "http://127.0.0.1:51005/callback", VERIFIER).await;
    assert_eq!(refused(&elsewhere), "invalid_grant");
    assert_eq!(refused(&other.redeem(&code).await), "invalid_grant");
    granted(&program.redeem(&code).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_a_minute() {
    let (world, program) = tenant_program().await;
    let code = program.code(&mut Browser::new(&world), "read:orders").await;
    age(&world, &program, &code).await;
    assert_eq!(refused(&program.redeem(&code).await), "invalid_grant");
}

/// Lets the code's minute pass.
async fn age(world: &World, program: &Program, code: &str) {
    use sha2::{Digest, Sha256};
    let client = domain::oauth::ClientRef::parse(&program.client_id).unwrap();
    let hash = hex::encode(Sha256::digest(code));
    let fresh = world.store.code_fetch(client, &hash).await.unwrap().unwrap();
    let (expires_at, version) =
        (fresh.expires_at.plus_ms(-domain::oauth::CODE_LIFETIME_MS), fresh.version + 1);
    let aged = domain::oauth::Code { expires_at, version, ..fresh };
    let commit = world.store.transaction().replace("code", &aged).commit().await.unwrap();
    assert_eq!(commit, Commit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_the_table_opens_nothing() {
    let (world, program) = tenant_program().await;
    let code = program.code(&mut Browser::new(&world), "read:orders").await;
    let tokens = granted(&program.redeem(&program.code(&mut Browser::new(&world), "read:pets").await).await);
    let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
    let names = store::TableNames::default();
    let mut pages = client.scan().table_name(&names.state).into_paginator().send();
    let mut rows = String::new();
    while let Some(page) = pages.next().await {
        rows.push_str(&format!("{:?}", page.unwrap().items()));
    }
    assert!(rows.contains(&DEMO_TENANT.to_string()) && rows.contains("#H#"));
    for secret in [code.as_str(), tokens["refresh_token"].as_str().unwrap(), VERIFIER, super::PASSWORD] {
        assert!(!rows.contains(secret));
    }
}
