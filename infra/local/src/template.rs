//! template.yaml as typed data: what the local stack starts from and what the contract tests compare code with.
//!
//! [`Template::load`] the repository's own · `resolve` CloudFormation's short tags · `raw` the members read

mod raw;
mod resolve;

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// The stack name that the local stack deploys under: tables and queues are named after it.
pub const STACK_NAME: &str = "petstore";
/// The region of the emulated SQS, and so of queue ARNs.
pub const REGION: &str = "us-east-1";
/// The account of the emulators.
pub const ACCOUNT: &str = "000000000000";

const OWN: &str = include_str!("../../../template.yaml");

/// Why a template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is not YAML.
    #[error("not YAML: {0}")]
    Yaml(#[from] serde_norway::Error),
    /// A resource has members of another shape than CloudFormation's.
    #[error("{logical_id}: {reason}")]
    Resource {
        /// The resource's logical id.
        logical_id: String,
        /// What is wrong.
        reason: String,
    },
}

/// The parts of a SAM template that matter to who runs or checks it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// The functions, in the template's order.
    pub functions: Vec<Function>,
    /// The tables, in the template's order.
    pub tables: Vec<Table>,
    /// The queues, dead-letter queues included, in the template's order.
    pub queues: Vec<Queue>,
    /// The buckets, in the template's order.
    pub buckets: Vec<Bucket>,
    /// What functions may do, in the template's order.
    pub roles: Vec<Role>,
}

/// A Lambda function with everything that starts it.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// `OrdersFunction`.
    pub logical_id: String,
    /// The binary it runs: `orders`.
    pub binary: String,
    /// Its role's logical id: `OrdersRole`.
    pub role: String,
    /// Seconds after which Lambda ends an invocation.
    pub timeout_secs: u64,
    /// Megabytes of memory.
    pub memory_mb: u64,
    /// Environment variables, the global ones included. Values that exist only in AWS are as the template has them.
    pub environment: BTreeMap<String, Json>,
    /// Routes of the HTTP API.
    pub routes: Vec<Route>,
    /// Event source mappings of table streams.
    pub streams: Vec<StreamMapping>,
    /// Event source mappings of queues.
    pub queues: Vec<QueueMapping>,
    /// Schedule expressions: `rate(1 minute)`.
    pub schedules: Vec<String>,
    /// Whether it has a Function URL through which answers go out in pieces.
    pub streams_answers: bool,
}

/// A route of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// `GET`, or `ANY`.
    pub method: String,
    /// `/v1/orders/{id}`, or `$default`.
    pub path: String,
    /// The binary that answers: `orders`.
    pub function: String,
}

/// How a table's stream starts a function.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamMapping {
    /// The table's logical id.
    pub table: String,
    /// `TRIM_HORIZON` or `LATEST`.
    pub starting_position: String,
    /// Records per invocation at most.
    pub batch_size: usize,
    /// Seconds that the first record of a batch waits for others; 0: none.
    pub batching_window_secs: u64,
    /// Invocations at once per shard.
    pub parallelization_factor: u32,
    /// Patterns, of which a record must match one; empty: every record matches.
    pub filters: Vec<Json>,
    /// Whether a batch that failed as a whole is halved.
    pub bisect: bool,
    /// Whether the function says which records failed.
    pub partial_failures: bool,
    /// −1: without end.
    pub retry_attempts_max: i64,
    /// −1: as long as the stream keeps it.
    pub record_age_max_secs: i64,
}

/// How a queue starts a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMapping {
    /// The queue's logical id.
    pub queue: String,
    /// Messages per invocation at most.
    pub batch_size: i32,
    /// Whether the function says which messages failed.
    pub partial_failures: bool,
    /// Invocations at once at most.
    pub concurrency_max: Option<u32>,
}

