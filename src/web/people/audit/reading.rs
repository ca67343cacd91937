//! Reading the audit log, the newest first.
//!
//! Nothing here writes it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::{Row, types::Type};
use utoipa::{IntoParams, ToSchema};

use crate::{
    db::Db,
    web::{
        Kind, Problem,
        csv::{self, Cell},
        part,
        people::Person,
        statement::{Statement, begins_with},
        words::form_encoded,
    },
};

/// Something that somebody did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Noted {
    #[schema(example = 7)]
    pub id: i64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Null: nobody's account, but the command line.
    pub account_id: Option<i64>,
    /// The e-mail address of that moment.
    #[schema(example = "admin@example.org")]
    pub who: String,
    #[schema(example = "warehouse.added")]
    pub action: String,
    #[schema(example = "warehouse 7")]
    pub subject: String,
    #[schema(value_type = Object)]
    pub detail: Value,
    /// From where, where that is known.
    #[schema(example = "192.0.2.7")]
    pub address: Option<String>,
}

/// Which of them; what is left out or empty does not matter.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The e-mail address begins so.
    #[serde(default)]
    #[param(max_length = 254)]
    pub who: String,
    /// The action begins so: `warehouse.`
    #[serde(default)]
    #[param(max_length = 100)]
    pub action: String,
    /// The subject begins so: `listing 7`
    #[serde(default)]
    #[param(max_length = 200)]
    pub subject: String,
    /// At this time or later: `2026-01-31` or `2026-01-31T12:00:00Z`.
    #[serde(default)]
    pub since: String,
    /// Before this time.
    #[serde(default)]
    pub until: String,
}

impl Wanted {
    /// The same as a query, to be carried on.
    pub fn query(&self) -> String {
        let Self { who, action, subject, since, until } = self;
        let fields = [
            ("who", who),
            ("action", action),
            ("subject", subject),
            ("since", since),
            ("until", until),
        ];
        let pair = |(name, value): (&str, &String)| format!("{name}={}", form_encoded(value));
        fields.map(pair).join("&")
    }

    pub fn is_empty(&self) -> bool {
        [&self.who, &self.action, &self.subject, &self.since, &self.until]
            .iter()
            .all(|text| text.trim().is_empty())
    }
}

/// The next so many before an id, and what to go on before where there are more.
pub async fn read<P: Person>(
    db: &Db,
    wanted: &Wanted,
    before: Option<i64>,
    limit: i64,
) -> Result<(Vec<Noted>, Option<i64>), Problem> {
    let (since, until) = (time("since", &wanted.since)?, time("until", &wanted.until)?);
    let texts = [&wanted.who, &wanted.action, &wanted.subject].map(|text| text.trim());
    if texts.iter().any(|text| text.contains('\0')) {
        return Ok((Vec::new(), None));
    }
    let mut statement = Statement::new(&format!(
        "SELECT id, at, account_id, who, action, subject, detail, address
        FROM {}.audit WHERE id < ",
        P::SCHEMA
    ));
    statement.number(before.unwrap_or(i64::MAX));
    for (column, text) in ["who", "action", "subject"].into_iter().zip(texts) {
        if !text.is_empty() {
            statement.push(&format!(" AND {column} LIKE ")).text(&begins_with(text));
        }
    }
    for (condition, at) in [("at >=", since), ("at <", until)] {
        if let Some(at) = at {
            statement.push(&format!(" AND {condition} ")).bind(at, Type::TIMESTAMPTZ);
        }
    }
    statement.push(" ORDER BY id DESC LIMIT ").number(limit.saturating_add(1));
    let client = db.client().await?;
    let rows = statement.query(&client).await?;
    Ok(part(rows.iter().map(read_row).collect(), limit, |noted| noted.id))
}

/// As a table, its head first.
pub fn table(entries: &[Noted]) -> Vec<u8> {
    let columns = ["id", "at", "account", "who", "action", "subject", "detail", "address"];
    let row = |entry: &Noted| {
        let account = entry.account_id.map(|id| id.to_string()).unwrap_or_default();
        vec![
            Cell::plain(entry.id),
            Cell::plain(entry.at),
            Cell::Plain(account),
            Cell::text(&entry.who),
            Cell::text(&entry.action),
            Cell::text(&entry.subject),
            Cell::Text(entry.detail.to_string()),
            Cell::Plain(entry.address.clone().unwrap_or_default()),
        ]
    };
    let head = columns.map(Cell::plain).into();
    csv::lines(std::iter::once(head).chain(entries.iter().map(row)))
}

fn read_row(row: &Row) -> Noted {
    Noted {
        id: row.get(0),
        at: row.get(1),
        account_id: row.get(2),
        who: row.get(3),
        action: row.get(4),
        subject: row.get(5),
        detail: row.get(6),
        address: row.get(7),
    }
}

/// A moment, or the beginning of a day (UTC).
fn time(field: &str, text: &str) -> Result<Option<Timestamp>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let day = || {
        // A longer text may be a time without a zone, which says less than it seems to.
        let day: jiff::civil::Date = text.parse().ok().filter(|_| text.len() == 10)?;
        day.to_zoned(jiff::tz::TimeZone::UTC).ok()
    };
    let time = text.parse().ok().or_else(|| day().map(|day| day.timestamp()));
    let wrong = || {
        let detail = format!("{field} must be a day or a time such as 2026-01-31T12:00:00Z.");
        Problem::new(Kind::BadRequest, detail)
    };
    time.map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_moments_or_days() {
        assert_eq!(time("since", " ").unwrap(), None);
        let day = time("since", "2026-01-31").unwrap().unwrap();
        assert_eq!(day, time("since", "2026-01-31T00:00:00Z").unwrap().unwrap());
        for nonsense in ["yesterday", "2026-13-01", "2026-01-31T12:00:00"] {
            assert!(time("since", nonsense).is_err(), "{nonsense}");
        }
    }
}
