//! The payments function: wiring only.

use payments::{App, handle};
use web::lambda::{edge_from_env, run, store_from_env};

fn main() -> std::process::ExitCode {
    platform::lambda::start("payments", async {
        let store = store_from_env()?;
        let edge = edge_from_env(store.clone())?;
        let provider = payments::provider::from_env(&store)?;
        let receipt_key = edge.keys().subkey("receipt");
        let app = App { edge, store: store.clone(), provider, receipt_key };
        run(&store, |request| handle(&app, request)).await
    })
}
