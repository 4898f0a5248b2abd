//! What calls cost: the units DynamoDB says it consumed, call by call.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::types::{Capacity, ConsumedCapacity, ReturnConsumedCapacity};

use crate::Store;

/// One table's or index's share of one call.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// The call: `TransactWriteItems`, `Query`, …
    pub call: &'static str,
    /// What a write was about, by the names of its legs: `order+pet`.
    pub about: String,
    /// The table, or `table/index`.
    pub place: String,
    /// Write units.
    pub write_units: f64,
    /// Read units.
    pub read_units: f64,
}

/// Collects costs; clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Vec<Cost>>>);

impl Meter {
    /// Everything since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<Cost> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, cost: Cost) {
        if cost.write_units > 0.0 || cost.read_units > 0.0 {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(cost);
        }
    }
}

impl Store {
    /// What to ask DynamoDB for: nothing, unless somebody counts.
    pub(crate) fn capacity(&self) -> Option<ReturnConsumedCapacity> {
        self.meter.as_ref().map(|_| ReturnConsumedCapacity::Indexes)
    }

    /// Counts what a call said it consumed.
    pub(crate) fn count(&self, call: &'static str, is_write: bool, consumed: &[ConsumedCapacity]) {
        self.count_about(call, "", is_write, consumed);
    }

    /// Counts what a write about `about` said it consumed.
    pub(crate) fn count_about(
        &self,
        call: &'static str,
        about: &str,
        is_write: bool,
        consumed: &[ConsumedCapacity],
    ) {
        let Some(meter) = &self.meter else { return };
        for capacity in consumed {
            let table = capacity.table_name().unwrap_or("?");
            let of = |capacity: Option<&Capacity>| capacity.and_then(Capacity::capacity_units);
            let on_indexes = capacity.global_secondary_indexes().into_iter().flatten();
            for (index, share) in on_indexes.map(|(name, share)| (name.as_str(), of(Some(share)))) {
                meter.add(cost(call, about, format!("{table}/{index}"), share, is_write));
            }
            let on_table = of(capacity.table()).or(capacity.capacity_units());
            meter.add(cost(call, about, table.to_owned(), on_table, is_write));
        }
    }
}

fn cost(call: &'static str, about: &str, place: String, units: Option<f64>, is_write: bool) -> Cost {
    let units = units.unwrap_or_default();
    let (write_units, read_units) = if is_write { (units, 0.0) } else { (0.0, units) };
    Cost { call, about: about.to_owned(), place, write_units, read_units }
}
