//! The chat function: wiring only. One binary stands behind both doors: the HTTP API, and a Function URL that streams.

use chat::{App, Budget, handle, handle_open, provider};
use platform::config;
use web::lambda::{edge_from_env, run, run_open, store_from_env};

#[derive(Clone, Copy)]
enum Door {
    Buffered,
    Open,
}

fn main() -> std::process::ExitCode {
    platform::lambda::start("chat", async {
        let store = store_from_env()?;
        let edge = edge_from_env(store.clone())?;
        let door = config::one_of("CHAT_DOOR", &[("buffered", Door::Buffered), ("stream", Door::Open)])?;
        let patience = match door {
            Door::Buffered => chat::Patience::buffered(),
            Door::Open => chat::Patience::open(),
        };
        let app = App {
            edge,
            store: store.clone(),
            provider: provider::from_env()?,
            budget: Budget::from_env()?,
            patience,
        };
        match door {
            Door::Buffered => run(&store, |request| handle(&app, request)).await,
            Door::Open => run_open(&store, |request| handle_open(&app, request)).await,
        }
    })
}
