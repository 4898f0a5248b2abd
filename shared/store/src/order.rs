//! Orders, and the collections they share with their payments and callback requests.

mod row;

use domain::callback::CallbackRequest;
use domain::id::{OrderId, UserId};
use domain::order::Order;
use domain::payment::Payment;
use domain::{Result, Scope};

use crate::Store;
use crate::callback::CallbackRow;
use crate::error::failed;
use crate::item::{Item, read, string};
use crate::key::{self, Key};
use crate::payment::PaymentRow;
use crate::schema::{FEED, Index, OWNER, Table};

pub(crate) use row::OrderRow;

/// Orders a list counts exactly; beyond, it says so many.
pub const LIST_MAX: usize = 1_000;

/// An order with everything in its collection.
#[derive(Clone, Debug)]
pub struct OrderCollection {
    /// The order.
    pub order: Order,
    /// Its settled payments, oldest first.
    pub payments: Vec<Payment>,
    /// Its callback requests, oldest first.
    pub callbacks: Vec<CallbackRequest>,
}

/// Whose orders a list shows.
#[derive(Clone, Copy, Debug)]
pub enum OrderList {
    /// One user's.
    Of(UserId),
    /// Everybody's, for staff.
    All,
}

impl Store {
    /// The order as it is now (consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn order_fetch(&self, scope: Scope, id: OrderId) -> Result<Option<Order>> {
        let item = self.get(Table::State, &Key::order(scope, id)).await?;
        item.map(order_of).transpose()
    }

    /// The order, its payments and callback requests as they are now (consistent), in one query.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn order_collection_fetch(&self, scope: Scope, id: OrderId) -> Result<Option<OrderCollection>> {
        let items = self.query_partition(Table::State, &key::order_collection(scope, id)).await?;
        let (mut order, mut payments, mut callbacks) = (None, Vec::new(), Vec::new());
        for item in items {
            match item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str) {
                Some("ORDER") => order = Some(order_of(item)?),
                Some(sk) if sk.starts_with("PAY#") => {
                    payments.push(read::<PaymentRow>(item)?.read((id, scope))?);
                }
                Some(sk) if sk.starts_with("CB#") => callbacks.push(read::<CallbackRow>(item)?.try_into()?),
                _ => {}
            }
        }
        Ok(order.map(|order| OrderCollection { order, payments, callbacks }))
    }

    /// Ids of at most [`LIST_MAX`] orders, newest first, older than `before` (eventually consistent).
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn order_ids(
        &self,
        scope: Scope,
        list: OrderList,
        before: Option<OrderId>,
    ) -> Result<Vec<OrderId>> {
        let before = before.map(|id| id.to_string());
        let mut ids = match list {
            OrderList::Of(user) => {
                self.index_page(OWNER, &key::owner(scope, user), before.as_deref(), LIST_MAX).await?
            }
            OrderList::All => {
                self.feed_page(|shard| key::order_feed(scope, shard), before.as_deref()).await?
            }
        };
        ids.truncate(LIST_MAX);
        Ok(ids.iter().filter_map(|id| OrderId::parse(id).ok()).collect())
    }

    /// Orders by id, in the order asked; those that are gone are left out.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn orders_fetch(&self, scope: Scope, ids: &[OrderId]) -> Result<Vec<Order>> {
        let keys: Vec<_> = ids.iter().map(|id| Key::order(scope, *id)).collect();
        self.batch_get(Table::State, &keys).await?.into_iter().map(order_of).collect()
    }

    /// Orders by id as they are now (consistent); those that are not there are left out.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn orders_fetch_now(&self, scope: Scope, ids: &[OrderId]) -> Result<Vec<Order>> {
        let keys = ids.iter().map(|id| Key::order(scope, *id)).collect();
        self.batch_get_consistent(Table::State, keys).await?.into_values().map(order_of).collect()
    }

    /// The newest ids of all shards of a feed.
    pub(crate) async fn feed_page(
        &self,
        partition: impl Fn(u8) -> String,
        before: Option<&str>,
    ) -> Result<Vec<String>> {
        let partitions: Vec<_> = (0..key::FEED_SHARDS).map(partition).collect();
        let pages = partitions.iter().map(|partition| self.index_page(FEED, partition, before, LIST_MAX));
        let mut ids: Vec<_> =
            futures_util::future::try_join_all(pages).await?.into_iter().flatten().collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        Ok(ids)
    }

    async fn index_page(
        &self,
        index: Index,
        partition: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>> {
        let mut condition = format!("{} = :partition", index.partition);
        if before.is_some() {
            condition.push_str(&format!(" AND {} < :before", index.sort));
        }
        let mut query = self
            .client
            .query()
            .table_name(self.table(Table::State))
            .index_name(index.name)
            .key_condition_expression(condition)
            .expression_attribute_values(":partition", string(partition))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_return_consumed_capacity(self.capacity());
        if let Some(before) = before {
            query = query.expression_attribute_values(":before", string(before));
        }
        let page = query.send().await.map_err(|error| failed("list", error))?;
        self.count("Query", false, page.consumed_capacity.as_slice());
        Ok(page.items().iter().filter_map(|item| item.get(index.sort)?.as_s().ok().cloned()).collect())
    }
}

pub(crate) fn order_of(item: Item) -> Result<Order> {
    Ok(read::<OrderRow>(item)?.try_into()?)
}
