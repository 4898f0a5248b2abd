//! Text as terms that can be compared: phrases of several words as one, no stop words, stems, one term for synonyms.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What people say in several words, and the one term that stands for it.
const PHRASES: &[(&str, &[&str])] = &[
    ("vomit", &["throw up", "threw up", "throwing up", "throws up", "thrown up"]),
    (
        "noteat",
        &[
            "not eating",
            "not eat",
            "not eaten",
            "stopped eating",
            "stop eating",
            "stops eating",
            "wont eat",
            "doesnt eat",
            "does not eat",
            "didnt eat",
            "hasnt eaten",
            "isnt eating",
            "refuses to eat",
            "refuses food",
            "refusing food",
            "refusing to eat",
            "refused food",
            "refuses all food",
            "off his food",
            "off her food",
            "off its food",
            "off food",
            "no appetite",
            "lost appetite",
            "lost his appetite",
            "lost her appetite",
            "lost its appetite",
            "eats nothing",
            "eaten nothing",
            "without food",
            "isnt interested in food",
            "wont touch food",
        ],
    ),
    (
        "nopee",
        &[
            "cant pee",
            "cannot pee",
            "not peeing",
            "unable to pee",
            "wont pee",
            "isnt peeing",
            "hasnt peed",
            "no pee",
            "cant urinate",
            "cannot urinate",
            "not urinating",
            "unable to urinate",
            "passes nothing",
            "no urine",
            "nothing comes out",
            "only drops",
            "straining to pee",
            "straining to urinate",
            "strains to pee",
            "trying to pee",
        ],
    ),
    (
        "nopoop",
        &[
            "no droppings",
            "no poop",
            "not pooping",
            "isnt pooping",
            "hasnt pooped",
            "no poo",
            "not pooing",
            "no stool",
            "stopped pooping",
        ],
    ),
    (
        "nobreath",
        &[
            "cant breathe",
            "cannot breathe",
            "not breathing",
            "isnt breathing",
            "stopped breathing",
            "struggling to breathe",
            "struggles to breathe",
            "trouble breathing",
            "difficulty breathing",
            "breathing hard",
            "breathing heavily",
            "breathing with open mouth",
            "breathing with its mouth open",
            "breathing with an open mouth",
            "breathing through the mouth",
            "open mouth breathing",
            "gasping",
            "gasps",
            "choking",
            "blue gums",
            "blue tongue",
            "laboured breathing",
            "labored breathing",
            "breathing fast",
            "mouth open breathing",
        ],
    ),
    ("seizure", &["having a fit", "had a fit", "has fits", "having fits", "had fits", "a fit that"]),
    ("hitcar", &["hit by a car", "run over", "hit by car", "ran over"]),
    (
        "heavybleed",
        &[
            "wont stop bleeding",
            "doesnt stop bleeding",
            "not stop bleeding",
            "bleeding heavily",
            "bleeding a lot",
            "bleeding badly",
            "bleeding wont stop",
        ],
    ),
    (
        "wontmove",
        &[
            "wont wake up",
            "cant stand",
            "cannot stand",
            "cant get up",
            "cant walk",
            "not moving",
            "not responding",
            "wont move",
            "passed out",
        ],
    ),
    ("broken", &["broke its", "broke her", "broke his"]),
    ("season", &["in heat", "on heat", "in season"]),
    ("swallow", &["got into", "gets into", "got hold of", "getting into"]),
    ("guineapig", &["guinea pig", "guinea pigs"]),
    ("beardeddragon", &["bearded dragon", "bearded dragons"]),
    ("sugarglider", &["sugar glider", "sugar gliders"]),
];

