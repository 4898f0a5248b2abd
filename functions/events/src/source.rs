//! Reading a record: the new image, if it tells something new.

use aws_lambda_events::dynamodb::EventRecord;
use domain::{Result, Scope};
use platform::{clock, metrics};
use store::image::{self, Image};

use crate::App;

/// The image of a record that carries events; `None` for one that tells nothing new or cannot be read.
///
/// # Errors
/// When poison cannot be put aside.
pub(crate) async fn image(app: &App, record: EventRecord) -> Result<Option<Image>> {
    let change = record.change;
    if change.new_image.is_empty() || image::version(&change.new_image) <= image::version(&change.old_image) {
        return Ok(None);
    }
    let sequence = change.sequence_number.unwrap_or_default();
    let scope = image::scope(&change.new_image);
    // Kept as it came: a person has to find out why it cannot be read.
    let kept = serde_json::to_string(&change.new_image).unwrap_or_default();
    match image::parse(change.new_image) {
        Ok(image) => Ok(image),
        Err(error) => {
            metrics::count("PoisonRecord", 1);
            let scope = scope.unwrap_or(Scope::Shared);
            app.store.quarantine(scope, &sequence, &kept, &error.to_string(), clock::now()).await?;
            Ok(None)
        }
    }
}
