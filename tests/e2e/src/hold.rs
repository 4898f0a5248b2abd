//! A call whose answer arrives only when told, between the SDK and an emulator.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use tokio::sync::watch;

use crate::between::{self, Between};
use crate::soon;

/// Holds back the answer to the first call of one operation about something. Cheap to clone; all clones share it.
#[derive(Clone, Debug)]
pub struct Hold(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    operation: &'static str,
    about: &'static str,
    stage: watch::Sender<Stage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    Holding,
    Released,
}

impl Hold {
    /// Of this operation (`GetItem`), where its request has `about` in it: a table's name, or what keys have in common.
    #[must_use]
    pub fn first(operation: &'static str, about: &'static str) -> Self {
        Self(Arc::new(Inner { operation, about, stage: watch::Sender::new(Stage::Waiting) }))
    }

    /// The same client, with this in between.
    #[must_use]
    pub fn around(&self, client: &SharedHttpClient) -> SharedHttpClient {
        between::around(client.clone(), self.clone())
    }

    /// Waits until there is such a call.
    ///
    /// # Panics
    /// When there is none.
    pub async fn holding(&self) {
        let mut stage = self.0.stage.subscribe();
        // The sender is this one's own, so the wait ends by the stage alone.
        soon(self.0.operation, async { drop(stage.wait_for(|stage| *stage == Stage::Holding).await) }).await;
    }

    /// Lets the answer arrive.
    ///
    /// # Panics
    /// When there was no such call.
    pub fn release(&self) {
        let before = self.0.stage.send_replace(Stage::Released);
        assert_eq!(before, Stage::Holding, "there was no {} about {}", self.0.operation, self.0.about);
    }

    fn takes(&self, request: &HttpRequest) -> bool {
        let concerned =
            between::operation(request) == self.0.operation && between::has(request, self.0.about);
        let take = |stage: &mut Stage| {
            let takes = concerned && *stage == Stage::Waiting;
            if takes {
                *stage = Stage::Holding;
            }
            takes
        };
        self.0.stage.send_if_modified(take)
    }
}

impl Between for Hold {
    fn call(&self, request: HttpRequest, service: &SharedHttpConnector) -> HttpConnectorFuture {
        let is_held = self.takes(&request);
        let call = service.call(request);
        if !is_held {
            return call;
        }
        let mut stage = self.0.stage.subscribe();
        HttpConnectorFuture::new(async move {
            let answer = call.await;
            // The sender lives as long as its clients; were it gone, nobody could hold anything back.
            drop(stage.wait_for(|stage| *stage == Stage::Released).await);
            answer
        })
    }
}
