//! What cannot wait for an answer: words that together mean that an animal may die. Such a question gets first aid and
//! "call a vet now" before anything else. Better once too often than once too seldom.

use std::collections::{BTreeSet, HashSet};

use domain::pet::Species;

use super::index::Weighted;
use super::words::term;

/// Every group of words must be met by one of its words.
struct Rule {
    /// Empty for any animal.
    species: &'static [Species],
    groups: &'static [&'static str],
    /// The article that says what to do.
    article: &'static str,
}

const FIRST_AID: &str = "emergency-first-aid";
const TAKEN: &str = "eat swallow lick drink poison";
const POISONS: &str = "poison chocolate grape xylitol gum onion garlic antifreeze bait bleach detergent ibuprofen \
    paracetamol acetaminophen aspirin medicine marijuana cannabis mushroom lily oleander permethrin battery avocado \
    coin pesticide slug macadamia caffeine coffee alcohol vitamin cocoa brownie lead zinc cleaner";

/// The first that is met counts.
const RULES: &[Rule] = &[
    Rule { species: &[Species::Dog], groups: &[TAKEN, POISONS], article: "dog-poisons" },
    Rule { species: &[Species::Cat], groups: &[TAKEN, POISONS], article: "cat-poisons" },
    Rule { species: &[Species::Cat], groups: &["lily permethrin antifreeze"], article: "cat-poisons" },
    Rule { species: &[Species::Bird], groups: &["teflon fume smoke"], article: "bird-fumes" },
    Rule { species: &[Species::Bird], groups: &[TAKEN, POISONS], article: "bird-fumes" },
    Rule { species: &[], groups: &[TAKEN, POISONS], article: FIRST_AID },
    Rule { species: &[Species::Dog], groups: &["bloat gdv retch"], article: "dog-bloat" },
    Rule {
        species: &[Species::Dog],
        groups: &["swollen hard tight", "belly stomach abdomen tummy"],
        article: "dog-bloat",
    },
    Rule { species: &[Species::Dog, Species::Cat], groups: &["nopee"], article: "cat-urinary-blockage" },
    Rule {
        species: &[Species::Cat],
        groups: &["strain block blockage cry", "pee litter tray box"],
        article: "cat-urinary-blockage",
    },
    Rule {
        species: &[Species::Dog],
        groups: &["heat sun car", "collapse stagger pant drool wobble confused"],
        article: "dog-heatstroke",
    },
    Rule {
        species: &[Species::Rabbit],
        groups: &["heat sun", "collapse limp pant weak drool"],
        article: "rabbit-heat",
    },
    Rule { species: &[Species::Rabbit], groups: &["maggot"], article: "rabbit-flystrike" },
    Rule { species: &[Species::Rabbit], groups: &["noteat nopoop"], article: "rabbit-gut-stasis" },
    Rule { species: &[Species::Rabbit], groups: &["hunched bloat"], article: "rabbit-gut-stasis" },
    Rule {
        species: &[Species::Bird],
        groups: &["egg", "stuck strain bound fluffed push"],
        article: "bird-egg-binding",
    },
    Rule {
        species: &[Species::Bird],
        groups: &["noteat nobreath fluffed puffed bob collapse heavybleed"],
        article: "bird-signs-of-illness",
    },
    Rule {
        species: &[Species::Bird],
        groups: &["floor bottom", "cage sit sleep lie"],
        article: "bird-signs-of-illness",
    },
    Rule {
        species: &[Species::Reptile],
        groups: &["nobreath prolapse bubble burn"],
        article: "reptile-signs-of-illness",
    },
    Rule {
        species: &[Species::Reptile],
        groups: &["twitch tremble seizure cramp"],
        article: "reptile-bone-disease",
    },
    Rule {
        species: &[Species::Other],
        groups: &["fish goldfish betta guppy", "nobreath"],
        article: "fish-illness",
    },
    Rule {
        species: &[Species::Other],
        groups: &["noteat nopoop nobreath collapse"],
        article: "small-animal-illness",
    },
    Rule { species: &[Species::Other], groups: &["hamster", "diarrhoea wet"], article: "hamster-care" },
    Rule { species: &[Species::Cat], groups: &["noteat"], article: "cat-not-eating" },
    Rule { species: &[], groups: &["nobreath chok"], article: FIRST_AID },
    Rule {
        species: &[],
        groups: &["seizure collapse hitcar heavybleed drown electrocute"],
        article: FIRST_AID,
    },
    Rule { species: &[], groups: &["broken", "leg bone wing jaw shell"], article: FIRST_AID },
    Rule { species: &[], groups: &["electric", "shock cable cord"], article: FIRST_AID },
    Rule { species: &[], groups: &["fell fall", "window balcony roof stair"], article: FIRST_AID },
    Rule {
        species: &[],
        groups: &["sting stung bee wasp", "swollen face mouth nobreath"],
        article: "allergy-itch",
    },
];

/// The rules, with their words as terms.
pub(crate) struct Emergencies(Vec<(&'static Rule, Vec<HashSet<String>>)>);

impl Emergencies {
    pub(crate) fn new() -> Self {
        let set = |words: &&str| words.split_whitespace().map(term).collect();
        Self(RULES.iter().map(|rule| (rule, rule.groups.iter().map(set).collect())).collect())
    }

    /// The article that says what to do, when `terms` about these animals mean an emergency.
    pub(crate) fn find(&self, terms: &Weighted, species: &BTreeSet<Species>) -> Option<&'static str> {
        let is_met = |(rule, groups): &&(&Rule, Vec<HashSet<String>>)| {
            let of_kind = rule.species.is_empty() || rule.species.iter().any(|kind| species.contains(kind));
            of_kind && groups.iter().all(|group| group.iter().any(|word| terms.contains_key(word)))
        };
        self.0.iter().find(is_met).map(|(rule, _)| rule.article)
    }
}

#[cfg(test)]
mod tests {
    use super::RULES;
    use crate::guide::article;

    #[test]
    fn every_rule_names_an_article_that_says_what_to_do() {
        let articles = article::all();
        for rule in RULES {
            let article = articles.iter().find(|article| article.id == rule.article).unwrap();
            assert!(article.sections.iter().any(|section| section.text.contains("vet")), "{}", rule.article);
        }
    }
}
