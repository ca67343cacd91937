//! The sessions and tokens of an account, for its owner to see and to end.
//!
//! None of them is shown itself: they are named by numbers.

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

use super::{Scope, Scopes, Sessions};
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
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TokenView {
    #[schema(example = 7)]
    pub id: i64,
    /// What for, in its owner's words.
    #[schema(max_length = 100, example = "price robot")]
    pub name: String,
    /// What it may be used for; null: everything that its account may do.
    pub scopes: Option<Vec<Scope>>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The last use, within some minutes; null: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub used_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl Sessions {
    /// Those that have not ended, the one used last first; their number is bounded.
    pub async fn sessions_of(&self, account: AccountId) -> Result<Vec<SessionView>, Problem> {
        let client = self.db.client().await?;
        let select = "SELECT id, created_at, used_at, expires_at, user_agent, address
            FROM store.sessions WHERE account_id = $1 AND expires_at > now()
                AND used_at > now() - make_interval(hours => idle_hours)
            ORDER BY used_at DESC, id DESC";
        let statement = client.prepare_cached(select).await?;
        let rows = client.query(&statement, &[&account.0]).await?;
        Ok(rows.iter().map(read_session).collect())
    }

    /// Those that have not ended, the newest first; their number is bounded.
    pub async fn tokens_of(&self, account: AccountId) -> Result<Vec<TokenView>, Problem> {
        let client = self.db.client().await?;
        let select = "SELECT id, name, scopes, created_at, used_at, expires_at
            FROM store.tokens WHERE account_id = $1 AND expires_at > now() ORDER BY id DESC";
        let statement = client.prepare_cached(select).await?;
        let rows = client.query(&statement, &[&account.0]).await?;
        Ok(rows.iter().map(read_token).collect())
    }

    /// Ends a session of the account's; false: it has no such one.
    pub async fn end_session(&self, account: AccountId, id: i64) -> Result<bool, Problem> {
        let delete = "DELETE FROM store.sessions WHERE account_id = $1 AND id = $2 RETURNING hash";
        self.end(delete, account, id).await
    }

    /// Ends every session of the account's but one, if any; says how many.
    pub async fn end_other_sessions(
        &self,
        account: AccountId,
        kept: Option<i64>,
    ) -> Result<usize, Problem> {
        let client = self.db.client().await?;
        let delete = "DELETE FROM store.sessions WHERE account_id = $1 AND id IS DISTINCT FROM $2
            RETURNING hash";
        let statement = client.prepare_cached(delete).await?;
        let gone = client.query(&statement, &[&account.0, &kept]).await?;
        self.forget(&gone);
        Ok(gone.len())
    }

    /// Revokes a token of the account's; false: it has no such one.
    pub async fn revoke_token(&self, account: AccountId, id: i64) -> Result<bool, Problem> {
        let delete = "DELETE FROM store.tokens WHERE account_id = $1 AND id = $2 RETURNING hash";
        self.end(delete, account, id).await
    }

    async fn end(&self, delete: &str, account: AccountId, id: i64) -> Result<bool, Problem> {
        let client = self.db.client().await?;
        let statement = client.prepare_cached(delete).await?;
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

fn read_token(row: &Row) -> TokenView {
    TokenView {
        id: row.get(0),
        name: row.get(1),
        scopes: Scopes::read(row.get(2)).listed().map(<[Scope]>::to_vec),
        created_at: row.get(3),
        used_at: row.get(4),
        expires_at: row.get(5),
    }
}
