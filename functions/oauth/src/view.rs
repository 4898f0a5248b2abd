//! How clients look on the wire.

use domain::TenantId;
use domain::id::{ClientId, UserId};
use domain::oauth::Client;
use serde::Serialize;

/// A client on the wire.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientView {
    id: ClientId,
    client_id: String,
    name: String,
    redirect_uris: Vec<String>,
    scopes: Vec<&'static str>,
    registered_by: Option<RegistrantView>,
    created_at: String,
    tenant_id: Option<TenantId>,
}

#[derive(Clone, Debug, Serialize)]
struct RegistrantView {
    id: UserId,
    username: String,
}

impl ClientView {
    pub(crate) fn of(client: &Client) -> Self {
        let by = client.registered_by.clone();
        Self {
            id: client.id,
            client_id: client.reference().to_string(),
            name: client.name.clone(),
            redirect_uris: client.redirects.iter().map(|redirect| redirect.as_str().to_owned()).collect(),
            scopes: client.permissions.iter().map(|permission| permission.as_str()).collect(),
            registered_by: by.map(|by| RegistrantView { id: by.id, username: by.username }),
            created_at: client.created_at.to_rfc3339(),
            tenant_id: client.scope.tenant_id(),
        }
    }
}
