//! Ctrl-C and SIGTERM.

/// Waits until the process is asked to stop. A second request ends it at once, for whom the clean way takes too long.
///
/// # Errors
/// When the system lets nobody listen to signals.
pub async fn requested() -> std::io::Result<()> {
    signal().await?;
    tokio::spawn(async {
        if signal().await.is_ok() {
            std::process::exit(130);
        }
    });
    Ok(())
}

#[cfg(unix)]
async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
