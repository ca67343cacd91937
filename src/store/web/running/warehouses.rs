//! Warehouses as an admin keeps them: what there is, one more, another name, closed or open.
//!
//! What a change means for orders the models say; they are told when it is in the database, be
//! it that nobody waits for it any more.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_postgres::Row;
use utoipa::ToSchema;

use crate::{
    basis::{ListingId, Point, WarehouseId},
    db::{Client, Transaction},
    store::{
        model::Site,
        web::{
            AppState,
            caller::Caller,
            finishing::to_the_end,
            people::{
                audit::{self, Deed},
                sessions::Person,
            },
        },
    },
    web::{FieldError, Kind, Problem, text},
};

/// More would make hellos and maps unwieldy.
pub const WAREHOUSES_MAX: i64 = 500;
pub const NAME_CHARS_MAX: usize = 80;
/// A place is within this of the middle, in either direction.
pub const PLACE_MAX: i32 = 1_000_000;
/// Tries to read what was committed, about a minute of them.
const TELL_TRIES: u32 = 10;

/// A warehouse to be added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWarehouse {
    /// Its number, in every world; left out, the next free one.
    #[schema(minimum = 0, maximum = 2_147_483_647, example = 7)]
    pub id: Option<i64>,
    #[schema(min_length = 1, max_length = 80, example = "Harbour")]
    pub name: String,
    #[schema(minimum = -1_000_000, maximum = 1_000_000, example = 12)]
    pub x: i64,
    #[schema(minimum = -1_000_000, maximum = 1_000_000, example = -5)]
    pub y: i64,
}

/// A change of a warehouse; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WarehouseChange {
    #[schema(min_length = 1, max_length = 80, example = "Harbour")]
    pub name: Option<String>,
    /// False: it takes no new orders and buys no more; what is under way in it is finished.
    pub active: Option<bool>,
}

/// A warehouse with what is in it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Warehouse)]
pub struct WarehouseView {
    #[schema(value_type = i32)]
    pub id: WarehouseId,
    pub name: String,
    pub x: i32,
    pub y: i32,
    /// Takes new orders.
    pub active: bool,
    /// Offers of which it has pieces that can be promised.
    pub listings_in_stock: i64,
    /// Pieces that can be promised.
    pub pieces_available: i64,
    /// Packages that were ordered from it and are not delivered.
    pub packages_under_way: i64,
    /// none: the store is in no world; waiting: the world has not been told yet;
    /// told: it has; was_there: it had one of this number before, perhaps elsewhere.
    #[schema(value_type = String, example = "told")]
    pub in_world: InWorld,
}

/// What the present world knows of a warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InWorld {
    None,
    Waiting,
    Told,
    WasThere,
}

/// What a warehouse has of one offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockLine {
    #[schema(value_type = i64)]
    pub listing_id: ListingId,
    pub product: String,
    pub seller: String,
    /// Whether the offer can be ordered.
    pub active: bool,
    /// Pieces on the shelf, promised or not.
    pub on_hand: i64,
    /// Pieces that can be promised; negative: packages wait for them.
    pub available: i64,
    /// With less than this left the warehouse buys more ...
    pub reorder_level: i32,
    /// ... up to this.
    pub reorder_target: i32,
}

const COLUMNS: &str = "w.id, w.name, w.x, w.y, w.active, s.world_id, k.was_there,
    coalesce(p.packages, 0) AS packages";

/// Reads through what is under way, which is little, and never through what was.
fn select(condition: &str) -> String {
    format!(
        "SELECT {COLUMNS} FROM store.warehouses w CROSS JOIN store.settings s
        LEFT JOIN store.world_warehouses k ON (k.world_id, k.warehouse_id) = (s.world_id, w.id)
        LEFT JOIN (SELECT warehouse_id, count(*) AS packages FROM store.packages
            WHERE status NOT IN ('delivered', 'cancelled') GROUP BY warehouse_id) p
            ON p.warehouse_id = w.id
        WHERE {condition}"
    )
}

