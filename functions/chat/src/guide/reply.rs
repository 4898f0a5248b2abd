//! What the guide says: the section that fits, when to see a vet, where it stands, and what the guide is.

use std::fmt::Write as _;

use domain::pet::Species;

use super::Guide;
use super::article::{Article, Section};
use super::index::{Fit, Weighted};
use super::question::Question;

/// The part of a question that an article must know: when the question names an animal, or pets, or neither.
const COVERAGE_WITH_ANIMAL: f64 = 0.4;
const COVERAGE_WITH_PET: f64 = 0.5;
const COVERAGE: f64 = 0.7;
/// What articles of the hinted topic, and those about all animals, count beside the others.
const TOPIC: f64 = 1.15;
const ALL_ANIMALS: f64 = 0.9;
/// The part of the best score from which a second article is named.
const SEE_ALSO: f64 = 0.7;
/// Sentences of advice on when to see a vet, beside another section.
const VET_SENTENCES: usize = 3;

const NOTE: &str = "I am a care guide and not a vet: I quote articles and cannot examine your animal. When in doubt, ask a vet.";
const UNKNOWN: &str = "I do not know. My guide has nothing that answers this. It covers health, behaviour, nutrition, \
    training and care of dogs, cats, rabbits, birds, reptiles and other small pets; try to name the animal and what you \
    see.\n\nIf your animal may be ill or hurt, do not wait for an answer here: call a vet.";
const GREETING: &str = "I am a care guide: I look up articles about health, behaviour, nutrition, training and care of \
    dogs, cats, rabbits, birds, reptiles and other small pets. Tell me which animal you have and what you would like \
    to know.\n\nI am not a vet. If your animal may be ill or hurt, call one.";

/// What the guide found.
#[derive(Debug)]
pub enum Found<'g> {
    /// Nothing was asked.
    Greeting,
    /// Nothing fits.
    Unknown,
    /// An article.
    Article {
        /// The article.
        article: &'g Article,
        /// The place of its section that fits.
        section: usize,
        /// Whether it cannot wait.
        emergency: bool,
        /// Another article that fits.
        see_also: Option<&'g Article>,
        /// Whether nobody said which animal it is about.
        guessed: bool,
    },
}

pub(super) fn find<'g>(guide: &'g Guide, question: &Question) -> Found<'g> {
    let in_context = question.in_context.as_ref();
    if question.terms.is_empty() && in_context.is_none() {
        return if question.species.is_empty() { Found::Greeting } else { Found::Unknown };
    }
    let urgent = guide.emergencies.find(&question.terms, &question.species);
    if let Some(place) = urgent.and_then(|id| guide.articles.iter().position(|article| article.id == id)) {
        let is_aid = |at: usize| guide.articles[place].sections[at].is_first_aid();
        return article(guide, question, &question.terms, (place, None), is_aid, true);
    }
    let going_on = in_context.and_then(|terms| Some((terms, in_known_context(guide, question, terms)?)));
    let alone = || Some((&question.terms, known(guide, question, &question.terms)?));
    let Some((terms, fits)) = going_on.or_else(alone) else { return Found::Unknown };
    let Some(best) = fits.first() else { return Found::Unknown };
    let next = fits.get(1).filter(|fit| fit.score >= SEE_ALSO * best.score).map(|fit| fit.article);
    article(guide, question, terms, (best.article, next), |_| true, false)
}

/// The articles that fit, if the best one knows enough of what is asked.
fn known(guide: &Guide, question: &Question, terms: &Weighted) -> Option<Vec<Fit>> {
    let fits = rank(guide, question, terms);
    let needed = match (question.species.is_empty(), question.is_about_pets) {
        (false, _) => COVERAGE_WITH_ANIMAL,
        (true, true) => COVERAGE_WITH_PET,
        (true, false) => COVERAGE,
    };
    fits.first().is_some_and(|best| best.coverage >= needed).then_some(fits)
}

