//! The events function: wiring only.

use aws_lambda_events::dynamodb::Event;
use events::{App, handle};
use platform::config::{self, Service};
use queue::{GroupMode, Queues};
use store::{Store, TableNames};

fn main() -> std::process::ExitCode {
    platform::lambda::start("events", async {
        let tables = TableNames {
            state: config::required("TABLE_NAME")?,
            deliveries: config::required("DELIVERIES_TABLE_NAME")?,
        };
        let sqs = config::aws(Service::Sqs)?;
        let app = App {
            store: Store::new(&config::aws(Service::DynamoDb)?, tables),
            queues: Queues::new(
                &sqs,
                config::required("DELIVERIES_QUEUE_URL")?,
                config::required("SLOW_QUEUE_URL")?,
                GroupMode::of(&sqs),
            ),
            receipt_key: config::keyring()?.subkey("receipt"),
            public_base_url: config::required("PUBLIC_BASE_URL")?.trim_end_matches('/').to_owned(),
        };
        let app = &app;
        platform::lambda::run(async |event: Event| handle(app, event).await).await
    })
}
