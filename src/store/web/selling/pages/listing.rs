//! One listing: its price and reordering, what lies where, and buying more.

use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::number;
use crate::{
    basis::{Cents, ListingId, SellerId},
    store::web::{
        AppState,
        caller::Caller,
        frame::Frame,
        roles::SignedSeller,
        selling::{
            Seller, changing,
            listings::{self, ListingView},
            purchases::{self, NewPurchase, Progress, PurchaseView},
            stock::{self, Level, Total},
            terms::{ListingEdit, ProductEdit},
        },
    },
    web::{self, FieldError, FormBody, PathId, Problem},
};

/// Purchases that the page shows; the API has all of them.
const PURCHASES: i64 = 15;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/selling/listings/{id}", get(show).post(save))
        .route("/selling/listings/{id}/product", post(save_product))
        .route("/selling/listings/{id}/offered", post(offer_or_end))
        .route("/selling/listings/{id}/purchases", post(buy))
}

#[derive(Template)]
#[template(path = "store/selling/listing.html")]
struct ListingPage {
    frame: Frame,
    listing: ListingView,
    levels: Vec<Level>,
    total: Total,
    purchases: Vec<PurchaseView>,
    /// More were made than are shown.
    more: bool,
    terms: TermsForm,
    product: ProductForm,
    buying: BuyingForm,
    problem: Option<Problem>,
}

impl ListingPage {
    fn is_awaited(&self) -> bool {
        self.purchases.iter().any(|purchase| purchase.progress != Progress::Arrived)
    }

    fn is_chosen(&self, level: &Level) -> bool {
        self.buying.warehouse_id == level.warehouse_id.to_string()
    }
}

/// Price and reordering as they were typed.
#[derive(Debug, Clone, Default, Deserialize)]
struct TermsForm {
    #[serde(default)]
    price: String,
    #[serde(default)]
    auto_reorder: Option<String>,
    #[serde(default)]
    reorder_level: String,
    #[serde(default)]
    reorder_target: String,
}

impl TermsForm {
    fn of(listing: &ListingView) -> Self {
        Self {
            price: listing.price_cents.decimal(),
            auto_reorder: listing.auto_reorder.then(|| "on".to_owned()),
            reorder_level: listing.reorder_level.to_string(),
            reorder_target: listing.reorder_target.to_string(),
        }
    }

    fn read(&self) -> Result<ListingEdit, Problem> {
        let mut errors = Vec::new();
        let edit = ListingEdit {
            price_cents: price(&mut errors, &self.price),
            auto_reorder: Some(self.auto_reorder.is_some()),
            reorder_level: number(&mut errors, "reorder_level", &self.reorder_level),
            reorder_target: number(&mut errors, "reorder_target", &self.reorder_target),
            active: None,
        };
        if errors.is_empty() { Ok(edit) } else { Err(Problem::invalid(errors)) }
    }
}

/// A price as people write it; what is none is complained of.
pub fn price(errors: &mut Vec<FieldError>, text: &str) -> Option<i64> {
    let price = Cents::typed(text).map(|price| price.0);
    if price.is_none() {
        let detail = "must be an amount of dollars, like 12.50".to_owned();
        errors.push(FieldError { field: "price_cents".to_owned(), detail });
    }
    price
}

#[derive(Debug, Clone, Default, Deserialize)]
struct ProductForm {
    #[serde(default)]
    category: String,
    #[serde(default)]
    description: String,
}

