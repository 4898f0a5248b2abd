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
/// From the start of one sweep to the start of the next; `RETRY_SCALE` divides it, as it does every wait.
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
        let period = PERIOD.div_f64(config::parsed("RETRY_SCALE")?.unwrap_or(1.0_f64).max(1.0));
        let app = &app;
        platform::lambda::run(async |_schedule: Value| minute(app, period).await).await
    })
}

/// A failed sweep does not end the minute: the next one may succeed.
async fn minute(app: &App, period: Duration) -> Result<()> {
    // A scale beyond all reason would make it nothing, which a timer refuses.
    let mut ticks = tokio::time::interval(period.max(Duration::from_millis(1)));
    let mut last = Ok(());
    for _ in 0..SWEEPS {
        ticks.tick().await;
        last = sweep(app, clock::now()).await.map(|swept| tracing::info!(?swept, "swept"));
    }
    last
}
