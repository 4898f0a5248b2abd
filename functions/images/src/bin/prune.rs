//! Runs every day: removes photos that no pet names.

use images::{blobs_from_env, prune};
use platform::clock;
use serde_json::Value;
use web::lambda::store_from_env;

fn main() -> std::process::ExitCode {
    platform::lambda::start("prune", async {
        let app = prune::App { store: store_from_env()?, blobs: blobs_from_env()? };
        let app = &app;
        platform::lambda::run(async |_schedule: Value| prune::run(app, clock::now()).await.map(drop)).await
    })
}
