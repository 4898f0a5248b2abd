//! A client of OAuth: a program on the user's machine.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Scope;
use domain::oauth::{ClientRef, FIRST_PARTY};
use e2e::{Api, Reply, World};
use http::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Browser;
use super::browser::{FORM, encoded, form, parameter};

/// What the program keeps to itself until it redeems its code.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// What it sends along, to know its own answer by.
pub(crate) const STATE: &str = "af0 ifj/sldkj";

/// A program with a client.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) client_id: String,
    pub(crate) redirect: String,
    pub(crate) api: Api,
}

impl Program {
    /// One with the client that the pool begins with.
    pub(crate) fn of(world: &World, scope: Scope) -> Self {
        let client_id = ClientRef { scope, id: FIRST_PARTY }.to_string();
        Self { client_id, redirect: "http://127.0.0.1:51004/callback".to_owned(), api: world.guest() }
    }

    /// One with a registered client.
    pub(crate) fn registered(world: &World, client: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            client_id: text(&client["clientId"]),
            redirect: text(&client["redirectUris"][0]),
            api: world.guest(),
        }
    }

    /// Where it sends the browser.
    pub(crate) fn link(&self, scope: &str) -> String {
        let challenge = challenge(VERIFIER);
        self.link_with(&[("code_challenge", &challenge), ("code_challenge_method", "S256"), ("scope", scope)])
    }

    /// Where it sends the browser, with these parameters beside client, redirect URI, type and state.
    pub(crate) fn link_with(&self, more: &[(&str, &str)]) -> String {
        let own = [
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", &self.redirect),
            ("response_type", "code"),
            ("state", STATE),
        ];
        let pairs: Vec<_> =
            own.iter().chain(more).map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        format!("/authorize?{}", pairs.join("&"))
    }

    /// The user signs in and agrees; the program's code.
    pub(crate) async fn code(&self, browser: &mut Browser, scope: &str) -> String {
        let page = browser.open(&self.link(scope)).await;
        assert_eq!(page.status, 200);
        let is_signed_in = !super::browser::text(&page).contains("name=\"password\"");
        let page = if is_signed_in { page } else { browser.sign_in(&page).await };
        let back = browser.send(&page, &[("action", "allow")]).await;
        assert_eq!(back.status, 303, "{}", super::browser::text(&back));
        parameter(&back, "code")
    }

    /// Exchanges a code.
    pub(crate) async fn redeem(&self, code: &str) -> Reply {
        self.redeem_with(code, &self.redirect, VERIFIER).await
    }

    /// Exchanges a code with this redirect URI and verifier.
    pub(crate) async fn redeem_with(&self, code: &str, redirect: &str, verifier: &str) -> Reply {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ])
        .await
    }

    /// Exchanges a refresh token.
    pub(crate) async fn refresh(&self, tokens: &Value) -> Reply {
        let token = tokens["refresh_token"].as_str().unwrap();
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Asks `/token` with these fields and its own `client_id`.
    pub(crate) async fn token(&self, fields: &[(&str, &str)]) -> Reply {
        self.post("/token", fields).await
    }

    /// Asks `path` with these fields and its own `client_id`.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let fields = [&[("client_id", self.client_id.as_str())], fields].concat();
        self.api.send(Method::POST, path, form(&fields), &[FORM]).await
    }

    /// Its tokens, once a user agreed.
    pub(crate) async fn tokens(&self, world: &World, scope: &str) -> Value {
        let code = self.code(&mut Browser::new(world), scope).await;
        granted(&self.redeem(&code).await)
    }
}

/// The challenge of a verifier.
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// The tokens of an answer.
pub(crate) fn granted(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()
}

/// The refusal of an answer.
pub(crate) fn refused(reply: &Reply) -> String {
    assert_eq!(reply.status, 400, "{}", reply.json());
    reply.json()["error"].as_str().unwrap().to_owned()
}

/// A caller with the access token of `tokens`.
pub(crate) fn holder(world: &World, tokens: &Value) -> Api {
    Api(world.guest().0.with_token(tokens["access_token"].as_str().unwrap()))
}
