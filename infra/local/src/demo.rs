//! `petstore demo`: one order from `POST` to its signed callback and webhooks, every step printed, every signature
//! verified as a receiver would.

mod verify;

use std::time::Duration;

use domain::Scope;
use platform::clock;
use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::error::StartError;
use crate::options::Options;
use crate::receiver::{Received, Receiver};
use crate::stack::Local;

/// From one look to the next.
const PAUSE: Duration = Duration::from_millis(20);
/// How long a delivery may take before the demo gives up.
const PATIENCE: Duration = Duration::from_secs(15);
/// What the demo waits for: created, paid (status and payment), the pet reserved and adopted, and the callback.
const DELIVERIES: usize = 6;

/// Runs the demo on a stack of its own.
///
/// # Errors
/// [`StartError`] naming the step that failed.
pub async fn run(options: Options, print: fn(&str)) -> Result<(), StartError> {
    // Nothing is kept and no port is claimed, so that a running stack is not in the way.
    let local = Local::start(Options { ephemeral: true, port: 0, no_seed: false, ..options }).await?;
    let told = tell(&local, print).await;
    local.shutdown().await;
    told
}

async fn tell(local: &Local, print: fn(&str)) -> Result<(), StartError> {
    let tokens = local.staff_tokens()?;
    let api = Client::new(local.base_url()).with_token(&tokens.tenant);
    let receiver = Receiver::start().await.map_err(|error| StartError::step("start the receiver", &error))?;
    print(&format!(
        "The petstore is open at {}/v1; a receiver listens at {}.\n",
        local.base_url(),
        receiver.url("")
    ));

    let hook = json!({"url": receiver.url("/hooks"), "events": ["*"], "description": "the demo's receiver"});
    let endpoint = step(&api, print, "1. Register a webhook endpoint", "/v1/webhooks", &hook).await?;
    let secret = text(&endpoint, "secret");

    let pet = first_pet(&api).await?;
    let order = json!({"petId": pet["id"]});
    let order = step(&api, print, "2. Order a pet", "/v1/orders", &order).await?;
    let path = format!("/v1/orders/{}", text(&order, "id"));

    let seconds = platform::clock::now().as_secs().to_string();
    let ask = json!({"amount": order["totalAmount"], "currency": order["currency"], "timestamp": seconds,
                     "callbackUrl": receiver.url("/callbacks/orders/1312312?token=mine")});
    let accepted = step(&api, print, "3. Ask to be told when the order is settled", &path, &ask).await?;

    let card = json!({"object": "card", "name": "J. Doe", "number": "4242424242424242", "cvc": "123",
                      "expMonth": 12, "expYear": 2030});
    let pay = json!({"amount": order["totalAmount"], "currency": order["currency"], "source": card});
    step(&api, print, "4. Pay it", &format!("{path}/payment"), &pay).await?;

    print("5. Deliveries, each verified with its secret:\n");
    let secret_path = "/v1/webhooks/callback-secret";
    let reply =
        api.get(secret_path).await.map_err(|error| StartError::step("read the callback secret", &error))?;
    let callback_secret = text(&reply.json(), "secret");
    let arrived = tokio::time::timeout(PATIENCE, receiver.until(|all| all.len() >= DELIVERIES)).await;
    let arrived = arrived.map_err(|error| StartError::step("wait for the deliveries", &error))?;
    for received in &arrived {
        let secret = if received.path.starts_with("/hooks") { &secret } else { &callback_secret };
        show(print, received, secret)?;
    }
    finish(local, &api, &path, &accepted, print).await
}

/// The first pet of the list, which fills up while the stack starts.
async fn first_pet(api: &Client) -> Result<Value, StartError> {
    let look = async {
        loop {
            let pets = api.get("/v1/pets?limit=1").await;
            let pets = pets.map_err(|error| StartError::step("list pets", &error))?;
            if let Some(pet) = pets.json()["data"].get(0) {
                return Ok(pet.clone());
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, look).await;
    found.map_err(|error| StartError::step("wait for the pets", &error))?
}

/// Makes a request and shows it with its answer, secrets and numbers shortened.
async fn step(
    api: &Client,
    print: fn(&str),
    title: &str,
    path: &str,
    body: &Value,
) -> Result<Value, StartError> {
    let shown_path = path;
    let reply = api.post(path, body).await.map_err(|error| StartError::step("call the API", &error))?;
    print(&format!("{title}:  POST {shown_path}  →  {}", reply.status));
    print(&format!("   {}\n", shown(&reply)));
    if reply.status.is_success() {
        return Ok(reply.json());
    }
    Err(StartError::Step { what: "run the demo", reason: format!("{path} answered {}", reply.status) })
}

fn shown(reply: &Reply) -> String {
    let mut body = reply.json();
    if let Some(secret) = body.get_mut("secret") {
        *secret = json!("whsec_… (shown once)");
    }
    body.to_string()
}

fn text(body: &Value, member: &str) -> String {
    body[member].as_str().unwrap_or_default().to_owned()
}

/// Shows one delivery and whether its signatures hold.
fn show(print: fn(&str), received: &Received, secret: &str) -> Result<(), StartError> {
    let path = received.path.split('?').next().unwrap_or_default();
    let verified = verify::verify(received, secret, clock::now());
    let event = received.json();
    let what = event["eventType"].as_str().unwrap_or("callback");
    print(&format!("   {what} at {path}"));
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature", "x-webhook-signature"] {
        print(&format!("     {name}: {}", received.header(name)));
    }
    print(&format!("     {}", String::from_utf8_lossy(&received.body)));
    print(&format!("     signatures {}\n", if verified { "verified" } else { "DO NOT HOLD" }));
    if verified {
        return Ok(());
    }
    Err(StartError::Step { what: "verify a delivery", reason: "its signature does not hold".to_owned() })
}

async fn finish(
    local: &Local,
    api: &Client,
    path: &str,
    accepted: &Value,
    print: fn(&str),
) -> Result<(), StartError> {
    let status = format!("{path}/callbacks/{}", text(accepted, "requestId"));
    let reply = api.get(&status).await.map_err(|error| StartError::step("poll the callback", &error))?;
    print(&format!("6. The same by polling:  GET {status}  →  {}\n   {}\n", reply.status, shown(&reply)));
    tracing::debug!(pool = %Scope::Shared, base_url = local.base_url(), "the demo is over");
    print("An order went from POST to a signed, delivered callback. Start the stack with `cargo run`.");
    Ok(())
}
