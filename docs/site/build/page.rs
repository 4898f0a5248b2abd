//! The frame around a guide: navigation, table of contents, the way on.

use crate::code::escape;
use crate::nav::Guide;

/// A guide's whole page.
pub(crate) fn guide(frame: &str, guide: &Guide, all: &[Guide]) -> String {
    let body = guide.html.clone();
    fill(
        frame,
        &[
            ("title", &title(guide)),
            ("lead", &escape(&guide.lead)),
            ("nav", &navigation(guide.place.slug, all)),
            ("sections", &sections(guide)),
            ("next", &next(guide, all)),
            ("edition", env!("CARGO_PKG_VERSION")),
            ("body", &body),
        ],
    )
}

/// The page of the API reference.
pub(crate) fn reference(frame: &str) -> String {
    fill(frame, &[("edition", env!("CARGO_PKG_VERSION"))])
}

fn fill(frame: &str, values: &[(&str, &str)]) -> String {
    values
        .iter()
        .fold(frame.to_owned(), |page, (name, value)| page.replace(&format!("{{{{{name}}}}}"), value))
}

fn title(guide: &Guide) -> String {
    if guide.place.slug == "index" {
        "Petstore API documentation".to_owned()
    } else {
        format!("{} · Petstore API", escape(&guide.title))
    }
}

fn navigation(current: &str, all: &[Guide]) -> String {
    let mut html = String::new();
    let mut group = "";
    for guide in all {
        if guide.place.group != group {
            html.push_str(if group.is_empty() { "" } else { "</ul>" });
            group = guide.place.group;
            html.push_str(&format!("<h2>{}</h2><ul>", escape(group)));
        }
        let here = if guide.place.slug == current { " aria-current=\"page\"" } else { "" };
        html.push_str(&format!("<li><a href=\"{}\"{here}>{}</a></li>", guide.name(), escape(guide.label())));
    }
    html + "</ul><h2>Look up</h2><ul><li><a href=\"reference.html\">API reference</a></li>\
            <li><a href=\"openapi.json\">OpenAPI document</a></li></ul>"
}

/// The page's own sections; nothing for a page with less than three.
fn sections(guide: &Guide) -> String {
    if guide.sections.len() < 3 {
        return String::new();
    }
    let item = |(id, text): &(String, String)| format!("<li><a href=\"#{id}\">{}</a></li>", escape(text));
    let items: String = guide.sections.iter().map(item).collect();
    format!("<nav class=\"sections\" aria-label=\"On this page\"><h2>On this page</h2><ul>{items}</ul></nav>")
}

fn next(guide: &Guide, all: &[Guide]) -> String {
    let at = all.iter().position(|other| other.place.slug == guide.place.slug).unwrap_or_default();
    let link = |guide: &Guide, rel: &str, word: &str| {
        let (name, title) = (guide.name(), escape(guide.label()));
        format!("<a rel=\"{rel}\" class=\"{rel}\" href=\"{name}\"><span>{word}</span>{title}</a>")
    };
    let before = at.checked_sub(1).and_then(|at| all.get(at)).map(|guide| link(guide, "prev", "Before"));
    let after = all.get(at + 1).map(|guide| link(guide, "next", "Next"));
    [before, after].into_iter().flatten().collect()
}
