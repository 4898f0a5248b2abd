//! `GET /v1/orders`: one's own orders, or for staff the pool's, newest first.

use domain::Result;
use domain::caller::Permission;
use domain::id::OrderId;
use domain::order::{OrderStatus, OrderView};
use serde::Serialize;
use store::{LIST_MAX, OrderList};
use web::{Answer, Request};

use crate::App;

#[derive(Serialize)]
struct Page {
    data: Vec<OrderView>,
    pagination: Pagination,
    #[serde(skip_serializing_if = "Option::is_none", rename = "nextCursor")]
    next_cursor: Option<OrderId>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    page: usize,
    limit: usize,
    total_items: usize,
    total_pages: usize,
}

/// Pages a list can be turned by number; further ones are reached by cursor.
const PAGES_MAX: u32 = 100;

pub(crate) async fn list(app: &App, request: &Request) -> Result<Answer> {
    let user = request.caller.require(Permission::ReadOrders)?;
    let query = request.query();
    let (page, limit, status, before) = query.read(|query| {
        let cursor = |text: &str| OrderId::parse(text).ok();
        (
            as_size(query.integer("page", 1..=PAGES_MAX, 1)),
            as_size(query.integer("limit", 1..=100, 20)),
            query.parsed("status", &OrderStatus::words(), OrderStatus::parse),
            query.parsed("cursor", "a nextCursor from an earlier response", cursor),
        )
    })?;

    let list = if user.staff { OrderList::All } else { OrderList::Of(user.id) };
    let ids = app.store.order_ids(request.caller.scope, list, before).await?;
    // A cursor says where its page begins: what came before it is not counted again.
    let page = if before.is_some() { 1 } else { page };
    let window = Window { skip: (page - 1) * limit, take: limit };
    let (shown, total) = match status {
        None => (app.store.orders_fetch(request.caller.scope, window.of(&ids)).await?, ids.len()),
        Some(status) => {
            let mut orders = app.store.orders_fetch(request.caller.scope, &ids).await?;
            orders.retain(|order| order.status == status);
            (window.of(&orders).to_vec(), orders.len())
        }
    };
    let next_cursor = if page * limit < total {
        shown.last().map(|order| order.id)
    } else {
        // A full list may go on behind what was counted, with or without an order of this status among the counted.
        ids.last().copied().filter(|_| ids.len() >= LIST_MAX)
    };
    let pagination = Pagination { page, limit, total_items: total, total_pages: total.div_ceil(limit) };
    Ok(Answer::ok(&Page { data: shown.iter().map(OrderView::from).collect(), pagination, next_cursor }))
}

/// Which part of a list a page shows.
struct Window {
    skip: usize,
    take: usize,
}

impl Window {
    fn of<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let from = self.skip.min(all.len());
        let to = (from + self.take).min(all.len());
        &all[from..to]
    }
}

fn as_size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
