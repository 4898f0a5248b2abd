//! The state folder: everything that outlives the process, and the lock that keeps a second process out.
//!
//! `format` its version · `lock` held while a process runs · `key` the master key · `dynamodb.sqlite` the tables · `s3` the
//! buckets · `stream-checkpoint-…` how far each function has read the stream · `token`, `tenant-token` what the local
//! stack mints

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::error::StartError;
use crate::private_file;

/// The format of the folder that this version writes, and the newest it reads.
const FORMAT: u32 = 1;
/// Random bytes in the master key.
const KEY_BYTES: usize = 32;

/// A state folder that this process alone uses.
#[derive(Debug)]
pub struct StateFolder {
    path: PathBuf,
    /// Its lock ends with the file.
    _lock: File,
    /// Removes the folder at the end.
    _temporary: Option<TempDir>,
}

impl StateFolder {
    /// Opens the folder at `path`, or makes it.
    ///
    /// # Errors
    /// [`StartError`]: the folder cannot be written, another process uses it, or a file in it is damaged or newer.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        let state = Self::locked(path)?;
        state.check_format()?;
        Ok(state)
    }

    /// A folder that goes when this value does.
    ///
    /// # Errors
    /// [`StartError::Folder`] when the system has no place for it.
    pub fn temporary() -> Result<Self, StartError> {
        let made = tempfile::Builder::new().prefix("petstore-").tempdir();
        let temporary = made.map_err(|error| unwritable(&std::env::temp_dir(), &error))?;
        let mut state = Self::open(temporary.path())?;
        state._temporary = Some(temporary);
        Ok(state)
    }

    fn locked(path: &Path) -> Result<Self, StartError> {
        let fail = |error: std::io::Error| unwritable(path, &error);
        private_file::folder(path).map_err(fail)?;
        let lock = File::create(path.join("lock")).map_err(fail)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StartError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(fail(error)),
        }
        Ok(Self { path: path.to_owned(), _lock: lock, _temporary: None })
    }

    fn check_format(&self) -> Result<(), StartError> {
        let file = self.path.join("format");
        let Some(text) = self.read(&file)? else {
            // The key and the database inside are nothing to commit, wherever the folder is.
            self.write(".gitignore", "*\n")?;
            return self.write("format", &format!("{FORMAT}\n"));
        };
        match text.trim().parse::<u32>() {
            Ok(FORMAT) => Ok(()),
            Ok(found) if found > FORMAT => {
                Err(StartError::NewerState { folder: self.path.clone(), found, known: FORMAT })
            }
            _ => Err(StartError::Damaged { file, reason: "it holds no format number".to_owned() }),
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tables' SQLite file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.path.join("dynamodb.sqlite")
    }

    /// The folder of the buckets.
    #[must_use]
    pub fn buckets(&self) -> PathBuf {
        self.path.join("s3")
    }

    /// How far `function` has read the stream.
    #[must_use]
    pub fn checkpoint(&self, function: &str) -> PathBuf {
        self.path.join(format!("stream-checkpoint-{function}"))
    }

    /// The master key as the text for `MASTER_KEY`: 32 random bytes in base64, made at the first start.
    ///
    /// # Errors
    /// [`StartError::Damaged`] when the file is no key, or is missing beside tables that were sealed with it.
    pub fn master_key(&self) -> Result<String, StartError> {
        let file = self.path.join("key");
        let damaged = |reason: &str| StartError::Damaged { file: file.clone(), reason: reason.to_owned() };
        if let Some(text) = self.read(&file)? {
            let key = text.trim();
            let long_enough = STANDARD.decode(key).is_ok_and(|bytes| bytes.len() >= KEY_BYTES);
            return if long_enough { Ok(key.to_owned()) } else { Err(damaged("it holds no key")) };
        }
        if self.database().exists() {
            return Err(damaged("it is missing, and what the tables hold was sealed with it"));
        }
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| StartError::Step { what: "make a key", reason: error.to_string() })?;
        let key = STANDARD.encode(bytes);
        self.write("key", &format!("{key}\n"))?;
        Ok(key)
    }

    /// Writes a token for its owner's eyes (mode 0600) to `name` and answers the file's path.
    ///
    /// # Errors
    /// [`StartError::Folder`] when it cannot be written.
    pub fn write_token(&self, name: &str, token: &str) -> Result<PathBuf, StartError> {
        self.write(name, &format!("{token}\n"))?;
        Ok(self.path.join(name))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), StartError> {
        private_file::write(&self.path.join(name), text).map_err(|error| unwritable(&self.path, &error))
    }

    fn read(&self, file: &Path) -> Result<Option<String>, StartError> {
        match std::fs::read(file) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unwritable(&self.path, &error)),
        }
    }
}

fn unwritable(folder: &Path, error: &std::io::Error) -> StartError {
    StartError::Folder { folder: folder.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(path: &Path) -> String {
        let error = StateFolder::open(path).and_then(|state| state.master_key()).unwrap_err().to_string();
        assert_eq!(error.lines().count(), 1, "{error}");
        error
    }

    #[test]
    fn the_key_is_made_once_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/state");
        let state = StateFolder::open(&path).unwrap();
        let key = state.master_key().unwrap();
        assert_eq!(STANDARD.decode(&key).unwrap().len(), 32);
        state.write_token("token", "secret").unwrap();
        drop(state);
        assert_eq!(StateFolder::open(&path).unwrap().master_key().unwrap(), key);
        #[cfg(unix)]
        for (name, mode) in [("key", 0o600), ("token", 0o600), (".", 0o700)] {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(path.join(name).metadata().unwrap().permissions().mode() & 0o777, mode, "{name}");
        }
    }

    #[test]
    fn a_second_process_is_kept_out_until_the_first_ends() {
        let folder = tempfile::tempdir().unwrap();
        let first = StateFolder::open(folder.path()).unwrap();
        assert!(error(folder.path()).contains("is in use by another petstore"));
        drop(first);
        StateFolder::open(folder.path()).unwrap();
    }

    #[test]
    fn newer_and_damaged_folders_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        drop(StateFolder::open(folder.path()).unwrap());
        std::fs::write(folder.path().join("format"), "2\n").unwrap();
        assert!(error(folder.path()).contains("has format 2, newer than 1"));
        std::fs::write(folder.path().join("format"), "?").unwrap();
        assert!(error(folder.path()).contains("format is damaged"));
    }

    #[test]
    fn a_key_that_is_damaged_or_gone_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        drop(StateFolder::open(folder.path()).unwrap());
        std::fs::write(folder.path().join("key"), "c2hvcnQ=").unwrap();
        assert!(error(folder.path()).contains("key is damaged: it holds no key"));
        std::fs::remove_file(folder.path().join("key")).unwrap();
        std::fs::write(folder.path().join("dynamodb.sqlite"), "").unwrap();
        assert!(error(folder.path()).contains("key is damaged: it is missing"));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = error(&file.join("state"));
        assert!(error.starts_with("cannot write the state folder") && error.contains("--state"), "{error}");
    }

    #[test]
    fn a_temporary_folder_goes_with_its_owner() {
        let state = StateFolder::temporary().unwrap();
        let path = state.path().to_owned();
        state.master_key().unwrap();
        drop(state);
        assert!(!path.exists());
    }
}
