//! The emulator by way of the real SDK, and of requests that the SDK would not send.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsInputBuilder;
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement};
use aws_sdk_dynamodb::types::{AttributeValue, KeyType, ScalarAttributeType, TransactWriteItem, Update};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioExecutor;

use super::*;

async fn client(dynamodb: &DynamoDb) -> Client {
    crate::sdk::dynamodb(&platform::aws::AwsConfig::emulator(dynamodb.endpoint()))
}

async fn create_table(client: &Client) {
    let key = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash).build().unwrap();
    let attribute =
        AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S);
    let table = client.create_table().table_name("things").key_schema(key);
    let table = table.attribute_definitions(attribute.build().unwrap());
    table.billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dynamodb.sqlite");
    let first = DynamoDb::start(&path).await.unwrap();
    let sdk = client(&first).await;
    create_table(&sdk).await;
    let pk = AttributeValue::S("one".to_owned());
    sdk.put_item().table_name("things").item("pk", pk.clone()).send().await.unwrap();
    first.stop().await;

    let second = DynamoDb::start(&path).await.unwrap();
    let got = client(&second).await.get_item().table_name("things").key("pk", pk).send().await.unwrap();
    assert!(got.item.is_some());
    second.stop().await;
}

#[tokio::test]
async fn what_was_logged_reaches_the_file_while_it_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dynamodb.sqlite");
    let dynamodb = DynamoDb::start(&path).await.unwrap();
    let sdk = client(&dynamodb).await;
    create_table(&sdk).await;
    let marker = "far from enough for the serving connection to write back";
    let pk = AttributeValue::S(marker.to_owned());
    sdk.put_item().table_name("things").item("pk", pk).send().await.unwrap();

    let is_there =
        || std::fs::read(&path).unwrap().windows(marker.len()).any(|part| part == marker.as_bytes());
    let waiting = async {
        while !is_there() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap();
    dynamodb.stop().await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dynamodb.sqlite");
    std::fs::write(&path, "this is not a database, and long enough to have a header of 100 bytes".repeat(9))
        .unwrap();
    let error = DynamoDb::start(&path).await.unwrap_err().to_string();
    assert!(error.contains("dynamodb.sqlite is damaged"), "{error}");
    assert_eq!(error.lines().count(), 1);
}

async fn started(folder: &tempfile::TempDir) -> (DynamoDb, Client) {
    let dynamodb = DynamoDb::start_temporary(&folder.path().join("dynamodb.sqlite")).await.unwrap();
    let sdk = client(&dynamodb).await;
    create_table(&sdk).await;
    (dynamodb, sdk)
}

/// One that adds to the thing called `pk`.
fn adding(pk: &str, token: &str) -> TransactWriteItemsInputBuilder {
    let update = Update::builder().table_name("things").key("pk", AttributeValue::S(pk.to_owned()));
    let update = update.update_expression("ADD times :one");
    let update = update.expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
    let item = TransactWriteItem::builder().update(update.build().unwrap()).build();
    TransactWriteItemsInputBuilder::default().transact_items(item).client_request_token(token)
}

#[tokio::test]
async fn a_transaction_sent_twice_is_carried_out_once() {
    let folder = tempfile::tempdir().unwrap();
    let (dynamodb, sdk) = started(&folder).await;
    for _ in 0..2 {
        adding("one", "token").send_with(&sdk).await.unwrap();
    }
    let other = adding("two", "token").send_with(&sdk).await.unwrap_err().into_service_error();
    assert!(other.is_idempotent_parameter_mismatch_exception(), "{other:?}");
    let get = sdk.get_item().table_name("things").key("pk", AttributeValue::S("one".to_owned()));
    let item = get.send().await.unwrap().item.unwrap();
    assert_eq!(item["times"], AttributeValue::N("1".to_owned()));
    dynamodb.stop().await;
}

async fn post(endpoint: &str, headers: &[(&str, &str)], body: &str) -> (StatusCode, String) {
    let request =
        headers.iter().fold(Request::post(endpoint), |request, (name, value)| request.header(*name, *value));
    let request = request.body(Full::<Bytes>::from(body.to_owned())).unwrap();
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.unwrap();
    let (head, body) = response.into_parts();
    (head.status, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=a/20261126/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00";

#[tokio::test]
async fn what_is_no_request_of_dynamodb_is_refused_in_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let (dynamodb, _) = started(&folder).await;
    let endpoint = dynamodb.endpoint();
    let json = ("content-type", "application/x-amz-json-1.0");
    let signed = [json, ("authorization", SIGNED), ("x-amz-date", "20261126T000000Z")];
    let asked = |target| [signed.as_slice(), &[("x-amz-target", target)]].concat();
    let (get, unknown) = (asked("DynamoDB_20120810.GetItem"), asked("DynamoDB_20120810.Reboot"));
    let cases = [
        (&get[1..], "{}", 404, ""),
        (&get[..1], "{}", 400, "MissingAuthenticationToken"),
        (signed.as_slice(), "{}", 400, "UnknownOperationException"),
        (unknown.as_slice(), "{}", 400, "UnknownOperationException"),
        (get.as_slice(), "{", 400, "SerializationException"),
        (get.as_slice(), r#"{"TableName": 7}"#, 400, "SerializationException"),
        (
            get.as_slice(),
            r#"{"TableName": "nothing", "Key": {"pk": {"S": "a"}}}"#,
            400,
            "ResourceNotFoundException",
        ),
    ];
    for (headers, body, status, words) in cases {
        let (got, text) = post(&endpoint, headers, body).await;
        assert_eq!(got.as_u16(), status, "{headers:?} {body}: {text}");
        assert!(text.contains(words), "{headers:?} {body}: {text}");
        assert!(!text.contains(" at line "), "{text}");
    }
    dynamodb.stop().await;
}
