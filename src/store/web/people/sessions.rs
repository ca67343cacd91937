//! Who is asking: tokens, and the bounded memory that spares a query a request.
//!
//! A token is 256 random bits; only its SHA-256 is kept, here and in the
//! database. A revoked token may live on in another process for
//! [`REMEMBERED_FOR`].

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};
use tokio_postgres::Row;

use crate::{
    basis::{AccountId, SellerId},
    db::Db,
    runtime::Admission,
    web::{Kind, Problem},
};

/// The cookie that holds a browser's token.
pub const COOKIE: &str = "waybill_session";
const VALID_DAYS: i32 = 30;
/// How long a token is believed without asking the database again.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);
/// Tokens remembered, half of them recent.
const REMEMBERED_MAX: usize = 100_000;
/// Unknown tokens that are looked up at once; who guesses does not get all connections.
const LOOKUPS_MAX: usize = 64;

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub account: AccountId,
    pub email: Arc<str>,
    pub first_name: Arc<str>,
    /// As whom this account sells, if it does.
    pub seller: Option<SellerId>,
    pub is_admin: bool,
}

impl Person {
    /// From a row of [`Person::COLUMNS`] of accounts a.
    pub fn read(row: &Row) -> Self {
        Self {
            account: AccountId(row.get(0)),
            email: row.get::<_, &str>(1).into(),
            first_name: row.get::<_, &str>(2).into(),
            seller: row.get::<_, Option<i64>>(3).map(SellerId),
            is_admin: row.get(4),
        }
    }

    pub const COLUMNS: &str = "a.id, a.email, a.first_name,
        (SELECT s.id FROM store.sellers s WHERE s.account_id = a.id), a.is_admin";
}

type Hash = [u8; 32];

/// The tokens there are.
#[derive(Clone)]
pub struct Sessions {
    db: Db,
    memory: Arc<Mutex<Memory>>,
    lookups: Admission,
}

/// Two generations: when the young one is full, the old one is forgotten.
#[derive(Default)]
struct Memory {
    young: HashMap<Hash, (Person, Instant)>,
    old: HashMap<Hash, (Person, Instant)>,
    /// Tokens ended so far: what was read before an end may be of the token that ended.
    endings: u64,
}

impl Memory {
    fn find(&mut self, hash: &Hash) -> Option<Person> {
        let (person, since) = self.young.get(hash).or_else(|| self.old.get(hash))?;
        (since.elapsed() < REMEMBERED_FOR).then(|| person.clone())
    }

    /// Unless a token has ended since `endings`; then the next request reads again.
    fn keep(&mut self, hash: Hash, person: Person, endings: u64) {
        if self.endings != endings {
            return;
        }
        if self.young.len() >= REMEMBERED_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(hash, (person, Instant::now()));
    }

    fn forget(&mut self, hash: &Hash) {
        self.young.remove(hash);
        self.old.remove(hash);
        self.endings += 1;
    }
}

impl Sessions {
    pub fn new(db: Db) -> Self {
        let memory = Arc::new(Mutex::new(Memory::default()));
        Self { db, memory, lookups: Admission::new(LOOKUPS_MAX) }
    }

    /// A new token for an account, and when it ends.
    pub async fn open(&self, account: AccountId) -> Result<(String, jiff::Timestamp), Problem> {
        let token = mint();
        let client = self.db.client().await?;
        // Whoever logs in sweeps out what is over.
        let insert = "WITH swept AS (
                DELETE FROM store.tokens WHERE account_id = $2 AND expires_at < now())
            INSERT INTO store.tokens (hash, account_id, expires_at)
            VALUES ($1, $2, now() + make_interval(days => $3)) RETURNING expires_at";
        let statement = client.prepare_cached(insert).await?;
        let hash = hash(&token);
        let row =
            client.query_one(&statement, &[&hash.as_slice(), &account.0, &VALID_DAYS]).await?;
        Ok((token, row.try_get(0)?))
    }

    /// Ends a token here and now.
    pub async fn close(&self, token: &str) -> Result<(), Problem> {
        let hash = hash(token);
        let client = self.db.client().await?;
        let statement = client.prepare_cached("DELETE FROM store.tokens WHERE hash = $1").await?;
        client.execute(&statement, &[&hash.as_slice()]).await?;
        self.memory().forget(&hash);
        Ok(())
    }

    /// Whose token it is, if anybody's.
    pub async fn find(&self, token: &str) -> Result<Option<Person>, Problem> {
        if !looks_right(token) {
            return Ok(None);
        }
        let hash = hash(token);
        let (known, endings) = {
            let mut memory = self.memory();
            (memory.find(&hash), memory.endings)
        };
        if known.is_some() {
            return Ok(known);
        }
        let found = self.look_up(&hash).await?;
        if let Some(person) = &found {
            self.memory().keep(hash, person.clone(), endings);
        }
        Ok(found)
    }

    async fn look_up(&self, hash: &Hash) -> Result<Option<Person>, Problem> {
        let busy = || Problem::new(Kind::Busy, "Too many tokens are looked up. Try again soon.");
        let _place = self.lookups.enter().ok_or_else(busy)?;
        let client = self.db.client().await?;
        let select = format!(
            "SELECT {} FROM store.tokens t JOIN store.accounts a ON a.id = t.account_id
            WHERE t.hash = $1 AND t.expires_at > now()",
            Person::COLUMNS
        );
        let statement = client.prepare_cached(&select).await?;
        let row = client.query_opt(&statement, &[&hash.as_slice()]).await?;
        Ok(row.as_ref().map(Person::read))
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn mint() -> String {
    rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn looks_right(token: &str) -> bool {
    token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn hash(token: &str) -> Hash {
    Sha256::digest(token).into()
}

/// The token in a browser's cookie.
pub fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.trim(), value.trim()))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

/// The header that gives a browser its token, or takes it away.
pub fn cookie(token: Option<&str>, request: &HeaderMap) -> HeaderValue {
    let forwarded = request.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let secure = if forwarded { "; Secure" } else { "" };
    let (token, seconds) = token.map_or(("", 0), |token| (token, VALID_DAYS * 86_400));
    let text =
        format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    // Hexadecimal digits only, so it is a header's value; if not, no session beats a panic.
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody() -> Person {
        let (email, first_name) = ("a@b.example".into(), "A".into());
        Person { account: AccountId(1), email, first_name, seller: None, is_admin: false }
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; waybill_session=abc; b=2"));
        assert_eq!(session(&headers), Some("abc"));
        headers.clear();
        headers.append(header::COOKIE, HeaderValue::from_static("xwaybill_session=abc"));
        assert_eq!(session(&headers), None);
    }

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (one, other) = (mint(), mint());
        assert!(looks_right(&one) && looks_right(&other) && one != other);
        assert!(!looks_right("' OR 1=1"));
    }

    #[test]
    fn a_token_that_ended_while_it_was_looked_up_is_not_remembered() {
        let person = somebody();
        let (mut memory, token) = (Memory::default(), hash("token"));
        let read_at = memory.endings;
        memory.forget(&token);
        memory.keep(token, person.clone(), read_at);
        assert_eq!(memory.find(&token), None);
        let read_at = memory.endings;
        memory.keep(token, person.clone(), read_at);
        assert_eq!(memory.find(&token), Some(person));
    }

    #[test]
    fn memory_is_bounded() {
        let person = somebody();
        let mut memory = Memory::default();
        for n in 0..(REMEMBERED_MAX as u64 * 2) {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&n.to_be_bytes());
            memory.keep(hash, person.clone(), 0);
        }
        assert!(memory.young.len() + memory.old.len() <= REMEMBERED_MAX);
    }
}
