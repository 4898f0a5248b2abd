//! The site holds together: every link leads somewhere, and nothing is loaded from elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn text(file: &File) -> String {
    String::from_utf8(file.content().unwrap()).unwrap()
}

fn pages() -> BTreeMap<&'static str, String> {
    let pages = FILES.iter().filter(|file| file.name.ends_with(".html"));
    pages.map(|file| (file.name, text(file))).collect()
}

/// Values of the attribute `name`.
fn attributes<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
    let begin = format!(" {name}=\"");
    page.split(&begin).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let ids = |page: &str| attributes(page, "id").into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let ids: BTreeMap<_, _> = pages.iter().map(|(name, page)| (*name, ids(page))).collect();
    for (name, page) in &pages {
        for link in attributes(page, "href").into_iter().chain(attributes(page, "src")) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, id) = link.split_once('#').map_or((link, None), |(file, id)| (file, Some(id)));
            let file = if file.is_empty() { name } else { file };
            assert!(FILES.iter().any(|known| known.name == file), "{name}: {link}");
            assert!(id.is_none_or(|id| ids[file].contains(id)), "{name}: {link}");
        }
    }
}

#[test]
fn ids_are_given_once() {
    for (name, page) in pages() {
        let ids = attributes(&page, "id");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{name}");
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    for (name, page) in pages() {
        assert!(attributes(&page, "src").iter().all(|source| !source.contains("//")), "{name}");
        let links = page.split("<link ").skip(1).filter_map(|rest| rest.split('>').next());
        assert!(links.into_iter().all(|link| !link.contains("//")), "{name}");
        assert!(
            !page.contains("<style") && !page.contains("style=\"") && !page.contains("onclick"),
            "{name}"
        );
    }
    let style = text(find("style.css").unwrap());
    assert!(!style.contains("url(") && !style.contains("@import"));
}

#[test]
fn every_page_says_what_the_header_says_of_what_it_may_load() {
    for (name, page) in pages() {
        let policy = find(name).unwrap().policy().replace("; frame-ancestors 'none'", "");
        assert!(
            page.contains(&format!("http-equiv=\"Content-Security-Policy\" content=\"{policy}\"")),
            "{name}"
        );
    }
}

#[test]
fn pages_are_found_with_and_without_their_suffix() {
    assert_eq!(find("").unwrap().name, "index.html");
    assert_eq!(find("webhooks"), find("webhooks.html"));
    assert!(find("none").is_none() && find(".").is_none() && find(".html").is_none());
}

#[test]
fn every_page_is_a_whole_one() {
    for (name, page) in pages() {
        assert!(!page.contains("{{"), "{name}: a hole in the frame");
        assert_eq!(page.matches("<h1").count(), usize::from(name != "reference.html"), "{name}");
        assert_eq!(page.matches("<main").count(), 1, "{name}");
        assert!(!attributes(&page, "content").contains(&""), "{name}: no description");
    }
}

/// Every `/v1/…` of a text, without its query; `api /…` is one too.
fn api_paths(text: &str) -> BTreeSet<String> {
    let text = text.replace("api /", "/v1/").replace("api \"/", "/v1/").replace("api '/", "/v1/");
    let ends = |letter: char| letter.is_whitespace() || "\"'`?)|,:&\\".contains(letter);
    let paths = text.split("/v1/").skip(1).filter_map(|rest| rest.split(ends).next());
    paths.filter(|path| !path.is_empty()).map(|path| format!("/v1/{path}")).collect()
}

#[test]
fn guides_name_only_paths_that_exist() {
    let is_same = |(known, named): (&&str, &&str)| known == named || known.starts_with('{');
    let fits = |known: &str, named: &str| {
        let (known, named): (Vec<_>, Vec<_>) = (known.split('/').collect(), named.split('/').collect());
        known.len() == named.len() && known.iter().zip(&named).all(is_same)
    };
    let mut seen = 0;
    for guide in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/guides")).unwrap() {
        let guide = guide.unwrap().path();
        for path in api_paths(&std::fs::read_to_string(&guide).unwrap()) {
            let mut known = OPENAPI_JSON.split('"').filter(|text| text.starts_with("/v1/"));
            assert!(known.any(|known| fits(known, &path)), "{}: {path}", guide.display());
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} paths found");
}

#[test]
fn written_for_another_host_the_reference_asks_there_and_guides_call_there() {
    let folder = std::env::temp_dir().join(format!("petstore-site-{}", std::process::id()));
    write(&folder, Some("https://api.example.com")).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let (document, reference, guide) = (read("openapi.json"), read("reference.html"), read("index.html"));
    let placeholders =
        FILES.iter().filter(|file| file.is_page() && read(file.name).contains(PLACEHOLDER)).count();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(document.contains(r#""url":"https://api.example.com""#));
    assert!(reference.contains("connect-src 'self' https://api.example.com"));
    assert!(guide.contains("https://api.example.com/v1/orders") && placeholders == 0);
}

#[test]
fn guides_call_the_api_by_one_placeholder() {
    for (name, page) in pages() {
        let others = ["$API", "BASE=http:"];
        assert!(others.iter().all(|other| !page.contains(other)), "{name}");
    }
    let calls = |name: &str| text(find(name).unwrap()).contains(PLACEHOLDER);
    assert!(["chat", "oauth", "orders-and-payments", "webhooks"].into_iter().all(calls));
}
