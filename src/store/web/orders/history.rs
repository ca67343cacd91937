//! An account's orders by state, time and words, part by part.
//!
//! Each part looks at so many orders and no more, however few of them match: it may hold less
//! than was asked for, and still tell where the next part begins.

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use serde::Deserialize;
use utoipa::IntoParams;

use super::views::{self, OrderView};
use crate::{
    basis::AccountId,
    store::web::AppState,
    web::{Kind, Problem},
};

/// Orders that one part looks at.
const LOOKED_AT: i64 = 1_000;
/// Orders that bear one number: its own, or its packages'.
const NAMESAKES_MAX: i64 = 20;
const WORDS_MAX: usize = 6;
const WORDS_LENGTH_MAX: usize = 200;

/// Which orders, as somebody typed it; what is empty does not matter.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// under_way, delivered or cancelled.
    #[serde(default)]
    #[param(example = "under_way", pattern = "^(|under_way|delivered|cancelled)$")]
    pub state: String,
    /// Ordered on this day (UTC) or later.
    #[serde(default)]
    #[param(format = Date, example = "2026-01-31")]
    pub from: String,
    /// Ordered on this day (UTC) or earlier.
    #[serde(default)]
    #[param(format = Date, example = "2026-12-31")]
    pub to: String,
    /// A number of an order, a tracking number, or beginnings of words of one product.
    #[serde(default)]
    #[param(max_length = 200, example = "green tea")]
    pub q: String,
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        [&self.state, &self.from, &self.to, &self.q].into_iter().all(|field| field.is_empty())
    }

    fn check(&self) -> Result<Checked, Problem> {
        let state = match self.state.as_str() {
            "" => None,
            known @ ("under_way" | "delivered" | "cancelled") => Some(known.to_owned()),
            _ => {
                let detail = "state must be under_way, delivered or cancelled.";
                return Err(Problem::new(Kind::BadRequest, detail));
            }
        };
        let from = day("from", &self.from)?.map_or(i64::MIN, begin_us);
        let to = day("to", &self.to)?.and_then(|day| day.checked_add(1.day()).ok());
        let to = to.map_or(i64::MAX, begin_us);
        if self.q.chars().count() > WORDS_LENGTH_MAX || self.q.contains('\0') {
            let detail = format!("q must have {WORDS_LENGTH_MAX} characters at most, and no NUL.");
            return Err(Problem::new(Kind::BadRequest, detail));
        }
        Ok(Checked { state, from, to, q: self.q.trim().to_owned() })
    }
}

fn day(name: &str, text: &str) -> Result<Option<Date>, Problem> {
    let wrong =
        |_| Problem::new(Kind::BadRequest, format!("{name} must be a day, like 2026-01-31."));
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(wrong) }
}

/// A day that no clock reaches is as good as none.
fn begin_us(day: Date) -> i64 {
    let begin = day.to_zoned(TimeZone::UTC);
    begin.map_or(i64::MAX, |begin| begin.timestamp().as_microsecond())
}

struct Checked {
    state: Option<String>,
    from: i64,
    to: i64,
    q: String,
}

/// Orders with the numbers before `before`, the newest first, and the cursor of what follows.
pub async fn find(
    state: &AppState,
    account: AccountId,
    filter: &Filter,
    (before, limit): (Option<i64>, i64),
) -> Result<(Vec<OrderView>, Option<i64>), Problem> {
    let checked = filter.check()?;
    if before.is_none() && !checked.q.is_empty() {
        let found = by_number(state, account, &checked.q).await?;
        if !found.is_empty() {
            return Ok((views::by_ids(state, &found).await?, None));
        }
    }
    let (ids, next) = by_filter(state, account, &checked, (before, limit)).await?;
    Ok((views::by_ids(state, &ids).await?, next))
}

