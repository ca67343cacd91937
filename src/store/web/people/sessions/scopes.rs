//! What a program's token may be used for.
//!
//! What its account may do is another question, and both have to say yes.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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

impl FromStr for Scope {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(())
    }
}

/// The scopes of a token; the default is all that its account may do, now and later.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Option<Arc<[Scope]>>);

impl Scopes {
    /// Each once, in their order.
    pub fn some(scopes: impl IntoIterator<Item = Scope>) -> Self {
        let unique: std::collections::BTreeSet<_> = scopes.into_iter().collect();
        Self(Some(unique.into_iter().collect()))
    }

    pub fn allow(&self, scope: Scope) -> bool {
        self.0.as_ref().is_none_or(|scopes| scopes.contains(&scope))
    }

    /// None: everything.
    pub fn listed(&self) -> Option<&[Scope]> {
        self.0.as_deref()
    }

    /// As the database keeps them. A name that is not known (any more) allows nothing.
    pub fn read(column: Option<Vec<String>>) -> Self {
        let known =
            |names: Vec<String>| names.iter().filter_map(|name| name.parse().ok()).collect();
        Self(column.map(known))
    }

    pub fn column(&self) -> Option<Vec<&'static str>> {
        self.0.as_ref().map(|scopes| scopes.iter().map(|scope| scope.as_str()).collect())
    }
}

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
