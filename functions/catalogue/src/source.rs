//! Reading a record: what the pet is, or that it is gone.

use aws_lambda_events::dynamodb::EventRecord;
use domain::catalogue::Entry;
use domain::{Result, Scope};
use platform::clock;
use platform::telemetry::Chain;
use store::Store;
use store::image::{self, Image};

/// What a record tells of a pet; `None` for one of something else, or that cannot be read.
///
/// # Errors
/// When poison cannot be put aside.
pub(crate) async fn entry(store: &Store, record: EventRecord) -> Result<Option<(Scope, Entry)>> {
    let change = record.change;
    let is_gone = change.new_image.is_empty();
    let image = if is_gone { change.old_image } else { change.new_image };
    let scope = image::scope(&image);
    // Kept as it came: a person has to find out why it cannot be read.
    let kept = serde_json::to_string(&image).unwrap_or_default();
    match image::parse(image) {
        Ok(Some(Image::Pet(pet))) => {
            let entry = if is_gone { Entry::gone(pet.id, pet.version) } else { Entry::of(&pet) };
            Ok(Some((pet.scope, entry)))
        }
        Ok(_) => Ok(None),
        Err(error) => {
            let (scope, reason) = (scope.unwrap_or(Scope::Shared), Chain(&error).to_string());
            let sequence = change.sequence_number.unwrap_or_default();
            store.quarantine(scope, &sequence, &kept, &reason, clock::now()).await?;
            Ok(None)
        }
    }
}
