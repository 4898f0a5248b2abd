//! The images function: wiring only.

use images::{App, blobs_from_env, handle};
use web::lambda::{edge_from_env, run, store_from_env};

fn main() -> std::process::ExitCode {
    platform::lambda::start("images", async {
        let store = store_from_env()?;
        let app = App::new(edge_from_env(store.clone())?, store.clone(), blobs_from_env()?);
        run(&store, |request| handle(&app, request)).await
    })
}