/// Warehouses by number after that one, and where the next ones are.
pub async fn list(
    state: &AppState,
    after: Option<i32>,
    limit: i64,
) -> Result<(Vec<WarehouseView>, Option<i32>), Problem> {
    let rows = {
        let client = state.db.client().await?;
        let sql = select("w.id > $1::bigint ORDER BY w.id LIMIT $2");
        let statement = client.prepare_cached(&sql).await?;
        client.query(&statement, &[&i64::from(after.unwrap_or(-1)), &(limit + 1)]).await?
    };
    let totals = state.shop.stock_totals();
    let mut items: Vec<_> = rows.iter().map(|row| view(row, &totals)).collect();
    let has_more = items.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if has_more {
        items.pop();
    }
    let next = items.last().filter(|_| has_more).map(|last| last.id.0);
    Ok((items, next))
}

pub async fn find(state: &AppState, id: WarehouseId) -> Result<WarehouseView, Problem> {
    let row = {
        let client = state.db.client().await?;
        let statement = client.prepare_cached(&select("w.id = $1::int")).await?;
        client.query_opt(&statement, &[&id.0]).await?
    };
    let row = row.ok_or_else(|| nothing(id))?;
    Ok(view(&row, &state.shop.stock_totals()))
}

fn view(row: &Row, totals: &BTreeMap<WarehouseId, (i64, i64)>) -> WarehouseView {
    let id = WarehouseId(row.get("id"));
    let (listings_in_stock, pieces_available) = totals.get(&id).copied().unwrap_or((0, 0));
    let in_world = match (row.get::<_, Option<i64>>("world_id"), row.get("was_there")) {
        (None, _) => InWorld::None,
        (Some(_), None) => InWorld::Waiting,
        (Some(_), Some(false)) => InWorld::Told,
        (Some(_), Some(true)) => InWorld::WasThere,
    };
    WarehouseView {
        id,
        name: row.get("name"),
        x: row.get("x"),
        y: row.get("y"),
        active: row.get("active"),
        listings_in_stock,
        pieces_available,
        packages_under_way: row.get("packages"),
        in_world,
    }
}

fn nothing(id: WarehouseId) -> Problem {
    let detail = format!("There is no warehouse {id}. The list of warehouses has those there are.");
    Problem::new(Kind::NotFound, detail)
}

/// What is in a warehouse, by listing, after that one; and where the next lines are.
pub async fn inventory(
    state: &AppState,
    warehouse: WarehouseId,
    after: Option<i64>,
    limit: i64,
) -> Result<(Vec<StockLine>, Option<i64>), Problem> {
    let rows = {
        let client = state.db.client().await?;
        let sql = "SELECT s.listing_id, p.name AS product, e.name AS seller, l.active, s.on_hand,
                l.reorder_level, l.reorder_target
            FROM store.stock s JOIN store.listings l ON l.id = s.listing_id
            JOIN store.products p ON p.id = l.product_id JOIN store.sellers e ON e.id = l.seller_id
            WHERE s.warehouse_id = $1 AND s.listing_id > $2 ORDER BY s.listing_id LIMIT $3";
        let statement = client.prepare_cached(sql).await?;
        client.query(&statement, &[&warehouse.0, &after.unwrap_or(i64::MIN), &(limit + 1)]).await?
    };
    let line = |row: &Row| {
        let listing_id = ListingId(row.get("listing_id"));
        let on_hand = row.get("on_hand");
        StockLine {
            listing_id,
            product: row.get("product"),
            seller: row.get("seller"),
            active: row.get("active"),
            on_hand,
            available: state.shop.stock_at(warehouse, listing_id),
            reorder_level: row.get("reorder_level"),
            reorder_target: row.get("reorder_target"),
        }
    };
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    let has_more = lines.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if has_more {
        lines.pop();
    }
    let next = lines.last().filter(|_| has_more).map(|last| last.listing_id.0);
    Ok((lines, next))
}

