//! What a conversation asks now: the last message of the user, and what earlier ones said about the animal and the
//! matter.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use domain::pet::Species;

use super::article::Topic;
use super::index::Weighted;
use super::words::{plain, term, terms};

/// What an earlier message counts, when the last one leaves open what it is about.
const EARLIER: [f64; 2] = [0.5, 0.25];
/// Characters of a message that are read.
const CHARS_MAX: usize = 4_000;
/// A message with at most so many terms may be about what was said before.
const FEW_TERMS: usize = 3;

/// What the name of an animal counts beside other words.
const NAME: f64 = 0.75;

/// Words that name a kind of animal and nothing else that an article could be found by.
const KINDS: &[(Species, &str)] = &[
    (
        Species::Dog,
        "dog doggy doggo hound canine pooch bitch labrador retriever shepherd poodle bulldog terrier beagle \
         dachshund husky chihuahua pug rottweiler spaniel corgi collie labradoodle goldendoodle boxer dalmatian \
         doberman mastiff border golden schnauzer shih maltese malinois setter greyhound pitbull yorkie dane",
    ),
    (
        Species::Cat,
        "cat feline kitty tomcat tabby siamese persian maine coon ragdoll sphynx bengal moggy shorthair longhair",
    ),
    (Species::Rabbit, "rabbit bunny bun lop"),
    (Species::Bird, "bird avian"),
    (Species::Reptile, "reptile lizard"),
];

/// Words that name a kind of animal and by which its own articles are found.
const NAMES: &[(Species, &str)] = &[
    (Species::Dog, "puppy pup"),
    (Species::Cat, "kitten"),
    (
        Species::Bird,
        "parrot budgie budgerigar cockatiel canary finch lovebird cockatoo macaw conure parakeet parrotlet pigeon hen chicken",
    ),
    (
        Species::Reptile,
        "beardeddragon beardie gecko snake python tortoise turtle terrapin iguana chameleon boa skink",
    ),
    (
        Species::Other,
        "guineapig cavy hamster gerbil ferret chinchilla degu hedgehog goldfish betta guppy sugarglider aquarium",
    ),
];
/// The same, for animals that may also be somebody's food: only when no other animal is named.
const PREY: (Species, &str) = (Species::Other, "rat mouse mice fish");

/// Words that tell which kind of help is asked for.
const TOPICS: &[(Topic, &str)] = &[
    (Topic::Training, "train trick command clicker recall obedience socialise tame crate"),
    (Topic::Nutrition, "food eat treat vegetable fruit kibble pellet hay hungry ration"),
    (
        Topic::Behaviour,
        "bark bite aggressive afraid growl scratch scream hiss fight behaviour mark destroy jealous",
    ),
    (
        Topic::Health,
        "neuter vomit bleed ill pain cough sneeze wound limp vaccine symptom lethargic swollen poison noteat",
    ),
    (Topic::Care, "groom brush bath cage home housing space toy bed clean walk exercise"),
];

/// A question, ready to be looked up.
#[derive(Debug)]
pub(crate) struct Question {
    /// The terms of the last message.
    pub(crate) terms: Weighted,
    /// The same with those of earlier messages; `None` when it stands alone.
    pub(crate) in_context: Option<Weighted>,
    /// The kinds of animal that it is about; empty when nobody said.
    pub(crate) species: BTreeSet<Species>,
    /// Whether it speaks of pets at all, of whatever kind.
    pub(crate) is_about_pets: bool,
    /// The kinds of help that its words hint at.
    pub(crate) topics: Vec<Topic>,
}

impl Question {
    /// Reads what a user said, oldest first.
    pub(crate) fn read<'q>(questions: impl DoubleEndedIterator<Item = &'q str>) -> Self {
        let mut latest_first = questions.rev().map(beginning);
        let last = latest_first.next().unwrap_or_default();
        let earlier: Vec<_> = latest_first.take(EARLIER.len()).collect();
        let own = species(last);
        let is_about_another =
            |text: &&&str| !own.is_empty() && species(text).is_disjoint(&own) && !species(text).is_empty();
        let matter: Vec<_> = earlier.iter().take_while(|text| !is_about_another(text)).copied().collect();
        let terms = content(last);
        let follows = terms.len() <= FEW_TERMS && !matter.is_empty();
        let said_before = || earlier.iter().map(|text| species(text)).find(|kinds| !kinds.is_empty());
        let species = if own.is_empty() { said_before().unwrap_or_default() } else { own };
        let topics = topics(&terms);
        let weighted: Weighted = terms.into_iter().map(weighed).collect();
        let is_about_pets = plain(last).split_whitespace().any(|word| PET_WORDS.contains_key(&term(word)));
        let in_context = follows.then(|| in_context(&weighted, &matter));
        Self { terms: weighted, in_context, species, is_about_pets, topics }
    }
}

fn in_context(last: &Weighted, earlier: &[&str]) -> Weighted {
    let mut all = last.clone();
    for (text, weight) in earlier.iter().zip(EARLIER) {
        for (term, own) in content(text).into_iter().map(weighed) {
            let known = all.entry(term).or_insert(0.0);
            *known = known.max(own * weight);
        }
    }
    all
}

/// A term with what it counts. An animal's name has its say by the choice of articles already.
fn weighed(term: String) -> (String, f64) {
    let is_name = NAME_OF.contains_key(&term);
    (term, if is_name { NAME } else { 1.0 })
}

/// The terms by which articles are found.
fn content(text: &str) -> Vec<String> {
    let mut terms = terms(text);
    terms.retain(|term| !KIND_OF.contains_key(term));
    terms.sort();
    terms.dedup();
    terms
}

fn species(text: &str) -> BTreeSet<Species> {
    let plain = plain(text);
    let words: Vec<_> = plain.split_whitespace().map(term).collect();
    let named = |kinds: &HashMap<String, Species>| -> BTreeSet<Species> {
        words.iter().filter_map(|word| kinds.get(word)).copied().collect()
    };
    let all: BTreeSet<_> = named(&KIND_OF).union(&named(&NAME_OF)).copied().collect();
    if all.is_empty() { named(&PREY_OF) } else { all }
}

fn topics(terms: &[String]) -> Vec<Topic> {
    terms.iter().filter_map(|term| TOPIC_OF.get(term)).copied().collect()
}

static KIND_OF: LazyLock<HashMap<String, Species>> = LazyLock::new(|| by_term(KINDS));
static NAME_OF: LazyLock<HashMap<String, Species>> = LazyLock::new(|| by_term(NAMES));
static PREY_OF: LazyLock<HashMap<String, Species>> = LazyLock::new(|| by_term(&[PREY]));
static TOPIC_OF: LazyLock<HashMap<String, Topic>> = LazyLock::new(|| by_term(TOPICS));
static PET_WORDS: LazyLock<HashMap<String, ()>> = LazyLock::new(|| by_term(&[((), "pet animal vet")]));

fn by_term<T: Copy>(groups: &[(T, &str)]) -> HashMap<String, T> {
    groups
        .iter()
        .flat_map(|(of, words)| words.split_whitespace().map(move |word| (term(word), *of)))
        .collect()
}

/// The beginning of a text: what is asked is said early, and a long message must not keep the guide busy.
fn beginning(text: &str) -> &str {
    text.char_indices().nth(CHARS_MAX).map_or(text, |(end, _)| &text[..end])
}
