//! Reading a record: the new image, if it tells something new.

use aws_lambda_events::dynamodb::EventRecord;
use domain::{Error, Result, Scope};
use platform::clock;
use platform::telemetry::Chain;
use store::image::{self, Image};

use crate::App;

/// A record that carries events.
pub(crate) struct Told {
    pub(crate) image: Image,
    record: Record,
}

/// A record as it came.
struct Record {
    scope: Scope,
    sequence: String,
    /// A person has to find out why it cannot be read.
    image: String,
}

/// What a record tells; `None` for one that tells nothing new or cannot be read.
///
/// # Errors
/// When poison cannot be put aside.
pub(crate) async fn read(app: &App, record: EventRecord) -> Result<Option<Told>> {
    let change = record.change;
    if change.new_image.is_empty() || image::version(&change.new_image) <= image::version(&change.old_image) {
        return Ok(None);
    }
    let record = Record {
        scope: image::scope(&change.new_image).unwrap_or(Scope::Shared),
        sequence: change.sequence_number.unwrap_or_default(),
        image: serde_json::to_string(&change.new_image).unwrap_or_default(),
    };
    match image::parse(change.new_image) {
        Ok(image) => Ok(image.map(|image| Told { image, record })),
        Err(error) => {
            let reason = Chain(&error).to_string();
            record.put_aside(app, &reason).await?;
            Ok(None)
        }
    }
}

impl Told {
    /// What `outcome` holds; `None` when what it needed cannot be read, and the record is put aside.
    ///
    /// # Errors
    /// Every other failure, and that of putting it aside; the record then comes again.
    pub(crate) async fn unless_unreadable<T>(&self, app: &App, outcome: Result<T>) -> Result<Option<T>> {
        match outcome {
            Ok(done) => Ok(Some(done)),
            Err(error @ Error::Unreadable { .. }) => {
                let reason = Chain(&error).to_string();
                self.put_aside(app, &reason).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Keeps the record for a person, who can do what could not be done for it.
    ///
    /// # Errors
    /// When DynamoDB fails.
    pub(crate) async fn put_aside(&self, app: &App, reason: &str) -> Result<()> {
        self.record.put_aside(app, reason).await
    }
}

impl Record {
    async fn put_aside(&self, app: &App, reason: &str) -> Result<()> {
        app.store.quarantine(self.scope, &self.sequence, &self.image, reason, clock::now()).await
    }
}
