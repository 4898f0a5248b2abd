//! Everything that the state table holds, so that order, pet, payment and ledger can be held against each other.

use domain::Scope;
use domain::id::{OrderId, PetId};
use domain::pet::Pet;
use store::{LedgerEntry, OrderCollection, Store, key};
use uuid::Uuid;

use crate::World;

/// Every order with its payments, every pet, every entry of the payment simulator's ledger.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// Orders, each with its payments and callback requests.
    pub orders: Vec<OrderCollection>,
    /// Pets.
    pub pets: Vec<Pet>,
    /// What the payment simulator did.
    pub ledger: Vec<LedgerEntry>,
}

#[expect(clippy::unwrap_used, reason = "a test that cannot read the tables has failed")]
impl Books {
    /// Reads the whole table; meant for a moment at which nothing runs.
    pub async fn read(world: &World) -> Self {
        let client = local::sdk::dynamodb(&world.local.wiring().dynamodb);
        let mut books = Self::default();
        let mut start = None;
        loop {
            let table = store::TableNames::default().state;
            let scan = client.scan().table_name(table).projection_expression("pk, sk").consistent_read(true);
            let page = scan.set_exclusive_start_key(start).send().await.unwrap();
            for item in page.items() {
                let text = |name| item[name].as_s().unwrap().as_str();
                books.add(&world.store, text("pk"), text("sk")).await;
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return books;
            }
        }
    }

    async fn add(&mut self, store: &Store, pk: &str, sk: &str) {
        let Some(scope) = key::scope_of(pk) else { return };
        let id = pk.rsplit('#').next().unwrap_or_default();
        match sk {
            "ORDER" => {
                let order = OrderId::parse(id).unwrap();
                self.orders.extend(store.order_collection_fetch(scope, order).await.unwrap());
            }
            "PET" => self.pets.extend(store.pet_fetch(scope, PetId::parse(id).unwrap()).await.unwrap()),
            "LEDGER" => {
                let operation = Uuid::parse_str(id).unwrap();
                self.ledger.extend(store.ledger_fetch(scope, operation).await.unwrap());
            }
            _ => {}
        }
    }

    /// The order `id`, with its payments.
    #[must_use]
    pub fn order(&self, id: &str) -> &OrderCollection {
        self.orders.iter().find(|found| found.order.id.to_string() == id).unwrap()
    }

    /// The pet of `found`.
    #[must_use]
    pub fn pet_of(&self, found: &OrderCollection) -> &Pet {
        self.pet(found).unwrap()
    }

    /// The pet of `found`; `None` when staff deleted it.
    #[must_use]
    pub fn pet(&self, found: &OrderCollection) -> Option<&Pet> {
        self.pets.iter().find(|pet| pet.id == found.order.pet_id && pet.scope == found.order.scope)
    }

    /// The ledger's entries of this kind: `charge`, `decline`, `refund`, `refusal`.
    pub fn entries(&self, kind: &str) -> impl Iterator<Item = &LedgerEntry> {
        self.ledger.iter().filter(move |entry| entry.kind == kind)
    }

    /// The ledger's entry for one operation.
    #[must_use]
    pub fn entry(&self, scope: Scope, operation: Uuid) -> Option<&LedgerEntry> {
        self.ledger.iter().find(|entry| entry.scope == scope && entry.operation == operation)
    }
}
