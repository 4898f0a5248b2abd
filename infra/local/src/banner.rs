//! What `cargo run` prints once everything is up: addresses, tokens, and the documentation's own curl, ready to paste.

use crate::seed::EXAMPLE_ORDER;
use crate::stack::Local;
use crate::tokens::Tokens;

/// The banner of a running stack.
#[must_use]
pub fn text(local: &Local, tokens: &Tokens) -> String {
    let base = local.base_url();
    let folder = local.state().path().display();
    let Tokens { shared, tenant } = tokens;
    format!(
        "\
The petstore is open at {base}/v1  (documentation: {base}/docs; stop with Ctrl-C)

Staff token of the shared pool, also in {folder}/token:
{shared}

Staff token of the demo tenant, also in {folder}/tenant-token:
{tenant}

The documentation's callback example, on the example order (pay it to see the callback arrive):

curl -X POST '{base}/v1/orders/{EXAMPLE_ORDER}' \\
  -H 'X-Tenant-ID: 550e8400-e29b-41d4-a716-446655440000' \\
  -H \"Authorization: Bearer $(cat {folder}/tenant-token)\" \\
  -H 'Content-Type: application/json' \\
  -d '{{\"amount\":\"738.05\",\"currency\":\"USD\",\"timestamp\":\"1758613403\",\"callbackUrl\":\"https://example.com/callbacks/orders/1312312\"}}'

Deliveries are shown below as they happen.
"
    )
}
