//! The tables of a stack that does not run: what lies there at rest, and time passing over it.

use std::path::Path;

use domain::delivery::Due;
use domain::time::{HOUR_MS, MINUTE_MS};
use local::dynamodb::DynamoDb;
use local::state::StateFolder;
use platform::aws::AwsConfig;
use platform::clock;
use platform::sealed::Keyring;
use store::work::Kind;
use store::{Commit, Recovery, Store, TableNames};

/// Entries of one shard of an index; more than any test leaves behind.
const PER_SHARD: i32 = 1_000;

/// The tables in a state folder, opened while nothing else uses it.
pub struct Tables {
    /// The tables.
    pub store: Store,
    /// The keys that sealed what they hold.
    pub keys: Keyring,
    dynamodb: DynamoDb,
    _folder: StateFolder,
}

#[expect(clippy::unwrap_used, reason = "a test that cannot read the tables has failed")]
impl Tables {
    /// Opens the tables of the folder `state`.
    pub async fn open(state: &Path) -> Self {
        let folder = StateFolder::open(state).unwrap();
        let dynamodb = DynamoDb::start(&folder.database()).await.unwrap();
        let store = Store::new(&AwsConfig::emulator(dynamodb.endpoint()), TableNames::default());
        let keys = Keyring::new(folder.master_key().unwrap().as_bytes()).unwrap();
        Self { store, keys, dynamodb, _folder: folder }
    }

    /// Closes them.
    pub async fn close(self) {
        self.dynamodb.stop().await;
    }

    /// Lets more than a minute pass: every message on its way counts as lost, every operation and every recovery as
    /// left running.
    pub async fn let_a_minute_pass(&self) {
        let far = clock::now().plus_ms(24 * HOUR_MS);
        for recovery in self.store.recoveries_due(far, PER_SHARD).await.unwrap().rows {
            let (due, version) = (recovery.due.plus_ms(-2 * MINUTE_MS), recovery.version + 1);
            let left = Recovery { due, version, ..recovery };
            let commit = self.store.transaction().replace("recovery", &left).commit().await.unwrap();
            assert_eq!(commit, Commit::Done);
        }
        for mut delivery in self.store.deliveries_due(true, far, PER_SHARD).await.rows {
            let before = delivery.due;
            delivery.due = before.map(|due| Due { at: due.at.plus_ms(-HOUR_MS), ..due });
            let commit = self.store.delivery_replace(&delivery, delivery.attempt, before).await.unwrap();
            assert_eq!(commit, Commit::Done);
        }
        for work in self.store.work_due(Kind::Operation, far, PER_SHARD).await.unwrap() {
            let mut order = self.store.order_fetch(work.scope, work.order).await.unwrap().unwrap();
            let Some(active) = &mut order.active_operation else { continue };
            active.started_at = active.started_at.plus_ms(-2 * MINUTE_MS);
            active.due = active.due.plus_ms(-2 * MINUTE_MS);
            (order.version, order.events) = (order.version + 1, Vec::new());
            assert_eq!(
                self.store.transaction().replace("order", &order).commit().await.unwrap(),
                Commit::Done
            );
        }
    }
}
