//! Why the local stack could not start, each in one clear line for whoever typed the command.

use std::path::PathBuf;

/// A start that failed. Its text is complete: `main` prints it after `error: ` and exits with 1.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The state folder cannot be made or written.
    #[error("cannot write the state folder {}: {reason}; choose another with --state", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Another process works on the same state.
    #[error(
        "the state folder {} is in use by another petstore; stop it, or choose another with --state",
        .0.display()
    )]
    InUse(PathBuf),
    /// A later version wrote the state.
    #[error(
        "the state in {} has format {found}, newer than {known}, the newest this petstore knows; \
         update it, or choose another folder with --state",
        folder.display()
    )]
    NewerState {
        /// The folder.
        folder: PathBuf,
        /// The format found.
        found: u32,
        /// The newest format known.
        known: u32,
    },
    /// A state file does not hold what it should.
    #[error("the state file {} is damaged: {reason}; restore it, or choose another folder with --state", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The API's port is taken or not allowed.
    #[error("cannot listen on port {port}: {reason}; choose another with --port")]
    Port {
        /// The port.
        port: u16,
        /// What the system said.
        reason: String,
    },
    /// An emulator did not come up.
    #[error("cannot start the {what} emulator: {reason}")]
    Emulator {
        /// Which one.
        what: &'static str,
        /// What it said.
        reason: String,
    },
    /// The template cannot be read, or asks for what the local stack has not got.
    #[error("cannot run template.yaml: {0}")]
    Template(#[from] crate::template::TemplateError),
    /// Anything else on the way, such as seeding.
    #[error("cannot {what}: {reason}")]
    Step {
        /// What was being done, as in "create the tables".
        what: &'static str,
        /// Why it failed.
        reason: String,
    },
}

impl StartError {
    /// An emulator that failed with `reason`.
    pub(crate) fn emulator(what: &'static str, reason: impl ToString) -> Self {
        Self::Emulator { what, reason: reason.to_string() }
    }

    /// A step that failed with `reason`, told with everything that caused it.
    pub fn step(what: &'static str, reason: &(dyn std::error::Error + 'static)) -> Self {
        Self::Step { what, reason: with_causes(reason) }
    }
}

/// An error and its causes on one line: the SDK's own text is often no more than "service error".
#[must_use]
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
