//! What a seller sold, and what it offers, as tables to take away.
//!
//! A table is read and sent piece by piece: however long it is, no more than a piece of it is
//! held, and no connection to the database is kept from one piece to the next.

use std::sync::Arc;

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::Deserialize;
use tokio_postgres::{Row, types::ToSql};
use utoipa::IntoParams;

use crate::{
    basis::{Cents, ListingId, SellerId},
    runtime::Permit,
    store::web::AppState,
    web::{
        FieldError, Kind, Problem,
        csv::{self, Cell},
        moments::moment,
    },
};

/// Orders, or listings, that are read at once.
const PIECE: i64 = 200;
pub const DAYS_MAX: i64 = 366;

/// Days, the first and the last.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Span {
    /// The first day (UTC), such as 2026-01-01; where left out, 30 days before the last.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub from: String,
    /// The last day (UTC); where left out, today.
    #[serde(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub to: String,
}

/// Microseconds since 1970-01-01 UTC, the second not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moments {
    from_us: i64,
    to_us: i64,
}

impl Span {
    /// The days as they are meant, first and last.
    pub fn days(&self) -> Result<(Date, Date), Problem> {
        let mut errors = Vec::new();
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let mut read = |field: &str, text: &str| match text.trim() {
            "" => None,
            text => text.parse::<Date>().map_err(|_| errors.push(wrong(field))).ok(),
        };
        let to = read("to", &self.to).unwrap_or(today);
        let from = read("from", &self.from).unwrap_or_else(|| to.saturating_sub(30.days()));
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        if from > to {
            return Err(Problem::invalid_field("to", "must not be before the first day"));
        }
        if from.saturating_add((DAYS_MAX - 1).days()) < to {
            let detail = format!("must be within {DAYS_MAX} days of the first day");
            return Err(Problem::invalid_field("to", detail));
        }
        Ok((from, to))
    }

    pub fn moments(&self) -> Result<Moments, Problem> {
        let (from, to) = self.days()?;
        let us = |day: Date| {
            let start = day.to_zoned(TimeZone::UTC);
            start.map(|start| start.timestamp().as_microsecond()).unwrap_or(i64::MAX)
        };
        let after = to.checked_add(1.day()).map_or(i64::MAX, us);
        Ok(Moments { from_us: us(from), to_us: after })
    }
}

fn wrong(field: &str) -> FieldError {
    FieldError { field: field.to_owned(), detail: "must be a day, like 2026-01-31".to_owned() }
}

/// The lines of the orders of a period, the oldest order first.
pub async fn orders(
    state: AppState,
    seller: SellerId,
    moments: Moments,
) -> Result<Response, Problem> {
    let head = [
        "order",
        "placed_at",
        "state",
        "listing",
        "product",
        "name",
        "quantity",
        "price",
        "total",
        "destination_x",
        "destination_y",
    ];
    send(state, "orders.csv", &head, move |state, after| async move {
        order_lines(&state, seller, moments, after).await
    })
    .await
}

/// Every listing with its stock, by id.
pub async fn listings(state: AppState, seller: SellerId) -> Result<Response, Problem> {
    let head = [
        "listing",
        "product",
        "name",
        "category",
        "price",
        "active",
        "auto_reorder",
        "reorder_level",
        "reorder_target",
        "on_hand",
        "available",
        "on_order",
    ];
    send(state, "listings.csv", &head, move |state, after| async move {
        listing_lines(&state, seller, after).await
    })
    .await
}

/// Rows of a table, and after what the next piece begins; None: it was the last.
type Piece<K> = (Vec<Vec<Cell>>, Option<K>);

