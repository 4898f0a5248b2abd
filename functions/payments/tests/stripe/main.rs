//! The Stripe provider against a server on loopback that answers in the shapes of Stripe's documentation.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod charges;
mod lookups;
mod refunds;
mod server;
mod sources;

use domain::id::{OrderId, PaymentId};
use domain::money::{Currency, Money};
use domain::payment::{Approval, NewCard, NewSource, Payment, Secret, StoredSource};
use domain::{Scope, Timestamp};
use payments::provider::{Provider, Stripe};
use serde_json::{Value, json};
use uuid::Uuid;

use server::Server;

const API_KEY: &str = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";
const NUMBER: &str = "4242424242424242";
const CVC: &str = "987";

fn provider(server: &Server) -> Provider {
    Provider::Stripe(Stripe::new(server.url(), API_KEY.to_owned()))
}

fn card() -> NewSource {
    NewSource::Card(NewCard {
        name: "Jenny Rosen & Sons".to_owned(),
        number: Secret::new(NUMBER.to_owned()),
        cvc: Some(Secret::new(CVC.to_owned())),
        exp_month: 4,
        exp_year: 2044,
        billing_address: None,
    })
}

/// A payment of 125.50 EUR that begins now, with a card that became `pm_1`.
fn payment() -> Payment {
    paying(card().to_stored(None), Currency::EUR)
}

fn paying(source: StoredSource, currency: Currency) -> Payment {
    let id = |number: u128| Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + number);
    let order = (OrderId::new(id(2)), Scope::Shared);
    let amount = Money { amount_minor: 12_550, currency };
    let now = Timestamp::from_ms(1_766_325_383_007);
    Payment::begin(PaymentId::new(id(1)), order, amount, source, "pm_1".to_owned(), now)
}

/// The same payment after it was approved as `transaction_id`.
fn paid(transaction_id: &str) -> Payment {
    let approval = Approval {
        transaction_id: transaction_id.to_owned(),
        approval_code: "123456".to_owned(),
        processor: "stripe".to_owned(),
    };
    Payment { approval: Some(approval), ..payment() }
}

/// <https://docs.stripe.com/api/payment_intents/object>, with members that nobody reads.
fn intent(status: &str) -> Value {
    json!({
        "id": "pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "object": "payment_intent",
        "amount": 12_550,
        "client_secret": "pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH",
        "currency": "eur",
        "last_payment_error": null,
        "latest_charge": null,
        "livemode": false,
        "metadata": { "payment_id": payment().id.to_string(), "pool": "shared" },
        "next_action": null,
        "payment_method": "pm_1",
        "payment_method_types": ["card"],
        "status": status,
    })
}

/// An intent whose members are replaced by those of `members`.
fn intent_with(status: &str, members: Value) -> Value {
    let mut intent = intent(status);
    intent.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    intent
}

/// <https://docs.stripe.com/api/errors>; the message repeats the number, as a careless server might.
fn error(kind: &str, code: &str) -> Value {
    json!({ "error": {
        "type": kind,
        "code": code,
        "doc_url": format!("https://stripe.com/docs/error-codes/{code}"),
        "message": format!("There is something about {NUMBER}."),
        "request_log_url": "https://dashboard.stripe.com/test/logs/req_1",
    }})
}
