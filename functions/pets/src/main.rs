//! The pets function: wiring only.

use pets::{App, handle};
use web::lambda::{edge_from_env, run, store_from_env};

fn main() -> std::process::ExitCode {
    platform::lambda::start("pets", async {
        let store = store_from_env()?;
        let app = App { edge: edge_from_env(store.clone())?, store: store.clone() };
        run(&store, |request| handle(&app, request)).await
    })
}
