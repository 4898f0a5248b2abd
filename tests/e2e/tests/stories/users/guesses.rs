//! Guessing and registering by the dozen.

use std::net::{IpAddr, Ipv4Addr};

use e2e::{Api, World};
use local::options::Options;
use serde_json::json;

use crate::users::{PASSWORD, join, newcomer, sign_in};

async fn limited() -> World {
    World::with(Options { no_seed: true, rate_limit: Some(1_000), ..Options::ephemeral() }).await
}

/// A guest at another address.
fn stranger(world: &World, number: u8) -> Api {
    Api(world.guest().0.from_address(IpAddr::V4(Ipv4Addr::new(127, 0, 0, number))))
}

/// Tries of `api` at the password of `name` until they are refused.
async fn guess(api: &Api, name: impl Fn(u32) -> String) -> u32 {
    for count in 0..100 {
        let reply = sign_in(api, &name(count), "WrongPassword1").await;
        if reply.status == 429 {
            assert!(reply.header("retry-after").parse::<u32>().unwrap() <= 900);
            // Of the limit that was met, and not of the catalogue's, which is far off.
            assert_eq!(reply.header("ratelimit-remaining"), "0");
            return count;
        }
        assert_eq!(reply.status, 401);
    }
    panic!("nobody is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_guesses_locks_out_strangers_and_not_the_user() {
    let world = limited().await;
    join(&world, &world.guest(), "ada").await;
    assert_eq!(sign_in(&world.guest(), "ada", PASSWORD).await.status, 200);
    let guesses = guess(&stranger(&world, 2), |_| "ada".to_owned()).await;
    assert!((15..=40).contains(&guesses), "{guesses}");
    // Even with the right password, whatever its case.
    assert_eq!(sign_in(&stranger(&world, 3), "ADA", PASSWORD).await.status, 429);
    assert_eq!(sign_in(&world.guest(), "ada", PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_tries_many_users_is_held_up() {
    let world = limited().await;
    join(&world, &world.guest(), "ada").await;
    let guesses = guess(&stranger(&world, 4), |count| format!("somebody{count}")).await;
    assert!((25..=60).contains(&guesses), "{guesses}");
    assert_eq!(sign_in(&stranger(&world, 4), "ada", PASSWORD).await.status, 429);
    assert_eq!(sign_in(&stranger(&world, 5), "ada", PASSWORD).await.status, 200);
}

/// Asks for one address after the other, until `from` may ask no more.
async fn claim(path: &str, from: impl Fn(u8) -> Api) -> u8 {
    for count in 0..30 {
        let reply = from(count).put(path, &json!({"email": format!("candidate{count}@example.com")})).await;
        if reply.status == 429 {
            assert!(reply.header("retry-after").parse::<u32>().unwrap() <= 3_600);
            assert_eq!(reply.header("ratelimit-remaining"), "0");
            return count;
        }
        assert_eq!(reply.status, 200);
    }
    panic!("nobody is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_a_name_is_cannot_be_found_out_by_changing_ones_own() {
    let world = limited().await;
    join(&world, &stranger(&world, 7), "ada").await;
    let (path, eve) = join(&world, &world.guest(), "eve").await;
    // One of the address's five went into registering.
    let asked = claim(&path, |_| eve.clone()).await;
    assert!((4..=9).contains(&asked), "{asked}");
    for taken in [json!({"email": "ada@example.com"}), json!({"username": "Ada"})] {
        assert_eq!(eve.put(&path, &taken).await.status, 429);
    }
    // What is nobody else's is no question.
    let own = json!({"username": "EVE", "firstName": "Eve", "phone": "+12025551234"});
    assert_eq!(eve.put(&path, &own).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_names_from_ever_new_addresses_is_held_up_too() {
    let world = limited().await;
    let (path, eve) = join(&world, &world.guest(), "eve").await;
    let from = |count| Api(eve.0.clone().from_address(IpAddr::V4(Ipv4Addr::new(127, 0, 1, count + 1))));
    let asked = claim(&path, from).await;
    assert!((5..=10).contains(&asked), "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_registers_five_users_an_hour_in_whatever_tenants() {
    let world = limited().await;
    let mut registered = 0;
    loop {
        let guest = crate::users::guest_of(&world, crate::users::fresh_tenant());
        let reply = guest.post("/v1/users", &newcomer("ada")).await;
        if reply.status == 429 {
            break;
        }
        assert_eq!(reply.status, 201);
        registered += 1;
    }
    assert!((5..=10).contains(&registered), "{registered}");
    assert_eq!(stranger(&world, 6).post("/v1/users", &newcomer("ada")).await.status, 201);
}
