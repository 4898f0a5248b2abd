//! Makes the queues on an emulator, from the schema. In AWS the template makes them.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName as Attribute;
use domain::{Error, Result};
use platform::aws::AwsConfig;

use crate::schema::QueueSchema;
use crate::{GroupMode, QueueName, Queues, client};

/// Queues that were made.
#[derive(Clone, Debug)]
pub struct Created {
    /// A handle on them.
    pub queues: Queues,
    deliveries_dead_letters_url: String,
    slow_dead_letters_url: String,
}

impl Created {
    /// Where a queue's dead-letter queue is.
    #[must_use]
    pub fn dead_letters_url(&self, name: QueueName) -> &str {
        match name {
            QueueName::Deliveries => &self.deliveries_dead_letters_url,
            QueueName::Slow => &self.slow_dead_letters_url,
        }
    }
}

/// The URLs of a queue and its dead-letter queue.
struct Pair {
    url: String,
    dead_letters_url: String,
}

/// Makes both queues, each named `<prefix><name>`, and their dead-letter queues, with the settings that `schema` gives
/// ([`QueueSchema::of`], unless a test needs others).
///
/// # Errors
/// When the endpoint does not answer or refuses.
pub async fn create(
    aws: &AwsConfig,
    prefix: &str,
    schema: impl Fn(QueueName) -> QueueSchema,
) -> Result<Created> {
    let client = client::client(aws);
    let deliveries = pair(&client, prefix, schema(QueueName::Deliveries)).await?;
    let slow = pair(&client, prefix, schema(QueueName::Slow)).await?;
    Ok(Created {
        queues: Queues::new(aws, deliveries.url, slow.url, GroupMode::of(aws)),
        deliveries_dead_letters_url: deliveries.dead_letters_url,
        slow_dead_letters_url: slow.dead_letters_url,
    })
}

async fn pair(client: &Client, prefix: &str, schema: QueueSchema) -> Result<Pair> {
    let retention = schema.dead_letters_retention_secs.to_string();
    let name = format!("{prefix}{}", schema.dead_letters_name());
    let dead_letters_url = queue(client, name, [(Attribute::MessageRetentionPeriod, retention)]).await?;
    let target = arn(client, &dead_letters_url).await?;
    // A number, not a string: the emulator refuses the other form, SQS takes both.
    let redrive =
        format!(r#"{{"deadLetterTargetArn":"{target}","maxReceiveCount":{}}}"#, schema.receives_max);
    let attributes = [
        (Attribute::VisibilityTimeout, schema.visibility_timeout_secs.to_string()),
        (Attribute::MessageRetentionPeriod, schema.retention_secs.to_string()),
        (Attribute::ReceiveMessageWaitTimeSeconds, schema.receive_wait_secs.to_string()),
        (Attribute::RedrivePolicy, redrive),
    ];
    let url = queue(client, format!("{prefix}{}", schema.name), attributes).await?;
    Ok(Pair { url, dead_letters_url })
}

async fn queue<const N: usize>(
    client: &Client,
    name: String,
    attributes: [(Attribute, String); N],
) -> Result<String> {
    let call = client.create_queue().queue_name(name).set_attributes(Some(attributes.into()));
    let created = call.send().await.map_err(|error| Error::unavailable("create a queue", error))?;
    created.queue_url.ok_or(Error::fault("a queue without URL"))
}

async fn arn(client: &Client, url: &str) -> Result<String> {
    let call = client.get_queue_attributes().queue_url(url).attribute_names(Attribute::QueueArn);
    let answer = call.send().await.map_err(|error| Error::unavailable("read a queue's attributes", error))?;
    let arn = answer.attributes.and_then(|mut attributes| attributes.remove(&Attribute::QueueArn));
    arn.ok_or(Error::fault("a queue without ARN"))
}
