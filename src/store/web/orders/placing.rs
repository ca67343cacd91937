//! From what a buyer typed to a placed order, for programs and pages alike.
//!
//! Whether it can be fulfilled, and from where, is decided by the desk.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::views::{self, OrderView};
use crate::{
    basis::{Cents, ListingId, OrderId, Point},
    store::{
        model::{PlaceAnswer, Rejection},
        shop::{PlaceError, PlaceOrder},
        web::{AppState, people::sessions::Person},
    },
    web::{FieldError, Kind, Problem},
};

const KEY_LENGTH_MAX: usize = 128;
const CARRIER_ACCOUNT_LENGTH_MAX: usize = 100;
/// The desk has a bound of its own; this one keeps the complaints short.
const ITEMS_MAX: usize = 100;
const QUANTITY_MAX: u32 = 10_000;

/// What somebody wants to have sent where.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewOrder {
    #[schema(min_items = 1, max_items = 100)]
    pub items: Vec<NewItem>,
    pub destination: NewPlace,
    /// The buyer's account at the carrier, to see the parcels there.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub carrier_account: Option<String>,
    /// What you expect it to cost: at another price nothing is ordered, and the answer is 409.
    #[serde(default)]
    #[schema(example = 4598, minimum = 0)]
    pub expected_total_cents: Option<i64>,
    /// Order nothing unless all of it can be sent at once; else the answer is 409. What is
    /// not in stock is bought for you otherwise, and comes later.
    #[serde(default)]
    pub only_in_stock: bool,
}

/// So many pieces of a listing.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewItem {
    #[schema(example = 1)]
    pub listing_id: i64,
    #[schema(example = 2, minimum = 1, maximum = 10000)]
    pub quantity: i64,
}

/// A place on the grid; any 32-bit numbers.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewPlace {
    #[schema(example = 3, minimum = -2147483648, maximum = 2147483647)]
    pub x: i64,
    #[schema(example = -7, minimum = -2147483648, maximum = 2147483647)]
    pub y: i64,
}

/// An order that is well-formed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wish {
    pub items: Vec<(ListingId, u32)>,
    pub destination: Point,
    pub carrier_account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_total: Option<Cents>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only_in_stock: bool,
}

/// An order, and whether it was placed now or before under the same key.
#[derive(Debug)]
pub struct Placed {
    pub order: OrderView,
    pub repeated: bool,
}

/// Why an order was not placed.
#[derive(Debug)]
pub enum NotPlaced {
    /// The key was used for this order, which was another.
    KeyUsed(OrderId),
    /// It costs this now, which is not what was expected.
    PriceChanged(Cents),
    Problem(Problem),
}