/// Words that mean the same here; the first one stands for all.
const SYNONYMS: &[&[&str]] = &[
    &["stool", "poop", "poo", "faeces", "feces", "dropping", "turd", "defecate", "pooping", "shit"],
    &["pee", "urine", "urinate", "urination", "wee", "piss", "peed"],
    &["vomit", "puke", "barf"],
    &["ill", "illness", "sick", "unwell", "disease", "poorly", "sickness"],
    &[
        "vaccine",
        "vaccination",
        "vaccinate",
        "shot",
        "jab",
        "immunise",
        "immunize",
        "immunization",
        "booster",
    ],
    &["worm", "deworm"],
    &["fat", "overweight", "obese", "obesity", "chubby", "heavy"],
    &["nail", "claw"],
    &[
        "afraid",
        "scared",
        "fear",
        "frightened",
        "fearful",
        "anxious",
        "anxiety",
        "nervous",
        "scary",
        "terrified",
        "phobia",
        "panic",
        "scare",
    ],
    &["toilet", "potty"],
    &["seizure", "convulsion", "epilepsy", "seizing"],
    &["heat", "hot", "overheat", "overheated", "overheating", "heatstroke"],
    &["fur", "coat", "hair"],
    &["child", "children", "kid", "toddler"],
    &["food", "feed", "diet", "nutrition", "meal", "fed", "feeding"],
    &["eat", "eaten", "ate", "eating", "chew", "chewed", "chewing"],
    &["poison", "poisonous", "toxic", "poisoned", "toxin", "poisoning", "toxicity"],
    &["bite", "bit", "nip", "mouthing", "bitten", "nipping", "biting"],
    &["aggressive", "aggression", "attack", "attacking"],
    &["lonely", "alone", "loneliness"],
    &["tooth", "teeth", "dental"],
    &["breath", "breathe", "breathing", "respiratory"],
    &["limp", "lame", "limping", "lameness"],
    &["old", "senior", "elderly", "geriatric", "ageing", "aging", "older"],
    &["train", "teach", "training", "teaching", "taught"],
    &["noise", "noisy", "loud"],
    &["itch", "itchy", "itching"],
    &["neuter", "spay", "castrate", "sterilise", "sterilize", "desex", "neutering", "spayed", "castration"],
    &["litter", "litterbox"],
    &["travel", "trip", "journey", "holiday", "vacation"],
    &["die", "dying", "dead", "died", "death"],
    &["bath", "bathe", "shower", "bathing"],
    &["lump", "tumour", "tumor", "growth"],
    &["swollen", "swell", "swelling", "distended"],
    &["medicine", "pill", "tablet", "medication", "drug"],
    &["thirst", "thirsty"],
    &["sofa", "couch", "furniture"],
    &["fight", "quarrel"],
    &["bleed", "bleeding", "blood", "bloody"],
    &["collapse", "unconscious", "fainted", "faint", "wontmove"],
    &["swallow", "ingest", "ingested"],
    &["diarrhoea", "diarrhea", "runny"],
    &["behaviour", "behavior"],
    &["grape", "raisin"],
    &["large", "big", "size", "huge", "larger", "bigger"],
    &["prevent", "prevention", "preventing", "avoid"],
    &["lily", "lilies"],
    &["hibernate", "hibernation"],
    &["insurance", "insure"],
    &["cost", "expensive", "price", "afford"],
    &["recall", "come"],
    &["tame", "bond", "trust"],
    &["tank", "aquarium"],
    &["seed", "millet"],
    &["teflon", "ptfe", "nonstick"],
    &["maggot", "flystrike"],
    &["socialise", "socialize", "socialisation", "socialization"],
];

/// Words that tell nothing about what is asked.
const STOP_WORDS: &str = "a about above after again all also am an and any anyone anything are as at be because been \
    before being best better but by can cant cannot could day days did do does doesnt doing dont down during each \
    every few for from further get gets getting give given go goes going good got had has have having he hello help \
    her here hers hey hi him his how i id if im in into is isnt it its ive just keep keeps kind know last let like \
    long lot lots made make makes many may me mean might more most much must my myself need needs new next no nor not \
    now of off often ok okay on once one only or other our ours out over own pet pets animal animals please question \
    really right same say see seems she should since so some something sometimes soon still stop such suddenly take \
    tell than thank thanks that the their them then there these they thing things think this those through time to \
    today too try two under until up us use used using very want wants was way we week weeks well went were weve what \
    whats when where which while who why will with wont would yesterday yet you your yours advice tips tip normal \
    problem problems looks look start started keeping actually almost always never around away back first hour hours \
    month months year years minute minutes ago happen happens happening deal handle properly correct proper \
    recommend suggest explain describe important safe safely care caring";

