//! Models of Amazon Bedrock through the Converse API, which is the same for all of them
//! (<https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference.html>): `ConverseStream` where a
//! client wants events, `Converse` where it does not.

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::{BehaviorVersion, Region, StalledStreamProtectionConfig};
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamOutput as Stream;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ContentBlockDelta, ConversationRole, ConverseStreamOutput as Event, InferenceConfiguration,
    Message, StopReason, SystemContentBlock, TokenUsage,
};
use futures_util::{StreamExt, stream};
use platform::aws::AwsConfig;

use super::prompt::{instructions, turns};
use super::{End, Finish, Models, Piece, Pieces, Refusal, Silent, Usage};
use crate::ask::{Ask, Role};

/// The temperature that models of Bedrock take at most.
const TEMPERATURE_MAX: f64 = 1.0;

const ATTEMPTS_MAX: u32 = 2;

/// Bedrock, and its models.
#[derive(Clone, Debug)]
pub struct Bedrock {
    client: Client,
    models: Models,
}

/// A question in Bedrock's words.
struct Prompt {
    model: String,
    system: Vec<SystemContentBlock>,
    messages: Vec<Message>,
    settings: InferenceConfiguration,
}

impl Bedrock {
    /// The models of the Region that `config` names.
    #[must_use]
    pub fn new(config: &AwsConfig, models: Models) -> Self {
        let mut builder = aws_sdk_bedrockruntime::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(config.region.clone()))
            .credentials_provider(config.credentials.clone())
            .http_client(config.http_client.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX))
            // `Patience` says how long an answer may pause.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(endpoint) = &config.endpoint {
            builder = builder.endpoint_url(endpoint);
        }
        Self { client: Client::from_conf(builder.build()), models }
    }

    pub(super) async fn begin(&self, ask: &Ask) -> Result<Pieces, Refusal> {
        let prompt = self.prompt(ask)?;
        if ask.stream { self.stream(prompt).await } else { self.whole(prompt).await }
    }

    fn prompt(&self, ask: &Ask) -> Result<Prompt, Silent> {
        let settings =
            InferenceConfiguration::builder().max_tokens(i32::try_from(ask.max_tokens).unwrap_or(i32::MAX));
        let settings = settings.set_temperature(ask.temperature.map(temperature)).build();
        let messages =
            turns(ask).into_iter().map(|(role, text)| message(role, text)).collect::<Result<_, _>>()?;
        let system = instructions(ask).map(|text| SystemContentBlock::Text(text.to_owned())).collect();
        Ok(Prompt { model: self.models.of(ask.model).to_owned(), system, messages, settings })
    }

    async fn whole(&self, prompt: Prompt) -> Result<Pieces, Refusal> {
        let request = self.client.converse().model_id(prompt.model).set_system(Some(prompt.system));
        let request = request.set_messages(Some(prompt.messages)).inference_config(prompt.settings);
        let answer = request.send().await.map_err(refusal)?;
        let end = Piece::End(End { finish: finish(answer.stop_reason()), usage: answer.usage().map(usage) });
        Ok(stream::iter([Ok(Piece::Text(text(&answer))), Ok(end)]).boxed())
    }

    async fn stream(&self, prompt: Prompt) -> Result<Pieces, Refusal> {
        let request = self.client.converse_stream().model_id(prompt.model).set_system(Some(prompt.system));
        let request = request.set_messages(Some(prompt.messages)).inference_config(prompt.settings);
        let answer = request.send().await.map_err(refusal)?;
        let reading = Reading { answer, finish: None };
        Ok(stream::unfold(reading, |mut reading| async move { Some((reading.next().await, reading)) })
            .boxed())
    }
}

struct Reading {
    answer: Stream,
    finish: Option<Finish>,
}

impl Reading {
    async fn next(&mut self) -> Result<Piece, Silent> {
        loop {
            let event = self.answer.stream.recv().await;
            match event.map_err(|error| Silent::new(name(&error)))? {
                Some(Event::ContentBlockDelta(event)) => {
                    if let Some(ContentBlockDelta::Text(text)) = event.delta {
                        return Ok(Piece::Text(text));
                    }
                }
                Some(Event::MessageStop(event)) => self.finish = Some(finish(&event.stop_reason)),
                // Comes after the end of the message, and last.
                Some(Event::Metadata(event)) => return self.end(event.usage.as_ref().map(usage)),
                Some(_) => {}
                None => return self.end(None),
            }
        }
    }

    fn end(&self, usage: Option<Usage>) -> Result<Piece, Silent> {
        let finish = self.finish.ok_or_else(|| Silent::new("its answer broke off"))?;
        Ok(Piece::End(End { finish, usage }))
    }
}

fn message(role: Role, text: String) -> Result<Message, Silent> {
    let role = if role == Role::Assistant { ConversationRole::Assistant } else { ConversationRole::User };
    let message = Message::builder().role(role).content(ContentBlock::Text(text)).build();
    message.map_err(|_| Silent::new("a message cannot be written"))
}

#[expect(clippy::cast_possible_truncation, reason = "a number of 0 to 1 with a few digits")]
fn temperature(asked: f64) -> f32 {
    asked.min(TEMPERATURE_MAX) as f32
}

fn text(answer: &ConverseOutput) -> String {
    let message = answer.output().and_then(|output| output.as_message().ok());
    let blocks = message.map(Message::content).unwrap_or_default();
    blocks.iter().filter_map(|block| block.as_text().ok()).map(String::as_str).collect()
}

fn finish(reason: &StopReason) -> Finish {
    match reason {
        StopReason::MaxTokens => Finish::Length,
        StopReason::ContentFiltered | StopReason::GuardrailIntervened => Finish::Filtered,
        _ => Finish::Stop,
    }
}

fn usage(usage: &TokenUsage) -> Usage {
    let count = |tokens: i32| u32::try_from(tokens).unwrap_or_default();
    Usage { prompt: count(usage.input_tokens), completion: count(usage.output_tokens) }
}

/// What a refusal of Bedrock means. Its message may quote the conversation, so only its name goes on.
fn refusal<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> Refusal {
    match error.code() {
        Some("ValidationException") => Refusal::Messages("ValidationException".to_owned()),
        _ => Silent::new(name(&error)).into(),
    }
}

fn name<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    error.code().map_or_else(|| "no answer".to_owned(), str::to_owned)
}
