//! The whole path, and what time itself does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::id::{OrderId, PaymentId};
use domain::order::{Order, OrderStatus};
use domain::payment::Payment;
use domain::pet::PetStatus;
use platform::clock;
use runtime::events::{HttpEvent, Message, queue_event, sample};
use runtime::receiver::{Received, Receiver};
use runtime::report::{Row, print, table};
use runtime::{Result, binaries};
use serde_json::{Value as Json, json};

use crate::running::Functions;
use crate::tally::tallied;

/// The sample's card number, which no answer, log or delivery may hold.
const CARD: &str = "4242424242424242";
/// Invocations behind each figure of the column "warm".
const WARM: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_from_post_to_signed_deliveries() {
    run().await.unwrap();
}

async fn run() -> Result<()> {
    let mut functions = Functions::start().await?;
    let receiver = Receiver::start().await?;
    let endpoint = register(&mut functions, &receiver).await?;

    let order = place(&mut functions).await?;
    let guest = ask_for_callback(&mut functions, &receiver, order).await?;
    pay(&mut functions, order).await?;

    let records = functions.drain_stream().await?;
    let messages = functions.deliver().await?;
    let heard = check_webhooks(&receiver, &endpoint, order).await?;
    check_callback(&receiver, &guest, order).await?;
    // Five webhooks and a callback.
    tallied(&functions, [6.0, 0.0, 0.0]).await?;
    check_log_of_deliveries(&mut functions, &endpoint, heard.len()).await?;
    check_replay(&mut functions, &receiver, &records, &messages).await?;

    check_reconcile(&mut functions, order).await?;
    check_sweeper(&mut functions).await?;
    let photo = check_images(&mut functions, order).await?;
    check_public_documents(&mut functions).await?;
    check_chat(&mut functions).await?;

    check_nothing_leaked(&functions, &receiver).await?;
    warm_up(&mut functions, order, &endpoint, &photo, (&records, &messages)).await?;
    report(&functions)?;
    Ok(())
}

struct Endpoint {
    id: String,
    secret: String,
}

async fn register(functions: &mut Functions, receiver: &Receiver) -> Result<Endpoint> {
    let request = HttpEvent::new("POST", "ANY /v1/webhooks", "/v1/webhooks")?
        .header("authorization", &functions.stack.authorization()?)
        .body(&json!({"url": receiver.url("/webhook"), "events": ["*"]}));
    let answer = functions.expect("webhooks", &request, 201).await?;
    Ok(Endpoint { id: answer.text("id").to_owned(), secret: answer.text("secret").to_owned() })
}

/// A pet taken in by staff and an order for it by nobody in particular.
async fn place(functions: &mut Functions) -> Result<OrderId> {
    let pet = functions.pet().await?;
    let key = format!("\"{}\"", clock::fresh_id());
    let request = HttpEvent::sample("post-order")?
        .header("idempotency-key", &key)
        .change_body(|body| body["petId"] = pet.into())?;
    let answer = functions.expect("orders", &request, 201).await?;
    assert_eq!((answer.text("status"), answer.text("totalAmount")), ("PLACED", "738.05"), "{}", answer.body);
    assert_eq!(answer.header("location"), Some(&*format!("/v1/orders/{}", answer.text("id"))));
    let again = functions.expect("orders", &request, 201).await?;
    assert_eq!(again.body, answer.body, "the same key is the same order");
    Ok(OrderId::parse(answer.text("id"))?)
}

struct Guest {
    request_id: String,
    secret: String,
}

async fn ask_for_callback(functions: &mut Functions, receiver: &Receiver, order: OrderId) -> Result<Guest> {
    let request = HttpEvent::sample("post-callback")?
        .path(&format!("/v1/orders/{order}"))
        .change_body(|body| body["callbackUrl"] = receiver.url("/callback").into())?;
    let answer = functions.expect("callbacks", &request, 201).await?;
    assert_eq!(answer.text("status"), "PENDING");
    Ok(Guest { request_id: answer.text("requestId").to_owned(), secret: answer.text("secret").to_owned() })
}