static STOPS: LazyLock<HashSet<&str>> = LazyLock::new(|| STOP_WORDS.split_whitespace().collect());

static TERMS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let groups = SYNONYMS.iter().filter_map(|group| Some((stem(group.first()?), group)));
    groups.flat_map(|(first, group)| group.iter().map(move |word| (stem(word), first.clone()))).collect()
});

/// The terms of a text, in its order.
pub(crate) fn terms(text: &str) -> Vec<String> {
    let plain = plain(text);
    plain.split_whitespace().filter(|word| !STOPS.contains(word)).map(term).collect()
}

/// The words of a text, in lower case, with phrases as one.
pub(crate) fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace(['\'', '’'], "");
    let letters = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut plain = format!(" {} ", letters.collect::<Vec<_>>().join(" "));
    for (term, phrases) in PHRASES {
        for phrase in *phrases {
            plain = plain.replace(&format!(" {phrase} "), &format!(" {term} "));
        }
    }
    plain
}

/// The term that a word stands for.
pub(crate) fn term(word: &str) -> String {
    let stem = stem(word);
    TERMS.get(&stem).cloned().unwrap_or(stem)
}

/// A word without the endings that English puts on it; crude, and the same for questions and articles.
fn stem(word: &str) -> String {
    let is_vowel = |c: char| "aeiouy".contains(c);
    let undoubled = |stem: &str| {
        let last: Vec<char> = stem.chars().rev().take(2).collect();
        let is_double =
            last.len() == 2 && last[0] == last[1] && !"lsz".contains(last[0]) && !is_vowel(last[0]);
        if is_double { stem[..stem.len() - last[0].len_utf8()].to_owned() } else { stem.to_owned() }
    };
    let mut stem = word.to_owned();
    if stem.len() > 3 {
        if let Some(base) = stem.strip_suffix("ies") {
            stem = format!("{base}y");
        } else if let Some(base) = stem.strip_suffix("sses") {
            stem = format!("{base}ss");
        } else if stem.ends_with('s') && !["ss", "us", "is"].iter().any(|end| stem.ends_with(end)) {
            stem.pop();
        }
    }
    for ending in ["ing", "ed"] {
        if let Some(base) =
            stem.strip_suffix(ending).filter(|base| base.len() >= 3 && base.contains(is_vowel))
        {
            stem = undoubled(base);
            break;
        }
    }
    if stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::{plain, stem, terms};

    #[test]
    fn forms_of_a_word_are_one_term() {
        for forms in [
            ["bite", "biting"],
            ["scratches", "scratching"],
            ["running", "run"],
            ["puppies", "puppy"],
            ["fleas", "flea"],
            ["chewed", "chewing"],
            ["vaccines", "vaccination"],
            ["poo", "droppings"],
        ] {
            let [a, b] = forms.map(terms);
            assert_eq!(a, b, "{forms:?}");
        }
    }

    #[test]
    fn short_words_and_words_that_only_look_like_forms_stay() {
        for word in ["gas", "bus", "pus", "red", "bed", "sting", "ring", "grass", "virus"] {
            assert_eq!(stem(word), word);
        }
    }

    #[test]
    fn phrases_are_one_term() {
        assert_eq!(plain("My rabbit hasn't eaten!").trim(), "my rabbit noteat");
        assert_eq!(terms("he threw up"), ["vomit"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_terms_without_a_panic(text: String) {
            terms(&text);
        }
    }
}
