//! How a seller is doing: what was sold by day, what sells best, what runs out, what waits.
//!
//! Days are those of UTC, by when an order was placed; what was cancelled is not counted.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    listings::{self, ListingView, Show},
    sold,
};
use crate::{
    basis::{Cents, ListingId, SellerId},
    db::Client,
    store::web::AppState,
    web::{Kind, Problem},
};

/// What sells best is counted over so many days.
pub const BEST_DAYS: i64 = 30;
const BEST_MAX: i64 = 5;
const LOW_MAX: i64 = 5;
/// Counting what is under way ends here.
pub const COUNT_MAX: i64 = 10_000;

/// Over how many days.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Period {
    /// 7, 30 or 90, up to and with today.
    #[param(minimum = 7, maximum = 90, default = 30)]
    days: Option<i64>,
}

impl Period {
    pub const CHOICES: [i64; 3] = [7, 30, 90];

    pub fn days(self) -> Result<i64, Problem> {
        let days = self.days.unwrap_or(30);
        let wrong = || Problem::new(Kind::BadRequest, "days must be 7, 30 or 90.");
        Self::CHOICES.contains(&days).then_some(days).ok_or_else(wrong)
    }
}

/// How a seller is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Figures {
    /// The sums of the days.
    pub orders: i64,
    pub units: i64,
    #[schema(value_type = i64)]
    pub revenue_cents: Cents,
    /// Every day of the period, the oldest first.
    pub days: Vec<Day>,
    /// What sold best in the last 30 days.
    pub best: Vec<BestSeller>,
    /// Some of what runs out.
    pub low: Vec<ListingView>,
    /// Whether others may run out too: not all of my listings were looked through.
    pub low_has_more: bool,
    /// Orders with something of mine that is to be packed; 10000: or more.
    pub waiting: i64,
    /// Orders with something of mine on the way; 10000: or more.
    pub moving: i64,
}

/// What was sold on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Day {
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    pub orders: i64,
    pub units: i64,
    #[schema(value_type = i64)]
    pub revenue_cents: Cents,
}

/// A listing and what was sold of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BestSeller {
    #[schema(value_type = i64)]
    pub listing_id: ListingId,
    pub name: String,
    pub units: i64,
    #[schema(value_type = i64)]
    pub revenue_cents: Cents,
}

/// A seller's figures of the last so many days.
pub async fn find(state: &AppState, seller: SellerId, count: i64) -> Result<Figures, Problem> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let (days, best, (waiting, moving)) = {
        let client = state.db.client().await?;
        (
            days(&client, seller, today, count).await?,
            best(&client, seller, today).await?,
            sold::counts(&client, seller, COUNT_MAX).await?,
        )
    };
    let wanted = listings::Wanted { show: Show::Low, q: String::new() };
    let (low, more) = listings::find(state, seller, &wanted, None, LOW_MAX).await?;
    Ok(Figures {
        orders: days.iter().map(|day| day.orders).sum(),
        units: days.iter().map(|day| day.units).sum(),
        revenue_cents: days.iter().map(|day| day.revenue_cents).sum(),
        days,
        best,
        low,
        low_has_more: more.is_some(),
        waiting,
        moving,
    })
}

/// The largest amount there is, where a sum is more.
const CENTS: &str = "least(cents, 9223372036854775807)::bigint";

async fn days(
    client: &Client,
    seller: SellerId,
    today: Date,
    count: i64,
) -> Result<Vec<Day>, Problem> {
    let first = today.saturating_sub((count - 1).days());
    let select = format!(
        "SELECT day, orders, units, {CENTS} FROM store.seller_days
        WHERE seller_id = $1 AND day BETWEEN $2 AND $3"
    );
    let statement = client.prepare_cached(&select).await?;
    let rows = client.query(&statement, &[&seller.0, &first, &today]).await?;
    let day = |row: &tokio_postgres::Row| Day {
        day: row.get(0),
        orders: row.get(1),
        units: row.get(2),
        revenue_cents: Cents(row.get(3)),
    };
    let known: BTreeMap<Date, Day> = rows.iter().map(day).map(|day| (day.day, day)).collect();
    let all = first.series(1.day()).take_while(|day| *day <= today);
    let nothing = |day| Day { day, orders: 0, units: 0, revenue_cents: Cents(0) };
    Ok(all.map(|day| known.get(&day).copied().unwrap_or_else(|| nothing(day))).collect())
}

async fn best(client: &Client, seller: SellerId, today: Date) -> Result<Vec<BestSeller>, Problem> {
    let select = format!(
        "SELECT s.listing_id, p.name, s.units, {CENTS} FROM (
            SELECT listing_id, sum(units)::bigint AS units, sum(cents) AS cents FROM store.sales
            WHERE seller_id = $1 AND day BETWEEN $2 AND $3
            GROUP BY listing_id HAVING sum(units) > 0
            ORDER BY sum(units) DESC, listing_id LIMIT $4) s
        JOIN store.listings l ON l.id = s.listing_id
        JOIN store.products p ON p.id = l.product_id
        ORDER BY s.units DESC, s.listing_id"
    );
    let first = today.saturating_sub((BEST_DAYS - 1).days());
    let statement = client.prepare_cached(&select).await?;
    let rows = client.query(&statement, &[&seller.0, &first, &today, &BEST_MAX]).await?;
    let seller = |row: &tokio_postgres::Row| BestSeller {
        listing_id: ListingId(row.get(0)),
        name: row.get(1),
        units: row.get(2),
        revenue_cents: Cents(row.get(3)),
    };
    Ok(rows.iter().map(seller).collect())
}
