//! The emulators, made as template.yaml says, and the environment that it gives each function.

use std::path::PathBuf;
use std::time::Duration;

use blob::{Blobs, BucketNames};
use domain::caller::Permissions;
use domain::id::UserId;
use domain::tenant::{Registration, Tenant};
use domain::{Scope, TenantId};
use local::dynamodb::DynamoDb;
use local::filter::Filter;
use local::s3::S3;
use local::sdk;
use local::sqs::{QueueUrls, Sqs, create_queues};
use local::stream_poller::reader::Reader;
use local::template::{Function, Template};
use platform::aws::AwsConfig;
use platform::clock;
use platform::sealed::Keyring;
use serde_json::Value as Json;
use store::{Store, TableNames};
use web::token::{Grant, mint};

use crate::Result;
use crate::binaries::Binaries;
use crate::events::Message;
use crate::process::{Bootstrap, Environment, Program};

/// The tenant of the sample events.
pub const TENANT: &str = "550e8400-e29b-41d4-a716-446655440000";
/// The user whom the sample events order for.
pub const USER: &str = "019b4138-e0af-70b9-8f0c-6ea97d495dfa";
const BASE_URL: &str = "https://api.example.com";
const MASTER_KEY: &str = "not-a-secret-only-for-tests-not-a-secret-only-for-tests";

/// Variables that only a deployment can fill in, and the one that lets deliveries reach loopback.
const DEPLOYMENT: &[(&str, &str)] = &[
    ("PUBLIC_BASE_URL", BASE_URL),
    ("MASTER_KEY", MASTER_KEY),
    ("PROVIDER", "simulator"),
    ("CALLBACK_TARGETS", "any"),
];

/// Running emulators with empty tables and queues, one tenant and one member of its staff.
#[derive(Debug)]
pub struct Stack {
    template: Template,
    binaries: Binaries,
    dynamodb: DynamoDb,
    sqs: Sqs,
    s3: S3,
    queues: QueueUrls,
    /// The tables.
    pub store: Store,
    stream: tokio::sync::Mutex<Stream>,
    /// The tables' files, as long as the emulators run.
    _folder: tempfile::TempDir,
}

#[derive(Debug)]
struct Stream {
    reader: Reader,
    filter: Filter,
}

