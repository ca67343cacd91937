//! Proving to be an account's owner, by its password; and giving it another one.
//!
//! How somebody is known again afterwards is in [`sessions`](super::sessions).

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    Attempt, Caller, EntryLimits, EntrySettings, Person, Proved,
    audit::{self, Deed},
    passwords::{self, HashFailed, Passwords, Place},
    sessions::Sessions,
};
use crate::{
    db::Db,
    web::{Kind, Problem},
};

/// How an account's owner proves to be it.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    #[schema(example = "buyer@example.org")]
    pub email: String,
    pub password: String,
}

/// A password, and the one to have in its place.
#[derive(Deserialize, ToSchema)]
pub struct NewPassword {
    pub password: String,
    #[schema(min_length = 8, max_length = 128)]
    pub new_password: String,
    /// Revoke every token too, but for the one that asks for this.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub revoke_tokens: bool,
}

fn yes() -> bool {
    true
}

/// What stays when a password changes: what asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Session(i64),
    Token(i64),
}

/// Where a site has passwords compared; cheap to clone.
#[derive(Clone)]
pub struct Proving {
    db: Db,
    pub passwords: Passwords,
    pub limits: EntryLimits,
}

impl Proving {
    /// None: nobody counts tries.
    pub fn new(db: Db, limits: Option<EntrySettings>) -> Result<Self, HashFailed> {
        let (passwords, limits) = (Passwords::new()?, EntryLimits::new(limits));
        Ok(Self { db, passwords, limits })
    }

    /// Whose these credentials are; wrong ones are 401, without saying what is wrong, and take as
    /// long as right ones.
    pub async fn log_in<P: Person>(
        &self,
        caller: &Caller,
        given: Credentials,
    ) -> Result<Proved<P>, Problem> {
        let Credentials { email, password } = given;
        let known = self.find(email.trim()).await?;
        let (place, attempt) = self.begin(caller, &email)?;
        let hash = known.as_ref().map(|owner: &Owner<P>| owner.proved.password_hash.clone());
        let right = self.passwords.verify(place, password, hash).await?;
        let Some(owner) = known.filter(|_| right) else {
            tracing::info!(address = ?caller.address, "a login failed");
            let wrong = "E-mail address and password do not match.";
            return Err(Problem::new(Kind::Unauthorized, wrong));
        };
        attempt.succeeded();
        if owner.is_suspended {
            let why = "This account is suspended. Ask those who run the site why.";
            return Err(Problem::new(Kind::Forbidden, why));
        }
        Ok(owner.proved)
    }

    /// A try that is counted, and the place to compare in. To be called when all else is at hand:
    /// whom we have to send away unheard has not guessed.
    fn begin(&self, caller: &Caller, email: &str) -> Result<(Place, Attempt<'_>), Problem> {
        let place = self.passwords.enter()?;
        Ok((place, self.limits.begin_login(caller, email)?))
    }

    async fn find<P: Person>(&self, email: &str) -> Result<Option<Owner<P>>, Problem> {
        // PostgreSQL has no such character.
        if email.contains('\0') {
            return Ok(None);
        }
        let client = self.db.client().await?;
        let select = format!(
            "SELECT {}, a.password_hash AS hash, a.suspended_at IS NOT NULL AS is_suspended
            FROM {}.accounts a WHERE lower(a.email) = lower($1)",
            P::COLUMNS,
            P::SCHEMA
        );
        let statement = client.prepare_cached(&select).await?;
        let row = client.query_opt(&statement, &[&email]).await?;
        Ok(row.map(|row| Owner {
            proved: Proved { person: P::read(&row), password_hash: row.get("hash") },
            is_suspended: row.get("is_suspended"),
        }))
    }

    /// Has somebody who is signed in say his password again; gives its hash.
    pub async fn confirm<P: Person>(
        &self,
        caller: &Caller,
        person: &P,
        password: String,
    ) -> Result<String, Problem> {
        let hash = self.password_hash(person).await?;
        let (place, attempt) = self.begin(caller, person.email())?;
        if !self.passwords.verify(place, password, hash.clone()).await? {
            return Err(Problem::invalid_field("password", "is not that of your account"));
        }
        attempt.succeeded();
        hash.ok_or_else(gone)
    }

    async fn password_hash<P: Person>(&self, person: &P) -> Result<Option<String>, Problem> {
        let client = self.db.client().await?;
        let select = format!("SELECT password_hash FROM {}.accounts WHERE id = $1", P::SCHEMA);
        let statement = client.prepare_cached(&select).await?;
        let row = client.query_opt(&statement, &[&person.account().0]).await?;
        Ok(row.map(|row| row.get(0)))
    }

    /// Gives an account another password, and ends what the old one has opened.
    pub async fn change_password<P: Person>(
        &self,
        sessions: &Sessions<P>,
        caller: &Caller,
        person: &P,
        (change, kept): (NewPassword, Kept),
    ) -> Result<(), Problem> {
        let NewPassword { password, new_password, revoke_tokens } = change;
        let old_hash = self.confirm(caller, person, password).await?;
        let names = self.names(person).await?;
        let about = [person.email(), &names[0], &names[1]];
        if let Some(detail) = passwords::weakness(&new_password, &about) {
            return Err(Problem::invalid_field("new_password", detail));
        }
        let hash = self.passwords.hash(new_password).await?;
        let (session, token) = match kept {
            Kept::Session(id) => (Some(id), None),
            Kept::Token(id) => (None, Some(id)),
        };
        let (account, schema) = (person.account(), P::SCHEMA);
        let mut client = self.db.client().await?;
        let tx = client.transaction().await?;
        // Of two changes at once one has proved an old password.
        let update = format!(
            "UPDATE {schema}.accounts SET password_hash = $2 WHERE id = $1 AND password_hash = $3"
        );
        if tx.execute(&update, &[&account.0, &hash, &old_hash]).await? == 0 {
            let detail = "The password was changed meanwhile. Log in with the new one.";
            return Err(Problem::new(Kind::Conflict, detail));
        }
        let end = |table: &str| {
            format!("DELETE FROM {schema}.{table} WHERE account_id = $1 AND id IS DISTINCT FROM $2")
        };
        tx.execute(&end("sessions"), &[&account.0, &session]).await?;
        if revoke_tokens {
            tx.execute(&end("tokens"), &[&account.0, &token]).await?;
        }
        let subject = format!("account {account}");
        let detail = json!({ "tokens_revoked": revoke_tokens });
        let deed = Deed { action: "account.password_changed", subject: &subject, detail };
        audit::note(&tx, person, caller, deed).await?;
        tx.commit().await?;
        sessions.forget_account(account);
        Ok(())
    }

    /// First and last, for what should not be in a password.
    async fn names<P: Person>(&self, person: &P) -> Result<[String; 2], Problem> {
        let client = self.db.client().await?;
        let select =
            format!("SELECT first_name, last_name FROM {}.accounts WHERE id = $1", P::SCHEMA);
        let statement = client.prepare_cached(&select).await?;
        let row = client.query_opt(&statement, &[&person.account().0]).await?;
        let row = row.ok_or_else(gone)?;
        Ok([row.get(0), row.get(1)])
    }
}

struct Owner<P> {
    /// If the password is the one.
    proved: Proved<P>,
    is_suspended: bool,
}

pub fn gone() -> Problem {
    Problem::new(Kind::Unauthorized, "This account is no more.")
}
