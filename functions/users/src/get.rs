//! `GET /v1/users/{id}`: a public profile, or everything for the user and the staff.

use domain::Result;
use web::{Answer, Request};

use crate::{App, load, view};

pub(crate) async fn get(app: &App, request: &Request) -> Result<Answer> {
    let account = load(app, request).await?;
    Ok(view::answer(&account, request))
}
