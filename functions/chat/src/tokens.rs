//! Tokens as the guide counts them, and as a budget does before a provider has counted: a word with the space before
//! it, and of long words each sixteen bytes.

use crate::ask::Message;

/// Bytes of a token at most.
const BYTES_MAX: usize = 16;

/// Bytes that a language model's token has at least, in most texts.
const MODEL_TOKEN_BYTES: usize = 3;
/// What a model counts for a message beside its text.
const MODEL_MESSAGE_TOKENS: usize = 4;

/// The tokens of a conversation.
pub(crate) fn of_messages(messages: &[Message]) -> u32 {
    let tokens: usize = messages.iter().map(|message| split(&message.content).count()).sum();
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

/// How many tokens a language model may count for a conversation: rather too many than too few.
pub(crate) fn at_a_model(messages: &[Message]) -> u32 {
    let of = |message: &Message| message.content.len().div_ceil(MODEL_TOKEN_BYTES) + MODEL_MESSAGE_TOKENS;
    u32::try_from(messages.iter().map(of).sum::<usize>()).unwrap_or(u32::MAX)
}

/// The tokens of a text.
pub(crate) fn count(text: &str) -> u32 {
    u32::try_from(split(text).count()).unwrap_or(u32::MAX)
}

/// A text as its tokens, which make the text again.
pub(crate) fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (token, after) = rest.split_at(end(rest)?);
        rest = after;
        Some(token)
    })
}

/// Where the first token ends; `None` for an empty text.
fn end(text: &str) -> Option<usize> {
    let mut in_word = false;
    for (at, char) in text.char_indices() {
        let is_cut = at > 0 && at + char.len_utf8() > BYTES_MAX;
        if is_cut || (in_word && char.is_whitespace()) {
            return Some(at);
        }
        in_word |= !char.is_whitespace();
    }
    (!text.is_empty()).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::{count, split};

    #[test]
    fn a_token_is_a_word_with_its_space() {
        assert_eq!(split("Feed  it hay.\n\nNow").collect::<Vec<_>>(), ["Feed", "  it", " hay.", "\n\nNow"]);
        assert_eq!(count(""), 0);
    }

    #[test]
    fn a_long_word_counts_by_its_length() {
        assert_eq!(count(&"x".repeat(160)), 10);
        assert_eq!(count(&"ü".repeat(160)), 20);
    }

    proptest::proptest! {
        #[test]
        fn tokens_make_the_text_again(text: String) {
            proptest::prop_assert_eq!(split(&text).collect::<String>(), text);
        }
    }
}
