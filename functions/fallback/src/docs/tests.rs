use std::io::Read;

use http::Method;
use lambda_http::{Body, Request, Response};

use super::answer;

const SERVER: &str = "https://api.example.com";

fn ask(method: Method, path: &str, headers: &[(&str, &str)]) -> Option<Response<Body>> {
    let builder =
        headers.iter().fold(http::Request::builder().method(method).uri(path), |builder, (name, value)| {
            builder.header(*name, *value)
        });
    let request: Request = builder.body(Body::Empty).unwrap();
    answer(&request, SERVER)
}

fn get(path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    ask(Method::GET, path, headers).unwrap()
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[test]
fn the_front_door_leads_to_the_first_page() {
    for path in ["/", "/docs"] {
        let moved = get(path, &[]);
        assert_eq!((moved.status().as_u16(), header(&moved, "location")), (308, Some("/docs/")), "{path}");
    }
    let page = get("/docs/", &[]);
    assert_eq!(header(&page, "content-type"), Some("text/html; charset=utf-8"));
    assert!(page.body().starts_with(b"<!doctype html>"));
    assert_eq!(page.body(), get("/docs/index.html", &[]).body());
}

#[test]
fn a_browser_gets_gzip_and_a_script_what_it_can_read() {
    for takes in ["gzip", "gzip, deflate, br, zstd", "br;q=1.0, GZIP;q=0.5"] {
        let packed = get("/docs/style.css", &[("accept-encoding", takes)]);
        assert_eq!(header(&packed, "content-encoding"), Some("gzip"), "{takes}");
        assert!(packed.body().starts_with(&[0x1f, 0x8b]));
    }
    for takes in ["identity", "gzip;q=0", "br"] {
        let plain = get("/docs/style.css", &[("accept-encoding", takes)]);
        assert_eq!(header(&plain, "content-encoding"), None, "{takes}");
        assert!(std::str::from_utf8(plain.body()).unwrap().contains(":root"));
    }
}

#[test]
fn a_guide_calls_the_api_where_it_is() {
    for guide in site::FILES.iter().filter(|file| file.name.ends_with(".html")) {
        let path = format!("/docs/{}", guide.name);
        let plain = get(&path, &[]);
        let text = std::str::from_utf8(plain.body()).unwrap();
        assert!(!text.contains("petstore.example"), "{path}");
        let mut unpacked = String::new();
        let packed = get(&path, &[("accept-encoding", "gzip")]);
        flate2::read::GzDecoder::new(&**packed.body()).read_to_string(&mut unpacked).unwrap();
        assert!(unpacked == text, "{path}");
    }
    for name in ["webhooks", "chat", "oauth"] {
        let guide = get(&format!("/docs/{name}"), &[]);
        assert!(std::str::from_utf8(guide.body()).unwrap().contains(SERVER), "{name}");
    }
    let request: Request = http::Request::builder().uri("/docs/webhooks").body(Body::Empty).unwrap();
    let elsewhere = answer(&request, "https://other.example.com").unwrap();
    assert_ne!(header(&elsewhere, "etag"), header(&get("/docs/webhooks", &[]), "etag"));
}

#[test]
fn what_a_browser_has_is_not_sent_again() {
    let first = get("/docs/quick-start", &[]);
    let again = get("/docs/quick-start", &[("if-none-match", header(&first, "etag").unwrap())]);
    assert_eq!((again.status().as_u16(), again.body().len()), (304, 0));
    assert_eq!(get("/docs/quick-start", &[("if-none-match", "\"other\"")]).status(), 200);
}

#[test]
fn pages_may_load_nothing_from_elsewhere() {
    for file in site::FILES {
        let page = get(&format!("/docs/{}", file.name), &[]);
        assert!(header(&page, "content-security-policy").unwrap().starts_with("default-src 'none'"));
    }
}

#[test]
fn the_largest_file_fits_into_an_answer_of_lambda() {
    let largest = site::FILES.iter().map(|file| file.gzip.len()).max().unwrap();
    assert!(largest * 4 / 3 < 6_000_000, "{largest} bytes");
}

#[test]
fn everything_else_is_for_the_api() {
    for path in ["/v1/orders", "/docs/none", "/docsx", "/docs/../v1/orders", "/docs/a/b"] {
        assert!(ask(Method::GET, path, &[]).is_none(), "{path}");
    }
    assert!(ask(Method::POST, "/docs/", &[]).is_none());
    assert_eq!(ask(Method::HEAD, "/docs/", &[]).unwrap().body().len(), 0);
}
