//! The oauth function: wiring only.

use oauth::{App, handle};
use web::lambda::{edge_from_env, run, store_from_env};

fn main() -> std::process::ExitCode {
    platform::lambda::start("oauth", async {
        let store = store_from_env()?;
        let app = App { edge: edge_from_env(store.clone())?, store: store.clone() };
        run(&store, |request| handle(&app, request)).await
    })
}
