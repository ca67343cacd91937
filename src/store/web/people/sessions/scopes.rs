//! What a program's token may be used for.
//!
//! What its account may do is another question, and both have to say yes.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::web::people;

/// One thing that a token may be used for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To read whatever the account may read.
    Read,
    /// To order and review, and to change what is the buyer's own.
    Buy,
    /// To change what is the seller's.
    Sell,
    /// To run the shop.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 4] = [Self::Read, Self::Buy, Self::Sell, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Buy => "buy",
            Self::Sell => "sell",
            Self::Admin => "admin",
        }
    }

    /// For the page on which somebody chooses.
    pub fn words(self) -> &'static str {
        match self {
            Self::Read => "Read whatever I may read",
            Self::Buy => "Order, review, change my account",
            Self::Sell => "Change what I sell",
            Self::Admin => "Run the shop, where I am an admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl people::Scope for Scope {
    const EACH: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        self.as_str()
    }
}

/// The scopes of a token.
pub type Scopes = people::sessions::Scopes<Scope>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_without_scopes_may_everything_and_one_with_none_nothing() {
        assert!(Scope::ALL.iter().all(|scope| Scopes::read(None).allow(*scope)));
        let unknown = Scopes::read(Some(vec!["everything".to_owned()]));
        assert!(!Scope::ALL.iter().any(|scope| unknown.allow(*scope)));
        let some = Scopes::some([Scope::Sell, Scope::Read, Scope::Sell]);
        assert_eq!(some.column(), Some(vec!["read", "sell"]));
        assert!(some.allow(Scope::Read) && !some.allow(Scope::Buy));
    }
}
