//! Putting entries on their shelves, many in a call (docs/adr/0024).
//!
//! PartiQL knows no "if absent or older": `INSERT` is for what is absent, `UPDATE` for what is older. What the likely way
//! refuses goes the other; what somebody else changed in between is put alone, under the whole condition.

use aws_sdk_dynamodb::types::BatchStatementRequest;
use domain::catalogue::Entry;
use domain::{Result, Scope, Timestamp};

use super::{CATALOGUE, Shelved};
use crate::Store;
use crate::item::{Item, Record, number};
use crate::statement::{self, Condition, telling};

/// The attributes of an entry beside its key.
const ENTRY: &[&str] = &["v", "version", "pet", "ttl"];

/// An entry and where it belongs.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The pool.
    pub scope: Scope,
    /// The pet's shelf.
    pub shelf: u32,
    /// What is known of the pet.
    pub entry: Entry,
    /// Whether it is likely that nothing is known of the pet there yet. Who errs pays a second write.
    pub is_new: bool,
}

/// Which entry gives way to another of its pet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum GivesWay {
    Older,
    /// What is as new is put right.
    NotNewer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Insert,
    Update,
}

impl Store {
    /// Puts entries on their shelves, each unless what stands there is as new or newer; of each pet one.
    ///
    /// # Errors
    /// When DynamoDB fails; some of them may then stand there.
    pub async fn catalogue_put(&self, placed: &[Placed], now: Timestamp) -> Result<()> {
        self.put_entries(placed, GivesWay::Older, now).await
    }

    /// Puts entries on their shelves, each unless what stands there is newer; of each pet one.
    ///
    /// # Errors
    /// When DynamoDB fails; some of them may then stand there.
    pub async fn catalogue_restore(&self, placed: &[Placed], now: Timestamp) -> Result<()> {
        self.put_entries(placed, GivesWay::NotNewer, now).await
    }

    async fn put_entries(&self, placed: &[Placed], gives_way: GivesWay, now: Timestamp) -> Result<()> {
        let likely = |placed: &Placed| if placed.is_new { Way::Insert } else { Way::Update };
        let writes = placed.iter().map(|placed| (Shelved::of(placed, now), likely(placed))).collect();
        let refused = self.write_entries(writes, gives_way).await?;
        let other = refused.into_iter().map(|(shelved, way)| (shelved, way.other())).collect();
        for (shelved, _) in self.write_entries(other, gives_way).await? {
            self.put_alone(&shelved, gives_way).await?;
        }
        Ok(())
    }

    /// Writes each entry its way; answers those that may have to go another.
    async fn write_entries<'e>(
        &self,
        writes: Vec<(Shelved<'e>, Way)>,
        gives_way: GivesWay,
    ) -> Result<Vec<(Shelved<'e>, Way)>> {
        let statement =
            |(shelved, way)| Ok((self.entry_statement(&shelved, way, gives_way)?, (shelved, way)));
        let batch = writes.into_iter().map(statement).collect::<Result<Vec<_>>>()?;
        let refused = self.execute_all("entry", batch).await?;
        // What refused an update and is there does not give way.
        let is_settled = |way, there: &Option<Item>| way == Way::Update && there.is_some();
        let open = refused.into_iter().filter(|((_, way), there)| !is_settled(*way, there));
        Ok(open.map(|(write, _)| write).collect())
    }

    fn entry_statement(
        &self,
        shelved: &Shelved<'_>,
        way: Way,
        gives_way: GivesWay,
    ) -> Result<BatchStatementRequest> {
        let (table, item) = (self.table(CATALOGUE), shelved.item()?);
        if way == Way::Insert {
            return statement::insert(table, item);
        }
        let below = match gives_way {
            GivesWay::Older => shelved.version(),
            GivesWay::NotNewer => shelved.version() + 1,
        };
        let conditions = vec![Condition::Below("version", number(below))];
        statement::update(table, shelved.key(), ENTRY, item, conditions).map(telling)
    }

    async fn put_alone(&self, shelved: &Shelved<'_>, gives_way: GivesWay) -> Result<()> {
        let transaction = self.transaction();
        let put = match gives_way {
            GivesWay::Older => transaction.advance("entry", shelved),
            GivesWay::NotNewer => transaction.restore("entry", shelved),
        };
        put.commit().await.map(drop)
    }
}

impl Way {
    const fn other(self) -> Self {
        match self {
            Self::Insert => Self::Update,
            Self::Update => Self::Insert,
        }
    }
}

impl<'e> Shelved<'e> {
    const fn of(placed: &'e Placed, now: Timestamp) -> Self {
        Shelved { scope: placed.scope, shelf: placed.shelf, entry: &placed.entry, now }
    }
}

#[cfg(test)]
mod tests {
    use domain::catalogue::{Entry, Traits};
    use domain::id::PetId;
    use domain::pet::{PetStatus, Species};
    use domain::{Scope, Timestamp};

    use super::{ENTRY, Shelved};
    use crate::item::Record;

    #[test]
    fn an_update_changes_every_attribute_that_an_entry_may_have() {
        let pet = PetId::new(platform::clock::fresh_id());
        let traits = Traits {
            status: PetStatus::Available,
            species: Species::Cat,
            size: None,
            good_with_kids: None,
            age_months: 1,
            price_minor: 1,
            vaccinated: None,
            spayed_neutered: None,
            special_needs: None,
        };
        for entry in [Entry { pet, version: 1, traits: Some(traits) }, Entry::gone(pet, 1)] {
            let now = Timestamp::from_ms(0);
            let item = Shelved { scope: Scope::Shared, shelf: 0, entry: &entry, now }.item().unwrap();
            let mut names: Vec<_> = item.keys().map(String::as_str).collect();
            names.retain(|name| !["pk", "sk"].contains(name));
            assert!(names.iter().all(|name| ENTRY.contains(name)), "{names:?}");
        }
    }
}
