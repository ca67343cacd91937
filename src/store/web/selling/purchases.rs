//! Asking a warehouse for more, and what became of that.
//!
//! The warehouse buys from the world and keeps at it; here it is asked, once for each key.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_postgres::{Row, types::ToSql};
use utoipa::ToSchema;

use super::{Seller, listings};
use crate::{
    basis::{ListingId, PurchaseId, WarehouseId},
    db::Client,
    store::{
        model::{BUY_MAX, Line, outputs::ReplenishRefusal},
        shop::PlaceError,
        web::{
            AppState,
            finishing::to_the_end,
            orders::placing::check_key,
            people::audit::{self, Deed},
        },
    },
    web::{Kind, Problem, moments::moment, part},
};

/// More of a listing, for a warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub struct NewPurchase {
    #[schema(example = 1)]
    pub warehouse_id: i32,
    #[schema(example = 100, minimum = 1, maximum = 1000000)]
    pub quantity: i64,
}

/// How far a purchase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The warehouse wants it; the world has not been told, or has refused and will be told again.
    Requested,
    /// The world has been told to bring it.
    Bought,
    /// It is on the shelves.
    Arrived,
}

impl Progress {
    pub fn words(self) -> &'static str {
        match self {
            Self::Requested => "Requested",
            Self::Bought => "Bought, on its way",
            Self::Arrived => "Arrived",
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Bought => "bought",
            Self::Arrived => "arrived",
        }
    }
}

/// Pieces of a listing that a warehouse bought, or is buying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Purchase)]
pub struct PurchaseView {
    #[schema(value_type = i32)]
    pub warehouse_id: WarehouseId,
    pub warehouse: String,
    /// Each warehouse numbers its own.
    #[schema(value_type = i64)]
    pub id: PurchaseId,
    /// May be a little more than was asked for.
    pub quantity: i64,
    pub progress: Progress,
    /// Asked for by hand; else the warehouse was running out.
    pub by_hand: bool,
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: jiff::Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub arrived_at: Option<jiff::Timestamp>,
}

/// Where a part of the list ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    requested_us: i64,
    warehouse: i32,
    id: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.requested_us, self.warehouse, self.id)
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '.').map(str::parse::<i64>);
        let mut part = || parts.next().and_then(Result::ok).ok_or(());
        let (requested_us, warehouse, id) = (part()?, part()?, part()?);
        Ok(Self { requested_us, warehouse: i32::try_from(warehouse).map_err(drop)?, id })
    }
}

const COLUMNS: &str = "SELECT i.warehouse_id, coalesce(w.name, ''), p.id, i.quantity, p.seq,
    p.requested_us, p.arrived_us, EXISTS (SELECT FROM store.replenishments r
        WHERE r.warehouse_id = p.warehouse_id AND r.purchase_id = p.id)
    FROM store.purchase_items i
    JOIN store.purchases p ON p.warehouse_id = i.warehouse_id AND p.id = i.purchase_id
    LEFT JOIN store.warehouses w ON w.id = i.warehouse_id";

/// A listing's purchases, the newest first, and the cursor of what follows.
pub async fn of_listing(
    state: &AppState,
    listing: ListingId,
    before: Option<Cursor>,
    limit: i64,
) -> Result<(Vec<PurchaseView>, Option<Cursor>), Problem> {
    let client = state.db.client().await?;
    let select = format!(
        "{COLUMNS} WHERE i.listing_id = $1 AND (p.requested_us, p.warehouse_id, p.id) < ($2, $3, $4)
        ORDER BY p.requested_us DESC, p.warehouse_id DESC, p.id DESC LIMIT $5"
    );
    let statement = client.prepare_cached(&select).await?;
    let newest = Cursor { requested_us: i64::MAX, warehouse: i32::MAX, id: i64::MAX };
    let Cursor { requested_us, warehouse, id } = before.unwrap_or(newest);
    let rows = client
        .query(&statement, &[&listing.0, &requested_us, &warehouse, &id, &(limit + 1)])
        .await?;
    let cursor =
        |row: &Row| Cursor { requested_us: row.get(5), warehouse: row.get(0), id: row.get(2) };
    let (rows, next) = part(rows, limit, cursor);
    Ok((rows.iter().map(view).collect(), next))
}

