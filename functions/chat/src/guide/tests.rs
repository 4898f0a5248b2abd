//! How well the guide finds what it knows, and whether it says so when it does not.

use super::{Found, Guide};

/// The article that the last question is answered from.
fn top(questions: &[&str]) -> String {
    match Guide::shared().find(questions.iter().copied()) {
        Found::Article { article, .. } => article.id.to_owned(),
        Found::Unknown => "unknown".to_owned(),
        Found::Greeting => "greeting".to_owned(),
    }
}

/// The heading of the section that is quoted.
fn section(question: &str) -> &'static str {
    match Guide::shared().find([question].into_iter()) {
        Found::Article { article, section, .. } => article.sections[section].heading,
        _ => "",
    }
}

/// Question, and the articles that answer it, or an article and the section of it.
const QUESTIONS: &str = include_str!("tests/questions.txt");
const UNKNOWN: &str = include_str!("tests/unknown.txt");
const EMERGENCIES: &str = include_str!("tests/emergencies.txt");

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn questions_are_answered_from_the_article_about_them() {
    let (mut asked, mut wrong) = (0, Vec::new());
    for line in lines(QUESTIONS) {
        let (question, expected) = line.rsplit_once(" => ").unwrap();
        let (found, section) = (top(&[question]), section(question));
        asked += 1;
        let is_right = match expected.split_once(" § ") {
            Some(wanted) => wanted == (found.as_str(), section),
            None => expected.split(' ').any(|id| id == found),
        };
        if !is_right {
            wrong.push(format!("{question} → {found} § {section}, not {expected}"));
        }
    }
    assert!(asked >= 80, "only {asked} questions");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_not_in_the_guide_is_not_known() {
    let wrong: Vec<_> = lines(UNKNOWN)
        .map(|question| (question, top(&[question])))
        .filter(|(_, found)| found != "unknown")
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let said = Guide::shared().reply(["What is the capital of France?"].into_iter());
    assert!(said.starts_with("I do not know."), "{said}");
}

#[test]
fn emergencies_send_to_a_vet_first() {
    let mut wrong = Vec::new();
    for line in lines(EMERGENCIES) {
        let (question, expected) = line.rsplit_once(" => ").unwrap();
        let (found, said) = (top(&[question]), Guide::shared().reply([question].into_iter()));
        if found != expected || !said.starts_with("Call a vet now") {
            wrong.push(format!("{question} → {found}, not {expected}: {}", &said[..60.min(said.len())]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ordinary_questions_are_no_emergencies() {
    let guide = Guide::shared();
    for question in [
        "How do I teach my dog to sit on a mat?",
        "What do rabbits eat?",
        "How large must a cage for budgies be?",
    ] {
        assert!(!guide.reply([question].into_iter()).starts_with("Call a vet now"), "{question}");
    }
}

#[test]
fn a_follow_up_goes_on_with_what_was_said() {
    for (questions, expected) in [
        (&["How do I brush my dog's teeth?", "How often?"][..], "dog-teeth"),
        (&["My cat scratches the sofa", "Should I trim the claws?"], "cat-scratching"),
        (&["What do rabbits eat?", "And fruit?"], "rabbit-diet"),
        (&["I have a bearded dragon", "What does it eat?"], "reptile-lizard-feeding"),
        (&["I have a rabbit called Max.", "He is not eating."], "rabbit-gut-stasis"),
        (&["My cat scratches the sofa", "What do rabbits eat?"], "rabbit-diet"),
        (&["How do I house train a puppy?", "How long does it take?"], "dog-house-training"),
        (&["My parrot plucks its feathers", "Why?"], "bird-feather-plucking"),
    ] {
        assert_eq!(top(questions), expected, "{questions:?}");
    }
    assert_eq!(top(&["How do I brush my dog's teeth?", "What is the capital of France?"]), "unknown");
}

#[test]
fn an_answer_quotes_its_source_and_says_what_it_is() {
    let said = Guide::shared().reply(["How do I trim my dog's nails?"].into_iter());
    assert!(said.contains("(care-guide/dog-grooming)"), "{said}");
    assert!(said.contains("quick") && said.contains("not a vet"), "{said}");
    assert_eq!(said, Guide::shared().reply(["How do I trim my dog's nails?"].into_iter()));
}

#[test]
fn a_greeting_is_answered_with_what_can_be_asked() {
    assert_eq!(top(&["Hello!"]), "greeting");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn any_conversation_has_an_answer(questions: Vec<String>) {
        let said = Guide::shared().reply(questions.iter().map(String::as_str));
        proptest::prop_assert!(said.contains("vet"));
    }
}
