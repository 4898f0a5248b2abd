//! Who answers: the guide in this binary, or a language model somewhere else.

#[cfg(feature = "bedrock")]
mod bedrock;
mod openai;
mod prompt;

use futures_util::stream::BoxStream;
use platform::config::{self, ConfigError};

use crate::ask::{Ask, Message, Model};
use crate::guide::Guide;
use crate::tokens;

#[cfg(feature = "bedrock")]
pub use bedrock::Bedrock;
pub use openai::OpenAi;

/// Who answers.
#[derive(Clone, Debug)]
pub enum Provider {
    /// The guide in this binary: always the same answer, needs nobody.
    CareGuide,
    /// A server that speaks OpenAI's chat completions.
    OpenAi(OpenAi),
    /// Amazon Bedrock.
    #[cfg(feature = "bedrock")]
    Bedrock(Bedrock),
}

/// What a provider calls our models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Models {
    /// Behind `PET_ADVISOR_1`.
    pub advisor: String,
    /// Behind `PET_ADVISOR_TURBO`.
    pub turbo: String,
}

impl Models {
    pub(crate) fn of(&self, model: Model) -> &str {
        match model {
            Model::Advisor1 => &self.advisor,
            Model::Turbo => &self.turbo,
        }
    }
}

/// An answer as it is made. It ends with a [`Piece::End`] or an error.
pub type Pieces = BoxStream<'static, Result<Piece, Silent>>;

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// More of its text.
    Text(String),
    /// It is done.
    End(End),
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Why.
    pub finish: Finish,
    /// What the provider counted, if it says.
    pub usage: Option<Usage>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// All was said.
    Stop,
    /// `maxTokens` or the time was used up.
    Length,
    /// The provider would not go on.
    Filtered,
}

/// Tokens of a question and of its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the messages.
    pub prompt: u32,
    /// Of the answer.
    pub completion: u32,
}

impl Usage {
    /// Both together.
    #[must_use]
    pub const fn total(self) -> u32 {
        self.prompt.saturating_add(self.completion)
    }
}

/// The provider gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chat's provider did not answer: {0}")]
pub struct Silent(String);

impl Silent {
    /// Why; never with any part of the conversation.
    #[must_use]
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// Why an answer did not begin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The provider will not take this conversation, however often it is sent.
    #[error("the chat's provider refuses the messages: {0}")]
    Messages(String),
    /// No usable answer.
    #[error(transparent)]
    Silent(#[from] Silent),
}

impl Provider {
    /// Asks.
    ///
    /// # Errors
    /// [`Refusal`] when it does not begin to answer.
    pub async fn begin(&self, ask: &Ask) -> Result<Pieces, Refusal> {
        match self {
            Self::CareGuide => Ok(Guide::shared().answer(ask)),
            Self::OpenAi(openai) => openai.begin(ask).await,
            #[cfg(feature = "bedrock")]
            Self::Bedrock(bedrock) => bedrock.begin(ask).await,
        }
    }

    /// How many tokens it may count for a conversation, before it has.
    pub(crate) fn prompt_tokens(&self, messages: &[Message]) -> u32 {
        match self {
            Self::CareGuide => tokens::of_messages(messages),
            _ => tokens::at_a_model(messages),
        }
    }
}

/// The provider that `CHAT_PROVIDER` names, with its settings.
///
/// # Errors
/// [`ConfigError`] naming the variable.
pub fn from_env() -> Result<Provider, ConfigError> {
    match config::required("CHAT_PROVIDER")?.as_str() {
        "care-guide" => Ok(Provider::CareGuide),
        "openai" => {
            let (base_url, key) = (config::required("CHAT_BASE_URL")?, config::optional("CHAT_API_KEY")?);
            Ok(Provider::OpenAi(OpenAi::new(&base_url, key.as_deref(), models()?)))
        }
        "bedrock" => bedrock_from_env(),
        _ => Err(ConfigError::invalid("CHAT_PROVIDER", "must be care-guide, openai or bedrock")),
    }
}

fn models() -> Result<Models, ConfigError> {
    let advisor = config::required("CHAT_MODEL")?;
    let turbo = config::optional("CHAT_MODEL_TURBO")?.unwrap_or_else(|| advisor.clone());
    Ok(Models { advisor, turbo })
}

#[cfg(feature = "bedrock")]
fn bedrock_from_env() -> Result<Provider, ConfigError> {
    let aws = config::aws(config::Service::BedrockRuntime)?;
    Ok(Provider::Bedrock(Bedrock::new(&aws, models()?)))
}

#[cfg(not(feature = "bedrock"))]
fn bedrock_from_env() -> Result<Provider, ConfigError> {
    Err(ConfigError::invalid("CHAT_PROVIDER", "this binary was built without the feature bedrock"))
}
