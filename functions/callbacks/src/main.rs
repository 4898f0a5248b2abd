//! The callbacks function: wiring only.

use callbacks::{App, handle};
use web::lambda::{edge_from_env, own_hosts, run, store_from_env, targets_from_env};

fn main() -> std::process::ExitCode {
    platform::lambda::start("callbacks", async {
        let store = store_from_env()?;
        let edge = edge_from_env(store.clone())?;
        let own_hosts = own_hosts(&edge.settings().public_base_url);
        let app = App::new(edge, store.clone(), targets_from_env()?, own_hosts);
        run(&store, |request| handle(&app, request)).await
    })
}
