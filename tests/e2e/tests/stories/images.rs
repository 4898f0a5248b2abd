//! Images of pets: which are taken and what is left of them, who may add and see them, how large ones come, and what
//! remains when something dies in between.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod add;
mod kinds;
mod prune;
mod serve;
mod upload;

use e2e::{Api, Reply, World, id};
use serde_json::Value;

/// A sample of the images function.
macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../../../../../functions/images/samples/", $name)).as_slice()
    };
}
pub(crate) use sample;

/// A world, staff of its demo tenant, and a pet there.
async fn shelter() -> (World, Api, String) {
    let world = World::bare().await;
    let staff = world.tenant_staff();
    let pet = id(&world.pet(&staff).await).to_owned();
    (world, staff, pet)
}

/// The photos that everybody sees.
async fn photos(staff: &Api, pet: &str) -> Vec<String> {
    let shown = staff.get(&format!("/v1/pets/{pet}")).await.json();
    let text = |url: &Value| url.as_str().unwrap().to_owned();
    shown["photos"].as_array().unwrap().iter().map(text).collect()
}

/// The photo where an answer says that it is.
async fn look(world: &World, added: &Reply) -> Reply {
    world.guest().get(added.header("location")).await
}
