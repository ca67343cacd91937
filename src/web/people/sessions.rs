//! How people and programs are known again: browsers by a session, programs by a token.
//!
//! Who may do what with them is for each site to say.
//!
//! ```text
//! browser ── cookie ──▶ session   ends when idle, at a date, at log-out, with the password
//! program ── bearer ──▶ token     ends at a date or when revoked; has scopes
//! ```

mod listing;
mod memory;
mod scopes;
mod secret;

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

pub use self::{
    listing::{SessionView, TokenView, browser_words},
    scopes::Scopes,
};
use self::{
    memory::{Memory, Pass},
    secret::{Hash, hash, mint},
};
use super::{Caller, Person, Proved, Scope};
use crate::{
    basis::AccountId,
    db::{Client, Db, DbError},
    runtime::Admission,
    web::{FieldError, Kind, Problem, text},
};

/// Unknown secrets that are looked up at once; who guesses does not get all connections.
const LOOKUPS_MAX: usize = 64;
/// Of one account; one more ends the one that was used longest ago.
const SESSIONS_MAX: i64 = 100;
const TOKENS_MAX: i64 = 200;
const TOKEN_NAME_LENGTH_MAX: usize = 100;
const TOKEN_DAYS_MAX: i32 = 365;

/// How long a browser stays logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// Until the browser is closed.
    Browser,
    /// On this device, as its owner asked for.
    Remembered,
}

impl Stay {
    fn idle_hours(self) -> i32 {
        match self {
            Self::Browser => 24,
            Self::Remembered => 14 * 24,
        }
    }

    /// However much it is used.
    fn days(self) -> i32 {
        match self {
            Self::Browser => 7,
            Self::Remembered => 30,
        }
    }

    /// Of the cookie; None: as long as the browser runs.
    pub fn max_age_s(self) -> Option<u32> {
        match self {
            Self::Browser => None,
            Self::Remembered => Some(30 * 86_400),
        }
    }
}

/// A browser that is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session<P> {
    pub id: i64,
    pub person: P,
}

/// A program that has a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access<P: Person> {
    pub id: i64,
    pub person: P,
    pub scopes: Scopes<P::Scope>,
}

/// A token as it is asked for.
#[derive(Debug, Clone)]
pub struct TokenWish<S> {
    /// What for, in its owner's words.
    pub name: String,
    pub scopes: Scopes<S>,
    pub days: i32,
}

impl<S: Scope> TokenWish<S> {
    /// The same with its name in order.
    pub fn check(mut self) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let mut complain = |field: &str, detail: String| {
            errors.push(FieldError { field: field.to_owned(), detail });
        };
        self.name = match self.name.trim() {
            "" => String::new(),
            name => text::line(name, TOKEN_NAME_LENGTH_MAX).unwrap_or_else(|detail| {
                complain("name", detail);
                String::new()
            }),
        };
        if !(1..=TOKEN_DAYS_MAX).contains(&self.days) {
            complain("days", format!("must be a whole number from 1 to {TOKEN_DAYS_MAX}"));
        }
        if self.scopes.listed().is_some_and(<[S]>::is_empty) {
            let all: Vec<&str> = S::EACH.iter().map(|scope| scope.name()).collect();
            complain("scopes", format!("must be at least one of {}", all.join(", ")));
        }
        if errors.is_empty() { Ok(self) } else { Err(Problem::invalid(errors)) }
    }
}

/// A token that was made; it is shown this once.
pub struct Issued {
    pub id: i64,
    pub token: String,
    pub expires_at: Timestamp,
}

/// The sessions and tokens there are; cheap to clone.
#[derive(Clone)]
pub struct Sessions<P: Person> {
    db: Db,
    memory: Arc<Mutex<Memory<P>>>,
    lookups: Admission,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    Sessions,
    Tokens,
}

impl<P: Person> Sessions<P> {
    pub fn new(db: Db) -> Self {
        let memory = Arc::new(Mutex::new(Memory::default()));
        Self { db, memory, lookups: Admission::new(LOOKUPS_MAX) }
    }

