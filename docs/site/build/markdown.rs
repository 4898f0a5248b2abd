//! A guide's Markdown as HTML.
//!
//! Beyond CommonMark with tables: headings get ids, links to other guides (`webhooks.md#retries`) get the names that
//! those have in the site, and a fenced block may take its text from a file: ```` ```python file=verify/verify.py
//! tab=Python ````. Blocks with `tab` that follow each other become tabs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::code::{escape, highlight};
use crate::nav::{Guide, Place};

/// Reads and renders one guide.
pub(crate) fn guide(site: &Path, place: Place) -> Guide {
    let path = site.join("guides").join(format!("{}.md", place.slug));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut writer = Writer { site, events: Vec::new(), headings: Vec::new(), ids: BTreeMap::new() };
    let source: Vec<_> = Parser::new_ext(&text, Options::ENABLE_TABLES).collect();
    writer.write(&source);
    let mut html = String::new();
    html::push_html(&mut html, writer.events.into_iter());
    let title = writer.headings.iter().find(|heading| heading.level == HeadingLevel::H1);
    let title = title.unwrap_or_else(|| panic!("{}: no title", path.display())).text.clone();
    let sections = writer.headings.into_iter().filter(|heading| heading.level == HeadingLevel::H2);
    Guide {
        place,
        title,
        lead: lead(&source),
        html: html
            .replace("<table>", "<div class=\"table\" tabindex=\"0\"><table>")
            .replace("</table>", "</table></div>"),
        sections: sections.map(|heading| (heading.id, heading.text)).collect(),
    }
}

struct Heading {
    level: HeadingLevel,
    id: String,
    text: String,
}

struct Writer<'a> {
    site: &'a Path,
    events: Vec<Event<'a>>,
    headings: Vec<Heading>,
    /// How often an id was given.
    ids: BTreeMap<String, usize>,
}

impl<'a> Writer<'a> {
    fn write(&mut self, source: &[Event<'a>]) {
        let mut at = 0;
        while let Some(event) = source.get(at) {
            at += match event {
                Event::Start(Tag::Heading { level, .. }) => self.heading(*level, &source[at + 1..]),
                Event::Start(Tag::CodeBlock(kind)) => self.code(kind, &source[at + 1..]),
                Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    let (link_type, title, id) = (*link_type, title.clone(), id.clone());
                    let dest_url = address(dest_url).into();
                    self.events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
                    1
                }
                other => {
                    self.events.push(other.clone());
                    1
                }
            }
        }
    }

    /// A heading with an id, which is a link to itself.
    fn heading(&mut self, level: HeadingLevel, rest: &[Event<'a>]) -> usize {
        let inner: Vec<_> = rest
            .iter()
            .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
            .cloned()
            .collect();
        let (count, text) = (inner.len(), plain(&inner));
        let id = self.id(&text);
        let mut html = String::new();
        html::push_html(&mut html, inner.into_iter());
        let element = if level == HeadingLevel::H1 {
            format!("<h1>{html}</h1>\n")
        } else {
            format!("<{level} id=\"{id}\"><a href=\"#{id}\">{html}</a></{level}>\n")
        };
        self.headings.push(Heading { level, id, text });
        self.events.push(Event::Html(element.into()));
        count + 2
    }

    fn id(&mut self, text: &str) -> String {
        let mut id = String::new();
        for word in text.to_lowercase().split(|letter: char| !letter.is_ascii_alphanumeric()) {
            if !(id.is_empty() || word.is_empty()) {
                id.push('-');
            }
            id.push_str(word);
        }
        let seen = self.ids.entry(id.clone()).or_default();
        *seen += 1;
        if *seen > 1 { format!("{id}-{seen}") } else { id }
    }

    /// A code block, coloured; from a file if its fence names one.
    fn code(&mut self, kind: &CodeBlockKind<'a>, rest: &[Event<'a>]) -> usize {
        let inner: Vec<_> = rest
            .iter()
            .take_while(|event| !matches!(event, Event::End(TagEnd::CodeBlock)))
            .cloned()
            .collect();
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.clone(),
            CodeBlockKind::Indented => CowStr::from(""),
        };
        let mut words = info.split_whitespace();
        let language = words.next().unwrap_or("text");
        let options: BTreeMap<_, _> = words.filter_map(|word| word.split_once('=')).collect();
        let text = options.get("file").map_or_else(|| plain(&inner), |file| shown(&self.site.join(file)));
        let tab = options.get("tab").map_or_else(String::new, |tab| format!(" data-tab=\"{}\"", escape(tab)));
        let code = highlight(language, text.trim_end());
        let html = format!(
            "<div class=\"code\"{tab}><pre tabindex=\"0\"><code class=\"language-{}\">{code}</code></pre></div>\n",
            escape(language)
        );
        self.events.push(Event::Html(html.into()));
        inner.len() + 2
    }
}

/// A file's text from the line after the one that ends in `docs:begin` to the line before `docs:end`.
fn shown(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = text.lines().skip_while(|line| !line.ends_with("docs:begin")).skip(1);
    let lines: Vec<_> = lines.take_while(|line| !line.ends_with("docs:end")).collect();
    assert!(!lines.is_empty(), "{}: nothing between docs:begin and docs:end", path.display());
    lines.join("\n")
}

/// `webhooks.md#retries` as `webhooks.html#retries`; every other address as it is.
fn address(written: &str) -> String {
    let (file, fragment) = written.split_once('#').map_or((written, None), |(f, id)| (f, Some(id)));
    let file = match file.strip_suffix(".md") {
        Some(slug) if !file.contains('/') => format!("{slug}.html"),
        _ => file.to_owned(),
    };
    fragment.map_or_else(|| file.clone(), |fragment| format!("{file}#{fragment}"))
}

fn plain(events: &[Event<'_>]) -> String {
    let text = events.iter().filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(&**text),
        Event::SoftBreak => Some(" "),
        _ => None,
    });
    text.collect()
}

/// The first paragraph.
fn lead(source: &[Event<'_>]) -> String {
    let begins = |event: &&Event<'_>| !matches!(event, Event::Start(Tag::Paragraph));
    let inner: Vec<_> = source
        .iter()
        .skip_while(begins)
        .take_while(|event| !matches!(event, Event::End(TagEnd::Paragraph)))
        .cloned()
        .collect();
    plain(&inner)
}
