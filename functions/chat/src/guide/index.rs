//! Which articles a question is about: BM25 over weighted fields (Robertson and Zaragoza, "The Probabilistic Relevance
//! Framework: BM25 and Beyond", 2009, section 3.6), and how much of the question an article covers.

use std::collections::{HashMap, HashSet};

use super::article::{Article, Section};
use super::words::terms;

/// How fast a repeated term stops to count.
const K1: f64 = 1.2;
/// How much longer articles and sections are held back.
const B: f64 = 0.5;
/// What a term counts in a title, in keywords, in a heading and in a text.
const TITLE: f64 = 3.0;
const KEYWORDS: f64 = 2.5;
const HEADING: f64 = 1.5;
const TEXT: f64 = 1.0;

/// What a term counts that no article has, where it is asked how much of a question is known: a name or a word of
/// courtesy must not outweigh all the rest.
const UNHEARD: f64 = 2.0;

/// Terms with their weights.
pub(crate) type Weighted = HashMap<String, f64>;

/// What is compared with questions, for every article.
pub(crate) struct Index {
    articles: Vec<Indexed>,
    /// In how many articles a term is.
    frequency: HashMap<String, f64>,
    length_mean: f64,
}

struct Indexed {
    whole: Weighted,
    length: f64,
    sections: Vec<(Weighted, f64)>,
    title: HashSet<String>,
    headings: Vec<HashSet<String>>,
}

/// How an article fits a question.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fit {
    /// The article's place.
    pub(crate) article: usize,
    /// More is better; comparable within one question.
    pub(crate) score: f64,
    /// The part of the question's weight that the article knows, 0 to 1.
    pub(crate) coverage: f64,
}

impl Index {
    pub(crate) fn of(articles: &[Article]) -> Self {
        let articles: Vec<_> = articles.iter().map(Indexed::of).collect();
        let mut frequency = HashMap::new();
        for term in articles.iter().flat_map(|article| article.whole.keys()) {
            *frequency.entry(term.clone()).or_default() += 1.0;
        }
        let length_mean =
            articles.iter().map(|article| article.length).sum::<f64>() / count(articles.len().max(1));
        Self { articles, frequency, length_mean }
    }

    /// Every article that shares a term with `question`, best first.
    pub(crate) fn rank(&self, question: &Weighted, favour: impl Fn(usize) -> f64) -> Vec<Fit> {
        let part = |(term, weight): (&String, &f64)| {
            let heard = self.frequency.contains_key(term);
            weight * if heard { self.rarity(term) } else { UNHEARD }
        };
        let weight: f64 = question.iter().map(part).sum();
        let fit = |(article, indexed): (usize, &Indexed)| {
            let score =
                favour(article) * self.score(question, &indexed.whole, indexed.length / self.length_mean);
            let known = question.iter().filter(|(term, _)| indexed.whole.contains_key(*term));
            let known: f64 = known.map(|(term, weight)| weight * self.rarity(term)).sum();
            Fit { article, score, coverage: known / weight.max(f64::MIN_POSITIVE) }
        };
        let mut fits: Vec<_> =
            self.articles.iter().enumerate().map(fit).filter(|fit| fit.score > 0.0).collect();
        fits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.article.cmp(&b.article)));
        fits
    }

    /// The section of an article that fits best, of those that `may` be it; `None` when none may. An article begins with
    /// what answers its title, so that is quoted to whoever asks for no more than the title says.
    pub(crate) fn section(
        &self,
        article: usize,
        question: &Weighted,
        may: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let indexed = self.articles.get(article)?;
        if may(0) && indexed.is_asked_as_a_whole(question) {
            return Some(0);
        }
        let sections = indexed.sections.iter().enumerate().filter(|(at, _)| may(*at));
        let scored = sections.map(|(at, (terms, length))| (at, self.score(question, terms, *length)));
        // The first of equals.
        scored.rev().max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(at, _)| at)
    }

    fn score(&self, question: &Weighted, terms: &Weighted, length: f64) -> f64 {
        let part = |(term, weight): (&String, &f64)| {
            let found = terms.get(term).copied().unwrap_or_default();
            weight * self.rarity(term) * found / (found + K1 * (1.0 - B + B * length))
        };
        question.iter().map(part).sum()
    }

    /// The rarer a term, the more it says. One that no article has is as rare as can be.
    fn rarity(&self, term: &str) -> f64 {
        let (all, with) = (count(self.articles.len()), self.frequency.get(term).copied().unwrap_or_default());
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }
}

impl Indexed {
    fn of(article: &Article) -> Self {
        let mut whole = Weighted::new();
        add(&mut whole, article.title, TITLE);
        add(&mut whole, article.keywords, KEYWORDS);
        for section in &article.sections {
            add(&mut whole, section.heading, HEADING);
            add(&mut whole, &section.text, TEXT);
        }
        let length = whole.values().sum();
        let headings = article.sections.iter().map(|section| terms(section.heading).into_iter().collect());
        Self {
            whole,
            length,
            sections: sections(&article.sections),
            title: terms(article.title).into_iter().collect(),
            headings: headings.collect(),
        }
    }

    /// Whether the title says all that `question` does, and no heading is what it asks for.
    fn is_asked_as_a_whole(&self, question: &Weighted) -> bool {
        let is_asked = |heading: &HashSet<String>| {
            !heading.is_empty() && heading.iter().all(|term| question.contains_key(term))
        };
        question.keys().all(|term| self.title.contains(term)) && !self.headings.iter().any(is_asked)
    }
}

/// Each section's terms, and its length in relation to the others of its article.
fn sections(sections: &[Section]) -> Vec<(Weighted, f64)> {
    let weighted = |section: &Section| {
        let mut terms = Weighted::new();
        add(&mut terms, section.heading, 2.0 * HEADING);
        add(&mut terms, &section.text, TEXT);
        terms
    };
    let all: Vec<_> = sections.iter().map(weighted).collect();
    let length = |terms: &Weighted| terms.values().sum::<f64>();
    let mean = all.iter().map(length).sum::<f64>() / count(all.len().max(1));
    all.into_iter()
        .map(|terms| (length(&terms) / mean, terms))
        .map(|(length, terms)| (terms, length))
        .collect()
}

fn add(to: &mut Weighted, text: &str, weight: f64) {
    for term in terms(text) {
        *to.entry(term).or_default() += weight;
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are few articles")]
fn count(number: usize) -> f64 {
    number as f64
}
