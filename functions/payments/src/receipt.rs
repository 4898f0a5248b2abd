//! `GET /v1/receipts/{receiptId}`: by the signed link of `payment.succeeded`, or as the order's owner or staff.

use domain::caller::Permission;
use domain::id::ReceiptId;
use domain::order::Order;
use domain::payment::{ReceiptLink, ReceiptView};
use domain::{Error, Result, Scope};
use web::{Answer, Request};

use crate::{App, refund};

pub(crate) async fn receipt(app: &App, request: &Request) -> Result<Answer> {
    let id = request.id("receiptId", ReceiptId::parse)?;
    let (scope, is_link) = match link(request, id)? {
        Some(link) if link.is_valid(&app.receipt_key, request.now) => (link.scope, true),
        Some(_) => return Err(Error::NotFound("receipt")),
        None => {
            request.caller.require(Permission::ReadOrders)?;
            (request.caller.scope, false)
        }
    };
    let order = app.store.order_fetch(scope, id.order()).await?;
    let is_shown = |order: &Order| is_link || order.is_listed_for(&request.caller);
    let order = order.filter(is_shown).ok_or(Error::NotFound("receipt"))?;
    if order.charge.is_none() {
        return Err(Error::NotFound("receipt"));
    }
    let payment = refund::paid_payment(&app.store, &order).await?;
    let view = ReceiptView::of(&payment).ok_or(Error::NotFound("receipt"))?;
    Ok(Answer::ok(&view).version(payment.version))
}

/// The link's proof, if the request carries one.
fn link(request: &Request, id: ReceiptId) -> Result<Option<ReceiptLink>> {
    let query = request.query();
    let proof = query.read(|query| {
        let expires = query.parsed("expires", "Unix seconds", |text| text.parse::<i64>().ok());
        (query.text("signature").map(str::to_owned), query.parsed("pool", "a pool", Scope::parse), expires)
    })?;
    let (signature, scope, expires_secs) = match proof {
        (None, None, None) => return Ok(None),
        (Some(signature), Some(scope), Some(expires)) => (signature, scope, expires),
        _ => return Err(Error::malformed("A signed link needs pool, expires and signature.")),
    };
    Ok(Some(ReceiptLink { id, scope, expires_secs, signature }))
}
