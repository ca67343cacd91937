//! Who is signed in, as far as what the sites share needs to know.
//!
//! How he proves it is not known here.

use std::fmt::Debug;

use tokio_postgres::Row;

use crate::basis::AccountId;

/// An account of a site, as far as every request needs it.
pub trait Person: Clone + Debug + Send + Sync + 'static {
    /// The schema whose accounts these are.
    const SCHEMA: &'static str;
    /// What [`Self::read`] reads, of accounts a.
    const COLUMNS: &'static str;
    /// What a program's token may be used for.
    type Scope: Scope;

    /// From a row that begins with [`Self::COLUMNS`].
    fn read(row: &Row) -> Self;
    fn account(&self) -> AccountId;
    fn email(&self) -> &str;
}

/// One thing that a token may be used for.
pub trait Scope: Copy + Debug + Ord + Send + Sync + 'static {
    const EACH: &'static [Self];

    /// In the database, in the API and on pages.
    fn name(self) -> &'static str;
}

/// Somebody who has proved just now to be an account's owner.
#[derive(Clone)]
pub struct Proved<P> {
    pub person: P,
    /// Of the password that proved it; when the account has another one it proves nothing more.
    pub password_hash: String,
}