/// Adds a warehouse; the world is told with the next hello, which is soon.
pub async fn add(
    state: &AppState,
    person: &Person,
    caller: &Caller,
    new: NewWarehouse,
) -> Result<WarehouseView, Problem> {
    let new = new.check()?;
    let place = one_at_a_time(state)?;
    let (by, task_state) = ((person.clone(), caller.clone()), state.clone());
    let id = to_the_end(async move {
        let _place = place;
        let mut client = task_state.db.client().await?;
        let tx = client.transaction().await?;
        let Some(id) = insert(&tx, &by, &new).await? else {
            tx.rollback().await?;
            return Err(why_not_added(&client, new.0).await?);
        };
        let committed = tx.commit().await;
        drop(client);
        tell_models(&task_state, id).await;
        committed?;
        Ok(id)
    })
    .await?;
    find(state, id).await
}

/// None: the number is taken, or there are as many as there may be.
async fn insert(
    tx: &Transaction<'_>,
    (person, caller): &(Person, Caller),
    (wanted, name, at): &(Option<i32>, String, Point),
) -> Result<Option<WarehouseId>, Problem> {
    // The next number is the highest free one that follows another.
    let insert = "INSERT INTO store.warehouses (id, name, x, y)
        SELECT coalesce($1, n.next), $2, $3, $4 FROM (
            SELECT coalesce(max(w.id) FILTER (WHERE w.id < 2147483647 AND NOT EXISTS (
                SELECT FROM store.warehouses o WHERE o.id = w.id::bigint + 1)), 0) + 1 AS next,
                count(*) AS count
            FROM store.warehouses w) n
        WHERE n.count < $5 ON CONFLICT (id) DO NOTHING RETURNING id";
    let statement = tx.prepare_cached(insert).await?;
    let row = tx.query_opt(&statement, &[wanted, name, &at.x, &at.y, &WAREHOUSES_MAX]).await?;
    let Some(row) = row else { return Ok(None) };
    let id = WarehouseId(row.get(0));
    let detail = json!({"name": name, "x": at.x, "y": at.y});
    let deed = Deed { action: "warehouse.added", subject: &format!("warehouse {id}"), detail };
    audit::note(tx, person, caller, deed).await?;
    Ok(Some(id))
}

