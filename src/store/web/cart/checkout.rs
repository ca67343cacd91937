//! The checkout: where to, at which prices, and then the order.
//!
//! The form holds what the buyer saw, lines and prices: that is ordered, or nothing. A second
//! click sends the same under the same key, and so finds the same order.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    changes,
    estimate::{self, Estimate},
    lines::{self, Cart},
    owner::Owner,
    spot,
};
use crate::{
    basis::{Cents, ListingId, Point},
    store::web::{
        AppState,
        chart::Chart,
        frame::Frame,
        orders::{
            depots,
            placing::{self, NewItem, NewOrder, NewPlace, NotPlaced, Wish},
        },
        people::sessions::Person,
        roles::Signed,
    },
    web::{self, FieldError, FormBody, Kind, Params, Problem},
};

/// A line as the buyer saw it.
type Seen = (ListingId, u32, Cents);

/// The form as it was sent, so that it can be shown again.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct CheckoutForm {
    /// `listing:pieces:cents`, with commas between.
    #[serde(default)]
    items: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
    #[serde(default)]
    carrier_account: String,
    only_in_stock: Option<String>,
    #[serde(default)]
    key: String,
    /// Where the map was clicked, without a script.
    #[serde(rename = "map.x")]
    map_x: Option<String>,
    #[serde(rename = "map.y")]
    map_y: Option<String>,
}

#[derive(Template)]
#[template(path = "store/checkout.html")]
struct CheckoutPage {
    frame: Frame,
    /// What is ordered; what is not offered any more is only named.
    cart: Cart,
    form: CheckoutForm,
    estimate: Option<Estimate>,
    chart: Chart,
    /// The map's address, with the chosen place marked.
    map: String,
    problem: Option<Problem>,
}

/// A part of the page that a script asks for.
#[derive(Template)]
#[template(path = "store/estimate.html")]
struct EstimatePart {
    estimate: Option<Estimate>,
}

/// A place for which a script wants to know when.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    part: Option<String>,
    x: Option<i32>,
    y: Option<i32>,
}

pub async fn show(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let owner = Owner::Account(person.account);
    let mut cart = lines::of_owner(&state, Some(&owner)).await?;
    if let (Some(_), Some(x), Some(y)) = (&asked.part, asked.x, asked.y) {
        let estimate = Some(estimate::of(&state, &cart, Point::new(x, y)).await?);
        return Ok(web::page(&EstimatePart { estimate }));
    }
    if cart.pieces == 0 {
        return Ok(Redirect::to("/cart").into_response());
    }
    let mut form = usual(&state, &person).await?;
    if let Some((x, y)) = asked.x.zip(asked.y) {
        (form.x, form.y) = (x.to_string(), y.to_string());
    }
    forget_ended(&mut cart, &mut form);
    Ok(web::page(&page(&state, frame, cart, form, None).await?))
}

/// What the profile says, or else where the last order went, until the buyer says otherwise.
async fn usual(state: &AppState, person: &Person) -> Result<CheckoutForm, Problem> {
    let client = state.db.client().await?;
    let select =
        "SELECT coalesce(a.default_x, o.destination_x), coalesce(a.default_y, o.destination_y),
            coalesce(a.carrier_account, o.carrier_account)
        FROM store.accounts a LEFT JOIN LATERAL (
            SELECT destination_x, destination_y, carrier_account FROM store.orders
            WHERE account_id = a.id ORDER BY id DESC LIMIT 1) o ON true
        WHERE a.id = $1";
    let statement = client.prepare_cached(select).await?;
    let known = client.query_opt(&statement, &[&person.account.0]).await?;
    let mut form = CheckoutForm { key: new_key(), ..CheckoutForm::default() };
    if let Some(known) = known {
        let number = |nth| known.get::<_, Option<i32>>(nth).map(|n| n.to_string());
        form.x = number(0).unwrap_or_default();
        form.y = number(1).unwrap_or_default();
        form.carrier_account = known.get::<_, Option<String>>(2).unwrap_or_default();
    }
    Ok(form)
}

fn new_key() -> String {
    format!("checkout-{:032x}", rand::random::<u128>())
}

pub async fn submit(
    State(state): State<AppState>,
    Signed { person, frame }: Signed,
    FormBody(mut form): FormBody<CheckoutForm>,
) -> Result<Response, Problem> {
    let Some(seen) = read_items(&form.items) else {
        return Ok(Redirect::to("/checkout").into_response());
    };
    if let (Some(x), Some(y)) = (form.map_x.take(), form.map_y.take()) {
        let depots = depots::all(&state).await?;
        if let Some(spot) = spot::clicked(&spot::chart(depots.values()), &x, &y) {
            (form.x, form.y) = (spot.x.to_string(), spot.y.to_string());
        }
        let cart = lines::seen(&state, &seen).await?;
        return Ok(web::page(&page(&state, frame, cart, form, None).await?));
    }
    let placed = match read(&form, &seen) {
        Ok(wish) => placing::place(&state, &person, &form.key, wish).await,
        Err(problem) => Err(NotPlaced::Problem(problem)),
    };
    match placed {
        Ok(placed) => {
            let order = placed.order.id;
            let items: Vec<_> = seen.iter().map(|(listing, n, _)| (*listing, *n)).collect();
            if changes::ordered(&state, person.account, order, &items).await.is_err() {
                tracing::warn!(%order, "what was ordered could not be taken out of its cart");
            }
            Ok(Redirect::to(&format!("/orders/{order}?placed")).into_response())
        }
        Err(refused) => show_again(&state, frame, (form, seen), refused).await,
    }
}

