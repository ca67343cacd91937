//! What is in a cart, with what is to be said about it: another price than before, an offer
//! that ended, pieces that come later.

use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

use super::owner::Owner;
use crate::{
    basis::{Cents, ListingId},
    store::web::AppState,
    web::Problem,
};

/// With so few left, their number is said.
const FEW: i64 = 20;

/// What somebody means to buy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Cart {
    pub items: Vec<CartLine>,
    /// Pieces that can be ordered.
    #[schema(example = 2)]
    pub pieces: i64,
    /// What they cost now.
    #[schema(value_type = i64, example = 4598)]
    pub total_cents: Cents,
}

/// So many pieces of a listing in a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CartLine {
    #[schema(value_type = i64, example = 1)]
    pub listing_id: ListingId,
    #[schema(example = 1)]
    pub product_id: i64,
    #[schema(example = "Green tea")]
    pub name: String,
    #[schema(example = "Northern Goods")]
    pub seller: String,
    #[schema(example = 2, minimum = 1, maximum = 10000)]
    pub quantity: i32,
    /// For one piece, now.
    #[schema(value_type = i64, example = 2299)]
    pub price_cents: Cents,
    /// For one piece, when it was put in.
    #[schema(value_type = i64, example = 1999)]
    pub price_before_cents: Cents,
    /// False: it is not offered any more and will not be ordered.
    pub is_offered: bool,
    /// Pieces that can be sent at once; more can be ordered and come later.
    #[schema(example = 17)]
    pub stock: i64,
}

impl CartLine {
    pub fn total(&self) -> Cents {
        self.price_cents.times(self.count())
    }

    pub fn count(&self) -> u32 {
        u32::try_from(self.quantity).unwrap_or(0)
    }

    /// What the buyer should know about it, beside the stock.
    pub fn remark(&self) -> Option<String> {
        let (now, before) = (self.price_cents, self.price_before_cents);
        match self.is_offered {
            false => Some("Not offered any more: it will not be ordered.".to_owned()),
            true if now > before => Some(format!("The price has risen from {before} to {now}.")),
            true if now < before => Some(format!("The price has fallen from {before} to {now}.")),
            true => None,
        }
    }

    /// When it can be sent.
    pub fn availability(&self) -> String {
        match self.stock {
            stock if stock <= 0 => "Comes later: we buy it for you".to_owned(),
            stock if stock < i64::from(self.quantity) => {
                format!("{stock} in stock, the others come later")
            }
            stock if stock <= FEW => format!("{stock} left"),
            _ => "In stock".to_owned(),
        }
    }
}

impl Cart {
    pub fn of(items: Vec<CartLine>) -> Self {
        let offered = || items.iter().filter(|line| line.is_offered);
        let pieces = offered().map(|line| i64::from(line.quantity)).sum();
        let total_cents = offered().map(CartLine::total).sum();
        Self { items, pieces, total_cents }
    }

    /// What would be ordered.
    pub fn offered(&self) -> impl Iterator<Item = &CartLine> {
        self.items.iter().filter(|line| line.is_offered)
    }
}

const COLUMNS: &str =
    "l.id, p.id, p.name, s.name, i.quantity, l.price_cents, i.price_cents, l.active";
const JOINS: &str = "JOIN store.listings l ON l.id = i.listing_id
    JOIN store.products p ON p.id = l.product_id
    JOIN store.sellers s ON s.id = l.seller_id";

/// What is in a cart, in the order in which it was put in.
pub async fn of_owner(state: &AppState, owner: Option<&Owner>) -> Result<Cart, Problem> {
    let Some(owner) = owner else { return Ok(Cart::default()) };
    let client = state.db.client().await?;
    let select = format!(
        "SELECT {COLUMNS} FROM store.carts c JOIN store.cart_items i ON i.cart_id = c.id {JOINS}
        WHERE c.account_id = $1 OR c.hash = $2 ORDER BY i.added_at, l.id"
    );
    let statement = client.prepare_cached(&select).await?;
    let rows = client.query(&statement, &[&owner.account(), &owner.hash()]).await?;
    Ok(Cart::of(rows.iter().map(|row| line(state, row)).collect()))
}

/// Lines as somebody has seen them (listing, pieces, price), with how they are now.
pub async fn seen(state: &AppState, lines: &[(ListingId, u32, Cents)]) -> Result<Cart, Problem> {
    let listings: Vec<i64> = lines.iter().map(|(listing, ..)| listing.0).collect();
    let piece = |(_, n, _): &(_, u32, _)| i32::try_from(*n).unwrap_or(i32::MAX);
    let (pieces, prices): (Vec<i32>, Vec<i64>) =
        lines.iter().map(|line| (piece(line), line.2.0)).unzip();
    let client = state.db.client().await?;
    let select = format!(
        "SELECT {COLUMNS} FROM unnest($1::bigint[], $2::integer[], $3::bigint[])
            WITH ORDINALITY AS i (listing_id, quantity, price_cents, nth) {JOINS} ORDER BY i.nth"
    );
    let statement = client.prepare_cached(&select).await?;
    let rows = client.query(&statement, &[&listings, &pieces, &prices]).await?;
    Ok(Cart::of(rows.iter().map(|row| line(state, row)).collect()))
}

fn line(state: &AppState, row: &Row) -> CartLine {
    let listing_id = ListingId(row.get(0));
    CartLine {
        listing_id,
        product_id: row.get(1),
        name: row.get(2),
        seller: row.get(3),
        quantity: row.get(4),
        price_cents: Cents(row.get(5)),
        price_before_cents: Cents(row.get(6)),
        is_offered: row.get(7),
        stock: state.shop.stock(listing_id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(quantity: i32, stock: i64, price: i64, is_offered: bool) -> CartLine {
        CartLine {
            listing_id: ListingId(1),
            product_id: 1,
            name: "tea".to_owned(),
            seller: "Shop".to_owned(),
            quantity,
            price_cents: Cents(price),
            price_before_cents: Cents(100),
            is_offered,
            stock,
        }
    }

    #[test]
    fn what_has_changed_is_said_in_words() {
        assert_eq!(line(1, 9, 100, true).remark(), None);
        assert!(line(1, 9, 101, true).remark().unwrap().contains("risen from $1.00 to $1.01"));
        assert!(line(1, 9, 99, true).remark().unwrap().contains("fallen"));
        assert!(line(1, 9, 100, false).remark().unwrap().contains("Not offered"));
    }

    #[test]
    fn the_stock_is_said_as_far_as_it_matters() {
        let words = |quantity, stock| line(quantity, stock, 100, true).availability();
        assert_eq!(words(1, 500), "In stock");
        assert_eq!(words(1, 3), "3 left");
        assert_eq!(words(5, 3), "3 in stock, the others come later");
        assert!(words(1, 0).starts_with("Comes later"));
    }

    #[test]
    fn what_has_ended_costs_nothing() {
        let cart = Cart::of(vec![line(2, 9, 100, true), line(3, 9, 100, false)]);
        assert_eq!((cart.pieces, cart.total_cents), (2, Cents(200)));
        assert_eq!(cart.offered().count(), 1);
    }
}
