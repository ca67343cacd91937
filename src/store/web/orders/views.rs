//! Orders as people see them: read from the database, kept current by changes.
//!
//! Only how they look; how they came to be so is the models' affair.

use std::collections::BTreeMap;

use futures_util::future::try_join3;
use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

use super::placing::Wish;
use crate::{
    basis::{
        AccountId, Cents, ListingId, OrderId, PackageId, Point, SimTime, TruckId, WarehouseId,
    },
    db::Client,
    store::{
        model::{
            PackageChange, PackageStatus, PlacedOrder,
            outputs::{Change, PlacedPackage},
        },
        web::AppState,
    },
    web::Problem,
};

/// An order and where its packages are.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Order)]
pub struct OrderView {
    #[schema(value_type = i64)]
    pub id: OrderId,
    /// That of the package that is least far.
    #[schema(value_type = String, example = "packing")]
    pub status: Status,
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: Timestamp,
    #[schema(value_type = i64)]
    pub total_cents: Cents,
    pub destination: Place,
    /// The buyer's account at the carrier.
    pub carrier_account: Option<String>,
    pub items: Vec<Item>,
    pub packages: Vec<PackageView>,
    #[serde(skip)]
    pub account: AccountId,
}

/// Where an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Place {
    pub x: i32,
    pub y: i32,
}

/// So many pieces of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Item {
    #[schema(value_type = i64)]
    pub listing_id: ListingId,
    pub quantity: i64,
}

/// One parcel of an order.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Package)]
pub struct PackageView {
    #[schema(value_type = i64)]
    pub id: PackageId,
    /// created, packing, packed, loading, loaded, delivering, delivered or cancelled.
    #[schema(value_type = String, example = "packing")]
    pub status: Status,
    /// The carrier's, once it has given one.
    pub tracking_number: Option<String>,
    /// The carrier's page about it.
    pub tracking_url: Option<String>,
    #[schema(value_type = i32)]
    pub warehouse_id: WarehouseId,
    /// The truck that fetches it, once there is one.
    #[schema(value_type = Option<i32>)]
    pub truck_id: Option<TruckId>,
    /// False while some of it has to be bought first.
    pub in_stock: bool,
    pub items: Vec<Item>,
    /// What has happened to it, in order.
    pub history: Vec<Event>,
    /// Changes up to then are in here already.
    #[serde(skip)]
    known_until: Timestamp,
}

/// Something that happened to a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PackageEvent)]
pub struct Event {
    /// A status, or in_stock, truck_dispatched, truck_arrived.
    pub event: &'static str,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// A status by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(pub PackageStatus);

impl Serialize for Status {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

/// What the columns of times are called here, in their order.
const EVENTS: [&str; 11] = [
    "created",
    "in_stock",
    "packing",
    "packed",
    "truck_dispatched",
    "truck_arrived",
    "loading",
    "loaded",
    "delivering",
    "delivered",
    "cancelled",
];

impl OrderView {
    /// An order that has just been placed; no query needed.
    pub fn placed(account: AccountId, wish: &Wish, order: &PlacedOrder) -> Self {
        let placed_at = timestamp(order.placed_at);
        let packages: Vec<_> =
            order.packages.iter().map(|package| PackageView::placed(package, placed_at)).collect();
        Self {
            id: order.order,
            status: status_of(&packages),
            placed_at,
            total_cents: order.total,
            destination: wish.destination.into(),
            carrier_account: wish.carrier_account.clone(),
            items: sum(packages.iter().flat_map(|package| &package.items)),
            packages,
            account,
        }
    }

    /// Takes in a change; false where it was known before.
    pub fn apply(&mut self, state: &AppState, change: &PackageChange) -> bool {
        let mine = self.packages.iter_mut().find(|package| package.id == change.package);
        let news = mine.is_some_and(|package| package.apply(state, change));
        self.status = status_of(&self.packages);
        news
    }

    /// Whether nothing more will happen.
    pub fn is_final(&self) -> bool {
        self.packages.iter().all(|package| package.status.0.is_final())
    }
}

impl PackageView {
    fn placed(package: &PlacedPackage, at: Timestamp) -> Self {
        let item = |line: &crate::store::model::Line| Item {
            listing_id: line.listing,
            quantity: i64::from(line.quantity),
        };
        let in_stock = package.in_stock.then_some(Event { event: "in_stock", at });
        Self {
            id: package.id,
            status: Status(package.status),
            tracking_number: None,
            tracking_url: None,
            warehouse_id: package.warehouse,
            truck_id: None,
            in_stock: package.in_stock,
            items: package.lines.iter().map(item).collect(),
            history: [Event { event: "created", at }].into_iter().chain(in_stock).collect(),
            known_until: at,
        }
    }

