//! What must be true of the books whatever was done at the same time, and whatever failed meanwhile.

use domain::order::OrderStatus;
use domain::payment::{Payment, PaymentStatus};
use domain::pet::{Pet, PetStatus};
use store::OrderCollection;

use crate::Books;

impl Books {
    /// Holds every order against its pet, its payments and the ledger, and the ledger against the payments.
    ///
    /// # Panics
    /// When they do not agree, or an operation still runs.
    pub fn assert_agree(&self) {
        for found in &self.orders {
            assert!(found.order.active_operation.is_none(), "still running: {:?}", found.order);
            self.assert_pet(found);
            self.assert_paid(found);
            for payment in &found.payments {
                self.assert_booked(payment);
            }
        }
        for pet in &self.pets {
            self.assert_held(pet);
        }
        self.assert_every_entry_has_its_payment();
    }

    fn assert_pet(&self, found: &OrderCollection) {
        let order = &found.order;
        let Some(pet) = self.pet(found) else {
            return assert!(!order.status.is_open(), "the pet of {order:?} is gone");
        };
        let holds = pet.reserved_by == Some(order.id);
        let agrees = match order.status {
            OrderStatus::Placed => holds && pet.status == PetStatus::Pending,
            OrderStatus::Approved | OrderStatus::Shipped => holds && pet.status == PetStatus::Adopted,
            // Staff may take the pet back.
            OrderStatus::Delivered => !holds || pet.status == PetStatus::Adopted,
            OrderStatus::Cancelled => !holds,
        };
        assert!(agrees, "{order:?} and {pet:?}");
    }

    fn assert_held(&self, pet: &Pet) {
        let holder = pet.reserved_by.map(|id| self.order(&id.to_string()));
        let is_free = matches!(pet.status, PetStatus::Available | PetStatus::NotAvailable);
        assert_eq!(holder.is_none(), is_free, "{pet:?}");
        assert!(holder.is_none_or(|holder| holder.order.pet_id == pet.id), "{pet:?}");
    }

    /// A paid order has one successful payment, which it names; every other order has none.
    fn assert_paid(&self, found: &OrderCollection) {
        let order = &found.order;
        let of = |status| found.payments.iter().filter(move |payment| payment.status == status);
        let named = order.charge.as_ref().map(|charge| charge.payment_id);
        match order.status {
            OrderStatus::Placed => assert_eq!(named, None, "{found:?}"),
            OrderStatus::Cancelled => {
                assert_eq!(of(PaymentStatus::Cancelled).map(|payment| payment.id).next(), named, "{found:?}");
            }
            _ => assert_eq!(of(PaymentStatus::Succeeded).map(|payment| Some(payment.id)).next(), Some(named)),
        }
        let is_kept =
            matches!(order.status, OrderStatus::Approved | OrderStatus::Shipped | OrderStatus::Delivered);
        assert_eq!(of(PaymentStatus::Succeeded).count(), usize::from(is_kept), "{found:?}");
        assert!(of(PaymentStatus::Cancelled).count() <= 1, "{found:?}");
        assert_eq!(of(PaymentStatus::Processing).count(), 0, "{found:?}");
    }

    /// The ledger says of a payment what the payment says of itself.
    fn assert_booked(&self, payment: &Payment) {
        let entry = self.entry(payment.scope, payment.id.uuid());
        let expected = if payment.status == PaymentStatus::Failed { "decline" } else { "charge" };
        assert_eq!(entry.map(|entry| entry.kind.as_str()), Some(expected), "{payment:?}");
        assert_eq!(entry.map(|entry| entry.amount_minor), Some(payment.amount.amount_minor));
        let id = payment.id.to_string();
        let refunds = self.entries("refund").filter(|refund| refund.answer == id).count();
        assert_eq!(refunds, usize::from(payment.status == PaymentStatus::Cancelled), "{payment:?}");
    }

    /// No money moved that no payment tells of.
    fn assert_every_entry_has_its_payment(&self) {
        let payments = || self.orders.iter().flat_map(|found| &found.payments);
        for entry in &self.ledger {
            let is_refunds = matches!(entry.kind.as_str(), "refund" | "refusal");
            let id = if is_refunds { entry.answer.clone() } else { entry.operation.to_string() };
            assert!(payments().any(|payment| payment.id.to_string() == id), "{entry:?}");
        }
    }
}
