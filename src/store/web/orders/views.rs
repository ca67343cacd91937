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
    basis::{AccountId, Cents, ListingId, OrderId, PackageId, Point, TruckId, WarehouseId},
    db::Client,
    store::{
        model::{
            PackageChange, PackageStatus, PlacedOrder,
            outputs::{Change, PlacedPackage},
        },
        web::AppState,
    },
    web::{
        Problem,
        moments::{moment, timestamp},
    },
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
    /// Where it goes: where the order does, or where it was sent since.
    pub destination: Place,
    /// Where the carrier was asked to bring it instead, and has not answered yet.
    pub asked_destination: Option<Place>,
    /// Why it could not be sent elsewhere, where the last wish was refused.
    pub redirect_refusal: Option<String>,
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
        let (placed_at, to) = (timestamp(order.placed_at), Place::from(wish.destination));
        let packages: Vec<_> =
            order.packages.iter().map(|it| PackageView::placed(it, to, placed_at)).collect();
        Self {
            id: order.order,
            status: status_of(&packages),
            placed_at,
            total_cents: order.total,
            destination: to,
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
    fn placed(package: &PlacedPackage, destination: Place, at: Timestamp) -> Self {
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
            destination,
            asked_destination: None,
            redirect_refusal: None,
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

const ORDER: &str = "SELECT id, account_id, destination_x, destination_y, carrier_account,
    total_cents, placed_us FROM store.orders";

/// One order, whoever's.
pub async fn find(state: &AppState, id: OrderId) -> Result<Option<OrderView>, Problem> {
    let client = state.db.client().await?;
    let statement = client.prepare_cached(&format!("{ORDER} WHERE id = $1")).await?;
    let rows = client.query(&statement, &[&id.0]).await?;
    Ok(complete(state, &client, &rows).await?.pop())
}

/// One order of an account's.
pub async fn find_of(
    state: &AppState,
    account: AccountId,
    id: OrderId,
) -> Result<Option<OrderView>, Problem> {
    let client = state.db.client().await?;
    let select = format!("{ORDER} WHERE id = $1 AND account_id = $2");
    let statement = client.prepare_cached(&select).await?;
    let rows = client.query(&statement, &[&id.0, &account.0]).await?;
    Ok(complete(state, &client, &rows).await?.pop())
}

/// These orders, the newest first.
pub async fn by_ids(state: &AppState, ids: &[i64]) -> Result<Vec<OrderView>, Problem> {
    let client = state.db.client().await?;
    let select = format!("{ORDER} WHERE id = ANY ($1) ORDER BY id DESC");
    let statement = client.prepare_cached(&select).await?;
    let rows = client.query(&statement, &[&ids]).await?;
    complete(state, &client, &rows).await
}

/// Adds packages and items to rows of [`ORDER`], in three queries for all of them.
async fn complete(
    state: &AppState,
    client: &Client,
    rows: &[Row],
) -> Result<Vec<OrderView>, Problem> {
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let packages =
        "SELECT p.order_id, p.id, p.warehouse_id, p.status, p.tracking_number, p.truck_id,
        p.granted, p.created_us, p.granted_us, p.packing_us, p.packed_us, p.truck_dispatched_us,
        p.truck_arrived_us, p.loading_us, p.loaded_us, p.delivering_us, p.delivered_us,
        p.cancelled_us, coalesce(p.destination_x, o.destination_x),
        coalesce(p.destination_y, o.destination_y), p.redirect_x, p.redirect_y, p.redirect_refusal
        FROM store.packages p JOIN store.orders o ON o.id = p.order_id
        WHERE p.order_id = ANY ($1) ORDER BY p.id";
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

pub(super) async fn fetch(client: &Client, select: &str, ids: &[i64]) -> Result<Vec<Row>, Problem> {
    let statement = client.prepare_cached(select).await?;
    Ok(client.query(&statement, &[&ids]).await?)
}

/// Rows by their first column.
pub(super) fn grouped<T>(rows: &[Row], make: impl Fn(&Row) -> T) -> BTreeMap<i64, Vec<T>> {
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
    let asked = row.get::<_, Option<i32>>(20).zip(row.get::<_, Option<i32>>(21));
    PackageView {
        id: PackageId(id),
        status: Status(status),
        tracking_url: tracking_number.as_deref().map(|number| state.tracking_url(number)),
        tracking_number,
        warehouse_id: WarehouseId(row.get(2)),
        truck_id: row.get::<_, Option<i32>>(5).map(TruckId),
        in_stock: row.get(6),
        destination: Place { x: row.get(18), y: row.get(19) },
        asked_destination: asked.map(|(x, y)| Place { x, y }),
        redirect_refusal: row.get(22),
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
