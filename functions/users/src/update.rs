//! `PUT /v1/users/{id}`: a user changes the members sent. A new password needs the old one, and voids every token.

use domain::user::{Account, PasswordHash};
use domain::{Error, Result};
use platform::{clock, password};
use store::Commit;
use web::{Answer, Guess, Request};

use crate::body::NewPassword;
use crate::register::taken;
use crate::view::UserView;
use crate::{App, UserBody, load_own};

pub(crate) async fn update(app: &App, request: &Request) -> Result<Answer> {
    let account = load_own(app, request).await?;
    let change = request.json(|body: UserBody| body.into_change(&account.profile))?;
    request.if_match(account.version)?;
    if !change.profile.has_names_of(&account.profile) {
        request.count_name().await?;
    }
    let hash = match change.password {
        Some(password) => Some(exchange(request, &account, password).await?),
        None => None,
    };
    let changed = store::until_committed(async || {
        let before = load_own(app, request).await?;
        request.if_match(before.version)?;
        let profile = request.json(|body: UserBody| body.into_change(&before.profile))?.profile;
        if hash.is_some() && before.password != account.password {
            return Err(Error::conflict("user_password_changed", "The password was just changed."));
        }
        // The time of the commit: whoever signed in while the passwords were hashed did so with the old one.
        let after = before.clone().with_profile(profile, hash.clone(), clock::now());
        let commit = app.store.transaction().replace_user(&before, &after).commit().await?;
        taken(&commit)?;
        Ok((commit == Commit::Done).then_some(after))
    })
    .await?;
    app.edge.user_changed(&changed, request.now);
    Ok(Answer::ok(UserView::of(&changed)).version(changed.version))
}

/// The new password's hash, if the current one is right.
async fn exchange(request: &Request, account: &Account, password: NewPassword) -> Result<PasswordHash> {
    let guess = Guess::admit(request, &account.profile.username.folded()).await?;
    if !password::verify(password.current, account.password.clone()).await? {
        guess.wrong().await;
        return Err(Error::invalid("currentPassword", "wrong_password", "Is not the current password."));
    }
    guess.right().await;
    password::hash(password.new).await
}
