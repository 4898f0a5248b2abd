//! A stack within this process whose functions can be called one by one; its emulators are in another.

use futures_util::FutureExt;
use local::Local;
use local::emulators::Endpoints;
use local::function::{HttpFunction, QueueFunction};
use local::options::Options;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::process::Elsewhere;
use crate::{Result, roles};

/// The stack.
pub(crate) struct Inside {
    /// It.
    pub(crate) local: Local,
    /// `orders`, as its gateway calls it; on the thread of the functions.
    pub(crate) orders: HttpFunction,
    /// `delivery`, as its poller calls it; on the thread of the functions.
    pub(crate) delivery: QueueFunction,
    /// That thread.
    pub(crate) thread: Handle,
    /// Where its emulators answer.
    pub(crate) endpoints: Endpoints,
    _emulators: Elsewhere,
    _state: TempDir,
}

impl Inside {
    /// Starts it.
    pub(crate) async fn start() -> Result<Self> {
        let (emulators, state) = (Elsewhere::start().await?, tempfile::tempdir()?);
        let options = Options {
            port: 0,
            state: state.path().to_owned(),
            no_seed: true,
            emulators: Some(emulators.endpoints.clone()),
            ..Options::default()
        };
        let thread = roles::runtime()?;
        let (on, (wired, functions)) = (thread.clone(), oneshot::channel());
        let local = Local::start_with(options, move |wiring| {
            async move {
                let functions = roles::wire_on(&on, wiring).await?;
                let orders = functions.http.get("orders").cloned();
                // The other end waits below.
                drop(wired.send((orders, functions.delivery.first().cloned())));
                Ok(functions)
            }
            .boxed()
        })
        .await?;
        let (orders, delivery) = functions.await?;
        let (orders, delivery) = (orders.ok_or("no orders")?, delivery.ok_or("no delivery")?);
        let endpoints = emulators.endpoints.clone();
        Ok(Self { local, orders, delivery, thread, endpoints, _emulators: emulators, _state: state })
    }
}
