//! Filling pages in: `{{name}}` becomes the value's text, `{{{name}}}` the value as it is, which must be HTML of our own.

/// The page with its values. Values are looked at once, so that what looks like a place in one of them stays as it is.
pub(super) fn fill(page: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(page.len());
    let mut rest = page;
    while let Some((before, place)) = rest.split_once("{{") {
        filled.push_str(before);
        let (is_html, place) = place.strip_prefix('{').map_or((false, place), |place| (true, place));
        let Some((name, after)) = place.split_once(if is_html { "}}}" } else { "}}" }) else { break };
        let value = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        filled.push_str(&if is_html { value.to_owned() } else { escaped(value) });
        rest = after;
    }
    filled + rest
}

/// Text as HTML, in an element or in a quoted attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{escaped, fill};

    #[test]
    fn a_value_is_text_unless_it_is_ours() {
        let values = [("a", "<b>{{b}}"), ("b", "{{{a}}}")];
        assert_eq!(fill("1 {{a}} 2 {{{b}}} 3 {{c}}.", &values), "1 &lt;b&gt;{{b}} 2 {{{a}}} 3 .");
    }

    proptest! {
        #[test]
        fn no_value_leaves_its_place(text: String) {
            let html = escaped(&text);
            prop_assert!(!html.contains(['<', '>', '"', '\'']));
            prop_assert_eq!(fill("{{a}}", &[("a", &text)]), html);
        }
    }
}
