//! A part of the catalog as an address, and back: everything that is asked for is in it.
//!
//! The same part always has the same address, so that links can be kept and shared.

use serde::Deserialize;

use super::{
    search::Wanted,
    sorting::{Cursor, Sort},
};
use crate::{
    basis::{Cents, SellerId},
    web::{Kind, Problem, words::form_encoded},
};

/// Characters of a search or a category beyond this many are cut off.
const LENGTH_MAX: usize = 200;

/// The query as a form sends it: fields that were left empty are there, and empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    pub q: String,
    pub category: String,
    pub min: String,
    pub max: String,
    pub rating: String,
    pub stock: String,
    pub seller: String,
    pub sort: String,
    pub after: String,
}

impl Query {
    /// What is asked for, and from where on.
    pub fn read(&self) -> Result<(Wanted, Option<Cursor>), Problem> {
        let text = |text: &str| text.trim().chars().take(LENGTH_MAX).collect::<String>();
        let category = Some(text(&self.category)).filter(|category| !category.is_empty());
        let rating = parsed::<u8>("rating", &self.rating, "is a number of stars from 1 to 5")?;
        if rating.is_some_and(|stars| !(1..=5).contains(&stars)) {
            return Err(unusable("rating", "is a number of stars from 1 to 5"));
        }
        let wanted = Wanted {
            words: text(&self.q),
            category,
            price_min: price("min", &self.min)?,
            price_max: price("max", &self.max)?,
            rating_min: rating,
            in_stock: !self.stock.is_empty(),
            seller: parsed("seller", &self.seller, "is a seller's number")?.map(SellerId),
            sort: parsed::<SortName>("sort", &self.sort, "is the name of an order")?.map(|n| n.0),
        };
        Ok((wanted, parsed("after", &self.after, "is the one of a link to the next page")?))
    }
}

struct SortName(Sort);

impl std::str::FromStr for SortName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().map(Self)
    }
}

fn unusable(field: &str, what: &str) -> Problem {
    Problem::new(Kind::BadRequest, format!("The address can not be used: {field} {what}."))
}

fn parsed<T: std::str::FromStr>(field: &str, text: &str, what: &str) -> Result<Option<T>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| unusable(field, what))
}

/// Dollars with or without cents, as people type them.
fn price(field: &str, text: &str) -> Result<Option<Cents>, Problem> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let wrong = || unusable(field, "is a price in dollars, like 12 or 12.50");
    Cents::typed(text).map(Some).ok_or_else(wrong)
}

/// A price as a field has it.
pub fn typed(price: Option<Cents>) -> String {
    match price {
        None => String::new(),
        Some(Cents(cents)) if cents % 100 == 0 => (cents / 100).to_string(),
        Some(price) => price.decimal(),
    }
}

/// The address of a part of the catalog.
pub fn address(wanted: &Wanted, after: Option<Cursor>) -> String {
    let mut parts = Vec::new();
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            parts.push(format!("{name}={}", form_encoded(&value)));
        }
    };
    add("q", wanted.words.trim().to_owned());
    add("category", wanted.category.clone().unwrap_or_default());
    add("min", typed(wanted.price_min));
    add("max", typed(wanted.price_max));
    add("rating", wanted.rating_min.map(|stars| stars.to_string()).unwrap_or_default());
    add("stock", if wanted.in_stock { "1".to_owned() } else { String::new() });
    add("seller", wanted.seller.map(|seller| seller.to_string()).unwrap_or_default());
    add("sort", wanted.sort.map(|sort| sort.name().to_owned()).unwrap_or_default());
    add("after", after.map(|after| after.to_string()).unwrap_or_default());
    if parts.is_empty() { "/catalog".to_owned() } else { format!("/catalog?{}", parts.join("&")) }
}

/// The address of a category.
pub fn category(name: &str) -> String {
    address(&Wanted { category: Some(name.to_owned()), ..Wanted::default() }, None)
}

/// A filter that is set, and the address without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    pub words: String,
    pub without: String,
}

/// What is set, each with the way to do without.
pub fn chips(wanted: &Wanted, seller: Option<&str>) -> Vec<Chip> {
    let mut chips = Vec::new();
    let mut chip = |words: Option<String>, clear: fn(&mut Wanted)| {
        if let Some(words) = words {
            let mut rest = wanted.clone();
            clear(&mut rest);
            chips.push(Chip { words, without: address(&rest, None) });
        }
    };
    let typed = wanted.words.trim();
    chip((!typed.is_empty()).then(|| format!("“{typed}”")), |rest| rest.words.clear());
    chip(wanted.category.clone(), |rest| rest.category = None);
    chip(wanted.price_min.map(|min| format!("from {min}")), |rest| rest.price_min = None);
    chip(wanted.price_max.map(|max| format!("up to {max}")), |rest| rest.price_max = None);
    let stars = |stars: u8| {
        if stars == 5 { "5 stars".to_owned() } else { format!("{stars} stars or more") }
    };
    chip(wanted.rating_min.map(stars), |rest| rest.rating_min = None);
    chip(wanted.in_stock.then(|| "in stock".to_owned()), |rest| rest.in_stock = false);
    let seller =
        wanted.seller.map(|id| seller.map_or_else(|| format!("seller {id}"), str::to_owned));
    chip(seller, |rest| rest.seller = None);
    chips
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everything() -> Wanted {
        Wanted {
            words: "two words".to_owned(),
            category: Some("Home & light".to_owned()),
            price_min: Some(Cents(1_000)),
            price_max: Some(Cents(2_550)),
            rating_min: Some(4),
            in_stock: true,
            seller: Some(SellerId(3)),
            sort: Some(Sort::PriceUp),
        }
    }

    #[test]
    fn an_address_says_it_all_and_is_read_back() {
        let after = Some(Cursor { tier: 0, key: 7, id: 8 });
        let address = address(&everything(), after);
        assert_eq!(
            address,
            "/catalog?q=two%20words&category=Home%20%26%20light&min=10&max=25.50&rating=4&stock=1&seller=3&sort=price_up&after=0.7.8"
        );
        let uri: axum::http::Uri = address.parse().unwrap();
        let axum::extract::Query(query) =
            axum::extract::Query::<Query>::try_from_uri(&uri).unwrap();
        assert_eq!(query.read().unwrap(), (everything(), after));
        assert_eq!(super::address(&Wanted::default(), None), "/catalog");
    }

    #[test]
    fn each_filter_can_be_taken_away_alone() {
        let chips = chips(&everything(), Some("Blue Kettle"));
        assert_eq!(chips.len(), 7);
        let price = chips.iter().find(|chip| chip.words == "up to $25.50").unwrap();
        assert!(!price.without.contains("max=") && price.without.contains("min=10"));
        assert!(chips.iter().any(|chip| chip.words == "Blue Kettle"));
    }

    #[test]
    fn prices_are_read_as_people_type_them() {
        assert_eq!(price("min", "$12,50").unwrap(), Some(Cents(1_250)));
        assert_eq!(price("min", " ").unwrap(), None);
        assert!(price("min", "1e5").is_err());
    }

    #[test]
    fn an_address_that_makes_no_sense_is_refused() {
        for query in [
            Query { rating: "6".to_owned(), ..Query::default() },
            Query { sort: "colour".to_owned(), ..Query::default() },
            Query { after: "x".to_owned(), ..Query::default() },
            Query { seller: "x".to_owned(), ..Query::default() },
        ] {
            assert!(query.read().is_err(), "{query:?}");
        }
    }
}
