//! The orders function: wiring only.

use orders::{App, Reservations, handle};
use web::lambda::{edge_from_env, run, store_from_env};

fn main() -> std::process::ExitCode {
    platform::lambda::start("orders", async {
        let store = store_from_env()?;
        let edge = edge_from_env(store.clone())?;
        let app = App { edge, store: store.clone(), reservations: Reservations::default() };
        run(&store, |request| handle(&app, request)).await
    })
}
