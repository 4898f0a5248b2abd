//! The users function: wiring only.

use domain::tenant::Registration;
use domain::user::Founding;
use platform::config;
use users::{App, handle};
use web::lambda::{edge_from_env, run, store_from_env};

fn main() -> std::process::ExitCode {
    platform::lambda::start("users", async {
        let store = store_from_env()?;
        let founding = Founding {
            is_open: config::one_of("TENANT_CLAIM", &[("open", true), ("closed", false)])?,
            registration: config::one_of(
                "REGISTRATION",
                &[("open", Registration::Open), ("invite", Registration::Invite)],
            )?,
        };
        let app = App { edge: edge_from_env(store.clone())?, store: store.clone(), founding };
        run(&store, |request| handle(&app, request)).await
    })
}
