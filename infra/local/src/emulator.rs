//! A thread of its own for each emulator, with a single-threaded runtime.
//!
//! dynoxide works on the thread that took the request and behind one lock, so on the shared runtime it would block
//! the workers that run our functions. On a thread of its own it never waits for its lock, and its share of the CPU
//! can be read from the system by the thread's name.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::{Builder, JoinHandle};

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// A running emulator. Dropping it stops it too, without waiting.
#[derive(Debug)]
pub(crate) struct EmulatorThread {
    address: SocketAddr,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl EmulatorThread {
    /// Starts a thread called `name` that listens on a free port of loopback and runs `serve` until it is stopped.
    ///
    /// # Errors
    /// When the thread or its listener cannot be made.
    pub(crate) async fn start<F>(
        name: &'static str,
        serve: impl FnOnce(TcpListener, CancellationToken) -> F + Send + 'static,
    ) -> std::io::Result<Self>
    where
        F: Future<Output = ()>,
    {
        let stop = CancellationToken::new();
        let (ready, address) = oneshot::channel();
        let token = stop.clone();
        let thread = Builder::new().name(name.to_owned()).spawn(move || run(name, serve, ready, token))?;
        let address = address.await.map_err(|_| std::io::Error::other("its thread ended"))??;
        Ok(Self { address, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it and waits for its thread to end.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        let Some(thread) = self.thread.take() else { return };
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::warn!("an emulator's thread panicked");
        }
    }
}

impl Drop for EmulatorThread {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn run<F: Future<Output = ()>>(
    name: &str,
    serve: impl FnOnce(TcpListener, CancellationToken) -> F,
    ready: oneshot::Sender<std::io::Result<SocketAddr>>,
    stop: CancellationToken,
) {
    // What it does in blocking threads is the emulator's share too.
    let built = tokio::runtime::Builder::new_current_thread().thread_name(name).enable_all().build();
    let runtime = match built {
        Ok(runtime) => runtime,
        Err(error) => return answer(ready, Err(error)),
    };
    runtime.block_on(async {
        match listen(0) {
            Ok((listener, address)) => {
                answer(ready, Ok(address));
                serve(listener, stop).await;
            }
            Err(error) => answer(ready, Err(error)),
        }
    });
}

fn answer(ready: oneshot::Sender<std::io::Result<SocketAddr>>, address: std::io::Result<SocketAddr>) {
    if ready.send(address).is_err() {
        tracing::debug!("nobody waits for the emulator any more");
    }
}

/// Listens on `port` of loopback (0: any free one). Accepted connections inherit the socket's no-delay on Linux.
///
/// # Errors
/// What the system says, such as that the port is taken.
pub(crate) fn listen(port: u16) -> std::io::Result<(TcpListener, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.set_nodelay(true)?;
    // Connections of the last run in TIME_WAIT must not keep a restart from its port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
