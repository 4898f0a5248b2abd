//! Deliveries: rows before messages. A row that is not final always has a `due`, so that whatever dies, somebody
//! looks at it again.

mod body;
mod list;
mod row;
mod state;

use domain::delivery::{Delivery, DeliveryId, DeliveryStatus, Due};
use domain::{Result, Scope};

use self::body::deflate;
use self::row::{DeliveryRow, row};
use self::state::{STATE, StateRow};
use crate::Store;
use crate::error::RowError;
use crate::item::{Item, Record, number, read, string};
use crate::key::Key;
use crate::schema::Table;
use crate::statement::{self, Condition};
use crate::transaction::Commit;

pub use list::DeliveriesPage;

impl Store {
    /// The delivery as it is now (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn delivery_fetch(&self, scope: Scope, id: DeliveryId) -> Result<Option<Delivery>> {
        let item = self.get(Table::Deliveries, &Key::delivery(scope, id)).await?;
        item.map(delivery_of).transpose()
    }

    /// Makes the row if it is absent; a replayed event finds its row made.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn delivery_create(&self, delivery: &Delivery) -> Result<Commit> {
        self.transaction().create("delivery", delivery).commit().await
    }

    /// Makes the rows that are absent, many in a call; answers one outcome for each, in their order. A row that an
    /// unheard call made is refused to its repetition, as if somebody else had made it.
    ///
    /// # Errors
    /// When DynamoDB fails; some of the rows may then have been made.
    pub async fn deliveries_create(&self, deliveries: &[Delivery]) -> Result<Vec<Commit>> {
        let mut last: Option<(&str, Vec<u8>)> = None;
        let writes = deliveries.iter().map(|delivery| {
            // The deliveries of one event follow one another.
            let deflated = match last.take() {
                Some((body, deflated)) if body == delivery.body => deflated,
                _ => deflate(&delivery.body),
            };
            last = Some((&delivery.body, deflated.clone()));
            self.insert_delivery(delivery, deflated)
        });
        futures_util::future::try_join_all(writes.collect::<Vec<_>>()).await
    }

    async fn insert_delivery(&self, delivery: &Delivery, deflated: Vec<u8>) -> Result<Commit> {
        let item = delivery.item_of(row(delivery, deflated))?;
        let statement = statement::insert(self.table(Table::Deliveries), item)?;
        self.write_together(delivery.key(), statement, true).await
    }

    /// Writes what follows a try, or a new `due`, if the row is still pending at the try `attempt` and nobody moved
    /// its `due` from `due`.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn delivery_replace(
        &self,
        delivery: &Delivery,
        attempt: u32,
        due: Option<Due>,
    ) -> Result<Commit> {
        self.delivery_put(delivery, (DeliveryStatus::Pending, attempt), due).await
    }

    /// Begins `before` again as `delivery`, whatever its status was, if nobody touched it meanwhile.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn delivery_restart(&self, delivery: &Delivery, before: &Delivery) -> Result<Commit> {
        self.delivery_put(delivery, (before.status, before.attempt), before.due).await
    }

    /// Writes what changes in a row's life, under the condition that nobody else has: neither the row's try and status
    /// nor its `due` moved.
    async fn delivery_put(
        &self,
        delivery: &Delivery,
        (status, attempt): (DeliveryStatus, u32),
        due: Option<Due>,
    ) -> Result<Commit> {
        let mut conditions =
            vec![Condition::Is("attempt", number(attempt)), Condition::Is("status", string(status.as_str()))];
        conditions.extend(due.map(|due| Condition::Is("due_at", number(due.at.as_ms()))));
        let state = serde_dynamo::to_item(StateRow::of(delivery)).map_err(RowError::from)?;
        let table = self.table(Table::Deliveries);
        let statement = statement::update(table, delivery.key(), STATE, state, conditions)?;
        self.write_together(delivery.key(), statement, false).await
    }
}

pub(crate) fn delivery_of(item: Item) -> Result<Delivery> {
    Ok(read::<DeliveryRow>(item)?.try_into()?)
}
