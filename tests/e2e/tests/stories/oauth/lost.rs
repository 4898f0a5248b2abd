//! Our own writes, when their answers get lost on the way back.

use e2e::{Disturbance, Interference, World};
use local::seed::DEMO_TENANT;

use super::devices::{poll, type_code, wait};
use super::program::granted;
use super::{Browser, Program, join};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_spent_unheard_is_not_taken_for_stolen() {
    let interference = Interference::scripted(&[Disturbance::Unrecognized]);
    let world = World::disturbed(&interference).await;
    join(&world, DEMO_TENANT).await;
    let program = Program::of(&world, DEMO_TENANT);
    let code = program.code(&mut Browser::new(&world), "read:orders").await;
    interference.start();
    let tokens = granted(&program.redeem(&code).await);
    assert_eq!(interference.count(Disturbance::Unrecognized), 1);
    granted(&program.refresh(&tokens).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_got_its_tokens_unheard_is_not_taken_for_a_thief() {
    let interference = Interference::scripted(&[Disturbance::Unrecognized]);
    let world = World::disturbed(&interference).await;
    join(&world, DEMO_TENANT).await;
    let (program, mut browser) = (Program::of(&world, DEMO_TENANT), Browser::new(&world));
    let device = wait(&program, "read:pets").await;
    let page = type_code(&mut browser, &device).await;
    browser.send(&page, &[("action", "allow")]).await;
    interference.start();
    let tokens = granted(&poll(&program, &device).await);
    assert_eq!(interference.count(Disturbance::Unrecognized), 1);
    granted(&program.refresh(&tokens).await);
}
