//! `POST /v1/webhooks/{id}/recover`: begins an endpoint's failed and kept deliveries again, those made or come to rest since a time. The
//! sweeper does it, from a row that survives whoever works on it.

use domain::delivery::DAYS_KEPT;
use domain::time::DAY_MS;
use domain::webhook::EndpointStatus;
use domain::{Error, Result, Timestamp};
use platform::fault;
use serde::{Deserialize, Serialize};
use store::{Commit, Recovery};
use web::{Answer, Request};

use crate::App;
use crate::endpoint::load;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    since: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    status: &'static str,
    since: String,
    requested_at: String,
}

pub(crate) async fn recover(app: &App, request: &Request) -> Result<Answer> {
    let endpoint = load(app, request).await?;
    let since = request.json(|body: Body| body.parse(request.now))?;
    if endpoint.status != EndpointStatus::Enabled {
        return Err(Error::conflict("endpoint_disabled", "The endpoint is switched off."));
    }
    let job = Recovery {
        scope: endpoint.scope,
        endpoint: endpoint.id,
        owner: endpoint.owner,
        since,
        asked_at: request.now,
        position: None,
        due: request.now,
        version: 1,
    };
    let commit = app.store.transaction().create("recovery", &job).commit().await?;
    fault::point("recover.after_commit");
    match commit {
        Commit::Done => {
            let location = format!("/v1/webhooks/{}/deliveries", endpoint.id);
            let view =
                View { status: "RUNNING", since: since.to_rfc3339(), requested_at: request.now.to_rfc3339() };
            Ok(Answer::accepted(location, view))
        }
        Commit::Refused(_) => Err(Error::Conflict {
            code: "endpoint_recovering",
            detail: "A recovery of this endpoint is running.".to_owned(),
            retry_after_secs: Some(30),
        }),
    }
}

impl Body {
    fn parse(&self, now: Timestamp) -> Result<Timestamp> {
        let invalid = |code, message: &str| Err(Error::invalid("since", code, message));
        let Some(text) = &self.since else { return invalid("required_field", "Is required.") };
        let Some(since) = Timestamp::parse_rfc3339(text) else {
            return invalid("invalid_format", "Must be a time of RFC 3339, as in 2025-12-21T13:56:23Z.");
        };
        let is_in_reach = (0..=DAYS_KEPT * DAY_MS).contains(&now.since_ms(since));
        if is_in_reach { Ok(since) } else { invalid("out_of_range", "Must lie in the last 30 days.") }
    }
}
