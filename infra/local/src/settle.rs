//! What an operator does about payments and refunds that do not end by themselves: `petstore unsettled`, `petstore
//! settle`.
//!
//! Both go where `petstore tenant` goes. They need `dynamodb:GetItem` and `dynamodb:PutItem` on the table, and
//! `dynamodb:Query` on its index `work`.

use domain::order::{ActiveOperation, Operation, Order};
use domain::{Error, Scope};
use payments::by_hand::{self, Word};
use platform::clock;

use crate::error::StartError;
use crate::operator::store;
use crate::options::{Settle, SettleWord};

/// Prints what runs for over a minute, the longest first, and before it what cannot be read.
///
/// # Errors
/// [`StartError`], in one line for whoever typed the command.
pub async fn list(print: fn(&str)) -> Result<(), StartError> {
    let found = by_hand::unsettled(&store()?, clock::now()).await;
    let found = found.map_err(|error| StartError::step("list what is not settled", &error))?;
    for (pool, order) in &found.unreadable {
        print(&format!("unreadable  order {order}  pool {pool}"));
    }
    for order in &found.orders {
        order.active_operation.iter().for_each(|active| print(&line(order, active)));
    }
    print(&format!("{} not settled", found.unreadable.len() + found.orders.len()));
    Ok(())
}

/// Settles what runs of an order, and prints where it stands then.
///
/// # Errors
/// [`StartError`], in one line for whoever typed the command.
pub async fn settle(found_out: Settle, print: fn(&str)) -> Result<(), StartError> {
    let place = (found_out.tenant.map_or(Scope::Shared, Scope::Tenant), found_out.order);
    let settled = by_hand::settle(&store()?, place, word(found_out.word), clock::now()).await;
    let order = settled.map_err(refusal)?;
    print(&format!("order   {}\nstatus  {}", order.id, order.status));
    Ok(())
}

/// Why not, in words: what conflicts is in a conflict's detail.
fn refusal(error: Error) -> StartError {
    match error {
        Error::Conflict { detail, .. } => StartError::Step { what: "settle the order", reason: detail },
        error => StartError::step("settle the order", &error),
    }
}

/// `payment <id> of 25.00 USD since <time>  order <id>  pool <tenant or shared>`.
fn line(order: &Order, active: &ActiveOperation) -> String {
    let what = match &active.operation {
        Operation::Pay(payment) => format!("payment {}", payment.id),
        Operation::Refund { id, .. } => format!("refund {id}"),
    };
    let (amount, currency) = (order.total.amount(), order.total.currency);
    let since = active.started_at.to_rfc3339();
    format!("{what} of {amount} {currency} since {since}  order {}  pool {}", order.id, order.scope)
}

fn word(word: SettleWord) -> Word {
    match word {
        SettleWord { charged: Some(id), .. } => Word::Charged(id),
        SettleWord { declined: true, .. } => Word::Declined,
        SettleWord { refunded: true, .. } => Word::Refunded,
        SettleWord { .. } => Word::Refused,
    }
}
