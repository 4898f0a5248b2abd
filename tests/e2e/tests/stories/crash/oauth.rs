//! A process dies while a user agrees, or while a program gets its tokens. What was not done is done by repeating it; what
//! was done and not answered looks like theft when it is repeated, so nobody has tokens from it, and the user agrees anew.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use bytes::Bytes;
use e2e::{Petstore, Reply};
use http::{Method, StatusCode};
use local::client::Client;
use local::seed::DEMO_TENANT;
use platform::clock;
use serde_json::json;

use crate::crash::chain::FLAGS;
use crate::crash::{ROOM, points};

const SIGABRT: i32 = 6;
const FORM: &str = "application/x-www-form-urlencoded";
const REDIRECT: &str = "http%3A%2F%2F127.0.0.1%3A51004%2Fcallback";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// What may not be repeated once it was done.
const ONCE: [&str; 4] =
    ["redeem.after_commit", "refresh.after_commit", "poll.after_commit", "device_answer.after_commit"];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_dies_with_a_code_or_token_in_hand_leaves_nobody_with_two() {
    let _room = ROOM.acquire().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (point, _) in points::OAUTH {
        println!("{point}");
        let unanswered = die_at(point, folder.path()).await;
        let petstore = Petstore::start(folder.path(), &FLAGS, &[]).await.unwrap();
        let reply = unanswered.send(&petstore.guest()).await.unwrap();
        let told = String::from_utf8_lossy(&reply.body).into_owned();
        assert_eq!(reply.status == StatusCode::BAD_REQUEST, ONCE.contains(point), "{point}: {told}");
        assert!(!ONCE.contains(point) || !told.contains("access_token"), "{point}: {told}");
        let mut teller = Teller::new(&petstore, folder.path());
        assert_eq!(teller.tell().await, Some(()), "{point}: {:?}", teller.asked);
        petstore.kill().await;
    }
}

/// The request during which the process died.
async fn die_at(point: &str, state: &Path) -> Ask {
    let mut petstore = Petstore::start(state, &FLAGS, &[("PETSTORE_FAULT", point)]).await.unwrap();
    let mut teller = Teller::new(&petstore, state);
    assert_eq!(teller.tell().await, None, "{point} was not passed");
    let ended = petstore.ended(point).await;
    assert_eq!(ended.signal(), Some(SIGABRT), "{point}: {ended}");
    teller.asked.unwrap()
}

/// A request that may be repeated.
#[derive(Clone, Debug)]
struct Ask {
    method: Method,
    path: String,
    body: String,
    headers: Vec<(&'static str, String)>,
}

impl Ask {
    async fn send(&self, api: &Client) -> Option<Reply> {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        api.send(self.method.clone(), &self.path, Bytes::from(self.body.clone()), &headers).await.ok()
    }
}

/// Somebody with a browser, a program and a device.
struct Teller {
    guest: Client,
    owner: String,
    cookie: String,
    asked: Option<Ask>,
}

impl Teller {
    fn new(petstore: &Petstore, state: &Path) -> Self {
        let owner = std::fs::read_to_string(state.join("tenant-token")).unwrap();
        Self { guest: petstore.guest(), owner: owner.trim().to_owned(), cookie: String::new(), asked: None }
    }

    /// The whole story; `None` when the process died meanwhile.
    async fn tell(&mut self) -> Option<()> {
        let (client, user) = (self.register().await?, self.sign_up().await?);
        let link = format!(
            "/authorize?response_type=code&client_id={client}&redirect_uri={REDIRECT}&scope=read:orders\
             &code_challenge={CHALLENGE}&code_challenge_method=S256"
        );
        let page = self.open(&link).await?;
        let page =
            self.answer(&page, &format!("action=sign-in&username={user}&password=SecurePass123!")).await?;
        let back = self.answer(&page, "action=allow").await?;
        let code = between(back.header("location"), "code=", "&");
        let redeem = format!(
            "grant_type=authorization_code&redirect_uri={REDIRECT}&code={code}&code_verifier={VERIFIER}"
        );
        let token = self.token(&client, &redeem).await?;
        self.token(&client, &format!("grant_type=refresh_token&refresh_token={token}")).await?;

        let device = self.form("/device/authorize", format!("client_id={client}")).await?.json();
        let page = self.open("/device").await?;
        let page =
            self.answer(&page, &format!("user_code={}", device["user_code"].as_str().unwrap())).await?;
        self.answer(&page, "action=allow").await?;
        let code = device["device_code"].as_str().unwrap();
        self.token(&client, &format!("grant_type={DEVICE_GRANT}&device_code={code}")).await.map(drop)
    }

    async fn register(&mut self) -> Option<String> {
        let body = json!({"name": "Planner", "redirectUris": ["http://127.0.0.1/callback"]}).to_string();
        let headers = vec![
            ("authorization", format!("Bearer {}", self.owner)),
            ("idempotency-key", clock::fresh_id().to_string()),
        ];
        let ask = Ask { method: Method::POST, path: "/v1/oauth/clients".to_owned(), body, headers };
        let client = self.ask(ask).await?.json();
        Some(client["clientId"].as_str().unwrap().to_owned())
    }

    async fn sign_up(&mut self) -> Option<String> {
        let name = format!("user-{}", clock::fresh_id());
        let body = json!({"username": name, "email": format!("{name}@example.com"), "firstName": "Ada",
                          "lastName": "Lovelace", "password": "SecurePass123!"});
        let headers = vec![("x-tenant-id", DEMO_TENANT.to_string())];
        let ask = Ask { method: Method::POST, path: "/v1/users".to_owned(), body: body.to_string(), headers };
        self.ask(ask).await.map(|_| name)
    }

    /// The refresh token that comes of it.
    async fn token(&mut self, client: &str, fields: &str) -> Option<String> {
        let tokens = self.form("/token", format!("client_id={client}&{fields}")).await?.json();
        Some(tokens["refresh_token"].as_str().unwrap().to_owned())
    }

    async fn open(&mut self, path: &str) -> Option<Reply> {
        let headers = vec![("cookie", self.cookie.clone())];
        self.ask(Ask { method: Method::GET, path: path.to_owned(), body: String::new(), headers }).await
    }

    async fn answer(&mut self, page: &Reply, fields: &str) -> Option<Reply> {
        let html = String::from_utf8_lossy(&page.body).into_owned();
        let ticket = between(&html, "name=\"ticket\" value=\"", "\"");
        let path = between(&html, "method=\"post\" action=\"", "\"");
        self.form(&path, format!("ticket={ticket}&{fields}")).await
    }

    async fn form(&mut self, path: &str, body: String) -> Option<Reply> {
        let headers = vec![("content-type", FORM.to_owned()), ("cookie", self.cookie.clone())];
        self.ask(Ask { method: Method::POST, path: path.to_owned(), body, headers }).await
    }

    async fn ask(&mut self, ask: Ask) -> Option<Reply> {
        self.asked = Some(ask.clone());
        let reply = ask.send(&self.guest).await?;
        let told = String::from_utf8_lossy(&reply.body);
        assert!(reply.status.is_success() || reply.status == StatusCode::SEE_OTHER, "{ask:?}: {told}");
        if let Some(cookie) = reply.headers.get("set-cookie") {
            self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        Some(reply)
    }
}

fn between(html: &str, before: &str, after: &str) -> String {
    let (_, rest) = html.split_once(before).unwrap_or_else(|| panic!("no {before} in {html}"));
    rest.split(after).next().unwrap().to_owned()
}
