//! The scopes of a program's token.
//!
//! Which there are is each site's to say. What the token's account may do is another question,
//! and both have to say yes.

use std::{collections::BTreeSet, sync::Arc};

use crate::web::people::Scope;

/// The scopes of a token; the default is all that its account may do, now and later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes<S>(Option<Arc<[S]>>);

impl<S> Default for Scopes<S> {
    fn default() -> Self {
        Self(None)
    }
}

impl<S: Scope> Scopes<S> {
    /// Each once, in their order.
    pub fn some(scopes: impl IntoIterator<Item = S>) -> Self {
        let unique: BTreeSet<_> = scopes.into_iter().collect();
        Self(Some(unique.into_iter().collect()))
    }

    pub fn allow(&self, scope: S) -> bool {
        self.0.as_ref().is_none_or(|scopes| scopes.contains(&scope))
    }

    /// None: everything.
    pub fn listed(&self) -> Option<&[S]> {
        self.0.as_deref()
    }

    /// As the database keeps them. A name that is not known (any more) allows nothing.
    pub fn read(column: Option<Vec<String>>) -> Self {
        let known = |names: Vec<String>| names.iter().filter_map(|name| named(name)).collect();
        Self(column.map(known))
    }

    pub fn column(&self) -> Option<Vec<&'static str>> {
        self.0.as_ref().map(|scopes| scopes.iter().map(|scope| scope.name()).collect())
    }
}

fn named<S: Scope>(name: &str) -> Option<S> {
    S::EACH.iter().copied().find(|scope| scope.name() == name)
}