async fn by_number(state: &AppState, account: AccountId, q: &str) -> Result<Vec<i64>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT id FROM store.orders WHERE account_id = $1 AND id = $2
        UNION SELECT o.id FROM store.packages p JOIN store.orders o ON o.id = p.order_id
        WHERE p.tracking_number = $3 AND o.account_id = $1 LIMIT $4";
    let statement = client.prepare_cached(select).await?;
    let number: Option<i64> = q.trim_start_matches('#').parse().ok();
    let rows = client.query(&statement, &[&account.0, &number, &q, &NAMESAKES_MAX]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The rows are compared as they lie in the index by account, so that no other is walked along.
/// Numbers come with time, but for orders that waited for each other: hence the 100. What is
/// looked at is asked one by one (`OFFSET 0`): it is bounded, and the whole tables are not.
const BY_FILTER: &str = "WITH wanted AS (
        SELECT string_agg(quote_literal(word) || ':*', ' & ')::tsquery AS words
        FROM unnest(string_to_array(store.folded($7), ' ')) AS word WHERE word <> ''),
    looked_at AS MATERIALIZED (
        SELECT id FROM store.orders
        WHERE (account_id, id) < ($1, least($2, CASE WHEN $4 = 9223372036854775807 THEN $2
            ELSE coalesce((SELECT id + 100 FROM store.orders WHERE account_id = $1
                AND placed_us < $4 ORDER BY placed_us DESC LIMIT 1), 0) END))
            AND (account_id, id) >= ($1, CASE WHEN $3 = -9223372036854775808 THEN 0
            ELSE coalesce((SELECT id - 100 FROM store.orders WHERE account_id = $1
                AND placed_us >= $3 ORDER BY placed_us LIMIT 1), $2) END)
            AND placed_us >= $3 AND placed_us < $4
        ORDER BY account_id DESC, id DESC LIMIT $5)
    SELECT (SELECT min(id) FROM looked_at), (SELECT count(*) FROM looked_at), ARRAY (
        SELECT id FROM looked_at l
        WHERE CASE $6::text
            WHEN 'under_way' THEN EXISTS (SELECT FROM store.packages p WHERE p.order_id = l.id
                AND p.status NOT IN ('delivered', 'cancelled') OFFSET 0)
            WHEN 'delivered' THEN EXISTS (SELECT FROM store.packages p WHERE p.order_id = l.id
                AND p.status = 'delivered' OFFSET 0)
                AND NOT EXISTS (SELECT FROM store.packages p WHERE p.order_id = l.id
                AND p.status NOT IN ('delivered', 'cancelled') OFFSET 0)
            WHEN 'cancelled' THEN NOT EXISTS (SELECT FROM store.packages p
                WHERE p.order_id = l.id AND p.status <> 'cancelled' OFFSET 0)
            ELSE true END
        AND ($7::text = '' OR EXISTS (
            SELECT FROM store.order_items i JOIN store.products p ON p.id = i.product_id
            WHERE i.order_id = l.id AND p.name_words @@ (SELECT words FROM wanted) OFFSET 0))
        ORDER BY id DESC LIMIT $8)";

async fn by_filter(
    state: &AppState,
    account: AccountId,
    checked: &Checked,
    (before, limit): (Option<i64>, i64),
) -> Result<(Vec<i64>, Option<i64>), Problem> {
    let client = state.db.client().await?;
    let statement = client.prepare_cached(BY_FILTER).await?;
    let before = before.unwrap_or(i64::MAX);
    let (words, one_more) = (first_words(&checked.q), limit + 1);
    // Without a filter whatever is looked at is found.
    let looked_at = if checked.state.is_none() && words.is_empty() { one_more } else { LOOKED_AT };
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 8] = [
        &account.0,
        &before,
        &checked.from,
        &checked.to,
        &looked_at,
        &checked.state,
        &words,
        &one_more,
    ];
    let row = client.query_one(&statement, &params).await?;
    let (last, count): (Option<i64>, i64) = (row.try_get(0)?, row.try_get(1)?);
    let mut ids: Vec<i64> = row.try_get(2)?;
    if ids.len() as i64 > limit {
        ids.pop();
        let next = ids.last().copied();
        return Ok((ids, next));
    }
    Ok((ids, last.filter(|_| count == looked_at)))
}

fn first_words(words: &str) -> String {
    words.split_whitespace().take(WORDS_MAX).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_what_is_none_is_refused() {
        let filter = |from: &str, to: &str| Filter {
            from: from.to_owned(),
            to: to.to_owned(),
            ..Filter::default()
        };
        let checked = filter("1970-01-01", "1970-01-01").check().ok().unwrap();
        assert_eq!((checked.from, checked.to), (0, 86_400_000_000));
        let open = filter("", "9999-12-31").check().ok().unwrap();
        assert_eq!((open.from, open.to), (i64::MIN, i64::MAX));
        assert!(filter("yesterday", "").check().is_err());
        assert!(filter("", "2026-02-30").check().is_err());
    }

    #[test]
    fn an_unknown_state_is_refused() {
        let filter = Filter { state: "lost".to_owned(), ..Filter::default() };
        assert!(filter.check().is_err());
    }
}
