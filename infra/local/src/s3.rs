//! S3: s3s on files in the state folder, spoken to over HTTP by the real SDK.
//!
//! It checks signatures, those of presigned requests included, and checksums. It knows no lifecycle rules: uploads stay
//! until the folder goes. A name is kept as a path, so a bucket's folder shows what is in it.

use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use platform::aws::AwsConfig;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::emulator::EmulatorThread;
use crate::error::StartError;

/// A running S3 emulator.
#[derive(Debug)]
pub struct S3 {
    thread: EmulatorThread,
}

impl S3 {
    /// Serves what is in `folder`, which is made if need be, on a free port of loopback.
    ///
    /// # Errors
    /// [`StartError::Emulator`] when the folder cannot be used or nothing can listen.
    pub async fn start(folder: &Path) -> Result<Self, StartError> {
        let failed = |error: std::io::Error| StartError::emulator("S3", error);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let files =
            FileSystem::new(folder).map_err(|error| StartError::emulator("S3", format!("{error:?}")))?;
        let mut service = S3ServiceBuilder::new(files);
        let credentials = AwsConfig::emulator("").credentials;
        service
            .set_auth(SimpleAuth::from_single(credentials.access_key_id(), credentials.secret_access_key()));
        let service = service.build();
        let thread =
            EmulatorThread::start("s3", async move |listener, stop| serve(service, listener, stop).await);
        Ok(Self { thread: thread.await.map_err(failed)? })
    }

    /// The URL for `AWS_ENDPOINT_URL_S3`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.thread.address())
    }

    /// Stops it; its files stay.
    pub async fn stop(self) {
        self.thread.stop().await;
    }
}

async fn serve(service: S3Service, listener: TcpListener, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((socket, _)) = accepted else { continue };
        let service = service.clone();
        tokio::spawn(async move {
            let connection = Builder::new(TokioExecutor::new());
            if let Err(error) = connection.serve_connection(TokioIo::new(socket), service).await {
                tracing::debug!(error, "an S3 connection ended");
            }
        });
    }
}
