//! The care guide: articles that we wrote, found by their words and quoted with their source. It needs no network and
//! no model, and the same conversation always gets the same answer.
//!
//! `article` what is in `guide/` · `words` text as comparable terms · `index` which article a question is about (BM25)
//! · `question` what a conversation asks, and about which animal · `emergency` what cannot wait · `reply` the answer

mod article;
mod emergency;
mod index;
mod question;
mod reply;
mod words;

use std::fmt;
use std::sync::LazyLock;

use futures_util::{StreamExt, stream};

use crate::ask::Ask;
use crate::provider::{End, Finish, Piece, Pieces};
use crate::tokens;

use article::Article;
use emergency::Emergencies;
use index::Index;
use question::Question;

pub use reply::Found;

/// The articles, ready to be asked.
pub struct Guide {
    articles: Vec<Article>,
    index: Index,
    emergencies: Emergencies,
}

impl Guide {
    /// The guide of this binary, read at the first call.
    pub fn shared() -> &'static Self {
        static GUIDE: LazyLock<Guide> = LazyLock::new(Guide::read);
        &GUIDE
    }

    fn read() -> Self {
        let articles = article::all();
        let index = Index::of(&articles);
        Self { articles, index, emergencies: Emergencies::new() }
    }

    /// The answer to a conversation in tokens, as a language model gives it.
    pub(crate) fn answer(&self, ask: &Ask) -> Pieces {
        let text = self.reply(ask.questions());
        let mut words: Vec<_> = tokens::split(&text).map(str::to_owned).collect();
        let most = usize::try_from(ask.max_tokens).unwrap_or(usize::MAX);
        let finish = if words.len() > most { Finish::Length } else { Finish::Stop };
        words.truncate(most);
        let texts = stream::iter(words).map(|word| Ok(Piece::Text(word)));
        texts.chain(stream::iter([Ok(Piece::End(End { finish, usage: None }))])).boxed()
    }

    /// What is said to a user who said `questions`, oldest first.
    pub fn reply<'q>(&self, questions: impl DoubleEndedIterator<Item = &'q str>) -> String {
        reply::text(&self.find(questions))
    }

    /// What the guide knows about the last of `questions`.
    pub fn find<'q>(&self, questions: impl DoubleEndedIterator<Item = &'q str>) -> Found<'_> {
        reply::find(self, &Question::read(questions))
    }
}

impl fmt::Debug for Guide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guide").field("articles", &self.articles.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
