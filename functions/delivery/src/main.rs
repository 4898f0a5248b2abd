//! The delivery function: wiring only.

use aws_lambda_events::sqs::SqsEvent;
use delivery::client::{Client, Settings};
use delivery::{App, Breakers, Caps, Lanes, Leases, Tally, deadline, handle, silent};
use platform::config::{self, Service};
use queue::{GroupMode, Queues};
use store::{Store, TableNames};
use web::lambda::{own_hosts, targets_from_env};

/// Messages that one invocation works on: the mapping's batch size.
const SLOTS: usize = 10;

fn main() -> std::process::ExitCode {
    platform::lambda::start("delivery", async {
        let deliveries = config::required("DELIVERIES_TABLE_NAME")?;
        let tables = TableNames { state: String::new(), deliveries };
        let sqs = config::aws(Service::Sqs)?;
        let keys = config::keyring()?;
        let targets = targets_from_env()?;
        let slow = config::required("SLOW_QUEUE_URL")?;
        let app = App {
            store: Store::new(&config::aws(Service::DynamoDb)?, tables),
            queues: Queues::new(&sqs, String::new(), slow, GroupMode::of(&sqs)),
            signing_key: keys.webhook_key(),
            keys,
            client: Client::new(Settings { timeout: deadline::from_env()?, ..Settings::new(targets) }),
            lanes: Lanes::new(Caps::of_slots(SLOTS)),
            breakers: Breakers::default(),
            leases: Leases::default(),
            tally: Tally::default(),
            targets,
            own_hosts: own_hosts(&config::required("PUBLIC_BASE_URL")?),
            retry_scale: config::parsed("RETRY_SCALE")?.unwrap_or(1.0),
            observer: silent,
        };
        let app = &app;
        platform::lambda::run(async |event: SqsEvent| handle(app, event).await).await
    })
}