async fn pay(functions: &mut Functions, order: OrderId) -> Result<()> {
    let request = HttpEvent::sample("post-payment")?.path(&format!("/v1/orders/{order}/payment"));
    let answer = functions.expect("payments", &request, 201).await?;
    assert_eq!(answer.text("status"), "SUCCEEDED", "{}", answer.body);
    assert!(!answer.body.to_string().contains(CARD));
    let request = HttpEvent::sample("get-order")?.path(&format!("/v1/orders/{order}"));
    let answer = functions.expect("orders", &request, 200).await?;
    assert_eq!(answer.text("status"), "APPROVED");
    assert!(answer.header("etag").is_some());
    let stored = stored(functions, order).await?;
    assert_eq!((stored.status, stored.active_operation), (OrderStatus::Approved, None));
    Ok(())
}

async fn stored(functions: &Functions, order: OrderId) -> Result<Order> {
    let order = functions.stack.store.order_fetch(functions.stack.scope()?, order).await?;
    order.ok_or_else(|| "the order is gone".into())
}

async fn check_webhooks(receiver: &Receiver, endpoint: &Endpoint, order: OrderId) -> Result<Vec<Received>> {
    let expected = [
        "order.created",
        "order.statusChanged",
        "payment.succeeded",
        "pet.statusChanged",
        "pet.statusChanged",
    ];
    let received = receiver.received("/webhook", expected.len()).await?;
    let mut types: Vec<_> = received.iter().map(|one| text(&one.json(), "eventType")).collect();
    types.sort_unstable();
    assert_eq!(types, expected);
    for one in &received {
        assert!(one.is_signed_with(&endpoint.secret), "{one:?}");
        assert_eq!(one.header("webhook-id"), text(&one.json(), "eventId"));
    }
    let created = received.iter().find(|one| text(&one.json(), "eventType") == "order.created");
    assert!(created.is_some_and(|one| one.json()["data"].to_string().contains(&order.to_string())));
    Ok(received)
}

fn text(json: &Json, member: &str) -> String {
    json[member].as_str().unwrap_or_default().to_owned()
}

async fn check_callback(receiver: &Receiver, guest: &Guest, order: OrderId) -> Result<()> {
    let received = receiver.received("/callback", 1).await?;
    let [one] = received.as_slice() else { return Err("more than one result".into()) };
    assert!(one.is_signed_with(&guest.secret), "{one:?}");
    assert!(!one.is_signed_with("whsec_AAAA"));
    assert!(one.header("webhook-signature").split(' ').any(|signature| signature.starts_with("v1a,")));
    let body = one.json();
    assert_eq!(text(&body, "requestId"), guest.request_id);
    assert_eq!((text(&body, "orderId"), text(&body, "status")), (order.to_string(), "COMPLETED".to_owned()));
    Ok(())
}

async fn check_log_of_deliveries(functions: &mut Functions, endpoint: &Endpoint, count: usize) -> Result<()> {
    let route = "ANY /v1/webhooks/{id}/deliveries";
    let request = HttpEvent::new("GET", route, &format!("/v1/webhooks/{}/deliveries", endpoint.id))?
        .header("authorization", &functions.stack.authorization()?);
    let answer = functions.expect("webhooks", &request, 200).await?;
    let deliveries = answer.body["data"].as_array().cloned().unwrap_or_default();
    let states: Vec<_> = deliveries.iter().map(|delivery| text(delivery, "status")).collect();
    assert_eq!(states, vec!["DELIVERED"; count]);
    Ok(())
}

/// Stream and queue deliver at least once; the second time is boring.
async fn check_replay(
    functions: &mut Functions,
    receiver: &Receiver,
    records: &[Json],
    messages: &[Json],
) -> Result<()> {
    functions.fan_out(records).await?;
    assert_eq!(functions.drain_stream().await?, Vec::<Json>::new(), "a replay settles nothing twice");
    functions.deliver().await?;
    for event in messages {
        let answer = functions.invoke("delivery", event).await?;
        assert_eq!(answer["batchItemFailures"], json!([]), "{answer}");
    }
    // Both are answered, so whatever they were to send has been received.
    let (webhooks, callbacks) =
        (receiver.received("/webhook", 0).await?, receiver.received("/callback", 0).await?);
    assert_eq!((webhooks.len(), callbacks.len()), (5, 1));
    Ok(())
}

