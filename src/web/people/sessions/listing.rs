//! The sessions and tokens of an account, for its owner to see and to end.
//!
//! None of them is shown itself: they are named by numbers.

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

use super::{Person, Scope, Scopes, Sessions};
use crate::{basis::AccountId, web::Problem};

/// A browser that is logged in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionView {
    #[schema(example = 7)]
    pub id: i64,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The last use, within some minutes.
    #[schema(value_type = String, format = DateTime)]
    pub used_at: Timestamp,
    /// The latest end; it ends earlier when it is not used.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// What the browser said that it is.
    #[schema(max_length = 200)]
    pub user_agent: String,
    /// Where it logged in from, where that is known.
    #[schema(example = "192.0.2.7")]
    pub address: Option<String>,
}

/// A token of a program.
#[derive(Debug, Clone)]
pub struct TokenView<S> {
    pub id: i64,
    /// What for, in its owner's words.
    pub name: String,
    pub scopes: Scopes<S>,
    pub created_at: Timestamp,
    /// The last use, within some minutes; None: never.
    pub used_at: Option<Timestamp>,
    pub expires_at: Timestamp,
}

impl<P: Person> Sessions<P> {
    /// Those that have not ended, the one used last first; their number is bounded.
    pub async fn sessions_of(&self, account: AccountId) -> Result<Vec<SessionView>, Problem> {
        let client = self.db.client().await?;
        let select = format!(
            "SELECT id, created_at, used_at, expires_at, user_agent, address
            FROM {}.sessions WHERE account_id = $1 AND expires_at > now()
                AND used_at > now() - make_interval(hours => idle_hours)
            ORDER BY used_at DESC, id DESC",
            P::SCHEMA
        );
        let statement = client.prepare_cached(&select).await?;
        let rows = client.query(&statement, &[&account.0]).await?;
        Ok(rows.iter().map(read_session).collect())
    }

    /// Those that have not ended, the newest first; their number is bounded.
    pub async fn tokens_of(&self, account: AccountId) -> Result<Vec<TokenView<P::Scope>>, Problem> {
        let client = self.db.client().await?;
        let select = format!(
            "SELECT id, name, scopes, created_at, used_at, expires_at
            FROM {}.tokens WHERE account_id = $1 AND expires_at > now() ORDER BY id DESC",
            P::SCHEMA
        );
        let statement = client.prepare_cached(&select).await?;
        let rows = client.query(&statement, &[&account.0]).await?;
        Ok(rows.iter().map(read_token).collect())
    }

    /// Ends a session of the account's; false: it has no such one.
    pub async fn end_session(&self, account: AccountId, id: i64) -> Result<bool, Problem> {
        self.end("sessions", account, id).await
    }

    /// Ends every session of the account's but one, if any; says how many.
    pub async fn end_other_sessions(
        &self,
        account: AccountId,
        kept: Option<i64>,
    ) -> Result<usize, Problem> {
        let client = self.db.client().await?;
        let delete = format!(
            "DELETE FROM {}.sessions WHERE account_id = $1 AND id IS DISTINCT FROM $2
            RETURNING hash",
            P::SCHEMA
        );
        let statement = client.prepare_cached(&delete).await?;
        let gone = client.query(&statement, &[&account.0, &kept]).await?;
        self.forget(&gone);
        Ok(gone.len())
    }

    /// Revokes a token of the account's; false: it has no such one.
    pub async fn revoke_token(&self, account: AccountId, id: i64) -> Result<bool, Problem> {
        self.end("tokens", account, id).await
    }

    async fn end(&self, table: &str, account: AccountId, id: i64) -> Result<bool, Problem> {
        let client = self.db.client().await?;
        let schema = P::SCHEMA;
        let delete = format!(
            "DELETE FROM {schema}.{table} WHERE account_id = $1 AND id = $2 RETURNING hash"
        );
        let statement = client.prepare_cached(&delete).await?;
        let gone = client.query(&statement, &[&account.0, &id]).await?;
        self.forget(&gone);
        Ok(!gone.is_empty())
    }
}

fn read_session(row: &Row) -> SessionView {
    SessionView {
        id: row.get(0),
        created_at: row.get(1),
        used_at: row.get(2),
        expires_at: row.get(3),
        user_agent: row.get(4),
        address: row.get(5),
    }
}

fn read_token<S: Scope>(row: &Row) -> TokenView<S> {
    TokenView {
        id: row.get(0),
        name: row.get(1),
        scopes: Scopes::read(row.get(2)),
        created_at: row.get(3),
        used_at: row.get(4),
        expires_at: row.get(5),
    }
}

/// What a browser says that it is, in a few words, where they can be told.
pub fn browser_words(user_agent: &str) -> String {
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, words)| *words)
    };
    // Each claims to be those after it, too.
    let browser = first(&[
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system, user_agent) {
        (Some(browser), Some(system), _) => format!("{browser} on {system}"),
        (_, _, "") => "Unknown browser".to_owned(),
        (_, _, other) => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_in_words() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0";
        assert_eq!(browser_words(edge), "Edge on Windows");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(browser_words(phone), "Safari on iPhone");
        assert_eq!(browser_words("curl/8.5.0"), "curl/8.5.0");
        assert_eq!(browser_words(""), "Unknown browser");
    }
}
