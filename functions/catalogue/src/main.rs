//! The catalogue function: wiring only.

use aws_lambda_events::dynamodb::Event;
use catalogue::handle;
use platform::config::{self, Service};
use store::{Store, TableNames};

fn main() -> std::process::ExitCode {
    platform::lambda::start("catalogue", async {
        let tables = TableNames {
            state: config::required("TABLE_NAME")?,
            deliveries: config::required("DELIVERIES_TABLE_NAME")?,
        };
        let store = Store::new(&config::aws(Service::DynamoDb)?, tables);
        let store = &store;
        platform::lambda::run(async |event: Event| handle(store, event).await).await
    })
}
