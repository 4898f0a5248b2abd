//! Our pages: what browsers are told, and forms that were not ours.

use bytes::Bytes;
use e2e::World;
use http::Method;
use local::options::Options;
use local::seed::DEMO_TENANT;

use super::browser::{between, parameter, text};
use super::devices::{poll, type_code, wait};
use super::program::{granted, refused};
use super::{Browser, PASSWORD, Program, USER, join, tenant_program};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_frame_them_script_them_or_read_where_they_came_from() {
    let (world, program) = tenant_program().await;
    let mut browser = Browser::new(&world);
    let sign_in = browser.open(&program.link("read:orders")).await;
    let consent = browser.sign_in(&sign_in).await;
    let lapsed = browser.post("/authorize", &[("ticket", "x"), ("action", "allow")]).await;
    let device = browser.open("/device").await;
    for (page, leads_away) in [(sign_in, false), (consent, true), (lapsed, false), (device, false)] {
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        // A client may send the browser on to a site that we do not know.
        assert_eq!(policy.contains("form-action 'self'"), !leads_away, "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"));
        assert_eq!((page.header("x-frame-options"), page.header("cache-control")), ("DENY", "no-store"));
        assert_eq!(
            (page.header("referrer-policy"), page.header("x-content-type-options")),
            ("same-origin", "nosniff")
        );
        for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
            assert_eq!(page.header(name), "same-origin");
        }
        assert_eq!(page.header("access-control-allow-origin"), "", "no script of another site reads it");
        let html = text(&page);
        assert!(html.contains("<html lang=\"en\">") && html.contains("<h1>") && !html.contains("<script"));
        for label in html.split("<label for=\"").skip(1) {
            let id = label.split('"').next().unwrap();
            assert!(html.contains(&format!("id=\"{id}\"")));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_method_of_theirs_is_for_scripts_of_other_sites() {
    let world = World::bare().await;
    for path in ["/authorize", "/device"] {
        for method in [Method::OPTIONS, Method::PUT, Method::GET] {
            let reply = world.guest().0.send(method.clone(), path, Bytes::new(), &[]).await.unwrap();
            assert_eq!(reply.header("access-control-allow-origin"), "", "{method} {path}");
        }
    }
    let token = world.guest().0.send(Method::OPTIONS, "/token", Bytes::new(), &[]).await.unwrap();
    assert_eq!(token.header("access-control-allow-origin"), "*", "programs in browsers are clients too");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_for_this_site_and_no_script() {
    let (world, program) = tenant_program().await;
    let page = Browser::new(&world).open(&program.link("read:orders")).await;
    let cookie = page.header("set-cookie").to_owned();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_good_in_its_own_browser_alone() {
    let (world, program) = tenant_program().await;
    let (mut mine, mut other) = (Browser::new(&world), Browser::new(&world));
    let page = mine.open(&program.link("write:orders")).await;
    let page = mine.sign_in(&page).await;
    let ticket = between(&text(&page), "name=\"ticket\" value=\"", "\"");
    let theirs = other.open(&program.link("write:orders")).await;
    other.sign_in(&theirs).await;
    let fields = [("ticket", ticket.as_str()), ("action", "allow")];
    // Another site sends the form without the cookie; somebody else with theirs; or without a good ticket.
    for reply in [
        Browser::new(&world).post("/authorize", &fields).await,
        other.post("/authorize", &fields).await,
        mine.post("/authorize", &[("action", "allow")]).await,
        mine.post("/authorize", &[("ticket", &format!("{ticket}A")), ("action", "allow")]).await,
        mine.post("/authorize", &[("ticket", &ticket), ("action", "surprise")]).await,
    ] {
        assert_eq!((reply.status.as_u16(), reply.header("location")), (400, ""));
    }
    let back = mine.post("/authorize", &fields).await;
    assert_ne!(parameter(&back, "code"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_about_a_device_is_good_in_its_own_browser_alone() {
    let (world, program) = tenant_program().await;
    let (mut mine, mut other) = (Browser::new(&world), Browser::new(&world));
    let device = wait(&program, "read:pets").await;
    let page = mine.open("/device").await;
    let typed = between(&text(&page), "name=\"ticket\" value=\"", "\"");
    let theirs = other.open(&program.link("write:orders")).await;
    other.sign_in(&theirs).await;
    let code = [("ticket", typed.as_str()), ("user_code", device["user_code"].as_str().unwrap())];
    for browser in [&mut Browser::new(&world), &mut other] {
        assert_eq!(browser.post("/device", &code).await.status, 400);
    }
    let page = type_code(&mut mine, &device).await;
    let ticket = between(&text(&page), "name=\"ticket\" value=\"", "\"");
    let allow = [("ticket", ticket.as_str()), ("action", "allow")];
    for browser in [&mut Browser::new(&world), &mut other] {
        assert_eq!(browser.post("/device", &allow).await.status, 400);
    }
    assert_eq!(refused(&poll(&program, &device).await), "authorization_pending");
    assert_eq!(mine.post("/device", &allow).await.status, 200);
    granted(&poll(&program, &device).await);
}

/// Whoever plants a session in somebody's browser does not share what they sign in to.
#[tokio::test(flavor = "multi_thread")]
async fn signing_in_changes_the_session() {
    let (world, program) = tenant_program().await;
    let mut browser = Browser::new(&world);
    let page = browser.open(&program.link("read:orders")).await;
    let (planted, ticket) = (browser.cookie(), between(&text(&page), "name=\"ticket\" value=\"", "\""));
    browser.sign_in(&page).await;
    assert_ne!(browser.cookie(), planted);
    // What was sealed for the old session is nothing to the new one, though its time is not over.
    let fields =
        [("ticket", ticket.as_str()), ("action", "sign-in"), ("username", USER), ("password", PASSWORD)];
    let stale = browser.post("/authorize", &fields).await;
    assert_eq!(stale.status, 400, "{}", text(&stale));
    let headers = [("cookie", planted.as_str())];
    let again = world
        .guest()
        .call(http::Method::GET, &program.link("read:orders"), &serde_json::Value::Null, &headers)
        .await;
    assert!(text(&again).contains("name=\"password\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_and_too_many_are_slowed_down() {
    let options = Options { no_seed: true, rate_limit: Some(100_000), ..Options::ephemeral() };
    let world = World::with(options).await;
    join(&world, DEMO_TENANT).await;
    let (program, mut browser) = (Program::of(&world, DEMO_TENANT), Browser::new(&world));
    let mut page = browser.open(&program.link("read:orders")).await;
    for nth in 0.. {
        assert!(nth < 60, "nobody is refused");
        let fields = [("action", "sign-in"), ("username", "mallory"), ("password", "not the password")];
        page = browser.send(&page, &fields).await;
        if page.status == 429 {
            assert!(nth >= 20, "refused after {nth}");
            break;
        }
        assert_eq!(page.status, 422);
        let html = text(&page);
        assert!(html.contains("<title>Error: ") && html.contains("aria-describedby=\"wrong\""));
        assert!(
            html.contains("role=\"alert\"")
                && html.contains("aria-invalid=\"true\"")
                && !html.contains("mallory")
        );
    }
    assert!(text(&page).contains("role=\"alert\"") && !page.header("retry-after").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_another_pool_does_not_get_in() {
    let (world, _) = tenant_program().await;
    let (program, mut browser) = (Program::of(&world, domain::Scope::Shared), Browser::new(&world));
    let page = browser.open(&program.link("read:orders")).await;
    let page =
        browser.send(&page, &[("action", "sign-in"), ("username", USER), ("password", PASSWORD)]).await;
    assert_eq!(page.status, 422);
}
