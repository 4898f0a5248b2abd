//! What one environment cannot send now goes back before the slowest send of its batch is over.

use std::time::Duration;

use runtime::Result;
use runtime::events::{HttpEvent, queue_event};
use runtime::process::Bootstrap;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;

use crate::running::Functions;

/// Deliveries of one batch.
const BATCH: usize = 10;
/// Sends to one endpoint at once, in one environment.
const LANE_MAX: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hanging_receiver_holds_up_goes_back_while_it_hangs() {
    run().await.unwrap();
}

async fn run() -> Result<()> {
    let mut functions = Functions::start().await?;
    // Nobody accepts: connections stand in the kernel's queue, and no answer comes.
    let hanging = TcpListener::bind("127.0.0.1:0").await?;
    register(&mut functions, &format!("http://{}/", hanging.local_addr()?)).await?;
    for _ in 0..BATCH {
        order(&mut functions).await?;
    }
    functions.drain_stream().await?;
    let messages = functions.stack.take_messages("DeliveriesQueue").await?;
    assert_eq!(messages.len(), BATCH);

    let mut program = functions.stack.program("delivery")?;
    // Longer than any message of the slow queue waits.
    program.environment.insert("DELIVERY_TIMEOUT_SECS".to_owned(), "15".to_owned());
    let delivery = Bootstrap::start(&program).await?;
    let batch = queue_event(&messages)?;
    tokio::select! {
        answer = delivery.invoke(&batch) => Err(format!("the batch ended first: {answer:?}").into()),
        handed_back = handed_back(&functions) => handed_back,
    }
}

/// Waits until all that does not fit in the lane is in the slow queue.
async fn handed_back(functions: &Functions) -> Result<()> {
    let mut count = 0;
    while count < BATCH - LANE_MAX {
        for message in functions.stack.take_messages("SlowQueue").await? {
            let body: Json = serde_json::from_str(&message.body)?;
            assert_eq!((&body["attempt"], &body["hops"]), (&json!(1), &json!(1)), "{body}");
            count += 1;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn register(functions: &mut Functions, url: &str) -> Result<()> {
    let request = HttpEvent::new("POST", "ANY /v1/webhooks", "/v1/webhooks")?
        .header("authorization", &functions.stack.authorization()?)
        .body(&json!({"url": url, "events": ["order.created"]}));
    functions.expect("webhooks", &request, 201).await?;
    Ok(())
}

async fn order(functions: &mut Functions) -> Result<()> {
    let pet = functions.pet().await?;
    let request = HttpEvent::new("POST", "ANY /v1/orders", "/v1/orders")?
        .header("authorization", &functions.stack.authorization()?)
        .body(&json!({"petId": pet}));
    functions.expect("orders", &request, 201).await?;
    Ok(())
}
