//! The articles of `functions/chat/guide`: a few lines `name: value`, then sections under `##`.

use domain::pet::Species;

/// File name and text of every article, in the order of their names.
const ARTICLES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/articles.rs"));

/// What an article is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Health,
    Behaviour,
    Nutrition,
    Training,
    Care,
}

/// An article of the guide.
#[derive(Debug)]
pub struct Article {
    /// `dog-bloat`: what an answer cites.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The kind of animal; `None` for all.
    pub species: Option<Species>,
    pub(crate) topic: Topic,
    /// Words that people use for it and that the text may lack.
    pub(crate) keywords: &'static str,
    pub(crate) sections: Vec<Section>,
}

/// A part of an article that can be quoted alone.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) heading: &'static str,
    pub(crate) text: String,
}

impl Section {
    /// Whether it says when an animal needs a vet.
    pub(crate) fn is_about_vets(&self) -> bool {
        let heading = self.heading.to_lowercase();
        ["vet", "emergency", "at once", "urgent", "get help", "when it is more", "when to call", "warning"]
            .iter()
            .any(|word| heading.contains(word))
    }

    /// Whether it says what to do in an emergency.
    pub(crate) fn is_first_aid(&self) -> bool {
        let heading = self.heading.to_lowercase();
        ["what to do", "emergency", "at once"].iter().any(|word| heading.contains(word))
    }
}

/// Every article that can be read; a test keeps that from being fewer than there are.
pub(crate) fn all() -> Vec<Article> {
    ARTICLES.iter().filter_map(|(id, text)| read(id, text)).collect()
}

fn read(id: &'static str, text: &'static str) -> Option<Article> {
    let (head, body) = text.split_once("\n\n")?;
    let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    Some(Article {
        id,
        title: value("title")?,
        species: match value("species")? {
            "ALL" => None,
            word => Some(Species::parse(word)?),
        },
        topic: topic(value("topic")?)?,
        keywords: value("keywords")?,
        sections: body.split("## ").skip(1).map(section).collect::<Option<_>>()?,
    })
}

fn section(text: &'static str) -> Option<Section> {
    let (heading, text) = text.split_once('\n')?;
    let paragraphs =
        text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    let text = paragraphs.filter(|paragraph| !paragraph.is_empty()).collect::<Vec<_>>().join("\n\n");
    (!text.is_empty()).then_some(Section { heading, text })
}

fn topic(word: &str) -> Option<Topic> {
    match word {
        "health" => Some(Topic::Health),
        "behaviour" => Some(Topic::Behaviour),
        "nutrition" => Some(Topic::Nutrition),
        "training" => Some(Topic::Training),
        "care" => Some(Topic::Care),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::pet::Species;

    use super::{ARTICLES, Topic, all};

    #[test]
    fn every_article_can_be_read_and_has_its_length() {
        let articles = all();
        assert_eq!(articles.len(), ARTICLES.len());
        assert!(articles.len() >= 60, "only {} articles", articles.len());
        for article in &articles {
            let words: usize = article.sections.iter().map(|s| s.text.split_whitespace().count()).sum();
            assert!((150..=350).contains(&words), "{} has {words} words", article.id);
            assert!(article.sections.len() >= 3 && !article.keywords.is_empty(), "{}", article.id);
        }
    }

    #[test]
    fn every_species_has_every_topic() {
        let articles = all();
        for species in Species::ALL {
            for topic in [Topic::Health, Topic::Behaviour, Topic::Nutrition, Topic::Training, Topic::Care] {
                let has = |own: bool| {
                    articles.iter().any(|a| {
                        a.topic == topic
                            && if own { a.species == Some(*species) } else { a.species.is_none() }
                    })
                };
                assert!(has(true) || has(false), "{species} {topic:?}");
            }
        }
    }

    #[test]
    fn every_article_about_health_says_when_a_vet_is_needed() {
        for article in all().iter().filter(|article| article.topic == Topic::Health) {
            let says = article.sections.iter().any(|s| format!("{} {}", s.heading, s.text).contains("vet"));
            assert!(says, "{}", article.id);
        }
    }
}
