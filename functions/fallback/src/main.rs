//! The fallback function: wiring only.

use fallback::{App, OPENAPI_JSON, handle};
use web::lambda::{edge_from_env, run, store_from_env};

fn main() -> std::process::ExitCode {
    platform::lambda::start("fallback", async {
        let store = store_from_env()?;
        let app = App { edge: edge_from_env(store.clone())?, openapi: OPENAPI_JSON };
        run(&store, |request| handle(&app, request)).await
    })
}
