//! What a client asks: the body of `POST /v1/chat/completions`, parsed.
//!
//! Roles and models are taken in any case, and `-` for `_`: the contract's own examples write `user` and
//! `pet-advisor-1` where its schema has `USER` and `PET_ADVISOR_1`.

use domain::{Error, FieldError, Result, required};
use serde::Deserialize;

/// Tokens of an answer at most.
const TOKENS_MAX: i64 = 4_096;
/// Tokens of an answer unless a client says otherwise.
const TOKENS_DEFAULT: u32 = 1_024;

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Whoever built the client.
    System,
    /// Whoever asks.
    User,
    /// Whoever answered before.
    Assistant,
}

/// One message of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who wrote it.
    pub role: Role,
    /// Its text.
    pub content: String,
}

/// Which advisor is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Model {
    /// The careful one.
    #[default]
    Advisor1,
    /// The quick one.
    Turbo,
}

impl Model {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Advisor1 => "PET_ADVISOR_1",
            Self::Turbo => "PET_ADVISOR_TURBO",
        }
    }
}

/// A question with all that is needed to answer it.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The conversation so far; at least one message of the user says something.
    pub messages: Vec<Message>,
    /// Which advisor is asked.
    pub model: Model,
    /// Whether the answer is wanted in events.
    pub stream: bool,
    /// Tokens of the answer at most, 1 to 4,096.
    pub max_tokens: u32,
    /// How freely a language model may choose its words, 0 to 2; `None` for its own default.
    pub temperature: Option<f64>,
}

impl Ask {
    /// What the user said, oldest first.
    pub fn questions(&self) -> impl DoubleEndedIterator<Item = &str> {
        let of_user = self.messages.iter().filter(|message| message.role == Role::User);
        of_user.map(|message| message.content.as_str())
    }
}

/// The body as the contract shapes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Body {
    messages: Option<Vec<MessageBody>>,
    model: Option<String>,
    stream: Option<bool>,
    max_tokens: Option<i64>,
    temperature: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageBody {
    role: Option<String>,
    content: Option<String>,
}

impl Body {
    /// What the body asks, or everything that is wrong with it.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub(crate) fn parse(self) -> Result<Ask> {
        let mut errors = Vec::new();
        let messages = messages(self.messages, &mut errors);
        let model = self.model.map_or(Some(Model::default()), |name| model(&name));
        let max_tokens = self.max_tokens.map_or(Some(TOKENS_DEFAULT), |tokens| {
            u32::try_from(tokens).ok().filter(|_| (1..=TOKENS_MAX).contains(&tokens))
        });
        if model.is_none() {
            errors.push(invalid("model", "invalid_value", "Must be PET_ADVISOR_1 or PET_ADVISOR_TURBO."));
        }
        if max_tokens.is_none() {
            errors.push(invalid("maxTokens", "out_of_range", "Must be 1 to 4096."));
        }
        if self.temperature.is_some_and(|temperature| !(0.0..=2.0).contains(&temperature)) {
            errors.push(invalid("temperature", "out_of_range", "Must be 0 to 2."));
        }
        match (model, max_tokens) {
            (Some(model), Some(max_tokens)) if errors.is_empty() => {
                let (stream, temperature) = (self.stream.unwrap_or(false), self.temperature);
                Ok(Ask { messages, model, stream, max_tokens, temperature })
            }
            _ => Err(Error::Invalid(errors)),
        }
    }
}

fn messages(bodies: Option<Vec<MessageBody>>, errors: &mut Vec<FieldError>) -> Vec<Message> {
    let Some(bodies) = bodies else {
        errors.push(invalid("messages", "required_field", "Is required."));
        return Vec::new();
    };
    let mut messages = Vec::with_capacity(bodies.len());
    for (place, body) in bodies.into_iter().enumerate() {
        let field = |name| format!("messages[{place}].{name}");
        let name = required(&field("role"), body.role, errors);
        let role = name.as_deref().and_then(role);
        if name.is_some() && role.is_none() {
            let message = "Must be SYSTEM, USER or ASSISTANT.";
            errors.push(invalid(&field("role"), "invalid_value", message));
        }
        let content = required(&field("content"), body.content, errors);
        messages.extend(role.zip(content).map(|(role, content)| Message { role, content }));
    }
    let asks = |message: &Message| message.role == Role::User && !message.content.trim().is_empty();
    if errors.is_empty() && !messages.iter().any(asks) {
        errors.push(invalid(
            "messages",
            "no_question",
            "Must hold a message of the user that says something.",
        ));
    }
    messages
}

fn invalid(field: &str, code: &'static str, message: &str) -> FieldError {
    FieldError::new(field, code, message)
}

fn role(name: &str) -> Option<Role> {
    match name.to_ascii_uppercase().as_str() {
        "SYSTEM" => Some(Role::System),
        "USER" => Some(Role::User),
        "ASSISTANT" => Some(Role::Assistant),
        _ => None,
    }
}

fn model(name: &str) -> Option<Model> {
    let name = name.to_ascii_uppercase().replace('-', "_");
    [Model::Advisor1, Model::Turbo].into_iter().find(|model| model.as_str() == name)
}

#[cfg(test)]
mod tests {
    use domain::Error;
    use serde_json::{Value, json};

    use super::{Ask, Body, Model, Role};

    fn parse(body: Value) -> Result<Ask, Vec<String>> {
        let body: Body = serde_json::from_value(body).unwrap();
        body.parse().map_err(|error| match error {
            Error::Invalid(errors) => errors.into_iter().map(|e| format!("{} {}", e.field, e.code)).collect(),
            other => panic!("{other}"),
        })
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let ask = parse(json!({"messages": [{"role": "USER", "content": "Hi"}]})).unwrap();
        assert_eq!(
            (ask.model, ask.stream, ask.max_tokens, ask.temperature),
            (Model::Advisor1, false, 1_024, None)
        );
    }

    #[test]
    fn roles_and_models_are_taken_in_either_spelling() {
        for (role, model) in
            [("user", "pet-advisor-turbo"), ("User", "PET_ADVISOR_TURBO"), ("USER", "Pet-Advisor_Turbo")]
        {
            let ask = parse(json!({"messages": [{"role": role, "content": "Hi"}], "model": model})).unwrap();
            assert_eq!((ask.messages[0].role, ask.model), (Role::User, Model::Turbo));
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let wrong =
            parse(json!({"messages": [{"role": "robot", "content": ""}, {"role": "tool", "content": ""}],
                                 "model": "gpt-4", "maxTokens": 4097, "temperature": 2.01}));
        let said = [
            "messages[0].role invalid_value",
            "messages[1].role invalid_value",
            "model invalid_value",
            "maxTokens out_of_range",
            "temperature out_of_range",
        ];
        assert_eq!(wrong.unwrap_err(), said);
    }

    #[test]
    fn somebody_must_ask_something() {
        assert_eq!(parse(json!({})).unwrap_err(), ["messages required_field"]);
        for messages in [
            json!([]),
            json!([{"role": "SYSTEM", "content": "Be kind."}]),
            json!([{"role": "USER", "content": " \n"}]),
        ] {
            assert_eq!(parse(json!({"messages": messages})).unwrap_err(), ["messages no_question"]);
        }
    }
}
