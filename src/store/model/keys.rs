//! Idempotency keys: which order came of which key.
//!
//! The latest [`KEYS_MAX`](super::disk::KEYS_MAX) are remembered; an older key is a new one.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use super::disk::{KEYS_MAX, KeyRow};
use crate::basis::{AccountId, OrderId};

/// What a key was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    pub order: OrderId,
    pub body_hash: [u8; 32],
}

type Key = (AccountId, Arc<str>);

/// The keys that are remembered.
#[derive(Debug, Default)]
pub struct Keys {
    uses: HashMap<Key, Use>,
    oldest_first: VecDeque<(Key, OrderId)>,
}

impl Keys {
    pub fn restore(rows: impl IntoIterator<Item = KeyRow>) -> Self {
        let mut keys = Self::default();
        for row in rows {
            let (order, body_hash) = (row.order, row.body_hash);
            keys.insert(row.account, &row.key, Use { order, body_hash });
        }
        keys
    }

    pub fn find(&self, account: AccountId, key: &str) -> Option<Use> {
        self.uses.get(&(account, Arc::from(key))).copied()
    }

    pub fn insert(&mut self, account: AccountId, key: &str, of: Use) {
        let key: Key = (account, Arc::from(key));
        self.oldest_first.push_back((key.clone(), of.order));
        self.uses.insert(key, of);
        if self.oldest_first.len() > KEYS_MAX
            && let Some((oldest, order)) = self.oldest_first.pop_front()
            && self.uses.get(&oldest).is_some_and(|used| used.order == order)
        {
            self.uses.remove(&oldest);
        }
    }

    /// The key's order was not placed after all: it may be used again.
    pub fn forget(&mut self, account: AccountId, key: &str) {
        self.uses.remove(&(account, Arc::from(key)));
    }
}
