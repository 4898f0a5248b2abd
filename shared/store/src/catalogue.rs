//! The catalogue's rows: where each pet stands, what is known of it there, and how many pets stand in each place.
//!
//! A pet's shelf is fixed when the pet is first seen (`Place`). Everything else follows from entries: a shelf's tally is
//! counted from its entries, an aisle's from its shelves. Each is written under a version, so of two who count at the
//! same time one counts again.

mod load;
mod places;
mod put;
mod read;
mod tally;

pub use load::{Loader, Row};
pub use put::Placed;
pub use read::Sources;

use domain::catalogue::{Counts, Entry, Traits};
use domain::id::PetId;
use domain::pet::{PetStatus, Size, Species};
use domain::time::DAY_MS;
use domain::{Result, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::RowError;
use crate::item::{Item, Record, read};
use crate::key::{self, Key};
use crate::schema::Table;

/// Where the catalogue lies: beside the pets it would put a record on the stream for each of its rows, which nobody
/// wants to hear of.
const CATALOGUE: Table = Table::Deliveries;
/// How long the mark of a deleted pet is kept: longer than the stream can bring back what came before it.
const GONE_KEPT_MS: i64 = 2 * DAY_MS;

/// How many places were given out in a pool.
struct Register {
    scope: Scope,
    next: u32,
    version: u64,
}

#[derive(Serialize, Deserialize)]
struct RegisterRow {
    next: u32,
    #[serde(default)]
    version: u64,
}

impl Record for Register {
    const TABLE: Table = CATALOGUE;
    type Row = RegisterRow;

    fn key(&self) -> Key {
        Key::catalogue_register(self.scope)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> RegisterRow {
        RegisterRow { next: self.next, version: self.version }
    }
}

/// The shelf that a pet stands on, for good.
struct Place {
    scope: Scope,
    pet: PetId,
    shelf: u32,
}

#[derive(Serialize, Deserialize)]
struct PlaceRow {
    shelf: u32,
}

impl Record for Place {
    const TABLE: Table = CATALOGUE;
    type Row = PlaceRow;

    fn key(&self) -> Key {
        Key::pet_place(self.scope, self.pet)
    }

    fn version(&self) -> u64 {
        0
    }

    fn row(&self) -> PlaceRow {
        PlaceRow { shelf: self.shelf }
    }
}

/// An entry on its shelf.
struct Shelved<'a> {
    scope: Scope,
    shelf: u32,
    entry: &'a Entry,
    now: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct EntryRow {
    sk: PetId,
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pet: Option<TraitsRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<i64>,
}

/// In one list, for a page of a long list is read by the bytes.
#[derive(Serialize, Deserialize)]
struct TraitsRow(
    PetStatus,
    Species,
    Option<Size>,
    Option<bool>,
    u32,
    i64,
    Option<bool>,
    Option<bool>,
    Option<bool>,
);

impl Record for Shelved<'_> {
    const TABLE: Table = CATALOGUE;
    type Row = EntryRow;

    fn key(&self) -> Key {
        Key::catalogue_entry(self.scope, self.shelf, self.entry.pet)
    }

    fn version(&self) -> u64 {
        self.entry.version
    }

    fn row(&self) -> EntryRow {
        let traits = self.entry.traits;
        EntryRow {
            sk: self.entry.pet,
            version: self.entry.version,
            pet: traits.map(TraitsRow::from),
            ttl: traits.is_none().then(|| self.now.plus_ms(GONE_KEPT_MS).as_secs()),
        }
    }
}

impl From<Traits> for TraitsRow {
    fn from(traits: Traits) -> Self {
        let Traits { status, species, size, good_with_kids, age_months, price_minor, .. } = traits;
        let Traits { vaccinated, spayed_neutered, special_needs, .. } = traits;
        Self(
            status,
            species,
            size,
            good_with_kids,
            age_months,
            price_minor,
            vaccinated,
            spayed_neutered,
            special_needs,
        )
    }
}

impl From<TraitsRow> for Traits {
    fn from(row: TraitsRow) -> Self {
        Self {
            status: row.0,
            species: row.1,
            size: row.2,
            good_with_kids: row.3,
            age_months: row.4,
            price_minor: row.5,
            vaccinated: row.6,
            spayed_neutered: row.7,
            special_needs: row.8,
        }
    }
}

fn entry_of(item: Item) -> Result<Entry> {
    let row: EntryRow = read(item)?;
    Ok(Entry { pet: row.sk, version: row.version, traits: row.pet.map(Traits::from) })
}

/// A shelf or an aisle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Spot {
    Shelf(u32),
    Aisle(u32),
}

/// How many pets stand in a place.
struct Tally {
    scope: Scope,
    spot: Spot,
    counts: Counts,
    /// 0 before there is a row.
    version: u64,
}

#[derive(Serialize, Deserialize)]
struct TallyRow {
    counts: Counts,
    #[serde(default)]
    version: u64,
}

impl Tally {
    fn key_of(scope: Scope, spot: Spot) -> Key {
        match spot {
            Spot::Shelf(shelf) => Key::catalogue_shelf(scope, shelf),
            Spot::Aisle(aisle) => Key::catalogue_aisle(scope, aisle),
        }
    }
}

impl Record for Tally {
    const TABLE: Table = CATALOGUE;
    type Row = TallyRow;

    fn key(&self) -> Key {
        Self::key_of(self.scope, self.spot)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn row(&self) -> TallyRow {
        TallyRow { counts: self.counts.clone(), version: self.version }
    }
}

/// The number of the place that a tally is of, and its counts; `None` for the register beside the aisles.
fn tally_of(item: Item) -> Result<Option<(u32, Counts)>> {
    let sk = item.get("sk").and_then(|sk| sk.as_s().ok()).ok_or(RowError::Attribute("sk"))?;
    let Some(place) = key::place_of(sk) else { return Ok(None) };
    Ok(Some((place, read::<TallyRow>(item)?.counts)))
}
