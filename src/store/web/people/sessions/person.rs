//! Who is signed in.
//!
//! How he proves it is not known here.

use std::sync::Arc;

use tokio_postgres::Row;

use super::Scope;
use crate::{
    basis::{AccountId, SellerId},
    web::people,
};

/// An account, as far as every request needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub account: AccountId,
    pub email: Arc<str>,
    pub first_name: Arc<str>,
    /// As whom this account sells, if it does.
    pub seller: Option<SellerId>,
    pub is_admin: bool,
}

impl people::Person for Person {
    const SCHEMA: &'static str = "store";
    const COLUMNS: &'static str = "a.id, a.email, a.first_name,
        (SELECT s.id FROM store.sellers s WHERE s.account_id = a.id), a.is_admin";
    type Scope = Scope;

    fn read(row: &Row) -> Self {
        Self {
            account: AccountId(row.get(0)),
            email: row.get::<_, &str>(1).into(),
            first_name: row.get::<_, &str>(2).into(),
            seller: row.get::<_, Option<i64>>(3).map(SellerId),
            is_admin: row.get(4),
        }
    }

    fn account(&self) -> AccountId {
        self.account
    }

    fn email(&self) -> &str {
        &self.email
    }
}
