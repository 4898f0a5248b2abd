//! The real SDK against the emulator: what the deliveries rely on, and the limits to know of.

use aws_sdk_sqs::types::{MessageSystemAttributeName, SendMessageBatchRequestEntry};
use platform::aws::AwsConfig;

use super::*;
use crate::template::Redrive;

fn queue(logical_id: &str, name: &str) -> Queue {
    Queue {
        logical_id: logical_id.to_owned(),
        name: name.to_owned(),
        visibility_timeout_secs: 1,
        retention_secs: 345_600,
        wait_secs: 0,
        redrive: None,
        redrive_allow: None,
    }
}

fn work_and_dead() -> [Queue; 2] {
    let redrive = Some(Redrive { target: "Dead".to_owned(), receives_max: 2 });
    [Queue { redrive, ..queue("Work", "work") }, queue("Dead", "work-dlq")]
}

async fn started() -> (Sqs, Client, QueueUrls) {
    let sqs = Sqs::start().await.unwrap();
    let client = crate::sdk::sqs(&AwsConfig::emulator(sqs.endpoint()));
    let urls = create_queues(&client, &work_and_dead()).await.unwrap();
    (sqs, client, urls)
}

#[tokio::test]
async fn a_message_that_keeps_failing_goes_to_the_dead_letter_queue() {
    let (sqs, client, urls) = started().await;
    client.send_message().queue_url(&urls["Work"]).message_body("poison").send().await.unwrap();
    let receives = async {
        let mut seen = 0;
        loop {
            let from_dead = client.receive_message().queue_url(&urls["Dead"]).send().await.unwrap();
            if let Some(dead) = from_dead.messages().first() {
                break (seen, dead.body().unwrap_or_default().to_owned());
            }
            let got =
                client.receive_message().queue_url(&urls["Work"]).wait_time_seconds(1).send().await.unwrap();
            seen += got.messages().len();
        }
    };
    let got = tokio::time::timeout(std::time::Duration::from_secs(20), receives).await.unwrap();
    assert_eq!(got, (2, "poison".to_owned()));
    sqs.stop().await;
}

#[tokio::test]
async fn message_groups_are_accepted_as_on_fair_queues() {
    let (sqs, client, urls) = started().await;
    let send = client.send_message().queue_url(&urls["Work"]).message_body("one");
    send.message_group_id("tenant").send().await.unwrap();
    let entry =
        SendMessageBatchRequestEntry::builder().id("1").message_body("two").message_group_id("tenant");
    let batch = client.send_message_batch().queue_url(&urls["Work"]).entries(entry.build().unwrap());
    assert!(batch.send().await.unwrap().failed().is_empty());

    let receive = client.receive_message().queue_url(&urls["Work"]).max_number_of_messages(10);
    let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
    let got = receive.send().await.unwrap();
    let bodies: Vec<_> = got.messages().iter().filter_map(|message| message.body()).collect();
    assert_eq!(bodies, ["one", "two"]);
    sqs.stop().await;
}

#[tokio::test]
async fn a_body_over_256_kib_is_refused_though_aws_would_take_it() {
    let (sqs, client, urls) = started().await;
    let send = |length: usize| {
        client.send_message().queue_url(&urls["Work"]).message_body("x".repeat(length)).send()
    };
    assert!(send(256 * 1024).await.is_ok());
    assert!(send(256 * 1024 + 1).await.is_err());
    sqs.stop().await;
}

#[tokio::test]
async fn the_own_templates_queues_can_be_made() {
    let sqs = Sqs::start().await.unwrap();
    let client = crate::sdk::sqs(&AwsConfig::emulator(sqs.endpoint()));
    let template = crate::template::Template::load().unwrap();
    let urls = create_queues(&client, &template.queues).await.unwrap();
    assert_eq!(urls.len(), template.queues.len());
    // A second start in the same process finds them as they are.
    assert_eq!(create_queues(&client, &template.queues).await.unwrap(), urls);
    sqs.stop().await;
}
