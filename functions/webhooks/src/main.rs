//! The webhooks function: wiring only.

use web::lambda::{edge_from_env, own_hosts, run, store_from_env, targets_from_env};
use webhooks::{App, handle};

fn main() -> std::process::ExitCode {
    platform::lambda::start("webhooks", async {
        let store = store_from_env()?;
        let edge = edge_from_env(store.clone())?;
        let own_hosts = own_hosts(&edge.settings().public_base_url);
        let app = App { edge, store: store.clone(), targets: targets_from_env()?, own_hosts };
        run(&store, |request| handle(&app, request)).await
    })
}