impl ProductForm {
    fn of(listing: &ListingView) -> Self {
        Self { category: listing.category.clone(), description: listing.description.clone() }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
struct BuyingForm {
    #[serde(default)]
    warehouse_id: String,
    #[serde(default)]
    quantity: String,
    #[serde(default)]
    key: String,
}

impl BuyingForm {
    fn fresh() -> Self {
        let key = format!("page-{:032x}", rand::random::<u128>());
        Self { key, quantity: "100".to_owned(), ..Self::default() }
    }

    fn read(&self) -> Result<NewPurchase, Problem> {
        let mut errors = Vec::new();
        let warehouse = number(&mut errors, "warehouse_id", &self.warehouse_id);
        let quantity = number(&mut errors, "quantity", &self.quantity);
        let (Some(warehouse), Some(quantity)) = (warehouse, quantity) else {
            return Err(Problem::invalid(errors));
        };
        let unknown = |_| Problem::invalid_field("warehouse_id", "is none of the shop's");
        Ok(NewPurchase { warehouse_id: i32::try_from(warehouse).map_err(unknown)?, quantity })
    }
}

async fn read(
    state: &AppState,
    frame: Frame,
    seller: SellerId,
    id: ListingId,
) -> Result<ListingPage, Problem> {
    let listing = listings::find_own(state, seller, id).await?;
    let levels = stock::by_warehouse(state, id).await?;
    let total = Total::of(&levels);
    let (purchases, next) = purchases::of_listing(state, id, None, PURCHASES).await?;
    let (terms, product) = (TermsForm::of(&listing), ProductForm::of(&listing));
    Ok(ListingPage {
        frame,
        listing,
        levels,
        total,
        purchases,
        more: next.is_some(),
        terms,
        product,
        buying: BuyingForm::fresh(),
        problem: None,
    })
}

async fn show(
    State(state): State<AppState>,
    SignedSeller { seller, frame, .. }: SignedSeller,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    Ok(web::page(&read(&state, frame, seller, ListingId(id)).await?))
}

/// Back to the listing where it went well; else the page again with what was typed.
async fn answer<T>(
    state: &AppState,
    frame: Frame,
    (seller, id): (SellerId, ListingId),
    done: Result<T, Problem>,
    typed: impl FnOnce(&mut ListingPage),
) -> Result<Response, Problem> {
    let Err(problem) = done else {
        return Ok(Redirect::to(&format!("/selling/listings/{id}")).into_response());
    };
    let status = problem.status();
    if status == StatusCode::NOT_FOUND {
        return Err(problem);
    }
    let mut page = read(state, frame, seller, id).await?;
    typed(&mut page);
    page.problem = Some(problem);
    Ok((status, web::page(&page)).into_response())
}

async fn save(
    State(state): State<AppState>,
    SignedSeller { person, seller: id, frame }: SignedSeller,
    caller: Caller,
    PathId(listing): PathId,
    FormBody(form): FormBody<TermsForm>,
) -> Result<Response, Problem> {
    let (by, listing) = (Seller { person, id, caller }, ListingId(listing));
    let done = match form.read() {
        Ok(edit) => changing::edit(&state, &by, listing, edit).await,
        Err(problem) => Err(problem),
    };
    answer(&state, frame, (id, listing), done, |page| page.terms = form).await
}

async fn save_product(
    State(state): State<AppState>,
    SignedSeller { person, seller: id, frame }: SignedSeller,
    caller: Caller,
    PathId(listing): PathId,
    FormBody(form): FormBody<ProductForm>,
) -> Result<Response, Problem> {
    let by = Seller { person, id, caller };
    let own = listings::find_own(&state, id, ListingId(listing)).await?;
    let ProductForm { category, description } = form.clone();
    let edit = ProductEdit { category: Some(category), description: Some(description) };
    let done = changing::edit_product(&state, &by, own.product_id, edit).await;
    answer(&state, frame, (id, own.id), done, |page| page.product = form).await
}

#[derive(Debug, Deserialize)]
struct OfferedForm {
    active: bool,
}

async fn offer_or_end(
    State(state): State<AppState>,
    SignedSeller { person, seller: id, frame }: SignedSeller,
    caller: Caller,
    PathId(listing): PathId,
    FormBody(OfferedForm { active }): FormBody<OfferedForm>,
) -> Result<Response, Problem> {
    let (by, listing) = (Seller { person, id, caller }, ListingId(listing));
    let edit = ListingEdit { active: Some(active), ..ListingEdit::default() };
    let done = changing::edit(&state, &by, listing, edit).await;
    answer(&state, frame, (id, listing), done, |_| {}).await
}

async fn buy(
    State(state): State<AppState>,
    SignedSeller { person, seller: id, frame }: SignedSeller,
    caller: Caller,
    PathId(listing): PathId,
    FormBody(form): FormBody<BuyingForm>,
) -> Result<Response, Problem> {
    let (by, listing) = (Seller { person, id, caller }, ListingId(listing));
    let done = match form.read() {
        Ok(new) => purchases::ask(&state, &by, listing, &form.key, new).await,
        Err(problem) => Err(problem),
    };
    // A key that was used for something else, or spoilt, would be refused for ever; one whose
    // answer was not heard must stay, so that nothing is bought twice.
    let is_unheard = done.as_ref().is_err_and(|problem| problem.status().is_server_error());
    let key = if is_unheard { form.key.clone() } else { BuyingForm::fresh().key };
    let typed = |page: &mut ListingPage| page.buying = BuyingForm { key, ..form };
    answer(&state, frame, (id, listing), done, typed).await
}
