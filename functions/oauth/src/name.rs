//! What an application may call itself: a name that shows all that is in it, for users decide by it.

use domain::FieldError;

const CHARS_MAX: usize = 80;

/// What is wrong with the name, if anything.
pub(crate) fn error(name: &str) -> Option<FieldError> {
    let is_fit = (1..=CHARS_MAX).contains(&name.chars().count())
        && name.trim() == name
        && !name.contains(|c| char::is_control(c) || is_invisible(c));
    let message = "Must be 1 to 80 characters, no space at either end, none of them a control or an invisible character.";
    (!is_fit).then(|| FieldError::new("name", "invalid_format", message))
}

/// Characters that format others: they turn a name around, or make two names look like one (Unicode 16 general category
/// Cf, with the line and paragraph separators).
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0001}'
            | '\u{e0020}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::error;

    #[test]
    fn a_name_shows_all_that_is_in_it() {
        for name in ["Kennel planner", "Tierheim Köln", "ペット", "חיות", "a"] {
            assert!(error(name).is_none(), "{name}");
        }
        for name in [
            "",
            " ",
            " a",
            "a ",
            "a\nb",
            "evil\u{202e}elgoog",
            "Pet\u{200b}store",
            "a\u{feff}",
            "a\u{2028}b",
            "\u{e0041}",
        ] {
            assert!(error(name).is_some(), "{name:?}");
        }
        assert!(error(&"x".repeat(80)).is_none() && error(&"x".repeat(81)).is_some());
    }
}
