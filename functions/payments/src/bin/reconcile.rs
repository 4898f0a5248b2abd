//! Runs every minute: finishes payments and refunds that a crash or a silent provider left behind.

use payments::{App, reconcile};
use platform::clock;
use serde_json::Value;
use web::lambda::{edge_from_env, store_from_env};

fn main() -> std::process::ExitCode {
    platform::lambda::start("reconcile", async {
        let store = store_from_env()?;
        let edge = edge_from_env(store.clone())?;
        let provider = payments::provider::from_env(&store)?;
        let receipt_key = edge.keys().subkey("receipt");
        let app = App { edge, store, provider, receipt_key };
        let app = &app;
        platform::lambda::run(async |_schedule: Value| {
            let done = reconcile::run(app, clock::now()).await?;
            tracing::info!(?done, "reconciled");
            Ok(())
        })
        .await
    })
}
