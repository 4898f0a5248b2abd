//! A user agrees in a browser and for a device, a program refreshes, revokes, and is refused: with passwords, codes,
//! verifiers and tokens that nobody else must learn.

use bytes::Bytes;
use domain::Scope;
use domain::oauth::{ClientRef, FIRST_PARTY};
use e2e::Reply;
use http::Method;
use local::client::Client;
use serde_json::{Value, json};

/// The user's password, and the program's verifier with its challenge (RFC 7636 appendix B).
const PASSWORD: &str = "Password-7c31e0a94bd2";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http%3A%2F%2F127.0.0.1%3A51004%2Fcallback";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Everything secret of the story.
pub(crate) async fn tell(guest: &Client) -> Vec<String> {
    let body = json!({"username": "ada", "email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace",
                      "password": PASSWORD});
    assert_eq!(guest.post("/v1/users", &body).await.unwrap().status, 201);
    let client = ClientRef { scope: Scope::Shared, id: FIRST_PARTY }.to_string();
    let mut secrets = vec![PASSWORD.to_owned(), VERIFIER.to_owned()];
    let link = format!(
        "/authorize?response_type=code&client_id={client}&redirect_uri={REDIRECT}&scope=read:orders\
         &code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    let mut browser = Browser { guest: guest.clone(), cookie: String::new() };
    let page = browser.open(&link).await;
    let wrong = browser.send(&page, &format!("action=sign-in&username=ada&password={PASSWORD}-wrong")).await;
    let page = browser.send(&wrong, &format!("action=sign-in&username=ada&password={PASSWORD}")).await;
    secrets.push(ticket(&page));
    let back = browser.send(&page, "action=allow").await;
    let code = between(back.header("location"), "code=", "&");
    let redeem = format!(
        "grant_type=authorization_code&client_id={client}&redirect_uri={REDIRECT}&code={code}\
         &code_verifier={VERIFIER}"
    );
    let tokens = post(guest, "/token", &redeem).await;
    secrets.extend([code, text(&tokens, "access_token"), text(&tokens, "refresh_token")]);
    let refresh = format!(
        "grant_type=refresh_token&client_id={client}&refresh_token={}",
        text(&tokens, "refresh_token")
    );
    let next = post(guest, "/token", &refresh).await;
    secrets.extend([text(&next, "access_token"), text(&next, "refresh_token")]);

    let device = post(guest, "/device/authorize", &format!("client_id={client}&scope=read:pets")).await;
    let page = browser.open(&format!("/device?user_code={}", text(&device, "user_code"))).await;
    let page = browser.send(&page, &format!("user_code={}", text(&device, "user_code"))).await;
    browser.send(&page, "action=allow").await;
    let poll =
        format!("grant_type={DEVICE_GRANT}&client_id={client}&device_code={}", text(&device, "device_code"));
    let tokens = post(guest, "/token", &poll).await;
    secrets.extend(["device_code", "user_code"].map(|name| text(&device, name)));
    secrets.push(text(&tokens, "refresh_token"));
    secrets.push(browser.cookie.clone());
    // What is refused, and what voids everything.
    for (path, body) in [
        ("/token", redeem),
        ("/token", refresh),
        ("/token", poll),
        ("/revoke", format!("client_id={client}&token={}", text(&tokens, "refresh_token"))),
    ] {
        post(guest, path, &body).await;
    }
    assert!(secrets.iter().all(|secret| secret.len() > 8), "{secrets:?}");
    secrets
}

struct Browser {
    guest: Client,
    cookie: String,
}

impl Browser {
    async fn open(&mut self, path: &str) -> Reply {
        let headers = [("cookie", self.cookie.as_str())];
        let reply = self.guest.call(Method::GET, path, &Value::Null, &headers).await.unwrap();
        self.keep(reply)
    }

    async fn send(&mut self, page: &Reply, fields: &str) -> Reply {
        let html = String::from_utf8_lossy(&page.body);
        let path = between(&html, "method=\"post\" action=\"", "\"");
        let body = format!("ticket={}&{fields}", ticket(page));
        let headers = [("content-type", FORM), ("cookie", self.cookie.as_str())];
        let reply = self.guest.send(Method::POST, &path, Bytes::from(body), &headers).await.unwrap();
        self.keep(reply)
    }

    fn keep(&mut self, reply: Reply) -> Reply {
        if let Some(cookie) = reply.headers.get("set-cookie") {
            self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        reply
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(guest: &Client, path: &str, body: &str) -> Value {
    let body = Bytes::from(body.to_owned());
    guest.send(Method::POST, path, body, &[("content-type", FORM)]).await.unwrap().json()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

fn ticket(page: &Reply) -> String {
    between(&String::from_utf8_lossy(&page.body), "name=\"ticket\" value=\"", "\"")
}

fn between(html: &str, before: &str, after: &str) -> String {
    let (_, rest) = html.split_once(before).unwrap_or_else(|| panic!("no {before} in {html}"));
    rest.split(after).next().unwrap().to_owned()
}
