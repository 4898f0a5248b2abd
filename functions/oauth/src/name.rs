//! What an application may call itself: a name that shows all that is in it, for users decide by it.

use domain::FieldError;
use icu_properties::props::{BinaryProperty, DefaultIgnorableCodePoint, EnumeratedProperty, GeneralCategory};

const CHARS_MAX: usize = 80;
/// Blank, though neither spaces nor ignorable: the empty pattern of Braille, and a note without a head.
const BLANK: [char; 2] = ['\u{2800}', '\u{1d159}'];

/// What is wrong with the name, if anything.
pub(crate) fn error(name: &str) -> Option<FieldError> {
    let is_fit = (1..=CHARS_MAX).contains(&name.chars().count())
        && name.trim() == name
        && name.contains(char::is_alphanumeric)
        && name.chars().all(|c| c == ' ' || is_shown(c));
    let message = "Must be 1 to 80 characters that can be seen, among them a letter or digit; spaces are U+0020, none at either end.";
    (!is_fit).then(|| FieldError::new("name", "invalid_format", message))
}

/// Not so are characters that format others, which turn a name around or make two names look like one; those that a reader
/// sees nothing of (Unicode's `Default_Ignorable_Code_Point`: fillers, joiners, variation selectors); and spaces, of which
/// there are many that look alike.
fn is_shown(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, SpaceSeparator};
    let category = GeneralCategory::for_char(c);
    !matches!(category, Control | Format | LineSeparator | ParagraphSeparator | SpaceSeparator)
        && !DefaultIgnorableCodePoint::for_char(c)
        && !BLANK.contains(&c)
}

#[cfg(test)]
mod tests {
    use super::error;

    #[test]
    fn a_name_shows_all_that_is_in_it() {
        for name in
            ["Kennel planner", "Tierheim Köln", "ペット", "חיות", "a", "7", "Paws & Co. ™", "Cafe\u{301}"]
        {
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

    #[test]
    fn no_name_is_blank_or_differs_from_another_by_what_nobody_sees() {
        for blank in [
            '\u{34f}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180b}',
            '\u{180f}',
            '\u{2065}',
            '\u{2800}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{ffa0}',
            '\u{fff0}',
            '\u{1d159}',
            '\u{e0100}',
            '\u{e0fff}',
        ] {
            for name in [blank.to_string(), format!("Pet{blank}store"), format!("Petstore{blank}")] {
                assert!(error(&name).is_some(), "{name:?}");
            }
        }
        for space in ['\u{a0}', '\u{1680}', '\u{2000}', '\u{2009}', '\u{202f}', '\u{205f}', '\u{3000}', '\t']
        {
            assert!(error(&format!("Pet{space}store")).is_some(), "{space:?}");
        }
        for signs in ["...", "- -", "\u{301}", "★"] {
            assert!(error(signs).is_some(), "{signs:?}");
        }
    }
}