impl From<Problem> for NotPlaced {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<NotPlaced> for Problem {
    fn from(refused: NotPlaced) -> Self {
        match refused {
            NotPlaced::KeyUsed(order) => Self::new(
                Kind::Conflict,
                format!(
                    "This Idempotency-Key was used for order {order}, which asked for something else. Use a new key for a new order."
                ),
            ),
            NotPlaced::PriceChanged(total) => Self::new(
                Kind::Conflict,
                format!(
                    "The prices have changed: this order costs {total} now. Nothing was ordered. Look at the prices and order again."
                ),
            ),
            NotPlaced::Problem(problem) => problem,
        }
    }
}

impl NewPlace {
    /// A point of the grid.
    pub fn check(&self) -> Result<Point, Problem> {
        let mut errors = Vec::new();
        let mut coordinate = |field: &str, value: i64| {
            i32::try_from(value).unwrap_or_else(|_| {
                let detail = format!("must be between {} and {}", i32::MIN, i32::MAX);
                errors.push(FieldError { field: field.to_owned(), detail });
                0
            })
        };
        let place = Point::new(coordinate("x", self.x), coordinate("y", self.y));
        if errors.is_empty() { Ok(place) } else { Err(Problem::invalid(errors)) }
    }
}

impl NewOrder {
    /// Checks everything that can be checked without knowing the catalog.
    pub fn check(self) -> Result<Wish, Problem> {
        let mut errors = Vec::new();
        let mut complain =
            |field: String, detail: String| errors.push(FieldError { field, detail });
        if self.items.is_empty() || self.items.len() > ITEMS_MAX {
            complain("items".to_owned(), format!("must be 1 to {ITEMS_MAX} items"));
        }
        let mut items = Vec::with_capacity(self.items.len().min(ITEMS_MAX));
        for (nth, item) in self.items.iter().take(ITEMS_MAX).enumerate() {
            match u32::try_from(item.quantity) {
                Ok(quantity @ 1..=QUANTITY_MAX) => {
                    items.push((ListingId(item.listing_id), quantity))
                }
                Ok(_) | Err(_) => complain(
                    format!("items[{nth}].quantity"),
                    format!("must be a whole number from 1 to {QUANTITY_MAX}"),
                ),
            }
        }
        let carrier_account = self.carrier_account.filter(|account| !account.is_empty());
        if carrier_account.as_deref().is_some_and(|account| !is_plain(account)) {
            let max = CARRIER_ACCOUNT_LENGTH_MAX;
            complain(
                "carrier_account".to_owned(),
                format!("must have 1 to {max} printable characters"),
            );
        }
        let destination = self.destination.check().unwrap_or_else(|problem| {
            errors.extend(problem.errors().iter().map(|error| FieldError {
                field: format!("destination.{}", error.field),
                detail: error.detail.clone(),
            }));
            Point::new(0, 0)
        });
        let wish = Wish {
            items,
            destination,
            carrier_account,
            expected_total: self.expected_total_cents.map(Cents),
            only_in_stock: self.only_in_stock,
        };
        if errors.is_empty() { Ok(wish) } else { Err(Problem::invalid(errors)) }
    }
}

fn is_plain(account: &str) -> bool {
    account.chars().count() <= CARRIER_ACCOUNT_LENGTH_MAX && !account.chars().any(char::is_control)
}

/// A key that can be kept and compared.
pub fn check_key(key: &str) -> Result<&str, Problem> {
    let printable = key.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    if (1..=KEY_LENGTH_MAX).contains(&key.len()) && printable {
        return Ok(key);
    }
    let detail = format!(
        "The Idempotency-Key must have 1 to {KEY_LENGTH_MAX} printable ASCII characters; a UUID is a good one."
    );
    Err(Problem::new(Kind::BadRequest, detail))
}

/// Places an order, or finds the one that this key has placed.
pub async fn place(
    state: &AppState,
    person: &Person,
    key: &str,
    wish: Wish,
) -> Result<Placed, NotPlaced> {
    state.limits.order(person.account)?;
    let answer = state.shop.place(PlaceOrder {
        account: person.account,
        email: person.email.to_string(),
        idempotency_key: check_key(key)?.to_owned(),
        body_hash: fingerprint(&wish),
        items: wish.items.clone(),
        destination: wish.destination,
        carrier_account: wish.carrier_account.clone(),
        expected_total: wish.expected_total,
        only_in_stock: wish.only_in_stock,
    });
    match answer.await.map_err(Problem::from)? {
        PlaceAnswer::Placed(order) => {
            let order = OrderView::placed(person.account, &wish, &order);
            Ok(Placed { order, repeated: false })
        }
        PlaceAnswer::Repeated { order } => {
            let gone = || Problem::new(Kind::Internal, "The order could not be read.");
            let order = views::find(state, order).await?.ok_or_else(gone)?;
            Ok(Placed { order, repeated: true })
        }
        PlaceAnswer::Conflict { order } => Err(NotPlaced::KeyUsed(order)),
        PlaceAnswer::Rejected(Rejection::PriceChanged { total, .. }) => {
            Err(NotPlaced::PriceChanged(total))
        }
        PlaceAnswer::Rejected(rejection) => Err(rejected(&wish, &rejection).into()),
        PlaceAnswer::Busy => Err(busy().into()),
    }
}

/// The same wish gives the same, however its JSON was written.
fn fingerprint(wish: &Wish) -> [u8; 32] {
    // Numbers and a text: there is nothing in it that JSON could not say.
    Sha256::digest(serde_json::to_vec(wish).unwrap_or_default()).into()
}

fn rejected(wish: &Wish, rejection: &Rejection) -> Problem {
    let field = |unwanted: &ListingId, name: &str| {
        let nth = wish.items.iter().position(|(listing, _)| listing == unwanted);
        nth.map_or_else(|| "items".to_owned(), |nth| format!("items[{nth}].{name}"))
    };
    let sentence = rejection.to_string();
    match rejection {
        Rejection::Empty | Rejection::TooManyItems { .. } | Rejection::TotalTooLarge => {
            Problem::invalid_field("items", sentence)
        }
        Rejection::UnknownListing(listing) => {
            Problem::invalid_field(field(listing, "listing_id"), sentence)
        }
        Rejection::QuantityOutOfRange { listing, .. } => {
            Problem::invalid_field(field(listing, "quantity"), sentence)
        }
        Rejection::TooFar { .. } => Problem::invalid_field("destination", sentence),
        Rejection::NotInStock => Problem::new(Kind::Conflict, in_words(&sentence)),
        // Told apart before; here for whoever asks otherwise.
        Rejection::PriceChanged { .. } => Problem::new(Kind::Conflict, in_words(&sentence)),
        Rejection::NoWarehouse => Problem::new(Kind::Unavailable, sentence),
    }
}

/// As a sentence of its own.
fn in_words(reason: &str) -> String {
    let mut letters = reason.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

fn busy() -> Problem {
    Problem::new(
        Kind::Busy,
        "Too many orders are under way. Try again in a second; the same Idempotency-Key is safe.",
    )
}

impl From<PlaceError> for Problem {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Full { .. } => busy(),
            PlaceError::Stalled => Self::new(
                Kind::Unavailable,
                "The database takes no orders at present; those taken are safe. Try again in a few seconds.",
            ),
            PlaceError::Unanswered(_) => Self::new(
                Kind::Unavailable,
                "The order was not confirmed in time. Send it again with the same Idempotency-Key: it will not be doubled.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_order(quantity: i64, x: i64) -> NewOrder {
        let items = vec![NewItem { listing_id: 1, quantity }];
        NewOrder {
            items,
            destination: NewPlace { x, y: 0 },
            carrier_account: None,
            expected_total_cents: None,
            only_in_stock: false,
        }
    }

    #[test]
    fn quantities_and_places_have_bounds() {
        assert!(new_order(1, i64::from(i32::MIN)).check().is_ok());
        for (quantity, x, field) in [
            (0, 0, "items[0].quantity"),
            (-1, 0, "items[0].quantity"),
            (1_000_000_000, 0, "items[0].quantity"),
            (1, i64::from(i32::MAX) + 1, "destination.x"),
        ] {
            let problem = new_order(quantity, x).check().unwrap_err();
            assert_eq!(problem.errors()[0].field, field);
        }
    }

    #[test]
    fn another_wish_has_another_fingerprint() {
        let of = |quantity| fingerprint(&new_order(quantity, 0).check().unwrap());
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn keys_have_bounds() {
        assert!(check_key("5f0c6c1e-6bb1-4ac1-a2f8-66f4f4a7f0b1").is_ok());
        for bad in ["", "a\nb", "ä", &"k".repeat(129)] {
            assert!(check_key(bad).is_err(), "{bad:?}");
        }
    }
}
