//! Who sells, and what buyers think of it: for pages and programs.
//!
//! What a seller does is in the folder of selling.

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

use crate::{
    basis::SellerId,
    store::web::AppState,
    web::{Kind, Problem},
};

/// What reviews come to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Rating {
    /// Of the stars, to two decimals; null without reviews.
    #[schema(example = 4.25, minimum = 1, maximum = 5)]
    pub average: Option<f64>,
    #[schema(example = 12, minimum = 0)]
    pub count: i32,
    /// How many give 1, 2, 3, 4 and 5 stars.
    #[schema(example = json!([1, 0, 1, 3, 7]))]
    pub stars: [i32; 5],
}

impl Rating {
    /// From the columns of these names.
    pub fn read(row: &Row, ratings: &str, hundredths: &str) -> Self {
        let counts: Vec<i32> = row.get(ratings);
        let stars: [i32; 5] = counts.try_into().unwrap_or_default();
        let count = stars.iter().sum();
        let hundredths: i32 = row.get(hundredths);
        Self { average: (count > 0).then(|| f64::from(hundredths) / 100.0), count, stars }
    }

    /// "4.3", for people.
    pub fn words(&self) -> String {
        self.average.map_or_else(
            || "no reviews yet".to_owned(),
            |average| {
                // Exact: it is a hundredth of a whole number.
                tenths((average * 100.0).round() as i32)
            },
        )
    }

    /// The best first, each with its share of a hundred.
    pub fn bars(&self) -> Vec<Bar> {
        let share = |count: i32| {
            (i64::from(count) * 100 + i64::from(self.count) / 2) / i64::from(self.count.max(1))
        };
        let bar = |(nth, count): (usize, &i32)| Bar {
            stars: nth + 1,
            count: *count,
            percent: share(*count),
        };
        self.stars.iter().enumerate().map(bar).rev().collect()
    }
}

/// An average of stars for people, half a tenth rounded up: 435 hundredths are "4.4".
pub fn tenths(hundredths: i32) -> String {
    let tenths = (hundredths + 5) / 10;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// How many reviews give so many stars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    pub stars: usize,
    pub count: i32,
    pub percent: i64,
}

/// Somebody who offers products.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Seller {
    #[schema(value_type = i64, example = 1)]
    pub id: SellerId,
    #[schema(example = "Blue Kettle Trading")]
    pub name: String,
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    pub rating: Rating,
}

pub async fn find(state: &AppState, id: SellerId) -> Result<Seller, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT id, name, created_at, ratings, rating_hundredths
        FROM store.sellers WHERE id = $1";
    let statement = client.prepare_cached(select).await?;
    let row = client.query_opt(&statement, &[&id.0]).await?;
    let nothing = || {
        Problem::new(Kind::NotFound, "There is no such seller. The catalog has those there are.")
    };
    let row = row.ok_or_else(nothing)?;
    Ok(Seller {
        id: SellerId(row.get(0)),
        name: row.get(1),
        since: row.get(2),
        rating: Rating::read(&row, "ratings", "rating_hundredths"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_tenth_of_a_star_is_rounded_up() {
        let of = |average| Rating { average: Some(average), count: 20, stars: [0, 0, 0, 13, 7] };
        assert_eq!([4.34, 4.35, 4.45, 5.0].map(|it| of(it).words()), ["4.3", "4.4", "4.5", "5.0"]);
        assert_eq!([434, 435, 445, 500].map(tenths), ["4.3", "4.4", "4.5", "5.0"]);
    }

    #[test]
    fn bars_share_a_hundred() {
        let rating = Rating { average: Some(4.0), count: 8, stars: [1, 0, 0, 3, 4] };
        let bars: Vec<_> = rating.bars().iter().map(|bar| (bar.stars, bar.percent)).collect();
        assert_eq!(bars, [(5, 50), (4, 38), (3, 0), (2, 0), (1, 13)]);
        let none = Rating { average: None, count: 0, stars: [0; 5] };
        assert!(none.bars().iter().all(|bar| bar.percent == 0));
        assert_eq!((none.words(), rating.words()), ("no reviews yet".to_owned(), "4.0".to_owned()));
    }
}
