//! A bare function with one DynamoDB client, which reads one item per request. It opens its connection at the first
//! request; our functions do that while they start.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, Config, config::BehaviorVersion, config::Region};
use lambda_http::{Body, Error, Request, Response, service_fn};
use platform::config::{Service, aws, required};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (settings, table) = (aws(Service::DynamoDb)?, required("TABLE_NAME")?);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region))
        .credentials_provider(settings.credentials)
        .http_client(settings.http_client);
    let config = match settings.endpoint {
        Some(endpoint) => config.endpoint_url(endpoint),
        None => config,
    };
    let client = Client::from_conf(config.build());
    let (client, table) = (&client, &table);
    lambda_http::run(service_fn(async |_: Request| {
        let key = AttributeValue::S("hello".to_owned());
        let got = client.get_item().table_name(table).key("pk", key.clone()).key("sk", key).send().await?;
        Ok::<_, Error>(Response::new(Body::from(format!("{{\"found\":{}}}", got.item.is_some()))))
    }))
    .await
}