/// A payment whose process died before it asked the provider is finished by `reconcile`.
async fn check_reconcile(functions: &mut Functions, paid: OrderId) -> Result<()> {
    let id = place(functions).await?;
    let (store, scope) = (&functions.stack.store, functions.stack.scope()?);
    let charge = stored(functions, paid).await?.charge.ok_or("the first order has no charge")?;
    let known = store.payment_fetch(scope, paid, charge.payment_id).await?.ok_or("no payment")?;
    let then = clock::now().plus_ms(-120_000);
    let payment_id = PaymentId::new(clock::fresh_id());
    let payment = Payment::begin(payment_id, (id, scope), known.amount, known.source, known.token, then);
    let order = stored(functions, id).await?.begin_payment(payment, None, then)?;
    let commit = store.transaction().replace("order", &order).commit().await?;
    assert_eq!(commit, store::Commit::Done);

    functions.invoke("reconcile", &sample("schedule")?).await?;
    let order = stored(functions, id).await?;
    assert_eq!((order.status, order.active_operation), (OrderStatus::Approved, None));
    assert_eq!(order.charge.map(|charge| charge.payment_id), Some(payment_id));
    Ok(())
}

/// A reservation that is over is ended by the sweeper: at the beginning of its minute, and at each tick that it sends
/// itself then.
async fn check_sweeper(functions: &mut Functions) -> Result<()> {
    check_sweep(functions, &sample("schedule")?).await?;
    assert_eq!(functions.stack.waiting_messages("TicksQueue").await?, 5);
    check_sweep(functions, &queue_event(&[Message::of("tick")])?).await?;
    assert_eq!(functions.stack.waiting_messages("TicksQueue").await?, 5, "a tick sends none");
    Ok(())
}

async fn check_sweep(functions: &mut Functions, event: &Json) -> Result<()> {
    let id = place(functions).await?;
    let order = stored(functions, id).await?;
    let order = Order {
        reserved_until: Some(clock::now().plus_ms(-1_000)),
        version: order.version + 1,
        events: Vec::new(),
        ..order
    };
    let commit = functions.stack.store.transaction().replace("order", &order).commit().await?;
    assert_eq!(commit, store::Commit::Done);

    functions.invoke("sweeper", event).await?;
    let order = stored(functions, id).await?;
    let pet = functions.stack.store.pet_fetch(order.scope, order.pet_id).await?.ok_or("the pet is gone")?;
    assert_eq!((order.status, pet.status), (OrderStatus::Cancelled, PetStatus::Available));
    Ok(())
}

/// An image in a form becomes a photo that is served as it was sent, bytes and all; `prune` leaves it alone. Answers
/// where it is.
async fn check_images(functions: &mut Functions, order: OrderId) -> Result<String> {
    const IMAGE: &[u8] = include_bytes!("../../../../functions/images/samples/plain.webp");
    let pet = stored(functions, order).await?.pet_id;
    let head = b"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
    let form = [head.as_slice(), IMAGE, b"\r\n--x--\r\n"].concat();
    let request = HttpEvent::new("POST", "ANY /v1/pets/{id}/images", &format!("/v1/pets/{pet}/images"))?
        .header("authorization", &functions.stack.authorization()?)
        .bytes("multipart/form-data; boundary=x", &form);
    let added = functions.expect("images", &request, 201).await?;
    let photo = added.header("location").unwrap_or_default().to_owned();
    functions.invoke("prune", &sample("schedule")?).await?;
    let request = HttpEvent::new("GET", "ANY /v1/photos/{pool}/{id}/{name}", &photo)?;
    let shown = functions.invoke("images", request.json()).await?;
    assert_eq!((&shown["statusCode"], &shown["isBase64Encoded"]), (&json!(200), &json!(true)), "{shown}");
    assert_eq!(STANDARD.decode(shown["body"].as_str().unwrap_or_default())?, IMAGE);
    Ok(photo)
}

