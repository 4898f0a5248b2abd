//! DynamoDB: state, outbox and work indexes. The only crate that names the DynamoDB SDK or knows an attribute.
//!
//! - [`schema`] both tables as data; `template.yaml` is held against it
//! - [`key`] every key, tenant first
//! - [`transaction`] how writes are committed: all or nothing, each under its condition
//! - `execute` and `together` how deliveries' and the catalogue's are: many in a call, each under its condition
//! - `client`, `error`, `item`, `read`, `statement`: how the SDK is called, and what it says in our words
//! - `order`, `payment`, `callback`, `pet`, `user`, `tenant`, `idempotency`, `count`, `open_orders`, `pruning`, `ledger`: the
//!   streamed table; `oauth` too: clients, consents on their way, refresh tokens
//! - `endpoint`, `guard`, `callback_secrets`, `delivery`, `breaker`, `recovery`, `quarantine`: the deliveries table; `catalogue`
//!   too: where pets stand, by which they are listed and counted
//! - `messages`: what a batch of messages from the queues needs, in one read
//! - [`work`] and [`due`]: what somebody must look at by a certain time
//! - [`image`]: stream records back into domain types
//! - [`meter`]: what each call costs

mod client;
mod count;
mod error;
mod execute;
mod item;
pub mod key;
pub mod meter;
mod recovery;
pub mod schema;
mod statement;
mod together;
pub mod transaction;

mod breaker;
mod callback;
mod callback_secrets;
mod catalogue;
mod delivery;
mod endpoint;
mod guard;
mod idempotency;
mod ledger;
mod messages;
mod oauth;
mod open_orders;
mod order;
mod payment;
mod pet;
mod pruning;
mod quarantine;
mod read;
mod tenant;
mod user;

pub mod due;
pub mod image;
pub mod work;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use platform::aws::AwsConfig;

pub use catalogue::{Loader, Placed, Row, Sources};
pub use client::build as sdk_client;
pub use delivery::DeliveriesPage;
pub use due::{DueRows, Unreadable};
pub use endpoint::Endpoints;
pub use guard::EndpointGuard;
pub use idempotency::{IdempotencyRecord, LEG as IDEMPOTENCY_LEG, StoredAnswer};
pub use ledger::LedgerEntry;
pub use messages::{EndpointKey, Fetched};
pub use oauth::USER_CODE_LEG;
pub use open_orders::OpenOrders;
pub use order::{LIST_MAX, OrderCollection, OrderList};
pub use recovery::Recovery;
pub use schema::TableNames;
pub use together::AtWork;
pub use transaction::{Commit, Transaction, until_committed};
pub use user::{EMAIL_LEG, USERNAME_LEG, UserAccess};

/// A cheap handle on both tables.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    tables: Arc<TableNames>,
    meter: Option<meter::Meter>,
    together: together::Together,
}

impl Store {
    /// A store on the tables `tables`.
    #[must_use]
    pub fn new(config: &AwsConfig, tables: TableNames) -> Self {
        Self {
            client: client::build(config),
            tables: Arc::new(tables),
            meter: None,
            together: Default::default(),
        }
    }

    /// The same store, counting what its calls cost.
    #[must_use]
    pub fn metered(self, meter: meter::Meter) -> Self {
        Self { meter: Some(meter), ..self }
    }

    /// Opens the connection, so that the first request does not pay for it. A failure is for that request to meet.
    pub async fn warm_up(&self) {
        if let Err(error) = self.client.describe_endpoints().send().await {
            tracing::debug!(error = %error, "the connection could not be warmed up");
        }
    }

    fn table(&self, table: schema::Table) -> &str {
        match table {
            schema::Table::State => &self.tables.state,
            schema::Table::Deliveries => &self.tables.deliveries,
        }
    }
}
