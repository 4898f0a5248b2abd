//! The tokens that the local stack mints: staff of the shared pool and of the demo tenant.

use domain::caller::Permissions;
use domain::id::UserId;
use domain::{Result, Scope};
use platform::clock;
use web::token::{Grant, mint};

use crate::error::StartError;
use crate::functions;
use crate::seed::{self, DEMO_TENANT};
use crate::stack::Local;

/// How long a minted token is good, in seconds.
const LIFETIME_SECS: i64 = 24 * 3_600;

/// The staff tokens of both pools.
#[derive(Clone)]
pub struct Tokens {
    /// Of the shared pool.
    pub shared: String,
    /// Of the demo tenant.
    pub tenant: String,
}

impl Local {
    /// A token for `user` of `scope` with every scope that the user has.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn token(&self, scope: Scope, user: UserId) -> Result<String> {
        let keys = functions::keys(self.wiring()).map_err(|error| domain::Error::internal("keys", error))?;
        let grant = Grant {
            user,
            scope,
            permissions: Permissions::all(),
            id: clock::fresh_id(),
            issued_at: clock::now(),
            lifetime_secs: LIFETIME_SECS,
            session: None,
        };
        mint(&keys, self.base_url(), &grant)
    }

    /// Mints the staff tokens and writes them to the state folder, readable by its owner alone.
    ///
    /// # Errors
    /// [`StartError`] when they cannot be made or written.
    pub fn staff_tokens(&self) -> std::result::Result<Tokens, StartError> {
        let token = |scope| {
            let token = self.token(scope, seed::staff_of(scope));
            token.map_err(|error| StartError::step("mint a token", &error))
        };
        let tokens = Tokens { shared: token(Scope::Shared)?, tenant: token(DEMO_TENANT)? };
        self.state().write_token("token", &tokens.shared)?;
        self.state().write_token("tenant-token", &tokens.tenant)?;
        Ok(tokens)
    }
}