    /// A new session's secret. What was proved must hold still: comparing takes its time, and
    /// whoever changes a password or suspends an account meanwhile has ended the sessions there
    /// were. The account's row, locked, puts both in an order.
    pub async fn open(
        &self,
        Proved { person, password_hash }: &Proved<P>,
        stay: Stay,
        caller: &Caller,
    ) -> Result<String, Problem> {
        let (secret, account) = (mint(), person.account());
        let client = self.db.client().await?;
        let insert = format!(
            "INSERT INTO {0}.sessions
                (hash, account_id, expires_at, idle_hours, user_agent, address)
            SELECT $1::bytea, id, now() + make_interval(days => $3), $4::integer, $5::text, $6::text
            FROM {0}.accounts WHERE id = $2 AND suspended_at IS NULL AND password_hash = $7
            FOR SHARE",
            P::SCHEMA
        );
        let statement = client.prepare_cached(&insert).await?;
        let hash = hash(&secret).unwrap_or_default();
        let address = caller.address.map(|address| address.to_string());
        let row: [&(dyn tokio_postgres::types::ToSql + Sync); 7] = [
            &hash.as_slice(),
            &account.0,
            &stay.days(),
            &stay.idle_hours(),
            &caller.user_agent,
            &address,
            password_hash,
        ];
        if client.execute(&statement, &row).await? == 0 {
            return Err(overtaken());
        }
        let sweep = format!(
            "DELETE FROM {0}.sessions WHERE account_id = $1 AND (expires_at < now()
                OR used_at < now() - make_interval(hours => idle_hours)
                OR id IN (SELECT id FROM {0}.sessions WHERE account_id = $1
                    ORDER BY used_at DESC, id DESC OFFSET $2)) RETURNING hash",
            P::SCHEMA
        );
        self.sweep(&client, &sweep, account, SESSIONS_MAX).await?;
        Ok(secret)
    }

    /// A new token for somebody who has proved who he is, on the terms of [`Self::open`].
    pub async fn issue(
        &self,
        proved: &Proved<P>,
        wish: &TokenWish<P::Scope>,
    ) -> Result<Issued, Problem> {
        self.issue_where(proved.person.account(), Some(&proved.password_hash), wish).await
    }

    /// A new token for somebody who is signed in.
    pub async fn issue_signed(
        &self,
        person: &P,
        wish: &TokenWish<P::Scope>,
    ) -> Result<Issued, Problem> {
        self.issue_where(person.account(), None, wish).await
    }

    async fn issue_where(
        &self,
        account: AccountId,
        password_hash: Option<&str>,
        wish: &TokenWish<P::Scope>,
    ) -> Result<Issued, Problem> {
        let token = mint();
        let client = self.db.client().await?;
        let insert = format!(
            "INSERT INTO {0}.tokens (hash, account_id, expires_at, name, scopes)
            SELECT $1::bytea, id, now() + make_interval(days => $3), $4::text, $5::text[]
            FROM {0}.accounts WHERE id = $2 AND suspended_at IS NULL
                AND password_hash = coalesce($6, password_hash)
            FOR SHARE RETURNING id, expires_at",
            P::SCHEMA
        );
        let statement = client.prepare_cached(&insert).await?;
        let hash = hash(&token).unwrap_or_default();
        let scopes = wish.scopes.column();
        let row: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
            [&hash.as_slice(), &account.0, &wish.days, &wish.name, &scopes, &password_hash];
        let row = client.query_opt(&statement, &row).await?.ok_or_else(overtaken)?;
        let sweep = format!(
            "DELETE FROM {0}.tokens WHERE account_id = $1 AND (expires_at < now()
                OR id IN (SELECT id FROM {0}.tokens WHERE account_id = $1
                    ORDER BY coalesce(used_at, created_at) DESC, id DESC OFFSET $2)) RETURNING hash",
            P::SCHEMA
        );
        self.sweep(&client, &sweep, account, TOKENS_MAX).await?;
        Ok(Issued { id: row.try_get(0)?, token, expires_at: row.try_get(1)? })
    }

    /// Whoever logs in sweeps out what is over.
    async fn sweep(
        &self,
        client: &Client,
        sweep: &str,
        account: AccountId,
        kept: i64,
    ) -> Result<(), Problem> {
        let statement = client.prepare_cached(sweep).await?;
        let gone = client.query(&statement, &[&account.0, &kept]).await?;
        self.forget(&gone);
        Ok(())
    }

    /// Gives a session another secret; with it how long the browser is to keep it. None: it has
    /// ended.
    pub async fn rotate(&self, old: &str) -> Result<Option<(String, Option<u32>)>, Problem> {
        let secret = mint();
        let (Some(old), Some(new)) = (hash(old), hash(&secret)) else { return Ok(None) };
        let client = self.db.client().await?;
        let update = format!(
            "UPDATE {}.sessions SET hash = $2 WHERE hash = $1 AND expires_at > now()
            RETURNING idle_hours, extract(epoch FROM expires_at - now())::bigint",
            P::SCHEMA
        );
        let statement = client.prepare_cached(&update).await?;
        let row = client.query_opt(&statement, &[&old.as_slice(), &new.as_slice()]).await?;
        self.memory().forget(&[old]);
        Ok(row.map(|row| {
            let is_remembered = row.get::<_, i32>(0) == Stay::Remembered.idle_hours();
            let left_s = u32::try_from(row.get::<_, i64>(1)).unwrap_or(0);
            (secret, is_remembered.then_some(left_s))
        }))
    }

    /// Ends the session here and now, if there is one.
    pub async fn close(&self, secret: &str) -> Result<(), Problem> {
        let Some(hash) = hash(secret) else { return Ok(()) };
        let client = self.db.client().await?;
        let delete = format!("DELETE FROM {}.sessions WHERE hash = $1", P::SCHEMA);
        let statement = client.prepare_cached(&delete).await?;
        client.execute(&statement, &[&hash.as_slice()]).await?;
        self.memory().forget(&[hash]);
        Ok(())
    }

    /// Has an account read anew wherever it is used: to be called after what it is has changed.
    pub fn forget_account(&self, account: AccountId) {
        self.memory().forget_account(account);
    }

    /// Whose session it is, if anybody's.
    pub async fn session(&self, secret: &str) -> Result<Option<Session<P>>, Problem> {
        let pass = self.find(secret, Table::Sessions).await?;
        Ok(pass.map(|Pass { person, id, .. }| Session { id, person }))
    }

    /// Whose token it is, if anybody's.
    pub async fn token(&self, secret: &str) -> Result<Option<Access<P>>, Problem> {
        let pass = self.find(secret, Table::Tokens).await?;
        Ok(pass
            .and_then(|Pass { person, id, scopes }| Some(Access { id, person, scopes: scopes? })))
    }

    async fn find(&self, secret: &str, table: Table) -> Result<Option<Pass<P>>, Problem> {
        let Some(hash) = hash(secret) else { return Ok(None) };
        let (known, endings) = {
            let memory = self.memory();
            (memory.find(&hash), memory.endings)
        };
        let of_table = |pass: &Pass<P>| pass.scopes.is_some() == (table == Table::Tokens);
        if known.is_some() {
            return Ok(known.filter(of_table));
        }
        let found = self.look_up(&hash, table).await?;
        if let Some(pass) = &found {
            self.memory().keep(hash, pass.clone(), endings);
        }
        Ok(found)
    }

    async fn look_up(&self, hash: &Hash, table: Table) -> Result<Option<Pass<P>>, Problem> {
        let busy = || Problem::new(Kind::Busy, "Too many tokens are looked up. Try again soon.");
        let _place = self.lookups.enter().ok_or_else(busy)?;
        let client = self.db.client().await?;
        let statement = client.prepare_cached(&look_up_in::<P>(table)).await?;
        let row = client.query_opt(&statement, &[&hash.as_slice()]).await?;
        Ok(row.map(|row| Pass {
            person: P::read(&row),
            id: row.get("pass_id"),
            scopes: (table == Table::Tokens).then(|| Scopes::read(row.get("pass_scopes"))),
        }))
    }

    fn forget(&self, rows: &[tokio_postgres::Row]) {
        let hashes = rows.iter().filter_map(|row| row.get::<_, &[u8]>(0).try_into().ok());
        self.memory().forget(&hashes.collect::<Vec<Hash>>());
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory<P>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn overtaken() -> Problem {
    let detail = "The account was changed or suspended meanwhile. Log in again.";
    Problem::new(Kind::Unauthorized, detail)
}

/// Reads it and now and then, not at every request, notes that it was used.
fn look_up_in<P: Person>(table: Table) -> String {
    let (name, scopes, valid) = match table {
        Table::Sessions => (
            "sessions",
            "NULL::text[]",
            "t.expires_at > now() AND t.used_at > now() - make_interval(hours => t.idle_hours)",
        ),
        Table::Tokens => ("tokens", "t.scopes", "t.expires_at > now()"),
    };
    format!(
        "WITH touched AS (
            UPDATE {schema}.{name} t SET used_at = now() WHERE t.hash = $1 AND {valid}
                AND coalesce(t.used_at < now() - interval '5 minutes', true))
        SELECT {columns}, t.id AS pass_id, {scopes} AS pass_scopes
        FROM {schema}.{name} t JOIN {schema}.accounts a ON a.id = t.account_id
        WHERE t.hash = $1 AND {valid} AND a.suspended_at IS NULL",
        schema = P::SCHEMA,
        columns = P::COLUMNS,
    )
}

/// Throws away the sessions and tokens that have ended. Nothing waits for it: what ended counts
/// as ended from its moment on.
pub async fn throw_ended_away<P: Person>(db: &Db) -> Result<(), DbError> {
    let client = db.client().await?;
    let ended = format!(
        "DELETE FROM {0}.sessions WHERE expires_at < now()
            OR used_at < now() - make_interval(hours => idle_hours);
        DELETE FROM {0}.tokens WHERE expires_at < now()",
        P::SCHEMA
    );
    Ok(client.batch_execute(&ended).await?)
}
