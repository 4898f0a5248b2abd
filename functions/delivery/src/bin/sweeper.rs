//! Sweeps at the beginning of each minute, by schedule, and every ten seconds within it, by ticks that the first one
//! sends ahead: docs/adr/0032.

use delivery::sweeper::{App, sweep};
use domain::Result;
use platform::clock;
use platform::config::{self, Service};
use queue::{GroupMode, Queues, Ticks};
use serde_json::Value;
use store::{Store, TableNames};

/// When a minute's other sweeps begin, in seconds after its first.
const TICKS_SECS: [u16; 5] = [10, 20, 30, 40, 50];

fn main() -> std::process::ExitCode {
    platform::lambda::start("sweeper", async {
        let tables = TableNames {
            state: config::required("TABLE_NAME")?,
            deliveries: config::required("DELIVERIES_TABLE_NAME")?,
        };
        let sqs = config::aws(Service::Sqs)?;
        let deliveries = config::required("DELIVERIES_QUEUE_URL")?;
        let slow = config::required("SLOW_QUEUE_URL")?;
        let ticks = Ticks::new(&sqs, config::required("TICKS_QUEUE_URL")?);
        let app = App {
            store: Store::new(&config::aws(Service::DynamoDb)?, tables),
            queues: Queues::new(&sqs, deliveries, slow, GroupMode::of(&sqs)),
        };
        let (app, ticks) = (&app, &ticks);
        platform::lambda::run(async |event: Value| run(app, ticks, &event).await).await
    })
}

/// One sweep. One that a schedule began sends the ticks first, so that a sweep that fails does not end the minute.
async fn run(app: &App, ticks: &Ticks, event: &Value) -> Result<()> {
    let is_tick = event.get("Records").is_some();
    let sent = if is_tick { Ok(()) } else { ticks.send(&TICKS_SECS).await };
    let swept = sweep(app, clock::now()).await?;
    tracing::info!(?swept, is_tick, "swept");
    sent
}
