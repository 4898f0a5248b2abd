//! S3: s3s on files in the state folder, spoken to over HTTP by the real SDK.
//!
//! It checks signatures, those of presigned requests included, and checksums. It knows no lifecycle rules: uploads stay
//! until the folder goes. A name is kept as a path, so a bucket's folder shows what is in it.

use std::path::Path;

use platform::aws::AwsConfig;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;

use crate::accept;
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
            EmulatorThread::start("s3", move |listener, stop| accept::serve(service, listener, stop));
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