fn view(row: &Row) -> PurchaseView {
    let (seq, arrived_us): (i64, Option<i64>) = (row.get(4), row.get(6));
    PurchaseView {
        warehouse_id: WarehouseId(row.get(0)),
        warehouse: row.get(1),
        id: PurchaseId(row.get(2)),
        quantity: i64::from(row.get::<_, i32>(3)),
        progress: match (arrived_us, seq) {
            (Some(_), _) => Progress::Arrived,
            (None, 0) => Progress::Requested,
            (None, _) => Progress::Bought,
        },
        by_hand: row.get(7),
        requested_at: moment(row.get(5)),
        arrived_at: arrived_us.map(moment),
    }
}

/// Asks a warehouse to buy. The same key asks once, however often it is sent.
///
/// What was begun under a key goes on where nobody waits for it any more, so the key knows its
/// purchase in the end. Only where the warehouse never answered, or the process died meanwhile,
/// does it not: then a look at the purchases says what was bought, and a new key asks again.
pub async fn ask(
    state: &AppState,
    by: &Seller,
    listing: ListingId,
    key: &str,
    new: NewPurchase,
) -> Result<Asked, Problem> {
    let key = check_key(key)?.to_owned();
    let quantity = u32::try_from(new.quantity).ok().filter(|n| (1..=BUY_MAX).contains(n));
    let range = || format!("must be a whole number from 1 to {BUY_MAX}");
    let quantity = quantity.ok_or_else(|| Problem::invalid_field("quantity", range()))?;
    let offer = listings::find_own(state, by.id, listing).await?;
    if !offer.active {
        let detail = "The listing has ended, so nothing is bought for it. Start it again first.";
        return Err(Problem::new(Kind::Conflict, detail));
    }
    let wish = Wish { by: by.clone(), key, listing, new, quantity };
    let state = state.clone();
    to_the_end(async move { wish.fulfil(&state).await }).await
}

/// What was asked for, and as what.
struct Wish {
    by: Seller,
    key: String,
    listing: ListingId,
    new: NewPurchase,
    quantity: u32,
}

impl Wish {
    async fn fulfil(&self, state: &AppState) -> Result<Asked, Problem> {
        if let Some(before) = self.remember(state).await? {
            return self.asked_before(state, before).await;
        }
        let lines = vec![Line::new(self.listing, self.quantity)];
        let answer = state.shop.replenish(WarehouseId(self.new.warehouse_id), lines).await;
        let purchase = match answer {
            Ok(Ok(purchase)) => purchase,
            Ok(Err(refusal)) => {
                self.forget(state).await?;
                return Err(refused(&refusal));
            }
            Err(error @ (PlaceError::Full { .. } | PlaceError::Stalled)) => {
                self.forget(state).await?;
                return Err(not_now(error));
            }
            // Whether it was bought is not known: the key stays, so that it is not bought twice.
            Err(error @ PlaceError::Unanswered(_)) => return Err(not_now(error)),
        };
        let mut client = state.db.client().await?;
        self.conclude(&mut client, purchase).await?;
        let purchase = self.view(&client, purchase).await?;
        Ok(Asked { purchase, repeated: false })
    }

    /// Keeps the key; or gives what was asked under it before.
    async fn remember(&self, state: &AppState) -> Result<Option<Before>, Problem> {
        let client = state.db.client().await?;
        let insert =
            "INSERT INTO store.replenishments (seller_id, key, listing_id, warehouse_id, quantity)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let statement = client.prepare_cached(insert).await?;
        let quantity = i32::try_from(self.quantity).unwrap_or(i32::MAX);
        let (seller, key) = (self.by.id.0, &self.key);
        let params: [&(dyn ToSql + Sync); 5] =
            [&seller, key, &self.listing.0, &self.new.warehouse_id, &quantity];
        if client.execute(&statement, &params).await? > 0 {
            return Ok(None);
        }
        let select = "SELECT listing_id, warehouse_id, quantity, purchase_id
            FROM store.replenishments WHERE seller_id = $1 AND key = $2";
        let statement = client.prepare_cached(select).await?;
        let row = client.query_opt(&statement, &[&seller, key]).await?.ok_or_else(under_way)?;
        Ok(Some(Before {
            listing: ListingId(row.get(0)),
            warehouse: row.get(1),
            quantity: row.get(2),
            purchase: row.get::<_, Option<i64>>(3).map(PurchaseId),
        }))
    }

