//! Runs every minute and sweeps every ten seconds within it.

use std::time::Duration;

use delivery::sweeper::{App, sweep};
use domain::Result;
use platform::clock;
use platform::config::{self, Service};
use queue::{GroupMode, Queues};
use serde_json::Value;
use store::{Store, TableNames};

/// Sweeps in one minute.
const SWEEPS: u32 = 6;
/// From the start of one sweep to the start of the next.
const PERIOD: Duration = Duration::from_secs(10);

fn main() -> std::process::ExitCode {
    platform::lambda::start("sweeper", async {
        let tables = TableNames {
            state: config::required("TABLE_NAME")?,
            deliveries: config::required("DELIVERIES_TABLE_NAME")?,
        };
        let sqs = config::aws(Service::Sqs)?;
        let deliveries = config::required("DELIVERIES_QUEUE_URL")?;
        let slow = config::required("SLOW_QUEUE_URL")?;
        let app = App {
            store: Store::new(&config::aws(Service::DynamoDb)?, tables),
            queues: Queues::new(&sqs, deliveries, slow, GroupMode::of(&sqs)),
        };
        let app = &app;
        platform::lambda::run(async |_schedule: Value| minute(app).await).await
    })
}

/// A failed sweep does not end the minute: the next one may succeed.
async fn minute(app: &App) -> Result<()> {
    let mut ticks = tokio::time::interval(PERIOD);
    let mut last = Ok(());
    for _ in 0..SWEEPS {
        ticks.tick().await;
        last = sweep(app, clock::now()).await.map(|swept| tracing::info!(?swept, "swept"));
    }
    last
}
