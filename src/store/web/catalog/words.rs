//! What a visitor types, as the database looks for it: each word's beginning, in any order.
//!
//! The folding is the database's own, the same that products' words went through.

use crate::{db::Client, web::Problem};

/// Words of a search beyond this many are ignored.
const WORDS_MAX: usize = 8;
/// Letters of a word beyond this many are ignored.
const LETTERS_MAX: usize = 64;
/// Characters of a search beyond this many are ignored.
const TYPED_MAX: usize = 200;

/// A search as a text for `to_tsquery`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// Nothing was asked for.
    Any,
    /// Something that no product can have: signs alone.
    None,
    All(String),
}

impl Words {
    pub async fn read(client: &Client, typed: &str) -> Result<Self, Problem> {
        let typed: String = typed.chars().take(TYPED_MAX).filter(|c| *c != '\0').collect();
        if typed.trim().is_empty() {
            return Ok(Self::Any);
        }
        let statement = client.prepare_cached("SELECT store.folded($1)").await?;
        Ok(Self::of_folded(client.query_one(&statement, &[&typed]).await?.get(0)))
    }

    fn of_folded(folded: &str) -> Self {
        let words: Vec<String> = prefixes(folded).collect();
        if words.is_empty() { Self::None } else { Self::All(words.join(" & ")) }
    }
}

/// Any of a name's words, for what is like it; None where it has none.
pub fn any_of(folded: &str) -> Option<String> {
    let long = |word: &&str| word.chars().count() > 2;
    let words: Vec<String> =
        folded.split_whitespace().filter(long).take(WORDS_MAX).map(quoted).collect();
    (!words.is_empty()).then(|| words.join(" | "))
}

fn prefixes(folded: &str) -> impl Iterator<Item = String> {
    folded.split_whitespace().take(WORDS_MAX).map(|word| format!("{}:*", quoted(word)))
}

/// A word between quotes, where it means nothing but itself; what could end the quotes is gone
/// from folded words, and is dropped here all the same.
fn quoted(word: &str) -> String {
    let plain = word.chars().filter(|c| !matches!(c, '\'' | '\\')).take(LETTERS_MAX);
    format!("'{}'", plain.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_begin_one_of_the_products() {
        assert_eq!(Words::of_folded("creme pot"), Words::All("'creme':* & 'pot':*".to_owned()));
        assert_eq!(Words::of_folded(" "), Words::None);
        let Words::All(many) = Words::of_folded("a b c d e f g h i j") else { panic!("none") };
        assert_eq!(many.matches(":*").count(), WORDS_MAX);
    }

    #[test]
    fn signs_that_mean_something_to_the_database_mean_nothing() {
        let hostile = Words::of_folded("'&!|:*()<->\\ x'):*");
        assert_eq!(hostile, Words::All("'&!|:*()<->':* & 'x):*':*".to_owned()));
        let Words::All(long) = Words::of_folded(&"x".repeat(5_000)) else { panic!("none") };
        assert!(long.len() < 80);
    }

    #[test]
    fn short_words_make_nothing_alike() {
        assert_eq!(any_of("pot 5 l of steel"), Some("'pot' | 'steel'".to_owned()));
        assert_eq!(any_of("5 l"), None);
    }
}
