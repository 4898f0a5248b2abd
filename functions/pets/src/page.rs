//! A page of pets on the wire (contract 4.6).

use serde::Serialize;
use web::Answer;

use crate::PetView;
use crate::find::{Found, Question};

/// What a `cursor` must be.
pub(crate) const CURSOR: &str = "a cursor from the Link of an earlier response";

#[derive(Serialize)]
struct Page {
    data: Vec<PetView>,
    pagination: Pagination,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    page: u32,
    limit: u32,
    total_items: u32,
    total_pages: u32,
}

/// The answer to `question`. The contract closes the body, so where to go on behind what was looked through is said by
/// a `Link` (RFC 8288); `link` writes the address for a cursor.
pub(crate) fn answer(question: &Question, found: &Found, link: impl Fn(u32) -> String) -> Answer {
    let pagination = Pagination {
        page: question.page,
        limit: question.limit,
        total_items: found.total,
        total_pages: found.total.div_ceil(question.limit),
    };
    let answer = Answer::ok(Page { data: found.pets.iter().map(PetView::from).collect(), pagination });
    match found.next {
        Some(cursor) => answer.header("link", format!("<{}>; rel=\"next\"", link(cursor))),
        None => answer,
    }
}