impl Stack {
    /// Starts the emulators and makes what the template has, for functions that run these binaries.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn start(binaries: &Binaries) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let template = Template::load()?;
        let dynamodb = DynamoDb::start(&folder.path().join("tables.db")).await?;
        let sqs = Sqs::start().await?;
        let s3 = S3::start(&folder.path().join("s3")).await?;
        Blobs::new(&AwsConfig::emulator(s3.endpoint()), BucketNames::default()).create_buckets().await?;
        let aws = AwsConfig::emulator(dynamodb.endpoint());
        let store = Store::new(&aws, table_names(&template)?);
        store.create_tables().await?;
        let queues = create_queues(&sdk::sqs(&AwsConfig::emulator(sqs.endpoint())), &template.queues).await?;
        let stream = tokio::sync::Mutex::new(stream(&template, &aws)?);
        let stack = Self {
            template,
            binaries: binaries.clone(),
            dynamodb,
            sqs,
            s3,
            queues,
            store,
            stream,
            _folder: folder,
        };
        stack.add_tenant().await?;
        Ok(stack)
    }

    async fn add_tenant(&self) -> Result<()> {
        let tenant =
            Tenant { version: 1, ..Tenant::create(TenantId::parse(TENANT)?, Registration::Invite).claim() };
        // A new table has neither.
        drop(self.store.transaction().create("tenant", &tenant).commit().await?);
        drop(local::seed::person(&self.store, self.scope()?, UserId::parse(USER)?, true).await?);
        Ok(())
    }

    /// The pool of [`TENANT`].
    ///
    /// # Errors
    /// Never: it is a UUID.
    pub fn scope(&self) -> Result<Scope> {
        Ok(Scope::Tenant(TenantId::parse(TENANT)?))
    }

    /// An `Authorization` header of the tenant's staff.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn authorization(&self) -> Result<String> {
        let grant = Grant {
            user: UserId::parse(USER)?,
            scope: self.scope()?,
            permissions: Permissions::all(),
            id: clock::fresh_id(),
            issued_at: clock::now(),
            lifetime_secs: 900,
            session: None,
        };
        Ok(format!("Bearer {}", mint(&Keyring::new(MASTER_KEY.as_bytes())?, BASE_URL, &grant)?))
    }

    /// The names of the template's functions.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.template.functions.iter().map(|function| function.binary.as_str())
    }

    /// What the template says of the function that runs `binary`.
    ///
    /// # Errors
    /// When the template has no such function, or no such binary was built.
    pub fn program(&self, binary: &str) -> Result<Program> {
        let function = self.template.function(binary).ok_or_else(|| format!("no function {binary}"))?;
        let path = self.binaries.get(binary).ok_or_else(|| format!("no binary {binary}"))?;
        Ok(Program {
            name: binary.to_owned(),
            path: PathBuf::clone(path),
            environment: self.environment(function),
            memory_mb: function.memory_mb,
            timeout: Duration::from_secs(function.timeout_secs),
        })
    }

    /// Starts the function that runs `binary`.
    ///
    /// # Errors
    /// As [`Stack::program`], and when it does not start.
    pub async fn function(&self, binary: &str) -> Result<Bootstrap> {
        Bootstrap::start(&self.program(binary)?).await.map_err(|error| format!("{binary}: {error}").into())
    }

    /// The template's variables, with the emulators in place of AWS.
    fn environment(&self, function: &Function) -> Environment {
        let variables = function.environment.iter();
        let mut environment: Environment =
            variables.map(|(name, value)| (name.clone(), self.value(name, value))).collect();
        environment.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), self.dynamodb.endpoint());
        environment.insert("AWS_ENDPOINT_URL_SQS".to_owned(), self.sqs.endpoint());
        environment.insert("AWS_ENDPOINT_URL_S3".to_owned(), self.s3.endpoint());
        environment
    }

    fn value(&self, name: &str, value: &Json) -> String {
        let given = DEPLOYMENT.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let text = value.as_str().unwrap_or_default();
        let table = || self.template.table(text).map(|table| table.name.clone());
        let queue = || self.queues.get(text).cloned();
        given.or_else(table).or_else(queue).or_else(|| bucket(text)).unwrap_or_else(|| text.to_owned())
    }

    /// The records that were written since the last call and start the events function, as Lambda hands them over.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub async fn new_records(&self) -> Result<Vec<Json>> {
        let mut stream = self.stream.lock().await;
        let mut new = Vec::new();
        loop {
            let records = stream.reader.read(None).await?;
            if records.is_empty() {
                return Ok(new);
            }
            let records = records.into_iter().map(|record| record.event);
            new.extend(records.filter(|event| stream.filter.matches(event)));
        }
    }

    /// How many messages wait in the queue of this logical id, visible or delayed.
    ///
    /// # Errors
    /// When the emulator refuses.
    pub async fn waiting_messages(&self, queue: &str) -> Result<u32> {
        let client = sdk::sqs(&AwsConfig::emulator(self.sqs.endpoint()));
        let url = self.queues.get(queue).ok_or_else(|| format!("no queue {queue}"))?;
        let counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"];
        let names = Some(counts.map(Into::into).to_vec());
        let asked = client.get_queue_attributes().queue_url(url).set_attribute_names(names);
        let found = asked.send().await?.attributes.unwrap_or_default();
        found.values().map(|count| Ok(count.parse::<u32>()?)).sum()
    }

    /// Takes what is visible in the queue of this logical id; it is deleted from it.
    ///
    /// # Errors
    /// When the emulator refuses.
    pub async fn take_messages(&self, queue: &str) -> Result<Vec<Message>> {
        let client = sdk::sqs(&AwsConfig::emulator(self.sqs.endpoint()));
        let url = self.queues.get(queue).ok_or_else(|| format!("no queue {queue}"))?;
        let mut taken = Vec::new();
        loop {
            let receive =
                client.receive_message().queue_url(url).max_number_of_messages(10).wait_time_seconds(0);
            let received = receive.send().await?.messages.unwrap_or_default();
            if received.is_empty() {
                return Ok(taken);
            }
            for message in received {
                let receipt = message.receipt_handle.unwrap_or_default();
                client.delete_message().queue_url(url).receipt_handle(&receipt).send().await?;
                let (id, body) = (message.message_id.unwrap_or_default(), message.body.unwrap_or_default());
                taken.push(Message { id, body, receipt, receives: 1 });
            }
        }
    }
}

/// What the emulator calls the template's bucket.
fn bucket(logical_id: &str) -> Option<String> {
    let BucketNames { photos, uploads } = BucketNames::default();
    match logical_id {
        "PhotosBucket" => Some(photos),
        "UploadsBucket" => Some(uploads),
        _ => None,
    }
}

fn table_names(template: &Template) -> Result<TableNames> {
    let name = |logical_id: &str| {
        let table = template.table(logical_id).ok_or_else(|| format!("no table {logical_id}"));
        table.map(|table| table.name.clone())
    };
    Ok(TableNames { state: name("Table")?, deliveries: name("DeliveriesTable")? })
}

fn stream(template: &Template, aws: &AwsConfig) -> Result<Stream> {
    let events = template.function("events").ok_or("no function events")?;
    let mapping = events.streams.first().ok_or("the events function has no stream")?;
    let table = template.table(&mapping.table).ok_or("no table has the stream")?;
    let reader = Reader::new(sdk::streams(aws), &table.name);
    Ok(Stream { reader, filter: Filter::parse(&mapping.filters)? })
}
