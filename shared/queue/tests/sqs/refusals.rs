//! Answers that the emulator never gives: entries refused once, entries refused for good, no answer at all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use queue::{GroupMode, QueueName, Queues};
use serde_json::{Value, json};

use crate::{outgoing, server};

/// What an endpoint was asked: the ids of each batch's entries, in order, and the last request whole.
#[derive(Clone, Default)]
struct Asked {
    batches: Arc<Mutex<Vec<Vec<String>>>>,
    last: Arc<Mutex<Value>>,
}

/// An endpoint that refuses each entry for the first `times(id)` times, and what it is asked.
async fn queues(group: GroupMode, times: fn(&str) -> usize) -> (Queues, Asked) {
    let asked = Asked::default();
    let (recorder, seen) = (asked.clone(), Arc::new(Mutex::new(HashMap::<String, usize>::new())));
    let aws = server::serve_json(move |request| {
        let ids: Vec<_> = request["Entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["Id"].as_str().unwrap().to_owned())
            .collect();
        recorder.batches.lock().unwrap().push(ids.clone());
        *recorder.last.lock().unwrap() = request;
        answer(ids, |id| {
            let mut seen = seen.lock().unwrap();
            let count = seen.entry(id.to_owned()).or_default();
            *count += 1;
            *count <= times(id)
        })
    });
    (Queues::new(&aws.await, "http://queues/deliveries", "http://queues/slow", group), asked)
}

fn answer(ids: Vec<String>, refuses: impl Fn(&str) -> bool) -> Value {
    let (refused, taken): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| refuses(id));
    let failed = |id| json!({"Id": id, "Code": "InternalError", "SenderFault": false});
    let successful = |id| json!({"Id": id, "MessageId": "m", "MD5OfMessageBody": "0"});
    json!({
        "Successful": taken.into_iter().map(successful).collect::<Vec<_>>(),
        "Failed": refused.into_iter().map(failed).collect::<Vec<_>>(),
    })
}

#[tokio::test]
async fn refused_entries_are_sent_again_alone() {
    let (queues, asked) = queues(GroupMode::None, |id| match id {
        "1" => 1,
        "3" => 2,
        _ => 0,
    })
    .await;
    queues.send(QueueName::Deliveries, &outgoing(5)).await.unwrap();
    let batches = asked.batches.lock().unwrap();
    assert_eq!(*batches, [vec!["0", "1", "2", "3", "4"], vec!["1", "3"], vec!["3"]]);
}

#[tokio::test]
async fn the_error_names_what_was_never_taken() {
    let (queues, asked) =
        queues(GroupMode::None, |id| if id == "2" || id == "14" { usize::MAX } else { 0 }).await;
    let error = queues.send(QueueName::Slow, &outgoing(20)).await.unwrap_err();
    assert_eq!((error.failed.as_slice(), error.of, error.source.is_none()), (&[2, 14][..], 20, true));
    assert_eq!(error.to_string(), "2 of 20 messages were not taken by the queue slow");
    assert_eq!(asked.batches.lock().unwrap().len(), 6, "two batches, three rounds each");
}

#[tokio::test]
async fn groups_are_named_to_sqs_and_not_to_the_emulator() {
    for (mode, expected) in [(GroupMode::Fair, json!("a")), (GroupMode::None, Value::Null)] {
        let (queues, asked) = queues(mode, |_| 0).await;
        queues.send(QueueName::Deliveries, &outgoing(1)).await.unwrap();
        let request = asked.last.lock().unwrap();
        assert_eq!(request["QueueUrl"], "http://queues/deliveries");
        assert_eq!(request["Entries"][0]["MessageGroupId"], expected);
    }
}

#[tokio::test]
async fn a_silent_endpoint_fails_everything_and_can_be_tried_again() {
    let (listener, port) = server::listen().await;
    drop(listener);
    let queues = Queues::new(&server::config(port), "http://queues/a", "http://queues/b", GroupMode::None);
    let error = queues.send(QueueName::Deliveries, &outgoing(3)).await.unwrap_err();
    assert_eq!((error.failed.as_slice(), error.source.is_some()), (&[0, 1, 2][..], true));
    assert!(domain::Error::from(error).is_transient());
}

#[tokio::test]
async fn nothing_to_send_asks_nothing() {
    let (queues, asked) = queues(GroupMode::None, |_| 0).await;
    queues.send(QueueName::Deliveries, &[]).await.unwrap();
    assert!(asked.batches.lock().unwrap().is_empty());
}
