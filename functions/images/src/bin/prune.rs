//! Runs every day: removes photos that no pet names.

use images::blobs_from_env;
use images::prune::{self, Reach};
use platform::clock;
use serde_json::Value;
use web::lambda::store_from_env;

fn main() -> std::process::ExitCode {
    platform::lambda::start("prune", async {
        let app = prune::App { store: store_from_env()?, blobs: blobs_from_env()?, reach: Reach::default() };
        let app = &app;
        platform::lambda::run(async |_schedule: Value| {
            Box::pin(prune::run(app, clock::now())).await.map(drop)
        })
        .await
    })
}