    fn apply(&mut self, state: &AppState, change: &PackageChange) -> bool {
        let at = timestamp(change.at);
        // A package's changes come in order, so one that is not later was read with the rest.
        if at <= self.known_until {
            return false;
        }
        self.status = Status(change.status);
        self.truck_id = change.truck.or(self.truck_id);
        if let Some(number) = &change.tracking_number {
            self.tracking_url = Some(state.tracking_url(number));
            self.tracking_number = Some(number.clone());
        }
        let event = match change.change {
            Change::Status => Some(change.status.as_str()),
            Change::InStock => {
                self.in_stock = true;
                Some("in_stock")
            }
            Change::TruckDispatched => Some("truck_dispatched"),
            Change::TruckArrived => Some("truck_arrived"),
            Change::Tracking | Change::Destination | Change::DestinationKept => None,
        };
        let first_time = event.filter(|event| self.when(event).is_none());
        self.history.extend(first_time.map(|event| Event { event, at }));
        true
    }

    /// When it was in this state or had this happen.
    pub fn when(&self, event: &str) -> Option<Timestamp> {
        self.history.iter().find(|past| past.event == event).map(|past| past.at)
    }
}

fn status_of(packages: &[PackageView]) -> Status {
    Status(PackageStatus::of_order(packages.iter().map(|package| package.status.0)))
}

/// Pieces by listing, wherever they lie.
fn sum<'a>(items: impl Iterator<Item = &'a Item>) -> Vec<Item> {
    let mut sums: BTreeMap<ListingId, i64> = BTreeMap::new();
    for item in items {
        *sums.entry(item.listing_id).or_default() += item.quantity;
    }
    sums.into_iter().map(|(listing_id, quantity)| Item { listing_id, quantity }).collect()
}

impl From<Point> for Place {
    fn from(Point { x, y }: Point) -> Self {
        Self { x, y }
    }
}

fn timestamp(at: SimTime) -> Timestamp {
    let micros = i64::try_from(at.micros()).unwrap_or(i64::MAX);
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

const ORDER: &str = "SELECT id, account_id, destination_x, destination_y, carrier_account,
    total_cents, placed_us FROM store.orders";

/// One order, whoever's.
pub async fn find(state: &AppState, id: OrderId) -> Result<Option<OrderView>, Problem> {
    let client = state.db.client().await?;
    let statement = client.prepare_cached(&format!("{ORDER} WHERE id = $1")).await?;
    let rows = client.query(&statement, &[&id.0]).await?;
    Ok(complete(state, &client, &rows).await?.pop())
}

/// An account's orders, the newest first, and the cursor of what follows.
pub async fn of_account(
    state: &AppState,
    account: AccountId,
    before: Option<i64>,
    limit: i64,
) -> Result<(Vec<OrderView>, Option<i64>), Problem> {
    let client = state.db.client().await?;
    let select = format!("{ORDER} WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    let statement = client.prepare_cached(&select).await?;
    let before = before.unwrap_or(i64::MAX);
    let mut rows = client.query(&statement, &[&account.0, &before, &(limit + 1)]).await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    let orders = complete(state, &client, &rows).await?;
    let next = orders.last().filter(|_| more).map(|order| order.id.0);
    Ok((orders, next))
}

/// Adds packages and items to rows of [`ORDER`], in three queries for all of them.
async fn complete(
    state: &AppState,
    client: &Client,
    rows: &[Row],
) -> Result<Vec<OrderView>, Problem> {
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let packages = "SELECT order_id, id, warehouse_id, status, tracking_number, truck_id, granted,
        created_us, granted_us, packing_us, packed_us, truck_dispatched_us, truck_arrived_us,
        loading_us, loaded_us, delivering_us, delivered_us, cancelled_us
        FROM store.packages WHERE order_id = ANY ($1) ORDER BY id";
    let contents = "SELECT i.package_id, i.listing_id, i.quantity FROM store.package_items i
        JOIN store.packages p ON p.id = i.package_id
        WHERE p.order_id = ANY ($1) ORDER BY i.package_id, i.listing_id";
    let items = "SELECT order_id, listing_id, quantity FROM store.order_items
        WHERE order_id = ANY ($1) ORDER BY order_id, listing_id";
    let (packages, contents, items) = try_join3(
        fetch(client, packages, &ids),
        fetch(client, contents, &ids),
        fetch(client, items, &ids),
    )
    .await?;
    let contents = grouped(&contents, item);
    let mut packages = grouped(&packages, |row| package(state, row, &contents));
    let mut items = grouped(&items, item);
    let orders = rows.iter().map(|row| {
        let id = row.get(0);
        order(row, packages.remove(&id).unwrap_or_default(), items.remove(&id).unwrap_or_default())
    });
    Ok(orders.collect())
}

async fn fetch(client: &Client, select: &str, ids: &[i64]) -> Result<Vec<Row>, Problem> {
    let statement = client.prepare_cached(select).await?;
    Ok(client.query(&statement, &[&ids]).await?)
}

/// Rows by their first column.
fn grouped<T>(rows: &[Row], make: impl Fn(&Row) -> T) -> BTreeMap<i64, Vec<T>> {
    let mut groups: BTreeMap<i64, Vec<T>> = BTreeMap::new();
    for row in rows {
        groups.entry(row.get(0)).or_default().push(make(row));
    }
    groups
}

fn item(row: &Row) -> Item {
    Item { listing_id: ListingId(row.get(1)), quantity: i64::from(row.get::<_, i32>(2)) }
}

fn order(row: &Row, packages: Vec<PackageView>, items: Vec<Item>) -> OrderView {
    OrderView {
        id: OrderId(row.get(0)),
        account: AccountId(row.get(1)),
        destination: Place { x: row.get(2), y: row.get(3) },
        carrier_account: row.get(4),
        total_cents: Cents(row.get(5)),
        placed_at: moment(row.get(6)),
        status: status_of(&packages),
        items,
        packages,
    }
}

fn package(state: &AppState, row: &Row, contents: &BTreeMap<i64, Vec<Item>>) -> PackageView {
    let (id, tracking_number): (i64, Option<String>) = (row.get(1), row.get(4));
    let word: &str = row.get(3);
    // The column takes no other words than these.
    let status = PackageStatus::parse(word).unwrap_or(PackageStatus::Created);
    let history = history(row, 7);
    PackageView {
        id: PackageId(id),
        status: Status(status),
        tracking_url: tracking_number.as_deref().map(|number| state.tracking_url(number)),
        tracking_number,
        warehouse_id: WarehouseId(row.get(2)),
        truck_id: row.get::<_, Option<i32>>(5).map(TruckId),
        in_stock: row.get(6),
        items: contents.get(&id).cloned().unwrap_or_default(),
        known_until: history.last().map_or(Timestamp::MIN, |last| last.at),
        history,
    }
}

fn history(row: &Row, first: usize) -> Vec<Event> {
    let past = EVENTS.iter().enumerate().filter_map(|(nth, event)| {
        let at: Option<i64> = row.get(first + nth);
        at.map(|at| Event { event, at: moment(at) })
    });
    let mut past: Vec<_> = past.collect();
    past.sort_by_key(|event| event.at);
    past
}

fn moment(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

/// A line of an order in words, for a page.
#[derive(Debug, Clone)]
pub struct Line {
    pub listing: ListingId,
    pub product: i64,
    pub name: String,
    pub seller: String,
    pub quantity: i32,
    /// For one piece, when it was ordered.
    pub price: Cents,
}

impl Line {
    pub fn total(&self) -> Cents {
        self.price.times(u32::try_from(self.quantity).unwrap_or(0))
    }
}

/// What an order is for, with names and prices.
pub async fn lines(state: &AppState, order: OrderId) -> Result<Vec<Line>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT i.listing_id, i.product_id, p.name, s.name, i.quantity, i.price_cents
        FROM store.order_items i
        JOIN store.listings l ON l.id = i.listing_id
        JOIN store.products p ON p.id = i.product_id
        JOIN store.sellers s ON s.id = l.seller_id
        WHERE i.order_id = $1 ORDER BY i.listing_id";
    let statement = client.prepare_cached(select).await?;
    let rows = client.query(&statement, &[&order.0]).await?;
    let line = |row: &Row| Line {
        listing: ListingId(row.get(0)),
        product: row.get(1),
        name: row.get(2),
        seller: row.get(3),
        quantity: row.get(4),
        price: Cents(row.get(5)),
    };
    Ok(rows.iter().map(line).collect())
}
