//! The code that a device shows and a person types (RFC 8628 section 6.1): eight of twenty consonants, so that no word and
//! no letter that looks like another comes of it.

use std::fmt;

const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// A user code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserCode([u8; LENGTH]);

impl UserCode {
    /// The code that follows from a random number: 20^8 of them, each as likely as the others, but for one part in 10^8.
    #[must_use]
    pub const fn of(random: u64) -> Self {
        let (mut letters, mut rest, mut place) = ([0; LENGTH], random, 0);
        while place < LENGTH {
            #[expect(clippy::cast_possible_truncation, reason = "below 20")]
            let letter = (rest % LETTERS.len() as u64) as usize;
            letters[place] = LETTERS[letter];
            rest /= LETTERS.len() as u64;
            place += 1;
        }
        Self(letters)
    }

    /// Reads what a person typed: in any case, with whatever they put between the letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.chars().filter(|c| !matches!(c, '-' | ' ' | '.' | '_'));
        let letters = typed.map(|c| u8::try_from(c.to_ascii_uppercase()).ok()).collect::<Option<Vec<_>>>()?;
        let letters: [u8; LENGTH] = letters.try_into().ok()?;
        letters.iter().all(|letter| LETTERS.contains(letter)).then_some(Self(letters))
    }
}

impl fmt::Display for UserCode {
    /// `WDJB-MJHT`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(&self.0);
        let (head, tail) = text.split_at(LENGTH / 2);
        write!(f, "{head}-{tail}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::UserCode;

    #[test]
    fn a_person_may_type_it_as_they_like() {
        let code = UserCode::parse("WDJB-MJHT").unwrap();
        for text in ["wdjbmjht", " WDJB MJHT ", "w-d-j-b.m_jht"] {
            assert_eq!(UserCode::parse(text), Some(code), "{text}");
        }
        for text in ["", "WDJB-MJH", "WDJB-MJHTT", "ADJB-MJHT", "WDJB-MJH1", "WDJB-MJHß"] {
            assert_eq!(UserCode::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_what_is_typed(random: u64) {
            let code = UserCode::of(random);
            prop_assert_eq!(UserCode::parse(&code.to_string()), Some(code));
            prop_assert_eq!(UserCode::of(random % 20_u64.pow(8)), code);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text: String) {
            drop(UserCode::parse(&text).map(|code| code.to_string()));
        }
    }
}