    async fn asked_before(&self, state: &AppState, before: Before) -> Result<Asked, Problem> {
        let same = before.listing == self.listing
            && before.warehouse == self.new.warehouse_id
            && i64::from(before.quantity) == self.new.quantity;
        if !same {
            let detail = "This key was used for another purchase. Use a new key for a new one.";
            return Err(Problem::new(Kind::Conflict, detail));
        }
        let purchase = before.purchase.ok_or_else(under_way)?;
        let client = state.db.client().await?;
        let purchase = self.view(&client, purchase).await?;
        Ok(Asked { purchase, repeated: true })
    }

    async fn forget(&self, state: &AppState) -> Result<(), Problem> {
        let client = state.db.client().await?;
        let delete = "DELETE FROM store.replenishments WHERE seller_id = $1 AND key = $2";
        let statement = client.prepare_cached(delete).await?;
        client.execute(&statement, &[&self.by.id.0, &self.key]).await?;
        Ok(())
    }

    /// Notes the purchase under its key and in the audit log: both or neither.
    async fn conclude(&self, client: &mut Client, purchase: PurchaseId) -> Result<(), Problem> {
        let update =
            "UPDATE store.replenishments SET purchase_id = $3 WHERE seller_id = $1 AND key = $2";
        let tx = client.transaction().await?;
        let statement = tx.prepare_cached(update).await?;
        tx.execute(&statement, &[&self.by.id.0, &self.key, &purchase.0]).await?;
        let NewPurchase { warehouse_id, quantity } = self.new;
        let detail = json!({"warehouse": warehouse_id, "quantity": quantity, "purchase": purchase});
        let subject = format!("listing {}", self.listing);
        let deed = Deed { action: "stock.requested", subject: &subject, detail };
        audit::note(&tx, &self.by.person, &self.by.caller, deed).await?;
        Ok(tx.commit().await?)
    }

    async fn view(&self, client: &Client, purchase: PurchaseId) -> Result<PurchaseView, Problem> {
        let select =
            format!("{COLUMNS} WHERE i.listing_id = $1 AND p.warehouse_id = $2 AND p.id = $3");
        let statement = client.prepare_cached(&select).await?;
        let params: [&(dyn ToSql + Sync); 3] =
            [&self.listing.0, &self.new.warehouse_id, &purchase.0];
        let row = client.query_opt(&statement, &params).await?;
        row.as_ref().map(view).ok_or_else(unread)
    }
}

/// A purchase, and whether it was asked for now or before under the same key.
#[derive(Debug)]
pub struct Asked {
    pub purchase: PurchaseView,
    pub repeated: bool,
}

struct Before {
    listing: ListingId,
    warehouse: i32,
    quantity: i32,
    purchase: Option<PurchaseId>,
}

fn refused(refusal: &ReplenishRefusal) -> Problem {
    let sentence = refusal.to_string();
    match refusal {
        ReplenishRefusal::UnknownWarehouse(_) | ReplenishRefusal::Inactive(_) => {
            Problem::invalid_field("warehouse_id", sentence)
        }
        ReplenishRefusal::OutOfRange { .. } => Problem::invalid_field("quantity", sentence),
        // It is in the database: the desk will know in a moment.
        ReplenishRefusal::UnknownListing(_) => {
            Problem::new(Kind::Busy, "The listing is not known everywhere yet. Try again soon.")
        }
    }
}

fn not_now(error: PlaceError) -> Problem {
    match error {
        PlaceError::Full { .. } => {
            Problem::new(Kind::Busy, "Too much is under way. Try again in a second.")
        }
        PlaceError::Stalled => Problem::new(
            Kind::Unavailable,
            "The database takes no changes at present. Try again in a few seconds.",
        ),
        PlaceError::Unanswered(_) => under_way(),
    }
}

fn under_way() -> Problem {
    Problem::new(
        Kind::Unavailable,
        "The warehouse's answer has not been heard. Try again with the same key; if that stays so, look at the listing's purchases, and use a new key for what is missing.",
    )
}

fn unread() -> Problem {
    Problem::new(Kind::Internal, "The purchase was made and could not be read.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_way_through_a_link() {
        let cursor = Cursor { requested_us: 1_700_000_000_000_000, warehouse: -3, id: 9 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", "1", "1.2", "1.2.x", "1.99999999999.3", "1.2.3.4"] {
            assert_eq!(bad.parse::<Cursor>(), Err(()), "{bad}");
        }
    }
}