/// A DynamoDB table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// `DeliveriesTable`.
    pub logical_id: String,
    /// Its name where the stack is called [`STACK_NAME`].
    pub name: String,
    /// Key attributes and their types (`S`, `N`, `B`).
    pub attributes: BTreeMap<String, String>,
    /// The primary key.
    pub key: Key,
    /// Global secondary indexes by name.
    pub indexes: BTreeMap<String, Index>,
    /// The stream's view type; `None`: no stream.
    pub stream_view: Option<String>,
    /// The attribute that tells when an item expires.
    pub ttl_attribute: Option<String>,
    /// `PAY_PER_REQUEST` or `PROVISIONED`.
    pub billing_mode: String,
    /// Point-in-time recovery.
    pub point_in_time_recovery: bool,
    /// Deletion protection.
    pub deletion_protection: bool,
}

/// A partition key and perhaps a sort key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The partition key's attribute.
    pub partition: String,
    /// The sort key's attribute.
    pub sort: Option<String>,
}

/// A global secondary index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its key.
    pub key: Key,
    /// `KEYS_ONLY`, `ALL` or `INCLUDE`.
    pub projection: String,
}

/// An SQS queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// `SlowQueue`.
    pub logical_id: String,
    /// Its name where the stack is called [`STACK_NAME`].
    pub name: String,
    /// Seconds for which a received message is hidden.
    pub visibility_timeout_secs: u32,
    /// Seconds for which a message is kept.
    pub retention_secs: u32,
    /// Seconds that a receive waits for a message.
    pub wait_secs: u32,
    /// Where messages go that keep failing.
    pub redrive: Option<Redrive>,
    /// Which queues may send their dead letters here, as the template has it.
    pub redrive_allow: Option<Json>,
}

/// An S3 bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// `PhotosBucket`.
    pub logical_id: String,
    /// Whether nobody can make it or anything in it public.
    pub is_private: bool,
    /// Whether what is in it is encrypted.
    pub is_encrypted: bool,
    /// Days after which everything in it goes; `None`: nothing does.
    pub expires_days: Option<u32>,
}

/// A role of IAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// `OrdersRole`.
    pub logical_id: String,
    /// What it allows.
    pub statements: Vec<Statement>,
}

/// Something that a role allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `dynamodb:GetItem`.
    pub actions: Vec<String>,
    /// `Table.Arn`, `Table.Arn/index/feed`.
    pub resources: Vec<String>,
    /// Patterns, of which the partition key of every item must match one; `None`: any item.
    pub leading_keys: Option<Vec<String>>,
}

/// The way to a dead-letter queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// The dead-letter queue's logical id.
    pub target: String,
    /// Receives after which a message goes there.
    pub receives_max: u32,
}

impl Template {
    /// The repository's template.yaml, compiled in.
    ///
    /// # Errors
    /// [`TemplateError`]; a test keeps that from happening.
    pub fn load() -> Result<Self, TemplateError> {
        Self::parse(OWN)
    }

    /// Reads a SAM template.
    ///
    /// # Errors
    /// [`TemplateError`] when it is not YAML or a resource is not as CloudFormation has it.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        raw::read(&resolve::document(&serde_norway::from_str(text)?))
    }

    /// Every route of the HTTP API.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.functions.iter().flat_map(|function| &function.routes)
    }

    /// The function that runs `binary`.
    #[must_use]
    pub fn function(&self, binary: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.binary == binary)
    }

    /// Whether a function that runs `binary` answers in pieces through a URL of its own.
    #[must_use]
    pub fn streams(&self, binary: &str) -> bool {
        self.functions.iter().any(|function| function.binary == binary && function.streams_answers)
    }

    /// The table of that logical id.
    #[must_use]
    pub fn table(&self, logical_id: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.logical_id == logical_id)
    }

    /// The bucket of that logical id.
    #[must_use]
    pub fn bucket(&self, logical_id: &str) -> Option<&Bucket> {
        self.buckets.iter().find(|bucket| bucket.logical_id == logical_id)
    }

    /// The role of the function that runs `binary`.
    #[must_use]
    pub fn role_of(&self, binary: &str) -> Option<&Role> {
        let function = self.function(binary)?;
        self.roles.iter().find(|role| role.logical_id == function.role)
    }

    /// The queue of that logical id.
    #[must_use]
    pub fn queue(&self, logical_id: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.logical_id == logical_id)
    }
}

#[cfg(test)]
mod tests;
