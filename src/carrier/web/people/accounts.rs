//! Making an account, with the user name that stores are told.
//!
//! Whose a shipment is, is decided when the shipment comes in and never again: a name that
//! somebody takes later brings him nothing of what came before. So names are given once, and
//! stay taken when their account goes.

use deadpool_postgres::Transaction;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Person, Proved, staff};
use crate::{
    basis::AccountId,
    carrier::web::AppState,
    db::Db,
    web::{
        FieldError, Kind, Problem,
        people::{Caller, check, passwords},
    },
};

pub const USER_NAME_LENGTH_MIN: usize = 3;
pub const USER_NAME_LENGTH_MAX: usize = 30;

/// A new account.
#[derive(Deserialize, ToSchema)]
pub struct NewAccount {
    /// What to tell a store, so that its shipments are found here: 3 to 30 of the letters a to z,
    /// digits, `.`, `_` and `-`, the first a letter or digit. Small and capital letters are the same.
    #[schema(example = "ada.b", min_length = 3, max_length = 30)]
    pub user_name: String,
    #[schema(example = "customer@example.org", max_length = 254)]
    pub email: String,
    #[schema(min_length = 8, max_length = 128)]
    pub password: String,
    #[schema(example = "Ada", max_length = 100)]
    pub first_name: String,
    #[schema(example = "Buyer", max_length = 100)]
    pub last_name: String,
}

/// What is kept of a new account whose password is not hashed yet.
pub(super) struct Checked {
    pub name: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
}

/// Makes an account, unless something is wrong with it.
pub async fn register(
    state: &AppState,
    caller: &Caller,
    new: NewAccount,
) -> Result<Proved, Problem> {
    let checked = new.check()?;
    state.proving.limits.register(caller)?;
    let password_hash = state.proving.passwords.hash(new.password).await?;
    let mut client = state.db.client().await?;
    let tx = client.transaction().await?;
    let account = insert(&tx, &checked, &password_hash, false).await?;
    tx.commit().await?;
    tracing::info!(%account, "an account was made");
    let Checked { name, email, first_name, .. } = checked;
    let (name, email, first_name) = (name.into(), email.into(), first_name.into());
    let person = Person { account, name, email, first_name, is_staff: false };
    Ok(Proved { person, password_hash })
}

impl NewAccount {
    /// Its texts in order, or everything that is wrong with them.
    pub(super) fn check(&self) -> Result<Checked, Problem> {
        let email = self.email.trim();
        let names = check(email, &self.password, [&self.first_name, &self.last_name]);
        let name = user_name(&self.user_name);
        let mut errors: Vec<FieldError> = Vec::new();
        if let Err(detail) = &name {
            errors.push(FieldError { field: "user_name".to_owned(), detail: detail.clone() });
        }
        if let Err(problem) = &names {
            errors.extend_from_slice(problem.errors());
        }
        match (name, names) {
            (Ok(name), Ok([first_name, last_name])) => {
                Ok(Checked { name, email: email.to_owned(), first_name, last_name })
            }
            _ => Err(Problem::invalid(errors)),
        }
    }
}

/// Makes an account without anybody who asks for it.
pub async fn create(db: &Db, new: &NewAccount) -> anyhow::Result<AccountId> {
    make(db, new, false).await
}

/// The same, of the staff or not; what is refused is put in a line.
pub(super) async fn make(db: &Db, new: &NewAccount, is_staff: bool) -> anyhow::Result<AccountId> {
    let checked = new.check().map_err(|problem| refusal(&problem))?;
    let hash = passwords::hash(&new.password)?;
    let mut client = db.client().await?;
    let tx = client.transaction().await?;
    let made = insert(&tx, &checked, &hash, is_staff).await;
    let account = made.map_err(|problem| refusal(&problem))?;
    if is_staff {
        staff::note(&tx, "account.staff_created", account).await?;
    }
    tx.commit().await?;
    Ok(account)
}

fn refusal(problem: &Problem) -> anyhow::Error {
    if problem.errors().is_empty() {
        return anyhow::anyhow!("{}", problem.detail());
    }
    let errors = problem.errors().iter().map(|error| format!("{} {}", error.field, error.detail));
    anyhow::anyhow!(errors.collect::<Vec<_>>().join("; "))
}

/// A user name as it is kept: in small letters.
fn user_name(typed: &str) -> Result<String, String> {
    let name = typed.trim().to_ascii_lowercase();
    let fits = (USER_NAME_LENGTH_MIN..=USER_NAME_LENGTH_MAX).contains(&name.chars().count());
    let may_be = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if fits && begins_well && name.chars().all(may_be) {
        return Ok(name);
    }
    Err(format!(
        "must have {USER_NAME_LENGTH_MIN} to {USER_NAME_LENGTH_MAX} of the letters a to z, digits, . _ and -, and begin with a letter or digit"
    ))
}

/// Takes the name and makes the account.
pub(super) async fn insert(
    tx: &Transaction<'_>,
    checked: &Checked,
    password_hash: &str,
    is_staff: bool,
) -> Result<AccountId, Problem> {
    let Checked { name, email, first_name, last_name } = checked;
    let take = "INSERT INTO carrier.names (name) VALUES ($1) ON CONFLICT DO NOTHING";
    if tx.execute(take, &[name]).await? == 0 {
        let detail = "This user name is taken, now or before. Choose another one.";
        return Err(Problem::new(Kind::Conflict, detail));
    }
    let insert = "INSERT INTO carrier.accounts
            (name, email, password_hash, first_name, last_name, is_staff)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id";
    let row: [&(dyn tokio_postgres::types::ToSql + Sync); 6] =
        [name, email, &password_hash, first_name, last_name, &is_staff];
    let made = tx.query_opt(insert, &row).await?;
    let account: i64 = made.ok_or_else(taken)?.get(0);
    let give = "UPDATE carrier.names SET account_id = $2 WHERE name = $1";
    tx.execute(give, &[name, &account]).await?;
    Ok(AccountId(account))
}

pub(super) fn taken() -> Problem {
    let detail = "There is an account with this e-mail address. Log in, or use another one.";
    Problem::new(Kind::Conflict, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_is_short_plain_and_in_small_letters() {
        assert_eq!(user_name(" Ada.B-1_x ").as_deref(), Ok("ada.b-1_x"));
        let longest = "a".repeat(USER_NAME_LENGTH_MAX);
        assert!(user_name(&longest).is_ok() && user_name(&format!("{longest}a")).is_err());
        // The last two look like letters of ours.
        for bad in ["", "ab", ".ada", "-ada", "ada b", "a@b.example", "ada\0", "ädä", "аdа", "ａda"]
        {
            assert!(user_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let text = str::to_owned;
        let new = NewAccount {
            user_name: text("a b"),
            email: text("nobody"),
            password: text("short"),
            first_name: String::new(),
            last_name: text("B"),
        };
        let problem = new.check().err().unwrap();
        let fields: Vec<_> = problem.errors().iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["user_name", "email", "password", "first_name"]);
    }
}
