//! When an order would come: a guess by the stock of this moment and by how long the last
//! packages took, whatever the world's speed is.
//!
//! It promises nothing and reserves nothing; the desk plans anew when the order is placed.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::lines::Cart;
use crate::{
    basis::{Point, WarehouseId},
    store::{
        model::{
            ExpectedParcel, Line, Site, Trip, expected_arrival_s, expected_parcels, usual_pace_us,
        },
        web::{
            AppState,
            orders::depots::{self, Depot},
        },
    },
    web::Problem,
};

/// Packages that are looked at: of the last of all, those that arrived.
const LATELY: i64 = 200;

/// From where an order would come, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Estimate {
    pub packages: Vec<EstimatedPackage>,
    /// When the last of them should be there; null where no package has arrived lately.
    pub arrival: Option<Span>,
}

/// A package that an order would have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EstimatedPackage {
    #[schema(value_type = i32, example = 1)]
    pub warehouse_id: WarehouseId,
    #[schema(example = "North")]
    pub warehouse: String,
    /// Units that a truck drives from there, at one a second of the world's time.
    #[schema(example = 37)]
    pub distance: u64,
    /// False: some of it has to be bought first.
    pub in_stock: bool,
}

/// Seconds from now, of your time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Span {
    #[schema(example = 12)]
    pub from_s: u64,
    #[schema(example = 20)]
    pub to_s: u64,
}

impl Estimate {
    /// In the words of a page.
    pub fn words(&self) -> String {
        let farthest = self.packages.iter().map(|package| package.distance).max().unwrap_or(0);
        match self.arrival {
            Some(span) => format!(
                "{}, going by the packages that came last, once a truck is free",
                span.words()
            ),
            None => format!(
                "No package has come lately to go by: {farthest} units of road, at one a second of the world's time, once it is packed and a truck is free"
            ),
        }
    }
}

impl Span {
    fn words(self) -> String {
        let (from, to) = (duration(self.from_s), duration(self.to_s));
        if from == to { format!("About {from}") } else { format!("About {from} to {to}") }
    }
}

fn duration(seconds: u64) -> String {
    let many = |n: u64, unit: &str| format!("{n} {unit}{}", if n == 1 { "" } else { "s" });
    match seconds {
        0..60 => many(seconds.max(1), "second"),
        60..7_200 => many((seconds + 30) / 60, "minute"),
        7_200..172_800 => many((seconds + 1_800) / 3_600, "hour"),
        _ => many((seconds + 43_200) / 86_400, "day"),
    }
}

/// For what is in a cart.
pub async fn of(state: &AppState, cart: &Cart, to: Point) -> Result<Estimate, Problem> {
    let depots = depots::all(state).await?;
    let lines: Vec<Line> =
        cart.offered().map(|line| Line::new(line.listing_id, line.count())).collect();
    let packages = plan(state, &depots, &lines, to);
    let farthest = packages.iter().map(|package| package.distance).max();
    let arrival = match farthest {
        Some(distance) => expected_arrival_s(&trips(state).await?, distance),
        None => None,
    };
    let arrival = arrival.map(|span| Span { from_s: *span.start(), to_s: *span.end() });
    Ok(Estimate { packages, arrival })
}

/// As the desk would plan it.
fn plan(
    state: &AppState,
    depots: &BTreeMap<WarehouseId, Depot>,
    lines: &[Line],
    to: Point,
) -> Vec<EstimatedPackage> {
    let site =
        |depot: &Depot| (depot.id, Site { id: depot.id, at: depot.at, active: depot.active });
    let sites = depots.values().map(site).collect();
    let there = |warehouse, listing| state.shop.stock_at(warehouse, listing);
    let package = |parcel: ExpectedParcel| {
        let warehouse = depots.get(&parcel.warehouse)?.name.clone();
        let ExpectedParcel { warehouse: warehouse_id, distance, in_stock } = parcel;
        Some(EstimatedPackage { warehouse_id, warehouse, distance, in_stock })
    };
    expected_parcels(lines, to, &sites, there).into_iter().filter_map(package).collect()
}

/// How the last packages came, of those that a carrier brought: a past that was made up took
/// whatever time it was given.
async fn trips(state: &AppState) -> Result<Vec<Trip>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT p.delivering_us - p.created_us, p.delivered_us - p.delivering_us,
            abs(w.x::bigint - o.destination_x) + abs(w.y::bigint - o.destination_y)
        FROM (SELECT * FROM store.packages ORDER BY id DESC LIMIT $1) p
        JOIN store.orders o ON o.id = p.order_id
        JOIN store.warehouses w ON w.id = p.warehouse_id
        WHERE p.tracking_number IS NOT NULL
            AND p.delivering_us >= p.created_us AND p.delivered_us >= p.delivering_us";
    let statement = client.prepare_cached(select).await?;
    let rows = client.query(&statement, &[&LATELY]).await?;
    let number =
        |row: &tokio_postgres::Row, nth| u64::try_from(row.get::<_, i64>(nth)).unwrap_or(0);
    let trip = |row: &tokio_postgres::Row| Trip {
        before_us: number(row, 0),
        driving_us: number(row, 1),
        distance: number(row, 2),
    };
    Ok(rows.iter().map(trip).collect())
}

/// Microseconds that a truck needs for a unit, going by the last packages.
pub async fn pace_us(state: &AppState) -> Result<Option<u64>, Problem> {
    Ok(usual_pace_us(&trips(state).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_roughly() {
        let words = [(0, "1 second"), (59, "59 seconds"), (89, "1 minute"), (7_300, "2 hours")];
        for (seconds, expected) in words {
            assert_eq!(duration(seconds), expected);
        }
        assert_eq!(duration(200_000), "2 days");
    }
}