async fn check_public_documents(functions: &mut Functions) -> Result<()> {
    for (path, member) in [("/v1/openapi.json", "openapi"), ("/.well-known/jwks.json", "keys")] {
        let request = HttpEvent::new("GET", &format!("ANY {path}"), path)?;
        let answer = functions.expect("fallback", &request, 200).await?;
        assert!(!answer.body[member].is_null(), "{path}: {}", answer.body);
    }
    Ok(())
}

/// The guide answers, and what it cost of the day's tokens is counted.
async fn check_chat(functions: &mut Functions) -> Result<()> {
    let request = ask(functions)?;
    let answer = functions.expect("chat", &request, 201).await?;
    let content = answer.body["choices"][0]["message"]["content"].as_str().unwrap_or_default();
    assert!(content.contains("care-guide/rabbit-diet"), "{}", answer.body);
    Ok(())
}

fn ask(functions: &Functions) -> Result<HttpEvent> {
    let path = "/v1/chat/completions";
    let body = json!({"messages": [{"role": "USER", "content": "What should I feed my rabbit?"}]});
    let request = HttpEvent::new("POST", &format!("ANY {path}"), path)?;
    Ok(request.header("authorization", &functions.stack.authorization()?).body(&body))
}

async fn check_nothing_leaked(functions: &Functions, receiver: &Receiver) -> Result<()> {
    for running in functions.running() {
        assert!(!running.log().contains(CARD), "{} wrote the card's number", running.name());
    }
    for one in receiver.received("/webhook", 0).await? {
        assert!(!one.json().to_string().contains(CARD));
    }
    Ok(())
}

/// Repeats an invocation of each function that changes nothing.
async fn warm_up(
    functions: &mut Functions,
    order: OrderId,
    endpoint: &Endpoint,
    photo: &str,
    (records, messages): (&[Json], &[Json]),
) -> Result<()> {
    let authorization = functions.stack.authorization()?;
    let get = |route: &str, path: String| -> Result<Json> {
        Ok(HttpEvent::new("GET", route, &path)?.header("authorization", &authorization).json().clone())
    };
    let events = [
        ("pets", get("ANY /v1/pets", "/v1/pets?limit=1".to_owned())?),
        ("orders", get("ANY /v1/orders/{id}", format!("/v1/orders/{order}"))?),
        ("payments", get("ANY /v1/orders/{id}/payments", format!("/v1/orders/{order}/payments"))?),
        ("webhooks", get("ANY /v1/webhooks/{id}", format!("/v1/webhooks/{}", endpoint.id))?),
        (
            "callbacks",
            get(
                "ANY /v1/orders/{id}/callbacks/{requestId}",
                format!("/v1/orders/{order}/callbacks/{order}"),
            )?,
        ),
        ("images", get("ANY /v1/photos/{pool}/{id}/{name}", photo.to_owned())?),
        ("users", get("ANY /v1/users/{id}", format!("/v1/users/{}", runtime::stack::USER))?),
        ("oauth", get("ANY /authorize", "/authorize".to_owned())?),
        ("chat", ask(functions)?.json().clone()),
        ("fallback", get("$default", "/v1/nowhere".to_owned())?),
        ("events", runtime::events::stream_event(records.iter().take(1).cloned().collect())),
        ("catalogue", runtime::events::stream_event(records.to_vec())),
        ("delivery", messages.first().cloned().ok_or("no message was sent")?),
        ("reconcile", sample("schedule")?),
        ("sweeper", queue_event(&[Message::of("tick")])?),
        ("prune", sample("schedule")?),
    ];
    for (name, event) in &events {
        for _ in 0..WARM {
            functions.invoke(name, event).await?;
        }
    }
    Ok(())
}

fn report(functions: &Functions) -> Result<()> {
    let rows: Vec<_> = functions.running().map(|running| Row::of(running, WARM)).collect();
    let missing: Vec<_> =
        functions.stack.functions().filter(|name| !functions.running().any(|r| r.name() == *name)).collect();
    assert!(missing.is_empty(), "no test starts {missing:?}");
    let title = format!("Processes of the profile {}, warm: median of {WARM}", binaries::profile());
    Ok(print(&table(&title, &rows))?)
}
