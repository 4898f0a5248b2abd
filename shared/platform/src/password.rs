//! Passwords: argon2id (RFC 9106), off the async threads, never more at once than the memory is meant for.
//!
//! One hash takes 19 MiB and two passes (OWASP's first choice for argon2id), some 20 ms of a core. What is kept is a PHC
//! string, which names its own costs: hashes of today can be checked after the costs are raised.

use std::sync::{Arc, OnceLock};

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::user::PasswordHash;
use domain::{Error, Result};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::clock;

/// KiB that a hash fills.
const MEMORY_KIB: u32 = 19 * 1_024;
/// Times that it does.
const PASSES: u32 = 2;
/// Lanes that may be filled side by side.
const LANES: u32 = 1;
/// Hashes that a process computes at once; others wait.
const AT_ONCE: usize = 2;
/// Random bytes that make equal passwords differ.
const SALT_BYTES: usize = 16;

/// Hashes `password`.
///
/// # Errors
/// When no thread can be had.
pub async fn hash(password: Zeroizing<String>) -> Result<PasswordHash> {
    let phc = on_a_thread(move || {
        let hashed = argon2()?.hash_password_with_salt(password.as_bytes(), &clock::random::<SALT_BYTES>());
        hashed.map(|hash| hash.to_string()).map_err(|error| Error::internal("hash a password", error))
    });
    phc.await.map(PasswordHash::new)
}

/// Whether `password` is the one behind `hash`. Without a hash it takes as long and is not.
///
/// # Errors
/// When no thread can be had.
pub async fn verify(password: Zeroizing<String>, hash: Option<PasswordHash>) -> Result<bool> {
    on_a_thread(move || {
        let argon2 = argon2()?;
        fits(hash.as_ref(), |phc| argon2.verify_password(password.as_bytes(), phc).is_ok())
    })
    .await
}

/// What `check` says of the hash; where there is none, it has the decoy to work on and nothing to say.
fn fits(hash: Option<&PasswordHash>, check: impl FnOnce(&str) -> bool) -> Result<bool> {
    let decoy = decoy()?;
    let is_right = check(hash.map_or(decoy, PasswordHash::expose));
    Ok(is_right && hash.is_some())
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    static PLACES: OnceLock<Arc<Semaphore>> = OnceLock::new();
    let places = PLACES.get_or_init(|| Arc::new(Semaphore::new(AT_ONCE))).clone();
    let place = places.acquire_owned().await.map_err(|error| Error::internal("hash a password", error))?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    });
    done.await.map_err(|error| Error::internal("hash a password", error))?
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None);
    let params = params.map_err(|error| Error::internal("set argon2 up", error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash of a password that nobody knows, for those who name nobody.
fn decoy() -> Result<&'static str> {
    static DECOY: OnceLock<String> = OnceLock::new();
    if let Some(decoy) = DECOY.get() {
        return Ok(decoy);
    }
    let hashed = argon2()?.hash_password_with_salt(&clock::random::<32>(), &clock::random::<SALT_BYTES>());
    let phc = hashed.map_err(|error| Error::internal("hash a password", error))?.to_string();
    Ok(DECOY.get_or_init(|| phc))
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::{fits, hash, verify};

    fn password(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[tokio::test]
    async fn the_right_password_alone_fits() {
        let hashed = hash(password("SecurePass123!")).await.unwrap();
        assert!(hashed.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hashed.expose());
        assert!(verify(password("SecurePass123!"), Some(hashed.clone())).await.unwrap());
        assert!(!verify(password("SecurePass123"), Some(hashed)).await.unwrap());
        assert!(!verify(password("SecurePass123!"), None).await.unwrap());
    }

    #[tokio::test]
    async fn whoever_names_nobody_is_refused_after_the_same_work() {
        let costs = |phc: &str| phc.rsplitn(3, '$').last().unwrap().to_owned();
        let hashed = hash(password("SecurePass123!")).await.unwrap();
        let mut worked_on = Vec::new();
        for hash in [Some(&hashed), None] {
            let is_right = fits(hash, |phc| {
                worked_on.push(costs(phc));
                true
            });
            assert_eq!(is_right.unwrap(), hash.is_some());
        }
        assert_eq!(worked_on, [costs(hashed.expose()), costs(hashed.expose())]);
        assert_eq!(costs(hashed.expose()), "$argon2id$v=19$m=19456,t=2,p=1");
    }

    #[tokio::test]
    async fn equal_passwords_have_different_hashes() {
        let hashes = [
            hash(password("SecurePass123!")).await.unwrap(),
            hash(password("SecurePass123!")).await.unwrap(),
        ];
        assert_ne!(hashes[0], hashes[1]);
        assert_eq!(format!("{:?}", hashes[0]), "PasswordHash");
    }
}
