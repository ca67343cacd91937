//! Products by words, filters and order, a part at a time, and how many there are.
//!
//! An order by relevance is two walks: first who has the words in name or category, then
//! the others. So each walk has an index, however many products there are.

use tokio_postgres::{Row, types::Type};

use super::{
    products::{CARD, Card},
    sorting::{Cursor, Sort},
    words::Words,
};
use crate::{
    basis::{Cents, SellerId},
    db::Client,
    web::{Problem, part, statement::Statement},
};

/// Beyond this many, results are not counted.
pub const COUNT_MAX: i64 = 1_000;

/// Which products to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub words: String,
    pub category: Option<String>,
    pub price_min: Option<Cents>,
    pub price_max: Option<Cents>,
    /// Stars on average, 1 to 5.
    pub rating_min: Option<u8>,
    pub in_stock: bool,
    pub seller: Option<SellerId>,
    pub sort: Option<Sort>,
}

impl Wanted {
    /// As asked for; else what fits.
    pub fn order(&self) -> Sort {
        let has_words = !self.words.trim().is_empty();
        match self.sort {
            Some(Sort::Relevance) | None if !has_words => Sort::Popular,
            None => Sort::Relevance,
            Some(sort) => sort,
        }
    }
}

/// A part of what was found.
#[derive(Debug)]
pub struct Found {
    pub cards: Vec<Card>,
    pub next: Option<Cursor>,
    /// How many there are, as [`count`] says, where finding them took counting.
    pub count: Option<i64>,
}

/// What was found, from a cursor on.
pub async fn find(
    client: &Client,
    wanted: &Wanted,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Found, Problem> {
    let words = Words::read(client, &wanted.words).await?;
    let sort = wanted.order();
    // The database takes words for spread evenly over each order: where few products have them,
    // it would walk past all the others. Those few are gathered first instead.
    let count = match &words {
        Words::All(_) => Some(count_of(client, wanted, &words).await?),
        Words::Any | Words::None => None,
    };
    let is_few = count.is_some_and(|count| count <= COUNT_MAX);
    let mut rows = Vec::new();
    for walk in walks(sort, &words, after) {
        let missing = limit + 1 - rows.len() as i64;
        if missing > 0 {
            let found = walk.statement(wanted, sort, missing, is_few).query(client).await?;
            rows.extend(found.into_iter().map(|row| (walk.tier, row)));
        }
    }
    let end = |(tier, row): &(u8, Row)| Cursor { tier: *tier, key: row.get("key"), id: row.get(0) };
    let (rows, next) = part(rows, limit, end);
    Ok(Found { cards: rows.iter().map(|(_, row)| Card::read(row)).collect(), next, count })
}

/// How many there are, up to one more than [`COUNT_MAX`].
pub async fn count(client: &Client, wanted: &Wanted) -> Result<i64, Problem> {
    count_of(client, wanted, &Words::read(client, &wanted.words).await?).await
}

async fn count_of(client: &Client, wanted: &Wanted, words: &Words) -> Result<i64, Problem> {
    let condition = match words {
        Words::None => return Ok(0),
        Words::Any => None,
        Words::All(words) => Some(words.as_str()),
    };
    let rows = counting(wanted, condition).query(client).await?;
    Ok(rows.first().map_or(0, |row| row.get(0)))
}

fn counting(wanted: &Wanted, words: Option<&str>) -> Statement {
    let mut statement = Statement::new("SELECT count(*) FROM (SELECT FROM store.products p WHERE ");
    filters(&mut statement, wanted);
    if let Some(words) = words {
        statement.push(" AND p.words @@ to_tsquery('simple', ").text(words).push(")");
    }
    // In an order that has an index: so it never reads through everything for a thousand.
    statement.push(" ORDER BY p.sold DESC, p.id DESC LIMIT ").number(COUNT_MAX + 1).push(") found");
    statement
}

/// One walk along an order.
struct Walk<'a> {
    tier: u8,
    /// What must be in the name, in the text, and not in the name.
    named: Option<&'a str>,
    said: Option<&'a str>,
    unnamed: Option<&'a str>,
    after: Option<Cursor>,
}

/// The walks from a cursor on, in their order.
fn walks(sort: Sort, words: &Words, after: Option<Cursor>) -> Vec<Walk<'_>> {
    let plain = Walk { tier: 0, named: None, said: None, unnamed: None, after };
    let words = match words {
        Words::None => return Vec::new(),
        Words::Any => return vec![plain],
        Words::All(words) => Some(words.as_str()),
    };
    if sort != Sort::Relevance {
        return vec![Walk { said: words, ..plain }];
    }
    let of_tier = |tier| after.filter(|cursor| cursor.tier == tier);
    let named = Walk { named: words, after: of_tier(0), ..plain };
    let said = Walk { tier: 1, named: None, said: words, unnamed: words, after: of_tier(1) };
    if after.is_some_and(|cursor| cursor.tier == 1) { vec![said] } else { vec![named, said] }
}