/// What the form says is ordered, at the prices that it showed.
fn read(form: &CheckoutForm, seen: &[Seen]) -> Result<Wish, Problem> {
    let mut errors = Vec::new();
    let mut number = |field: &str, text: &str| {
        text.trim().parse::<i64>().unwrap_or_else(|_| {
            let detail = "must be a whole number; click on the map or type it".to_owned();
            errors.push(FieldError { field: field.to_owned(), detail });
            0
        })
    };
    let (x, y) = (number("x", &form.x), number("y", &form.y));
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let item = |(listing, n, _): &Seen| NewItem { listing_id: listing.0, quantity: i64::from(*n) };
    let total: Cents = seen.iter().map(|(_, n, price)| price.times(*n)).sum();
    let account = form.carrier_account.trim();
    NewOrder {
        items: seen.iter().map(item).collect(),
        destination: NewPlace { x, y },
        carrier_account: (!account.is_empty()).then(|| account.to_owned()),
        expected_total_cents: Some(total.0),
        only_in_stock: form.only_in_stock.is_some(),
    }
    .check()
}

/// None where no form of ours says that.
fn read_items(text: &str) -> Option<Vec<Seen>> {
    let lines = text.split(',').take(changes::LINES_MAX as usize + 1).map(|line| {
        let mut parts = line.splitn(3, ':');
        let listing = parts.next()?.parse().ok()?;
        let pieces = parts.next()?.parse().ok()?;
        let price = parts.next()?.parse().ok().filter(|price| *price >= 0)?;
        Some((ListingId(listing), pieces, Cents(price)))
    });
    let lines: Vec<Seen> = lines.collect::<Option<_>>()?;
    (lines.len() <= changes::LINES_MAX as usize).then_some(lines)
}

async fn show_again(
    state: &AppState,
    frame: Frame,
    (mut form, seen): (CheckoutForm, Vec<Seen>),
    refused: NotPlaced,
) -> Result<Response, Problem> {
    let mut cart = lines::seen(state, &seen).await?;
    let has_ended = cart.items.iter().any(|line| !line.is_offered);
    let problem = match refused {
        NotPlaced::KeyUsed(order) => {
            form.key = new_key();
            let detail = format!(
                "This page has placed order {order} before. Press the button again for another order."
            );
            Problem::new(Kind::Conflict, detail)
        }
        _ if has_ended => Problem::new(
            Kind::Conflict,
            "Something of this is not offered any more; it was taken out and nothing was ordered. Look at what is left and order again.",
        ),
        other => other.into(),
    };
    // A key that was spoilt on the way would be refused for ever.
    if placing::check_key(&form.key).is_err() {
        form.key = new_key();
    }
    forget_ended(&mut cart, &mut form);
    if cart.items.is_empty() {
        return Ok(Redirect::to("/cart").into_response());
    }
    let status: StatusCode = problem.status();
    let page = page(state, frame, cart, form, Some(problem)).await?;
    Ok((status, web::page(&page)).into_response())
}

/// Leaves what can be ordered, and has the form say the same at today's prices.
fn forget_ended(cart: &mut Cart, form: &mut CheckoutForm) {
    cart.items.retain(|line| line.is_offered);
    let line = |line: &lines::CartLine| {
        format!("{}:{}:{}", line.listing_id, line.quantity, line.price_cents.0)
    };
    form.items = cart.items.iter().map(line).collect::<Vec<_>>().join(",");
}

async fn page(
    state: &AppState,
    frame: Frame,
    cart: Cart,
    form: CheckoutForm,
    problem: Option<Problem>,
) -> Result<CheckoutPage, Problem> {
    let place = form.x.trim().parse().ok().zip(form.y.trim().parse().ok());
    let estimate = match place {
        Some((x, y)) => Some(estimate::of(state, &cart, Point::new(x, y)).await?),
        None => None,
    };
    let map = place.map_or_else(
        || "/checkout/map.svg".to_owned(),
        |(x, y): (i32, i32)| format!("/checkout/map.svg?x={x}&y={y}"),
    );
    let chart = spot::chart(depots::all(state).await?.values());
    Ok(CheckoutPage { frame, cart, form, estimate, chart, map, problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_form_says_is_read_or_refused_as_a_whole() {
        let two = vec![(ListingId(1), 2, Cents(399)), (ListingId(7), 1, Cents(0))];
        assert_eq!(read_items("1:2:399,7:1:0"), Some(two));
        for bad in ["", "1", "1:2", "1:-2:3", "1:2:-3", "1:2:3,", "a:b:c", "1:2:3:4"] {
            assert_eq!(read_items(bad), None, "{bad}");
        }
        assert_eq!(read_items(&vec!["1:1:1"; 101].join(",")), None);
    }

    #[test]
    fn the_total_that_was_seen_is_what_is_expected() {
        let form = CheckoutForm { x: "3".into(), y: " -4".into(), ..CheckoutForm::default() };
        let seen = read_items("1:2:399,7:1:1").unwrap();
        let wish = read(&form, &seen).unwrap();
        assert_eq!(wish.expected_total, Some(Cents(799)));
        assert_eq!((wish.destination, wish.only_in_stock), (Point::new(3, -4), false));
        let nowhere = CheckoutForm { x: String::new(), ..form };
        assert_eq!(read(&nowhere, &seen).unwrap_err().errors()[0].field, "x");
    }
}
