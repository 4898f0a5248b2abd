//! Counting what stands in places: tallies are counted, never added to.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::BatchStatementRequest;
use domain::catalogue::Counts;
use domain::{Error, Result, Scope};
use futures_util::future::try_join_all;

use super::{CATALOGUE, Spot, Tally, TallyRow};
use crate::Store;
use crate::execute::STATEMENTS_MAX;
use crate::item::{Record, number, read};
use crate::key;
use crate::statement::{self, Condition};
use crate::transaction::{DECISIONS_MAX, wait};

/// The attributes of a tally beside its key.
const TALLY: &[&str] = &["v", "version", "counts"];

/// A place of one pool.
type PoolSpot = (Scope, Spot);

impl Store {
    /// Counts what stands on shelves.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn catalogue_count_shelves(&self, shelves: &BTreeSet<(Scope, u32)>) -> Result<()> {
        self.count_anew(shelves.iter().map(|(scope, shelf)| (*scope, Spot::Shelf(*shelf)))).await
    }

    /// Counts what stands in aisles.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub async fn catalogue_count_aisles(&self, aisles: &BTreeSet<(Scope, u32)>) -> Result<()> {
        self.count_anew(aisles.iter().map(|(scope, aisle)| (*scope, Spot::Aisle(*aisle)))).await
    }

    async fn count_anew(&self, spots: impl Iterator<Item = PoolSpot>) -> Result<()> {
        let spots: Vec<_> = spots.collect();
        // So many at a time that little happens between looking and writing.
        for part in spots.chunks(STATEMENTS_MAX) {
            self.count_until_written(part.to_vec()).await?;
        }
        Ok(())
    }

    async fn count_until_written(&self, mut spots: Vec<PoolSpot>) -> Result<()> {
        for round in 0..DECISIONS_MAX {
            spots = self.count_once(&spots).await?;
            if spots.is_empty() {
                return Ok(());
            }
            wait(round.min(5)).await;
        }
        Err(Error::Unavailable { what: "count", source: None })
    }

    /// Writes what stands in each of `spots`, on the condition that nobody wrote since before we looked: then what is
    /// written is never older than what anybody else saw. Answers those where somebody did.
    async fn count_once(&self, spots: &[PoolSpot]) -> Result<Vec<PoolSpot>> {
        let keys = spots.iter().map(|(scope, spot)| Tally::key_of(*scope, *spot)).collect();
        let mut found = self.batch_get_consistent(CATALOGUE, keys).await?;
        let counts = try_join_all(spots.iter().map(|(scope, spot)| self.counts_of(*scope, *spot))).await?;
        let mut writes = Vec::new();
        for (&(scope, spot), counts) in spots.iter().zip(counts) {
            let before = found.remove(&Tally::key_of(scope, spot)).map(read::<TallyRow>).transpose()?;
            if before.as_ref().is_some_and(|before| before.counts == counts) {
                continue;
            }
            let version = before.map_or(0, |before| before.version) + 1;
            let statement = self.tally_statement(&Tally { scope, spot, counts, version })?;
            writes.push((statement, (scope, spot)));
        }
        let refused = self.execute_all("tally", writes).await?;
        Ok(refused.into_iter().map(|(spot, _)| spot).collect())
    }

    fn tally_statement(&self, tally: &Tally) -> Result<BatchStatementRequest> {
        let (table, item) = (self.table(CATALOGUE), tally.item()?);
        if tally.version == 1 {
            return statement::insert(table, item);
        }
        let conditions = vec![Condition::Is("version", number(tally.version - 1))];
        statement::update(table, tally.key(), TALLY, item, conditions)
    }

    async fn counts_of(&self, scope: Scope, spot: Spot) -> Result<Counts> {
        match spot {
            Spot::Shelf(shelf) => Ok(Counts::of(&self.entries(scope, shelf, true).await?)),
            Spot::Aisle(aisle) => {
                let shelves = self.tallies(&key::catalogue_shelves(scope, aisle), true).await?;
                Ok(Counts::sum(shelves.iter().map(|(_, counts)| counts)))
            }
        }
    }
}