impl Walk<'_> {
    fn statement(&self, wanted: &Wanted, sort: Sort, limit: i64, is_few: bool) -> Statement {
        let key = sort.key();
        let mut statement = Statement::new(&format!("SELECT {CARD}, {key}::bigint AS key FROM "));
        statement.push(if is_few { "(SELECT * FROM " } else { "" }).push("store.products p WHERE ");
        filters(&mut statement, wanted);
        let mut words = |before: &str, words: Option<&str>| {
            if let Some(words) = words {
                statement.push(before).push(" @@ to_tsquery('simple', ").text(words).push(")");
            }
        };
        words(" AND p.name_words", self.named);
        words(" AND p.words", self.said);
        words(" AND NOT p.name_words", self.unnamed);
        // Whatever is outside of this is done with what is inside, in this order.
        statement.push(if is_few { " OFFSET 0) p WHERE true" } else { "" });
        let (beyond, way) = if sort.ascends() { (">", "ASC") } else { ("<", "DESC") };
        if let Some(Cursor { key: from, id, .. }) = self.after {
            statement.push(&format!(" AND ({key}, p.id) {beyond} ("));
            statement.number(from).push(", ").number(id).push(")");
        }
        let by = if key == "p.id" { String::new() } else { format!("{key} {way}, ") };
        statement.push(&format!(" ORDER BY {by}p.id {way} LIMIT ")).number(limit);
        statement
    }
}

/// Everything but the words.
fn filters(statement: &mut Statement, wanted: &Wanted) {
    // Whatever is sold has a price, and the indexes have nothing else.
    statement.push("p.price_cents IS NOT NULL");
    if let Some(category) = &wanted.category {
        statement.push(" AND p.category = ").text(&category.replace('\0', ""));
    }
    if let Some(Cents(min)) = wanted.price_min {
        statement.push(" AND p.price_cents >= ").number(min);
    }
    if let Some(Cents(max)) = wanted.price_max {
        statement.push(" AND p.price_cents <= ").number(max);
    }
    if let Some(stars) = wanted.rating_min {
        let hundredths = i32::from(stars) * 100;
        statement.push(" AND p.rating_hundredths >= ").bind(hundredths, Type::INT4);
    }
    if wanted.in_stock {
        statement.push(" AND p.in_stock");
    }
    if let Some(SellerId(seller)) = wanted.seller {
        statement.push(" AND EXISTS (SELECT FROM store.listings l WHERE l.product_id = p.id");
        statement.push(" AND l.active AND l.seller_id = ").number(seller).push(")");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_by_relevance_unless_another_order_is_asked_for() {
        let with =
            |words: &str, sort| Wanted { words: words.to_owned(), sort, ..Wanted::default() };
        assert_eq!(with("pot", None).order(), Sort::Relevance);
        assert_eq!(with("pot", Some(Sort::PriceUp)).order(), Sort::PriceUp);
        assert_eq!(with(" ", None).order(), Sort::Popular);
        // Without words nothing is relevant.
        assert_eq!(with("", Some(Sort::Relevance)).order(), Sort::Popular);
    }

    #[test]
    fn what_was_typed_is_never_part_of_the_statement() {
        let evil = "x'; DROP TABLE store.products --";
        let wanted = Wanted {
            words: evil.to_owned(),
            category: Some(evil.to_owned()),
            price_min: Some(Cents(1)),
            price_max: Some(Cents(2)),
            rating_min: Some(4),
            in_stock: true,
            seller: Some(SellerId(3)),
            sort: None,
        };
        let words = Words::All(evil.to_owned());
        let after = Some(Cursor { tier: 0, key: 1, id: 2 });
        for (sort, ..) in Sort::ALL {
            for walk in walks(sort, &words, after) {
                let sql = walk.statement(&wanted, sort, 5, true).sql;
                assert!(!sql.contains("DROP") && sql.contains("p.in_stock"), "{sql}");
            }
        }
        assert!(!counting(&wanted, Some(evil)).sql.contains("DROP"));
    }

    #[test]
    fn a_walk_that_ended_among_the_unnamed_goes_on_there() {
        let words = Words::All("'a':*".to_owned());
        let tiers = |after| walks(Sort::Relevance, &words, after).len();
        assert_eq!(tiers(None), 2);
        assert_eq!(tiers(Some(Cursor { tier: 0, key: 1, id: 1 })), 2);
        assert_eq!(tiers(Some(Cursor { tier: 1, key: 1, id: 1 })), 1);
    }
}
