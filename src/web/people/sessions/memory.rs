//! The bounded memory that spares a query a request.
//!
//! What ends in this process is forgotten here at once. What another process ends lives on
//! for [`REMEMBERED_FOR`] at most.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::{Person, Scopes, secret::Hash};
use crate::basis::AccountId;

/// How long a secret is believed without asking the database again.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);
/// Secrets remembered, half of them recent.
const REMEMBERED_MAX: usize = 100_000;

/// What a secret opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass<P: Person> {
    pub person: P,
    /// The session's or the token's id.
    pub id: i64,
    /// Of a token; a session has none.
    pub scopes: Option<Scopes<P::Scope>>,
}

/// Two generations: when the young one is full, the old one is forgotten.
pub struct Memory<P: Person> {
    young: HashMap<Hash, (Pass<P>, Instant)>,
    old: HashMap<Hash, (Pass<P>, Instant)>,
    /// Endings so far: what was read before one may be of what has ended.
    pub endings: u64,
}

impl<P: Person> Default for Memory<P> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), endings: 0 }
    }
}

impl<P: Person> Memory<P> {
    pub fn find(&self, hash: &Hash) -> Option<Pass<P>> {
        let (pass, since) = self.young.get(hash).or_else(|| self.old.get(hash))?;
        (since.elapsed() < REMEMBERED_FOR).then(|| pass.clone())
    }

    /// Unless something has ended since `endings`; then the next request reads again.
    pub fn keep(&mut self, hash: Hash, pass: Pass<P>, endings: u64) {
        if self.endings != endings {
            return;
        }
        if self.young.len() >= REMEMBERED_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(hash, (pass, Instant::now()));
    }

    pub fn forget(&mut self, hashes: &[Hash]) {
        for hash in hashes {
            self.young.remove(hash);
            self.old.remove(hash);
        }
        self.endings += 1;
    }

    /// Everything of an account's; looks at all there is, so it is for what is rare.
    pub fn forget_account(&mut self, account: AccountId) {
        for generation in [&mut self.young, &mut self.old] {
            generation.retain(|_, (pass, _)| pass.person.account() != account);
        }
        self.endings += 1;
    }
}

#[cfg(test)]
mod tests {
    use tokio_postgres::Row;

    use super::*;
    use crate::web::people::Scope;

    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Somebody(i64);

    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    struct Nothing;

    impl Scope for Nothing {
        const EACH: &'static [Self] = &[];

        fn name(self) -> &'static str {
            "nothing"
        }
    }

    impl Person for Somebody {
        const SCHEMA: &'static str = "nowhere";
        const COLUMNS: &'static str = "a.id";
        type Scope = Nothing;

        fn read(row: &Row) -> Self {
            Self(row.get(0))
        }

        fn account(&self) -> AccountId {
            AccountId(self.0)
        }

        fn email(&self) -> &'static str {
            "a@b.example"
        }
    }

    fn pass(account: i64) -> Pass<Somebody> {
        Pass { person: Somebody(account), id: 1, scopes: None }
    }

    #[test]
    fn what_ended_while_it_was_looked_up_is_not_remembered() {
        let (mut memory, hash) = (Memory::<Somebody>::default(), [7; 32]);
        let read_at = memory.endings;
        memory.forget(&[hash]);
        memory.keep(hash, pass(1), read_at);
        assert_eq!(memory.find(&hash), None);
        let read_at = memory.endings;
        memory.keep(hash, pass(1), read_at);
        assert_eq!(memory.find(&hash), Some(pass(1)));
    }

    #[test]
    fn an_account_is_forgotten_and_the_others_are_not() {
        let mut memory = Memory::default();
        memory.keep([1; 32], pass(1), 0);
        memory.keep([2; 32], pass(2), 0);
        memory.forget_account(AccountId(1));
        assert_eq!((memory.find(&[1; 32]), memory.find(&[2; 32])), (None, Some(pass(2))));
        memory.keep([3; 32], pass(1), 0);
        assert_eq!(memory.find(&[3; 32]), None, "it was read before the account changed");
    }

    #[test]
    fn memory_is_bounded() {
        let mut memory = Memory::default();
        for n in 0..(REMEMBERED_MAX as u64 * 2) {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&n.to_be_bytes());
            memory.keep(hash, pass(1), 0);
        }
        assert!(memory.young.len() + memory.old.len() <= REMEMBERED_MAX);
    }
}
