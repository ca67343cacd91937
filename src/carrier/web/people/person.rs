//! Who is signed in at the carrier, and what his programs' tokens may be used for.
//!
//! How he proves it is not known here.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use utoipa::ToSchema;

use crate::{basis::AccountId, web::people};

/// An account, as far as every request needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub account: AccountId,
    /// What stores are told, so that shipments come to this account.
    pub name: Arc<str>,
    pub email: Arc<str>,
    pub first_name: Arc<str>,
    pub is_staff: bool,
}

impl people::Person for Person {
    const SCHEMA: &'static str = "carrier";
    const COLUMNS: &'static str = "a.id, a.name, a.email, a.first_name, a.is_staff";
    type Scope = Scope;

    fn read(row: &Row) -> Self {
        Self {
            account: AccountId(row.get(0)),
            name: row.get::<_, &str>(1).into(),
            email: row.get::<_, &str>(2).into(),
            first_name: row.get::<_, &str>(3).into(),
            is_staff: row.get(4),
        }
    }

    fn account(&self) -> AccountId {
        self.account
    }

    fn email(&self) -> &str {
        &self.email
    }
}

/// One thing that a token may be used for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To read whatever the account may read.
    Read,
    /// To redirect packages, and to change what is the customer's own.
    Change,
    /// To run the carrier.
    Staff,
}

impl Scope {
    pub const ALL: [Self; 3] = [Self::Read, Self::Change, Self::Staff];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Change => "change",
            Self::Staff => "staff",
        }
    }

    /// For the page on which somebody chooses.
    pub fn words(self) -> &'static str {
        match self {
            Self::Read => "Read whatever I may read",
            Self::Change => "Redirect packages, change my account",
            Self::Staff => "Run the carrier, where I am of its staff",
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
