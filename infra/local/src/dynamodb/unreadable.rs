//! A request that cannot be read, in DynamoDB's terms.

use dynoxide::DynoxideError;

/// What dynoxide's readers put before a message to say which exception it belongs to.
const VALIDATION: [&str; 2] = ["VALIDATION_REQUEST:", "VALIDATION:"];
const SERIALIZATION: &str = "SERIALIZATION:";
/// What serde says of members that are missing, null or not one of several: DynamoDB validates those.
const VALIDATED: [&str; 3] = ["missing field", "unknown variant", "invalid type: null"];

/// The exception for what serde says, without the position, which DynamoDB does not give.
pub(super) fn unreadable(error: &serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    if let Some(message) = VALIDATION.iter().find_map(|mark| text.strip_prefix(mark)) {
        return DynoxideError::ValidationException(message.to_owned());
    }
    if VALIDATED.iter().any(|part| text.contains(part)) {
        return DynoxideError::ValidationException(text.to_owned());
    }
    DynoxideError::SerializationException(text.strip_prefix(SERIALIZATION).unwrap_or(text).to_owned())
}