/// The same for a question that goes on with what was said before: what is new in it must be known too.
fn in_known_context(guide: &Guide, question: &Question, terms: &Weighted) -> Option<Vec<Fit>> {
    let fits = known(guide, question, terms)?;
    let best = fits.first()?.article;
    let own = guide.index.rank(&question.terms, |article| f64::from(u8::from(article == best)));
    (question.terms.is_empty() || own.first().is_some_and(|fit| fit.coverage >= COVERAGE_WITH_ANIMAL))
        .then_some(fits)
}

fn rank(guide: &Guide, question: &Question, terms: &Weighted) -> Vec<Fit> {
    guide.index.rank(terms, |place| {
        let article = &guide.articles[place];
        let of_kind = match article.species {
            None => ALL_ANIMALS,
            Some(kind) if question.species.is_empty() || question.species.contains(&kind) => 1.0,
            Some(_) => 0.0,
        };
        if question.topics.contains(&article.topic) { TOPIC * of_kind } else { of_kind }
    })
}

fn article<'g>(
    guide: &'g Guide,
    question: &Question,
    terms: &Weighted,
    (place, next): (usize, Option<usize>),
    prefer: impl Fn(usize) -> bool,
    emergency: bool,
) -> Found<'g> {
    let section = guide.index.section(place, terms, prefer);
    let section = section.or_else(|| guide.index.section(place, terms, |_| true)).unwrap_or_default();
    let article = &guide.articles[place];
    let guessed = question.species.is_empty() && article.species.is_some();
    Found::Article { article, section, emergency, see_also: next.map(|next| &guide.articles[next]), guessed }
}

/// What is said of it.
pub(super) fn text(found: &Found<'_>) -> String {
    match found {
        Found::Greeting => GREETING.to_owned(),
        Found::Unknown => UNKNOWN.to_owned(),
        Found::Article { article, section, emergency, see_also, guessed } => {
            let mut text = opening(article, *emergency, *guessed);
            let Some(quoted) = article.sections.get(*section) else { return UNKNOWN.to_owned() };
            text.push_str(&quoted.text);
            if let Some(vet) = article
                .sections
                .iter()
                .find(|other| other.is_about_vets())
                .filter(|vet| !std::ptr::eq(*vet, quoted))
            {
                text.push_str("\n\n");
                text.push_str(vet.heading);
                text.push_str(": ");
                text.push_str(sentences(&vet.text, VET_SENTENCES));
            }
            close(&mut text, article, quoted, *see_also);
            text
        }
    }
}

fn opening(article: &Article, emergency: bool, guessed: bool) -> String {
    if emergency {
        return "Call a vet now, also at night: this may be an emergency, and waiting can cost your animal its life. \
                Until you are there:\n\n"
            .to_owned();
    }
    match article.species.filter(|_| guessed) {
        Some(species) => {
            format!("You did not say which animal you have; this is about {}.\n\n", plural(species))
        }
        None => String::new(),
    }
}

fn close(text: &mut String, article: &Article, quoted: &Section, see_also: Option<&Article>) {
    // Writing to a string cannot fail.
    write!(text, "\n\nSource: \"{}\", {} (care-guide/{}).", article.title, quoted.heading, article.id)
        .unwrap_or_default();
    if let Some(other) = see_also {
        write!(text, " See also: \"{}\" (care-guide/{}).", other.title, other.id).unwrap_or_default();
    }
    text.push_str("\n\n");
    text.push_str(NOTE);
}

/// The first sentences of a text.
fn sentences(text: &str, most: usize) -> &str {
    let ends = text.match_indices(". ").map(|(at, _)| at + 1);
    ends.take(most).last().filter(|_| text.matches(". ").count() >= most).map_or(text, |end| &text[..end])
}

const fn plural(species: Species) -> &'static str {
    match species {
        Species::Dog => "dogs",
        Species::Cat => "cats",
        Species::Rabbit => "rabbits",
        Species::Bird => "birds",
        Species::Reptile => "reptiles",
        Species::Other => "other small pets",
    }
}
