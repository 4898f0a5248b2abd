//! What becomes of tries is in the lines that CloudWatch takes metrics from.

use std::time::Duration;

use runtime::Result;
use runtime::events::{HttpEvent, sample};
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;

use crate::running::Functions;

/// How long a line that was written may take through the pipe.
const ARRIVAL_MAX: Duration = Duration::from_secs(10);

/// Waits until the delivery function has counted so many as `AttemptSucceeded`, `AttemptFailed` and `DeliveryGivenUp`.
pub(crate) async fn tallied(functions: &Functions, expected: [f64; 3]) -> Result<()> {
    let looking = async {
        while tally(functions)? != expected {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    match tokio::time::timeout(ARRIVAL_MAX, looking).await {
        Ok(counted) => counted,
        Err(_) => Err(format!("{:?} instead of {expected:?}", tally(functions)?).into()),
    }
}

fn tally(functions: &Functions) -> Result<[f64; 3]> {
    let delivery = functions.running().find(|one| one.name() == "delivery").ok_or("it was never started")?;
    let log = delivery.log();
    let lines: Vec<Json> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let count = |name: &str| lines.iter().filter_map(|line| line[name].as_f64()).sum::<f64>();
    Ok(["AttemptSucceeded", "AttemptFailed", "DeliveryGivenUp"].map(count))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_fails_and_a_delivery_that_is_given_up_are_counted() {
    run().await.unwrap();
}

async fn run() -> Result<()> {
    let mut functions = Functions::start().await?;
    let nobody = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let authorization = functions.stack.authorization()?;
    let request = HttpEvent::new("POST", "ANY /v1/webhooks", "/v1/webhooks")?
        .header("authorization", &authorization)
        .body(&json!({"url": format!("http://{nobody}/"), "events": ["*"]}));
    let endpoint = functions.expect("webhooks", &request, 201).await?;
    let path = format!("/v1/webhooks/{}/test", endpoint.text("id"));
    let request = HttpEvent::new("POST", "ANY /v1/webhooks/{id}/test", &path)?
        .header("authorization", &authorization)
        .body(&json!({}));
    functions.expect("webhooks", &request, 202).await?;
    // A test is tried once.
    functions.invoke("sweeper", &sample("schedule")?).await?;
    assert_eq!(functions.deliver().await?.len(), 1);
    tallied(&functions, [0.0, 1.0, 1.0]).await
}
