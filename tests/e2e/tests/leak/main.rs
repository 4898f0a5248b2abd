//! Card data, account numbers, passwords, codes, tokens, invitations and the secrets of receivers reach nobody who need not
//! know them: no table, stream record, queue message, log line, metric, answer or delivery. The same search finds the last four digits where they
//! belong, and everything that is planted.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod capture;
mod oauth;
mod people;
mod search;
mod story;

use e2e::{Petstore, Receiver};
use search::{afterwards, at_rest, everywhere, leaks, planted};
use story::{ACCOUNT, CARD, Story};

use crate::capture::Captured;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_kept_sent_or_answered_holds_them() {
    let receiver = story::receiver().await;
    let captured = Captured::start().await;
    let api = captured.world.guest().0;
    let story = Story { guest: api.clone(), staff: captured.world.tenant_staff().0, to: receiver.url("") };
    let told = story.tell().await;
    captured.until_delivered(&receiver).await;

    let secrets = at_rest(&told);
    for (place, text) in captured.places().await {
        assert_eq!(leaks(&text, &secrets), [""; 0], "in {place}");
        assert_eq!(
            leaks(&(text.clone() + &planted(&secrets)), &secrets).len(),
            secrets.len(),
            "planted in {place}"
        );
        let has_last4 = text.contains(&CARD[12..]) && text.contains(&ACCOUNT[8..]);
        assert!(has_last4 || place == "the queues", "{place} holds no last4: {text}");
    }
    let secrets = afterwards(&told);
    for (place, text) in [("the answers", told.answers()), ("the deliveries", story::deliveries(&receiver))] {
        assert_eq!(leaks(&text, &secrets), [""; 0], "in {place}");
        assert_eq!(
            leaks(&(text.clone() + &planted(&secrets)), &secrets).len(),
            secrets.len(),
            "planted in {place}"
        );
        assert!(text.contains(&CARD[12..]), "{place} hold no last4");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_finds_what_is_planted_through_the_api() {
    let captured = Captured::start().await;
    let staff = captured.world.tenant_staff();
    let secrets = everywhere();
    let pet = serde_json::json!({"name": "Max", "species": "DOG", "ageMonths": 24, "price": "250.00",
                                 "currency": "USD", "status": "AVAILABLE", "description": planted(&secrets)});
    let pet = staff.post("/v1/pets", &pet).await;
    let found = |text: &str| leaks(text, &secrets).len();
    assert_eq!(found(&String::from_utf8_lossy(&pet.body)), secrets.len());
    let order = serde_json::json!({"petId": pet.json()["id"]});
    assert_eq!(staff.post("/v1/orders", &order).await.status, 201);
    captured.until_streamed(&planted(&secrets)).await;
    for (place, text) in captured.places().await {
        let is_clean = ["the queues", "the deliveries table"].contains(&place);
        assert_eq!(found(&text), if is_clean { 0 } else { secrets.len() }, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_that_a_process_prints_holds_them_at_the_most_talkative_level() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), story::receiver().await);
    let environment = [("LOG_LEVEL", "trace")];
    let petstore = Petstore::start(folder.path(), &["--no-seed"], &environment).await.unwrap();
    let staff = petstore.staff(folder.path(), "tenant-token");
    let story = Story { guest: petstore.guest(), staff, to: receiver.url("") };
    let told = story.tell().await;
    arrived(&receiver).await;
    petstore.line("EndpointDisabled").await;
    let log = petstore.log();
    petstore.kill().await;

    let secrets = at_rest(&told);
    assert_eq!(leaks(&log, &secrets), [""; 0]);
    assert_eq!(leaks(&(log.clone() + &planted(&secrets)), &secrets).len(), secrets.len());
    assert!(log.contains("DEBUG") && log.contains("metric"), "the log is not talkative: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_code_or_token_is_kept_or_passed_on() {
    let captured = Captured::start().await;
    let secrets = oauth::tell(&captured.world.guest().0).await;
    for (place, text) in captured.places().await {
        assert_eq!(leaks(&text, &secrets), [""; 0], "in {place}");
        assert_eq!(leaks(&(text + &planted(&secrets)), &secrets).len(), secrets.len(), "planted in {place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_code_or_token_is_logged_at_the_most_talkative_level() {
    let folder = tempfile::tempdir().unwrap();
    let environment = [("LOG_LEVEL", "trace")];
    let petstore = Petstore::start(folder.path(), &["--no-seed"], &environment).await.unwrap();
    let secrets = oauth::tell(&petstore.guest()).await;
    petstore.line("/revoke").await;
    let log = petstore.log();
    petstore.kill().await;
    assert_eq!(leaks(&log, &secrets), [""; 0]);
    assert_eq!(leaks(&(log.clone() + &planted(&secrets)), &secrets).len(), secrets.len());
    assert!(log.contains("was used twice"), "the log is not talkative: {log}");
}

async fn arrived(receiver: &Receiver) {
    let all = |received: &[e2e::Received]| received.iter().any(|copy| copy.path.starts_with("/callbacks"));
    e2e::soon("the callback", receiver.until(all)).await;
}
