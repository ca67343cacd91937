//! Who has an account at the store, and what is shown of his sessions and tokens.
//!
//! How sessions and tokens work is told where all sites have them from.

mod person;
mod scopes;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub use self::{
    person::Person,
    scopes::{Scope, Scopes},
};
pub use crate::web::people::sessions::{Issued, SessionView, Stay};
use crate::web::people::{self, sessions};

pub type Sessions = sessions::Sessions<Person>;
pub type Session = sessions::Session<Person>;
pub type Access = sessions::Access<Person>;
pub type TokenWish = sessions::TokenWish<Scope>;
pub type Proved = people::Proved<Person>;

/// A token of a program.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TokenView {
    #[schema(example = 7)]
    pub id: i64,
    /// What for, in its owner's words.
    #[schema(max_length = 100, example = "price robot")]
    pub name: String,
    /// What it may be used for; null: everything that its account may do.
    pub scopes: Option<Vec<Scope>>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The last use, within some minutes; null: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub used_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl From<sessions::TokenView<Scope>> for TokenView {
    fn from(token: sessions::TokenView<Scope>) -> Self {
        let sessions::TokenView { id, name, scopes, created_at, used_at, expires_at } = token;
        let scopes = scopes.listed().map(<[Scope]>::to_vec);
        Self { id, name, scopes, created_at, used_at, expires_at }
    }
}

#[cfg(test)]
mod tests;