/// Tells the models of a warehouse as it is in the database, be it that the answer to a commit
/// was lost. Whoever changes one keeps its place until then, so it stays so meanwhile.
async fn tell_models(state: &AppState, id: WarehouseId) {
    let mut pause = Duration::from_millis(100);
    for _ in 0..TELL_TRIES {
        match site(state, id).await {
            Ok(site) => {
                if let Some(site) = site {
                    state.shop.warehouse_changed(site);
                }
                return;
            }
            Err(problem) => {
                tracing::warn!(?problem, warehouse = %id, "the models can not be told yet");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
        }
    }
    tracing::error!(warehouse = %id, "the models were not told of a change; they read it when they start");
}

async fn site(state: &AppState, id: WarehouseId) -> Result<Option<Site>, Problem> {
    let client = state.db.client().await?;
    let select = "SELECT x, y, active FROM store.warehouses WHERE id = $1";
    let statement = client.prepare_cached(select).await?;
    let row = client.query_opt(&statement, &[&id.0]).await?;
    Ok(row.map(|row| Site { id, at: Point::new(row.get(0), row.get(1)), active: row.get(2) }))
}

async fn why_not_added(client: &Client, wanted: Option<i32>) -> Result<Problem, Problem> {
    let statement =
        client.prepare_cached("SELECT EXISTS (SELECT FROM store.warehouses WHERE id = $1)").await?;
    let exists: bool = client.query_one(&statement, &[&wanted]).await?.get(0);
    let detail = match wanted.filter(|_| exists) {
        Some(id) => format!("There is a warehouse {id} already. Choose another number."),
        None => format!("There are {WAREHOUSES_MAX} warehouses already, as many as there may be."),
    };
    Ok(Problem::new(Kind::Conflict, detail))
}

/// Renames a warehouse, closes it or opens it.
pub async fn change(
    state: &AppState,
    person: &Person,
    caller: &Caller,
    id: WarehouseId,
    change: WarehouseChange,
) -> Result<WarehouseView, Problem> {
    let name = change.name.as_deref().map(|name| text::line(name, NAME_CHARS_MAX)).transpose();
    let name = name.map_err(|detail| Problem::invalid_field("name", detail))?;
    let (place, active) = (one_at_a_time(state)?, change.active);
    let (by, task_state) = ((person.clone(), caller.clone()), state.clone());
    to_the_end(async move {
        let _place = place;
        let mut client = task_state.db.client().await?;
        let tx = client.transaction().await?;
        update(&tx, &by, id, name, active).await?;
        let committed = tx.commit().await;
        drop(client);
        tell_models(&task_state, id).await;
        Ok(committed?)
    })
    .await?;
    find(state, id).await
}

async fn update(
    tx: &Transaction<'_>,
    (person, caller): &(Person, Caller),
    id: WarehouseId,
    name: Option<String>,
    active: Option<bool>,
) -> Result<(), Problem> {
    let update = "UPDATE store.warehouses w
        SET name = coalesce($2, w.name), active = coalesce($3, w.active)
        FROM (SELECT id, name, active FROM store.warehouses WHERE id = $1 FOR UPDATE) old
        WHERE w.id = old.id
        RETURNING w.name, w.active, old.name AS name_before, old.active AS active_before";
    let statement = tx.prepare_cached(update).await?;
    let row = tx.query_opt(&statement, &[&id.0, &name, &active]).await?;
    for (action, detail) in deeds(&row.ok_or_else(|| nothing(id))?) {
        let deed = Deed { action, subject: &format!("warehouse {id}"), detail };
        audit::note(tx, person, caller, deed).await?;
    }
    Ok(())
}

fn deeds(row: &Row) -> Vec<(&'static str, serde_json::Value)> {
    let (name, before): (&str, &str) = (row.get("name"), row.get("name_before"));
    let (active, was_active): (bool, bool) = (row.get("active"), row.get("active_before"));
    let renamed = ("warehouse.renamed", json!({"name": {"from": before, "to": name}}));
    let word = if active { "warehouse.activated" } else { "warehouse.deactivated" };
    let mut deeds = Vec::new();
    deeds.extend((name != before).then_some(renamed));
    deeds.extend((active != was_active).then(|| (word, json!({}))));
    deeds
}

/// The models have to hear of changes in the order of their commits.
fn one_at_a_time(state: &AppState) -> Result<crate::runtime::Permit, Problem> {
    let busy = || Problem::new(Kind::Busy, "Another warehouse is being changed. Try again.");
    state.warehouse_changes.enter().ok_or_else(busy)
}

impl NewWarehouse {
    fn check(&self) -> Result<(Option<i32>, String, Point), Problem> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, detail: String| {
            errors.push(FieldError { field: field.to_owned(), detail });
        };
        let id = self.id.map(i32::try_from);
        if id.is_some_and(|id| id.is_err() || id.is_ok_and(|id| id < 0)) {
            wrong("id", format!("must be a whole number from 0 to {}", i32::MAX));
        }
        let name = text::line(&self.name, NAME_CHARS_MAX);
        if let Err(detail) = &name {
            wrong("name", detail.clone());
        }
        let mut within = |field: &str, value: i64| {
            let fits = i32::try_from(value).ok().filter(|it| it.abs_diff(0) <= PLACE_MAX as u32);
            if fits.is_none() {
                wrong(field, format!("must be a whole number from -{PLACE_MAX} to {PLACE_MAX}"));
            }
            fits
        };
        let (x, y) = (within("x", self.x), within("y", self.y));
        match (name, x.zip(y)) {
            (Ok(name), Some((x, y))) if errors.is_empty() => {
                Ok((id.and_then(Result::ok), name, Point::new(x, y)))
            }
            _ => Err(Problem::invalid(errors)),
        }
    }
}
