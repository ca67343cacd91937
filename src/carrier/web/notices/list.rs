//! The notices of an account: what they say, and which were read.

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

use crate::{
    basis::{AccountId, PackageId},
    carrier::{model::tracking_number, web::AppState},
    web::Problem,
};

/// Something that has happened to a package of somebody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Notice {
    #[schema(example = 12)]
    pub id: i64,
    /// dispatched, delivering, delivered or redirected.
    #[schema(example = "delivered")]
    pub kind: String,
    /// The same as a sentence.
    #[schema(example = "Package WB2718281828456 has been delivered.")]
    pub text: String,
    #[schema(example = "WB2718281828456")]
    pub tracking_number: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub is_read: bool,
}

impl Notice {
    fn read(row: &Row) -> Self {
        let kind: String = row.get(1);
        let tracking_number = tracking_number(PackageId(row.get(2)));
        Self {
            id: row.get(0),
            text: sentence(&kind, &tracking_number),
            kind,
            tracking_number,
            at: Timestamp::from_microsecond(row.get(3)).unwrap_or(Timestamp::MAX),
            is_read: row.get(4),
        }
    }

    /// The page that shows more of it.
    pub fn path(&self) -> String {
        format!("/packages/{}", self.tracking_number)
    }
}

fn sentence(kind: &str, number: &str) -> String {
    let what = match kind {
        "dispatched" => "has a truck: it is on its way to the warehouse",
        "delivering" => "is out for delivery",
        "delivered" => "has been delivered",
        "redirected" => "goes to another place",
        _ => "has moved",
    };
    format!("Package {number} {what}.")
}

const COLUMNS: &str = "id, kind, shipment_id, at_us, is_read";

/// Which notices to look for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Those with smaller numbers.
    pub before: Option<i64>,
    pub only_unread: bool,
    pub limit: i64,
}

/// An account's notices, the newest first, and the cursor of what follows.
pub async fn of_account(
    state: &AppState,
    account: AccountId,
    wanted: Wanted,
) -> Result<(Vec<Notice>, Option<i64>), Problem> {
    let client = state.db.client().await?;
    let select = format!(
        "SELECT {COLUMNS} FROM carrier.notices
        WHERE account_id = $1 AND id < $2 AND NOT (is_read AND $3) ORDER BY id DESC LIMIT $4"
    );
    let statement = client.prepare_cached(&select).await?;
    let before = wanted.before.unwrap_or(i64::MAX);
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&account.0, &before, &wanted.only_unread, &(wanted.limit + 1)];
    let rows = client.query(&statement, &params).await?;
    let more = rows.len() as i64 > wanted.limit;
    let shown = rows.iter().take(usize::try_from(wanted.limit).unwrap_or(0));
    let notices: Vec<_> = shown.map(Notice::read).collect();
    let next = notices.last().filter(|_| more).map(|notice| notice.id);
    Ok((notices, next))
}

/// How an account's notices stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Bell {
    /// Notices that were not read yet.
    #[schema(example = 2)]
    pub unread: i64,
    /// The newest of all, read or not.
    pub newest: Option<Notice>,
}

pub async fn bell(state: &AppState, account: AccountId) -> Result<Bell, Problem> {
    let client = state.db.client().await?;
    let select = format!(
        "SELECT {COLUMNS},
            (SELECT count(*) FROM carrier.notices WHERE account_id = $1 AND NOT is_read)
        FROM carrier.notices WHERE account_id = $1 ORDER BY id DESC LIMIT 1"
    );
    let statement = client.prepare_cached(&select).await?;
    let row = client.query_opt(&statement, &[&account.0]).await?;
    let unread = row.as_ref().map_or(0, |row| row.get(5));
    Ok(Bell { unread, newest: row.as_ref().map(Notice::read) })
}

/// How many were not read yet.
pub async fn unread(state: &AppState, account: AccountId) -> Result<i64, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT count(*) FROM carrier.notices WHERE account_id = $1 AND NOT is_read";
    let statement = client.prepare_cached(select).await?;
    Ok(client.query_one(&statement, &[&account.0]).await?.try_get(0)?)
}

/// One is read; None where there is no such notice of this account.
pub async fn mark_read(
    state: &AppState,
    account: AccountId,
    id: i64,
) -> Result<Option<Notice>, Problem> {
    let client = state.db.client().await?;
    let update = format!(
        "UPDATE carrier.notices SET is_read = true WHERE account_id = $1 AND id = $2
        RETURNING {COLUMNS}"
    );
    let statement = client.prepare_cached(&update).await?;
    let row = client.query_opt(&statement, &[&account.0, &id]).await?;
    state.bells.ring([account]);
    Ok(row.as_ref().map(Notice::read))
}

/// All that there are are read.
pub async fn mark_all_read(state: &AppState, account: AccountId) -> Result<(), Problem> {
    let client = state.db.client().await?;
    let update = "UPDATE carrier.notices SET is_read = true WHERE account_id = $1 AND NOT is_read";
    let statement = client.prepare_cached(update).await?;
    client.execute(&statement, &[&account.0]).await?;
    state.bells.ring([account]);
    Ok(())
}
