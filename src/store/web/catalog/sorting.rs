//! The orders that products are shown in, and where in one a page ends.
//!
//! Each is a walk along an index: the same key twice is told apart by the id.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An order of products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Who has the words in name or category comes first; each with what sells most first.
    Relevance,
    /// What sold most pieces first.
    Popular,
    /// The newest first.
    Newest,
    /// The cheapest first.
    PriceUp,
    /// The dearest first.
    PriceDown,
    /// The best rated first; a product with few reviews counts as middling.
    Rating,
}

impl Sort {
    pub const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Relevance, "relevance", "Best match"),
        (Self::Popular, "popular", "Most sold"),
        (Self::Newest, "newest", "Newest"),
        (Self::PriceUp, "price_up", "Price, lowest first"),
        (Self::PriceDown, "price_down", "Price, highest first"),
        (Self::Rating, "rating", "Best rated"),
    ];

    pub fn name(self) -> &'static str {
        let entry = Self::ALL.iter().find(|(sort, ..)| *sort == self);
        entry.map_or("popular", |(_, name, _)| name)
    }

    /// The column it goes by.
    pub fn key(self) -> &'static str {
        match self {
            Self::Relevance | Self::Popular => "p.sold",
            Self::Newest => "p.id",
            Self::PriceUp | Self::PriceDown => "p.price_cents",
            Self::Rating => "p.rating_rank",
        }
    }

    pub fn ascends(self) -> bool {
        self == Self::PriceUp
    }
}

impl FromStr for Sort {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let entry = Self::ALL.iter().find(|(_, name, _)| *name == text);
        entry.map(|(sort, ..)| *sort).ok_or(())
    }
}

/// Where a page ended. As text it is what an address holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Of the order by relevance: 0 among those named so, 1 among the others.
    pub tier: u8,
    pub key: i64,
    pub id: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.tier, self.key, self.id)
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('.');
        let mut number = || parts.next().and_then(|part| part.parse::<i64>().ok()).ok_or(());
        let (tier, key, id) = (number()?, number()?, number()?);
        let tier = u8::try_from(tier).ok().filter(|tier| *tier <= 1).ok_or(())?;
        if parts.next().is_some() { Err(()) } else { Ok(Self { tier, key, id }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_way_through_an_address() {
        let cursor = Cursor { tier: 1, key: -5, id: 77 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in
            ["", "1", "1.2", "2.1.1", "0.1.x", "0.1.2.3", "-1.1.1", "0.99999999999999999999.1"]
        {
            assert_eq!(bad.parse::<Cursor>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn each_order_is_known_by_its_name() {
        for (sort, name, _) in Sort::ALL {
            assert_eq!((sort.name(), name.parse()), (name, Ok(sort)));
            assert_eq!(serde_json::to_string(&sort).unwrap(), format!("\"{name}\""));
        }
    }
}