async fn send<K, F, R>(
    state: AppState,
    name: &str,
    head: &[&str],
    read: F,
) -> Result<Response, Problem>
where
    K: Send + 'static,
    F: Fn(AppState, Option<K>) -> R + Send + 'static,
    R: Future<Output = Result<Piece<K>, Problem>> + Send,
{
    let full = || Problem::new(Kind::Busy, "Too many exports are under way. Try again soon.");
    let permit: Arc<Permit> = Arc::new(state.exports.enter().ok_or_else(full)?);
    // The first piece before the answer, so that what goes wrong there is said in full.
    let (rows, next) = read(state.clone(), None).await?;
    let head = csv::lines([head.iter().map(Cell::plain).collect()]);
    let first: Bytes = [head, csv::lines(rows)].concat().into();
    let rest =
        stream::try_unfold((read, state, next, permit), |(read, state, next, permit)| async move {
            if next.is_none() {
                return Ok(None);
            }
            let (rows, next) = read(state.clone(), next).await.map_err(Broken)?;
            Ok(Some((Bytes::from(csv::lines(rows)), (read, state, next, permit))))
        });
    let first = stream::once(async { Ok::<_, Broken>(first) });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    let pieces = futures_util::StreamExt::chain(first, rest);
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// The database went away in the middle: the answer is cut off, so that half is not taken for all.
#[derive(Debug, thiserror::Error)]
#[error("the export broke off: {}", .0.detail())]
struct Broken(Problem);

async fn order_lines(
    state: &AppState,
    seller: SellerId,
    moments: Moments,
    after: Option<(i64, i64)>,
) -> Result<Piece<(i64, i64)>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT s.order_id, s.placed_us, s.state, i.listing_id, i.product_id, p.name,
            i.quantity, i.price_cents, o.destination_x, o.destination_y
        FROM (SELECT order_id, placed_us, state FROM store.seller_orders
            WHERE seller_id = $1 AND (placed_us, order_id) > ($2, $3) AND placed_us < $4
            ORDER BY placed_us, order_id LIMIT $5) s
        JOIN store.orders o ON o.id = s.order_id
        JOIN store.order_items i ON i.order_id = s.order_id
        JOIN store.listings l ON l.id = i.listing_id AND l.seller_id = $1
        JOIN store.products p ON p.id = i.product_id
        ORDER BY s.placed_us, s.order_id, i.listing_id";
    let statement = client.prepare_cached(select).await?;
    // No order has the number 0.
    let (after_us, after) = after.unwrap_or((moments.from_us, 0));
    let params: [&(dyn ToSql + Sync); 5] = [&seller.0, &after_us, &after, &moments.to_us, &PIECE];
    let rows = client.query(&statement, &params).await?;
    let (mut orders, mut last) = (0, None);
    for row in &rows {
        let order = Some((row.get::<_, i64>(1), row.get::<_, i64>(0)));
        orders += i64::from(order != last);
        last = order;
    }
    Ok((rows.iter().map(order_line).collect(), last.filter(|_| orders == PIECE)))
}

fn order_line(row: &Row) -> Vec<Cell> {
    let (quantity, price): (i32, _) = (row.get(6), Cents(row.get(7)));
    vec![
        Cell::plain(row.get::<_, i64>(0)),
        Cell::plain(moment(row.get(1))),
        Cell::plain(row.get::<_, &str>(2)),
        Cell::plain(row.get::<_, i64>(3)),
        Cell::plain(row.get::<_, i64>(4)),
        Cell::text(row.get(5)),
        Cell::plain(quantity),
        Cell::plain(price.decimal()),
        Cell::plain(price.times(u32::try_from(quantity).unwrap_or(0)).decimal()),
        Cell::plain(row.get::<_, i32>(8)),
        Cell::plain(row.get::<_, i32>(9)),
    ]
}

async fn listing_lines(
    state: &AppState,
    seller: SellerId,
    after: Option<i64>,
) -> Result<Piece<i64>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT l.id, l.product_id, p.name, p.category, l.price_cents, l.active, l.reorder,
            l.reorder_level, l.reorder_target,
            coalesce((SELECT sum(s.on_hand) FROM store.stock s WHERE s.listing_id = l.id), 0)::bigint,
            coalesce((SELECT sum(i.quantity) FROM store.purchase_items i JOIN store.purchases b
                ON b.warehouse_id = i.warehouse_id AND b.id = i.purchase_id
                WHERE i.listing_id = l.id AND b.arrived_us IS NULL), 0)::bigint
        FROM store.listings l JOIN store.products p ON p.id = l.product_id
        WHERE l.seller_id = $1 AND l.id > $2 ORDER BY l.id LIMIT $3";
    let statement = client.prepare_cached(select).await?;
    let rows = client.query(&statement, &[&seller.0, &after.unwrap_or(0), &PIECE]).await?;
    let last = rows.last().filter(|_| rows.len() as i64 == PIECE).map(|row| row.get(0));
    let line = |row: &Row| {
        let id: i64 = row.get(0);
        vec![
            Cell::plain(id),
            Cell::plain(row.get::<_, i64>(1)),
            Cell::text(row.get(2)),
            Cell::text(row.get(3)),
            Cell::plain(Cents(row.get(4)).decimal()),
            Cell::plain(row.get::<_, bool>(5)),
            Cell::plain(row.get::<_, bool>(6)),
            Cell::plain(row.get::<_, i32>(7)),
            Cell::plain(row.get::<_, i32>(8)),
            Cell::plain(row.get::<_, i64>(9)),
            Cell::plain(state.shop.stock(ListingId(id))),
            Cell::plain(row.get::<_, i64>(10)),
        ]
    };
    Ok((rows.iter().map(line).collect(), last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        Span { from: from.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn a_period_is_whole_days_and_bounded() {
        let day = span("2026-02-01", "2026-02-01").moments().unwrap();
        assert_eq!(day.to_us - day.from_us, 86_400_000_000);
        assert!(span("2025-01-01", "2026-01-01").moments().is_ok());
        for (from, to, field) in [
            ("2026-02-02", "2026-02-01", "to"),
            ("2025-01-01", "2026-01-02", "to"),
            ("0001-01-01", "9999-12-31", "to"),
            ("yesterday", "2026-02-01", "from"),
            ("2026-02-30", "", "from"),
        ] {
            let problem = span(from, to).moments().unwrap_err();
            assert_eq!(problem.errors()[0].field, field, "{from} {to}");
        }
        assert!(span("", "").moments().is_ok());
        assert!(span("9999-12-31", "9999-12-31").moments().is_ok());
    }
}
