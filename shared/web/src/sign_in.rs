//! A username and a password, held against each other: for tokens and for the sign-in page alike.

use domain::user::{Account, Username};
use domain::{Error, Result};
use platform::password;
use zeroize::Zeroizing;

use crate::limit::Guess;
use crate::request::Request;

/// The user of that name in the request's pool, if the password is theirs. Whoever does not exist is refused in the same
/// words, after the same work.
///
/// # Errors
/// [`Error::Unauthenticated`] when they do not fit, [`Error::TooMany`] after too many guesses.
pub async fn sign_in(request: &Request, username: &str, password: Zeroizing<String>) -> Result<Account> {
    let guess = Guess::admit(request, &username.to_ascii_lowercase()).await?;
    let account = match Username::parse(username) {
        Some(name) => request.edge().store().user_named(request.caller.scope, &name).await?,
        None => None,
    };
    let hash = account.as_ref().and_then(|account| account.password.clone());
    let is_right = password::verify(password, hash).await?;
    match account.filter(|_| is_right) {
        Some(account) => {
            guess.right().await;
            Ok(account)
        }
        None => {
            guess.wrong().await;
            Err(Error::Unauthenticated("wrong username or password"))
        }
    }
}
