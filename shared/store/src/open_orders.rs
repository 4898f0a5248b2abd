//! The unpaid orders that a user, or an address without a token, holds open: what the cap on them is read from.

use domain::id::OrderId;
use domain::time::DAY_MS;
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::item::{Record, read};
use crate::key::Key;
use crate::schema::Table;
use crate::{Store, Transaction};

/// No reservation lasts longer than a day, and an order whose payment runs does not count.
const KEPT_MS: i64 = 2 * DAY_MS;

/// Orders that one holder placed and that may still be open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOrders {
    /// The pool.
    pub scope: Scope,
    /// The user's id, or the address as a keyed hash.
    pub holder: String,
    /// Which orders, oldest first.
    pub orders: Vec<OrderId>,
    /// When the last was added.
    pub updated_at: Timestamp,
    /// Counts every change from 1; 0 before there is a row.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct OpenOrdersRow {
    orders: Vec<OrderId>,
    updated: Timestamp,
    #[serde(default)]
    version: u64,
    ttl: i64,
}

impl Record for OpenOrders {
    const TABLE: Table = Table::State;
    type Row = OpenOrdersRow;

    fn key(&self) -> Key {
        Key::open_orders(self.scope, &self.holder)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> OpenOrdersRow {
        OpenOrdersRow {
            orders: self.orders.clone(),
            updated: self.updated_at,
            version: self.version,
            ttl: self.updated_at.plus_ms(KEPT_MS).as_secs(),
        }
    }
}

impl Transaction<'_> {
    /// Counts an order among those of its holder, if it is counted.
    pub fn open_orders(self, row: Option<&OpenOrders>) -> Self {
        match row {
            Some(row) => self.begin("open orders", row),
            None => self,
        }
    }
}

impl Store {
    /// What is known of a holder (consistent); nothing yet has version 0.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn open_orders_fetch(&self, scope: Scope, holder: &str, now: Timestamp) -> Result<OpenOrders> {
        let holder = holder.to_owned();
        Ok(match self.get(Table::State, &Key::open_orders(scope, &holder)).await? {
            None => OpenOrders { scope, holder, orders: Vec::new(), updated_at: now, version: 0 },
            Some(item) => {
                let OpenOrdersRow { orders, updated, version, .. } = read(item)?;
                OpenOrders { scope, holder, orders, updated_at: updated, version }
            }
        })
    }
}
