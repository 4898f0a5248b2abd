//! What a language model is told before it reads a conversation, and the conversation as models take it.

use crate::ask::{Ask, Message, Role};

/// Who the model is and what it must not do. Clients' own system messages come after it.
const INSTRUCTIONS: &str = "You advise people on the health, behaviour, nutrition, training and care of their pets. You \
    are not a vet: say so when health is concerned, never name doses of medicine, and say plainly when an animal needs a \
    vet now. Answer in the language of the question. Say that you cannot help with anything that is not about animals.";

/// What comes before the conversation: our instructions, then those of the client.
pub(super) fn instructions(ask: &Ask) -> impl Iterator<Item = &str> {
    let own = ask.messages.iter().filter(|message| message.role == Role::System && says_something(message));
    std::iter::once(INSTRUCTIONS).chain(own.map(|message| message.content.as_str()))
}

/// The conversation: it begins with the user, and speakers take turns, which some models insist on.
pub(super) fn turns(ask: &Ask) -> Vec<(Role, String)> {
    let mut turns: Vec<(Role, String)> = Vec::new();
    let spoken =
        ask.messages.iter().filter(|message| message.role != Role::System && says_something(message));
    for message in spoken.skip_while(|message| message.role == Role::Assistant) {
        match turns.last_mut() {
            Some((role, text)) if *role == message.role => {
                text.push_str("\n\n");
                text.push_str(&message.content);
            }
            _ => turns.push((message.role, message.content.clone())),
        }
    }
    turns
}

fn says_something(message: &Message) -> bool {
    !message.content.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::{instructions, turns};
    use crate::ask::{Ask, Message, Model, Role};

    #[test]
    fn speakers_take_turns_and_the_user_begins() {
        let message = |role, content: &str| Message { role, content: content.to_owned() };
        let messages = vec![
            message(Role::Assistant, "Welcome!"),
            message(Role::System, "Be brief."),
            message(Role::User, "Hi."),
            message(Role::User, "My dog."),
            message(Role::Assistant, " "),
            message(Role::User, "Barks."),
            message(Role::Assistant, "Why?"),
        ];
        let ask = Ask { messages, model: Model::Turbo, stream: false, max_tokens: 1, temperature: None };
        let expected =
            [(Role::User, "Hi.\n\nMy dog.\n\nBarks.".to_owned()), (Role::Assistant, "Why?".to_owned())];
        assert_eq!(turns(&ask), expected);
        assert_eq!(instructions(&ask).collect::<Vec<_>>()[1..], ["Be brief."]);
    }
}
