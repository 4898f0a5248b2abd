//! Colours for code: comments, strings, numbers, keywords, told apart by a few rules per language.
//!
//! A real grammar would get more right and cost more than the rest of the build; what these rules get wrong is a
//! colour.

/// What a language's tokens look like.
struct Rules {
    line_comments: &'static [&'static str],
    block_comment: Option<(&'static str, &'static str)>,
    /// Longest first.
    quotes: &'static [&'static str],
    keywords: &'static [&'static str],
    /// Whether `$name` is a variable.
    dollar: bool,
    /// Whether a string before a colon is a name.
    members: bool,
}

const JSON: Rules = Rules {
    line_comments: &[],
    block_comment: None,
    quotes: &["\""],
    keywords: &["true", "false", "null"],
    dollar: false,
    members: true,
};
const SHELL: Rules = Rules {
    line_comments: &["#"],
    block_comment: None,
    quotes: &["\"", "'"],
    keywords: &[
        "for", "in", "do", "done", "if", "then", "else", "fi", "while", "until", "export", "curl", "cargo",
    ],
    dollar: true,
    members: false,
};
const PYTHON: Rules = Rules {
    line_comments: &["#"],
    block_comment: None,
    quotes: &["\"\"\"", "\"", "'"],
    keywords: &[
        "and", "as", "class", "def", "else", "except", "False", "for", "from", "if", "import", "in", "is",
        "lambda", "None", "not", "or", "pass", "raise", "return", "True", "try", "while", "with",
    ],
    dollar: false,
    members: false,
};
const SCRIPT: Rules = Rules {
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    quotes: &["\"", "'", "`"],
    keywords: &[
        "async", "await", "catch", "const", "else", "export", "false", "for", "from", "function", "if",
        "import", "let", "new", "null", "of", "return", "throw", "true", "try", "while",
    ],
    dollar: false,
    members: false,
};
const PHP: Rules = Rules {
    line_comments: &["//", "#"],
    block_comment: Some(("/*", "*/")),
    quotes: &["\"", "'"],
    keywords: &[
        "array", "as", "bool", "continue", "declare", "else", "false", "foreach", "function", "if", "int",
        "null", "return", "string", "true",
    ],
    dollar: true,
    members: false,
};
const RUBY: Rules = Rules {
    line_comments: &["#"],
    block_comment: None,
    quotes: &["\"", "'"],
    keywords: &[
        "and", "def", "do", "each", "else", "end", "false", "if", "nil", "not", "or", "rescue", "require",
        "return", "true", "unless",
    ],
    dollar: true,
    members: false,
};
const JAVA: Rules = Rules {
    line_comments: &["//"],
    block_comment: Some(("/*", "*/")),
    quotes: &["\"", "'"],
    keywords: &[
        "boolean", "byte", "catch", "class", "else", "false", "final", "for", "if", "import", "int", "long",
        "new", "null", "private", "public", "return", "static", "throw", "throws", "true", "try", "var",
        "void",
    ],
    dollar: false,
    members: false,
};

impl Rules {
    const fn of(language: &str) -> Option<&'static Self> {
        match language.as_bytes() {
            b"json" => Some(&JSON),
            b"sh" => Some(&SHELL),
            b"python" => Some(&PYTHON),
            b"javascript" | b"typescript" => Some(&SCRIPT),
            b"php" => Some(&PHP),
            b"ruby" => Some(&RUBY),
            b"java" => Some(&JAVA),
            _ => None,
        }
    }

    /// The class and length of the token that `rest` begins with; no class: plain text.
    fn token(&self, rest: &str, follows_space: bool) -> (Option<&'static str>, usize) {
        if follows_space && self.line_comments.iter().any(|mark| rest.starts_with(mark)) {
            return (Some("comment"), rest.find('\n').unwrap_or(rest.len()));
        }
        if let Some((_, end)) = self.block_comment.filter(|(begin, _)| rest.starts_with(begin)) {
            return (Some("comment"), rest.find(end).map_or(rest.len(), |at| at + end.len()));
        }
        if let Some(quote) = self.quotes.iter().find(|quote| rest.starts_with(**quote)) {
            return self.string(rest, quote);
        }
        self.word(rest)
    }

    fn string(&self, rest: &str, quote: &str) -> (Option<&'static str>, usize) {
        let mut at = quote.len();
        while at < rest.len() && !rest[at..].starts_with(quote) {
            let letter = rest[at..].chars().next().map_or(1, char::len_utf8);
            let escaped = rest[at..].starts_with('\\');
            at += letter
                + if escaped { rest[at + letter..].chars().next().map_or(0, char::len_utf8) } else { 0 };
        }
        let length = (at + quote.len()).min(rest.len());
        let is_member = self.members && rest[length..].trim_start().starts_with(':');
        (Some(if is_member { "name" } else { "string" }), length)
    }

    fn word(&self, rest: &str) -> (Option<&'static str>, usize) {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let sign = usize::from(self.dollar && rest.starts_with('$'));
        let end = rest[sign..].find(|letter| !is_word(letter)).map_or(rest.len(), |at| at + sign);
        match rest.chars().next() {
            Some('$') if sign == 1 && end > 1 => (Some("name"), end),
            Some(first) if first.is_ascii_digit() => (Some("number"), end),
            Some(first) if is_word(first) => {
                (self.keywords.contains(&&rest[..end]).then_some("keyword"), end)
            }
            first => (None, first.map_or(1, char::len_utf8)),
        }
    }
}

/// `text` as HTML, coloured if the language is known.
pub(crate) fn highlight(language: &str, text: &str) -> String {
    let Some(rules) = Rules::of(language) else { return escape(text) };
    let (mut html, mut at) = (String::new(), 0);
    while at < text.len() {
        let follows_space = text[..at].chars().next_back().is_none_or(char::is_whitespace);
        let (class, length) = rules.token(&text[at..], follows_space);
        let token = escape(&text[at..at + length]);
        match class {
            Some(class) => html.push_str(&format!("<span class=\"{class}\">{token}</span>")),
            None => html.push_str(&token),
        }
        at += length;
    }
    html
}

/// `text` in HTML, as it is.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
