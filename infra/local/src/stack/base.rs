//! State and emulators, started before there are functions.

use std::collections::HashMap;

use super::Wiring;
use crate::checkpoint::Checkpoint;
use crate::emulators::{Emulators, Endpoints};
use crate::error::StartError;
use crate::http::ApiSocket;
use crate::options::Options;
use crate::state::StateFolder;
use crate::template::Template;
use crate::{sdk, sqs};

/// How far each function has read the stream, by binary.
pub(super) type Checkpoints = HashMap<String, Checkpoint>;

/// State and emulators, before there are functions.
pub(super) struct Base {
    pub(super) socket: ApiSocket,
    pub(super) state: StateFolder,
    pub(super) emulators: Option<Emulators>,
    pub(super) checkpoints: Checkpoints,
    pub(super) wiring: Wiring,
}

impl Base {
    /// Starts them, the socket first taken, so that a port in use is known before anything else runs.
    ///
    /// # Errors
    /// [`StartError`] of whichever does not come up.
    pub(super) async fn start(options: Options) -> Result<Self, StartError> {
        let template = Template::load()?;
        let state =
            if options.ephemeral { StateFolder::temporary()? } else { StateFolder::open(&options.state)? };
        let socket = ApiSocket::bind(options.port)?;
        let master_key = state.master_key()?;
        let (emulators, endpoints) = emulators(&options, &state).await?;
        let checkpoints = checkpoints(&template, &state)?;
        let [dynamodb, sqs, s3] = endpoints.configs();
        let queue_urls = sqs::create_queues(&sdk::sqs(&sqs), &template.queues).await?;
        let wiring = Wiring {
            base_url: format!("http://localhost:{}", socket.address().port()),
            options,
            dynamodb,
            sqs,
            s3,
            queue_urls,
            master_key,
            template,
            chat_provider: chat::provider::Provider::CareGuide,
            chat_patience: chat::Patience::open(),
            meter: None,
        };
        Ok(Self { socket, state, emulators, checkpoints, wiring })
    }
}

async fn emulators(
    options: &Options,
    state: &StateFolder,
) -> Result<(Option<Emulators>, Endpoints), StartError> {
    if let Some(elsewhere) = &options.emulators {
        return Ok((None, elsewhere.clone()));
    }
    let emulators = Emulators::start(&state.database(), &state.buckets(), options.ephemeral).await?;
    let endpoints = emulators.endpoints();
    Ok((Some(emulators), endpoints))
}

fn checkpoints(template: &Template, state: &StateFolder) -> Result<Checkpoints, StartError> {
    let readers = template.functions.iter().filter(|function| !function.streams.is_empty());
    readers
        .map(|function| Ok((function.binary.clone(), Checkpoint::open(&state.checkpoint(&function.binary))?)))
        .collect()
}
